//! Faulty servers: each row is one misbehaviour that a suite of diagrams must catch. One file for each family.

mod answers;
mod broadcast;
mod content;
mod decisions;
mod features;
mod order;
mod presence;
mod receipts;
mod reconnect;
mod stuck;
mod time;
mod typing;

use super::deviation::Deviation;

/// All of them, in the order of their numbers.
pub static ALL: &[&Deviation] = &[
    &broadcast::SKIPS_LAST,
    &answers::NO_ANSWER,
    &broadcast::EVERY_SECOND_LOST,
    &time::PENDING_DROPPED,
    &presence::LEFT_NEVER_SENT,
    &presence::JOINED_NEVER_SENT,
    &broadcast::TWICE,
    &presence::LEFT_TWICE,
    &reconnect::REDELIVERED,
    &broadcast::ECHOED,
    &broadcast::IGNORES_ROOMS,
    &broadcast::DIRECT_TO_ALL,
    &presence::JOINED_TO_JOINER,
    &broadcast::STILL_AFTER_LEAVE,
    &reconnect::STALE_SUBSCRIPTION,
    &order::FLUSHED_LAST_FIRST,
    &order::OVERTAKEN,
    &order::GREETING_FIRST,
    &order::DIFFERENT_ORDERS,
    &content::TRUNCATED,
    &content::WRONG_FROM,
    &content::CONSTANT_ID,
    &receipts::WRONG_MESSAGE,
    &content::WRONG_ROOM,
    &content::NON_ASCII_REPLACED,
    &content::MEMBER_MISSING,
    &content::NUMBER_AS_STRING,
    &content::BINARY,
    &presence::JOINED_AT_CONNECT,
    &time::AFTER_DEADLINE,
    &receipts::READ_ON_DELIVERY,
    &time::DUPLICATE_LATER,
    &answers::UNKNOWN_TYPE_CLOSES,
    &decisions::NON_MEMBER_MAY_POST,
    &decisions::ERROR_AND_ACTION,
    &answers::WRONG_CLOSE_CODE,
    &presence::DROP_NOT_NOTICED,
    &presence::DROP_ENDS_SERVER,
    &stuck::SLOW_READER_BLOCKS,
    &stuck::HANGS,
    &decisions::STATE_LEAKS,
    &answers::ENDS_WITHOUT_CLOSE,
    &content::SPLIT,
    &content::HTML_ESCAPED,
    &typing::NEVER_STOPS,
    &typing::STOPS_AT_ONCE,
    &typing::EVERY_START_ANNOUNCED,
    &features::NEVER_CLOSED,
    &decisions::WRONG_TOKEN_ACCEPTED,
    &decisions::UNAUTHENTICATED_VISIBLE,
    &features::OTHER_TOPIC,
    &features::NO_REPLAY,
    &decisions::EDITS_UNTRANSFORMED,
    &features::OWN_EDIT,
    &decisions::NAME_TAKEN_OVER,
    &features::SKIPS_LAST_SUBSCRIBER,
    &decisions::REPLAY_REPEATS,
    &features::CONSTANT_EVENT_ID,
    &decisions::NAMED_ROOM_BECOMES_CURRENT,
    &decisions::RECEIPT_REPEATED,
    &decisions::UTF16_PLACES,
    &decisions::EVERY_JOIN_ANNOUNCED,
];

/// The row of this name or number.
pub fn find(name: &str) -> Option<&'static Deviation> {
    ALL.iter().copied().find(|row| row.name == name || row.id.eq_ignore_ascii_case(name))
}
