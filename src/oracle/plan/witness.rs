//! What tells a simulated client that the server has handled what others sent (`docs/semantics.md`, "When a client
//! sends").
//!
//! For every event drawn above a send on the tested lifeline there has to be a witness: the first visible event that it
//! causes. What a client sent is witnessed by any frame of the server below it. Where there is none above the send of
//! another client, the echo of the binding serves; where there can be no echo, the send is blind.

use super::cause::beside;
use super::planned::{Part, Planned};
use crate::order::{ArrowId, Block, Fragment, Kind, LifelineId, Node, Order};
use crate::wire::Resolved;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Sends that nothing has confirmed yet: by tested lifeline and client, the last one. As [`Overlay`] it holds what one way
/// through the diagram has changed; here a lifeline's can all be gone at once.
///
/// [`Overlay`]: crate::order::overlay::Overlay
struct Open<'a> {
    under: Option<&'a Open<'a>>,
    changes: Changes,
}

type Changes = FxHashMap<LifelineId, Change>;

/// What one way changed at one tested lifeline.
#[derive(Clone, Default)]
struct Change {
    /// All that was open before is confirmed.
    over: bool,
    /// What is open since, or is not any more.
    clients: BTreeMap<LifelineId, Option<ArrowId>>,
}

impl Open<'_> {
    fn get(&self, tested: LifelineId, client: LifelineId) -> Option<ArrowId> {
        let mut at = Some(self);
        while let Some(open) = at {
            if let Some(change) = open.changes.get(&tested) {
                match change.clients.get(&client) {
                    Some(known) => return *known,
                    None if change.over => return None,
                    None => {}
                }
            }
            at = open.under;
        }
        None
    }

    /// All that is open at one lifeline, by client.
    fn all(&self, tested: LifelineId) -> BTreeMap<LifelineId, ArrowId> {
        let mut found: BTreeMap<LifelineId, Option<ArrowId>> = BTreeMap::new();
        let mut at = Some(self);
        while let Some(open) = at {
            if let Some(change) = open.changes.get(&tested) {
                for (client, known) in &change.clients {
                    found.entry(*client).or_insert(*known);
                }
                if change.over {
                    break;
                }
            }
            at = open.under;
        }
        found.into_iter().filter_map(|(client, known)| Some((client, known?))).collect()
    }

    fn set(&mut self, tested: LifelineId, client: LifelineId, known: Option<ArrowId>) {
        self.changes.entry(tested).or_default().clients.insert(client, known);
    }

    /// What is so at one lifeline from now on; where all before is `over`, this alone.
    fn replace(&mut self, tested: LifelineId, over: bool, clients: BTreeMap<LifelineId, Option<ArrowId>>) {
        if over {
            self.changes.insert(tested, Change { over, clients });
        } else {
            self.changes.entry(tested).or_default().clients.extend(clients);
        }
    }

    fn on_top(&self) -> Open<'_> {
        Open { under: Some(self), changes: Changes::default() }
    }

    fn apply(&mut self, changes: Changes) {
        changes.into_iter().for_each(|(tested, change)| self.replace(tested, change.over, change.clients));
    }
}

/// Fills in, for every stimulus, whose echo it needs and what nothing can confirm.
pub(super) fn confirmations(order: &Order, planned: &mut [Planned]) {
    let mut walk = Walk { order, planned };
    walk.block(&order.root, &mut Open { under: None, changes: Changes::default() }, false);
}

struct Walk<'a> {
    order: &'a Order,
    planned: &'a mut [Planned],
}

impl Walk<'_> {
    /// `again` is a second turn of a loop around: what the loops in it leave open to themselves is known from the first.
    fn block(&mut self, block: &Block, open: &mut Open<'_>, again: bool) {
        let order = self.order;
        for node in block {
            match node {
                Node::Arrow(id) => arrow(order, *id, self.planned, open),
                Node::Fragment(id) => self.fragment(order.fragment(*id), open, again),
            }
        }
    }

    fn fragment(&mut self, fragment: &Fragment, open: &mut Open<'_>, again: bool) {
        let mut way = |block: &Block, open: &Open<'_>, again: bool| {
            let mut own = open.on_top();
            self.block(block, &mut own, again);
            own.changes
        };
        match fragment.kind {
            Kind::Loop { min, max, .. } => {
                let Some(body) = fragment.operands.first().map(|operand| &operand.body) else { return };
                let mut turns = if min == 0 { vec![Changes::default()] } else { Vec::new() };
                let mut behind = open.on_top();
                behind.changes = way(body, open, again);
                if !again && max.is_none_or(|max| max > 1) {
                    // What the end of one turn leaves open stands above the beginning of the next.
                    let second = way(body, &behind, true);
                    turns.push(behind.changes.clone());
                    behind.apply(second);
                }
                turns.push(behind.changes);
                unite(open, turns);
            }
            Kind::Par => {
                let outs = fragment.operands.iter().map(|operand| way(&operand.body, open, again)).collect();
                join(open, outs);
            }
            Kind::Choice(_) | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                let outs = fragment.operands.iter().map(|operand| way(&operand.body, open, again)).collect();
                unite(open, outs);
            }
        }
    }
}

/// What the ways of a fragment made of one tested lifeline.
struct Met {
    /// The ways that touched it, with their number: whether all that was open before is confirmed on it.
    ways: Vec<(usize, bool)>,
    /// By client, what those that touched it made of it: the number of the way, whether all before is confirmed, and what
    /// is open behind it.
    clients: BTreeMap<LifelineId, Vec<(usize, bool, Option<ArrowId>)>>,
}

fn met(outs: Vec<Changes>) -> FxHashMap<LifelineId, Met> {
    let mut all: FxHashMap<LifelineId, Met> = FxHashMap::default();
    for (number, changes) in outs.into_iter().enumerate() {
        for (tested, change) in changes {
            let met = all.entry(tested).or_insert_with(|| Met { ways: Vec::new(), clients: BTreeMap::new() });
            met.ways.push((number, change.over));
            for (client, known) in change.clients {
                met.clients.entry(client).or_default().push((number, change.over, known));
            }
        }
    }
    all
}

/// Behind ways of which one is taken, what any of them leaves open is open; of two sends of a client, that of the later way.
fn unite(open: &mut Open<'_>, mut outs: Vec<Changes>) {
    let all = outs.len();
    if let (1, Some(out)) = (all, outs.pop_if(|_| all == 1)) {
        return open.apply(out);
    }
    for (tested, Met { ways, clients }) in met(outs) {
        // The last way that does not touch it at all, and those on which what was open before may be open still.
        let mut touching = ways.iter().rev().map(|(number, _)| *number);
        let missing = (0..all).rev().find(|number| touching.next() != Some(*number));
        let intact: Vec<usize> = ways.iter().rev().filter(|(_, over)| !over).map(|(number, _)| *number).collect();
        let over = missing.is_none() && intact.is_empty();
        let mut behind = BTreeMap::new();
        for (client, touched) in clients {
            let mut own = touched.iter().rev().map(|(number, ..)| *number).peekable();
            let inherited = intact.iter().copied().find(|number| {
                while own.next_if(|own| own > number).is_some() {}
                own.peek() != Some(number)
            });
            let before = inherited.max(missing).and_then(|number| Some((number, open.get(tested, client)?)));
            let last = touched.iter().rev().find_map(|(number, _, known)| Some((*number, (*known)?)));
            behind.insert(client, before.max(last).map(|(_, known)| known));
        }
        open.replace(tested, over, behind);
    }
}

/// Behind a `par`, what was open before it stays open only where no operand confirmed it.
fn join(open: &mut Open<'_>, mut outs: Vec<Changes>) {
    let all = outs.len();
    if let (1, Some(out)) = (all, outs.pop_if(|_| all == 1)) {
        return open.apply(out);
    }
    for (tested, Met { ways, clients }) in met(outs) {
        let over = ways.iter().filter(|(_, over)| *over).count();
        let mut behind = BTreeMap::new();
        for (client, touched) in clients {
            let before = open.get(tested, client);
            let new = touched.iter().rev().find_map(|(.., known)| known.filter(|_| *known != before));
            let confirmed = touched.iter().any(|(.., known)| known.is_none())
                || touched.iter().filter(|(_, over, _)| *over).count() < over;
            behind.insert(client, new.or(before.filter(|_| !confirmed)));
        }
        open.replace(tested, over > 0, behind);
    }
}

/// Whether the client of a cause sends something beside it in a `par`, above what follows from the cause: that may be sent
/// after it, and is not handled with it.
fn has_beside(order: &Order, planned: &[Planned], cause: ArrowId, came: ArrowId) -> bool {
    let around = |id: ArrowId| order.around(order.arrow(id));
    let Some((par, _)) = around(cause).filter(|(id, _)| order.fragment(*id).kind == Kind::Par).last() else {
        return false;
    };
    let own = (order.arrow(cause).from, order.arrow(cause).to);
    let inside = |id: &ArrowId| around(*id).any(|(fragment, _)| fragment == par);
    let is_beside = |id: ArrowId| {
        let it = order.arrow(id);
        planned[id.0 as usize].part == Part::Stimulus && (it.from, it.to) == own && beside(order, id, cause)
    };
    let above = (0..cause.0).rev().map(ArrowId).take_while(inside).take(NEAR);
    let below = (cause.0 + 1..came.0).map(ArrowId).take_while(inside).take(NEAR);
    above.chain(below).any(is_beside)
}

/// So many arrows on each side of a cause are looked at for what stands beside it.
const NEAR: usize = 512;

/// Whether a send opens the connection of its client on which the server says something.
pub(super) fn opens_for(order: &Order, planned: &[Planned], sent: ArrowId, said: ArrowId) -> bool {
    let (opening, answer) = (order.arrow(sent), order.arrow(said));
    let opened = planned[sent.0 as usize].resolved.as_ref().and_then(Resolved::opens);
    let Planned { channel, resolved, .. } = &planned[said.0 as usize];
    // That a connection ends may be all that there was of it.
    let ends = matches!(resolved, Some(Resolved::Expect(expectation)) if expectation.is_end());
    opened == Some(*channel) && !ends && (opening.from, opening.to) == (answer.to, answer.from)
}

fn arrow(order: &Order, id: ArrowId, planned: &mut [Planned], open: &mut Open<'_>) {
    let drawn = order.arrow(id);
    let (Some(from), Some(to)) = (drawn.from.lifeline(), drawn.to.lifeline()) else { return };
    match planned[id.0 as usize].part {
        Part::Observation if drawn.traits.never => {}
        Part::Observation => {
            // Where the server speaks on a connection, whatever of, the opening of it is handled.
            if open.get(from, to).is_some_and(|last| opens_for(order, planned, last, id)) {
                open.set(from, to, None);
            }
            match planned[id.0 as usize].cause {
                // What it follows from is handled, and what the same client sent before that.
                Some(cause) => {
                    let sender = order.arrow(cause.arrow).from.lifeline();
                    let before = |client: &LifelineId| {
                        open.get(from, *client).is_some_and(|last| last <= cause.arrow)
                            && !has_beside(order, planned, cause.arrow, id)
                    };
                    if let Some(client) = sender.filter(before) {
                        open.set(from, client, None);
                    }
                }
                // What may follow from something that need not have been sent tells nothing of all else above it.
                None if !planned[id.0 as usize].optional.is_empty() => {}
                None => open.replace(from, true, BTreeMap::new()),
            }
            // So is what the author says that it has to wait for.
            for on in planned[id.0 as usize].after.iter().filter(|on| planned[on.0 as usize].part == Part::Stimulus) {
                if let (Some(client), Some(tested)) = (order.arrow(*on).from.lifeline(), order.arrow(*on).to.lifeline())
                    && tested == from
                    && open.get(from, client).is_some_and(|last| last <= *on)
                    && !has_beside(order, planned, *on, id)
                {
                    open.set(from, client, None);
                }
            }
        }
        Part::Stimulus => {
            let mut rest = open.all(to);
            let own = rest.remove(&from);
            let others = rest.len();
            let plan = &planned[id.0 as usize];
            let asked: FxHashSet<LifelineId> = plan.confirm.iter().copied().collect();
            let blind: FxHashSet<ArrowId> = plan.blind.iter().copied().collect();
            rest.retain(|client, send| {
                let plan = &planned[send.0 as usize];
                let ended = matches!(plan.resolved, Some(Resolved::Drop)) || order.arrow(*send).traits.lost
                    // Nobody asks a client that the tool serves whether it has heard.
                    || order.serves(*client, to);
                let plan = &mut planned[id.0 as usize];
                if !ended && !asked.contains(client) {
                    plan.confirm.push(*client);
                    plan.unconfirmed.push(*send);
                } else if ended && !blind.contains(send) {
                    plan.blind.push(*send);
                }
                ended
            });
            if rest.len() < others {
                rest.extend(own.map(|own| (from, own)));
                open.replace(to, true, rest.into_iter().map(|(client, send)| (client, Some(send))).collect());
            }
            match &planned[id.0 as usize].resolved {
                // The answer to a Close says that the server has read it, and so does the last word of a preamble where it
                // is the server's.
                Some(Resolved::Disconnect | Resolved::Connect { told: true, .. }) => {
                    open.set(to, from, None);
                }
                // So does an acknowledgement, drawn or not: nothing is sent before it is there.
                Some(Resolved::Send(outgoing)) if outgoing.is_answered() => {
                    open.set(to, from, None);
                }
                // Nothing of these reaches the server; that nobody reads an event stream any more is nothing that the
                // others could tell.
                Some(Resolved::DropEvents | Resolved::Pause | Resolved::Resume) => {}
                Some(
                    Resolved::Connect { told: false, .. }
                    | Resolved::Drop
                    | Resolved::Send(_)
                    | Resolved::Request(_)
                    | Resolved::Answer(_)
                    | Resolved::Push(_)
                    | Resolved::Close(_)
                    | Resolved::Expect(_),
                )
                | None => {
                    open.set(to, from, Some(id));
                }
            }
        }
        Part::Local | Part::Hidden => {}
    }
}
