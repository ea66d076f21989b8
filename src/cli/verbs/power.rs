//! `seqcheck power`: which faulty servers diagrams would and would not catch.

use super::check;
use crate::cli::args::{Power as Args, PowerFormat};
use crate::cli::load::{self, Piece};
use crate::cli::scenarios::Layers;
use crate::cli::settings::{Layer, Look};
use crate::cli::trust::Purpose;
use crate::cli::{Exit, Refusal, World, config, pool};
use crate::oracle::Verdict;
use crate::run::{CheckVerdict, Error, Power, Scenario, Tried};
use crate::server::{Deviation, mutants};
use crate::source::{Diagnostic, Sources, visible_json};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::sync::Arc;

/// What a refusal means.
const NOTHING_RAN: &str = "nothing ran";

/// Measures every diagram, and all of them together.
pub fn run(args: &Args, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let settings = args.settings();
    let mut below = config::below(world, sources).map_err(Refusal::usage)?;
    // It is always the built-in server, and nothing but the mutant at hand may be wrong with it.
    below.settings.target.clear();
    below.settings.ready = None;
    below
        .settings
        .permissions
        .retain(|permission| !["target", "ready", "insecure", "cacert"].contains(&permission.key));
    below.settings.mutant.clear();
    below.settings.legal.clear();
    let above = Layer { settings, look };
    let all = above.clone().over(below.clone());
    world.paint(all.look.color.unwrap_or_default());
    let layers = Layers::new(above.settings, below.settings, Purpose::Play, world, sources).map_err(Refusal::usage)?;
    let mut loaded = check::read(args.paths.clone(), &all.settings, world, sources)
        .map_err(|refusal| refusal.closing(NOTHING_RAN))?;
    loaded.report_lost();
    if loaded.is_broken() {
        return Err(Refusal::usage(loaded.diagnostics).closing(NOTHING_RAN));
    }
    let bindings = layers.bindings(&loaded.pieces, world, sources).map_err(Refusal::usage)?;
    let shared = Arc::new(std::mem::take(sources));
    let scenarios: Vec<(Piece, Scenario)> = loaded
        .pieces
        .into_iter()
        .zip(bindings)
        .map(|(piece, binding)| (piece.clone(), layers.scenario(&piece, binding, &shared)))
        .collect();
    let measured = measure(&scenarios, all.settings.jobs.map_or_else(load::jobs, usize::from))
        .map_err(|problems| Refusal { sources: Some(shared), ..Refusal::usage(problems) }.closing(NOTHING_RAN))?;
    let plays = all.settings.repeat.map_or(1, u32::from);
    match args.format {
        PowerFormat::Text => print(&measured, plays, args.verbose, world),
        PowerFormat::Json => world.out.write(&visible_json(format!("{:#}\n", as_json(&measured, plays)))),
    }
    let unmeasured = measured.iter().any(|(_, power)| matches!(power, Power::NoBaseline(_)));
    Ok(if unmeasured { Exit::Error } else { Exit::Pass })
}

type Measured = Vec<(Piece, Power)>;

fn measure(scenarios: &[(Piece, Scenario)], jobs: usize) -> Result<Measured, Vec<Diagnostic>> {
    let (mut measured, mut problems) = (Vec::new(), Vec::new());
    let mut each = scenarios.iter();
    let keep = |power: Result<Power, Error>| {
        match (power, each.next()) {
            (Ok(power), Some((piece, _))) => measured.push((piece.clone(), power)),
            (Err(error), _) => problems.extend(error.diagnostics),
            (Ok(_), None) => {}
        }
        ControlFlow::Continue(())
    };
    pool::in_order(scenarios, jobs, |(_, scenario)| scenario.power(), keep);
    if problems.is_empty() { Ok(measured) } else { Err(problems) }
}

/// The faults that none of these catches.
fn survivors(measured: &Measured) -> Vec<&'static Deviation> {
    let catches = |power: &Power, mutant: &Deviation| match power {
        Power::Measured(all) => all.iter().any(|tried| tried.mutant == mutant && tried.caught.is_some()),
        Power::NoBaseline(_) => false,
    };
    mutants::ALL.iter().copied().filter(|&mutant| !measured.iter().any(|(_, power)| catches(power, mutant))).collect()
}

fn print(measured: &Measured, plays: u32, verbose: bool, world: &mut World) {
    for (piece, power) in measured {
        match power {
            Power::Measured(all) => {
                let caught = all.iter().filter(|tried| tried.caught.is_some()).count();
                world.out.line(&format!("{:>3} of {}  {}  {}", caught, all.len(), piece.name, piece.place));
                if verbose || measured.len() == 1 {
                    all.iter().for_each(|tried| detail(tried, world));
                }
            }
            Power::NoBaseline(verdict) => {
                world.out.line(&format!("      ?  {}  {}", piece.name, piece.place));
                world.out.line(&format!("         {}", no_baseline(verdict)));
            }
        }
    }
    let survivors = survivors(measured);
    let all = mutants::ALL.len();
    world.out.line("");
    let often = if plays == 1 { "1 play".to_owned() } else { format!("{plays} plays") };
    let caught = all - survivors.len();
    world.out.line(&format!("{caught} of {all} faulty servers are found, each in {often}"));
    if !survivors.is_empty() {
        world.out.line("not found:");
        let width = survivors.iter().map(|mutant| mutant.name.len()).max().unwrap_or(0);
        for mutant in survivors {
            world.out.line(&format!("  {} {:width$}  {}", mutant.id, mutant.name, mutant.about));
        }
    }
}

fn detail(tried: &Tried, world: &mut World) {
    let Some(caught) = &tried.caught else { return };
    let place = caught.place.as_ref().map(|(line, text)| format!("line {line}: {text}")).unwrap_or_default();
    let line = format!("    {} {:30} {:13} {place}", tried.mutant.id, tried.mutant.name, caught.class.word());
    world.out.line(line.trim_end());
}

fn no_baseline(verdict: &CheckVerdict) -> String {
    match (&verdict.skipped, verdict.verdict()) {
        (Some(reason), _) => format!("not measured: it is skipped ({reason})"),
        (None, Verdict::Pass) => "not measured: it documents a fault of its server (`expect`)".to_owned(),
        (None, word) => format!(
            "not measured: against the correct built-in server it is {}, so it cannot detect a faulty server",
            match word {
                Verdict::Fail => "a fail",
                Verdict::Inconclusive => "inconclusive",
                Verdict::Error | Verdict::Pass => "an error",
            }
        ),
    }
}

fn as_json(measured: &Measured, plays: u32) -> Value {
    let row = |tried: &Tried| {
        let caught = tried.caught.as_ref().map(|caught| {
            let (line, text) = caught.place.clone().unzip();
            json!({ "class": caught.class.word(), "line": line, "arrow": text })
        });
        json!({ "id": tried.mutant.id, "mutant": tried.mutant.name, "caught": caught })
    };
    let scenario = |(piece, power): &(Piece, Power)| match power {
        Power::Measured(all) => {
            json!({ "name": piece.name, "path": piece.place, "tried": all.iter().map(row).collect::<Vec<_>>() })
        }
        Power::NoBaseline(verdict) => {
            json!({ "name": piece.name, "path": piece.place, "not_measured": no_baseline(verdict) })
        }
    };
    let survivors: Vec<&str> = survivors(measured).into_iter().map(|mutant| mutant.name).collect();
    json!({
        "format": "seqcheck power",
        "version": 1,
        "plays": plays,
        "scenarios": measured.iter().map(scenario).collect::<Vec<_>>(),
        "not_caught": survivors,
    })
}
