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
    about: "nobody connects, or lifelines under test speak among themselves, and nothing says which of them are one server",
    why: "A picture of an architecture draws one server as several lifelines, and people and parts of a client beside them. \
          Which of them are the software under test, only its author knows; by their names and by what they say to each \
          other it can mostly be told.\n\n\
          `#@ server = A, B` makes lifelines one server under test: what they say to each other is drawn and not judged, what \
          any of them says to a client is the server's. `#@ silent C` takes out those of which nothing is on the wire. \
          `seqcheck lint --fix` writes what is proposed.",
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
    let told = LINT.told(proposal.reason()).at(first, "who is tested here?");
    let fix = Fix {
        title: "put above the first arrow".to_owned(),
        edits: vec![hand::above(sources, first, &lines)],
        safe: true,
    };
    Some(Finding::new(&LINT, told, Vec::new()).with_fix(fix, sources))
}
