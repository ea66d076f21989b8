//! The command line.
//!
//! Reading order: [`run`] is the whole flow; [`args`] are the flags and verbs, [`settings`] the options of a run and
//! [`config`] the layers below the flags; [`paths`] finds files; one file per verb in [`verbs`]; [`exit`] is how it
//! ends. What becomes of a play: `results` makes its report, `reports` tells it, `keep` and `snapshots` write files, `live`
//! and `progress` are for whoever looks on; `signals` end a run early. `select` takes the scenarios that are meant, `refused` tells
//! reports what stands against a run, `watch` runs again when a file changes; `editing` is what an editor is told. Everything that comes from outside stands in [`World`], so that a test can hand in one of its own. Only this
//! folder prints, reads the environment, or exits.

pub mod args;
mod bindings;
mod bug;
pub mod config;
mod configured;
mod diagnostics;
mod difference;
mod drawn;
#[cfg(feature = "lsp")]
mod editing;
mod exit;
mod includes;
mod keep;
mod linting;
mod live;
mod load;
mod pages;
mod paths;
mod places;
mod pool;
mod progress;
mod proposing;
mod recordings;
mod refused;
mod reports;
mod results;
mod rewrite;
mod scenarios;
pub mod schema;
mod select;
pub mod settings;
mod signals;
mod snapshots;
mod targets;
mod trust;
mod verbs;
mod watch;
mod world;

#[cfg(feature = "lsp")]
pub use editing::Editing;
pub use exit::Exit;
pub use paths::Language;
pub use world::{Screen, World};

use crate::source::{Diagnostic, Sources, visible_lines};
use args::{Cli, Verb};
use std::borrow::Cow;
use std::sync::Arc;

/// The program.
pub fn main() -> std::process::ExitCode {
    #[cfg(unix)]
    {
        let args: Vec<_> = std::env::args_os().skip(1).collect();
        if let Some(code) = crate::process::guard::main(&args) {
            return std::process::ExitCode::from(code);
        }
    }
    bug::print_panics_in_one_line();
    let mut world = World::of_process();
    std::process::ExitCode::from(run(&mut world).code())
}

/// The program in any world: reads the flags, does what the verb says, and tells what went wrong.
pub fn run(world: &mut World) -> Exit {
    let mut sources = Sources::new();
    let exit = match Cli::read(&world.args, world.out.width) {
        Ok(cli) => match bug::caught(|| dispatch(cli, world, &mut sources)) {
            Ok(done) => done.unwrap_or_else(|refusal| refuse(&refusal, world, &sources)),
            Err(bug) => refuse(&Refusal::usage(vec![bug.diagnostic("seqcheck")]), world, &sources),
        },
        Err(answer) => answer_of_clap(&answer, world),
    };
    let finished = world.out.finish().and(world.err.finish());
    match finished {
        Ok(()) => exit,
        Err(error) => {
            world.err.line(&format!("error: the output cannot be written: {}", paths::why(&error)));
            Exit::Error
        }
    }
}

/// Does what the verb says.
fn dispatch(cli: Cli, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let Cli { verb, bare: cli } = cli;
    world.paint(cli.look.color.unwrap_or_default());
    (world.config, world.profile) = (cli.place.config, cli.place.profile);
    match verb {
        None => verbs::check::run(cli.check, cli.look, world, sources),
        Some(Verb::Check(check)) => verbs::check::run(*check, cli.look, world, sources),
        Some(Verb::Mock(mock)) => verbs::mock::run(*mock, cli.look, world, sources),
        Some(Verb::Lint(lint)) => verbs::lint::run(&lint, cli.look, world, sources),
        Some(Verb::Judge(judge)) => verbs::judge::run(judge, cli.look, world, sources),
        Some(Verb::Power(power)) => verbs::power::run(&power, cli.look, world, sources),
        Some(Verb::Draw(draw)) => verbs::draw::run(&draw, world, sources),
        Some(Verb::Fmt(fmt)) => verbs::fmt::run(&fmt, world, sources),
        Some(Verb::Convert(convert)) => verbs::convert::run(&convert, world, sources),
        Some(Verb::Serve(serve)) => verbs::serve::run(&serve, world),
        Some(Verb::Record(record)) => verbs::record::run(*record, cli.look, world, sources),
        Some(Verb::Explain(explain)) => verbs::explain::run(&explain, world),
        Some(Verb::List(list)) => verbs::list::run(&list, world),
        Some(Verb::Init(init)) => verbs::init::run(&init, world, sources),
        Some(Verb::Completions(completions)) => verbs::completions::run(&completions, world),
        Some(Verb::Lsp) => verbs::lsp::run(world),
        Some(Verb::Man) => verbs::man::run(world),
    }
}

/// Why a verb does not do its work: all problems together.
#[derive(Debug)]
pub struct Refusal {
    /// How the command ends.
    pub exit: Exit,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    /// What is said behind the number of problems.
    pub closing: &'static str,
    /// The texts that places point into, where they are not the ones that the flow began with.
    pub sources: Option<Arc<Sources>>,
}

impl Refusal {
    /// What was asked for cannot be read or does not make sense; a bug among the problems is none of the user's.
    pub fn usage(problems: Vec<Diagnostic>) -> Refusal {
        let exit = if problems.iter().any(|problem| problem.code == bug::BUG) { Exit::Error } else { Exit::Usage };
        Refusal { exit, problems, closing: "", sources: None }
    }
}

impl Refusal {
    /// With a word on what that means.
    #[must_use]
    pub fn closing(mut self, closing: &'static str) -> Refusal {
        self.closing = closing;
        self
    }

    /// seqcheck cannot do its job.
    pub fn error(problem: Diagnostic) -> Refusal {
        Refusal { exit: Exit::Error, ..Refusal::from(problem) }
    }
}

impl From<Diagnostic> for Refusal {
    fn from(problem: Diagnostic) -> Refusal {
        Refusal::usage(vec![problem])
    }
}

/// Says why a verb does not do its work.
fn refuse(refusal: &Refusal, world: &mut World, sources: &Sources) -> Exit {
    show_problems(&refusal.problems, refusal.sources.as_deref().unwrap_or(sources), world);
    if let Some(tally) = diagnostics::tally(&refusal.problems).filter(|_| !refusal.closing.is_empty()) {
        world.err.line(&format!("{tally}; {}", refusal.closing));
    }
    refusal.exit
}

/// Draws diagnostics on standard error.
fn show_problems(problems: &[Diagnostic], sources: &Sources, world: &mut World) {
    for problem in problems.iter().take(diagnostics::MOST) {
        let text = diagnostics::render(problem, sources, world.err.color, world.err.width);
        world.err.write(&text);
    }
    if let Some(left) = diagnostics::left_out(problems.iter()) {
        world.err.line(&left);
    }
}

/// clap answers `--help` and `--version` itself, and says what is wrong with the flags.
fn answer_of_clap(answer: &clap::Error, world: &mut World) -> Exit {
    let text = |color: bool| {
        let plain = answer.render().to_string();
        match visible_lines(&plain) {
            // An argument may be the name of a file that somebody else has chosen.
            Cow::Owned(shown) => shown,
            Cow::Borrowed(_) if color => answer.render().ansi().to_string(),
            Cow::Borrowed(_) => plain,
        }
    };
    if answer.use_stderr() {
        world.err.write(&text(world.err.color));
        let plain = answer.render().to_string();
        let message = plain.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        refused::print_flag_error(&message, world);
        Exit::Usage
    } else {
        world.out.write(&text(world.out.color));
        Exit::Pass
    }
}
