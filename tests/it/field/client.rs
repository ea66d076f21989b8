use super::World;
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::net::Stream;
use serde_json::Value;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// How a server ends a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A Close with this code and reason; on an event stream, its last chunk.
    Close(u16, &'static str),
    /// A Close without a code; on an event stream, its last chunk.
    Bare,
    /// RST.
    Reset,
    /// FIN both ways, without a Close or a last chunk.
    Fin,
    /// FIN in one direction; the server goes on reading.
    HalfClose,
    /// In the middle of a frame, an event.
    Torn,
}

/// What a server does on a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A text message; on an event stream, the lines of an event.
    Text(String),
    Binary(Vec<u8>),
    /// Bytes as they are, below all messages and events.
    Part(Vec<u8>),
    End(End),
}

impl From<Value> for Act {
    fn from(value: Value) -> Act {
        Act::Text(value.to_string())
    }
}

impl From<&str> for Act {
    fn from(text: &str) -> Act {
        Act::Text(text.to_owned())
    }
}

impl From<End> for Act {
    fn from(end: End) -> Act {
        Act::End(end)
    }
}

/// The way to one client. What is sent goes out in this order.
#[derive(Clone)]
pub struct Out {
    pub name: String,
    world: Arc<World>,
    acts: UnboundedSender<Act>,
}

impl Out {
    /// Now.
    pub fn send(&self, act: impl Into<Act>) {
        // Nobody hears it where the connection is over.
        let _ = self.acts.send(act.into());
    }

    /// Later; the script goes on meanwhile.
    pub fn after(&self, delay: Duration, act: impl Into<Act>) {
        let (out, act) = (self.clone(), act.into());
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            out.send(act);
        });
    }

    /// Somebody who is there, by name.
    pub fn guest(&self, name: &str) -> Option<Out> {
        self.world.guests.lock().expect("the guests").get(name).cloned()
    }

    /// All who are there but this one, by name.
    pub fn others(&self) -> Vec<Out> {
        let guests = self.world.guests.lock().expect("the guests");
        guests.values().filter(|guest| guest.name != self.name).cloned().collect()
    }

    /// What all connections share, for the script to keep what it likes.
    pub fn notes<T>(&self, with: impl FnOnce(&mut Value) -> T) -> T {
        with(&mut self.world.notes.lock().expect("the notes"))
    }
}

/// A client on its WebSocket.
pub struct Client {
    out: Out,
    said: UnboundedReceiver<Message>,
}

impl Deref for Client {
    type Target = Out;

    fn deref(&self) -> &Out {
        &self.out
    }
}

impl Client {
    /// The next text message as JSON; none when the client has gone. Echoes of the lab's binding are answered at once.
    pub async fn hear(&mut self) -> Option<Value> {
        loop {
            let said = self.hear_all().await?;
            if said["t"] != "echo" {
                return Some(said);
            }
            self.send(said);
        }
    }

    /// The same, echoes included.
    pub async fn hear_all(&mut self) -> Option<Value> {
        loop {
            match self.said.recv().await? {
                Message::Text(text) => return Some(serde_json::from_str(&text).unwrap_or(Value::Null)),
                Message::Close(_) => return None,
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// The next message as it is; none when the client has gone.
    pub async fn hear_raw(&mut self) -> Option<Message> {
        self.said.recv().await
    }

    /// The way to it, for others.
    pub fn out(&self) -> Out {
        self.out.clone()
    }
}

fn join(name: String, world: Arc<World>) -> (Out, UnboundedReceiver<Act>) {
    let (acts, told) = unbounded_channel();
    let out = Out { name: name.clone(), world: Arc::clone(&world), acts };
    world.guests.lock().expect("the guests").insert(name, out.clone());
    (out, told)
}

fn leave(out: &Out) {
    let mut guests = out.world.guests.lock().expect("the guests");
    // Who has connected again is another.
    if guests.get(&out.name).is_some_and(|guest| guest.acts.same_channel(&out.acts)) {
        guests.remove(&out.name);
    }
}

pub(super) fn socket(name: String, world: Arc<World>, mut socket: WebSocketStream<Stream>) -> Client {
    let (out, mut told) = join(name, world);
    let (say, said) = unbounded_channel();
    let own = out.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(act) = told.recv() => {
                    let sent = match act {
                        Act::Text(text) => socket.send(Message::text(text)).await,
                        Act::Binary(bytes) => socket.send(Message::binary(bytes)).await,
                        Act::Part(bytes) => socket.get_mut().write_all(&bytes).await.map_err(Into::into),
                        Act::End(End::Bare) => socket.close(None).await,
                        Act::End(End::Close(code, reason)) => {
                            socket.close(Some(CloseFrame { code: CloseCode::from(code), reason: reason.into() })).await
                        }
                        Act::End(end) => {
                            leave(&own);
                            return cut(socket.into_inner(), &end, b"\x81\x20{\"t\":").await;
                        }
                    };
                    if sent.is_err() {
                        break;
                    }
                }
                message = socket.next() => match message {
                    // After a Close the answer is written while reading on.
                    Some(Ok(message)) => drop(say.send(message)),
                    Some(Err(_)) | None => break,
                }
            }
        }
        leave(&own);
    });
    Client { out, said }
}

pub(super) fn events(name: String, world: Arc<World>, mut stream: Stream) -> Out {
    let (out, mut told) = join(name, world);
    let own = out.clone();
    tokio::spawn(async move {
        let mut gone = [0; 64];
        loop {
            tokio::select! {
                Some(act) = told.recv() => {
                    let text = match act {
                        Act::Text(text) => format!("{}\n\n", text.trim_end()).into_bytes(),
                        Act::Binary(bytes) | Act::Part(bytes) => bytes,
                        Act::End(End::Bare | End::Close(..)) => {
                            leave(&own);
                            let _ = stream.write_all(b"0\r\n\r\n").await;
                            let _ = stream.shutdown().await;
                            return;
                        }
                        Act::End(end) => {
                            leave(&own);
                            return cut(stream, &end, b"20\r\ndata: {\"t\":").await;
                        }
                    };
                    let chunk = [format!("{:x}\r\n", text.len()).as_bytes(), &text, b"\r\n"].concat();
                    if stream.write_all(&chunk).await.is_err() {
                        break;
                    }
                }
                read = stream.read(&mut gone) => if !matches!(read, Ok(1..)) {
                    break;
                }
            }
        }
        leave(&own);
    });
    out
}

/// Ends a connection without the words that its protocol has for that.
async fn cut(mut stream: Stream, end: &End, part: &[u8]) {
    match end {
        End::Reset => {
            if let Stream::Tcp(stream) = &stream {
                stream.set_zero_linger().expect("a socket");
            }
        }
        End::Torn => {
            let _ = stream.write_all(part).await;
            let _ = stream.shutdown().await;
        }
        End::HalfClose => {
            let _ = stream.shutdown().await;
            let mut rest = [0; 64];
            while matches!(stream.read(&mut rest).await, Ok(1..)) {}
        }
        End::Fin | End::Bare | End::Close(..) => {}
    }
}
