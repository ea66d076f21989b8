//! `seqcheck serve` of a build without TCP.

use crate::cli::args::Serve;
use crate::cli::{Exit, Refusal, World};
use crate::source::Diagnostic;

/// Says why there is no port.
pub fn run(_: &Serve, _: &mut World) -> Result<Exit, Refusal> {
    let problem = Diagnostic::error("usage", "this build has no TCP, so it cannot listen on a port");
    Err(problem.with_help("build it with TCP: cargo install seqcheck").into())
}
