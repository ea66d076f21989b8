//! The reference server against servers written by hand with tokio-tungstenite, in one run: ratios, not absolute times.
//!
//! `cargo bench --bench server`
#![allow(missing_docs, clippy::print_stdout)]

use futures_util::{SinkExt, StreamExt};
use seqcheck::server::{Host, ServerOptions};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config, client_async_with_config};

type Socket = WebSocketStream<DuplexStream>;

fn config() -> Option<WebSocketConfig> {
    Some(WebSocketConfig::default().read_buffer_size(4 << 10).write_buffer_size(0))
}

/// How a client gets to a server.
trait Server: Clone + 'static {
    fn fresh() -> Self;
    fn serve(&self, stream: DuplexStream);
}

#[derive(Clone)]
struct Reference(Host);

impl Server for Reference {
    fn fresh() -> Self {
        Reference(Host::new(&ServerOptions::default()))
    }

    fn serve(&self, stream: DuplexStream) {
        tokio::spawn(self.0.serve(stream));
    }
}

/// The least that can play the exchange: no checks, no protocol beyond what is asked.
#[derive(Clone, Default)]
struct ByHand(Rc<RefCell<Room>>);

#[derive(Default)]
struct Room {
    members: BTreeMap<String, UnboundedSender<Utf8Bytes>>,
    last: u64,
}

impl Room {
    fn to_others(&self, but: &str, text: &str) {
        let text = Utf8Bytes::from(text);
        for (_, member) in self.members.iter().filter(|(name, _)| *name != but) {
            let _ = member.send(text.clone());
        }
    }
}

impl Server for ByHand {
    fn fresh() -> Self {
        ByHand::default()
    }

    fn serve(&self, stream: DuplexStream) {
        let room = self.0.clone();
        tokio::task::spawn_local(async move {
            let mut name = String::new();
            #[allow(clippy::result_large_err)]
            let callback = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
                name = request.uri().query().and_then(|query| query.strip_prefix("name=")).unwrap_or("").to_owned();
                Ok(response)
            };
            let Ok(mut socket) = accept_hdr_async_with_config(stream, callback, config()).await else { return };
            let user = name.to_lowercase();
            let (sender, mut queued) = unbounded_channel();
            room.borrow_mut().members.insert(user.clone(), sender);
            let greeting = format!(r#"{{"type":"connected","user":"{user}"}}"#);
            let _ = socket.send(Message::text(greeting)).await;
            loop {
                tokio::select! {
                    biased;
                    Some(text) = queued.recv() => {
                        let _ = socket.send(Message::Text(text)).await;
                    }
                    message = socket.next() => match message {
                        Some(Ok(Message::Text(text))) => {
                            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                            let mut room = room.borrow_mut();
                            match value["type"].as_str() {
                                Some("join") => {
                                    room.to_others(&user, &format!(r#"{{"type":"joined","user":"{user}","room":"general"}}"#));
                                }
                                _ => {
                                    room.last += 1;
                                    let said = serde_json::json!({
                                        "type": "message", "id": room.last, "from": &name, "room": "general", "text": value["text"]
                                    });
                                    room.to_others(&user, &said.to_string());
                                }
                            }
                        }
                        Some(Ok(Message::Close(_))) => {
                            let _ = socket.flush().await;
                            break;
                        }
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => break,
                    },
                }
            }
            let mut room = room.borrow_mut();
            room.members.remove(&user);
            room.to_others(&user, &format!(r#"{{"type":"left","user":"{user}"}}"#));
        });
    }
}

async fn connect(server: &impl Server, name: &str) -> Socket {
    let (near, far) = duplex(4 << 10);
    server.serve(far);
    let url = format!("ws://server/ws?name={name}");
    let (mut socket, _) = client_async_with_config(url, near, config()).await.expect("a WebSocket");
    black_box(socket.next().await);
    socket
}

/// The twelve arrows of the first diagram.
async fn chat(server: &impl Server) {
    let mut alice = connect(server, "Alice").await;
    let mut bob = connect(server, "Bob").await;
    alice.send(Message::text(r#"{"type":"join","room":"general"}"#)).await.expect("sent");
    black_box(bob.next().await);
    bob.send(Message::text(r#"{"type":"message","text":"Hello Alice!"}"#)).await.expect("sent");
    black_box(alice.next().await);
    alice.send(Message::text(r#"{"type":"message","text":"Hey Bob!"}"#)).await.expect("sent");
    black_box(bob.next().await);
    alice.close(None).await.expect("sent");
    black_box(bob.next().await);
}

/// The median of several rounds of many turns, each on a runtime of its own as a scenario has it.
fn chats<S: Server>(turns: u32) -> Duration {
    let mut rounds: Vec<Duration> = (0..9)
        .map(|_| {
            let began = Instant::now();
            for _ in 0..turns {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
                let local = LocalSet::new();
                local.block_on(&runtime.expect("a runtime"), async { chat(&S::fresh()).await });
            }
            began.elapsed() / turns
        })
        .collect();
    rounds.sort();
    rounds[rounds.len() / 2]
}

const CLIENTS: usize = 1_000;
const MESSAGES: usize = 200;
const ROUNDS: usize = 15;

/// One room full of clients; deliveries in a second, and what a connection costs in memory.
fn room<S: Server>() -> (f64, f64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let server = S::fresh();
        let before = resident();
        let mut sender = connect(&server, "Sender").await;
        let mut reading = Vec::new();
        for number in 0..CLIENTS {
            let mut socket = connect(&server, &format!("client-{number}")).await;
            reading.push(async move {
                for _ in 0..MESSAGES {
                    black_box(socket.next().await);
                }
                socket
            });
        }
        let each = (resident().saturating_sub(before)) as f64 / CLIENTS as f64;
        let began = Instant::now();
        let reading: Vec<_> = reading.into_iter().map(tokio::task::spawn_local).collect();
        for _ in 0..MESSAGES {
            sender.send(Message::text(r#"{"type":"message","text":"the same for everybody"}"#)).await.expect("sent");
        }
        for task in reading {
            black_box(task.await.expect("no panic"));
        }
        ((CLIENTS * MESSAGES) as f64 / began.elapsed().as_secs_f64(), each)
    })
}

/// Bytes that this process holds, as far as the system tells.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<usize>().ok()).unwrap_or(0) * 4_096
}

fn main() {
    let room = match std::env::args().nth(1).as_deref() {
        Some("room-by-hand") => Some(room::<ByHand>()),
        Some("room-reference") => Some(room::<Reference>()),
        _ => None,
    };
    if let Some((rate, memory)) = room {
        return println!("{rate} {memory}");
    }
    // `cargo test` runs benches too, to see that they work: a few turns are enough for that.
    let turns = if std::env::args().any(|arg| arg == "--bench") { 2_000 } else { 10 };
    let by_hand = chats::<ByHand>(turns);
    let reference = chats::<Reference>(turns);
    println!("12 arrows, by hand:          {by_hand:>10.1?}");
    println!(
        "12 arrows, reference server: {reference:>10.1?}  {:.2}x",
        reference.as_secs_f64() / by_hand.as_secs_f64()
    );
    if turns > 10 {
        // By turns, so that what else the machine does meets both alike.
        let rounds: Vec<[(f64, f64); 2]> =
            (0..ROUNDS).map(|_| ["room-by-hand", "room-reference"].map(in_own_process)).collect();
        let of = |pick: fn(&[(f64, f64); 2]) -> f64| spread(rounds.iter().map(pick).collect());
        println!("{CLIENTS} clients in a room, deliveries a second: median, least and most of {ROUNDS} rounds");
        say("by hand", 0, of(|[plain, _]| plain.0));
        say("reference server", 0, of(|[_, full]| full.0));
        say("ratio", 2, of(|[plain, full]| full.0 / plain.0));
        println!("memory of a connection, both ends, in bytes");
        say("by hand", 0, of(|[plain, _]| plain.1));
        say("reference server", 0, of(|[_, full]| full.1));
    }
}

fn say(what: &str, digits: usize, (median, least, most): (f64, f64, f64)) {
    println!("  {what:<17} {median:>10.digits$} ({least:.digits$} to {most:.digits$})");
}

/// The median, the least and the most.
fn spread(mut all: Vec<f64>) -> (f64, f64, f64) {
    all.sort_by(f64::total_cmp);
    (all[all.len() / 2], all[0], all[all.len() - 1])
}

/// Memory is told apart only in a process that has done nothing else.
fn in_own_process(what: &str) -> (f64, f64) {
    let this = std::env::current_exe().expect("this program");
    let output = std::process::Command::new(this).arg(what).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (rate, memory) = text.trim().split_once(' ').expect("two numbers");
    (rate.parse().expect("a rate"), memory.parse().expect("a size"))
}
