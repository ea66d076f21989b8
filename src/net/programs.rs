#[cfg(all(unix, feature = "tcp"))]
use super::spoken::Spoken;
use super::{DialError, Stream};
use crate::process::{Guard, Listener, Program, Running};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A server that is spoken with over its standard streams: every connection is a program of its own, started when a client
/// dials. Its standard error is kept.
#[derive(Debug)]
pub struct Programs {
    /// For the shell.
    command: String,
    program: Program,
    guard: Guard,
    listener: Option<Listener>,
    started: RefCell<Vec<Started>>,
}

#[derive(Debug)]
struct Started {
    running: Running,
    /// It has ended its output before its client had ended its input.
    went: Arc<AtomicBool>,
}

/// A program as it was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// How it ended, where it did so before its client ended the connection.
    pub ended: Option<String>,
    /// The last of what it wrote to its standard error.
    pub output: String,
}

impl Programs {
    /// A command for the shell.
    pub fn new(command: &str, program: Program, guard: Guard, listener: Option<Listener>) -> Programs {
        let program = Program { speaks: true, ..program };
        Programs { command: command.to_owned(), program, guard, listener, started: RefCell::default() }
    }

    /// What messages call it.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Starts one more. Somebody else waits until that is done: it blocks for a moment.
    #[cfg(all(unix, feature = "tcp"))]
    pub(super) async fn dial(&self) -> Result<Stream, DialError> {
        let failed = |why: String| DialError::Program { command: self.command.clone(), why };
        let (program, guard) = (self.program.clone(), self.guard.clone());
        let started = tokio::task::spawn_blocking(move || program.start(&guard)).await;
        let started = started.map_err(|_| failed("nobody waits for it any more".to_owned()))?;
        let mut running = started.map_err(|error| match DialError::from_io(&self.command, &error) {
            limit @ DialError::Descriptors => limit,
            _ => failed(error.to_string()),
        })?;
        if let Some(listener) = &self.listener {
            running.output().heard_by(listener.clone());
        }
        let (input, output) = running.converse().ok_or_else(|| failed("it has no streams".to_owned()))?;
        let went = Arc::new(AtomicBool::new(false));
        let spoken = Spoken::new(input, output, Arc::clone(&went)).map_err(|error| failed(error.to_string()))?;
        self.started.borrow_mut().push(Started { running, went });
        Ok(Stream::Program(Box::new(spoken)))
    }

    /// Not on this system.
    #[cfg(not(all(unix, feature = "tcp")))]
    pub(super) async fn dial(&self) -> Result<Stream, DialError> {
        let _ = (&self.program, &self.guard, &self.listener, Program::start);
        let why = "programs as connections are only possible on Unix systems".to_owned();
        Err(DialError::Program { command: self.command.clone(), why })
    }

    /// Ends all that were started, when nobody speaks with them any more. For one that has gone by itself it is waited so
    /// long until the system tells how.
    pub fn over(&self, patience: Duration) -> Vec<Left> {
        let started = self.started.take();
        // Side by side: one that does not end by itself takes its time.
        std::thread::scope(|scope| {
            let ending: Vec<_> =
                started.into_iter().map(|started| scope.spawn(move || started.over(patience))).collect();
            ending.into_iter().filter_map(|ended| ended.join().ok()).collect()
        })
    }
}

impl Started {
    fn over(mut self, patience: Duration) -> Left {
        let went = self.went.load(Ordering::Acquire);
        let ended = if went { self.running.wait(patience) } else { None };
        let output = self.running.output().clone();
        drop(self.running);
        Left { ended: ended.map(|ended| ended.words), output: output.tail() }
    }
}
