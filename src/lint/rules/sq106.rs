//! SQ106: alternatives of the server that stay alike until a client has to know which it is.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::order::{ArrowId, Block, Chooser, FragmentId, Kind, Node};
use crate::source::Severity;
use crate::wire::Expects;

pub const LINT: Lint = Lint {
    code: "SQ106",
    name: "ambiguous alternatives",
    severity: Severity::Warning,
    about: "the server chooses, and a client has to send before it can know the choice",
    why: "If a server chooses between operands, the run follows all of them until a frame shows which one the server \
          chose. If the operands begin with the same frames, and then a client sends in one of them, nobody can know \
          whether the client should send. The run waits until it is quiet before it decides. This takes the whole \
          window of silence, and the decision may be wrong.\n\n\
          Draw a different frame in each operand before the client sends, or move the common frames above the `alt`.",
    theory: "A choice that is not locally determined at the receiver; compare the left factoring of grammars.",
    bears: Bears::Branch,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, fragment) in facts.fragments() {
        if !matches!(fragment.kind, Kind::Choice(Chooser::Server | Chooser::Mixed)) || fragment.keyword == "break" {
            continue;
        }
        let operands: Vec<Vec<ArrowId>> =
            fragment.operands.iter().map(|operand| prefix(facts, &operand.body)).collect();
        let found = (0..operands.len()).flat_map(|a| (a + 1..operands.len()).map(move |b| (a, b)));
        // One is enough for a fragment.
        let found = found.take(1000).find_map(|(a, b)| parting(facts, &operands[a], &operands[b]));
        if let Some((alike, acts)) = found {
            findings.push(one(facts, id, &alike, acts));
        }
    }
    findings
}

/// What is seen of an operand in any case, up to its first fragment.
fn prefix(facts: &Facts<'_>, body: &Block) -> Vec<ArrowId> {
    let mut seen = Vec::new();
    for node in body {
        match node {
            Node::Arrow(id) if crate::lint::races::visible(facts.plan, *id).is_some() => seen.push(*id),
            Node::Arrow(_) => {}
            Node::Fragment(_) => break,
        }
    }
    seen
}

/// The frames that both begin with (at least one), and the message that only one of them lets a client send then.
fn parting(facts: &Facts<'_>, a: &[ArrowId], b: &[ArrowId]) -> Option<(Vec<ArrowId>, ArrowId)> {
    let mut alike = Vec::new();
    for at in 0.. {
        match (a.get(at), b.get(at)) {
            (Some(a), Some(b)) if facts.is_stimulus(*a) && facts.is_stimulus(*b) => {
                let (one, other) = (facts.order.arrow(*a), facts.order.arrow(*b));
                if (one.from, one.to, &one.label) != (other.from, other.to, &other.label) {
                    return (!alike.is_empty()).then_some((alike, *a));
                }
            }
            (Some(a), Some(b)) if !facts.is_stimulus(*a) && !facts.is_stimulus(*b) => {
                let same = facts.plan.client(*a) == facts.plan.client(*b)
                    && match (facts.plan.expectation(*a), facts.plan.expectation(*b)) {
                        (Some(one), Some(other)) => one.may_equal(other),
                        (Some(_) | None, _) => false,
                    };
                if !same {
                    return None;
                }
                alike.push(*a);
                alike.push(*b);
            }
            (one, other) => {
                let acts = [one, other].into_iter().flatten().find(|id| facts.is_stimulus(**id))?;
                return (!alike.is_empty()).then_some((alike, *acts));
            }
        }
    }
    None
}

fn one(facts: &Facts<'_>, fragment: FragmentId, alike: &[ArrowId], acts: ArrowId) -> Finding {
    let drawn = facts.order.fragment(fragment);
    let arrow = facts.order.arrow(acts);
    let message = format!(
        "{} cannot know whether to send {}: the alternatives of line {} are the same up to here",
        facts.sender(acts),
        facts.label(acts),
        drawn.line
    );
    let mut diagnostic = LINT.diagnostic(message).at(arrow.span, "sent in only one of the alternatives");
    for id in alike.iter().take(2) {
        diagnostic = diagnostic.see(facts.order.arrow(*id).span, "both alternatives have this");
    }
    diagnostic = diagnostic
        .with_note("this run: waits until it is quiet, and then decides")
        .with_note("production: a client that decides earlier decides at random")
        .with_help(format!("draw a frame above line {} that differs between the alternatives", arrow.line))
        .with_note("see seqcheck explain SQ106");
    let arrows = std::iter::once(acts).chain(alike.iter().copied()).collect();
    Finding::new(&LINT, diagnostic, arrows).of_fragment(fragment)
}
