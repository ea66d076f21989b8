//! How many scenarios go side by side.

use super::not_run;
use crate::cli::Refusal;
use crate::cli::load;
use crate::cli::scenarios::{Layers, Ready};
use crate::cli::settings::{Net, Settings};
use crate::process::limits;
use crate::source::Diagnostic;

/// Plays in real time mostly wait, so that more of them than cores go side by side.
const WAITING_PER_CORE: usize = 8;
/// File descriptors that a play takes beside its connections: its runtime, and a listener or the pipes of a server that is
/// launched.
const PER_PLAY: u64 = 6;
/// File descriptors for what is opened now and then: files that are written, names that are resolved.
const SPARE: u64 = 4;

/// How many scenarios go side by side: as many as were asked for, or as there is room for.
///
/// # Errors
/// There are too few file descriptors for one, or for as many as were asked for. Nothing is played then: a connection that
/// cannot be made on this side would look like one that the server does not take.
pub(super) fn room_for(ready: &[Ready], settings: &Settings, layers: &Layers) -> Result<usize, Refusal> {
    let wanted = jobs(settings, layers).min(ready.len()).max(1);
    let ends = match (layers.has_target(), layers.net()) {
        (true, _) => 1,
        // Both ends are in this process.
        (false, Net::Tcp) => 2,
        (false, Net::Memory) => return Ok(wanted),
    };
    let most = ready.iter().map(|one| one.prepared.connections() as u64).max().unwrap_or(0);
    let each = most.saturating_mul(ends).saturating_add(PER_PLAY);
    let taken = limits::open_descriptors().unwrap_or(3).saturating_add(SPARE);
    let needed = |plays: usize| each.saturating_mul(plays as u64).saturating_add(taken);
    let Some(may) = limits::descriptors(needed(wanted)) else { return Ok(wanted) };
    let room = may.saturating_sub(taken) / each;
    let asked = settings.jobs.map_or(1, |_| wanted);
    if room >= asked as u64 {
        return Ok(wanted.min(usize::try_from(room).unwrap_or(usize::MAX)));
    }
    let needed = needed(asked);
    let plays = if asked == 1 { "a play".to_owned() } else { format!("{asked} plays in parallel") };
    let problem = format!("{plays} may take {needed} file descriptors, and this process may have {may}");
    let problem = Diagnostic::error("limit", problem).with_help(format!("raise the limit: ulimit -n {needed}"));
    let problem = if asked == 1 { problem } else { problem.with_help("or run fewer in parallel: --jobs 1") };
    Err(not_run(Refusal::error(problem)))
}

fn jobs(settings: &Settings, layers: &Layers) -> usize {
    let most = match (layers.has_target(), layers.net()) {
        (true, _) => 1,
        (false, Net::Memory) => load::jobs(),
        (false, Net::Tcp) => load::jobs() * WAITING_PER_CORE,
    };
    settings.jobs.map_or(most, usize::from)
}
