//! The edit of the diagram by which a frame would be drawn where it came.

use super::finding::{last_before, mistimed};
use super::pair::Pair;
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::Class;
use crate::order::{Arrow, ArrowId};

/// How to draw a frame that came at another place or time than drawn; none for other findings.
pub(super) fn redraw(oracle: &Oracle, pair: &Pair) -> Option<String> {
    let order = &oracle.plan.order;
    let (item, entry) = (pair.item?, pair.frame?);
    let drawn = order.arrow(ArrowId(item.0));
    match pair.class {
        Class::Early if mistimed(oracle, pair) => {
            Some(format!("where the server may be that quick, draw a shorter time above line {}", drawn.line))
        }
        Class::Early => Some(format!("where it may come so soon, {}", moved(oracle, drawn, entry)?)),
        Class::Reordered => {
            let free = "where the order does not matter, write `#@ unordered` above it";
            let moved = moved(oracle, drawn, entry);
            Some(moved.map_or_else(|| free.to_owned(), |moved| format!("where this order is right, {moved}; {free}")))
        }
        Class::Missing
        | Class::Late
        | Class::WrongPayload
        | Class::Misrouted
        | Class::Duplicate
        | Class::Unexpected
        | Class::Closed => None,
    }
}

/// `draw line 21 below line 18`: below what was last sent, or observed by the same client, before the frame came. None
/// where that stands in another block, or at the same line.
fn moved(oracle: &Oracle, drawn: &Arrow, entry: usize) -> Option<String> {
    let before = oracle.plan.order.arrow(last_before(oracle, entry)?);
    let apart = before.inside != drawn.inside || before.line == drawn.line || before.span.source != drawn.span.source;
    (!apart).then(|| format!("draw line {} below line {}", drawn.line, before.line))
}
