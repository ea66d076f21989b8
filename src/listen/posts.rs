//! Clients whose messages are requests: what they post comes to a door in memory, a connection for each session, as messages
//! with their length in front, and what is said there goes out in the answers.
//!
//! A request of a client is answered with an event stream that ends behind its answer. Other messages go out on such a stream
//! where one is open, else on the stream that the client has asked for with GET; until then they are kept.

use super::{Door, Events, Hearing, Line, Porch, event, hear};
use crate::net::{Response, Stream};
use bytes::Bytes;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::timeout;

/// So many sessions may be open; more are refused.
const SESSIONS: usize = 4_096;
/// So many messages are kept for a client that has no stream.
const KEPT: usize = 4_096;

/// How long a client may be without a stream that has broken off one.
const GONE: Duration = Duration::from_secs(1);

const TAKEN_IN: u16 = 202;
const ENDED: u16 = 204;
const NO_MESSAGE: u16 = 400;
const UNKNOWN: u16 = 404;
const NO_METHOD: u16 = 405;
const TOO_MANY: u16 = 503;

/// What all who knock share.
struct House {
    /// In which header a session is named.
    header: String,
    porch: Porch,
    hearing: Hearing,
    sessions: Mutex<BTreeMap<String, Arc<Session>>>,
    made: Mutex<u64>,
}

struct Session {
    name: String,
    /// What the client says; none when it has taken its leave.
    said: Mutex<Option<UnboundedSender<Bytes>>>,
    out: Mutex<Out>,
    /// How many streams to it are open.
    open: watch::Sender<usize>,
}

/// Where to what is said to a client goes.
#[derive(Default)]
struct Out {
    /// Requests that are not answered: the id of each, and its stream.
    asked: Vec<(Value, UnboundedSender<String>)>,
    /// The stream of a GET.
    listener: Option<UnboundedSender<String>>,
    kept: VecDeque<String>,
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A door through which those come who post their messages here, for as long as somebody is behind it.
pub(super) fn posted(listener: TcpListener, header: &str) -> Door {
    let (door, porch) = Door::in_memory();
    let (sessions, made) = (Mutex::default(), Mutex::default());
    let header = header.to_ascii_lowercase();
    let house = Arc::new(House { header, porch, hearing: Hearing::default(), sessions, made });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(Arc::clone(&house).serve(Stream::Tcp(stream)));
        }
    });
    door
}

impl House {
    async fn serve(self: Arc<Self>, stream: Stream) {
        // Whoever says nothing that can be read has not been here.
        let Ok((asked, line)) = hear(stream, self.hearing.clone()).await else { return };
        let known = asked.header(&self.header).map(|name| lock(&self.sessions).get(name).cloned());
        let session = match (known, &*asked.method) {
            (Some(None), _) => return refuse(line, UNKNOWN, "there is no such session").await,
            (Some(Some(session)), _) => session,
            (None, "POST") => match self.begin() {
                Some(session) => session,
                None => return refuse(line, TOO_MANY, "there are too many sessions").await,
            },
            (None, _) => return refuse(line, NO_MESSAGE, &format!("the header {} is missing", self.header)).await,
        };
        match &*asked.method {
            "POST" => self.post(&session, asked.body, line).await,
            "GET" => {
                let (say, told) = unbounded_channel();
                {
                    let mut out = lock(&session.out);
                    out.kept.drain(..).for_each(|message| drop(say.send(message)));
                    out.listener = Some(say);
                }
                self.stream(&session, line, told).await;
            }
            "DELETE" => {
                self.end(&session);
                line.answer(Response { code: ENDED, headers: Vec::new(), body: Bytes::new() }).await;
            }
            method => refuse(line, NO_METHOD, &format!("a message is posted: {method} says nothing here")).await,
        }
    }

    /// A new session: for those behind the door, somebody who dials.
    fn begin(self: &Arc<Self>) -> Option<Arc<Session>> {
        let mut sessions = lock(&self.sessions);
        if sessions.len() >= SESSIONS {
            return None;
        }
        let name = {
            let mut made = lock(&self.made);
            *made += 1;
            format!("session-{made}")
        };
        let (said, mut saying) = unbounded_channel::<Bytes>();
        let session = Arc::new(Session {
            name: name.clone(),
            said: Mutex::new(Some(said)),
            out: Mutex::default(),
            open: watch::Sender::default(),
        });
        sessions.insert(name, Arc::clone(&session));
        let (from, mut to) = tokio::io::split(self.porch.dial());
        tokio::spawn(async move {
            while let Some(message) = saying.recv().await {
                let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
                if to.write_all(&length).await.is_err() || to.write_all(&message).await.is_err() {
                    return;
                }
            }
            let _ = to.shutdown().await;
        });
        tokio::spawn(Arc::clone(self).tell(Arc::clone(&session), from));
        Some(session)
    }

    /// Hands on what is said to the client, until those behind the door end it.
    async fn tell(self: Arc<Self>, session: Arc<Session>, mut from: ReadHalf<DuplexStream>) {
        while let Ok(length) = from.read_u32().await {
            let mut message = vec![0; length as usize];
            if from.read_exact(&mut message).await.is_err() {
                break;
            }
            let text = String::from_utf8_lossy(&message).into_owned();
            lock(&session.out).say(text);
        }
        self.end(&session);
        *lock(&session.out) = Out::default();
    }

    /// The client has taken its leave, or is sent away.
    fn end(&self, session: &Session) {
        lock(&self.sessions).remove(&session.name);
        lock(&session.said).take();
    }

    async fn post(&self, session: &Session, body: Bytes, line: Line) {
        let asks = ids(&body);
        let (say, told) = unbounded_channel();
        let waits = !asks.is_empty();
        lock(&session.out).asked.extend(asks.into_iter().map(|id| (id, say.clone())));
        drop(say);
        if let Some(said) = &*lock(&session.said) {
            let _ = said.send(body);
        }
        if waits {
            self.stream(session, line, told).await;
        } else {
            let headers = vec![(self.header.clone(), session.name.clone())];
            line.answer(Response { code: TAKEN_IN, headers, body: Bytes::new() }).await;
        }
    }

    /// Says on an event stream what is to be said, until there is no more or the client has gone. A client that has broken off
    /// its streams, and asks for nothing more, has left.
    async fn stream(&self, session: &Session, line: Line, mut told: UnboundedReceiver<String>) {
        let mut events = self.events(session, line);
        session.open.send_modify(|open| *open += 1);
        let mut more = true;
        loop {
            tokio::select! {
                biased;
                text = told.recv(), if more => match text {
                    Some(text) => events.push(&event(None, None, &text)),
                    None => {
                        more = false;
                        events.end();
                    }
                },
                _ = poll_fn(|cx| events.poll(cx)) => break,
            }
        }
        session.open.send_modify(|open| *open -= 1);
        // Nobody reads on it any more: what is said from now on goes elsewhere, or is kept.
        drop(told);
        let mut open = session.open.subscribe();
        if more && timeout(GONE, open.wait_for(|open| *open > 0)).await.is_err() {
            self.end(session);
        }
    }

    fn events(&self, session: &Session, line: Line) -> Events {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", "text/event-stream"),
            header("cache-control", "no-cache"),
            header(&self.header, &session.name),
        ];
        line.events(&Response { code: 200, headers, body: Bytes::new() })
    }
}

impl Out {
    fn say(&mut self, text: String) {
        let message = serde_json::from_str(&text).unwrap_or(Value::Null);
        let id = message.get("id").filter(|_| message.get("method").is_none());
        // An answer ends the stream of its request: nobody holds its other end any more.
        let own = id.and_then(|id| self.asked.iter().position(|(asked, _)| asked == id));
        if let Some(index) = own {
            let (_, stream) = self.asked.remove(index);
            return drop(stream.send(text));
        }
        let mut unsaid = text;
        for stream in self.asked.iter().map(|(_, stream)| stream).chain(&self.listener) {
            match stream.send(unsaid) {
                Ok(()) => return,
                Err(back) => unsaid = back.0,
            }
        }
        if self.kept.len() < KEPT {
            self.kept.push_back(unsaid);
        }
    }
}

async fn refuse(line: Line, code: u16, why: &str) {
    let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
    line.answer(Response { code, headers, body: Bytes::from(format!("seqcheck: {why}\n")) }).await;
}

/// The ids of the requests that a body holds.
fn ids(body: &[u8]) -> Vec<Value> {
    let asks = |message: Value| message.get("method").and(message.get("id")).cloned();
    match serde_json::from_slice(body) {
        Ok(Value::Array(all)) => all.into_iter().filter_map(asks).collect(),
        Ok(one) => asks(one).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}
