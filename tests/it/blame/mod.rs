//! Whether the root finding names the culprit: its class and its line, on every run that fails against a faulty server,
//! held against what was really wrong (`truth`).
//!
//! `SEQCHECK_SEEDS` plays more seeds than the suite does, `SEQCHECK_TCP_PLAYS` so often over TCP; with `SEQCHECK_BLESS` what
//! they come to is written to the page.

mod tcp;
mod truth;

use seqcheck::oracle::{Class, Verdict};
use seqcheck::order::ArrowId;
use seqcheck::run::{CheckVerdict, Prepared, Scenario};
use seqcheck::server::{Deviation, ServerOptions, Watch, mutants};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use truth::{Drawn, drawn, truths};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The scenarios of the suite by name, sorted, prepared once for all servers.
pub fn suite() -> &'static [(String, Prepared)] {
    static SUITE: LazyLock<Vec<(String, Prepared)>> = LazyLock::new(|| {
        let folder = root().join("scenarios");
        let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap_or_else(|error| panic!("scenarios/: {error}"))
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "seq"))
            .collect();
        found.sort_by_key(|path| path.file_stem().map(std::ffi::OsStr::to_owned));
        let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let prepared = |path: &Path| Scenario::load(path).and_then(|scenario| scenario.prepare());
        found.iter().map(|path| (name(path), prepared(path).unwrap_or_else(|error| panic!("{error}")))).collect()
    });
    &SUITE
}

/// One scenario against one faulty server.
#[derive(Clone, Debug)]
pub struct Run {
    pub mutant: &'static Deviation,
    pub scenario: &'static str,
    /// The class of the root finding.
    pub class: Option<Class>,
    /// Held against the truth; none where the run does not fail.
    pub score: Option<Score>,
}

/// Whether class and line of the root finding are right; what is wrong with it, where something is.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    pub class: bool,
    pub line: bool,
    pub wrong: String,
}

/// Every scenario against every faulty server, once, in memory: for all tests that ask.
pub fn runs() -> &'static [Run] {
    static RUNS: LazyLock<Vec<Run>> = LazyLock::new(|| in_memory(0..1));
    &RUNS
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(default)
}

/// The line of an arrow; 0 where there is none.
fn drawn_lines(verdict: &CheckVerdict, arrow: Option<ArrowId>) -> u32 {
    let line = arrow.zip(verdict.plan.as_ref()).map(|(arrow, plan)| plan.order().arrow(arrow).line);
    line.unwrap_or_default()
}

/// Holds one run against the truth.
fn judge(verdict: &CheckVerdict, watch: &Watch, drawn: &Drawn, about: &str) -> Option<Score> {
    let plan = verdict.plan.as_ref()?;
    let failing = verdict.plays.iter().map(|play| &play.outcome).find(|outcome| outcome.verdict == Verdict::Fail)?;
    let root = failing.findings.first()?;
    let truths = truths(&watch.account(), &verdict.plays, plan, drawn);
    let class = truths.iter().any(|truth| truth.classes.contains(&root.class));
    let lines = |arrow: &ArrowId| plan.order().arrow(*arrow).line;
    let told = root.arrow.as_ref().map(lines);
    let line = truths.iter().any(|truth| truth.arrows.iter().any(|arrow| Some(lines(arrow)) == told));
    let mut wrong = String::new();
    if !class || !line {
        let at = root.arrow.as_ref().map_or(0, lines);
        wrong = format!("{about}: {} at {at}: {}; really", root.class.word(), root.what);
        for truth in &truths {
            let words: Vec<&str> = truth.classes.iter().map(|class| class.word()).collect();
            let at: Vec<u32> = truth.arrows.iter().map(lines).collect();
            wrong += &format!("\n    {} at {at:?}: {}", words.join("/"), truth.about);
        }
    }
    Some(Score { class, line, wrong })
}

/// All scenarios against all faulty servers, in memory, with these seeds.
fn in_memory(seeds: std::ops::Range<u64>) -> Vec<Run> {
    let suite = suite();
    let jobs: Vec<(u64, usize)> = seeds.flat_map(|seed| (0..suite.len()).map(move |index| (seed, index))).collect();
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(&(seed, index)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (name, scenario) = &suite[index];
            let play = |mutants: Vec<&'static Deviation>| {
                let watch = Watch::default();
                let options = ServerOptions { mutants, seed, watch: Some(watch.clone()), ..ServerOptions::default() };
                (scenario.against_builtin(options, 1).play(), watch)
            };
            let (correct, _) = play(Vec::new());
            assert!(correct.is_pass(), "{name}: {correct}");
            let drawn = drawn(&correct.plays);
            for &mutant in mutants::ALL {
                let (verdict, watch) = play(vec![mutant]);
                let about = format!("{} in {name}, seed {seed}", mutant.name);
                let score = judge(&verdict, &watch, &drawn, &about);
                let class = verdict.plays.iter().flat_map(|play| &play.outcome.findings).next().map(|root| root.class);
                let run = Run { mutant, scenario: name, class, score };
                all.lock().expect("nobody panics").push((seed, index, run));
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let mut all = all.into_inner().expect("nobody panicked");
    all.sort_by_key(|(seed, index, _)| (*seed, *index));
    all.into_iter().map(|(.., run)| run).collect()
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

type Is = fn(&Score) -> bool;

/// The part of `docs/mutants.md` that says how well the root finding names the culprit.
pub fn page() -> String {
    let scores = |name: Option<&str>| -> Vec<&Score> {
        let of = |run: &&Run| name.is_none_or(|name| run.mutant.name == name);
        runs().iter().filter(of).filter_map(|run| run.score.as_ref()).collect()
    };
    let told = |scores: &[&Score], is: Is| scores.iter().filter(|score| is(score)).count();
    let (class, line): (Is, Is) = (|score| score.class, |score| score.line);
    let all = scores(None);
    let (classes, lines) = (told(&all, class), told(&all, line));
    let mut page = format!(
        "{PREAMBLE}Of {} runs that fail, the class of the root finding is right in {classes} ({:.1} %), its line in {lines} ({:.1} %). The \
         mutants that are not right in all runs:\n\n| mutant | failing runs | class | line |\n| --- | --- | --- | --- |\n",
        all.len(),
        percent(classes, all.len()),
        percent(lines, all.len()),
    );
    for mutant in mutants::ALL {
        let own = scores(Some(mutant.name));
        let (classes, lines) = (told(&own, class), told(&own, line));
        if classes.min(lines) < own.len() {
            page += &format!("| `{}` | {} | {classes} | {lines} |\n", mutant.name, own.len());
        }
    }
    page
}

const PREAMBLE: &str = "\
\n## Does the root finding name the fault?

A correct server runs beside the faulty one and sends the correct messages. The difference shows the fault itself: its class, the
arrow of the wrong message, and the arrow of its cause. The test compares the first finding with this
(`tests/it/blame`).

";

/// What stands before the table of what the suite does not play, and behind it.
const MEASURED: [&str; 2] = [
    "\nThe same with more seeds, and for the failing runs over TCP, in real time and several times each. The figures are from the \
     last run of\n`SEQCHECK_BLESS=1 SEQCHECK_SEEDS=20 SEQCHECK_TCP_PLAYS=3 cargo test blame`:\n\n| runs | failing | class right | line right | class \
     and line the same in all plays |\n| --- | --- | --- | --- | --- |\n",
    "\n## ",
];

/// The page as it lies there, and one writer at a time.
static PAGE: Mutex<()> = Mutex::new(());

/// The table of what the suite does not play, as the page has it.
pub fn measured() -> String {
    let page = std::fs::read_to_string(root().join("docs/mutants.md")).unwrap_or_default();
    let rows = page.split_once(MEASURED[0]).and_then(|(_, rest)| rest.split_once(MEASURED[1]));
    format!("{}{}", MEASURED[0], rows.map_or("", |(rows, _)| rows))
}

/// Tells what runs came to, and writes it to the page where that is asked for.
fn written(about: &str, all: usize, class: usize, line: usize, same: &str) {
    let share = |part: usize| format!("{part} ({:.1} %)", percent(part, all));
    let row = format!("| {about} | {all} | {} | {} | {same} |", share(class), share(line));
    println!("{row}");
    if std::env::var_os("SEQCHECK_BLESS").is_none() {
        return;
    }
    let _writing = PAGE.lock();
    let path = root().join("docs/mutants.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(MEASURED[0]).expect("a table");
    let (rows, behind) = rest.split_once(MEASURED[1]).expect("something behind it");
    // The kind of runs is what stands before the comma.
    let kind = |row: &str| row.split(',').next().map(str::to_owned);
    let mut rows: Vec<&str> = rows.lines().filter(|old| kind(old) != kind(&row)).collect();
    rows.push(&row);
    rows.sort_unstable();
    let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
    std::fs::write(path, format!("{before}{}{rows}{}{behind}", MEASURED[0], MEASURED[1])).expect("written");
}

/// Of how many failing runs class and line are right, in percent.
fn told(runs: &[Run], by: &str) -> (f64, f64) {
    let scores: Vec<&Score> = runs.iter().filter_map(|run| run.score.as_ref()).collect();
    let class = scores.iter().filter(|score| score.class).count();
    let line = scores.iter().filter(|score| score.line).count();
    let all = scores.len();
    scores.iter().filter(|score| !score.wrong.is_empty()).for_each(|score| println!("{}", score.wrong));
    let (classes, lines) = (percent(class, all), percent(line, all));
    println!("{by}: {all} failing runs: class right in {class} ({classes:.2} %), line in {line} ({lines:.2} %)");
    assert!(all > 400, "{all}");
    (classes, lines)
}

#[test]
fn the_root_finding_names_the_culprit() {
    let (class, line) = told(runs(), "seed 0");
    assert!(class >= CLASS && line >= LINE, "{class} {line}");
    let seeds = number("SEQCHECK_SEEDS", 1);
    if seeds > 1 {
        let others = in_memory(1..seeds);
        let (class, line) = told(&others, "the other seeds");
        assert!(class >= CLASS && line >= LINE, "{class} {line}");
        let scores: Vec<&Score> = runs().iter().chain(&others).filter_map(|run| run.score.as_ref()).collect();
        let count = |is: Is| scores.iter().filter(|score| is(score)).count();
        let (class, line) = (count(|score| score.class), count(|score| score.line));
        written(&format!("in memory, {seeds} seeds"), scores.len(), class, line, "–");
    }
}

/// In how many of a hundred failing runs class and line of the root finding are right, at least.
const CLASS: f64 = 99.5;
const LINE: f64 = 97.0;
