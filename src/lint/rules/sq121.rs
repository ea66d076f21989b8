//! SQ121: a picture of an architecture that does not say who is tested. What is proposed is found by `order::proposal`,
//! and chosen by whoever can lay the scenario out.

use crate::diagram::{Diagram, DirectiveKind, Item, arrows, every};
use crate::lint::{Bears, Finding, Hand, Lint, hand};
use crate::order::Proposal;
use crate::source::{Fix, Severity, Sources};

pub const LINT: Lint = Lint {
    code: "SQ121",
    name: "architecture picture",
    severity: Severity::Note,
    about: "no participant connects, or lifelines under test send messages to each other, and nothing defines which of them \
            are one server",
    why: "A picture of an architecture draws one server as several lifelines, and people and parts of a client \
          beside them. Only its author knows which of them are the software under test, but their names and their \
          messages often show it.\n\n\
          `#@ server = A, B` makes lifelines one server under test: messages between them are drawn but not checked, \
          and a message from any of them to a client is a message of the server. `#@ silent C` excludes lifelines \
          that send and receive nothing on the wire. `seqcheck lint --fix` writes the proposed directives.",
    theory: "Projection of a global choreography to the roles of an endpoint: lifelines that are composed hide what passes \
             between them.",
    bears: Bears::Never,
    find: |_| Vec::new(),
};

/// The finding, with the directives to put in; none where there is no arrow to put them above, or where the author accepts
/// the picture as it is.
pub fn finding(diagram: &Diagram, proposal: &Proposal, hand: Hand, sources: &Sources) -> Option<Finding> {
    // Above the outermost block around the first arrow.
    let first = diagram.body.iter().find_map(|item| {
        let arrow = arrows(std::slice::from_ref(item)).next()?;
        Some(match item {
            Item::Fragment(fragment) => fragment.span,
            Item::Group(group) => group.span,
            _ => arrow.span,
        })
    })?;
    let accepts = |item: &Item| {
        matches!(item, Item::Directive(directive)
            if matches!(&directive.kind, DirectiveKind::Allow { code, .. } if code.eq_ignore_ascii_case(LINT.code)))
    };
    if every(&diagram.body).any(accepts) {
        return None;
    }
    let lines: Vec<String> = proposal.lines().iter().map(|line| hand.directive(line)).collect();
    let diagnostic = LINT.diagnostic(proposal.reason()).at(first, "which lifelines are tested?");
    let fix = Fix {
        title: "insert above the first arrow".to_owned(),
        edits: vec![hand::above(sources, first, &lines)],
        safe: true,
    };
    Some(Finding::new(&LINT, diagnostic, Vec::new()).with_fix(fix, sources))
}
