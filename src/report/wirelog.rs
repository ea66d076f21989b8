//! What passed on the wire, entry by entry, as the trace has it.

use super::run::{ScenarioReport, meaning};
use crate::source::{elapsed_words, visible};
use crate::trace::{Event, Moment};
use crate::wire::{Observed, Raw};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When.
    pub at: Moment,
    /// Who to whom: `Alice -> Server`.
    pub who: String,
    /// What kind of thing it is: `sent`, `received`, `done`, `quiet`, ….
    pub kind: &'static str,
    /// On which channel, where it is on one.
    pub channel: &'static str,
    /// What it is, in a line.
    pub what: String,
    /// The payload of each frame, JSON pretty-printed.
    pub payloads: Vec<String>,
    /// After the verdict was frozen: not judged.
    pub teardown: bool,
}

/// The log of a scenario.
pub fn entries(report: &ScenarioReport) -> Vec<Logged> {
    let name = |lifeline: u32| report.order.lifelines.get(lifeline as usize).map_or("?", |lifeline| &*lifeline.name);
    let mut teardown = false;
    let mut log = Vec::with_capacity(report.trace.len());
    for entry in &report.trace {
        let (kind, channel, who, what, payloads) = match &entry.event {
            Event::Sent { lifeline, to, channel, label, raw, .. } => {
                let who = format!("{} -> {}", name(*lifeline), name(*to));
                ("sent", channel.word(), who, label.to_string(), raw.iter().map(pretty).collect())
            }
            Event::Received { lifeline, from, channel, observed } => {
                let (what, payloads) = observed_words(observed);
                ("received", channel.word(), format!("{} -> {}", name(*from), name(*lifeline)), what, payloads)
            }
            Event::Done { lifeline, .. } => {
                ("done", "", name(*lifeline).to_owned(), "the exchange is complete".to_owned(), Vec::new())
            }
            Event::Echoed { lifeline } => {
                ("echoed", "", name(*lifeline).to_owned(), "all sent before is handled".to_owned(), Vec::new())
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
            Event::Frozen => {
                teardown = true;
                ("frozen", "", String::new(), "what follows is not judged".to_owned(), Vec::new())
            }
        };
        log.push(Logged { at: entry.at, who, kind, channel, what, payloads, teardown });
    }
    log
}

fn observed_words(observed: &Observed) -> (String, Vec<String>) {
    match observed {
        Observed::Message(message) => {
            let decoded = meaning(observed).map(|value| format!("{value:#}"));
            (String::new(), [pretty(&message.raw)].into_iter().chain(decoded).collect())
        }
        Observed::Garbled { raw, why } => (format!("cannot be read: {why}"), vec![pretty(raw)]),
        Observed::Status { code, body, .. } => {
            let body = if body.is_null() { Vec::new() } else { vec![format!("{body:#}")] };
            (format!("HTTP {code}"), body)
        }
        Observed::Event { event, id, data } => {
            let id = id.as_ref().map_or(String::new(), |id| format!(", id {id}"));
            (format!("event {event}{id}"), vec![pretty(&Raw::Text(data.as_str().into()))])
        }
        Observed::Close { code, reason } => {
            let code = code.map_or("no code".to_owned(), |code| code.to_string());
            (format!("Close {code} {reason}").trim_end().to_owned(), Vec::new())
        }
        Observed::Dialled { url, .. } => (format!("dials {url}"), Vec::new()),
        Observed::Asked { method, url, body, .. } => {
            let body = if body.is_null() { Vec::new() } else { vec![format!("{body:#}")] };
            (format!("{method} {url}"), body)
        }
        Observed::End { how } => (format!("ended: {how}"), Vec::new()),
    }
}

/// JSON with indentation, anything else as it is.
fn pretty(raw: &Raw) -> String {
    match raw {
        Raw::Text(text) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) if value.is_object() || value.is_array() => format!("{value:#}"),
            Ok(_) | Err(_) => text.to_string(),
        },
        Raw::Binary(_) => raw.to_string(),
    }
}

/// A payload on one line, as it went over the wire, or nearly.
pub(super) fn compact(payload: &str) -> String {
    let read = serde_json::from_str::<serde_json::Value>(payload).map(|value| value.to_string());
    read.unwrap_or_else(|_| payload.to_owned())
}

/// The log as text, a line an entry, payloads on one line each: the file that is kept beside the trace.
pub fn text(report: &ScenarioReport) -> String {
    let mut out = String::new();
    for entry in entries(report) {
        let at = elapsed_words(entry.at.since(Moment(0)));
        let head = [entry.kind, entry.channel, &entry.who, &entry.what].into_iter().filter(|part| !part.is_empty());
        out.push_str(&format!("{at:>9}  {}", visible(&head.collect::<Vec<_>>().join("  "))));
        for payload in &entry.payloads {
            out.push_str("  ");
            out.push_str(&visible(&compact(payload)));
        }
        out.push('\n');
    }
    out
}
