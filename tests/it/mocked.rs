//! What `seqcheck mock` refuses before anything is played, and what becomes of the command that it starts.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::path::Path;
use std::process::{Command, Stdio};

const ONE: &str = "Ann->S: WS connect\nS-->Ann: Connected\n";
const TWO: &str = "Ann->S: WS connect\nBob->S: WS connect\nS-->Ann: Connected\n";

fn mock(folder: &Path, diagram: &str, words: &[&str]) -> Output {
    std::fs::write(folder.join("d.seq"), diagram).expect("written");
    seqcheck(["mock", "d.seq"]).and(words).at(folder).run()
}

/// Refused: nothing ran, and all of these are said.
fn is_refused(told: &Output, all: &[&str]) {
    assert_eq!(told.exit, Exit::Usage, "{told}");
    assert!(told.err.contains("nothing ran") && !told.err.contains("listens at"), "{told}");
    for words in all {
        assert!(told.err.contains(words), "{words} is not in {told}");
    }
}

/// In a process of its own, whose standard streams it speaks on: the exit code, and what it says on standard error.
fn spoken(folder: &Path, diagram: &str, words: &[&str]) -> (Option<i32>, String) {
    std::fs::write(folder.join("d.seq"), diagram).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqcheck"));
    let command = command.args(["mock", "d.seq", "--stdio"]).args(words).current_dir(folder).stdin(Stdio::null());
    let output = command.output().expect("it runs");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_standard_streams_are_one_connection_and_one_play() {
    let folder = tempfile::tempdir().expect("a folder");
    let again = format!("{ONE}Ann->S: WS disconnect\nAnn->S: WS connect\n");
    let turns = "loop 2\nAnn->S: WS connect\nAnn->S: WS disconnect\nend\n";
    let many = format!("#@ clients Ann = 3\n{ONE}");
    let servers = "Ann->S: WS connect\nAnn->T: WS connect\n";
    for (diagram, words, told) in [
        (ONE, &["--repeat", "2"][..], &["one play, and 2 are asked for", "leave --repeat out"][..]),
        (ONE, &["--retries", "1"], &["--retries plays again", "leave --retries out"]),
        (ONE, &["--", "true"], &["a command is given", "CLIENT --server 'seqcheck mock FILE --stdio'"]),
        (TWO, &[], &["d.seq:2:1", "Bob is a second client", "--listen tcp://127.0.0.1:0"]),
        (&many, &[], &["d.seq:2:1", "Ann2 is a second client"]),
        (&again, &[], &["d.seq:4:1", "it connects again here", "the first"]),
        (turns, &[], &["d.seq:2:1", "it connects again here"]),
        (servers, &[], &["S and T listen", "--play NAME"]),
    ] {
        let (code, said) = spoken(folder.path(), diagram, words);
        assert!(code == Some(2) && said.contains("nothing ran"), "{said}");
        assert!(told.iter().all(|words| said.contains(words)), "{told:?} are not in {said}");
    }
    std::fs::write(folder.path().join("e.seq"), ONE).expect("written");
    let (code, said) = spoken(folder.path(), ONE, &["e.seq"]);
    assert!(code == Some(2) && said.contains("2 diagrams are named") && said.contains("name one FILE"), "{said}");
    // One of several alternatives is one connection.
    let either = "alt\nAnn->S: WS connect\nS-->Ann: Connected\nelse\nAnn->S: WS connect\nend\n";
    let (code, said) = spoken(folder.path(), either, &["--timeout", "200ms"]);
    assert!(code.is_some_and(|code| code != 2), "{said}");
}

#[test]
fn an_address_that_nobody_has_is_told_before_anything_is_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = mock(folder.path(), "Ann->Server: WS connect\n", &["--", "client", "{url}", "{url.Sever}"]);
    is_refused(&told, &["asks for {url.Sever}", "did you mean {url.Server}?", "who listens: Server"]);
    let told = seqcheck(["d.seq", "--target", "cmd: serve {port} {url.S}"]).at(folder.path()).run();
    is_refused(&told, &["asks for {url.S}", "no lifeline listens in this run"]);
}
