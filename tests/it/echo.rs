//! A server that does not answer the echo of its binding: it is waited for once, and the report says what to do.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::trace::Evidence;
use seqcheck::{CheckVerdict, Scenario, Target};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::DuplexStream;

const BINDING: &str = r#"
[echo]
client = { ping = "{nonce}" }
server = { pong = "{nonce}" }

[[rule]]
label  = "tell {what}"
client = { tell = "{what}" }

[[rule]]
label  = "told {what}"
server = { told = "{what}" }
"#;

const TIMEOUT: Duration = Duration::from_millis(300);

/// The verdict of a play in real time, and how many echoes the server was asked.
fn check(diagram: &str, binding: &str, answered: fn(u32) -> bool) -> (CheckVerdict, u32) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let target = Target::in_process(move || {
        let count = Arc::clone(&count);
        move |stream: DuplexStream| {
            let count = Arc::clone(&count);
            async move {
                let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                while let Some(Ok(message)) = socket.next().await {
                    let Ok(Ok(said)) = message.to_text().map(serde_json::from_str::<Value>) else { continue };
                    let answer = match (said.get("tell"), said.get("ping")) {
                        (Some(what), _) if what != "nobody" => json!({ "told": what }),
                        (_, Some(nonce)) if answered(count.fetch_add(1, Ordering::Relaxed)) => json!({ "pong": nonce }),
                        _ => continue,
                    };
                    socket.send(answer.to_string().into()).await.unwrap();
                }
            }
        }
    });
    let verdict = Scenario::parse("lab.seq", diagram)
        .and_then(|scenario| scenario.binding_text("lab.toml", binding))
        .map(|scenario| scenario.timeout(TIMEOUT).settle(Duration::from_millis(100)))
        .and_then(|scenario| scenario.target(target.real_time()).check())
        .unwrap();
    (verdict, asked.load(Ordering::Relaxed))
}

const HELP: &str = "`[echo]` in the binding defines a frame that the server answers at once and in order; `echo = false` disables echoes";

#[test]
fn quiet_waits_once_for_a_server_that_does_not_answer() {
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: tell a\nLab->Ann: told a\n";
    let (verdict, asked) = check(diagram, BINDING, |_| false);
    assert!(verdict.is_pass() && asked == 1, "{asked}: {verdict}");
    let play = &verdict.plays[0];
    assert_eq!(play.outcome.evidence, Some(Evidence::Timed));
    assert_eq!(play.notes, [format!("the server did not answer the echo of Ann within 300 ms: {HELP}")]);
    let without = &BINDING[BINDING.find("[[rule]]").unwrap()..];
    let (verdict, asked) = check(diagram, without, |_| false);
    assert!(asked == 0 && verdict.plays[0].notes.is_empty(), "{asked}: {verdict}");
    let (verdict, asked) = check(diagram, BINDING, |_| true);
    assert!(asked == 2 && verdict.plays[0].notes.is_empty(), "{asked}: {verdict}");
    assert_eq!(verdict.plays[0].outcome.evidence, Some(Evidence::Echo));
}

/// What the order of the clients hangs on was not answered: the run fails, and quiet does not ask the same again.
#[test]
fn an_echo_that_the_order_needs_is_not_asked_again_for_quiet() {
    let diagram =
        "Ann->Lab: WS connect\nBob->Lab: WS connect\nAnn->Lab: tell nobody\nBob->Lab: tell b\nLab->Bob: told b\n";
    let (verdict, asked) = check(diagram, BINDING, |_| false);
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    let finding = &verdict.plays[0].outcome.findings[0];
    assert_eq!(finding.class, Class::Missing, "{verdict}");
    assert!(finding.what.contains("does not answer the echo of Ann"), "{verdict}");
    assert_eq!(finding.help, [HELP]);
    assert_eq!(asked, 1, "{verdict}");
}
