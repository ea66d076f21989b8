//! Small texts that stand for more than any machine holds: told with the line that multiplies, before anything is made.

use crate::shapes::processor_time;
use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::time::Duration;

/// The full sizes: `SEQCHECK_BOMBS=all`; `cargo test` has a part of them.
fn whole() -> bool {
    std::env::var("SEQCHECK_BOMBS").is_ok_and(|word| word == "all")
}

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

/// A page in which each diagram refers to the one before it so often that none but the last is both large and allowed.
fn multiplying(references: usize, times: usize) -> String {
    let mut page = "```seq\ntitle e0\nAlice->Server: WS connect\nServer-->Alice: Connected\n```\n".to_owned();
    for number in 1..times {
        let line = format!("ref over Alice,Server: e{}\n", number - 1);
        page += &format!("```seq\ntitle e{number}\n{}```\n", line.repeat(references));
    }
    page
}

#[test]
fn references_that_multiply_are_counted_before_they_are_made() {
    let limit = ["limit on the arrows of a diagram", "the limit is 200000", "this reference inserts"];
    told("a.md", &multiplying(400, 6), &["lint", "a.md"], &limit);
    if whole() {
        told("a.md", &multiplying(300, 6), &["lint", "a.md"], &limit);
        // All that is allowed of it is looked at: sixteen diagrams, half of them large.
        told("a.md", &doubling(40), &["lint", "a.md"], &limit);
    }
    told("a.md", &multiplying(400, 12), &["check", "a.md"], &["more than can be counted"]);
    let small = doubling(4);
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join("a.md"), small).expect("can be written");
    let output = seqcheck(["lint", "a.md"]).at(folder.path()).run();
    assert!(!output.out.contains("limit"), "{output}");
}

#[test]
fn references_in_one_another_are_bounded() {
    let mut page = "```seq\ntitle e0\nAlice->Server: WS connect\n```\n".to_owned();
    for number in 1..if whole() { 2_000 } else { 400 } {
        page += &format!("```seq\ntitle e{number}\nref over Alice,Server: e{}\n```\n", number - 1);
    }
    told("a.md", &page, &["lint", "a.md"], &["more than 16 nested references"]);
}

#[test]
fn loops_are_counted_before_anything_is_played() {
    let text =
        "Alice->Server: WS connect\nServer-->Alice: Connected\nloop 4000000000\nAlice->Server: message: x\nend\n";
    let limit = ["limit on the arrows of a diagram", "the limit is 1000000", "a.seq:3", "this line multiplies"];
    told("a.seq", text, &["check", "a.seq", "--total", "10s"], &limit);
    told("a.seq", text, &["lint", "a.seq"], &limit);
    let nested = "Alice->Server: WS connect\nloop 2000\nloop 2000\nAlice->Server: message: x\nend\nend\n";
    told("a.seq", nested, &["check", "a.seq"], &["a.seq:2"]);
}

/// Whatever is slower than this grows faster than what is drawn.
const LONG: Duration = Duration::from_secs(60);

fn quick(name: &str, text: &str, command: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join(name), text).expect("can be written");
    // What others do on this machine does not count.
    let began = processor_time();
    let output = seqcheck(command).at(folder.path()).run();
    let took = processor_time() - began;
    assert!(took < LONG, "{took:?}");
    output
}

#[test]
fn thousands_of_clients_cost_what_they_change() {
    let many = if whole() { 9_000 } else { 1_500 };
    let text = format!(
        "#@ clients W = {many}\nW->Server: WS connect\nServer-->W: Connected\nA->Server: WS connect\n\
         Server-->A: Connected\nA->Server: message: x\nServer->W: message from A: x\n"
    );
    let output = quick("a.seq", &text, &["lint", "a.seq"]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
}

#[test]
fn thousands_of_alternatives_cost_what_they_are() {
    let operands: Vec<String> =
        (0..4_000).map(|number| format!("A->S: message: {number}\nS->A: message from A: {number}\n")).collect();
    let text = format!("A->S: WS connect\nS-->A: Connected\nalt\n{}end\n", operands.join("else\n"));
    let output = quick("a.seq", &text, &["lint", "a.seq"]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
}

#[test]
fn a_drawing_as_text_has_a_limit_and_reports_do_without_it() {
    let clients = |many: usize| {
        let one = |number| format!("C{number}->S: WS connect\nS->C{number}: Connected\n");
        (0..many).map(one).collect::<String>()
    };
    let output = quick("a.seq", &clients(400), &["draw", "a.seq"]);
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(output.err.contains("800 rows or more, more than the limit of 2000000 characters"), "{}", output.err);
    assert!(output.err.contains("--format svg"), "{}", output.err);
    let output = quick("a.seq", &clients(400), &["draw", "a.seq", "--format", "svg"]);
    assert_eq!(output.exit, Exit::Pass, "{}", output.err);
    let output = quick("a.seq", &clients(400), &["a.seq", "-v"]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(output.out.contains("not drawn: as text it needs"), "{output}");
    let output = quick("a.seq", &clients(40), &["draw", "a.seq"]);
    assert!(output.exit == Exit::Pass && !output.out.contains("limit"), "{output}");
}

#[test]
fn loops_in_one_another_are_gone_through_a_few_times() {
    let deep = if whole() { 60 } else { 20 };
    let (open, close) = ("loop 0..*\n".repeat(deep), "end\n".repeat(deep));
    let said = "A->S: message: x\nS->A: message from B: y\n";
    let text = format!("A->S: WS connect\nS-->A: Connected\n{open}{said}{close}");
    let output = quick("a.seq", &text, &["lint", "a.seq"]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
}

#[test]
fn texts_that_were_too_much_for_a_reader_are_told_with_their_line() {
    for (name, text, told) in [
        ("a.mmd", "sequenceDiagram\ne->\u{2028}()\n", "a.mmd:2"),
        ("a.mmd", "sequenceDiagram\nparticipant}@{\n", "a.mmd:2"),
        ("a.seq", "note over r\n N\nend\nendnote\n", ""),
        ("a.mmd", "sequenceDiagram\nalt\nend\nactor ser\" }\nactor ser\" }\n", ""),
        ("a.md", "```seq\ntitle x\n```\n\n```seq\nA->S: x\n```\n", ""),
        ("a.seq", "A->S: x\nloop -1\nA->S: x\nelse -x\nend\n", ""),
        ("a.seq", "\u{feff}\u{feff}A->S: \u{feff}x\n\u{feff}B->S: \u{feff}x\nnote over A: \u{feff}\n", ""),
    ] {
        let folder = tempfile::tempdir().expect("a folder to write in");
        std::fs::write(folder.path().join(name), text).expect("can be written");
        for verb in ["lint", "fmt", "convert --to mermaid", "convert --to plantuml", "convert --to seq"] {
            let args = verb.split(' ').chain([name]);
            let output = seqcheck(args).at(folder.path()).run();
            let all = output.to_string();
            assert!(!all.contains("bug of seqcheck"), "{text:?}, {verb}: {output}");
            assert!(told.is_empty() || (output.exit == Exit::Usage && all.contains(told)), "{verb}: {output}");
        }
    }
}

#[test]
fn a_record_that_names_an_arrow_of_another_diagram_is_told_as_that() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let kept = folder.path().join("o");
    let played = seqcheck(["scenarios/chat.seq", "--out", &kept.display().to_string()]).run();
    assert_eq!(played.exit, Exit::Pass, "{played}");
    let trace = std::fs::read_to_string(kept.join("scenarios/chat.seq/trace.jsonl")).expect("it is kept");
    let wrong = trace.replacen("\"arrow\":2", "\"arrow\":99", 1);
    assert_ne!(trace, wrong);
    let path = folder.path().join("wrong.jsonl");
    std::fs::write(&path, wrong).expect("can be written");
    let output = seqcheck(["judge", "scenarios/chat.seq", &path.display().to_string()]).run();
    assert!(matches!(output.exit, Exit::Usage | Exit::Inconclusive), "{output}");
    assert!(!output.to_string().contains("bug of seqcheck"), "{output}");
}

/// A record in which so many frames follow that nothing draws.
fn overflowing(frames: usize) -> String {
    let chat = r#"{"at":0,"event":"sent","from":"Alice","to":"Server","channel":"socket","arrow":0,"label":"WS connect"}
{"at":0,"event":"done","client":"Alice","arrow":0}
{"at":0,"event":"received","client":"Alice","from":"Server","channel":"socket","message":{"text":"{\"type\":\"connected\",\"user\":\"alice\"}"}}
"#;
    let mut record = r#"{"format":"seqcheck trace","version":1,"scenario":"a.seq","fingerprint":"00","binding":"chat","seed":0,"play":0,"order":"diagram","timeout":1000000000,"settle":1000000000,"virtual_time":true,"lifelines":["Alice","Server"],"simulated":["Alice"],"sends":1}"#.to_owned();
    record += "\n";
    record += chat;
    for number in 0..frames {
        record += &format!(
            r#"{{"at":1000,"event":"received","client":"Alice","from":"Server","channel":"socket","message":{{"text":"{{\"type\":\"message\",\"id\":{number},\"from\":\"Bob\",\"room\":\"general\",\"text\":\"{number}\"}}"}}}}"#
        );
        record += "\n";
    }
    record
        + "{\"at\":2000000000,\"event\":\"quiet\",\"evidence\":\"virtual\",\"listened\":1000000000}\n{\"at\":2000000000,\"event\":\"frozen\"}\n"
}

#[test]
fn a_record_of_frames_that_do_not_fit_is_judged_as_far_as_a_play_would_go() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let diagram = "Alice->Server: WS connect\nServer-->Alice: Connected\nServer->Alice: message from Bob: x\n";
    std::fs::write(folder.path().join("a.seq"), diagram).expect("can be written");
    std::fs::write(folder.path().join("t.jsonl"), overflowing(2_500)).expect("can be written");
    let output = seqcheck(["judge", "a.seq", "t.jsonl", "--report", "tap"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Fail, "{output}");
    assert!(output.out.contains("2001 observations follow the first violation"), "{output}");
    std::fs::write(folder.path().join("t.jsonl"), overflowing(1_500)).expect("can be written");
    let output = seqcheck(["judge", "a.seq", "t.jsonl", "--report", "tap"]).at(folder.path()).run();
    assert!(output.exit == Exit::Fail && !output.out.contains("seqcheck does not check the record"), "{output}");
}
