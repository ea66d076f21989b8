//! Inconclusive exactly where another order of the sends would excuse the server, and early only where it is certain.

use crate::field::{Call, Client, End, Field, Net, ms, server, sockets};
use seqcheck::diagram::OrderMode;
use seqcheck::oracle::{Class, Verdict};
use serde_json::json;

/// Passes on what each says to all others, in one of these ways.
fn relay(how: &'static str) -> Field {
    sockets(move |mut client: Client| async move {
        while let Some(said) = client.hear().await {
            let text = said["text"].as_str().unwrap_or_default().to_owned();
            for other in client.others() {
                match how {
                    "lost" => {}
                    "wrong" => other.send(json!({ "text": text.to_uppercase() })),
                    "cut" => other.send(json!({ "text": text[..1] })),
                    "twice" => {
                        other.send(json!({ "text": text }));
                        other.send(json!({ "text": text }));
                    }
                    _ => other.send(json!({ "text": text })),
                }
            }
        }
    })
}

/// No echo, no acknowledgement, no preamble.
const RELAY: &str = r#"
[connect]
url = "{target}/?n={self}"
[[rule]]
label = "say {text}"
client = { text = "{text}" }
[[rule]]
label = "hear {text}"
server = { text = "{text}" }
"#;

const BOTH: &str = "Ann->S: WS connect\nBob->S: WS connect\n";

#[test]
fn what_no_order_excuses_is_a_failure_without_any_witness() {
    let said = format!("{BOTH}Ann->S: say hi\nS->Bob: hear hi\n");
    let more = format!("{said}Bob->S: say yo\nS->Ann: hear yo\nAnn->S: say so\nS->Bob: hear so\n");
    for net in [Net::Memory, Net::Tcp] {
        relay("ok").play(net, &said, RELAY).passes();
        relay("ok").play(net, &more, RELAY).passes();
        relay("twice").play(net, &said, RELAY).fails(Class::Duplicate, 4);
        relay("twice").play(net, &more, RELAY).fails(Class::Duplicate, 4);
        relay("wrong").play(net, &said, RELAY).fails(Class::WrongPayload, 4);
    }
    // Bob may not have been known yet.
    relay("lost").play(Net::Memory, &said, RELAY).doubts("I1");
    // Nobody draws what Bob hears, and in no order would he not have heard it.
    for undrawn in ["Ann->S: say hi\n", "Ann->S: say hi\nBob->S: say yo\nS->Ann: hear yo\n"] {
        let told = relay("ok").play(Net::Memory, &format!("{BOTH}{undrawn}"), RELAY);
        assert_eq!(told.findings()[0].0, Class::Unexpected, "{undrawn}");
    }
}

/// Whatever becomes of a text on its way, and where a rule that says less of the frame fits it as well.
#[test]
fn a_text_that_was_changed_on_its_way_is_no_doubt() {
    let less = "[[rule]]\nlabel = \"{any:/[a-z]+/}\"\nclient = {}\nserver = {}\n[[rule]]";
    let said = format!("{BOTH}Ann->S: say hi\nS->Bob: hear hi\n");
    for binding in [RELAY.to_owned(), RELAY.replacen("[[rule]]", less, 1)] {
        for how in ["wrong", "cut"] {
            relay(how).play(Net::Memory, &said, &binding).fails(Class::WrongPayload, 4).does_not_say("I1");
        }
    }
}

/// Who joins hears what is said from then on; an acknowledgement follows when that is so, and nobody draws it.
const CLUB: &str = r#"
[connect]
url = "{target}/?n={self}"
[[rule]]
label = "join"
client = { join = "{seq}" }
reply = { joined = "{seq}" }
[[rule]]
label = "say {text}"
client = { text = "{text}" }
[[rule]]
label = "hear {text}"
server = { text = "{text}" }
"#;

/// Says that somebody has joined before it is so, where it is hasty.
fn club(hasty: bool) -> Field {
    sockets(move |mut client: Client| async move {
        while let Some(said) = client.hear().await {
            if let Some(number) = said.get("join") {
                client.send(json!({ "joined": number }));
                let name = client.name.clone();
                client.notes(|notes| notes[name.as_str()] = json!(!hasty));
            } else {
                for other in client.others() {
                    if client.notes(|notes| notes[other.name.as_str()] == json!(true)) {
                        other.send(json!({ "text": said["text"] }));
                    }
                }
            }
        }
    })
}

#[test]
fn an_acknowledgement_that_is_not_drawn_is_a_witness() {
    let text = format!("{BOTH}Bob->S: join\nAnn->S: say hi\nS->Bob: hear hi\n");
    club(false).play(Net::Memory, &text, CLUB).passes();
    club(true).play(Net::Memory, &text, CLUB).fails(Class::Missing, 5);
}

#[test]
fn time_on_the_way_makes_nobody_early() {
    let binding = "[connect]\nurl = \"{target}/?n={self}\"\n[[rule]]\nlabel = \"hello\"\nserver = { t = \"hello\" }\n\
                   [[rule]]\nlabel = \"bye\"\nserver = { t = \"bye\" }\n";
    let text = "Ann->S: WS connect\nS->Ann: hello\n...2s...\nS->Ann: bye\n";
    let server = |hello: u64, bye: u64| {
        sockets(move |mut client: Client| async move {
            client.after(ms(hello), json!({ "t": "hello" }));
            client.after(ms(bye), json!({ "t": "bye" }));
            while client.hear().await.is_some() {}
        })
    };
    // Of the greeting nobody can say how long it was on its way.
    server(600, 2_300).play(Net::Memory, text, binding).passes();
    server(600, 1_700).play(Net::Memory, text, binding).fails(Class::Early, 4);
    // Two delays in a row are both waited for.
    let twice = format!("{text}...2s...\nS->Ann: bye\n");
    let third = |at: u64| {
        sockets(move |mut client: Client| async move {
            client.after(ms(0), json!({ "t": "hello" }));
            client.after(ms(2_000), json!({ "t": "bye" }));
            client.after(ms(at), json!({ "t": "bye" }));
            while client.hear().await.is_some() {}
        })
    };
    third(4_000).play(Net::Memory, &twice, binding).passes();
    third(3_000).play(Net::Memory, &twice, binding).fails(Class::Early, 6);
}

#[test]
fn who_runs_ahead_still_finds_what_no_order_excuses() {
    let said = format!("{BOTH}Ann->S: say hi\nS->Bob: hear hi\nBob->S: say yo\nS->Ann: hear yo\n");
    for order in [OrderMode::Local, OrderMode::Burst] {
        let told = relay("wrong").play_with(Net::Memory, &said, RELAY, |scenario| scenario.order(order));
        assert_eq!(told.findings()[0].0, Class::WrongPayload);
    }
}

/// A stream of events, a post that nobody waits for, and what the stream brings then.
const FEED: &str = r#"
[[rule]]
label  = "listen"
on     = "sse"
client = { path = "/?n={self}" }

[[rule]]
label  = "post"
on     = "http"
client = { method = "POST", path = "/" }

[[rule]]
label  = "ok"
on     = "http"
server = { status = 200 }

[[rule]]
label  = "tick"
on     = "sse"
server = { data = "tick" }
"#;

/// What is missing on a connection that the server ended is missing because of that, in every order of the sends.
#[test]
fn an_end_is_not_excused_by_what_it_keeps_back() {
    let feed = |ends: bool| {
        server(move |call: Call| async move {
            if call.method == "POST" {
                call.guest("Ann").iter().for_each(|ann| ann.send("data: tick"));
                call.answer(200, json!("ok")).await;
            } else if let Some(out) = call.events().await
                && ends
            {
                out.send(End::Close(1000, ""));
            }
        })
    };
    for net in [Net::Memory, Net::Tcp] {
        for answer in ["S->Bob: ok\n", ""] {
            let text = format!("Ann->S: listen\nBob->S: post\n{answer}S->Ann: tick\n");
            let told = feed(true).play(net, &text, FEED);
            assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Closed)), "{told}");
            // That the stream may not have been known yet is another matter.
            let told = feed(false).play(net, &text, FEED);
            assert!(told.verdict == Verdict::Pass || told.doubts == ["I1"], "{told}");
        }
    }
}

/// What a handshake is answered with is decided when it is asked: whoever had been let in by then is known.
#[test]
fn a_refusal_that_is_not_given_is_no_doubt_without_any_witness() {
    let diagram = "Ann->S: WS connect\nEve->S: WS connect\nS-->Eve: HTTP 403\nAnn->S: say hi\n";
    let door = |open: bool| {
        server(move |call: Call| async move {
            if !open && call.query.get("n").is_some_and(|name| name == "Eve") {
                return call.answer(403, json!(null)).await;
            }
            if let Some(mut client) = call.accept().await {
                while client.hear().await.is_some() {}
            }
        })
    };
    for net in [Net::Memory, Net::Tcp] {
        door(false).play(net, diagram, RELAY).passes();
        door(true).play(net, diagram, RELAY).fails(Class::WrongPayload, 3);
    }
}

/// A stream of events that pass on what was posted.
const NOTES: &str = r#"
[[rule]]
label  = "listen"
on     = "sse"
client = { path = "/?n={self}" }

[[rule]]
label  = "post {text}"
on     = "http"
client = { method = "POST", path = "/", json = { text = "{text}" } }

[[rule]]
label  = "ok"
on     = "http"
server = { status = 200 }

[[rule]]
label  = "note {text}"
on     = "sse"
server = { data = "{text}" }
"#;

/// An event tells that its stream was open: what is lost from then on is lost in every order.
#[test]
fn who_has_heard_of_a_stream_has_opened_it() {
    let notes = |lost: &'static str| {
        server(move |call: Call| async move {
            if call.method == "POST" {
                let text = call.json()["text"].as_str().unwrap_or_default().to_owned();
                if text != lost {
                    // Who listens only now hears of it, too.
                    call.notes(|notes| notes["said"] = json!(text));
                    call.guest("Ann").iter().for_each(|ann| ann.send(format!("data: {text}").as_str()));
                }
                call.answer(200, json!("ok")).await;
            } else if let Some(out) = call.events().await
                && let Some(text) = out.notes(|notes| notes["said"].as_str().map(str::to_owned))
            {
                out.send(format!("data: {text}").as_str());
            }
        })
    };
    let text = "Ann->S: listen\nBob->S: post one\nS->Bob: ok\nS->Ann: note one\nBob->S: post two\nS->Bob: ok\n\
                S->Ann: note two\n";
    notes("").play(Net::Memory, text, NOTES).passes();
    notes("two").play(Net::Memory, text, NOTES).fails(Class::Missing, 7);
    // Of the first nobody knows.
    notes("one").play(Net::Memory, text, NOTES).doubts("I1");
}

/// Who opens an event stream is there before others say something, and how these are answered is then no matter of the order.
/// A server that says nothing on a stream before there is an event is not waited for, for long.
#[test]
fn an_answer_beside_a_stream_that_is_being_opened_is_judged() {
    let slow = |after: u64, status: u16, text: &'static str| {
        server(move |call: Call| async move {
            if call.method == "POST" {
                call.guest("Ann").iter().for_each(|ann| ann.send("data: hi"));
                call.answer(status, json!({ "text": text })).await;
            } else {
                tokio::time::sleep(ms(after)).await;
                drop(call.events().await);
            }
        })
    };
    let binding = format!(
        "{NOTES}\n[[rule]]\nlabel = \"posted {{text}}\"\non = \"http\"\nserver = {{ status = 200, json = {{ text = \"{{text}}\" }} }}\n"
    );
    let text = "Ann->S: listen\nBob->S: post hi\nS->Bob: posted hi\nS->Ann: note hi\n";
    let answer = "Ann->S: listen\nBob->S: post hi\nS->Bob: posted hi\n";
    for net in [Net::Memory, Net::AsTcp] {
        slow(100, 200, "hi").play(net, text, &binding).passes();
        slow(100, 500, "hi").play(net, text, &binding).fails(Class::WrongPayload, 3);
        // What the answer repeats of the request is never a matter of the order.
        slow(100, 200, "ho").play(net, text, &binding).fails(Class::WrongPayload, 3);
        slow(2_000, 200, "ho").play(net, answer, &binding).fails(Class::WrongPayload, 3);
        // Nobody knows whether anybody listened by then.
        slow(2_000, 404, "hi").play(net, answer, &binding).doubts("I1");
    }
}
