//! Never a verdict without a wire: whoever sends or receives on a socket has to be connected by an arrow.

use super::planned::{Part, Planned};
use crate::order::{LifelineId, Order};
use crate::source::Diagnostic;
use crate::wire::{Channel, Resolved};
use rustc_hash::FxHashSet;

/// Lifelines that use a connection which no arrow opens, each with its first such arrow; and a diagram in which nothing
/// passes between the tool and the software under test.
pub(super) fn find(order: &Order, planned: &[Planned]) -> Vec<Diagnostic> {
    let ends = |index: usize| {
        let arrow = &order.arrows[index];
        let (from, to) = (arrow.from.lifeline()?, arrow.to.lifeline()?);
        match planned[index].part {
            Part::Stimulus => Some((from, to)),
            Part::Observation => Some((to, from)),
            Part::Local | Part::Hidden => None,
        }
    };
    let mut opened: FxHashSet<(LifelineId, LifelineId, Channel)> = FxHashSet::default();
    let mut missing: FxHashSet<(LifelineId, LifelineId)> = FxHashSet::default();
    let mut problems = Vec::new();
    let mut seen = false;
    for (index, (arrow, drawn)) in order.arrows.iter().zip(planned).enumerate() {
        let Some((client, server)) = ends(index) else { continue };
        seen = true;
        let open = match &drawn.resolved {
            Some(Resolved::Connect { .. }) => {
                opened.insert((client, server, Channel::Socket));
                true
            }
            Some(Resolved::Request(request)) => {
                opened.insert((client, server, request.channel()));
                true
            }
            Some(Resolved::DropEvents) | None => true,
            Some(Resolved::Expect(expectation)) if expectation.opens().is_some() => {
                opened.extend(expectation.opens().map(|channel| (client, server, channel)));
                true
            }
            Some(
                Resolved::Disconnect
                | Resolved::Drop
                | Resolved::Pause
                | Resolved::Resume
                | Resolved::Close(_)
                | Resolved::Send(_),
            ) => opened.contains(&(client, server, Channel::Socket)),
            Some(Resolved::Answer(_) | Resolved::Push(_)) => opened.contains(&(client, server, drawn.channel)),
            Some(Resolved::Expect(_)) => arrow.traits.never || opened.contains(&(client, server, drawn.channel)),
        };
        if open || !missing.insert((client, server)) {
            continue;
        }
        let (client, server) = (&order.lifeline(client).name, &order.lifeline(server).name);
        let (what, opening) = match planned[index].channel {
            Channel::Socket => ("connection", format!("{client}->{server}: WS connect")),
            Channel::Http => ("request", format!("{client}->{server}: GET /…")),
            Channel::Events => ("event stream", format!("{client}->{server}: GET /… (SSE)")),
        };
        let does = if planned[index].part == Part::Stimulus { "sends" } else { "receives" };
        problems.push(
            Diagnostic::error("unconnected", format!("{client} {does} on a {what} that no arrow above opens"))
                .at(arrow.span, "no message is possible here")
                .with_help(format!("draw the connection above it: {opening}"))
                .with_help(
                    "or let its first message open the connection: `implicit = true` in `[connect]` of the binding",
                )
                .with_help(format!("or, if {client} sends and receives nothing on the wire: #@ silent {client}")),
        );
    }
    if !seen && !order.arrows.is_empty() && planned.iter().all(|planned| planned.part == Part::Hidden) {
        problems.push(
            Diagnostic::error("unconnected", "there is nothing to play: no simulated lifeline sends or receives")
                .at(order.arrows[0].span, "passes between lifelines under test")
                .with_help("name the participants to play: --simulate, or #@ simulate NAME"),
        );
    }
    problems
}
