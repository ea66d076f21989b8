//! From a scenario to a script: the binding, the roles, every arrow, the targets, the needs.

use super::addresses;
use super::launch::Speaks;
use super::mock::Listening;
use super::options::Settled;
use super::play::{Answers, Drawn, served};
use super::scenario::Scenario;
use super::script::Script;
use super::single;
use super::streams::{self, Streams};
use super::target::Target;
use super::words::{self, Words};
use crate::diagram::{End, arrows};
use crate::oracle::{self, Part, Plan};
use crate::order::{LifelineId, Role, Setup, compile};
use crate::server::ServerOptions;
use crate::source::{Ask, Diagnostic, Door, Sources};
use crate::trace::file::fingerprint;
use crate::wire::codec::{Codec, Host, Over};
use crate::wire::{Binding, Chore, of_environment};
use std::sync::Arc;

/// A scenario as far as it can be laid out, and what stands against a run of it.
pub(super) struct LaidOut {
    pub words: Words,
    pub settled: Settled,
    pub plan: Arc<Plan>,
    pub problems: Vec<Diagnostic>,
}

/// The binding, the roles, every arrow.
///
/// # Errors
/// What leaves no order to speak of: a binding that cannot be read, roles that cannot be told, names that lead nowhere.
pub(super) fn lay_out(scenario: &Scenario, sources: &mut Arc<Sources>) -> Result<LaidOut, Vec<Diagnostic>> {
    let diagram = &scenario.diagram;
    let binding = binding(scenario, Arc::make_mut(sources))?;
    let binding = with_values(&binding, scenario);
    let settled = scenario.options.settle_for(diagram);
    let (deadline, starting) = (settled.total.min(Host::DEADLINE), settled.total.min(Host::STARTING));
    let binding = match binding.codec() {
        Codec::Command(_) => {
            let env = scenario.options.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let environment = of_environment(env);
            let stop = scenario.options.stop.clone();
            let over = Over::new(move || stop.why().is_some());
            let (guard, secrets) = (scenario.options.guard.clone(), binding.secrets().clone());
            binding.hosted(Host { guard, deadline, starting, environment, secrets, over, ..Host::default() })
        }
        Codec::Named(_) => binding,
    };
    let words = Words::new(binding.clone(), &scenario.options.ignore)?.over_streams(Streams::of(scenario));
    let setup = Setup {
        sources,
        words: &binding,
        casting: &scenario.options.casting.clone().or_settings(diagram),
        vars: &scenario.options.vars,
        library: &*scenario.library,
    };
    let order = Arc::new(compile(diagram, &setup)?);
    let (plan, problems) = Plan::survey(order, settled.order, &words);
    Ok(LaidOut { words, settled, plan: Arc::new(plan), problems })
}

/// Everything resolved, or the reason for which the scenario is skipped.
///
/// # Errors
/// Every problem, as far as one stage after the other can tell.
pub(super) fn prepare(
    scenario: &Scenario,
    sources: &mut Arc<Sources>,
) -> Result<Result<Script, String>, Vec<Diagnostic>> {
    let diagram = &scenario.diagram;
    let said = diagram.effective_settings();
    if let Some(reason) = said.skip {
        return Ok(Err(reason.to_owned()));
    }
    let needs: Vec<(String, Option<String>)> = said.needs.into_iter().cloned().collect();
    let LaidOut { words, settled, plan, problems } = lay_out(scenario, sources)?;
    let recorded = scenario.options.recorded;
    let opened = words.binding().asks().iter().filter(|ask| !recorded || ask.door == Door::Environment);
    let refused = scenario.options.trust.refusals(&opened.cloned().collect::<Vec<_>>(), sources);
    if !refused.is_empty() {
        return Err(refused);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let binding = words.binding().clone();
    let served = served(&plan);
    if scenario.options.listen.is_none() && !recorded && !served.is_empty() {
        return Err(not_listening(&plan, &served));
    }
    let targets = targets(scenario, &plan)?;
    let builtin = targets.iter().find(|(_, target)| target.is_builtin());
    if let Some((between, _)) = builtin.filter(|_| scenario.options.listen.is_some() && !served.is_empty()) {
        return Err(vec![nowhere(&plan, *between)]);
    }
    let listening = scenario.options.listen.clone().unwrap_or_default();
    if !recorded {
        let mut problems = single::between(&plan, &binding, diagram);
        problems.extend(single::spoken(&plan, &served, &listening, settled.plays));
        problems.extend(unposted(&binding, &listening));
        problems.extend(unknown_addresses(&plan, &served, &listening, &targets));
        if !problems.is_empty() {
            return Err(problems);
        }
    }
    let words = if !served.is_empty() && targets.is_empty() { words.serving() } else { words };
    let frames =
        if recorded { None } else { streams::frames(&plan, &binding, &targets, words.streams().are_served())? };
    for (_, target) in &targets {
        target.credentials().iter().for_each(|secret| binding.secrets().add(secret));
    }
    let runs = targets.iter().any(|(_, target)| target.is_program())
        || !listening.command.is_empty()
        || binding.setup().iter().chain(&binding.teardown()).any(|chore| matches!(chore, Chore::Command(_)));
    let env = &scenario.options.env;
    let environment = of_environment(env.iter().filter(|_| runs).map(|(name, value)| (name.as_str(), value.as_str())));
    for (_, target) in targets.iter().filter(|(_, target)| target.is_program()) {
        target.unheard().add(binding.secrets());
        target.unheard().add(&environment);
    }
    if let Some(reason) = unmet(scenario, &targets, &needs, &binding)? {
        return Ok(Err(reason));
    }
    let judging = oracle::Options {
        order: settled.order,
        timeout: settled.timeout,
        settle: settled.settle,
        echo: binding.has_echo(),
        seed: settled.seed,
        choose: scenario.options.choose.clone(),
        ..oracle::Options::default()
    };
    Ok(Ok(Script {
        frames,
        drawn: Arc::new(Drawn::of(&plan)),
        answers: Arc::new(Answers::of(&plan)),
        served,
        listening,
        plan,
        words,
        settled,
        judging,
        targets,
        needs,
        name: scenario.name.clone(),
        path: scenario.path.clone(),
        guard: scenario.options.guard.clone(),
        stop: scenario.options.stop.clone(),
        environment,
        fingerprint: fingerprint(scenario.sources.slice(diagram.span)),
        diagram: diagram.clone(),
    }))
}

/// Lifelines that are dialled and simulated have to listen.
fn not_listening(plan: &Plan, served: &[LifelineId]) -> Vec<Diagnostic> {
    let order = plan.order();
    let dial = |id: LifelineId| {
        order
            .arrow_ids()
            .find(|(at, _)| plan.client(*at).is_some_and(|(own, _)| own == id))
            .map(|(_, arrow)| arrow.span)
    };
    let told = |id: &LifelineId| {
        let name = &order.lifeline(*id).name;
        let problem = Diagnostic::error(
            "roles",
            format!("clients connect to {name}, which seqcheck plays: a client has to connect to seqcheck"),
        )
        .with_help("to test a client: seqcheck mock FILE -- COMMAND")
        .with_help("or let seqcheck play the lifelines that connect");
        match dial(*id) {
            Some(span) => problem.at(span, "a client connects to it here"),
            None => problem,
        }
    };
    served.iter().map(told).collect()
}

/// Commands that ask for addresses at which nobody listens.
fn unknown_addresses(
    plan: &Plan,
    served: &[LifelineId],
    listening: &Listening,
    targets: &[(LifelineId, Target)],
) -> Vec<Diagnostic> {
    let names: Vec<&str> = served.iter().map(|id| &*plan.order().lifeline(*id).name).collect();
    let mut commands = listening.command.clone();
    commands.extend(targets.iter().filter(|(_, target)| target.is_program()).map(|(_, target)| target.name()));
    commands.dedup();
    commands.iter().filter_map(|command| addresses::unknown(command, &names)).collect()
}

/// What stands between is nowhere: the built-in server dials nobody.
fn nowhere(plan: &Plan, between: LifelineId) -> Diagnostic {
    let order = plan.order();
    let name = &order.lifeline(between).name;
    let dialled =
        order.arrow_ids().find(|(_, arrow)| arrow.to.lifeline() == Some(between)).map(|(_, arrow)| arrow.span);
    let problem = Diagnostic::error("target", format!("there is no target for {name}, which is under test"))
        .with_help(format!("give its address, or the command that starts it: --target '{name}=cmd: COMMAND'"))
        .with_help(format!("or let seqcheck play it too: --play {name}"));
    match dialled {
        Some(span) => problem.at(span, "a client connects to it here"),
        None => problem,
    }
}

/// With the values that the run and the diagram give. Where somebody who is not trusted asks for a variable of the
/// environment, nobody gets its value: what can be said without a run is said, and nothing is played.
fn with_values(binding: &Binding, scenario: &Scenario) -> Binding {
    let options = &scenario.options;
    let given = options.vars.iter().map(|(name, value)| {
        let secret = options.secret.contains(name);
        (name.as_str(), value.as_str(), secret)
    });
    let drawn = scenario.diagram.effective_settings().vars.into_iter().map(|(name, value)| (name, value, false));
    let diagram = &scenario.diagram;
    let said = arrows(&diagram.body).filter_map(|arrow| match arrow.from {
        End::Participant(from) => Some((&*diagram.participants.get(from.0 as usize)?.id, &*arrow.label)),
        _ => None,
    });
    let binding = binding.with_vars(drawn.chain(given)).said(said);
    let asked = binding.env_names();
    let refused = |name: &str| {
        let of_name = |ask: &&Ask| ask.door == Door::Environment && ask.what == name;
        let mut asks = binding.asks().iter().filter(of_name).peekable();
        asks.peek().is_none() || asks.any(|ask| !options.trust.has(&*ask.file))
    };
    let (refused, allowed): (Vec<&str>, Vec<&str>) = asked.into_iter().partition(|name| refused(name));
    let known = allowed.into_iter().filter_map(|name| options.env.get_key_value(name));
    let known: Vec<(&str, &str)> = known.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let trusted = !binding.files().is_empty() && binding.files().iter().all(|file| options.trust.has(&**file));
    let binding = if refused.is_empty() { binding.clone() } else { binding.without_env(refused) };
    let binding = if known.is_empty() { binding } else { binding.with_env(known) };
    let binding = if trusted { binding.abroad() } else { binding };
    if options.closed { binding.closed() } else { binding }
}

/// The binding of the run, else of the diagram, else the built-in one.
fn binding(scenario: &Scenario, sources: &mut Sources) -> Result<Binding, Vec<Diagnostic>> {
    if let Some(binding) = &scenario.binding {
        return Ok(binding.clone());
    }
    let named = scenario.diagram.effective_settings().binding.map_or("chat", |(name, _)| name);
    words::find(named, &scenario.path, sources)
}

fn targets(scenario: &Scenario, plan: &Plan) -> Result<Vec<(LifelineId, Target)>, Vec<Diagnostic>> {
    let order = plan.order();
    let mut problems = Vec::new();
    for (name, _) in &scenario.targets {
        let role = order.find(name).map(|id| order.lifeline(id).role);
        if role != Some(Role::Tested) {
            let tested: Vec<&str> = order
                .lifelines
                .iter()
                .filter(|lifeline| lifeline.role == Role::Tested)
                .map(|lifeline| &*lifeline.name)
                .collect();
            problems.push(
                Diagnostic::error("target", format!("there is a target for {name}, which is not under test here"))
                    .with_help(format!("under test: {}", tested.join(", "))),
            );
        }
    }
    let mut dialled: Vec<LifelineId> = order
        .arrow_ids()
        .filter(|(id, _)| plan.planned(*id).part == Part::Stimulus && !plan.serves(*id))
        .filter_map(|(_, arrow)| arrow.to.lifeline())
        .collect();
    dialled.sort_unstable();
    dialled.dedup();
    let named = |id: LifelineId| {
        scenario.targets.iter().rev().find(|(name, _)| **name == *order.lifeline(id).name).map(|(_, target)| target)
    };
    let targets = dialled.into_iter().map(|id| (id, named(id).unwrap_or(&scenario.target).clone())).collect();
    if problems.is_empty() { Ok(targets) } else { Err(problems) }
}

/// The reason for skipping a scenario whose needs the target does not meet. The built-in server is set up to meet
/// them; one that it does not know is an error.
fn unmet(
    scenario: &Scenario,
    targets: &[(LifelineId, Target)],
    needs: &[(String, Option<String>)],
    binding: &Binding,
) -> Result<Option<String>, Vec<Diagnostic>> {
    if targets.iter().all(|(_, target)| target.is_builtin()) {
        return match ServerOptions::from_needs(needs) {
            Ok(_) => Ok(None),
            Err(unmet) => Err(unmet
                .iter()
                .map(|need| Diagnostic::error("needs", format!("`#@ needs` cannot be met: {need}")))
                .collect()),
        };
    }
    let offered = |key: &str, value: Option<&str>| {
        let whole = value.map_or_else(|| key.to_owned(), |value| format!("{key}={value}"));
        scenario.provides.iter().chain(binding.provides()).any(|offer| *offer == whole || *offer == key)
    };
    Ok(needs.iter().find(|(key, value)| !offered(key, value.as_deref())).map(|(key, value)| {
        let need = value.as_ref().map_or_else(|| key.clone(), |value| format!("{key}={value}"));
        format!("the target does not declare that it provides {need}")
    }))
}

/// Clients are to post their messages, of which the binding knows nothing.
fn unposted(binding: &Binding, listening: &Listening) -> Option<Diagnostic> {
    if listening.speaks != Speaks::Http || binding.posts().is_some() {
        return None;
    }
    let problem = format!("--listen http://…: messages of the binding `{}` are no requests", binding.name());
    let problem = Diagnostic::error("listen", problem);
    let own = "or define the header that names a session, if they are: posts = \"mcp-session-id\" in [connect]";
    Some(problem.with_help("listen without http://, for WebSocket, HTTP and event streams").with_help(own))
}
