//! The flags of the verbs that do not play.

use crate::cli::paths::Language;
use crate::cli::settings::{self, Settings};
use crate::cli::verbs::draw::{Picture, PictureTheme};
use crate::diagram::OrderMode;
use crate::syntax::Dialect;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

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
    /// Correct problems without changing what a run checks
    #[arg(long)]
    pub fix: bool,
    /// Also show statistics of each diagram
    #[arg(long)]
    pub stats: bool,
    /// Look for implied scenarios as well (SQ110), which may take long
    #[arg(long)]
    pub deep: bool,
    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: LintFormat,
    /// Binding, which maps labels to messages: a built-in name or a TOML file [default: chat]
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
    #[arg(long, value_name = "NAME=VALUE", value_parser = settings::parse_var)]
    pub var: Vec<(String, String)>,
    /// When simulated clients send [default: diagram]
    #[arg(long, value_name = "MODE", value_parser = settings::orders())]
    pub order: Option<OrderMode>,
    /// What the files are written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = settings::dialects())]
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
    /// Trace of a run (trace.jsonl in the --out folder)
    #[arg(value_name = "TRACE")]
    pub trace: PathBuf,
    /// Binding, which maps labels to messages: a built-in name or a TOML file [default: chat]
    #[arg(long, value_name = "NAME|FILE")]
    pub binding: Option<String>,
    /// A file, or a folder with all in it, that may run programs, read the environment and reach other servers
    #[arg(long, value_name = "PATH")]
    pub trust: Vec<PathBuf>,
    /// A value for ${NAME}; env:VARIABLE as the value makes it a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = settings::parse_var)]
    pub var: Vec<(String, String)>,
    /// What the file is written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = settings::dialects())]
    pub dialect: Option<Language>,
    /// Frames that are not judged; '*' is all that is not drawn
    #[arg(long, value_name = "PATTERN")]
    pub ignore: Vec<String>,
    /// Objects have no members that the binding does not name
    #[arg(long)]
    pub closed: bool,
    /// How much of the record may be judged, such as 200MiB: as much as its play might record [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = settings::parse_size)]
    pub max_record: Option<u64>,
    /// An inconclusive verdict does not fail the command
    #[arg(long)]
    pub allow_inconclusive: bool,
    /// A report: FORMAT, or FORMAT=FILE [default: text]
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<String>,
    /// Show every frame that the binding does not ignore
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
    #[arg(long, value_name = "NAME=VALUE", value_parser = settings::parse_var)]
    pub var: Vec<(String, String)>,
    /// Scenarios side by side [default: the cores]
    #[arg(long, short, value_name = "N", value_parser = settings::parse_jobs)]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Plays of each diagram against each faulty server, one after another [default: 1]
    #[arg(long, value_name = "N")]
    pub repeat: Option<std::num::NonZeroU32>,
    /// Randomness [default: 0]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// What named files and standard input are written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = settings::dialects())]
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
    /// Trace of a run (trace.jsonl in the --out folder): the picture shows the result of every arrow
    #[arg(long, value_name = "TRACE")]
    pub trace: Option<PathBuf>,
    /// Binding of the trace: a built-in name or a TOML file [default: chat]
    #[arg(long, value_name = "NAME|FILE", requires = "trace")]
    pub binding: Option<String>,
    /// A file, or a folder with all in it, that may run programs, read the environment and reach other servers
    #[arg(long, value_name = "PATH", requires = "trace")]
    pub trust: Vec<PathBuf>,
    /// A value for ${NAME} of the trace; env:VARIABLE as the value makes it a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = settings::parse_var, requires = "trace")]
    pub var: Vec<(String, String)>,
    /// Where it goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colours of an svg or png; auto is the reader's, and light in a png
    #[arg(long, value_name = "THEME", default_value = "auto")]
    pub theme: PictureTheme,
    /// How many times as large an svg or png is [default: 1, and 2 in a png]
    #[arg(long, value_name = "NUMBER", value_parser = settings::parse_scale)]
    pub scale: Option<f32>,
    /// ASCII characters alone
    #[arg(long)]
    pub ascii: bool,
    /// What the file is written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = settings::dialects())]
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
    #[arg(long, value_name = "DIALECT", value_parser = settings::dialects())]
    pub dialect: Option<Language>,
}

/// `seqcheck convert`
#[derive(Args, Debug)]
pub struct Convert {
    /// Diagrams, Markdown files, folders, globs, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The language to write
    #[arg(long, value_name = "DIALECT", value_parser = settings::written_dialects())]
    pub to: Dialect,
    /// A file, or for several diagrams a folder [default: standard output]
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// What the files are written in [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = settings::dialects())]
    pub dialect: Option<Language>,
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
    #[arg(long, value_name = "TIME", value_parser = settings::parse_time)]
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
    /// Seed of all random choices
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// Show every message
    #[arg(long, short)]
    pub verbose: bool,
}

/// `seqcheck record`
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Clients connect to the address that is printed instead of the server's. Ctrl-C ends the recording, and so \
                  does the end of COMMAND, in which {url}, {url.http} and {port} stand for that address; SEQCHECK_URL \
                  contains it too. Credentials are replaced with {env.NAME}: the output lists the variables to set."
)]
pub struct Record {
    /// Stand between clients and this server: ws://HOST:PORT, http://HOST:PORT, tcp://HOST:PORT, or 'cmd: COMMAND {port}'
    #[arg(long, value_name = "ADDRESS", required_unless_present_any = ["har", "from", "stdio"])]
    pub target: Option<String>,
    /// Stand between the parent process, on the standard streams, and COMMAND, which is the server
    #[arg(long, requires = "command", conflicts_with_all = ["target", "har", "from", "listen"])]
    pub stdio: bool,
    /// Read HAR files of browsers or proxies, with their WebSocket messages; one file is one client
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["target", "from"])]
    pub har: Vec<PathBuf>,
    /// Read what a run has kept: trace.jsonl or wire.log, or the folder of --out
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with = "target")]
    pub from: Vec<PathBuf>,
    /// Where clients connect; port 0 is a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: std::net::SocketAddr,
    /// The diagram, which must not exist
    #[arg(long, short, value_name = "FILE", default_value = "recorded.seq")]
    pub output: PathBuf,
    /// The binding, which must not exist [default: the name of the diagram, with .toml]
    #[arg(long, value_name = "FILE")]
    pub binding: Option<PathBuf>,
    /// The title of the diagram [default: the name of its file]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// End the recording after this time
    #[arg(long = "for", value_name = "TIME", value_parser = settings::parse_time)]
    pub time: Option<Duration>,
    /// Recordings of the same story: what is different in them is in no label
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub again: Vec<PathBuf>,
    /// Draw silences of a second and more, as ...3s...
    #[arg(long)]
    pub times: bool,
    /// Do not play the diagram against the target at once
    #[arg(long)]
    pub no_verify: bool,
    /// When a server of --target 'cmd: …' is ready: a port, an address, or a text that it prints
    #[arg(long, value_name = "WHEN")]
    pub ready: Option<String>,
    /// Accept a server of wss:// or https:// whatever its certificate
    #[arg(long)]
    pub insecure: bool,
    /// Certificates of authorities to trust besides the system's, in PEM
    #[arg(long, value_name = "FILE")]
    pub cacert: Vec<PathBuf>,
    /// Client command; started when the recording begins, which ends with it. With --stdio: the server
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
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
    /// Target folder
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
    /// Diagrams for a server of the Model Context Protocol: tools, resources, prompts, and what else there is
    Agents(InitAgents),
}

/// `seqcheck init agents`
#[derive(Args, Debug)]
pub struct InitAgents {
    /// Target folder
    #[arg(default_value = "agents")]
    pub folder: PathBuf,
}

/// `seqcheck init binding`
#[derive(Args, Debug)]
pub struct InitBinding {
    /// The diagrams
    #[arg(required_unless_present = "from")]
    pub paths: Vec<PathBuf>,
    /// Learn the rules from what was recorded instead: trace.jsonl, wire.log, a HAR file, or a folder of these
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["paths", "type_key"])]
    pub from: Vec<PathBuf>,
    /// Write only the rules that this binding lacks
    #[arg(long, value_name = "NAME|FILE", requires = "from")]
    pub extend: Option<String>,
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
