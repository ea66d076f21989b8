use super::link::{End, Link, Speech, Turn};
use super::log::{seen, sent};
use super::{Log, Seen, SeenFrame, Style, frames, limit};
use crate::server::core::Core;
use crate::server::machine::{Answer, Content, Effect, Id, Input};
use crate::server::options::Guests;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

struct State {
    core: Core,
    links: BTreeMap<Id, Link>,
    answers: BTreeMap<Id, (Answer, Duration)>,
    next: u64,
    began: Option<Instant>,
    /// Whose task is running: it looks at its link again by itself.
    current: Option<Id>,
    effects: Vec<Effect>,
    scratch: Vec<u8>,
    log: Option<Log>,
    ended: bool,
    /// How many bytes wait for all clients, and how many may.
    waiting: usize,
    queues: usize,
}

/// The server as all connections share it. Every lock is short: one input and what follows from it.
pub(super) struct Shared {
    state: Mutex<State>,
    /// The server was shut down, and the last WebSocket and event stream has ended.
    over: Notify,
    pub style: Style,
    pub guests: Guests,
    /// How many bodies of requests are read at the same time.
    pub bodies: Semaphore,
}

impl Shared {
    pub(super) fn new(core: Core, style: Style, log: Option<Log>, guests: Guests) -> Self {
        let state = State {
            core,
            links: BTreeMap::new(),
            answers: BTreeMap::new(),
            next: 0,
            began: None,
            current: None,
            effects: Vec::new(),
            scratch: Vec::new(),
            log,
            ended: false,
            waiting: 0,
            queues: limit::QUEUES,
        };
        let bodies = Semaphore::new(limit::BODIES);
        Shared { state: Mutex::new(state), over: Notify::new(), style, guests, bodies }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is changed by effects that are complete in themselves: it is usable after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a new connection or request.
    pub(super) fn number(&self) -> Id {
        let mut state = self.lock();
        let id = Id(state.next);
        state.next += 1;
        id
    }

    /// One input and all that follows from it.
    pub(super) fn handle(&self, input: &Input<'_>) {
        let mut state = self.lock();
        if let Some(log) = &state.log
            && let Some(seen) = seen(input)
        {
            log(seen);
        }
        state.handle(input, &self.style);
    }

    /// A request, and how it is answered: not at all, where the server has stopped to answer.
    pub(super) fn ask(&self, input: &Input<'_>) -> Option<(Answer, Duration)> {
        let mut state = self.lock();
        let on = input.on()?;
        if state.ended {
            return None;
        }
        if let Input::Request { head, .. } = input {
            let speech = if head.upgrade { Speech::Frames } else { Speech::Events };
            state.links.insert(on, Link::new(speech));
            if let Some(log) = &state.log {
                let who = head.query.iter().find(|(key, _)| key == "name" || key == "topic");
                let who = who.map_or("", |(_, value)| value.as_str());
                log(Seen::Asked { connection: on.0, path: &head.path, who });
            }
        }
        state.handle(input, &self.style);
        let answer = state.answers.remove(&on);
        if !matches!(answer, Some((Answer::Upgrade | Answer::Events, _))) {
            state.links.remove(&on);
        }
        answer
    }

    /// Everybody is sent away; nobody is let in any more.
    pub(super) fn shut_down(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.handle(&Input::Shutdown, &self.style);
        // Also those of whom the machine does not know any more.
        for link in state.links.values_mut() {
            link.end.get_or_insert(End::Flushed);
            link.wake_unless(false);
        }
        if state.links.is_empty() {
            self.over.notify_one();
        }
    }

    /// Everybody is gone at once, and nobody hears of it.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.links.clear();
        state.waiting = 0;
    }

    /// Waits until nobody is left, after a shutdown.
    pub(super) async fn over(&self) {
        self.over.notified().await;
    }

    /// A connection is over, whoever ended it.
    pub(super) fn forget(&self, on: Id) {
        let mut state = self.lock();
        if let Some(link) = state.links.remove(&on) {
            state.waiting = state.waiting.saturating_sub(link.waiting());
            if let Some(log) = &state.log {
                log(Seen::Closed { connection: on.0 });
            }
            state.handle(&Input::Ended { on }, &self.style);
            if state.ended && state.links.is_empty() {
                self.over.notify_one();
            }
        }
    }

    /// A task's turn: takes what is queued into `out` where that is empty, and leaves its waker.
    pub(super) fn turn(&self, on: Id, out: &mut Vec<u8>, left: usize, waker: &Waker) -> Turn {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(link) = state.links.get_mut(&on) else {
            return Turn { end: Some(End::Cut), next: None, due: None };
        };
        let before = link.waiting();
        if out.is_empty() {
            std::mem::swap(out, &mut link.queue);
        }
        link.unwritten = if left == 0 { out.len() } else { left };
        state.waiting = (state.waiting + link.waiting()).saturating_sub(before);
        if !link.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            link.waker = Some(waker.clone());
        }
        let mut turn = Turn { end: link.end, next: None, due: None };
        if let Some((index, &(timer, at))) = link.timers.iter().enumerate().min_by_key(|(_, (_, at))| *at)
            && let Some(began) = state.began
        {
            if began + at <= Instant::now() {
                link.timers.remove(index);
                turn.due = Some(timer);
            } else {
                turn.next = Some(began + at);
            }
        }
        turn
    }

    /// Whether a connection is to be cut; leaves the task's waker for when it is.
    pub(super) fn is_cut(&self, on: Id, waker: &Waker) -> bool {
        self.lock().links.get_mut(&on).is_some_and(|link| {
            link.waker = Some(waker.clone());
            link.end == Some(End::Cut)
        })
    }

    /// Queues an answer to a ping.
    pub(super) fn pong(&self, on: Id, payload: &[u8]) {
        let mut state = self.lock();
        state.saw(on, true, SeenFrame::Ping);
        if let Some(link) = state.links.get_mut(&on).filter(|link| link.end.is_none()) {
            let before = link.queue.len();
            frames::pong(&mut link.queue, payload);
            let more = link.queue.len() - before;
            state.grown(on, more);
            state.saw(on, false, SeenFrame::Pong);
        }
    }
}

impl State {
    fn saw(&self, on: Id, from_client: bool, frame: SeenFrame) {
        if let Some(log) = &self.log {
            log(Seen::Frame { connection: on.0, from_client, frame });
        }
    }

    fn now(&mut self) -> Duration {
        // The server's life begins with its first connection, on that runtime's clock.
        let now = Instant::now();
        now.saturating_duration_since(*self.began.get_or_insert(now))
    }

    fn handle(&mut self, input: &Input<'_>, style: &Style) {
        let now = self.now();
        self.current = input.on();
        let mut effects = std::mem::take(&mut self.effects);
        self.core.handle(now, input, &mut effects);
        for effect in effects.drain(..) {
            self.apply(effect, style);
        }
        self.effects = effects;
    }

    fn apply(&mut self, effect: Effect, style: &Style) {
        match effect {
            Effect::Deliver(delivery) => {
                if !delivery.to.is_empty() {
                    self.deliver(&delivery.to, &delivery.content, style);
                }
            }
            Effect::Answer { to, answer, after } => {
                if let Some(log) = &self.log
                    && let Some(status) = answer.status()
                {
                    log(Seen::Answered { connection: to.0, status });
                }
                self.answers.insert(to, (answer, after));
            }
            Effect::Close { to, code, .. } => {
                if let Some(link) = self.links.get_mut(&to).filter(|link| link.end.is_none()) {
                    let before = link.queue.len();
                    frames::close(&mut link.queue, code);
                    self.waiting += link.queue.len() - before;
                    link.end_flushed(self.current == Some(to));
                    self.saw(to, false, SeenFrame::Close(code));
                }
            }
            Effect::End { to } => {
                if let Some(link) = self.links.get_mut(&to).filter(|link| link.end.is_none()) {
                    link.end_flushed(self.current == Some(to));
                }
            }
            Effect::Cut { to } => {
                if let Some(link) = self.links.get_mut(&to) {
                    link.end = Some(End::Cut);
                    link.wake_unless(self.current == Some(to));
                }
            }
            Effect::Set { on, timer, at } => {
                if let Some(link) = self.links.get_mut(&on).filter(|link| link.end.is_none()) {
                    link.timers.retain(|(known, _)| *known != timer);
                    link.timers.push((timer, at));
                    link.wake_unless(self.current == Some(on));
                }
            }
            Effect::Cancel { on, timer } => {
                if let Some(link) = self.links.get_mut(&on) {
                    link.timers.retain(|(known, _)| *known != timer);
                }
            }
            // The core has turned these into the others.
            Effect::Hold { .. } | Effect::Release { .. } | Effect::Forget { .. } => {}
        }
    }

    fn deliver(&mut self, to: &[Id], content: &Content, style: &Style) {
        let mut payload = std::mem::take(&mut self.scratch);
        payload.clear();
        // Serialising fails only where a map has keys that are no strings: there is none.
        let _ = match content {
            Content::Message(message) => serde_json::to_writer(&mut payload, message),
            Content::Json(value) => serde_json::to_writer(&mut payload, value),
            Content::Text(text) | Content::Binary(text) => {
                payload.extend_from_slice(text.as_bytes());
                Ok(())
            }
            Content::Event(event) => {
                let line = format!("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.event, event.data);
                payload.extend_from_slice(line.as_bytes());
                Ok(())
            }
            Content::Ping | Content::Pong => Ok(()),
        };
        for id in to {
            let Some(link) = self.links.get_mut(id).filter(|link| link.end.is_none()) else { continue };
            if let Some(log) = &self.log
                && let Some(seen) = sent(*id, content, &payload)
            {
                log(seen);
            }
            let before = link.queue.len();
            match (content, link.speech) {
                (Content::Event(_), Speech::Events) => link.queue.extend_from_slice(&payload),
                (Content::Event(_), Speech::Frames) | (_, Speech::Events) => {}
                (Content::Message(_) | Content::Json(_) | Content::Text(_), Speech::Frames) => {
                    frames::text(&mut link.queue, &payload, style);
                }
                (Content::Binary(_), Speech::Frames) => frames::binary(&mut link.queue, &payload),
                (Content::Ping, Speech::Frames) => frames::ping(&mut link.queue),
                (Content::Pong, Speech::Frames) => frames::pong(&mut link.queue, b""),
            }
            let more = link.queue.len() - before;
            link.wake_unless(self.current == Some(*id));
            self.grown(*id, more);
        }
        self.scratch = payload;
    }

    /// So many bytes more wait for a client. Too many for it, and it is cut; too many for all, and the one for whom most
    /// wait is.
    fn grown(&mut self, on: Id, more: usize) {
        self.waiting += more;
        let current = self.current;
        if let Some(link) = self.links.get_mut(&on).filter(|link| link.waiting() > limit::QUEUE) {
            link.cut(&mut self.waiting, current == Some(on));
        }
        while self.waiting > self.queues {
            let live = self.links.iter_mut().filter(|(_, link)| link.end != Some(End::Cut));
            let Some((id, link)) = live.max_by_key(|(_, link)| link.waiting()) else { break };
            link.cut(&mut self.waiting, current == Some(*id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::machine::{Head, Machine, Method, Policy, Rules};

    fn connected(shared: &Shared, name: &str) -> Id {
        let on = shared.number();
        let head = Head {
            method: Method::Get,
            path: "/ws".to_owned(),
            query: vec![("name".to_owned(), name.to_owned())],
            upgrade: true,
            bearer: None,
            last_event_id: None,
            json: false,
        };
        assert!(matches!(shared.ask(&Input::Request { on, head: &head }), Some((Answer::Upgrade, _))));
        on
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_all_clients_is_bounded_and_the_slowest_is_cut() {
        let core = Core::new(Machine::new(Rules::default(), Policy::default()), Vec::new(), None);
        let shared = Shared::new(core, Style::default(), None, Guests::Anybody);
        shared.lock().queues = 100_000;
        let names = ["ann", "bob", "eve", "joe", "kim"];
        let all: Vec<Id> = names.iter().map(|name| connected(&shared, name)).collect();
        let say = |to: &str| {
            let text = format!(r#"{{"type":"direct","to":"{to}","text":"{}"}}"#, "x".repeat(10_000));
            shared.handle(&Input::Text { on: all[0], text: &text });
        };
        // Nobody reads; Bob has most to read.
        for name in ["bob", "bob", "bob", "bob", "bob", "eve", "joe", "eve", "joe", "kim"] {
            say(name);
        }
        let cut = |shared: &Shared| -> Vec<&str> {
            let state = shared.lock();
            let is_cut = |id: &Id| state.links[id].end == Some(End::Cut);
            all.iter().zip(names).filter(|(id, _)| is_cut(id)).map(|(_, name)| name).collect()
        };
        assert_eq!(cut(&shared), ["bob"]);
        assert!(shared.lock().waiting <= 100_000);
        for _ in 0..50 {
            say("kim");
        }
        assert_eq!(cut(&shared), ["bob", "kim"]);
        all.iter().for_each(|id| shared.forget(*id));
        assert_eq!(shared.lock().waiting, 0);
    }
}
