//! What is between a wish to connect and an answer: the deadline, redirects, and trying again.

use super::Jar;
use super::heads::Heads;
use crate::net::{self, Answer, Coming, DialError, HttpRequest, Opened, Route, Stream, Upgrade, limit};
use crate::source::elapsed_words;
use http::Uri;
use http::uri::PathAndQuery;
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// The first pause before a refused handshake is tried again; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// The status of a handshake that is accepted (RFC 6455, section 4.2.2).
const SWITCHING: u16 = 101;

/// A WebSocket to open.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Where.
    pub url: Uri,
    /// Headers beside those of the handshake.
    pub headers: Vec<(String, String)>,
    /// Subprotocols to offer.
    pub subprotocols: Vec<String>,
    /// Whether to offer permessage-deflate.
    pub compress: bool,
    /// Statuses on which it is tried again until the deadline.
    pub retry: Vec<u16>,
    /// Whether redirects to the same host are followed; not where the diagram draws one.
    pub follow: bool,
    /// For all of it.
    pub deadline: Duration,
    /// The client's cookies.
    pub jar: Jar,
}

/// An HTTP request to make.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request.
    pub request: HttpRequest,
    /// Whether redirects to the same host are followed; not where the diagram draws one.
    pub follow: bool,
    /// For the connection. How long the answer may take is judged, not given up.
    pub deadline: Duration,
    /// The client's cookies.
    pub jar: Jar,
}

/// `coming` tells what came behind the answers.
pub(super) async fn open(route: Route, opening: Opening, coming: Coming, heads: Heads) -> Result<Opened, DialError> {
    let end = Instant::now() + opening.deadline;
    let mut pause = FIRST_PAUSE;
    let mut refused = None;
    loop {
        let opening_once = once(&route, &opening, &heads, &coming);
        let opened = within(&route, &opening.url, opening.deadline, end, opening_once).await;
        let opened = match (opened, refused.take(), coming.begun()) {
            // The deadline is for all attempts: who has answered is not absent because it falls into one of the next.
            (Err(DialError::Deadline { .. }), Some((refused, _)), _) => return Ok(refused),
            // Nor is he where nobody answers any more.
            (Err(error), Some((_, code)), _) if error.is_absence() => {
                return Ok(Opened::Ended {
                    how: format!("HTTP {code}, and then no answer when it was repeated: {error}"),
                });
            }
            // Who has begun to answer is no absent server, but a slow one.
            (Err(DialError::Deadline { after, .. }), None, Some(begun)) => {
                let how =
                    format!("the answer to the handshake was not complete within {}: {begun}", elapsed_words(after));
                return Ok(Opened::Ended { how });
            }
            (opened, ..) => opened?,
        };
        let Opened::Refused { code, .. } = opened else { return Ok(opened) };
        if !opening.retry.contains(&code) || Instant::now() + pause >= end {
            return Ok(opened);
        }
        refused = Some((opened, code));
        // An answer that is tried again is nobody's to judge.
        coming.forget();
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn once(route: &Route, opening: &Opening, heads: &Heads, coming: &Coming) -> Result<Opened, DialError> {
    let mut url = opening.url.clone();
    for _ in 0..limit::REDIRECTS {
        coming.set_none();
        let stream = route.dial(&url).await?;
        let mut headers = opening.headers.clone();
        opening.jar.send(&url, &mut headers);
        let upgrade =
            Upgrade { url: &url, headers: &headers, subprotocols: &opening.subprotocols, compress: opening.compress };
        let (head, asking) = upgrade.asking()?;
        heads.opening(head);
        let opened = net::open(stream, &upgrade, asking, coming).await?;
        let answered = match &opened {
            Opened::Refused { code, headers, .. } => Some((*code, headers)),
            Opened::Socket { headers, .. } => Some((SWITCHING, headers)),
            Opened::Ended { .. } => None,
        };
        if let Some((code, headers)) = answered {
            heads.answered(code, headers);
            opening.jar.keep(&url, headers);
        }
        let next = match &opened {
            Opened::Refused { code, headers, cut: None, .. } if opening.follow => target_of(&url, *code, headers, true),
            Opened::Refused { .. } | Opened::Socket { .. } | Opened::Ended { .. } => None,
        };
        match next {
            Some(next) => url = next,
            None => return Ok(opened),
        }
    }
    Ok(Opened::Ended { how: format!("more than {} redirects", limit::REDIRECTS) })
}

/// A plain stream of bytes.
pub(super) async fn stream(route: Route, url: Uri, deadline: Duration) -> Result<Stream, DialError> {
    let end = Instant::now() + deadline;
    within(&route, &url, deadline, end, route.dial(&url)).await
}

/// `there` tells, while it runs, whether the request is on its way, and `coming` what has come of the answer.
pub(super) async fn request(
    route: Route,
    request: Request,
    there: Rc<Cell<bool>>,
    coming: Coming,
    heads: Heads,
) -> Result<Answer, DialError> {
    let Request { mut request, follow, deadline, jar } = request;
    let get = request.method.eq_ignore_ascii_case("GET");
    for _ in 0..limit::REDIRECTS {
        let end = Instant::now() + deadline;
        there.set(false);
        coming.set_none();
        let stream = within(&route, &request.url, deadline, end, route.dial(&request.url)).await?;
        there.set(true);
        let mut asked = request.clone();
        jar.send(&asked.url, &mut asked.headers);
        heads.asked(&asked);
        let answer = net::exchange(stream, asked, &coming).await?;
        if let Answer::Response(response) | Answer::Events(response, _) = &answer {
            heads.answered(response.code, &response.headers);
            jar.keep(&request.url, &response.headers);
        }
        let next = match &answer {
            Answer::Response(response) if follow => target_of(&request.url, response.code, &response.headers, get),
            Answer::Response(..) | Answer::Events(..) | Answer::Ended { .. } => None,
        };
        match next {
            Some(next) => request.url = next,
            None => return Ok(answer),
        }
    }
    Ok(Answer::Ended { how: format!("more than {} redirects", limit::REDIRECTS) })
}

async fn within<T>(
    route: &Route,
    url: &Uri,
    after: Duration,
    end: Instant,
    work: impl Future<Output = Result<T, DialError>>,
) -> Result<T, DialError> {
    match timeout_at(end, work).await {
        Ok(done) => done,
        Err(_) => Err(DialError::Deadline { address: route.address(url), after }),
    }
}

/// Where a redirect leads, if it is one that is followed: to the same host, and, where the method would have to change
/// on the way (301, 302, 303), only with GET.
fn target_of(from: &Uri, code: u16, headers: &[(String, String)], get: bool) -> Option<Uri> {
    let followed = matches!(code, 307 | 308) || (get && matches!(code, 301..=303));
    let (_, location) = headers.iter().find(|(name, _)| name == "location").filter(|_| followed)?;
    let path = match whole(from, location) {
        Some(to) => {
            let to: Uri = to.parse().ok().filter(|to| place(to).is_some() && place(to) == place(from))?;
            to.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"))
        }
        None => beside(from, location).parse().ok()?,
    };
    let mut parts = from.clone().into_parts();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).ok()
}

/// A reference that names a host, as a whole address; none where it is relative to where it stands.
fn whole(from: &Uri, location: &str) -> Option<String> {
    if location.starts_with("//") {
        return Some(format!("{}:{location}", from.scheme_str().unwrap_or("http")));
    }
    let (scheme, _) = location.split_once(':')?;
    (!scheme.contains(['/', '?', '#'])).then(|| location.to_owned())
}

/// Host and port, the latter also where only the scheme says it; none of an address that no client here can ask.
fn place(uri: &Uri) -> Option<(String, u16)> {
    let implied = match uri.scheme_str()? {
        "ws" | "http" => 80,
        "wss" | "https" => 443,
        _ => return None,
    };
    Some((uri.host()?.to_ascii_lowercase(), net::port(uri).ok()?.unwrap_or(implied)))
}

/// Path and query of a relative reference (RFC 3986, section 5.2).
fn beside(from: &Uri, location: &str) -> String {
    let reference = location.split('#').next().unwrap_or_default();
    let (path, query) = match reference.find('?') {
        Some(at) => reference.split_at(at),
        None => (reference, ""),
    };
    if path.is_empty() {
        let own = from.query().filter(|_| query.is_empty()).map(|own| format!("?{own}")).unwrap_or_default();
        return format!("{}{own}{query}", from.path());
    }
    let folder = if path.starts_with('/') { "" } else { from.path().rsplit_once('/').map_or("", |(folder, _)| folder) };
    let mut steps: Vec<&str> = Vec::new();
    let whole = format!("{folder}/{}", path.strip_prefix('/').unwrap_or(path));
    let mut parts = whole.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        match part {
            "." | ".." => {
                if part == ".." {
                    steps.pop();
                }
                if parts.peek().is_none() {
                    steps.push("");
                }
            }
            _ => steps.push(part),
        }
    }
    format!("/{}{query}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_to_the_same_host_only() {
        let from: Uri = "ws://a:1/ws?name=x".parse().unwrap();
        let to = |code, location: &str, get| {
            let headers = [("location".to_owned(), location.to_owned())];
            target_of(&from, code, &headers, get).map(|uri| uri.to_string())
        };
        assert_eq!(to(307, "/other?y", false).as_deref(), Some("ws://a:1/other?y"));
        assert_eq!(to(307, "http://a:1/z", false).as_deref(), Some("ws://a:1/z"));
        assert_eq!(to(307, "http://b:1/z", false), None);
        assert_eq!(to(302, "/z", false), None);
        assert_eq!(to(302, "/z", true).as_deref(), Some("ws://a:1/z"));
        assert_eq!(to(200, "/z", true), None);
    }

    #[test]
    fn a_redirect_is_relative_to_where_it_stands() {
        let to = |from: &str, location: &str| {
            let headers = [("location".to_owned(), location.to_owned())];
            target_of(&from.parse().unwrap(), 307, &headers, true).map(|uri| uri.to_string())
        };
        for (location, wanted) in [
            ("home", "/in/home"),
            ("home/?next=/a://b", "/in/home/?next=/a://b"),
            ("../out", "/out"),
            ("../../../out/./x/..", "/out/"),
            (".", "/in/"),
            ("?as=x", "/in/form?as=x"),
            ("", "/in/form?a=1"),
            ("#part", "/in/form?a=1"),
            ("/home#part", "/home"),
            ("//A:1/z", "/z"),
            ("http://a:1", "/"),
            ("http://a:1/in/../z", "/in/../z"),
        ] {
            let wanted = format!("http://a:1{wanted}");
            assert_eq!(to("http://a:1/in/form?a=1", location), Some(wanted), "{location}");
        }
        for location in ["//b:1/z", "https://a/z", "http://a:2/z", "mailto://a:1", "mailto:a", "\u{7f} x"] {
            assert_eq!(to("http://a:1/in/form", location), None, "{location}");
        }
        assert_eq!(to("ws://a/x", "http://a:80/z").as_deref(), Some("ws://a/z"));
        assert_eq!(to("wss://a/x", "https://A/z").as_deref(), Some("wss://a/z"));
        assert_eq!(to("wss://a/x", "http://a/z"), None, "not without TLS");
    }
}
