//! The laws of the checker (`docs/laws.md`), and the reference they are held against.
//!
//! `term` executes a diagram by the book: a term that is rewritten, one event at a time. `world` lets it be the server
//! under a random scheduler while the oracle drives the clients. `generate` makes diagrams. `laws` are the properties. `differential`
//! holds what the oracle says of random traces (`serving`) of diagrams with every construct (`sketch`) against every way through
//! them (`walk`, `ways`, `reference`).

mod bounded;
mod cases;
mod delays;
mod differential;
mod drawn;
mod edits;
mod explain;
mod frames;
pub(crate) mod generate;
mod growth;
mod laws;
mod laws_of_faults;
mod record;
mod reference;
mod serving;
mod sketch;
mod term;
mod walk;
mod ways;
pub(crate) mod world;
