//! Judging a recorded trace: the oracle is told what the trace says, in its order, and asked at every entry what it
//! wants, as the driver asked it. No server is needed, and the same configuration set comes to the same verdict.
//!
//! What the tool did stands in the record as well, and is held against the diagram first. Where the tool, playing this
//! diagram, would have done something else, the record departs from it: what hangs on that is doubted (I4) and never a
//! fault of the server. `damage` is what no play records; `replay` tells the rest, entry by entry, and finds the
//! departures; `sends` finds a recorded send in the diagram, or says in words why it is not there.

mod damage;
mod replay;
mod sends;

use super::error::Error;
use super::hang;
use super::play::awaited;
use super::played::{CheckVerdict, Played, documented};
use super::prepared::Prepared;
use super::script::Script;
use crate::diagram::OrderMode;
use crate::oracle::{self, Choices, Doubt, Reason};
use crate::source::Span;
use crate::trace::file::Header;
use crate::trace::{Entry, Event};
pub(super) use damage::sends as count_sends;
use replay::{Replay, Replayed};
use std::time::Duration;

impl Prepared {
    /// Judges a recorded trace against this diagram.
    ///
    /// # Errors
    /// None: what the record lacks, or has beside what the diagram draws, is a doubt (I4).
    pub fn judge(&self, header: &Header, entries: &[Entry]) -> Result<CheckVerdict, Error> {
        let Ok(script) = &self.ready else { return Ok(self.verdict(Vec::new())) };
        let script = &*script.played_in(order_of(header), &header.streams);
        let end = entries.iter().position(|entry| entry.event == Event::Frozen);
        let same = header.fingerprint == script.fingerprint;
        let judged = &entries[..end.unwrap_or(entries.len())];
        let Replayed { mut outcome, told, mut trace, note } = match damage::of(header, entries, judged) {
            Some(doubt) => Replay::new(script, header, judged, same).void(doubt),
            None => Replay::new(script, header, judged, same).run(end.is_some()),
        };
        if told < judged.len() {
            // What was not told is part of the record all the same, and so is its end.
            trace.pop();
            trace.extend(entries[told..].iter().cloned());
        } else {
            trace.extend(entries.iter().skip(judged.len() + 1).cloned());
        }
        if same {
            awaited::tell(&mut outcome, &awaited::read(header, script.plan.order()), &trace, script.plan.order());
        }
        hang::tell_of_record(&mut outcome, &trace, script.plan.order());
        let mut notes = Vec::from_iter(note);
        if !same {
            notes.push("the diagram has changed since the trace was recorded".to_owned());
        }
        let verdict = documented(&self.diagram, &outcome, &mut notes);
        let played = Played {
            outcome,
            verdict,
            trace,
            asides: Vec::new(),
            header: header.clone(),
            notes,
            servers: Vec::new(),
            duration: Duration::ZERO,
        };
        Ok(self.verdict(vec![played]))
    }
}

/// The order in which the clients of a record sent; none where no version of seqcheck wrote it.
fn order_of(header: &Header) -> Option<OrderMode> {
    OrderMode::ALL.into_iter().find(|(_, word)| *word == header.order).map(|(mode, _)| mode)
}

/// As the play was judged: the trace knows the deadlines that counted.
fn options(script: &Script, header: &Header, choices: Choices) -> oracle::Options {
    oracle::Options {
        recorded: Some(choices),
        timeout: Duration::from_nanos(header.timeout),
        settle: Duration::from_nanos(header.settle),
        seed: header.seed,
        play: header.play,
        ..script.judging.clone()
    }
}

/// What a record cannot tell.
fn doubt(text: String, spans: Vec<Span>) -> Doubt {
    Doubt { reason: Reason::Gaps, text, spans }
}

/// The line of an entry in the file of its record, whose first is the header.
fn line_of(index: usize) -> usize {
    index + 2
}
