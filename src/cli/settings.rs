//! The options of a run. One definition serves flags, `SEQCHECK_*` variables and `seqcheck.toml`: a variable or a key is
//! read as if its flag had been written, so that all take the same values and give the same errors.

use super::paths::Language;
use super::trust::Permission;
use crate::diagram::{OrderMode, parse_duration};
use crate::syntax::Dialect;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// What can be set. Every option that is not given is `None` or empty, so that layers can be laid over each other.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Server under test: a ws://, wss://, http://, https://, tcp://, tls:// or unix: address, 'cmd: COMMAND' with {port}, or 'stdio: COMMAND'; Server=ws://… names the lifeline if several are tested [default: the built-in server]
    #[arg(long, value_name = "TARGET", help_heading = "Server")]
    pub target: Vec<String>,
    /// When a launched server is ready: a port, a URL or a line of its output
    #[arg(long, value_name = "PORT|URL|TEXT", help_heading = "Server")]
    pub ready: Option<String>,
    /// Transport of the built-in server [default: memory]
    #[arg(long, value_name = "NET", help_heading = "Server")]
    pub net: Option<Net>,
    /// What the target offers to scenarios with `#@ needs`
    #[arg(long, value_name = "KEY[=VALUE]", value_delimiter = ',', help_heading = "Server")]
    pub provides: Vec<String>,
    /// Faults of the built-in server: seqcheck list mutants
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Server")]
    pub mutant: Vec<String>,
    /// Unusual but allowed behaviour of the built-in server: seqcheck list legal-variants
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Server")]
    pub legal: Vec<String>,
    /// PEM file with a certificate authority to trust over TLS [default: the system's]
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    pub cacert: Vec<PathBuf>,
    /// PEM file with the client's certificate and key, or two files
    #[arg(long, value_name = "FILE[,KEY]", help_heading = "Server")]
    pub client_cert: Option<String>,
    /// Accept any certificate
    #[arg(long, help_heading = "Server")]
    pub insecure: bool,
    /// Allow this file, or all files in this folder, to run programs, read the environment and reach other servers
    #[arg(long, value_name = "PATH", help_heading = "Server")]
    pub trust: Vec<PathBuf>,
    /// Binding, which maps labels to messages: a built-in name or a TOML file [default: chat]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Diagram")]
    pub binding: Option<String>,
    /// Lifelines that seqcheck plays [default: lifelines that connect and that no lifeline connects to]
    #[arg(long, value_name = "A,B", value_delimiter = ',', help_heading = "Diagram")]
    pub simulate: Vec<String>,
    /// Lifelines that are tested [default: all others]
    #[arg(long, value_name = "X", value_delimiter = ',', help_heading = "Diagram")]
    pub test: Vec<String>,
    /// Lifelines that are one server under test, for example a gateway and its backend
    #[arg(long, value_name = "X,Y", value_delimiter = ',', help_heading = "Diagram")]
    pub server: Vec<String>,
    /// Lifelines that send and receive nothing on the wire: people, user interfaces, models
    #[arg(long, value_name = "A,B", value_delimiter = ',', help_heading = "Diagram")]
    pub silent: Vec<String>,
    /// A value for ${NAME}; env:VARIABLE as the value makes it a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_var, help_heading = "Diagram")]
    pub var: Vec<(String, String)>,
    /// File of variables, one NAME=VALUE per line; --var has priority
    #[arg(long, value_name = "FILE", help_heading = "Diagram")]
    pub vars_file: Vec<PathBuf>,
    /// When simulated clients send [default: diagram]
    #[arg(long, value_name = "MODE", value_parser = orders(), help_heading = "Diagram")]
    pub order: Option<OrderMode>,
    /// Frames that are not judged; '*' ignores every frame that is not drawn
    #[arg(long, value_name = "PATTERN", help_heading = "Diagram")]
    pub ignore: Vec<String>,
    /// Received objects may have only members that the binding names
    #[arg(long, help_heading = "Diagram")]
    pub closed: bool,
    /// Choose operand N (from 1), or N turns, for the fragment at LINE
    #[arg(long, value_name = "LINE=N", value_parser = parse_choice, help_heading = "Diagram")]
    pub choose: Vec<(u32, u32)>,
    /// Plays, one after another against the same server; choices are covered in turn [default: 1]
    #[arg(long, value_name = "N", value_parser = parse_count, help_heading = "Diagram")]
    pub repeat: Option<std::num::NonZeroU32>,
    /// Seed of all random choices [default: 0]
    #[arg(long, value_name = "NUMBER", help_heading = "Diagram")]
    pub seed: Option<u64>,
    /// Language of the named files and of standard input [default: by extension]
    #[arg(long, value_name = "DIALECT", value_parser = dialects(), help_heading = "Diagram")]
    pub dialect: Option<Language>,
    /// Checks before a run: errors stop it, warnings that concern a finding are shown with it [default: warn]
    #[arg(long, value_name = "LEVEL", help_heading = "Lint")]
    pub lint: Option<LintLevel>,
    /// Treat these findings of lint as errors, by code; warnings means all warnings
    #[arg(long, value_name = "CODE", value_delimiter = ',', help_heading = "Lint")]
    pub deny: Vec<String>,
    /// Hide these findings of lint, by code
    #[arg(long, value_name = "CODE", value_delimiter = ',', help_heading = "Lint")]
    pub allow: Vec<String>,
    /// Deadline of each expected message [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Time")]
    pub timeout: Option<Duration>,
    /// Deadline of a connection [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Time")]
    pub connect_timeout: Option<Duration>,
    /// Silence after the last expected message [default: 250ms to 1s in real time, 1s in virtual time]
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Time")]
    pub settle: Option<Duration>,
    /// Deadline of a scenario, in real time [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Time")]
    pub total: Option<Duration>,
    /// How much one play may record, such as 200MiB [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Time")]
    pub max_record: Option<u64>,
    /// Only scenarios with one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',', help_heading = "Selection")]
    pub tag: Vec<String>,
    /// Only scenarios with this text in their name or path, case-insensitive; with * or ? a glob for the whole
    #[arg(long, value_name = "TEXT|GLOB", help_heading = "Selection")]
    pub name: Vec<String>,
    /// Number of scenarios to run in parallel [default: the cores; 1 against a shared --target]
    #[arg(long, short, value_name = "N", value_parser = parse_jobs, help_heading = "Selection")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Run part I of N of the scenarios
    #[arg(long, value_name = "I/N", help_heading = "Selection")]
    pub shard: Option<Shard>,
    /// Stop after the first scenario that did not pass
    #[arg(long, help_heading = "Selection")]
    pub fail_fast: bool,
    /// Stop after N scenarios that did not pass
    #[arg(long, value_name = "N", value_parser = parse_count, help_heading = "Selection")]
    pub max_fail: Option<std::num::NonZeroU32>,
    /// Repeat a scenario that does not pass up to N times; one that then passes is flaky [default: 0]
    #[arg(long, value_name = "N", help_heading = "Selection")]
    pub retries: Option<u32>,
    /// Inconclusive scenarios do not fail the command
    #[arg(long, help_heading = "Output")]
    pub allow_inconclusive: bool,
    /// A report: FORMAT, or FORMAT=FILE [default: text]
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub report: Vec<String>,
    /// Folder for the trace, wire log, picture and report of every scenario
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// A folder of snapshots that lock the frames, in the format of insta
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    pub snapshots: Option<PathBuf>,
    /// Write the snapshots from this run
    #[arg(long, help_heading = "Output")]
    pub update: bool,
    /// Progress bar for long runs [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = "Output")]
    pub progress: Option<When>,
    /// Show every frame that the binding does not ignore; on a terminal immediately
    #[arg(long, short, help_heading = "Output")]
    pub verbose: bool,
    /// Show only what did not pass
    #[arg(long, short, help_heading = "Output", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Mark scenarios that take longer than TIME [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Output")]
    pub slow: Option<Duration>,
    /// Show the output of a launched server immediately
    #[arg(long, help_heading = "Output")]
    pub no_capture: bool,
    /// Where the command of a target runs, where it is not the current folder: that of the file that names it.
    #[arg(skip)]
    pub target_folder: Option<PathBuf>,
    /// The file that says `insecure`, where it is one.
    #[arg(skip)]
    pub insecure_by: Option<String>,
    /// What the file asks for.
    #[arg(skip)]
    pub permissions: Vec<Permission>,
}

/// Options that every verb has.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Colour [default: auto]
    #[arg(long, global = true, value_name = "WHEN", help_heading = "Output")]
    pub color: Option<When>,
}

/// All that can be set outside the command line.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// How to run.
    #[command(flatten)]
    pub settings: Settings,
    /// How it looks.
    #[command(flatten)]
    pub look: Look,
}

impl Layer {
    /// This layer, and what it leaves open from a lower one.
    #[must_use]
    pub fn over(self, below: Layer) -> Layer {
        Layer {
            settings: self.settings.over(below.settings),
            look: Look { color: self.look.color.or(below.look.color) },
        }
    }
}

/// Transports of the built-in server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum Net {
    /// In this process, in virtual time
    #[default]
    Memory,
    /// Over TCP on the loopback device
    Tcp,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What `check` does with what can be said before a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum LintLevel {
    /// Nothing is looked for
    Off,
    /// Errors stop the run
    #[default]
    Warn,
    /// Warnings stop it as well
    Deny,
}

/// A share of the scenarios: of all, in their order, every `of`-th from the `index`-th (from 1) on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    index: usize,
    of: usize,
}

impl Shard {
    /// Whether the scenario at this place (from 0) is in the share.
    pub fn takes(self, place: usize) -> bool {
        place % self.of == self.index - 1
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Shard { index, of }),
            Some(_) | None => Err("a share is I/N with I from 1 to N, such as 2/5".to_owned()),
        }
    }
}

/// A size as a person writes it: `200MiB`.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        _ => return Err("a size is a number with KiB, MiB or GiB after it, such as 64MiB".to_owned()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift)).ok_or_else(|| "too large".to_owned())
}

/// A number of things side by side.
pub(super) fn parse_jobs(text: &str) -> Result<std::num::NonZeroUsize, String> {
    text.parse().map_err(|_| "a number of at least 1, such as 4".to_owned())
}

pub(super) fn parse_scale(text: &str) -> Result<f32, String> {
    let scale = text.parse().ok().filter(|scale| (0.1..=10.0).contains(scale));
    scale.ok_or_else(|| "a number from 0.1 to 10, such as 2".to_owned())
}

fn parse_count(text: &str) -> Result<std::num::NonZeroU32, String> {
    text.parse().map_err(|_| "a number of at least 1, such as 4".to_owned())
}

pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "a time is a number with ms, s, m or h, such as 500ms or 2s".to_owned())
}

pub(super) fn orders() -> impl TypedValueParser<Value = OrderMode> {
    PossibleValuesParser::new(OrderMode::ALL.map(|(_, word)| word)).try_map(|word| {
        OrderMode::ALL.into_iter().find(|&(_, known)| known == word).map(|(mode, _)| mode).ok_or("unknown")
    })
}

/// The words for what files are written in.
pub(super) fn dialects() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::names()).try_map(|word| Language::from_name(&word).ok_or("unknown"))
}

/// The words for what a diagram can be written in.
pub(super) fn written_dialects() -> impl TypedValueParser<Value = Dialect> {
    PossibleValuesParser::new(Dialect::ALL.map(|facts| facts.name))
        .try_map(|word| Dialect::from_name(&word).ok_or("unknown"))
}

fn parse_choice(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once('=').and_then(|(line, choice)| Some((line.parse().ok()?, choice.parse().ok()?)));
    parts.ok_or_else(|| "a choice is LINE=N, such as 12=2".to_owned())
}

/// `NAME=VALUE`.
pub(super) fn parse_var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        Some(_) | None => Err("a variable is NAME=VALUE".to_owned()),
    }
}

impl Settings {
    /// These settings, and what they leave open from a lower layer.
    #[must_use]
    pub fn over(self, below: Settings) -> Settings {
        let mut permissions = below.permissions;
        permissions.retain(|permission| !self.hides(permission));
        Settings {
            target_folder: if self.target.is_empty() { below.target_folder } else { self.target_folder },
            insecure_by: if self.insecure { self.insecure_by } else { below.insecure_by },
            permissions: self.permissions.into_iter().chain(permissions).collect(),
            trust: self.trust.into_iter().chain(below.trust).collect(),
            target: either(self.target, below.target),
            ready: self.ready.or(below.ready),
            net: self.net.or(below.net),
            provides: either(self.provides, below.provides),
            mutant: either(self.mutant, below.mutant),
            legal: either(self.legal, below.legal),
            cacert: either(self.cacert, below.cacert),
            client_cert: self.client_cert.or(below.client_cert),
            insecure: self.insecure || below.insecure,
            binding: self.binding.or(below.binding),
            simulate: either(self.simulate, below.simulate),
            test: either(self.test, below.test),
            server: either(self.server, below.server),
            silent: either(self.silent, below.silent),
            // A variable hides the one of the same name alone.
            var: {
                let hidden: Vec<String> = self.var.iter().map(|(name, _)| name.clone()).collect();
                let rest = below.var.into_iter().filter(|(name, _)| !hidden.contains(name));
                self.var.into_iter().chain(rest).collect()
            },
            vars_file: either(self.vars_file, below.vars_file),
            order: self.order.or(below.order),
            ignore: either(self.ignore, below.ignore),
            closed: self.closed || below.closed,
            choose: either(self.choose, below.choose),
            repeat: self.repeat.or(below.repeat),
            seed: self.seed.or(below.seed),
            dialect: self.dialect.or(below.dialect),
            lint: self.lint.or(below.lint),
            deny: either(self.deny, below.deny),
            allow: either(self.allow, below.allow),
            timeout: self.timeout.or(below.timeout),
            connect_timeout: self.connect_timeout.or(below.connect_timeout),
            settle: self.settle.or(below.settle),
            total: self.total.or(below.total),
            max_record: self.max_record.or(below.max_record),
            tag: either(self.tag, below.tag),
            name: either(self.name, below.name),
            jobs: self.jobs.or(below.jobs),
            shard: self.shard.or(below.shard),
            fail_fast: self.fail_fast || below.fail_fast,
            max_fail: self.max_fail.or(below.max_fail),
            retries: self.retries.or(below.retries),
            allow_inconclusive: self.allow_inconclusive || below.allow_inconclusive,
            report: either(self.report, below.report),
            out: self.out.or(below.out),
            snapshots: self.snapshots.or(below.snapshots),
            update: self.update || below.update,
            progress: self.progress.or(below.progress),
            verbose: self.verbose || (below.verbose && !self.quiet),
            quiet: self.quiet || (below.quiet && !self.verbose),
            slow: self.slow.or(below.slow),
            no_capture: self.no_capture || below.no_capture,
        }
    }
}

impl Settings {
    /// Whether these say something in place of what a file below asks for.
    fn hides(&self, permission: &Permission) -> bool {
        match permission.key {
            "target" => !self.target.is_empty(),
            "ready" => self.ready.is_some(),
            "client-cert" => self.client_cert.is_some(),
            "cacert" => !self.cacert.is_empty(),
            "insecure" => self.insecure,
            "out" => self.out.is_some(),
            "snapshots" => self.snapshots.is_some(),
            "report" => !self.report.is_empty(),
            "var" => self
                .var
                .iter()
                .any(|(name, _)| permission.ask.what.split_once('=').is_some_and(|(known, _)| known == name)),
            _ => false,
        }
    }
}

fn either<T>(above: Vec<T>, below: Vec<T>) -> Vec<T> {
    if above.is_empty() { below } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_disjoint_and_complete() {
        let shards = ["1/3", "2/3", "3/3"].map(|text| text.parse::<Shard>().expect("a share"));
        for place in 0..10 {
            assert_eq!(shards.iter().filter(|shard| shard.takes(place)).count(), 1, "place {place}");
        }
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_upper_layer_hides_only_what_it_sets() {
        let var = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let upper = Settings { seed: Some(1), var: vec![var("a", "1")], quiet: true, ..Settings::default() };
        let lower = Settings {
            seed: Some(2),
            binding: Some("irc".to_owned()),
            var: vec![var("a", "2"), var("b", "2")],
            verbose: true,
            ..Settings::default()
        };
        let both = upper.over(lower);
        assert_eq!((both.seed, both.binding.as_deref()), (Some(1), Some("irc")));
        assert_eq!(both.var, [var("a", "1"), var("b", "2")]);
        assert!(both.quiet && !both.verbose);
    }
}
