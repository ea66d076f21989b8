//! Text, places in it, and what is said about it.
//!
//! A [`Source`] is one text with a name that a person would recognise. A [`Span`] is two byte offsets and the id of
//! its source, so that it can be owned by plain data. A [`Diagnostic`] is a problem with its places and the way out;
//! every stage raises its own kinds and turns them into diagnostics, and only `cli` draws them. [`elapsed_words`] is how all of
//! them say a time, and [`nearest`] what a word was meant for.

mod diagnostic;
mod elapsed;
mod fix;
mod near;
mod shown;
mod text;
mod trust;

pub use diagnostic::{Diagnostic, Label, Severity, render_plain};
pub use elapsed::{elapsed_apart, elapsed_words};
pub use fix::{Edit, Fix};
pub use near::nearest;
pub use shown::{name_in_words, unforged, visible, visible_json, visible_lines};
pub use text::{LineColumn, Source, SourceId, Sources, Span};
pub use trust::{Ask, Door, Trust};
