//! The finding that is told first: the one that explains the rest, at the line of its cause.

use crate::field::{Call, Client, LAB, Net, ms, server, sockets};
use seqcheck::oracle::{Class, Finding, Verdict};
use seqcheck::server::{ServerOptions, mutants};
use seqcheck::trace::Moment;
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
        told.fails(Class::WrongPayload, 2).does_not_say("never received");
    }
    // Nothing is waited for but the window.
    for net in [Net::AsTcp, Net::Memory] {
        let told = silent.play(net, "Evil->S: WS connect\nS-->Evil: HTTP 403\n", LAB);
        let end = told.all.plays[0].trace.iter().map(|entry| entry.at).max();
        assert!(end < Some(Moment::after(ms(1_100))), "{end:?}");
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
            lab.play(net, diagram, LAB).fails(Class::Misrouted, 3).says("with values of line 3");
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

/// What was delivered is delivered again before the next, which comes as well.
#[test]
fn what_is_delivered_again_is_a_duplicate_of_its_arrow_alone() {
    let lab = sockets(|mut client: Client| async move {
        let mut last = None;
        while let Some(said) = client.hear().await {
            for other in client.others() {
                last.iter().for_each(|last: &serde_json::Value| other.send(last.clone()));
                other.send(said.clone());
            }
            last = Some(said);
        }
    });
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nAnn->S: say: one\nS->Bob: say: one\nAnn->S: say: two\n\
                   S->Bob: say: two\n";
    for net in BOTH {
        let told = lab.play(net, diagram, LAB);
        told.fails(Class::Duplicate, 4);
        assert_eq!(told.findings(), [(Class::Duplicate, 4)], "{told}");
    }
}

/// One of several is never delivered: that one is missing, and those behind it are not.
#[test]
fn what_never_comes_is_missing_at_its_line_alone() {
    let lab = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear().await {
            if said["x"] != "two" {
                client.others().iter().for_each(|other| other.send(said.clone()));
            }
        }
    });
    let mut diagram = "Ann->S: WS connect\nBob->S: WS connect\n".to_owned();
    for word in ["one", "two", "three"] {
        diagram += &format!("Ann->S: say: {word}\nS->Bob: say: {word}\n");
    }
    // Three at once, so that those behind it come before it is given up.
    let burst = "Ann->S: WS connect\nBob->S: WS connect\nAnn->S: say: one\nAnn->S: say: two\nAnn->S: say: three\n\
                 S->Bob: say: one\nS->Bob: say: two\nS->Bob: say: three\n";
    for net in BOTH {
        let soon = |scenario: Scenario| scenario.timeout(ms(400));
        lab.play_with(net, &diagram, LAB, soon).fails(Class::Missing, 6);
        let told = lab.play_with(net, burst, LAB, soon);
        assert_eq!(told.findings(), [(Class::Missing, 7)], "{told}");
    }
}

/// What is for one client is delivered to another: at the line of who should have got it.
#[test]
fn what_is_delivered_to_the_wrong_client_stands_at_the_line_of_the_right_one() {
    let lab = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear().await {
            let to = if said["t"] == "tell" { "Eve" } else { "Bob" };
            client.guest(to).iter().for_each(|guest| guest.send(said.clone()));
        }
    });
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nEve->S: WS connect\nAnn->S: say: one\nS->Bob: say: one\n\
                   Ann->S: tell: two\nS->Bob: tell: two\nAnn->S: say: three\nS->Bob: say: three\n";
    for net in BOTH {
        let told = lab.play_with(net, diagram, LAB, |scenario| scenario.timeout(ms(400)));
        told.fails(Class::Misrouted, 7).says("Eve received this, which is for Bob");
        assert!(told.findings().iter().all(|(_, line)| ![5].contains(line)), "{told}");
    }
}

/// Nobody draws what a publication is answered with; where that is a refusal, it stands at the publication, whatever was
/// sent meanwhile.
#[test]
fn an_undrawn_answer_stands_at_what_it_answers() {
    let rules = "\n[[rule]]\nlabel = \"publish\"\non = \"http\"\nclient = { method = \"POST\", path = \"/\" }\n";
    let lab = server(|call: Call| async move {
        if call.method == "POST" {
            tokio::time::sleep(ms(150)).await;
            call.answer(401, json!(null)).await;
            return;
        }
        let Some(mut client) = call.accept().await else { return };
        while let Some(said) = client.hear().await {
            client.send(said);
        }
    });
    let diagram = "Ann->S: WS connect\nDesk->S: publish\nAnn->S: say: one\nS->Ann: say: one\nAnn->S: say: two\n\
                   S->Ann: say: two\n";
    for net in BOTH {
        let told = lab.play(net, diagram, &format!("{LAB}{rules}"));
        told.fails(Class::Unexpected, 2).says("the server answered Desk with HTTP 401");
        assert_eq!(told.findings(), [(Class::Unexpected, 2)], "{told}");
    }
}

/// Answers `go` with these, one after the other, and `end` with those.
fn answers(go: &'static [&'static str], end: &'static [&'static str]) -> crate::field::Field {
    sockets(move |mut client: Client| async move {
        while let Some(said) = client.hear().await {
            let all = if said["t"] == "go" { go } else { end };
            all.iter().for_each(|answer| client.send(json!({ "t": answer })));
        }
    })
}

#[test]
fn what_is_drawn_where_a_choice_went_past_it_says_where() {
    let alt = "Ann->S: WS connect\nAnn->S: go\nalt\nS->Ann: x\nelse\nS->Ann: y\nend\nAnn->S: end\nS->Ann: done\n";
    let brk = "Ann->S: WS connect\nAnn->S: go\nbreak\nS->Ann: y\nend\nS->Ann: x\nAnn->S: end\nS->Ann: done\n";
    for net in BOTH {
        for (diagram, place) in [(alt, "drawn at line 6, in an operand"), (brk, "drawn at line 4, in an operand")] {
            answers(&["x"], &["done"]).play(net, diagram, LAB).passes();
            let told = answers(&["x", "y"], &["done"]).play(net, diagram, LAB);
            told.fails(Class::Unexpected, 2).says(place);
            assert!(!told.text.contains("#@ ignore"), "{told}");
        }
        // What no operand draws is not drawn.
        let told = answers(&["x", "z"], &["done"]).play(net, alt, LAB);
        told.says("a frame that is not drawn").says("#@ ignore Ann");
    }
}

#[test]
fn an_option_that_comes_behind_what_is_drawn_below_it_is_reordered() {
    let opt = "Ann->S: WS connect\nAnn->S: go\nopt\nS->Ann: x\nend\nAnn->S: end\nS->Ann: done\n";
    for net in BOTH {
        answers(&["x"], &["done"]).play(net, opt, LAB).passes();
        answers(&[], &["done"]).play(net, opt, LAB).passes();
        let told = answers(&[], &["done", "x"]).play(net, opt, LAB);
        told.fails(Class::Reordered, 4).says("the option has passed");
        assert!(!told.text.contains("#@ ignore"), "{told}");
    }
}

#[test]
fn an_option_that_comes_before_what_is_drawn_above_it_is_reordered() {
    let diagram = |part: &str| format!("Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n{part}\nS->Ann: x\nend\n");
    for net in BOTH {
        for part in ["opt", "loop 0..1", "loop 0,*", "break"] {
            let diagram = diagram(part);
            answers(&["a", "x"], &[]).play(net, &diagram, LAB).passes();
            answers(&["a"], &[]).play(net, &diagram, LAB).passes();
            let told = answers(&["x", "a"], &[]).play(net, &diagram, LAB);
            told.fails(Class::Reordered, 5).says("before the messages that are drawn above it");
        }
        // A loop may have a further turn; what repeats an earlier frame is a copy of that.
        let turns = diagram("loop 0..3");
        let told = answers(&["x", "a", "x"], &[]).play(net, &turns, LAB);
        told.fails(Class::Reordered, 5).says("before the messages that are drawn above it").does_not_say("#@ ignore");
        answers(&["a", "x", "x", "x", "x"], &[]).play(net, &turns, LAB).fails(Class::Duplicate, 5);
    }
}

/// What came behind the finding, or is told with it, is not waited for.
#[test]
fn what_came_is_not_waited_for() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\nS->Ann: b\nS->Ann: c\n";
    for net in BOTH {
        for all in [&["b", "a", "c"][..], &["x", "a", "b", "c"], &["a", "c", "b"]] {
            let told = answers(all, &[]).play(net, diagram, LAB);
            assert_eq!(told.verdict, Verdict::Fail, "{told}");
            told.does_not_say("also expected at that time");
        }
    }
}

/// A `break` ends the operand of a choice in which it stands, and no loop around that.
#[test]
fn a_break_in_a_choice_ends_its_operand_alone() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nloop 0..3\nalt\nS->Ann: x\nbreak\nS->Ann: stop\nend\nS->Ann: y\nelse\n\
                   S->Ann: c\nend\nS->Ann: d\nend\nS->Ann: e\n";
    let play = |all: &'static [&'static str]| answers(all, &[]).play(Net::Memory, diagram, LAB);
    for all in
        [&["x", "y", "d", "e"][..], &["c", "d", "x", "stop", "d", "c", "d", "e"], &["x", "stop", "d", "e"], &["e"]]
    {
        play(all).passes();
    }
    for all in [&["x", "stop", "e"][..], &["x", "stop", "y", "d", "e"]] {
        let told = play(all);
        assert_eq!(told.verdict, Verdict::Fail, "{all:?} {told}");
    }
}
