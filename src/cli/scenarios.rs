//! From loaded diagrams and settings to scenarios that can be played.

use super::bindings::{self, Bindings, Variable};
use super::load::Piece;
use super::settings::{Net, Settings};
use super::targets;
use super::world::World;
use crate::diagram::{Diagram, Setting};
use crate::order::Casting;
use crate::run::{Options, Prepared, Scenario, Target};
use crate::server::ServerOptions;
use crate::source::{Diagnostic, Sources};
use crate::wire::Binding;
use std::sync::Arc;

/// The two layers of settings between which the `#@` lines of a scenario stand, and what is made of them once for all.
pub struct Cast {
    /// The flags.
    above: Settings,
    /// Variables and the configuration file.
    below: Settings,
    targets: Vec<targets::Named>,
    above_variables: Vec<Variable>,
    below_variables: Vec<Variable>,
}

/// A scenario that can be played, and what belongs to it.
pub struct Ready {
    /// Where it stands.
    pub piece: Piece,
    /// What its labels are.
    pub binding: Arc<Binding>,
    /// The scenario, resolved.
    pub prepared: Prepared,
}

impl Cast {
    /// Reads targets and variables.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(above: Settings, below: Settings, world: &World) -> Result<Cast, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut keep = |found: Vec<Diagnostic>| problems.extend(found);
        let targets = targets::named(&above.clone().over(below.clone())).map_err(&mut keep);
        let above_variables = bindings::variables(&above.var, world).map_err(&mut keep);
        let below_variables = bindings::variables(&below.var, world).map_err(&mut keep);
        match (targets, above_variables, below_variables) {
            (Ok(targets), Ok(above_variables), Ok(below_variables)) => {
                Ok(Cast { above, below, targets, above_variables, below_variables })
            }
            _ => Err(problems),
        }
    }

    /// Whether every play meets the same server.
    pub fn has_target(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Where scenarios are played, as the summary says it.
    pub fn place(&self) -> String {
        if self.targets.is_empty() {
            return match self.net() {
                Net::Memory => "in memory".to_owned(),
                Net::Tcp => "over TCP".to_owned(),
            };
        }
        let names: Vec<String> = self.targets.iter().map(|named| named.target.name()).collect();
        format!("against {}", names.join(", "))
    }

    /// The transport of the built-in server.
    pub fn net(&self) -> Net {
        self.above.net.or(self.below.net).unwrap_or_default()
    }

    /// The variables that no diagram hides, for bindings.
    pub fn variables(&self) -> Vec<Variable> {
        let hidden = |each: &&Variable| !self.above_variables.iter().any(|above| above.name == each.name);
        self.below_variables.iter().filter(hidden).chain(&self.above_variables).cloned().collect()
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
        let variables = self.variables();
        let mut bindings = Bindings::new(world, &variables);
        let (above, below) = (self.above.binding.as_deref(), self.below.binding.as_deref());
        let found: Vec<_> = pieces.iter().filter_map(|piece| bindings.of(piece, above, below, sources)).collect();
        if bindings.problems.is_empty() { Ok(found) } else { Err(bindings.problems) }
    }

    /// One scenario.
    pub fn scenario(&self, piece: &Piece, binding: Arc<Binding>, sources: &Arc<Sources>) -> Scenario {
        let server = ServerOptions::default();
        let builtin = match self.net() {
            Net::Memory => Target::builtin(server),
            Net::Tcp => Target::builtin_on_tcp(server),
        };
        let provides = if self.above.provides.is_empty() { &self.below.provides } else { &self.above.provides };
        let scenario = Scenario::new(piece.place.clone(), sources.clone(), piece.diagram.clone())
            .named(&piece.name)
            .binding((*binding).clone())
            .target(builtin)
            .provides(provides.iter().cloned())
            .options(self.options(&piece.diagram));
        self.targets.iter().fold(scenario, |scenario, named| match &named.lifeline {
            None => scenario.target(named.target.clone()),
            Some(lifeline) => scenario.target_for(lifeline, named.target.clone()),
        })
    }

    /// What the flags say, and what the lower layers say where the diagram says nothing.
    fn options(&self, diagram: &Diagram) -> Options {
        let said = Said::by(diagram);
        let (above, below) = (&self.above, &self.below);
        let unless = |said: bool| (!said).then_some(below);
        let own = |each: &&Variable| !said.vars.contains(&each.name.as_str());
        let vars = self.below_variables.iter().filter(own).chain(&self.above_variables);
        Options {
            timeout: above.timeout.or(unless(said.timeout).and_then(|below| below.timeout)),
            connect_timeout: above.connect_timeout.or(below.connect_timeout),
            settle: above.settle.or(unless(said.settle).and_then(|below| below.settle)),
            total: above.total.or(below.total),
            order: above.order.or(unless(said.order).and_then(|below| below.order)),
            seed: above.seed.or(unless(said.seed).and_then(|below| below.seed)),
            casting: Casting {
                simulate: names(&above.simulate)
                    .or_else(|| unless(said.roles).and_then(|below| names(&below.simulate))),
                test: names(&above.test).or_else(|| unless(said.roles).and_then(|below| names(&below.test))),
            },
            vars: vars.map(|each| (each.name.clone(), each.value.clone())).collect(),
            ..Options::default()
        }
    }
}

fn names(names: &[String]) -> Option<Vec<String>> {
    (!names.is_empty()).then(|| names.to_vec())
}

/// What a scenario's own `#@` lines settle.
#[derive(Default)]
struct Said<'d> {
    timeout: bool,
    settle: bool,
    seed: bool,
    order: bool,
    roles: bool,
    vars: Vec<&'d str>,
}

impl Said<'_> {
    fn by(diagram: &Diagram) -> Said<'_> {
        let mut said = Said::default();
        for setting in &diagram.settings {
            match setting {
                Setting::Timeout(..) => said.timeout = true,
                Setting::Settle(..) => said.settle = true,
                Setting::Seed(..) => said.seed = true,
                Setting::Order(..) => said.order = true,
                Setting::Simulate(..) | Setting::Test(..) => said.roles = true,
                Setting::Var { name, .. } => said.vars.push(name),
                Setting::Binding(..)
                | Setting::Expect { .. }
                | Setting::Needs(..)
                | Setting::Tags(..)
                | Setting::Skip(..)
                | Setting::Clients(_) => {}
            }
        }
        said
    }
}

/// The tags of a diagram.
pub fn tags(diagram: &Diagram) -> Vec<String> {
    let mut tags = Vec::new();
    for setting in &diagram.settings {
        match setting {
            Setting::Tags(more, _) => tags.extend(more.iter().cloned()),
            Setting::Binding(..)
            | Setting::Timeout(..)
            | Setting::Settle(..)
            | Setting::Seed(..)
            | Setting::Order(..)
            | Setting::Simulate(..)
            | Setting::Test(..)
            | Setting::Var { .. }
            | Setting::Expect { .. }
            | Setting::Needs(..)
            | Setting::Skip(..)
            | Setting::Clients(_) => {}
        }
    }
    tags
}
