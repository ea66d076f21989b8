//! `seqcheck init`

use crate::cli::args::{Init, InitAgents, InitBinding, InitWhat};
use crate::cli::bindings::Bindings;
use crate::cli::paths::{self, why};
use crate::cli::results::quoted;
use crate::cli::{Exit, Refusal, World, load, recordings};
use crate::files;
use crate::induce::{Wanted, induce};
use crate::order::spoken;
use crate::source::{Diagnostic, Source, Sources};
use crate::wire::{Binding, Drawn, skeleton};
use std::path::Path;

/// What is written: a path below the folder, and its text.
const FILES: [(&str, &str); 2] = [
    ("scenarios/chat.seq", include_str!("init/chat.seq")),
    (".github/workflows/seqcheck.yml", include_str!("init/workflow.yml")),
];

macro_rules! agents {
    ($($name:literal),+) => {
        [$((concat!($name, ".seq"), include_str!(concat!("../../../scenarios/agents/", $name, ".seq")))),+]
    };
}

/// The diagrams for a server of an agents' protocol.
const AGENTS: [(&str, &str); 15] = agents!(
    "cancelled",
    "errors",
    "gone",
    "lifecycle",
    "logging",
    "overtaken",
    "ping",
    "progress",
    "prompts",
    "resources",
    "roots",
    "sampling",
    "subscription",
    "tools",
    "two"
);

/// Writes what was asked for; what is there already is left as it is.
pub fn run(args: &Init, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    match &args.what {
        Some(InitWhat::Binding(it)) => binding(it, world, sources),
        Some(InitWhat::Agents(it)) => agents(it, world),
        None => project(&args.folder, world),
    }
}

/// Writes files below a folder.
fn write(files: &[(&str, &str)], folder: &Path, world: &mut World) -> Result<(), Refusal> {
    for (name, text) in files {
        let path = world.locate(folder).join(name);
        let shown = shown(&folder.join(name));
        if files::create(&path, text.as_bytes()).map_err(|error| refused(&shown, &error))? {
            world.out.line(&format!("wrote {shown}"));
        } else {
            world.out.line(&format!("kept  {shown}"));
        }
    }
    world.out.line("");
    Ok(())
}

fn shown(path: &Path) -> String {
    let shown = path.display().to_string();
    shown.strip_prefix("./").map(str::to_owned).unwrap_or(shown)
}

/// The diagrams for a server of the Model Context Protocol.
fn agents(args: &InitAgents, world: &mut World) -> Result<Exit, Refusal> {
    write(&AGENTS, &args.folder, world)?;
    let one = |name: &str| quoted(&shown(&args.folder.join(name)));
    world.out.line("Run the first, with the command that starts your server:");
    world.out.line(&format!("  seqcheck {} --target 'stdio: node my-server.js'", one("lifecycle.seq")));
    world.out.line("The others name tools, resources and prompts in their `#@ var` lines: replace them by yours.");
    world.out.line(&format!("  seqcheck {} --target 'stdio: node my-server.js'", one("tools.seq")));
    Ok(Exit::Pass)
}

/// A first scenario and a CI workflow.
fn project(folder: &Path, world: &mut World) -> Result<Exit, Refusal> {
    write(&FILES, folder, world)?;
    let scenarios = quoted(&shown(&folder.join("scenarios")));
    world.out.line(&format!("Run it:  seqcheck {scenarios}"));
    world.out.line("Your own server needs a binding, which maps the labels to the messages of its protocol:");
    world.out.line(&format!("  seqcheck init binding {scenarios} -o mine.toml"));
    world.out.line(&format!("  seqcheck {scenarios} --binding mine.toml --target ws://127.0.0.1:8080"));
    Ok(Exit::Pass)
}

/// The binding of what was recorded, or the rules that another one lacks.
fn recorded(args: &InitBinding, world: &mut World, sources: &mut Sources) -> Result<String, Refusal> {
    let heard = recordings::read(&[], &args.from, world)?;
    let stem = args.output.as_ref().or(args.from.first()).and_then(|path| path.file_stem());
    let name = stem.map_or_else(|| "mine".into(), |name| name.to_string_lossy());
    let bases = recordings::builtin();
    let wanted = Wanted { name: &name, title: &name, ..Wanted::default() };
    let induced = match &args.extend {
        None => induce(&heard.tape, &Wanted { bases: &bases, ..wanted }),
        Some(base) => {
            let mut bindings = Bindings::new(world);
            let Some(binding) = bindings.get(base, Path::new(""), None, sources) else {
                return Err(Refusal::usage(bindings.problems));
            };
            let place = world.locate(Path::new("recorded.toml")).display().to_string();
            induce(&heard.tape, &Wanted { base: Some((base, &binding)), place: &place, ..wanted })
        }
    };
    for problem in &induced.problems {
        world.err.line(&format!("warning: {problem}"));
    }
    if args.extend.is_none() {
        return Ok(induced.binding);
    }
    if induced.rules.is_empty() {
        world.err.line("the binding has a rule for every frame");
    }
    Ok(induced.rules.join("\n"))
}

/// Writes a binding with a rule for every label.
fn binding(args: &InitBinding, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    if !args.from.is_empty() {
        let text = recorded(args, world, sources)?;
        return put(args, &text, world);
    }
    let (found, mut problems) = paths::find(world, &args.paths, None);
    let loaded = load::load(&found, world, sources);
    let broken = loaded.is_broken() || !problems.is_empty();
    problems.extend(loaded.diagnostics);
    if broken {
        return Err(Refusal::usage(problems));
    }
    let words = sources.add(Source::new("<words>", ""));
    let words = Binding::parse(sources, words).map_err(Refusal::usage)?;
    let mut drawn = Drawn::default();
    for piece in &loaded.pieces {
        let people = piece.diagram.participants.iter().map(|participant| participant.id.to_string());
        drawn.take(&spoken(&piece.diagram, &words), people);
    }
    let name = args.output.as_ref().or(args.paths.first()).and_then(|path| path.file_stem());
    let text = skeleton(&name.map_or_else(|| "mine".into(), |name| name.to_string_lossy()), &drawn, &args.type_key);
    put(args, &text, world)
}

/// Prints a binding, or writes it into the file that was asked for.
fn put(args: &InitBinding, text: &str, world: &mut World) -> Result<Exit, Refusal> {
    let Some(output) = &args.output else {
        world.out.file(text);
        return Ok(Exit::Pass);
    };
    let shown = output.display().to_string();
    if !files::create(&world.locate(output), text.as_bytes()).map_err(|error| refused(&shown, &error))? {
        let problem = Diagnostic::error("path", format!("{shown} already exists"));
        return Err(problem.with_help("use another name, or remove -o to print the binding").into());
    }
    world.out.line(&format!("wrote {shown}"));
    Ok(Exit::Pass)
}

fn refused(shown: &str, error: &std::io::Error) -> Refusal {
    let problem = Diagnostic::error("path", format!("{shown}: cannot be written: {}", why(error)));
    Refusal::error(problem)
}
