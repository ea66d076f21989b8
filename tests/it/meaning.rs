//! What fragments and directives mean for a run: each against servers that say what is allowed and what is not.
//!
//! The server says its frames at once, in their order; `+3s` among them is a pause. All of it in virtual time.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::diagram::parse_duration;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::{Scenario, Target};
use tokio::io::DuplexStream;
use tokio_tungstenite::accept_async;

/// Labels are the frames.
const PLAIN: &str = "name = \"plain\"\ncodec = \"text\"\n[connect]\nurl = \"{target}/\"\n[[rule]]\nlabel = \"{word}\"\n\
                     client = \"{word}\"\nserver = \"{word}\"\n";

/// A server that says this to everybody.
fn saying(frames: &str) -> Target {
    let frames: Vec<String> = frames.split_whitespace().map(str::to_owned).collect();
    Target::in_process(move || {
        let frames = frames.clone();
        move |stream: DuplexStream| {
            let frames = frames.clone();
            async move {
                let mut socket = accept_async(stream).await.expect("a handshake");
                for frame in frames {
                    match frame.strip_prefix('+').and_then(parse_duration) {
                        Some(pause) => tokio::time::sleep(pause).await,
                        None => drop(socket.send(frame.into()).await),
                    }
                }
                while let Some(Ok(_)) = socket.next().await {}
            }
        }
    })
}

fn scenario(diagram: &str) -> Scenario {
    let text = format!("Alice->Server: WS connect\n{diagram}");
    let scenario = Scenario::parse("meaning.seq", &text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    scenario.binding_text("plain.toml", PLAIN).unwrap_or_else(|error| panic!("{error}"))
}

fn check(diagram: &str, frames: &str) -> CheckVerdict {
    scenario(diagram).target(saying(frames)).check().unwrap_or_else(|error| panic!("{diagram}\n{error}"))
}

/// The class of the root finding and its line, where the first line below `WS connect` is 1. What nobody drew stands at
/// the last send that can have caused it: at 0, since nothing else is sent here.
fn found(verdict: &CheckVerdict) -> Option<(Class, u32)> {
    let finding = verdict.plays.first()?.outcome.findings.first()?;
    let order = verdict.plan.as_ref()?.order();
    Some((finding.class, finding.arrow.map_or(0, |arrow| order.arrow(arrow).line - 1)))
}

fn passes(diagram: &str, all: &[&str]) {
    for frames in all {
        let verdict = check(diagram, frames);
        assert!(verdict.is_pass(), "{diagram}with {frames:?}: {verdict}");
    }
}

fn fails(diagram: &str, all: &[(&str, Class, u32)]) {
    for (frames, class, line) in all {
        let verdict = check(diagram, frames);
        assert_eq!(verdict.verdict(), Verdict::Fail, "{diagram}with {frames:?}: {verdict}");
        assert_eq!(found(&verdict), Some((*class, *line)), "{diagram}with {frames:?}: {verdict}");
    }
}

#[test]
fn critical_lets_nothing_in_between() {
    let diagram = "par\ncritical\nServer->Alice: a1\nServer->Alice: a2\nend\nand\nServer->Alice: b\nend\n";
    passes(diagram, &["a1 a2 b", "b a1 a2"]);
    fails(diagram, &[("a1 b a2", Class::Reordered, 7)]);
}

#[test]
fn neg_and_never_must_not_happen() {
    let neg = "neg\nServer->Alice: bad\nend\nServer->Alice: good\n";
    passes(neg, &["good"]);
    fails(neg, &[("bad good", Class::Unexpected, 2)]);
    let never = "#@ never\nServer->Alice: bad\nServer->Alice: good\n";
    passes(never, &["good"]);
    fails(never, &[("bad good", Class::Unexpected, 2)]);
}

#[test]
fn a_server_may_choose() {
    let alt = "alt\nServer->Alice: a\nelse\nServer->Alice: b\nend\nServer->Alice: c\n";
    passes(alt, &["a c", "b c"]);
    fails(alt, &[("a b c", Class::Unexpected, 0), ("b", Class::Missing, 6)]);
    let opt = "opt\nServer->Alice: a\nend\nServer->Alice: c\n";
    passes(opt, &["a c", "c"]);
    fails(opt, &[("a a c", Class::Duplicate, 2), ("a", Class::Missing, 4)]);
}

#[test]
fn a_loop_has_so_many_turns() {
    let counted = "loop 1..2\nServer->Alice: t\nend\nServer->Alice: c\n";
    passes(counted, &["t c", "t t c"]);
    fails(counted, &[("c", Class::Missing, 2), ("t t t c", Class::Duplicate, 2)]);
    let free = "loop\nServer->Alice: t\nend\nServer->Alice: c\n";
    passes(free, &["c", "t c", "t t t t t t c"]);
    let nested = "loop 2\nServer->Alice: t\nopt\nServer->Alice: u\nend\nend\nServer->Alice: c\n";
    passes(nested, &["t t c", "t u t c", "t t u c", "t u t u c"]);
    fails(nested, &[("t u u t c", Class::Duplicate, 4)]);
}

#[test]
fn unordered_and_par_may_come_in_any_order() {
    for diagram in [
        "#@ unordered\nServer->Alice: a\nServer->Alice: b\n\nServer->Alice: c\n",
        "par\nServer->Alice: a\nand\nServer->Alice: b\nend\nServer->Alice: c\n",
        "parallel\nServer->Alice: a\nServer->Alice: b\nend\nServer->Alice: c\n",
    ] {
        passes(diagram, &["a b c", "b a c"]);
        assert_eq!(check(diagram, "a c b").verdict(), Verdict::Fail, "{diagram}");
    }
    fails("seq\nServer->Alice: a\nServer->Alice: b\nend\n", &[("b a", Class::Reordered, 2)]);
    fails("strict\nServer->Alice: a\nServer->Alice: b\nend\n", &[("b a", Class::Reordered, 2)]);
    fails("assert\nServer->Alice: a\nServer->Alice: b\nend\n", &[("b a", Class::Reordered, 2)]);
}

#[test]
fn what_is_ignored_is_not_judged_within_its_block() {
    let ignore = "#@ ignore noise\nServer->Alice: a\nServer->Alice: b\n";
    passes(ignore, &["a b", "noise a noise noise b noise"]);
    fails(ignore, &[("noise a", Class::Missing, 3), ("a other b", Class::Unexpected, 0)]);
    let consider = "#@ consider a\nServer->Alice: a\n";
    passes(consider, &["a", "x a y z"]);
    fails(consider, &[("x", Class::Missing, 2), ("a a", Class::Duplicate, 2)]);
    let block = "group part\n#@ ignore noise\nServer->Alice: a\nend\nServer->Alice: b\nServer->Alice: c\n";
    passes(block, &["noise a b c"]);
    fails(block, &[("a b noise c", Class::Unexpected, 0)]);
    // What is drawn is expected although it is ignored elsewhere.
    passes("#@ ignore b\nServer->Alice: a\nServer->Alice: b\n", &["a b", "b a b b"]);
}

#[test]
fn time_is_bounded_from_the_cause() {
    let within = "#@ within 500ms\nServer->Alice: a\n";
    // 5 % are granted to what was drawn.
    passes(within, &["a", "+500ms a", "+524ms a"]);
    fails(within, &[("+530ms a", Class::Late, 2)]);
    let after = "#@ after 3s\nServer->Alice: a\n";
    passes(after, &["+3s a", "+4s a"]);
    fails(after, &[("+2s a", Class::Early, 2)]);
    let between = "#@ between 2s and 4s\nServer->Alice: a\n";
    passes(between, &["+2s a", "+3s a", "+4s a"]);
    fails(between, &[("+1s a", Class::Early, 2), ("+4300ms a", Class::Late, 2)]);
    let delay = "Server->Alice: a\n...3s...\nServer->Alice: b\n";
    passes(delay, &["a +3s b", "a +5s b"]);
    fails(delay, &[("a +2s b", Class::Early, 3)]);
}

#[test]
fn a_time_is_told_with_what_was_measured() {
    let verdict = check("#@ within 500ms\nServer->Alice: a\n", "+700ms a");
    let timing = verdict.plays[0].outcome.findings[0].timing.expect("it is about time");
    assert_eq!(timing.measured, parse_duration("700ms"));
    assert_eq!(timing.at_most, parse_duration("500ms"));
}

#[test]
fn contradictory_times_are_refused_before_the_run() {
    let error = scenario("#@ within 1s\n#@ after 2s\nServer->Alice: a\n").prepare().expect_err("it cannot be met");
    assert!(error.to_string().contains("SQ116"), "{error}");
}

#[test]
fn a_known_failure_does_not_fail_the_run_and_is_told_when_it_is_gone() {
    let diagram = "Server->Alice: a\n#@ known-failure the server forgets it\nServer->Alice: b\nServer->Alice: c\n";
    let verdict = check(diagram, "a c");
    assert!(verdict.is_pass(), "{verdict}");
    assert_eq!(verdict.plays[0].outcome.excused.len(), 1);
    let mended = check(diagram, "a b c");
    assert_eq!(mended.verdict(), Verdict::Fail, "{mended}");
    assert_eq!(mended.plays[0].outcome.stale.len(), 1);
    // It excuses its own arrow and nothing else.
    fails(diagram, &[("a", Class::Missing, 4)]);
}

#[test]
fn a_documented_misbehaviour_passes_when_it_is_exactly_that() {
    let diagram = "#@ expect fail duplicate\nServer->Alice: a\n";
    assert!(check(diagram, "a a").is_pass());
    assert_eq!(check(diagram, "a").verdict(), Verdict::Fail, "it is gone");
    assert_eq!(check(diagram, "b").verdict(), Verdict::Fail, "it is another one");
}

#[test]
fn the_clause_that_is_tested_is_told() {
    let diagram = "#@ quote \"MUST greet\" RFC 0000, section 1\nServer->Alice: a\n";
    let clauses = |verdict: &CheckVerdict| -> Vec<(String, String)> {
        let order = verdict.plan.as_ref().expect("it was played").order();
        let parts = verdict.plays[0].outcome.findings[0].parts();
        let quotes = parts.into_iter().filter_map(|arrow| order.arrow(arrow).traits.quote.as_ref());
        quotes.map(|(clause, source)| (clause.to_string(), source.to_string())).collect()
    };
    let greet = ("MUST greet".to_owned(), "RFC 0000, section 1".to_owned());
    assert_eq!(clauses(&check(diagram, "b")), std::slice::from_ref(&greet));
    // Also where it is not the arrow that went wrong: the frame that came twice is a copy of it.
    assert_eq!(clauses(&check(&format!("{diagram}Server->Alice: b\n"), "a b a")), [greet]);
}

#[test]
fn a_break_is_in_place_of_the_rest() {
    let diagram =
        "group whole\nServer->Alice: a\nbreak\nServer->Alice: stop\nend\nServer->Alice: b\nend\nServer->Alice: c\n";
    passes(diagram, &["a b c", "a stop c"]);
    assert_eq!(check(diagram, "a stop b c").verdict(), Verdict::Fail);
}

#[test]
fn fragments_nest_to_any_depth() {
    let (mut diagram, mut frames) = (String::new(), String::new());
    let depth = 60;
    for level in 0..depth {
        let word = ["opt", "loop 1", "par", "group", "alt"][level % 5];
        diagram.push_str(&format!("{word}\nServer->Alice: m{level}\n"));
        frames.push_str(&format!("m{level} "));
    }
    diagram.push_str(&"end\n".repeat(depth));
    passes(&diagram, &[frames.as_str()]);
    let shorter = frames.trim_end().rsplit_once(' ').expect("many").0.to_owned();
    assert_eq!(check(&diagram, &shorter).verdict(), Verdict::Fail, "the innermost alt must come");
}

#[test]
fn a_name_stands_for_one_value_everywhere() {
    let diagram = "Server->Alice: ticket {id}\nServer->Alice: ticket {id} again\n";
    let binding = "name = \"tickets\"\ncodec = \"text\"\n[connect]\nurl = \"{target}/\"\n[[rule]]\nlabel = \"ticket {id}\"\n\
                   server = \"t{id}\"\nopaque = [\"id\"]\n[[rule]]\nlabel = \"ticket {id} again\"\nserver = \"again-{id}\"\n\
                   opaque = [\"id\"]\n";
    let diagram = format!("Alice->Server: WS connect\n{}", diagram.replace("{id}", "x"));
    let run = |frames: &str| {
        let scenario = Scenario::parse("tickets.seq", &diagram).and_then(|it| it.binding_text("t.toml", binding));
        scenario.and_then(|it| it.target(saying(frames)).check()).unwrap_or_else(|error| panic!("{error}"))
    };
    assert!(run("t7 again-7").is_pass());
    let other = run("t7 again-8");
    let finding = &other.plays[0].outcome.findings[0];
    assert_eq!(finding.class, Class::WrongPayload, "{other}");
    let bound = finding.bound.as_ref().expect("where it was bound");
    assert_eq!((bound.name.as_str(), bound.value.to_string().trim_matches('"')), ("x", "7"));
}

#[test]
fn too_many_readings_are_an_error_that_names_the_lines() {
    let operands: String = (0..9).map(|n| format!("and\nServer->Alice: same\nServer->Alice: end{n}\n")).collect();
    let diagram = format!("par\n{}end\n", operands.trim_start_matches("and\n"));
    // Nine operands that begin alike: exact.
    let frames = "same ".repeat(9) + &(0..9).map(|n| format!("end{n} ")).collect::<String>();
    passes(&diagram, &[&frames]);
    let operands: String = (0..16).map(|n| format!("and\nServer->Alice: same\nServer->Alice: end{n}\n")).collect();
    let diagram = format!("par\n{}end\n", operands.trim_start_matches("and\n"));
    let verdict = check(&diagram, &"same ".repeat(16));
    let trouble = verdict.plays[0].outcome.trouble.clone().expect("more than can be followed");
    assert_eq!((verdict.verdict(), trouble.kind), (Verdict::Error, "ambiguous"));
    assert!(trouble.spans.len() > 1, "{trouble:?}");
}

#[test]
fn two_observers_may_be_drawn_in_either_order() {
    let connect = |who: &str| format!("{who}->Server: WS connect\nServer-->{who}: Connected\n");
    let everybody: String = ["Alice", "Bob", "Carol"].map(connect).concat();
    let hears = |who: &str| format!("Server->{who}: user:alice joined\n");
    for (first, second) in [("Bob", "Carol"), ("Carol", "Bob")] {
        let diagram = format!("{everybody}Alice->Server: join room:general\n{}{}", hears(first), hears(second));
        let verdict = Scenario::parse("observers.seq", &diagram).and_then(|scenario| scenario.check());
        let verdict = verdict.unwrap_or_else(|error| panic!("{error}"));
        assert!(verdict.is_pass(), "{diagram}{verdict}");
    }
}
