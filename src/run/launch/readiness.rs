use super::{LaunchError, Launched};
use crate::net::{Answer, Coming, HttpRequest, Route, Tls, exchange};
use crate::source::elapsed_words;
use http::Uri;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How often a server is looked at that says nothing by itself.
const LOOK: Duration = Duration::from_millis(10);

/// When a launched server is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// When its port accepts connections.
    Port,
    /// When another port than `{port}` does.
    OtherPort(u16),
    /// When a GET of this address is answered by 2xx, 3xx or 4xx (a WebSocket server may well say 404 or 426).
    Url(String),
    /// When a line of its output holds this text.
    Line(String),
}

impl Readiness {
    /// Reads what a person writes: a port, a URL, or else a text of the output.
    pub fn parse(text: &str) -> Self {
        match text.trim().parse() {
            Ok(port) => Readiness::OtherPort(port),
            Err(_) if text.contains("://") => Readiness::Url(text.trim().to_owned()),
            Err(_) => Readiness::Line(text.to_owned()),
        }
    }
}

/// Waits until the server is ready; it is ended where it is not in time, or where there is a reason to stop.
pub(super) fn wait(
    launched: &Launched,
    readiness: &Readiness,
    deadline: Duration,
    stopped: &dyn Fn() -> Option<&'static str>,
) -> Result<(), LaunchError> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(why) = stopped() {
            return Err(launched.failed(&format!("was not ready yet when {why} came")));
        }
        if is_ready(launched, readiness, end)? {
            return Ok(());
        }
        if let Some(status) = launched.ended(Duration::ZERO) {
            return Err(launched.failed(&format!("ended before it was ready: {status}")));
        }
        if Instant::now() >= end {
            let what = match readiness {
                Readiness::Port => format!("does not accept connections on 127.0.0.1:{}", launched.port),
                Readiness::OtherPort(port) => format!("does not accept connections on 127.0.0.1:{port}"),
                Readiness::Url(url) => format!("does not answer at {url}"),
                Readiness::Line(text) => format!("has not written `{text}`"),
            };
            return Err(launched.failed(&format!("{what} within the launch deadline of {}", elapsed_words(deadline))));
        }
        launched.output.wait(LOOK);
    }
}

fn is_ready(launched: &Launched, readiness: &Readiness, end: Instant) -> Result<bool, LaunchError> {
    match readiness {
        Readiness::Port => Ok(accepts(launched.port)),
        Readiness::OtherPort(port) => Ok(accepts(*port)),
        Readiness::Url(url) => {
            let url = url.replace("{port}", &launched.port.to_string());
            let url: Uri = url.parse().map_err(|why| launched.failed(&format!("has no readiness URL: {why}")))?;
            let left = end.saturating_duration_since(Instant::now()).min(Duration::from_secs(1));
            Ok(answers(url, left).unwrap_or(false))
        }
        Readiness::Line(text) => Ok(launched.output.has(text)),
    }
}

fn accepts(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}

fn answers(url: Uri, at_most: Duration) -> std::io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = async {
        let stream = Route::Tcp(Tls::default()).dial(&url).await.ok()?;
        let request = HttpRequest { method: "GET".to_owned(), url, headers: Vec::new(), body: None, events: false };
        match exchange(stream, request, &Coming::default()).await.ok()? {
            Answer::Response(response) | Answer::Events(response, _) => Some((200..500).contains(&response.code)),
            Answer::Ended { .. } => None,
        }
    };
    let answered = runtime.block_on(async { tokio::time::timeout(at_most, asked).await });
    Ok(answered.ok().flatten().unwrap_or(false))
}
