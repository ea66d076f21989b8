//! The flags, as clap sees them.

mod verbs;

use super::settings::{Look, Settings};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches as _, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
pub use verbs::{
    Completions, Convert, Draw, Explain, Fmt, Init, InitAgents, InitBinding, InitWhat, Judge, Lint, LintFormat, List,
    Power, PowerFormat, Record, Serve,
};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "seqcheck",
    version,
    about = "Sequence diagrams that run",
    long_about = "Plays the clients of a sequence diagram over real connections (WebSocket, SSE and HTTP) and compares \
                  the server's messages with the diagram.",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Without a verb seqcheck checks: seqcheck scenarios/chat.seq is seqcheck check scenarios/chat.seq.\n\
                  A binding (--binding FILE) is a TOML file that maps the labels of a diagram to the messages of your \
                  protocol. To test your own server:\n  \
                  seqcheck init binding my.seq -o mine.toml    (then edit mine.toml)\n  \
                  seqcheck my.seq --binding mine.toml --target ws://HOST:PORT\n\
                  Exit codes: 0 pass, 1 fail, 2 usage, 3 inconclusive, 4 error."
)]
pub struct Cli {
    /// What to do; nothing is `check`.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// What stands without a verb.
    #[command(flatten)]
    pub bare: Bare,
}

/// The arguments of the bare command, and those of all verbs.
#[derive(Args, Debug)]
pub struct Bare {
    /// The arguments of `check`.
    #[command(flatten)]
    pub check: Check,
    /// How it looks, whatever the verb.
    #[command(flatten)]
    pub look: Look,
    /// Where the configuration is, whatever the verb.
    #[command(flatten)]
    pub place: Place,
}

/// Where the configuration is.
#[derive(Args, Debug)]
pub struct Place {
    /// Use this configuration file instead of the nearest seqcheck.toml
    #[arg(long, global = true, value_name = "FILE", help_heading = "Configuration")]
    pub config: Option<PathBuf>,
    /// Use [profile.NAME] of the configuration; its settings have priority
    #[arg(long, global = true, value_name = "NAME", help_heading = "Configuration")]
    pub profile: Option<String>,
}

impl Cli {
    /// Help wider than this is hard to read.
    const WIDEST: usize = 100;

    /// Reads the arguments behind the program's name; `width` is for the help.
    ///
    /// # Errors
    /// What is wrong with them; also the help or the version, where they are asked for.
    pub fn read(args: &[OsString], width: usize) -> Result<Cli, clap::Error> {
        if let Some(bare) = Bare::read(args) {
            return Ok(Cli { verb: None, bare });
        }
        let matches = Cli::command().term_width(width.min(Self::WIDEST)).try_get_matches_from(words(args))?;
        let mut cli = Cli::from_arg_matches(&matches)?;
        match (&mut cli.verb, matches.subcommand()) {
            (Some(Verb::Check(check)), Some((_, matches))) => check.again = Check::again(matches),
            (Some(Verb::Mock(mock)), Some((_, matches))) => mock.repeated(matches),
            (Some(_), _) => {}
            (None, _) => cli.bare.check.again = Check::again(&matches),
        }
        Ok(cli)
    }
}

impl Bare {
    /// The same without a verb; none where there may be one, or anything else is to be said. To make the flags of all
    /// verbs takes longer than a play.
    fn read(args: &[OsString]) -> Option<Bare> {
        if args.iter().any(|word| VERBS.iter().any(|verb| word == verb)) {
            return None;
        }
        let command = Bare::augment_args(clap::Command::new("seqcheck"));
        let matches = command.try_get_matches_from(words(args)).ok()?;
        let mut bare = Bare::from_arg_matches(&matches).ok()?;
        bare.check.again = Check::again(&matches);
        Some(bare)
    }
}

fn words(args: &[OsString]) -> impl Iterator<Item = OsString> {
    std::iter::once(OsString::from("seqcheck")).chain(args.iter().cloned())
}

/// The names of all verbs, and `help`.
pub const VERBS: [&str; 17] = [
    "check",
    "lint",
    "mock",
    "judge",
    "power",
    "draw",
    "fmt",
    "convert",
    "serve",
    "record",
    "explain",
    "list",
    "init",
    "lsp",
    "completions",
    "man",
    "help",
];

/// The verbs: one file each in `cli/verbs`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run diagrams against a server (the default command)
    Check(Box<Check>),
    /// Check diagrams without running them
    Lint(Lint),
    /// Play the servers of diagrams for clients under test, and judge the clients
    Mock(Box<Mock>),
    /// Judge a recorded trace against a diagram
    Judge(Judge),
    /// Show which faulty servers a diagram detects
    Power(Power),
    /// Draw a diagram
    Draw(Draw),
    /// Write diagrams as canonical text
    Fmt(Fmt),
    /// Write diagrams in another language
    Convert(Convert),
    /// Run the built-in reference server on a port
    Serve(Serve),
    /// Record a session, and write it as a diagram and a binding
    Record(Box<Record>),
    /// Explain a verdict, a finding or an error
    Explain(Explain),
    /// List bindings, dialects, formats, …
    List(List),
    /// Write a first scenario, a CI workflow, or a binding for your server
    Init(Init),
    /// Run the language server, for editors
    Lsp,
    /// Print shell completions
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// `seqcheck check`
#[derive(Args, Clone, Debug, Default)]
pub struct Check {
    /// Diagrams, Markdown files, folders, globs, or - for standard input [default: scenarios/]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// List what would be played, and play nothing
    #[arg(long, help_heading = "Selection")]
    pub list: bool,
    /// Run again when one of the files changes, until Ctrl-C
    #[arg(long, help_heading = "Selection", conflicts_with = "list")]
    pub watch: bool,
    /// How to run.
    #[command(flatten)]
    pub settings: Settings,
    /// The flags of a run as they were written, for saying how to repeat it.
    #[arg(skip)]
    pub again: Vec<String>,
}

/// Flags that say where a run is reported, or which of many scenarios it is about; the seed is said in any case.
pub const NOT_REPEATED: [&str; 23] = [
    "list",
    "watch",
    "report",
    "out",
    "snapshots",
    "update",
    "progress",
    "lint",
    "deny",
    "allow",
    "jobs",
    "shard",
    "tag",
    "fail_fast",
    "max_fail",
    "name",
    "retries",
    "slow",
    "no_capture",
    "allow_inconclusive",
    "verbose",
    "quiet",
    "seed",
];

impl Check {
    /// The flags as they were written.
    fn again(matches: &ArgMatches) -> Vec<String> {
        again(matches, Check::augment_args)
    }
}

/// The flags of a verb as they were written.
fn again(matches: &ArgMatches, verb: fn(clap::Command) -> clap::Command) -> Vec<String> {
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    // What the flags are is made only where there are any.
    if !matches.ids().any(|id| id != "paths" && given(id.as_str())) {
        return Vec::new();
    }
    let mut words = Vec::new();
    for arg in Place::augment_args(verb(clap::Command::new(""))).get_arguments() {
        let id = arg.get_id().as_str();
        let Some(flag) = arg.get_long().filter(|_| given(id) && !NOT_REPEATED.contains(&id)) else { continue };
        if !matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
            words.push(format!("--{flag}"));
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            let value = value.to_string_lossy();
            if value.starts_with('-') {
                // By itself it would be a flag.
                words.push(format!("--{flag}={value}"));
            } else {
                words.extend([format!("--{flag}"), value.into_owned()]);
            }
        }
    }
    words
}

/// `seqcheck mock`
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "In COMMAND, {url} is the address (ws://HOST:PORT), {url.http} is the address for HTTP, and {port} \
                  is the port. If several lifelines listen, use {url.NAME} and so on. The variable SEQCHECK_URL \
                  contains the address too. The exit code is the code of the verdict, or 1 if COMMAND fails and 1 is \
                  worse. If COMMAND still runs after --total, seqcheck ends it and reports it.\n\n\
                  seqcheck sends undrawn answers (echo, preamble, reply) according to the binding. A message of a \
                  client that no arrow draws is a finding, and a client that no arrow draws is refused with HTTP 409."
)]
pub struct Mock {
    /// Diagrams, Markdown files, folders or globs: WebSocket, HTTP and event streams of one binding
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Play this lifeline [default: lifelines that others connect to and that connect to none]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub play: Vec<String>,
    /// Where to listen; port 0 is a free one, tcp:// before it is for plain streams of bytes, http:// for messages that are requests, and further lifelines take free ones at the same host
    #[arg(long, value_name = "[SCHEME://]ADDRESS", default_value = "127.0.0.1:0", value_parser = super::verbs::mock::parse_listen)]
    pub listen: (crate::run::launch::Speaks, std::net::SocketAddr),
    /// Exchange messages with the parent process over the standard streams, and report on standard error
    #[arg(long, conflicts_with = "listen")]
    pub stdio: bool,
    /// How long to wait for the first client
    #[arg(long, value_name = "TIME", value_parser = super::settings::parse_time, default_value = "30s")]
    pub wait: Duration,
    /// How to run.
    #[command(flatten)]
    pub settings: Settings,
    /// Client command; started for each play when all servers listen
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// The flags of a run as they were written, for saying how to repeat it.
    #[arg(skip)]
    pub again: Vec<String>,
}

impl Mock {
    /// Keeps how to repeat it: the verb, the flags and the command.
    fn repeated(&mut self, matches: &ArgMatches) {
        self.again = vec!["mock".to_owned()];
        self.again.extend(again(matches, Mock::augment_args));
        let command = (!self.command.is_empty()).then(|| "--".to_owned());
        self.again.extend(command.into_iter().chain(self.command.iter().cloned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_names_of_the_verbs_are_those_of_the_flags() {
        let command = Cli::command();
        let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).chain(["help"]).collect();
        assert_eq!(VERBS.to_vec(), known);
    }
}
