//! A server that seqcheck starts itself: `--target 'cmd: …'`, [`Target::command`](crate::run::Target::command).
//!
//! The command runs in a shell, as a [`Program`]. Its port is chosen free and put in for `{port}`; its output is kept,
//! for the message when it fails. It ends with the value that holds it, with all that it has started.

mod readiness;

pub use readiness::Readiness;

use crate::net::{Tls, TlsOptions, free_port};
use crate::process::{Guard, Listener, Output, Program, Running};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often it is looked at whether a server has ended that says nothing by itself.
const LOOK: Duration = Duration::from_millis(10);

/// A command that starts a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The line for the shell; `{port}` is put in.
    pub command: String,
    /// Where it runs; in the current folder where nothing is said.
    pub folder: Option<PathBuf>,
    /// When the server is ready.
    pub readiness: Readiness,
    /// How long it may take to be ready.
    pub deadline: Duration,
    /// What ends it with all that it has started, however this process ends.
    pub guard: Guard,
    /// Who hears what it prints, as it prints it.
    pub listener: Option<Listener>,
    /// What it speaks on its port.
    pub speaks: Speaks,
    /// The path of its address: empty, or with a slash in front.
    pub path: String,
    /// Variables of its environment beside those of this process.
    pub env: Vec<(String, String)>,
    /// Whom to believe where its readiness is a page over TLS.
    pub tls: TlsOptions,
}

/// What a launched server speaks on its port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP and WebSocket.
    #[default]
    WebSocket,
    /// HTTP, where messages may be requests.
    Http,
    /// A protocol of its own, on a plain stream of bytes.
    Tcp,
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
#[derive(Debug)]
pub struct Launched {
    /// Whoever plays against it asks how it is, from whichever thread.
    running: Mutex<Running>,
    output: Output,
    port: u16,
    command: String,
}

impl Launch {
    /// With the default readiness (the port accepts connections) and deadline.
    pub fn new(command: impl Into<String>) -> Self {
        Launch {
            command: command.into(),
            folder: None,
            readiness: Readiness::Port,
            deadline: Duration::from_secs(30),
            guard: Guard::default(),
            listener: None,
            speaks: Speaks::default(),
            path: String::new(),
            env: Vec::new(),
            tls: TlsOptions::default(),
        }
    }

    /// Starts the command and waits until it is ready. Blocks.
    ///
    /// # Errors
    /// Where the shell cannot be started, the command ends, or it is not ready within its deadline. Nothing of it runs
    /// any more then.
    pub fn start(&self) -> Result<Launched, LaunchError> {
        self.start_unless(Duration::MAX, &|| None)
    }

    /// As [`Launch::start`] within the total deadline too, and gives up as soon as there is a reason.
    ///
    /// # Errors
    /// As [`Launch::start`]; the reason.
    pub fn start_unless(
        &self,
        total: Duration,
        stopped: &dyn Fn() -> Option<&'static str>,
    ) -> Result<Launched, LaunchError> {
        let failed = |message: String| LaunchError { message, output: String::new() };
        let port = free_port().map_err(|error| failed(format!("there is no free port on 127.0.0.1: {error}")))?;
        let command = self.command.replace("{port}", &port.to_string());
        let (folder, env) = (self.folder.clone(), self.env.clone());
        let program = Program { folder, env, ..Program::new(["sh", "-c", &command]) };
        let running = program
            .start(&self.guard)
            .map_err(|error| failed(format!("the command `{}` cannot be started: {error}", self.command)))?;
        let output = running.output().clone();
        self.listener.iter().for_each(|listener| output.heard_by(listener.clone()));
        let launched = Launched { running: Mutex::new(running), output, port, command };
        let deadline = if total < self.deadline { (total, "total") } else { (self.deadline, "launch") };
        let waited = (&self.readiness, &Tls::new(self.tls.clone()));
        readiness::wait(&launched, waited, deadline, stopped)?;
        Ok(launched)
    }
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

    /// The command as it was run.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// How it ended, where it has within this time.
    pub fn ended(&self, at_most: Duration) -> Option<String> {
        let end = Instant::now() + at_most;
        loop {
            // Not held while waiting: others play against it, too.
            let ended = self.running.lock().unwrap_or_else(PoisonError::into_inner).ended();
            let left = end.saturating_duration_since(Instant::now());
            if ended.is_some() || left.is_zero() {
                return ended.map(|ended| ended.words);
            }
            self.output.wait(left.min(LOOK));
        }
    }

    fn failed(&self, what: &str) -> LaunchError {
        LaunchError { message: format!("the command `{}` {what}", self.command), output: self.output() }
    }
}
