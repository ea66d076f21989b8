//! However a run ends, nothing that it has started is left; and what it has found out is told.
#![cfg(target_os = "linux")]

use crate::shapes::processor_time;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A limit that is met only where a condition never comes: of processor time, of which whoever waits on a busy machine has
/// as little as everybody else.
const NEVER: Duration = Duration::from_secs(30);

const CONNECTS: &str = "#@ binding ./b.toml\nAlice->Server: WS connect\nServer-->Alice: Connected\n";

/// Whatever starts something says here who: `kind PID`.
const KIDS: &str = r#"
sleep 1000 & echo "plain $!" >> pids
setsid sh -c 'echo "session $$" >> pids; exec sleep 1000' &
(setsid sh -c 'echo "orphan $$" >> pids; exec sleep 1000' &)
sh -c 'trap "" TERM INT HUP; echo "deaf $$" >> pids; while :; do sleep 1000; done' &
"#;

/// A codec for what one server says at first, and for nothing else; it starts something of its own.
const CODEC: &str = r#"
setsid sh -c 'echo "codec $$" >> pids; exec sleep 1000' < /dev/null > /dev/null &
while read -r line; do
    case $line in
        *decode*) echo '{"messages":[{"type":"connected","user":"alice"}]}' ;;
        *) echo '{"frames":["{\"type\":\"ping\"}"]}' ;;
    esac
done
"#;

const SETUP: &str = "setsid sh -c 'echo \"setup $$\" >> pids; exec sleep 1000' &\n";

const BINDING: &str = "extends = \"chat\"\necho = false\ncodec = { command = [\"sh\", \"codec.sh\"] }\n\
                       setup = [{ command = [\"sh\", \"setup.sh\"] }]\n";

const KINDS: [&str; 6] = ["plain", "session", "orphan", "deaf", "codec", "setup"];

fn folder(diagram: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [("a.seq", diagram), ("b.toml", BINDING), ("kids.sh", KIDS), ("codec.sh", CODEC), ("setup.sh", SETUP)];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    std::fs::write(folder.path().join("pids"), "").expect("written");
    folder
}

fn seqcheck(folder: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqcheck"));
    command.args(args).current_dir(folder).env("HOME", folder).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was built")
}

/// Who was started, by kind.
fn started(folder: &Path) -> BTreeMap<String, Pid> {
    let text = std::fs::read_to_string(folder.join("pids")).expect("it is there");
    let kid = |line: &str| {
        let (kind, pid) = line.split_once(' ')?;
        Some((kind.to_owned(), pid.parse().ok().and_then(Pid::from_raw)?))
    };
    text.lines().filter_map(kid).collect()
}

fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = processor_time() + NEVER;
    while !condition() {
        assert!(processor_time() < end, "never: {what}");
        std::thread::yield_now();
    }
}

fn ended(mut child: Child) -> ExitStatus {
    let mut status = None;
    until("the end of seqcheck", || {
        status = child.try_wait().expect("it is our child");
        status.is_some()
    });
    status.expect("it has ended")
}

/// How a run ends: its diagram, what the target does behind its children, flags, what is sent to it, and its exit code.
struct Way {
    name: &'static str,
    rest: &'static str,
    server: &'static str,
    flags: &'static [&'static str],
    signals: &'static [Signal],
    code: Option<i32>,
    kinds: usize,
}

const SERVE: &str = "exec SEQCHECK serve --port {port}";
/// Long enough for a signal to come before it is over.
const LONG: &str = "...1000s...\nAlice->Server: WS disconnect\n";

const WAYS: [Way; 8] = [
    Way { name: "pass", rest: "", server: SERVE, flags: &[], signals: &[], code: Some(0), kinds: 6 },
    Way {
        name: "fail",
        rest: "Server->Alice: user:bob left\n",
        server: SERVE,
        flags: &["--timeout", "100ms"],
        signals: &[],
        code: Some(1),
        kinds: 6,
    },
    Way {
        name: "not launched",
        rest: "",
        server: "wait_for_kids; : {port}; exit 3",
        flags: &[],
        signals: &[],
        code: Some(4),
        kinds: 4,
    },
    Way { name: "total", rest: LONG, server: SERVE, flags: &["--total", "2s"], signals: &[], code: Some(4), kinds: 6 },
    Way { name: "SIGINT", rest: LONG, server: SERVE, flags: &[], signals: &[Signal::INT], code: Some(130), kinds: 6 },
    Way { name: "SIGTERM", rest: LONG, server: SERVE, flags: &[], signals: &[Signal::TERM], code: Some(143), kinds: 6 },
    Way {
        name: "SIGINT twice",
        rest: LONG,
        server: SERVE,
        flags: &[],
        signals: &[Signal::INT, Signal::INT],
        code: Some(130),
        kinds: 6,
    },
    Way { name: "SIGKILL", rest: LONG, server: SERVE, flags: &[], signals: &[Signal::KILL], code: None, kinds: 6 },
];

#[test]
fn nothing_survives_whatever_ends_a_run() {
    for way in &WAYS {
        let folder = folder(&format!("{CONNECTS}{}", way.rest));
        let at = folder.path();
        let waits = "while [ $(wc -l < pids) -lt 4 ]; do :; done";
        let server = way.server.replace("SEQCHECK", env!("CARGO_BIN_EXE_seqcheck")).replace("wait_for_kids", waits);
        let target = format!("cmd: . ./kids.sh; {server}");
        let mut args = vec!["a.seq", "--trust", ".", "--settle", "100ms", "--target", &target];
        args.extend(way.flags);
        let child = seqcheck(at, &args);
        let pid = Pid::from_child(&child);
        if !way.signals.is_empty() {
            until("all children", || started(at).len() == way.kinds);
            for signal in way.signals {
                // It may be gone before the last one.
                let _ = kill_process(pid, *signal);
            }
        }
        let output = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), way.code, "{}: {told}", way.name);
        let kids = started(at);
        assert_eq!(kids.len(), way.kinds, "{}: {kids:?}: {told}", way.name);
        assert!(kids.keys().all(|kind| KINDS.contains(&kind.as_str())), "{kids:?}");
        for (kind, pid) in &kids {
            until(&format!("the end of `{kind}` after {}", way.name), || test_kill_process(*pid).is_err());
        }
    }
}

#[test]
fn what_was_played_is_told_when_a_signal_comes() {
    for (signal, word, code) in [(Signal::INT, "SIGINT", 130), (Signal::TERM, "SIGTERM", 143)] {
        // The signal may come between two plays, which nothing outside shows: then nothing was interrupted in the middle.
        until("a play that is under way", || {
            let (rest, folder) = interrupted(signal, code);
            let summary = rest.lines().last().unwrap_or_default();
            if summary.starts_with("3 scenarios: 1 passed, 2 skipped (interrupted by") {
                return false;
            }
            assert!(summary.starts_with("3 scenarios: 1 passed, 1 error, 1 skipped (interrupted by"), "{rest}");
            assert!(rest.contains(&format!("interrupted: {word} came while this was played")), "{rest}");
            let junit = std::fs::read_to_string(folder.path().join("j.xml")).expect("it is written");
            assert!(junit.contains("tests=\"3\"") && junit.contains(&format!("interrupted by {word}")), "{junit}");
            assert!(folder.path().join("kept/a.seq/trace.jsonl").is_file());
            true
        });
    }
}

/// Three scenarios, of which the second is long, and a signal after the first: what is printed behind it.
fn interrupted(signal: Signal, code: i32) -> (String, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let small = "Alice->Server: WS connect\nServer-->Alice: Connected\n";
    for (name, rest) in [("a.seq", ""), ("b.seq", LONG), ("c.seq", "")] {
        std::fs::write(folder.path().join(name), format!("title {name}\n{small}{rest}")).expect("written");
    }
    let args = ["--net", "tcp", "--jobs", "1", "--settle", "100ms", "--out", "kept", "--report", "junit=j.xml"];
    let args: Vec<&str> = ["a.seq", "b.seq", "c.seq", "--report", "text"].into_iter().chain(args).collect();
    let mut child = seqcheck(folder.path(), &args);
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first = lines.next().expect("a line").expect("text");
    assert!(first.starts_with("PASS  a.seq"), "{first}");
    kill_process(Pid::from_child(&child), signal).expect("it runs");
    let rest: Vec<String> = lines.map(|line| line.expect("text")).collect();
    let rest = rest.join("\n");
    assert_eq!(ended(child).code(), Some(code), "{rest}");
    (rest, folder)
}

#[test]
fn commands_of_a_binding_have_a_deadline() {
    let folder = folder(CONNECTS);
    let at = folder.path();
    let run = |binding: &str, total: &str| {
        std::fs::write(at.join("b.toml"), format!("extends = \"chat\"\n{binding}")).expect("written");
        let args = ["a.seq", "--trust", ".", "--net", "tcp", "--settle", "100ms", "--total", total];
        let output = seqcheck(at, &args).wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let hangs = "[\"sh\", \"-c\", \"echo waiting; setsid sleep 1000 & sleep 1000\"]";
    let (code, told) = run(&format!("setup = [{{ command = {hangs} }}]\n"), "300ms");
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("did not end within 300 ms (--total), so seqcheck ended it; its output: waiting"), "{told}");
    let (code, told) = run(&format!("teardown = [{{ command = {hangs} }}]\n"), "1500ms");
    assert_eq!(code, Some(0), "the verdict stands: {told}");
    assert!(told.contains("did not end within 1.5 s (--total)"), "{told}");
    let (code, told) = run("codec = { command = [\"sleep\", \"1000\"] }\n", "700ms");
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("did not answer within 700 ms") || told.contains("--total"), "{told}");
}
