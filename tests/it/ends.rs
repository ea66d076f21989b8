//! A connection that the server ends is an observation like any other.

use crate::field::{Call, Client, EVENTS, End, Field, LAB, Net, Told, ms, server, sockets, without_echo};
use seqcheck::oracle::Class;
use seqcheck::trace::Event;
use seqcheck::wire::Observed;
use seqcheck::{Scenario, Target};
use serde_json::json;
use std::sync::mpsc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Every way to end a connection; a pipe in memory knows no reset.
const ENDS: [End; 6] = [End::Close(1011, "oops"), End::Bare, End::Reset, End::Fin, End::HalfClose, End::Torn];

/// When, seen from the last drawn arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Before,
    At,
    After,
}

const WHENS: [When; 3] = [When::Before, When::At, When::After];

/// Answers `go` with `a` and ends the connection before, at once or 100 ms later.
fn ending_socket(end: End, when: When) -> Field {
    sockets(move |mut client: Client| {
        let end = end.clone();
        async move {
            while client.hear().await.is_some() {
                if when != When::Before {
                    client.send(json!({ "t": "a" }));
                }
                client.after(if when == When::After { ms(100) } else { ms(0) }, end.clone());
            }
        }
    })
}

const SOCKET: &str = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";

const STREAM: &str = "Ann->S: listen\nS->Ann: event a\n";

fn ending_stream(end: End, when: When) -> Field {
    server(move |call: Call| {
        let end = end.clone();
        async move {
            let Some(out) = call.events().await else { return };
            if when != When::Before {
                out.send("data: {\"x\":\"a\"}");
            }
            out.after(if when == When::After { ms(100) } else { ms(0) }, end);
        }
    })
}

fn nets(end: &End) -> &'static [Net] {
    if *end == End::Reset { &[Net::Tcp] } else { &[Net::Tcp, Net::Memory, Net::AsTcp] }
}

#[test]
fn every_end_that_nobody_drew_is_found() {
    std::thread::scope(|scope| {
        for end in ENDS {
            for when in WHENS {
                for net in nets(&end) {
                    let end = end.clone();
                    scope.spawn(move || {
                        // On a busy machine the server of a real connection may be late with what it does 100 ms later.
                        let patient = if when == When::After && *net == Net::Tcp { "#@ settle 3s\n" } else { "" };
                        let told = ending_socket(end.clone(), when).play(*net, &format!("{patient}{SOCKET}"), LAB);
                        assert_eq!(told.class, Some(Class::Closed), "{end:?} {when:?} {net:?} of a socket: {told}");
                        let told = ending_stream(end.clone(), when).play(*net, &format!("{patient}{STREAM}"), EVENTS);
                        assert_eq!(told.class, Some(Class::Closed), "{end:?} {when:?} {net:?} of a stream: {told}");
                    });
                }
            }
        }
    });
}

/// The code, the reason and what came before it are told, and what would allow it.
#[test]
fn an_end_says_how_and_after_what() {
    let told = ending_socket(End::Close(1011, "oops"), When::After).play(Net::Memory, SOCKET, LAB);
    told.fails(Class::Closed, 2).says("the server closed Ann's connection with code 1011: oops");
    assert_eq!(
        told.all.plays[0].outcome.findings[0].allow.as_deref(),
        Some("#@ ignore Ann: WS close {code}"),
        "{told}"
    );
    ending_socket(End::Bare, When::At).play(Net::Memory, SOCKET, LAB).says("without a code");
    ending_socket(End::Fin, When::At).play(Net::Memory, SOCKET, LAB).says("without Close: end of stream");
    ending_stream(End::Close(1000, ""), When::At).play(Net::Memory, STREAM, EVENTS).says("ended Ann's event stream");
}

/// A code that must not be sent (RFC 6455, section 7.4) is told as it came, and not as what the client answers to it.
#[test]
fn a_close_with_a_code_that_must_not_be_sent_is_told_as_it_came() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
        for net in [Net::Memory, Net::Tcp] {
            let told = ending_socket(End::Close(code, "odd"), When::After).play(net, SOCKET, LAB);
            told.fails(Class::Closed, 2).says(&format!("with code {code}: odd"));
        }
    }
    ending_socket(End::Close(1002, "Protocol violation"), When::After)
        .play(Net::Memory, SOCKET, LAB)
        .says("with code 1002: Protocol violation");
}

/// Whoever asks for an event stream and gets another body hears why nothing comes.
#[test]
fn an_answer_that_is_no_event_stream_is_told_as_that() {
    let plain = server(|call: Call| call.answer_with(200, &[("content-type", "text/plain")], b"data: {}"));
    let told = plain.play(Net::Memory, STREAM, EVENTS);
    told.fails(Class::Missing, 2).says("Ann requested an event stream, but the answer was 200 as text/plain");
}

fn ignoring(close: &str) -> String {
    format!("{LAB}\n[[ignore]]\nclose = {close}\n")
}

/// Nobody is blamed for an end that is drawn, or that diagram or binding say is no event.
#[test]
fn legitimate_ends_are_none() {
    let play = |end: &End, diagram: &str, binding: &str| -> Told {
        ending_socket(end.clone(), When::After).play(Net::Memory, diagram, binding)
    };
    let close = End::Close(1011, "oops");
    play(&close, &format!("{SOCKET}S->Ann: WS close 1011\n"), LAB).passes();
    play(&close, &format!("#@ ignore WS close 1011\n{SOCKET}"), LAB).passes();
    play(&close, &format!("#@ ignore WS close *\n{SOCKET}"), LAB).passes();
    play(&close, &format!("#@ ignore Bob: WS close 1011\nparticipant Bob\n{SOCKET}"), LAB).fails(Class::Closed, 4);
    // Frames are left out by `*`, ends are not: who wants that says so.
    play(&close, &format!("#@ ignore *\n{SOCKET}"), LAB).fails(Class::Closed, 3);
    for close_of in ["1011", "[1001, 1011]", "\"any\""] {
        play(&close, SOCKET, &ignoring(close_of)).passes();
    }
    for close_of in ["1001", "[1000, 1001]", "\"none\"", "\"stream\""] {
        play(&close, SOCKET, &ignoring(close_of)).fails(Class::Closed, 2);
    }
    for end in [End::Bare, End::Fin, End::HalfClose] {
        play(&end, SOCKET, &ignoring("\"none\"")).passes();
        play(&end, SOCKET, &ignoring("\"any\"")).passes();
        play(&end, SOCKET, &ignoring("1011")).fails(Class::Closed, 2);
        play(&end, &format!("{SOCKET}S->Ann: WS closed\n"), LAB).passes();
        let stream = ending_stream(end.clone(), When::At);
        stream.play(Net::Memory, STREAM, &format!("{EVENTS}\n[[ignore]]\nclose = \"stream\"\n")).passes();
        stream.play(Net::Memory, &format!("#@ ignore SSE closed\n{STREAM}"), EVENTS).passes();
        stream.play(Net::Memory, &format!("{STREAM}S->Ann: SSE closed\n"), EVENTS).passes();
        stream.play(Net::Memory, STREAM, &format!("{EVENTS}\n[[ignore]]\nclose = \"any\"\n")).fails(Class::Closed, 1);
    }
}

#[test]
fn what_is_no_end_of_a_connection_is_refused() {
    let scenario = || Scenario::parse("d.seq", SOCKET).unwrap();
    for (close, words) in [("999", "not a code of a Close"), ("\"sometimes\"", "`any`"), ("true", "string")] {
        let problem = scenario().binding_text("b.toml", &ignoring(close)).map(drop).unwrap_err().to_string();
        assert!(problem.contains(words), "{problem}");
    }
}

/// Whoever draws an end, or has the diagram or the binding say that it is no event, hears nothing of it: whatever it looks
/// like, whenever it comes and whatever carries it, as long as it cuts no message.
#[test]
fn an_end_that_is_drawn_or_ignored_is_none() {
    // How the diagram and the binding speak of it.
    let words = |end: &End| match end {
        End::Close(code, _) => (format!("WS close {code}"), code.to_string()),
        End::Bare | End::Reset | End::Fin | End::HalfClose | End::Torn => {
            ("WS closed".to_owned(), "\"none\"".to_owned())
        }
    };
    let ignoring = |binding: &str, close: &str| format!("{binding}\n[[ignore]]\nclose = {close}\n");
    std::thread::scope(|scope| {
        for end in ENDS.into_iter().filter(|end| *end != End::Torn) {
            for when in [When::At, When::After] {
                for net in nets(&end) {
                    let (label, close) = words(&end);
                    let end = end.clone();
                    scope.spawn(move || {
                        let socket = ending_socket(end.clone(), when);
                        let socket = |diagram: &str, binding: &str| {
                            socket.play(*net, diagram, binding).passes();
                        };
                        socket(&format!("{SOCKET}S->Ann: {label}\n"), LAB);
                        socket(&format!("#@ ignore {label}\n{SOCKET}"), LAB);
                        socket(SOCKET, &ignoring(LAB, &close));
                        let stream = ending_stream(end, when);
                        let stream = |diagram: &str, binding: &str| {
                            stream.play(*net, diagram, binding).passes();
                        };
                        stream(&format!("{STREAM}S->Ann: SSE closed\n"), EVENTS);
                        stream(&format!("#@ ignore SSE closed\n{STREAM}"), EVENTS);
                        stream(STREAM, &ignoring(EVENTS, "\"stream\""));
                    });
                }
            }
        }
    });
}

/// Whether the client left before the stream ended.
fn left_first(told: &Told) -> bool {
    let trace = &told.all.plays[0].trace;
    let place = |is: fn(&Event) -> bool| trace.iter().position(|entry| is(&entry.event));
    let left = place(|event| matches!(event, Event::Sent { label, .. } if &**label == "SSE drop"));
    let ended = place(|event| event.received().is_some_and(|it| matches!(it.observed, Observed::End { .. })));
    left.is_some_and(|left| ended.is_none_or(|ended| left < ended))
}

/// A listener that leaves is no finding, whatever the server does then.
#[test]
fn the_end_of_a_stream_that_a_client_left_is_none() {
    for end in ENDS {
        let stream = ending_stream(end.clone(), When::After);
        for net in nets(&end) {
            // A machine that is busy may let the end come first.
            let mut plays = (0..50).map(|_| stream.play(*net, &format!("{STREAM}Ann->S: SSE drop\n"), EVENTS));
            plays.find(left_first).expect("some client leaves in time").passes();
        }
    }
}

/// A client that ends its connection itself is answered with an end, whatever it looks like.
#[test]
fn the_end_that_a_client_began_is_none() {
    for end in ENDS {
        let script = end.clone();
        let lab = sockets(move |mut client: Client| {
            let end = script.clone();
            async move {
                while client.hear().await.is_some() {}
                client.send(end);
            }
        });
        for leave in ["WS disconnect", "WS drop"] {
            for net in nets(&end) {
                lab.play(*net, &format!("Ann->S: WS connect\nAnn->S: {leave}\n"), LAB).passes();
            }
        }
    }
}

/// A client that goes when it has its last message does not excuse a Close that came with that message.
#[test]
fn an_end_that_came_before_a_client_went_is_found() {
    let server = sockets(|mut client: Client| async move {
        while client.hear().await.is_some() {
            client.send(json!({ "t": "a" }));
            client.send(End::Close(1011, "oops"));
        }
    });
    let told = |net| server.play(net, "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\nAnn->S: WS disconnect\n", LAB);
    // As if over TCP, where the two may be read apart.
    for net in [Net::Memory, Net::AsTcp] {
        told(net).fails(Class::Closed, 2).says("1011");
    }
}

/// What comes just behind the last message of a client is found, although the client goes when it has that: it is listened a
/// moment longer. What comes later is not, since then it may have been sent when the client had gone.
#[test]
fn what_came_before_a_client_went_is_found() {
    let server = |later: u64| {
        sockets(move |mut client: Client| async move {
            while client.hear().await.is_some() {
                client.send(json!({ "t": "a" }));
                client.after(ms(later), json!({ "t": "a" }));
            }
        })
    };
    for leave in ["WS drop", "WS disconnect"] {
        let diagram = format!("{SOCKET}Ann->S: {leave}\n");
        for later in [0, 1, 4] {
            server(later).play(Net::AsTcp, &diagram, LAB).fails(Class::Duplicate, 3);
        }
        server(0).play(Net::Memory, &diagram, LAB).fails(Class::Duplicate, 3);
        server(500).play(Net::AsTcp, &diagram, LAB).passes();
    }
}

/// Between its Close and the answer a client may still be told what was on its way, and not what nobody drew; with which
/// code a server answers is its own matter.
#[test]
fn what_comes_before_the_answer_to_a_close_is_judged() {
    const A: &[u8] = b"\x81\x09{\"t\":\"a\"}";
    const X: &[u8] = b"\x81\x09{\"t\":\"x\"}";
    let server = |last: &'static [u8]| {
        server(move |call: Call| async move {
            let Some((mut stream, _)) = call.switch("").await else { return };
            let mut said = [0; 512];
            // `go`, then the Close.
            for answer in [A, last, b"\x88\x05\x0f\xa0bye"] {
                if answer != &b"\x88\x05\x0f\xa0bye"[..] && !matches!(stream.read(&mut said).await, Ok(1..)) {
                    return;
                }
                let _ = stream.write_all(answer).await;
            }
        })
    };
    let diagram = format!("{SOCKET}Ann->S: WS disconnect\n");
    for net in [Net::Memory, Net::AsTcp, Net::Tcp] {
        let play = |last| server(last).play(net, &diagram, &without_echo(LAB));
        play(b"").passes();
        play(b"\x89\x00").passes();
        play(A).fails(Class::Duplicate, 3);
        play(X).fails(Class::Unexpected, 4);
    }
}

/// The same on an event stream: it had ended when its client left.
#[test]
fn a_stream_that_ended_before_a_client_left_it_is_found() {
    let told = ending_stream(End::Bare, When::At).play(Net::Memory, &format!("{STREAM}Ann->S: SSE drop\n"), EVENTS);
    told.fails(Class::Closed, 1);
}

/// Thrown out for a binary message; the other client goes on.
#[test]
fn a_client_that_is_thrown_out_fails_although_the_play_goes_on_without_it() {
    let diagram = "Ann->Server: WS connect\nServer-->Ann: Connected\nBen->Server: WS connect\nServer-->Ben: Connected\n\
                   Ann->Server: raw binary 00ff\nServer->Ben: user:ann left\nBen->Server: direct to Ben: on\n\
                   Server->Ben: direct from Ben: on\n";
    let verdict = Scenario::parse("kicked.seq", diagram).unwrap().check().unwrap();
    let told = Told::new(verdict);
    told.fails(Class::Closed, 5).says("1003");
}

/// What a server process is that ends in the middle of a play: this very test, started as one.
#[test]
fn a_server_process_that_dies() {
    const PORT: &str = "SEQCHECK_DYING_PORT";
    if let Some(port) = std::env::var(PORT).ok().and_then(|port| port.parse().ok()) {
        let (die, dead) = mpsc::channel();
        let lab = sockets(move |mut client: Client| {
            let die = die.clone();
            async move {
                if client.hear().await.is_some() {
                    client.send(json!({ "t": "a" }));
                    tokio::time::sleep(ms(50)).await;
                    die.send(()).expect("the main thread");
                }
            }
        });
        let _listening = lab.listen_on(port);
        dead.recv().expect("a client");
        #[allow(clippy::exit, reason = "that is what it is for")]
        std::process::exit(7);
    }
    let own = std::env::current_exe().expect("this program");
    let command = format!("{PORT}={{port}} exec '{}' --exact ends::a_server_process_that_dies", own.display());
    let scenario = Scenario::parse("d.seq", SOCKET).unwrap().binding_text("b.toml", LAB).unwrap();
    let told = Told::new(scenario.target(Target::command(command)).check().unwrap());
    told.fails(Class::Closed, 2);
}

/// A request has no WebSocket that could close.
#[test]
fn a_request_that_is_cut_off_is_said_to_have_no_answer() {
    let binding = "[[rule]]\nlabel = \"post\"\non = \"http\"\nclient = { method = \"POST\", path = \"/\" }\n";
    let cut = server(|call: Call| async move { drop(call) });
    for (diagram, line) in [("Ann->S: post\nS->Ann: 200 OK\n", 1), ("Ann->S: post\n", 1)] {
        for net in [Net::Memory, Net::Tcp] {
            let told = cut.play(net, diagram, binding);
            told.fails(Class::Closed, line).says("the server did not answer Ann's request: ");
            told.does_not_say("WS closed").does_not_say("without Close");
        }
    }
}
