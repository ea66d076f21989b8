//! The edit of the diagram by which a frame would be drawn where it came.

use super::pair::{Pair, mistimed};
use super::place::last_before;
use super::{fits, passed};
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::Class;
use crate::order::{Arrow, ArrowId};
use crate::trace::Event;

/// How to draw a frame that came at another place or time than drawn; none for other findings.
pub(super) fn redraw(oracle: &Oracle, pair: &Pair) -> Option<String> {
    if let Some(past) = pair.past {
        return Some(passed::redraw(oracle, past));
    }
    let order = &oracle.plan.order;
    let (item, entry) = (pair.item?, pair.frame?);
    let drawn = order.arrow(ArrowId(item.0));
    match pair.class {
        Class::Early if mistimed(oracle, pair) => {
            let name = drawn.from.lifeline().map_or("the server", |id| &*order.lifeline(id).name);
            Some(format!("if {name} may be this fast, draw a shorter time above line {}", drawn.line))
        }
        Class::Early => Some(format!("if it may come this early, {}", moved(oracle, pair, drawn, entry)?)),
        Class::Reordered => {
            let free = "if the order does not matter, write `#@ unordered` above it";
            let moved = moved(oracle, pair, drawn, entry);
            Some(moved.map_or_else(|| free.to_owned(), |moved| format!("if this order is correct, {moved}; {free}")))
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
/// where that stands in another block, or where the line is drawn there already.
fn moved(oracle: &Oracle, pair: &Pair, drawn: &Arrow, entry: usize) -> Option<String> {
    let before = unaccounted(oracle, pair, entry).or_else(|| last_before(oracle, entry))?;
    let before = oracle.plan.order.arrow(before);
    let apart = before.inside != drawn.inside || before.line == drawn.line || before.span.source != drawn.span.source;
    let there = before.number + 1 == drawn.number;
    (!apart && !there).then(|| format!("draw line {} below line {}", drawn.line, before.line))
}

/// What came on this connection before the frame, where no reading has accounted for it: one of those that changed
/// places. What is not judged is passed over.
fn unaccounted(oracle: &Oracle, pair: &Pair, entry: usize) -> Option<ArrowId> {
    let record = &oracle.record;
    let reached = |id: ArrowId| record.matched.iter().any(|(_, key)| key.0 == id.0);
    let here = |id: ArrowId| oracle.plan.lanes.routes[id.0 as usize].receive == pair.lane;
    let open = |id: &ArrowId| here(*id) && !reached(*id) && Some(id.0) != pair.item.map(|key| key.0);
    let drawn: Vec<ArrowId> = oracle.plan.order.arrow_ids().map(|(id, _)| id).filter(open).collect();
    let sent = |at: &usize| matches!(record.entries[*at].event, Event::Sent { .. });
    let matched = |at: usize| record.matched.iter().any(|(known, _)| *known == at);
    let before = (0..entry).rev().take_while(|at| !sent(at)).filter_map(|at| Some((at, oracle.frame(at)?)));
    let mut frames = before.filter(|(_, (lane, _))| *lane == pair.lane).take_while(|(at, _)| !matched(*at));
    frames.find_map(|(_, (_, observed))| {
        let is_it = |id: &ArrowId| oracle.plan.expectation(*id).is_some_and(|wants| fits(wants, observed, *id));
        drawn.iter().copied().find(is_it)
    })
}
