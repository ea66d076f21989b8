use crate::wire::pattern::{Reserved, rfc3339};
use serde_json::Value;
use std::sync::Arc;

/// One end of an arrow, as holes see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The participant's id: `{self}`, `{peer}`.
    pub id: Arc<str>,
    /// The drawn name: `{self.label}`.
    pub label: Arc<str>,
}

impl Party {
    /// A participant whose drawn name is its id.
    pub fn new(id: &str) -> Self {
        Party { id: id.into(), label: id.into() }
    }
}

/// What the outside world lends to a frame that is built.
pub struct Context<'a> {
    /// The base address of the server under test, of whatever scheme.
    pub target: &'a str,
    /// `{run}`: short, and unique to this play.
    pub run: &'a str,
    /// `{run.mark}`: empty where the server is new, else a tilde and `{run}`.
    pub mark: &'a str,
    /// `{seq}` of this connection: how many there were so far.
    pub seq: &'a mut u64,
    /// `{now}`: milliseconds since 1970-01-01T00:00:00Z.
    pub now_millis: u64,
    /// How many values were made up so far in this play.
    pub made: &'a mut u64,
    /// Random bits, for `{uuid}`.
    pub random: &'a mut dyn FnMut() -> u64,
}

impl Context<'_> {
    /// A number that no value made up before in this play has.
    pub(in crate::wire) fn made_up(&mut self) -> u64 {
        *self.made += 1;
        *self.made
    }

    /// A random UUID.
    pub(in crate::wire) fn uuid(&mut self) -> String {
        uuid((self.random)(), (self.random)())
    }

    /// The time, as RFC 3339 has it.
    pub(in crate::wire) fn now(&self) -> String {
        rfc3339(self.now_millis)
    }

    /// The value of a name that every binding knows, for this participant at that peer.
    pub(in crate::wire) fn value(&mut self, reserved: Reserved, own: &Party, peer: &Party) -> Value {
        match reserved {
            Reserved::Own => (*own.id).into(),
            Reserved::OwnLower => own.id.to_lowercase().into(),
            Reserved::OwnLabel => (*own.label).into(),
            Reserved::Peer => (*peer.id).into(),
            Reserved::Run => self.run.into(),
            Reserved::RunMark => self.mark.into(),
            Reserved::Target => with_scheme(self.target, ["ws", "wss"]).into(),
            Reserved::TargetHttp => with_scheme(self.target, ["http", "https"]).into(),
            Reserved::Seq => {
                *self.seq += 1;
                (*self.seq).into()
            }
            Reserved::Uuid => uuid((self.random)(), (self.random)()).into(),
            Reserved::Now => rfc3339(self.now_millis).into(),
            Reserved::NowMillis => self.now_millis.into(),
        }
    }
}

/// The same address under the plain or the secure one of two schemes; without a slash at its end. Schemes that are
/// neither (`unix:`) stay.
pub(in crate::wire) fn with_scheme(target: &str, [plain, secure]: [&str; 2]) -> String {
    let target = target.trim_end_matches('/');
    match target.split_once("://") {
        Some(("ws" | "http", rest)) => [plain, "://", rest].concat(),
        Some(("wss" | "https", rest)) => [secure, "://", rest].concat(),
        Some(_) | None => target.to_owned(),
    }
}

/// An address with another path and query, where there is one: what is drawn counts.
pub(in crate::wire) fn with_path(address: String, path: Option<&str>) -> String {
    let Some(path) = path else { return address };
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find('/').map_or(address.len(), |at| host + at);
    rooted([&address[..end], path].concat())
}

/// An address whose query stands behind a path: `ws://host?a=b` is an address as well, and would make a request line that
/// is none.
pub(in crate::wire) fn rooted(mut address: String) -> String {
    let host = address.find("://").map_or(0, |at| at + 3);
    if let Some(end) = address[host..].find(['/', '?', '#']).map(|at| host + at)
        && !address[end..].starts_with('/')
    {
        address.insert(end, '/');
    }
    address
}

/// Whether an address leads to the same host and port as the target's, under whatever scheme.
pub(in crate::wire) fn is_at(url: &str, target: &str) -> bool {
    let place = |address: &str| {
        let uri: http::Uri = address.parse().ok()?;
        let implied: u16 = match uri.scheme_str()? {
            "ws" | "http" => 80,
            "wss" | "https" => 443,
            _ => return None,
        };
        let host = uri.host()?.to_ascii_lowercase();
        let place = uri.authority()?.as_str().rsplit('@').next()?;
        let port = match place.get(host.len()..)?.trim_start_matches(':') {
            "" => implied,
            port => port.parse().ok()?,
        };
        Some((host, port))
    };
    // What goes on behind the target with a path or a query has its host and port.
    if url.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])) {
        return true;
    }
    // What is no address is told where it is dialled; nothing goes there.
    place(url).is_none_or(|to| place(target) == Some(to))
}

/// A random UUID (RFC 9562 §5.4) of 128 random bits.
fn uuid(high: u64, low: u64) -> String {
    let bits = (u128::from(high) << 64 | u128::from(low)) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{bits:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_stands_behind_a_path() {
        for (written, meant) in [
            ("ws://h:1?a=b", "ws://h:1/?a=b"),
            ("ws://h:1#a", "ws://h:1/#a"),
            ("ws://h:1/?a=b", "ws://h:1/?a=b"),
            ("ws://h:1/x?a=/b", "ws://h:1/x?a=/b"),
            ("ws://h:1?a=/b", "ws://h:1/?a=/b"),
            ("ws://h:1", "ws://h:1"),
        ] {
            assert_eq!(rooted(written.to_owned()), meant);
        }
        assert_eq!(with_path("ws://h:1".to_owned(), Some("?a=b")), "ws://h:1/?a=b");
    }

    #[test]
    fn an_address_is_at_the_target_by_its_host_and_port_alone() {
        let target = "ws://127.0.0.1:8080/base";
        for own in ["ws://127.0.0.1:8080", "http://127.0.0.1:8080/x?y", "ws://ann:pw@127.0.0.1:8080/", "no address"] {
            assert!(is_at(own, target), "{own}");
        }
        for other in
            ["http://127.0.0.1:8081/", "http://127.0.0.1/", "ws://localhost:8080/", "ws://127.0.0.1:8080@evil.example/"]
        {
            assert!(!is_at(other, target), "{other}");
        }
        assert!(is_at("https://a/x", "wss://A") && !is_at("https://a/", "ws://a"));
    }
}
