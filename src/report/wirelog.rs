//! All that passed on the wire, entry by entry: what the trace has, and what passed beside it (handshakes, preambles, echoes),
//! each marked as that.

use super::cut::begin;
use super::run::{ScenarioReport, meaning};
use crate::oracle::Finding;
use crate::order::Role;
use crate::source::{elapsed_words, visible};
use crate::trace::{Aside, Content, Entry, Event, Head, Moment};
use crate::wire::{Observed, Raw, UNREAD, digest, is_empty};
use serde_json::Value;
use std::borrow::Cow;

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged<'a> {
    /// Its place in the trace, where it is in there.
    pub entry: Option<usize>,
    /// When.
    pub at: Moment,
    /// Who to whom: `Alice -> Server`.
    pub who: String,
    /// What kind of thing it is: `sent`, `received`, `drawn`, `done`, `quiet`, ….
    pub kind: &'static str,
    /// On which channel, where it is on one.
    pub channel: &'static str,
    /// For what it is, where no arrow draws it: `handshake`, `echo`, …; empty where one does.
    pub mark: &'static str,
    /// What it is, in a line.
    pub what: String,
    /// The fields of a head, `Name: value`.
    pub fields: Vec<String>,
    /// What each frame holds.
    pub payloads: Vec<Payload<'a>>,
    /// After the verdict was frozen: not judged.
    pub teardown: bool,
}

/// What a frame holds, to be written as whoever prints it needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Payload<'a> {
    /// A frame as it passed.
    Frame(&'a Raw),
    /// The data of an event.
    Text(&'a str),
    /// What a codec made of a frame; a body that was read.
    Value(&'a Value),
}

/// Longer payloads stay as they came: values take ten times the memory of their text.
const LAID_OUT: usize = 1 << 20;

impl<'a> Payload<'a> {
    /// JSON with indentation, anything else as it is.
    pub fn laid_out(self) -> Cow<'a, str> {
        match self {
            Payload::Frame(Raw::Text(text)) => Payload::Text(text).laid_out(),
            Payload::Frame(Raw::Binary(_)) => self.line(),
            Payload::Text(text) => match json(text) {
                Some(value) => format!("{value:#}").into(),
                None => text.into(),
            },
            Payload::Value(value) => format!("{value:#}").into(),
        }
    }

    /// As it passed, JSON of several lines on one.
    pub fn line(self) -> Cow<'a, str> {
        match self {
            Payload::Frame(Raw::Text(text)) => Payload::Text(text).line(),
            Payload::Frame(raw @ Raw::Binary(_)) => raw.to_string().into(),
            Payload::Text(text) => match Some(text).filter(|text| text.contains('\n')).and_then(json) {
                Some(value) => value.to_string().into(),
                None => text.into(),
            },
            Payload::Value(value) => value.to_string().into(),
        }
    }
}

/// A list or a table, where a text is one and not too long to be made a value.
fn json(text: &str) -> Option<Value> {
    let value = (text.len() <= LAID_OUT).then(|| serde_json::from_str::<Value>(text).ok())??;
    (value.is_object() || value.is_array()).then_some(value)
}

/// So much of a payload stands on its line, in bytes.
const LINE: usize = 64 << 10;

/// A payload on the line of its entry: of a long one how it begins, how long it is, and its digest, by which it can be told
/// from another.
fn on_line(payload: Payload<'_>) -> String {
    let line = payload.line();
    let shown = begin(&line, LINE);
    let rest = match shown.len() == line.len() {
        true => String::new(),
        false => format!("… ({} bytes, SHA-256 {})", line.len(), digest(line.as_bytes())),
    };
    format!("{}{rest}", visible(shown))
}

/// The log of a scenario, as it passed.
pub fn entries(report: &ScenarioReport) -> impl Iterator<Item = Logged<'_>> {
    let mut asides = report.asides.iter().peekable();
    let mut trace = report.trace.iter().enumerate().peekable();
    let mut teardown = false;
    std::iter::from_fn(move || {
        let next = trace.peek().map(|(index, _)| *index);
        if let Some(aside) = asides.next_if(|aside| next.is_none_or(|index| aside.after <= index)) {
            return Some(beside(report, aside, teardown));
        }
        let (index, entry) = trace.next()?;
        teardown |= entry.event == Event::Frozen;
        Some(Logged { entry: Some(index), teardown, ..recorded(report, entry) })
    })
}

fn name(report: &ScenarioReport, lifeline: u32) -> &str {
    report.order.lifelines.get(lifeline as usize).map_or("?", |lifeline| &*lifeline.name)
}

/// What the trace has.
fn recorded<'a>(report: &'a ScenarioReport, entry: &'a Entry) -> Logged<'a> {
    let name = |lifeline: u32| name(report, lifeline);
    let (kind, channel, who, what, payloads) = match &entry.event {
        Event::Sent { lifeline, to, channel, label, raw, .. } => {
            let who = format!("{} -> {}", name(*lifeline), name(*to));
            // Nothing of a silent lifeline is on a channel.
            let ends = [lifeline, to].map(|id| report.order.lifelines.get(*id as usize));
            let is_silent = ends.into_iter().flatten().any(|lifeline| lifeline.role == Role::Silent);
            let (kind, channel) = if is_silent { ("drawn", "") } else { ("sent", channel.word()) };
            (kind, channel, who, label.to_string(), raw.iter().map(Payload::Frame).collect())
        }
        Event::Received { lifeline, from, channel, observed } => {
            let (what, payloads) = observed_words(observed);
            ("received", channel.word(), format!("{} -> {}", name(*from), name(*lifeline)), what, payloads)
        }
        Event::Done { lifeline, .. } => {
            ("done", "", name(*lifeline).to_owned(), "the exchange is complete".to_owned(), Vec::new())
        }
        Event::Echoed { lifeline } => {
            ("echoed", "", name(*lifeline).to_owned(), "everything sent before this is handled".to_owned(), Vec::new())
        }
        Event::Quiet { evidence, .. } => {
            ("quiet", "", String::new(), format!("evidence: {}", evidence.word()), Vec::new())
        }
        Event::Chose { fragment, choice, .. } => {
            let line = report.order.fragments.get(*fragment as usize).map_or(0, |fragment| fragment.line);
            ("chose", "", String::new(), format!("{choice} at the fragment of line {line}"), Vec::new())
        }
        Event::Learned { lifeline, hole, value, .. } => {
            let who = report.order.lifelines.get(*lifeline as usize).map_or("", |lifeline| &*lifeline.name);
            ("learned", "", who.to_owned(), format!("{hole} is {value}"), Vec::new())
        }
        Event::Frozen => ("frozen", "", String::new(), "the rest is not checked".to_owned(), Vec::new()),
    };
    let fields = match entry.event.received().map(|received| received.observed) {
        // Those of an answer stand with its head.
        Some(Observed::Dialled { headers, .. } | Observed::Asked { headers, .. }) => fields(headers),
        Some(_) | None => Vec::new(),
    };
    Logged { entry: None, at: entry.at, who, kind, channel, mark: "", what, fields, payloads, teardown: false }
}

/// What passed beside it.
fn beside<'a>(report: &'a ScenarioReport, aside: &'a Aside, teardown: bool) -> Logged<'a> {
    let (what, listed, payloads) = match &aside.content {
        Content::Head(Head { line, fields: all }, body) => {
            (line.clone(), fields(all), body.iter().map(Payload::Frame).collect())
        }
        Content::Frame(raw) => (String::new(), Vec::new(), vec![Payload::Frame(raw)]),
        Content::Observed(observed) => {
            let (what, payloads) = observed_words(observed);
            (what, Vec::new(), payloads)
        }
        Content::Left(count) => {
            (format!("{count} more entries that no arrow draws were not kept"), Vec::new(), Vec::new())
        }
    };
    Logged {
        entry: None,
        at: aside.at,
        who: format!("{} -> {}", name(report, aside.from), name(report, aside.to)),
        kind: if aside.sent { "sent" } else { "received" },
        channel: aside.channel.word(),
        mark: aside.purpose.word(),
        what,
        fields: listed,
        payloads,
        teardown,
    }
}

fn fields(all: &[(String, String)]) -> Vec<String> {
    all.iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

/// What a finding is about, in a line: the label of its message, or what was observed, of which so many bytes are looked at.
pub(super) fn of_finding(trace: &[Entry], finding: &Finding, most: usize) -> Option<String> {
    if let Some(label) = &finding.label {
        return Some(label.clone());
    }
    let observed = finding.entry.and_then(|entry| trace.get(entry)?.event.received()).map(|it| it.observed);
    let words = observed.map(|observed| observed_words(observed).0).filter(|words| !words.is_empty());
    let raw = finding.raw.as_ref().map(|raw| raw.beginning(most));
    match (observed, words, raw) {
        (Some(Observed::Asked { .. }), Some(words), Some(raw)) => Some(format!("{words} {raw}")),
        (_, words, raw) => raw.or(words),
    }
}

fn observed_words(observed: &Observed) -> (String, Vec<Payload<'_>>) {
    match observed {
        Observed::Message(message) => {
            let decoded = meaning(observed).map(Payload::Value);
            (String::new(), [Payload::Frame(&message.raw)].into_iter().chain(decoded).collect())
        }
        Observed::Garbled { why, .. } if why.starts_with(UNREAD) => (why.clone(), Vec::new()),
        Observed::Garbled { raw, why } => (format!("cannot be read: {why}"), vec![Payload::Frame(raw)]),
        Observed::Status { code, body: of, .. } => (format!("HTTP {code}"), body(of)),
        Observed::Event { event, id, data } => {
            let id = id.as_ref().map_or(String::new(), |id| format!(", id {id}"));
            (format!("event {event}{id}"), vec![Payload::Text(data)])
        }
        Observed::Close { code, reason } => {
            let code = code.map_or("no code".to_owned(), |code| code.to_string());
            (format!("Close {code} {reason}").trim_end().to_owned(), Vec::new())
        }
        Observed::Dialled { url, .. } => (format!("connects to {url}"), Vec::new()),
        Observed::Asked { method, url, body: of, .. } => (format!("{method} {url}"), body(of)),
        Observed::End { how } => (format!("ended: {how}"), Vec::new()),
    }
}

fn body(body: &Value) -> Vec<Payload<'_>> {
    if is_empty(body) { Vec::new() } else { vec![Payload::Value(body)] }
}

/// The log as text: the file that is kept beside the trace. A line an entry, payloads on one line each; the fields of a head
/// follow on lines of their own, behind a blank margin.
pub fn text(report: &ScenarioReport) -> String {
    let mut out = String::new();
    for entry in entries(report) {
        let at = elapsed_words(entry.at.since(Moment(0)));
        let mark = if entry.mark.is_empty() { String::new() } else { format!("[{}]", entry.mark) };
        let head =
            [entry.kind, entry.channel, &entry.who, &mark, &entry.what].into_iter().filter(|part| !part.is_empty());
        out.push_str(&format!("{at:>9}  {}", visible(&head.collect::<Vec<_>>().join("  "))));
        for payload in &entry.payloads {
            out.push_str("  ");
            out.push_str(&on_line(*payload));
        }
        out.push('\n');
        for field in &entry.fields {
            out.push_str(&format!("{:>9}    {}\n", "", visible(field)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{CHAT, passed};
    use crate::trace::Purpose;
    use crate::wire::{Channel, Secrets};

    /// What passed beside the trace stands where it passed, marked, and without what proves who somebody is.
    #[test]
    fn heads_stand_among_the_entries() {
        let mut report = passed(CHAT);
        let head = |line: &str, field: (&str, &str)| {
            let fields = vec![(field.0.to_owned(), field.1.to_owned())];
            Content::Head(Head { line: line.to_owned(), fields }, None)
        };
        let aside = |after, sent, purpose, content| {
            let (from, to) = if sent { (0, 2) } else { (2, 0) };
            Aside { after, at: Moment(0), from, to, sent, channel: Channel::Socket, purpose, content }
        };
        let event = Event::Sent {
            lifeline: 0,
            to: 2,
            channel: Channel::Socket,
            arrow: 0,
            label: "WS connect".into(),
            raw: Vec::new(),
        };
        report.trace = [event, Event::Frozen].map(|event| Entry { at: Moment(0), event }).into();
        report.asides = vec![
            aside(1, true, Purpose::Handshake, head("GET /ws HTTP/1.1", ("Authorization", "Bearer abc"))),
            aside(1, false, Purpose::Handshake, head("HTTP/1.1 101", ("set-cookie", "sid=1; Path=/"))),
            aside(1, true, Purpose::Echo, Content::Frame(Raw::Text("{\"ping\": 1}".into()))),
            aside(2, false, Purpose::Ignored, Content::Left(3)),
        ];
        let log = text(&report.redacted(&Secrets::default()));
        let lines: Vec<&str> = log.lines().map(str::trim_start).collect();
        assert_eq!(
            lines,
            [
                "0 ms  sent  socket  Alice -> Server  WS connect",
                "0 ms  sent  socket  Alice -> Server  [handshake]  GET /ws HTTP/1.1",
                "Authorization: Bearer ***",
                "0 ms  received  socket  Server -> Alice  [handshake]  HTTP/1.1 101",
                "set-cookie: sid=***; Path=/",
                "0 ms  sent  socket  Alice -> Server  [echo]  {\"ping\": 1}",
                "0 ms  frozen  the rest is not checked",
                "0 ms  received  socket  Server -> Alice  [ignored]  3 more entries that no arrow draws were not kept",
            ]
        );
    }
}
