//! Answers to requests: one that differs from the drawn one is told at once and with the difference, whatever its status;
//! one that is not drawn need only be no refusal. And what a label shows of what came is remembered.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::{CheckVerdict, Scenario, Target};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

const BINDING: &str = r#"
[[rule]]
label  = "order {what}"
on     = "http"
client = { method = "POST", path = "/orders", json = { what = "{what}" } }

[[rule]]
label  = "ordered as {id}"
on     = "http"
server = { status = 201, headers = { x-shelf = "left" }, json = { id = "{id:int}", ok = true } }

[[rule]]
label  = "look at it"
on     = "http"
client = { path = "/orders/{id}" }

[[rule]]
label  = "found"
on     = "http"
server = { status = 200 }

[[rule]]
label  = "gone"
on     = "http"
server = { status = 410 }

[[rule]]
label  = "listen"
on     = "sse"
client = { path = "/news" }

[[rule]]
label  = "listening"
on     = "http"
server = { status = 200, headers = { content-type = "text/event-stream" } }

[[rule]]
label  = "news"
on     = "sse"
server = { data = "x" }
"#;

/// A server that gives each request the answer of its path, as it stands, and keeps the connection where it has no length.
fn answering(answers: &'static [(&'static str, &'static str)]) -> Target {
    Target::in_process(move || {
        move |mut stream: DuplexStream| async move {
            let (mut request, mut byte) = (Vec::new(), [0]);
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
                request.push(byte[0]);
            }
            let head = String::from_utf8(request).expect("text");
            let path = head.split(' ').nth(1).unwrap_or_default();
            let answer = answers.iter().find(|(known, _)| *known == path);
            let answer = answer.map_or("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", |(_, answer)| answer);
            let _ = stream.write_all(answer.as_bytes()).await;
            while stream.read(&mut byte).await.unwrap_or(0) == 1 {}
        }
    })
}

fn play(text: &str, target: Target) -> CheckVerdict {
    let scenario = Scenario::parse("answers.seq", text).expect("it reads");
    scenario.binding_text("answers.toml", BINDING).expect("it reads").target(target).check().expect("it can be played")
}

/// The class of the root finding, its line, its differences, and when the play was over.
fn found(verdict: &CheckVerdict) -> (Class, u32, Vec<String>, Duration) {
    let play = &verdict.plays[0];
    assert_eq!(play.outcome.verdict, Verdict::Fail, "{verdict}");
    let root = &play.outcome.findings[0];
    let line = verdict.plan.as_ref().expect("played").order().arrow(root.arrow.expect("an arrow")).line;
    let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
    let differences = root.diff.iter().map(|at| format!("{}: {} {}", at.path, side(&at.expected), side(&at.found)));
    let came = play.trace.iter().find(|entry| format!("{:?}", entry.event).contains("Status")).expect("an answer");
    (root.class, line, differences.collect(), Duration::from_nanos(came.at.0))
}

const ORDER: &str = "Ann->Shop: order tea\nShop-->Ann: ordered as 7\n";

#[test]
fn another_answer_than_the_drawn_one_is_told_at_once_with_the_difference() {
    type Answers = &'static [(&'static str, &'static str)];
    let cases: [(Answers, &str); 5] = [
        (&[("/orders", "HTTP/1.1 201 C\r\nx-shelf: left\r\ncontent-length: 18\r\n\r\n{\"id\":7,\"ok\":true}")], ""),
        (
            &[("/orders", "HTTP/1.1 201 C\r\nx-shelf: left\r\ncontent-length: 19\r\n\r\n{\"id\":7,\"ok\":false}")],
            "body.ok: true false",
        ),
        (
            &[("/orders", "HTTP/1.1 200 C\r\nx-shelf: left\r\ncontent-length: 18\r\n\r\n{\"id\":7,\"ok\":true}")],
            "status: 201 200",
        ),
        (
            &[("/orders", "HTTP/1.1 201 C\r\nx-shelf: top\r\ncontent-length: 18\r\n\r\n{\"id\":7,\"ok\":true}")],
            "headers.x-shelf: \"left\" \"top\"",
        ),
        (
            &[("/orders", "HTTP/1.1 302 C\r\nlocation: http://elsewhere/\r\ncontent-length: 0\r\n\r\n")],
            "status: 201 302",
        ),
    ];
    for (answers, difference) in cases {
        let verdict = play(ORDER, answering(answers));
        if difference.is_empty() {
            assert!(verdict.is_pass(), "{verdict}");
            continue;
        }
        let (class, line, differences, at) = found(&verdict);
        assert_eq!((class, line), (Class::WrongPayload, 2), "{verdict}");
        assert!(differences.contains(&difference.to_owned()), "{differences:?}\n{verdict}");
        assert!(at < Duration::from_millis(10), "{at:?}");
    }
}

#[test]
fn a_stream_that_is_none_is_told_by_its_content_type() {
    let drawn = "Ann->Shop: listen\nShop-->Ann: listening\nShop->Ann: news\n";
    let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: x\n\n";
    let verdict = play(drawn, Target::clone(&answering(&[])));
    assert_eq!((found(&verdict).0, found(&verdict).1), (Class::WrongPayload, 2), "a 404: {verdict}");
    // The connection of a stream stays open, and so does that of what is none.
    static STREAM: &[(&str, &str)] =
        &[("/news", "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: x\n\n")];
    assert!(STREAM[0].1 == stream && play(drawn, answering(STREAM)).is_pass());
    static PLAIN: &[(&str, &str)] = &[("/news", "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\ndata: x\n\n")];
    let (class, line, differences, at) = found(&play(drawn, answering(PLAIN)));
    assert_eq!((class, line), (Class::WrongPayload, 2));
    assert_eq!(differences, ["headers.content-type: \"text/event-stream\" \"text/plain\""]);
    assert!(at < Duration::from_millis(200), "{at:?}");
}

#[test]
fn what_is_not_drawn_need_only_be_no_refusal() {
    static FINE: &[(&str, &str)] =
        &[("/orders", "HTTP/1.1 204 Done\r\n\r\n"), ("/orders/7", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")];
    let undrawn = "Ann->Shop: order tea\n";
    assert!(play(undrawn, answering(FINE)).is_pass());
    let (class, line, ..) = found(&play(undrawn, answering(&[])));
    assert_eq!((class, line), (Class::Unexpected, 1), "the refusal of a request whose answer nobody drew");
    // Two requests at once, and the answer to one is drawn: the other's is none of its business.
    let both = "par\n  Ann->Shop: order tea\nand\n  Ann->Shop: order milk\n  Shop-->Ann: gone\nend\n";
    static GONE: &[(&str, &str)] = &[("/orders", "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n")];
    let verdict = play(both, answering(GONE));
    assert_eq!(verdict.verdict(), Verdict::Fail, "one refusal is drawn, two come: {verdict}");
    // The server may choose, and chooses something else.
    let choice = "Ann->Shop: order tea\nalt\n  Shop-->Ann: found\nelse\n  Shop-->Ann: gone\nend\n";
    let (class, ..) = found(&play(choice, answering(FINE)));
    assert_eq!(class, Class::WrongPayload);
}

#[test]
fn a_value_that_the_label_shows_is_remembered_over_http() {
    static SHOP: &[(&str, &str)] = &[
        ("/orders", "HTTP/1.1 201 C\r\nx-shelf: left\r\ncontent-length: 18\r\n\r\n{\"id\":7,\"ok\":true}"),
        ("/orders/7", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    ];
    let verdict = play(&format!("{ORDER}Ann->Shop: look at it\nShop-->Ann: found\n"), answering(SHOP));
    assert!(verdict.is_pass(), "{verdict}");
}

const TICKS: &str = r#"
[[rule]]
label  = "hello"
server = { type = "hello", n = "{n:int}" }

[[rule]]
label  = ["tick", "tick {n}"]
server = { type = "tick", n = "{n:int}" }

[[rule]]
label  = ["ack", "ack {n}"]
client = { type = "ack", n = "{n:int}" }

[[rule]]
label  = "thanks for {n}"
server = { type = "thanks", n = "{n:int}" }
"#;

/// Says hello 0, ticks 1 and thanks for whatever it is sent.
async fn ticking(stream: DuplexStream) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    for message in [json!({ "type": "hello", "n": 0 }), json!({ "type": "tick", "n": 1 })] {
        let _ = socket.send(Message::text(message.to_string())).await;
    }
    while let Some(Ok(Message::Text(text))) = socket.next().await {
        let said: Value = serde_json::from_str(&text).expect("JSON");
        let _ = socket.send(Message::text(json!({ "type": "thanks", "n": said["n"] }).to_string())).await;
    }
}

#[test]
fn a_value_that_the_label_shows_is_the_last_one_received() {
    for (tick, ack, thanks) in [("tick", "ack", 1), ("tick 1", "ack", 1), ("tick 1", "ack 5", 5)] {
        let text = format!(
            "Ann->Clock: WS connect\nClock->Ann: hello\nClock->Ann: {tick}\nAnn->Clock: {ack}\nClock->Ann: thanks for {thanks}\n"
        );
        let scenario = Scenario::parse("ticks.seq", &text).expect("it reads").binding_text("ticks.toml", TICKS);
        let target = Target::in_process(|| ticking);
        let verdict = scenario.expect("it reads").target(target).check().expect("it can be played");
        assert!(verdict.is_pass(), "{tick}, {ack}: {verdict}");
    }
}
