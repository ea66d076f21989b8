//! Wrong decisions: what the machine allows, keeps or computes.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::Places;

pub(super) static NON_MEMBER_MAY_POST: Deviation = Deviation {
    id: "M41",
    name: "non-member-may-post",
    about: "A message to a room is accepted from somebody who is not in it.",
    how: &[How::Policy(|policy| policy.members_only = false)],
};

pub(super) static ERROR_AND_ACTION: Deviation = Deviation {
    id: "M43",
    name: "error-and-action",
    about: "A message that is refused with `not_a_member` is delivered all the same.",
    how: &[How::Policy(|policy| {
        policy.members_only = false;
        policy.complain = true;
    })],
};

pub(super) static STATE_LEAKS: Deviation = Deviation {
    id: "M50",
    name: "state-leaks",
    about: "The rooms of a user outlive the connection: who comes back is still in them, and joins unannounced.",
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
    about: "A user who has not authenticated is in the default room: gets its messages, and is seen to leave.",
    how: &[How::Policy(|policy| policy.hide_unauthenticated = false)],
};

pub(super) static NAME_TAKEN_OVER: Deviation = Deviation {
    id: "M66",
    name: "name-taken-over",
    about: "A name that is taken is not refused: the old connection is cut, and the new one takes its place.",
    how: &[How::Policy(|policy| policy.refuse_taken = false)],
};

pub(super) static REPLAY_REPEATS: Deviation = Deviation {
    id: "M68",
    name: "replay-repeats",
    about: "A replay begins with the very event that `Last-Event-ID` names, which the subscriber has.",
    how: &[How::Policy(|policy| policy.replay_behind = false)],
};

pub(super) static NAMED_ROOM_BECOMES_CURRENT: Deviation = Deviation {
    id: "M70",
    name: "named-room-becomes-current",
    about: "A message that names a room moves its sender there.",
    how: &[How::Policy(|policy| policy.keep_current_room = false)],
};

pub(super) static RECEIPT_REPEATED: Deviation = Deviation {
    id: "M71",
    name: "receipt-repeated",
    about: "Who reads a message again is announced again.",
    how: &[How::Policy(|policy| policy.receipts_once = false)],
};

pub(super) static UTF16_PLACES: Deviation = Deviation {
    id: "M72",
    name: "utf16-places",
    about: "Places and counts in a document are in UTF-16 units, not in characters.",
    how: &[How::Policy(|policy| policy.places = Places::Utf16)],
};

pub(super) static EVERY_JOIN_ANNOUNCED: Deviation = Deviation {
    id: "M73",
    name: "every-join-announced",
    about: "Who joins a room again without having left it is announced again.",
    how: &[How::Policy(|policy| policy.announce_first_join = false)],
};

pub(super) static EDITS_UNTRANSFORMED: Deviation = Deviation {
    id: "M64",
    name: "edits-untransformed",
    about: "An edit is applied as it was sent, whatever was edited since the revision that it was made against.",
    how: &[How::Policy(|policy| policy.transform_edits = false)],
};
