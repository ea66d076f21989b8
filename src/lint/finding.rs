use super::{ALL, Lint, Subject};
use crate::order::{ArrowId, FragmentId};
use crate::source::{Diagnostic, SourceId, Sources, Span};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// One thing that is said of a diagram.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its kind.
    pub lint: &'static Lint,
    /// What is said, and where.
    pub diagnostic: Diagnostic,
    /// The arrows that it is about: an `#@ allow` at one of them accepts it.
    pub arrows: Vec<ArrowId>,
    /// The fragment that it is about.
    pub fragment: Option<FragmentId>,
    /// Ways to mend it, best first; at most three.
    pub fixes: Vec<Fix>,
}

/// A change of the text that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for whoever chooses.
    pub title: String,
    /// The changes, all of them together; they do not overlap.
    pub edits: Vec<Edit>,
    /// What a run checks stays the same, or the text was certainly a slip: `--fix` may do it unasked.
    pub safe: bool,
}

/// At most so many lines between the first and the last change of a fix are shown.
const SHOWN: usize = 12;

impl Fix {
    /// The text to paste: what comes, and the lines that stand between the changes.
    pub fn shown(&self, sources: &Sources) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut end: Option<Span> = None;
        for edit in &self.edits {
            let text = sources.get(edit.span.source).text();
            let between = end.filter(|end| end.source == edit.span.source);
            let between =
                between.and_then(|end| text.get(end.range().end..edit.span.range().start)).unwrap_or_default();
            let own: Vec<&str> = between.lines().collect();
            if own.len() > SHOWN {
                lines.push("…".to_owned());
            } else {
                lines.extend(own.into_iter().map(|line| line.trim().to_owned()));
            }
            lines.extend(edit.text.lines().map(|line| line.trim().to_owned()));
            end = Some(edit.span);
        }
        lines.retain(|line| !line.is_empty());
        lines
    }
}

/// One piece of text in place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes; empty where something is put in.
    pub span: Span,
    /// What comes.
    pub text: String,
}

impl Finding {
    /// A finding about some arrows.
    pub(super) fn new(lint: &'static Lint, diagnostic: Diagnostic, arrows: Vec<ArrowId>) -> Finding {
        Finding { lint, diagnostic, arrows, fragment: None, fixes: Vec::new() }
    }

    /// About this fragment.
    pub(super) fn of_fragment(mut self, fragment: FragmentId) -> Finding {
        self.fragment = Some(fragment);
        self
    }

    /// With a way to mend it, told as help with the text to paste.
    pub(super) fn with_fix(mut self, fix: Fix, sources: &Sources) -> Finding {
        let pasted: String = fix.shown(sources).iter().map(|line| format!("\n  {line}")).collect();
        self.diagnostic.help.push(format!("{}:{pasted}", fix.title));
        self.fixes.push(fix);
        self
    }
}

/// What the stages before have said, where it is a finding of lint.
pub(super) fn of_stages(subject: &Subject<'_>) -> Vec<Finding> {
    let mut drawn: FxHashMap<Span, Vec<ArrowId>> = FxHashMap::default();
    if !subject.before.is_empty() {
        let arrows = subject.plan.order().arrow_ids();
        arrows.for_each(|(id, arrow)| drawn.entry(arrow.span).or_default().push(id));
    }
    let of = |told: &Diagnostic| {
        let lint = ALL.into_iter().find(|lint| lint.code == told.code)?;
        let spans = told.labels.iter().filter(|label| label.primary).map(|label| label.span);
        let arrows = spans.filter_map(|span| drawn.get(&span)).flatten().copied().collect();
        let mut finding = Finding::new(lint, told.clone(), arrows);
        finding.fixes = super::rules::fixes_of_stages(&finding, subject);
        Some(finding)
    };
    subject.before.iter().filter_map(of).collect()
}

/// The texts of some sources with changes made. A fix whose edits touch what another has changed already is left out;
/// returns how many were made.
pub fn apply<'f>(
    fixes: impl IntoIterator<Item = &'f Fix>,
    text: impl Fn(SourceId) -> String,
) -> (BTreeMap<SourceId, String>, usize) {
    let mut taken: BTreeMap<SourceId, Vec<&Edit>> = BTreeMap::new();
    let mut made = 0;
    for fix in fixes {
        let clash = |edit: &Edit| {
            taken.get(&edit.span.source).into_iter().flatten().any(|other: &&Edit| {
                let (a, b) = (edit.span, other.span);
                a.start < b.end && b.start < a.end || a == b
            })
        };
        if fix.edits.iter().any(clash) {
            continue;
        }
        made += 1;
        fix.edits.iter().for_each(|edit| taken.entry(edit.span.source).or_default().push(edit));
    }
    let texts = taken.into_iter().map(|(source, mut edits)| {
        // A stable sort: what is put in at one place stays in its order.
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let mut text = text(source);
        for edit in edits.into_iter().rev() {
            text.replace_range(edit.span.range(), &edit.text);
        }
        (source, text)
    });
    (texts.collect(), made)
}
