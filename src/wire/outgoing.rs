use super::binding::{Rule, Values};
use super::context::{Context, Party};
use super::expectation::{Expectation, Watch, fill};
use super::file::{ExchangeStep, SendPattern};
use super::pattern::build::{BuildError, Building};
use super::pattern::diff;
use super::pattern::lock::canonical;
use super::pattern::matching::Matching;
use super::pattern::{Given, Pattern, SlotId, Slots, hole_texts, names};
use super::serve::Served;
pub(super) use super::source::Source;
use super::{Bind, Memory, Raw, Viewer};
use serde_json::Value;
use std::sync::Arc;

/// What a client sends for one arrow: frames, and those that must come back, in this order.
#[derive(Clone, Debug)]
pub struct Outgoing(Arc<Plan>);

#[derive(Debug)]
struct Plan {
    label: Arc<str>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// `#@ raw`
    Text(Arc<str>),
    Exchange(Exchange),
}

#[derive(Clone, Debug)]
struct Exchange {
    slots: Arc<Slots>,
    steps: Arc<[ExchangeStep]>,
    /// The first step that is still to be done.
    from: usize,
    /// Values of earlier steps.
    sent: Vec<Option<Value>>,
    given: Vec<Option<Given>>,
    reply: Option<Arc<Pattern>>,
    values: Arc<Values>,
    own: Party,
    peer: Party,
    /// The tool is the server: what nothing gives a value is made up, so that it fits.
    served: Option<Arc<Served>>,
}

/// An arrow's frames with values.
#[derive(Clone, Debug)]
pub struct Built {
    /// What is to be done, in this order.
    pub steps: Vec<Step>,
    /// The acknowledgement that must come exactly once on this connection, before or after anything else.
    pub reply: Option<Expectation>,
    /// What is fixed by sending.
    pub binds: Vec<Bind>,
}

/// One step of an arrow.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send this; [`super::Session::encode`] makes frames of it.
    Send(Payload),
    /// Wait for this.
    Receive(Expectation),
    /// What follows needs what was received: learn it, then build this.
    Then(Outgoing),
}

/// Something to send.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A message of the codec.
    Message(Value),
    /// This very frame.
    Raw(Raw),
}

impl Outgoing {
    /// This very text message.
    pub fn text(label: &str) -> Self {
        Outgoing(Arc::new(Plan { label: label.into(), what: What::Text(label.into()) }))
    }

    pub(super) fn new(
        label: &str,
        slots: Arc<Slots>,
        steps: Arc<[ExchangeStep]>,
        given: Vec<Option<Given>>,
        values: Arc<Values>,
        (own, peer): (&Party, &Party),
    ) -> Self {
        let exchange = Exchange {
            sent: vec![None; slots.0.len()],
            slots,
            steps,
            from: 0,
            given,
            reply: None,
            values,
            own: own.clone(),
            peer: peer.clone(),
            served: None,
        };
        Outgoing(Arc::new(Plan { label: label.into(), what: What::Exchange(exchange) }))
    }

    /// An arrow of a rule.
    pub(super) fn of_rule(
        label: &str,
        rule: &Rule,
        steps: &[ExchangeStep],
        given: Vec<Option<Given>>,
        values: &Arc<Values>,
        (own, peer): (&Party, &Party),
    ) -> Self {
        let exchange = Exchange {
            sent: vec![None; rule.slots.0.len()],
            slots: rule.slots.clone(),
            steps: steps.into(),
            from: 0,
            given,
            reply: rule.reply.clone(),
            values: values.clone(),
            own: own.clone(),
            peer: peer.clone(),
            served: None,
        };
        Outgoing(Arc::new(Plan { label: label.into(), what: What::Exchange(exchange) }))
    }

    /// What the tool sends as a server; `own` is the client all the same.
    pub(super) fn served(
        label: &str,
        (slots, served): (Slots, Served),
        steps: Vec<ExchangeStep>,
        given: Vec<Option<Given>>,
        values: &Arc<Values>,
        (own, peer): (&Party, &Party),
    ) -> Self {
        let given: Vec<Option<Given>> = (0..slots.0.len()).map(|slot| given.get(slot).cloned().flatten()).collect();
        let exchange = Exchange {
            sent: vec![None; slots.0.len()],
            slots: Arc::new(slots),
            steps: steps.into(),
            from: 0,
            given,
            reply: None,
            values: values.clone(),
            own: own.clone(),
            peer: peer.clone(),
            served: Some(Arc::new(served)),
        };
        Outgoing(Arc::new(Plan { label: label.into(), what: What::Exchange(exchange) }))
    }

    /// The statuses that an answer of the tool has.
    pub fn status(&self) -> Option<u16> {
        let What::Exchange(exchange) = &self.0.what else { return None };
        let Some(ExchangeStep::Send(SendPattern::Message(pattern))) = exchange.steps.first() else { return None };
        let reading = Matching::new(&exchange.slots, &exchange.given, None);
        diff::expected(pattern, &reading)
            .get("status")
            .and_then(Value::as_u64)
            .and_then(|code| u16::try_from(code).ok())
    }

    /// Whether something must come back before the arrow is complete.
    pub fn is_exchange(&self) -> bool {
        match &self.0.what {
            What::Text(_) => false,
            What::Exchange(exchange) => {
                exchange.reply.is_some()
                    || exchange.steps[exchange.from..].iter().any(|step| matches!(step, ExchangeStep::Receive(_)))
            }
        }
    }

    /// The label as drawn.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// Its frames, a line each, with open holes as they are written.
    pub(super) fn outline(&self) -> Vec<String> {
        let exchange = match &self.0.what {
            What::Text(text) => return vec![text.to_string()],
            What::Exchange(exchange) => exchange,
        };
        let mut given = exchange.given.clone();
        fill(&mut given, &exchange.slots, &exchange.values, &exchange.own, &exchange.peer);
        let mut reading = Matching::new(&exchange.slots, &given, None);
        reading.secrets = Some(&exchange.values.secrets);
        let frame = |step: &ExchangeStep| match step {
            ExchangeStep::Send(SendPattern::Message(pattern)) => {
                Some(canonical(&diff::expected(pattern, &reading)).to_string())
            }
            ExchangeStep::Send(SendPattern::Text(template)) => Some(diff::text(template, &reading)),
            ExchangeStep::Send(SendPattern::Binary(pieces)) => {
                Some(diff::expected(&Pattern::Bytes(pieces.clone()), &reading).to_string())
            }
            ExchangeStep::Receive(_) => None,
        };
        exchange.steps.iter().filter_map(frame).collect()
    }

    /// The names of the diagram that it uses, each with its hole.
    pub fn names(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let exchange = match &self.0.what {
            What::Text(_) => None,
            What::Exchange(exchange) => Some(exchange),
        };
        exchange.into_iter().flat_map(|exchange| names(&exchange.given, &exchange.slots))
    }

    /// What its label says of its holes, as text: each hole with its value.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&Arc<str>, &str)> {
        let exchange = match &self.0.what {
            What::Text(_) => None,
            What::Exchange(exchange) => Some(exchange),
        };
        let pairs = exchange.into_iter().flat_map(|exchange| exchange.slots.0.iter().zip(&exchange.given));
        pairs.filter_map(|(slot, given)| match given {
            Some(Given::Text(text)) => Some((&slot.name, &**text)),
            Some(Given::Value(_) | Given::Name(_) | Given::Glob(_)) | None => None,
        })
    }

    /// What its label says of its holes, letters and names of the diagram.
    pub(super) fn hole_texts(&self) -> impl Iterator<Item = &str> {
        let exchange = match &self.0.what {
            What::Text(_) => None,
            What::Exchange(exchange) => Some(exchange),
        };
        exchange.into_iter().flat_map(|exchange| hole_texts(&exchange.given))
    }

    /// Whether its last word is the server's, so that it is handled when it is complete.
    pub fn is_answered(&self) -> bool {
        match &self.0.what {
            What::Text(_) => false,
            What::Exchange(exchange) => {
                let last = exchange.steps[exchange.from..].last();
                exchange.reply.is_some() || matches!(last, Some(ExchangeStep::Receive(_)))
            }
        }
    }

    /// The holes whose value must be remembered from a received frame, and the names of the diagram that it uses, each
    /// with its hole: for finding names that nothing binds before anything runs.
    pub fn needs(&self) -> Vec<(Arc<str>, Option<Arc<str>>)> {
        let What::Exchange(exchange) = &self.0.what else { return Vec::new() };
        if exchange.served.is_some() {
            return Vec::new();
        }
        let mut needs: Vec<(Arc<str>, Option<Arc<str>>)> = Vec::new();
        let mut visit = |slot: SlotId| {
            let known = &exchange.slots.0[slot];
            let own = exchange.values.get(&exchange.own.id, &known.name).is_some();
            let need = match exchange.given.get(slot).and_then(Option::as_ref) {
                Some(Given::Name(name)) => Some((known.name.clone(), Some(name.clone()))),
                Some(Given::Text(_) | Given::Value(_) | Given::Glob(_)) => None,
                None if known.reserved.is_some() || own => None,
                None => Some((known.name.clone(), None)),
            };
            needs.extend(need.filter(|need| !needs.contains(need)));
        };
        for step in &exchange.steps[exchange.from..] {
            if let ExchangeStep::Send(send) = step {
                send.holes(&mut |hole| {
                    let slot = hole.slot.filter(|_| !hole.maybe && hole.default.is_none());
                    slot.into_iter().for_each(|slot| exchange.slots.parts(slot, &mut visit));
                });
            }
        }
        needs
    }

    /// The holes that frames of its exchange may give the connection's memory.
    pub fn teaches(&self) -> impl Iterator<Item = &Arc<str>> {
        let exchange = match &self.0.what {
            What::Exchange(exchange) if self.is_exchange() => Some(exchange),
            What::Text(_) | What::Exchange(_) => None,
        };
        exchange.into_iter().flat_map(|exchange| exchange.slots.0.iter().map(|slot| &slot.name))
    }

    /// The frames with values, as far as they can be built now.
    ///
    /// # Errors
    /// A hole has no value, or one that a filter cannot take.
    pub fn build(&self, memory: &Memory, viewer: Viewer<'_>, context: &mut Context<'_>) -> Result<Built, BuildError> {
        match &self.0.what {
            What::Text(text) => {
                let step = Step::Send(Payload::Raw(Raw::Text(text.clone())));
                Ok(Built { steps: vec![step], reply: None, binds: Vec::new() })
            }
            What::Exchange(exchange) => exchange.build(&self.0.label, memory, viewer, context),
        }
    }
}

impl Exchange {
    fn build(
        &self,
        label: &Arc<str>,
        memory: &Memory,
        viewer: Viewer<'_>,
        context: &mut Context<'_>,
    ) -> Result<Built, BuildError> {
        let parties = (&self.own, &self.peer);
        let mut source = Source::new(&self.slots, &self.given, &self.values, parties, memory, viewer, context);
        let served = self.served.as_deref();
        let mut ask = |slot| match served {
            Some(served) => source.served(slot, served),
            None => source.value(slot),
        };
        let mut building = Building {
            slots: &self.slots,
            source: &mut ask,
            values: self.sent.clone(),
            secrets: Some(&self.values.secrets),
        };
        let mut steps = Vec::new();
        let mut received = false;
        for (index, step) in self.steps.iter().enumerate().skip(self.from) {
            match step {
                ExchangeStep::Send(_) if received => {
                    let rest = Exchange { from: index, sent: building.values.clone(), ..self.clone() };
                    steps.push(Step::Then(Outgoing(Arc::new(Plan {
                        label: label.clone(),
                        what: What::Exchange(rest),
                    }))));
                    let binds = source.binds();
                    return Ok(Built { steps, reply: None, binds });
                }
                ExchangeStep::Send(send) => steps.push(Step::Send(payload(send, &mut building)?)),
                ExchangeStep::Receive(pattern) => {
                    received = true;
                    steps.push(Step::Receive(self.answer(label, pattern, &building.values)));
                }
            }
        }
        let reply = self.reply.as_ref().map(|pattern| self.answer(label, pattern, &building.values));
        let binds = source.binds();
        Ok(Built { steps, reply, binds })
    }

    /// An expectation in which holes of what was sent are what was sent.
    fn answer(&self, label: &Arc<str>, pattern: &Arc<Pattern>, sent: &[Option<Value>]) -> Expectation {
        let mut want = Expectation::plain(
            Watch::Message,
            self.slots.clone(),
            pattern.clone(),
            &self.values,
            &self.own,
            &self.peer,
        );
        want.fix(label, sent, &self.given);
        want
    }
}

/// A send with values.
pub(super) fn payload(send: &SendPattern, building: &mut Building<'_>) -> Result<Payload, BuildError> {
    Ok(match send {
        SendPattern::Message(pattern) => Payload::Message(building.value(pattern)?),
        SendPattern::Text(template) => Payload::Raw(Raw::Text(building.text(template)?.into())),
        SendPattern::Binary(pieces) => Payload::Raw(Raw::Binary(building.bytes(pieces)?.into())),
    })
}
