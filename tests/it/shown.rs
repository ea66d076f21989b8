//! What a server, a diagram or the name of a file says cannot drive a terminal, turn a line around, or give a CI commands:
//! in no output, whoever reads it.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::path::Path;
use tempfile::TempDir;

/// Escape sequences, C1, a bell, characters that turn the direction around, the end of a line in many forms, and what CI
/// systems take for commands.
const HOSTILE: &str = "\u{1b}[2J\u{7}\u{9b}31m\u{85}\u{202e}\u{2066}\u{200f}\u{2028}##vso[task.x]y ##[error]z";

/// What follows begins a line, where line feeds are let through.
const LINES: &str = "\n::error::forged\nok 99 - forged\nnot ok 98\r\n::set-output name=x::y";

fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// Nothing of it gets through; `own` are the workflow commands that the output is made of.
fn assert_harmless(name: &str, text: &str, own: &[&str]) {
    if let Some(at) = text.find(is_hidden) {
        let from = text[..at].char_indices().rev().take(60).last().map_or(0, |(at, _)| at);
        panic!("{name} shows {:?} behind {:?}", text[at..].chars().next(), &text[from..at]);
    }
    for line in text.lines() {
        let start = line.trim_start();
        let forged = start.starts_with("::") && !own.iter().any(|own| line.starts_with(own));
        let tap = start.starts_with("ok 99") || start.starts_with("not ok 98");
        assert!(!forged && !tap, "{name} has the line {line:?}");
    }
    for command in ["##vso[", "##[", "##teamcity["] {
        assert!(!text.contains(command), "{name} has {command}");
    }
}

/// A name of a file that goes on in another line.
#[cfg(unix)]
const NAMED: &str = "d\n::error::forged\nok 99.seq";
#[cfg(not(unix))]
const NAMED: &str = "b.seq";

#[cfg(unix)]
const SMALL: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\n";

/// A diagram in which they stand wherever a text may: title, names, labels, notes, tags.
fn diagram() -> String {
    format!(
        "title {HOSTILE}\n#@ tags {HOSTILE}\nactor \"::error::{HOSTILE}\" as Alice\nparticipant \"::warning::x\" as Server\n\
         Alice->Server: WS connect\nServer-->Alice: Connected\nnote over Alice: {HOSTILE}\n\
         Alice->Server: direct to Alice: {HOSTILE}\nServer->Alice: direct from Alice: {HOSTILE} else\n"
    )
}

/// A server says what it likes: the built-in one gives a client back what it said.
fn told_by_a_server() -> String {
    let text = serde_json::to_string(&format!("{HOSTILE}{LINES}")).expect("JSON");
    format!(
        "title A server speaks\nAlice->Server: WS connect\nServer-->Alice: Connected\n\
         Alice->Server: raw {{\"type\":\"direct\",\"to\":\"alice\",\"text\":{text}}}\n\
         Server->Alice: direct from Alice: something else\n"
    )
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.seq"), diagram()).expect("written");
    std::fs::write(folder.path().join("b.seq"), told_by_a_server()).expect("written");
    #[cfg(unix)]
    std::fs::write(folder.path().join("::error::c\u{1b}[2J\u{202e}.seq"), "A->B\u{9b}\n").expect("written");
    #[cfg(unix)]
    std::fs::write(folder.path().join(NAMED), SMALL.to_owned() + "Server->Alice: error x\n").expect("written");
    folder
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((
                path.display().to_string(),
                String::from_utf8_lossy(&std::fs::read(&path).expect("read")).into(),
            ));
        }
    }
    found
}

fn both(name: &str, output: &Output, own: &[&str]) {
    assert_harmless(&format!("{name}, standard output"), &output.out, own);
    assert_harmless(&format!("{name}, standard error"), &output.err, own);
}

#[test]
fn no_report_lets_it_through() {
    let folder = folder();
    let formats = ["text", "json", "jsonl", "junit", "tap", "github", "html", "markdown"];
    for diagram in ["a.seq", "b.seq", NAMED] {
        for format in formats {
            let output = seqcheck([diagram, "--report", format, "-v", "--timeout", "1s"]).at(folder.path()).run();
            assert_eq!(output.exit, Exit::Fail, "{output}");
            let own: &[&str] = if format == "github" { &["::error file=", "::warning file="] } else { &[] };
            both(&format!("{diagram} as {format}"), &output, own);
            let passed = seqcheck([diagram, "--report", format, "-v", "--ignore", "*"]).at(folder.path()).run();
            both(&format!("{diagram} as {format}, ignoring"), &passed, own);
        }
        let kept = folder.path().join("kept");
        let svg = format!("svg={}", kept.join("x.svg").display());
        let args = [diagram, "--out", "kept", "--snapshots", "kept/wire", "--report", &svg, "--report", "text"];
        let output = seqcheck(args).at(folder.path()).run();
        both(diagram, &output, &[]);
        let found = files(&kept);
        assert!(found.len() >= 5, "{found:?}");
        for (name, text) in found {
            assert_harmless(&name, &text, &[]);
        }
    }
}

#[test]
fn no_message_lets_it_through() {
    let folder = folder();
    let run = |args: &[&str]| seqcheck(args.iter()).at(folder.path()).run();
    let page = format!("# x\n\n```mermaid\n{HOSTILE}\n```\n\n```seq\nA->B: \u{1b}\u{9b}x\n```\n");
    std::fs::write(folder.path().join("page.md"), page).expect("written");
    std::fs::write(folder.path().join("wrong.seq"), format!("A->B: x\n?? {HOSTILE}\n")).expect("written");
    std::fs::write(folder.path().join("b.toml"), format!("extends = '{HOSTILE}'\n[[rule]]\nlabel = 'x{HOSTILE}'\n"))
        .expect("written");
    std::fs::write(folder.path().join("named.seq"), format!("#@ binding ./{HOSTILE}.toml\nA->B: x\n"))
        .expect("written");
    for args in [
        &["lint", "a.seq"][..],
        &["lint", "."],
        &["lint", ".", "--format", "json"],
        &["lint", ".", "--format", "sarif"],
        &["lint", "a.seq", "--stats"],
        &["lint", "wrong.seq"],
        &["lint", "wrong.seq", "--format", "github"],
        &["lint", "named.seq"],
        &["named.seq"],
        &["page.md"],
        &["a.seq", "--binding", "b.toml"],
        &["power", "b.seq"],
        &["power", "b.seq", "--format", "json"],
        &["fmt", "--check", "."],
        &["draw", "a.seq"],
        &["draw", "a.seq", "--format", "svg"],
        &["judge", "a.seq", &format!("none{HOSTILE}")],
        &[&format!("{HOSTILE}{LINES}.seq")],
        &["a.seq", "--choose", &format!("{HOSTILE}=1")],
        &["explain", HOSTILE],
        &["list", "bindings", HOSTILE],
        &["serve", "--mutant", HOSTILE],
        &["a.seq", "--report", HOSTILE],
        &["a.seq", "--target", HOSTILE],
    ] {
        let output = run(args);
        both(&format!("{args:?}"), &output, &["::error ", "::warning ", "::notice "]);
    }
}

#[test]
fn no_log_of_the_server_lets_it_through() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    let mut server = Command::new(env!("CARGO_BIN_EXE_seqcheck"))
        .args(["serve", "--port", "0", "-v"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines().map(|line| line.expect("text"));
    let first = lines.next().expect("where it listens");
    let address = first.strip_prefix("listening on ").expect("an address");
    // A name has 64 characters at most.
    let name: String = format!("x\n::error::y{HOSTILE}").chars().take(64).collect();
    let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let url = format!("ws://{address}/ws?name={name}");
    let (mut socket, _) = tokio_tungstenite::tungstenite::connect(url.as_str()).expect("it accepts");
    let said = format!("{HOSTILE}{LINES}");
    socket.send(tokio_tungstenite::tungstenite::Message::text(said.clone())).expect("sent");
    let log: Vec<String> = lines.by_ref().skip_while(|line| !line.contains("-> /ws")).take(4).collect();
    server.kill().expect("it runs");
    server.wait().expect("it ends");
    for line in &log {
        assert!(line.starts_with("0 -> ") || line.starts_with("0 <- "), "{log:?}");
        assert_harmless("the log", line, &[]);
    }
    assert!(log.iter().any(|line| line.contains("task.x")), "it was told: {log:?}");
}
