//! What has begun to come and is not whole when the verdict is due: the rest is waited for, and where it does not come that
//! is told.

use crate::field::{Act, Call, Client, EVENTS, End, Field, LAB, Net, Told, ms, server, sockets, without_echo};
use seqcheck::oracle::{Class, Verdict};
use serde_json::json;
use std::time::Duration;

const SOCKET: &str = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";
const STREAM: &str = "Ann->S: listen\nS->Ann: event a\n";
const NETS: [Net; 2] = [Net::Memory, Net::AsTcp];
/// A part of what a server says, and when it says it, in milliseconds.
type Said = (u64, &'static [u8]);
/// Closes with codes that nobody may send.
const ODD: [(u16, &[Said]); 3] =
    [(999, &[(10, b"\x88\x02\x03\xe7")]), (1005, &[(10, b"\x88\x02\x03\xed")]), (2000, &[(10, b"\x88\x02\x07\xd0")])];

/// Answers, and says these bytes then, each part so much later than the answer.
fn in_parts(parts: &'static [(u64, &'static [u8])]) -> Field {
    sockets(move |mut client: Client| async move {
        while client.hear().await.is_some() {
            client.send(json!({ "t": "a" }));
            parts.iter().for_each(|(at, part)| client.after(ms(*at), Act::Part(part.to_vec())));
        }
    })
}

/// The same behind an event.
fn stream_in_parts(parts: &'static [(u64, &'static [u8])]) -> Field {
    server(move |call: Call| async move {
        let Some(out) = call.events().await else { return };
        out.send("data: {\"x\":\"a\"}");
        parts.iter().for_each(|(at, part)| out.after(ms(*at), Act::Part(part.to_vec())));
    })
}

fn bindings() -> [String; 2] {
    [LAB.to_owned(), without_echo(LAB)]
}

/// The window is 250 ms as over TCP, and a second in memory; the rest comes later than either.
#[test]
fn the_rest_of_a_message_is_waited_for() {
    for net in NETS {
        for binding in bindings() {
            let again = in_parts(&[(200, b"\x81\x09{\"t\":"), (1_400, b"\"a\"}")]).play(net, SOCKET, &binding);
            again.fails(Class::Duplicate, 3);
            let fragments = in_parts(&[(200, b"\x01\x05{\"t\":"), (1_400, b"\x80\x04\"x\"}")]);
            fragments.play(net, SOCKET, &binding).fails(Class::Unexpected, 2).says("{\"t\":\"x\"}");
            let ignored = format!("#@ ignore x\n{SOCKET}");
            fragments.play(net, &ignored, &binding).passes();
            let head = in_parts(&[(200, b"\x81"), (1_400, b"\x09{\"t\":\"x\"}")]);
            head.play(net, SOCKET, &binding).fails(Class::Unexpected, 2);
        }
        let event = stream_in_parts(&[(200, b"data: {\"x\":"), (1_400, b"\"a\"}\n"), (2_800, b"\n")]);
        event.play(net, STREAM, EVENTS).fails(Class::Duplicate, 2);
    }
}

#[test]
fn what_never_becomes_whole_is_told() {
    type Parts = &'static [(u64, &'static [u8])];
    let never: [(Parts, &str); 4] = [
        (&[(100, b"\x81\x09{\"t\":")], "an incomplete message (5 of 9 bytes), and the rest did not come within 5 s"),
        (&[(100, b"\x81")], "an incomplete message (1 byte), and the rest did not come within 5 s"),
        (&[(100, b"\x01\x09{\"t\":\"a\"}")], "an incomplete message (9 bytes)"),
        // A ping may stand within a message, and is no rest of it.
        (&[(100, b"\x01\x09{\"t\":\"a\"}"), (300, b"\x89\x00")], "an incomplete message (9 bytes)"),
    ];
    for net in NETS {
        for binding in bindings() {
            for (parts, words) in never {
                let told = in_parts(parts).play(net, SOCKET, &binding);
                told.fails(Class::Unexpected, 2).says(words);
                assert_eq!(judged(&told).verdict, Verdict::Fail, "{told}");
            }
        }
        let told = stream_in_parts(&[(100, b"id: 7\ndata: {\"x\":\"b\"}\n")]).play(net, STREAM, EVENTS);
        told.fails(Class::Unexpected, 1).says("an incomplete event (22 bytes), and the rest did not come within 5 s");
        // Where something is wrong already, nothing is waited for.
        let told = in_parts(&[(0, b"\x81\x09{\"t\":")]).play(net, &format!("{SOCKET}S->Ann: b\n"), &without_echo(LAB));
        told.fails(Class::Missing, 4).says("Ann did not receive this: only a part of it was received (5 of 9 bytes)");
    }
}

/// What is judged again of what was recorded.
fn judged(told: &Told) -> Told {
    let play = &told.all.plays[0];
    let scenario = seqcheck::Scenario::parse("d.seq", SOCKET).and_then(|it| it.binding_text("b.toml", LAB));
    let again = scenario.and_then(|it| it.prepare()).and_then(|it| it.judge(&play.header, &play.trace));
    Told::new(again.unwrap_or_else(|why| panic!("{why}")))
}

/// Between events a stream has what is none.
#[test]
fn what_is_no_event_is_not_waited_for() {
    for net in NETS {
        for parts in [&b": hello"[..], b": hello\n", b"retry: 5\n", b"id: 7\nevent: x\n", b"\n"] {
            let stream = server(move |call: Call| async move {
                let Some(out) = call.events().await else { return };
                out.send("data: {\"x\":\"a\"}");
                out.send(Act::Part(parts.to_vec()));
            });
            let told = stream.play(net, STREAM, EVENTS);
            told.passes();
            let end = told.all.plays[0].trace.iter().map(|entry| Duration::from_nanos(entry.at.0)).max();
            assert!(end < Some(ms(2_000)), "{end:?}");
        }
    }
}

/// An answer that no arrow draws need only be no refusal: that it does not come, or not to its end, is remarked.
#[test]
fn an_undrawn_answer_that_does_not_end_is_remarked() {
    let rules = "\n[[rule]]\nlabel = \"post\"\non = \"http\"\nclient = { method = \"POST\", path = \"/x\" }\n";
    let binding = format!("{LAB}{rules}");
    let silent = server(|call: Call| call.hang());
    let half = server(|call: Call| async move {
        // A stream of another type has no end.
        let _open = call.stream_as("text/plain").await;
        std::future::pending::<()>().await;
    });
    for net in NETS {
        for (server, came) in [(&silent, ""), (&half, "; received: an incomplete answer (only its head)")] {
            let told = server.play(net, "Ann->S: post\n", &binding);
            told.passes();
            let remark = format!("Ann had no complete answer to POST /x within 5 s{came}");
            assert_eq!(told.all.plays[0].notes, [remark], "{told}");
        }
    }
}

const POST: &str = "\n[[rule]]\nlabel = \"post\"\non = \"http\"\nclient = { method = \"POST\", path = \"/x\" }\n";

const PART: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{\"ok\":true}";

/// Answers a request with these bytes and nothing more, and lets everybody else in.
fn answering(bytes: &'static [u8], ends: bool) -> Field {
    server(move |call: Call| async move {
        match (call.is_upgrade(), ends) {
            (true, _) => {
                if let Some(mut client) = call.accept().await {
                    while client.hear().await.is_some() {}
                }
            }
            (false, false) => call.say(bytes).await,
            (false, true) => call.say_and_end(bytes).await,
        }
    })
}

/// How much of an answer came is told: of the body, with how long it was to be, else of the head.
#[test]
fn a_part_of_an_answer_is_told() {
    let binding = format!("{LAB}{POST}");
    let drawn = "Ann->S: post\nS->Ann: 200 OK\n";
    let head = b"HTTP/1.1 200 OK\r\ncontent-";
    let unheard = without_echo(&binding);
    let bob = "Ann->S: post\nBob->S: WS connect\nBob->S: go\nS->Bob: b\n";
    let notes = |told: &Told| told.all.plays[0].notes.clone();
    for net in NETS {
        let missing = "Ann did not receive this: only a part of its";
        let told = answering(PART, false).play(net, drawn, &binding);
        told.fails(Class::Missing, 2).says(&format!("{missing} body was received (11 of 40 bytes)"));
        assert!(notes(&told).is_empty(), "{told}");
        answering(head, false).play(net, drawn, &binding).says(&format!("{missing} head was received (25 bytes)"));
        // One that no arrow draws is remarked, also where something else is wrong.
        let remark = "Ann had no complete answer to POST /x within 5 s; received: an incomplete answer (11 of 40 bytes of its body)";
        for diagram in ["Ann->S: post\n", bob] {
            let told = answering(PART, false).play(net, diagram, &unheard);
            assert_eq!(notes(&told), [remark], "{told}");
        }
        for diagram in [drawn, "Ann->S: post\n"] {
            let told = answering(PART, true).play(net, diagram, &binding);
            told.fails(Class::Closed, 1)
                .says("request: end of stream, in an incomplete answer (11 of 40 bytes of its body)");
        }
    }
}

/// What stands behind an answer is no answer of anything. An end of line is none.
#[test]
fn bytes_behind_an_answer_are_found() {
    const ONE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    let binding = format!("{LAB}{POST}");
    let twice: &[u8] = concat!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\n\r\n").as_bytes();
    let more = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}and more";
    let line = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}\r\n";
    for net in [Net::Memory, Net::AsTcp, Net::Tcp] {
        for diagram in ["Ann->S: post\n", "Ann->S: post\nS->Ann: 200 OK\n"] {
            for ends in [false, true] {
                answering(ONE.as_bytes(), ends).play(net, diagram, &binding).passes();
                answering(line, ends).play(net, diagram, &binding).passes();
                let told = answering(more, ends).play(net, diagram, &binding);
                assert_eq!(told.class, Some(Class::Unexpected), "{told}");
                told.says("Ann received bytes that cannot be read: 8 bytes after the end of an answer");
                let told = answering(twice, ends).play(net, diagram, &binding);
                assert_eq!(told.class, Some(Class::Unexpected), "{told}");
            }
        }
    }
}

/// Who has begun to answer a handshake is there, and slow.
#[test]
fn a_handshake_that_is_answered_in_part_is_no_error() {
    let slow = server(|call: Call| async move { call.say(b"HTTP/1.1 101 Swi").await });
    for net in NETS {
        let told = slow.play(net, SOCKET, LAB);
        told.fails(Class::Closed, 1).says("the answer to the handshake was not complete within");
        told.says("an incomplete answer (16 bytes of its head)");
    }
}

/// A message that is cut is a fault also where the end of the connection is drawn or is no event.
#[test]
fn what_is_cut_by_a_drawn_end_is_found() {
    let torn = || {
        sockets(|mut client: Client| async move {
            while client.hear().await.is_some() {
                client.send(json!({ "t": "a" }));
                client.send(End::Torn);
            }
        })
    };
    let stream = || {
        server(|call: Call| async move {
            let Some(out) = call.events().await else { return };
            out.send("data: {\"x\":\"a\"}");
            out.send(End::Torn);
        })
    };
    let ignoring = |binding: &str, close: &str| format!("{binding}\n[[ignore]]\nclose = {close}\n");
    for net in [Net::Memory, Net::AsTcp, Net::Tcp] {
        for (diagram, binding) in [
            (format!("{SOCKET}S->Ann: WS closed\n"), LAB.to_owned()),
            (format!("#@ ignore WS closed\n{SOCKET}"), LAB.to_owned()),
            (SOCKET.to_owned(), ignoring(LAB, "\"none\"")),
        ] {
            let told = torn().play(net, &diagram, &binding);
            assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Unexpected)), "{told}");
            told.says("an incomplete message (5 of 32 bytes), and then the end of the connection");
        }
        for (diagram, binding) in [
            (format!("{STREAM}S->Ann: SSE closed\n"), EVENTS.to_owned()),
            (format!("#@ ignore SSE closed\n{STREAM}"), EVENTS.to_owned()),
            (STREAM.to_owned(), ignoring(EVENTS, "\"stream\"")),
        ] {
            let told = stream().play(net, &diagram, &binding);
            assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Unexpected)), "{told}");
            told.says("an incomplete event (11 bytes), and then the end of the stream");
        }
        // Where nobody drew the end it says how far the message had come.
        let told = torn().play(net, SOCKET, LAB);
        told.fails(Class::Closed, 2).says("end of stream, in an incomplete message (5 of 32 bytes)");
        let told = stream().play(net, STREAM, EVENTS);
        told.fails(Class::Closed, 1).says("in an incomplete event (11 bytes)");
    }
    // Fragments that a Close cuts off, and what breaks the rules of a WebSocket.
    let drawn = format!("{SOCKET}S->Ann: WS close 1000\n");
    for net in NETS {
        let cut = in_parts(&[(0, b"\x01\x05{\"t\":"), (10, b"\x88\x02\x03\xe8")]).play(net, &drawn, &without_echo(LAB));
        cut.says("an incomplete message (5 bytes), and then a Close");
        for (code, parts) in ODD {
            let told = in_parts(parts).play(net, &format!("{SOCKET}S->Ann: WS ended\n"), &without_echo(LAB));
            assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Unexpected)), "{told}");
            told.says(&format!("a Close with code {code}, which must not be sent"));
        }
        let broken = in_parts(&[(10, b"\xff\x00")]).play(net, &format!("{SOCKET}S->Ann: WS closed\n"), LAB);
        assert_eq!((broken.verdict, broken.class), (Verdict::Fail, Some(Class::Unexpected)), "{broken}");
    }
}

/// How an end is told, and what came in a form in which it cannot be read.
#[test]
fn ends_and_forms_are_told_as_they_are() {
    for net in NETS {
        let close = in_parts(&[(10, b"\x88\x04\x03\xe8\xff\xfe")]).play(net, SOCKET, LAB);
        close.fails(Class::Closed, 2).says("its reason is not valid UTF-8 (RFC 6455, section 5.5.1)");
        let text = in_parts(&[(10, b"\x81\x02\xff\xfe")]).play(net, SOCKET, LAB);
        text.fails(Class::Closed, 2).says("a text message that is not valid UTF-8 (RFC 6455, section 8.1)");
        let binary = sockets(|mut client: Client| async move {
            while client.hear().await.is_some() {
                client.send(Act::Binary(vec![0, 255]));
            }
        });
        let told = binary.play(net, SOCKET, LAB);
        told.fails(Class::WrongPayload, 3);
        told.says("Ann received this as bytes that cannot be read: a binary message instead of a text message");
    }
    let resets = sockets(|client: Client| async move { client.send(End::Reset) });
    for _ in 0..5 {
        resets.play(Net::Tcp, SOCKET, LAB).says("connection reset").does_not_say("end of stream");
    }
}
