//! The cookies that a client has of its servers, as a browser keeps them (RFC 6265, and what browsers have agreed on
//! since): by name, host and path; sent to that host (or, with `Domain`, to those below it) and below that path, with
//! `Secure` over TLS and on this machine alone; gone when their time is over or the server takes them back.

mod date;

use crate::net::is_this_machine;
use crate::run::Clock;
use crate::trace::Moment;
use crate::wire::Secrets;
use http::Uri;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// The cookies of one client. Whatever a server answers is looked through for them, a redirect that is followed and a
/// handshake as well; and each of these requests takes along what fits its own address.
#[derive(Clone, Debug)]
pub struct Jar(Rc<Content>);

#[derive(Debug)]
struct Content {
    cookies: RefCell<Cookies>,
    clock: Clock,
    secrets: Secrets,
}

impl Jar {
    /// An empty one. What it keeps is a secret.
    pub fn new(clock: Clock, secrets: Secrets) -> Jar {
        Jar(Rc::new(Content { cookies: RefCell::default(), clock, secrets }))
    }

    /// Keeps what a response to a request of this address sets.
    pub(super) fn keep(&self, asked: &Uri, headers: &[(String, String)]) {
        self.0.secrets.headers(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let at = self.0.clock.now();
        let now = Now { at, seconds: i64::try_from(self.0.clock.millis(at) / 1000).unwrap_or(i64::MAX) };
        self.0.cookies.borrow_mut().keep(asked, headers, now);
    }

    /// Adds the `Cookie` header for a request to this address, unless the binding has one of its own.
    pub(super) fn send(&self, to: &Uri, headers: &mut Vec<(String, String)>) {
        self.0.cookies.borrow_mut().send(to, headers, self.0.clock.now());
    }
}

/// How long a cookie may be, name and value, and an attribute of it (RFC 6265bis, section 5.6); and how many of them a
/// client keeps. Browsers do as much.
const LONGEST: usize = 4_096;
const LONGEST_ATTRIBUTE: usize = 1_024;
const MOST: usize = 180;

/// One cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    path: String,
    host: String,
    /// It is also for the hosts below.
    below: bool,
    secure: bool,
    /// When its time is over.
    until: Option<Moment>,
}

/// All of one client, in the order in which they came.
#[derive(Clone, Debug, Default)]
struct Cookies(Vec<Cookie>);

/// When something happens: the moment of the play, and the wall clock in seconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Now {
    at: Moment,
    seconds: i64,
}

impl Cookies {
    /// Keeps what a response to a request of this address sets.
    fn keep(&mut self, asked: &Uri, headers: &[(String, String)], now: Now) {
        let named = |wanted: &'static str| {
            headers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
        };
        // The server's own clock, where it shows it, tells how long a date of its is away.
        let clock = named("date").next().and_then(date::read).unwrap_or(now.seconds);
        for line in named("set-cookie") {
            let Some((cookie, left)) = Cookie::read(line, asked, clock) else { continue };
            let same =
                |known: &Cookie| (&known.name, &known.host, &known.path) == (&cookie.name, &cookie.host, &cookie.path);
            let known = self.0.iter().position(same);
            let until = left.map(|left| now.at.plus(left));
            let new = (left != Some(Duration::ZERO)).then_some(Cookie { until, ..cookie });
            match (known, new) {
                // Section 5.3: it is as old as the one that it replaces.
                (Some(index), Some(new)) => self.0[index] = new,
                (Some(index), None) => drop(self.0.remove(index)),
                (None, new) => self.0.extend(new),
            }
            if self.0.len() > MOST {
                self.0.remove(0);
            }
        }
    }

    /// The `Cookie` header for a request to this address, unless the binding has one of its own.
    fn send(&mut self, to: &Uri, headers: &mut Vec<(String, String)>, now: Moment) {
        self.0.retain(|cookie| cookie.until.is_none_or(|until| until > now));
        if self.0.is_empty() || headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
            return;
        }
        let host = host(to);
        let mut fitting: Vec<&Cookie> = self.0.iter().filter(|cookie| cookie.is_for(&host, to)).collect();
        // Section 5.4: longer paths first.
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = fitting.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        if !pairs.is_empty() {
            headers.push(("cookie".to_owned(), pairs.join("; ")));
        }
    }
}

impl Cookie {
    /// What a line of `Set-Cookie` sets, and how long that lasts; none where a browser would not take it.
    fn read(line: &str, asked: &Uri, clock: i64) -> Option<(Cookie, Option<Duration>)> {
        let (name, value) = line.split(';').next()?.split_once('=')?;
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        let attributes = line.split(';').skip(1).filter(|part| part.len() <= LONGEST_ATTRIBUTE);
        let attributes = attributes.map(|part| part.split_once('=').unwrap_or((part, "")));
        // Of an attribute that stands twice the last counts.
        let attribute = |wanted: &str| {
            let all = attributes.clone().filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            all.last().map(|(_, value)| value.trim())
        };
        let from = host(asked);
        let domain = attribute("domain").map(|domain| domain.trim_start_matches('.').to_ascii_lowercase());
        let domain = domain.filter(|domain| !domain.is_empty());
        let path = attribute("path").filter(|path| path.starts_with('/'));
        let secure = attribute("secure").is_some();
        let prefixed = |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let refused = name.is_empty()
            || name.len() + value.len() > LONGEST
            || domain.as_ref().is_some_and(|domain| !is_within(&from, domain))
            || secure && !is_trusted(asked)
            || prefixed("__Secure-") && !secure
            || prefixed("__Host-") && !(secure && domain.is_none() && path == Some("/"));
        if refused {
            return None;
        }
        // Section 5.2.2: `Max-Age` counts more than `Expires`; what is neither lasts as long as the client.
        let seconds = attribute("max-age").and_then(|age| age.parse::<i64>().ok());
        let seconds = seconds.or_else(|| attribute("expires").and_then(date::read).map(|date| date - clock));
        let left = seconds.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
        let cookie = Cookie {
            path: path.map_or_else(|| folder(asked.path()), str::to_owned),
            below: domain.is_some(),
            host: domain.unwrap_or(from),
            until: None,
            name,
            value,
            secure,
        };
        Some((cookie, left))
    }

    fn is_for(&self, host: &str, to: &Uri) -> bool {
        (self.host == host || self.below && is_within(host, &self.host))
            && is_below(to.path(), &self.path)
            && (!self.secure || is_trusted(to))
    }
}

fn host(uri: &Uri) -> String {
    uri.host().unwrap_or_default().to_ascii_lowercase()
}

/// Whether a host is this domain or below it (section 5.1.3); an address is nothing but itself.
fn is_within(host: &str, domain: &str) -> bool {
    let address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    host == domain || !address && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether `Secure` cookies may pass: over TLS, and to this machine, as browsers have it.
fn is_trusted(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("https" | "wss")) || uri.host().is_some_and(is_this_machine)
}

/// The default path of a cookie (section 5.1.4): the folder of what was asked for.
fn folder(path: &str) -> String {
    match path.rfind('/') {
        Some(0) | None => "/".to_owned(),
        Some(end) => path[..end].to_owned(),
    }
}

/// Whether a path is this one or below it (section 5.1.4).
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || above.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many seconds after the start of a play that began at the end of 1999.
    fn now(seconds: u64) -> Now {
        let at = Moment::after(Duration::from_secs(seconds));
        Now { at, seconds: 946_684_800 + i64::try_from(seconds).unwrap() }
    }

    fn sent(cookies: &mut Cookies, to: &'static str) -> Option<String> {
        sent_after(cookies, to, 0)
    }

    fn sent_after(cookies: &mut Cookies, to: &'static str, seconds: u64) -> Option<String> {
        let mut headers = Vec::new();
        cookies.send(&Uri::from_static(to), &mut headers, now(seconds).at);
        headers.pop().map(|(_, value)| value)
    }

    fn set(cookies: &mut Cookies, asked: &'static str, lines: &[&str]) {
        let headers: Vec<_> = lines.iter().map(|line| ("Set-Cookie".to_owned(), (*line).to_owned())).collect();
        cookies.keep(&Uri::from_static(asked), &headers, now(0));
    }

    #[test]
    fn what_a_server_sets_is_sent_below_its_path() {
        let mut cookies = Cookies::default();
        set(&mut cookies, "http://a/session/new", &["sid=s=7; Path=/; HttpOnly", "lane=b", "nonsense"]);
        assert_eq!(sent(&mut cookies, "http://a/ws").as_deref(), Some("sid=s=7"));
        assert_eq!(sent(&mut cookies, "http://a/session").as_deref(), Some("lane=b; sid=s=7"));
        assert_eq!(sent(&mut cookies, "http://a/sessions").as_deref(), Some("sid=s=7"));
        set(&mut cookies, "http://a/", &["late=1", "sid=8; path=/"]);
        assert_eq!(sent(&mut cookies, "http://a/").as_deref(), Some("sid=8; late=1"));
        set(&mut cookies, "http://a/", &["late=; Max-Age=-1"]);
        set(&mut cookies, "http://a/", &["sid=; Max-Age=0; Path=/"]);
        assert_eq!(sent(&mut cookies, "http://a/"), None);
    }

    #[test]
    fn a_client_keeps_as_many_cookies_as_a_browser() {
        let mut cookies = Cookies::default();
        for number in 0..1_000 {
            let (line, large) = (format!("c{number}={number}; Path=/"), format!("large={}", "x".repeat(LONGEST)));
            set(&mut cookies, "http://a/", &[&line, &large, "c=d; Path=/c"]);
        }
        assert_eq!(cookies.0.len(), MOST);
        let said = sent(&mut cookies, "http://a/").expect("some are kept");
        assert!(said.ends_with("; c999=999") && said.starts_with("c82") && !said.contains("large"), "{said}");
        let far = format!("far=1; Path=/{}", "x".repeat(LONGEST_ATTRIBUTE));
        set(&mut cookies, "http://a/", &[&far]);
        assert!(sent(&mut cookies, "http://a/").is_some_and(|said| said.ends_with("; far=1")), "the path is none");
    }

    #[test]
    fn a_binding_that_says_its_own_is_left_alone() {
        let mut cookies = Cookies::default();
        set(&mut cookies, "http://a/", &["sid=7"]);
        let mut headers = vec![("Cookie".to_owned(), "mine=1".to_owned())];
        cookies.send(&Uri::from_static("http://a/"), &mut headers, now(0).at);
        assert_eq!(headers, [("Cookie".to_owned(), "mine=1".to_owned())]);
    }

    #[test]
    fn a_cookie_goes_to_its_own_host_and_with_domain_to_those_below() {
        let mut cookies = Cookies::default();
        let lines =
            ["own=1", "all=2; Domain=.Example.org", "foreign=3; domain=example.com", "up=4; Domain=org.example"];
        set(&mut cookies, "http://chat.example.org/", &lines);
        assert_eq!(sent(&mut cookies, "ws://chat.example.org/").as_deref(), Some("own=1; all=2"));
        assert_eq!(sent(&mut cookies, "ws://example.org/").as_deref(), Some("all=2"));
        assert_eq!(sent(&mut cookies, "ws://other.example.org/").as_deref(), Some("all=2"));
        assert_eq!(sent(&mut cookies, "ws://notexample.org/"), None);
        set(&mut cookies, "http://10.0.0.1/", &["a=1; Domain=0.0.1", "b=2; Domain=10.0.0.1"]);
        assert_eq!(sent(&mut cookies, "http://10.0.0.1:81/").as_deref(), Some("b=2"));
    }

    #[test]
    fn a_secure_cookie_passes_over_tls_and_on_this_machine() {
        for (at, kept) in [
            ("https://example.org/", true),
            ("http://example.org/", false),
            ("http://localhost:8080/", true),
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]:8080/", true),
            ("http://chat.localhost/", true),
        ] {
            let mut cookies = Cookies::default();
            set(&mut cookies, at, &["s=1; Path=/; Secure", "__Host-h=2; path=/", "__Host-i=3; path=/; secure"]);
            assert_eq!(sent(&mut cookies, at).is_some(), kept, "{at}");
            assert!(sent(&mut cookies, at).is_none_or(|sent| sent == "s=1; __Host-i=3"), "{at}");
        }
        let mut cookies = Cookies::default();
        set(&mut cookies, "https://example.org/", &["s=1; Secure", "t=2"]);
        assert_eq!(sent(&mut cookies, "ws://example.org/").as_deref(), Some("t=2"));
        assert_eq!(sent(&mut cookies, "wss://example.org/").as_deref(), Some("s=1; t=2"));
    }

    #[test]
    fn a_cookie_is_sent_as_long_as_it_lasts() {
        let mut cookies = Cookies::default();
        let lines = [
            "short=1; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "date=2; expires=Sat, 01-Jan-2000 00:00:10 GMT",
            "gone=3; Expires=Fri, 31 Dec 1999 23:59:59 GMT",
            "odd=4; Expires=whenever; Max-Age=long",
        ];
        set(&mut cookies, "http://a/", &lines);
        assert_eq!(sent_after(&mut cookies, "http://a/", 4).as_deref(), Some("short=1; date=2; odd=4"));
        assert_eq!(sent_after(&mut cookies, "http://a/", 9).as_deref(), Some("date=2; odd=4"));
        assert_eq!(sent_after(&mut cookies, "http://a/", 10).as_deref(), Some("odd=4"));
        // A server whose clock is another says how long by its own.
        let own = [
            ("date".to_owned(), "Sun, 22 Nov 2026 10:00:00 GMT".to_owned()),
            ("set-cookie".to_owned(), "odd=; Expires=Sun, 22 Nov 2026 09:59:59 GMT".to_owned()),
        ];
        cookies.keep(&Uri::from_static("http://a/"), &own, now(10));
        assert_eq!(sent_after(&mut cookies, "http://a/", 10), None);
    }
}
