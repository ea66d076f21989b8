//! Records of plays that listened for less than the diagram has it by now, or that tell more of a handshake than it draws.

use super::Told;
use seqcheck::Scenario;
use seqcheck::oracle::{Class, Reason};
use seqcheck::run::CheckVerdict;
use seqcheck::trace::file;

const SAID: &str = "Ann->S: WS connect\nS-->Ann: Connected\nAnn->S: hi\nS->Ann: ho\n";

const WORDS: &str = "name = 'words'\n[connect]\nurl = '{target}/{self}'\n\
    [[rule]]\nlabel = 'hi'\nclient = { say = 'hi' }\n\
    [[rule]]\nlabel = 'ho'\nserver = { say = 'ho' }\n\
    [[rule]]\nlabel = 'bad'\nserver = { say = 'bad' }\n";

/// The record of [`SAID`] over TCP, with what came behind `ho`, and how long it was listened then.
fn record(behind: &[&str], evidence: &str, listened: Option<u64>) -> String {
    let header = file::Header {
        scenario: "said.seq".into(),
        fingerprint: file::fingerprint(SAID),
        binding: "words".into(),
        order: "diagram".into(),
        timeout: 5_000_000_000,
        settle: 1_000_000_000,
        lifelines: vec!["Ann".into(), "S".into()],
        simulated: vec!["Ann".into()],
        sends: listened.map(|_| 2),
        ..file::Header::default()
    };
    let place = r#""from":"Ann","to":"S","channel":"socket""#;
    let came = r#""event":"received","client":"Ann","from":"S","channel":"socket""#;
    let mut lines = vec![
        format!(r#""event":"sent",{place},"arrow":0,"label":"WS connect""#),
        format!(r#"{came},"status":{{"code":101,"headers":[],"body":null}}"#),
        r#""event":"done","client":"Ann","arrow":0"#.to_owned(),
        format!(r#""event":"sent",{place},"arrow":2,"label":"hi","raw":[{{"text":"{{\"say\":\"hi\"}}"}}]"#),
        format!(r#"{came},"message":{{"text":"{{\"say\":\"ho\"}}"}}"#),
    ];
    lines.extend(behind.iter().map(|word| format!(r#"{came},"message":{{"text":"{{\"say\":\"{word}\"}}"}}"#)));
    let time = listened.map_or(String::new(), |millis| format!(r#","listened":{}"#, millis * 1_000_000));
    lines.push(format!(r#""event":"quiet","evidence":"{evidence}"{time}"#));
    lines.push(r#""event":"frozen""#.to_owned());
    let entries = lines.iter().enumerate().map(|(at, line)| format!("{{\"at\":{},{line}}}\n", (at + 1) * 1_000));
    file::write(&header, &[]) + &entries.collect::<String>()
}

fn judged(text: &str, record: &str) -> CheckVerdict {
    let scenario = Scenario::parse("said.seq", text).expect("a diagram").binding_text("words", WORDS);
    let read = file::read(record).expect("a record");
    scenario.expect("a binding").prepare().expect("it can be played").judge(&read.0, &read.1).expect("a verdict")
}

fn told(text: &str, record: &str) -> Told {
    Told::of(&judged(text, record))
}

/// The doubt, and the lines that it shows.
fn doubt(verdict: &CheckVerdict) -> (&str, Vec<u32>) {
    assert_eq!(Told::of(verdict), Told::Doubt(Reason::Gaps), "{verdict}");
    let doubt = &verdict.plays[0].outcome.doubts[0];
    let line = |span: &seqcheck::source::Span| verdict.sources.get(span.source).line_of(span.start);
    (&doubt.text, doubt.spans.iter().map(line).collect())
}

#[test]
fn what_nobody_listened_for_is_doubted() {
    let never = format!("{SAID}#@ never\nS->Ann: bad\n");
    let settle = format!("#@ settle 10s\n{SAID}");
    let short = record(&[], "echo", Some(250));
    let text = |wanted| {
        format!("the record is quiet at its line 7 after 250 ms of listening, but the diagram requires {wanted}")
    };
    assert_eq!(doubt(&judged(&never, &short)), (&*text("1 s"), vec![6]));
    assert_eq!(doubt(&judged(&settle, &short)), (&*text("10 s"), vec![1]));
    // Behind a violation it is not listened at all; where that is drawn now, nobody listened behind it.
    let drawn = format!("{SAID}S->Ann: bad\n");
    let cut = record(&["bad"], "timed", Some(0));
    assert_eq!(told(&drawn, &cut), Told::Doubt(Reason::Gaps));
}

#[test]
fn what_was_listened_for_is_judged() {
    let never = format!("{SAID}#@ never\nS->Ann: bad\n");
    for (text, behind, evidence, listened, wanted) in [
        (&*never, &[][..], "echo", Some(1_000), Told::Pass),
        // What came is found, however short it was listened.
        (&*never, &["bad"], "echo", Some(250), Told::Fail(Class::Unexpected)),
        // Who is gone is not listened to.
        (&*never, &[], "nobody", Some(0), Told::Pass),
        // A version that did not say how long it was.
        (&*never, &[], "echo", None, Told::Pass),
        (&*format!("#@ settle 200ms\n{SAID}"), &[], "echo", Some(250), Told::Pass),
        (&*format!("title said\n{SAID}"), &[], "timed", Some(250), Told::Pass),
        (SAID, &[], "timed", Some(10), Told::Pass),
    ] {
        let judged = judged(text, &record(behind, evidence, listened));
        assert_eq!(Told::of(&judged), wanted, "{text}{judged}");
    }
}

/// It is told only where it is drawn, and it was drawn when the trace was recorded.
#[test]
fn that_a_handshake_was_accepted_need_not_be_drawn_any_more() {
    let whole = record(&[], "echo", Some(250));
    let undrawn = SAID.replace("S-->Ann: Connected\n", "");
    assert_eq!(told(SAID, &whole), Told::Pass);
    let judged = judged(&undrawn, &whole);
    assert_eq!(Told::of(&judged), Told::Pass, "{judged}");
    // Where something else is drawn there, it is judged.
    let refused = SAID.replace("Connected", "403 Forbidden");
    assert!(matches!(told(&refused, &whole), Told::Fail(_)), "a refusal is drawn");
}

/// The lines of the `#@ ignore` that are offered.
fn offered(text: &str, behind: &[&str]) -> Vec<Option<String>> {
    let judged = judged(text, &record(behind, "echo", Some(1_000)));
    assert_eq!(Told::of(&judged), Told::Fail(Class::Unexpected), "{judged}");
    judged.plays[0].outcome.findings.iter().map(|finding| finding.allow.clone()).collect()
}

/// Neither at its place nor above it.
#[test]
fn what_must_never_come_is_not_to_be_ignored() {
    let twice = format!("{SAID}S->Ann: ho\n");
    assert_eq!(offered(&twice, &["bad", "ho"]), [Some("#@ ignore Ann: bad".to_owned())]);
    assert_eq!(offered(&format!("{twice}#@ never\nS->Ann: bad\n"), &["bad", "ho"]), [None]);
    assert_eq!(offered(&format!("{twice}#@ never\nS->Ann: bad\n"), &["ho", "bad"]), [None]);
}
