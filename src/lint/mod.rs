//! What can be said of a diagram without a run: that it promises what nobody can keep, or cannot be played as drawn.
//!
//! | part | what it is |
//! | --- | --- |
//! | [`Lint`], [`ALL`], `rules` | the kinds of findings, one file each |
//! | [`Subject`], [`check`] | a diagram as a run would play it; everything that is to be said of it |
//! | [`Finding`] | one thing that is said, and how to mend it |
//! | `facts`, `races` | what several rules ask of the orders |
//! | [`Levels`] | which findings are errors, and which are not told |
//! | [`Stats`], `orders` | the numbers of `--stats` |
//! | [`mod@format`] | findings as JSON, annotations and SARIF |
//!
//! The orders are those of `order::relation`, and the waits those that `oracle` has worked out for the run: nothing here
//! has an order of its own.

mod bears;
mod facts;
mod finding;
pub mod format;
mod hand;
mod levels;
mod orders;
mod page;
mod races;
mod rules;
mod stats;
#[cfg(test)]
mod tests;
mod words;

pub use bears::Bears;
pub use finding::{Finding, apply};
pub use hand::Hand;
pub use levels::Levels;
pub use orders::{Deadlock, StimulusOrders};
pub use page::{LINTS_HEAD, Samples, page, row};
pub use rules::{ALL, picture};
pub use stats::Stats;

use crate::diagram::{Diagram, OrderMode};
use crate::oracle::Plan;
use crate::order::{Allowed, Order, Vocabulary};
use crate::source::{Diagnostic, Severity, Sources, Span};
use crate::wire::Binding;
use facts::Facts;
use rustc_hash::FxHashSet;

/// A kind of finding.
#[derive(Debug)]
pub struct Lint {
    /// Its stable name: `SQ101`.
    pub code: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// How much it weighs, unless somebody says otherwise.
    pub severity: Severity,
    /// What it says, in a sentence.
    pub about: &'static str,
    /// Why it matters and what to do: paragraphs of Markdown.
    pub why: &'static str,
    /// The name of this in the literature, and where to read about it.
    pub theory: &'static str,
    /// With which findings of a run it is told again.
    pub bears: Bears,
    /// Finds it.
    pub(self) find: fn(&Facts<'_>) -> Vec<Finding>,
}

impl PartialEq for Lint {
    fn eq(&self, other: &Lint) -> bool {
        self.code == other.code
    }
}

impl Lint {
    /// The lint of a code, in any letter case.
    pub fn of_code(code: &str) -> Option<&'static Lint> {
        ALL.into_iter().find(|lint| lint.code.eq_ignore_ascii_case(code.trim()))
    }

    /// A finding of this kind, not yet told where.
    fn diagnostic(&self, message: impl Into<String>) -> Diagnostic {
        let make = match self.severity {
            Severity::Error => Diagnostic::error,
            Severity::Warning => Diagnostic::warning,
            Severity::Note => Diagnostic::note,
        };
        make(self.code, message.into())
    }
}

/// A diagram as a run would play it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The texts that places point into.
    pub sources: &'a Sources,
    /// What the author drew.
    pub diagram: &'a Diagram,
    /// The order with every arrow resolved, as far as it can be.
    pub plan: &'a Plan,
    /// What labels are.
    pub words: &'a dyn Vocabulary,
    /// The binding, where there is one.
    pub binding: Option<&'a Binding>,
    /// Whether the binding has an echo.
    pub echo: bool,
    /// When simulated clients send.
    pub mode: OrderMode,
    /// How fixes are written.
    pub hand: Hand,
    /// Problems and warnings of the stages before: those with a code of a lint become findings.
    pub before: &'a [Diagnostic],
    /// Also what takes long to find (SQ110).
    pub deep: bool,
}

/// Everything that is to be said of a diagram, in the order of its lines. What the author accepts with `#@ allow` is left
/// out.
pub fn check(subject: &Subject<'_>) -> Vec<Finding> {
    findings(&Facts::new(subject))
}

/// The same, and the numbers of the diagram.
pub fn check_and_count(subject: &Subject<'_>) -> (Vec<Finding>, Stats) {
    let facts = Facts::new(subject);
    (findings(&facts), stats::of(&facts))
}

fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let subject = facts.subject;
    let mut findings = finding::of_stages(subject);
    for lint in ALL {
        findings.extend((lint.find)(facts));
    }
    let mut used: FxHashSet<Span> = FxHashSet::default();
    findings.retain(|finding| {
        let accepted = accepting(finding, subject.plan.order());
        used.extend(&accepted);
        accepted.is_empty()
    });
    findings.extend(rules::idle_allowances(facts, &used));
    findings.sort_by_key(|finding| {
        (finding.diagnostic.primary(), std::cmp::Reverse(finding.diagnostic.severity), finding.lint.code)
    });
    findings
}

/// The directives by which the author accepts a finding, at one of its arrows or around it.
fn accepting(finding: &Finding, order: &Order) -> Vec<Span> {
    let mut found = Vec::new();
    let mut look = |allowed: &[Allowed]| {
        let own = allowed.iter().filter(|allowed| allowed.code.eq_ignore_ascii_case(finding.lint.code));
        found.extend(own.map(|allowed| allowed.span));
    };
    for id in &finding.arrows {
        let arrow = order.arrow(*id);
        look(&arrow.traits.allowed);
        let mut inside = arrow.inside;
        while let Some((fragment, _)) = inside {
            look(&order.fragment(fragment).allowed);
            inside = order.fragment(fragment).inside;
        }
    }
    if let Some(id) = finding.fragment {
        look(&order.fragment(id).allowed);
    }
    found
}
