//! What a play costs: the first diagram in memory against the same exchange written by hand with tokio-tungstenite over
//! the same pipes, in one run, so that the ratio means something on any machine.
//!
//! By hand in two ways: `frames alone` writes literal texts and looks at nothing; `looked at` is what a test by hand
//! does at least, and what makes it the same exchange: the server reads each message to know what it is, and each
//! client compares what it got with what it should get.
//!
//! `cargo bench --bench memory`; with `-- play 1000` that many plays and nothing else, for a profiler.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::Scenario;
use seqcheck::net::pipe;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_async_with_config, client_async_with_config};

/// The allocator of the command line, for both sides.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As many plays as give a stable median.
const ROUNDS: usize = 2_000;

fn config() -> Option<WebSocketConfig> {
    Some(WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
}

async fn open(name: &str) -> (WebSocketStream<DuplexStream>, tokio::task::JoinHandle<WebSocketStream<DuplexStream>>) {
    let (near, far) = pipe();
    let server = tokio::spawn(async move {
        let mut socket = accept_async_with_config(far, config()).await.expect("a handshake");
        socket.send(CONNECTED.into()).await.expect("a send");
        socket
    });
    let (client, _) =
        client_async_with_config(format!("ws://localhost/ws?name={name}"), near, config()).await.expect("a handshake");
    (client, server)
}

/// The next message; looked at where that is asked for.
async fn hear(socket: &mut WebSocketStream<DuplexStream>, looked_at: bool, wanted: &str) {
    let message = socket.next().await.expect("a message").expect("a good one");
    if looked_at {
        let found: Value = serde_json::from_str(message.to_text().expect("text")).expect("JSON");
        let wanted: Value = serde_json::from_str(wanted).expect("JSON");
        assert_eq!(found, wanted);
    }
}

const CONNECTED: &str = r#"{"type":"connected","user":"x"}"#;
const JOIN: &str = r#"{"type":"join","room":"general"}"#;
const JOINED: &str = r#"{"type":"joined","user":"alice","room":"general"}"#;
const HELLO: &str = r#"{"type":"message","text":"Hello Alice!"}"#;
const HELLO_FROM: &str = r#"{"type":"message","id":1,"from":"Bob","room":"general","text":"Hello Alice!"}"#;
const HEY: &str = r#"{"type":"message","text":"Hey Bob!"}"#;
const HEY_FROM: &str = r#"{"type":"message","id":2,"from":"Alice","room":"general","text":"Hey Bob!"}"#;
const LEFT: &str = r#"{"type":"left","user":"alice"}"#;

/// The twelve arrows, written out.
async fn by_hand(looked_at: bool) {
    let (mut alice, serving_alice) = open("Alice").await;
    hear(&mut alice, looked_at, CONNECTED).await;
    let (mut bob, serving_bob) = open("Bob").await;
    hear(&mut bob, looked_at, CONNECTED).await;
    let (mut to_alice, mut to_bob) = (serving_alice.await.expect("a server"), serving_bob.await.expect("a server"));
    let serving = tokio::spawn(async move {
        hear(&mut to_alice, looked_at, JOIN).await;
        to_bob.send(JOINED.into()).await.expect("a send");
        hear(&mut to_bob, looked_at, HELLO).await;
        to_alice.send(HELLO_FROM.into()).await.expect("a send");
        hear(&mut to_alice, looked_at, HEY).await;
        to_bob.send(HEY_FROM.into()).await.expect("a send");
        while let Some(Ok(_)) = to_alice.next().await {}
        drop(to_alice);
        to_bob.send(LEFT.into()).await.expect("a send");
        while let Some(Ok(_)) = to_bob.next().await {}
    });
    alice.send(JOIN.into()).await.expect("a send");
    hear(&mut bob, looked_at, JOINED).await;
    bob.send(HELLO.into()).await.expect("a send");
    hear(&mut alice, looked_at, HELLO_FROM).await;
    alice.send(HEY.into()).await.expect("a send");
    hear(&mut bob, looked_at, HEY_FROM).await;
    alice.close(None).await.expect("a close");
    while let Some(Ok(_)) = alice.next().await {}
    hear(&mut bob, looked_at, LEFT).await;
    bob.close(None).await.expect("a close");
    while let Some(Ok(_)) = bob.next().await {}
    serving.await.expect("a server");
}

/// The median of many runs.
fn median(mut run: impl FnMut()) -> Duration {
    for _ in 0..ROUNDS / 10 {
        run();
    }
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[allow(clippy::print_stdout, reason = "a bench is there to print")]
fn main() {
    let text = include_str!("../scenarios/chat.seq");
    let prepared = Scenario::parse("scenarios/chat.seq", text).and_then(|scenario| scenario.prepare());
    let prepared = prepared.expect("the first diagram is good");
    let mut arguments = std::env::args().skip_while(|argument| argument != "play");
    if arguments.next().is_some() {
        // For a profiler: plays and nothing else.
        let plays = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(20 * ROUNDS);
        assert!((0..plays).all(|_| prepared.play_here().is_pass()), "every play passes");
        return;
    }
    let runtime_alone = median(|| drop(runtime()));
    let frames = median(|| runtime().block_on(by_hand(false)));
    let hand = median(|| runtime().block_on(by_hand(true)));
    let mut passed = true;
    let here = median(|| passed &= prepared.play_here().is_pass());
    let thread = median(|| passed &= prepared.play().is_pass());
    let whole = median(|| {
        let checked = Scenario::parse("scenarios/chat.seq", text).and_then(|scenario| scenario.check());
        passed &= checked.is_ok_and(|verdict| verdict.is_pass());
    });
    assert!(passed, "every play passes");
    println!("{:32} {:>10} {:>14} {:>12}", "", "median", "frames alone", "looked at");
    let rows = [
        ("a runtime and nothing else", runtime_alone),
        ("by hand, frames alone", frames),
        ("by hand, looked at", hand),
        ("a play, on this thread", here),
        ("a play, on a thread of its own", thread),
        ("read, prepared and played", whole),
    ];
    for (what, time) in rows {
        let ratio = |base: Duration| time.as_secs_f64() / base.as_secs_f64();
        println!("{what:32} {time:>10.1?} {:>13.2}x {:>11.2}x", ratio(frames), ratio(hand));
    }
}
