//! From the verdict of a scenario to what is reported of it.

use super::keep::Keep;
use super::reports::Reports;
use super::scenarios::{Ready, tags};
use super::snapshots::Snapshots;
use super::world::World;
use crate::report::{ScenarioReport, wire};
use crate::run::{CheckVerdict, Played};

/// What is done with a play beside telling of it.
#[derive(Default)]
pub struct Shelves {
    /// `--out`
    pub keep: Option<Keep>,
    /// `--snapshots`
    pub snapshots: Option<Snapshots>,
}

/// The reports of the last of several tries. What came of those before it stands in them, and in what is kept.
pub fn tries(
    ready: &Ready,
    mut tries: Vec<CheckVerdict>,
    again: &[String],
    told: &Reports,
    shelves: &mut Shelves,
) -> Vec<ScenarioReport> {
    let Some(last) = tries.pop() else { return Vec::new() };
    let mut failed = Vec::new();
    for (number, verdict) in (1..).zip(tries) {
        // A snapshot is of what counts.
        let mut beside = Shelves { keep: shelves.keep.take(), snapshots: None };
        let reports = reports(ready, verdict, again, told, &mut beside, &format!("-try{number}"));
        shelves.keep = beside.keep;
        failed.extend(reports.iter().find(|report| !report.status().is_good()).map(ScenarioReport::headline));
    }
    let reports = reports(ready, last, again, told, shelves, "");
    reports.into_iter().map(|report| ScenarioReport { tries: failed.clone(), ..report }).collect()
}

/// A report for each play, or one for a scenario that was skipped; without secrets. The `mark` stands in the names of the
/// files that are kept.
pub fn reports(
    ready: &Ready,
    verdict: CheckVerdict,
    again: &[String],
    told: &Reports,
    shelves: &mut Shelves,
    mark: &str,
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
    let plays = verdict.plays.len();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let report = |(index, play): (usize, Played)| {
        let report = ScenarioReport {
            outcome: play.outcome,
            verdict: play.verdict,
            trace: play.trace,
            asides: play.asides,
            play: (count(index + 1), count(plays)),
            duration: Some(play.duration),
            again: command(frame.sources.get(ready.piece.source).name(), again, play.header.seed),
            notes: play.notes,
            servers: play.servers,
            ..frame.clone()
        };
        // The lines of a snapshot are made of what was observed, before anything is taken out of it.
        let lines = plan.as_ref().filter(|_| shelves.snapshots.is_some()).map(|plan| wire::lines(plan, &report));
        let mut report = report.redacted(told.secrets());
        if let (Some(lines), Some(snapshots)) = (lines, &mut shelves.snapshots) {
            let lines = lines.iter().map(|line| told.secrets().redact(line).into_owned()).collect();
            snapshots.hold(&mut report, &ready.place, lines);
        }
        if let Some(keep) = &mut shelves.keep {
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

/// The program, and the commit, where the environment names one. The command stands with each scenario, without secrets.
pub fn about(world: &World) -> String {
    let commit = COMMITS.iter().find_map(|name| world.vars.get(*name)).filter(|commit| !commit.is_empty());
    let commit = commit.map_or_else(String::new, |commit| format!(" · commit {commit}"));
    format!("seqcheck {}{commit}", env!("CARGO_PKG_VERSION"))
}

/// The command that plays a scenario again the same way.
fn command(path: &str, again: &[String], seed: u64) -> String {
    let seed = ["--seed".to_owned(), seed.to_string()];
    // A verb goes before the path, and the command of a client behind all else.
    let (verb, again) = match again.split_first() {
        Some((verb, rest)) if verb == "mock" => (Some(verb.clone()), rest),
        Some(_) | None => (None, again),
    };
    let behind = again.iter().position(|word| verb.is_some() && word == "--").unwrap_or(again.len());
    let (flags, behind) = again.split_at(behind);
    let words = std::iter::once("seqcheck".to_owned()).chain(verb).chain([path.to_owned()]);
    let words = words.chain(flags.iter().cloned()).chain(seed).chain(behind.iter().cloned());
    words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
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
    fn the_command_can_be_pasted() {
        let again = ["--target", "cmd: it's", "--var", "a="].map(str::to_owned);
        let line = command("a b.seq", &again, 7);
        assert_eq!(line, r"seqcheck 'a b.seq' --target 'cmd: it'\''s' --var a= --seed 7");
    }
}
