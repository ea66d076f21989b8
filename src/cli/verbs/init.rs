//! `seqcheck init`

use crate::cli::args::{Init, InitBinding, InitWhat};
use crate::cli::paths::{self, why};
use crate::cli::{Exit, Refusal, World, load};
use crate::files;
use crate::order::spoken;
use crate::source::{Diagnostic, Source, Sources};
use crate::wire::{Binding, Drawn, skeleton};

/// What is written: a path below the folder, and its text.
const FILES: [(&str, &str); 2] = [
    ("scenarios/chat.seq", include_str!("init/chat.seq")),
    (".github/workflows/seqcheck.yml", include_str!("init/workflow.yml")),
];

/// Writes a first scenario and a CI workflow; what is there already is left as it is.
pub fn run(args: &Init, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    if let Some(InitWhat::Binding(binding)) = &args.what {
        return self::binding(binding, world, sources);
    }
    let folder = world.locate(&args.folder);
    for (name, text) in FILES {
        let path = folder.join(name);
        let shown = args.folder.join(name).display().to_string();
        let shown = shown.strip_prefix("./").unwrap_or(&shown);
        if files::create(&path, text.as_bytes()).map_err(|error| refused(shown, &error))? {
            world.out.line(&format!("wrote {shown}"));
        } else {
            world.out.line(&format!("kept  {shown}"));
        }
    }
    world.out.line("");
    let scenarios = args.folder.join("scenarios").display().to_string();
    let scenarios = crate::cli::results::quoted(scenarios.strip_prefix("./").unwrap_or(&scenarios));
    world.out.line(&format!("Run it:  seqcheck {scenarios}"));
    world.out.line("Your own server needs a binding, which maps the labels to the messages of its protocol:");
    world.out.line(&format!("  seqcheck init binding {scenarios} -o mine.toml"));
    world.out.line(&format!("  seqcheck {scenarios} --binding mine.toml --target ws://127.0.0.1:8080"));
    Ok(Exit::Pass)
}

/// Writes a binding with a rule for every label.
fn binding(args: &InitBinding, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
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
    let Some(output) = &args.output else {
        world.out.file(&text);
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
