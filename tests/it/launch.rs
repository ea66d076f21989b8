//! Servers that are launched: ready when they say so, and gone with their whole group whatever happens.
#![cfg(unix)]

use crate::shapes::processor_time;
use rustix::process::{Pid, test_kill_process};
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
    assert_eq!(Readiness::parse("8080"), Readiness::OtherPort(8080));
    assert_eq!(
        Readiness::parse("http://127.0.0.1:{port}/health"),
        Readiness::Url("http://127.0.0.1:{port}/health".to_owned())
    );
    assert_eq!(Readiness::parse("listening on"), Readiness::Line("listening on".to_owned()));
}
