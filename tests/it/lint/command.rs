//! The verb: its forms, its exit codes, its settings; and what `check` says of it.

use super::root;
use crate::shell::{Output, seqcheck};

fn shown(output: &Output, name: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots/lint");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, output.to_string()));
}

#[test]
fn each_form_of_the_answer() {
    shown(&seqcheck(["lint", "--stats", "scenarios/chat.seq"]).run(), "text");
    shown(&seqcheck(["lint", "--stats", "--format", "json", "scenarios/chat.seq"]).run(), "json");
    shown(&seqcheck(["lint", "--format", "github", "scenarios/chat.seq"]).run(), "github");
    shown(&seqcheck(["lint", "--format", "sarif", "tests/cases/lint/sq104.seq"]).run(), "sarif");
}

#[test]
fn places_in_sarif_are_places_of_the_file() {
    let output = seqcheck(["lint", "--format", "sarif", "tests/cases/lint", "scenarios"]).run();
    let log: serde_json::Value = serde_json::from_str(&output.out).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert!(rules.len() == 20 && results.len() > 100, "{} results", results.len());
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("a rule") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let file = root().join(place["artifactLocation"]["uri"].as_str().expect("a file"));
        let text = std::fs::read_to_string(&file).expect("the file is there");
        let line = place["region"]["startLine"].as_u64().expect("a line") as usize;
        assert!(line >= 1 && line <= text.lines().count(), "{result:#}");
        for fix in result["fixes"].as_array().into_iter().flatten() {
            assert!(!fix["artifactChanges"][0]["replacements"].as_array().expect("changes").is_empty());
        }
    }
}

#[test]
fn only_errors_end_it_with_one() {
    let exit = |args: &[&str]| seqcheck([&["lint", "scenarios/chat.seq"], args].concat()).run().exit.code();
    assert_eq!(exit(&[]), 0);
    assert_eq!(exit(&["--deny", "SQ101"]), 1);
    assert_eq!(exit(&["--deny", "warnings"]), 1);
    assert_eq!(exit(&["--deny", "warnings", "--allow", "SQ101"]), 0);
    assert_eq!(exit(&["--deny", "SQ102"]), 0);
    assert_eq!(exit(&["--deny", "SQ99"]), 2);
    assert_eq!(seqcheck(["lint", "tests/cases/lint/sq111.seq"]).run().exit.code(), 1);
    assert_eq!(seqcheck(["lint", "tests/cases/lint/sq117.seq"]).run().exit.code(), 1);
    assert_eq!(seqcheck(["lint", "no-such-file.seq"]).run().exit.code(), 2);
    assert_eq!(seqcheck(["lint", "-"]).input("A->\n").run().exit.code(), 2);
}

#[test]
fn the_configuration_file_says_what_is_denied() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("can be written");
    write(
        "a.seq",
        "A->S: WS connect\nS->A: Connected\nB->S: WS connect\nS->B: Connected\nA->S: join room:x\nS->B: user:a joined\n",
    );
    let exit = |args: &[&str]| seqcheck([&["lint", "a.seq"], args].concat()).at(folder.path()).run();
    assert_eq!(exit(&[]).exit.code(), 0);
    write("seqcheck.toml", "deny = ['SQ101']\nallow = ['SQ103', 'SQ115', 'SQ120']\n");
    let output = exit(&[]);
    assert!(output.exit.code() == 1 && !output.out.contains("SQ103"), "{output}");
    write("seqcheck.toml", "deny = ['SQ1O1']\n");
    let output = exit(&[]);
    assert!(output.exit.code() == 2 && output.err.contains("did you mean SQ101"), "{output}");
}

#[test]
fn check_stops_at_errors_and_shows_what_bears_on_a_finding() {
    let late = "tests/cases/lint/sq111.seq";
    let output = seqcheck(["check", late]).run();
    assert!(output.exit.code() == 2 && output.err.contains("SQ111") && output.err.contains("nothing ran"), "{output}");
    let output = seqcheck(["check", late, "--lint", "off"]).run();
    assert!(!output.err.contains("SQ111"), "{output}");
    let output = seqcheck(["check", "scenarios/chat.seq"]).run();
    assert!(output.exit.code() == 0 && output.err.is_empty(), "{output}");
    let output = seqcheck(["check", "scenarios/chat.seq", "--lint", "deny"]).run();
    assert!(output.exit.code() == 2 && output.err.contains("error[SQ101]"), "{output}");
    let output = seqcheck(["check", "scenarios/chat.seq", "--lint", "deny", "--allow", "SQ101"]).run();
    assert_eq!(output.exit.code(), 0, "{output}");
    // The message that nobody hears is one whose place is a race.
    let output = seqcheck(["check", "scenarios/chat.seq", "--mutant", "M06"]).run();
    assert!(
        output.exit.code() == 1 && output.err.contains("warning[SQ101]: nothing makes `WS connect` of Bob"),
        "{output}"
    );
    let output = seqcheck(["check", "scenarios/chat.seq", "--mutant", "M06", "--lint", "off"]).run();
    assert!(output.exit.code() == 1 && output.err.is_empty(), "{output}");
}
