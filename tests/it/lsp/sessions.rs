//! What an editor is told while a text is written, and that nothing ends the server.

use super::Client;
use seqcheck::lsp::{Host, Kind, Look, Played};
use seqcheck::source::Diagnostic;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Over the standard streams of the program, and in this process, the same is said.
#[test]
fn a_mistake_is_told_while_it_is_written_and_no_longer() {
    let folder = tempfile::tempdir().expect("a folder");
    for mut client in [Client::of_program(folder.path()), Client::in_memory(folder.path())] {
        client.open("a.seq", "seq", "Alice->Bob: 😀\nBob–>Alice: ho\n");
        let told = client.lines("a.seq", 1);
        assert!(told.iter().any(|line| line.starts_with("1:3-1:4 syntax ")), "{told:?}");
        // The en-dash becomes a hyphen, and a letter comes behind the character of two units.
        client.change("a.seq", 2, &[(Some([1, 3, 1, 4]), "-"), (Some([0, 14, 0, 14]), "!")]);
        let told = client.lines("a.seq", 2);
        assert!(!told.iter().any(|line| line.contains(" syntax ")), "{told:?}");
        let symbols = client.of("textDocument/documentSymbol", "a.seq").expect("symbols").to_string();
        assert!(symbols.contains("Alice → Bob: 😀!"), "{symbols}");
        client.end();
    }
}

#[test]
fn blocks_of_a_page_are_told_at_their_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = Client::in_memory(folder.path());
    client.open(
        "a.md",
        "markdown",
        "# Page\n\n> ```mermaid\n> sequenceDiagram\n> A->>B: hi\n> A-->B\n> loop x\n> ```\n",
    );
    let told = client.lines("a.md", 1);
    assert!(told.iter().any(|line| line.starts_with("6:2-6:8 syntax ")), "{told:?}");
    client.end();
}

#[test]
fn an_unsaved_binding_is_the_one_that_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("mine.toml", "extends = 'chat'\n");
    let mut client = Client::in_memory(folder.path());
    let diagram = "#@ binding mine.toml\nA->S: WS connect\nS-->A: Connected\nA->S: sing loud\n";
    client.open("a.seq", "seq", diagram);
    let told = client.lines("a.seq", 1);
    assert!(
        told.iter().any(|line| line.starts_with("3:6-3:15 SQ118 ") || line.starts_with("3:0-3:15 SQ118 ")),
        "{told:?}"
    );
    let rule = "extends = 'chat'\n[[rule]]\nlabel = 'sing {how}'\nclient = { type = 'sing', how = '{how}' }\n";
    client.open("mine.toml", "toml", rule);
    assert_eq!(client.lines("mine.toml", 1), Vec::<String>::new());
    let told = client.lines("a.seq", 1);
    assert!(!told.iter().any(|line| line.contains("SQ118")), "{told:?}");
    client.change("mine.toml", 2, &[(Some([1, 0, 1, 8]), "[[rul]]")]);
    let told = client.lines("mine.toml", 2);
    assert!(told.iter().any(|line| line.contains(" binding ")), "{told:?}");
    // Of the diagram it is told at the line that names the binding, with the place in that.
    let told = client.told("a.seq", 1);
    let elsewhere = told.iter().find(|told| told["code"] == "binding").expect("told");
    assert_eq!(elsewhere["range"]["start"], json!({ "line": 0, "character": 0 }));
    let place = &elsewhere["relatedInformation"][0]["location"];
    assert!(place["uri"].as_str().is_some_and(|uri| uri.ends_with("/mine.toml")), "{place}");
    client.end();
}

#[test]
fn a_configuration_is_found_and_judged_as_on_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("seqcheck.toml"), "deny = ['warnings']\ntimeot = '2s'\n").expect("written");
    std::fs::create_dir(folder.path().join("sub")).expect("made");
    let mut client = Client::in_memory(folder.path());
    client.open("sub/a.seq", "seq", "A->S: WS connect\nS-->A: Connected\n");
    let told = client.lines("sub/a.seq", 1);
    assert!(told.iter().any(|line| line.contains("config there is no setting timeot")), "{told:?}");
    client.open("seqcheck.toml", "toml", "deny = ['warnings']\ntimeot = '2s'\n");
    assert_eq!(client.lines("seqcheck.toml", 1), ["1:0-1:6 config there is no setting timeot"]);
    assert_eq!(client.lines("sub/a.seq", 1), told);
    client.change("seqcheck.toml", 2, &[(Some([1, 0, 1, 6]), "timeout")]);
    assert_eq!(client.lines("seqcheck.toml", 2), Vec::<String>::new());
    let told = client.lines("sub/a.seq", 1);
    assert!(!told.iter().any(|line| line.contains(" config ")), "{told:?}");
    client.end();
}

#[test]
fn of_a_file_that_may_be_anybodys_nothing_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = Client::in_memory(folder.path());
    for (name, language) in [("Cargo.toml", "toml"), ("notes.txt", "plaintext"), ("untitled", "rust")] {
        client.open(name, language, "[package]\nsecret = = 1\n");
        assert_eq!(client.lines(name, 1), Vec::<String>::new(), "{name}");
    }
    client.end();
}

#[test]
fn what_an_untrusted_file_would_run_is_not_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let mark = folder.path().join("mark");
    let binding = format!("extends = 'chat'\n[[setup]]\ncommand = ['touch', '{}']\n", mark.display());
    std::fs::write(folder.path().join("mine.toml"), binding).expect("written");
    std::fs::write(folder.path().join("seqcheck.toml"), "target = 'cmd: touch mark'\n").expect("written");
    let mut client = Client::in_memory(folder.path());
    client.open("a.seq", "seq", &format!("#@ binding mine.toml\n{}", super::CHAT));
    assert_eq!(client.lines("a.seq", 1).iter().filter(|line| line.contains("trust")).count(), 0);
    let arguments = json!([client.uri("a.seq"), 0]);
    let played = client.ask("workspace/executeCommand", json!({ "command": "seqcheck.play", "arguments": arguments }));
    let (_, why) = played.expect_err("refused");
    assert!(why.contains("is not trusted"), "{why}");
    assert!(!mark.exists());
    client.end();
}

/// Knows nothing, and fails over some texts.
struct Failing;

impl Host for Failing {
    fn open_folders(&mut self, _: Vec<PathBuf>) {}
    fn set_unsaved(&mut self, _: &Path, _: Option<Arc<str>>) {}
    fn look(&mut self, path: &Path, _: &str) -> Look {
        assert!(!path.ends_with("bad.seq"), "a planted fault");
        Look { kind: Kind::Other, ..Look::default() }
    }
    fn formatted(&mut self, _: &Path, _: &str) -> Result<String, Vec<Diagnostic>> {
        panic!("a planted fault")
    }
    fn play(&mut self, _: &Path, _: &str, _: usize) -> Result<Played, Vec<Diagnostic>> {
        panic!("a planted fault")
    }
}

#[test]
fn a_panic_is_an_error_of_one_answer_and_the_server_goes_on() {
    let mut client = Client::with_host(Path::new("/nowhere"), Box::new(|| Box::new(Failing)));
    client.open("bad.seq", "seq", "x");
    assert_eq!(client.lines("bad.seq", 1), ["0:0-0:0 bug this is a bug of seqcheck: a planted fault"]);
    for method in ["textDocument/formatting", "textDocument/documentSymbol"] {
        let (code, what) = client.of(method, "bad.seq").expect_err("it fails");
        assert_eq!((code, what.contains("a planted fault")), (-32603, true), "{what}");
    }
    client.open("good.seq", "seq", "x");
    assert_eq!(client.lines("good.seq", 1), Vec::<String>::new());
    assert_eq!(client.of("textDocument/documentSymbol", "good.seq"), Ok(json!([])));
    client.end();
}

#[test]
fn what_makes_no_sense_is_an_error_and_nothing_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = Client::in_memory(folder.path());
    let mut code = |method: &str, params: Value| client.ask(method, params).expect_err("it makes no sense").0;
    assert_eq!(code("textDocument/hover", json!({ "textDocument": 1 })), -32602);
    assert_eq!(code("textDocument/hover", Value::Null), -32602);
    assert_eq!(code("no/such", Value::Null), -32601);
    assert_eq!(code("workspace/executeCommand", json!({ "command": "rm" })), -32602);
    client.notify("textDocument/didChange", json!([1]));
    client.notify("textDocument/didOpen", Value::Null);
    client.notify("$/cancelRequest", json!({ "id": 7 }));
    // What is not open is not known.
    assert_eq!(client.of("textDocument/documentSymbol", "x.seq").expect_err("not open").0, -32602);
    client.open("a.seq", "seq", super::CHAT);
    let lens = json!({ "command": "seqcheck.play", "arguments": [client.uri("a.seq"), 7] });
    assert_eq!(client.ask("workspace/executeCommand", lens).expect_err("no diagram with this number").0, -32803);
    client.end();
}
