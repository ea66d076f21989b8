//! Servers that are spoken with over their standard streams: a program for every connection.
#![cfg(unix)]

use crate::field::{LAB, Told};
use crate::shapes::processor_time;
use rustix::process::{Pid, test_kill_process};
use seqcheck::oracle::Class;
use seqcheck::process::Guard;
use seqcheck::run::launch::Launch;
use seqcheck::{Scenario, Target};
use std::path::PathBuf;
use std::time::Duration;

/// Says what it is told, line by line.
const MIRROR: &str = "while read -r line; do printf '%s\\n' \"$line\"; done";

/// Long enough for a machine that is busy: nothing here is found by waiting, but where that is said.
const LONG: Duration = Duration::from_secs(60);

fn played_with(target: Target, diagram: &str, binding: &str) -> Told {
    played_within(target, diagram, binding, LONG)
}

/// The same of a server that answers no echo.
fn played_without_echo(target: Target, diagram: &str) -> Told {
    let rule = "[[rule]]\nlabel = \"{t:/[a-z]+/}\"\nclient = { t = \"{t}\" }\nserver = { t = \"{t}\" }\n";
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = scenario.binding_text("b.toml", rule).unwrap_or_else(|why| panic!("{why}"));
    Told::new(scenario.target(target).timeout(LONG).check().unwrap_or_else(|why| panic!("{why}")))
}

fn played_within(target: Target, diagram: &str, binding: &str, timeout: Duration) -> Told {
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = scenario.binding_text("b.toml", &format!("{binding}{LAB}")).unwrap_or_else(|why| panic!("{why}"));
    let scenario = scenario.target(target).timeout(timeout);
    Told::new(scenario.check().unwrap_or_else(|why| panic!("{why}")))
}

fn played(command: &str, diagram: &str) -> Told {
    played_with(Target::stdio(command), diagram, "")
}

/// By a guard process, as the command line starts programs.
fn guarded(command: &str) -> Target {
    let guard = Guard::Process(PathBuf::from(env!("CARGO_BIN_EXE_seqcheck")));
    Target::spoken(Launch { guard, ..Launch::new(command) })
}

fn is_gone(pid: &str) -> bool {
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw).expect("a process");
    // On a busy machine this thread has as little of the processor as everybody else.
    let end = processor_time() + Duration::from_secs(20);
    while test_kill_process(pid).is_ok() {
        if processor_time() > end {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

#[test]
fn a_line_is_a_message_both_ways() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\nAnn->S: WS disconnect\n";
    played(MIRROR, diagram).passes();
    played_with(guarded(MIRROR), diagram, "").passes();
    // The order is judged as anywhere.
    let twice = "read -r line; printf '%s\\n%s\\n' \"$line\" \"$line\"; cat";
    played(twice, diagram).fails(Class::Duplicate, 3);
}

#[test]
fn messages_may_have_headers_as_those_of_a_language_server() {
    let server = r#"exec python3 -u -c '
import sys
while True:
    head = sys.stdin.buffer.readline()
    if not head:
        break
    sys.stdin.buffer.readline()
    body = sys.stdin.buffer.read(int(head.split(b":")[1]))
    # In parts, with another header, and in any case of letters.
    sys.stdout.buffer.write(b"content-LENGTH: %d\r\nContent-Type: x\r\n\r\n" % len(body)); sys.stdout.flush()
    sys.stdout.buffer.write(body[:3]); sys.stdout.flush()
    sys.stdout.buffer.write(body[3:]); sys.stdout.flush()
'"#;
    let diagram = "Ann->S: WS connect\nAnn->S: say: caf\u{e9}\nS->Ann: say: caf\u{e9}\nAnn->S: WS disconnect\n";
    played_with(Target::stdio(server), diagram, "framing = \"content-length\"\n").passes();
}

#[test]
fn each_connection_is_a_program_of_its_own_and_a_reconnection_is_a_new_one() {
    let counts = "n=0; while read -r line; do case $line in *echo*) printf '%s\\n' \"$line\";; *) n=$((n+1)); \
                  printf '{\"t\":\"n\",\"x\":\"%s\"}\\n' $n;; esac; done";
    let diagram = "Ann->S: WS connect\nBob->S: WS connect\nAnn->S: go\nS->Ann: n: 1\nBob->S: go\nS->Bob: n: 1\n\
                   Ann->S: go\nS->Ann: n: 2\nAnn->S: WS drop\nAnn->S: WS connect\nAnn->S: go\nS->Ann: n: 1\n";
    played(counts, diagram).passes();
}

#[test]
fn the_end_of_the_stream_is_an_end_that_may_be_drawn() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\nS->Ann: WS closed\n";
    let once = "read -r line; printf '%s\\n' \"$line\"";
    played(once, diagram).passes();
    // A last line needs no end, and is no loss where the process ends behind it.
    played("read -r line; printf '%s' \"$line\"", diagram).passes();
    // There are no codes on a stream: a drawn one is the end.
    played(once, &diagram.replace("WS closed", "WS close 4000")).passes();
    let waits = Duration::from_millis(500);
    played_within(Target::stdio(MIRROR), diagram, "", waits).fails(Class::Missing, 4);
}

#[test]
fn a_server_that_ends_is_told_with_its_status_and_its_last_words() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\nAnn->S: WS disconnect\n";
    for target in [Target::stdio, guarded as fn(&'static str) -> Target] {
        let told = played_with(target("read -r line; echo no room for $$ >&2; exit 3"), diagram, "");
        told.fails(Class::Closed, 2).says("ended during this play: exit status: 3").says("no room for ");
        let told = played_with(target("read -r line; kill -SEGV $$"), diagram, "");
        told.fails(Class::Closed, 2).says("SIGSEGV");
        let told = played_with(target("exec no-such-program-here"), diagram, "");
        // Whether anything was said to it before it had ended depends on the machine.
        assert_eq!(told.class, Some(Class::Closed), "{told}");
        told.says("exit status: 127").says("no-such-program-here: not found");
    }
}

#[test]
fn what_is_no_message_is_a_finding_at_its_line() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\n";
    played("read -r line; echo starting up; cat", diagram).fails(Class::WrongPayload, 3).says("starting up");
    let told = played_with(Target::stdio("read -r line; echo starting up"), diagram, "framing = \"content-length\"\n");
    told.fails(Class::Closed, 2);
}

#[test]
fn a_line_without_an_end_is_cut_off() {
    let endless = "read -r line; head -c 104857600 /dev/zero | tr '\\0' x; sleep 1000";
    let told = played(endless, "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\n");
    told.fails(Class::Closed, 2).says("a line is over the limit of 16777216 bytes");
}

#[test]
fn a_program_that_does_not_read_is_told() {
    let rule = "[[rule]]\nlabel = \"much\"\nclient = { t = \"much\", pad = \"{pad}\" }\n[vars]\npad = \"PAD\"\n";
    let rule = rule.replace("PAD", &"x".repeat(1 << 20));
    let diagram = "Ann->S: WS connect\nloop 20\nAnn->S: much\nend\nS->Ann: WS closed\n";
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = scenario.binding_text("b.toml", &rule).unwrap_or_else(|why| panic!("{why}"));
    let target = Target::stdio("exec sleep 1000");
    let told = Told::new(scenario.target(target).check().unwrap_or_else(|why| panic!("{why}")));
    told.errs("limit").says("the server does not read");
}

#[test]
fn nothing_of_a_program_is_left_behind() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\n";
    // It ends for no end of its input, and neither does what it has started.
    let deaf = "trap '' TERM; sleep 1000 & echo $$ $! >&2; \
                read -r line; printf '%s\\n' \"$line\"; while :; do sleep 1000; done";
    for target in [Target::stdio(deaf), guarded(deaf)] {
        let told = played_without_echo(target, diagram);
        told.passes();
        let server = &told.all.plays[0].servers[0];
        assert_eq!(server.words().split('`').nth(2), Some(" lost its client"));
        let pids: Vec<&str> = server.output.split_whitespace().collect();
        assert_eq!(pids.len(), 2, "{server:?}");
        assert!(pids.into_iter().all(is_gone), "{server:?}");
    }
    let forks =
        "(setsid sh -c 'echo $$ >&2; exec sleep 1000' &) ; sleep 0.1; read -r line; printf '%s\\n' \"$line\"; cat";
    let told = played_without_echo(guarded(forks), diagram);
    assert!(cfg!(not(target_os = "linux")) || is_gone(&told.passes().all.plays[0].servers[0].output));
}

#[test]
fn a_server_has_the_time_to_say_its_last_words_when_its_input_has_ended() {
    // What comes behind the end of the input is no fault, and the process ends by itself: its mark is written.
    let folder = tempfile::tempdir().expect("a folder");
    let mark = folder.path().join("saved");
    let saves = format!("while read -r line; do printf '%s\\n' \"$line\"; done; echo done > '{}'", mark.display());
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\nAnn->S: WS disconnect\n";
    for target in [Target::stdio(saves.as_str()), guarded(&saves)] {
        played_with(target, diagram, "").passes();
        assert!(mark.exists(), "it was ended before its time");
        std::fs::remove_file(&mark).expect("there");
    }
}

#[test]
fn what_no_stream_has_is_refused_before_anything_runs() {
    let refused = |diagram: &str, binding: &str| {
        let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
        let scenario = scenario.binding_text("b.toml", binding).unwrap_or_else(|why| panic!("{why}"));
        let why = scenario.target(Target::stdio("echo > /nowhere/at/all")).check().expect_err("refused");
        why.to_string()
    };
    let connect = "Ann->S: WS connect\n";
    let http = "[[rule]]\nlabel = \"ask\"\non = \"http\"\nclient = { path = \"/\" }\n";
    let told = refused(&format!("{connect}Ann->S: ask\nS->Ann: HTTP 200\n"), http);
    assert!(told.contains("this is HTTP, but echo > /nowhere/at/all is a plain stream of bytes"), "{told}");
    assert!(told.contains("d.seq:2") && told.contains("d.seq:3"), "{told}");
    let told = refused("Ann->S: WS connect\nS->Ann: HTTP 401\n", "");
    assert!(told.contains("d.seq:2"), "{told}");
    let told = refused(connect, "[connect]\nbefore = [{ http = { path = \"/login\" } }]\n");
    assert!(told.contains("`before` of [connect] sends an HTTP request"), "{told}");
    let told = refused(connect, "[[setup]]\nhttp = { path = \"/wipe\" }\n");
    assert!(told.contains("[setup] or [teardown] sends an HTTP request"), "{told}");
    let told = refused(connect, "codec = \"msgpack\"\n");
    assert!(told.contains("the end of a message on"), "{told}");
}

#[test]
fn a_message_that_no_framing_holds_is_an_error_of_the_run() {
    let rule = "[[rule]]\nlabel = \"two lines\"\nclient = { \"$text\" = \"a\\nb\" }\n";
    let scenario = Scenario::parse("d.seq", "Ann->S: WS connect\nAnn->S: two lines\nS->Ann: WS closed\n").expect("one");
    let scenario = scenario.binding_text("b.toml", rule).unwrap_or_else(|why| panic!("{why}"));
    let told = Told::new(scenario.target(Target::stdio(MIRROR)).check().unwrap_or_else(|why| panic!("{why}")));
    told.errs("framing").says("a message that contains a line break cannot be sent with `framing = \"lines\"`");
}
