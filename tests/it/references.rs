//! `ref over A, B: name` plays the diagram of that name, from the same page or from beside the file.

use crate::shell::seqcheck;
use seqcheck::Scenario;
use seqcheck::cli::Exit;
use std::path::Path;

const CONNECT: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder to write in");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("can be made");
        std::fs::write(path, text).expect("can be written");
    }
    folder
}

const GOES_ON: &str = "ref over Alice, Server: connect\nAlice->Server: WS disconnect\n";

#[test]
fn a_file_beside_it_is_played_in_its_place() {
    let folder = folder(&[("a.seq", GOES_ON), ("connect.seq", CONNECT)]);
    let output = seqcheck(["a.seq"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(output.out.contains("3 arrows"), "{output}");
    let verdict = Scenario::load(folder.path().join("a.seq")).and_then(|scenario| scenario.check()).expect("fine");
    assert!(verdict.is_pass(), "{verdict}");
}

#[test]
fn any_dialect_and_any_depth_will_do() {
    let mermaid = "sequenceDiagram\nparticipant Alice\nparticipant Server\nAlice->>Server: WS connect\n";
    let files = [
        ("a.seq", "ref over Alice, Server: parts/connect\nAlice->Server: WS disconnect\n"),
        ("parts/connect.seq", "ref over Alice, Server: parts/dial\nServer-->Alice: Connected\n"),
        ("parts/dial.mmd", mermaid),
    ];
    let folder = folder(&files);
    let output = seqcheck(["a.seq"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(output.out.contains("3 arrows"), "{output}");
}

#[test]
fn a_titled_block_of_the_same_page_goes_first() {
    let page = format!("# Chat\n\n```seq\ntitle connect\n{CONNECT}```\n\n```seq\n#@ tags whole\n{GOES_ON}```\n");
    let folder = folder(&[("page.md", &page), ("connect.seq", "Alice->Server: nonsense\n")]);
    let output = seqcheck(["page.md", "--tag", "whole"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
}

#[test]
fn a_fault_in_it_is_told_at_its_own_line() {
    let folder = folder(&[("a.seq", GOES_ON), ("connect.seq", "Alice->Server: WS connect\nServer-->Alice: Bonjour\n")]);
    let output = seqcheck(["a.seq"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    assert!(output.err.contains("connect.seq:2") && output.err.contains("Bonjour"), "{output}");
    let folder = self::folder(&[("a.seq", GOES_ON), ("connect.seq", "Alice->Server: WS connect\nend\n")]);
    let output = seqcheck(["a.seq"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    assert!(output.err.contains("connect.seq:2"), "{output}");
}

#[test]
fn a_divergence_in_it_is_told_at_its_own_line() {
    let folder = folder(&[("a.seq", GOES_ON), ("connect.seq", &format!("{CONNECT}Server->Alice: welcome\n"))]);
    let output = seqcheck(["a.seq"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    let wrong = format!("{CONNECT}Server->Alice: user:bob joined\n");
    let folder = self::folder(&[("a.seq", GOES_ON), ("connect.seq", &wrong)]);
    let output = seqcheck(["a.seq"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Fail, "{output}");
    assert!(output.out.contains("connect.seq") && output.out.contains("user:bob joined"), "{output}");
}

#[test]
fn a_circle_and_a_missing_one_are_refused_at_their_place() {
    let circle = [("a.seq", GOES_ON), ("connect.seq", "ref over Alice, Server: connect\n")];
    let output = seqcheck(["a.seq"]).at(folder(&circle).path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    assert!(output.err.contains("connect.seq:1") && output.err.contains("refers to itself"), "{output}");
    let output = seqcheck(["a.seq"]).at(folder(&[("a.seq", GOES_ON)]).path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    assert!(output.err.contains("a.seq:1") && output.err.contains("add a file connect.seq"), "{output}");
    let absolute = GOES_ON.replace("connect\n", "/etc/connect\n");
    let output = seqcheck(["a.seq"]).at(folder(&[("a.seq", &absolute)]).path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
}
