//! What has begun to come and is not whole when the verdict is due: the rest is waited for, and where it does not come that
//! is told.

use crate::field::{Act, Call, Client, EVENTS, Field, LAB, Net, Told, ms, server, sockets, without_echo};
use seqcheck::oracle::{Class, Verdict};
use serde_json::json;
use std::time::Duration;

const SOCKET: &str = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";
const STREAM: &str = "Ann->S: listen\nS->Ann: event a\n";
const NETS: [Net; 2] = [Net::Memory, Net::AsTcp];

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
        (&[(100, b"\x81\x09{\"t\":")], "a message of which 5 bytes came, and not the rest within 5 s"),
        (&[(100, b"\x81")], "a message of which 1 byte came, and not the rest within 5 s"),
        (&[(100, b"\x01\x09{\"t\":\"a\"}")], "a message of which 9 bytes came"),
        // A ping may stand within a message, and is no rest of it.
        (&[(100, b"\x01\x09{\"t\":\"a\"}"), (300, b"\x89\x00")], "a message of which 9 bytes came"),
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
        told.fails(Class::Unexpected, 1).says("an event of which 9 bytes came, and not the rest within 5 s");
        // Where something is wrong already, nothing is waited for.
        let told = in_parts(&[(0, b"\x81\x09{\"t\":")]).play(net, &format!("{SOCKET}S->Ann: b\n"), &without_echo(LAB));
        told.fails(Class::Missing, 4).says("Ann had only begun: a message of which 5 bytes came");
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
        for server in [&silent, &half] {
            let told = server.play(net, "Ann->S: post\n", &binding);
            told.passes();
            assert_eq!(told.all.plays[0].notes, ["Ann had no whole answer to POST /x within 5 s"], "{told}");
        }
    }
}
