//! Faulty servers: each row is one misbehaviour that a suite of diagrams must catch.

mod broadcast;
mod decisions;

use super::deviation::Deviation;

/// All of them, in the order of their numbers.
pub static ALL: &[&Deviation] = &[
    &broadcast::SKIPS_LAST,
    &broadcast::EVERY_SECOND_LOST,
    &broadcast::TWICE,
    &broadcast::ECHOED,
    &broadcast::IGNORES_ROOMS,
    &broadcast::DIRECT_TO_ALL,
    &broadcast::STILL_AFTER_LEAVE,
    &decisions::NON_MEMBER_MAY_POST,
    &decisions::ERROR_AND_ACTION,
    &decisions::STATE_LEAKS,
    &decisions::WRONG_TOKEN_ACCEPTED,
    &decisions::UNAUTHENTICATED_VISIBLE,
    &decisions::EDITS_UNTRANSFORMED,
];

/// The row of this name or number.
pub fn find(name: &str) -> Option<&'static Deviation> {
    ALL.iter().copied().find(|row| row.name == name || row.id.eq_ignore_ascii_case(name))
}
