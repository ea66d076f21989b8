//! A server that seqcheck starts itself: `--target 'cmd: …'`, [`Target::command`](crate::run::Target::command).
//!
//! The command runs in a shell and in a process group of its own. Its port is chosen free and put in for `{port}`; its
//! output is kept, for the message when it fails. The group ends with the value that holds it, and also when this
//! process ends in any other way: a watcher in the group reads a pipe whose other end only this process holds.

mod output;
mod readiness;

pub use readiness::Readiness;

use crate::net::free_port;
use output::Output;
use std::fmt;
use std::io;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a group has between the request to end and its end.
const GRACE: Duration = Duration::from_secs(2);

/// How often a process is looked at that says nothing by itself.
const LOOK: Duration = Duration::from_millis(10);

/// What the shell runs: the watcher, then the command (its first argument). The watcher waits for the end of the pipe
/// that is its input and then ends the group, itself included.
const SHELL: &str = r#"exec 3<&0 0</dev/null
{ trap '' TERM INT HUP; cat <&3; kill -TERM 0; sleep 2; kill -KILL 0; } >/dev/null 2>&1 &
exec 3<&-
eval "$1""#;

/// A command that starts a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The line for the shell; `{port}` is put in.
    pub command: String,
    /// When the server is ready.
    pub readiness: Readiness,
    /// How long it may take to be ready.
    pub deadline: Duration,
}

/// Why a launch failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchError {
    /// What happened, with the command.
    pub message: String,
    /// The last lines of its output.
    pub output: String,
}

impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.output.is_empty() {
            write!(f, "\nits output:\n{}", self.output.trim_end())?;
        }
        Ok(())
    }
}

impl std::error::Error for LaunchError {}

/// A server that runs, until this is dropped.
pub struct Launched {
    child: Child,
    _watched: Option<ChildStdin>,
    output: Output,
    port: u16,
    command: String,
}

impl fmt::Debug for Launched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launched").field("command", &self.command).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Launch {
    /// With the default readiness (the port accepts connections) and deadline.
    pub fn new(command: impl Into<String>) -> Self {
        Launch { command: command.into(), readiness: Readiness::Port, deadline: Duration::from_secs(30) }
    }

    /// Starts the command and waits until it is ready. Blocks.
    ///
    /// # Errors
    /// Where the shell cannot be started, the command ends, or it is not ready within its deadline. Nothing of it runs
    /// any more then.
    pub fn start(&self) -> Result<Launched, LaunchError> {
        let failed = |message: String| LaunchError { message, output: String::new() };
        let port = free_port().map_err(|error| failed(format!("there is no free port on 127.0.0.1: {error}")))?;
        let command = self.command.replace("{port}", &port.to_string());
        let mut launched = spawn(command, port)
            .map_err(|error| failed(format!("the command `{}` cannot be started: {error}", self.command)))?;
        readiness::wait(&mut launched, &self.readiness, self.deadline)?;
        Ok(launched)
    }
}

fn spawn(line: String, port: u16) -> io::Result<Launched> {
    let mut command = Command::new("sh");
    command.args(["-c", SHELL, "sh", &line]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let output = Output::default();
    if let Some(stdout) = child.stdout.take() {
        output.follow(stdout);
    }
    if let Some(stderr) = child.stderr.take() {
        output.follow(stderr);
    }
    let watched = child.stdin.take();
    Ok(Launched { child, _watched: watched, output, port, command: line })
}

impl Launched {
    /// The port that stood for `{port}`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The last of what it wrote to its standard output and error.
    pub fn output(&self) -> String {
        self.output.tail()
    }

    /// How it ended, where it did.
    pub fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    fn failed(&self, what: &str) -> LaunchError {
        LaunchError { message: format!("the command `{}` {what}", self.command), output: self.output() }
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        signal(&mut self.child, false);
        let end = Instant::now() + GRACE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            self.output.wait(LOOK);
        }
        // Also where the first process ended by itself: others of its group, the watcher at least, are still there.
        signal(&mut self.child, true);
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn signal(child: &mut Child, kill: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, if kill { Signal::KILL } else { Signal::TERM });
    }
}

#[cfg(not(unix))]
fn signal(child: &mut Child, _kill: bool) {
    let _ = child.kill();
}
