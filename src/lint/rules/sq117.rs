//! SQ117: an arrow that waits for itself. Found by `order/compile`, for the run needs it as well.

use crate::lint::{Bears, Lint};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ117",
    name: "wait cycle",
    severity: Severity::Error,
    about: "an arrow depends on one that is not above it",
    why: "`#@ depends` lets an arrow wait until another is complete. What is drawn below an arrow waits for it already, so an \
          arrow that depends on itself, or on one below, waits for ever. The run does not begin.\n\n\
          Name an arrow above, by its number or its label.",
    theory: "A deadlock: a cycle in the graph of waits.",
    bears: Bears::Never,
    find: |_| Vec::new(),
};
