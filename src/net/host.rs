//! Which hosts are this machine.

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

/// Without the brackets of an IPv6 address.
pub(super) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

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
