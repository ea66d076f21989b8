//! How long it is listened before anybody says that nothing more came.
//!
//! `SEQCHECK_LISTENS` plays over TCP so often what the suite plays once, and tries each millisecond of the windows as if
//! over TCP.

use crate::field::{Act, Call, Client, End, Field, LAB, Net, Out, Told, ms, server, sockets, without_echo};
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

/// How much later than the answer a slip was really written.
type Noted = Arc<Mutex<Option<Duration>>>;

/// Slips so much later than now.
fn slip_after(later: Duration, out: Out, slip: Act, noted: &Noted) {
    let (noted, first) = (Arc::clone(noted), Instant::now());
    tokio::spawn(async move {
        tokio::time::sleep(later).await;
        out.send(slip);
        for _ in 0..4 {
            // Until it is written by whoever writes.
            tokio::task::yield_now().await;
        }
        *noted.lock().expect("a note") = Some(first.elapsed());
    });
}

/// Answers Ann, and slips later.
fn slipping(slip: Slip, later: Duration, noted: &Noted) -> Field {
    let noted = Arc::clone(noted);
    sockets(move |mut client: Client| {
        let noted = Arc::clone(&noted);
        async move {
            while let Some(said) = client.hear().await {
                if said["t"] == "in" {
                    client.send(json!({ "t": "in" }));
                    continue;
                }
                client.send(json!({ "t": "a" }));
                let (out, act) = match slip {
                    Slip::Leak => (client.guest("Bob").expect("Bob is there"), json!({ "t": "a" }).into()),
                    Slip::Duplicate => (client.out(), json!({ "t": "a" }).into()),
                    Slip::Close => (client.out(), End::Close(1011, "crashed").into()),
                };
                slip_after(later, out, act, &noted);
            }
        }
    })
}

/// The same on event streams: an event for Ann when she listens, and a slip later.
fn slipping_stream(slip: Slip, later: Duration, noted: &Noted) -> Field {
    let noted = Arc::clone(noted);
    server(move |call: Call| {
        let noted = Arc::clone(&noted);
        async move {
            let Some(out) = call.events().await else { return };
            if out.name != "Ann" {
                return;
            }
            let event = || Act::from("data: {\"x\":\"a\"}");
            out.send(event());
            match slip {
                Slip::Leak => slip_after(later, out.guest("Bob").expect("Bob is there"), event(), &noted),
                Slip::Duplicate => slip_after(later, out, event(), &noted),
                Slip::Close => slip_after(later, out, End::Bare.into(), &noted),
            }
        }
    })
}

const TWO: &str = "Ann->S: WS connect\nBob->S: WS connect\nBob->S: in\nS->Bob: in\nAnn->S: go\nS->Ann: a\n";

const LISTENERS: &str = "Bob->S: listen\nS-->Bob: HTTP 200\nAnn->S: listen\nS-->Ann: HTTP 200\nS->Ann: event a\n";

/// Who slips on what.
const SLIPS: [Slip; 3] = [Slip::Duplicate, Slip::Leak, Slip::Close];

/// The bindings that are tried: sockets with an echo and without, and event streams.
fn bindings() -> [(String, bool); 3] {
    let streams = crate::field::EVENTS.replace("path = \"/\"", "path = \"/?n={self}\"");
    [(LAB.to_owned(), false), (without_echo(LAB), false), (streams, true)]
}

fn is_found(slip: Slip, told: &Told) -> bool {
    let class = match slip {
        Slip::Duplicate => Class::Duplicate,
        Slip::Leak => Class::Misrouted,
        Slip::Close => Class::Closed,
    };
    (told.verdict, told.class) == (Verdict::Fail, Some(class))
}

/// One play against a server that slips so much later; `settle` is a line of the diagram or empty.
fn play(net: Net, slip: Slip, later: Duration, settle: &str, (binding, streams): &(String, bool)) -> (Told, Noted) {
    let noted = Noted::default();
    let make = if *streams { slipping_stream } else { slipping };
    let diagram = format!("{settle}{}", if *streams { LISTENERS } else { TWO });
    (make(slip, later, &noted).play(net, &diagram, binding), noted)
}

/// `SEQCHECK_LISTENS` plays each of them so often.
fn plays() -> usize {
    std::env::var("SEQCHECK_LISTENS").ok().and_then(|plays| plays.parse().ok()).unwrap_or(1)
}

/// What slips within a window is found over TCP. A server that was slower than it was told to be, on a busy machine, says
/// nothing, and is left out.
fn are_found_over_tcp(delays: &[Duration], window: Duration, settle: &str) {
    let counts = Mutex::new((0, 0));
    for _ in 0..plays() {
        std::thread::scope(|scope| {
            for (&later, binding) in delays.iter().flat_map(|later| bindings().map(|binding| (later, binding))) {
                let counts = &counts;
                scope.spawn(move || {
                    for slip in SLIPS {
                        let (told, noted) = play(Net::Tcp, slip, later, settle, &binding);
                        let in_time = noted.lock().expect("a note").is_some_and(|took| took <= window);
                        assert!(!in_time || is_found(slip, &told), "{slip:?} {later:?}: {told}");
                        let mut counts = counts.lock().expect("nobody panics");
                        *(if in_time { &mut counts.0 } else { &mut counts.1 }) += 1;
                    }
                });
            }
        });
    }
    let (found, late) = counts.into_inner().expect("nobody panicked");
    println!("within {window:?}: found {found} of {found}; {late} times the server was late itself");
}

#[test]
fn what_comes_within_the_stated_window_is_found_by_default() {
    are_found_over_tcp(&[0, 1, 5, 20, 60, 120, 180, 220, 240].map(ms), STATED, "");
}

#[test]
fn what_comes_within_an_explicit_settle_is_found() {
    are_found_over_tcp(&[300, 450, 580].map(ms), ms(600), "#@ settle 600ms\n");
}

/// The same as if over TCP, for every delay up to the very end of each window.
#[test]
fn every_delay_within_a_window_is_found() {
    let step = if plays() > 1 { 1 } else { 25 };
    for (window, settle) in [(250, ""), (600, "#@ settle 600ms\n"), (2_000, "#@ settle 2s\n")] {
        for later in (0..=window).step_by(step * window / 250) {
            for binding in bindings() {
                for slip in SLIPS {
                    let (told, _) = play(Net::AsTcp, slip, ms(later as u64), settle, &binding);
                    assert!(is_found(slip, &told), "{slip:?} after {later} of {window} ms: {told}");
                }
            }
        }
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
    let listened = |told: &Told| told.all.plays[0].outcome.listened;
    assert!(listened(&told) >= STATED && listened(&told) < ms(1_001), "{told}");
    let told = correct.play(Net::Tcp, DIAGRAM, &without_echo(LAB));
    assert_eq!((told.evidence, listened(&told)), (Some(Evidence::Timed), STATED), "{told}");
    // Who has left can answer no echo.
    for net in [Net::Tcp, Net::Memory] {
        let told = correct.play(net, &format!("{DIAGRAM}Ann->S: WS disconnect\n"), LAB);
        assert_eq!((told.verdict, told.evidence), (Verdict::Pass, Some(Evidence::Nobody)), "{told}");
    }
    let wrong = correct.play(Net::Tcp, &DIAGRAM.replace("S->Ann: a", "S->Ann: b"), &without_echo(LAB));
    wrong.says("evidence: seqcheck listened for 250 ms after the last message");
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
    let lab = server(|call: Call| async move {
        tokio::time::sleep(ms(1_500)).await;
        call.answer(401, json!(null)).await;
    });
    for net in [Net::Tcp, Net::Memory] {
        lab.play(net, "Ann->S: post\n", &format!("{LAB}{rules}")).fails(Class::Unexpected, 1).says("HTTP 401");
    }
}

/// What comes after its deadline is late as long as anybody listens: for an explicit window, also after a violation.
#[test]
fn what_is_late_within_an_explicit_settle_is_told_as_late() {
    let slow = |at: u64| {
        sockets(move |mut client: Client| async move {
            while client.hear().await.is_some() {
                client.after(ms(at), json!({ "t": "a" }));
            }
        })
    };
    let diagram = format!("#@ settle 1s\n{DIAGRAM}");
    for net in [Net::Tcp, Net::Memory] {
        let soon = |scenario: seqcheck::Scenario| scenario.timeout(ms(300));
        slow(1_000).play_with(net, &diagram, &without_echo(LAB), soon).fails(Class::Late, 4);
        slow(2_000).play_with(net, &diagram, &without_echo(LAB), soon).fails(Class::Missing, 4);
    }
}

/// Answers `go`, and says these so much later.
fn saying(later: &'static [(u64, &'static str)]) -> Field {
    sockets(move |mut client: Client| async move {
        while client.hear().await.is_some() {
            client.send(json!({ "t": "a" }));
            later.iter().for_each(|(at, word)| client.after(ms(*at), json!({ "t": word })));
        }
    })
}

/// A time that is drawn above what may come and need not, or must never come, is listened through.
#[test]
fn a_drawn_time_above_what_need_not_come_is_listened_through() {
    let option = |part: &str| format!("{DIAGRAM}{part}\nS->Ann: x\nend\n");
    for net in [Net::Memory, Net::AsTcp] {
        for part in ["...3s...\nopt", "opt\n...3s...", "opt\n#@ after 3s", "...3s...\nloop 0,*", "...3s...\nbreak"] {
            let diagram = option(part);
            saying(&[]).play(net, &diagram, LAB).passes();
            let told = saying(&[(3_100, "x")]).play(net, &diagram, LAB);
            told.passes();
            assert!(heard(&told, "x"), "{net:?} {part}: {told}");
            let told = saying(&[(2_500, "y")]).play(net, &diagram, LAB);
            assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Unexpected)), "{part}: {told}");
            let told = saying(&[(1_500, "x")]).play(net, &diagram, LAB);
            assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Early)), "{part}: {told}");
        }
        for part in ["...3s...\n#@ never\nS->Ann: x\n", "...3s...\nneg\nS->Ann: x\nend\n"] {
            let diagram = format!("{DIAGRAM}{part}");
            saying(&[]).play(net, &diagram, LAB).passes();
            for at in [&[(1_500, "x")][..], &[(3_100, "x")]] {
                let told = saying(at).play(net, &diagram, LAB);
                assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Unexpected)), "{part}: {told}");
            }
        }
        // Of two, the lower one has its time behind that of the upper one.
        let two = format!("{DIAGRAM}...2s...\nopt\nS->Ann: x\nend\n...2s...\nopt\nS->Ann: y\nend\n");
        let told = saying(&[(4_100, "y")]).play(net, &two, LAB);
        told.passes();
        assert!(heard(&told, "y"), "{told}");
    }
}

/// A client that is to speak below an option does so when the time of that is over.
#[test]
fn what_is_sent_below_an_option_waits_for_its_drawn_time() {
    let diagram = format!("{DIAGRAM}...3s...\nopt\nS->Ann: x\nend\nAnn->S: go\nS->Ann: a\n");
    for net in [Net::Memory, Net::AsTcp] {
        saying(&[]).play(net, &diagram, LAB).passes();
        let told = saying(&[(3_100, "x")]).play(net, &diagram, LAB);
        assert!(heard(&told, "x"), "{told}");
    }
}

/// Whether this word came before the verdict.
fn heard(told: &Told, word: &str) -> bool {
    let judged = told.all.plays[0].trace.iter().take_while(|entry| entry.event != Event::Frozen);
    let word = format!("\"{word}\"");
    judged
        .filter(|entry| matches!(entry.event, Event::Received { .. }))
        .any(|entry| format!("{entry:?}").contains(&word))
}
