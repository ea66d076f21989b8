//! For each code one diagram that has it and a near twin that has not.

use super::{diagrams, root};
use crate::shell::seqcheck;
use seqcheck::lint::{ALL, Lint};
use std::collections::BTreeSet;

/// The codes that lint finds in a file.
fn codes(name: &str) -> BTreeSet<String> {
    let output = seqcheck(["lint", "--deep", "--format", "json", name]).run();
    assert!(output.err.is_empty(), "{name}\n{output}");
    let answer: serde_json::Value = serde_json::from_str(&output.out).expect("JSON");
    let findings = answer["findings"].as_array().expect("a list");
    findings.iter().map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect()
}

fn has(lint: &Lint) -> String {
    format!("tests/cases/lint/{}.seq", lint.code.to_lowercase())
}

fn twin(lint: &Lint) -> String {
    format!("tests/cases/lint/{}-twin.seq", lint.code.to_lowercase())
}

#[test]
fn each_code_is_found_where_it_is_and_not_in_its_twin() {
    for lint in ALL {
        assert!(codes(&has(lint)).contains(lint.code), "{} is not found in its example", lint.code);
        assert!(!codes(&twin(lint)).contains(lint.code), "{} is found in the twin", lint.code);
        let line = |name: &str| std::fs::read_to_string(root().join(name)).expect("it is there").lines().count();
        assert!(line(&has(lint)).abs_diff(line(&twin(lint))) <= 4, "{}: a near twin", lint.code);
    }
}

#[test]
fn no_code_is_without_its_examples_and_no_example_without_its_code() {
    let wanted: BTreeSet<String> = ALL.into_iter().flat_map(|lint| [has(lint), twin(lint)]).collect();
    let there = diagrams("tests/cases/lint").into_iter();
    let there: BTreeSet<String> =
        there.map(|path| path.strip_prefix(root()).expect("in the project").display().to_string()).collect();
    assert_eq!(wanted, there);
}

#[test]
fn weights_are_as_documented() {
    use seqcheck::source::Severity;
    for lint in ALL {
        let wanted = match lint.code {
            "SQ111" | "SQ113" | "SQ116" | "SQ117" | "SQ118" => Severity::Error,
            "SQ103" | "SQ104" | "SQ112" | "SQ114" | "SQ115" | "SQ120" | "SQ121" => Severity::Note,
            _ => Severity::Warning,
        };
        assert_eq!(lint.severity, wanted, "{}", lint.code);
        assert!(Lint::of_code(&lint.code.to_lowercase()) == Some(lint));
    }
}
