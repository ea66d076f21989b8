//! SQ119: what looks like a slip of the pen. Lifelines are compared while the text is read; labels here.

use crate::lint::facts::Facts;
use crate::lint::words::quoted_label;
use crate::lint::{Bears, Finding, Lint, Subject};
use crate::order::Allowed;
use crate::source::{Diagnostic, Edit, Fix, Severity, Span};
use rustc_hash::FxHashSet;

pub const LINT: Lint = Lint {
    code: "SQ119",
    name: "likely typo",
    severity: Severity::Warning,
    about: "a lifeline that is used once and looks like another, a label that is almost a word of the binding, or an \
            `#@ allow` without effect",
    why: "`Sevrer` is a lifeline like any other, and a test of it tests nothing. A label that differs in one letter \
          from a word of the binding, and that fits a rule for any text, is sent as that text.\n\n\
          Correct the typing error. Or declare the lifeline (`participant Sevrer`), which confirms that the name is \
          intended.\n\n\
          An `#@ allow` names a finding by its code, and belongs above the arrow or fragment of the finding. If no \
          finding has this code, or if there is no such finding at this place (any more), the `#@ allow` has no \
          effect.",
    theory: "The distance of F. J. Damerau, 1964: most typing errors are one letter that is wrong, missing or added, \
             or two letters that are exchanged.",
    bears: Bears::Always,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(binding) = facts.subject.binding else { return Vec::new() };
    // Words without holes: only they can be missed by a letter.
    let words: Vec<(bool, &str)> =
        binding.labels().filter(|(_, label)| !label.contains('{') && label.len() > 4).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for (id, arrow) in facts.order.arrow_ids() {
        let label = arrow.label.trim();
        // What has no rule is SQ118, with the nearest rules.
        if facts.plan.planned(id).resolved.is_none() || label.len() > 64 || arrow.traits.raw {
            continue;
        }
        if words.iter().any(|(_, known)| *known == label) {
            continue;
        }
        let client = facts.is_stimulus(id);
        let of_side = words.iter().filter(|(of_client, _)| *of_client == client);
        let close = of_side.map(|(_, word)| *word).find(|word| {
            word.len().abs_diff(label.len()) <= 1
                && strsim::damerau_levenshtein(&word.to_lowercase(), &label.to_lowercase()) <= 1
        });
        let Some(word) = close else { continue };
        let diagnostic = LINT
            .diagnostic(format!("{} is almost `{word}`", quoted_label(arrow)))
            .at(arrow.span, "fits a rule that accepts any text")
            .with_help(format!("write `{word}`, if you mean this"))
            .with_note("see seqcheck explain SQ119");
        findings.push(Finding::new(&LINT, diagnostic, vec![id]));
    }
    findings
}

/// Every `#@ allow` that has accepted none of what was found: its code is none, or there is no such finding at its place.
pub fn idle_allowances(facts: &Facts<'_>, used: &FxHashSet<Span>) -> Vec<Finding> {
    let order = facts.order;
    let of_arrows = order.arrow_ids().flat_map(|(_, arrow)| &arrow.traits.allowed);
    let all = of_arrows.chain(order.fragments.iter().flat_map(|fragment| &fragment.allowed));
    let mut reported: FxHashSet<Span> = FxHashSet::default();
    let idle = all.filter(|allowed| !used.contains(&allowed.span) && reported.insert(allowed.span));
    let finding = |allowed: &Allowed| match Lint::of_code(&allowed.code) {
        None => {
            let diagnostic = LINT
                .diagnostic(format!("no finding has the code `{}`", allowed.code))
                .at(allowed.span, "has no effect")
                .with_help("the codes are SQ101 to SQ121; `seqcheck list lints` describes them");
            Some(Finding::new(&LINT, diagnostic, Vec::new()))
        }
        // Nobody has looked for it.
        Some(lint) if lint.code == "SQ110" && !facts.subject.deep || lint.code == "SQ121" => None,
        Some(lint) => {
            let diagnostic =
                Diagnostic::note(LINT.code, format!("there is no finding {} ({}) here", lint.name, lint.code))
                    .at(allowed.span, "has no effect")
                    .with_help("remove it, or move it above the arrow or fragment of the finding");
            Some(Finding::new(&LINT, diagnostic, Vec::new()))
        }
    };
    idle.filter_map(finding).collect()
}

/// A lifeline that nobody declared and that looks like one that somebody did: certainly a slip.
pub fn fixes(finding: &Finding, subject: &Subject<'_>) -> Vec<Fix> {
    let labels = &finding.diagnostic.labels;
    let (Some(slip), Some(other)) = (labels.first(), labels.get(1)) else { return Vec::new() };
    let find = |span| subject.diagram.participants.iter().find(|participant| participant.span == span);
    let (Some(slip), Some(other)) = (find(slip.span), find(other.span)) else { return Vec::new() };
    if slip.declared || subject.sources.slice(slip.span) != slip.id {
        return Vec::new();
    }
    let edits = vec![Edit { span: slip.span, text: other.id.clone() }];
    vec![Fix { title: format!("write `{}`", other.id), edits, safe: other.declared }]
}
