//! An arrow that is not drawn is missed: each arrow of each scenario is taken out, and what is left is played against the
//! built-in server. `cargo test` takes a share of them out, `SEQCHECK_SWEEP=all` each.

use crate::sweep::{is_played, is_whole};
use seqcheck::oracle::{Fate, Part, Verdict};
use seqcheck::order::ArrowId;
use seqcheck::run::{CheckVerdict, Scenario};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Deletions that are no finding, with what the run comes to: where, the arrow, the word.
const ALLOWED: [(&str, &str, &str); 5] = [
    // With nothing to wait for, its client stops reading before it comes.
    ("heartbeat", "Server-->Bob: Connected", "pass"),
    // It would come seconds after all that is drawn, when nobody listens any more.
    ("heartbeat", "Server->Alice: user:bob left", "pass"),
    // What the tool sends below needs the value that this arrow names: it says so instead of playing on.
    ("notifications", "Server->Bob: direct from Service: your bill is due (id=bill)", "error"),
    ("read-foreign", "Server->Bob: direct from Alice: for you alone (id=secret)", "error"),
    // As above: seconds after all that is drawn.
    ("typing-extended", "Server->Bob: alice:stopped typing", "pass"),
];

/// An answer of 2xx to a request need not be drawn.
fn is_granted(drawn: &str) -> bool {
    [": 200 OK", ": 202 Accepted"].iter().any(|answer| drawn.ends_with(answer))
}

fn scenarios() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "seq")).collect();
    found.sort();
    let read = |path: PathBuf| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap())
    };
    found.into_iter().map(read).collect()
}

fn play(name: &str, text: &str) -> Option<CheckVerdict> {
    Scenario::parse(name, text).and_then(|scenario| scenario.prepare()).ok().map(|prepared| prepared.play_here())
}

/// The lines of arrows by what they are: what the tool sends, what came, what did not have to come.
fn lines(verdict: &CheckVerdict) -> BTreeMap<u32, &'static str> {
    let plan = verdict.plan.as_ref().unwrap();
    let marks = verdict.plays.iter().flat_map(|play| &play.outcome.marks);
    let came: BTreeSet<ArrowId> =
        marks.filter(|mark| mark.fate == Fate::Passed).filter_map(|mark| mark.arrow).collect();
    let mut lines = BTreeMap::new();
    for (id, arrow) in plan.order().arrow_ids() {
        let what = match plan.planned(id).part {
            Part::Stimulus | Part::Local | Part::Hidden => "sent",
            Part::Observation if came.contains(&id) => "came",
            Part::Observation => "stayed away",
        };
        // One line may be several arrows: that one of them came is what counts.
        if what == "came" || !lines.contains_key(&arrow.line) {
            lines.insert(arrow.line, what);
        }
    }
    lines
}

#[test]
fn an_arrow_taken_out_is_missed() {
    let mut table: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    let mut unmissed = Vec::new();
    for (row, (name, text)) in scenarios().into_iter().enumerate() {
        let whole = play(&name, &text).unwrap_or_else(|| panic!("{name} can be played"));
        let lines = lines(&whole).into_iter().enumerate().filter(|(column, _)| is_played(row, *column));
        for (_, (line, what)) in lines {
            let mut left: Vec<&str> = text.lines().collect();
            let at = line as usize - 1;
            let drawn = left[at].trim();
            // What is said of it goes with it.
            let said = left[..at].iter().rev().take_while(|text| text.trim().starts_with("#@ ")).count();
            left.drain(at - said..=at);
            let verdict = play(&name, &(left.join("\n") + "\n"));
            let word = verdict.as_ref().map_or("refused", |verdict| verdict.verdict().word());
            table.entry((what, word)).or_default().push(format!("{name}:{line}"));
            let missed = verdict.is_none_or(|verdict| verdict.verdict() == Verdict::Fail);
            if what == "came" && !missed && !(word == "pass" && is_granted(drawn)) {
                unmissed.push((name.clone(), drawn.to_owned(), word));
            }
        }
    }
    for ((what, word), places) in &table {
        println!(
            "{what:>12} {word:<13} {:>4}  {}",
            places.len(),
            if places.len() > 20 { String::new() } else { places.join(" ") }
        );
    }
    let least = if is_whole() { 200 } else { 40 };
    assert!(table.get(&("came", "fail")).is_some_and(|places| places.len() > least), "there is something to take out");
    let allowed = ALLOWED.map(|(name, drawn, word)| (name.to_owned(), drawn.to_owned(), word));
    if is_whole() {
        assert_eq!(unmissed, allowed);
    }
    assert!(unmissed.iter().all(|one| allowed.contains(one)), "{unmissed:?}");
}
