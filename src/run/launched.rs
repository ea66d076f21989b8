//! What became of the servers that were launched.

use super::company::Left;
use super::rig::Rig;
use crate::oracle::{Class, Outcome, Verdict};
use crate::order::LifelineId;
use crate::trace::{Entry, Event, Server};
use crate::wire::{Observed, Secrets};
use std::time::Duration;

/// How long the end of a server may take to become known after a connection to it has ended without a Close: the system
/// ends the connections of a process before it tells of its end. Only a play that fails waits for it.
const AFTER_AN_END: Duration = Duration::from_secs(2);

/// Which of them have ended.
pub(super) fn gone(rigs: &[(LifelineId, Rig)]) -> Vec<bool> {
    let launched = rigs.iter().filter_map(|(_, rig)| rig.launched.as_ref());
    launched.map(|launched| launched.ended(Duration::ZERO).is_some()).collect()
}

/// How long an end that is not known yet is worth waiting for.
pub(super) fn patience(outcome: &Outcome, trace: &[Entry]) -> Duration {
    let cut = |entry: &Entry| matches!(&entry.event, Event::Received { observed: Observed::End { .. }, .. });
    let mut judged = trace.iter().take_while(|entry| entry.event != Event::Frozen);
    if outcome.verdict != Verdict::Pass && judged.any(cut) { AFTER_AN_END } else { Duration::ZERO }
}

/// How they stand now; those that were `gone` had ended before.
pub(super) fn told(
    rigs: &[(LifelineId, Rig)],
    gone: &[bool],
    patience: Duration,
    environment: &Secrets,
) -> Vec<Server> {
    let hidden = |text: &str| environment.redact(text).into_owned();
    let launched = rigs.iter().filter_map(|(_, rig)| rig.launched.as_ref());
    let server = |(index, launched): (usize, &std::sync::Arc<super::launch::Launched>)| {
        let ended = launched.ended(patience).map(in_words);
        Server {
            command: hidden(launched.command()),
            before: ended.is_some() && gone.get(index).copied().unwrap_or(false),
            ended,
            client: false,
            spoken: false,
            output: hidden(&launched.output()),
        }
    };
    let launched: Vec<Server> = launched.enumerate().map(server).collect();
    let programs = rigs.iter().filter_map(|(_, rig)| rig.programs.as_ref());
    let spoken = programs.flat_map(|programs| {
        let left = programs.over(patience).into_iter();
        left.map(|left| (programs.command().to_owned(), left))
    });
    let spoken = spoken.map(|(command, left)| Server {
        command: hidden(&command),
        ended: left.ended.map(in_words),
        before: false,
        client: false,
        spoken: true,
        output: hidden(&left.output),
    });
    launched.into_iter().chain(spoken).collect()
}

/// A command that was started to dial, as it ended.
pub(super) fn commanded(left: &Left, environment: &Secrets) -> Server {
    let hidden = |text: &str| environment.redact(text).into_owned();
    Server {
        command: hidden(&left.command),
        ended: Some(in_words(left.end.words())),
        before: false,
        client: true,
        spoken: false,
        output: hidden(&left.output),
    }
}

/// The end of a connection to a server that has ended is nothing to allow.
pub(super) fn excuse_nothing(outcome: &mut Outcome, servers: &[Server]) {
    if servers.iter().any(|server| server.ended.is_some()) {
        let closed = outcome.findings.iter_mut().filter(|finding| finding.class == Class::Closed);
        closed.for_each(|finding| finding.allow = None);
    }
}

/// A shell that has waited for a program tells of a signal by a status.
fn in_words(how: String) -> String {
    let status = how.strip_prefix("exit status: ").and_then(|status| status.parse::<u32>().ok());
    match status.filter(|status| (129..=192).contains(status)) {
        Some(status) => format!("{how} (of a shell: signal {})", status - 128),
        None => how,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_a_shell_tells_of_is_named() {
        assert_eq!(in_words("exit status: 139".to_owned()), "exit status: 139 (of a shell: signal 11)");
        for how in ["exit status: 1", "exit status: 255", "signal: 9 (SIGKILL)"] {
            assert_eq!(in_words(how.to_owned()), how);
        }
    }
}
