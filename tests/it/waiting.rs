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
    told.fails(Class::Missing, 3).says("it never came; wanted: at most 5 s");
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
    after(60_000).play(Net::Memory, within, LAB).fails(Class::Missing, 4).says("at most 300 ms");
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
    for net in BOTH {
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
