//! The built-in binding label by label, and what rules can say beyond it.

mod chat;
mod prose;
mod rules;
