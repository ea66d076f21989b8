use super::limit::ENTRY;
use super::{Audience, ErrorCode, Id, Machine, Refusal, ServerMessage};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is kept of a message for the server's life: not its text.
#[derive(Clone, Debug)]
struct Record {
    author: Arc<str>,
    /// The user ids to whom it was delivered.
    delivered: Arc<[Arc<str>]>,
    read: BTreeSet<Arc<str>>,
}

/// How many rooms' last audiences are remembered; they only save work.
const AUDIENCES: usize = 1_000;

/// The messages of the server's life, of rooms and direct ones in one sequence.
#[derive(Debug)]
pub(super) struct Messages {
    records: BTreeMap<u64, Record>,
    next: u64,
    stride: u64,
    /// How many there were.
    added: u64,
    /// The last audience of each room. Consecutive messages mostly have the same one, and then they share it, so that a
    /// flood into a large room costs one record a message and not one a delivery.
    audiences: BTreeMap<Arc<str>, Arc<[Arc<str>]>>,
    /// How many bytes all of it takes at most: an audience counts with every message that shares it.
    bytes: usize,
    /// How many it may take.
    most: usize,
}

impl Record {
    fn weight(&self) -> usize {
        2 * ENTRY + (self.delivered.len() + self.read.len()) * size_of::<Arc<str>>()
    }
}

impl Messages {
    pub(super) fn new(first: u64, stride: u64, most: usize) -> Self {
        Messages {
            records: BTreeMap::new(),
            added: 0,
            next: first,
            stride: stride.max(1),
            audiences: BTreeMap::new(),
            bytes: 0,
            most,
        }
    }

    pub(super) fn add_to_room(
        &mut self,
        author: &Arc<str>,
        room: &Arc<str>,
        audience: impl Iterator<Item = Arc<str>>,
    ) -> u64 {
        let audience: Vec<Arc<str>> = audience.collect();
        let delivered = match self.audiences.get(room) {
            Some(last) if **last == *audience => last.clone(),
            // Somebody alone in many rooms costs nothing.
            None if audience.is_empty() => Arc::default(),
            Some(_) | None => {
                let fresh: Arc<[Arc<str>]> = audience.into();
                if self.audiences.len() >= AUDIENCES {
                    self.audiences.clear();
                }
                self.audiences.insert(room.clone(), fresh.clone());
                fresh
            }
        };
        self.add(author, delivered)
    }

    pub(super) fn add_to_user(&mut self, author: &Arc<str>, addressee: Arc<str>) -> u64 {
        self.add(author, Arc::from([addressee]))
    }

    /// How many bytes its records take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many audiences are kept: one for each room, however many messages.
    #[cfg(test)]
    pub(super) fn audiences(&self) -> usize {
        self.audiences.len()
    }

    fn add(&mut self, author: &Arc<str>, delivered: Arc<[Arc<str>]>) -> u64 {
        let id = self.next;
        // Where ids have gaps they come in turns of 1 to the stride: 1, 2, 4, 7, 8, …
        self.next += 1 + self.added % self.stride;
        self.added += 1;
        let record = Record { author: author.clone(), delivered, read: BTreeSet::new() };
        self.bytes += record.weight();
        self.records.insert(id, record);
        while self.bytes > self.most
            && let Some((_, oldest)) = self.records.pop_first()
        {
            self.bytes = self.bytes.saturating_sub(oldest.weight());
        }
        id
    }
}

impl Machine {
    pub(super) fn read(&mut self, on: Id, id: u64) -> Result<(), Refusal> {
        let Some(person) = self.people.get(on) else { return Ok(()) };
        let user = person.user.clone();
        let record = self.messages.records.get_mut(&id).filter(|record| record.delivered.contains(&user));
        let Some(record) = record else {
            return Err(Refusal::new(ErrorCode::NoSuchMessage, "no such message was delivered to you"));
        };
        let first = record.read.insert(user.clone());
        if first || !self.policy.receipts_once {
            self.messages.bytes += if first { size_of::<Arc<str>>() } else { 0 };
            let author = self.people.visible(&record.author);
            self.deliver(author.into_iter().collect(), Audience::User, ServerMessage::Read { user, id });
        }
        Ok(())
    }
}
