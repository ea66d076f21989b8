//! From a diagram back to text: the same room for every dialect.
//!
//! Each dialect prints a [`Diagram`] with its own `print(&Diagram) -> Converted`. What it can hold is read back as it
//! was; what it cannot is written in its nearest form, and said with [`Converted::lose`]. Nothing disappears silently.

use crate::source::{Diagnostic, Span};

/// The code of notes about what a dialect cannot hold.
pub const LOSS: &str = "loss";

/// A diagram as text, and what that text does not say any more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// The whole text, ended by a line end.
    pub text: String,
    /// Notes, each at the place in the text that was read.
    pub losses: Vec<Diagnostic>,
}

impl Converted {
    /// Notes that something at this place is not in the text, or is there in another form: `what` is a sentence
    /// that an author understands, `instead` the form that was written, where there is one.
    pub fn lose(&mut self, at: Span, what: impl Into<String>, instead: Option<&str>) {
        let loss = Diagnostic::note(LOSS, what).at(at, "");
        self.losses.push(match instead {
            Some(form) => loss.with_note(format!("written as {form}")),
            None => loss,
        });
    }
}
