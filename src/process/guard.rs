//! The process between this one and a program.
//!
//! It is this executable again, with [`WORD`] as its first argument. Its standard input is a pipe, or a socket where the
//! program is spoken with, that only its parent holds: when nobody does any more, however that came, it ends what it guards. Its standard error tells the parent what
//! becomes of the program, a line each, and what a program that is spoken with writes to its own; its standard output is
//! the program's.
//!
//! On Linux it is the reaper of all that descends from it (`PR_SET_CHILD_SUBREAPER`): a process that leaves its group or
//! its session, or whose parent has gone, is still below the guard and is found there. Elsewhere the process group of the
//! program is what is ended.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, wait};
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The first argument that makes this executable a guard.
pub const WORD: &str = "__guard";
/// The second: the program's input and output are a conversation.
pub(super) const SPEAKS: &str = "speaks";
/// The second: the program has no input.
pub(super) const QUIET: &str = "quiet";

/// How long everything has between the request to end and its end.
const GRACE: Duration = Duration::from_millis(300);
/// How long it is tried to end what is left. Only what cannot be killed at all takes longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest part of a line that is told at once, in bytes: what a pipe takes as a whole, whoever else writes to it.
const LINE: u64 = 1024;
/// How long what a program has written to its standard error may take, where somebody else still holds it.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Between two looks at what is left.
const LOOK: Duration = Duration::from_millis(5);

/// Guards a program, where these arguments (without the executable's own name) ask for it. None where they do not.
pub fn main(args: &[OsString]) -> Option<u8> {
    let (word, rest) = args.split_first()?;
    let (how, words) = rest.split_first().filter(|_| word == WORD)?;
    Some(guard(how == SPEAKS, words))
}

fn guard(speaks: bool, words: &[OsString]) -> u8 {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    let failed = |why: &str| {
        report(&format!("failed {why}"));
        1
    };
    let Some((program, arguments)) = words.split_first() else { return failed("there is no command") };
    let mut command = Command::new(program);
    command.args(arguments).process_group(0).stdout(Stdio::inherit());
    if speaks {
        command.stdin(Stdio::inherit()).stderr(Stdio::piped());
    } else {
        let Ok(both) = rustix::io::dup(rustix::stdio::stdout()) else { return failed("no file descriptor is left") };
        command.stdin(Stdio::null()).stderr(Stdio::from(both));
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return failed(&error.to_string()),
    };
    // Else the output would seem to go on for as long as the guard is there.
    let _ = rustix::stdio::dup2_stdout(rustix::stdio::stderr());
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    report(&format!("started {}", child.id()));
    // Its last words are told before its end is.
    let (over, last_word) = mpsc::channel::<()>();
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            relay(stderr);
            drop(over);
        });
    }
    std::thread::spawn(move || {
        abandoned();
        end(group);
    });
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if Some(pid) == group => {
                if speaks {
                    let _ = last_word.recv_timeout(LAST_WORDS);
                }
                report(&format!("ended {}", status.as_raw()));
                if speaks {
                    // Nobody else is spoken with.
                    std::thread::spawn(move || end(group));
                }
            }
            // Somebody whose parent had gone.
            Ok(_) | Err(Errno::INTR) => {}
            // Nobody is left to guard.
            Err(_) => return 0,
        }
    }
}

/// Tells the parent what a program says, line by line; a line that is too long for one is told in parts.
fn relay(stderr: ChildStderr) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => report(&format!("said {}", String::from_utf8_lossy(&line).trim_end())),
        }
    }
}

/// Tells the parent; where that has gone, nobody.
fn report(line: &str) {
    let text = format!("{line}\n");
    let mut left = text.as_bytes();
    while let Ok(written @ 1..) = rustix::io::write(rustix::stdio::stderr(), left) {
        left = &left[written.min(left.len())..];
        if left.is_empty() {
            break;
        }
    }
}

/// Returns when nobody holds the other end of the standard input any more. What lies in it is the program's.
fn abandoned() {
    let input = rustix::stdio::stdin();
    loop {
        let mut watched = [PollFd::new(&input, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(_) if watched[0].revents().is_empty() => {}
            Ok(_) => return,
            Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Ends all that is guarded; the guard itself ends when its last child has.
fn end(group: Option<Pid>) {
    signal(group, Signal::TERM);
    std::thread::sleep(GRACE);
    let late = Instant::now() + PATIENCE;
    while Instant::now() < late {
        signal(group, Signal::KILL);
        std::thread::sleep(LOOK);
    }
    // What is left cannot be ended by anybody; waiting on would only leave one process more.
    std::process::abort();
}

/// To the program's group, and on Linux to everything that descends from this process.
fn signal(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        let _ = kill_process_group(group, signal);
    }
    for pid in super::tree::below(rustix::process::getpid()) {
        let _ = kill_process(pid, signal);
    }
}
