//! The finding that is told first: the one that explains the rest, at the line of its cause.

use crate::field::{Call, Client, LAB, Net, ms, server, sockets};
use seqcheck::oracle::{Class, Finding, Verdict};
use seqcheck::server::{ServerOptions, mutants};
use seqcheck::{CheckVerdict, Scenario, Target};
use serde_json::json;

const BOTH: [Net; 2] = [Net::Tcp, Net::Memory];

/// A diagram against the built-in server.
fn played(diagram: &str, mutant: Option<&str>) -> CheckVerdict {
    let mutants = mutant.map(|name| mutants::find(name).expect("a mutant")).into_iter().collect();
    let target = Target::builtin(ServerOptions { mutants, ..ServerOptions::default() });
    let scenario = Scenario::parse("d.seq", diagram).unwrap_or_else(|why| panic!("{why}"));
    scenario.target(target).check().unwrap_or_else(|why| panic!("{why}"))
}

/// All findings with their lines.
fn findings(verdict: &CheckVerdict) -> Vec<(Class, u32)> {
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    let plan = verdict.plan.as_ref().expect("it was played");
    let line = |finding: &Finding| finding.arrow.map_or(0, |arrow| plan.order().arrow(arrow).line);
    let roots = verdict.plays.iter().flat_map(|play| &play.outcome.findings);
    let all = roots.flat_map(|root| [root].into_iter().chain(&root.consequences));
    all.map(|finding| (finding.class, line(finding))).collect()
}

#[test]
fn a_name_that_was_given_when_connecting_is_known_to_the_explanation() {
    let before = "Tab->Server: WS connect as Zoe\nServer-->Tab: Connected\nTab->Server: direct to Zoe: hello me\n";
    let one = format!("{before}Server->Tab: direct from Zoe: hello you\n");
    assert_eq!(findings(&played(&one, None)), [(Class::WrongPayload, 4)]);
    let two = format!(
        "{before}alt one\n  Server->Tab: direct from Zoe: hello you\nelse two\n  Server->Tab: direct from Zoe: hello there\nend\n"
    );
    let told = findings(&played(&two, None));
    assert!(matches!(told.as_slice(), [(Class::WrongPayload, 5 | 7)]), "{told:?}");
}

#[test]
fn a_refusal_that_is_drawn_and_not_given_is_the_root_at_once() {
    let told = played("Ann->Server: WS connect\nServer-->Ann: HTTP 409\n", None);
    assert_eq!(findings(&told)[0], (Class::WrongPayload, 2), "{told}");
    let words = told.to_string();
    assert!(words.contains("accepted") && words.contains("101") && words.contains("HTTP 409"), "{words}");
    // Over TCP, and where the server says nothing after it has let them in.
    let silent = server(|call: Call| async move {
        let Some(mut client) = call.accept().await else { return };
        while client.hear().await.is_some() {}
    });
    for net in BOTH {
        let told = silent.play(net, "Evil->S: WS connect\nS-->Evil: HTTP 403\n", LAB);
        told.fails(Class::WrongPayload, 2).does_not_say("it never came");
        assert!(told.took < ms(2_000), "{:?}", told.took);
    }
}

#[test]
fn an_echo_stands_at_what_it_echoes_whoever_is_read_first() {
    let lab = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear().await {
            if said["t"] != "echo" {
                client.others().iter().for_each(|other| other.send(said.clone()));
            }
            client.send(said);
        }
    });
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nAnn->S: say: one\nS->Bob: say: one\nBob->S: say: two\n\
                   S->Ann: say: two\n";
    for _ in 0..3 {
        for net in BOTH {
            lab.play(net, diagram, LAB).fails(Class::Misrouted, 3).says("an echo of line 3");
        }
    }
}

#[test]
fn a_frame_that_is_repeated_is_a_duplicate_and_no_wrong_payload() {
    let lab = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear().await {
            match said["x"].as_str() {
                Some("one") => client.send(json!({ "t": "ok", "x": "1" })),
                Some("two") => client.send(json!({ "t": "ok", "x": "1" })),
                _ => client.send(said),
            }
        }
    });
    let diagram = "Ann->S: WS connect\nAnn->S: go: one\nS->Ann: ok: 1\nAnn->S: go: two\nS->Ann: ok: 2\n";
    for net in BOTH {
        lab.play(net, diagram, LAB).fails(Class::Duplicate, 3);
    }
}

/// Streams of events, and a post that says `tick` to both listeners; what is wrong with it is `also`.
fn events(also: &'static str) -> crate::field::Field {
    server(move |call: Call| async move {
        if call.method == "POST" {
            for (name, id) in [("Ann", "e1"), ("Bob", "e2")] {
                call.guest(name).expect("a listener").send(format!("id: {id}\ndata: tick").as_str());
            }
            if !also.is_empty() {
                call.guest("Ann").expect("a listener").send(format!("id: {also}\ndata: tick").as_str());
            }
            call.answer(200, json!("ok")).await;
        } else {
            // Whoever listens is known by name, and stays.
            drop(call.events().await);
        }
    })
}

const EVENTS: &str = r#"
[[rule]]
label  = "open"
on     = "sse"
client = { path = "/?n={self}" }

[[rule]]
label  = "stream"
on     = "http"
server = { status = 200 }

[[rule]]
label  = "go"
on     = "http"
client = { method = "POST", path = "/" }

[[rule]]
label  = "tick (id={id})"
on     = "sse"
server = { id = "{id}", data = "tick" }
opaque = ["id"]
"#;

#[test]
fn an_event_is_told_apart_by_its_id() {
    let diagram = "Ann->S: open\nS->Ann: stream\nBob->S: open\nS->Bob: stream\nSvc->S: go\nS->Ann: tick (id=a)\n\
                   S->Bob: tick (id=b)\n";
    for net in BOTH {
        events("").play(net, diagram, EVENTS).passes();
        let told = events("e2").play(net, diagram, EVENTS);
        assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Misrouted)), "{told}");
        told.says("line 7").says("id: e2");
        events("e1").play(net, diagram, EVENTS).fails(Class::Duplicate, 6);
    }
}

#[test]
fn what_answers_ones_own_request_is_not_somebody_elses() {
    // `ok` is drawn for Bob alone; Ann's request is answered likewise.
    let lab = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear().await {
            client.send(if said["t"] == "save" { json!({ "t": "ok" }) } else { said });
        }
    });
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nBob->S: save\nS->Bob: ok\nAnn->S: save\n";
    for net in BOTH {
        lab.play(net, diagram, LAB).fails(Class::Unexpected, 5);
    }
}

#[test]
fn the_same_run_gives_the_same_line() {
    for (mutant, scenario) in
        [("echo-to-sender", "chat"), ("direct-to-all", "direct"), ("joined-at-connect", "parallel")]
    {
        let file = format!("{}/scenarios/{scenario}.seq", env!("CARGO_MANIFEST_DIR"));
        let mutants = vec![mutants::find(mutant).expect("a mutant")];
        let told = || {
            let options = ServerOptions { mutants: mutants.clone(), ..ServerOptions::default() };
            let scenario = Scenario::load(&file).unwrap_or_else(|why| panic!("{why}"));
            let checked =
                scenario.target(Target::builtin_on_tcp(options)).check().unwrap_or_else(|why| panic!("{why}"));
            findings(&checked)[0]
        };
        let first = told();
        for _ in 0..2 {
            assert_eq!(told(), first, "{mutant} in {scenario}");
        }
    }
}
