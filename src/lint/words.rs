//! How arrows and lifelines are called in messages: as the author called them.

use super::facts::Facts;
use crate::order::relation::Point;
use crate::order::{Arrow, ArrowId, LifelineId};

/// Labels longer than this are cut in messages.
const LABEL: usize = 48;

impl Facts<'_> {
    /// What an arrow says.
    pub fn label(&self, id: ArrowId) -> String {
        quoted_label(self.order.arrow(id))
    }

    /// The name of a lifeline.
    pub fn name(&self, id: LifelineId) -> &str {
        &self.order.lifeline(id).name
    }

    /// The line of an arrow.
    pub fn line(&self, id: ArrowId) -> u32 {
        self.order.arrow(id).line
    }

    /// The sender's name.
    pub fn sender(&self, id: ArrowId) -> &str {
        self.order.arrow(id).from.lifeline().map_or("somebody", |id| self.name(id))
    }

    /// The receiver's name.
    pub fn receiver(&self, id: ArrowId) -> &str {
        self.order.arrow(id).to.lifeline().map_or("somebody", |id| self.name(id))
    }

    /// An event as a clause that can follow "before": `Alice sends …`, `… reaches Bob`.
    pub fn clause(&self, point: Point) -> String {
        match point {
            Point::Send(id) => format!("{} sends {}", self.sender(id), self.label(id)),
            Point::Receive(id) if self.order.simulated(self.order.arrow(id).from) => {
                format!("{} of {}", self.label(id), self.sender(id))
            }
            Point::Receive(id) => format!("{} reaches {}", self.label(id), self.receiver(id)),
            Point::Join | Point::Meet(_) => String::new(),
        }
    }
}

/// What an arrow says.
pub fn quoted_label(arrow: &Arrow) -> String {
    let label = arrow.label.trim();
    if label.is_empty() {
        return "an arrow without a label".to_owned();
    }
    match label.char_indices().nth(LABEL) {
        Some((at, _)) => format!("`{}…`", &label[..at]),
        None => format!("`{label}`"),
    }
}

/// `line 4`, `lines 4 and 6`, `lines 4, 6 and 8`, at most eight of them.
pub fn lines(mut lines: Vec<u32>) -> String {
    lines.sort_unstable();
    lines.dedup();
    let all = lines.len();
    let shown: Vec<String> = lines.iter().take(8).map(u32::to_string).collect();
    match shown.as_slice() {
        [one] => format!("line {one}"),
        [rest @ .., last] if all <= 8 => format!("lines {} and {last}", rest.join(", ")),
        some => format!("lines {} and {} more", some.join(", "), all - some.len()),
    }
}

/// `1 arrow`, `2 arrows`.
pub fn count(number: u64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
