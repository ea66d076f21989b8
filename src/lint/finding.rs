use super::{ALL, Lint, Subject};
use crate::order::{ArrowId, FragmentId};
use crate::source::{Diagnostic, Edit, Fix, SourceId, Sources, Span};
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
}

impl Finding {
    /// A finding about some arrows.
    pub(super) fn new(lint: &'static Lint, diagnostic: Diagnostic, arrows: Vec<ArrowId>) -> Finding {
        Finding { lint, diagnostic, arrows, fragment: None }
    }

    /// About this fragment.
    pub(super) fn of_fragment(mut self, fragment: FragmentId) -> Finding {
        self.fragment = Some(fragment);
        self
    }

    /// With a way to mend it, told as help with the text to paste.
    pub(super) fn with_fix(mut self, fix: Fix, sources: &Sources) -> Finding {
        let pasted: String = fix.shown(sources).iter().map(|line| format!("\n  {line}")).collect();
        let or = if self.diagnostic.help.is_empty() { "" } else { "or " };
        self.diagnostic.help.push(format!("{or}{}:{pasted}", fix.title));
        self.diagnostic.fixes.push(fix);
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
    let of = |diagnostic: &Diagnostic| {
        let lint = ALL.into_iter().find(|lint| lint.code == diagnostic.code)?;
        let spans = diagnostic.labels.iter().filter(|label| label.primary).map(|label| label.span);
        let arrows = spans.filter_map(|span| drawn.get(&span)).flatten().copied().collect();
        let mut finding = Finding::new(lint, diagnostic.clone(), arrows);
        finding.diagnostic.fixes = super::rules::fixes_of_stages(&finding, subject);
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
