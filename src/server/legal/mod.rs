//! Servers that are odd within their rights: each row is something that must not make a diagram fail.
//!
//! What a diagram leaves to the server (a block that may or may not happen, a number of turns, a branch) is up to time
//! with this server: it depends on when what clients send is read, so those rows are about that.

mod choice;
mod ending;
mod frames;
mod json;
mod noise;
mod transport;

use super::deviation::Deviation;

/// All of them, in the order of their numbers.
pub static ALL: &[&Deviation] = &[
    &choice::RECIPIENTS_ANY_ORDER,
    &choice::ANSWER_AFTER_BROADCAST,
    &transport::SLOW,
    &noise::HEARTBEATS,
    &json::ADDITIONAL_MEMBERS,
    &transport::JITTER,
    &choice::IDS_WITH_GAPS,
    &transport::CONNECTED_IN_ANY_ORDER,
    &transport::HANDLED_IN_ANY_ORDER,
    &noise::PINGS,
    &frames::FRAGMENTS,
    &transport::ONE_SEGMENT,
    &noise::PONGS,
    &frames::NEWEST_PING_ONLY,
    &ending::CLOSE_ECHO,
    &json::KEY_ORDER,
    &json::ESCAPED,
    &choice::RESPONSE_AFTER_PUSH,
    &transport::LATE_READER,
    &transport::UNEVEN_READER,
    &transport::LATER_FIRST,
    &frames::HEADERS_AND_REDIRECT,
    &ending::GOING_AWAY,
    &transport::FAR_AWAY,
];

/// The row of this name or number.
pub fn find(name: &str) -> Option<&'static Deviation> {
    ALL.iter().copied().find(|row| row.name == name || row.id.eq_ignore_ascii_case(name))
}
