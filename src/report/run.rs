use super::redact::Hidden;
use crate::diagram::Diagram;
use crate::induce::rule_of;
use crate::oracle::{AWAITED_HELP, Finding, Outcome, Verdict};
use crate::order::{ArrowId, LifelineId, Order};
use crate::source::Sources;
use crate::trace::{Aside, Entry, Server};
use crate::wire::{Channel, Message, Observed, Raw, Sender};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// All that one command played, in the order in which it is reported.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Every scenario, played or skipped.
    pub scenarios: Vec<ScenarioReport>,
    /// Where it was played, as the summary line says it: `in memory`, `against ws://127.0.0.1:8080`.
    pub place: String,
    /// Wall-clock time of the whole, for the summary line alone; none where output must be the same every time.
    pub elapsed: Option<Duration>,
    /// What ended it before everything was played: `SIGINT`.
    pub interrupted: Option<String>,
    /// The program and the commit, for whoever finds the report later.
    pub about: Option<String>,
}

/// One scenario: what was drawn, what happened, what that comes to.
#[derive(Clone, Debug, Default)]
pub struct ScenarioReport {
    /// The title, or where there is none the name of the file (and heading).
    pub name: String,
    /// The path as the user wrote it.
    pub path: String,
    /// The texts that the spans of the others point into.
    pub sources: Arc<Sources>,
    /// What was drawn.
    pub diagram: Arc<Diagram>,
    /// What was drawn, compiled with the roles of this run.
    pub order: Arc<Order>,
    /// What was judged. The default where the scenario was skipped.
    pub outcome: Outcome,
    /// The scenario's verdict: the outcome's, unless the scenario documents a misbehaviour (`#@ expect`).
    pub verdict: Verdict,
    /// What was observed.
    pub trace: Vec<Entry>,
    /// What passed beside it, and is not judged: handshakes, preambles, echoes; none where it was judged from a file.
    pub asides: Vec<Aside>,
    /// Why it was not played.
    pub skipped: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Which play of how many this is, from 1; (1, 1) without `--repeat`.
    pub play: (u32, u32),
    /// Wall-clock time that the play took; none where output must be the same every time.
    pub duration: Option<Duration>,
    /// The command that plays this scenario again the same way.
    pub again: String,
    /// Where the run's files for this scenario are, where they were kept.
    pub kept: Option<String>,
    /// Remarks of the run: an operand never played, `#@ expect` not met, ….
    pub notes: Vec<String>,
    /// The servers that were launched, as they stood when the play was over.
    pub servers: Vec<Server>,
    /// What came of the tries before this one, in a line each: those of `--retries` that did not pass.
    pub tries: Vec<String>,
    /// Where frames differ from the snapshot of the wire, where there is one and they do.
    pub wire: Option<WireDifference>,
    /// What was taken out of it.
    pub hidden: Hidden,
}

/// How the frames of a play differ from their snapshot. This is no verdict on the diagram: what was drawn came as drawn,
/// and something that nobody drew has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireDifference {
    /// The file of the snapshot, as messages name it.
    pub file: String,
    /// The lines around each difference: `-` was locked, `+` was observed, a blank is both.
    pub diff: Vec<(char, String)>,
}

/// A clause of a specification: its text and its source.
type Clause = (Arc<str>, Arc<str>);

/// The clauses that the arrows which take part in a finding test, each once.
pub(super) fn quotes<'a>(order: &'a Order, finding: &Finding) -> Vec<(ArrowId, &'a Clause)> {
    let mut quotes: Vec<(ArrowId, &Clause)> = Vec::new();
    for id in finding.parts() {
        let quote = order.arrows.get(id.0 as usize).and_then(|arrow| arrow.traits.quote.as_ref());
        if let Some(quote) = quote.filter(|quote| quotes.iter().all(|(_, known)| known != quote)) {
            quotes.push((id, quote));
        }
    }
    quotes
}

/// What the codec has made of a frame, where the frame itself does not show it: bytes, or another notation.
pub(super) fn meaning(observed: &Observed) -> Option<&Value> {
    let Observed::Message(Message { value, raw }) = observed else { return None };
    let shown = match raw {
        Raw::Text(text) => value.as_str() == Some(&**text) || raw.json().is_some_and(|read| read == **value),
        Raw::Binary(_) => false,
    };
    (!shown).then_some(&**value)
}

/// The same of a finding's frame, as much as a finding says.
pub(super) fn decoded(report: &ScenarioReport, finding: &Finding) -> Option<Value> {
    frame(report, finding).and_then(meaning).cloned().map(super::cut::shown)
}

/// A frame of more bytes of memory, about, gets no rule of its own proposed.
const LONGEST_RULE: usize = 64 << 10;

/// A frame that is held against a rule already, with values of another kind, needs no second one.
fn wants_rule(finding: &Finding) -> bool {
    finding.label.is_none() && finding.class != crate::oracle::Class::WrongPayload
}

/// The rule that would name a finding's frame, where none does. Nobody copies a rule of many pages.
pub(super) fn proposed(report: &ScenarioReport, finding: &Finding) -> Option<String> {
    let received = report.trace.get(finding.entry?)?.event.received().filter(|_| wants_rule(finding))?;
    let served = report.order.serves(LifelineId(received.lifeline), LifelineId(received.from));
    let sender = if served { Sender::Client } else { Sender::Server };
    Some(received.observed).filter(|observed| observed.size() <= LONGEST_RULE).and_then(|it| rule_of(it, sender))
}

/// Where to look when a handshake was answered by something else: the address is wrong more often than the server.
pub(super) fn about_handshake(report: &ScenarioReport, finding: &Finding) -> Option<&'static str> {
    let received = report.trace.get(finding.entry?)?.event.received()?;
    // What a step of the binding waits for stands there already: it is no handshake that was answered so.
    if received.channel != Channel::Socket || finding.help.iter().any(|help| help.starts_with(AWAITED_HELP)) {
        return None;
    }
    match received.observed {
        Observed::Status { code: 200..=299, .. } => {
            Some("this is the answer of a web page: check the path of the WebSocket in `[connect] url` of the binding")
        }
        Observed::Status { code: 401 | 403, .. } => {
            Some("the server requires authentication: add `[connect] headers` to the binding, or a token to its `url`")
        }
        Observed::Status { code: 400 | 404 | 405 | 410, .. } => {
            Some("the path may be wrong: change `[connect] url` of the binding, or the target")
        }
        Observed::Status { code: 502..=504, .. } => {
            Some("a proxy answers this if its own server does not answer: check both")
        }
        Observed::End { how } if how.contains(HANDSHAKE) => {
            Some("a server that uses only TLS may end the connection like this: try wss://, or another port")
        }
        Observed::Status { .. }
        | Observed::Message(_)
        | Observed::Garbled { .. }
        | Observed::Event { .. }
        | Observed::Close { .. }
        | Observed::Dialled { .. }
        | Observed::Asked { .. }
        | Observed::End { .. } => None,
    }
}

/// What the end of a connection says that was none yet.
const HANDSHAKE: &str = "in the handshake";

/// Whether a finding is about the bytes of an HTTP answer: pages are long, and the beginning says it all.
pub(super) fn is_page(report: &ScenarioReport, finding: &Finding) -> bool {
    matches!(frame(report, finding), Some(Observed::Status { .. }))
}

/// What came.
fn frame<'a>(report: &'a ScenarioReport, finding: &Finding) -> Option<&'a Observed> {
    Some(report.trace.get(finding.entry?)?.event.received()?.observed)
}

/// What becomes of a scenario in the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Judged and good.
    Passed,
    /// Good, and not at the first try.
    Flaky,
    /// Judged, and a guarantee of the server is violated.
    Failed,
    /// Played, and not decided.
    Inconclusive,
    /// seqcheck could not do its job.
    Error,
    /// Not played.
    Skipped,
}

impl Status {
    /// All, in the order of the summary line.
    pub const ALL: [Status; 6] =
        [Status::Passed, Status::Flaky, Status::Failed, Status::Inconclusive, Status::Error, Status::Skipped];

    /// Whether nothing is to be mended: it passed, at whichever try, or was not played.
    pub fn is_good(self) -> bool {
        match self {
            Status::Passed | Status::Flaky | Status::Skipped => true,
            Status::Failed | Status::Inconclusive | Status::Error => false,
        }
    }

    /// The word at the beginning of a scenario's line.
    pub fn word(self) -> &'static str {
        match self {
            Status::Passed => "PASS",
            Status::Flaky => "FLAKY",
            Status::Failed => "FAIL",
            Status::Inconclusive => "INCONCLUSIVE",
            Status::Error => "ERROR",
            Status::Skipped => "SKIP",
        }
    }

    /// The word in the summary line, behind its number.
    pub fn counted(self, count: usize) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Flaky => "flaky",
            Status::Failed => "failed",
            Status::Inconclusive => "inconclusive",
            Status::Error if count == 1 => "error",
            Status::Error => "errors",
            Status::Skipped => "skipped",
        }
    }

    /// The word in machine-readable formats.
    pub fn key(self) -> &'static str {
        match self {
            Status::Passed => "pass",
            Status::Flaky => "flaky",
            Status::Failed => "fail",
            Status::Inconclusive => "inconclusive",
            Status::Error => "error",
            Status::Skipped => "skip",
        }
    }
}

impl ScenarioReport {
    /// What becomes of it in the count.
    pub fn status(&self) -> Status {
        if self.skipped.is_some() {
            return Status::Skipped;
        }
        match self.verdict {
            Verdict::Pass if self.wire.is_some() => Status::Failed,
            Verdict::Pass if !self.tries.is_empty() => Status::Flaky,
            Verdict::Pass => Status::Passed,
            Verdict::Fail => Status::Failed,
            Verdict::Inconclusive => Status::Inconclusive,
            Verdict::Error => Status::Error,
        }
    }

    /// The servers of which a report speaks.
    pub(super) fn shown_servers(&self) -> impl Iterator<Item = &Server> {
        let trouble = self.status() == Status::Error;
        self.servers.iter().filter(move |server| server.is_shown(trouble))
    }

    /// The name, with the number of the play where there are several.
    pub fn full_name(&self) -> String {
        match self.play {
            (play, plays) if plays > 1 => format!("{} (play {play} of {plays})", self.name),
            _ => self.name.clone(),
        }
    }

    /// What went wrong, in a line.
    pub fn headline(&self) -> String {
        super::junit::headline(self)
    }

    /// Which try passed, of how many there were.
    pub(super) fn passed_at(&self) -> String {
        format!("passed at try {}", self.tries.len() + 1)
    }

    /// How many arrows are drawn, those unfolded from one counted once.
    pub fn arrow_count(&self) -> usize {
        let mut numbers: Vec<_> = self.order.arrows.iter().map(|arrow| (arrow.span, arrow.number)).collect();
        numbers.sort_unstable_by_key(|&(span, number)| (span.source, number));
        numbers.dedup_by_key(|&mut (span, number)| (span.source, number));
        numbers.len()
    }
}

impl Run {
    /// How many scenarios have each status, in the order of [`Status::ALL`].
    pub fn tally(&self) -> [(Status, usize); 6] {
        Status::ALL.map(|status| (status, self.scenarios.iter().filter(|each| each.status() == status).count()))
    }
}
