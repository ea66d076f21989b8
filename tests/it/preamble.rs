//! What a binding does beside the drawn arrows: a login before the handshake, a preamble behind it, keep-alives in both
//! directions, noise, acknowledgements, arrows of several frames.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::oracle::Verdict;
use seqcheck::trace::{Aside, Content, Purpose};
use seqcheck::wire::Observed;
use seqcheck::{Scenario, Target};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

const BINDING: &str = r#"
name = "lab"

[connect]
url     = "{target}/socket"
headers = { authorization = "Bearer {token}" }
before  = [
  { http = { method = "POST", url = "{target.http}/login", json = { user = "{self}" } }, status = 200, json = { token = "{token}" } },
]
after   = [
  { receive = { hello = "{session}" } }, { send = { hi = "{session}" } }, { receive = { ready = true } },
]

[[auto]]
receive = { ping = "{n}" }
send    = { pong = "{n}" }

[[every]]
interval = "20s"
send     = { keep = true }

[[ignore]]
frame = { type = "noise" }

# Ignored wherever no exchange waits for it.
[[ignore]]
frame = { hello = "{_}" }

[[rule]]
label  = "ask {what}"
client = { ask = "{what}" }
reply  = { ack = "{what}" }

[[rule]]
label = "trade {what}"
steps = [ { send = { offer = "{what}" } }, { receive = { price = "{price}" } }, { send = { pay = "{price}" } }, { receive = { sold = "{what}" } } ]

[[rule]]
label  = "answer {what}"
server = { answer = "{what}" }

[[rule]]
label  = "kept {n:int}"
server = { kept = "{n}" }
"#;

/// Serves the login, and the socket to who has logged in. `ack` is how often each question is acknowledged.
async fn serve(mut stream: DuplexStream, ack: usize) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap();
    if head.starts_with("POST /login ") {
        let mut body = [0; 14];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, br#"{"user":"Ann"}"#);
        let answer = b"HTTP/1.1 200 OK\r\nset-cookie: sid=s-7; Path=/; HttpOnly\r\ncontent-length: 15\r\n\r\n{\"token\":\"t-1\"}";
        stream.write_all(answer).await.unwrap();
        return;
    }
    assert!(head.contains("authorization: Bearer t-1\r\n"), "{head}");
    assert!(head.contains("cookie: sid=s-7\r\n"), "{head}");
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    socket.send(json!({ "hello": "s-1" }).to_string().into()).await.unwrap();
    let mut kept = 0;
    while let Some(Ok(message)) = socket.next().await {
        let Ok(text) = message.to_text() else { continue };
        let Ok(message) = serde_json::from_str::<Value>(text) else { continue };
        let mut answers = Vec::new();
        if message == json!({ "hi": "s-1" }) {
            answers.extend([json!({ "type": "noise" }), json!({ "ready": true }), json!({ "ping": 7 })]);
        } else if let Some(what) = message.get("ask") {
            answers.push(json!({ "answer": what }));
            answers.extend(vec![json!({ "ack": what }); ack]);
        } else if message.get("offer").is_some() {
            answers.push(json!({ "price": 3 }));
        } else if message == json!({ "pay": 3 }) {
            answers.push(json!({ "sold": "a cup" }));
        } else if message == json!({ "keep": true }) {
            kept += 1;
            answers.extend((kept == 2).then(|| json!({ "kept": kept })));
        } else {
            assert_eq!(message, json!({ "pong": 7 }));
        }
        for answer in answers {
            socket.send(answer.to_string().into()).await.unwrap();
        }
    }
}

fn check(diagram: &str, ack: usize) -> seqcheck::CheckVerdict {
    let target = Target::in_process(move || move |stream: DuplexStream| serve(stream, ack));
    Scenario::parse("lab.seq", diagram)
        .and_then(|scenario| scenario.binding_text("lab.toml", BINDING))
        .and_then(|scenario| scenario.target(target).check())
        .unwrap()
}

#[test]
fn all_of_it_passes_without_being_drawn() {
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: ask one\nLab->Ann: answer one\nAnn->Lab: trade a cup\n\n\
                   ...40s...\nLab->Ann: kept 2\nAnn->Lab: WS disconnect\n";
    let verdict = check(diagram, 1);
    assert!(verdict.is_pass(), "{verdict}");
}

/// Everything that passes is recorded, in order, with what it is for, whether a diagram draws it or not.
#[test]
fn what_passes_beside_the_drawn_arrows_is_recorded_and_marked() {
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: ask one\nLab->Ann: answer one\nAnn->Lab: trade a cup\n\n\
                   ...40s...\nLab->Ann: kept 2\nAnn->Lab: WS disconnect\n";
    let verdict = check(diagram, 1);
    let play = &verdict.plays[0];
    let shown = |aside: &Aside| {
        let what = match &aside.content {
            Content::Head(head, body) => {
                let body = body.as_ref().map_or_else(String::new, |body| format!(" {body}"));
                format!("{}{body}", head.line)
            }
            Content::Frame(raw) => raw.to_string(),
            Content::Observed(Observed::Message(message)) => message.raw.to_string(),
            Content::Observed(Observed::Status { code, body, .. }) => format!("{code} {body}"),
            other => panic!("{other:?}"),
        };
        format!("{} {} {what}", if aside.sent { '>' } else { '<' }, aside.purpose.word())
    };
    let all: Vec<String> = play.asides.iter().map(shown).collect();
    let wanted = [
        r#"> before POST /login HTTP/1.1 {"user":"Ann"}"#,
        "< before HTTP/1.1 200 OK",
        r#"< before 200 {"token":"t-1"}"#,
        "> handshake GET /socket HTTP/1.1",
        "< handshake HTTP/1.1 101 Switching Protocols",
        r#"< preamble {"hello":"s-1"}"#,
        r#"> preamble {"hi":"s-1"}"#,
        r#"< ignored {"type":"noise"}"#,
        r#"< preamble {"ready":true}"#,
        r#"< answer {"ping":7}"#,
        r#"> answer {"pong":7}"#,
        r#"< reply {"ack":"one"}"#,
        r#"< step {"price":3}"#,
        r#"> step {"pay":3}"#,
        r#"< step {"sold":"a cup"}"#,
        r#"> keep-alive {"keep":true}"#,
        r#"> keep-alive {"keep":true}"#,
    ];
    assert_eq!(all[..wanted.len().min(all.len())], wanted, "{all:#?}");
    assert!(all[wanted.len()..].iter().all(|rest| rest.starts_with("> keep-alive")), "{all:#?}");
    let fields = play.asides.iter().find_map(|aside| match &aside.content {
        Content::Head(head, _) if aside.purpose == Purpose::Handshake && aside.sent => Some(&head.fields),
        _ => None,
    });
    let fields = fields.expect("a handshake was made");
    assert!(fields.iter().any(|(name, value)| name == "cookie" && value == "sid=s-7"), "{fields:?}");
    // The same words every time: the key of a handshake is not among them.
    assert_eq!(play.asides, check(diagram, 1).plays[0].asides);
}

#[test]
fn an_acknowledgement_must_come_once() {
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: ask one\nLab->Ann: answer one\n";
    let never = check(diagram, 0);
    assert_eq!(never.verdict(), Verdict::Fail, "{never}");
    let twice = check(diagram, 2);
    assert_eq!(twice.verdict(), Verdict::Fail, "{twice}");
    assert!(check(diagram, 1).is_pass());
}

/// A name's first use in a send stands for what the client received last: here in the preamble, which is in no arrow.
const LEARNED: &str = r#"
name = "learned"

[connect]
after = [{ receive = { hello = "{session}" } }]

[[setup]]
http   = { method = "POST", path = "/setup" }
status = 200
json   = { key = "{key}" }

[[rule]]
label  = "resume {session} of {key}"
client = { session = "{session}", key = "{key}" }
opaque = ["session", "key"]

[[rule]]
label  = "resumed {session} of {key}"
server = { resumed = "{session}", key = "{key}" }
opaque = ["session", "key"]
"#;

async fn resume(mut stream: DuplexStream, wrong: bool) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap();
    if head.starts_with("POST /setup ") {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"key\":\"k-7\"}").await.unwrap();
        return;
    }
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    socket.send(json!({ "hello": "s-1" }).to_string().into()).await.unwrap();
    while let Some(Ok(message)) = socket.next().await {
        let Ok(text) = message.to_text() else { continue };
        if text == r#"{"session":"s-1","key":"k-7"}"# {
            let session = if wrong { "s-2" } else { "s-1" };
            socket.send(json!({ "resumed": session, "key": "k-7" }).to_string().into()).await.unwrap();
        }
    }
}

#[test]
fn what_a_login_gave_is_in_the_trace_and_judging_it_again_says_the_same() {
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: resume s of k\nLab->Ann: resumed s of k\n";
    for wrong in [false, true] {
        let target = Target::in_process(move || move |stream: DuplexStream| resume(stream, wrong));
        let prepared = Scenario::parse("lab.seq", diagram)
            .and_then(|scenario| scenario.binding_text("learned.toml", LEARNED))
            .and_then(|scenario| scenario.target(target).prepare())
            .unwrap();
        let verdict = prepared.play();
        let expected = if wrong { Verdict::Fail } else { Verdict::Pass };
        assert_eq!(verdict.verdict(), expected, "{verdict}");
        for play in &verdict.plays {
            let file = seqcheck::trace::file::write(&play.header, &play.trace);
            assert!(file.contains("\"hole\":\"session\"") && file.contains("k-7"), "{file}");
            let (header, entries) = seqcheck::trace::file::read(&file).unwrap();
            let judged = prepared.judge(&header, &entries).unwrap();
            assert_eq!(judged.verdict(), expected, "{judged}");
        }
    }
}
