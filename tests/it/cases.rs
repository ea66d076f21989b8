//! Folders of cases, named by how they end, each with its whole output as a snapshot.

use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where cases lie, how they must end, and where their snapshots lie below `snapshots/cases`.
const FOLDERS: [(&str, Exit, &str); 4] = [
    ("scenarios", Exit::Pass, "passes"),
    ("tests/cases/diverges", Exit::Fail, "diverges"),
    ("tests/cases/rejected", Exit::Usage, "rejected"),
    ("tests/cases/inconclusive", Exit::Inconclusive, "inconclusive"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// For servers of other people, which are not built in: both sides of them are played elsewhere (`self_play.rs`).
const OF_OTHERS: &str = "scenarios/agents";

/// Every case of a folder, sorted, as a path from the project's folder.
fn cases(folder: &str) -> Vec<String> {
    let mut cases = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).expect("a folder of cases").flatten() {
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.extend(Some(path).filter(|path| path != Path::new(OF_OTHERS)));
            } else if path.extension().is_some_and(|extension| extension != "toml") {
                cases.push(path.display().to_string());
            }
        }
    }
    cases.sort();
    cases
}

/// The name of a case's snapshot.
fn snapshot(folder: &str, case: &str) -> String {
    case.strip_prefix(folder).unwrap_or(case).trim_start_matches('/').replace('/', "__")
}

fn hold(folder: &str, exit: Exit, kind: &str) {
    let mut wrong = Vec::new();
    for case in cases(folder) {
        let output = seqcheck([case.as_str()]).run();
        if output.exit != exit {
            wrong.push(format!("{case} ended with {:?} instead of {exit:?}\n{output}", output.exit));
            continue;
        }
        let name = snapshot(folder, &case);
        let settings = {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(format!("../../snapshots/cases/{kind}"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.set_input_file(root().join(&case));
            // The only wall-clock time of a report stands on its last line.
            settings.add_filter(r"\(in memory, [\d.]+ m?s\)", "(in memory, TIME)");
            settings
        };
        settings.bind(|| insta::assert_snapshot!(name.as_str(), output.to_string()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_scenario_passes() {
    let (folder, exit, kind) = FOLDERS[0];
    hold(folder, exit, kind);
}

#[test]
fn every_diverging_case_fails() {
    let (folder, exit, kind) = FOLDERS[1];
    hold(folder, exit, kind);
}

#[test]
fn every_rejected_case_is_refused() {
    let (folder, exit, kind) = FOLDERS[2];
    hold(folder, exit, kind);
}

#[test]
fn every_undecided_case_is_inconclusive() {
    let (folder, exit, kind) = FOLDERS[3];
    hold(folder, exit, kind);
}

#[test]
fn no_case_is_without_a_snapshot_and_no_snapshot_without_a_case() {
    for (folder, _, kind) in FOLDERS {
        let wanted: BTreeSet<String> =
            cases(folder).iter().map(|case| format!("{}.snap", snapshot(folder, case))).collect();
        let there: BTreeSet<String> = std::fs::read_dir(root().join("snapshots/cases").join(kind))
            .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        assert!(!wanted.is_empty(), "{folder} is empty");
        assert_eq!(wanted, there, "{folder} on the left, snapshots/cases/{kind} on the right");
    }
}

#[test]
fn the_first_scenario_is_the_text_that_began_it_all() {
    let text = std::fs::read_to_string(root().join("scenarios/chat.seq")).expect("it is there");
    assert_eq!(text.lines().filter(|line| line.contains("->") || line.contains("-->")).count(), 12);
    assert!(
        text.starts_with(
            "title WebSocket Chat Flow\n\nactor Alice\nactor Bob\nparticipant \"Chat Server\" as Server\n"
        )
    );
    assert!(text.ends_with("Alice->Server: WS disconnect\nServer->Bob: user:alice left\n"));
}

#[test]
fn two_runs_print_the_same_bytes() {
    for (folder, exit, _) in &FOLDERS[..2] {
        let run = |jobs: &str| {
            let output = seqcheck([&*format!("{folder}/*.*"), "--jobs", jobs, "-v"]).run();
            assert_eq!(output.exit, *exit, "{output}");
            // The only wall-clock time of a report stands on its last line.
            output.out.lines().filter(|line| !line.contains("(in memory")).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(run("1"), run("4"), "{folder}");
    }
}
