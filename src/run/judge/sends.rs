//! What the tool sent, as the record has it and as the diagram draws it.

use crate::diagram::Setting;
use crate::oracle::{Oracle, Ready};
use crate::order::{Arrow, ArrowId, LifelineId};
use crate::run::script::{Script, VIRTUAL_EPOCH};
use crate::source::Span;
use crate::wire::{Bind, Channel, Context, Memory, Observed, Resolved, Viewer};
use std::collections::BTreeMap;

/// So many lines are named with a doubt.
const SHOWN: usize = 4;

pub(super) struct Sends<'a> {
    script: &'a Script,
    /// The diagram is the one from which the trace was recorded: its arrows have the same numbers.
    same: bool,
    /// What was sent, with the number that the record gives its arrow.
    sent: Vec<(LifelineId, u32, Ready)>,
    /// How many requests have no answer, by who asked whom, and on which channel they are answered.
    asked: BTreeMap<(LifelineId, LifelineId, Channel), u32>,
    /// Sockets that have ended, and how much had been sent before.
    ended: Vec<(LifelineId, LifelineId, usize)>,
}

impl<'a> Sends<'a> {
    pub(super) fn new(script: &'a Script, same: bool) -> Sends<'a> {
        Sends { script, same, sent: Vec::new(), asked: BTreeMap::new(), ended: Vec::new() }
    }

    /// This was sent.
    pub(super) fn sent(&mut self, client: LifelineId, arrow: u32, ready: Ready) {
        if matches!(self.script.plan.planned(ready.arrow).resolved, Some(Resolved::Request(_))) {
            *self.asked.entry((client, ready.to, ready.channel)).or_default() += 1;
        }
        self.sent.push((client, arrow, ready));
    }

    /// This was received; false where it answers a request that was not made.
    pub(super) fn received(
        &mut self,
        client: LifelineId,
        from: LifelineId,
        channel: Channel,
        observed: &Observed,
    ) -> bool {
        match observed {
            Observed::Status { .. } if channel != Channel::Socket => {
                let open = self.asked.get_mut(&(client, from, channel)).filter(|open| **open > 0);
                open.map(|open| *open -= 1).is_some()
            }
            Observed::Close { .. } | Observed::End { .. } if channel == Channel::Socket => {
                self.ended.push((client, from, self.sent.len()));
                true
            }
            Observed::Close { .. }
            | Observed::End { .. }
            | Observed::Dialled { .. }
            | Observed::Asked { .. }
            | Observed::Status { .. }
            | Observed::Message(_)
            | Observed::Garbled { .. }
            | Observed::Event { .. } => true,
        }
    }

    /// The connect that a client sent last.
    pub(super) fn connect(&self, client: LifelineId, to: LifelineId) -> Option<ArrowId> {
        let mut sent =
            self.sent.iter().rev().map(|(.., ready)| *ready).filter(|it| (it.lifeline, it.to) == (client, to));
        let is_connect =
            |ready: &Ready| matches!(self.script.plan.planned(ready.arrow).resolved, Some(Resolved::Connect { .. }));
        sent.find(is_connect).map(|ready| ready.arrow)
    }

    /// An exchange whose connection has ended, and which the record does not tell to be complete.
    pub(super) fn cut_short(&self, oracle: &Oracle) -> Option<Ready> {
        let over = |(number, ready): &(usize, Ready)| {
            let ended = self
                .ended
                .iter()
                .any(|(client, from, sent)| (*client, *from) == (ready.lifeline, ready.to) && sent > number);
            ended && oracle.is_under_way(ready)
        };
        self.sent.iter().map(|(.., ready)| *ready).enumerate().find(over).map(|(_, ready)| ready)
    }

    /// What a client sent last as the arrow of this number in the record.
    pub(super) fn begun(&self, client: LifelineId, arrow: u32) -> Option<Ready> {
        let sent = self.sent.iter().rev().find(|(by, number, _)| (*by, *number) == (client, arrow));
        sent.map(|(_, _, ready)| *ready)
    }

    /// The send that the record speaks of: by number where the diagram is as it was, by label where it has changed.
    ///
    /// # Errors
    /// Where this is not to be sent here: what the record has in this line, and what the diagram.
    pub(super) fn find(
        &self,
        oracle: &Oracle,
        client: LifelineId,
        (arrow, label): (u32, &str),
        at: usize,
    ) -> Result<Ready, String> {
        let order = self.script.plan.order();
        let fits = |id: ArrowId| {
            order.arrows.get(id.0 as usize).is_some_and(|arrow| *arrow.label == *label)
                && self.script.plan.client(id).is_some_and(|(own, _)| own == client)
                && order.simulated(order.arrow(id).from)
        };
        let own = Some(ArrowId(arrow)).filter(|id| fits(*id)).and_then(|id| oracle.expecting(id));
        let others = |alike: bool| order.arrow_ids().map(|(id, _)| id).filter(move |id| alike && fits(*id));
        // Of sends that nobody can tell apart, the one of this number may have been taken for another before.
        let twin = |id: &ArrowId| fits(ArrowId(arrow)) && oracle.are_interchangeable(ArrowId(arrow), *id);
        let found = own
            .or_else(|| others(!self.same).find_map(|id| oracle.expecting(id)))
            .or_else(|| others(self.same).filter(twin).find_map(|id| oracle.expecting(id)));
        if let Some(ready) = found {
            return Ok(ready);
        }
        let drawn: Vec<ArrowId> = order.arrow_ids().map(|(id, _)| id).filter(|id| fits(*id)).collect();
        let open = |id: &&ArrowId| self.sent.iter().all(|(.., ready)| ready.arrow != **id);
        let why = match (drawn.first(), drawn.iter().find(open)) {
            (None, _) if self.same => ", which the diagram does not draw".to_owned(),
            (None, _) => ", which the diagram no longer draws".to_owned(),
            (Some(_), _) if self.same && !fits(ArrowId(arrow)) => {
                let what = if order.arrows.len() > arrow as usize {
                    "another arrow of the diagram"
                } else {
                    "not an arrow of the diagram"
                };
                format!(" under the number {arrow}, which is {what}")
            }
            (Some(_), None) => " more often than the diagram draws it".to_owned(),
            (Some(_), Some(open)) => {
                let line = order.arrow(*open).line;
                let above = oracle.awaited().into_iter().find(|awaited| awaited < open);
                match above {
                    Some(above) => {
                        let above = order.arrow(above).line;
                        format!(", which the diagram draws at line {line}, after line {above}")
                    }
                    None => format!(" at another place than line {line} of the diagram"),
                }
            }
        };
        Err(format!("the record has `{label}` of {} (its line {at}){why}", order.lifeline(client).name))
    }

    /// What the diagram has sent: `the diagram draws `typing:start` of Alice at line 12`.
    pub(super) fn drawn(&self, arrow: ArrowId) -> String {
        let order = self.script.plan.order();
        let Arrow { label, line, from, .. } = order.arrow(arrow);
        let client = from.lifeline().map_or("somebody", |id| &order.lifeline(id).name);
        format!("the diagram draws `{label}` of {client} at line {line}")
    }

    /// The place of what is next in the diagram.
    pub(super) fn next(&self, oracle: &Oracle) -> Vec<Span> {
        let next = oracle.awaited();
        self.spans(&next[..next.len().min(1)])
    }

    /// The places that say how long it is listened: what must never come, and `#@ settle`.
    pub(super) fn windows(&self) -> Vec<Span> {
        let settles = self
            .script
            .diagram
            .settings
            .iter()
            .filter_map(|setting| if let Setting::Settle(_, at) = setting { Some(*at) } else { None });
        let order = self.script.plan.order();
        let never = order.arrow_ids().filter(|(_, arrow)| arrow.traits.never).map(|(_, arrow)| arrow.span);
        settles.chain(never).take(SHOWN).collect()
    }

    /// The places of arrows, each once, and only the first few.
    pub(super) fn spans(&self, arrows: &[ArrowId]) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for arrow in arrows {
            let span = self.script.plan.order().arrow(*arrow).span;
            if !spans.contains(&span) && spans.len() < SHOWN {
                spans.push(span);
            }
        }
        spans
    }

    /// What sending fixed: names that stood for what the client had received last. Values that were made for the frame
    /// stand in the record behind it.
    pub(super) fn binds(&self, oracle: &Oracle, ready: &Ready) -> Vec<Bind> {
        let Some(resolved) = &self.script.plan.planned(ready.arrow).resolved else { return Vec::new() };
        let scopes = oracle.scopes(ready);
        let viewer = Viewer {
            lifeline: self.script.plan.knower(ready.lifeline, ready.to),
            scopes: &scopes,
            arrow: ready.arrow.0,
        };
        let memory = oracle.memory().unwrap_or(Memory::nothing());
        let mut context = Context {
            target: "ws://localhost",
            run: "",
            mark: "",
            seq: &mut 0,
            made: &mut 0,
            now_millis: VIRTUAL_EPOCH,
            random: &mut || 0,
        };
        let built = match resolved {
            Resolved::Send(outgoing) => {
                outgoing.build(memory, viewer, &mut context).map(|built| built.binds).unwrap_or_default()
            }
            Resolved::Request(request) => {
                request.build(memory, viewer, &mut context).map(|built| built.binds).unwrap_or_default()
            }
            Resolved::Connect { name, holes, .. } => {
                crate::wire::Binding::connected_as(viewer, name.as_deref(), holes, memory).unwrap_or_default()
            }
            Resolved::Disconnect
            | Resolved::Drop
            | Resolved::DropEvents
            | Resolved::Pause
            | Resolved::Resume
            | Resolved::Answer(_)
            | Resolved::Push(_)
            | Resolved::Close(_)
            | Resolved::Expect(_) => Vec::new(),
        };
        built.into_iter().filter(|bind| matches!(bind, Bind::Name { .. })).collect()
    }
}
