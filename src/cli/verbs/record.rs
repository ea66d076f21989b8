//! `seqcheck record`: a session becomes a diagram and a binding.

use crate::cli::args::{Check, Record};
use crate::cli::recordings::{self, Heard};
use crate::cli::settings::{Look, Settings};
use crate::cli::verbs::check;
use crate::cli::{Exit, Refusal, World};
use crate::files;
use crate::induce::{Induced, Tape, Wanted, induce};
use crate::oracle::Verdict;
use crate::record;
use crate::run::{Options, Scenario, Target};
use crate::source::{Diagnostic, Sources, Trust};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// So often a diagram is played against its target when it is recorded.
const PLAYS: u32 = 3;

/// Records, writes, and plays what was written.
pub fn run(args: Record, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let binding = args.binding.clone().unwrap_or_else(|| args.output.with_extension("toml"));
    are_free(&[&args.output, &binding], world)?;
    let server = args.stdio.then(|| format!("stdio: {}", recordings::shell(&args.command)));
    let settings = Settings {
        target: args.target.iter().cloned().chain(server).collect(),
        ready: args.ready.clone(),
        insecure: args.insecure,
        cacert: args.cacert.clone(),
        ..Settings::default()
    };
    let is_live = !settings.target.is_empty();
    let Heard { tape, framing, told, exit, target } = match is_live {
        true => recordings::live(&args, &settings, world)?,
        false => recordings::read(&args.har, &args.from, world)?,
    };
    told.iter().for_each(|told| world.err.line(&format!("note: {told}")));
    if tape.entries.is_empty() {
        let problem = Diagnostic::error("record", "nothing passed, so there is nothing to write");
        let help = "connect the clients to the address that is printed, instead of to the server itself";
        return Err(Refusal::error(problem.with_help(help)));
    }
    let mut again = Vec::new();
    for path in &args.again {
        again.push(recordings::read(&[], std::slice::from_ref(path), world)?.tape);
    }
    let stem = stem(&args.output);
    let named = beside(&args.output, &binding);
    let bases = recordings::builtin();
    let read = |again: &[Tape]| {
        let wanted = Wanted {
            name: &self::stem(&binding),
            title: args.title.as_deref().unwrap_or(&stem),
            file: Some(&named),
            times: args.times,
            framing,
            again,
            bases: &bases,
            ..Wanted::default()
        };
        induce(&tape, &wanted)
    };
    let mut induced = read(&again);
    if induced.arrows == 0 {
        let problem = Diagnostic::error("record", "nothing that passed can be drawn, so there is nothing to write");
        let help = "a trace (trace.jsonl) has no requests: read the wire.log beside it";
        return Err(Refusal::error(problem.with_help(help)));
    }
    let verifies = !args.no_verify && exit == Exit::Pass;
    if let Some(target) = target.filter(|_| verifies) {
        for _ in 0..LESSONS {
            // What is another value every time shows where it is played once more.
            let Some(play) = failing(&induced, &target) else { break };
            again.push(play);
            let next = read(&again);
            if (&next.binding, &next.diagram) == (&induced.binding, &induced.diagram) {
                break;
            }
            induced = next;
        }
    }
    induced.variables.iter().for_each(|(_, value)| {
        world.out.hide(value);
        world.err.hide(value);
    });
    write(&args.output, &induced.diagram, world)?;
    write(&binding, &induced.binding, world)?;
    tell(&args, &binding, &induced, world);
    if !is_live || !verifies {
        return Ok(exit);
    }
    world.vars.extend(induced.variables.clone());
    world.out.line("");
    let settings = Settings { repeat: NonZeroU32::new(PLAYS), trust: vec![binding], ..settings };
    let check = Check { paths: vec![args.output.clone()], settings, ..Check::default() };
    check::once(check, look, world, sources, &mut BTreeSet::new())
}

/// So often something is learned of what a play has shown.
const LESSONS: usize = 4;

/// Plays what was recorded against its target, without a word: what passed, where that is not as drawn.
fn failing(induced: &Induced, target: &Target) -> Option<Tape> {
    const NAME: &str = "recorded.toml";
    let scenario = Scenario::parse("recorded.seq", &induced.diagram).ok()?;
    let scenario = scenario.binding_text(NAME, &induced.binding).ok()?.target(target.clone());
    let env = induced.variables.iter().cloned().collect();
    let options = Options { env, trust: Trust::nobody("").and(NAME), ..Options::default() };
    let verdict = scenario.options(options).check().ok()?;
    let play = verdict.plays.into_iter().next().filter(|play| play.verdict == Verdict::Fail)?;
    Some(record::play(&play.header, play.trace))
}

/// What was written, and what is to be done before it is played.
fn tell(args: &Record, binding: &Path, induced: &Induced, world: &mut World) {
    let (diagram, binding) = (args.output.display(), binding.display());
    world.out.line(&format!("wrote {diagram}  {}", count(induced.arrows, "arrow")));
    world.out.line(&format!("wrote {binding}  {}", count(induced.rules.len(), "rule")));
    if !induced.variables.is_empty() {
        let names: Vec<&str> = induced.variables.iter().map(|(name, _)| name.as_str()).collect();
        world.out.line(&format!(
            "Credentials are not written. Set before a run: {}; and trust the binding: --trust {binding}",
            names.join(", ")
        ));
    }
    for problem in &induced.problems {
        world.err.line(&format!("warning: {problem}"));
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "recorded".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A binding as a diagram names it: by its path from the diagram's folder, where that is below it.
fn beside(diagram: &Path, binding: &Path) -> String {
    let folder = diagram.parent().unwrap_or(Path::new(""));
    match binding.strip_prefix(folder) {
        Ok(below) if binding.is_relative() == diagram.is_relative() => format!("./{}", below.display()),
        Ok(_) | Err(_) => binding.display().to_string(),
    }
}

/// Nothing that is there is written over: told before anything is recorded.
fn are_free(paths: &[&PathBuf], world: &World) -> Result<(), Refusal> {
    let taken = paths.iter().filter(|path| world.locate(path).exists());
    let problems: Vec<Diagnostic> = taken
        .map(|path| {
            Diagnostic::error("path", format!("{} already exists", path.display()))
                .with_help("use other names: -o FILE for the diagram, --binding FILE for the binding")
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Refusal::usage(problems)) }
}

fn write(path: &Path, text: &str, world: &World) -> Result<(), Refusal> {
    let shown = path.display();
    match files::create(&world.locate(path), text.as_bytes()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Diagnostic::error("path", format!("{shown} already exists")).into()),
        Err(error) => {
            let problem = format!("{shown}: cannot be written: {}", files::why(&error));
            Err(Refusal::error(Diagnostic::error("path", problem)))
        }
    }
}
