//! The laws of the checker (`docs/laws.md`), and the reference they are held against.
//!
//! `term` executes a diagram by the book: a term that is rewritten, one event at a time. `world` lets it be the server
//! under a random scheduler while the oracle drives the clients. `generate` makes diagrams. `laws` are the properties.

mod cases;
mod explain;
pub(crate) mod generate;
mod laws;
mod term;
pub(crate) mod world;
