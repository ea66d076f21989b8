//! What is drawn for a client and was not to come any more: it stands where a choice of the server went another way.

use super::assign::Whole;
use super::limits::Limit;
use super::{cause, known::Known};
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::NONE;
use crate::oracle::verdict::Cause;
use crate::order::{ArrowId, Chooser, Kind};

/// How a choice went past a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// Another operand was taken.
    Operand,
    /// Nothing of it came in its place: an `opt`, or a loop without a turn.
    Option,
    /// The same, and something came before that is drawn below it.
    Behind,
    /// The same, or a loop that may have a further turn, and something came after that is drawn above it.
    Ahead,
}

/// A message past which a choice of the server went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past {
    pub key: Key,
    pub how: Passed,
}

/// The message of its own connection that a frame is, where a choice of the server went past that: the frame came though
/// the server had decided otherwise.
pub(super) fn by(oracle: &Oracle, whole: &Whole, known: &Known, lane: u32, entry: usize) -> Option<Past> {
    let plan = &oracle.plan;
    let (_, observed) = oracle.frame(entry)?;
    let here = |id: &ArrowId| lane != NONE && plan.lanes.routes[id.0 as usize].receive == lane;
    let fits = |id: &ArrowId| here(id) && known.fits(oracle, *id, entry, observed);
    plan.order.arrow_ids().map(|(id, _)| id).filter(fits).find_map(|id| {
        let how = passed(oracle, whole, id);
        sent_above(oracle, id)?;
        let changed_places = |(at, on, key): (usize, u32, Key), ahead: bool| {
            let other = ArrowId(key.0);
            let (upper, lower) = if ahead { (other, id) } else { (id, other) };
            on == lane && upper < lower && (at > entry) == ahead && at != entry && plan.in_sequence(upper, lower)
        };
        let how = match how {
            Some(Passed::Option) if whole.synced().any(|it| changed_places(it, false)) => Passed::Behind,
            Some(Passed::Option) if whole.synced().any(|it| changed_places(it, true)) => Passed::Ahead,
            None if may_recur(oracle, whole, id) && whole.synced().any(|it| changed_places(it, true)) => Passed::Ahead,
            how => how?,
        };
        Some(Past { key: (id.0, 0), how })
    })
}

/// What a message follows from that a choice went past; none where that was not sent.
pub(super) fn sent_above(oracle: &Oracle, id: ArrowId) -> Option<Cause> {
    let drawn = oracle.plan.planned(id).cause.map(|cause| cause.arrow);
    cause::sent(oracle, (id.0, 0)).filter(|sent| drawn.is_none_or(|drawn| drawn == sent.arrow))
}

/// How the choices of the server around a message went past it; none where they did not.
fn passed(oracle: &Oracle, whole: &Whole, id: ArrowId) -> Option<Passed> {
    let order = &oracle.plan.order;
    let around = order.around(order.arrow(id));
    around.into_iter().find_map(|(fragment, own)| {
        let mut taken = whole.taken(fragment).peekable();
        taken.peek()?;
        match &order.fragment(fragment).kind {
            Kind::Choice(Chooser::Server) => {
                let operand = taken.last().filter(|operand| *operand != Limit::Operand(own))?;
                let Limit::Operand(operand) = operand else { return None };
                let other = order.fragment(fragment).operands.get(operand as usize)?;
                Some(if other.body.is_empty() { Passed::Option } else { Passed::Operand })
            }
            Kind::Loop { chooser: Chooser::Server, .. } => {
                taken.all(|turns| turns == Limit::exactly(0)).then_some(Passed::Option)
            }
            // Where both may begin, neither can know of the other.
            Kind::Choice(Chooser::Mixed | Chooser::Tool | Chooser::Nobody)
            | Kind::Loop { chooser: Chooser::Mixed | Chooser::Tool | Chooser::Nobody, .. }
            | Kind::Par
            | Kind::Strict
            | Kind::Critical
            | Kind::Region { .. }
            | Kind::Frame => None,
        }
    })
}

/// Whether a message stands in a loop of the server that may have had a further turn.
fn may_recur(oracle: &Oracle, whole: &Whole, id: ArrowId) -> bool {
    let order = &oracle.plan.order;
    let around = order.around(order.arrow(id));
    around.into_iter().any(|(fragment, _)| match order.fragment(fragment).kind {
        Kind::Loop { chooser: Chooser::Server, max, .. } => whole.taken(fragment).any(|taken| match taken {
            Limit::Turns { most: Some(turns), .. } => max.is_none_or(|max| turns < max),
            Limit::Turns { most: None, .. } | Limit::Operand(_) => false,
        }),
        Kind::Loop { chooser: Chooser::Mixed | Chooser::Tool | Chooser::Nobody, .. } => false,
        Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => false,
    })
}

/// `is drawn at line 13, in an operand that was not taken`.
pub(super) fn described(oracle: &Oracle, (key, how): (Key, Passed)) -> String {
    let line = oracle.plan.order.arrow(ArrowId(key.0)).line;
    let place = match how {
        Passed::Operand => "in an operand that was not taken",
        Passed::Option | Passed::Behind => "in an option that has passed",
        Passed::Ahead => "in an option that is still to come",
    };
    format!("is drawn at line {line}, {place}")
}

/// The edit of the diagram by which it would be right.
pub(super) fn redraw(oracle: &Oracle, (key, how): (Key, Passed)) -> String {
    let line = oracle.plan.order.arrow(ArrowId(key.0)).line;
    match how {
        Passed::Operand => {
            format!("if both may come, draw line {line} in an `opt` or in a `par`")
        }
        Passed::Option | Passed::Behind => {
            format!("if it may still come here, draw the option of line {line} here too")
        }
        Passed::Ahead => format!("if it may come this early, draw the option of line {line} here"),
    }
}
