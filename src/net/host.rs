//! Which hosts are this machine.

use http::Uri;
use std::net::IpAddr;

/// Whether a host, as an address has it, is this machine: `localhost` and every name below it (RFC 6761, section 6.3), a
/// dot at the end or none, and the loopback addresses: `127.0.0.0/8`, `::1` with brackets or without, and the former
/// written as IPv6.
pub fn is_this_machine(host: &str) -> bool {
    is_localhost(host) || bare(host).parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether it is the name `localhost`, or one below it.
pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let (below, last) = name.rsplit_once('.').map_or((None, name), |(below, last)| (Some(below), last));
    last.eq_ignore_ascii_case("localhost") && below != Some("")
}

/// The port that an address names; none where it names none.
///
/// # Errors
/// What stands there and is no port: a number from 1 to 65535.
pub fn port(url: &Uri) -> Result<Option<u16>, String> {
    let Some(authority) = url.authority() else { return Ok(None) };
    let place = authority.as_str().rsplit('@').next().unwrap_or_default();
    match place.get(authority.host().len()..).and_then(|rest| rest.strip_prefix(':')) {
        None => Ok(None),
        // Who has a port put in there meant none but that.
        Some("") => Err("there is no port after the colon: a port is a number from 1 to 65535".to_owned()),
        // A sign is no digit.
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => match text.parse() {
            Ok(port @ 1..) => Ok(Some(port)),
            Ok(0) | Err(_) => Err(format!("{text} is not a port: a port is a number from 1 to 65535")),
        },
        Some(text) => Err(format!("`{text}` is not a port: a port is a number from 1 to 65535")),
    }
}

/// Without the brackets of an IPv6 address.
pub(super) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_that_there_is_or_an_error() {
        let of = |address: &str| port(&address.parse().expect("an address"));
        for (address, wanted) in [
            ("ws://localhost", None),
            ("ws://localhost/x:", None),
            ("ws://localhost:80", Some(80)),
            ("ws://ann:99999@localhost:65535/", Some(65_535)),
            ("ws://[::1]:8080", Some(8080)),
            ("ws://[::1]", None),
        ] {
            assert_eq!(of(address), Ok(wanted), "{address}");
        }
        for port in ["99999", "65536", "0", "-1", "abc", "+80"] {
            // What cannot be read as an address at all is told as such.
            let Ok(url) = format!("ws://localhost:{port}").parse::<Uri>() else { continue };
            let told = super::port(&url).expect_err(port);
            assert!(told.contains(port) && told.contains("is not a port"), "{told}");
        }
        for empty in ["ws://localhost:", "ws://localhost:/x"] {
            assert!(of(empty).expect_err(empty).starts_with("there is no port after the colon"), "{empty}");
        }
    }

    #[test]
    fn loopback_and_the_names_below_localhost_are_this_machine() {
        let own =
            ["localhost", "LocalHost", "localhost.", "chat.localhost", "a.b.LOCALHOST.", "127.0.0.1", "127.9.9.9"];
        for host in own.into_iter().chain(["::1", "[::1]", "[0:0::1]", "[::ffff:127.0.0.1]"]) {
            assert!(is_this_machine(host), "{host}");
        }
        let foreign = ["", ".", "localhost.example", "notlocalhost", ".localhost", "127.0.0.1.example", "10.0.0.1"];
        for host in foreign.into_iter().chain(["[::2]", "0.0.0.0", "[::ffff:10.0.0.1]", "127.1", "localhost.."]) {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
