//! Messages that are requests, as MCP has them over HTTP: answers in bodies and in streams, a session that the server names, a
//! stream beside, and one that goes on where it broke off.

use crate::field::{Call, Field, Told, server};
use seqcheck::oracle::Class;
use seqcheck::run::launch::Speaks;
use seqcheck::run::{Listening, Listens};
use seqcheck::{Mock, Scenario, Target};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Longer than any machine needs; nothing that passes waits for it.
const LONG: Duration = Duration::from_secs(60);

/// How an answer comes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum As {
    /// A body.
    Body,
    /// An event stream of its own.
    Stream,
    /// An event stream that breaks off, and goes on where the client asks for the rest.
    TwoStreams,
    /// An event stream that ends without it.
    Nothing,
    /// Half an event.
    Half,
    /// What is no JSON.
    Page,
}

const EVENTS: (&str, &str) = ("content-type", "text/event-stream");
const JSON: (&str, &str) = ("content-type", "application/json");
const NAME: (&str, &str) = ("mcp-session-id", "s1");

fn event(message: &Value) -> String {
    format!("id: 2\ndata: {message}\n\n")
}

async fn answer(call: Call, how: As, message: Value) {
    let (kind, body) = match how {
        As::Body => (JSON, message.to_string()),
        As::Stream => (EVENTS, event(&message)),
        As::TwoStreams => {
            call.notes(|notes| *notes = json!({ "rest": event(&message) }));
            (EVENTS, "retry: 5\nid: 1\ndata:\n\n".to_owned())
        }
        As::Nothing => (EVENTS, ": wait\n\n".to_owned()),
        As::Half => (EVENTS, "data: {\"jsonrpc\"".to_owned()),
        As::Page => (("content-type", "text/html"), "<html>".to_owned()),
    };
    call.answer_with(200, &[kind, NAME], body.as_bytes()).await;
}

/// Knows one session, and insists on what MCP asks of a client. Its pings are answered like this.
fn serves(how: As) -> Field {
    server(move |call: Call| async move {
        let asked = call.json();
        let header = |name: &str| call.headers.get(name).cloned().unwrap_or_default();
        let result = |result: Value| json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result });
        if asked["method"] == "initialize" {
            assert_eq!(header("accept"), "application/json, text/event-stream");
            let info = json!({ "name": "s", "version": "1" });
            let told = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": info });
            let told = result(told);
            return answer(call, if how == As::Body { As::Body } else { As::Stream }, told).await;
        }
        if header("mcp-session-id") != "s1" {
            return call.answer_with(404, &[], b"no such session").await;
        }
        if header("mcp-protocol-version") != "2025-06-18" {
            return call.answer_with(400, &[], b"no version").await;
        }
        match (&*call.method, asked["method"].as_str()) {
            ("GET", _) if header("last-event-id") == "1" => {
                let rest = call.notes(|notes| notes["rest"].as_str().unwrap_or_default().to_owned());
                call.answer_with(200, &[EVENTS], rest.as_bytes()).await;
            }
            ("GET", _) => {
                if let Some(out) = call.events().await {
                    let told = json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" });
                    out.send(format!("data: {told}").as_str());
                    std::future::pending::<()>().await;
                }
            }
            ("DELETE", _) => {
                call.notes(|notes| *notes = json!({ "deleted": true }));
                call.answer_with(204, &[], b"").await;
            }
            // Answered where somebody has taken his leave.
            (_, Some("tools/list")) => match call.notes(|notes| notes["deleted"] == true) {
                true => answer(call, how, result(json!({ "tools": [] }))).await,
                false => call.answer_with(500, &[], b"nobody has gone").await,
            },
            (_, Some("ping")) => answer(call, how, result(json!({}))).await,
            _ => call.answer_with(202, &[], b"").await,
        }
    })
}

fn drawn(diagram: &str) -> Scenario {
    let text = format!("#@ binding mcp\nactor Ann\nactor Bob\nparticipant Server\n{diagram}");
    Scenario::parse("d.seq", &text).unwrap_or_else(|why| panic!("{why}"))
}

fn played(target: Target, timeout: Duration, diagram: &str) -> Told {
    Told::new(drawn(diagram).target(target).timeout(timeout).check().unwrap_or_else(|why| panic!("{why}")))
}

fn in_memory(how: As, diagram: &str) -> Told {
    played(serves(how).in_memory().over_http(), Duration::from_secs(5), diagram)
}

const PING: &str = "Ann->Server: ping\nServer->Ann: pong\n";

#[test]
fn an_answer_is_a_body_or_an_event_stream_or_two() {
    for how in [As::Body, As::Stream, As::TwoStreams] {
        in_memory(how, PING).passes();
        let listening = serves(how).listen();
        let target = Target::url(&listening.url().replacen("ws", "http", 1)).expect("an address");
        played(target, LONG, PING).passes();
    }
}

#[test]
fn what_a_server_says_of_its_own_accord_comes_on_a_stream_beside() {
    let told = "par\nServer->Ann: tools/list_changed\nand\nAnn->Server: ping\nServer->Ann: pong\nend\n";
    in_memory(As::Stream, told).passes();
    // Twice is not once.
    in_memory(As::Stream, &told.replace("par\n", "Server->Ann: tools/list_changed\npar\n")).fails(Class::Missing, 7);
}

#[test]
fn who_leaves_says_so_and_who_goes_away_does_not() {
    let diagram = |word: &str| {
        format!(
            "Ann->Server: ping\nServer->Ann: pong\nAnn->Server: {word}\n...1s...\nBob->Server: tools/list\nServer->Bob: list of tools\n"
        )
    };
    in_memory(As::Stream, &diagram("disconnect")).passes();
    // Whether the server has noticed that he has gone nobody can tell; that nobody told it is sure.
    in_memory(As::Stream, &diagram("go away")).doubts("I1").says("nobody has gone");
}

#[test]
fn a_session_that_a_server_does_not_know_is_refused() {
    let diagram = "Ann->Server: continue an unknown session\nAnn->Server: ping\nServer->Ann: HTTP 404\n";
    in_memory(As::Stream, diagram).passes();
    // Who was refused may begin anew.
    in_memory(As::Stream, &format!("{diagram}Ann->Server: connect\n{PING}")).passes();
    let taken = diagram.replace("HTTP 404", "pong");
    in_memory(As::Stream, &taken).fails(Class::Unexpected, 6).says("HTTP 404").says("no such session");
}

#[test]
fn an_answer_that_does_not_come_or_is_none_is_found() {
    for (how, class, line, words) in [
        (As::Nothing, Class::Missing, 6, "did not receive this"),
        (As::Half, Class::Closed, 5, "in an incomplete event"),
        (As::Page, Class::WrongPayload, 6, "not JSON"),
    ] {
        in_memory(how, PING).fails(class, line).says(words);
    }
}

#[test]
fn a_server_that_is_not_there_is_no_server_that_is_wrong() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let target = Target::url(&format!("http://{free}/mcp")).expect("an address");
    played(target, LONG, PING).errs("refused");
}

/// Of an address with `ws://` the messages are frames, whatever the binding knows.
#[test]
fn the_address_says_how_it_is_spoken_with() {
    let target = Target::url("ws://a:1").expect("an address");
    assert!(!target.is_http() && target.over_http().is_http());
    assert!(Target::url("https://a").expect("an address").is_http());
    let wrong = "[connect]\nposts = \"a b\"\n[[rule]]\nlabel = \"x\"\nclient = { x = 1 }\n";
    let why = Scenario::parse("d.seq", "Ann->S: WS connect\n").expect("a diagram").binding_text("b.toml", wrong);
    let why = why.expect_err("no name of a header").to_string();
    assert!(why.contains("`a b` is not the name of a header") && why.contains("mcp-session-id"), "{why}");
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":"a","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#;

/// A request as it is on the wire, and the whole answer.
fn ask(address: &str, method: &str, headers: &str, body: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(LONG)).expect("a socket");
    let length = body.len();
    let request = format!("{method} /mcp HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).expect("it is read");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn what_a_client_posts_is_told_and_what_is_none_is_refused() {
    let (tell, told) = std::sync::mpsc::channel::<String>();
    let listening = Listening {
        speaks: Speaks::Http,
        told: Some(Arc::new(move |all: &[Listens]| tell.send(all[0].url.clone()).expect("somebody waits"))),
        ..Listening::default()
    };
    let client = std::thread::spawn(move || {
        let url = told.recv().expect("it listens");
        let address = url.strip_prefix("http://").expect("an address of HTTP").to_owned();
        let refused = [
            ask(&address, "GET", "", ""),
            ask(&address, "POST", "mcp-session-id: nobody\r\n", "{}"),
            ask(&address, "DELETE", "mcp-session-id: nobody\r\n", ""),
        ];
        let begun = ask(&address, "POST", "", INITIALIZE);
        let name = begun.lines().find(|line| line.starts_with("mcp-session-id: ")).expect("a session");
        let put = ask(&address, "PUT", &format!("{name}\r\n"), "");
        // The last word: it ends the play, perhaps before it is answered.
        let mut stream = std::net::TcpStream::connect(&address).expect("somebody listens");
        let last = format!("POST / HTTP/1.1\r\n{name}\r\ncontent-length: 8\r\n\r\nnonsense");
        std::io::Write::write_all(&mut stream, last.as_bytes()).expect("it is read");
        let _ = std::io::Read::read(&mut stream, &mut [0; 64]);
        (refused, begun, put)
    });
    let mock = Mock::new(drawn(PING)).expect("a mock").prepare(listening).expect("a plan");
    let verdict = Told::new(mock.play());
    let (refused, begun, put) = client.join().expect("all is answered");
    assert!(refused[0].starts_with("HTTP/1.1 400 ") && refused[0].contains("mcp-session-id is missing"), "{refused:?}");
    assert!(refused[1..].iter().all(|it| it.starts_with("HTTP/1.1 404 ")), "{refused:?}");
    // A stream that ends behind the answer.
    assert!(begun.starts_with("HTTP/1.1 200 ") && begun.contains("content-type: text/event-stream"), "{begun}");
    assert!(begun.trim_end().lines().last().is_some_and(|line| line.starts_with("data: {")), "{begun}");
    assert!(put.starts_with("HTTP/1.1 405 "), "{put}");
    verdict.says("not JSON");
}
