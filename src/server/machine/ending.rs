use super::{Audience, Content, Delivery, Effect, Id, Machine, ServerMessage, Timer};

/// After so many pings without a pong a connection is cut when the next would be due.
const UNANSWERED_PINGS: u32 = 2;

/// The close code of a server that ends.
const GOING_AWAY: u16 = 1001;

impl Machine {
    /// A Close of the server's own, or the answer to one. The user is gone with it, and the id is free.
    pub(super) fn close(&mut self, on: Id, code: Option<u16>, echo: bool) {
        if self.people.get(on).is_some() {
            self.effects.push(Effect::Close { to: on, code, echo });
            self.gone(on);
        }
    }

    /// The end of a connection without a word to its client.
    pub(super) fn cut(&mut self, on: Id) {
        self.effects.push(Effect::Cut { to: on });
        self.gone(on);
    }

    /// The transport ended.
    pub(super) fn ended(&mut self, on: Id) {
        if !self.topics.unsubscribe(on) {
            self.gone(on);
        }
    }

    /// Takes a user out, and tells those who could see it: once each, whatever rooms they share.
    fn gone(&mut self, on: Id) {
        let neighbours = self.people.neighbours(on);
        let Some(person) = self.people.leave(on) else { return };
        if !self.policy.forget_rooms {
            self.remembered.insert(person.user.clone(), person.rooms.clone());
        }
        if !person.authenticated && self.policy.hide_unauthenticated {
            return;
        }
        let left = ServerMessage::Left { user: person.user, room: None };
        for room in person.rooms.keys() {
            self.record(room, &left);
        }
        self.deliver(neighbours, Audience::Neighbours, left);
    }

    pub(super) fn heartbeat_begins(&mut self, on: Id) {
        if let Some(interval) = self.rules.heartbeat {
            self.set(on, Timer::Heartbeat, interval);
        }
    }

    pub(super) fn heartbeat(&mut self, on: Id) {
        let Some(person) = self.people.get_mut(on) else { return };
        if person.unanswered_pings >= UNANSWERED_PINGS {
            return self.cut(on);
        }
        person.unanswered_pings += 1;
        self.transport(on, Content::Ping);
        self.heartbeat_begins(on);
    }

    pub(super) fn pong(&mut self, on: Id) {
        if let Some(person) = self.people.get_mut(on) {
            person.unanswered_pings = 0;
        }
    }

    /// Everybody is sent away, and nobody hears of anybody's leaving.
    pub(super) fn shutdown(&mut self) {
        let all: Vec<Id> = self.people.iter().map(|(id, _)| id).collect();
        for id in all {
            self.people.leave(id);
            self.effects.push(Effect::Close { to: id, code: Some(GOING_AWAY), echo: false });
        }
        for id in self.topics.subscribers() {
            self.topics.unsubscribe(id);
            self.effects.push(Effect::End { to: id });
        }
    }

    fn transport(&mut self, to: Id, content: Content) {
        self.effects.push(Effect::Deliver(Delivery { to: vec![to], audience: Audience::Transport, content }));
    }
}
