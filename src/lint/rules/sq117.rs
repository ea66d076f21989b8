//! SQ117: an arrow that waits for itself. Found by `order/compile`, for the run needs it as well.

use crate::lint::{Bears, Lint};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ117",
    name: "wait cycle",
    severity: Severity::Error,
    about: "an arrow depends on one that is not above it",
    why: "`#@ depends` makes an arrow wait until another is complete. The arrows below an arrow already wait for it. \
          So an arrow that depends on itself, or on an arrow below it, would wait for ever, and the run does not \
          start.\n\n\
          Name an arrow above, by its number or its label.",
    theory: "A deadlock: a cycle in the graph of waits.",
    bears: Bears::Never,
    find: |_| Vec::new(),
};
