use super::{LaunchError, Launched};
use crate::net::{Answer, Coming, HttpRequest, Route, Tls, exchange, is_this_machine, port};
use crate::run::target::without_credentials;
use crate::source::{Diagnostic, elapsed_words};
use http::Uri;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long one request to a URL may take; then the next is made.
const ASKED: Duration = Duration::from_secs(1);
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
    /// When a line of its output holds this text, in which `{port}` is put in.
    Line(String),
}

impl Readiness {
    /// Reads what a person writes: a port, also as an address of this machine, a URL, or else a text of the output.
    ///
    /// # Errors
    /// A number that is no port, an address of another machine, and a URL that nothing can be asked at.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let wanted = text.trim();
        if !wanted.is_empty() && wanted.bytes().all(|byte| byte.is_ascii_digit()) {
            return a_port(wanted);
        }
        if wanted == "{port}" {
            return Ok(Readiness::Port);
        }
        if let Some((scheme, _)) = wanted.split_once("://")
            && !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
        {
            return a_url(wanted, scheme);
        }
        let Some((host, port)) = wanted.rsplit_once(':').filter(|(host, _)| is_address(host)) else {
            return Ok(Readiness::Line(text.to_owned()));
        };
        match port {
            _ if !is_this_machine(host) => {
                let problem = format!("--ready {wanted}: a launched server must be on this machine");
                Err(Diagnostic::error("target", problem).with_help(format!("write only the port: --ready {port}")))
            }
            "{port}" => Ok(Readiness::Port),
            port => a_port(port),
        }
    }

    /// What it holds that must not be seen: the name and the password of a URL.
    #[cfg(feature = "tcp")]
    pub(in crate::run) fn credentials(&self) -> Vec<String> {
        match self {
            Readiness::Url(url) => without_credentials(url).1,
            Readiness::Port | Readiness::OtherPort(_) | Readiness::Line(_) => Vec::new(),
        }
    }
}

fn a_port(text: &str) -> Result<Readiness, Diagnostic> {
    match text.parse() {
        Ok(port @ 1..) => Ok(Readiness::OtherPort(port)),
        Ok(0) | Err(_) => {
            let problem = format!("--ready {text}: {text} is not a port: a port is a number from 1 to 65535");
            Err(Diagnostic::error("target", problem)
                .with_help("to wait for a line of its output, write a longer part of the line: --ready 'Listening on'")
                .with_help("to request a page, write its whole address: --ready http://127.0.0.1:{port}/"))
        }
    }
}

fn a_url(text: &str, scheme: &str) -> Result<Readiness, Diagnostic> {
    let (shown, _) = without_credentials(text);
    let problem = |why: &str| {
        Diagnostic::error("target", format!("--ready {shown}: {why}"))
            .with_help("write the address of a page: --ready http://127.0.0.1:{port}/")
    };
    if !["http", "https", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(problem("the address must begin with http:// or https://"));
    }
    // Any port would do here: it is not chosen yet.
    let url: Uri =
        text.replace("{port}", "80").parse().map_err(|why| problem(&format!("this is not an address: {why}")))?;
    match port(&url) {
        Ok(_) => Ok(Readiness::Url(text.to_owned())),
        Err(why) => Err(problem(&why)),
    }
}

/// Whether it is what stands before the port of an address: `localhost`, or numbers.
fn is_address(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    is_this_machine(host) || bare.parse::<IpAddr>().is_ok()
}

/// Waits until the server is ready; it is ended where it is not in time, or where there is a reason to stop.
pub(super) fn wait(
    launched: &Launched,
    (readiness, tls): (&Readiness, &Tls),
    (deadline, named): (Duration, &str),
    stopped: &dyn Fn() -> Option<&'static str>,
) -> Result<(), LaunchError> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(why) = stopped() {
            return Err(launched.failed(&format!("was not ready yet when {why} came")));
        }
        if is_ready(launched, (readiness, tls), end)? {
            return Ok(());
        }
        if let Some(status) = launched.ended(Duration::ZERO) {
            return Err(launched.failed(&format!("ended before it was ready: {status}")));
        }
        if Instant::now() >= end {
            let what = match readiness {
                Readiness::Port => format!("does not accept connections on 127.0.0.1:{}", launched.port),
                Readiness::OtherPort(port) => format!("does not accept connections on 127.0.0.1:{port}"),
                Readiness::Url(url) => format!("does not answer at {}", without_credentials(url).0),
                Readiness::Line(text) => format!("has not written `{text}`"),
            };
            return Err(launched.failed(&format!("{what} within the {named} deadline of {}", elapsed_words(deadline))));
        }
        launched.output.wait(LOOK);
    }
}

fn is_ready(launched: &Launched, (readiness, tls): (&Readiness, &Tls), end: Instant) -> Result<bool, LaunchError> {
    match readiness {
        Readiness::Port => Ok(accepts(launched.port)),
        Readiness::OtherPort(port) => Ok(accepts(*port)),
        Readiness::Url(url) => {
            let url = url.replace("{port}", &launched.port.to_string());
            let url: Uri = url.parse().map_err(|why| launched.failed(&format!("has no readiness URL: {why}")))?;
            let left = end.saturating_duration_since(Instant::now()).min(ASKED);
            Ok(answers(url, tls.clone(), left))
        }
        Readiness::Line(text) => Ok(launched.output.has(&text.replace("{port}", &launched.port.to_string()))),
    }
}

fn accepts(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}

/// Whether a GET of the address is answered. On a thread of its own: whoever waits may be inside of a runtime.
fn answers(url: Uri, tls: Tls, at_most: Duration) -> bool {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(asked(url, tls, at_most).unwrap_or(false)));
    told.recv_timeout(at_most).unwrap_or(false)
}

fn asked(url: Uri, tls: Tls, at_most: Duration) -> std::io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = async {
        let stream = Route::Tcp(tls).dial(&url).await.ok()?;
        let request = HttpRequest { method: "GET".to_owned(), url, headers: Vec::new(), body: None, events: false };
        match exchange(stream, request, &Coming::default()).await.ok()? {
            Answer::Response(response) | Answer::Events(response, _) => Some((200..500).contains(&response.code)),
            Answer::Ended { .. } => None,
        }
    };
    let answered = runtime.block_on(async { tokio::time::timeout(at_most, answer).await });
    // A name that is still looked up is not waited for.
    runtime.shutdown_background();
    Ok(answered.ok().flatten().unwrap_or(false))
}
