//! The command that is started to dial the lifelines that the tool plays.

use crate::oracle::Verdict;
use crate::process::{Ended, Running};
use crate::source::elapsed_words;
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// How long it may take until it is known that nothing of a command that has ended is left.
const LAST: Duration = Duration::from_millis(500);

/// A command that was started to dial.
pub(super) struct Company {
    command: String,
    running: RefCell<Running>,
    began: Instant,
    /// Until when its end is waited for; nothing is waited for while none is said.
    until: Cell<Option<Instant>>,
}

/// What became of a command.
pub(super) struct Left {
    pub command: String,
    pub end: End,
    /// The last of what it wrote.
    pub output: String,
}

/// How a command came to its end.
pub(super) enum End {
    /// By itself; whether seqcheck had to end what it had left running.
    Own(Ended, bool),
    /// It was still running after so long, and was ended.
    Made(Duration),
}

impl End {
    /// For people, behind “ended:”.
    pub fn words(&self) -> String {
        match self {
            End::Own(ended, false) => ended.words.clone(),
            End::Own(ended, true) => format!("{}, and seqcheck ended what it left running", ended.words),
            End::Made(lived) => format!("by seqcheck, because it still ran after {}", elapsed_words(*lived)),
        }
    }

    /// The worse of a verdict and of how the command ended, and what is to be said of it.
    pub fn weigh(&self, verdict: Verdict) -> (Verdict, Option<String>) {
        match self {
            End::Own(ended, false) if ended.success || verdict >= Verdict::Fail => (verdict, None),
            End::Own(ended, true) if ended.success || verdict >= Verdict::Fail => {
                let note = "the command ended, but something that it had started still ran, so seqcheck ended that";
                (verdict, Some(note.to_owned()).filter(|_| verdict < Verdict::Fail))
            }
            End::Own(ended, _) => {
                let seen = if verdict == Verdict::Pass { "all messages were as drawn" } else { "there was no verdict" };
                (Verdict::Fail, Some(format!("{seen}, but the command itself failed: {}", ended.words)))
            }
            End::Made(lived) => {
                let lived = elapsed_words(*lived);
                let note = format!(
                    "the command still ran after {lived}, so seqcheck ended it: only the verdict decides the exit \
                     code (to wait longer: --total)"
                );
                (verdict, Some(note).filter(|_| verdict < Verdict::Fail))
            }
        }
    }
}

impl Company {
    pub fn new(command: String, running: Running) -> Company {
        Company { command, running: RefCell::new(running), began: Instant::now(), until: Cell::new(None) }
    }

    /// Whether it has ended; what it has started may live on.
    pub fn has_ended(&self) -> bool {
        self.running.borrow_mut().has_ended()
    }

    /// Whether nobody is left of it who could dial: it has ended, and so has all that it has started.
    pub fn is_gone(&self) -> bool {
        self.running.borrow_mut().is_gone()
    }

    /// The verdict is there: its end is waited for so long, and no longer.
    pub fn is_awaited(&self, patience: Duration) {
        self.until.set(Some(Instant::now() + patience));
    }

    /// How it ended. Where it still runs when it is waited for no more it is made to, with all that it has started.
    pub fn over(self) -> Left {
        let mut running = self.running.into_inner();
        let patience = self.until.get().map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
        let ended = running.wait(patience);
        let end = match ended {
            // Whoever looks after it says a moment later that all of it is gone.
            Some(ended) => End::Own(ended, !running.wait_gone(LAST)),
            None => End::Made(self.began.elapsed()),
        };
        Left { command: self.command, end, output: running.output().tail() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_verdict_and_command_counts() {
        let own = |success| End::Own(Ended { words: "exit status: 7".to_owned(), success }, false);
        let left = End::Own(Ended { words: "exit status: 0".to_owned(), success: true }, true);
        let (fails, works, made) = (own(false), own(true), End::Made(Duration::from_secs(20)));
        use Verdict::{Error, Fail, Inconclusive, Pass};
        for (verdict, end, worse, said) in [
            (Pass, &works, Pass, None),
            (Pass, &fails, Fail, Some("all messages were as drawn, but the command itself failed: exit status: 7")),
            (Inconclusive, &fails, Fail, Some("there was no verdict, but the command itself failed")),
            (Fail, &fails, Fail, None),
            (Error, &fails, Error, None),
            (Pass, &made, Pass, Some("the command still ran after 20 s, so seqcheck ended it")),
            (Fail, &made, Fail, None),
            (Pass, &left, Pass, Some("the command ended, but something that it had started still ran")),
            (Fail, &left, Fail, None),
        ] {
            let (counts, note) = end.weigh(verdict);
            assert_eq!(counts, worse);
            assert!(note.as_deref().unwrap_or_default().starts_with(said.unwrap_or_default()), "{note:?}");
            assert_eq!(note.is_some(), said.is_some(), "{note:?}");
        }
        assert!(made.words().ends_with("because it still ran after 20 s"));
        assert_eq!(left.words(), "exit status: 0, and seqcheck ended what it left running");
    }
}
