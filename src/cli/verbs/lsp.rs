//! `seqcheck lsp`: the language server, on the standard streams.

use crate::cli::{Exit, Refusal, World};
use crate::source::Diagnostic;
#[cfg(feature = "lsp")]
use crate::{cli::editing::Editing, lsp};

/// Speaks with one editor until it takes its leave.
#[cfg(feature = "lsp")]
pub fn run(world: &mut World) -> Result<Exit, Refusal> {
    let own = World {
        vars: world.vars.clone(),
        guard: world.guard.clone(),
        config: world.config.clone(),
        profile: world.profile.clone(),
        ..World::empty(world.folder.clone())
    };
    let (connection, threads) = lsp_server::Connection::stdio();
    let served = lsp::serve(&connection, &mut Editing::new(own));
    // The thread that writes ends with the connection.
    drop(connection);
    let failed = |what: String| Refusal::error(Diagnostic::error("lsp", what).with_help(HELP));
    served.map_err(failed)?;
    threads.join().map_err(|error| failed(error.to_string()))?;
    Ok(Exit::Pass)
}

#[cfg(feature = "lsp")]
const HELP: &str = "an editor starts it and communicates with it: docs/editors.md";

/// Says how to get it.
#[cfg(not(feature = "lsp"))]
pub fn run(_: &mut World) -> Result<Exit, Refusal> {
    let what = "this build has no language server";
    let help = "use a released package, or build with it: cargo install seqcheck --features lsp";
    Err(Diagnostic::error("usage", what).with_help(help).into())
}
