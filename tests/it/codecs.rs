//! Programs as codecs: what they are told, bodies over HTTP, and what is told where one fails.

use crate::field::{Call, Client, Field, Told, server, sockets};
use seqcheck::oracle::Class;
use seqcheck::run::Prepared;
use seqcheck::trace::Evidence;
use seqcheck::{Scenario, Target};
use std::time::Duration;

/// Frames and bodies are `SELF|TEXT`, whoever sends them.
const CODEC: &str = r#"#!/usr/bin/env python3
import json, sys, time
for line in sys.stdin:
    ask = json.loads(line)
    if "decode" in ask:
        if ask["decode"] == "boom":
            sys.stderr.write("no rule for boom\n")
            sys.exit(7)
        whose, _, text = ask["decode"].partition("|")
        if text == "slow":
            time.sleep(2.5)
        answer = {"messages": [{"whose": whose, "text": text, "direction": ask["direction"]}]}
    else:
        answer = {"frames": [ask["self"] + "/" + ask["peer"] + "|" + ask["encode"]["text"]]}
    print(json.dumps(answer), flush=True)
"#;

const RULES: &str = r#"
[[rule]]
label  = "say {text}"
client = { text = "{text}" }

[[rule]]
label  = "{whose} said {text}"
server = { whose = "{whose}", text = "{text}", direction = "received" }

[[rule]]
label  = "ask {text}"
on     = "http"
client = { method = "POST", path = "/ask", message = { text = "{text}" } }

[[rule]]
label  = "{whose} answered {text}"
on     = "http"
server = { status = 200, message = { whose = "{whose}", text = "{text}" } }
"#;

/// Sends back what it gets, over the socket and over HTTP.
fn mirror() -> Field {
    server(|call: Call| async move {
        if call.path == "/ask" {
            let body = call.body.clone();
            return call.answer_with(200, &[], &body).await;
        }
        let Some(mut client) = call.accept().await else { return };
        while let Some(said) = client.hear_raw().await {
            if let Ok(text) = said.into_text() {
                client.send(if text.ends_with("|boom") { "boom" } else { text.as_str() });
            }
        }
    })
}

fn played(diagram: &str) -> Told {
    played_by(diagram, RULES)
}

fn played_by(diagram: &str, rules: &str) -> Told {
    played_at(mirror().in_memory().real_time(), diagram, rules).1
}

/// The scenario that was played, ready to be judged again, and what it came to.
fn played_at(target: Target, diagram: &str, rules: &str) -> (Prepared, Told) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("codec.py"), CODEC).expect("written");
    let script = folder.path().join("codec.py").display().to_string();
    let binding = folder.path().join("b.toml");
    std::fs::write(&binding, format!("codec = {{ command = [\"python3\", \"{script}\"] }}\n{rules}")).expect("written");
    let prepared = Scenario::parse("d.seq", diagram)
        .and_then(|scenario| scenario.binding_file(&binding))
        .and_then(|scenario| scenario.target(target).trust(folder.path()).prepare())
        .unwrap_or_else(|why| panic!("{why}"));
    let told = Told::new(prepared.play());
    (prepared, told)
}

#[test]
fn a_program_is_told_for_whom_it_works_and_reads_bodies_too() {
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nAnn->S: say hi\nS->Ann: Ann/S said hi\nBob->S: say ho\nS->Bob: Bob/S said ho\n\
                   Ann->S: ask why\nS->Ann: Ann/S answered why\n";
    played(diagram).passes();
    played(&diagram.replace("answered why", "answered what")).fails(Class::WrongPayload, 8).says("why");
}

#[test]
fn an_echo_may_be_written_and_read_by_a_program() {
    let echo = "[echo]\nclient = { text = \"{nonce}\" }\nserver = { whose = \"{_}\", text = \"{nonce}\", direction = \"received\" }\n";
    let told = played_by("Ann->S: WS connect\nAnn->S: say hi\nS->Ann: Ann/S said hi\n", &format!("{echo}{RULES}"));
    assert_eq!(told.passes().evidence, Some(Evidence::Echo), "{told}");
}

#[test]
fn a_program_that_ends_tells_how_and_why() {
    played("Ann->S: WS connect\nAnn->S: say boom\nS->Ann: Ann/S said boom\n")
        .errs("codec")
        .says("exit status: 7")
        .says("no rule for boom");
}

/// What a server says meanwhile is neither late by what a program takes to read what came before, nor too early since the time of
/// the play stood still.
#[test]
fn the_time_that_a_program_takes_is_not_the_servers() {
    let server = sockets(|mut client: Client| async move {
        if client.hear_raw().await.is_some() {
            client.send("S|slow");
            client.send("S|soon");
            client.after(Duration::from_secs(3), "S|later");
        }
        while client.hear_raw().await.is_some() {}
    });
    let listening = server.listen();
    let diagram = "Ann->S: WS connect\nAnn->S: say hi\nS->Ann: S said slow\n#@ within 2s\nS->Ann: S said soon\n\
                   #@ after 3s\nS->Ann: S said later\n";
    let (prepared, told) = played_at(listening.target(), diagram, RULES);
    told.passes();
    let play = &told.all.plays[0];
    assert!(play.header.stops.total() >= Duration::from_millis(2_400), "{:?}", play.header.stops);
    let again = prepared.judge(&play.header, &play.trace).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(again.verdict(), told.verdict, "{again}");
}
