//! Records without a play: judged again, and held against everything that the term can do.

use super::term::{Event, Rules, Term};
use super::world::{Plain, text};
use crate::oracle::{Doubt, Options, Oracle, Outcome, Plan, Ready, Reason};
use crate::order::{self, Arrow, ArrowId, LifelineId};
use crate::trace::Entry;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Judges a record again.
pub fn judge(plan: &Arc<Plan>, options: Options, entries: &[Entry]) -> Outcome {
    told(plan, options, entries).freeze(&Plain::default()).0
}

/// An oracle that was told a record. Sends are found by label: the record may come from a diagram that says the same in
/// other words.
pub fn told(plan: &Arc<Plan>, options: Options, entries: &[Entry]) -> Oracle {
    use crate::trace::Event as Happened;
    let mut oracle = Oracle::new(Arc::clone(plan), options);
    let mut begun: BTreeMap<u32, Ready> = BTreeMap::new();
    for entry in entries {
        let at = entry.at;
        oracle.tick(at);
        match &entry.event {
            Happened::Sent { lifeline, arrow, raw, label, .. } => {
                let same = |(_, drawn): &(ArrowId, &Arrow)| {
                    drawn.label == *label && drawn.from.lifeline() == Some(LifelineId(*lifeline))
                };
                let own = oracle.expecting(ArrowId(*arrow)).filter(|_| {
                    plan.order().arrows.get(*arrow as usize).is_some_and(|drawn| same(&(ArrowId(*arrow), drawn)))
                });
                let by_label = || plan.order().arrow_ids().filter(same).find_map(|(id, _)| oracle.expecting(id));
                match own.or_else(by_label) {
                    Some(ready) => {
                        oracle.sent(at, &ready, raw.clone(), Vec::new());
                        begun.insert(*arrow, ready);
                    }
                    None => {
                        let text = format!("{label} is not drawn here");
                        oracle.depart(Doubt { reason: Reason::Gaps, text, spans: Vec::new() }, false);
                        break;
                    }
                }
            }
            Happened::Received { lifeline, from, channel, observed } => {
                oracle.received(at, LifelineId(*lifeline), LifelineId(*from), *channel, observed.clone());
            }
            Happened::Done { arrow, .. } => {
                if let Some(ready) = begun.get(arrow) {
                    oracle.done(at, ready);
                }
            }
            Happened::Echoed { lifeline } => oracle.echoed(at, LifelineId(*lifeline)),
            Happened::Quiet { evidence, .. } => oracle.quiet(at, *evidence, Vec::new()),
            Happened::Chose { .. } | Happened::Learned { .. } | Happened::Frozen => {}
        }
    }
    oracle
}

/// Whether tool and server may begin the same choice: what happens then is not the server's fault, nor its merit.
pub fn is_mixed(plan: &Plan) -> bool {
    plan.order().fragments.iter().any(|fragment| {
        matches!(
            fragment.kind,
            order::Kind::Choice(order::Chooser::Mixed) | order::Kind::Loop { chooser: order::Chooser::Mixed, .. }
        )
    })
}

/// Whether a record fits the diagram, by trying everything: the reference for the configuration set.
pub fn brute_force(plan: &Plan, options: &Options, entries: &[Entry]) -> bool {
    use crate::trace::Event as Happened;
    use std::collections::BTreeSet;
    let (order, rules) = (plan.order(), Rules::AtOnce(plan));
    let hidden = |event: &Event| match event {
        Event::Send(id) => !order.simulated(order.arrow(*id).from),
        Event::Receive(id) => !order.simulated(order.arrow(*id).to),
    };
    let close = |states: BTreeSet<Term>| -> BTreeSet<Term> {
        let mut open: Vec<Term> = states.iter().cloned().collect();
        let mut all = states;
        while let Some(term) = open.pop() {
            for (_, rest) in term.next(rules).into_iter().filter(|(event, _)| hidden(event)) {
                if all.insert(rest.clone()) {
                    open.push(rest);
                }
            }
        }
        all
    };
    let mut states = close(BTreeSet::from([Term::of(order, options, &order.root)]));
    for entry in entries {
        let fits = |event: &Event| match (&entry.event, event) {
            (Happened::Sent { lifeline, label, .. }, Event::Send(id)) => {
                let arrow = order.arrow(*id);
                arrow.from.lifeline() == Some(LifelineId(*lifeline)) && arrow.label == *label
            }
            (Happened::Received { lifeline, observed, .. }, Event::Receive(id)) => {
                let arrow = order.arrow(*id);
                arrow.to.lifeline() == Some(LifelineId(*lifeline)) && text(&arrow.label) == *observed
            }
            _ => false,
        };
        if !matches!(entry.event, Happened::Sent { .. } | Happened::Received { .. }) {
            continue;
        }
        let next: BTreeSet<Term> = states
            .iter()
            .flat_map(|term| term.next(rules))
            .filter(|(event, _)| fits(event))
            .map(|(_, rest)| rest)
            .collect();
        states = close(next);
    }
    states.iter().any(Term::may_end)
}
