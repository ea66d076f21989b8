//! SQ116: times that cannot all be kept. Found by `oracle/schedule` and `order`, for the run needs it as well.

use crate::lint::{Bears, Lint};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ116",
    name: "contradictory deadlines",
    severity: Severity::Error,
    about: "a message must come earlier than the delays above it allow",
    why: "Delays (`...3s...`), `#@ after` and `#@ between` set the earliest time of a message. `#@ within`, `#@ \
          between` and the time limits of PlantUML set the latest time. Together with the order, they may leave no \
          time at which a message could come. Such a diagram can only fail, so the run does not start.\n\n\
          Raise the upper limit, or shorten the delay.",
    theory: "A negative cycle of difference constraints: R. Bellman 1958; R. Alur, D. L. Dill, *A theory of timed automata*, \
             1994.",
    bears: Bears::Never,
    find: |_| Vec::new(),
};
