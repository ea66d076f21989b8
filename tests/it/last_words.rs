//! What programs say that seqcheck starts, where it is told: without what must not be seen, and within bounds.
#![cfg(unix)]

use crate::secrets::everything_in;
use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::path::Path;

/// Known from the environment.
const CANARY: &str = "C4nary-zX_81/q+w";
/// Known from the binding.
const PIN: &str = "P1n-Kv27-Lm93";
/// What must not be seen of either, however it is cut.
const BEGINS: [&str; 2] = ["C4nar", "P1n-K"];

const DIAGRAM: &str = "#@ binding ./b.toml\nAnn->Server: WS connect\nServer->Ann: Connected\n";
const BINDING: &str = "extends = \"chat\"\nsecret = [\"pin\"]\n";
const FORMATS: [&str; 8] = ["json", "jsonl", "junit", "tap", "github", "html", "svg", "markdown"];

/// Plays it with all reports; everything that was told.
fn told(folder: &Path, binding: &str, before: &[&str], behind: &[&str]) -> (Output, Vec<(String, String)>) {
    std::fs::write(folder.join("a.seq"), DIAGRAM).expect("written");
    std::fs::write(folder.join("b.toml"), format!("{BINDING}{binding}\n[vars]\npin = \"{PIN}\"\n")).expect("written");
    let out = folder.join("told");
    let mut args: Vec<String> = before.iter().map(|arg| (*arg).to_owned()).collect();
    args.extend(["--trust", ".", "--settle", "100ms", "--out", "told/kept", "--report", "text"].map(str::to_owned));
    args.extend(FORMATS.iter().flat_map(|form| ["--report".to_owned(), format!("{form}=told/report.{form}")]));
    args.extend(behind.iter().map(|arg| (*arg).to_owned()));
    let output = seqcheck(args).at(folder).var("TOK", CANARY).run();
    let mut files = Vec::new();
    everything_in(&out, &mut files);
    let printed = [("printed".to_owned(), output.to_string())];
    let files = files.into_iter().map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()));
    (output, printed.into_iter().chain(files).collect())
}

fn nothing_shows(all: &[(String, String)]) {
    for (name, text) in all {
        for begin in BEGINS {
            assert!(!text.contains(begin), "{name} has `{begin}`:\n{text}");
        }
    }
}

#[test]
fn a_codec_says_nothing_of_what_it_knows() {
    // The last but one is cut in the middle of a secret, were it cut before it is searched.
    let pad = "x".repeat(995);
    for (says, wanted) in [
        (format!("no JSON: {CANARY}"), "answered `no JSON: ***`"),
        (format!("no JSON: {PIN}"), "answered `no JSON: ***`"),
        (format!("{{\"error\": \"I know {CANARY} and {PIN}\"}}"), "I know *** and ***"),
        (format!("{pad}{CANARY}"), "x***`: not JSON"),
        (format!("{pad}{PIN}"), "x***`: not JSON"),
        (format!("{{\"error\": \"{}{PIN}\"}}", "x".repeat(300_000)), "300013 bytes"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("says"), format!("{says}\n")).expect("written");
        let at = folder.path().display();
        let codec = format!("read -r line; echo 'last words: {CANARY}' >&2; cat {at}/says; read -r line");
        std::fs::write(folder.path().join("codec.sh"), codec).expect("written");
        let binding = format!("codec = {{ command = [\"sh\", \"{at}/codec.sh\"] }}");
        let (output, all) = told(folder.path(), &binding, &["a.seq"], &[]);
        assert!(output.exit == Exit::Error || output.exit == Exit::Fail, "{output}");
        assert!(all.iter().any(|(_, text)| text.contains(wanted)), "`{wanted}` is in no report:\n{output}");
        assert!(all.iter().all(|(_, text)| text.len() < 200_000), "an error is as long as what it is about");
        nothing_shows(&all);
    }
}

#[test]
fn a_command_that_dials_says_nothing_of_what_it_knows() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("dials.sh");
    std::fs::write(&script, format!("echo 'out {CANARY}'; echo 'err {PIN}' >&2; exit 3")).expect("written");
    let script = script.display().to_string();
    let (output, all) = told(folder.path(), "", &["mock", "a.seq", "--wait", "1s"], &["--", "sh", &script]);
    assert_eq!(output.exit, Exit::Fail, "{output}");
    assert!(output.out.contains("out ***") && output.out.contains("err ***"), "{output}");
    nothing_shows(&all);
}

/// What stands against a run is told in reports as well, and these hide what the terminal hides.
#[test]
fn a_command_that_cannot_be_a_target_is_told_without_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = format!("cmd: serve --token {CANARY}");
    let (output, all) = told(folder.path(), "", &["a.seq", "--var", "t=env:TOK", "--target", &target], &[]);
    assert_eq!(output.exit, Exit::Usage, "{output}");
    let with_it = all.iter().filter(|(_, text)| text.contains("serve --token ***")).count();
    assert!(with_it > 5, "it is told in most reports: {output}");
    nothing_shows(&all);
}

/// Lines of 60 kB, as many as there may be: each report told 12 MB.
#[test]
fn what_a_program_has_said_is_told_within_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("lines"), format!("{}\n", "y".repeat(60_000)).repeat(300)).expect("written");
    let lines = folder.path().join("lines").display().to_string();
    let binding = format!("[[setup]]\ncommand = [\"sh\", \"-c\", \"cat {lines}; exit 3\"]");
    let (output, all) = told(folder.path(), &binding, &["a.seq"], &[]);
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(output.out.contains("… 296 earlier lines"), "{}", &output.out[..1_000.min(output.out.len())]);
    assert!(all.iter().all(|(_, text)| text.len() < 600_000), "a report holds what does not fit");
}
