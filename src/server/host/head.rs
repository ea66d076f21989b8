use crate::server::machine::{Head, Method, Page};
use crate::server::options::Guests;
use http::uri::Authority;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Version};

/// What the machine wants to know of a request.
pub(super) fn read<B>(request: &Request<B>) -> Head {
    let headers = request.headers();
    let method = match *request.method() {
        hyper::Method::GET => Method::Get,
        hyper::Method::POST => Method::Post,
        _ => Method::Other,
    };
    Head {
        method,
        path: request.uri().path().to_owned(),
        query: request.uri().query().map(parameters).unwrap_or_default(),
        upgrade: method == Method::Get && request.version() == Version::HTTP_11 && asks_for_websocket(headers),
        bearer: text(headers, header::AUTHORIZATION).and_then(bearer),
        last_event_id: text(headers, HeaderName::from_static("last-event-id")).map(str::to_owned),
        json: text(headers, header::CONTENT_TYPE).is_some_and(is_json),
    }
}

/// The answer to a request that calls the server by a name that is not its own (a page that has its own name lead here), or
/// that a page of somebody else has made; none where it may be asked.
pub(super) fn stranger<B>(request: &Request<B>, guests: &Guests) -> Option<Page> {
    let headers = request.headers();
    // No browser says a user's name here; whoever does would have another host read than the one that it is.
    let host_of = |authority: &str| {
        let authority = authority.parse::<Authority>().ok().filter(|authority| !authority.as_str().contains('@'))?;
        Some(authority.host().to_owned())
    };
    // Which of two is meant, whoever stands between reads otherwise (RFC 9112, section 3.2).
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Some(Page::new(400, "a request has one Host"));
    }
    let known = |host: Option<String>| host.is_some_and(|host| guests.has(&host));
    if *guests == Guests::Anybody {
        return None;
    }
    // A request that names the whole address (RFC 9112, section 3.2.2) has it twice.
    let hosts =
        || [text(headers, header::HOST), request.uri().authority().map(Authority::as_str)].into_iter().flatten();
    if hosts().next().is_none() || !hosts().all(|host| known(host_of(host))) {
        return Some(Page::new(421, "this server does not have this name: seqcheck serve --allow HOST"));
    }
    let of_a_guest = |origin: &HeaderValue| {
        let origin = origin.to_str().unwrap_or_default();
        known(origin.split_once("://").and_then(|(_, authority)| host_of(authority)))
    };
    // A page without an origin of its own (`null`) is nobody's.
    (!headers.get_all(header::ORIGIN).iter().all(of_a_guest))
        .then(|| Page::new(403, "pages of this origin may not send requests: seqcheck serve --allow HOST"))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// RFC 6455, section 4.2.1.
fn asks_for_websocket(headers: &HeaderMap) -> bool {
    let lists = |name: HeaderName, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|item| item.trim().eq_ignore_ascii_case(token))
    };
    lists(header::UPGRADE, "websocket")
        && lists(header::CONNECTION, "upgrade")
        && text(headers, header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version.trim() == "13")
        && text(headers, header::SEC_WEBSOCKET_KEY).is_some_and(|key| key.trim().len() == 24)
}

fn is_json(value: &str) -> bool {
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn bearer(value: &str) -> Option<String> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// Splits a query and decodes it as forms are (`+` is a space). Bytes that are no UTF-8 become U+FFFD, and a percent
/// sign that begins no escape stands for itself.
fn parameters(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    if !text.contains(['+', '%']) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (byte, escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_with_two_hosts_is_refused_whoever_may_ask() {
        for guests in [Guests::Anybody, Guests::ThisMachineAnd(Vec::new())] {
            let hosts = |all: &[&str]| {
                let request = all.iter().fold(Request::get("/"), |request, host| request.header("host", *host));
                stranger(&request.body(()).expect("a request"), &guests).map(|page| page.status)
            };
            assert_eq!(hosts(&["localhost"]), None);
            assert_eq!(hosts(&["localhost", "localhost"]), Some(400));
            assert_eq!(hosts(&["localhost", "evil.example"]), Some(400));
        }
    }

    #[test]
    fn every_origin_is_this_machine_and_none_names_a_user() {
        let status = |host: &str, origins: &[&str]| {
            let mut request = Request::builder().header("host", host);
            for origin in origins {
                request = request.header("origin", *origin);
            }
            stranger(&request.body(()).expect("a request"), &Guests::ThisMachineAnd(Vec::new())).map(|page| page.status)
        };
        assert_eq!(status("127.0.0.1:80", &[]), None);
        assert_eq!(status("localhost", &["http://localhost:3000"]), None);
        assert_eq!(status("localhost", &["http://evil.com"]), Some(403));
        assert_eq!(status("localhost", &["http://evil.com@127.0.0.1"]), Some(403));
        assert_eq!(status("localhost", &["http://localhost", "http://evil.com"]), Some(403));
        assert_eq!(status("evil.com@127.0.0.1", &[]), Some(421));
    }

    #[test]
    fn whatever_names_the_server_calls_it_as_it_is_called() {
        let status = |target: &str, host: Option<&str>| {
            let request = host.into_iter().fold(Request::get(target), |request, host| request.header("host", host));
            stranger(&request.body(()).expect("a request"), &Guests::ThisMachineAnd(Vec::new())).map(|page| page.status)
        };
        assert_eq!(status("/", None), Some(421));
        assert_eq!(status("http://localhost/", None), None);
        assert_eq!(status("http://localhost/", Some("localhost")), None);
        assert_eq!(status("http://evil.example/", Some("localhost")), Some(421));
        assert_eq!(status("http://localhost/", Some("evil.example")), Some(421));
        assert_eq!(status("http://evil@localhost/", Some("localhost")), Some(421));
    }

    #[test]
    fn queries_are_decoded_as_forms() {
        let pairs = parameters("name=J%C3%BCrgen+K%2b&&x&y=1=2&z=%zz%f%ff");
        let want = [("name", "Jürgen K+"), ("x", ""), ("y", "1=2"), ("z", "%zz%f\u{fffd}")];
        assert_eq!(pairs.len(), want.len());
        for ((key, value), (want_key, want_value)) in pairs.iter().zip(want) {
            assert_eq!((key.as_str(), value.as_str()), (want_key, want_value));
        }
    }
}
