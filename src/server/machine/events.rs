use super::limit::{ENTRY, TOPIC_EVENTS};
use super::{Audience, Content, Data, Delivery, Effect, Event, Head, Id, Machine, ServerMessage};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// One topic: who follows it, and what came last.
#[derive(Clone, Debug, Default)]
struct Topic {
    log: VecDeque<Arc<Event>>,
    subscribers: BTreeSet<Id>,
}

/// All topics. They have one sequence of event ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics {
    by_name: BTreeMap<Arc<str>, Topic>,
    streams: BTreeMap<Id, Arc<str>>,
    last: u64,
    /// The topic of every event that is kept, by its id: the oldest first.
    kept: BTreeMap<u64, Arc<str>>,
    /// How many bytes they take.
    bytes: usize,
}

impl Topics {
    /// How many topics there are, and how many bytes their events take.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.by_name.len(), self.bytes)
    }

    /// All event streams.
    pub(super) fn subscribers(&self) -> Vec<Id> {
        self.streams.keys().copied().collect()
    }

    fn subscribe(&mut self, on: Id, topic: Arc<str>) {
        self.streams.insert(on, topic.clone());
        self.by_name.entry(topic).or_default().subscribers.insert(on);
    }

    /// False where this is no event stream.
    pub(super) fn unsubscribe(&mut self, on: Id) -> bool {
        let Some(name) = self.streams.remove(&on) else { return false };
        if let Some(topic) = self.by_name.get_mut(&name) {
            topic.subscribers.remove(&on);
            if topic.subscribers.is_empty() && topic.log.is_empty() {
                self.by_name.remove(&name);
            }
        }
        true
    }

    /// Forgets the oldest event of a topic.
    fn forget_oldest(&mut self, name: &Arc<str>) {
        let Some(topic) = self.by_name.get_mut(name) else { return };
        if let Some(event) = topic.log.pop_front() {
            self.kept.remove(&event.id);
            self.bytes = self.bytes.saturating_sub(weight(name, &event));
        }
        if topic.subscribers.is_empty() && topic.log.is_empty() {
            self.by_name.remove(name);
        }
    }

    /// Keeps an event, `most` bytes of all, and gives it to those who follow the topic.
    fn push(&mut self, topic: &Arc<str>, event: Cow<'static, str>, data: Data, most: usize) -> (Arc<Event>, Vec<Id>) {
        self.last += 1;
        let event = Arc::new(Event { id: self.last, event, data });
        let followed = self.by_name.entry(topic.clone()).or_default();
        followed.log.push_back(event.clone());
        let (full, to) = (followed.log.len() > TOPIC_EVENTS, followed.subscribers.iter().copied().collect());
        self.kept.insert(event.id, topic.clone());
        self.bytes += weight(topic, &event);
        if full {
            self.forget_oldest(topic);
        }
        while self.bytes > most
            && let Some(oldest) = self.kept.values().next().cloned()
        {
            self.forget_oldest(&oldest);
        }
        (event, to)
    }

    fn after(&self, topic: &str, id: u64) -> impl Iterator<Item = &Arc<Event>> {
        let log = self.by_name.get(topic).into_iter().flat_map(|topic| &topic.log);
        log.skip_while(move |event| event.id <= id)
    }
}

/// How many bytes an event takes that is kept.
fn weight(topic: &str, event: &Event) -> usize {
    // Numbers and names of members that a message has beside its texts are in the estimate.
    let data = match &event.data {
        Data::Json(text) => text.len(),
        Data::Message(message) => message.text_bytes(),
    };
    2 * ENTRY + topic.len() + event.event.len() + data
}

impl Machine {
    /// A client follows a topic; what came after its last event is replayed, where it says which that was.
    pub(super) fn follow(&mut self, on: Id, head: &Head) {
        let Some(topic) = head.parameter("topic") else { return };
        let topic: Arc<str> = Arc::from(topic);
        let since = head.last_event_id.as_deref().and_then(|id| id.trim().parse().ok());
        self.topics.subscribe(on, topic.clone());
        let Some(since): Option<u64> = since else { return };
        let since = if self.policy.replay_behind { since } else { since.saturating_sub(1) };
        let missed: Vec<Arc<Event>> = self.topics.after(&topic, since).cloned().collect();
        for event in missed {
            self.replay(on, event);
        }
    }

    fn replay(&mut self, to: Id, event: Arc<Event>) {
        let content = Content::Event(event);
        self.effects.push(Effect::Deliver(Delivery { to: vec![to], audience: Audience::Sender, content }));
    }

    /// An event on a topic.
    pub(super) fn emit(&mut self, topic: &Arc<str>, event: Cow<'static, str>, data: Data) {
        let (event, to) = self.topics.push(topic, event, data, self.bounds.events);
        let audience = Audience::Topic(topic.clone());
        self.effects.push(Effect::Deliver(Delivery { to, audience, content: Content::Event(event) }));
    }

    /// What happens in a room is an event on the topic of that room.
    pub(super) fn record(&mut self, room: &str, message: &ServerMessage) {
        let kind = match message {
            ServerMessage::Message { .. } => "message",
            ServerMessage::Joined { .. } => "joined",
            ServerMessage::Left { .. } => "left",
            ServerMessage::Connected { .. }
            | ServerMessage::Pong { .. }
            | ServerMessage::Heartbeat
            | ServerMessage::AuthOk
            | ServerMessage::AuthFailed
            | ServerMessage::Direct { .. }
            | ServerMessage::Typing { .. }
            | ServerMessage::Read { .. }
            | ServerMessage::Document { .. }
            | ServerMessage::EditAck { .. }
            | ServerMessage::Edited { .. }
            | ServerMessage::Error { .. } => return,
        };
        let topic = ["room:", room].concat();
        self.emit(&topic.into(), Cow::Borrowed(kind), Data::Message(message.clone()));
    }
}
