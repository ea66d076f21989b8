//! Recordings: from files, and as they are made.

use super::args::Record;
use super::paths::why;
use super::settings::Settings;
use super::{Exit, Refusal, Screen, World, signals, targets};
use crate::files::{self, Kind};
use crate::framing::Framing;
use crate::induce::{Tape, knows};
use crate::listen::{self, Door};
use crate::process::{Program, Running, own_output};
use crate::record::{self, Deck};
use crate::run::Target;
use crate::source::Diagnostic;
use crate::wire::{Binding, builtin_names};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A recording, with what is to be said of it.
pub struct Heard {
    /// It.
    pub tape: Tape,
    /// Where messages end on plain streams of bytes, where a binding has to say that.
    pub framing: Option<&'static str>,
    /// What could not be kept as it was.
    pub told: Vec<String>,
    /// How the recording itself ended.
    pub exit: Exit,
    /// What was recorded, where it is still there.
    pub target: Option<Target>,
}

/// A file that holds a recording.
const RECORDING: Kind = Kind { name: "a recording", most: 256 << 20, named: |_| true };
/// How long a target may take to start.
const START: Duration = Duration::from_secs(60);
/// How often the end of the client command is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// How long what still passes is waited for when the client command has ended.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// The built-in bindings, by name.
pub fn builtin() -> Vec<(&'static str, Arc<Binding>)> {
    builtin_names().filter_map(|name| Some((name, Binding::builtin(name)?))).collect()
}

/// Recordings that are kept in files; those of HAR files are of one client each, named after the file.
pub fn read(hars: &[PathBuf], kept: &[PathBuf], world: &World) -> Result<Heard, Refusal> {
    let mut problems = Vec::new();
    let mut files: Vec<PathBuf> = hars.to_vec();
    for path in kept {
        match below(path, world) {
            Ok(found) => files.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    let mut whole = Tape::default();
    for path in files {
        match one(&path, world) {
            Ok(tape) => whole.join(tape),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(Heard { tape: whole, framing: None, told: Vec::new(), exit: Exit::Pass, target: None })
    } else {
        Err(Refusal::usage(problems))
    }
}

/// So many folders deep recordings are looked for.
const DEPTH: usize = 8;

/// The recordings that a path means: itself, or those below a folder. Of a play the log is read, which has the heads too.
fn below(path: &Path, world: &World) -> Result<Vec<PathBuf>, Diagnostic> {
    let at = world.locate(path);
    if !at.is_dir() {
        let log = path.with_file_name("wire.log");
        let is_trace = path.file_name().is_some_and(|name| name == "trace.jsonl");
        return Ok(vec![if is_trace && world.locate(&log).is_file() { log } else { path.to_path_buf() }]);
    }
    let mut found = Vec::new();
    let mut folders = vec![(path.to_path_buf(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let mut names: Vec<PathBuf> = files::names(&world.locate(&folder))
            .map_err(|error| {
                Diagnostic::error("path", format!("{}: cannot be read: {}", folder.display(), why(&error)))
            })?
            .into_iter()
            .map(|name| folder.join(name))
            .collect();
        names.sort();
        for name in names {
            if world.locate(&name).is_dir() {
                if depth < DEPTH {
                    folders.push((name, depth + 1));
                }
                continue;
            }
            let is = |wanted: &str| name.file_name().is_some_and(|name| name == wanted);
            let alone = is("trace.jsonl") && !world.locate(&name.with_file_name("wire.log")).is_file();
            if is("wire.log") || alone || name.extension().is_some_and(|extension| extension == "har") {
                found.push(name);
            }
        }
    }
    found.sort();
    if found.is_empty() {
        let problem = format!("{}: no recording in this folder", path.display());
        return Err(Diagnostic::error("path", problem)
            .with_help("recordings are wire.log, trace.jsonl and files that end in .har"));
    }
    Ok(found)
}

fn one(path: &Path, world: &World) -> Result<Tape, Diagnostic> {
    let shown = path.display();
    let problem = |why: String| {
        Diagnostic::error("record", format!("{shown}: {why}"))
            .with_help("a recording is a HAR file, or trace.jsonl or wire.log of a folder of --out")
    };
    let bytes = files::bytes(&world.locate(path), &RECORDING).map_err(|error| problem(error.to_string()))?;
    let client = path.extension().filter(|extension| *extension == "har").and(path.file_stem());
    record::read(&bytes, client.map(|name| name.to_string_lossy().into_owned())).map_err(problem)
}

/// Stands between clients and a target until that is to end.
pub fn live(args: &Record, settings: &Settings, world: &mut World) -> Result<Heard, Refusal> {
    let named = targets::named(settings, world).map_err(Refusal::usage)?;
    let Some(target) = named.into_iter().next().map(|named| named.target) else {
        return Err(Diagnostic::error("target", "there is no target").into());
    };
    if world.signals {
        signals::listen(&world.stop);
    }
    let failed = |what: &str, error: &std::io::Error| {
        Refusal::error(Diagnostic::error("record", format!("{what}: {}", why(error))))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed("the runtime cannot be started", &error))?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, between(args, &target, world))
}

async fn between(args: &Record, target: &Target, world: &mut World) -> Result<Heard, Refusal> {
    let error = |what: String| Refusal::error(Diagnostic::error("record", what));
    let rig = target.rig(&[], &[], START, &world.stop).await.map_err(|failed| {
        error(format!("{}: {}", failed.message, failed.output).trim_end_matches([':', ' ', '\n']).to_owned())
    })?;
    let base: http::Uri = rig.base.parse().map_err(|_| error(format!("`{}` is not an address", rig.base)))?;
    let plain = target.is_stream();
    let scheme = if plain { "tcp" } else { "ws" };
    let (door, url) = match args.stdio {
        true => (spoken(world), String::new()),
        false => {
            let (door, at) = listen::at(args.listen).await.map_err(|failed| {
                Refusal::error(
                    Diagnostic::error("record", format!("cannot listen on {}: {}", args.listen, why(&failed)))
                        .with_help("--listen 127.0.0.1:0 uses a free port"),
                )
            })?;
            (door, format!("{scheme}://{at}"))
        }
    };
    let screen = world.err.aside();
    let live = record::Live::default();
    let deck = Deck::new().heard_by(Arc::new(move |entry| {
        if let Some(line) = live.line(entry) {
            screen.line(&line);
        }
    }));
    if !args.stdio {
        world.out.line(&format!("recording: connect clients to {url} instead of {}", target.name()));
        world.out.flush();
    }
    let mut command = match args.command.is_empty() || args.stdio {
        true => None,
        false => Some(started(args, &url, world)?),
    };
    let passing = record::pass(door, rig.route.clone(), base, plain, deck.clone());
    let exit = {
        let over = async {
            tokio::time::sleep(args.time.unwrap_or(Duration::MAX / 4)).await;
        };
        let ended = async {
            match &mut command {
                None => std::future::pending().await,
                Some(running) => {
                    while !running.has_ended() {
                        tokio::time::sleep(LOOK).await;
                    }
                    tokio::time::sleep(LAST_WORDS).await;
                }
            }
        };
        tokio::select! {
            biased;
            _ = world.stop.asked() => Exit::Pass,
            () = ended => Exit::Pass,
            () = over => Exit::Pass,
            passed = passing => {
                if let Err(failed) = passed {
                    deck_failed(&deck, &why(&failed));
                }
                Exit::Pass
            }
        }
    };
    let exit = match command.as_mut().and_then(Running::ended) {
        Some(ended) if !ended.success => {
            world.err.line(&format!("the command failed: {}", ended.words));
            let wrote = command.as_ref().map(|running| running.output().tail()).unwrap_or_default();
            wrote.lines().for_each(|line| world.err.line(&format!("command | {line}")));
            Exit::Fail
        }
        Some(_) | None => exit,
    };
    let (tape, framing) = if plain { parted(&deck.tape()) } else { (deck.tape(), None) };
    Ok(Heard { tape, framing, told: deck.told(), exit, target: Some(target.clone()) })
}

/// The streams of this process, for the one client that speaks with it; what there is to say goes to standard error.
fn spoken(world: &mut World) -> Door {
    world.out = Screen::new(std::io::stderr(), false, &world.vars);
    let input = std::mem::replace(&mut world.input, Box::new(std::io::empty()));
    match own_output() {
        Ok(output) => Door::spoken(input, Box::new(output)),
        Err(_) => Door::spoken(input, Box::new(std::io::stdout())),
    }
}

/// What passed on plain streams of bytes as messages: as the built-in binding does that knows them, else as the bytes look.
fn parted(tape: &Tape) -> (Tape, Option<&'static str>) {
    let tries = builtin().into_iter().filter_map(|(_, binding)| {
        let (framing, text) = binding.framing().ok()?;
        let tape = record::cut(tape, framing, text)?;
        Some((knows(&tape, &binding)?, tape))
    });
    // Of equals the first.
    if let Some((_, tape)) = tries.reduce(|best, next| if next.0 > best.0 { next } else { best }) {
        return (tape, None);
    }
    let (framing, text) = record::guess(tape);
    let word = (framing != Framing::Lines).then(|| framing.word());
    (record::cut(tape, framing, text).unwrap_or_else(|| tape.clone()), word)
}

/// A command as the shell reads it.
pub fn shell(words: &[String]) -> String {
    words.iter().map(|word| super::results::quoted(word)).collect::<Vec<_>>().join(" ")
}

/// Nobody can be let in any more.
fn deck_failed(deck: &Deck, why: &str) {
    deck.tell(&format!("no more clients could be let in: {why}"));
}

/// The client command.
fn started(args: &Record, url: &str, world: &World) -> Result<Running, Refusal> {
    let port = url.rsplit(':').next().unwrap_or_default();
    let http = url.replacen("ws://", "http://", 1);
    let word = |word: &String| word.replace("{url.http}", &http).replace("{url}", url).replace("{port}", port);
    let words: Vec<String> = args.command.iter().map(word).collect();
    let shown = words.join(" ");
    let env = vec![("SEQCHECK_URL".to_owned(), url.to_owned())];
    let program = Program { env, folder: Some(world.folder.clone()), ..Program::new(words) };
    program.start(&world.guard).map_err(|error| {
        let problem = format!("the command `{shown}` cannot be started: {}", why(&error));
        Refusal::error(Diagnostic::error("record", problem))
    })
}
