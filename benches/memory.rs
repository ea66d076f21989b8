//! What a play costs: the first diagram in memory against the same exchange written by hand with tokio-tungstenite over
//! the same pipes, in one run, so that the ratio means something on any machine.
//!
//! `cargo bench --bench memory`

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::Scenario;
use seqcheck::net::pipe;
use std::time::{Duration, Instant};
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_async_with_config, client_async_with_config};

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
        socket.send(r#"{"type":"connected","user":"x"}"#.into()).await.expect("a send");
        socket
    });
    let (client, _) =
        client_async_with_config(format!("ws://localhost/ws?name={name}"), near, config()).await.expect("a handshake");
    (client, server)
}

async fn hear(socket: &mut WebSocketStream<DuplexStream>) -> Message {
    socket.next().await.expect("a message").expect("a good one")
}

/// The twelve arrows, written out.
async fn by_hand() {
    let (mut alice, serving_alice) = open("Alice").await;
    hear(&mut alice).await;
    let (mut bob, serving_bob) = open("Bob").await;
    hear(&mut bob).await;
    let (mut to_alice, mut to_bob) = (serving_alice.await.expect("a server"), serving_bob.await.expect("a server"));
    let serving = tokio::spawn(async move {
        hear(&mut to_alice).await;
        to_bob.send(r#"{"type":"joined","user":"alice","room":"general"}"#.into()).await.expect("a send");
        hear(&mut to_bob).await;
        let hello = r#"{"type":"message","id":1,"from":"Bob","room":"general","text":"Hello Alice!"}"#;
        to_alice.send(hello.into()).await.expect("a send");
        hear(&mut to_alice).await;
        let hey = r#"{"type":"message","id":2,"from":"Alice","room":"general","text":"Hey Bob!"}"#;
        to_bob.send(hey.into()).await.expect("a send");
        while let Some(Ok(_)) = to_alice.next().await {}
        drop(to_alice);
        to_bob.send(r#"{"type":"left","user":"alice"}"#.into()).await.expect("a send");
        while let Some(Ok(_)) = to_bob.next().await {}
    });
    alice.send(r#"{"type":"join","room":"general"}"#.into()).await.expect("a send");
    hear(&mut bob).await;
    bob.send(r#"{"type":"message","text":"Hello Alice!"}"#.into()).await.expect("a send");
    hear(&mut alice).await;
    alice.send(r#"{"type":"message","text":"Hey Bob!"}"#.into()).await.expect("a send");
    hear(&mut bob).await;
    alice.close(None).await.expect("a close");
    while let Some(Ok(_)) = alice.next().await {}
    hear(&mut bob).await;
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
    let runtime_alone = median(|| drop(runtime()));
    let hand = median(|| runtime().block_on(by_hand()));
    println!("a runtime alone      {runtime_alone:>10.1?}");
    println!("written by hand      {hand:>10.1?}   1.00");
    let text = include_str!("../scenarios/chat.seq");
    let prepared = Scenario::parse("scenarios/chat.seq", text).and_then(|scenario| scenario.prepare());
    let prepared = prepared.expect("the first diagram is good");
    let mut passed = true;
    let ratio = |time: Duration| time.as_secs_f64() / hand.as_secs_f64();
    let here = median(|| passed &= prepared.play_here().is_pass());
    println!("a play               {here:>10.1?}   {:.2}   (at most 2)", ratio(here));
    let thread = median(|| passed &= prepared.play().is_pass());
    println!("on its own thread    {thread:>10.1?}   {:.2}", ratio(thread));
    let whole = median(|| {
        let checked = Scenario::parse("scenarios/chat.seq", text).and_then(|scenario| scenario.check());
        passed &= checked.is_ok_and(|verdict| verdict.is_pass());
    });
    println!("parsed and prepared  {whole:>10.1?}   {:.2}", ratio(whole));
    assert!(passed, "every play passes");
}
