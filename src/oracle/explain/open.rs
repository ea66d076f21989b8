//! Two sends of which nobody can tell which was handled first, in words.

use crate::diagram::OrderMode;
use crate::order::{ArrowId, Order};

/// Two arrows that may have been handled the other way round, the one drawn above first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Open {
    pub earlier: ArrowId,
    pub later: ArrowId,
    /// The client that was to get the first has ended its connection by the second.
    pub gone: bool,
}

impl Open {
    /// The arrow that is not this one.
    pub fn other(self, arrow: ArrowId) -> ArrowId {
        if self.earlier == arrow { self.later } else { self.earlier }
    }

    pub fn text(self, order: &Order, mode: OrderMode) -> String {
        let (earlier, later) = (order.arrow(self.earlier).line, order.arrow(self.later).line);
        match mode {
            _ if self.gone => format!("line {later} ended the connection before line {earlier} could come"),
            OrderMode::Diagram => format!(
                "nothing shows that the server had handled everything above line {later} when line {later} was sent"
            ),
            OrderMode::Local | OrderMode::Burst => {
                format!("line {later} did not wait for line {earlier}, which is drawn above it")
            }
        }
    }
}

/// Of pairs one within the other the inner one says it: the others are left out.
pub(super) fn innermost(mut all: Vec<Open>) -> Vec<Open> {
    // Whatever is within a pair ends no later and begins no earlier, and so comes first.
    all.sort_unstable_by_key(|open| (open.gone, open.later, std::cmp::Reverse(open.earlier)));
    let mut inner: Vec<Open> = Vec::new();
    for open in all {
        // What was kept begins ever later: the last of it begins latest of all.
        let within = inner.last().is_some_and(|last| last.gone == open.gone && last.earlier >= open.earlier);
        if !within {
            inner.push(open);
        }
    }
    inner
}

/// The doubts that excuse a finding; none where no order excuses it.
pub(super) type Excuse = Option<Vec<Open>>;

/// An excuse of these; none where there are none.
pub(super) fn some(open: Vec<Open>) -> Excuse {
    (!open.is_empty()).then(|| innermost(open))
}
