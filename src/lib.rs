//! seqcheck: a sequence diagram that runs.
//!
//! The modules are the stages of the pipeline, in the order in which data flows; `ARCHITECTURE.md` is their map.

#[cfg(feature = "cli")]
pub mod cli;
pub mod diagram;
pub mod files;
pub mod framing;
pub mod induce;
pub mod lint;
pub mod listen;
#[cfg(feature = "lsp")]
pub mod lsp;
pub mod net;
pub mod oracle;
pub mod order;
pub mod process;
pub mod record;
pub mod report;
pub mod run;
pub mod server;
pub mod source;
pub mod syntax;
pub mod trace;
pub mod wire;

pub use run::{CheckVerdict, Error, Mock, Scenario, Target};
