//! Clients under test: a good one is never blamed, and every faulty one is, at the right line.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::listen::Porch;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::{Mock, Scenario};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, client_async};

/// What the server does to the client is the tool's; the client must come back, not too soon, and go on where it was.
const DIAGRAM: &str = "\
title A client that comes back
actor Alice
participant Server
Alice->Server: WS connect
...200ms...
Server-->Alice: Connected
Alice->Server: join room:kitchen
Server->Alice: user:alice joined room:kitchen
Alice->Server: message to room:kitchen: hello
Server->Alice: message from Alice in room:kitchen: hello (id=first)
...200ms...
Server->Alice: message from Bob in room:kitchen: welcome (id=second)
Alice->Server: message:read (id=second)
Server->Alice: WS close 4000
...1s...
Alice->Server: WS connect
Server-->Alice: Connected
Alice->Server: join room:kitchen
Server->Alice: user:alice joined room:kitchen
...200ms...
Server->Alice: message from Bob in room:kitchen: still there?
Alice->Server: message to room:kitchen: yes
Alice->Server: WS disconnect
";

/// A server that sends its client away: it must stay away, and has nothing more to say.
const SENT_AWAY: &str = "\
title A client that is sent away
actor Alice
participant Server
Alice->Server: WS connect
Server-->Alice: Connected
Alice->Server: join room:kitchen
Server->Alice: user:alice joined room:kitchen
Alice->Server: join room:hall
Server->Alice: user:alice joined room:hall
Server->Alice: message from Bob in room:hall: a secret (id=last)
Server->Alice: WS close 4001
";

/// What is wrong with a client that is sent away, and what it is found as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defiance {
    None,
    /// It acknowledges what it was told when the server has closed.
    ReadsAfterTheClose,
    /// It dials again, whatever the code.
    IgnoresTheCode,
    /// It passes on in one room what was said in another.
    LeaksARoom,
}

const DEFIANCES: [(Defiance, Class, u32); 3] = [
    (Defiance::ReadsAfterTheClose, Class::Unexpected, 10),
    (Defiance::IgnoresTheCode, Class::Duplicate, 4),
    (Defiance::LeaksARoom, Class::Unexpected, 10),
];

/// What is wrong with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    JoinsAtOnce,
    JoinsElsewhere,
    SpeaksBeforeItJoins,
    SendsTwice,
    Shouts,
    SpeaksElsewhere,
    Types,
    SpeaksNoJson,
    ReadsTheWrongOne,
    ReadsTwice,
    ReadsNothing,
    ReadsBeforeItIsThere,
    LeavesEarly,
    DropsEarly,
    DoesNotComeBack,
    ComesBackTooSoon,
    ComesBackTwice,
    DoesNotRejoin,
    AnswersBeforeItIsAsked,
    AnswersSomethingElse,
    LeavesWithoutAWord,
    IsSomebodyElse,
    LeavesWithAnError,
}

/// Each with what it is found as.
const FAULTS: [(Fault, Class, u32); 23] = [
    (Fault::JoinsAtOnce, Class::Early, 7),
    (Fault::JoinsElsewhere, Class::WrongPayload, 7),
    (Fault::SpeaksBeforeItJoins, Class::Early, 9),
    (Fault::SendsTwice, Class::Duplicate, 9),
    (Fault::Shouts, Class::WrongPayload, 9),
    (Fault::SpeaksElsewhere, Class::WrongPayload, 9),
    (Fault::Types, Class::Unexpected, 8),
    (Fault::SpeaksNoJson, Class::WrongPayload, 9),
    (Fault::ReadsTheWrongOne, Class::WrongPayload, 13),
    (Fault::ReadsTwice, Class::Duplicate, 13),
    (Fault::ReadsNothing, Class::Missing, 13),
    (Fault::ReadsBeforeItIsThere, Class::Early, 13),
    (Fault::LeavesEarly, Class::Closed, 12),
    (Fault::DropsEarly, Class::Closed, 12),
    (Fault::DoesNotComeBack, Class::Missing, 16),
    (Fault::ComesBackTooSoon, Class::Early, 16),
    (Fault::ComesBackTwice, Class::Duplicate, 16),
    (Fault::DoesNotRejoin, Class::Missing, 18),
    (Fault::AnswersBeforeItIsAsked, Class::Early, 22),
    (Fault::AnswersSomethingElse, Class::WrongPayload, 22),
    (Fault::LeavesWithoutAWord, Class::WrongPayload, 23),
    (Fault::IsSomebodyElse, Class::WrongPayload, 4),
    (Fault::LeavesWithAnError, Class::WrongPayload, 23),
];

struct Socket(WebSocketStream<DuplexStream>);

impl Socket {
    async fn dial(porch: &Porch, name: &str) -> Option<Socket> {
        let url = format!("ws://localhost/ws?name={name}");
        Some(Socket(client_async(url, porch.dial()).await.ok()?.0))
    }

    async fn say(&mut self, value: Value) {
        // A server that has closed is told of by what it does not say.
        let _ = self.0.send(Message::text(value.to_string())).await;
    }

    /// The next message of this type; none when the connection is over.
    async fn hear(&mut self, kind: &str) -> Option<Value> {
        while let Some(Ok(message)) = self.0.next().await {
            let Message::Text(text) = message else { continue };
            let value: Value = serde_json::from_str(&text).ok()?;
            if value["type"] == kind {
                return Some(value);
            }
        }
        None
    }

    /// Until the server has closed.
    async fn over(mut self) {
        while let Some(Ok(_)) = self.0.next().await {}
    }

    async fn leave(mut self, code: u16) {
        let close = CloseFrame { code: code.into(), reason: "".into() };
        let _ = self.0.close(Some(close)).await;
        self.over().await;
    }
}

fn join(room: &str) -> Value {
    json!({"type": "join", "room": room})
}

fn message(room: &str, text: &str) -> Value {
    json!({"type": "message", "room": room, "text": text})
}

/// The client; where the server is over for it, it is over.
async fn client(porch: Porch, fault: Fault) -> Option<()> {
    let name = if fault == Fault::IsSomebodyElse { "Mallory" } else { "Alice" };
    let mut socket = Socket::dial(&porch, name).await?;
    if fault != Fault::JoinsAtOnce {
        socket.hear("connected").await?;
    }
    if fault == Fault::SpeaksBeforeItJoins {
        socket.say(message("kitchen", "hello")).await;
    }
    socket.say(join(if fault == Fault::JoinsElsewhere { "cellar" } else { "kitchen" })).await;
    socket.hear("joined").await?;
    match fault {
        Fault::Shouts => socket.say(message("kitchen", "HELLO")).await,
        Fault::SpeaksElsewhere => socket.say(message("hall", "hello")).await,
        Fault::SpeaksNoJson => {
            let _ = socket.0.send(Message::text("hello")).await;
        }
        Fault::Types => {
            socket.say(json!({"type": "typing", "state": "start"})).await;
            socket.say(message("kitchen", "hello")).await;
        }
        Fault::SpeaksBeforeItJoins => {}
        _ => socket.say(message("kitchen", "hello")).await,
    }
    if fault == Fault::SendsTwice {
        socket.say(message("kitchen", "hello")).await;
    }
    let first = socket.hear("message").await?["id"].clone();
    if fault == Fault::ReadsBeforeItIsThere {
        let next = first.as_u64().map_or(0, |id| id + 1);
        socket.say(json!({"type": "read", "id": next})).await;
    }
    let second = socket.hear("message").await?["id"].clone();
    match fault {
        Fault::LeavesEarly => {
            return {
                socket.leave(1000).await;
                Some(())
            };
        }
        Fault::DropsEarly => return Some(()),
        Fault::ReadsTheWrongOne => socket.say(json!({"type": "read", "id": first})).await,
        Fault::ReadsNothing | Fault::ReadsBeforeItIsThere => {}
        _ => socket.say(json!({"type": "read", "id": second})).await,
    }
    if fault == Fault::ReadsTwice {
        socket.say(json!({"type": "read", "id": second})).await;
    }
    socket.over().await;
    if fault == Fault::DoesNotComeBack {
        return Some(());
    }
    let pause = if fault == Fault::ComesBackTooSoon { 20 } else { 1_500 };
    tokio::time::sleep(Duration::from_millis(pause)).await;
    let mut socket = Socket::dial(&porch, "Alice").await?;
    if fault == Fault::ComesBackTwice {
        let _second = Socket::dial(&porch, "Alice").await;
    }
    socket.hear("connected").await?;
    if fault != Fault::DoesNotRejoin {
        socket.say(join("kitchen")).await;
    }
    if fault == Fault::AnswersBeforeItIsAsked {
        socket.say(message("kitchen", "yes")).await;
    }
    socket.hear("message").await?;
    match fault {
        Fault::AnswersSomethingElse => socket.say(message("kitchen", "no")).await,
        Fault::AnswersBeforeItIsAsked => {}
        _ => socket.say(message("kitchen", "yes")).await,
    }
    match fault {
        Fault::LeavesWithoutAWord => drop(socket),
        Fault::LeavesWithAnError => socket.leave(4008).await,
        _ => socket.leave(1000).await,
    }
    Some(())
}

async fn sent_away(porch: Porch, defiance: Defiance) -> Option<()> {
    let mut socket = Socket::dial(&porch, "Alice").await?;
    socket.hear("connected").await?;
    for room in ["kitchen", "hall"] {
        socket.say(join(room)).await;
        socket.hear("joined").await?;
    }
    let last = socket.hear("message").await?;
    match defiance {
        // The Close has come by now, and is not read yet.
        Defiance::ReadsAfterTheClose => socket.say(json!({"type": "read", "id": last["id"]})).await,
        Defiance::LeaksARoom => socket.say(message("kitchen", "a secret")).await,
        Defiance::None | Defiance::IgnoresTheCode => {}
    }
    socket.over().await;
    if defiance == Defiance::IgnoresTheCode {
        Socket::dial(&porch, "Alice").await?.over().await;
    }
    Some(())
}

fn stays_away(defiance: Defiance, seed: u64) -> CheckVerdict {
    let scenario = Scenario::parse("away.seq", SENT_AWAY).unwrap().seed(seed);
    let mock = Mock::new(scenario).unwrap();
    mock.with(|porch| async move { sent_away(porch, defiance).await.unwrap_or(()) }).unwrap()
}

/// The first finding is this one, and its words are about the client.
fn is_found(verdict: &CheckVerdict, class: Class, line: u32) -> bool {
    let findings = &verdict.plays[0].outcome.findings;
    let order = verdict.plan.as_ref().unwrap().order();
    let found = findings.first().map(|it| (it.class, it.arrow.map_or(0, |arrow| order.arrow(arrow).line)));
    assert!(findings.iter().all(|it| it.what.contains("Alice")), "the words are about the client: {verdict}");
    verdict.verdict() == Verdict::Fail && found == Some((class, line))
}

fn play(fault: Fault, seed: u64) -> CheckVerdict {
    let scenario = Scenario::parse("back.seq", DIAGRAM).unwrap().seed(seed);
    let mock = Mock::new(scenario).unwrap();
    mock.with(|porch| async move { client(porch, fault).await.unwrap_or(()) }).unwrap()
}

#[test]
fn a_good_client_passes_two_hundred_times() {
    for seed in 0..200 {
        let verdict = play(Fault::None, seed);
        assert!(verdict.is_pass(), "{seed}: {verdict}");
        let away = stays_away(Defiance::None, seed);
        assert!(away.is_pass(), "{seed}: {away}");
    }
}

#[test]
fn every_faulty_client_is_found_at_its_line() {
    let mut wrong = Vec::new();
    for (fault, class, line) in FAULTS {
        let verdict = play(fault, 0);
        if !is_found(&verdict, class, line) {
            wrong.push(format!("{fault:?}: wanted {class:?} at {line}\n{verdict}"));
        }
    }
    for (defiance, class, line) in DEFIANCES {
        let verdict = stays_away(defiance, 0);
        if !is_found(&verdict, class, line) {
            wrong.push(format!("{defiance:?}: wanted {class:?} at {line}\n{verdict}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
