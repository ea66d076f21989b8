//! A client that answers what it has not been asked: what was there before the tool said something is no answer to it, also
//! where it came in one piece with what had to come before.

use crate::field::LAB;
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::listen::Porch;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::{Mock, Scenario};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

const ASKS: &str = "Ann->S: WS connect\nS->Ann: hi\nS->Ann: first\nAnn->S: one\nS->Ann: second\nAnn->S: two\n\
                    S->Ann: bye\nAnn->S: WS disconnect\n";

/// What is said at once when a word is heard.
type Answers = &'static [(&'static str, &'static [&'static str])];

fn text(word: &str) -> Message {
    Message::text(format!(r#"{{"t":"{word}"}}"#))
}

/// Says this at once when it hears that, in one piece, and leaves when it is told to.
async fn client(porch: Porch, answers: Answers) {
    let (mut socket, _) = client_async("ws://localhost/?n=Ann", porch.dial()).await.expect("Ann is drawn");
    while let Some(Ok(heard)) = socket.next().await {
        let said = heard.to_string();
        if said.contains("bye") {
            let _ = socket.close(None).await;
        }
        let of = answers.iter().filter(|(to, _)| said.contains(to)).flat_map(|(_, words)| *words);
        for word in of {
            socket.feed(text(word)).await.expect("room");
        }
        let _ = socket.flush().await;
    }
}

/// The verdict, and class and line of the root.
fn came(verdict: &CheckVerdict) -> (Verdict, Option<(Class, u32)>) {
    let order = verdict.plan.as_ref().expect("a plan").order();
    let root = verdict.plays[0].outcome.findings.first();
    (verdict.verdict(), root.map(|it| (it.class, it.arrow.map_or(0, |arrow| order.arrow(arrow).line))))
}

fn asking() -> Mock {
    Mock::new(Scenario::parse("a.seq", ASKS).unwrap().binding_text("lab.toml", LAB).unwrap()).unwrap()
}

#[test]
fn an_answer_that_came_before_its_question_is_early() {
    const PASSES: [Answers; 2] = [
        &[("first", &["one"]), ("second", &["two"])],
        // What is said for the greeting may be said for what came with it: nobody can know.
        &[("hi", &["one"]), ("second", &["two"])],
    ];
    const EARLY: [Answers; 2] = [&[("first", &["one", "two"])], &[("first", &["two", "one"])]];
    for answers in PASSES {
        let verdict = asking().with(move |porch| client(porch, answers)).unwrap();
        assert!(verdict.is_pass(), "{answers:?}: {verdict}");
    }
    for answers in EARLY {
        let verdict = asking().with(move |porch| client(porch, answers)).unwrap();
        assert_eq!(came(&verdict), (Verdict::Fail, Some((Class::Early, 6))), "{answers:?}: {verdict}");
    }
}

/// A frame masked with nothing.
fn frame(word: &str) -> Vec<u8> {
    let body = text(word).into_data();
    [&[0x81, 0x80 | body.len() as u8, 0, 0, 0, 0], &body[..]].concat()
}

/// Nothing has been said on a connection whose handshake is not answered.
#[test]
fn what_comes_behind_a_handshake_in_one_piece_is_no_answer() {
    let head = "GET /?n=Ann HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let hasty = |porch: Porch| async move {
        let mut stream = porch.dial();
        stream.write_all(&[head.as_bytes(), &frame("one")].concat()).await.expect("room");
        let mut heard = Vec::new();
        while stream.read_buf(&mut heard).await.is_ok_and(|read| read > 0) {}
    };
    let verdict = asking().with(hasty).unwrap();
    assert_eq!(came(&verdict), (Verdict::Fail, Some((Class::Early, 4))), "{verdict}");
}
