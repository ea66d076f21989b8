//! What a lifeline is called, and on which side of a wire that would be.

use super::proposal::is_person;
use crate::diagram::Participant;

/// How much a name speaks for each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Leaning {
    pub client: i32,
    pub server: i32,
    pub silent: i32,
    /// It is a connection that is drawn as a lifeline.
    pub wire: bool,
}

impl Leaning {
    pub fn is_unknown(self) -> bool {
        self.client.abs().max(self.server.abs()).max(self.silent.abs()) < 5
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// Runs in front of a server.
    Client(i32),
    /// Runs behind.
    Server(i32),
    Person,
    /// A part of a client that nobody outside sees.
    Local,
    /// A connection.
    Wire,
}

/// Words in names, singular and in small letters; of several that end at one place the longest counts.
#[rustfmt::skip]
const WORDS: &[(Word, &[&str])] = &[
    (Word::Client(30), &[
        "client", "browser", "frontend", "front end", "ui", "user interface", "interface", "mobile", "spa", "subscriber",
        "receiver", "viewer", "webapp", "web app", "cli", "sdk", "ide", "widget", "tab", "device", "caller", "game component",
    ]),
    (Word::Client(15), &[
        "app", "application", "desktop", "page", "phone", "consumer", "publisher", "producer", "listener", "component",
        "react", "vue", "angular", "dashboard", "editor", "sensor", "bot", "terminal", "screen", "player component",
    ]),
    (Word::Server(30), &[
        "server", "backend", "back end", "service", "gateway", "gw", "db", "database", "sql", "cache", "redis", "queue",
        "broker", "kafka", "bus", "hub", "handler", "manager", "worker", "engine", "cluster", "registry", "router",
        "balancer", "proxy", "cloud", "store", "repository", "controller", "middleware", "keeper", "adapter", "container",
        "orchestrator", "scheduler", "processor", "endpoint", "api", "mongo", "postgres", "nats", "rabbitmq", "lambda",
        "rabbit mq", "rabbit", "mq", "postgre sql", "my sql", "nginx", "spring boot", "django", "fast api", "flask", "laravel",
        "pipeline", "topic", "host", "layer", "grid", "s3", "bucket", "webhook", "persistence", "dispatcher", "coordinator",
    ]),
    (Word::Server(15), &[
        "agent", "resource", "source", "session", "storage", "system", "provider", "platform", "plane", "buffer", "bridge",
        "llm", "model", "table", "log", "scanner", "mapper", "sender", "express", "room", "channel", "stream", "daemon",
        "process", "data access", "insight", "monitor", "analytic", "metric",
    ]),
    (Word::Person, &[
        "user", "person", "admin", "administrator", "customer", "human", "player", "people", "developer", "operator",
    ]),
    (Word::Local, &["local storage", "localstorage", "indexed db", "hook", "dom", "session storage", "service worker"]),
    (Word::Wire, &[
        "websocket", "web socket", "ws", "socket", "sse", "event source", "eventsource", "websocket connection", "sse stream",
        "event stream", "connection",
    ]),
];

/// What a participant leans to, by its drawn name and half as much by the name that arrows use.
pub(super) fn of(participant: &Participant) -> Leaning {
    let mut lean = of_name(participant.drawn());
    if participant.drawn() != participant.id {
        let short = of_name(&participant.id);
        lean.client += short.client / 2;
        lean.server += short.server / 2;
        lean.silent += short.silent / 2;
    }
    // Most of what a picture shows runs behind the wire.
    if lean.is_unknown() {
        lean.server += 3;
        lean.client -= 3;
    }
    if is_person(participant) && lean.client < 10 && lean.server < 10 {
        lean.add(Word::Person, 1);
    }
    lean
}

/// Whether nothing of a participant is on a wire, by what it is called.
pub(super) fn is_silent(participant: &Participant) -> bool {
    let lean = of(participant);
    lean.silent > lean.client.max(lean.server)
}

impl Leaning {
    fn add(&mut self, word: Word, times: i32) {
        let (client, server, silent) = match word {
            Word::Client(weight) => (weight, -weight, -weight / 3),
            Word::Server(weight) => (-weight, weight, -weight / 3),
            Word::Person => (10, -40, 25),
            Word::Local => (5, -10, 30),
            Word::Wire => (0, 5, -8),
        };
        self.client += client * times;
        self.server += server * times;
        self.silent += silent * times;
    }
}

fn of_name(name: &str) -> Leaning {
    let words = words(name);
    let mut lean = Leaning::default();
    let mut end = words.len();
    let mut first = true;
    while end > 0 {
        let taken = (1..=end.min(3)).rev().find_map(|length| {
            let phrase = words[end - length..end].join(" ");
            let known = WORDS.iter().find(|(_, list)| list.contains(&phrase.as_str()))?;
            Some((known.0, length))
        });
        if let Some((word, length)) = taken {
            // What a name ends with is what the thing is: a client API is an API.
            if word == Word::Wire {
                lean.wire |= first;
                if first || lean == Leaning::default() {
                    lean.add(word, 1);
                }
            } else {
                lean.add(word, if first { 2 } else { 1 });
            }
            end -= length;
        } else {
            end -= 1;
        }
        first = false;
    }
    lean
}

/// The words of a name: in small letters, singular, without numbers and what stands in parentheses.
fn words(name: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(name.len() + 8);
    let (mut depth, mut before) = (0_u32, ' ');
    for c in name.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            c if c.is_alphabetic() => {
                if c.is_uppercase() && before.is_lowercase() {
                    spaced.push(' ');
                }
                spaced.extend(c.to_lowercase());
            }
            _ => spaced.push(' '),
        }
        before = c;
    }
    let joined = spaced.replace("web socket", "websocket");
    let single = |word: &str| {
        let plural = word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us");
        let kept = ["redis", "nats", "postgres", "express", "kubernetes"].contains(&word);
        if plural && !kept { word[..word.len() - 1].to_owned() } else { word.to_owned() }
    };
    joined.split_whitespace().filter(|word| word.chars().count() > 1).map(single).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lean_to_their_side() {
        for client in [
            "Browser",
            "React Client",
            "WebSocket Clients",
            "Mitto UI",
            "User Interface 1",
            "Front End",
            "Your Application",
        ] {
            let lean = of_name(client);
            assert!(lean.client > lean.server.max(lean.silent), "{client}: {lean:?}");
        }
        for server in [
            "Next.js API Route",
            "WORKER_A (SSE Owner)",
            "Redis",
            "Load Balancer",
            "WebSocket Server",
            "Back End",
            "DataAccess",
            "SessionManager",
        ] {
            let lean = of_name(server);
            assert!(lean.server > lean.client.max(lean.silent), "{server}: {lean:?}");
        }
        for silent in ["User", "localStorage", "useWebSocket Hook"] {
            let lean = of_name(silent);
            assert!(lean.silent > lean.client.max(lean.server), "{silent}: {lean:?}");
        }
        for wire in ["WebSocket", "New WebSocket", "EventSource"] {
            assert!(of_name(wire).wire, "{wire}");
        }
    }
}
