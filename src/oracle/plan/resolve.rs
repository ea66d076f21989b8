//! Resolving arrows and scopes: what each is on the wire, and what stands against playing it.

use super::Region;
use super::planned::{Part, Planned, Resolver};
use crate::order::{Arrow, ArrowId, Fragment, LifelineId, Order, Point};
use crate::source::Diagnostic;
use crate::wire::{Channel, Expects, Resolved};
use rustc_hash::FxHashMap;
use std::time::Duration;

pub(super) fn resolve(
    order: &Order,
    id: ArrowId,
    arrow: &Arrow,
    resolver: &dyn Resolver,
    open: &mut FxHashMap<(LifelineId, LifelineId), Channel>,
    problems: &mut Vec<Diagnostic>,
) -> Planned {
    let mut plan = Planned {
        part: Part::Hidden,
        resolved: None,
        channel: Channel::Socket,
        exchange: false,
        confirm: Vec::new(),
        blind: Vec::new(),
        unconfirmed: Vec::new(),
        after: arrow.traits.depends.clone(),
        wait: Duration::ZERO,
        above: None,
        cause: None,
        optional: Vec::new(),
        needed: false,
        alone: None,
        chain: None,
        behind: Duration::ZERO,
    };
    let (from, to) = (order.simulated(arrow.from), order.simulated(arrow.to));
    let (Point::Lifeline(sender), Point::Lifeline(receiver)) = (arrow.from, arrow.to) else {
        if from || to {
            problems.push(
                Diagnostic::error("outside", "this arrow crosses the edge of the drawing, so it cannot be played")
                    .at(arrow.span, "its other end has no name")
                    .with_help("name the lifeline at the other end; write a lost message as Alice->x Server: …"),
            );
        }
        return plan;
    };
    plan.part = match (from, to) {
        (true, false) | (false, true) if order.unseen(arrow) => Part::Hidden,
        (true, true) => Part::Local,
        (true, false) => Part::Stimulus,
        (false, true) => Part::Observation,
        (false, false) => Part::Hidden,
    };
    if plan.part == Part::Local {
        let label = arrow.label.trim();
        let text = label.strip_prefix("wait ").unwrap_or(label);
        if sender == receiver {
            plan.wait = crate::diagram::parse_duration(text).unwrap_or_default();
        }
    }
    // What a client must never be told the tool does not say; nobody can see that a client does not read.
    let serves = match plan.part {
        Part::Stimulus => order.serves(sender, receiver),
        Part::Observation => order.serves(receiver, sender),
        Part::Local | Part::Hidden => false,
    };
    if serves && arrow.traits.never && plan.part == Part::Stimulus {
        plan.part = Part::Hidden;
    }
    if matches!(plan.part, Part::Local | Part::Hidden) {
        return plan;
    }
    if arrow.traits.never && plan.part == Part::Stimulus {
        problems.push(
            Diagnostic::error("never", "seqcheck itself sends this, so it cannot be forbidden")
                .at(arrow.span, "sent by a simulated lifeline")
                .with_help("`never` is for messages that the server must not send; remove this arrow"),
        );
    }
    match resolver.arrow(order, id) {
        Err(problem) => problems.push(problem),
        Ok(Resolved::Pause | Resolved::Resume) if plan.part == Part::Observation => plan.part = Part::Hidden,
        Ok(resolved) => {
            let pair = if from { (sender, receiver) } else { (receiver, sender) };
            plan.channel = match &resolved {
                Resolved::Connect { .. } => *open.entry(pair).insert_entry(Channel::Socket).get(),
                Resolved::Request(request) => *open.entry(pair).insert_entry(request.channel()).get(),
                // A status answers whatever request of this client stands nearest above.
                Resolved::Expect(expectation) => {
                    if let Some(channel) = expectation.opens() {
                        open.insert(pair, channel);
                    }
                    expectation.channel().unwrap_or_else(|| open.get(&pair).copied().unwrap_or(Channel::Http))
                }
                Resolved::Answer(_) => open.get(&pair).copied().unwrap_or(Channel::Http),
                Resolved::DropEvents | Resolved::Push(_) => Channel::Events,
                Resolved::Disconnect
                | Resolved::Drop
                | Resolved::Pause
                | Resolved::Resume
                | Resolved::Close(_)
                | Resolved::Send(_) => Channel::Socket,
            };
            plan.exchange = match &resolved {
                Resolved::Connect { .. } | Resolved::Disconnect => true,
                Resolved::Send(outgoing) => outgoing.is_exchange(),
                Resolved::Drop
                | Resolved::DropEvents
                | Resolved::Pause
                | Resolved::Resume
                | Resolved::Request(_)
                | Resolved::Answer(_)
                | Resolved::Push(_)
                | Resolved::Close(_)
                | Resolved::Expect(_) => false,
            };
            plan.resolved = Some(resolved);
        }
    }
    plan
}

pub(super) fn region(
    order: &Order,
    fragment: &Fragment,
    consider: bool,
    frames: &[crate::diagram::Frames],
    resolver: &dyn Resolver,
    problems: &mut Vec<Diagnostic>,
) -> Region {
    let mut all = Vec::new();
    for frames in frames {
        let at: Vec<LifelineId> = (0..order.lifelines.len() as u32)
            .map(LifelineId)
            .filter(|id| frames.at.contains(&order.lifeline(*id).participant))
            .collect();
        match resolver.frames(&frames.pattern, fragment) {
            Ok(expectations) => all.extend(expectations.into_iter().map(|expectation| (at.clone(), expectation))),
            Err(problem) => problems.push(problem),
        }
    }
    Region { consider, frames: all }
}
