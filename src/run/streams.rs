//! Servers that are spoken with over a plain stream of bytes (`tcp://`, `tls://`, `stdio:`): which they are, what of a
//! diagram cannot be said there, and where messages end.

use super::mock::Listening;
use super::scenario::Scenario;
use super::target::Target;
use crate::net::Frames;
use crate::oracle::Plan;
use crate::order::{ArrowId, LifelineId};
use crate::source::Diagnostic;
use crate::wire::{Binding, Channel, Chore, Party, Resolved};
use std::collections::BTreeMap;

/// Which lifelines are spoken with over a plain stream of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Streams {
    named: BTreeMap<String, bool>,
    /// Those that are not named.
    others: bool,
    /// Those that the tool serves.
    served: bool,
}

impl Streams {
    /// As the targets of a scenario are.
    pub(super) fn of(scenario: &Scenario) -> Streams {
        let named = scenario.targets.iter().map(|(name, target)| (name.clone(), target.is_stream())).collect();
        let served = scenario.options.listen.as_ref().is_some_and(Listening::is_plain);
        Streams { named, others: scenario.target.is_stream(), served }
    }

    /// These, and no others.
    pub(super) fn these(names: &[String]) -> Streams {
        Streams { named: names.iter().map(|name| (name.clone(), true)).collect(), others: false, served: false }
    }

    /// Whether this lifeline is.
    pub(super) fn has(&self, name: &str) -> bool {
        self.named.get(name).copied().unwrap_or(self.others)
    }

    /// Whether those are that the tool serves.
    pub(super) fn are_served(&self) -> bool {
        self.served
    }

    /// Whether none can be.
    pub(super) fn is_empty(&self) -> bool {
        !self.others && !self.served && !self.named.values().any(|stream| *stream)
    }
}

/// How messages stand on the streams of a run; none where it has no streams.
///
/// # Errors
/// What of the diagram or of its binding has no place on a stream.
pub(super) fn frames(
    plan: &Plan,
    binding: &Binding,
    targets: &[(LifelineId, Target)],
    served: bool,
) -> Result<Option<Frames>, Vec<Diagnostic>> {
    let order = plan.order();
    // What messages call the server of a connection, where it is spoken with so.
    let stream = |server: LifelineId| {
        let target = targets.iter().find(|(of, target)| *of == server && target.is_stream());
        target.map(|(_, target)| target.name())
    };
    let hosted = |server: LifelineId| served.then(|| order.lifeline(server).name.to_string());
    let first = targets.iter().find(|(_, target)| target.is_stream()).map(|(_, target)| target.name());
    let Some(first) = first.or_else(|| served.then(|| "the listening address".to_owned())) else { return Ok(None) };
    let mut problems = Vec::new();
    let (framing, text) = match binding.framing() {
        Ok(framing) => framing,
        Err(why) => {
            let problem = format!("the end of a message on {first} is not defined: {why}");
            let help = "set a `framing` in the binding: \"lines\", \"content-length\", … (docs/bindings.md)";
            return Err(vec![Diagnostic::error("binding", problem).with_help(help)]);
        }
    };
    for (id, arrow) in order.arrow_ids() {
        let Some((own, other)) = plan.client(id) else { continue };
        let (client, place) = if plan.serves(id) { (other, hosted(own)) } else { (own, stream(other)) };
        let Some(place) = place else { continue };
        let Some(what) = not_spoken(plan, binding, id, &order.lifeline(client).name) else { continue };
        let problem = format!("{what}, but {place} is a plain stream of bytes");
        let told = Diagnostic::error("target", problem).at(arrow.span, "this");
        problems.push(told.with_help("use HTTP: --target ws://…, or --listen HOST:PORT"));
    }
    let asks = |chores: Vec<Chore>| chores.iter().any(|chore| matches!(chore, Chore::Errand(_)));
    if targets.first().is_some_and(|(_, target)| target.is_stream())
        && (asks(binding.setup()) || asks(binding.teardown()))
    {
        let problem = format!("[setup] or [teardown] sends an HTTP request, but {first} is a plain stream of bytes");
        problems.push(Diagnostic::error("target", problem).with_help("use a `command` instead"));
    }
    if problems.is_empty() { Ok(Some(Frames { framing, text })) } else { Err(problems) }
}

/// What an arrow wants that no stream has.
fn not_spoken(plan: &Plan, binding: &Binding, id: ArrowId, client: &str) -> Option<&'static str> {
    let planned = plan.planned(id);
    let status = plan.expectation(id).is_some_and(|expectation| !expectation.statuses().is_empty());
    if planned.channel != Channel::Socket || matches!(planned.resolved, Some(Resolved::Request(_))) || status {
        return Some("this is HTTP");
    }
    if let Some(Resolved::Connect { way, .. }) = planned.resolved {
        let (own, peer) = (Party::new(client), Party::new(""));
        if !binding.before_connect(way, &own, &peer).is_empty() {
            return Some("`before` of [connect] sends an HTTP request");
        }
        if binding.echoes_over_http(client) == Some(true) {
            return Some("the [echo] is an HTTP request");
        }
    }
    None
}
