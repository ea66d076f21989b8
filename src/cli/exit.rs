//! How the command ends.

use crate::oracle::Verdict;

/// How the command ends. The numbers are an interface: `docs/exit-codes.md` is their manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Every scenario passed, or the verb did its work.
    Pass,
    /// A server violated a guarantee that a diagram draws, or `fmt --check` found something to do.
    Fail,
    /// Flags, configuration, a scenario or a binding cannot be read, or there is nothing to run. Nothing ran.
    Usage,
    /// What was observed does not decide.
    Inconclusive,
    /// seqcheck could not do its job: no connection, a limit, a bug.
    Error,
    /// A signal ended the run early.
    Interrupted(Signal),
}

/// A signal that asks a run to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What a supervisor sends.
    Terminate,
}

impl Signal {
    /// Both.
    pub const ALL: [Signal; 2] = [Signal::Interrupt, Signal::Terminate];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Signal::Interrupt => "SIGINT",
            Signal::Terminate => "SIGTERM",
        }
    }

    /// The exit code: 128 and its number, as shells say it.
    pub fn code(self) -> u8 {
        match self {
            Signal::Interrupt => 130,
            Signal::Terminate => 143,
        }
    }
}

impl Exit {
    /// All, with the name and the sentence that `docs/exit-codes.md` has.
    pub const ALL: [(Exit, &'static str, &'static str); 7] = [
        (Exit::Pass, "pass", "every scenario passed, or the verb did its work"),
        (Exit::Fail, "fail", "a server did not do what a diagram shows, or `fmt --check` found a file to rewrite"),
        (
            Exit::Usage,
            "usage",
            "a flag, the configuration, a scenario or a binding is not valid, or there is nothing to run; nothing ran",
        ),
        (Exit::Inconclusive, "inconclusive", "the observed messages do not decide between pass and fail"),
        (Exit::Error, "error", "the server did not answer, a limit was reached, or seqcheck has a bug"),
        (Exit::Interrupted(Signal::Interrupt), "interrupted", "SIGINT ended the run; finished plays are reported"),
        (Exit::Interrupted(Signal::Terminate), "terminated", "SIGTERM ended the run; finished plays are reported"),
    ];

    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Fail => 1,
            Exit::Usage => 2,
            Exit::Inconclusive => 3,
            Exit::Error => 4,
            Exit::Interrupted(signal) => signal.code(),
        }
    }

    /// How a command ends whose worst scenario has this verdict.
    pub fn of(verdict: Verdict, allow_inconclusive: bool) -> Exit {
        match verdict {
            Verdict::Pass => Exit::Pass,
            Verdict::Inconclusive if allow_inconclusive => Exit::Pass,
            Verdict::Inconclusive => Exit::Inconclusive,
            Verdict::Fail => Exit::Fail,
            Verdict::Error => Exit::Error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_every_code() {
        let manual = include_str!("../../docs/exit-codes.md");
        for (exit, name, meaning) in Exit::ALL {
            let row = format!("| {} | {name} | {meaning} |", exit.code());
            assert!(manual.contains(&row), "docs/exit-codes.md has no row\n{row}");
        }
        assert_eq!(Exit::ALL.map(|(exit, ..)| exit.code()), [0, 1, 2, 3, 4, 130, 143]);
    }

    #[test]
    fn inconclusive_is_green_only_on_request() {
        assert_eq!(Exit::of(Verdict::Inconclusive, false), Exit::Inconclusive);
        assert_eq!(Exit::of(Verdict::Inconclusive, true), Exit::Pass);
        assert_eq!(Exit::of(Verdict::Fail, true), Exit::Fail);
    }
}
