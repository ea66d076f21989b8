//! Nothing is called missing that was not waited for.

use crate::field::{Call, Client, Field, LAB, Net, ms, server, sockets};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::Options;
use serde_json::json;
use std::time::Duration;

const BOTH: [Net; 2] = [Net::Tcp, Net::Memory];

/// Says `b` at once and `a` later.
fn b_then_a(later: Duration) -> Field {
    sockets(move |mut client: Client| async move {
        while client.hear().await.is_some() {
            client.send(json!({ "t": "b" }));
            client.after(later, json!({ "t": "a" }));
        }
    })
}

#[test]
fn what_comes_after_the_next_is_reordered_and_never_missing() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\nS->Ann: b\n";
    for (net, later) in [(Net::Tcp, 0), (Net::Tcp, 40), (Net::Memory, 0), (Net::Memory, 40), (Net::Memory, 4_000)] {
        let told = b_then_a(ms(later)).play(net, diagram, LAB);
        assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Reordered)), "{later}: {told}");
        assert!(!told.findings().iter().any(|(class, _)| *class == Class::Missing), "{later}: {told}");
    }
    // What never comes is.
    let told = b_then_a(ms(60_000)).play(Net::Memory, diagram, LAB);
    told.fails(Class::Missing, 3).says("never received; expected within 5 s");
}

/// The tool goes on until the timeout, so that what is late is told as late, with the drawn number.
#[test]
fn what_is_too_late_is_late_with_the_drawn_number() {
    let after = |later: u64| {
        sockets(move |mut client: Client| async move {
            while client.hear().await.is_some() {
                client.after(ms(later), json!({ "t": "a" }));
            }
        })
    };
    let within = "Ann->S: WS connect\nAnn->S: go\n#@ within 300ms\nS->Ann: a\n";
    for net in BOTH {
        after(600).play(net, within, LAB).fails(Class::Late, 4).says("300 ms");
    }
    after(350).play(Net::Memory, within, LAB).fails(Class::Late, 4).says("300 ms");
    after(3_000).play(Net::Memory, within, LAB).fails(Class::Late, 4).says("300 ms");
    let patient = |scenario: seqcheck::Scenario| scenario.timeout(Duration::from_secs(20));
    after(15_000).play_with(Net::Memory, within, LAB, patient).fails(Class::Late, 4).says("15 s");
    after(60_000).play(Net::Memory, within, LAB).fails(Class::Missing, 4).says("expected within 300 ms");
    let between = "Ann->S: WS connect\nAnn->S: go\n#@ between 200ms and 400ms\nS->Ann: a\n";
    after(2_000).play(Net::Memory, between, LAB).fails(Class::Late, 4).says("400 ms");
}

/// One client gets the wrong thing at once, another is served in time: it is none of the findings.
#[test]
fn a_client_that_would_have_been_served_is_not_blamed_on_the_server() {
    let lab = sockets(|mut client: Client| async move {
        client.send(json!({ "t": "hello" }));
        while client.hear().await.is_some() {
            if let (Some(ann), Some(bob)) = (client.guest("Ann"), client.guest("Bob")) {
                ann.after(ms(60), json!({ "t": "news", "x": "one" }));
                bob.send(json!({ "t": "news", "x": "WRONG" }));
            }
        }
    });
    let binding = LAB.replace("[echo]", "after = [ { receive = { t = \"hello\" } } ]\n\n[echo]");
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nSvc->S: WS connect\nSvc->S: go\nS->Ann: news: one\nS->Bob: news: one\n";
    for net in BOTH {
        let told = lab.play(net, diagram, &binding);
        told.fails(Class::WrongPayload, 6);
        assert!(told.findings().iter().all(|(_, line)| *line != 5), "{told}");
    }
}

/// A client whose connection is being opened when something goes wrong elsewhere is waited for.
#[test]
fn a_client_that_is_connecting_is_waited_for() {
    let lab = server(|call: Call| async move {
        let second = call.query.get("n").is_some_and(|name| name == "Bob");
        if second {
            if let Some(ann) = call.guest("Ann") {
                ann.send(json!({ "t": "message", "x": "new" }));
            }
            tokio::time::sleep(ms(30)).await;
        }
        let Some(mut client) = call.accept().await else { return };
        client.send(json!({ "t": "connected" }));
        while let Some(said) = client.hear().await {
            client.others().iter().for_each(|other| other.send(said.clone()));
        }
    });
    let diagram = "Ann->S: WS connect\nS->Ann: connected\nBob->S: WS connect\nS->Bob: connected\n\
                   Bob->S: message: new\nS->Ann: message: new\n";
    for net in BOTH {
        let told = lab.play(net, diagram, LAB);
        told.fails(Class::Early, 6);
        assert!(told.findings().iter().all(|(_, line)| *line != 4), "{told}");
    }
}

/// A connection that gets no answer is an error of the run, whatever else is due at that moment.
#[test]
fn equal_deadlines_never_race() {
    let hanging = server(|call: Call| call.hang());
    let equal = |scenario: seqcheck::Scenario| {
        let (timeout, connect_timeout) = (Some(ms(400)), Some(ms(400)));
        scenario.options(Options { timeout, connect_timeout, ..Options::default() })
    };
    let shorter = |scenario: seqcheck::Scenario| {
        let (timeout, connect_timeout) = (Some(ms(100)), Some(ms(400)));
        scenario.options(Options { timeout, connect_timeout, ..Options::default() })
    };
    let diagram = "Ann->S: WS connect\nS->Ann: connected\n";
    let error = |told: crate::field::Told| assert_eq!(told.verdict, Verdict::Error, "{told}");
    for net in BOTH {
        for _ in 0..3 {
            error(hanging.play_with(net, diagram, LAB, equal));
            error(hanging.play_with(net, diagram, LAB, shorter));
        }
    }
}

/// In a loop that the server goes through each turn counts from the one before it, and that is the cause that is told; in one
/// in which the client sends, from what it sent in the same turn.
#[test]
fn what_is_late_in_a_loop_has_the_cause_of_its_own_turn() {
    let at = |times: &'static [u64]| {
        sockets(move |mut client: Client| async move {
            while client.hear().await.is_some() {
                times.iter().for_each(|at| client.after(ms(*at), json!({ "t": "a" })));
            }
        })
    };
    let turns = "Ann->S: WS connect\nAnn->S: go\nloop 1..3\n#@ within 150ms\nS->Ann: a\nend\n";
    for net in [Net::AsTcp, Net::Memory] {
        at(&[0, 100, 200]).play(net, turns, LAB).passes();
        at(&[0, 220]).play(net, turns, LAB).fails(Class::Late, 5).says("cause: line 5, S->Ann: a");
        at(&[100, 200, 420]).play(net, turns, LAB).fails(Class::Late, 5).says("cause: line 5, S->Ann: a");
        at(&[300]).play(net, turns, LAB).fails(Class::Late, 5).says("cause: line 2, Ann->S: go");
    }
    let answered = sockets(|mut client: Client| async move {
        let mut turn = 0;
        while client.hear().await.is_some() {
            client.after(ms(if turn == 1 { 300 } else { 20 }), json!({ "t": "a" }));
            turn += 1;
        }
    });
    let asked = "Ann->S: WS connect\nloop 3\nAnn->S: go\n#@ within 150ms\nS->Ann: a\nend\n";
    let told = answered.play(Net::Memory, asked, LAB);
    told.fails(Class::Late, 5).says("cause: line 3, Ann->S: go, complete after 20 ms");
}

/// Says these, so many milliseconds after whatever it hears.
fn saying(times: &'static [(u64, &'static str)]) -> Field {
    sockets(move |mut client: Client| async move {
        while client.hear().await.is_some() {
            times.iter().for_each(|(at, said)| client.after(ms(*at), json!({ "t": said })));
        }
    })
}

/// A client asks, and then this is drawn.
fn asked(body: &str) -> String {
    format!("Ann->S: WS connect\nAnn->S: go\n{body}\n")
}

/// A lower bound in a loop that the server goes through counts from the turn before, whichever way it is drawn: the server that
/// is too quick in a further turn is early there, as it is where the turns are written out.
#[test]
fn what_is_early_in_a_loop_is_so_in_any_turn() {
    let (at, drawn) = (saying, asked);
    let once: &[(u64, &str)] = &[(210, "a"), (420, "a"), (630, "a")];
    let second: &[(u64, &str)] = &[(210, "a"), (210, "a"), (420, "a")];
    let third: &[(u64, &str)] = &[(210, "a"), (420, "a"), (470, "a")];
    for body in [
        "loop 3\n...200ms...\nS->Ann: a\nend",
        "loop 3\n#@ after 200ms\nS->Ann: a\nend",
        "loop 3\n#@ between 200ms and 400ms\nS->Ann: a\nend",
        "loop 1..*\n...200ms...\nS->Ann: a\nend",
        "loop 0,*\n#@ after 200ms\nS->Ann: a\nend",
        "loop 3\n...200ms...\nopt\nS->Ann: a\nend\nend",
        "...200ms...\nloop 3\nS->Ann: a\n...200ms...\nend",
        "...200ms...\nS->Ann: a\n...200ms...\nS->Ann: a\n...200ms...\nS->Ann: a",
    ] {
        let drawn = drawn(body);
        for net in BOTH {
            at(once).play(net, &drawn, LAB).passes();
        }
        for early in [second, third] {
            let told = at(early).play(Net::Memory, &drawn, LAB);
            assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Early)), "{body}: {told}");
        }
    }
    // Bodies of several messages, and what stands behind a loop.
    let pair = drawn("loop 2\nS->Ann: a\n...200ms...\nS->Ann: b\nend");
    at(&[(0, "a"), (210, "b"), (210, "a"), (420, "b")]).play(Net::Memory, &pair, LAB).passes();
    at(&[(0, "a"), (210, "b"), (210, "a"), (260, "b")]).play(Net::Memory, &pair, LAB).fails(Class::Early, 6);
    let behind = drawn("loop 2\nS->Ann: a\n...200ms...\nend\nS->Ann: b");
    at(&[(0, "a"), (210, "a"), (420, "b")]).play(Net::Memory, &behind, LAB).passes();
    at(&[(0, "a"), (210, "a"), (210, "b")]).play(Net::Memory, &behind, LAB).fails(Class::Early, 7);
    // Above a loop it is above the first turn, and between turns it is not what stands in one.
    let above = drawn("...200ms...\nloop 3\nS->Ann: a\nend");
    at(&[(210, "a"), (210, "a"), (210, "a")]).play(Net::Memory, &above, LAB).passes();
    // Each message has its time from itself in the turn before, and not from the end of that.
    let ticks = drawn("loop 2\n#@ after 200ms\nS->Ann: a\nS->Ann: b\nend");
    at(&[(210, "a"), (350, "b"), (420, "a"), (420, "b")]).play(Net::Memory, &ticks, LAB).passes();
    let told = at(&[(210, "a"), (350, "b"), (360, "a"), (360, "b")]).play(Net::Memory, &ticks, LAB);
    told.fails(Class::Early, 5).says("cause: line 5, S->Ann: a, sent at the earliest after 190 ms");
}

/// The client waits between two turns as it is drawn there, and above a loop once.
#[test]
fn a_client_waits_between_turns_as_it_is_drawn() {
    let answers = |least: u64, most: u64| {
        sockets(move |mut client: Client| async move {
            let mut last: Option<tokio::time::Instant> = None;
            while client.hear().await.is_some() {
                let waited = last.map(|last| last.elapsed());
                let fits = waited.is_none_or(|waited| waited >= ms(least) && waited <= ms(most));
                client.send(json!({ "t": if fits { "a" } else { "b" } }));
                last = Some(tokio::time::Instant::now());
            }
        })
    };
    let drawn = |body: &str| format!("Ann->S: WS connect\n{body}\n");
    let between = drawn("loop 3\nAnn->S: go\nS->Ann: a\n...1s...\nend");
    answers(990, 1_100).play(Net::Memory, &between, LAB).passes();
    let nested = drawn("loop 2\nloop 2\nAnn->S: go\nS->Ann: a\n...1s...\nend\n...1s...\nend");
    answers(990, 2_100).play(Net::Memory, &nested, LAB).passes();
    let above = drawn("...1s...\nloop 3\nAnn->S: go\nS->Ann: a\nend");
    answers(0, 100).play(Net::Memory, &above, LAB).passes();
    // Also above what was left out, and once: silence told that only after the delay, and its window of 1 s.
    let options = drawn("Ann->S: go\nS->Ann: a\n...1s...\nopt\nAnn->S: b\nend\nAnn->S: go\nS->Ann: a");
    let left = |scenario: seqcheck::Scenario| scenario.options(Options { choose: vec![(5, 2)], ..Options::default() });
    answers(990, 1_100).play_with(Net::Memory, &options, LAB, left).passes();
    answers(1_990, 2_100).play(Net::Memory, &options.replace("Ann->S: b", "S->Ann: b"), LAB).passes();
}

/// What is left out is as what is not drawn: a delay above it is above what follows, for the server and for the client, and a
/// delay in it is above nothing.
#[test]
fn a_delay_above_what_is_left_out_is_above_what_follows() {
    let (at, drawn) = (saying, asked);
    for body in [
        "...200ms...\nopt\nS->Ann: b\nend\nS->Ann: a",
        "...200ms...\nloop 0..*\nS->Ann: b\nend\nS->Ann: a",
        "...200ms...\nalt\nS->Ann: b\nelse\nend\nS->Ann: a",
        "...200ms...\nbreak\nS->Ann: b\nend\nS->Ann: a",
        "...200ms...\nopt\nS->Ann: b\nend\nopt\nS->Ann: c\nend\nS->Ann: a",
        "...200ms...\nopt\nS->Ann: b\nopt\nS->Ann: c\nend\nend\nS->Ann: a",
        "...200ms...\nopt\nAnn->S: b\nend\nS->Ann: a",
    ] {
        let drawn = drawn(body);
        // Of what the client begins, nothing is chosen.
        let choose = if body.contains("Ann->S: b") { vec![(4, 2)] } else { Vec::new() };
        let left =
            |scenario: seqcheck::Scenario| scenario.options(Options { choose: choose.clone(), ..Options::default() });
        at(&[(210, "a")]).play_with(Net::Memory, &drawn, LAB, left).passes();
        let told = at(&[(50, "a")]).play_with(Net::Memory, &drawn, LAB, left);
        assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Early)), "{body}: {told}");
    }
    // Where it is taken, what follows it has no delay of its own.
    let taken = drawn("...200ms...\nopt\nS->Ann: b\nend\nS->Ann: a");
    at(&[(210, "b"), (210, "a")]).play(Net::Memory, &taken, LAB).passes();
    at(&[(50, "b"), (210, "a")]).play(Net::Memory, &taken, LAB).fails(Class::Early, 5);
    // A delay in it is above nothing.
    let inside = drawn("opt\nS->Ann: b\n...200ms...\nend\nS->Ann: a");
    at(&[(0, "a")]).play(Net::Memory, &inside, LAB).passes();
    at(&[(0, "b"), (50, "a")]).play(Net::Memory, &inside, LAB).fails(Class::Early, 7);
}
