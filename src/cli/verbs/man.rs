//! `seqcheck man`

use crate::cli::args::Cli;
use crate::cli::{Exit, Refusal, World};
use crate::source::Diagnostic;
use clap::CommandFactory as _;

/// Prints the manual page, for `seqcheck man | man -l -` or a package.
pub fn run(world: &mut World) -> Result<Exit, Refusal> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command().disable_help_subcommand(true))
        .render(&mut page)
        .map_err(|error| Refusal::error(Diagnostic::error("output", error.to_string())))?;
    world.out.write_bytes(&page);
    Ok(Exit::Pass)
}
