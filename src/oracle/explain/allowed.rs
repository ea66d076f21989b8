//! The line that would let pass what a finding tells of.

use super::fits;
use super::namer::Namer;
use super::pair::Pair;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::Class;
use crate::order::{Arrow, ArrowId, LifelineId};
use crate::wire::{Channel, Expectation, Expects as _, Kinship, Observed};

/// The directive that lets pass what nobody drew, and nothing that is drawn for that client; none where there is no such
/// line. `label` is what the binding calls the frame.
pub(super) fn allow(
    oracle: &Oracle,
    namer: &dyn Namer,
    pair: &Pair,
    (lifeline, channel): (LifelineId, Channel),
    label: Option<&str>,
) -> Option<String> {
    let order = &oracle.plan.order;
    let (_, observed) = oracle.frame(pair.frame?)?;
    let pattern = namer.pattern(observed, channel)?;
    // A handshake that is refused is nothing to pass over: without it there is no connection.
    let refused = channel == Channel::Socket && matches!(observed, Observed::Status { .. });
    if refused || pair.past.is_some() {
        return None;
    }
    let own = |id: ArrowId| oracle.plan.client(id).is_some_and(|(client, _)| client == lifeline);
    let drawn = |of: &dyn Fn(&Expectation) -> bool, never: bool| {
        order
            .arrow_ids()
            .any(|(id, arrow)| arrow.traits.never == never && own(id) && oracle.plan.expectation(id).is_some_and(of))
    };
    let alike = |it: &Expectation| it.kinship(observed) >= Kinship::SameType;
    // To let pass what must never come, at whatever place, would silence the diagram itself.
    if drawn(&alike, true) {
        return None;
    }
    let exact = |label: &str| !label.contains(char::is_control) && namer.ignores(label, observed);
    let label = label.filter(|label| exact(label)).map(str::to_owned);
    let words = match pair.class {
        // What was drawn and came once more is ignored as it is drawn: its rule may be of much that has to be seen. To pass
        // over what came to the wrong client is no help while the right one waits for it.
        Class::Duplicate | Class::Misrouted => {
            let related = pair.related.map(|key| order.arrow(ArrowId(key.0)).label.to_string());
            let lacks = pair.class == Class::Misrouted && !pair.related.is_some_and(|key| came(oracle, key));
            if lacks {
                return None;
            }
            related.filter(|label| exact(label)).or(label).unwrap_or(pattern)
        }
        // After an end nothing that is drawn can come.
        Class::Closed => {
            let due = |(id, arrow): (ArrowId, &Arrow)| {
                own(id)
                    && !arrow.traits.never
                    && oracle.plan.planned(id).channel == channel
                    && oracle.plan.expectation(id).is_some()
                    && !comes(oracle, id)
            };
            if order.arrow_ids().any(due) {
                return None;
            }
            pattern
        }
        // Where the same is drawn at another place there are no words for this one alone.
        Class::Unexpected => {
            let same = |it: &Expectation| fits(it, observed, ArrowId(0));
            if drawn(&same, false) {
                return None;
            }
            if drawn(&alike, false) { label? } else { pattern }
        }
        Class::Missing | Class::WrongPayload | Class::Reordered | Class::Late | Class::Early => return None,
    };
    // A directive names participants as they are drawn: what it says of one of `#@ clients` it says of all of them.
    let name = &order.lifeline(lifeline).name;
    let name = if order.is_unfolded(lifeline) { name.trim_end_matches(|c: char| c.is_ascii_digit()) } else { name };
    Some(format!("#@ ignore {name}: {words}"))
}

/// Whether a message was observed as drawn.
fn came(oracle: &Oracle, key: Key) -> bool {
    oracle.record.matched.iter().any(|(_, known)| *known == key)
}

/// Whether an arrow was observed as drawn at least once.
fn comes(oracle: &Oracle, id: ArrowId) -> bool {
    oracle.record.matched.iter().any(|(_, known)| known.0 == id.0)
}
