//! That the servers of the field do what their scripts say.

use super::{Call, Client, EVENTS, End, LAB, Net, ms, server, sockets, without_echo};
use seqcheck::oracle::Class;
use serde_json::json;

const BOTH: [Net; 2] = [Net::Tcp, Net::Memory];

#[test]
fn a_server_answers_tells_others_and_keeps_notes() {
    let lab = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear().await {
            client.notes(|notes| notes["count"] = json!(notes["count"].as_u64().unwrap_or(0) + 1));
            let count = client.notes(|notes| notes["count"].clone());
            client.send(json!({ "t": "count", "x": count.to_string() }));
            client.others().iter().for_each(|other| other.send(said.clone()));
        }
    });
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nAnn->S: hello: all\nS->Ann: count: 1\nS->Bob: hello: all\n\
                   Bob->S: go\nS->Bob: count: 2\nS->Ann: go\n";
    for net in BOTH {
        lab.play(net, diagram, LAB).passes();
        lab.play(net, diagram, &without_echo(LAB)).passes();
        lab.play(net, &diagram.replace("hello: all\nBob", "hello: some\nBob"), LAB).fails(Class::WrongPayload, 5);
    }
}

#[test]
fn a_server_refuses_and_answers_requests() {
    let lab = server(|call: Call| async move {
        match call.query.get("n").map(String::as_str) {
            Some("Eve") => call.answer(403, json!({ "why": "you" })).await,
            Some(_) => {
                let Some(mut client) = call.accept().await else { return };
                while client.hear().await.is_some() {}
            }
            None => {
                let body = call.json();
                call.answer(201, body).await;
            }
        }
    });
    let rules = r#"
[[rule]]
label  = "post {x}"
on     = "http"
client = { method = "POST", path = "/", json = { x = "{x}" } }

[[rule]]
label  = "posted {x}"
on     = "http"
server = { status = 201, json = { x = "{x}" } }
"#;
    let binding = [LAB, rules].concat();
    let diagram = "Ann->S: WS connect\nEve->S: WS connect\nS->Eve: HTTP 403\nAnn->S: post one\nS->Ann: posted one\n";
    for net in BOTH {
        lab.play(net, diagram, &binding).passes();
    }
}

/// What each end looks like to the client that was to hear something else.
#[test]
fn a_server_ends_connections_in_every_way() {
    let ends = [
        (End::Close(1011, "oops"), "1011"),
        (End::Bare, "without a code"),
        (End::Reset, "reset"),
        (End::Fin, "end of stream"),
        (End::HalfClose, "end of stream"),
        (End::Torn, "end of stream"),
    ];
    for (end, words) in ends {
        let script = end.clone();
        let lab = sockets(move |mut client: Client| {
            let end = script.clone();
            async move {
                if client.hear().await.is_some() {
                    client.send(end);
                }
            }
        });
        for net in BOTH {
            // A pipe knows no reset.
            if net == Net::Tcp || end != End::Reset {
                let told = lab.play(net, "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n", LAB);
                told.fails(Class::Closed, 2).says(words);
            }
        }
    }
}

#[test]
fn a_server_streams_events() {
    let lab = server(|call: Call| async move {
        let Some(out) = call.events().await else { return };
        out.send("id: 1\ndata: {\"x\":\"a\"}");
        out.send(End::Bare);
    });
    for net in BOTH {
        lab.play(net, "Ann->S: listen\nS->Ann: event a\nS->Ann: SSE closed\n", EVENTS).passes();
    }
}

#[test]
fn a_delay_is_the_servers_and_passes_in_virtual_time() {
    let lab = sockets(|mut client: Client| async move {
        if client.hear().await.is_some() {
            client.after(ms(2_000), json!({ "t": "a" }));
        }
    });
    let told = lab.play(Net::Memory, "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n", LAB);
    told.passes();
    let at = told.all.plays[0].outcome.marks.last().and_then(|mark| mark.at).expect("it came");
    assert!(at.0 >= 2_000_000_000, "{at:?}");
}
