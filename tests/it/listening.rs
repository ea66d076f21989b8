//! How long it is listened before anybody says that nothing more came.

use crate::field::{Client, End, Field, LAB, Net, ms, sockets, without_echo};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::trace::{Event, Evidence, Moment};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const DIAGRAM: &str = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";

/// The window that docs/semantics.md states.
const STATED: Duration = ms(250);

/// Answers `go`, and says something else later.
fn then(later: Duration, extra: &'static str) -> Field {
    sockets(move |mut client: Client| async move {
        while client.hear().await.is_some() {
            client.send(json!({ "t": "a" }));
            client.after(later, json!({ "t": extra }));
        }
    })
}

/// What is asked for is a lower bound, wherever it is written and whatever carries the play.
#[test]
fn a_settle_that_is_asked_for_is_waited() {
    std::thread::scope(|scope| {
        for net in [Net::Tcp, Net::Memory] {
            for binding in [LAB.to_owned(), without_echo(LAB)] {
                let diagram = format!("#@ settle 1s\n{DIAGRAM}");
                let by_hand = binding.clone();
                scope.spawn(move || {
                    then(ms(800), "a").play(net, &diagram, &binding).fails(Class::Duplicate, 4);
                    then(ms(300), "extra").play(net, &diagram, &binding).fails(Class::Unexpected, 3);
                });
                scope.spawn(move || {
                    let settle = |scenario: seqcheck::Scenario| scenario.settle(ms(1_000));
                    then(ms(800), "a").play_with(net, DIAGRAM, &by_hand, settle).fails(Class::Duplicate, 3);
                    let never = format!("{DIAGRAM}#@ never\nS->Ann: extra\n");
                    then(ms(800), "extra").play(net, &never, &by_hand).fails(Class::Unexpected, 5);
                });
            }
        }
    });
}

/// What comes after the last drawn message although nobody drew it.
#[derive(Clone, Copy, Debug)]
enum Slip {
    /// The answer once more.
    Duplicate,
    /// A copy at another client.
    Leak,
    /// The end of the connection.
    Close,
}

/// Answers Ann, slips later, and notes how much later that was really written.
fn slipping(slip: Slip, later: Duration, noted: &Arc<Mutex<Option<Duration>>>) -> Field {
    let noted = Arc::clone(noted);
    sockets(move |mut client: Client| {
        let noted = Arc::clone(&noted);
        async move {
            while let Some(said) = client.hear().await {
                if said["t"] == "in" {
                    client.send(json!({ "t": "in" }));
                    continue;
                }
                let first = Instant::now();
                client.send(json!({ "t": "a" }));
                let out = match slip {
                    Slip::Leak => client.guest("Bob").expect("Bob is there"),
                    Slip::Duplicate | Slip::Close => client.out(),
                };
                let noted = Arc::clone(&noted);
                tokio::spawn(async move {
                    tokio::time::sleep(later).await;
                    match slip {
                        Slip::Duplicate | Slip::Leak => out.send(json!({ "t": "a" })),
                        Slip::Close => out.send(End::Close(1011, "crashed")),
                    }
                    for _ in 0..4 {
                        // Until it is written by whoever writes.
                        tokio::task::yield_now().await;
                    }
                    *noted.lock().expect("a note") = Some(first.elapsed());
                });
            }
        }
    })
}

const TWO: &str = "Ann->S: WS connect\nBob->S: WS connect\nBob->S: in\nS->Bob: in\nAnn->S: go\nS->Ann: a\n";

/// One play against a server that slips so much later, while `window` is listened; a server that was slower than it was
/// told to be, on a busy machine, is left out: then it says nothing.
fn slips(slip: Slip, later: Duration, window: Duration, diagram: &str, binding: &str) {
    let noted = Arc::new(Mutex::new(None));
    let told = slipping(slip, later, &noted).play(Net::Tcp, diagram, binding);
    let took = *noted.lock().expect("a note");
    if took.is_some_and(|took| took <= window) {
        let class = match slip {
            Slip::Duplicate => Class::Duplicate,
            Slip::Leak => Class::Misrouted,
            Slip::Close => Class::Closed,
        };
        assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(class)), "{slip:?} {later:?}: {told}");
    }
}

/// `SEQCHECK_LISTENS` plays each of them so often.
fn plays() -> usize {
    std::env::var("SEQCHECK_LISTENS").ok().and_then(|plays| plays.parse().ok()).unwrap_or(1)
}

#[test]
fn what_comes_within_the_stated_window_is_found_by_default() {
    let delays = [0, 1, 5, 20, 60, 120, 180, 220, 240].map(ms);
    for _ in 0..plays() {
        std::thread::scope(|scope| {
            for later in delays {
                for binding in [LAB.to_owned(), without_echo(LAB)] {
                    scope.spawn(move || {
                        for slip in [Slip::Duplicate, Slip::Leak, Slip::Close] {
                            slips(slip, later, STATED, TWO, &binding);
                        }
                    });
                }
            }
        });
    }
}

#[test]
fn what_comes_within_an_explicit_settle_is_found() {
    let diagram = format!("#@ settle 600ms\n{TWO}");
    for _ in 0..plays() {
        std::thread::scope(|scope| {
            for later in [300, 450, 580].map(ms) {
                for slip in [Slip::Duplicate, Slip::Leak, Slip::Close] {
                    let diagram = &diagram;
                    scope.spawn(move || slips(slip, later, ms(600), diagram, LAB));
                }
            }
        });
    }
}

#[test]
fn the_evidence_says_what_was_done() {
    let correct = sockets(|mut client: Client| async move {
        while client.hear().await.is_some() {
            client.send(json!({ "t": "a" }));
        }
    });
    let told = correct.play(Net::Tcp, DIAGRAM, LAB);
    assert_eq!((told.verdict, told.evidence), (Verdict::Pass, Some(Evidence::Echo)), "{told}");
    let listened = |told: &crate::field::Told| told.all.plays[0].outcome.listened;
    assert!(listened(&told) >= STATED && listened(&told) < ms(1_001), "{told}");
    let told = correct.play(Net::Tcp, DIAGRAM, &without_echo(LAB));
    assert_eq!((told.evidence, listened(&told)), (Some(Evidence::Timed), STATED), "{told}");
    // Who has left can answer no echo.
    for net in [Net::Tcp, Net::Memory] {
        let told = correct.play(net, &format!("{DIAGRAM}Ann->S: WS disconnect\n"), LAB);
        assert_eq!((told.verdict, told.evidence), (Verdict::Pass, Some(Evidence::Nobody)), "{told}");
    }
    let wrong = correct.play(Net::Tcp, &DIAGRAM.replace("S->Ann: a", "S->Ann: b"), &without_echo(LAB));
    wrong.says("evidence: listened for 250 ms after the last message");
}

/// What is not judged is no activity: the end comes as soon as without it.
#[test]
fn noise_does_not_hold_up_the_end() {
    let noisy = sockets(|mut client: Client| async move {
        let out = client.out();
        tokio::spawn(async move {
            loop {
                out.send(json!({ "t": "tick" }));
                tokio::time::sleep(ms(20)).await;
            }
        });
        while client.hear().await.is_some() {
            client.send(json!({ "t": "a" }));
        }
    });
    let told = noisy.play(Net::Memory, &format!("#@ ignore tick\n{DIAGRAM}"), LAB);
    told.passes();
    let quiet = told.all.plays[0].trace.iter().find(|entry| matches!(entry.event, Event::Quiet { .. }));
    assert!(quiet.is_some_and(|entry| entry.at <= Moment::after(ms(1_050))), "{quiet:?}");
    let told = noisy.play(Net::Tcp, &format!("#@ ignore tick\n{DIAGRAM}"), &without_echo(LAB));
    told.passes();
    assert_eq!(told.evidence, Some(Evidence::Timed), "{told}");
}

/// An answer that no arrow draws is waited for: one that is no success is a finding, when ever it comes in time.
#[test]
fn an_undrawn_answer_is_waited_for() {
    let rules = "\n[[rule]]\nlabel = \"post\"\non = \"http\"\nclient = { method = \"POST\", path = \"/\" }\n";
    let lab = crate::field::server(|call: crate::field::Call| async move {
        tokio::time::sleep(ms(1_500)).await;
        call.answer(401, json!(null)).await;
    });
    for net in [Net::Tcp, Net::Memory] {
        lab.play(net, "Ann->S: post\n", &format!("{LAB}{rules}")).fails(Class::Unexpected, 1).says("HTTP 401");
    }
}
