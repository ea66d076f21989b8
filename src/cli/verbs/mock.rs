//! `seqcheck mock`: check with lifelines that listen.

use crate::cli::args::{Check, Mock};
use crate::cli::scenarios::Cast;
use crate::cli::settings::Look;
use crate::cli::verbs::check;
use crate::cli::{Exit, Refusal, World};
use crate::run::Listening;
use crate::source::Sources;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

/// Plays the servers of diagrams for clients under test.
pub fn run(args: Mock, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let Mock { paths, play, listen, wait, mut settings, command, again } = args;
    // A client dials one diagram at a time, unless it is asked for otherwise.
    settings.jobs.get_or_insert(NonZeroUsize::MIN);
    let mut words = vec!["mock".to_owned()];
    words.extend(again);
    words.extend(play.iter().flat_map(|name| ["--play".to_owned(), name.clone()]));
    words.extend((!command.is_empty()).then(|| "--".to_owned()).into_iter().chain(command.iter().cloned()));
    let listening = Listening { address: listen, wait, command, told: None };
    let check = Check { paths, settings, again: words, ..Check::default() };
    let recast = |cast: Cast| cast.listening(listening.clone(), play.clone());
    check::once_as((check, look), &recast, world, sources, &mut BTreeSet::new())
}
