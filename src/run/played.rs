use crate::diagram::Diagram;
use crate::oracle::{Class, Finding, Outcome, Plan, Verdict};
use crate::order::{ArrowId, FragmentId};
use crate::source::Sources;
use crate::syntax::Dialect;
use crate::trace::file::Header;
use crate::trace::{Aside, Entry, Server};
use crate::wire::Secrets;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// One play of a scenario, judged.
#[derive(Clone, Debug)]
pub struct Played {
    /// What was judged.
    pub outcome: Outcome,
    /// The scenario's verdict: the outcome's, unless the scenario documents a misbehaviour (`#@ expect`).
    pub verdict: Verdict,
    /// What was sent and observed, teardown included.
    pub trace: Vec<Entry>,
    /// What passed beside it, and is not judged: handshakes, preambles, echoes.
    pub asides: Vec<Aside>,
    /// What the trace is about, for its file.
    pub header: Header,
    /// Remarks: an operand never played, `#@ expect` not met.
    pub notes: Vec<String>,
    /// The servers that were launched, as they stood when the play was over.
    pub servers: Vec<Server>,
    /// How long it took on the wall clock.
    pub duration: Duration,
}

/// Something that was recorded while a scenario is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// In which play, from 0.
    pub play: u32,
    /// What.
    pub entry: Entry,
    /// The label under which the binding knows the frame.
    pub label: Option<String>,
}

/// What a scenario came to: all its plays, or why it was skipped.
#[derive(Clone, Debug)]
pub struct CheckVerdict {
    /// The title, or the name of the file.
    pub name: String,
    /// The plays, in order; none where it was skipped.
    pub plays: Vec<Played>,
    /// Why it was not played.
    pub skipped: Option<String>,
    /// The texts that places point into.
    pub sources: Arc<Sources>,
    /// What was drawn.
    pub diagram: Arc<Diagram>,
    /// What was drawn, compiled; none where it was skipped.
    pub plan: Option<Arc<Plan>>,
    /// Values that must reach no output: whoever writes a trace or a report takes them out.
    pub secrets: Secrets,
}

impl CheckVerdict {
    /// The worst verdict of all plays. A scenario that was skipped is inconclusive: nothing is known.
    pub fn verdict(&self) -> Verdict {
        self.plays.iter().map(|play| play.verdict).max().unwrap_or(Verdict::Inconclusive)
    }

    /// Operands of the tool's choice that no play took: what a pass does not speak of.
    pub fn unplayed(&self) -> Vec<(FragmentId, u32)> {
        let mut open: Vec<(FragmentId, u32)> =
            self.plays.iter().flat_map(|play| play.outcome.unplayed.iter().copied()).collect();
        open.sort_unstable();
        open.dedup();
        open.retain(|operand| self.plays.iter().all(|play| !play.outcome.taken.contains(operand)));
        open
    }

    /// Whether it was played, and every play passed.
    pub fn is_pass(&self) -> bool {
        self.skipped.is_none() && self.verdict() == Verdict::Pass
    }
}

/// The verdict in a few lines of plain text, for `assert!(verdict.is_pass(), "{verdict}")`.
impl fmt::Display for CheckVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text)?;
        f.write_str(&self.secrets.redact(&text))
    }
}

impl CheckVerdict {
    fn write(&self, f: &mut String) -> fmt::Result {
        if let Some(reason) = &self.skipped {
            return write!(f, "skipped: {}: {reason}", self.name);
        }
        write!(f, "{}: {}", self.verdict().word(), self.name)?;
        for play in &self.plays {
            let outcome = &play.outcome;
            for finding in outcome.findings.iter().chain(outcome.findings.iter().flat_map(|root| &root.consequences)) {
                write!(f, "\n  {}: {}", finding.class.word(), finding.what)?;
                if let Some(place) = finding.arrow.and_then(|arrow| self.place(arrow)) {
                    write!(f, "\n    at {place}")?;
                }
                if let Some(raw) = &finding.raw {
                    write!(f, "\n    frame: {raw}")?;
                }
                for difference in &finding.diff {
                    let side = |value: &Option<serde_json::Value>| {
                        value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
                    };
                    let path = if difference.path.is_empty() { "the whole" } else { &difference.path };
                    let (expected, found) = (side(&difference.expected), side(&difference.found));
                    write!(f, "\n    {path}: expected {expected}, found {found}")?;
                }
                for help in &finding.help {
                    write!(f, "\n    help: {help}")?;
                }
            }
            for doubt in &outcome.doubts {
                write!(f, "\n  {}: {}", doubt.reason.code(), doubt.text)?;
            }
            if let Some(trouble) = &outcome.trouble {
                write!(f, "\n  {}: {}", trouble.kind, trouble.message)?;
                for help in &trouble.help {
                    write!(f, "\n    help: {help}")?;
                }
            }
            for note in &play.notes {
                write!(f, "\n  note: {note}")?;
            }
            for server in play.servers.iter().filter(|server| server.is_shown(play.verdict == Verdict::Error)) {
                write!(f, "\n  {}", server.words())?;
                for line in server.last_lines() {
                    write!(f, "\n    {line}")?;
                }
            }
        }
        Ok(())
    }
}

impl Played {
    /// Shows directives as the author has to write them in this language.
    pub(super) fn spell(&mut self, dialect: Dialect) {
        fn finding(dialect: Dialect, each: &mut Finding) {
            each.allow.iter_mut().chain(&mut each.help).for_each(|text| dialect.spell(text));
            each.consequences.iter_mut().for_each(|each| finding(dialect, each));
        }
        self.outcome.findings.iter_mut().for_each(|each| finding(dialect, each));
        self.notes.iter_mut().for_each(|note| dialect.spell(note));
    }
}

impl CheckVerdict {
    /// `FILE:LINE: the arrow as written`.
    fn place(&self, arrow: ArrowId) -> Option<String> {
        let arrow = self.plan.as_ref()?.order().arrow(arrow);
        let text = self.sources.slice(arrow.span).trim();
        Some(format!("{}:{}: {text}", self.sources.get(arrow.span.source).name(), arrow.line))
    }
}

/// The scenario's verdict: where it documents a misbehaviour, exactly that finding is a pass and anything else is not.
pub(super) fn documented(diagram: &Diagram, outcome: &Outcome, notes: &mut Vec<String>) -> Verdict {
    let Some((verdict, class)) = diagram.effective_settings().expect else { return outcome.verdict };
    let found = outcome.findings.first().map(|finding| finding.class);
    let as_documented = outcome.verdict.word() == verdict && class.is_none_or(|class| Class::from_word(class) == found);
    if as_documented {
        return Verdict::Pass;
    }
    let wanted = class.map_or_else(|| verdict.to_owned(), |class| format!("{verdict} {class}"));
    let came = found.map_or_else(
        || outcome.verdict.word().to_owned(),
        |class| format!("{} {}", outcome.verdict.word(), class.word()),
    );
    notes.push(format!("the scenario documents `#@ expect {wanted}`, but the result is: {came}"));
    // A harness in trouble stays that; everything else is not what is documented.
    if outcome.verdict == Verdict::Error { Verdict::Error } else { Verdict::Fail }
}
