//! One long exchange that touches all of the protocol, as a transcript of what each client got and when: equal for
//! servers that keep to the protocol, different for each that does not.

use super::client::pipe;
use futures_util::{SinkExt, StreamExt};
use seqcheck::server::{Auth, Deviation, Host, ServerOptions};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, WriteHalf};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

/// What each client got, in its order.
pub type Transcript = BTreeMap<String, Vec<(Duration, Value)>>;

/// A stage on which clients act and whatever they get is written down.
pub struct Stage {
    host: Host,
    began: Instant,
    transcript: Arc<Mutex<Transcript>>,
    clients: BTreeMap<String, UnboundedSender<Act>>,
    streams: BTreeMap<String, (WriteHalf<DuplexStream>, JoinHandle<()>)>,
}

enum Act {
    Say(Message),
    Pause,
    Drop,
}

impl Stage {
    pub fn new(host: Host) -> Stage {
        let (transcript, clients, streams) = (Arc::default(), BTreeMap::new(), BTreeMap::new());
        Stage { host, began: Instant::now(), transcript, clients, streams }
    }

    /// Everything that came, also what comes late.
    pub async fn take(&self) -> Transcript {
        sleep(Duration::from_secs(3)).await;
        std::mem::take(&mut self.transcript.lock().expect("the transcript"))
    }

    fn note(&self, who: &str) -> impl Fn(Value) + Send + 'static {
        let (transcript, began, who) = (self.transcript.clone(), self.began, who.to_owned());
        move |value| {
            let mut transcript = transcript.lock().expect("the transcript");
            transcript.entry(who.clone()).or_default().push((began.elapsed(), value));
        }
    }

    /// Connects, following redirects; a client has a task that reads, and writes what it is told.
    pub async fn connect(&mut self, who: &str) {
        let note = self.note(who);
        let mut path = format!("/ws?name={who}");
        let mut socket = loop {
            let connecting = client_async(format!("ws://server{path}"), pipe(&self.host));
            match timeout(Duration::from_secs(5), connecting).await {
                Ok(Ok((socket, _))) => break socket,
                Ok(Err(Error::Http(response))) if response.status() == 307 => {
                    path = response.headers()["location"].to_str().expect("a location").to_owned();
                }
                Ok(Err(Error::Http(response))) => return note(json!({"refused": response.status().as_u16()})),
                Ok(Err(_)) => return note(json!("no answer")),
                Err(_) => return note(json!("silence")),
            }
        };
        let (acts, mut told) = unbounded_channel();
        self.clients.insert(who.to_owned(), acts);
        tokio::spawn(async move {
            let mut paused = false;
            loop {
                let message = tokio::select! {
                    biased;
                    act = told.recv() => match act {
                        Some(Act::Say(message)) => {
                            let _ = socket.send(message).await;
                            continue;
                        }
                        Some(Act::Pause) => {
                            paused = !paused;
                            continue;
                        }
                        Some(Act::Drop) | None => return,
                    },
                    message = socket.next(), if !paused => message,
                };
                match message {
                    Some(Ok(Message::Text(text))) => note(serde_json::from_str(&text).expect("JSON")),
                    Some(Ok(Message::Binary(bytes))) => note(json!({"binary": bytes.len()})),
                    Some(Ok(Message::Close(frame))) => note(json!({"close": frame.map(|frame| u16::from(frame.code))})),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Err(_)) => return note(json!("cut")),
                    None => return note(json!("over")),
                }
            }
        });
        self.rest().await;
    }

    /// Lets everything settle: half a second.
    pub async fn rest(&self) {
        sleep(Duration::from_millis(500)).await;
    }

    fn act(&self, who: &str, act: Act) {
        if let Some(client) = self.clients.get(who) {
            let _ = client.send(act);
        }
    }

    /// Says something and does not wait.
    pub fn blurt(&self, who: &str, message: Value) {
        self.act(who, Act::Say(Message::text(message.to_string())));
    }

    pub async fn say(&self, who: &str, message: Value) {
        self.blurt(who, message);
        self.rest().await;
    }

    pub async fn pause(&self, who: &str) {
        self.act(who, Act::Pause);
        self.rest().await;
    }

    pub async fn drop(&mut self, who: &str) {
        self.act(who, Act::Drop);
        self.clients.remove(who);
        self.rest().await;
    }

    pub async fn close(&self, who: &str, code: u16) {
        self.act(who, Act::Say(Message::Close(Some(CloseFrame { code: code.into(), reason: "".into() }))));
        self.rest().await;
    }

    /// Follows a topic by hand-written HTTP; the same label again ends the earlier stream.
    pub async fn follow(&mut self, who: &str, topic: &str, headers: &str) {
        if let Some((_, reading)) = self.streams.remove(who) {
            reading.abort();
        }
        let note = self.note(who);
        let mut path = format!("/events?topic={topic}");
        loop {
            let (mut reader, mut writer) = tokio::io::split(pipe(&self.host));
            let request = format!("GET {path} HTTP/1.1\r\nhost: server\r\n{headers}\r\n");
            writer.write_all(request.as_bytes()).await.expect("sent");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = reader.read_u8().await else { return note(json!("no answer")) };
                head.push(byte);
            }
            let head = String::from_utf8(head).expect("a head");
            if let Some((_, location)) = head.split_once("location: ").filter(|_| head.contains(" 307 ")) {
                path = location.lines().next().expect("a location").to_owned();
                continue;
            }
            note(json!({"status": head[9..12]}));
            let reading = tokio::spawn(async move {
                let mut text = String::new();
                let mut buffer = [0; 1024];
                while let Ok(some @ 1..) = reader.read(&mut buffer).await {
                    text.push_str(&String::from_utf8_lossy(&buffer[..some]));
                    while let Some((event, rest)) = text.split_once("\n\n") {
                        let lines = event.lines().filter(|line| line.contains(": "));
                        note(Value::from_iter(lines.map(|line| line.split_once(": ").expect("a field"))));
                        text = rest.to_owned();
                    }
                }
                note(json!("over"));
            });
            self.streams.insert(who.to_owned(), (writer, reading));
            break self.rest().await;
        }
    }

    pub async fn publish(&self, who: &str, body: Value) {
        let note = self.note(who);
        let mut path = "/publish".to_owned();
        let body = body.to_string();
        loop {
            let mut stream = pipe(&self.host);
            let request = format!(
                "POST {path} HTTP/1.1\r\nhost: server\r\nconnection: close\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut answer = String::new();
            let read = timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await;
            match answer.split_once("location: ").filter(|_| answer.contains(" 307 ")) {
                Some((_, location)) => path = location.lines().next().expect("a location").to_owned(),
                None if read.is_ok() && answer.len() > 12 => break note(json!({"status": answer[9..12]})),
                None => break note(json!("no answer")),
            }
        }
        self.rest().await;
    }
}

fn options(deviation: Option<&'static Deviation>, legal: bool, seed: u64) -> ServerOptions {
    let rows: Vec<_> = deviation.into_iter().collect();
    let (mutants, legal) = if legal { (Vec::new(), rows) } else { (rows, Vec::new()) };
    ServerOptions { mutants, legal, seed, ..ServerOptions::default() }
}

/// Plays the whole exchange.
pub async fn play(deviation: Option<&'static Deviation>, legal: bool, seed: u64) -> Vec<Transcript> {
    let options = options(deviation, legal, seed);
    let required = ServerOptions { auth: Auth::Required, ..options.clone() };
    vec![
        rooms(Host::new(&options)).await,
        endings(Host::new(&options)).await,
        flood(Host::new(&options)).await,
        documents_and_events(Host::new(&options)).await,
        corners(Host::new(&options)).await,
        authentication(Host::new(&required)).await,
    ]
}

async fn rooms(host: Host) -> Transcript {
    let mut stage = Stage::new(host);
    for who in ["Alice", "Bob", "Carol"] {
        stage.connect(who).await;
    }
    stage.say("Alice", json!({"type": "join", "room": "general"})).await;
    stage.say("Bob", json!({"type": "message", "text": "Hello <Alice> & größer"})).await;
    stage.say("Bob", json!({"type": "message", "text": "second"})).await;
    stage.say("Carol", json!({"type": "read", "id": 2})).await;
    stage.say("Alice", json!({"type": "direct", "to": "carol", "text": "psst"})).await;
    stage.say("Alice", json!({"type": "join", "room": "den"})).await;
    stage.say("Bob", json!({"type": "join", "room": "den"})).await;
    stage.say("Alice", json!({"type": "message", "text": "in the den"})).await;
    stage.say("Carol", json!({"type": "message", "room": "den", "text": "may I?"})).await;
    stage.say("Bob", json!({"type": "leave", "room": "den"})).await;
    stage.say("Alice", json!({"type": "message", "text": "alone"})).await;
    stage.say("Alice", json!({"type": "typing", "state": "start"})).await;
    stage.say("Carol", json!({"type": "typing", "state": "start"})).await;
    stage.say("Carol", json!({"type": "typing", "state": "start"})).await;
    sleep(Duration::from_secs(4)).await;
    stage.say("Carol", json!({"type": "dance"})).await;
    stage.say("Carol", json!({"type": "ping", "nonce": 1})).await;
    sleep(Duration::from_secs(12)).await;
    stage.take().await
}

async fn endings(host: Host) -> Transcript {
    let mut stage = Stage::new(host);
    for who in ["Alice", "Bob", "Carol"] {
        stage.connect(who).await;
    }
    stage.say("Alice", json!({"type": "join", "room": "general"})).await;
    stage.say("Alice", json!({"type": "message", "text": "before"})).await;
    stage.connect("Carol").await;
    stage.drop("Bob").await;
    stage.connect("Bob").await;
    stage.say("Bob", json!({"type": "join", "room": "general"})).await;
    stage.say("Alice", json!({"type": "message", "text": "welcome back"})).await;
    stage.close("Alice", 1000).await;
    stage.connect("Alice").await;
    stage.say("Alice", json!({"type": "join", "room": "general"})).await;
    stage.act("Carol", Act::Say(Message::binary(vec![0])));
    stage.rest().await;
    stage.say("Alice", json!({"type": "message", "text": "still here"})).await;
    stage.take().await
}

async fn flood(host: Host) -> Transcript {
    let mut stage = Stage::new(host);
    for who in ["Alice", "Bob", "Carol"] {
        stage.connect(who).await;
    }
    stage.blurt("Alice", json!({"type": "message", "text": "first"}));
    stage.blurt("Alice", json!({"type": "message", "text": "second"}));
    stage.say("Alice", json!({"type": "join", "room": "general"})).await;
    stage.pause("Carol").await;
    for _ in 0..3 {
        stage.say("Alice", json!({"type": "message", "text": "x".repeat(5_000)})).await;
    }
    stage.say("Bob", json!({"type": "ping", "nonce": "quiet"})).await;
    stage.pause("Carol").await;
    stage.blurt("Alice", json!({"type": "message", "text": "last words"}));
    stage.close("Alice", 1000).await;
    stage.take().await
}

async fn documents_and_events(host: Host) -> Transcript {
    let mut stage = Stage::new(host);
    stage.connect("Alice").await;
    stage.connect("Bob").await;
    stage.say("Alice", json!({"type": "edit", "doc": "d", "rev": 0, "op": {"insert": 0, "text": "abc"}})).await;
    stage.say("Bob", json!({"type": "edit", "doc": "d", "rev": 0, "op": {"insert": 0, "text": "X"}})).await;
    stage.say("Bob", json!({"type": "open", "doc": "d"})).await;
    stage.follow("Stream", "cpu", "").await;
    stage.follow("Other", "disk", "").await;
    stage.publish("Service", json!({"topic": "cpu", "event": "load", "data": {"value": 1}})).await;
    stage.publish("Service", json!({"topic": "cpu", "event": "load", "data": {"value": 2}})).await;
    stage.follow("Stream", "cpu", "last-event-id: 1\r\n").await;
    stage.publish("Service", json!({"topic": "cpu", "event": "load"})).await;
    stage.take().await
}

async fn corners(host: Host) -> Transcript {
    let mut stage = Stage::new(host);
    stage.connect("Alice").await;
    stage.connect("Bob").await;
    stage.say("Alice", json!({"type": "join", "room": "den"})).await;
    stage.say("Bob", json!({"type": "join", "room": "den"})).await;
    stage.say("Bob", json!({"type": "join", "room": "den"})).await;
    stage.say("Alice", json!({"type": "message", "room": "general", "text": "an aside"})).await;
    stage.say("Alice", json!({"type": "message", "text": "and back"})).await;
    stage.say("Bob", json!({"type": "read", "id": 1})).await;
    stage.say("Bob", json!({"type": "read", "id": 1})).await;
    stage.say("Alice", json!({"type": "edit", "doc": "d", "rev": 0, "op": {"insert": 0, "text": "🎉"}})).await;
    stage.say("Bob", json!({"type": "edit", "doc": "d", "rev": 0, "op": {"insert": 0, "text": "x"}})).await;
    stage.take().await
}

async fn authentication(host: Host) -> Transcript {
    let mut stage = Stage::new(host);
    stage.connect("Alice").await;
    stage.say("Alice", json!({"type": "auth", "token": "token"})).await;
    stage.connect("Bob").await;
    stage.say("Alice", json!({"type": "message", "text": "secret"})).await;
    stage.say("Bob", json!({"type": "auth", "token": "guess"})).await;
    stage.connect("Carol").await;
    sleep(Duration::from_secs(6)).await;
    stage.take().await
}
