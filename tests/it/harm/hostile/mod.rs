//! Servers that mean harm, or are merely broken: each play against one ends in its time and in its memory, with the exit
//! code that is right, in words that are readable, and with nothing that drives a terminal.
//!
//! A few are always tried. `SEQCHECK_HOSTILE=all` tries all of them, with and without five reports, in a minute or two, and
//! tells the figures.

mod ends;
mod floods;
mod frames;
mod handshakes;
mod logins;
mod peer;
mod streams;
mod table;

use super::{Told, watched};
use crate::field::EVENTS;
use std::collections::VecDeque;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;
use table::{Behaviour, Talk};

/// `--total` of a play, where all are tried.
const TOTAL: Duration = Duration::from_secs(3);
/// What a play may take of the processor's time, where a few are tried, which end by themselves. Limits of the clock are far
/// away there: a busy machine would meet them, and waits long for a server that is slow to send what hurts.
const AMPLE: Duration = Duration::from_secs(30);
const FAR: &str = "1h";
/// What a play may take beyond it. A program that is not optimised takes ten times as long to write its reports.
const MORE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });
/// How much memory one may take, in kibibytes.
const MOST: u64 = 300 * 1024;
/// A play that has not ended by then never will.
const NEVER: Duration = Duration::from_secs(600);
/// So many plays at the same time: most of them wait.
const AT_ONCE: usize = 6;

/// Beside what is told in an event stream, what is asked for.
const REQUESTS: &str = r#"
[[rule]]
label  = "ask"
on     = "http"
client = { path = "/" }

[[rule]]
label  = "answer {x}"
on     = "http"
server = { status = 200, json = { x = "{x}" } }
"#;

/// Before the chat, a login; what it gives is a secret, of which the handshake proves that the client has it.
const LOGIN: &str = r#"
extends = "chat"

[connect]
url      = "{target}/ws?name={self|url}"
compress = true
headers  = { x-proof = "{given_token|sha256}" }
before   = [{ http = { method = "POST", path = "/login", json = {} }, json = { token = "{given_token}" } }]
"#;

fn diagram(talk: Talk) -> &'static str {
    match talk {
        Talk::Socket => {
            "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: message: hi\n\
             Server->Alice: message from Bob: hello\nAlice->Server: WS disconnect\n"
        }
        Talk::Events => "#@ binding ./b.toml\nAnn->Server: listen\nServer->Ann: event a\nServer->Ann: event b\n",
        Talk::Login => {
            "#@ binding ./c.toml\nAlice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: message: hi\n\
             Server->Alice: message from Bob: hello\nAlice->Server: WS disconnect\n"
        }
        Talk::Request => "#@ binding ./b.toml\nAnn->Server: ask\nServer-->Ann: answer ok\n",
    }
}

const REPORTS: [&str; 12] = [
    "--report",
    "json=o.json",
    "--report",
    "junit=o.xml",
    "--report",
    "html=o.html",
    "--report",
    "markdown=o.md",
    "--report",
    "tap=o.tap",
    "--out",
    "o",
];

fn play(behaviour: &Behaviour, reports: bool, of_all: bool) -> Told {
    let address = peer::listen(behaviour.does);
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join("a.seq"), diagram(behaviour.talk)).expect("can be written");
    std::fs::write(folder.path().join("b.toml"), format!("{EVENTS}{REQUESTS}")).expect("can be written");
    std::fs::write(folder.path().join("c.toml"), LOGIN).expect("can be written");
    let scheme = match behaviour.talk {
        Talk::Socket | Talk::Login => "ws",
        Talk::Events | Talk::Request => "http",
    };
    let total = format!("{}s", TOTAL.as_secs());
    let of_all = of_all && !behaviour.patient;
    let total = if of_all { &total } else { FAR };
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqcheck"));
    command.args(["a.seq", "--lint", "off", "--settle", "200ms", "--total", total]);
    // Where all is well nothing is waited for in vain.
    let (timeout, dialling) = match (of_all, behaviour.exit.contains(&0)) {
        (true, _) => ("1s", "5s"),
        (false, false) => ("1s", FAR),
        (false, true) => (FAR, FAR),
    };
    command.args(["--timeout", timeout, "--connect-timeout", dialling]);
    command.args(["--target", &format!("{scheme}://{address}")]);
    if reports {
        command.args(REPORTS).args(["--report", "text"]);
    }
    command.current_dir(folder.path()).env("HOME", folder.path()).env_remove("SEQCHECK_TRUST");
    watched(&mut command, NEVER)
}

/// What is wrong with it.
fn wrong(behaviour: &Behaviour, told: &Told, of_all: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut text = String::from_utf8_lossy(&told.output.stdout).into_owned();
    text += &String::from_utf8_lossy(&told.output.stderr);
    let code = told.output.status.code();
    if !behaviour.exit.iter().any(|right| code == Some(i32::from(*right))) {
        wrong.push(format!("ends with {code:?}, not {:?}", behaviour.exit));
    }
    let (took, most) = if of_all && !behaviour.patient { (told.took, TOTAL) } else { (told.ran, AMPLE) };
    if took > most + MORE {
        wrong.push(format!("took {took:?}"));
    }
    if told.peak.is_some_and(|peak| peak > MOST) {
        wrong.push(format!("took {} MiB", told.peak.unwrap_or_default() / 1024));
    }
    if let Some(sign) = text.chars().find(|c| c.is_control() && *c != '\n') {
        wrong.push(format!("shows {sign:?}"));
    }
    if text.lines().any(|line| line.starts_with("::") || line.starts_with("ok 99")) {
        wrong.push("a line of it begins as a command does".to_owned());
    }
    if text.contains("bug of seqcheck") || text.len() > 100_000 {
        wrong.push(format!("says {} bytes", text.len()));
    }
    if !wrong.is_empty() {
        let text: String = text.chars().take(3_000).collect();
        wrong.push(format!("it said:\n{text}"));
    }
    wrong
}

#[test]
fn no_server_can_hurt() {
    let all = std::env::var("SEQCHECK_HOSTILE").ok();
    let tables = [handshakes::ALL, frames::ALL, floods::ALL, ends::ALL, streams::ALL, logins::ALL];
    let chosen = |behaviour: &&Behaviour| match all.as_deref() {
        None => behaviour.quick,
        Some("all") => true,
        Some(part) => behaviour.name.contains(part),
    };
    let behaviours: Vec<&Behaviour> = tables.iter().flat_map(|table| table.iter()).filter(chosen).collect();
    let plays = behaviours.iter().flat_map(|behaviour| [(*behaviour, false), (*behaviour, true)]);
    // With reports alone, where a few are tried.
    let plays: Vec<_> = plays.filter(|(_, reports)| all.is_some() || *reports).collect();
    let (waiting, ended) = (Mutex::new(plays.iter().copied().collect::<VecDeque<_>>()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((behaviour, reports)) = waiting.lock().expect("no panic").pop_front() else { return };
                    let told = play(behaviour, reports, all.is_some());
                    ended.lock().expect("no panic").push((behaviour, reports, told));
                }
            });
        }
    });
    let mut bad = Vec::new();
    let (mut longest, mut most) = (Duration::ZERO, 0);
    for (behaviour, reports, mut told) in ended.into_inner().expect("no panic") {
        // What went wrong among others is tried again by itself: the machine may have been busy.
        let mut faults = wrong(behaviour, &told, all.is_some());
        for _ in 0..2 {
            if !faults.is_empty() {
                told = play(behaviour, reports, all.is_some());
                faults = wrong(behaviour, &told, all.is_some());
            }
        }
        longest = longest.max(told.took);
        most = most.max(told.peak.unwrap_or_default());
        if all.is_some() {
            let (took, peak) = (told.took.as_secs_f64(), told.peak.unwrap_or_default() / 1024);
            println!("{took:5.1} s {peak:5} MiB  exit {:?}  {}", told.output.status.code(), behaviour.name);
        }
        if !faults.is_empty() {
            let with = if reports { ", with reports" } else { "" };
            bad.push(format!("{}{with}: {}\n", behaviour.name, faults.join("; ")));
        }
    }
    println!("{} behaviours, {} plays, {longest:?} and {} MiB at most", behaviours.len(), plays.len(), most / 1024);
    assert!(bad.is_empty(), "{} of {} plays went wrong:\n{}", bad.len(), plays.len(), bad.concat());
}
