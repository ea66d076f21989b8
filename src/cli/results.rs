//! From the verdict of a scenario to what is reported of it.

use super::keep::Keep;
use super::reports::Reports;
use super::scenarios::{Ready, tags};
use super::snapshots::Snapshots;
use super::world::World;
use crate::report::{ScenarioReport, wire};
use crate::run::{CheckVerdict, Played};
use std::time::{SystemTime, UNIX_EPOCH};

/// What is done with a play beside telling of it.
#[derive(Default)]
pub struct Outputs {
    /// `--out`
    pub keep: Option<Keep>,
    /// `--snapshots`
    pub snapshots: Option<Snapshots>,
}

/// Which of the plays of a scenario they are, where some were told of before: the first, from 0, and how many there are.
pub type Place = Option<(usize, usize)>;

/// The reports of the last of several tries. What came of those before it stands in them, and in what is kept.
pub fn tries(
    ready: &Ready,
    mut tries: Vec<CheckVerdict>,
    again: &[String],
    told: &Reports,
    outputs: &mut Outputs,
    place: Place,
) -> Vec<ScenarioReport> {
    let Some(last) = tries.pop() else { return Vec::new() };
    let mut failed = Vec::new();
    for (number, verdict) in (1..).zip(tries) {
        // A snapshot is of what counts.
        let mut beside = Outputs { keep: outputs.keep.take(), snapshots: None };
        let reports = reports(ready, verdict, again, told, &mut beside, (&format!("-try{number}"), None));
        outputs.keep = beside.keep;
        failed.extend(reports.iter().find(|report| !report.status().is_good()).map(ScenarioReport::headline));
    }
    let reports = reports(ready, last, again, told, outputs, ("", place));
    reports.into_iter().map(|report| ScenarioReport { tries: failed.clone(), ..report }).collect()
}

/// A report for each play, or one for a scenario that was skipped; without secrets. The `mark` stands in the names of the
/// files that are kept.
pub fn reports(
    ready: &Ready,
    verdict: CheckVerdict,
    again: &[String],
    told: &Reports,
    outputs: &mut Outputs,
    (mark, place): (&str, Place),
) -> Vec<ScenarioReport> {
    // With what has become known in its plays.
    told.secrets().merge(&verdict.secrets);
    let plan = verdict.plan.clone();
    let order = plan.as_ref().map(|plan| plan.shared_order());
    let frame = ScenarioReport {
        name: verdict.name,
        path: ready.piece.place.clone(),
        sources: verdict.sources,
        diagram: verdict.diagram,
        order: order.unwrap_or_default(),
        tags: tags(&ready.piece.diagram),
        play: (1, 1),
        ..ScenarioReport::default()
    };
    if verdict.skipped.is_some() {
        return vec![ScenarioReport { skipped: verdict.skipped, ..frame }.redacted(told.secrets())];
    }
    let (first, plays) = place.unwrap_or((0, verdict.plays.len()));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let report = |(index, play): (usize, Played)| {
        let report = ScenarioReport {
            outcome: play.outcome,
            verdict: play.verdict,
            trace: play.trace,
            asides: play.asides,
            play: (count(first + index + 1), count(plays)),
            duration: Some(play.duration),
            again: command(frame.sources.get(ready.piece.source).name(), again, play.header.seed),
            notes: play.notes,
            servers: play.servers,
            ..frame.clone()
        };
        // The lines of a snapshot are made of what was observed, before anything is taken out of it.
        let lines = plan.as_ref().filter(|_| outputs.snapshots.is_some()).map(|plan| wire::lines(plan, &report));
        let mut report = report.redacted(told.secrets());
        if let (Some(lines), Some(snapshots)) = (lines, &mut outputs.snapshots) {
            let lines = lines.iter().map(|line| told.secrets().redact(line).into_owned()).collect();
            snapshots.hold(&mut report, &ready.place, lines);
        }
        if let Some(keep) = &mut outputs.keep {
            keep.play(&mut report, (&ready.place, mark), &play.header, told.secrets());
        }
        report
    };
    verdict.plays.into_iter().enumerate().map(report).collect()
}

/// A report of a scenario that was not played.
pub fn not_started(ready: &Ready, reason: &str) -> ScenarioReport {
    ScenarioReport {
        name: ready.piece.name.clone(),
        path: ready.piece.place.clone(),
        diagram: ready.piece.diagram.clone(),
        tags: tags(&ready.piece.diagram),
        play: (1, 1),
        skipped: Some(reason.to_owned()),
        ..ScenarioReport::default()
    }
}

/// Where a commit is named, in the systems that people build with.
const COMMITS: [&str; 4] = ["GITHUB_SHA", "CI_COMMIT_SHA", "CIRCLE_SHA1", "GIT_COMMIT"];

/// The program, the commit where the environment names one, the day and the command: for who finds a report later.
pub fn about(world: &World) -> String {
    let commit = COMMITS.iter().find_map(|name| world.vars.get(*name)).filter(|commit| !commit.is_empty());
    let commit = commit.map_or_else(String::new, |commit| format!(" · commit {commit}"));
    // Who wants the same bytes every time names the moment (reproducible-builds.org).
    let given = world.vars.get("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let date = date(given.unwrap_or_else(now));
    let words = world.args.iter().map(|word| quoted(&word.to_string_lossy()));
    let command = std::iter::once("seqcheck".to_owned()).chain(words).collect::<Vec<_>>().join(" ");
    format!("seqcheck {}{commit} · {date} · {command}", env!("CARGO_PKG_VERSION"))
}

/// A moment as people and programs read it, in UTC; seconds since 1970.
fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, of which a leap day is the last (H. Hinnant, *chrono-compatible low-level date algorithms*).
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    format!("{:04}-{month:02}-{day:02} {:02}:{:02} UTC", year + 400 * era, rest / 3_600, rest / 60 % 60)
}

/// The command that plays a scenario again the same way, for a shell.
fn command(path: &str, again: &[String], seed: u64) -> String {
    let words = words(path, again, seed);
    std::iter::once("seqcheck".to_owned()).chain(words.iter().map(|word| quoted(word))).collect::<Vec<_>>().join(" ")
}

/// Its words behind the name of the program.
fn words(path: &str, again: &[String], seed: u64) -> Vec<String> {
    let seed = ["--seed".to_owned(), seed.to_string()];
    // A verb goes before the path, and the command of a client behind all else.
    let (verb, again) = match again.split_first() {
        Some((verb, rest)) if verb == "mock" => (Some(verb.clone()), rest),
        Some(_) | None => (None, again),
    };
    let behind = again.iter().position(|word| verb.is_some() && word == "--").unwrap_or(again.len());
    let (flags, behind) = again.split_at(behind);
    let words = verb.into_iter().chain([path.to_owned()]).chain(flags.iter().cloned());
    words.chain(seed).chain(behind.iter().cloned()).collect()
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./:=,@%+".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(date(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(date(1_772_323_200), "2026-03-01 00:00 UTC");
        assert_eq!(date(4_107_542_400), "2100-03-01 00:00 UTC");
    }

    /// What every flag that is repeated may be, for both verbs that play.
    const BOTH: &str = "--target ws://h:1 --ready 7 --net tcp --provides a=b,c --mutant x --legal y --cacert a.pem \
                        --client-cert a.pem,b.pem --insecure --trust a --binding ./b.toml --simulate A,B --test X \
                        --server X,Y --silent Z --var n=v --vars-file v --order burst --ignore=-* --closed --choose \
                        3=2 --repeat 4 --dialect seq --timeout 1s --connect-timeout 2s --settle 3s --total 4s \
                        --max-record 5MiB --config c.toml --profile p";
    const LISTENS: &str = "--play A,B --listen tcp://127.0.0.1:9000 --wait 2m -- client --stdio --seed 3 {url}";

    #[test]
    fn the_command_says_every_flag_that_matters() {
        use crate::cli::args::{Cli, NOT_REPEATED, Verb};
        use clap::CommandFactory as _;
        // What is written, and what of it is not said again.
        let lines = [
            (format!("a.seq {BOTH}"), ""),
            (format!("check a.seq {BOTH}"), ""),
            (format!("mock a.seq {BOTH} {LISTENS}"), ""),
            ("mock a.seq --stdio --timeout 1s".to_owned(), "--quiet --jobs 3 --out o --retries 2"),
            ("mock a.seq".to_owned(), ""),
            ("a.seq".to_owned(), "--list"),
        ];
        let read = |words: &[String]| {
            let words: Vec<std::ffi::OsString> = words.iter().map(Into::into).collect();
            Cli::read(&words, 80).unwrap_or_else(|why| panic!("{why}"))
        };
        let again = |cli: &Cli| match &cli.verb {
            Some(Verb::Check(check)) => check.again.clone(),
            Some(Verb::Mock(mock)) => mock.again.clone(),
            _ => cli.bare.check.again.clone(),
        };
        for (line, left) in &lines {
            let given: Vec<String> =
                line.split_whitespace().chain(left.split_whitespace()).map(str::to_owned).collect();
            let repeated = read(&words("a.seq", &again(&read(&given)), 7));
            // The same as where it is written by hand: the seed before the command of a client, no `check`.
            let by_hand = line.replace("check ", "").replacen("a.seq", "a.seq --seed 7", 1);
            let by_hand: Vec<String> = by_hand.split_whitespace().map(str::to_owned).collect();
            let mut by_hand = read(&by_hand);
            let told = again(&repeated);
            match &mut by_hand.verb {
                Some(Verb::Mock(mock)) => mock.again.clone_from(&told),
                _ => by_hand.bare.check.again.clone_from(&told),
            }
            assert_eq!(format!("{repeated:?}"), format!("{by_hand:?}"), "{line}");
        }
        let command = Cli::command();
        for verb in ["check", "mock"] {
            let verb = command.find_subcommand(verb).expect("a verb");
            let flags = verb.get_arguments().filter(|arg| !NOT_REPEATED.contains(&arg.get_id().as_str()));
            for flag in flags.filter_map(clap::Arg::get_long).filter(|flag| !["color", "help"].contains(flag)) {
                assert!(lines.iter().any(|(line, _)| line.contains(&format!("--{flag}"))), "--{flag} is in no line");
            }
        }
    }

    #[test]
    fn the_command_can_be_pasted() {
        let again = ["--target", "cmd: it's", "--var", "a="].map(str::to_owned);
        let line = command("a b.seq", &again, 7);
        assert_eq!(line, r"seqcheck 'a b.seq' --target 'cmd: it'\''s' --var a= --seed 7");
    }
}
