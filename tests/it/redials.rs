//! A client that dials where its connections are over: as long as somebody may still dial, it is found.

use crate::field::{Client, LAB, Net, ms, sockets};
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::listen::Porch;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::trace::{Event, Moment};
use seqcheck::wire::Observed;
use seqcheck::{Mock, Scenario};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Ann is sent away; Bob stays until he likes to go.
const AWAY: &str =
    "Ann->S: WS connect\nS->Ann: hi\nBob->S: WS connect\nS->Bob: hi\nAnn->S: go\nS->Ann: WS close 4001\n";

/// How long Bob stays, in virtual time: behind the window, and within the time that clients have to leave.
const STAYS: Duration = Duration::from_secs(4);

async fn dial(porch: &Porch, name: &str) -> Option<WebSocketStream<DuplexStream>> {
    Some(client_async(format!("ws://localhost/?n={name}"), porch.dial()).await.ok()?.0)
}

async fn over(mut socket: WebSocketStream<DuplexStream>) {
    while let Some(Ok(_)) = socket.next().await {}
}

/// Ann dials again so often, this long after she was sent away, and Bob leaves in the end.
async fn clients(porch: Porch, times: usize, later: Duration) {
    let mut ann = dial(&porch, "Ann").await.expect("Ann is drawn");
    let _hi = ann.next().await;
    let mut bob = dial(&porch, "Bob").await.expect("Bob is drawn");
    let _hi = bob.next().await;
    ann.send(Message::text(r#"{"t":"go"}"#)).await.expect("she is connected");
    over(ann).await;
    tokio::time::sleep(later).await;
    if later > WINDOW {
        // What is said then is recorded, and not judged.
        let _ = bob.send(Message::text(r#"{"t":"hm"}"#)).await;
    }
    for _ in 0..times {
        drop(dial(&porch, "Ann").await);
    }
    tokio::time::sleep(STAYS - later).await;
    let _ = bob.close(None).await;
    over(bob).await;
}

fn play(diagram: &str, times: usize, later: Duration) -> CheckVerdict {
    let scenario = Scenario::parse("a.seq", diagram).unwrap().binding_text("lab.toml", LAB).unwrap();
    Mock::new(scenario).unwrap().with(move |porch| clients(porch, times, later)).unwrap()
}

/// How long it is listened in virtual time.
const WINDOW: Duration = Duration::from_secs(1);

#[test]
fn who_dials_again_behind_the_window_is_found_while_somebody_is_there() {
    let later = WINDOW + ms(1_000);
    let stayed = play(AWAY, 0, later);
    assert!(stayed.is_pass(), "{stayed}");
    let verdict = play(AWAY, 1, later);
    let [finding] = &verdict.plays[0].outcome.findings[..] else { panic!("{verdict}") };
    assert_eq!((verdict.verdict(), finding.class), (Verdict::Fail, Class::Duplicate), "{verdict}");
    assert_eq!(finding.what, "Ann connected again after its connection had ended, but this connection is not drawn");
    assert!(finding.at >= Some(Moment::after(later)) && finding.consequences.is_empty(), "{verdict}");
    // The time of the record goes on, and what Bob said before stands beside it.
    let play = &verdict.plays[0];
    assert!(play.trace.is_sorted_by_key(|entry| entry.at), "{:?}", play.trace);
    let said = |observed: &Observed| matches!(observed, Observed::Message(message) if message.value["t"] == "hm");
    let judged = play.trace.iter().filter_map(|entry| entry.event.received()).any(|it| said(it.observed));
    assert!(!judged && format!("{:?}", play.asides).contains("hm"), "{:?}", play.asides);
    let frozen = play.trace.iter().position(|entry| entry.event == Event::Frozen).expect("it ends");
    assert!(frozen > finding.entry.expect("a dial"), "the dial is judged");
}

/// What may be drawn there was not judged as missing, and is not judged as too much.
#[test]
fn a_dial_that_may_come_is_none_too_many_when_it_comes_late() {
    let diagram = format!("{AWAY}opt\n  Ann->S: WS connect\n  S->Ann: hi\nend\n");
    let verdict = play(&diagram, 1, WINDOW + ms(1_000));
    assert!(verdict.is_pass(), "{verdict}");
}

#[test]
fn who_dials_again_and_again_is_one_finding_with_the_count() {
    for (times, told) in [(3, 2), (4, 2), (400, 2)] {
        for later in [ms(10), WINDOW + ms(1_000)] {
            let verdict = play(AWAY, times, later);
            let [finding] = &verdict.plays[0].outcome.findings[..] else { panic!("{verdict}") };
            assert_eq!((finding.class, finding.consequences.len()), (Class::Duplicate, told), "{verdict}");
            let count =
                format!("Ann connected {times} times before the verdict, but these connections are not drawn: /?n=Ann");
            assert_eq!(finding.what == count, times > 3, "{times}: {verdict}");
        }
    }
}

/// A program that is started to dial may do so as long as it runs.
#[cfg(unix)]
#[test]
fn a_command_that_dials_again_late_is_found() {
    const CLIENT: &str = r#"
import base64, os, socket, sys, time
port = int(sys.argv[1].rpartition(":")[2])
def dial():
    s = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    s.sendall(("GET /ws?name=Alice HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % key).encode())
    return s
first = dial()
while first.recv(4096):
    pass
if len(sys.argv) > 2:
    time.sleep(1)
    answer = dial().recv(4096)
    sys.exit(0 if answer.startswith(b"HTTP/1.1 409") else 1)
"#;
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("made");
    std::fs::write(folder.path().join("client.py"), CLIENT).expect("written");
    let diagram = "Alice->Server: WS connect\nServer->Alice: Connected\nServer->Alice: WS ended\n";
    std::fs::write(folder.path().join("a.seq"), diagram).expect("written");
    let mock = |more: &[&str]| {
        let client = folder.path().join("client.py").display().to_string();
        let words = ["mock", "a.seq", "--total", "1m", "--", "python3", &client, "{url}"];
        seqcheck(words).and(more.to_vec()).at(folder.path()).run()
    };
    let away = mock(&[]);
    assert_eq!(away.exit, Exit::Pass, "{away}");
    // Silence in the middle of a play is not the end of it: the command runs on until it is sent away.
    let may_speak =
        diagram.replace("Server->Alice: WS ended", "opt\n  Alice->Server: message: hi\nend\nServer->Alice: WS ended");
    std::fs::write(folder.path().join("a.seq"), may_speak).expect("written");
    let silent = mock(&[]);
    assert_eq!(silent.exit, Exit::Pass, "{silent}");
    std::fs::write(folder.path().join("a.seq"), diagram).expect("written");
    let back = mock(&["back"]);
    assert!(back.exit == Exit::Fail && back.out.contains("connected again after its connection had ended"), "{back}");
}

/// A Close of nobody in particular, a text behind it, both masked with nothing where a client says them.
fn behind_a_close(masked: bool) -> Vec<u8> {
    let text = br#"{"t":"late"}"#;
    let frame = |opcode: u8, body: &[u8]| {
        let (bit, mask) = if masked { (0x80, &[0; 4][..]) } else { (0, &[][..]) };
        [&[0x80 | opcode, bit | body.len() as u8], mask, body].concat()
    };
    [frame(8, &1000_u16.to_be_bytes()), frame(1, text)].concat()
}

/// Whoever has received a Close discards what comes behind it (RFC 6455, section 1.4): nobody could see it, of either side.
#[test]
fn what_is_said_behind_a_close_is_read_of_nobody() {
    let diagram = "Ann->S: WS connect\nS->Ann: hi\nAnn->S: WS disconnect\n";
    let scenario = Scenario::parse("a.seq", diagram).unwrap().binding_text("lab.toml", LAB).unwrap();
    let client = |porch: Porch| async move {
        let mut stream = porch.dial();
        let head = "GET /?n=Ann HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("room");
        let mut heard = Vec::new();
        while !heard.windows(2).any(|part| part == b"hi") {
            assert!(stream.read_buf(&mut heard).await.expect("a stream") > 0, "it greets");
        }
        stream.write_all(&behind_a_close(true)).await.expect("room");
        while stream.read_buf(&mut heard).await.is_ok_and(|read| read > 0) {}
    };
    let verdict = Mock::new(scenario).unwrap().with(client).unwrap();
    assert!(verdict.is_pass(), "{verdict}");
    let server = sockets(|mut client: Client| async move {
        client.send(json!({ "t": "hi" }));
        while let Some(said) = client.hear().await {
            client.send(said);
        }
        client.send(crate::field::Act::Part(behind_a_close(false)));
    });
    server.play(Net::Memory, diagram, LAB).passes();
}
