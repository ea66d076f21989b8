use super::Id;
use super::limit::{Bounds, ENTRY};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The room in which everybody is from the start.
pub const GENERAL: &str = "general";

/// One connected user. Whoever is in this table has an open WebSocket.
#[derive(Clone, Debug)]
pub struct Person {
    /// The id: the display name in lower case.
    pub user: Arc<str>,
    /// The display name.
    pub name: Arc<str>,
    /// Whether requests are accepted, and others see this user.
    pub authenticated: bool,
    /// Where messages without a room go. Not left with the room.
    pub current: Arc<str>,
    /// The rooms of which the user is a member, each with whether it was joined explicitly.
    pub rooms: BTreeMap<Arc<str>, bool>,
    /// The room of the burst of typing that is going on.
    pub typing: Option<Arc<str>>,
    /// Pings without a pong since the last pong.
    pub unanswered_pings: u32,
}

/// Who is connected, and who is in which room. Everything is iterated in the order of connecting.
#[derive(Clone, Debug, Default)]
pub struct People {
    by_id: BTreeMap<Id, Person>,
    by_user: BTreeMap<Arc<str>, Id>,
    rooms: BTreeMap<Arc<str>, BTreeSet<Id>>,
    /// How many bytes the rooms of all take.
    room_bytes: usize,
}

/// How many bytes it takes to be in a room.
fn weight(room: &str) -> usize {
    ENTRY + room.len()
}

impl People {
    /// Takes somebody in, in no room yet.
    pub(super) fn enter(&mut self, id: Id, name: Arc<str>, user: Arc<str>, authenticated: bool) {
        let person = Person {
            user: user.clone(),
            name,
            authenticated,
            current: Arc::from(GENERAL),
            rooms: BTreeMap::new(),
            typing: None,
            unanswered_pings: 0,
        };
        self.by_id.insert(id, person);
        self.by_user.insert(user, id);
    }

    /// Takes somebody out of all rooms and of the table.
    pub(super) fn leave(&mut self, id: Id) -> Option<Person> {
        let person = self.by_id.remove(&id)?;
        self.by_user.remove(&person.user);
        for room in person.rooms.keys() {
            self.empty_place(room, id);
            self.room_bytes = self.room_bytes.saturating_sub(weight(room));
        }
        Some(person)
    }

    fn empty_place(&mut self, room: &str, id: Id) {
        if let Some(members) = self.rooms.get_mut(room) {
            members.remove(&id);
            if members.is_empty() {
                self.rooms.remove(room);
            }
        }
    }

    /// Whether somebody may be in one more room.
    pub(super) fn has_room_for(&self, id: Id, room: &str, bounds: &Bounds) -> bool {
        let Some(person) = self.by_id.get(&id).filter(|person| !person.rooms.contains_key(room)) else { return true };
        let own: usize = person.rooms.keys().map(|room| weight(room)).sum();
        own + weight(room) <= bounds.rooms_of_one && self.room_bytes + weight(room) <= bounds.rooms
    }

    /// Makes somebody a member; true where this is the first explicit time since connecting or leaving.
    pub(super) fn join(&mut self, id: Id, room: &Arc<str>, explicit: bool) -> bool {
        let Some(person) = self.by_id.get_mut(&id) else { return false };
        let before = person.rooms.get(room).copied();
        person.rooms.insert(room.clone(), explicit || before == Some(true));
        if before.is_none() {
            self.room_bytes += weight(room);
            self.rooms.entry(room.clone()).or_default().insert(id);
        }
        explicit && before != Some(true)
    }

    /// Ends a membership; false where there was none.
    pub(super) fn part(&mut self, id: Id, room: &str) -> bool {
        let Some(person) = self.by_id.get_mut(&id) else { return false };
        let was = person.rooms.remove(room).is_some();
        if was {
            self.empty_place(room, id);
            self.room_bytes = self.room_bytes.saturating_sub(weight(room));
        }
        was
    }

    /// The user on a connection.
    pub fn get(&self, id: Id) -> Option<&Person> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Person> {
        self.by_id.get_mut(&id)
    }

    /// Everybody.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &Person)> {
        self.by_id.iter().map(|(&id, person)| (id, person))
    }

    /// The connection that holds a user id, authenticated or not.
    pub fn holder(&self, user: &str) -> Option<Id> {
        self.by_user.get(user).copied()
    }

    /// The connection of a user whom others may see.
    pub(super) fn visible(&self, user: &str) -> Option<Id> {
        self.holder(user).filter(|id| self.by_id.get(id).is_some_and(|person| person.authenticated))
    }

    /// The members of a room.
    pub fn members(&self, room: &str) -> impl Iterator<Item = Id> + '_ {
        self.rooms.get(room).into_iter().flatten().copied()
    }

    /// The members of a room but one.
    pub fn others(&self, room: &str, but: Id) -> Vec<Id> {
        self.members(room).filter(|&id| id != but).collect()
    }

    /// All who share a room with somebody.
    pub(super) fn neighbours(&self, of: Id) -> Vec<Id> {
        let Some(person) = self.by_id.get(&of) else { return Vec::new() };
        if person.rooms.len() == 1 {
            return person.rooms.keys().flat_map(|room| self.others(room, of)).collect();
        }
        let all: BTreeSet<Id> =
            person.rooms.keys().flat_map(|room| self.members(room)).filter(|&id| id != of).collect();
        all.into_iter().collect()
    }
}
