//! The same over TCP, in real time, several times each: what fails in memory is told there with the same class and line,
//! and every time alike.

use super::truth::drawn;
use super::{CLASS, LINE, Run, Score, drawn_lines, judge, number, percent, root, runs, suite, written};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::{Scenario, Target};
use seqcheck::server::{ServerOptions, Watch};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are played side by side: most of their time is waiting.
const AT_ONCE: usize = 48;

/// What one play told: the score, and class and line of the root finding.
type Told = (Score, (Class, u32));

/// One play over TCP of what fails in memory; none where it does not fail.
fn play(run: &Run, about: &str) -> Option<Told> {
    let watch = Watch::default();
    let options = ServerOptions { mutants: vec![run.mutant], watch: Some(watch.clone()), ..ServerOptions::default() };
    let path = root().join(format!("scenarios/{}.seq", run.scenario));
    let scenario = Scenario::load(path).map(|scenario| scenario.target(Target::builtin_on_tcp(options)));
    let verdict = scenario.and_then(|scenario| scenario.check()).unwrap_or_else(|error| panic!("{error}"));
    if verdict.verdict() != Verdict::Fail {
        println!("{about}: {}", verdict.verdict().word());
    }
    let (_, prepared) = suite().iter().find(|(name, _)| name == run.scenario)?;
    let correct = prepared.against_builtin(ServerOptions::default(), 1).play();
    let score = judge(&verdict, &watch, &drawn(&correct.plays), about)?;
    let root = verdict.plays.iter().flat_map(|play| &play.outcome.findings).next()?;
    Some((score, (root.class, drawn_lines(&verdict, root.arrow))))
}

/// `SEQCHECK_TCP_PLAYS` says how often; the suite plays none of it, since it takes minutes.
#[test]
fn the_root_finding_is_the_same_over_tcp() {
    let plays = number("SEQCHECK_TCP_PLAYS", 0);
    if plays == 0 {
        return;
    }
    let failing: Vec<&Run> = runs().iter().filter(|run| run.score.is_some()).collect();
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(run) = failing.get(next.fetch_add(1, Ordering::Relaxed)) {
            let about = |number| format!("{} in {} over TCP, play {number}", run.mutant.name, run.scenario);
            let told: Vec<Told> = (0..plays).filter_map(|number| play(run, &about(number))).collect();
            all.lock().expect("nobody panics").push((format!("{} in {}", run.mutant.name, run.scenario), told));
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let all = all.into_inner().expect("nobody panicked");
    let scores: Vec<&Score> = all.iter().flat_map(|(_, told)| told.iter().map(|(score, _)| score)).collect();
    scores.iter().filter(|score| !score.wrong.is_empty()).for_each(|score| println!("{}", score.wrong));
    let count = |is: fn(&Score) -> bool| scores.iter().filter(|score| is(score)).count();
    let (class, line) = (count(|score| score.class), count(|score| score.line));
    let different: Vec<String> = all
        .iter()
        .filter(|(_, told)| told.iter().any(|(_, root)| *root != told[0].1))
        .map(|(about, told)| format!("{about}: {:?}", told.iter().map(|(_, root)| root).collect::<Vec<_>>()))
        .collect();
    println!("told differently: {different:#?}");
    let pairs = all.iter().filter(|(_, told)| !told.is_empty()).count();
    let same = pairs - different.len();
    written(&format!("over TCP, {plays} plays"), scores.len(), class, line, &format!("{same} of {pairs}"));
    assert!(percent(class, scores.len()) >= CLASS && percent(line, scores.len()) >= LINE, "{class} {line}");
    assert!(percent(same, pairs) >= LINE, "{different:#?}");
}
