//! No bar: there is no terminal.

use crate::cli::settings::Settings;
use crate::cli::world::Screen;

/// Shows nothing.
pub struct Progress;

impl Progress {
    /// For so many scenarios.
    pub fn new(_: &Settings, _: usize, _: &Screen) -> Progress {
        Progress
    }

    /// A scenario starts.
    pub fn started(&mut self, _: &str) {}

    /// A scenario is told.
    pub fn done(&mut self) {}

    /// Does something that writes on the terminal.
    pub fn hidden<R>(&self, write: impl FnOnce() -> R) -> R {
        write()
    }

    /// All is told.
    pub fn end(self) {}
}
