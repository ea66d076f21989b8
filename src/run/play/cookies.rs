//! The cookies that a client has of a server, as far as a test client needs them (RFC 6265): kept by name and path, sent
//! with requests and handshakes below that path, dropped where the server takes them back. A client talks to one server
//! by one address, so that `Domain` and `Secure` make no difference; how long a cookie would last is longer than a play.

use http::Uri;

/// One cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

/// All of one client, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Cookies(Vec<Cookie>);

impl Cookies {
    /// Keeps what a response to a request of this address sets.
    pub(super) fn keep(&mut self, asked: &Uri, headers: &[(String, String)]) {
        for (_, line) in headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let mut parts = line.split(';');
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let attribute = |wanted: &str| {
                let mut all = line.split(';').skip(1).filter_map(|part| part.split_once('='));
                all.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned())
            };
            let path = attribute("path").filter(|path| path.starts_with('/')).unwrap_or_else(|| folder(asked.path()));
            let cookie = Cookie { name: name.trim().to_owned(), value: value.trim().to_owned(), path };
            if cookie.name.is_empty() {
                continue;
            }
            self.0.retain(|known| known.name != cookie.name || known.path != cookie.path);
            // Section 5.2.2: no time left is taken back. A date long gone is how servers write it for old clients.
            let over = attribute("max-age").is_some_and(|age| age.starts_with(['-', '0']))
                || attribute("expires").is_some_and(|date| date.contains("1970"));
            if !over {
                self.0.push(cookie);
            }
        }
    }

    /// The `Cookie` header for a request to this address, unless the binding has one of its own.
    pub(super) fn send(&self, to: &Uri, headers: &mut Vec<(String, String)>) {
        if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
            return;
        }
        let fitting = self.0.iter().filter(|cookie| is_below(to.path(), &cookie.path));
        let pairs: Vec<String> = fitting.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        if !pairs.is_empty() {
            headers.push(("cookie".to_owned(), pairs.join("; ")));
        }
    }
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

    fn sent(cookies: &Cookies, to: &'static str) -> Option<String> {
        let mut headers = Vec::new();
        cookies.send(&Uri::from_static(to), &mut headers);
        headers.pop().map(|(_, value)| value)
    }

    fn set(cookies: &mut Cookies, asked: &'static str, lines: &[&str]) {
        let headers: Vec<_> = lines.iter().map(|line| ("Set-Cookie".to_owned(), (*line).to_owned())).collect();
        cookies.keep(&Uri::from_static(asked), &headers);
    }

    #[test]
    fn what_a_server_sets_is_sent_below_its_path() {
        let mut cookies = Cookies::default();
        set(&mut cookies, "http://a/session/new", &["sid=s=7; Path=/; HttpOnly", "lane=b", "nonsense"]);
        assert_eq!(sent(&cookies, "http://a/ws").as_deref(), Some("sid=s=7"));
        assert_eq!(sent(&cookies, "http://a/session").as_deref(), Some("sid=s=7; lane=b"));
        assert_eq!(sent(&cookies, "http://a/sessions").as_deref(), Some("sid=s=7"));
        set(&mut cookies, "http://a/", &["sid=8; path=/"]);
        assert_eq!(sent(&cookies, "http://a/").as_deref(), Some("sid=8"));
        set(&mut cookies, "http://a/", &["sid=; Max-Age=0; Path=/"]);
        assert_eq!(sent(&cookies, "http://a/"), None);
    }

    #[test]
    fn a_binding_that_says_its_own_is_left_alone() {
        let mut cookies = Cookies::default();
        set(&mut cookies, "http://a/", &["sid=7"]);
        let mut headers = vec![("Cookie".to_owned(), "mine=1".to_owned())];
        cookies.send(&Uri::from_static("http://a/"), &mut headers);
        assert_eq!(headers, [("Cookie".to_owned(), "mine=1".to_owned())]);
    }
}
