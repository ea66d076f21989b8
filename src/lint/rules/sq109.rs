//! SQ109: a loop in which somebody may run ahead for ever.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::order::relation::components;
use crate::order::{ArrowId, Kind};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ109",
    name: "endless flood",
    severity: Severity::Warning,
    about: "in a loop without an upper limit, a sender never receives anything from its receiver",
    why: "In each turn of the loop, a participant sends a message, and no message leads back from its receiver. So \
          nothing slows the sender down. It may be a thousand turns ahead of the receiver, and the network and both \
          programs then have to hold a thousand messages. This is why servers fail when readers are slow.\n\n\
          Let the receiver answer within the turn, or write a maximum number of turns (`loop 1..5`). If a heartbeat \
          has no answer on purpose, write `#@ allow SQ109 heartbeat`.",
    theory: "Process divergence: H. Ben-Abdallah, S. Leue, *Syntactic detection of process divergence and non-local choice \
             in message sequence charts*, TACAS 1997.",
    bears: Bears::Never,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (id, fragment) in facts.fragments() {
        let Kind::Loop { max, free, .. } = fragment.kind else { continue };
        if max.is_some() && !free {
            continue;
        }
        let arrows = facts.kept.operands(id).iter().flat_map(|range| range.clone().map(ArrowId));
        let edges: Vec<(ArrowId, (u32, u32))> = arrows
            .filter_map(|id| {
                let arrow = facts.order.arrow(id);
                let (from, to) = (arrow.from.lifeline()?, arrow.to.lifeline()?);
                (from != to && !arrow.traits.never).then_some((id, (from.0, to.0)))
            })
            .collect();
        // Only the lifelines that take part.
        let mut names: Vec<u32> = edges.iter().flat_map(|(_, (from, to))| [*from, *to]).collect();
        names.sort_unstable();
        names.dedup();
        let at = |id: u32| names.binary_search(&id).unwrap_or(0) as u32;
        let small: Vec<(u32, u32)> = edges.iter().map(|(_, (from, to))| (at(*from), at(*to))).collect();
        let component = components(names.len(), &small);
        let one_way =
            edges.iter().zip(&small).find(|(_, (from, to))| component[*from as usize] != component[*to as usize]);
        let Some(((arrow, _), _)) = one_way else { continue };
        // A loop within a loop: once is enough.
        if findings.iter().rev().take(8).any(|finding| finding.arrows.first() == Some(arrow)) {
            continue;
        }
        let (from, to) = (facts.sender(*arrow), facts.receiver(*arrow));
        let diagnostic = LINT
            .diagnostic(format!("{from} sends {} in every turn, and nothing comes back from {to}", facts.label(*arrow)))
            .at(facts.order.arrow(*arrow).span, format!("{from} does not have to wait for {to}"))
            .see(fragment.span, "without an upper limit")
            .with_note("this run: plays only a few turns")
            .with_note(format!("production: if {to} is slow, the messages of {from} accumulate without limit"))
            .with_help(format!("draw an answer of {to} in each turn, or limit the number of turns: loop 1..5"))
            .with_note("see seqcheck explain SQ109");
        findings.push(Finding::new(&LINT, diagnostic, vec![*arrow]).of_fragment(id));
    }
    findings
}
