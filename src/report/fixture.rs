//! Runs made by hand for the tests of the formats.

use super::run::{Run, ScenarioReport};
use crate::diagram::{Arrow, Diagram, End, Item, Participant, ParticipantId, ParticipantKind};
use crate::oracle::{By, Cause, Class, Doubt, Fate, Finding, Mark, Outcome, Reason, Trouble, Verdict};
use crate::order::{ArrowId, Casting, LifelineId, NoLibrary, Order, Setup, Vocabulary, Word, compile};
use crate::source::{Source, SourceId, Sources, Span};
use crate::trace::{Evidence, Moment};
use crate::wire::{Channel, Raw};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The diagram of `scenarios/chat.seq`.
pub(crate) const CHAT: &str = include_str!("../../scenarios/chat.seq");

struct Words;

impl Vocabulary for Words {
    fn word(&self, label: &str) -> Word {
        match label {
            "WS connect" => Word::Connect,
            "WS disconnect" => Word::End,
            _ => Word::Message,
        }
    }
}

/// Reads declarations and plain arrows.
pub(crate) fn diagram(text: &str) -> Diagram {
    let mut diagram = Diagram { span: Span::new(SourceId(0), 0, text.len()), ..Diagram::default() };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(SourceId(0), at, at + line.trim_end().len());
        at += line.len();
        let line = line.trim_end();
        if let Some(title) = line.strip_prefix("title ") {
            diagram.title = Some(title.to_owned());
        } else if let Some(name) = line.strip_prefix("actor ") {
            participant(&mut diagram, name, ParticipantKind::Actor, span);
        } else if let Some(name) = line.strip_prefix("participant ") {
            let (label, id) = name.split_once(" as ").unwrap_or((name, name));
            let id = participant(&mut diagram, id, ParticipantKind::Participant, span);
            diagram.participants[id.0 as usize].label = Some(label.trim_matches('"').to_owned());
        } else if let Some((from, rest)) = line.split_once("->") {
            let (to, label) = rest.split_once(": ").unwrap_or((rest, ""));
            let from = participant(&mut diagram, from.trim_end_matches('-'), ParticipantKind::Participant, span);
            let to = participant(&mut diagram, to, ParticipantKind::Participant, span);
            diagram.body.push(Item::Arrow(Arrow {
                from: End::Participant(from),
                to: End::Participant(to),
                drawn: Default::default(),
                label: label.to_owned(),
                span,
                label_span: span,
            }));
        }
    }
    diagram
}

fn participant(diagram: &mut Diagram, name: &str, kind: ParticipantKind, span: Span) -> ParticipantId {
    diagram.find(name).unwrap_or_else(|| {
        diagram.participants.push(Participant {
            id: name.to_owned(),
            label: None,
            kind,
            style: None,
            declared: true,
            span,
        });
        ParticipantId(diagram.participants.len() as u32 - 1)
    })
}

/// A scenario in which everything passes, an arrow every 100 µs.
pub(crate) fn passed(text: &str) -> ScenarioReport {
    let mut sources = Sources::new();
    sources.add(Source::new("scenarios/chat.seq", text));
    let diagram = diagram(text);
    let setup = Setup {
        sources: &sources,
        words: &Words,
        casting: &Casting::default(),
        vars: &BTreeMap::new(),
        library: &NoLibrary,
    };
    let order = compile(&diagram, &setup).expect("the fixture compiles");
    let marks = order.arrow_ids().map(|(id, _)| mark(&order, id)).collect();
    ScenarioReport {
        name: diagram.title.clone().unwrap_or_else(|| "untitled".to_owned()),
        path: "scenarios/chat.seq".to_owned(),
        sources: Arc::new(sources),
        diagram: Arc::new(diagram),
        order: Arc::new(order),
        outcome: Outcome {
            marks,
            evidence: Some(Evidence::Virtual),
            listened: std::time::Duration::from_secs(1),
            ..Outcome::default()
        },
        play: (1, 1),
        again: "seqcheck scenarios/chat.seq --seed 0".to_owned(),
        ..ScenarioReport::default()
    }
}

fn mark(order: &Order, id: ArrowId) -> Mark {
    let arrow = order.arrow(id);
    let sent = order.simulated(arrow.from);
    let client = if sent { arrow.from } else { arrow.to };
    Mark {
        arrow: Some(id),
        lifeline: client.lifeline().expect("an arrow of the fixture has two lifelines"),
        channel: Channel::Socket,
        at: Some(Moment(100_000 * u64::from(id.0 + 1))),
        entry: Some(id.0 as usize),
        fate: if sent { Fate::Sent } else { Fate::Passed },
    }
}

pub(crate) fn finding(class: Class, arrow: u32, lifeline: u32, what: &str) -> Finding {
    Finding {
        class,
        arrow: Some(ArrowId(arrow)),
        or: Vec::new(),
        lifeline: LifelineId(lifeline),
        channel: Channel::Socket,
        what: what.to_owned(),
        label: None,
        raw: None,
        entry: None,
        at: None,
        diff: Vec::new(),
        timing: None,
        cause: None,
        related: None,
        meant_for: None,
        bound: None,
        pending: Vec::new(),
        allow: None,
        help: Vec::new(),
        consequences: Vec::new(),
    }
}

/// The chat in which the broadcast of arrow 8 comes twice; nothing is reached below it.
pub(crate) fn twice() -> ScenarioReport {
    let mut report = passed(CHAT);
    report.again = "seqcheck scenarios/chat.seq --mutant broadcast-twice --seed 0".to_owned();
    report.verdict = Verdict::Fail;
    report.outcome.verdict = Verdict::Fail;
    report.outcome.marks.truncate(8);
    report.outcome.marks.push(Mark {
        arrow: None,
        lifeline: LifelineId(0),
        channel: Channel::Socket,
        at: Some(Moment(1_000_000)),
        entry: Some(9),
        fate: Fate::Found(Class::Duplicate),
    });
    report.outcome.findings = vec![Finding {
        label: Some("message from Bob: Hello Alice!".to_owned()),
        raw: Some(Raw::Text(r#"{"type":"message","id":1,"from":"Bob","room":"general","text":"Hello Alice!"}"#.into())),
        entry: Some(9),
        at: Some(Moment(1_000_000)),
        related: Some(ArrowId(7)),
        allow: Some("#@ ignore Alice: message from {from}: {text}".to_owned()),
        ..finding(Class::Duplicate, 7, 0, "Alice received this frame twice")
    }];
    report
}

/// The chat in which arrow 8 never comes, and what follows from it.
pub(crate) fn missing() -> ScenarioReport {
    let mut report = passed(CHAT);
    report.verdict = Verdict::Fail;
    report.outcome.verdict = Verdict::Fail;
    report.outcome.marks.truncate(7);
    report.outcome.findings = vec![Finding {
        cause: Some(Cause { arrow: ArrowId(6), complete: Some(Moment(700_000)), by: By::Drawn }),
        pending: vec![ArrowId(7), ArrowId(9)],
        consequences: vec![finding(Class::Missing, 9, 1, "Bob did not receive this either")],
        ..finding(Class::Missing, 7, 0, "Alice did not receive this within 5 s")
    }];
    report
}

/// One scenario of every status, two of them failed.
pub(crate) fn mixed() -> Run {
    let skipped = ScenarioReport { skipped: Some("needs auth=required".to_owned()), ..passed(CHAT) };
    let mut doubt = passed(CHAT);
    doubt.verdict = Verdict::Inconclusive;
    let text = "nothing shows that the server has handled line 11".to_owned();
    let span = doubt.order.arrows[4].span;
    doubt.outcome.doubts = vec![Doubt { reason: Reason::Unconfirmed, text, spans: vec![span] }];
    let mut error = passed(CHAT);
    error.verdict = Verdict::Error;
    error.outcome.trouble = Some(Trouble {
        kind: "connect",
        message: "127.0.0.1:9 refuses the connection".to_owned(),
        help: vec!["is the server running?".to_owned()],
        spans: vec![error.order.arrows[0].span],
    });
    Run {
        scenarios: vec![passed(CHAT), twice(), missing(), skipped, doubt, error],
        place: "in memory".to_owned(),
        ..Run::default()
    }
}
