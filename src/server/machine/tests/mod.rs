//! The protocol, point by point, on the pure machine: time is a number here.

mod auth;
mod bounds;
mod connecting;
mod editing;
mod ending;
mod events;
mod receipts;
mod rooms;
mod typing;

use super::*;

/// A machine and its clients, each known by a label; what each got is kept until it is asked for.
struct Play {
    machine: Machine,
    now: Duration,
    timers: Vec<(Duration, Id, Timer)>,
    clients: BTreeMap<&'static str, Id>,
    heard: BTreeMap<Id, Vec<String>>,
    next: u64,
}

impl Play {
    fn new() -> Self {
        Self::with(Rules { tokens: vec!["token".to_owned()], ..Rules::default() })
    }

    fn with(rules: Rules) -> Self {
        Play {
            machine: Machine::new(rules, Policy::default()),
            now: Duration::ZERO,
            timers: Vec::new(),
            clients: BTreeMap::new(),
            heard: BTreeMap::new(),
            next: 0,
        }
    }

    /// One that keeps less than usual.
    fn within(bounds: Bounds) -> Self {
        Play { machine: Machine::within(bounds, Rules::default(), Policy::default()), ..Play::new() }
    }

    /// Some clients, connected, their greetings heard.
    fn of(names: &[&'static str]) -> Self {
        let mut play = Play::new();
        for name in names {
            assert_eq!(play.connect(name), 101);
            play.heard(name);
        }
        play
    }

    fn input(&mut self, input: &Input<'_>) -> Option<Answer> {
        let mut effects = Vec::new();
        self.machine.handle(self.now, input, &mut effects);
        let mut answered = None;
        for effect in effects {
            let mut hear = |id: Id, what: String| self.heard.entry(id).or_default().push(what);
            match effect {
                Effect::Answer { answer, .. } => answered = Some(answer),
                Effect::Deliver(delivery) => {
                    for id in delivery.to {
                        hear(id, shown(&delivery.content));
                    }
                }
                Effect::Close { to, code, echo } => {
                    hear(to, format!("{} {code:?}", if echo { "close answered" } else { "close" }));
                    self.timers.retain(|(_, on, _)| *on != to);
                }
                Effect::End { to } => hear(to, "end".to_owned()),
                Effect::Cut { to } => hear(to, "cut".to_owned()),
                Effect::Set { on, timer, at } => {
                    self.timers.retain(|(_, known_on, known)| (*known_on, *known) != (on, timer));
                    self.timers.push((at, on, timer));
                }
                Effect::Cancel { on, timer } => {
                    self.timers.retain(|(_, known_on, known)| (*known_on, *known) != (on, timer))
                }
                Effect::Hold { .. } | Effect::Release { .. } | Effect::Forget { .. } => panic!("only twists hold"),
            }
        }
        answered
    }

    fn number(&mut self) -> Id {
        self.next += 1;
        Id(self.next)
    }

    /// Makes a request under a label; the status.
    fn ask(&mut self, label: &'static str, head: Head) -> u16 {
        let on = self.number();
        let answer = self.input(&Input::Request { on, head: &head });
        let status = answer.as_ref().and_then(Answer::status).expect("an answer");
        if matches!(answer, Some(Answer::Upgrade | Answer::Events)) {
            self.clients.insert(label, on);
        }
        status
    }

    fn connect(&mut self, name: &'static str) -> u16 {
        self.ask(name, ws(&[("name", name)]))
    }

    fn follow(&mut self, label: &'static str, topic: &str, last: Option<&str>) -> u16 {
        let mut head = get("/events", &[("topic", topic)]);
        head.last_event_id = last.map(str::to_owned);
        self.ask(label, head)
    }

    fn publish(&mut self, body: &str) -> u16 {
        let on = self.number();
        let head = Head { method: Method::Post, ..get("/publish", &[]) };
        let answer = self.input(&Input::Request { on, head: &head }).expect("an answer");
        assert_eq!(answer, Answer::Body { limit: 1 << 20 });
        let answer = self.input(&Input::Body { on, body: Some(body.as_bytes()) }).expect("an answer");
        answer.status().expect("a status")
    }

    fn say(&mut self, name: &str, text: &str) {
        let on = self.clients[name];
        self.input(&Input::Text { on, text });
    }

    fn close(&mut self, name: &str, code: Option<u16>) {
        let on = self.clients[name];
        self.input(&Input::Closed { on, code });
    }

    fn drop(&mut self, name: &str) {
        let on = self.clients[name];
        self.input(&Input::Ended { on });
        self.timers.retain(|(_, of, _)| *of != on);
    }

    /// Lets time pass, in milliseconds.
    fn wait(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(index) = (0..self.timers.len())
            .filter(|&index| self.timers[index].0 <= end)
            .min_by_key(|&index| self.timers[index].0)
        {
            let (at, on, timer) = self.timers.remove(index);
            self.now = at;
            self.input(&Input::Fired { on, timer });
        }
        self.now = end;
    }

    /// What a client got since it was asked last.
    fn heard(&mut self, name: &str) -> Vec<String> {
        let id = self.clients[name];
        self.heard.remove(&id).unwrap_or_default()
    }

    fn hears(&mut self, name: &str, want: &[&str]) {
        assert_eq!(self.heard(name), want, "{name} at {:?}", self.now);
    }

    /// The codes of the errors that a client got, and that it got nothing else.
    fn errors(&mut self, name: &str) -> Vec<String> {
        let heard = self.heard(name);
        heard
            .iter()
            .map(|text| {
                let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
                value["code"].as_str().unwrap_or_else(|| panic!("no error: {text}")).to_owned()
            })
            .collect()
    }
}

fn shown(content: &Content) -> String {
    match content {
        Content::Message(message) => message.text(),
        Content::Json(value) => value.to_string(),
        Content::Text(text) | Content::Binary(text) => text.to_string(),
        Content::Event(event) => format!("{} {} {}", event.id, event.event, event.data),
        Content::Ping => "ping".to_owned(),
        Content::Pong => "pong".to_owned(),
    }
}

fn get(path: &str, query: &[(&str, &str)]) -> Head {
    Head {
        method: Method::Get,
        path: path.to_owned(),
        query: query.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect(),
        upgrade: false,
        bearer: None,
        last_event_id: None,
        json: true,
    }
}

fn ws(query: &[(&str, &str)]) -> Head {
    Head { upgrade: true, ..get("/ws", query) }
}
