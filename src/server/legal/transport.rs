//! When bytes pass.

use crate::net::faults::{Jitter, Latency};
use crate::server::deviation::{Deviation, How};
use std::time::Duration;

/// Noticed by a clock, and far below any deadline.
const NOTICEABLE: Duration = Duration::from_millis(40);
/// Half around the world.
const FAR: Duration = Duration::from_millis(150);

pub(super) static SLOW: Deviation = Deviation {
    id: "L03",
    name: "slow",
    about: "Everything that the server sends takes 200 ms.",
    how: &[How::Stream(|_, _| Box::new(Latency { sent: Duration::from_millis(200), received: Duration::ZERO }))],
};

pub(super) static JITTER: Deviation = Deviation {
    id: "L07",
    name: "jitter",
    about: "Everything that the server sends takes up to 40 ms, with a different time for each message and \
            connection.",
    how: &[How::Stream(|seed, number| Box::new(Jitter::new(mixed(seed, number), NOTICEABLE, Duration::ZERO)))],
};

pub(super) static CONNECTED_IN_ANY_ORDER: Deviation = Deviation {
    id: "L09",
    name: "connected-in-any-order",
    about: "Every second connection is 120 ms slower than the others; the seed decides which ones.",
    how: &[How::Stream(|seed, number| {
        let slow = (seed ^ number) & 1 == 0;
        let sent = if slow { Duration::from_millis(120) } else { Duration::ZERO };
        Box::new(Latency { sent, received: Duration::ZERO })
    })],
};

pub(super) static HANDLED_IN_ANY_ORDER: Deviation = Deviation {
    id: "L10",
    name: "handled-in-any-order",
    about: "The server reads messages of clients up to 40 ms later, so messages of two clients are handled in either \
            order.",
    how: &[How::Stream(|seed, number| Box::new(Jitter::new(mixed(seed, number), Duration::ZERO, NOTICEABLE)))],
};

pub(super) static ONE_SEGMENT: Deviation = Deviation {
    id: "L13",
    name: "one-segment",
    about: "Everything that the server sends on a connection within 5 ms goes out in one piece.",
    how: &[How::Stream(|_, _| Box::new(Latency { sent: Duration::from_millis(5), received: Duration::ZERO }))],
};

pub(super) static LATE_READER: Deviation = Deviation {
    id: "L22",
    name: "late-reader",
    about: "The server reads messages of clients 150 ms later, so optional messages in between are sent.",
    how: &[How::Stream(|_, _| Box::new(Latency { sent: Duration::ZERO, received: Duration::from_millis(150) }))],
};

pub(super) static UNEVEN_READER: Deviation = Deviation {
    id: "L23",
    name: "uneven-reader",
    about: "The server reads messages of clients up to 200 ms later, so a message that may be repeated is repeated \
            as often as the seed decides.",
    how: &[How::Stream(|seed, number| {
        Box::new(Jitter::new(mixed(seed, number), Duration::ZERO, Duration::from_millis(200)))
    })],
};

pub(super) static LATER_FIRST: Deviation = Deviation {
    id: "L24",
    name: "later-first",
    about: "The server reads messages of later connections earlier, so choices have the opposite result.",
    how: &[How::Stream(|_, number| {
        let received = Duration::from_millis(120 / number.saturating_add(1));
        Box::new(Latency { sent: Duration::ZERO, received })
    })],
};

pub(super) static FAR_AWAY: Deviation = Deviation {
    id: "L27",
    name: "far-away",
    about: "Every message takes up to 150 ms, with a different time for each message, connection and direction.",
    how: &[How::Stream(|seed, number| Box::new(Jitter::new(mixed(seed, number), FAR, FAR)))],
};

/// Another seed for each connection.
fn mixed(seed: u64, number: u64) -> u64 {
    seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number)
}
