//! `judge`: a record against a diagram that has changed since, and records that are damaged. The tool's own sends are
//! never the server's fault: what a record cannot tell is I4.

mod damage;
mod edits;
mod listened;
mod readings;
mod said;

use seqcheck::oracle::{Class, Reason, Verdict};
use seqcheck::order::ArrowId;
use seqcheck::run::{CheckVerdict, Prepared, Scenario};
use seqcheck::trace::Entry;
use seqcheck::trace::file::Header;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A scenario of the suite and the record of a play of it that passed.
struct Recorded {
    name: String,
    text: String,
    prepared: Prepared,
    header: Header,
    entries: Vec<Entry>,
    /// The arrows that were sent or observed.
    reached: Vec<ArrowId>,
}

/// All of the suite, each played once.
fn recorded() -> &'static [Recorded] {
    static RECORDED: LazyLock<Vec<Recorded>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let entries = std::fs::read_dir(folder).expect("the suite").map(|entry| entry.expect("a file").path());
        let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "seq")).collect();
        paths.sort();
        paths.iter().map(|path| record(path)).collect()
    });
    &RECORDED
}

fn record(path: &Path) -> Recorded {
    let text = std::fs::read_to_string(path).expect("a scenario");
    let prepared = read(&text).unwrap_or_else(|| panic!("{} cannot be played", path.display()));
    let played = prepared.play_here();
    assert!(played.is_pass(), "{played}");
    let play = &played.plays[0];
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let reached = play.outcome.marks.iter().filter_map(|mark| mark.arrow).collect();
    Recorded { name, text, header: play.header.clone(), entries: play.trace.clone(), reached, prepared }
}

/// A diagram of the suite, however it was edited; none where it cannot be played any more.
fn read(text: &str) -> Option<Prepared> {
    Scenario::parse("scenarios/edited.seq", text).and_then(|scenario| scenario.prepare()).ok()
}

/// `SEQCHECK_EDITS=all` tries every line of every scenario; by default one in five.
fn tried(index: usize) -> bool {
    std::env::var_os("SEQCHECK_EDITS").is_some() || index.is_multiple_of(5)
}

/// What a record came to, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Pass,
    Doubt(Reason),
    Fail(Class),
    /// A known failure that no longer occurs, or `#@ expect` that is not met.
    Otherwise,
    Error,
}

impl Told {
    fn of(verdict: &CheckVerdict) -> Told {
        let outcome = &verdict.plays[0].outcome;
        match outcome.verdict {
            Verdict::Pass => Told::Pass,
            Verdict::Inconclusive => Told::Doubt(outcome.doubts[0].reason),
            Verdict::Fail => outcome.findings.first().map_or(Told::Otherwise, |finding| Told::Fail(finding.class)),
            Verdict::Error => Told::Error,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Told::Pass => "pass",
            Told::Doubt(reason) => reason.code(),
            Told::Fail(class) => class.word(),
            Told::Otherwise => "other",
            Told::Error => "ERROR",
        }
    }
}

/// How often something came to what.
#[derive(Default)]
struct Table(BTreeMap<&'static str, BTreeMap<&'static str, u32>>);

impl Table {
    fn count(&mut self, row: &'static str, column: &'static str) {
        *self.0.entry(row).or_default().entry(column).or_default() += 1;
    }

    fn print(&self, title: &str) {
        println!("{title}");
        for (row, columns) in &self.0 {
            let total: u32 = columns.values().sum();
            let all: Vec<String> = columns.iter().map(|(column, count)| format!("{column} {count}")).collect();
            println!("  {row:<34} {total:>5}: {}", all.join(", "));
        }
    }
}
