//! What tells a simulated client that the server has handled what others sent (`docs/semantics.md`, "When a client
//! sends").
//!
//! For every event drawn above a send on the tested lifeline there has to be a witness: the first visible event that it
//! causes. What a client sent is witnessed by any frame of the server below it. Where there is none above the send of
//! another client, the echo of the binding serves; where there can be no echo, the send is blind.

use super::planned::{Part, Planned};
use crate::order::{ArrowId, Block, Kind, LifelineId, Node, Order};
use crate::wire::Resolved;
use std::collections::BTreeMap;

/// Sends that nothing has confirmed yet: by tested lifeline and client, the last one.
type Open = BTreeMap<(LifelineId, LifelineId), ArrowId>;

/// Fills in, for every stimulus, whose echo it needs and what nothing can confirm.
pub(super) fn confirmations(order: &Order, planned: &mut [Planned]) {
    walk(order, &order.root, planned, Open::new());
}

fn walk(order: &Order, block: &Block, planned: &mut [Planned], mut open: Open) -> Open {
    for node in block {
        match node {
            Node::Arrow(id) => arrow(order, *id, planned, &mut open),
            Node::Fragment(id) => {
                let fragment = order.fragment(*id);
                let mut outs: Vec<Open> =
                    fragment.operands.iter().map(|operand| walk(order, &operand.body, planned, open.clone())).collect();
                if let Kind::Loop { max, .. } = fragment.kind
                    && max.is_none_or(|max| max > 1)
                    && let (Some(out), Some(body)) = (outs.first().cloned(), fragment.operands.first())
                {
                    // What the end of one turn leaves open stands above the beginning of the next.
                    outs.push(walk(order, &body.body, planned, out));
                }
                open = match fragment.kind {
                    Kind::Par => join(&open, outs),
                    Kind::Loop { min: 0, .. } => unite(open, outs),
                    Kind::Loop { .. }
                    | Kind::Choice(_)
                    | Kind::Strict
                    | Kind::Critical
                    | Kind::Region { .. }
                    | Kind::Frame => unite(Open::new(), outs),
                };
            }
        }
    }
    open
}

fn unite(mut all: Open, outs: Vec<Open>) -> Open {
    outs.into_iter().for_each(|out| all.extend(out));
    all
}

/// Behind a `par`, what was open before it stays open only where no operand confirmed it.
fn join(before: &Open, outs: Vec<Open>) -> Open {
    let mut all = Open::new();
    for (index, out) in outs.iter().enumerate() {
        for (key, id) in out {
            let inherited = before.get(key) == Some(id);
            let confirmed =
                inherited && outs.iter().enumerate().any(|(other, out)| other != index && out.get(key) != Some(id));
            if !confirmed {
                all.insert(*key, *id);
            }
        }
    }
    all
}

fn arrow(order: &Order, id: ArrowId, planned: &mut [Planned], open: &mut Open) {
    let drawn = order.arrow(id);
    let (Some(from), Some(to)) = (drawn.from.lifeline(), drawn.to.lifeline()) else { return };
    match planned[id.0 as usize].part {
        Part::Observation if drawn.traits.never => {}
        Part::Observation => match planned[id.0 as usize].cause {
            // What it follows from is handled, and what the same client sent before that.
            Some(cause) => {
                let sender = order.arrow(cause.arrow).from.lifeline();
                open.retain(|(tested, client), last| *tested != from || Some(*client) != sender || *last > cause.arrow);
            }
            None => open.retain(|(tested, _), _| *tested != from),
        },
        Part::Stimulus => {
            let others: Vec<(LifelineId, ArrowId)> = open
                .iter()
                .filter(|((tested, client), _)| *tested == to && *client != from)
                .map(|((_, client), id)| (*client, *id))
                .collect();
            for (client, send) in others {
                let plan = &planned[send.0 as usize];
                let ended = matches!(plan.resolved, Some(Resolved::Drop)) || order.arrow(send).traits.lost;
                let plan = &mut planned[id.0 as usize];
                let list_confirm = !ended && !plan.confirm.contains(&client);
                if list_confirm {
                    plan.confirm.push(client);
                    plan.unconfirmed.push(send);
                } else if ended && !plan.blind.contains(&send) {
                    plan.blind.push(send);
                }
                if !ended {
                    open.remove(&(to, client));
                }
            }
            match &planned[id.0 as usize].resolved {
                // The answer to a Close says that the server has read it, and so does the last word of a preamble where it
                // is the server's.
                Some(Resolved::Disconnect | Resolved::Connect { told: true, .. }) => {
                    open.remove(&(to, from));
                }
                // So does an acknowledgement, drawn or not: nothing is sent before it is there.
                Some(Resolved::Send(outgoing)) if outgoing.is_told() => {
                    open.remove(&(to, from));
                }
                // Nothing of these reaches the server; that nobody reads an event stream any more is nothing that the
                // others could tell.
                Some(Resolved::DropEvents | Resolved::Pause | Resolved::Resume) => {}
                Some(
                    Resolved::Connect { told: false, .. }
                    | Resolved::Drop
                    | Resolved::Send(_)
                    | Resolved::Request(_)
                    | Resolved::Expect(_),
                )
                | None => {
                    open.insert((to, from), id);
                }
            }
        }
        Part::Local | Part::Hidden => {}
    }
}
