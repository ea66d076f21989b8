//! What is told of a run, beside the text: files that are kept, pictures of a recorded run, events while it runs.

use crate::shell::seqcheck;
use seqcheck::cli::{Exit, Screen, World, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[test]
fn everything_of_a_play_is_kept_and_can_be_drawn_again() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let name = folder.path().display().to_string();
    let output = seqcheck(["scenarios/burst.seq", "--mutant", "different-orders", "--out", &name]).run();
    assert_eq!(output.exit, Exit::Fail);
    assert!(output.out.contains(&format!("kept in {name}/scenarios/burst.seq")), "{output}");
    let read = |file: &str| {
        let path = folder.path().join("scenarios/burst.seq").join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    };
    let picture = read("picture.svg");
    assert!(picture.contains("⇅ reordered") && picture.contains("⇅ drawn here") && picture.contains("✗ fail"));
    let log = read("wire.log");
    assert!(log.contains("received  socket  Server -> Carol  {"), "{log}");
    assert!(log.contains("sent  socket  Carol -> Server  [handshake]  GET /ws?name=Carol HTTP/1.1\n"), "{log}");
    assert!(log.contains("\n             Sec-WebSocket-Version: 13\n"), "{log}");
    assert!(read("report.txt").contains("Carol received this at another place"));
    assert!(read("trace.jsonl").lines().count() > 20);
    let trace = format!("{name}/scenarios/burst.seq/trace.jsonl");
    let drawn = seqcheck(["draw", "scenarios/burst.seq", "--trace", &trace, "--format", "svg"]).run();
    assert_eq!(drawn.exit, Exit::Pass, "{}", drawn.err);
    assert_eq!(drawn.out, picture, "the picture of the trace is the picture of the play");
    let text = seqcheck(["draw", "scenarios/burst.seq", "--trace", &trace]).run();
    assert!(text.out.contains("⇅ drawn here"), "{text}");
    let other = seqcheck(["draw", "scenarios/chat.seq", "--trace", &trace]).run();
    assert_eq!(other.exit, Exit::Usage, "{other}");
    assert!(other.err.contains("Carol"), "{other}");
}

/// Nothing that was sent caused it: the cause is the arrow that is drawn so, in every report.
#[test]
fn what_comes_before_its_cause_names_the_arrow_that_was_not_sent() {
    let wanted = "cause: line 18, Bob->Server: message:read (id=first), not sent yet";
    let told = |form: &str| {
        let args = ["scenarios/read-receipts.seq", "--mutant", "read-on-delivery", "--report", form];
        seqcheck(args).run().out.replace("&gt;", ">")
    };
    for form in ["text", "junit", "html"] {
        let told = told(form);
        assert!(told.contains(wanted) && !told.contains("complete after"), "{form}: {told}");
    }
    let report: Value = serde_json::from_str(&told("json")).expect("the report is JSON");
    let cause = &report["scenarios"][0]["findings"][0]["cause"];
    assert_eq!((cause["line"].as_u64(), cause.get("complete")), (Some(18), None), "{cause}");
    let late = ["scenarios/quiet-for-long.seq", "--mutant", "delivery-after-deadline", "--report", "json"];
    let report: Value = serde_json::from_str(&seqcheck(late).run().out).expect("the report is JSON");
    let cause = &report["scenarios"][0]["findings"][0]["cause"];
    assert_eq!((cause["line"].as_u64(), cause["complete"].as_u64()), (Some(13), Some(0)), "{cause}");
}

#[test]
fn any_diagram_is_drawn_for_mermaid() {
    let drawn = seqcheck(["draw", "scenarios/chat.seq", "--format", "mermaid"]).run();
    assert_eq!(drawn.exit, Exit::Pass, "{drawn}");
    assert!(
        drawn.out.contains("sequenceDiagram") && drawn.out.contains("Alice->>Server: join room:general"),
        "{drawn}"
    );
    let with_run = seqcheck(["draw", "scenarios/chat.seq", "--format", "mermaid", "--trace", "none"]).run();
    assert_eq!(with_run.exit, Exit::Usage, "{with_run}");
}

#[test]
fn plays_of_a_repeated_scenario_are_kept_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let name = folder.path().display().to_string();
    seqcheck(["scenarios/chat.seq", "--repeat", "2", "--out", &name]).run();
    for file in ["trace-1.jsonl", "trace-2.jsonl", "picture-2.svg", "wire-1.log", "report-2.txt"] {
        assert!(folder.path().join("scenarios/chat.seq").join(file).exists(), "{file}");
    }
}

#[test]
fn json_lines_are_events_in_their_order() {
    let output = seqcheck(["scenarios/chat.seq", "scenarios/sse.seq", "--report", "jsonl", "--jobs", "1"]).run();
    let events: Vec<(String, String)> = output
        .out
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("a line is JSON");
            let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            (word("event"), word("path"))
        })
        .collect();
    let wanted = [
        ("begin", ""),
        ("started", "scenarios/chat.seq"),
        ("scenario", "scenarios/chat.seq"),
        ("started", "scenarios/sse.seq"),
        ("scenario", "scenarios/sse.seq"),
        ("end", ""),
    ];
    assert_eq!(events, wanted.map(|(event, path)| (event.to_owned(), path.to_owned())));
}

#[test]
fn one_format_is_on_standard_output_and_all_have_files() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let formats: Vec<&str> = seqcheck::report::Format::ALL.iter().map(|(_, name, _)| *name).collect();
    let mut args = vec!["scenarios/chat.seq".to_owned()];
    for format in &formats {
        args.extend(["--report".to_owned(), format!("{format}={}/report.{format}", folder.path().display())]);
    }
    let output = seqcheck(&args).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    for format in &formats {
        let bytes = std::fs::read(folder.path().join(format!("report.{format}"))).expect("it was written");
        // Annotations speak of what is not good alone.
        assert!(!bytes.is_empty(), "{format}");
    }
    let two = seqcheck(["scenarios/chat.seq", "scenarios/sse.seq", "--report", "svg"]).run();
    assert_eq!(two.exit, Exit::Error, "{two}");
    assert!(two.err.contains("a picture shows one scenario"), "{two}");
}

#[derive(Clone, Default)]
struct Terminal(Arc<Mutex<Vec<u8>>>);

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What stands on standard output, in a folder.
fn printed(args: &[&str], folder: &std::path::Path, terminal: bool) -> String {
    let screen = Terminal::default();
    let vars = BTreeMap::from([("NO_COLOR".to_owned(), "1".to_owned())]);
    let out = Screen::new(screen.clone(), terminal, &vars);
    let args = args.iter().map(Into::into).collect();
    let mut world = World { args, out, vars, ..World::empty(folder.to_path_buf()) };
    assert_eq!(run(&mut world), Exit::Pass, "{args:?}", args = world.args);
    String::from_utf8(screen.0.lock().expect("no writer panicked").clone()).expect("text")
}

#[test]
fn a_terminal_carries_out_nothing_of_a_diagram() {
    let folder = tempfile::tempdir().expect("a folder");
    let diagram = "title \u{1b}]0;x\u{7}\nA->S: WS connect\nS->A: hi\u{1b}[31m \u{202e} x\u{9b}31m\n";
    std::fs::write(folder.path().join("n.seq"), diagram).expect("written");
    let hidden = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
    for (args, as_it_is) in [
        (&["convert", "n.seq", "--to", "plantuml"][..], true),
        (&["convert", "n.seq", "--to", "mermaid"], true),
        (&["fmt", "n.seq", "--stdout"], true),
        (&["draw", "n.seq", "--format", "mermaid"], true),
        (&["draw", "n.seq"], false),
        (&["init", "binding", "n.seq"], false),
    ] {
        let seen = printed(args, folder.path(), true);
        let found: Vec<char> = seen.chars().filter(hidden).collect();
        assert!(found.is_empty(), "{args:?}: {found:?}");
        assert!(seen.contains("202e"), "{args:?}: it is spelled out:\n{seen}");
        let piped = printed(args, folder.path(), false);
        assert_eq!(piped.chars().any(|c| hidden(&c)), as_it_is, "{args:?}: {piped:?}");
    }
}

#[test]
fn arrows_are_drawn_on_a_terminal_while_they_pass() {
    let vars = BTreeMap::from([("NO_COLOR".to_owned(), "1".to_owned()), ("COLUMNS".to_owned(), "100".to_owned())]);
    let terminal = Terminal::default();
    let mut world = World {
        args: ["scenarios/chat.seq", "-v"].map(Into::into).to_vec(),
        out: Screen::new(terminal.clone(), true, &vars),
        vars,
        ..World::empty(env!("CARGO_MANIFEST_DIR").into())
    };
    assert_eq!(run(&mut world), Exit::Pass);
    let text = String::from_utf8(terminal.0.lock().expect("no writer panicked").clone()).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let at = |what: &str| lines.iter().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}\n{text}"));
    assert!(at("Alice") < at("WS connect") && at("WS connect") < at("user:alice left"), "{text}");
    assert!(at("user:alice left") < at("PASS"), "the arrows come before the verdict\n{text}");
    assert_eq!(text.matches("user:alice joined").count(), 1, "and are not drawn again\n{text}");
}

/// What comes over and over, or never does, stands once in the difference, with its number.
#[test]
fn what_differs_over_and_over_is_said_once() {
    let never = "Server->Alice: user:bob joined\n".repeat(4);
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("Alice->Server: WS connect\nServer-->Alice: Connected\n{never}");
    std::fs::write(folder.path().join("a.seq"), text).expect("written");
    let told = seqcheck(["a.seq", "--timeout", "100ms"]).at(folder.path()).run();
    assert_eq!(told.out.matches("    - Server -> Alice: user:bob joined").count(), 1, "{told}");
    assert!(told.out.contains("    - Server -> Alice: user:bob joined  × 4\n"), "{told}");
}
