use super::{Audience, Effect, Id, Machine, Refusal, ServerMessage, Timer, TypingState};
use std::sync::Arc;
use std::time::Duration;

/// How long after its last `start` a burst of typing ends by itself.
const TYPING_ENDS_AFTER: Duration = Duration::from_secs(3);

impl Machine {
    pub(super) fn typing_starts(&mut self, on: Id) -> Result<(), Refusal> {
        let Some(person) = self.people.get(on) else { return Ok(()) };
        let room = person.current.clone();
        self.member(on, &room)?;
        if person.typing.as_ref() != Some(&room) {
            // A burst in another room ends where the new one begins.
            self.typing_stops(on);
            if let Some(person) = self.people.get_mut(on) {
                person.typing = Some(room.clone());
            }
            self.show_typing(on, room, TypingState::Start);
        }
        self.set(on, Timer::Typing, TYPING_ENDS_AFTER);
        Ok(())
    }

    /// Ends the burst, if there is one, and says so.
    pub(super) fn typing_stops(&mut self, on: Id) {
        if let Some(room) = self.typing_ends_unannounced(on, None) {
            self.show_typing(on, room, TypingState::Stop);
        }
    }

    /// Ends the burst, where it is in this room or none is named.
    pub(super) fn typing_ends_unannounced(&mut self, on: Id, only: Option<&str>) -> Option<Arc<str>> {
        let person = self.people.get_mut(on)?;
        if only.is_some_and(|only| person.typing.as_deref() != Some(only)) {
            return None;
        }
        let room = person.typing.take()?;
        self.effects.push(Effect::Cancel { on, timer: Timer::Typing });
        Some(room)
    }

    fn show_typing(&mut self, on: Id, room: Arc<str>, state: TypingState) {
        let Some(person) = self.people.get(on) else { return };
        let user = person.user.clone();
        let others = self.people.others(&room, on);
        self.deliver(others, Audience::Room(room.clone()), ServerMessage::Typing { user, room, state });
    }
}
