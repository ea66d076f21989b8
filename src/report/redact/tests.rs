use super::*;
use crate::oracle::Difference;
use crate::report::Format;
use crate::report::fixture::{CHAT, finding, passed, twice};
use crate::report::text::{Style, Verbosity};
use crate::trace::{Entry, Server};
use crate::wire::{Message, Raw};
use std::sync::Arc;

const SECRET: &str = "correct-horse-battery-staple-correct-horse-battery-staple";

/// A report that holds the secret wherever one could come to stand.
fn leaky() -> ScenarioReport {
    let text = CHAT.replace("Hello Alice!", SECRET).replace("Chat Server", SECRET);
    let mut report = passed(&text);
    let secret = || SECRET.to_owned();
    report.verdict = crate::oracle::Verdict::Fail;
    report.outcome = twice().outcome;
    let root = &mut report.outcome.findings[0];
    root.what = format!("Alice got {SECRET}");
    root.label = Some(secret());
    root.raw = Some(Raw::Text(format!(r#"{{"a":"{SECRET}"}}"#).into()));
    root.diff = vec![Difference { path: secret(), expected: Some(SECRET.into()), found: None }];
    root.allow = Some(secret());
    root.help = vec![secret()];
    root.consequences = vec![finding(crate::oracle::Class::Missing, 9, 1, SECRET)];
    let (command, output) = (secret(), format!("a\n{SECRET}\n"));
    report.servers = vec![Server {
        command,
        output,
        ended: Some("exit status: 3".to_owned()),
        before: false,
        client: false,
        spoken: false,
    }];
    report.trace = vec![
        Entry {
            at: crate::trace::Moment(1),
            event: Event::Sent {
                lifeline: 0,
                to: 2,
                channel: crate::wire::Channel::Socket,
                arrow: 0,
                label: SECRET.into(),
                raw: vec![Raw::Binary(SECRET.as_bytes().into()), Raw::Text(SECRET.into())],
            },
        },
        Entry {
            at: crate::trace::Moment(2),
            event: Event::Received {
                lifeline: 0,
                from: 2,
                channel: crate::wire::Channel::Http,
                observed: Observed::Status {
                    code: 200,
                    headers: vec![("set-cookie".to_owned(), secret())],
                    body: Arc::new(serde_json::json!({ SECRET: [SECRET] })),
                },
            },
        },
    ];
    (report.notes, report.tags, report.kept) = (vec![secret()], vec![secret()], Some(secret()));
    (report.name, report.again) = (secret(), format!("seqcheck --var token={SECRET}"));
    report.wire = Some(WireDifference { file: secret(), diff: vec![('+', secret())] });
    report
}

#[test]
fn no_format_shows_a_secret_whole_or_in_pieces() {
    let secrets = Secrets::default();
    secrets.add(SECRET);
    let run = Run { scenarios: vec![leaky()], place: format!("against ws://{SECRET}"), ..Run::default() };
    let style = Style { verbosity: Verbosity::Verbose, width: 40, ..Style::default() };
    let hidden = run.clone().redacted(&secrets);
    for &(format, name, _) in Format::ALL {
        let shown = |run: &Run| {
            let bytes = format.render(run, &style).expect("a report");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            ["correct", "horse", "battery", "staple"].into_iter().any(|part| text.contains(part))
        };
        assert!(!shown(&hidden), "{name} shows a part of it");
        let pixels = !format.is_text();
        assert!(pixels || shown(&run), "{name} would have shown it");
    }
    let log = crate::report::wirelog::text(&hidden.scenarios[0]);
    assert!(!log.contains("horse") && log.contains("***"), "{log}");
    let line = hidden.scenarios[0].sources.iter().next().map(|(_, source)| source.line(13).to_owned());
    assert_eq!(line.as_deref(), Some(&*format!("Bob->Server: message: {}", "*".repeat(SECRET.len()))));
}

/// A frame that Alice got.
fn got(text: &str) -> Entry {
    let raw = Raw::Text(text.into());
    let observed = Observed::Message(Message { value: Arc::new(text.into()), raw });
    let event = Event::Received { lifeline: 0, from: 2, channel: crate::wire::Channel::Socket, observed };
    Entry { at: crate::trace::Moment(1), event }
}

#[test]
fn what_is_too_long_to_be_searched_is_kept_as_it_begins_and_the_rest_whole() {
    let secrets = Secrets::default();
    secrets.add(SECRET);
    let long = format!("{}{SECRET}{}", "%25 ".repeat(998), " %25".repeat(2 << 20));
    let small = format!("{SECRET} and more");
    let report = ScenarioReport { trace: vec![got(&small), got(&long), got(&small)], ..passed(CHAT) };
    let once = report.redacted(&secrets);
    let said = |entry: &Entry| match entry.event.received().map(|received| received.observed.clone()) {
        Some(Observed::Message(Message { value, raw })) => {
            (value.as_str().unwrap_or_default().to_owned(), raw.to_string())
        }
        _ => panic!("a message"),
    };
    let told: Vec<_> = once.trace.iter().map(said).collect();
    assert_eq!(told[0], told[2]);
    assert_eq!(told[0].1, "*** and more");
    assert_eq!(told[1].0, told[1].1);
    let begin = format!("%25 ***… ({} bytes, shortened because of a secret)", long.len());
    assert!(told[1].0.ends_with(&begin), "{}", told[1].0);
    assert_eq!(once.hidden.shortened(), 1);
    assert!(once.notes.iter().any(|note| note.starts_with("only the beginning of long messages is kept")));
    // Doing it again changes nothing, also where more has become known.
    let again = |report: ScenarioReport| {
        let (trace, notes) = (report.trace.clone(), report.notes.clone());
        let report = report.redacted(&secrets);
        assert_eq!((&report.trace, &report.notes), (&trace, &notes));
        report
    };
    let once = again(once);
    secrets.add("something else");
    again(once);
}

#[test]
fn a_long_message_without_secrets_is_whole() {
    let long = "x".repeat(20 << 20);
    let report = ScenarioReport { trace: vec![got(&long)], ..passed(CHAT) };
    assert_eq!(report.clone().redacted(&Secrets::default()).trace, report.trace);
    let log = crate::report::wirelog::text(&report);
    assert!(log.len() < 100_000 && log.contains(&format!("… ({} bytes, SHA-256 ", 20 << 20)), "{} bytes", log.len());
}

#[test]
fn a_finding_shows_no_begin_of_a_secret_where_it_is_cut() {
    let secrets = Secrets::default();
    secrets.add(SECRET);
    for before in 3_900..4_010 {
        let long = format!("{}{SECRET}{}", "x".repeat(before), "y".repeat(20_000));
        let mut report = passed(CHAT);
        report.outcome = twice().outcome;
        let finding = &mut report.outcome.findings[0];
        finding.raw = Some(Raw::Text(long.as_str().into()));
        finding.what.clone_from(&long);
        finding.diff = vec![Difference { path: long.clone(), expected: Some(long.as_str().into()), found: None }];
        let report = report.redacted(&secrets);
        let finding = &report.outcome.findings[0];
        let diff = &finding.diff[0];
        let expected = diff.expected.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        for text in [&finding.what, &diff.path, expected, &finding.raw.as_ref().map(Raw::to_string).unwrap_or_default()]
        {
            assert!(
                !text.contains("co") && text.len() < 4_100 && text.contains(&format!("({} bytes)", long.len())),
                "{before}: {text}"
            );
        }
    }
}

#[test]
fn two_hidden_values_are_told_apart() {
    let secrets = Secrets::default();
    let other = "staple-battery-horse-correct-staple-battery-horse";
    [SECRET, other].into_iter().for_each(|secret| secrets.add(secret));
    let mut report = leaky();
    let value = |secret: &str| Some(format!("Bearer {secret}").into());
    report.outcome.findings[0].diff =
        vec![Difference { path: "authorization".to_owned(), expected: value(SECRET), found: value(other) }];
    let hidden = report.redacted(&secrets);
    let told = &hidden.outcome.findings[0].diff[0];
    assert_eq!(told.expected, Some("Bearer ***".into()));
    assert_eq!(told.found, Some("another value, which is hidden too".into()));
}
