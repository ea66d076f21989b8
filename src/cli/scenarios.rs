//! From loaded diagrams and settings to scenarios that can be played.

use super::bindings::{self, Bindings, Variable};
use super::load::Piece;
use super::settings::{Net, Settings};
use super::targets;
use super::trust::{self, Purpose};
use super::world::World;
use crate::diagram::Diagram;
use crate::order::Casting;
use crate::process::Guard;
use crate::run::{Listening, Mock, Options, Prepared, Scenario, Stop, Target};
use crate::server::{self, Deviation, ServerOptions};
use crate::source::{Ask, Diagnostic, Door, Sources, Trust, nearest};
use crate::wire::Binding;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The two layers of settings between which the `#@` lines of a scenario stand, and what is made of them once for all.
pub struct Layers {
    /// The flags.
    above: Settings,
    /// Variables and the configuration file.
    below: Settings,
    targets: Vec<targets::Named>,
    above_variables: Vec<Variable>,
    below_variables: Vec<Variable>,
    server: ServerOptions,
    /// The environment, for bindings that ask for it.
    env: BTreeMap<String, String>,
    trust: Trust,
    purpose: Purpose,
    guard: Guard,
    stop: Stop,
    /// How the lifelines listen that the tool serves, and who they are where that is said.
    listen: Option<(Listening, Vec<String>)>,
}

/// A scenario that can be played, and what belongs to it.
pub struct Ready {
    /// Where it stands.
    pub piece: Piece,
    /// The scenario, resolved.
    pub prepared: Prepared,
    /// Where what is kept of it lies, inside a folder.
    pub place: PathBuf,
}

impl Layers {
    /// Reads targets and variables.
    ///
    /// # Errors
    /// What is wrong with them, and what a file asks for that is not trusted.
    pub fn new(
        above: Settings,
        below: Settings,
        purpose: Purpose,
        world: &World,
        sources: &mut Sources,
    ) -> Result<Layers, Vec<Diagnostic>> {
        let all = above.clone().over(below.clone());
        let trust = trust::of(&all, world, sources)?;
        let asks: Vec<&Ask> =
            all.permissions.iter().map(|permission| &permission.ask).filter(|ask| !trust.has(&*ask.file)).collect();
        let opened: Vec<Ask> = asks.iter().copied().filter(|ask| purpose.opens(ask.door)).cloned().collect();
        let refused = trust.refusals(&opened, sources);
        if !refused.is_empty() {
            return Err(refused);
        }
        let unknown = asks.iter().filter(|ask| ask.door == Door::Variable);
        let unknown: Vec<&str> = unknown.filter_map(|ask| Some(ask.what.split_once('=')?.0)).collect();
        let mut problems = Vec::new();
        let mut keep = |found: Vec<Diagnostic>| problems.extend(found);
        let targets = targets::named(&all, world).map_err(&mut keep);
        let server = server(&all).map_err(&mut keep);
        let variables = |settings: &Settings, unknown: &[&str]| {
            let given = bindings::with_files(&settings.var, &settings.vars_file, world)?;
            bindings::variables(&given, unknown, world)
        };
        let above_variables = variables(&above, &[]).map_err(&mut keep);
        let below_variables = variables(&below, &unknown).map_err(&mut keep);
        match (targets, above_variables, below_variables, server) {
            (Ok(targets), Ok(above_variables), Ok(below_variables), Ok(server)) => {
                let env = world.vars.clone();
                let (guard, stop) = (world.guard.clone(), world.stop.clone());
                Ok(Layers {
                    above,
                    below,
                    targets,
                    above_variables,
                    below_variables,
                    server,
                    env,
                    trust,
                    purpose,
                    guard,
                    stop,
                    listen: None,
                })
            }
            _ => Err(problems),
        }
    }

    /// The tool plays the servers, these or all that are dialled, for clients that dial.
    #[must_use]
    pub fn listening(mut self, listening: Listening, played: Vec<String>) -> Layers {
        self.listen = Some((listening, played));
        self
    }

    /// Whether the tool plays servers.
    pub fn listens(&self) -> bool {
        self.listen.is_some()
    }

    /// Whether this process is the server of whoever started it, for one play.
    pub fn is_spoken_with(&self) -> bool {
        self.listen.as_ref().is_some_and(|(listening, _)| listening.speech.is_some())
    }

    /// Whether every play meets the same server.
    pub fn has_target(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Whether flags or the configuration file say who is who.
    pub fn has_roles(&self) -> bool {
        let any = |settings: &Settings| {
            [&settings.simulate, &settings.test, &settings.server, &settings.silent]
                .iter()
                .any(|names| !names.is_empty())
        };
        any(&self.above) || any(&self.below)
    }

    /// Where scenarios are played, as the summary says it.
    pub fn place(&self) -> String {
        if self.targets.is_empty() && self.listens() {
            return "for clients that connect".to_owned();
        }
        if self.targets.is_empty() {
            return match self.net() {
                Net::Memory => "in memory".to_owned(),
                Net::Tcp => "over TCP".to_owned(),
            };
        }
        let names: Vec<String> = self.targets.iter().map(|named| named.target.name()).collect();
        let insecure = self.below.insecure_by.as_ref().filter(|_| !self.above.insecure);
        let insecure = insecure.map_or_else(String::new, |file| format!(", any certificate accepted by {file}"));
        format!("against {}{insecure}", names.join(", "))
    }

    /// The transport of the built-in server.
    pub fn net(&self) -> Net {
        self.above.net.or(self.below.net).unwrap_or_default()
    }

    /// The binding of each scenario.
    ///
    /// # Errors
    /// What is wrong with bindings, each told once.
    pub fn bindings(
        &self,
        pieces: &[Piece],
        world: &World,
        sources: &mut Sources,
    ) -> Result<Vec<Arc<Binding>>, Vec<Diagnostic>> {
        let mut bindings = Bindings::new(world);
        let found: Vec<_> = pieces.iter().filter_map(|piece| self.binding(piece, &mut bindings, sources)).collect();
        if bindings.problems.is_empty() { Ok(found) } else { Err(bindings.problems) }
    }

    /// The binding of one scenario; none where it is broken, which `bindings` then has.
    pub fn binding(&self, piece: &Piece, bindings: &mut Bindings<'_>, sources: &mut Sources) -> Option<Arc<Binding>> {
        bindings.of(piece, self.above.binding.as_deref(), self.below.binding.as_deref(), sources)
    }

    /// One scenario.
    pub fn scenario(&self, piece: &Piece, binding: Arc<Binding>, sources: &Arc<Sources>) -> Scenario {
        let server = self.server.clone();
        let builtin = match self.net() {
            Net::Memory => Target::builtin(server),
            #[cfg(feature = "tcp")]
            Net::Tcp => Target::builtin_on_tcp(server),
            // Refused before.
            #[cfg(not(feature = "tcp"))]
            Net::Tcp => Target::builtin(server),
        };
        let provides = if self.above.provides.is_empty() { &self.below.provides } else { &self.above.provides };
        let scenario = Scenario::new(piece.place.clone(), sources.clone(), piece.diagram.clone())
            .named(&piece.name)
            .dialect(piece.dialect)
            .binding((*binding).clone())
            .target(builtin)
            .provides(provides.iter().cloned())
            .library(piece.neighbours.clone())
            .options(self.options(&piece.diagram));
        let scenario = self.targets.iter().fold(scenario, |scenario, named| match &named.lifeline {
            None => scenario.target(named.target.clone()),
            Some(lifeline) => scenario.target_for(lifeline, named.target.clone()),
        });
        match &self.listen {
            None => scenario,
            Some((_, played)) if !played.is_empty() => Mock::of(scenario).playing(played.clone()).scenario(),
            // What stands against a run of it is told where it is prepared.
            Some(_) => Mock::new(scenario.clone()).map_or(scenario, Mock::scenario),
        }
    }

    /// What the flags say, and what the lower layers say where the diagram says nothing.
    fn options(&self, diagram: &Diagram) -> Options {
        let said = diagram.effective_settings();
        let roles = said.simulate.is_some() || said.test.is_some() || !said.server.is_empty();
        let (above, below) = (&self.above, &self.below);
        let unless = |said: bool| (!said).then_some(below);
        let own = |each: &&Variable| !said.vars.iter().any(|(name, _)| *name == each.name);
        let vars: Vec<&Variable> = self.below_variables.iter().filter(own).chain(&self.above_variables).collect();
        Options {
            timeout: above.timeout.or(unless(said.timeout.is_some()).and_then(|below| below.timeout)),
            connect_timeout: above.connect_timeout.or(below.connect_timeout),
            settle: above.settle.or(unless(said.settle.is_some()).and_then(|below| below.settle)),
            total: above.total.or(below.total),
            max_record: above.max_record.or(below.max_record),
            order: above.order.or(unless(said.order.is_some()).and_then(|below| below.order)),
            seed: above.seed.or(unless(said.seed.is_some()).and_then(|below| below.seed)),
            casting: Casting {
                simulate: names(&above.simulate).or_else(|| unless(roles).and_then(|below| names(&below.simulate))),
                test: names(&above.test).or_else(|| unless(roles).and_then(|below| names(&below.test))),
                server: names(&above.server)
                    .or_else(|| unless(roles).and_then(|below| names(&below.server)))
                    .into_iter()
                    .collect(),
                silent: names(&above.silent)
                    .or_else(|| unless(!said.silent.is_empty()).and_then(|below| names(&below.silent)))
                    .unwrap_or_default(),
            },
            choose: if above.choose.is_empty() { below.choose.clone() } else { above.choose.clone() },
            repeat: above.repeat.or(below.repeat).map_or(1, u32::from),
            secret: vars.iter().filter(|each| each.secret).map(|each| each.name.clone()).collect(),
            vars: vars.into_iter().map(|each| (each.name.clone(), each.value.clone())).collect(),
            env: self.env.clone(),
            trust: self.trust.clone(),
            guard: self.guard.clone(),
            listen: self.listen.as_ref().map(|(listening, _)| listening.clone()),
            stop: self.stop.clone(),
            recorded: self.purpose == Purpose::Judge,
            closed: above.closed || below.closed,
            ignore: if above.ignore.is_empty() { below.ignore.clone() } else { above.ignore.clone() },
        }
    }
}

/// The built-in server, as odd as is asked for.
fn server(settings: &Settings) -> Result<ServerOptions, Vec<Diagnostic>> {
    let mutants = deviations("mutant", &settings.mutant, server::mutants::ALL);
    let legal = deviations("legal variant", &settings.legal, server::legal::ALL);
    let mut problems = Vec::new();
    if !(settings.target.is_empty() || settings.mutant.is_empty() && settings.legal.is_empty()) {
        problems.push(
            Diagnostic::error("usage", "--mutant and --legal apply to the built-in server, but there is a target")
                .with_help("remove the target, or start the faulty server: seqcheck serve --mutant NAME"),
        );
    }
    match (mutants, legal) {
        (Ok(mutants), Ok(legal)) if problems.is_empty() => {
            Ok(ServerOptions { mutants, legal, seed: settings.seed.unwrap_or(0), ..ServerOptions::default() })
        }
        (mutants, legal) => {
            problems.extend(mutants.err().into_iter().chain(legal.err()).flatten());
            Err(problems)
        }
    }
}

/// The rows of these names or numbers.
///
/// # Errors
/// Every one that there is not.
pub fn deviations(
    kind: &str,
    names: &[String],
    all: &'static [&'static Deviation],
) -> Result<Vec<&'static Deviation>, Vec<Diagnostic>> {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        if let Some(row) = all.iter().copied().find(|row| row.name == name || row.id.eq_ignore_ascii_case(name)) {
            rows.push(row);
            continue;
        }
        let problem = Diagnostic::error("usage", format!("there is no {kind} {name}"));
        problems.push(match nearest(name, all.iter().map(|row| row.name)) {
            Some(near) => problem.with_help(format!("did you mean {near}?")),
            None => problem.with_help(format!("seqcheck list {}s shows them all", kind.replace(' ', "-"))),
        });
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

fn names(names: &[String]) -> Option<Vec<String>> {
    (!names.is_empty()).then(|| names.to_vec())
}

/// The tags of a diagram.
pub fn tags(diagram: &Diagram) -> Vec<String> {
    diagram.effective_settings().tags.into_iter().cloned().collect()
}
