//! What there can be one of alone: the conversation over the standard streams of this process, and the connection of what
//! stands between to each service.

use super::mock::Listening;
use crate::diagram::{Clients, Diagram, Setting};
use crate::oracle::Plan;
use crate::order::relation::conflict;
use crate::order::{Arrow, ArrowId, Kind, LifelineId, Vocabulary as _, Word};
use crate::source::Diagnostic;
use crate::wire::{Binding, Expectation};

/// What stands against being the server of the process that started this one.
pub(super) fn spoken(plan: &Plan, served: &[LifelineId], listening: &Listening, plays: u32) -> Vec<Diagnostic> {
    if listening.speech.is_none() {
        return Vec::new();
    }
    let order = plan.order();
    let problem = |what: String| Diagnostic::error("usage", format!("--stdio: {what}"));
    let listen = "or listen at an address, where clients can connect several times: --listen tcp://127.0.0.1:0";
    let mut problems = Vec::new();
    if !listening.command.is_empty() {
        let what = "there is a command, but the client is the program that starts seqcheck".to_owned();
        let told = problem(what).with_help("let the client start it: CLIENT --server 'seqcheck mock FILE --stdio'");
        problems.push(told.with_help("or let seqcheck start the client: --listen tcp://127.0.0.1:0 -- COMMAND {url}"));
    }
    if plays > 1 {
        let what =
            format!("the standard streams are one connection, so only one play is possible, but {plays} are required");
        problems.push(problem(what).with_help("remove --repeat, and start the client several times").with_help(listen));
    }
    if served.len() > 1 {
        let names: Vec<&str> = served.iter().map(|id| &*order.lifeline(*id).name).collect();
        let what = format!("the standard streams are one connection, but {} listen", names.join(" and "));
        problems.push(problem(what).with_help("play one of them: --play NAME").with_help(listen));
        return problems;
    }
    let dials = dials(plan);
    let Some(&(first, pair)) = dials.first() else { return problems };
    let again = |(id, _): &&(ArrowId, Pair)| !conflict(order, first, *id);
    let turns = |arrow: &Arrow| {
        let several = |kind: &Kind| matches!(kind, Kind::Loop { min, .. } if *min > 1);
        order.around(arrow).any(|(fragment, _)| several(&order.fragment(fragment).kind))
    };
    let second = dials[1..].iter().find(again).copied();
    if let Some((id, other)) = second.or_else(|| turns(order.arrow(first)).then_some((first, pair))) {
        let what = match other == pair {
            true => "and it connects again here".to_owned(),
            false => format!("and {} is a second client", order.lifeline(other.1).name),
        };
        let told = problem(format!("the standard streams are one connection, {what}"));
        let (span, before) = (order.arrow(id).span, order.arrow(first).span);
        let told = told.at(span, "one connection more");
        let told = if before == span { told } else { told.see(before, "the first") };
        problems.push(told.with_help("draw only one client, which connects once").with_help(listen));
    }
    problems
}

/// The lifeline that the tool serves, and its client.
type Pair = (LifelineId, LifelineId);

/// Every connection that is drawn to a lifeline that the tool serves, in the order of the text.
fn dials(plan: &Plan) -> Vec<(ArrowId, Pair)> {
    let dial = |(id, _)| {
        let pair = plan.client(id).filter(|_| plan.serves(id))?;
        plan.expectation(id).filter(|want| Expectation::is_arrival(want)).map(|_| (id, pair))
    };
    plan.order().arrow_ids().filter_map(dial).collect()
}

/// What stands against what is drawn between the tool's clients and a service that it plays: a second connection to the
/// service while the first is open, of which it could not be told which of them a message is on, or one under another name,
/// which what the first has told of its client does not fit.
pub(super) fn between(plan: &Plan, binding: &Binding, diagram: &Diagram) -> Vec<Diagnostic> {
    let order = plan.order();
    let dials = dials(plan);
    let dialled = |id: LifelineId| order.dials.iter().any(|(_, to)| *to == id);
    let mut problems = Vec::new();
    for (place, (id, pair)) in dials.iter().enumerate().filter(|(_, (_, pair))| dialled(pair.1)) {
        let arrow = order.arrow(*id);
        let (service, gateway) = (&order.lifeline(pair.0).name, &order.lifeline(pair.1).name);
        let told = |what: String| {
            Diagnostic::error("roles", format!("{gateway} has one connection to {service} in a diagram, {what}"))
                .with_help(format!(
                    "draw {gateway} once for each client: {gateway}A, {gateway}B, each with the same --target"
                ))
        };
        if let Some(clients) = unfolded(diagram, &arrow.label) {
            let what = format!("and {} is {} clients", clients.name, clients.count);
            let told = told(what).at(arrow.span, "one for all of them").see(clients.span, "multiplied here");
            problems.push(told.with_help("or draw one client"));
            continue;
        }
        let earlier = dials[..place].iter().rev().find(|(_, other)| other == pair).map(|(id, _)| *id);
        let Some(earlier) = earlier.filter(|earlier| !conflict(order, *earlier, *id)) else { continue };
        let before = order.arrow(earlier);
        let another = before.label != arrow.label;
        let alone = is_over(plan, binding, earlier, *id, *pair) && !another;
        if alone || is_refused(plan, binding, *id, *pair) {
            continue;
        }
        let how = if another { "under another name" } else { "while the first connection is open" };
        let told = told(format!("and connects again here {how}")).at(arrow.span, "a second connection");
        let told = if before.span == arrow.span { told } else { told.see(before.span, "the first") };
        if another {
            problems.push(told);
            continue;
        }
        problems.push(told.with_help("or end the first connection above this line"));
    }
    problems
}

/// The participant that is named in a label and stands for several clients.
fn unfolded<'d>(diagram: &'d Diagram, label: &str) -> Option<&'d Clients> {
    let clients = |setting: &'d Setting| if let Setting::Clients(clients) = setting { Some(clients) } else { None };
    let mut all = diagram.settings.iter().filter_map(clients).filter(|clients| clients.count > 1);
    all.find(|clients| label.split_whitespace().any(|word| word == clients.name))
}

/// The words of what passes between these two, from one arrow on.
fn words(plan: &Plan, binding: &Binding, from: ArrowId, pair: Pair) -> impl Iterator<Item = (ArrowId, Word)> {
    let own = move |id: &ArrowId| plan.client(*id) == Some(pair);
    let all = plan.order().arrow_ids().map(|(id, _)| id).filter(move |id| *id > from).filter(own);
    all.map(|id| (id, binding.word(&plan.order().arrow(id).label)))
}

/// Whether the connection ends, or is refused, before this arrow.
fn is_over(plan: &Plan, binding: &Binding, opened: ArrowId, before: ArrowId, pair: Pair) -> bool {
    let ends = |(id, word): (ArrowId, Word)| word == Word::End || plan.order().arrow(id).traits.lost;
    is_refused(plan, binding, opened, pair)
        || words(plan, binding, opened, pair).take_while(|(id, _)| *id < before).any(ends)
}

/// Whether the next thing on this connection is its refusal.
fn is_refused(plan: &Plan, binding: &Binding, opened: ArrowId, pair: Pair) -> bool {
    let next = words(plan, binding, opened, pair).next();
    next.is_some_and(|(id, word)| word == Word::Status && !binding.accepts(&plan.order().arrow(id).label))
}
