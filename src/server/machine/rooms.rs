use super::{Audience, ErrorCode, Id, Machine, Refusal, ServerMessage};
use std::sync::Arc;

impl Machine {
    pub(super) fn join(&mut self, on: Id, room: Arc<str>) -> Result<(), Refusal> {
        if !self.people.has_room_for(on, &room, &self.bounds) {
            return Err(Refusal::field(
                "room",
                "within the limit of the names of your rooms: 64 KiB, and 64 MiB for all users",
            ));
        }
        let announce = self.people.join(on, &room, true) || !self.policy.announce_first_join;
        let Some(person) = self.people.get_mut(on) else { return Ok(()) };
        person.current = room.clone();
        let user = person.user.clone();
        if announce {
            self.announce(on, &room, ServerMessage::Joined { user, room: room.clone() });
        }
        Ok(())
    }

    pub(super) fn leave(&mut self, on: Id, room: Arc<str>) -> Result<(), Refusal> {
        self.member(on, &room)?;
        self.typing_ends_unannounced(on, Some(&room));
        self.people.part(on, &room);
        let Some(person) = self.people.get(on) else { return Ok(()) };
        let user = person.user.clone();
        self.announce(on, &room, ServerMessage::Left { user, room: Some(room.clone()) });
        Ok(())
    }

    pub(super) fn post(&mut self, on: Id, room: Option<Arc<str>>, text: Arc<str>) -> Result<(), Refusal> {
        let Some(person) = self.people.get(on) else { return Ok(()) };
        let room = room.unwrap_or_else(|| person.current.clone());
        let (user, from) = (person.user.clone(), person.name.clone());
        match self.member(on, &room) {
            Ok(()) => {}
            Err(refusal) if self.policy.members_only => return Err(refusal),
            Err(refusal) if self.policy.complain => self.refuse(on, refusal),
            Err(_) => {}
        }
        self.typing_stops(on);
        if let Some(person) = self.people.get_mut(on).filter(|_| !self.policy.keep_current_room) {
            person.current = room.clone();
        }
        let others = self.people.others(&room, on);
        let audience = others.iter().filter_map(|&id| self.people.get(id)).map(|person| person.user.clone());
        let id = self.messages.add_to_room(&user, &room, audience);
        self.say(others, &room, ServerMessage::Message { id, from, room: room.clone(), text });
        Ok(())
    }

    pub(super) fn direct(&mut self, on: Id, to: &str, text: Arc<str>) -> Result<(), Refusal> {
        let Some(person) = self.people.get(on) else { return Ok(()) };
        let (user, from) = (person.user.clone(), person.name.clone());
        let addressee = match self.people.holder(to) {
            Some(id) if !self.policy.hide_unauthenticated => Some(id),
            Some(_) | None => self.people.visible(to),
        };
        let Some((id, addressee)) = addressee.and_then(|id| Some((id, self.people.get(id)?.user.clone()))) else {
            return Err(Refusal::new(ErrorCode::NoSuchUser, format!("nobody with the id {to:?} is connected")));
        };
        let number = self.messages.add_to_user(&user, addressee);
        self.deliver(vec![id], Audience::User, ServerMessage::Direct { id: number, from, text });
        Ok(())
    }

    /// Refuses who is no member.
    pub(super) fn member(&self, on: Id, room: &str) -> Result<(), Refusal> {
        if self.people.get(on).is_some_and(|person| person.rooms.contains_key(room)) {
            Ok(())
        } else {
            Err(Refusal::new(ErrorCode::NotAMember, format!("you are not in the room {room:?}")))
        }
    }

    /// To all members of a room but one, and to the room's topic.
    fn announce(&mut self, but: Id, room: &Arc<str>, message: ServerMessage) {
        let others = self.people.others(room, but);
        self.say(others, room, message);
    }

    fn say(&mut self, to: Vec<Id>, room: &Arc<str>, message: ServerMessage) {
        self.record(room, &message);
        self.deliver(to, Audience::Room(room.clone()), message);
    }
}
