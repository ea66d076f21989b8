//! What ends a play without a verdict.

use super::Stage;
use crate::listen::Half;
use crate::net::DialError;
use crate::oracle::Trouble;
use crate::source::{Span, elapsed_words};
use crate::wire::{BuildError, Secrets};
use std::time::Duration;

/// The kind of the trouble that nobody has dialled.
pub(super) const NOBODY_CAME: &str = "wait";

/// Nobody has dialled.
pub(super) fn nobody_came(stage: &Stage, halves: &[Half]) -> Trouble {
    let doors: Vec<String> = stage
        .doors
        .iter()
        .map(|door| format!("{} at {}", stage.plan.order().lifeline(door.server).name, door.base))
        .collect();
    let halves = in_halves(halves).map_or_else(String::new, |told| format!("; {told}"));
    Trouble {
        kind: NOBODY_CAME,
        message: format!(
            "no client has connected to {} within {}{halves}",
            doors.join(" or "),
            elapsed_words(stage.wait)
        ),
        help: vec!["start the client, or wait longer: --wait 2m".to_owned()],
        spans: Vec::new(),
    }
}

/// What is to be said of those who connected and sent no whole request.
pub(super) fn in_halves(halves: &[Half]) -> Option<String> {
    // Who sent most is told: a port may be probed.
    let most = halves.iter().rev().max_by_key(|half| half.bytes)?;
    Some(match halves.len() - 1 {
        0 => most.to_string(),
        more => format!("{most}; {more} more like this"),
    })
}

/// Nothing answered.
pub(super) fn unanswered(error: &DialError, span: Option<Span>) -> Trouble {
    Trouble {
        kind: error.kind(),
        message: error.to_string(),
        help: vec![error.help().to_owned()],
        spans: span.into_iter().collect(),
    }
}

/// A frame, a request or an address cannot be made.
pub(super) fn unbuilt(what: &str, why: &BuildError, span: Option<Span>) -> Trouble {
    Trouble {
        kind: "binding",
        message: format!("{what} cannot be built: {why}"),
        help: vec![why.help().to_owned()],
        spans: span.into_iter().collect(),
    }
}

/// What the codec cannot write.
pub(super) fn unwritten(what: &str, why: &dyn std::fmt::Display, span: Option<Span>) -> Trouble {
    let help = "check what the codec accepts (docs/bindings.md); if the codec is a program, run it by hand and send \
                it `{\"encode\": …}`";
    Trouble {
        kind: "binding",
        message: format!("{what} cannot be built: {why}"),
        help: vec![help.to_owned()],
        spans: span.into_iter().collect(),
    }
}

/// The trouble of a codec that cannot read any more.
pub(super) fn broken(why: &str, span: Option<Span>) -> Trouble {
    Trouble {
        kind: "codec",
        message: format!("a frame cannot be read: {why}"),
        help: vec![
            "run the program by hand and send it `{\"decode\": \"…\"}`; docs/bindings.md describes the answer"
                .to_owned(),
        ],
        spans: span.into_iter().collect(),
    }
}

/// The trouble of a play that records too much.
pub(super) fn over_record(most: u64) -> Trouble {
    Trouble {
        kind: "limit",
        message: format!("the play records more than the limit of {} MiB (--max-record)", most >> 20),
        help: vec!["raise it with --max-record, or check whether the server never stops sending".to_owned()],
        spans: Vec::new(),
    }
}

/// The trouble of a play in which more was given than can be hidden.
pub(super) fn too_many_secrets() -> Trouble {
    let (many, bytes) = Secrets::MOST;
    Trouble {
        kind: "limit",
        message: format!(
            "too many secret values; the limits are {} in one, {many} and {} MiB in all",
            Secrets::LIST,
            bytes >> 20
        ),
        help: vec![
            "check whether the server sends lists of tokens or always new cookies; seqcheck shows no received message"
                .to_owned(),
        ],
        spans: Vec::new(),
    }
}

/// The trouble of a play that takes too long.
pub(in crate::run) fn over_total(total: Duration) -> Trouble {
    Trouble {
        kind: "limit",
        message: format!("the play takes longer than the limit of {} (--total)", elapsed_words(total)),
        help: vec!["raise it with --total, or check whether the server never stops sending".to_owned()],
        spans: Vec::new(),
    }
}
