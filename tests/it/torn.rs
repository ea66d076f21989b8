//! What is not whole although its connection has ended, and what came behind an end: in every place where an answer, an event or a
//! message may stand.

use crate::field::{Act, Call, Client, EVENTS, End, Field, LAB, Net, Told, ms, server, sockets, without_echo};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::{Scenario, Target};
use serde_json::json;
use std::io::{Read as _, Write as _};

const NETS: [Net; 3] = [Net::Memory, Net::AsTcp, Net::Tcp];
/// Where something is waited for.
const SWIFT: [Net; 2] = [Net::Memory, Net::AsTcp];
const STREAM: &str = "Ann->S: listen\nS->Ann: event a\n";
const DRAWN: &str = "Ann->S: listen\nS->Ann: event a\nS->Ann: SSE closed\n";
const REFUSED: &str = "Ann->S: WS connect\nS->Ann: HTTP 401\n";
const GET: &str = "\n[[rule]]\nlabel = \"get\"\non = \"http\"\nclient = { path = \"/x\" }\n";

/// Answers the first address with these bytes and `/there` as it should; whether the connection ends then.
fn answering(bytes: &'static [u8], ends: bool) -> Field {
    server(move |call: Call| async move {
        match (call.path.as_str(), call.is_upgrade(), ends) {
            ("/there", true, _) => {
                if let Some(client) = call.accept().await {
                    client.send(End::Fin);
                }
            }
            ("/there", false, _) => call.answer(200, json!({})).await,
            (_, _, true) => call.say_and_end(bytes).await,
            (_, _, false) => call.say(bytes).await,
        }
    })
}

/// Fails whatever is drawn, with these words.
#[track_caller]
fn found(told: &Told, class: Class, words: &str) {
    assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(class)), "{told}");
    told.says(words);
}

const HELD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 17\r\n\r\ndata: {\"x\":\"a\"}\n\n";
const HELD_MORE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 17\r\n\r\ndata: {\"x\":\"a\"}\n\ndata: 1\n\n";
const HELD_LESS: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 26\r\n\r\ndata: {\"x\":\"a\"}\n\n";
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
                         11\r\ndata: {\"x\":\"a\"}\n\n\r\n0\r\n\r\n";
const CHUNKED_MORE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
                              11\r\ndata: {\"x\":\"a\"}\n\n\r\n0\r\n\r\ndata: 1\n\n";
const CHUNKED_LESS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
                              11\r\ndata: {\"x\":\"a\"}\n\n\r\n";

/// The answer passes as it is; with so many bytes behind it these are found.
fn more_is_found(
    net: Net,
    (diagram, binding): (&str, &str),
    (whole, more): (&'static [u8], &'static [u8]),
    bytes: u32,
) {
    answering(whole, false).play(net, diagram, binding).passes();
    let told = answering(more, false).play(net, diagram, binding);
    found(&told, Class::Unexpected, &format!("{bytes} bytes after the end of an answer"));
}

#[test]
fn bytes_behind_an_answer_are_found_wherever_it_stands() {
    let http = format!("{LAB}{GET}");
    for net in NETS {
        // Behind an event stream.
        for (whole, more) in [(HELD, HELD_MORE), (CHUNKED, CHUNKED_MORE)] {
            more_is_found(net, (DRAWN, EVENTS), (whole, more), 9);
        }
        // Behind a refused handshake.
        let whole = b"HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\nno\r\n";
        let more = b"HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\nnoooo";
        let chunked = b"HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\nooo";
        for more in [&more[..], chunked] {
            more_is_found(net, (REFUSED, LAB), (whole, more), 3);
        }
        // Behind a redirect that is followed: of a request, and of a handshake.
        let whole = b"HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 2\r\n\r\nno";
        let more = b"HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 2\r\n\r\nnoooo";
        let socket = "Ann->S: WS connect\nS->Ann: WS ended\n";
        for drawn in [("Ann->S: get\nS->Ann: 200 OK\n", http.as_str()), (socket, LAB)] {
            more_is_found(net, drawn, (whole, more), 3);
        }
    }
}

#[test]
fn a_body_that_is_cut_is_found_wherever_it_stands() {
    let http = format!("{LAB}{GET}");
    for net in SWIFT {
        let told = answering(HELD_LESS, true).play(net, DRAWN, EVENTS);
        found(
            &told,
            Class::Unexpected,
            "an incomplete answer (17 of 26 bytes of its body), and then the end of the stream",
        );
        let told = answering(HELD_LESS, true).play(net, STREAM, EVENTS);
        found(&told, Class::Closed, "end of stream, in an incomplete answer (17 of 26 bytes of its body)");
        // Many servers do not say which chunk is the last: where the end is drawn it has come.
        answering(CHUNKED_LESS, true).play(net, DRAWN, EVENTS).passes();
        let told = answering(CHUNKED_LESS, true).play(net, STREAM, EVENTS);
        found(&told, Class::Closed, "end of stream, in an incomplete answer (17 bytes of its body)");
        let cut = b"HTTP/1.1 401 No\r\ncontent-length: 9\r\n\r\nno";
        let told = answering(cut, true).play(net, REFUSED, LAB);
        found(&told, Class::Closed, "end of stream, in an incomplete answer (2 of 9 bytes of its body)");
        let chunked = b"HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n";
        let told = answering(chunked, true).play(net, REFUSED, LAB);
        found(&told, Class::Closed, "end of stream, in an incomplete answer (2 bytes of its body)");
        // The status is the answer: a body that does not come in time is not waited for, and one that has no length ends as it likes.
        answering(cut, false).play(net, REFUSED, LAB).passes();
        answering(b"HTTP/1.1 401 No\r\n\r\nno", true).play(net, REFUSED, LAB).passes();
        let redirect = b"HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 9\r\n\r\nno";
        for (diagram, binding) in [("Ann->S: get\nS->Ann: 200 OK\n", http.as_str()), ("Ann->S: WS connect\n", LAB)] {
            let told = answering(redirect, true).play(net, diagram, binding);
            found(&told, Class::Closed, "end of stream, in an incomplete answer (2 of 9 bytes of its body)");
        }
    }
}

/// A refusal that the binding has tried again is nobody's to judge.
#[test]
fn an_answer_that_is_tried_again_is_not_judged() {
    let binding = LAB.replacen("[connect]", "[connect]\nretry = [503]", 1);
    for first in [
        &b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\nnoooo"[..],
        b"HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\nno",
    ] {
        let slow = server(move |call: Call| async move {
            let again = call.notes(|notes| std::mem::replace(notes, json!(true)) == json!(true));
            if again {
                if let Some(client) = call.accept().await {
                    client.send(End::Fin);
                }
            } else {
                call.say_and_end(first).await;
            }
        });
        for net in SWIFT {
            slow.play(net, "Ann->S: WS connect\nS->Ann: WS ended\n", &binding).passes();
        }
    }
}

/// The deadline is for all attempts together, and nothing says in which of them it falls.
#[test]
fn who_refuses_and_is_slow_then_has_refused() {
    let binding = LAB.replacen("[connect]", "[connect]\nretry = [409]", 1);
    for rest in [&b""[..], b"HTTP/1.1 409"] {
        let slow = server(move |call: Call| async move {
            let first = call.notes(|notes| std::mem::replace(notes, json!(true)) != json!(true));
            if first {
                return call.answer(409, json!("taken")).await;
            }
            call.say(rest).await;
        });
        for net in SWIFT {
            let told = slow.play(net, "Ann->S: WS connect\nAnn->S: go\n", &binding);
            found(&told, Class::Unexpected, "the server answered Ann with HTTP 409");
        }
    }
}

/// A server that has answered and is gone when it is tried again is not absent.
#[test]
fn who_refuses_and_is_gone_then_has_failed() {
    let binding = LAB.replacen("[connect]", "[connect]\nretry = [409]", 1);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut some = [0; 1024];
        let _ = stream.read(&mut some);
        drop(listener);
        let _ = stream.write_all(b"HTTP/1.1 409 Taken\r\ncontent-length: 0\r\n\r\n");
    });
    let target = Target::url(&format!("ws://127.0.0.1:{port}")).expect("an address");
    let scenario = Scenario::parse("d.seq", "Ann->S: WS connect\nAnn->S: go\n").expect("a diagram");
    let scenario = scenario.binding_text("b.toml", &binding).expect("a binding");
    let told = Told::new(scenario.target(target).check().expect("a play"));
    found(&told, Class::Closed, "HTTP 409, and then no answer when it was repeated: connection refused by 127.0.0.1");
}

/// The end of a connection within a chunk cuts the body, and what is no chunk breaks a rule; between two chunks a stream may end.
#[test]
fn a_chunk_that_is_cut_is_found_where_the_end_is_drawn() {
    const WITHIN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
                            20\r\ndata: {\"x\":\"a\"}\n\n";
    const BROKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
                            11\r\ndata: {\"x\":\"a\"}\n\n\r\nzz\r\n";
    // Neither the size of a chunk nor the end of its line may be half there.
    const IN_SIZE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
                             11\r\ndata: {\"x\":\"a\"}\n\n\r\n1";
    const IN_LINE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
                             11\r\ndata: {\"x\":\"a\"}\n\n\r\n11\r";
    for net in SWIFT {
        for cut in [IN_SIZE, IN_LINE] {
            let told = answering(cut, true).play(net, DRAWN, EVENTS);
            found(
                &told,
                Class::Unexpected,
                "an incomplete answer (17 bytes of its body), and then the end of the stream",
            );
        }
        let told = answering(WITHIN, true).play(net, DRAWN, EVENTS);
        found(&told, Class::Unexpected, "an incomplete answer (17 bytes of its body), and then the end of the stream");
        let told = answering(WITHIN, true).play(net, STREAM, EVENTS);
        found(&told, Class::Closed, "end of stream, in an incomplete answer (17 bytes of its body)");
        for ends in [true, false] {
            let told = answering(BROKEN, ends).play(net, DRAWN, EVENTS);
            found(&told, Class::Unexpected, "Invalid chunk size");
            let told = answering(BROKEN, ends).play(net, STREAM, EVENTS);
            found(&told, Class::Closed, "Invalid chunk size");
        }
    }
}

/// Of an event something has begun with the first of its fields; a comment, the time to come back and a name that says nothing are
/// no part of one.
#[test]
fn an_event_that_is_cut_is_found_whatever_came_of_it() {
    for net in NETS {
        for (part, came) in [
            ("data: {\"x\":", "11 bytes"),
            ("dat", "3 bytes"),
            ("d", "1 byte"),
            ("event: x\n", "9 bytes"),
            ("event: x\nid", "11 bytes"),
            ("id: 7\n", "6 bytes"),
            ("id: 7\n: comment\n", "6 bytes"),
            ("retry: 5\nid", "2 bytes"),
        ] {
            let told = ending(part).play(net, DRAWN, EVENTS);
            found(&told, Class::Unexpected, &format!("an incomplete event ({came})"));
        }
        for none in [": x", ": x\n", ":", "retry: 5\n", "retr", "dat\n", "date: 1", "unknown: 1\n", "id: 7\n\n", "\n"] {
            ending(none).play(net, DRAWN, EVENTS).passes();
        }
    }
}

/// An event stream that ends behind an event and this.
fn ending(part: &'static str) -> Field {
    server(move |call: Call| async move {
        let Some(out) = call.events().await else { return };
        out.send("data: {\"x\":\"a\"}");
        out.send(Act::Part(part.as_bytes().to_vec()));
        out.send(End::Fin);
    })
}

/// How much of a message that is due had come when the connection ended.
#[test]
fn a_part_of_a_message_that_is_due_is_told_where_the_end_is_drawn() {
    for net in NETS {
        let cut = sockets(|mut client: Client| async move {
            while client.hear().await.is_some() {
                client.send(End::Torn);
            }
        });
        let told = cut.play(net, "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\nS->Ann: WS ended\n", LAB);
        found(&told, Class::Missing, "Ann did not receive this: only a part of it was received (5 of 32 bytes)");
        let told = ending("data: {").play(
            net,
            "Ann->S: listen\nS->Ann: event a\nS->Ann: event b\nS->Ann: SSE closed\n",
            EVENTS,
        );
        found(&told, Class::Missing, "Ann did not receive this: only a part of it was received (7 bytes)");
    }
}

#[test]
fn a_head_that_is_cut_is_told_without_the_interim_answers() {
    let http = format!("{LAB}{GET}");
    let head = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n";
    let interim = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Con";
    for net in SWIFT {
        for (diagram, binding) in [("Ann->S: get\nS->Ann: 200 OK\n", http.as_str()), ("Ann->S: WS connect\n", LAB)] {
            let told = answering(head, true).play(net, diagram, binding);
            found(&told, Class::Closed, "in an incomplete answer (17 bytes of its head)");
            let told = answering(interim, true).play(net, diagram, binding);
            found(&told, Class::Closed, "in an incomplete answer (only interim answers, status 1xx)");
        }
    }
    // Who says something beforehand is there, and slow.
    let told = answering(interim, false).play(Net::Memory, "Ann->S: WS connect\n", LAB);
    found(&told, Class::Closed, "was not complete within 5 s: an incomplete answer (only interim answers");
}

#[test]
fn of_a_frame_it_is_told_which_it_was() {
    const DUE: &str = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";
    let parts: [(&'static [u8], &str); 4] = [
        (b"\x81\x09", "an incomplete message (only its head)"),
        (b"\x89\x05ab", "an incomplete control frame (2 of 5 bytes)"),
        (b"\x88\x02", "an incomplete control frame (only its head)"),
        (b"\x89", "an incomplete control frame (1 byte)"),
    ];
    for net in SWIFT {
        for (part, words) in parts {
            let held = sockets(move |mut client: Client| async move {
                while client.hear().await.is_some() {
                    client.send(json!({ "t": "a" }));
                    client.after(ms(10), Act::Part(part.to_vec()));
                }
            });
            let told = held.play(net, DUE, &without_echo(LAB));
            found(&told, Class::Unexpected, words);
            told.does_not_say(" 0 bytes");
        }
    }
}

/// RFC 6455, section 5.2: the shortest form of a length.
#[test]
fn a_length_in_more_bytes_than_it_needs_breaks_a_rule() {
    let parts: [&'static [u8]; 3] = [
        b"\x81\x7e\x00\x09{\"t\":\"b\"}",
        b"\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x09{\"t\":\"b\"}",
        b"\x89\x7e\x00\x01x",
    ];
    for net in NETS {
        for part in parts {
            let long = sockets(move |mut client: Client| async move {
                while client.hear().await.is_some() {
                    client.send(json!({ "t": "a" }));
                    client.send(Act::Part(part.to_vec()));
                }
            });
            let socket = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";
            let words = "a violation of RFC 6455, section 5.2: the length of a frame uses more bytes than necessary";
            found(&long.play(net, socket, LAB), Class::Closed, words);
            found(&long.play(net, &format!("{socket}S->Ann: WS ended\n"), LAB), Class::Unexpected, words);
        }
    }
}

/// A last line without its end is a message where it can be read, and else a part of one.
#[test]
fn a_line_that_the_end_cuts_is_told_as_cut() {
    let played = |last: &'static [u8], framing: &str, diagram: &str| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut some = [0; 512];
            let _ = stream.read(&mut some);
            let _ = stream.write_all(last);
            // A stream that is dropped before all is read that came on it ends with a reset.
            let _ = stream.shutdown(std::net::Shutdown::Write);
            while matches!(stream.read(&mut some), Ok(1..)) {}
        });
        let target = Target::url(&format!("tcp://127.0.0.1:{port}")).expect("an address");
        let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
        let scenario = scenario.binding_text("b.toml", &format!("framing = \"{framing}\"\n{LAB}")).expect("a binding");
        Told::new(scenario.timeout(ms(60_000)).target(target).check().expect("a play"))
    };
    let (undrawn, drawn) = ("Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n", "S->Ann: WS ended\n");
    for framing in ["lines", "crlf"] {
        for (last, came) in [(&b"{\"t\":\"a\"}\r\n{\"t\":"[..], 5), (b"{\"t\":\"a\"}\r\n{\"t\":\"\xc3", 7)] {
            let told = played(last, framing, undrawn);
            found(&told, Class::Closed, &format!("end of stream, in an incomplete message ({came} bytes)"));
            let told = played(last, framing, &format!("{undrawn}{drawn}"));
            found(
                &told,
                Class::Unexpected,
                &format!("an incomplete message ({came} bytes), and then the end of the connection"),
            );
            let told = played(last, framing, &format!("{undrawn}S->Ann: b\n{drawn}"));
            found(
                &told,
                Class::Missing,
                &format!("Ann did not receive this: only a part of it was received ({came} bytes)"),
            );
        }
        played(b"{\"t\":\"a\"}", framing, &format!("{undrawn}{drawn}")).passes();
    }
    let told = played(b"\0\x09{\"t\":\"a\"}\0\x09{\"t\":", "u16", undrawn);
    found(&told, Class::Closed, "end of stream, in an incomplete message (7 bytes)");
}
