use super::World;
use super::client::{self, Client, Out};
use seqcheck::net::Stream;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// A request that is not answered yet.
pub struct Call {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    world: Arc<World>,
    stream: Stream,
    /// What was read behind it.
    early: Vec<u8>,
}

impl Call {
    /// Reads one; none where the client goes before it is whole.
    pub(super) async fn read(world: Arc<World>, mut stream: Stream) -> Option<Call> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let mut early = bytes.split_off(end);
        let head = String::from_utf8(bytes).ok()?;
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let path = path.to_owned();
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        while early.len() < length {
            if stream.read_buf(&mut early).await.ok()? == 0 {
                return None;
            }
        }
        let rest = early.split_off(length);
        Some(Call { method, path, query, headers, body: early, world, stream, early: rest })
    }

    /// Whether it asks for a WebSocket.
    pub fn is_upgrade(&self) -> bool {
        self.headers.contains_key("sec-websocket-key")
    }

    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// What the client calls itself in the address (`n`, `name`), else `1`, `2`, … in the order in which they come.
    pub fn name(&self) -> String {
        let mut count = self.world.count.lock().expect("the count");
        *count += 1;
        let said = self.query.get("n").or_else(|| self.query.get("name"));
        said.cloned().unwrap_or_else(|| count.to_string())
    }

    /// Accepts the handshake with further headers, and gives the bytes behind it to the script: what has come already, and
    /// the stream.
    pub async fn switch(mut self, headers: &str) -> Option<(Stream, Vec<u8>)> {
        let key = derive_accept_key(self.headers.get("sec-websocket-key")?.as_bytes());
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {key}\r\n{headers}\r\n"
        );
        self.stream.write_all(head.as_bytes()).await.ok()?;
        Some((self.stream, self.early))
    }

    /// Accepts the handshake.
    pub async fn accept(mut self) -> Option<Client> {
        let key = derive_accept_key(self.headers.get("sec-websocket-key")?.as_bytes());
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {key}\r\n\r\n"
        );
        let name = self.name();
        self.stream.write_all(head.as_bytes()).await.ok()?;
        let socket = WebSocketStream::from_partially_read(self.stream, self.early, Role::Server, None).await;
        Some(client::socket(name, self.world, socket))
    }

    /// Answers with an event stream: 200, `text/event-stream`.
    pub async fn events(self) -> Option<Out> {
        self.stream_as("text/event-stream").await
    }

    /// Answers with a stream of this type.
    pub async fn stream_as(mut self, kind: &str) -> Option<Out> {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n");
        let name = self.name();
        self.stream.write_all(head.as_bytes()).await.ok()?;
        Some(client::events(name, self.world, self.stream))
    }

    /// Answers with a status and a body of JSON; none where it is null.
    pub async fn answer(self, status: u16, body: Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.answer_with(status, &[("content-type", "application/json")], text.as_bytes()).await;
    }

    /// Answers with a status, headers and a body, and ends the connection.
    pub async fn answer_with(mut self, status: u16, headers: &[(&str, &str)], body: &[u8]) {
        let mut head = format!("HTTP/1.1 {status} Answer\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        head.push_str("\r\n");
        // A client that does not wait for it is none of the server's business.
        let _ = self.stream.write_all(&[head.as_bytes(), body].concat()).await;
        let _ = self.stream.shutdown().await;
    }

    /// Answers with these bytes as they are, and keeps the connection.
    pub async fn say(mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        self.hang().await;
    }

    /// The same, and ends the connection.
    pub async fn say_and_end(mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.shutdown().await;
    }

    /// Never answers.
    pub async fn hang(self) {
        std::future::pending::<()>().await;
        drop(self);
    }

    /// Somebody who is there, by name.
    pub fn guest(&self, name: &str) -> Option<Out> {
        self.world.guests.lock().expect("the guests").get(name).cloned()
    }

    /// What all connections share, for the script to keep what it likes.
    pub fn notes<T>(&self, with: impl FnOnce(&mut Value) -> T) -> T {
        with(&mut self.world.notes.lock().expect("the notes"))
    }
}
