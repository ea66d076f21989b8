//! Small texts that stand for more than any machine holds: told with the line that multiplies, before anything is made.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;

fn told(name: &str, text: &str, command: &[&str], wanted: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join(name), text).expect("can be written");
    let output = seqcheck(command).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    for wanted in wanted {
        assert!(output.to_string().contains(wanted), "{wanted} is not in\n{output}");
    }
    output
}

/// A page in which each diagram refers twice to the one before it.
fn doubling(times: usize) -> String {
    let mut page = "```seq\ntitle e0\nAlice->Server: WS connect\nServer-->Alice: Connected\n```\n".to_owned();
    for number in 1..times {
        let before = number - 1;
        let line = format!("ref over Alice,Server: e{before}\n");
        page += &format!("```seq\ntitle e{number}\n{line}{line}```\n");
    }
    page
}

#[test]
fn references_that_double_are_counted_before_they_are_made() {
    let limit = ["limit on what a diagram stands for", "of 200000", "this reference stands for"];
    told("a.md", &doubling(40), &["lint", "a.md"], &limit);
    told("a.md", &doubling(70), &["check", "a.md"], &["more than can be counted"]);
    let small = doubling(4);
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join("a.md"), small).expect("can be written");
    let output = seqcheck(["lint", "a.md"]).at(folder.path()).run();
    assert!(!output.out.contains("limit"), "{output}");
}

#[test]
fn references_in_one_another_are_bounded() {
    let mut page = "```seq\ntitle e0\nAlice->Server: WS connect\n```\n".to_owned();
    for number in 1..2_000 {
        page += &format!("```seq\ntitle e{number}\nref over Alice,Server: e{}\n```\n", number - 1);
    }
    told("a.md", &page, &["lint", "a.md"], &["more than 16 references in one another"]);
}

#[test]
fn loops_are_counted_before_anything_is_played() {
    let text =
        "Alice->Server: WS connect\nServer-->Alice: Connected\nloop 4000000000\nAlice->Server: message: x\nend\n";
    let limit = ["limit on what a diagram stands for", "of 1000000", "a.seq:3", "this line multiplies"];
    told("a.seq", text, &["check", "a.seq", "--total", "10s"], &limit);
    told("a.seq", text, &["lint", "a.seq"], &limit);
    let nested = "Alice->Server: WS connect\nloop 2000\nloop 2000\nAlice->Server: message: x\nend\nend\n";
    told("a.seq", nested, &["check", "a.seq"], &["a.seq:2"]);
}
