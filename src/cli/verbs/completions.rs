//! `seqcheck completions SHELL`

use crate::cli::args::{Cli, Completions};
use crate::cli::{Exit, Refusal, World};
use clap::CommandFactory as _;

/// Prints a script that a shell loads.
pub fn run(args: &Completions, world: &mut World) -> Result<Exit, Refusal> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "seqcheck", &mut script);
    world.out.write_bytes(&script);
    Ok(Exit::Pass)
}
