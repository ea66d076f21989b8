//! The flags, as clap sees them.

use super::paths::Language;
use super::settings::{Look, Settings};
use super::verbs::draw::{Picture, PictureTheme};
use crate::diagram::OrderMode;
use crate::syntax::Dialect;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "seqcheck",
    version,
    about = "Sequence diagrams that run",
    long_about = "Plays the clients of a sequence diagram for real, over WebSocket, SSE and HTTP, and judges what the \
                  server did against the diagram.",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Without a verb seqcheck checks: seqcheck scenarios/chat.seq is seqcheck check scenarios/chat.seq.\n\
                  Exit codes: 0 pass, 1 fail, 2 usage, 3 inconclusive, 4 error."
)]
pub struct Cli {
    /// What to do; nothing is `check`.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// The arguments of the bare command.
    #[command(flatten)]
    pub check: Check,
    /// How it looks, whatever the verb.
    #[command(flatten)]
    pub look: Look,
    /// The configuration, in place of the nearest seqcheck.toml
    #[arg(long, global = true, value_name = "FILE", help_heading = "Configuration")]
    pub config: Option<PathBuf>,
    /// The [profile.NAME] of the configuration whose settings go before the others
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
        let words = std::iter::once(OsString::from("seqcheck")).chain(args.iter().cloned());
        let matches = Cli::command().term_width(width.min(Self::WIDEST)).try_get_matches_from(words)?;
        let mut cli = Cli::from_arg_matches(&matches)?;
        match (&mut cli.verb, matches.subcommand()) {
            (Some(Verb::Check(check)), Some((_, matches))) => check.again = Check::again(matches),
            (Some(Verb::Mock(mock)), Some((_, matches))) => mock.again = Check::again(matches),
            (Some(_), _) => {}
            (None, _) => cli.check.again = Check::again(&matches),
        }
        Ok(cli)
    }
}

/// The verbs: one file each in `cli/verbs`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Play diagrams and judge what was observed (what the bare command does)
    Check(Box<Check>),
    /// Say what can be said of diagrams without a run
    Lint(Lint),
    /// Play the servers of diagrams for clients under test, and judge the clients
    Mock(Box<Mock>),
    /// Judge a recorded trace against a diagram
    Judge(Judge),
    /// Tell which faulty servers diagrams would and would not catch
    Power(Power),
    /// Draw a diagram
    Draw(Draw),
    /// Write diagrams as canonical text
    Fmt(Fmt),
    /// Write diagrams in another language
    Convert(Convert),
    /// Run the built-in reference server on a port
    Serve(Serve),
    /// Read about a verdict, a finding or an error
    Explain(Explain),
    /// List what there is: bindings, dialects, formats, …
    List(List),
    /// Write a first scenario and a CI workflow
    Init(Init),
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
    /// Play again whenever one of the files changes, until Ctrl-C
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
const NOT_REPEATED: [&str; 21] = [
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
        let mut words = Vec::new();
        for arg in Settings::augment_args(clap::Command::new("")).get_arguments() {
            let id = arg.get_id().as_str();
            let given = matches.value_source(id) == Some(ValueSource::CommandLine);
            let Some(flag) = arg.get_long().filter(|_| given && !NOT_REPEATED.contains(&id)) else { continue };
            if !matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
                words.push(format!("--{flag}"));
                continue;
            }
            for value in matches.get_raw(id).into_iter().flatten() {
                words.push(format!("--{flag}"));
                words.push(value.to_string_lossy().into_owned());
            }
        }
        words
    }
}

/// `seqcheck lint`
#[derive(Args, Clone, Debug)]
pub struct Lint {
    /// Diagrams, Markdown files, folders, globs, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Findings that are errors, by code; warnings is all warnings
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub deny: Vec<String>,
    /// Findings that are not told, by code
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub allow: Vec<String>,
    /// Mend what can be mended without changing what a run checks
    #[arg(long)]
    pub fix: bool,
    /// Tell the numbers of each diagram as well
    #[arg(long)]
    pub stats: bool,
    /// Look for implied scenarios as well (SQ110), which may take long
    #[arg(long)]
    pub deep: bool,
    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: LintFormat,
    /// Wire binding: a built-in one or a TOML file [default: chat]
    #[arg(long, value_name = "NAME|FILE")]
    pub binding: Option<String>,
    /// A file, or a folder with all in it, that may run programs, read the environment and reach other servers
    #[arg(long, value_name = "PATH")]
    pub trust: Vec<PathBuf>,
    /// Lifelines that seqcheck plays [default: who dials and is never dialled]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub simulate: Vec<String>,
    /// Lifelines that are tested [default: all others]
    #[arg(long, value_name = "X", value_delimiter = ',')]
    pub test: Vec<String>,
    /// Lifelines that are one server under test
    #[arg(long, value_name = "X,Y", value_delimiter = ',')]
    pub server: Vec<String>,
    /// Lifelines of which nothing is on the wire
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub silent: Vec<String>,
    /// A value for ${NAME}; env:VARIABLE as the value makes it a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::settings::parse_var)]
    pub var: Vec<(String, String)>,
    /// When simulated clients send [default: diagram]
    #[arg(long, value_name = "MODE", value_parser = super::settings::orders())]
    pub order: Option<OrderMode>,
    /// What the files are written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = super::settings::dialects())]
    pub dialect: Option<Language>,
}

impl Lint {
    /// As the settings of a run.
    pub fn settings(&self) -> Settings {
        let this = self.clone();
        Settings {
            deny: this.deny,
            allow: this.allow,
            binding: this.binding,
            trust: this.trust,
            simulate: this.simulate,
            test: this.test,
            server: this.server,
            silent: this.silent,
            var: this.var,
            order: this.order,
            dialect: this.dialect,
            ..Settings::default()
        }
    }
}

/// The forms in which lint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// For people: each finding with its lines
    Text,
    /// One JSON document
    Json,
    /// Annotations of GitHub workflows
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// `seqcheck judge`
#[derive(Args, Clone, Debug, Default)]
pub struct Judge {
    /// The diagram
    #[arg(value_name = "FILE")]
    pub path: PathBuf,
    /// What --out kept of a play
    #[arg(value_name = "TRACE")]
    pub trace: PathBuf,
    /// Wire binding: a built-in one or a TOML file [default: chat]
    #[arg(long, value_name = "NAME|FILE")]
    pub binding: Option<String>,
    /// A file, or a folder with all in it, that may run programs, read the environment and reach other servers
    #[arg(long, value_name = "PATH")]
    pub trust: Vec<PathBuf>,
    /// A value for ${NAME}; env:VARIABLE as the value makes it a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::settings::parse_var)]
    pub var: Vec<(String, String)>,
    /// What the file is written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = super::settings::dialects())]
    pub dialect: Option<Language>,
    /// Frames that are not judged; '*' is all that is not drawn
    #[arg(long, value_name = "PATTERN")]
    pub ignore: Vec<String>,
    /// Objects have no members that the binding does not name
    #[arg(long)]
    pub closed: bool,
    /// How much of the record may be judged, such as 200MiB: as much as its play might record [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = super::settings::parse_size)]
    pub max_record: Option<u64>,
    /// An inconclusive verdict does not fail the command
    #[arg(long)]
    pub allow_inconclusive: bool,
    /// A report: FORMAT, or FORMAT=FILE [default: text]
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<String>,
    /// Show every frame
    #[arg(long, short)]
    pub verbose: bool,
}

impl Judge {
    /// As the settings of a run.
    pub fn settings(&self) -> Settings {
        let this = self.clone();
        Settings {
            binding: this.binding,
            trust: this.trust,
            var: this.var,
            dialect: this.dialect,
            ignore: this.ignore,
            closed: this.closed,
            max_record: this.max_record,
            allow_inconclusive: this.allow_inconclusive,
            report: this.report,
            verbose: this.verbose,
            ..Settings::default()
        }
    }
}

/// `seqcheck power`
#[derive(Args, Clone, Debug)]
pub struct Power {
    /// Diagrams, Markdown files, folders, globs, or - for standard input [default: scenarios/]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PowerFormat,
    /// Show how each diagram catches each fault, also where there are several diagrams
    #[arg(long, short)]
    pub verbose: bool,
    /// Only scenarios with one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub tag: Vec<String>,
    /// A file, or a folder with all in it, that may run programs, read the environment and reach other servers
    #[arg(long, value_name = "PATH")]
    pub trust: Vec<PathBuf>,
    /// A value for ${NAME}; env:VARIABLE as the value makes it a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::settings::parse_var)]
    pub var: Vec<(String, String)>,
    /// Scenarios side by side [default: the cores]
    #[arg(long, short, value_name = "N", value_parser = super::settings::parse_jobs)]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Plays of each diagram against each faulty server, one after another [default: 1]
    #[arg(long, value_name = "N")]
    pub repeat: Option<std::num::NonZeroU32>,
    /// Randomness [default: 0]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// What named files and standard input are written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = super::settings::dialects())]
    pub dialect: Option<Language>,
}

/// `seqcheck power --format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PowerFormat {
    /// For a person
    Text,
    /// For a program
    Json,
}

impl Power {
    /// As the settings of a run.
    pub fn settings(&self) -> Settings {
        let this = self.clone();
        Settings {
            tag: this.tag,
            trust: this.trust,
            var: this.var,
            jobs: this.jobs,
            repeat: this.repeat,
            seed: this.seed,
            dialect: this.dialect,
            ..Settings::default()
        }
    }
}

/// `seqcheck draw`
#[derive(Args, Debug)]
pub struct Draw {
    /// The file, or - for standard input
    #[arg(value_name = "FILE")]
    pub path: PathBuf,
    /// The form of the picture
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Picture,
    /// What --out kept of a play: what became of every arrow is drawn on it
    #[arg(long, value_name = "TRACE")]
    pub trace: Option<PathBuf>,
    /// Wire binding of the trace: a built-in one or a TOML file [default: chat]
    #[arg(long, value_name = "NAME|FILE", requires = "trace")]
    pub binding: Option<String>,
    /// A file, or a folder with all in it, that may run programs, read the environment and reach other servers
    #[arg(long, value_name = "PATH", requires = "trace")]
    pub trust: Vec<PathBuf>,
    /// A value for ${NAME} of the trace; env:VARIABLE as the value makes it a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::settings::parse_var, requires = "trace")]
    pub var: Vec<(String, String)>,
    /// Where it goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colours of an svg or png; auto is the reader's, and light in a png
    #[arg(long, value_name = "THEME", default_value = "auto")]
    pub theme: PictureTheme,
    /// How many times as large an svg or png is [default: 1, and 2 in a png]
    #[arg(long, value_name = "NUMBER", value_parser = super::settings::parse_scale)]
    pub scale: Option<f32>,
    /// ASCII characters alone
    #[arg(long)]
    pub ascii: bool,
    /// What the file is written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = super::settings::dialects())]
    pub dialect: Option<Language>,
}

/// `seqcheck fmt`
#[derive(Args, Debug)]
pub struct Fmt {
    /// Diagrams, folders, globs, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Name the files that are not canonical, and end with 1 where there are any
    #[arg(long)]
    pub check: bool,
    /// Print the canonical text of one file, and leave the file as it is
    #[arg(long, conflicts_with = "check")]
    pub stdout: bool,
    /// Rewrite the files: what is done without a flag
    #[arg(long, conflicts_with_all = ["check", "stdout"])]
    pub write: bool,
    /// What the files are written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = super::settings::dialects())]
    pub dialect: Option<Language>,
}

/// `seqcheck convert`
#[derive(Args, Debug)]
pub struct Convert {
    /// Diagrams, Markdown files, folders, globs, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The language to write
    #[arg(long, value_name = "DIALECT", value_parser = super::settings::written_dialects())]
    pub to: Dialect,
    /// A file, or for several diagrams a folder [default: standard output]
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// What the files are written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = super::settings::dialects())]
    pub dialect: Option<Language>,
}

/// `seqcheck mock`
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "In COMMAND, {url} is the address (ws://HOST:PORT), {url.http} the same for HTTP and {port} its port; \
                        where several lifelines listen, {url.NAME} and so on. SEQCHECK_URL has it in the environment. \
                        The exit code is the worse of the verdict's and, where COMMAND fails, 1.\n\n\
                        What the server owes and no arrow draws is answered by the binding (echo, preamble, reply); a \
                        message of a client that no arrow draws is a finding, and a client whom no arrow draws is \
                        refused with HTTP 409."
)]
pub struct Mock {
    /// Diagrams, Markdown files, folders or globs: WebSocket, HTTP and event streams of one binding
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Play this lifeline [default: all that are dialled and dial nobody]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub play: Vec<String>,
    /// Where to listen; port 0 is a free one, tcp:// before it is for plain streams of bytes, and further lifelines take free ones at the same host
    #[arg(long, value_name = "[tcp://]ADDRESS", default_value = "127.0.0.1:0", value_parser = super::verbs::mock::parse_listen)]
    pub listen: (bool, std::net::SocketAddr),
    /// Be the server of whoever has started this: speak over the standard streams, and report on standard error
    #[arg(long, conflicts_with = "listen")]
    pub stdio: bool,
    /// How long to wait for the first client
    #[arg(long, value_name = "TIME", value_parser = super::settings::parse_time, default_value = "30s")]
    pub wait: Duration,
    /// How to run.
    #[command(flatten)]
    pub settings: Settings,
    /// Run this for each play when everything listens, and end with it
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// The flags of a run as they were written, for saying how to repeat it.
    #[arg(skip)]
    pub again: Vec<String>,
}

/// `seqcheck serve`
#[derive(Args, Debug)]
pub struct Serve {
    /// The port on 127.0.0.1; 0 is a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// Clients must authenticate
    #[arg(long, value_name = "WHEN")]
    pub auth: Option<Required>,
    /// A valid token [default: token]
    #[arg(long, value_name = "TOKEN")]
    pub token: Vec<String>,
    /// Ping every client this often, and cut those that do not answer
    #[arg(long, value_name = "TIME", value_parser = super::settings::parse_time)]
    pub heartbeat: Option<Duration>,
    /// Another host that it may be called by, and whose pages may use it; * is any [default: this machine]
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub allow: Vec<String>,
    /// Misbehave: seqcheck list mutants
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub mutant: Vec<String>,
    /// Behave oddly, within its rights: seqcheck list legal-variants
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub legal: Vec<String>,
    /// For what is left to chance
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// Show every message
    #[arg(long, short)]
    pub verbose: bool,
}

/// `--auth required`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Required {
    /// Before anything else
    Required,
}

/// `seqcheck explain`
#[derive(Args, Debug)]
pub struct Explain {
    /// A word as it is printed: a class (missing), a reason (I1), a lint (SQ101), a kind of error (refused), a status
    /// (FAIL) or an exit code (3) [default: the list]
    #[arg(num_args = 0..)]
    pub code: Vec<String>,
}

/// `seqcheck list`
#[derive(Args, Debug)]
pub struct List {
    /// Which list [default: the lists]
    pub kind: Option<String>,
    /// One member, in full
    pub name: Option<String>,
}

/// `seqcheck init`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Init {
    /// Where
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// What, where it is not a first scenario
    #[command(subcommand)]
    pub what: Option<InitWhat>,
}

/// What `seqcheck init` can also make.
#[derive(Debug, Subcommand)]
pub enum InitWhat {
    /// A binding with a rule for every label of diagrams, for you to fill in
    Binding(InitBinding),
}

/// `seqcheck init binding`
#[derive(Args, Debug)]
pub struct InitBinding {
    /// The diagrams
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Write it into this file, which must not exist [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The member that names the type of a message
    #[arg(long, value_name = "NAME", default_value = "type")]
    pub type_key: String,
}

/// `seqcheck completions`
#[derive(Args, Debug)]
pub struct Completions {
    /// Which shell
    pub shell: clap_complete::Shell,
}

/// The names of all verbs.
pub fn verbs() -> Vec<String> {
    Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Cli::command().debug_assert();
    }
}
