//! The scenarios against one server that stays up, as a server that people share does: in any order, again and again.
//!
//! `SEQCHECK_SUITE=1` plays all of them, also those that wait for drawn times, and each three times.

use crate::serve::serve;
use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use seqcheck::run::{Scenario, Target};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The scenarios that need this of a server, or nothing, in alphabetical order.
fn suite(need: Option<&str>) -> Vec<PathBuf> {
    let all = std::env::var_os("SEQCHECK_SUITE").is_some();
    let mut found: Vec<PathBuf> = std::fs::read_dir(root().join("scenarios"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .filter(|path| {
            let text = std::fs::read_to_string(path).expect("text");
            let waits = ["...", "#@ between", "#@ settle"];
            let waits = text.lines().any(|line| waits.iter().any(|word| line.trim_start().starts_with(word)));
            let needs = text.lines().find_map(|line| line.strip_prefix("#@ needs "));
            needs == need && (all || !waits && need != Some("heartbeat=2s"))
        })
        .collect();
    found.sort();
    found
}

/// The same in an order that a seed decides (Fisher and Yates; Knuth's multiplier for the chance in it).
fn shuffled(mut list: Vec<PathBuf>, seed: u64) -> Vec<PathBuf> {
    let mut state = seed;
    for last in (1..list.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        list.swap(last, (state >> 33) as usize % (last + 1));
    }
    list
}

/// Plays the suite against one server, in order and in disorder.
fn rounds(need: Option<&str>, args: &[&str], least: usize) {
    let server = serve(args);
    let target = Target::url(&format!("ws://{}", server.address)).expect("an address");
    let list = suite(need);
    assert!(list.len() >= least, "{list:?}");
    let mut orders = vec![list.clone(), shuffled(list.clone(), 1)];
    if std::env::var_os("SEQCHECK_SUITE").is_some() {
        orders.insert(0, list);
    }
    for (round, order) in orders.iter().enumerate() {
        for path in order {
            let scenario = Scenario::load(path).unwrap_or_else(|error| panic!("{error}"));
            let scenario = scenario.target(target.clone()).provides(need.map(str::to_owned));
            let verdict = scenario.check().unwrap_or_else(|error| panic!("{error}"));
            assert!(verdict.is_pass(), "round {round}, {}: {verdict}", path.display());
        }
    }
}

#[test]
fn all_pass_against_a_server_that_stays_up_in_any_order() {
    rounds(None, &[], 30);
}

#[test]
fn those_with_authentication_do_so_too() {
    rounds(Some("auth=required"), &["--auth", "required"], 3);
}

/// By itself: who does not read answers no ping, and on a busy machine a client that is drawn so is cut off for it.
#[test]
fn those_with_a_heartbeat_do_so_too() {
    rounds(Some("heartbeat=2s"), &["--heartbeat", "2s"], 0);
}

#[test]
fn a_command_starts_one_server_for_all_of_them() {
    let command = format!("cmd: '{}' serve --port {{port}}", env!("CARGO_BIN_EXE_seqcheck"));
    let names = ["editing", "editing-stale", "editing-conflict", "read-foreign", "read-receipts", "sse-replay"];
    let paths = names.map(|name| format!("scenarios/{name}.seq"));
    let args = paths.iter().map(String::as_str).chain(["--target", &command]);
    let output = seqcheck(args).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(output.out.contains("6 scenarios: 6 passed"), "{output}");
}

#[test]
fn names_are_marked_where_somebody_may_have_been_before() {
    let document = |scenario: Scenario| {
        let verdict = scenario.check().unwrap_or_else(|error| panic!("{error}"));
        assert!(verdict.is_pass(), "{verdict}");
        let frames = verdict.plays.iter().flat_map(|play| &play.trace).map(|entry| format!("{:?}", entry.event));
        let name = |frame: String| Some(frame.split("\"doc\": String(\"").nth(1)?.split('"').next()?.to_owned());
        frames.filter_map(name).collect::<Vec<String>>()
    };
    let open = || {
        let text = "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: open notes\n\
                    Server->Alice: document notes rev=0:\n";
        Scenario::parse("a.seq", text).expect("it reads")
    };
    assert_eq!(document(open().repeat(2)), ["notes", "notes~01"], "a new server, and then the same again");
    let server = serve(&[]);
    let shared = || open().target(Target::url(&format!("ws://{}", server.address)).expect("an address"));
    let [first, second] = [document(shared()), document(shared())];
    assert!(first[0].starts_with("notes~") && first[0].len() > "notes~0123456789ab".len(), "{first:?}");
    assert_ne!(first, second);
}
