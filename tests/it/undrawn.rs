//! What nobody draws, asked of a lifeline that the tool plays: it is answered with the reason, and is a finding.

use crate::field::LAB;
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::listen::Porch;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::{Mock, Scenario};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

/// Not one request is drawn.
const TALK: &str = "Ann->S: WS connect\nS->Ann: hello\nAnn->S: go\nS->Ann: went\nAnn->S: WS disconnect\n";

fn served<C, F>(diagram: &str, binding: &str, client: C) -> CheckVerdict
where
    C: FnOnce(Porch) -> F + Send,
    F: Future<Output = ()>,
{
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = scenario.binding_text("b.toml", binding).unwrap_or_else(|why| panic!("{why}"));
    Mock::new(scenario).expect("roles").with(client).unwrap_or_else(|why| panic!("{why}"))
}

/// One request, and its whole answer.
async fn asked(porch: &Porch, request: &str) -> String {
    let mut stream = porch.dial();
    stream.write_all(request.as_bytes()).await.expect("room");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
}

/// A handshake.
fn dial(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: \
         13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// When a request is made beside a talk that goes as drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Before,
    Within,
    After,
}

/// The talk, this request beside it, and the answer to that.
fn beside(when: When, request: String) -> (String, CheckVerdict) {
    let (told, heard) = std::sync::mpsc::channel();
    let verdict = served(TALK, LAB, |porch| async move {
        let ask = async |now: When| {
            if now == when {
                let _ = told.send(asked(&porch, &request).await);
            }
        };
        ask(When::Before).await;
        // Once it has failed it is sent away.
        if let Ok((mut socket, _)) = client_async("ws://localhost/?n=Ann", porch.dial()).await {
            let _hello = socket.next().await;
            ask(When::Within).await;
            let _ = socket.send(Message::text(r#"{"t":"go"}"#)).await;
            let _went = socket.next().await;
            let _ = socket.close(None).await;
            while let Some(Ok(_)) = socket.next().await {}
        }
        if when == When::After {
            // Behind the window, while nobody is connected.
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        ask(When::After).await;
    });
    (heard.recv().expect("an answer"), verdict)
}

#[test]
fn a_request_that_no_arrow_draws_is_found_whenever_it_comes() {
    for (when, next) in [
        (When::Before, "the next drawn messages to this server: WS connect /?n=Ann of Ann (line 1)"),
        (When::Within, "the next drawn messages to this server: go of Ann (line 3)"),
        (When::After, "no message to this server is drawn next"),
    ] {
        let (answer, verdict) = beside(when, get("/x"));
        let [finding] = &verdict.plays[0].outcome.findings[..] else { panic!("{when:?}: {verdict}") };
        assert_eq!((verdict.verdict(), finding.class), (Verdict::Fail, Class::Unexpected), "{when:?}: {verdict}");
        assert_eq!(finding.what.split(',').next(), Some("Ann sent a request that is not drawn: GET /x"), "{verdict}");
        assert!(answer.starts_with("HTTP/1.1 409") && answer.contains("no arrow draws this request to S"), "{answer}");
        assert!(answer.contains(next) && answer.contains("(GET /x)"), "{when:?}: {answer}");
    }
}

/// Nobody but a browser has asked for these, and no page waits for them.
#[test]
fn what_a_browser_asks_on_its_own_is_no_finding() {
    let preflight = "OPTIONS /x HTTP/1.1\r\nHost: h\r\nOrigin: http://localhost\r\nConnection: close\r\n\
                     Access-Control-Request-Method: POST\r\n\r\n";
    for when in [When::Before, When::Within, When::After] {
        for (request, code) in [(get("/favicon.ico"), "404"), (preflight.to_owned(), "204")] {
            let (answer, verdict) = beside(when, request);
            // What comes too late is answered by nobody who would know.
            let late = when == When::After && answer.starts_with("HTTP/1.1 409");
            assert!(late || answer.starts_with(&format!("HTTP/1.1 {code}")), "{when:?}: {answer}");
            assert!(verdict.is_pass(), "{when:?}: {verdict}");
        }
    }
    // Where the icon is drawn it is a request as any other.
    let rules = "[[rule]]\nlabel = \"icon\"\non = \"http\"\nclient = { path = \"/favicon.ico\" }\n";
    let drawn = served("Ann->S: icon\n", &format!("{rules}{LAB}"), |porch| async move {
        let answer = asked(&porch, &get("/favicon.ico")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    });
    assert!(drawn.is_pass(), "{drawn}");
}

/// Of several clients nothing tells whose it is, which the report says.
#[test]
fn a_request_of_nobody_is_said_to_be_one() {
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nS->Bob: hello\n";
    let verdict = served(diagram, LAB, |porch| async move {
        let _ = asked(&porch, &get("/x")).await;
    });
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    let note = "GET /x fits no drawn client; the report shows it as a message of Ann";
    assert!(verdict.to_string().contains(note), "{verdict}");
}

/// The answer names what is wrong, and nobody whom it does not know.
#[test]
fn an_answer_says_what_was_expected_and_of_whom() {
    let answers = |diagram: &str, requests: Vec<String>| {
        let (told, heard) = std::sync::mpsc::channel();
        let verdict = served(diagram, LAB, |porch| async move {
            for request in requests {
                let _ = told.send(asked(&porch, &request).await);
            }
        });
        assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
        heard.into_iter().collect::<Vec<_>>()
    };
    let stranger = answers(TALK, vec![dial("/?n=Eve"), dial("/?n=Ann")]);
    let [first, second] = &stranger[..] else { panic!("{stranger:?}") };
    assert!(first.contains("no arrow draws a connection to S with this request; the next drawn"), "{first}");
    assert!(first.contains("WS connect /?n=Ann of Ann (line 1) (GET /?n=Eve)"), "{first}");
    // What is drawn is not said to be none.
    assert!(second.contains("the play has failed before this") && !second.contains("no arrow"), "{second}");

    let diagram = "Ann->S: WS connect\nS->Ann: WS close 4000\n...1s...\nAnn->S: WS connect\n";
    let (told, heard) = std::sync::mpsc::channel();
    let early = served(diagram, LAB, |porch| async move {
        let (mut socket, _) = client_async("ws://localhost/?n=Ann", porch.dial()).await.expect("a handshake");
        while let Some(Ok(_)) = socket.next().await {}
        let _ = told.send(asked(&porch, &dial("/?n=Ann")).await);
    });
    let answer = heard.recv().expect("an answer");
    assert_eq!(early.plays[0].outcome.findings[0].class, Class::Early, "{early}");
    assert!(answer.contains("Ann is too early: this is drawn at line 4, and its time has not come"), "{answer}");

    let rules = "[[rule]]\nlabel = \"order {item}\"\non = \"http\"\n\
                 client = { method = \"POST\", path = \"/orders\", json = { item = \"{item}\" } }\n";
    let (told, heard) = std::sync::mpsc::channel();
    let other = served("Ann->S: order tea\n", &format!("{rules}{LAB}"), |porch| async move {
        let request = "POST /orders HTTP/1.1\r\nHost: h\r\nContent-Length: 15\r\n\r\n{\"item\":\"cake\"}";
        let _ = told.send(asked(&porch, request).await);
    });
    let answer = heard.recv().expect("an answer");
    assert_eq!(other.verdict(), Verdict::Fail, "{other}");
    assert!(answer.contains("POST /orders of Ann (line 1: order tea) (POST /orders)"), "{answer}");
}

/// Each of several lifelines that listen, and over each way of asking.
#[cfg(unix)]
#[test]
fn whoever_listens_finds_what_is_not_drawn_there() {
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    const CLIENT: &str = r#"
import socket, sys
host, _, port = sys.argv[1].rpartition("/")[2].rpartition(":")
with socket.create_connection((host, port)) as stream:
    stream.sendall(("GET /x HTTP/1.1\r\nHost: h\r\nAccept: %s\r\nConnection: close\r\n\r\n" % sys.argv[2]).encode())
    while stream.recv(4096):
        pass
"#;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("client.py"), CLIENT).expect("written");
    std::fs::write(folder.path().join("lab.toml"), LAB).expect("written");
    let diagram = "Ann->Login: WS connect\nLogin->Ann: ticket\nAnn->Chat: WS connect\nChat->Ann: welcome\n";
    std::fs::write(folder.path().join("d.seq"), diagram).expect("written");
    let client = folder.path().join("client.py").display().to_string();
    for url in ["{url.Login}", "{url.Chat}"] {
        for accept in ["*/*", "text/event-stream"] {
            let words = ["mock", "d.seq", "--binding", "./lab.toml", "--", "python3", &client, url, accept];
            let told = seqcheck(words).at(folder.path()).run();
            assert_eq!(told.exit, Exit::Fail, "{told}");
            assert!(told.out.contains("Ann sent a request that is not drawn: GET /x"), "{told}");
            assert!(told.out.contains("+ Ann -> ") && told.out.contains(": GET /x"), "{told}");
        }
    }
}

/// A client in this process may dial as long as it holds the porch, however long it is away.
#[test]
fn a_client_in_this_process_that_dials_late_is_found() {
    let away = |again: bool| {
        served("Ann->S: WS connect\nS->Ann: WS close 4001\n", LAB, |porch| async move {
            let (mut socket, _) = client_async("ws://localhost/?n=Ann", porch.dial()).await.expect("a handshake");
            while let Some(Ok(_)) = socket.next().await {}
            tokio::time::sleep(Duration::from_secs(20)).await;
            if again {
                let answer = asked(&porch, &dial("/?n=Ann")).await;
                assert!(answer.starts_with("HTTP/1.1 409"), "{answer}");
            }
        })
    };
    let stays = away(false);
    assert!(stays.is_pass(), "{stays}");
    let back = away(true);
    let what = "Ann connected again after its connection had ended, but this connection is not drawn";
    assert_eq!(back.plays[0].outcome.findings.first().map(|it| &*it.what), Some(what), "{back}");
}

/// A second connection that the diagram refuses takes nothing from the first.
#[test]
fn a_refused_second_connection_leaves_the_first_as_it_is() {
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    let diagram =
        "Ann->S: WS connect\nS->Ann: hello\nAnn->S: WS connect\nS-->Ann: HTTP 409\nAnn->S: go\nS->Ann: went\n";
    let play = |goes_on: bool| {
        served(diagram, LAB, |porch| async move {
            let (mut socket, _) = client_async("ws://localhost/?n=Ann", porch.dial()).await.expect("a handshake");
            let _hello = socket.next().await;
            let answer = asked(&porch, &dial("/?n=Ann")).await;
            assert!(answer.starts_with("HTTP/1.1 409"), "{answer}");
            if goes_on {
                let _ = socket.send(Message::text(r#"{"t":"go"}"#)).await;
                let _went = socket.next().await;
            }
            let _ = socket.close(None).await;
            while let Some(Ok(_)) = socket.next().await {}
        })
    };
    let well = play(true);
    assert!(well.is_pass(), "{well}");
    assert_eq!(play(false).verdict(), Verdict::Fail);
    // Nor does it keep a run of the mock from its start; a client of the tool leaves its first connection behind.
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("d.seq"), diagram).expect("written");
    std::fs::write(folder.path().join("lab.toml"), LAB).expect("written");
    let served = seqcheck(["mock", "d.seq", "--binding", "./lab.toml", "--wait", "1ms"]).at(folder.path()).run();
    assert!(served.exit == Exit::Error && served.out.contains("no client has connected"), "{served}");
    let dialled = seqcheck(["d.seq", "--binding", "./lab.toml"]).at(folder.path()).run();
    assert!(dialled.exit == Exit::Usage && dialled.err.contains("SQ111"), "{dialled}");
}
