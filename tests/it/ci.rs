//! What CI systems are told to run: every flag and format there is one that exists, and the action does what it says.

use crate::shell::seqcheck;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("it is there")
}

const FILES: [&str; 4] = ["action.yml", ".pre-commit-hooks.yaml", "docs/ci.md", "src/cli/verbs/init/workflow.yml"];
/// Flags of other programs.
const FOREIGN: [&str; 7] = ["--locked", "--path", "--port", "--root", "--git", "--rev", "--strip-components"];

#[test]
fn every_flag_that_ci_files_name_exists() {
    let mut known = BTreeSet::new();
    let flag = regex::Regex::new(r"--[a-z][a-z-]+").expect("a pattern");
    for verb in [&["--help"][..], &["fmt", "--help"], &["judge", "--help"], &["draw", "--help"]] {
        let help = seqcheck(verb).run().out;
        known.extend(flag.find_iter(&help).map(|found| found.as_str().to_owned()));
    }
    let formats: Vec<&str> = seqcheck::report::Format::ALL.iter().map(|(_, name, _)| *name).collect();
    let report = regex::Regex::new(r#"--report "?([a-z-]+)"#).expect("a pattern");
    for file in FILES {
        let text = read(file);
        for found in flag.find_iter(&text).map(|found| found.as_str()) {
            assert!(known.contains(found) || FOREIGN.contains(&found), "{file}: there is no {found}");
        }
        for found in report.captures_iter(&text) {
            assert!(formats.contains(&&found[1]), "{file}: there is no format {}", &found[1]);
        }
    }
    let named = regex::Regex::new(r"(?m)^\| `([a-z-]+)`").expect("a pattern");
    assert!(named.captures_iter(&read("docs/ci.md")).all(|found| formats.contains(&&found[1])));
}

/// The script of the step that plays.
fn script() -> String {
    let text = read("action.yml");
    let (_, script) = text.rsplit_once("run: |\n").expect("the last step is a script");
    script.lines().map(|line| line.strip_prefix("        ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(unix)]
#[test]
fn the_action_annotates_sums_up_and_ends_as_the_run_does() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let summary = folder.path().join("summary");
    std::fs::write(&summary, "before\n").expect("can be written");
    let program = Path::new(env!("CARGO_BIN_EXE_seqcheck")).parent().expect("in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let play = |paths: &str, args: &str| {
        Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", &script()])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .envs([("PATH", path.as_str()), ("PATHS", paths), ("ARGS", args), ("TARGET", "")])
            .env("OUT", folder.path().join("out"))
            .env("GITHUB_STEP_SUMMARY", &summary)
            .output()
            .expect("bash is there")
    };
    let bad = play("scenarios/chat.seq", "--mutant broadcast-twice");
    assert_eq!(bad.status.code(), Some(1));
    let told = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert!(told.contains("::error file=scenarios/chat.seq,line="), "{told}");
    let text = std::fs::read_to_string(&summary).expect("it is there");
    assert!(text.starts_with("before\n## 1 scenario: 1 failed"), "{text}");
    for file in ["report.html", "junit.xml", "scenarios/chat.seq/picture.svg", "scenarios/chat.seq/trace.jsonl"] {
        assert!(folder.path().join("out").join(file).exists(), "{file}");
    }
    assert_eq!(play("scenarios/chat.seq", "").status.code(), Some(0));
}
