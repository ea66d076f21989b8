//! The server's end of one connection, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

pub const GREETING: &str = r#"{"type":"connected","user":"alice"}"#;
/// What the chat would say next.
pub const HELLO: &str = r#"{"type":"message","id":1,"from":"Bob","room":"general","text":"hello"}"#;

/// Behaves like this with every connection, until the process ends; its address.
pub fn listen(behave: fn(&mut Peer)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = stream.set_nodelay(true);
            std::thread::spawn(move || behave(&mut Peer { stream, head: String::new(), gone: false }));
        }
    });
    address
}

pub struct Peer {
    stream: TcpStream,
    /// The head of the request.
    head: String,
    /// The client is gone: nothing is written any more.
    gone: bool,
}

impl Peer {
    /// Writes these bytes; whether the client is still there.
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.gone = self.gone || self.stream.write_all(bytes.as_ref()).is_err();
        !self.gone
    }

    /// The same again and again, for as long as the client is there.
    pub fn flood(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let many = bytes.repeat((64_000 / bytes.len().max(1)).clamp(1, 10_000));
        while self.say(&many) {}
    }

    /// One byte at a time.
    pub fn drip(&mut self, bytes: impl AsRef<[u8]>, each: Duration) {
        for byte in bytes.as_ref() {
            if !self.say([*byte]) {
                return;
            }
            std::thread::park_timeout(each);
        }
    }

    /// The same, over and over, with a pause.
    pub fn tick(&mut self, bytes: impl AsRef<[u8]>, each: Duration) {
        while self.say(bytes.as_ref()) {
            std::thread::park_timeout(each);
        }
    }

    /// Reads the head of a request.
    pub fn request(&mut self) {
        let mut byte = [0];
        while !self.head.ends_with("\r\n\r\n") && self.stream.read(&mut byte).is_ok_and(|read| read == 1) {
            self.head.push(char::from(byte[0]));
        }
    }

    /// Whether the request begins like this.
    pub fn asks_for(&self, begin: &str) -> bool {
        self.head.starts_with(begin)
    }

    /// What proves that the handshake was read.
    pub fn accept_key(&self) -> String {
        let named = |line: &&str| line.to_ascii_lowercase().starts_with("sec-websocket-key:");
        let key = self.head.lines().find(named).and_then(|line| line.split_once(':')).map_or("", |(_, key)| key.trim());
        derive_accept_key(key.as_bytes())
    }

    /// The lines of a 101, with these more.
    pub fn switch(&self, more: &str) -> String {
        let key = self.accept_key();
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {key}\r\n{more}\r\n"
        )
    }

    /// Lets the client in and greets it.
    pub fn greet(&mut self) {
        self.request();
        let head = self.switch("");
        self.say(head);
        self.text(GREETING);
    }

    /// Reads the request, and answers with this.
    pub fn answer(&mut self, bytes: impl AsRef<[u8]>) {
        self.request();
        self.say(bytes);
    }

    /// Answers with an event stream.
    pub fn stream(&mut self) {
        self.answer("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
    }

    pub fn text(&mut self, text: &str) -> bool {
        self.say(frame(0x81, text.as_bytes()))
    }

    /// The next frame of the client: its opcode and what it says. Pings of the chat are answered.
    pub fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            let (opcode, said) = self.hear_all()?;
            let ping: Option<serde_json::Value> = serde_json::from_slice(&said).ok();
            match ping.filter(|said| said["type"] == "ping") {
                Some(ping) => self.text(&serde_json::json!({ "type": "pong", "nonce": ping["nonce"] }).to_string()),
                None => return Some((opcode, said)),
            };
        }
    }

    fn hear_all(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut take = |count: usize| {
            let mut bytes = vec![0; count];
            self.stream.read_exact(&mut bytes).ok().map(|()| bytes)
        };
        let head = take(2)?;
        let length = match head[1] & 0x7f {
            126 => take(2)?.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)),
            127 => take(8)?.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)),
            length => usize::from(length),
        };
        let mask = take(4)?;
        let mut said = take(length)?;
        said.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        Some((head[0] & 0x0f, said))
    }

    /// Answers pings, a Close too, until the client has gone.
    pub fn polite(&mut self) {
        while let Some((opcode, said)) = self.hear() {
            if opcode == 8 {
                self.say(frame(0x88, &said));
                return;
            }
        }
    }

    /// Reads until the client has gone, and does nothing else.
    pub fn deaf(&mut self) {
        let mut buffer = [0; 4096];
        while self.stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
    }

    /// Does nothing at all for a minute, which is longer than any play here; what the client says is not read.
    pub fn still(&mut self) {
        std::thread::park_timeout(Duration::from_secs(60));
    }

    /// Goes while something of the client is unread: the system resets the connection.
    pub fn reset(&mut self) {
        let _ = self.stream.peek(&mut [0]);
        self.gone = true;
    }

    /// Ends its own direction.
    pub fn half_close(&mut self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }
}

/// A frame of a server, with this first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = announced(first, payload.len() as u64);
    bytes.extend_from_slice(payload);
    bytes
}

/// The beginning of a frame that announces so many bytes.
pub fn announced(first: u8, length: u64) -> Vec<u8> {
    match length {
        0..=125 => vec![first, length as u8],
        126..=65_535 => [&[first, 126][..], &(length as u16).to_be_bytes()].concat(),
        _ => [&[first, 127][..], &length.to_be_bytes()].concat(),
    }
}

/// A Close.
pub fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason].concat())
}

/// An answer with this status line, these headers and this body.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}\r\n{body}")
}
