//! What is found in the first scenario, exactly; what is accepted and weighed.

mod latency;

use super::*;
use crate::run::Scenario;
use crate::source::Severity;

const CHAT: &str = include_str!("../../../scenarios/chat.seq");

fn lint(text: &str) -> (Vec<Finding>, Stats) {
    let survey = Scenario::parse("chat.seq", text).expect("a diagram").survey().expect("an order");
    check_and_count(&Subject {
        sources: &survey.sources,
        diagram: &survey.diagram,
        plan: &survey.plan,
        words: &survey.binding,
        binding: Some(&survey.binding),
        echo: survey.binding.has_echo(),
        mode: survey.settled.order,
        hand: Hand::Native,
        before: &survey.problems,
        deep: true,
    })
}

/// Code, severity and line of each finding.
fn found(text: &str) -> Vec<(&'static str, Severity, u32)> {
    let mut sources = Sources::new();
    sources.add(crate::source::Source::new("chat.seq", text));
    let line = |finding: &Finding| finding.diagnostic.primary().map_or(0, |span| sources.position(span).line);
    lint(text).0.iter().map(|finding| (finding.lint.code, finding.diagnostic.severity, line(finding))).collect()
}

#[test]
fn the_first_scenario_has_exactly_these_findings() {
    assert_eq!(
        found(CHAT),
        [
            ("SQ120", Severity::Note, 7),
            ("SQ115", Severity::Note, 8),
            ("SQ101", Severity::Note, 9),
            ("SQ103", Severity::Note, 9),
            ("SQ101", Severity::Warning, 11),
            ("SQ103", Severity::Note, 11),
            ("SQ101", Severity::Warning, 17),
            ("SQ103", Severity::Note, 17),
        ]
    );
}

#[test]
fn the_first_scenario_has_exactly_these_numbers() {
    let (findings, stats) = lint(CHAT);
    assert_eq!(stats.races, (5, 3));
    assert_eq!((stats.visible, stats.pairs, stats.unordered), (12, 66, 6));
    assert_eq!((stats.lifelines, stats.arrows, stats.width), ((2, 1), 12, Some(2)));
    let StimulusOrders::Counted { orders: 3, deadlocks: 1, example: Some(deadlock) } = stats.orders else {
        panic!("three orders, one of them a deadlock: {:?}", stats.orders)
    };
    // Alice joins before Bob is there; Bob then waits for arrow 6 and Alice for arrow 8.
    let number = |id: &crate::order::ArrowId| id.0 + 1;
    assert_eq!(deadlock.sent.iter().map(number).collect::<Vec<_>>(), [1, 5, 3]);
    assert_eq!(deadlock.waits.iter().map(|(client, id)| (client.0, number(id))).collect::<Vec<_>>(), [(0, 8), (1, 6)]);
    // As a scenario it happens.
    let verdict =
        Scenario::parse("deadlock.seq", &deadlock.scenario).expect("a diagram").check().expect("can be played");
    assert!(verdict.is_pass(), "{verdict}\n{}", deadlock.scenario);
    // Arrows 2 and 4, and no others, look alike.
    let alike = findings.iter().find(|finding| finding.lint.code == "SQ115").expect("there is one");
    assert_eq!(alike.arrows.iter().map(number).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn what_the_author_accepts_is_not_told() {
    let accepted =
        CHAT.replace("Alice->Server: join", "#@ allow SQ101 this test is about one order\nAlice->Server: join");
    let codes = |text: &str| found(text).into_iter().filter(|(code, ..)| *code == "SQ101").count();
    assert_eq!((codes(CHAT), codes(&accepted)), (3, 2));
    let around = "Alice->Server: WS connect\nServer->Alice: Connected\n#@ allow SQ109 meant so\nloop 0..*\nServer->Alice: alice left\nend\n";
    let text = |allow: &str| around.replace("#@ allow SQ109 meant so\n", allow).replace("alice left", "user:bob left");
    let floods = |text: &str| found(text).iter().filter(|(code, ..)| *code == "SQ109").count();
    assert_eq!((floods(&text("")), floods(&text("#@ allow SQ109 meant so\n"))), (1, 0));
}

#[test]
fn codes_are_denied_and_allowed() {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let weigh = |deny: &[&str], allow: &[&str]| {
        let levels = Levels::new(&words(deny), &words(allow)).expect("codes");
        let findings = levels.weigh(lint(CHAT).0);
        let errors = findings.iter().filter(|finding| finding.diagnostic.severity == Severity::Error).count();
        (findings.len(), errors)
    };
    assert_eq!(weigh(&[], &[]), (8, 0));
    assert_eq!(weigh(&["warnings"], &[]), (8, 2));
    assert_eq!(weigh(&["sq101"], &[]), (8, 3));
    assert_eq!(weigh(&["SQ101"], &["SQ101", "SQ103"]), (5, 3));
    assert_eq!(Levels::new(&words(&["SQ1"]), &words(&["SQ999"])).expect_err("no codes"), ["SQ1", "SQ999"]);
}
