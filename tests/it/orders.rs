//! `--order local` and `--order burst`: a record knows in which order its clients sent.

use seqcheck::diagram::OrderMode;
use seqcheck::oracle::Verdict;
use seqcheck::run::{Prepared, Scenario};
use seqcheck::trace::file;
use std::path::PathBuf;

fn scenarios() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "seq")).collect();
    found.sort();
    found
}

fn prepared(path: &PathBuf, mode: OrderMode) -> Prepared {
    Scenario::load(path).unwrap().order(mode).prepare().unwrap_or_else(|error| panic!("{error}"))
}

/// P10 for every order: the record says in which order it was made, whatever the diagram or the command line say now.
#[test]
fn a_record_is_judged_by_the_order_in_which_it_was_made() {
    for path in scenarios() {
        for (mode, word) in OrderMode::ALL {
            let played = prepared(&path, mode).play_here();
            if played.verdict() == Verdict::Error {
                // What seqcheck could not do stands in no record.
                continue;
            }
            let play = &played.plays[0];
            let (header, entries) = file::read(&file::write(&play.header, &play.trace)).unwrap();
            for (other, asked) in OrderMode::ALL {
                let judged = prepared(&path, other).judge(&header, &entries).unwrap();
                let place = format!("{} played {word}, asked for {asked}\n{played}\n{judged}", path.display());
                assert_eq!(judged.plays[0].outcome, play.outcome, "{place}");
            }
        }
    }
}
