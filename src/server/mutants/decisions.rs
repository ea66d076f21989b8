//! Wrong decisions: what the machine allows, keeps or computes.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::Places;

pub(super) static NON_MEMBER_MAY_POST: Deviation = Deviation {
    id: "M41",
    name: "non-member-may-post",
    about: "A message to a room is accepted from a user who is not in it.",
    how: &[How::Policy(|policy| policy.members_only = false)],
};

pub(super) static ERROR_AND_ACTION: Deviation = Deviation {
    id: "M43",
    name: "error-and-action",
    about: "A message that is refused with `not_a_member` is delivered anyway.",
    how: &[How::Policy(|policy| {
        policy.members_only = false;
        policy.complain = true;
    })],
};

pub(super) static STATE_LEAKS: Deviation = Deviation {
    id: "M50",
    name: "state-leaks",
    about: "The rooms of a user outlive the connection: after a reconnect the user is still in them, and a join is \
            not announced.",
    how: &[How::Policy(|policy| policy.forget_rooms = false)],
};

pub(super) static WRONG_TOKEN_ACCEPTED: Deviation = Deviation {
    id: "M60",
    name: "wrong-token-accepted",
    about: "Any token is valid.",
    how: &[How::Policy(|policy| policy.check_token = false)],
};

pub(super) static UNAUTHENTICATED_VISIBLE: Deviation = Deviation {
    id: "M61",
    name: "unauthenticated-visible",
    about: "A user who has not authenticated is in the default room: the user gets its messages, and the others see \
            the user leave.",
    how: &[How::Policy(|policy| policy.hide_unauthenticated = false)],
};

pub(super) static NAME_TAKEN_OVER: Deviation = Deviation {
    id: "M66",
    name: "name-taken-over",
    about: "A name that is already used is not refused: the new connection replaces the old one.",
    how: &[How::Policy(|policy| policy.refuse_taken = false)],
};

pub(super) static REPLAY_REPEATS: Deviation = Deviation {
    id: "M68",
    name: "replay-repeats",
    about: "A replay begins with the event that `Last-Event-ID` names, which the subscriber already has.",
    how: &[How::Policy(|policy| policy.replay_behind = false)],
};

pub(super) static NAMED_ROOM_BECOMES_CURRENT: Deviation = Deviation {
    id: "M70",
    name: "named-room-becomes-current",
    about: "A message that names a room moves its sender to this room.",
    how: &[How::Policy(|policy| policy.keep_current_room = false)],
};

pub(super) static RECEIPT_REPEATED: Deviation = Deviation {
    id: "M71",
    name: "receipt-repeated",
    about: "If a user reads a message again, the receipt is sent again.",
    how: &[How::Policy(|policy| policy.receipts_once = false)],
};

pub(super) static UTF16_PLACES: Deviation = Deviation {
    id: "M72",
    name: "utf16-places",
    about: "Positions and counts in a document are in UTF-16 units, not in characters.",
    how: &[How::Policy(|policy| policy.places = Places::Utf16)],
};

pub(super) static EVERY_JOIN_ANNOUNCED: Deviation = Deviation {
    id: "M73",
    name: "every-join-announced",
    about: "If a user joins a room again without having left it, the join is announced again.",
    how: &[How::Policy(|policy| policy.announce_first_join = false)],
};

pub(super) static EDITS_UNTRANSFORMED: Deviation = Deviation {
    id: "M64",
    name: "edits-untransformed",
    about: "An edit is applied as it was sent, without regard to the edits since its revision.",
    how: &[How::Policy(|policy| policy.transform_edits = false)],
};
