//! A service of your own, tested in virtual time.
//!
//! The service below is plain tokio-tungstenite: a counter that clients share. It knows nothing of seqcheck. All that a
//! test needs is a function from a byte stream to a future that serves it, a binding that says what the labels of the
//! diagram are on the wire, and a diagram.
//!
//! Every play has a thread and a runtime of its own whose clock is paused: the half minute for which the
//! diagram waits takes no time, and two runs give the same trace, byte for byte.
//!
//! `cargo run --example in_process`, `cargo test --example in_process`.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::{CheckVerdict, Scenario, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// A client that says nothing for so long is told so.
const IDLE: Duration = Duration::from_secs(30);

/// The service: a number, and everybody who wants to know of it.
#[derive(Clone)]
struct Counter {
    value: Arc<AtomicU64>,
    changes: broadcast::Sender<u64>,
}

impl Counter {
    fn new() -> Self {
        Counter { value: Arc::default(), changes: broadcast::channel(64).0 }
    }

    /// Serves one connection: over TCP in production, over a pipe in the test.
    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Ok(mut socket) = accept_async(stream).await else { return };
        let mut changes = self.changes.subscribe();
        let mut idle_at = Instant::now() + IDLE;
        loop {
            let answer = tokio::select! {
                biased;
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) if text.as_str() == "add" => {
                        idle_at = Instant::now() + IDLE;
                        let value = self.value.fetch_add(1, Ordering::Relaxed) + 1;
                        let _ = self.changes.send(value);
                        continue;
                    }
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => return,
                },
                Ok(value) = changes.recv() => format!("{{\"count\":{value}}}"),
                () = sleep_until(idle_at) => {
                    idle_at += IDLE;
                    "{\"idle\":true}".to_owned()
                }
            };
            if socket.send(Message::text(answer)).await.is_err() {
                return;
            }
        }
    }
}

/// What the labels are on the wire. In a project of your own: a file, and `Scenario::binding_file`.
const BINDING: &str = r#"
name = "counter"

[connect]
url = "{target}/"

[[rule]]
label  = "add"
client = { "$text" = "add" }

[[rule]]
label  = "the count is {n:int}"
server = { count = "{n}" }

[[rule]]
label  = "are you there?"
server = { idle = true }
"#;

/// What is tested. In a project of your own: a file, and `Scenario::load`.
const DIAGRAM: &str = "
title Two clients of one counter

Ann->Counter: WS connect
Bea->Counter: WS connect
Ann->Counter: add
Counter->Ann: the count is 1
Counter->Bea: the count is 1
Bea->Counter: add
Counter->Ann: the count is 2
Counter->Bea: the count is 2

...30s...
Counter->Ann: are you there?
Counter->Bea: are you there?
Ann->Counter: WS disconnect
Bea->Counter: WS disconnect
";

fn check() -> Result<CheckVerdict, seqcheck::Error> {
    Scenario::parse("counter.seq", DIAGRAM)?
        .binding_text("counter.toml", BINDING)?
        // A fresh service for each play.
        .target(Target::in_process(|| {
            let counter = Counter::new();
            move |stream: DuplexStream| counter.clone().serve(stream)
        }))
        .check()
}

#[allow(clippy::print_stdout, reason = "an example shows something")]
fn main() -> Result<(), seqcheck::Error> {
    println!("{}", check()?);
    Ok(())
}

#[test]
fn two_clients_share_a_counter() -> Result<(), seqcheck::Error> {
    let verdict = check()?;
    assert!(verdict.is_pass(), "{verdict}");
    Ok(())
}
