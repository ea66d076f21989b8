//! Records of diagrams with open choices, `par` and loops: every reading is tried, and in time.
//!
//! A record is written here as what happened, line by line: `Ann calls`, `Ann sends 7` (the line of the arrow in the diagram),
//! `Ann gets ready`, `quiet`. Nothing takes time but quiet, which lasts longer than any deadline.

use super::Told;
use crate::shapes::processor_time;
use seqcheck::Scenario;
use seqcheck::oracle::Class;
use seqcheck::run::CheckVerdict;
use seqcheck::trace::file;
use std::fmt::Write as _;
use std::time::Duration;

/// What judging one record may take of a processor, in a release build.
const MOST: Duration = Duration::from_millis(100);
/// So many times as long without optimisation.
const SLOWER: u32 = if cfg!(debug_assertions) { 20 } else { 1 };

/// A binding in which every label of a diagram is a frame.
fn binding(text: &str) -> String {
    let mut labels: Vec<&str> =
        text.lines().filter_map(|line| Some(line.split_once("->")?.1.split_once(": ")?.1)).collect();
    labels.sort_unstable();
    labels.dedup();
    let mut rules = String::from("name = \"words\"\n[connect]\nurl = \"{target}/{self}\"\n");
    for label in labels.iter().filter(|label| !label.starts_with("WS ")) {
        let _ = write!(
            rules,
            "[[rule]]\nlabel = \"{label}\"\nclient = {{ say = \"{label}\" }}\nserver = {{ say = \"{label}\" }}\n"
        );
    }
    rules
}

/// The record of what happened.
fn record(text: &str, order: &str, happened: &str) -> String {
    let lifelines = ["Ann", "Ben", "Desk"].into_iter().filter(|name| text.contains(&format!("{name}->")));
    let lifelines: Vec<String> = lifelines.map(str::to_owned).collect();
    let header = file::Header {
        scenario: "readings.seq".into(),
        fingerprint: file::fingerprint(text),
        binding: "words".into(),
        order: order.into(),
        timeout: 5_000_000_000,
        settle: 1_000_000_000,
        virtual_time: true,
        simulated: lifelines.iter().filter(|name| *name != "Desk").cloned().collect(),
        lifelines,
        ..file::Header::default()
    };
    let mut out = file::write(&header, &[]);
    let drawn: Vec<(usize, &str)> =
        text.lines().enumerate().filter(|(_, line)| line.contains("->")).map(|(at, line)| (at + 1, line)).collect();
    let mut at = 0u64;
    let place = r#""to":"Desk","channel":"socket""#;
    let mut line = |at: u64, rest: String| writeln!(out, r#"{{"at":{at},"event":{rest}}}"#).expect("room");
    for what in happened.lines().map(str::trim).filter(|what| !what.is_empty()) {
        let mut words = what.splitn(3, ' ');
        match (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next()) {
            ("quiet", ..) => {
                at += 6_000_000_000;
                line(at, r#""quiet","evidence":"virtual""#.into());
            }
            (who, "calls", _) => {
                let arrow = drawn.iter().position(|(_, drawn)| drawn.trim() == format!("{who}->Desk: WS connect"));
                let arrow = arrow.expect("it is drawn");
                line(at, format!(r#""sent","from":"{who}",{place},"arrow":{arrow},"label":"WS connect""#));
                line(at, format!(r#""done","client":"{who}","arrow":{arrow}"#));
            }
            (who, "sends", Some(number)) => {
                let arrow = drawn.iter().position(|(line, _)| line.to_string() == number).expect("it is drawn");
                let label = drawn[arrow].1.split_once(": ").expect("it has a label").1;
                let raw = serde_json::json!([{"text": serde_json::json!({"say": label}).to_string()}]);
                let said = format!(r#""arrow":{arrow},"label":"{label}","raw":{raw}"#);
                line(at, format!(r#""sent","from":"{who}",{place},{said}"#));
            }
            (who, "gets", Some(label)) => {
                let message = serde_json::json!({"text": serde_json::json!({"say": label}).to_string()});
                let from = r#""from":"Desk","channel":"socket""#;
                line(at, format!(r#""received","client":"{who}",{from},"message":{message}"#));
            }
            other => panic!("{other:?} is nothing that can happen"),
        }
    }
    line(at, r#""frozen""#.into());
    out
}

/// What a record of a diagram comes to, within the time that it may take.
fn judged(text: &str, order: &str, happened: &str) -> CheckVerdict {
    let binding = binding(text);
    let record = record(text, order, happened);
    let once = || {
        let before = processor_time();
        let scenario = Scenario::parse("readings.seq", text).and_then(|it| it.binding_text("words.toml", &binding));
        let prepared = scenario.and_then(|scenario| scenario.prepare()).expect("it can be played");
        let (header, entries) = file::read(&record).expect("a record");
        let verdict = prepared.judge(&header, &entries).expect("a verdict");
        (processor_time().saturating_sub(before), verdict)
    };
    let (mut least, verdict) = once();
    // What else the machine does is no part of it: of three times the least counts.
    for _ in 0..2 {
        least = least.min(once().0);
    }
    assert!(least < MOST * SLOWER, "judging took {least:?} of a processor");
    verdict
}

fn passes(text: &str, order: &str, happened: &str) {
    let verdict = judged(text, order, happened);
    assert_eq!(Told::of(&verdict), Told::Pass, "{happened}\n{verdict}");
}

/// The line and class of the only finding.
fn only_finding(verdict: &CheckVerdict) -> (u32, Class) {
    let outcome = &verdict.plays[0].outcome;
    assert_eq!(outcome.findings.len(), 1, "{verdict}");
    let finding = &outcome.findings[0];
    let plan = verdict.plan.as_deref().expect("it can be played");
    (plan.order().arrow(finding.arrow.expect("an arrow")).line, finding.class)
}

const QUIET: &str = "quiet\nquiet\nquiet\n";
const BOTH: &str = "Ann->Desk: WS connect\nDesk->Ann: ready\nBen->Desk: WS connect\nDesk->Ben: ready\n";
const BOTH_CALL: &str = "Ann calls\nAnn gets ready\nBen calls\nBen gets ready\n";

/// Two choices beside each other, of which one client sees nothing: whoever is read first.
#[test]
fn choices_beside_each_other_that_one_client_does_not_see() {
    let text = format!(
        "{BOTH}par\nalt\nDesk->Ben: red\nelse\nDesk->Ben: blue\nelse\nDesk->Ann: green\nend\nand\nalt\nDesk->Ben: one\nelse\n\
         Desk->Ben: two\nelse\nDesk->Ann: three\nend\nend\nDesk->Ann: done\n"
    );
    passes(&text, "diagram", &format!("{BOTH_CALL}Ann gets done\nBen gets blue\nBen gets two\n{QUIET}"));
    passes(&text, "diagram", &format!("{BOTH_CALL}Ben gets blue\nBen gets two\nAnn gets done\n{QUIET}"));
}

/// Options that were left out before a message, one more than were ever looked behind.
#[test]
fn any_number_of_options_left_out() {
    for count in [64, 65] {
        let options = "opt\nDesk->Ben: ask\nBen->Desk: answer\nend\n".repeat(count);
        let text = format!("Ann->Desk: WS connect\nBen->Desk: WS connect\n{options}Desk->Ann: done\n");
        passes(&text, "local", &format!("Ann calls\nBen calls\nAnn gets done\n{QUIET}"));
    }
}

/// A record is judged by the order that its header names, though the diagram names none.
#[test]
fn a_record_says_in_which_order_its_clients_sent() {
    let text = "Ann->Desk: WS connect\nDesk->Ann: ready\nBen->Desk: WS connect\nDesk->Ben: ready\nAnn->Desk: one\n\
                Desk->Ben: one of Ann\nBen->Desk: two\nDesk->Ann: two of Ben\n";
    let happened = "Ann calls\nBen calls\nAnn gets ready\nAnn sends 5\nBen gets ready\nBen gets one of Ann\nBen sends 7\n\
                    Ann gets two of Ben\nquiet\n";
    passes(text, "local", happened);
}

#[test]
fn quiet_closes_nothing_that_the_server_cannot_have_begun() {
    let text = format!(
        "{BOTH}opt\nDesk->Ann: offer\nBen->Desk: accept\nend\nAnn->Desk: accept\nopt\nDesk->Ben: news\nBen->Desk: thanks\nend\n"
    );
    let happened = format!("{BOTH_CALL}quiet\nAnn sends 9\nBen gets news\nBen sends 12\n{QUIET}");
    passes(&text, "local", &happened);
}

#[test]
fn the_nearest_receive_behind_a_par_is_that_of_any_operand() {
    let text = format!("{BOTH}par\nBen->Desk: ask\nAnn->Desk: answer\nand\nDesk->Ann: news\nend\nDesk->Ann: done\n");
    passes(&text, "local", &format!("{BOTH_CALL}Ann sends 7\nAnn gets news\nAnn gets done\nBen sends 6\n{QUIET}"));
}

/// Two sends of one `par` that are the same on the wire, in either order of their numbers.
#[test]
fn sends_that_nobody_can_tell_apart() {
    let text =
        "Ann->Desk: WS connect\nDesk->Ann: ready\npar\nAnn->Desk: ask\nDesk->Ann: answer\nand\nAnn->Desk: ask\nend\n";
    for (first, second) in [(4, 7), (7, 4)] {
        let sends = format!("Ann sends {first}\nAnn gets answer\nAnn sends {second}\n");
        passes(text, "diagram", &format!("Ann calls\nAnn gets ready\n{sends}{QUIET}"));
        let late = format!("Ann sends {first}\nAnn sends {second}\nAnn gets answer\n");
        passes(text, "diagram", &format!("Ann calls\nAnn gets ready\n{late}{QUIET}"));
        let unanswered = format!("Ann calls\nAnn gets ready\nAnn sends {first}\nAnn sends {second}\n{QUIET}");
        assert_eq!(Told::of(&judged(text, "diagram", &unanswered)), Told::Fail(Class::Missing));
    }
}

/// What must still come after quiet tells the branch, and what is sent then is sent in time.
#[test]
fn quiet_leaves_one_branch() {
    let text = format!(
        "{BOTH}Desk->Ben: start\nopt\nalt\nDesk->Ann: turn\nBen->Desk: pass\nDesk->Ann: turn\nelse\nopt\nDesk->Ben: turn\n\
         Desk->Ben: turn\nDesk->Ann: turn\nend\nend\nend\n"
    );
    let begun = format!("{BOTH_CALL}Ann gets turn\nBen gets start\nquiet\n");
    passes(&text, "local", &format!("{begun}Ben sends 9\nAnn gets turn\n{QUIET}"));
    // Without what it was quiet for, the record is not one of this diagram.
    let told = Told::of(&judged(&text, "local", &format!("{begun}quiet\nquiet\n")));
    assert!(matches!(told, Told::Doubt(_)), "{told:?}");
}

#[test]
fn the_cheapest_explanation_of_a_frame_that_was_lost_before_a_choice() {
    let text = "Ann->Desk: WS connect\nDesk->Ann: ready\nDesk->Ann: first\nopt\nalt\nDesk->Ann: red\nelse\nDesk->Ann: blue\nend\nend\n";
    let verdict = judged(text, "local", &format!("Ann calls\nAnn gets ready\nAnn gets blue\n{QUIET}"));
    assert_eq!(only_finding(&verdict), (3, Class::Missing), "{verdict}");
}

/// Frames in disorder: what is told is about them, and not about the connection, which is answered.
#[test]
fn three_hundred_frames_in_disorder() {
    let word = |number: usize| format!("w{}", number % 10);
    let drawn: String = (0..350).map(|number| format!("Desk->Ann: {}\n", word(number))).collect();
    let text = format!("Ann->Desk: WS connect\nDesk->Ann: ready\n{drawn}");
    let mut dice = 1u64;
    let came: String = (0..350)
        .map(|_| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("Ann gets {}\n", word((dice >> 33) as usize))
        })
        .collect();
    let verdict = judged(&text, "local", &format!("Ann calls\nAnn gets ready\n{came}{QUIET}"));
    let outcome = &verdict.plays[0].outcome;
    assert!(matches!(Told::of(&verdict), Told::Fail(_)), "{verdict}");
    let order = verdict.plan.as_deref().expect("it can be played").order();
    let lines = outcome.findings.iter().filter_map(|finding| finding.arrow).map(|arrow| order.arrow(arrow).line);
    assert!(lines.min().is_some_and(|line| line > 2), "{verdict}");
}

/// Frames of another client behind choices of which it sees nothing.
#[test]
fn two_hundred_frames_of_another_client() {
    let text = format!("{BOTH}{}{}", "opt\nDesk->Ann: red\nend\n".repeat(14), "Desk->Ben: blue\n".repeat(200));
    let happened = format!("{BOTH_CALL}{}{}{QUIET}", "Ann gets red\n".repeat(7), "Ben gets blue\n".repeat(200));
    passes(&text, "diagram", &happened);
}

/// Equal chains of a `par` of which two frames came.
#[test]
fn twenty_chains_of_which_two_frames_came() {
    let chains = "and\nDesk->Ann: red\nDesk->Ann: blue\nDesk->Ann: green\n".repeat(20);
    let text = format!("Ann->Desk: WS connect\nDesk->Ann: ready\npar{}end\n", chains.trim_start_matches("and"));
    let verdict =
        judged(&text, "diagram", &format!("Ann calls\nAnn gets ready\nAnn gets red\nAnn gets green\n{QUIET}"));
    assert_eq!(Told::of(&verdict), Told::Fail(Class::Missing), "{verdict}");
    let root = verdict.plays[0].outcome.findings[0].arrow.expect("an arrow");
    assert_eq!(verdict.plan.as_deref().expect("it can be played").order().arrow(root).line, 5, "{verdict}");
}
