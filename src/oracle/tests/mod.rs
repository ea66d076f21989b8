//! The laws of the checker (`docs/laws.md`), and the reference they are held against.
//!
//! `term` executes a diagram by the book: a term that is rewritten, one event at a time. `world` lets it be the server
//! under a random scheduler while the oracle drives the clients. `generate` makes diagrams. `laws` are the properties. `differential`
//! holds what the oracle says of random traces of diagrams with every construct (`sketch`) against every way through them
//! (`ways`).

mod cases;
mod differential;
mod edits;
mod explain;
pub(crate) mod generate;
mod laws;
mod laws_of_faults;
mod record;
mod sketch;
mod term;
mod ways;
pub(crate) mod world;
