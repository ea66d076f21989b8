//! A bug of seqcheck in one scenario is that scenario's error: the others are played, and all reports are written.

use crate::oracle::{Outcome, Trouble, Verdict};
use crate::report::ScenarioReport;
use crate::source::Diagnostic;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The code of diagnostics about a bug.
pub const BUG: &str = "bug";

const HELP: &str = "please report it with the file, and with the line that begins with `bug:` above";

/// Work that ended in a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bug {
    /// What the panic says.
    what: String,
}

/// Where a panic happened is told in one line when it happens; what comes of it is told where it is caught.
pub fn print_panics_in_one_line() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // Standard error, as the screens of the world may be in use.
        let line = format!("bug: {place}: {}\n", words(panic.payload()));
        drop(std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()));
    }));
}

/// Does this, and comes back from a panic.
///
/// # Errors
/// That it ended in one.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Bug> {
    // What the work had in its hands is dropped with it.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Bug { what: words(&*payload) })
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic");
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

impl Bug {
    fn message(&self) -> String {
        format!("this is a bug of seqcheck: {}", self.what)
    }

    /// As a problem with something that has a name.
    pub fn diagnostic(&self, name: &str) -> Diagnostic {
        Diagnostic::error(BUG, format!("{name}: {}", self.message())).with_help(HELP)
    }

    /// As what a scenario came to.
    pub fn report(&self, name: &str, place: &str) -> ScenarioReport {
        let trouble = Trouble { kind: BUG, message: self.message(), help: vec![HELP.to_owned()], spans: Vec::new() };
        ScenarioReport {
            name: name.to_owned(),
            path: place.to_owned(),
            verdict: Verdict::Error,
            outcome: Outcome { verdict: Verdict::Error, trouble: Some(trouble), ..Outcome::default() },
            play: (1, 1),
            ..ScenarioReport::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_ends_in_a_panic_says_which() {
        let index = std::hint::black_box(3);
        let bug = caught(|| [1, 2, 3][index]).expect_err("out of bounds");
        assert!(bug.message().contains("the len is 3 but the index is 3"), "{bug:?}");
        assert_eq!(caught(|| 1), Ok(1));
        let report = bug.report("a title", "a.seq");
        assert_eq!(report.verdict, Verdict::Error);
        for format in crate::report::Format::ALL.iter().map(|&(format, ..)| format).filter(|format| format.is_text()) {
            // A picture shows arrows, and there are none.
            if format == crate::report::Format::Svg {
                continue;
            }
            let run = crate::report::Run { scenarios: vec![report.clone()], ..Default::default() };
            let style = crate::report::text::Style::default();
            let mut text = format.begin(1) + &format.scenario(&report, 1, &style);
            text += &if format.streams() {
                format.end(&run, &style)
            } else {
                String::from_utf8(format.render(&run, &style).expect("it is made")).expect("text")
            };
            assert!(text.contains("bug of seqcheck"), "{text}");
        }
    }
}
