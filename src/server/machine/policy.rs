use super::editing::Places;
use std::time::Duration;

/// What the machine decides by, where a deviation cannot be told from outside. The default is the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Only members may post to a room.
    pub members_only: bool,
    /// An error is answered even where the request is granted all the same (for `members_only = false`).
    pub complain: bool,
    /// A token must be one of the valid ones.
    pub check_token: bool,
    /// Nobody sees a user who has not authenticated.
    pub hide_unauthenticated: bool,
    /// Rooms are forgotten when a connection ends.
    pub forget_rooms: bool,
    /// A join is announced where the user had not joined the room since connecting or leaving it; else every one is.
    pub announce_first_join: bool,
    /// A message that names a room leaves its sender's current room as it is.
    pub keep_current_room: bool,
    /// The author hears of each reader once.
    pub receipts_once: bool,
    /// A name that is taken is refused; else its new connection replaces the old one, which is cut.
    pub refuse_taken: bool,
    /// A replay begins behind the event that `Last-Event-ID` names; else with it.
    pub replay_behind: bool,
    /// An edit is transformed over those that came since the revision that it was made against.
    pub transform_edits: bool,
    /// In what places and counts of a document are told.
    pub places: Places,
    /// The id of the first message.
    pub first_id: u64,
    /// Ids grow by 1 to this much, by turns.
    pub id_stride: u64,
    /// How long the answer to `publish` is held back.
    pub publish_delay: Duration,
    /// `/ws`, `/events` and `/publish` redirect to another path.
    pub redirect: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            members_only: true,
            complain: false,
            check_token: true,
            hide_unauthenticated: true,
            forget_rooms: true,
            announce_first_join: true,
            keep_current_room: true,
            receipts_once: true,
            refuse_taken: true,
            replay_behind: true,
            transform_edits: true,
            places: Places::Characters,
            first_id: 1,
            id_stride: 1,
            publish_delay: Duration::ZERO,
            redirect: false,
        }
    }
}
