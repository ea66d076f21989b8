//! Many clients: a play costs what happens in it, and not a look at every connection at every step.

use super::watched;
use crate::shapes::processor_time;
use seqcheck::run::Options;
use seqcheck::server::ServerOptions;
use seqcheck::{Scenario, Target};
use std::process::Command;
use std::time::Duration;

/// So many clients, and four times as many.
const FEW: usize = 120;
const TIMES: usize = 4;
/// A square would be sixteen times.
const BOUND: u32 = 9;
/// Longer than any play takes on any machine: what is measured is the processor, and how long it has to be waited for is
/// nobody's fault.
const LONG: Duration = Duration::from_secs(3_600);
/// What takes less is only noise.
const FLOOR: Duration = Duration::from_millis(10);

/// Everybody connects; one says something, and all hear it.
fn room(clients: usize) -> String {
    format!(
        "#@ clients W = {clients}\nW->Server: WS connect\nServer-->W: Connected\nA->Server: WS connect\n\
         Server-->A: Connected\nA->Server: message: x\nServer->W: message from A: x\n"
    )
}

/// Everybody listens to a topic, on which one event is published.
fn topic(clients: usize) -> String {
    format!(
        "#@ clients W = {clients}\nW->Server: GET /events?topic=news\nServer-->W: 200 OK\nS->Server: publish news item: 1\n\
         par\nServer-->S: 202 Accepted\nand\nServer->W: event item: 1\nend\n"
    )
}

/// The processor time of one play on this thread, the server's part included.
fn play(text: &str, target: &Target) -> Duration {
    let scenario = Scenario::parse("many.seq", text).expect("it is good").target(target.clone());
    let (settle, long) = (Some(Duration::from_millis(100)), Some(LONG));
    let patient = Options { timeout: long, connect_timeout: long, total: long, settle, ..Options::default() };
    let prepared = scenario.options(patient).prepare().expect("it is good");
    let began = processor_time();
    let verdict = prepared.play_here();
    let took = processor_time() - began;
    assert!(verdict.is_pass(), "{verdict}");
    took
}

#[test]
fn a_play_costs_what_happens_in_it() {
    let builtin = || Target::builtin(ServerOptions::default());
    let mut slow = String::new();
    for (name, diagram, target) in [
        ("a room in virtual time", room as fn(usize) -> String, builtin()),
        ("a room in real time", room, builtin().real_time()),
        ("event streams", topic, builtin()),
    ] {
        let grown = || {
            let few = play(&diagram(FEW), &target).max(FLOOR);
            (few, play(&diagram(FEW * TIMES), &target))
        };
        let (mut few, mut many) = grown();
        if many > few * BOUND {
            // Once more, in case that something else was on the way.
            (few, many) = grown();
        }
        if many > few * BOUND {
            slow += &format!("{name}: {few:?} with {FEW} clients, {many:?} with {TIMES} times as many\n");
        }
    }
    assert!(slow.is_empty(), "{slow}");
}

/// The most memory of a play of the program itself, in bytes; none where the system does not tell.
fn memory(clients: usize) -> Option<u64> {
    /// A play that has not ended by then never will.
    const NEVER: Duration = Duration::from_secs(90);
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join("a.seq"), room(clients)).expect("can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqcheck"));
    let told = watched(command.args(["a.seq", "--timeout", "60s"]).current_dir(folder.path()), NEVER);
    assert_eq!(told.output.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.output.stdout));
    told.peak.map(|peak| peak * 1024)
}

#[test]
fn a_client_takes_as_much_memory_among_many_as_among_few() {
    /// Each took 900 kB among 3,000, and more the more there were.
    const EACH: u64 = 150 << 10;
    let (few, many) = (300, 1_200);
    let (Some(before), Some(after)) = (memory(few), memory(many)) else { return };
    let each = after.saturating_sub(before) / (many - few) as u64;
    assert!(each < EACH, "{each} bytes a client: {before} with {few}, {after} with {many}");
}

#[test]
fn many_clients_over_tcp_cost_what_happens_in_them() {
    /// Everybody connects and is greeted.
    fn greeted(clients: usize) -> String {
        format!("#@ clients W = {clients}\nW->Server: WS connect\nServer-->W: Connected\n")
    }
    let target = || Target::builtin_on_tcp(ServerOptions::default());
    let grown = || (play(&greeted(FEW), &target()).max(FLOOR), play(&greeted(FEW * TIMES), &target()));
    let (few, many) = grown();
    // Once more, in case that something else was on the way.
    let (few, many) = if many > few * BOUND { grown() } else { (few, many) };
    assert!(many <= few * BOUND, "{few:?} with {FEW} clients, {many:?} with {TIMES} times as many");
}
