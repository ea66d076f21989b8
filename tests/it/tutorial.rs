//! The tutorial of docs/bindings.md, step by step, with the snippets as they stand there, against a server that speaks what
//! it says.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::{CheckVerdict, Scenario, Target};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Everybody in the lobby, and how many messages there were.
#[derive(Default)]
struct Lobby {
    members: Vec<UnboundedSender<Value>>,
    said: u64,
}

impl Lobby {
    fn tell(&mut self, message: &Value) {
        self.members.retain(|member| member.send(message.clone()).is_ok());
    }
}

async fn serve(mut stream: DuplexStream, lobby: Arc<Mutex<Lobby>>) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap();
    let user = head.strip_prefix("GET /chat?user=").unwrap().split(' ').next().unwrap().to_lowercase();
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    let (own, mut messages) = unbounded_channel();
    own.send(json!({ "event": "tick" })).unwrap();
    loop {
        tokio::select! {
            biased;
            Some(message) = messages.recv() => {
                if socket.send(message.to_string().into()).await.is_err() {
                    return;
                }
            }
            incoming = socket.next() => {
                let Some(Ok(incoming)) = incoming else { return };
                let Ok(asked) = serde_json::from_str::<Value>(incoming.to_text().unwrap_or_default()) else { continue };
                let mut lobby = lobby.lock().unwrap();
                match asked["do"].as_str() {
                    Some("enter") => {
                        lobby.members.push(own.clone());
                        let at = "2026-01-31T08:15:00Z";
                        lobby.tell(&json!({ "event": "entered", "who": user, "room": asked["room"], "at": at }));
                    }
                    Some("say") => {
                        lobby.said += 1;
                        let no = lobby.said + 16;
                        lobby.tell(&json!({ "event": "said", "no": no, "who": user, "text": asked["text"] }));
                    }
                    Some("ping") => own.send(json!({ "event": "pong", "nonce": asked["nonce"] })).unwrap(),
                    _ => {}
                }
            }
        }
    }
}

/// The snippets of one language in the tutorial, in order.
fn snippets(language: &str) -> Vec<String> {
    let manual = include_str!("../../docs/bindings.md");
    let tutorial = manual.split("\n## ").find(|part| part.starts_with("From an empty file")).unwrap();
    let fence = format!("```{language}\n");
    tutorial.split(&fence).skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

fn check(diagram: &str, binding: &str) -> CheckVerdict {
    let target = Target::in_process(move || {
        let lobby = Arc::new(Mutex::new(Lobby::default()));
        move |stream: DuplexStream| serve(stream, lobby.clone())
    });
    let diagram = diagram.replace("#@ binding ./mine.toml\n", "");
    Scenario::parse("lobby.seq", &diagram)
        .and_then(|scenario| scenario.binding_text("mine.toml", binding))
        .and_then(|scenario| scenario.target(target).check())
        .unwrap()
}

fn classes(verdict: &CheckVerdict) -> Vec<Class> {
    verdict.plays[0].outcome.findings.iter().map(|finding| finding.class).collect()
}

#[test]
fn every_step_does_what_it_says() {
    let toml = snippets("toml");
    let [connect, client, server, lower, ignore, echo, opaque] = &toml[..] else {
        panic!("the tutorial has {} bindings: {toml:?}", toml.len())
    };
    let seq = snippets("seq");
    let [diagram, numbered] = &seq[..] else { panic!("the tutorial has {} diagrams: {seq:?}", seq.len()) };

    // 4. «If `Ann` turns out to be `ann` on the wire … the run fails and shows the difference at `who`.»
    let first = [connect, client, server].map(String::as_str).join("\n");
    let verdict = check(diagram, &(first.clone() + "\n" + ignore));
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    assert_eq!(classes(&verdict)[0], Class::WrongPayload, "{verdict}");
    assert!(verdict.to_string().contains("who"), "{verdict}");

    // … or give the rule the spelling that you prefer: the line of the manual, and the same for what is said.
    let as_written = server.lines().find(|line| line.contains("\"entered\"")).unwrap();
    let first =
        first.replace(as_written, lower.trim()).replace(r#"who = "{who}", text"#, r#"who = "{who|lower}", text"#);

    // 5. «The next finding may be a tick.»
    let verdict = check(diagram, &first);
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    assert!(classes(&verdict).contains(&Class::Unexpected) && verdict.to_string().contains("tick"), "{verdict}");
    let quiet = first + "\n" + ignore;
    assert!(check(diagram, &quiet).is_pass());

    // 6. «An echo.»
    let echoed = quiet.clone() + "\n" + echo;
    assert!(check(diagram, &echoed).is_pass());

    // 7. «Names for values that the server chooses»: the rule in place of the one without a number.
    let plain = format!("[[rule]]\n{}", server.split("[[rule]]\n").last().unwrap().trim_end());
    let plain = plain.replace(r#"who = "{who}", text"#, r#"who = "{who|lower}", text"#);
    assert!(echoed.contains(&plain), "{plain}\nin\n{echoed}");
    let named = echoed.replace(&plain, opaque);
    let head = diagram.split("Server->Ann: Ann says: hello\n").next().unwrap();
    let numbered =
        numbered.replace("Server->Ann: Ann says: again", "Ann->Server: say again\nServer->Ann: Ann says: again");
    let whole = format!("{head}{numbered}Server->Bob: Ann says: again (no=second)\nBob->Server: WS disconnect\n");
    let verdict = check(&whole, &named);
    assert!(verdict.is_pass(), "{verdict}\n{whole}");
    // «The second line fails if Bob's number differs from Ann's, and the third if the server uses a number twice.»
    let other =
        check(&whole.replace("Server->Bob: Ann says: hello (no=first)", "Server->Bob: Ann says: hello (no=x)"), &named);
    assert_eq!(other.verdict(), Verdict::Fail, "{other}");
}
