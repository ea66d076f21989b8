//! `--order local` and `--order burst` against the built-in server: whoever runs ahead of the drawing blames nobody for it.

use crate::sweep::is_played;
use seqcheck::diagram::OrderMode;
use seqcheck::oracle::{Reason, Verdict};
use seqcheck::run::{CheckVerdict, Prepared, Scenario};
use seqcheck::server::{Deviation, ServerOptions, legal};
use seqcheck::trace::file;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The modes in which a client does not wait for all that is drawn above.
const AHEAD: [OrderMode; 2] = [OrderMode::Local, OrderMode::Burst];

fn scenarios() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "seq")).collect();
    found.sort();
    found
}

/// `SEQCHECK_ORDER_ONLY` plays these scenarios alone (`sse-reconnect,game`).
fn asked() -> Vec<PathBuf> {
    let Ok(only) = std::env::var("SEQCHECK_ORDER_ONLY") else { return scenarios() };
    let is_one = |path: &PathBuf| only.split(',').any(|name| path.file_stem().is_some_and(|stem| stem == name));
    scenarios().into_iter().filter(is_one).collect()
}

fn prepared(path: &PathBuf, mode: OrderMode) -> Prepared {
    Scenario::load(path).unwrap().order(mode).prepare().unwrap_or_else(|error| panic!("{error}"))
}

/// `SEQCHECK_ORDER_SEEDS` plays more seeds than the suite does: so many, or those of a piece (`21..40`).
fn seeds() -> RangeInclusive<u64> {
    let asked = std::env::var("SEQCHECK_ORDER_SEEDS").unwrap_or_default();
    let (from, to) = asked.split_once("..").unwrap_or(("1", &asked));
    from.parse().unwrap_or(1)..=to.parse().unwrap_or(1)
}

/// What a play came to, where it is not what a correct server deserves.
fn wrong(verdict: &CheckVerdict) -> Option<String> {
    let reasons = verdict.plays.iter().flat_map(|play| &play.outcome.doubts).map(|doubt| doubt.reason);
    match verdict.verdict() {
        Verdict::Pass => None,
        Verdict::Inconclusive if reasons.clone().count() > 0 && reasons.clone().all(|it| it == Reason::Unconfirmed) => {
            None
        }
        Verdict::Inconclusive => Some(format!("inconclusive, and not I1: {:?}", reasons.collect::<Vec<_>>())),
        Verdict::Fail | Verdict::Error => Some(verdict.to_string()),
    }
}

#[test]
fn clients_that_run_ahead_blame_no_correct_server() {
    let mut variants: Vec<Vec<&'static Deviation>> = vec![Vec::new()];
    // A server that cuts off who says nothing for a while: by default echoes keep clients from it, and here nobody asks any.
    let quiet = |variant: &&&Deviation| variant.name == "going-away-when-idle";
    variants.extend(legal::ALL.iter().filter(|variant| !quiet(variant)).map(|variant| vec![*variant]));
    let (mut alarms, mut told) = (Vec::new(), BTreeMap::<(&str, &str), u32>::new());
    for mode in AHEAD {
        let word = OrderMode::ALL.into_iter().find(|(known, _)| *known == mode).map_or("", |(_, word)| word);
        for (column, path) in asked().iter().enumerate() {
            let scenario = prepared(path, mode);
            for (_, variant) in variants.iter().enumerate().filter(|(row, _)| is_played(*row, column)) {
                for seed in seeds() {
                    let options = ServerOptions { legal: variant.clone(), seed, ..ServerOptions::default() };
                    let verdict = scenario.against_builtin(options, 1).play_here();
                    *told.entry((word, verdict.verdict().word())).or_default() += 1;
                    if let Some(why) = wrong(&verdict) {
                        let name = path.file_stem().unwrap().to_string_lossy();
                        let variant = variant.first().map_or("plain", |variant| variant.name);
                        alarms.push(format!("{word} {name} {variant} seed {seed}: {why}"));
                    }
                }
            }
        }
    }
    println!("{told:?}");
    assert!(alarms.is_empty(), "{} alarms\n{}", alarms.len(), alarms.join("\n"));
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

/// What came because somebody connected late, or was refused nothing, is excused with what it came instead of.
#[test]
fn what_follows_from_what_another_order_excuses_is_excused() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for mode in AHEAD {
        for (name, variant, seed) in [
            ("presence-duplicate", "handled-in-any-order", 5),
            ("presence-duplicate", "uneven-reader", 5),
            ("turns", "uneven-reader", 5),
            // Published before the reader has left the stream on which it then gets it.
            ("sse-reconnect", "far-away", 19),
            // The second move of one before the first of the other, who is not connected yet.
            ("game", "far-away", 9),
        ] {
            let options =
                ServerOptions { legal: legal::find(variant).into_iter().collect(), seed, ..ServerOptions::default() };
            let verdict = prepared(&folder.join(format!("{name}.seq")), mode).against_builtin(options, 1).play_here();
            assert_eq!(wrong(&verdict), None, "{name} {variant} seed {seed}\n{verdict}");
        }
    }
}
