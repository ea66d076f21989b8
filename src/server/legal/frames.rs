//! How messages and responses are written.

use crate::net::faults::Segments;
use crate::server::deviation::{Deviation, How};

pub(super) static FRAGMENTS: Deviation = Deviation {
    id: "L12",
    name: "fragments",
    about: "A message is sent in frames of three bytes, which may split a character, and one byte at a time.",
    how: &[
        How::Style(|style| style.fragment = Some(3)),
        How::Stream(|_, _| Box::new(Segments { sent: 1, received: 1 })),
    ],
};

pub(super) static NEWEST_PING_ONLY: Deviation = Deviation {
    id: "L16",
    name: "newest-ping-only",
    about: "If several pings are pending, only the newest is answered.",
    how: &[How::Style(|style| style.newest_pong_only = true)],
};

pub(super) static HEADERS_AND_REDIRECT: Deviation = Deviation {
    id: "L25",
    name: "headers-and-redirect",
    about: "Responses have additional headers, and every path redirects (307) to a path below `/v1`.",
    how: &[How::Style(|style| style.extra_headers = true), How::Policy(|policy| policy.redirect = true)],
};
