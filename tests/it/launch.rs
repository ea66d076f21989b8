//! Servers that are launched: ready when they say so, and gone with their whole group whatever happens.
#![cfg(unix)]

use crate::shapes::processor_time;
use crate::shell::seqcheck;
use rustix::process::{Pid, test_kill_process};
use seqcheck::cli::Exit;
use seqcheck::run::launch::{Launch, Readiness};
use std::time::Duration;

fn launch(command: &str, readiness: Readiness) -> Launch {
    Launch { readiness, deadline: Duration::from_secs(20), ..Launch::new(command) }
}

fn alive(pid: &str) -> bool {
    pid.trim().parse().ok().and_then(Pid::from_raw).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// Waits for a condition; a limit that is only met where the condition never comes: on a busy machine this thread has as
/// little of the processor as everybody else.
fn until(condition: impl Fn() -> bool) -> bool {
    let end = processor_time() + Duration::from_secs(20);
    while processor_time() < end {
        if condition() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
fn ends_with_its_whole_group() {
    let command = "sleep 1000 & echo $!; trap '' TERM; echo port {port}; wait";
    let launched = launch(command, Readiness::Line("port".to_owned())).start().unwrap();
    assert!(launched.output().contains(&format!("port {}", launched.port())));
    let child = launched.output().lines().next().unwrap().to_owned();
    assert!(alive(&child));
    drop(launched);
    assert!(until(|| !alive(&child)), "{child} is still there");
}

#[test]
fn a_command_that_ends_is_told_with_its_output() {
    let error = launch("echo no such port >&2; exit 3", Readiness::Port).start().unwrap_err();
    assert_eq!(error.message, "the command `echo no such port >&2; exit 3` ended before it was ready: exit status: 3");
    assert_eq!(error.output, "no such port\n");
}

#[test]
fn a_command_that_is_never_ready_is_ended() {
    let mut launch = launch("echo $$; exec sleep 1000", Readiness::Line("never".to_owned()));
    launch.deadline = Duration::from_millis(300);
    let error = launch.start().unwrap_err();
    assert!(error.message.ends_with("has not written `never` within the launch deadline of 300 ms"), "{error}");
    assert!(until(|| !alive(&error.output)), "{} is still there", error.output);
}

#[test]
fn readiness_is_a_port_a_url_or_a_text() {
    let read = |text: &str| Readiness::parse(text).unwrap();
    let url = |text: &str| Readiness::Url(text.to_owned());
    let line = |text: &str| Readiness::Line(text.to_owned());
    for (text, wanted) in [
        ("8080", Readiness::OtherPort(8080)),
        (" 8080 ", Readiness::OtherPort(8080)),
        ("127.0.0.1:9", Readiness::OtherPort(9)),
        ("localhost:9", Readiness::OtherPort(9)),
        ("{port}", Readiness::Port),
        ("127.0.0.1:{port}", Readiness::Port),
        ("http://127.0.0.1:{port}/health", url("http://127.0.0.1:{port}/health")),
        ("listening on", line("listening on")),
        ("listening on: 80", line("listening on: 80")),
        ("Local: http://127.0.0.1:{port}/", line("Local: http://127.0.0.1:{port}/")),
        ("port 0", line("port 0")),
    ] {
        assert_eq!(read(text), wanted, "{text}");
    }
    for (text, why) in [
        ("0", "0 is not a port"),
        ("99999", "99999 is not a port"),
        ("127.0.0.1:0", "0 is not a port"),
        ("localhost:a", "a is not a port"),
        ("localhost:80/x", "80/x is not a port"),
        ("10.1.2.3:80", "must be on this machine"),
        ("http://127.0.0.1:99999/", "99999 is not a port"),
        ("http://a b/", "this is not an address"),
        ("ftp://127.0.0.1/", "must begin with http://"),
    ] {
        let problem = Readiness::parse(text).unwrap_err();
        assert!(problem.message.contains(why) && !problem.help.is_empty(), "{text}: {problem:?}");
    }
}

/// The reference server, as a command.
fn served() -> String {
    format!("cmd: exec '{}' serve --port {{port}}", env!("CARGO_BIN_EXE_seqcheck"))
}

#[test]
fn every_kind_of_readiness_is_waited_for_in_a_run() {
    for ready in ["http://127.0.0.1:{port}/", "127.0.0.1:{port}", "{port}"] {
        let output = seqcheck(["scenarios/chat.seq", "--target", &served(), "--ready", ready]).run();
        assert_eq!(output.exit, Exit::Pass, "{ready}: {output}");
    }
    // Nobody answers there: it is told, and told in time.
    let args = ["scenarios/chat.seq", "--target", &served(), "--ready", "http://127.0.0.1:9/", "--total", "300ms"];
    let output = seqcheck(args).run();
    assert_eq!(output.exit, Exit::Error, "{output}");
    let told = "does not answer at http://127.0.0.1:9/ within the total deadline of 300 ms";
    assert!(output.out.contains(told), "{output}");
}
