use super::*;
use crate::oracle::{By, Cause, Class, Difference, Fate, Verdict};
use crate::order::ArrowId;
use crate::report::fixture::{CHAT, finding, missing, mixed, passed, twice};
use crate::trace::Moment;
use crate::wire::Raw;
use std::sync::Arc;

fn shown(scenarios: Vec<ScenarioReport>, style: &Style) -> String {
    render(&Run { scenarios, place: "in memory".to_owned(), ..Run::default() }, style)
}

fn check(name: &str, scenarios: Vec<ScenarioReport>, style: &Style) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots/report");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown(scenarios, style)));
}

#[test]
fn a_pass_is_a_line() {
    check("text_pass", vec![passed(CHAT)], &Style::default());
}

#[test]
fn a_duplicate_shows_where_it_came() {
    check("text_duplicate", vec![twice()], &Style::default());
}

#[test]
fn a_missing_frame_shows_what_was_awaited() {
    check("text_missing", vec![missing()], &Style::default());
}

#[test]
fn ascii_has_no_other_character_in_its_drawings() {
    let text = shown(vec![twice()], &Style { ascii: true, ..Style::default() });
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn wrong_payload_shows_both_contents() {
    let mut report = passed(CHAT);
    report.verdict = Verdict::Fail;
    report.outcome.verdict = Verdict::Fail;
    report.outcome.marks.truncate(8);
    report.outcome.marks[7].fate = Fate::Found(Class::WrongPayload);
    report.outcome.findings = vec![crate::oracle::Finding {
        entry: Some(7),
        label: Some("message from Bob: Hello".to_owned()),
        raw: Some(Raw::Text(r#"{"type":"message","from":"Bob","text":"Hello"}"#.into())),
        diff: vec![Difference {
            path: "text".to_owned(),
            expected: Some("Hello Alice!".into()),
            found: Some("Hello".into()),
        }],
        ..finding(Class::WrongPayload, 7, 0, "Alice got other content")
    }];
    // What the arrow tests, and what its cause does.
    report.outcome.findings[0].cause =
        Some(Cause { arrow: ArrowId(6), complete: Some(Moment(600_000)), by: By::Drawn });
    let order = Arc::make_mut(&mut report.order);
    let quote = |text: &str, source: &str| Some((text.into(), source.into()));
    order.arrows[7].traits.quote = quote("a message reaches all members unchanged", "protocol, section 4");
    order.arrows[6].traits.quote = quote("a member may send at any time", "protocol, section 3");
    check("text_wrong_payload", vec![report], &Style::default());
}

#[test]
fn skipped_inconclusive_and_errors_have_their_own_lines() {
    let scenarios = mixed().scenarios;
    let told = [0, 3, 4, 5].map(|index: usize| scenarios[index].clone());
    check("text_mixed", told.to_vec(), &Style::default());
}

#[test]
fn quiet_says_only_what_is_not_good() {
    let text = shown(vec![passed(CHAT)], &Style { verbosity: Verbosity::Quiet, ..Style::default() });
    assert_eq!(text, "1 scenario: 1 passed (in memory)\n");
}

#[test]
fn verbose_draws_the_whole_run() {
    let style = Style { verbosity: Verbosity::Verbose, ..Style::default() };
    check("text_verbose", vec![passed(CHAT)], &style);
}

#[test]
fn what_a_server_sends_cannot_drive_a_terminal() {
    let mut report = twice();
    report.outcome.findings[0].raw = Some(Raw::Text("\u{1b}[2J\u{202e}abc".into()));
    report.outcome.findings[0].label = Some("\u{1b}]0;x\u{7}".to_owned());
    let text = shown(vec![report], &Style::default());
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
    assert!(!text.contains('\u{202e}'), "{text}");
}
