//! How a server shows that it has handled what was said: echoes without a nonce, by request, of one participant; and
//! requests that are made again until they are answered as wanted.

use crate::bindings::parse;
use crate::field::{Call, Client, Field, LAB, Net, ms, server, sockets};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::trace::Evidence;
use serde_json::json;

/// The lab with another echo.
fn lab(echo: &str) -> String {
    let (before, rest) = LAB.split_once("[echo]").expect("an echo");
    let (_, after) = rest.split_once("\n\n").expect("an empty line");
    format!("{before}{echo}\n{after}")
}

const PONG: &str = "[echo]\nclient = { t = \"are you there\" }\nserver = { t = \"yes\" }\n";

/// Answers pings without a word of which; says `extra` so much later than `go`.
fn ponging() -> Field {
    sockets(|mut client: Client| async move {
        while let Some(said) = client.hear_all().await {
            match said["t"].as_str() {
                Some("are you there") => client.send(json!({ "t": "yes" })),
                _ => client.send(json!({ "t": "a" })),
            }
        }
    })
}

#[test]
fn an_echo_needs_no_nonce() {
    let told = ponging().play(Net::Tcp, "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n", &lab(PONG));
    assert_eq!(told.passes().evidence, Some(Evidence::Echo), "{told}");
    // An answer that nobody asked for is one too many.
    let chatty = sockets(|mut client: Client| async move {
        client.send(json!({ "t": "yes" }));
        while client.hear_all().await.is_some() {
            client.send(json!({ "t": "yes" }));
        }
    });
    let told = chatty.play(Net::Tcp, "Ann->S: WS connect\n", &lab(PONG));
    assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Unexpected)), "{told}");
}

const DRAINED: &str = r#"[echo]
http = { path = "/drained?n={nonce}" }
json = { drained = true, n = "{nonce}" }
"#;

/// Tells everybody what anybody says, a moment later; `/drained` waits for that.
fn slow() -> Field {
    server(|call: Call| async move {
        if call.path == "/drained" {
            // Whatever was said is on its way by then.
            tokio::time::sleep(ms(60)).await;
            let nonce = call.query.get("n").cloned();
            return call.answer(200, json!({ "drained": true, "n": nonce })).await;
        }
        if call.path == "/feed" {
            let Some(out) = call.events().await else { return };
            out.send("data: hello");
            return std::future::pending::<()>().await;
        }
        let Some(mut client) = call.accept().await else { return };
        while let Some(said) = client.hear().await {
            client.others().iter().for_each(|other| other.after(ms(30), said.clone()));
        }
    })
}

#[test]
fn an_echo_may_be_a_request() {
    // Bob is to speak only when what Ann said is handled, and nothing else tells that it is.
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nAnn->S: a\nBob->S: WS pause\nAnn->S: b\nBob->S: WS resume\nS->Bob: a\nS->Bob: b\n";
    let told = slow().play(Net::Tcp, diagram, &lab(DRAINED));
    assert_eq!(told.passes().evidence, Some(Evidence::Echo), "{told}");
    // A client of an event stream has no socket, and can show it all the same.
    let feed = "[[rule]]\nlabel = \"listen\"\non = \"sse\"\nclient = { path = \"/feed\" }\n[[rule]]\nlabel = \"news {x}\"\non = \"sse\"\nserver = { data = \"{x}\" }\n";
    let told = slow().play(Net::Tcp, "Ann->S: listen\nS->Ann: news hello\n", &format!("{DRAINED}{feed}"));
    assert_eq!(told.passes().evidence, Some(Evidence::Echo), "{told}");
}

#[test]
fn one_participant_may_have_an_echo_of_its_own() {
    let binding =
        lab(&format!("{PONG}\n[participants.Bob.echo]\nclient = {{ t = \"bob?\" }}\nserver = {{ t = \"bob!\" }}\n"));
    let both = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear_all().await {
            let bob = client.name == "Bob";
            match said["t"].as_str() {
                Some("are you there") if !bob => client.send(json!({ "t": "yes" })),
                Some("bob?") if bob => client.send(json!({ "t": "bob!" })),
                other => client.send(json!({ "t": "wrong", "x": other })),
            }
        }
    });
    let told = both.play(Net::Tcp, "Ann->S: WS connect\nBob->S: WS connect\n", &binding);
    assert_eq!(told.passes().evidence, Some(Evidence::Echo), "{told}");
}

#[test]
fn an_echo_that_is_none_is_refused_where_it_stands() {
    for (text, why) in [
        ("[echo]\nclient = 1\nserver = { n = \"{nonce}\" }\n", "is expected in the answer, but not sent"),
        ("[echo]\nclient = 1\n", "needs both `client` and `server`, or `http`"),
        ("[echo]\nhttp = { path = \"/\" }\nclient = 1\n", "not both"),
        ("[echo]\nclient = 1\nserver = 2\nstatus = 200\n", "add `http"),
        ("[participants.Bob.echo]\nclient = 1\nserver = 2\n", "the other participants have no echo"),
    ] {
        let said = parse("mine.toml", text).expect_err(why);
        assert!(said.contains(why) && said.contains("mine.toml:"), "{said}");
    }
}

const POLLING: &str = r#"
[[rule]]
label  = "await job {id}"
on     = "http"
client = { path = "/jobs/{id}" }
repeat = { every = "20ms", until = { json = { state = "{_:done|failed}" } } }

[[rule]]
label  = "job {id} is {state}"
on     = "http"
server = { status = 200, json = { id = "{id}", state = "{state}" } }
"#;

/// A job that takes so many questions.
fn job(questions: u64, end: &'static str) -> Field {
    server(move |call: Call| async move {
        let asked = call.notes(|notes| {
            let asked = notes.as_u64().unwrap_or(0) + 1;
            *notes = asked.into();
            asked
        });
        let state = if asked < questions { "busy" } else { end };
        call.answer(200, json!({ "id": "7", "state": state })).await;
    })
}

#[test]
fn a_request_is_made_again_until_it_is_answered_as_wanted() {
    let diagram = "Ann->S: await job 7\nS->Ann: job 7 is done\n";
    for net in [Net::Memory, Net::Tcp] {
        job(1, "done").play(net, diagram, POLLING).passes();
        job(4, "done").play(net, diagram, POLLING).passes();
    }
    job(4, "failed").play(Net::Memory, diagram, POLLING).fails(Class::WrongPayload, 2).says("failed");
    // The last answer counts where none is as wanted in time.
    job(u64::MAX, "done").play(Net::Memory, diagram, POLLING).fails(Class::WrongPayload, 2).says("busy");
    // Undrawn, it is waited for as well.
    job(3, "done").play(Net::Memory, "Ann->S: await job 7\n", POLLING).passes();
}

#[test]
fn what_cannot_be_repeated_is_refused_where_it_stands() {
    for (text, why) in [
        ("label = \"x\"\nclient = 1\nrepeat = { every = \"1s\", until = {} }\n", "only a request can be repeated"),
        ("label = \"x\"\non = \"http\"\nclient = { path = \"/\" }\nrepeat = { every = \"1s\" }\n", "needs both"),
        (
            "label = \"x\"\non = \"http\"\nclient = { path = \"/\" }\nrepeat = { every = \"often\", until = {} }\n",
            "not an interval",
        ),
    ] {
        let said = parse("mine.toml", &format!("[[rule]]\n{text}")).expect_err(why);
        assert!(said.contains(why) && said.contains("mine.toml:"), "{said}");
    }
}

const ASIDES: &str = r#"
[[rule]]
label  = "listen"
on     = "sse"
client = { path = "/" }

[[rule]]
label  = "stream of {server}"
on     = "http"
server = { status = 200, headers = { content-type = "text/event-stream" } }

[[rule]]
label  = "reconnect after {ms:int}"
on     = "sse"
server = { retry = "{ms:int}" }

[[rule]]
label  = "keep-alive"
on     = "sse"
server = { comment = "{_}" }

[[rule]]
label  = "news {x}"
on     = "sse"
server = { event = "news", data = "{x}" }
"#;

fn feed(lines: &'static [&'static str]) -> Field {
    server(move |call: Call| async move {
        let Some(out) = call.events().await else { return };
        for (index, line) in lines.iter().enumerate() {
            out.after(ms(100 * index as u64), *line);
        }
        std::future::pending::<()>().await;
    })
}

#[test]
fn comments_and_retry_of_an_event_stream_can_be_drawn() {
    let diagram = "Ann->S: listen\nS->Ann: reconnect after 3000\n#@ within 150ms\nS->Ann: keep-alive\nS->Ann: news x\n";
    feed(&["retry: 3000", ": ping", "event: news\ndata: x"]).play(Net::Memory, diagram, ASIDES).passes();
    feed(&["retry: 1", ": ping", "event: news\ndata: x"])
        .play(Net::Memory, diagram, ASIDES)
        .fails(Class::WrongPayload, 2)
        .says("3000");
    feed(&["retry: 3000", "event: news\ndata: x"]).play(Net::Memory, diagram, ASIDES).fails(Class::Missing, 4);
    // Where no rule speaks of them, they are nothing.
    let (plain, _) = ASIDES.split_once("[[rule]]\nlabel  = \"reconnect").expect("a rule");
    let (_, news) = ASIDES.split_once("[[rule]]\nlabel  = \"news").expect("a rule");
    let plain = format!("{plain}[[rule]]\nlabel  = \"news{news}");
    feed(&["retry: 1", ": ping", "event: news\ndata: x"])
        .play(Net::Memory, "Ann->S: listen\nS->Ann: news x\n", &plain)
        .passes();
    let said =
        parse("mine.toml", "[[rule]]\nlabel = \"x\"\non = \"sse\"\nserver = { comment = \"a\", data = \"b\" }\n");
    assert!(said.expect_err("both").contains("cannot be combined with the other keys"));
}

/// How often they come is drawn as for every message.
#[test]
fn keep_alives_of_an_event_stream_are_held_to_their_interval() {
    let diagram = "Ann->S: listen\nloop 3 times\n#@ between 60ms and 140ms\nS->Ann: keep-alive\nend\nS->Ann: news x\n";
    const END: &str = "event: news\ndata: x";
    feed(&["", ": a", ": b", ": c", END]).play(Net::Memory, diagram, ASIDES).passes();
    feed(&["", ": a", ": b", "", "", ": c", END]).play(Net::Memory, diagram, ASIDES).fails(Class::Late, 4);
    feed(&["", ": a", ": b", END]).play(Net::Memory, diagram, ASIDES).fails(Class::Missing, 4);
}

/// Where nothing but a text can stand, a number is its digits.
#[test]
fn a_number_of_an_event_may_stand_in_its_data_and_in_its_id() {
    const BOTH: [&str; 1] = ["id: 7\nevent: news\ndata: {\"n\":7}"];
    const OTHER: [&str; 1] = ["id: 8\nevent: news\ndata: {\"n\":7}"];
    const EMPTY: [&str; 1] = ["event: news\ndata:"];
    let rule = |label: &str, n: &str| {
        let (listen, _) = ASIDES.split_once("[[rule]]\nlabel  = \"reconnect").expect("a rule");
        let server = format!("{{ event = \"news\", id = \"{n}\", data = {{ \"$json\" = {{ n = \"{n}\" }} }} }}");
        format!("{listen}[[rule]]\nlabel = \"{label}\"\non = \"sse\"\nserver = {server}\n")
    };
    let binding = rule("news {n:int}", "{n}");
    feed(&BOTH).play(Net::Memory, "Ann->S: listen\nS->Ann: news 7\n", &binding).passes();
    feed(&OTHER).play(Net::Memory, "Ann->S: listen\nS->Ann: news 7\n", &binding).fails(Class::WrongPayload, 2);
    let binding = rule("news", "{n:int}");
    feed(&BOTH).play(Net::Memory, "Ann->S: listen\nS->Ann: news\n", &binding).passes();
    feed(&OTHER).play(Net::Memory, "Ann->S: listen\nS->Ann: news\n", &binding).fails(Class::WrongPayload, 2);
    let empty = rule("news", "x").replace("id = \"x\", data = { \"$json\" = { n = \"x\" } }", "data = \"{_}\"");
    feed(&EMPTY).play(Net::Memory, "Ann->S: listen\nS->Ann: news\n", &empty).passes();
}

/// A head has a limit, wherever the reader finds its end.
#[test]
fn the_head_of_an_answer_is_limited() {
    let rules = "[[rule]]\nlabel = \"ask\"\non = \"http\"\nclient = { path = \"/\" }\n\n\
                 [[rule]]\nlabel = \"ok\"\non = \"http\"\nserver = { status = 200 }\n";
    let play = |fields: usize, size: usize| {
        server(move |call: Call| async move {
            let names: Vec<String> = (0..fields).map(|at| format!("x-{at}")).collect();
            let value = "a".repeat(size / fields);
            let headers: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*value)).collect();
            call.answer_with(200, &headers, b"{}").await;
        })
        .play(Net::Memory, "Ann->S: ask\nS->Ann: ok\n", rules)
    };
    play(1, 60_000).passes();
    for told in [play(1, 66_000), play(1, 100_000), play(1, 300_000), play(200, 200)] {
        told.fails(Class::Closed, 1).says("over the limit of 65536 bytes or 128 fields");
    }
}

const PROTOCOLS: &str = r#"
[connect]
subprotocols = ["v2.chat", "v1.chat"]

[[rule]]
label  = "protocol {p} from {region}"
on     = "http"
server = { status = 101, headers = { sec-websocket-protocol = "{p}", x-region = "{region}" } }
"#;

fn selecting(header: &'static str) -> Field {
    server(move |call: Call| async move {
        let Some((stream, _)) = call.switch(header).await else { return };
        std::future::pending::<()>().await;
        drop(stream);
    })
}

#[test]
fn a_handshake_selects_one_subprotocol_and_its_headers_can_be_drawn() {
    let diagram = "Ann->S: WS connect\nS->Ann: protocol v2.chat from eu\n";
    let play = |header| selecting(header).play(Net::Memory, diagram, PROTOCOLS);
    play("sec-websocket-protocol: v2.chat\r\nx-region: eu\r\n").passes();
    play("sec-websocket-protocol: v1.chat\r\nx-region: eu\r\n").fails(Class::WrongPayload, 2).says("v1.chat");
    play("sec-websocket-protocol: v2.chat\r\nx-region: us\r\n").fails(Class::WrongPayload, 2);
    let list = play("sec-websocket-protocol: v2.chat, v1.chat\r\nx-region: eu\r\n");
    assert_eq!((list.verdict, list.class), (Verdict::Fail, Some(Class::Closed)), "{list}");
    list.says("may select only one");
    for (name, help) in [
        ("Sec-WebSocket-Protocol", "subprotocols"),
        ("sec-websocket-extensions", "compress = true"),
        ("upgrade", "remove it"),
    ] {
        let said = parse("mine.toml", &format!("[connect]\nurl = \"{{target}}/ws\"\nheaders = {{ {name} = \"x\" }}\n"))
            .expect_err(name);
        assert!(said.contains("belongs to the handshake itself") && said.contains(help), "{said}");
    }
}

#[test]
fn the_id_of_an_event_tells_whose_it_is() {
    let binding = "[[rule]]\nlabel = \"listen\"\non = \"sse\"\nclient = { path = \"/?n={self}\" }\n\
                   [[rule]]\nlabel = \"news {x}\"\non = \"sse\"\nserver = { data = \"{x}\" }\n";
    let feed = server(|call: Call| async move {
        let ann = call.query.get("n").is_some_and(|name| name == "Ann");
        let Some(out) = call.events().await else { return };
        if ann {
            out.send("id: 1\ndata: x");
            // Bob's, by its id; a copy of her own by everything else.
            out.after(ms(50), "id: 2\ndata: x");
        } else {
            out.send("id: 2\ndata: x");
        }
        std::future::pending::<()>().await;
    });
    let told = feed.play(Net::Memory, "Ann->S: listen\nBob->S: listen\nS->Ann: news x\nS->Bob: news x\n", binding);
    assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Misrouted)), "{told}");
}
