//! Nothing that is read can hurt: files, texts, frames that somebody else wrote.

mod bombs;
mod files;
mod frames;
mod hostile;
mod kept;
mod many;
mod mutate;
mod records;

use crate::own_time::{LOOK, Watched};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// What a program came to.
struct Told {
    /// Of its own time.
    took: Duration,
    /// Of the processor's time.
    ran: Duration,
    /// The most memory that it had, in kibibytes; none where the system does not tell.
    peak: Option<u64>,
    output: Output,
}

/// The most memory that a process has had so far.
fn peak(child: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{child}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Runs a program, and looks how much memory it takes; one that has not ended by `never` is killed.
fn watched(command: &mut Command, never: Duration) -> Told {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child: Child = child.expect("the program was built");
    let id = child.id();
    let mut watched = Watched::process(id);
    let (tell, told) = channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    let mut most = None;
    loop {
        match told.recv_timeout(LOOK) {
            Ok(output) => {
                let output = output.expect("it was started");
                return Told { took: watched.own_time(), ran: watched.ran(), peak: most, output };
            }
            Err(RecvTimeoutError::Timeout) => {
                most = most.max(peak(id));
                watched.look();
            }
            Err(RecvTimeoutError::Disconnected) => panic!("nobody waits for it"),
        }
        if watched.own_time() > never {
            // What is told of it then is its time.
            let _ = rustix::process::Pid::from_raw(id as i32)
                .map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL));
        }
    }
}
