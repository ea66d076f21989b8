//! Options of a run, each with an effect that can be seen.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::path::Path;

const CHAT: &str = "scenarios/chat.seq";

fn exits(args: &[&str], exit: Exit, told: &[&str]) -> Output {
    let output = seqcheck(args).run();
    assert_eq!(output.exit, exit, "{args:?}\n{output}");
    for told in told {
        assert!(output.to_string().contains(told), "{told:?} is not in\n{output}");
    }
    output
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder to write in");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("in a folder")).expect("can be made");
        std::fs::write(path, text).expect("can be written");
    }
    folder
}

fn small(title: &str, directives: &str) -> String {
    format!("title {title}\n{directives}Alice->Server: WS connect\nServer-->Alice: Connected\n")
}

#[test]
fn a_mutant_is_found_and_the_command_to_repeat_it_named() {
    exits(
        &[CHAT, "--mutant", "M08"],
        Exit::Fail,
        &["duplicate", "again: seqcheck scenarios/chat.seq --mutant M08 --seed 0"],
    );
    exits(&[CHAT, "--mutant", "M8"], Exit::Usage, &["there is no mutant M8"]);
    exits(&[CHAT, "--mutant", "M08", "--target", "ws://127.0.0.1:1"], Exit::Usage, &["apply to the built-in server"]);
}

#[test]
fn what_is_ignored_is_not_judged() {
    let case = "tests/cases/diverges/unexpected.seq";
    exits(&[case, "--ignore", "*"], Exit::Pass, &["PASS"]);
    exits(&[case, "--ignore", "user:{user} left"], Exit::Pass, &["PASS"]);
}

#[test]
fn flags_go_before_directives_and_these_before_the_file_below() {
    let folder =
        folder(&[("a.seq", &small("A", "#@ seed 5\n")), ("b.seq", &small("B", "")), ("seqcheck.toml", "seed = 3")]);
    let seeds = |args: &[&str], vars: &[(&str, &str)]| {
        let shell = seqcheck([args, &["--mutant", "M02,M06", "--out", "out"]].concat()).at(folder.path());
        let output = vars.iter().fold(shell, |shell, (name, value)| shell.var(name, value)).run();
        assert!(output.exit == Exit::Pass, "{output}");
        ["a", "b"].map(|name| {
            let trace = folder.path().join(format!("out/{name}.seq/trace.jsonl"));
            let text = std::fs::read_to_string(trace).expect("it is kept");
            let (_, rest) = text.split_once("\"seed\":").expect("the seed is in the header");
            rest.chars().take_while(char::is_ascii_digit).collect::<String>()
        })
    };
    assert_eq!(seeds(&["a.seq", "b.seq"], &[]), ["5", "3"]);
    assert_eq!(seeds(&["a.seq", "b.seq"], &[("SEQCHECK_SEED", "4")]), ["5", "4"]);
    assert_eq!(seeds(&["a.seq", "b.seq", "--seed", "6"], &[("SEQCHECK_SEED", "4")]), ["6", "6"]);
}

#[test]
fn scenarios_are_chosen_by_tag_and_share_and_all_have_their_turn() {
    let folder = folder(&[
        ("a.seq", &small("A", "#@ tags smoke, slow\n")),
        ("b.seq", &small("B", "#@ tags slow\n")),
        ("c.seq", &small("C", "")),
    ]);
    let names = |args: &[&str]| {
        let output = seqcheck([&["."], args].concat()).at(folder.path()).run();
        let lines = output.out.lines().filter_map(|line| line.strip_prefix("PASS  "));
        lines.map(|line| line.chars().take(1).collect()).collect::<Vec<String>>()
    };
    assert_eq!(names(&["--tag", "slow"]), ["A", "B"]);
    assert_eq!(names(&["--tag", "smoke,none"]), ["A"]);
    assert_eq!(names(&["--shard", "1/2"]), ["A", "C"]);
    assert_eq!(names(&["--shard", "2/2"]), ["B"]);
    assert_eq!(names(&["--shard", "5/5"]), Vec::<String>::new());
    let none = seqcheck([".", "--tag", "none"]).at(folder.path()).run();
    assert_eq!(none.exit, Exit::Usage, "{none}");
}

#[test]
fn the_first_that_does_not_pass_can_be_the_last() {
    let bad = small("Bad", "") + "Server->Alice: user:bob joined\n";
    let folder = folder(&[("a.seq", &small("A", "")), ("b.seq", &bad), ("c.seq", &small("C", ""))]);
    let output = seqcheck([".", "--fail-fast", "--jobs", "3"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Fail, "{output}");
    assert!(output.out.contains("3 scenarios: 1 passed, 1 failed, 1 skipped"), "{output}");
    let quiet = seqcheck([".", "--quiet"]).at(folder.path()).run();
    assert!(quiet.out.starts_with("FAIL  Bad"), "{quiet}");
}

#[test]
fn a_play_is_judged_again_from_its_trace_with_the_same_findings() {
    let out = tempfile::tempdir().expect("a folder to write in");
    let out = out.path().to_str().expect("a name");
    for case in ["scenarios/chat.seq", "tests/cases/diverges/wrong-payload.seq", "tests/cases/diverges/unexpected.seq"]
    {
        let played = seqcheck([case, "--out", out]).run();
        let trace = format!("{out}/{case}/trace.jsonl");
        let judged = seqcheck(["judge", case, trace.as_str()]).run();
        assert_eq!(judged.exit, played.exit, "{judged}");
        let findings = |output: &Output| {
            let said = output.out.lines().filter(|line| !line.contains("= again") && !line.contains("= kept"));
            said.filter(|line| !line.contains("1 scenario")).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(findings(&judged), findings(&played));
    }
    let nonsense = seqcheck(["judge", CHAT, "Cargo.toml"]).run();
    assert!(nonsense.exit == Exit::Usage && nonsense.err.contains("Cargo.toml"), "{nonsense}");
}

#[test]
fn two_plays_leave_the_same_trace() {
    let keep = || {
        let out = tempfile::tempdir().expect("a folder to write in");
        let name = out.path().to_str().expect("a name").to_owned();
        let output = seqcheck(["scenarios/*.seq", "tests/cases/diverges", "--out", name.as_str()]).run();
        assert_eq!(output.exit, Exit::Fail, "{output}");
        let mut traces = Vec::new();
        let mut folders = vec![out.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            let mut paths: Vec<_> =
                std::fs::read_dir(folder).expect("it is there").flatten().map(|e| e.path()).collect();
            paths.sort();
            for path in paths {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(out.path()).expect("in it").to_path_buf();
                    traces.push((name, std::fs::read_to_string(&path).expect("text")));
                }
            }
        }
        traces
    };
    let (first, second) = (keep(), keep());
    assert!(first.len() >= 8);
    assert_eq!(first, second);
}

#[test]
fn a_value_from_the_environment_reaches_no_output() {
    let text = small("Secret", "") + "Alice->Server: message: ${token}\nServer->Alice: Connected\n";
    let folder = folder(&[("a.seq", &text)]);
    let args = ["a.seq", "--var", "token=env:TOKEN", "--out", "out", "-v"];
    let output = seqcheck(args).at(folder.path()).var("TOKEN", "hunter2-hunter2").run();
    assert_eq!(output.exit, Exit::Fail, "{output}");
    let trace = std::fs::read_to_string(folder.path().join("out/a.seq/trace.jsonl")).expect("it is kept");
    assert!(trace.contains("message"), "{trace}");
    assert!(!output.to_string().contains("hunter2") && !trace.contains("hunter2"), "{output}\n{trace}");
    let unset = seqcheck(args).at(folder.path()).run();
    assert!(unset.exit == Exit::Usage && unset.err.contains("no such environment variable"), "{unset}");
}

#[test]
fn a_value_in_the_place_of_one_of_the_environment_reaches_no_output() {
    let text = small("Secret", "#@ binding ./b.toml\n");
    let binding =
        "extends = \"chat\"\n[connect]\nurl = \"{target}/ws?name={self|url}\"\nheaders = { x-key = \"{env.KEY}\" }\n";
    let folder = folder(&[("a.seq", &text), ("b.toml", binding)]);
    let args = ["a.seq", "--trust", ".", "--var", "env.KEY=hunter2-hunter2", "--out", "out", "-v"];
    let output = seqcheck(args).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    let trace = std::fs::read_to_string(folder.path().join("out/a.seq/trace.jsonl")).expect("it is kept");
    assert!(trace.contains("received"), "{trace}");
    assert!(!output.to_string().contains("hunter2") && !trace.contains("hunter2"), "{output}\n{trace}");
}

#[test]
fn a_text_is_made_canonical_and_stays_so() {
    let folder = folder(&[
        ("a.seq", "ALT   one\nAlice ->  Bob :hi\nend\n"),
        ("page.md", "# Page\n\n```seq\nA -> B : hi\n```\ntext\n"),
    ]);
    let run = |args: &[&str]| seqcheck(args).at(folder.path()).run();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("it is there");
    let check = run(&["fmt", "--check", "."]);
    assert_eq!((check.exit, check.out.as_str()), (Exit::Fail, "a.seq\npage.md\n"), "{}", check.err);
    assert_eq!(run(&["fmt", "--stdout", "a.seq"]).out, "alt one\n    Alice->Bob: hi\nend\n");
    let written = run(&["fmt", "--write", "."]);
    assert_eq!(written.out, "wrote a.seq\nwrote page.md\n", "{written}");
    assert_eq!(read("page.md"), "# Page\n\n```seq\nA->B: hi\n```\ntext\n");
    assert_eq!(run(&["fmt", "--check", "."]).exit, Exit::Pass);
    assert_eq!(run(&["fmt", "--stdout", "."]).exit, Exit::Usage, "two files do not go to one output");
}

#[test]
fn a_report_goes_to_a_file_and_an_unknown_one_nowhere() {
    let out = tempfile::tempdir().expect("a folder to write in");
    let file = out.path().join("deep/report.txt");
    let wanted = format!("text={}", file.display());
    exits(&[CHAT, "--report", wanted.as_str()], Exit::Pass, &["PASS"]);
    assert!(std::fs::read_to_string(file).expect("it is written").starts_with("PASS  WebSocket Chat Flow"));
    exits(&[CHAT, "--report", "txet"], Exit::Usage, &["did you mean text"]);
    let nowhere = format!("text={}", Path::new("/proc/nowhere/report").display());
    exits(&[CHAT, "--report", nowhere.as_str()], Exit::Error, &["cannot be written"]);
}

#[test]
fn a_scenario_that_is_skipped_is_shown_and_alone_is_no_run() {
    let folder = folder(&[("a.seq", &small("A", "#@ skip not today\n")), ("b.seq", &small("B", ""))]);
    let both = seqcheck(["."]).at(folder.path()).run();
    assert!(both.exit == Exit::Pass && both.out.contains("not today"), "{both}");
    let alone = seqcheck(["a.seq"]).at(folder.path()).run();
    assert!(alone.exit == Exit::Usage && alone.err.contains("every scenario was skipped"), "{alone}");
}

#[test]
fn diagrams_of_a_page_are_scenarios_and_others_are_left_alone() {
    let page = "# Joining\n\n```seq\nAlice->Server: WS connect\nServer-->Alice: Connected\n```\n\n```mermaid\nflowchart LR\n```\n";
    let folder = folder(&[("page.md", page)]);
    let output = seqcheck(["page.md"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(output.out.contains("PASS  Joining, line 4") && output.err.contains("ignored: page.md:8"), "{output}");
}

#[test]
fn a_server_in_another_process_is_tested_and_its_absence_is_an_error() {
    let mut served = crate::serve::serve(&[]);
    let target = format!("ws://{}", served.address);
    let args = [CHAT, "--target", target.as_str(), "--connect-timeout", "500ms"];
    exits(&args, Exit::Pass, &["against ws://"]);
    served.terminate();
    served.ended();
    exits(&args, Exit::Error, &[&served.address, "refuse"]);
    let command = format!("cmd: {} serve --port {{port}}", env!("CARGO_BIN_EXE_seqcheck"));
    exits(&[CHAT, "--target", command.as_str()], Exit::Pass, &["PASS"]);
}

#[test]
fn a_run_is_told_in_every_format() {
    let case = "tests/cases/diverges/wrong-payload.seq";
    for (format, begins) in [
        ("text", "FAIL  "),
        ("json", "{"),
        ("jsonl", "{\"event\":\"begin\""),
        ("junit", "<?xml"),
        ("tap", "TAP version 14\nnot ok 1"),
        ("github", "::error "),
        ("markdown", ""),
        ("html", "<!"),
    ] {
        let output = exits(&[case, "--report", format], Exit::Fail, &["Hello Alicia!"]);
        assert!(output.out.starts_with(begins), "{format}\n{output}");
        if format.starts_with("json") {
            let values = serde_json::Deserializer::from_str(&output.out).into_iter::<serde_json::Value>();
            assert!(!values.map(|value| value.expect("JSON")).collect::<Vec<_>>().is_empty());
        }
    }
}

#[test]
fn a_diagram_is_drawn_as_a_picture() {
    let svg = seqcheck(["draw", CHAT, "--format", "svg"]).run();
    assert!(svg.exit == Exit::Pass && svg.out.starts_with("<svg") && svg.out.contains("join room:general"), "{svg}");
    let out = tempfile::tempdir().expect("a folder to write in");
    let file = out.path().join("chat.png");
    let name = file.to_str().expect("a name");
    exits(&["draw", CHAT, "--format", "png", "-o", name], Exit::Pass, &[]);
    assert!(std::fs::read(file).expect("it is written").starts_with(b"\x89PNG"));
}
