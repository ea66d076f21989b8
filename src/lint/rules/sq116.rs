//! SQ116: times that cannot all be kept. Found by `oracle/schedule` and `order`, for the run needs it as well.

use crate::lint::{Bears, Lint};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ116",
    name: "contradictory deadlines",
    severity: Severity::Error,
    about: "a message must come sooner than the delays above it allow",
    why: "Delays (`...3s...`), `#@ after` and `#@ between` say how late something is at least; `#@ within`, `#@ between` and the \
          bounds of PlantUML how late it is at most. Together with the order they may leave no moment at which a message \
          could come. Such a diagram can only fail, so the run does not begin.\n\n\
          Raise the upper bound, or shorten the delay.",
    theory: "A negative cycle of difference constraints: R. Bellman 1958; R. Alur, D. L. Dill, *A theory of timed automata*, \
             1994.",
    bears: Bears::Never,
    find: |_| Vec::new(),
};
