//! Mistakes: every problem of a file as a whole message. One file of `tests/cases/syntax` is one snapshot.

use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, parse};
use std::path::Path;

/// All that is said of a text; its last line tells whether it can be used.
fn said(name: &str, text: &str) -> String {
    let mut sources = Sources::new();
    let id = sources.add(Source::new(name, text));
    let (problems, end) = match parse(&sources, id, 0..text.len(), Dialect::Native) {
        Ok(parsed) => (parsed.warnings, "read, with these warnings"),
        Err(problems) => (problems, "refused"),
    };
    let mut lines: Vec<String> = problems.iter().map(|problem| render_plain(problem, &sources)).collect();
    lines.push(format!("=> {end}"));
    lines.join("\n\n")
}

#[test]
fn mistakes_are_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(root.join("tests/cases/syntax"))
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in UTF-8"))
        .collect();
    names.sort();
    assert!(names.len() >= 15, "cases are missing: {names:?}");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root.join("snapshots/syntax/native"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in &names {
            let text = std::fs::read_to_string(root.join("tests/cases/syntax").join(name)).expect("a case");
            insta::assert_snapshot!(name.trim_end_matches(".seq"), said(name, &text));
        }
    });
    let mut snapshots: Vec<String> = std::fs::read_dir(root.join("snapshots/syntax/native"))
        .expect("the folder of snapshots")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in UTF-8"))
        .map(|name| name.trim_end_matches(".new").replace(".snap", ".seq"))
        .collect();
    snapshots.sort();
    assert_eq!(snapshots, names, "a snapshot without a case, or a case without one");
}
