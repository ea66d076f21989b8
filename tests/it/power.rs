//! `seqcheck power`: which faulty servers diagrams would and would not catch.

use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use seqcheck::server::mutants;
use serde_json::Value;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_first_diagram_catches_fewer_than_half_and_says_which() {
    let output = seqcheck(["power", "scenarios/chat.seq"]).at(root()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    let all = mutants::ALL.len();
    let told = output.out.lines().next().and_then(|line| line.trim().split(' ').next()).expect("a number");
    let caught: usize = told.parse().expect("a number");
    assert!(caught > 10 && 2 * caught < all, "{output}");
    let line = output.out.lines().find(|line| line.contains("M08 broadcast-twice")).expect("it is caught");
    assert!(line.contains("duplicate") && line.contains("line 14: Server->Alice: message from Bob"), "{line}");
    assert!(output.out.contains(&format!("{caught} of {all} faulty servers are found")), "{output}");
    let survivors = output.out.split("not found:").nth(1).expect("some are not");
    assert!(survivors.contains("M19 flushed-last-first"), "two messages are never in flight: {output}");
    assert_eq!(survivors.trim().lines().count(), all - caught, "{output}");
}

#[test]
fn several_diagrams_add_up_and_a_program_can_read_it() {
    let survivors = |paths: &[&str]| -> (Value, Vec<String>) {
        let args = ["power"].iter().chain(paths).chain(&["--format", "json"]).copied();
        let output = seqcheck(args).at(root()).run();
        assert_eq!(output.exit, Exit::Pass, "{output}");
        let told: Value = serde_json::from_str(&output.out).expect("JSON");
        let names = told["not_caught"].as_array().expect("a list").iter();
        let names = names.map(|name| name.as_str().expect("a name").to_owned()).collect();
        (told, names)
    };
    let (_, chat) = survivors(&["scenarios/chat.seq"]);
    let (told, both) = survivors(&["scenarios/chat.seq", "scenarios/burst.seq"]);
    assert!(chat.contains(&"flushed-last-first".to_owned()) && !both.contains(&"flushed-last-first".to_owned()));
    assert!(both.iter().all(|name| chat.contains(name)) && both.len() < chat.len(), "{both:?}");
    let tried = told["scenarios"][0]["tried"].as_array().expect("it was tried");
    assert_eq!((&told["scenarios"][0]["path"], tried.len()), (&"scenarios/chat.seq".into(), mutants::ALL.len()));
    let twice = tried.iter().find(|row| row["mutant"] == "broadcast-twice").expect("it was tried");
    assert_eq!((&twice["caught"]["class"], &twice["caught"]["line"]), (&"duplicate".into(), &14.into()));
}

#[test]
fn a_diagram_that_fails_already_measures_nothing() {
    let output = seqcheck(["power", "tests/cases/diverges/missing.seq", "scenarios/chat.seq"]).at(root()).run();
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(output.out.contains("not measured: against the correct built-in server it is a fail"), "{output}");
    assert!(output.out.contains("faulty servers are found"), "{output}");
}

#[test]
fn what_cannot_be_read_is_told_and_nothing_runs() {
    let output = seqcheck(["power", "tests/cases/rejected/unknown-label.seq"]).at(root()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    assert!(output.err.contains("unknown-label.seq") && output.err.contains("nothing ran"), "{output}");
}
