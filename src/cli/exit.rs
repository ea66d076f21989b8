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
}

impl Exit {
    /// All, with the name and the sentence that `docs/exit-codes.md` has.
    pub const ALL: [(Exit, &'static str, &'static str); 5] = [
        (Exit::Pass, "pass", "every scenario passed, or the verb did its work"),
        (Exit::Fail, "fail", "a server violated a guarantee that a diagram draws, or `fmt --check` found work"),
        (
            Exit::Usage,
            "usage",
            "flags, configuration, a scenario or a binding cannot be read, or there is nothing to run; nothing ran",
        ),
        (Exit::Inconclusive, "inconclusive", "what was observed does not decide"),
        (Exit::Error, "error", "no answer from the server, a limit was reached, or seqcheck has a bug"),
    ];

    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Fail => 1,
            Exit::Usage => 2,
            Exit::Inconclusive => 3,
            Exit::Error => 4,
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
        for (index, (exit, name, meaning)) in Exit::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(exit.code()), index);
            let row = format!("| {index} | {name} | {meaning} |");
            assert!(manual.contains(&row), "docs/exit-codes.md has no row\n{row}");
        }
    }

    #[test]
    fn inconclusive_is_green_only_on_request() {
        assert_eq!(Exit::of(Verdict::Inconclusive, false), Exit::Inconclusive);
        assert_eq!(Exit::of(Verdict::Inconclusive, true), Exit::Pass);
        assert_eq!(Exit::of(Verdict::Fail, true), Exit::Fail);
    }
}
