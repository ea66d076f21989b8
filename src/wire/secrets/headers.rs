use super::{DERIVED, Secrets};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A cookie is hidden from so many letters on: it may be as harmless as `visited=1`.
const COOKIE: usize = 8;

impl Secrets {
    /// What headers hold that proves who somebody is: credentials, and cookies.
    pub fn headers<'h>(&self, headers: impl IntoIterator<Item = (&'h str, &'h str)>) {
        for (name, value) in headers {
            if is_credentials(name) {
                let (_, token) = value.trim().split_once(' ').unwrap_or(("", value));
                let token = token.trim();
                if token.chars().count() >= DERIVED {
                    self.add(token);
                }
                let plain = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                if let Some((_, password)) = plain.as_deref().and_then(|plain| plain.split_once(':'))
                    && password.chars().count() >= DERIVED
                {
                    self.add(password);
                }
            } else if is_cookie(name) {
                let pairs = if name.eq_ignore_ascii_case("cookie") { usize::MAX } else { 1 };
                for (_, value) in value.split(';').take(pairs).filter_map(|pair| pair.split_once('=')) {
                    let value = value.trim().trim_matches('"');
                    if value.chars().count() >= COOKIE {
                        self.add(value);
                    }
                }
            }
        }
    }
}

/// Whether a header proves who somebody is.
fn is_credentials(name: &str) -> bool {
    ["authorization", "proxy-authorization"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a header holds cookies.
fn is_cookie(name: &str) -> bool {
    ["cookie", "set-cookie"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The value of a header as outputs show it: without what proves who somebody is. None where that is not in it.
pub fn header_shown(name: &str, value: &str) -> Option<String> {
    if is_credentials(name) {
        let scheme = value.trim().split_once(' ').map_or("", |(scheme, _)| scheme);
        return Some(format!("{scheme} {}", Secrets::HIDDEN).trim_start().to_owned());
    }
    if !is_cookie(name) {
        return None;
    }
    let only_first = !name.eq_ignore_ascii_case("cookie");
    let pair = |(index, pair): (usize, &str)| match pair.split_once('=') {
        // Behind the first stand attributes: `Path=/`.
        Some((name, _)) if index == 0 || !only_first => format!("{name}={}", Secrets::HIDDEN),
        Some(_) | None => pair.to_owned(),
    };
    Some(value.split(';').enumerate().map(pair).collect::<Vec<_>>().join(";"))
}
