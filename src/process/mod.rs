//! Programs that are started: they end, with all that they start, when whoever started them does.
//!
//! A [`Program`] is started under a [`Guard`] and is then [`Running`], with its [`Output`] kept within bounds. Dropped, it
//! is asked to end, and a moment later made to. Where this process ends in any other way, by SIGKILL too, the guard does
//! it: a process between this one and the program, which sees that nobody holds the other end of its input any more.
//!
//! `guard` is that process, `tree` finds what a process has started, and `limits` is about file descriptors.

#[cfg(unix)]
pub mod guard;
pub mod limits;
mod output;
mod running;
mod speech;
#[cfg(unix)]
mod tree;

pub use output::{Listener, Output};
pub use running::{Ended, Hearing, Running};
pub use speech::own_output;

use std::path::PathBuf;

/// How it is made sure that nothing of a program outlives this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// By its process group: what leaves the group (`setsid`) is not followed.
    #[default]
    Group,
    /// By a guard process: this executable, which must give its arguments to [`guard::main`]. On Linux everything that
    /// descends from the program is followed, wherever it goes.
    Process(PathBuf),
}

/// A program that is to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Where it runs; in the current folder where nothing is said.
    pub folder: Option<PathBuf>,
    /// Variables of its environment beside those of this process.
    pub env: Vec<(String, String)>,
    /// Whether its input and output are a conversation with whoever started it; else it has no input, and its output is
    /// kept.
    pub speaks: bool,
}

impl Program {
    /// One whose output is kept.
    pub fn new(words: impl IntoIterator<Item = impl Into<String>>) -> Program {
        Program { words: words.into_iter().map(Into::into).collect(), folder: None, env: Vec::new(), speaks: false }
    }

    /// Starts it.
    ///
    /// # Errors
    /// It, or the guard, cannot be started; an empty command.
    pub fn start(&self, guard: &Guard) -> std::io::Result<Running> {
        Running::start(self, guard)
    }
}
