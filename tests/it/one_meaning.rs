//! Law P16: a diagram in every language is one diagram, and a run of it has one verdict. Scenarios of the chat are made
//! at random, right ones and wrong ones; what PlantUML can draw and nobody can run is refused with advice.

use proptest::prelude::*;
use seqcheck::Scenario;
use seqcheck::diagram::Diagram;
use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, convert, parse};
use std::fmt::Write as _;
use std::sync::Arc;

/// A piece of a conversation.
#[derive(Clone, Debug)]
enum Step {
    /// From Alice or from Bob, and drawn as the server does it.
    Message(bool),
    /// The delivery is not drawn.
    Undrawn(bool),
    /// A second delivery is drawn, which never comes.
    Twice(bool),
    Note,
    Block(&'static str, Vec<Step>, Vec<Step>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let leaf = prop_oneof![
        8 => any::<bool>().prop_map(Step::Message),
        1 => any::<bool>().prop_map(Step::Undrawn),
        1 => any::<bool>().prop_map(Step::Twice),
        1 => Just(Step::Note),
    ];
    let step = leaf.prop_recursive(2, 8, 3, |inner| {
        let word = prop::sample::select(vec!["par", "loop 2", "strict", "group", "critical", "opt"]);
        let some = || prop::collection::vec(inner.clone(), 1..3);
        (word, some(), some()).prop_map(|(word, one, other)| Step::Block(word, one, other))
    });
    prop::collection::vec(step, 1..5)
}

fn write(steps: &[Step], text: &mut String, number: &mut u32) {
    for step in steps {
        *number += 1;
        let ends = |alice: bool| if alice { ("Alice", "Bob") } else { ("Bob", "Alice") };
        match step {
            Step::Message(alice) | Step::Undrawn(alice) | Step::Twice(alice) => {
                let (from, to) = ends(*alice);
                let _ = writeln!(text, "{from}->Server: message: m{number}");
                let times = match step {
                    Step::Undrawn(_) => 0,
                    Step::Twice(_) => 2,
                    _ => 1,
                };
                for _ in 0..times {
                    let _ = writeln!(text, "Server->{to}: message from {from}: m{number}");
                }
            }
            Step::Note => {
                let _ = writeln!(text, "# why {number}\nnote over Alice: words {number}");
            }
            Step::Block(word, one, other) => {
                let _ = writeln!(text, "{word}");
                write(one, text, number);
                if *word == "par" {
                    text.push_str("and\n");
                    write(other, text, number);
                }
                text.push_str("end\n");
            }
        }
    }
}

fn native(steps: &[Step]) -> String {
    let mut text = String::from(
        "actor Alice\nactor Bob\nparticipant \"Chat Server\" as Server\nAlice->Server: WS connect\n\
         Server-->Alice: Connected\nBob->Server: WS connect\nServer-->Bob: Connected\n\
         Alice->Server: join room:general\nServer->Bob: user:alice joined\n",
    );
    write(steps, &mut text, &mut 0);
    text
}

fn read(text: &str, dialect: Dialect) -> (Arc<Sources>, Diagram) {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("text", text));
    match parse(&sources, id, 0..text.len(), dialect) {
        Ok(parsed) => (Arc::new(sources), parsed.diagram),
        Err(problems) => {
            let said: String = problems.iter().map(|problem| render_plain(problem, &sources)).collect();
            panic!("{text}\n{said}")
        }
    }
}

/// The verdict of a run against the built-in server, and of each finding its class and the arrow.
fn judged(sources: Arc<Sources>, diagram: Diagram) -> String {
    let verdict =
        Scenario::new("text".into(), sources, Arc::new(diagram)).check().unwrap_or_else(|error| panic!("{error}"));
    let play = &verdict.plays[0];
    let findings: Vec<_> = play.outcome.findings.iter().map(|finding| (finding.class, finding.arrow)).collect();
    format!("{:?} {findings:?}", play.verdict)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_diagram_is_one_in_all_languages_and_so_is_its_verdict(steps in steps()) {
        let text = native(&steps);
        let (sources, first) = read(&text, Dialect::Native);
        let told = judged(sources, first.clone());
        for facts in Dialect::ALL {
            let written = convert(&first, facts.dialect);
            let (sources, again) = read(&written.text, facts.dialect);
            prop_assert_eq!(again.meaning(), first.meaning(), "{}", written.text);
            prop_assert_eq!(judged(sources, again), told.as_str(), "{}", written.text);
        }
    }
}

#[test]
fn some_scenarios_pass_and_some_fail() {
    let told = |steps: &[Step]| {
        let (sources, diagram) = read(&native(steps), Dialect::Native);
        judged(sources, diagram)
    };
    assert_eq!(told(&[Step::Message(true), Step::Message(false)]), "Pass []");
    assert!(told(&[Step::Undrawn(true)]).starts_with("Fail [(Unexpected"));
    assert!(told(&[Step::Twice(true)]).starts_with("Fail [(Missing"));
}

/// PlantUML takes `else` in every block.
#[test]
fn blocks_with_parts_that_cannot_be_run_are_refused_with_advice() {
    let connect = "Alice -> Server : WS connect\nServer --> Alice : Connected\n";
    let ping = "Alice -> Server : join room:general\n";
    for (open, runs) in [
        ("alt x", true),
        ("par", true),
        ("group x", true),
        ("partition x", true),
        ("group strict", true),
        ("opt x", false),
        ("loop 2", false),
        ("break x", false),
        ("critical", false),
        ("group neg", false),
        ("group parallel", false),
    ] {
        let text = format!("@startuml\n{connect}{open}\n{ping}else y\n{ping}end\n@enduml\n");
        let (sources, diagram) = read(&text, Dialect::PlantUml);
        let checked = Scenario::new("text.puml".into(), sources, Arc::new(diagram)).check();
        match checked {
            Ok(_) => assert!(runs, "{open} ran"),
            Err(error) => {
                let said = error.to_string();
                let helps: Vec<&str> =
                    error.diagnostics.iter().flat_map(|one| one.help.iter().map(String::as_str)).collect();
                assert!(
                    !runs && said.contains("has 2") && helps.iter().any(|help| help.contains("alt … else")),
                    "{open}: {said}"
                );
            }
        }
    }
}
