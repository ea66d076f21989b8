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
    assert!(rules.len() == 21 && results.len() > 100, "{} results", results.len());
    for result in results {
        // What a stage before refuses is an error of the diagram, and no rule of lint.
        match result["ruleIndex"].as_u64() {
            Some(index) => assert_eq!(rules[index as usize]["id"], result["ruleId"]),
            None => assert_eq!((&result["ruleId"], &result["level"]), (&"unconnected".into(), &"error".into())),
        }
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
    // The message that nobody hears is one whose place is a race; but the run has kept the drawn order.
    let output = seqcheck(["check", "scenarios/chat.seq", "--mutant", "M06"]).run();
    assert!(output.exit.code() == 1 && output.err.is_empty(), "{output}");
    let output = seqcheck(["check", "tests/cases/inconclusive/i1-unconfirmed.seq"]).run();
    assert!(output.exit.code() == 3 && output.err.contains("warning[SQ102]: nothing shows"), "{output}");
    let output = seqcheck(["check", "tests/cases/inconclusive/i1-unconfirmed.seq", "--lint", "off"]).run();
    assert!(output.exit.code() == 3 && output.err.is_empty(), "{output}");
}

/// Code, severity and line of everything that is said of a diagram.
fn said(diagram: &str, args: &[&str]) -> Vec<(String, String, u64)> {
    let output = seqcheck([&["lint", "-", "--dialect", "seq", "--format", "json"], args].concat()).input(diagram).run();
    let told: serde_json::Value = serde_json::from_str(&output.out).unwrap_or_else(|error| panic!("{error}\n{output}"));
    let findings = told["findings"].as_array().unwrap_or_else(|| panic!("{told:#}"));
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let one =
        |it: &serde_json::Value| (text(&it["code"]), text(&it["severity"]), it["at"]["line"].as_u64().expect("one"));
    findings.iter().map(one).collect()
}

#[test]
fn what_is_accepted_and_is_not_there_is_told() {
    let begin = "A->S: WS connect\nS->A: Connected\nB->S: WS connect\nS->B: Connected\nA->S: join room:x\n";
    let race = |allow: &str| format!("{begin}{allow}B->S: join room:x\nS->A: user:b joined\n");
    let slips = |diagram: &str, args: &[&str]| -> Vec<(String, u64)> {
        let all = said(diagram, args).into_iter();
        all.filter(|(code, ..)| code == "SQ119").map(|(_, severity, line)| (severity, line)).collect()
    };
    let races =
        |diagram: &str| said(diagram, &[]).iter().filter(|(code, _, line)| code == "SQ101" && *line > 5).count();
    assert_eq!(races(&race("")), 1, "{:?}", said(&race(""), &[]));
    // One that accepts something, in any letter case; one for nothing; one of no finding.
    let accepted = race("#@ allow sq101 both may join first\n");
    assert_eq!((slips(&accepted, &[]), races(&accepted)), (Vec::new(), 0), "{:?}", said(&accepted, &[]));
    assert_eq!(slips(&race("#@ allow SQ104 no reason\n"), &[]), [("note".to_owned(), 6)]);
    assert_eq!(slips(&race("#@ allow SQ1O1 a letter for a digit\n"), &[]), [("warning".to_owned(), 6)]);
    // What only `--deep` looks for is idle only where it was looked for.
    let deep = race("#@ allow SQ110 not here\n");
    assert!(slips(&deep, &[]).is_empty());
    assert_eq!(slips(&deep, &["--deep"]), [("note".to_owned(), 6)]);
}

#[test]
fn what_is_too_much_to_look_through_is_told() {
    // Pairs: two operands of messages to one client, all different.
    let operand = |name: &str| (0..900).map(|n| format!("S->A: message from B: {name}{n}\n")).collect::<String>();
    let wide = format!("A->S: WS connect\nS->A: Connected\npar\n{}and\n{}end\n", operand("x"), operand("y"));
    let found = said(&wide, &[]);
    assert!(found.iter().any(|(code, severity, _)| code == "SQ105" && severity == "note"), "{found:?}");
    // Runs: seven choices, one after the other.
    let switches = std::fs::read_to_string(root().join("tests/cases/lint/sq110.seq")).expect("a file");
    let (head, choice) = switches.split_at(switches.find("alt").expect("a choice"));
    let deep = |count: usize| -> Vec<String> {
        let all = said(&format!("{head}{}", choice.repeat(count)), &["--deep"]).into_iter();
        all.filter(|(code, ..)| code == "SQ110").map(|(_, severity, _)| severity).collect()
    };
    assert_eq!(deep(1), ["warning"]);
    assert_eq!(deep(2), ["warning", "warning"], "one for each choice");
    assert_eq!(deep(7), ["note"]);
}

#[test]
fn where_the_binding_is_that_of_another_protocol_people_are_told_once() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let labels = ["login 1", "subscribe news", "watch it", "unwatch it", "logout 1"];
    let arrows: String = labels.iter().map(|label| format!("Ann->Server: {label}\n")).collect();
    let text = format!("Ann->Server: WS connect\nServer-->Ann: Connected\n{arrows}");
    std::fs::write(folder.path().join("a.seq"), text).expect("can be written");
    let told = seqcheck(["lint", "a.seq"]).at(folder.path()).run();
    assert_eq!(told.out.matches("error[SQ118]").count(), 1, "{told}");
    for words in ["no rule for 5 of the 7 arrows", "--binding FILE", "seqcheck init binding FILE"] {
        assert!(told.out.contains(words), "{words} is not in\n{told}");
    }
    let all = seqcheck(["lint", "a.seq", "--format", "json"]).at(folder.path()).run();
    assert!(labels.iter().all(|label| all.out.contains(label)), "{all}");
}
