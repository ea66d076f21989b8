//! Judging a recorded trace: the oracle is told what the trace says, in its order, and asked at every entry what it
//! wants, as the driver asked it. No server is needed, and the same configuration set comes to the same verdict.
//!
//! What the tool did stands in the record as well, and is held against the diagram first. Where the tool, playing this
//! diagram, would have done something else, the record departs from it: what hangs on that is doubted (I4) and never a
//! fault of the server. `digest` is what has to be known of the whole record, and what no play records; `replay` tells the
//! rest, entry by entry, and finds the departures; `sends` finds a recorded send in the diagram, or says in words why it is
//! not there.

mod digest;
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
use crate::wire::{Raw, value_size};
pub use digest::Digest;
pub(super) use digest::sends as count_sends;
use replay::{AFTERMATH, AFTERMATH_BYTES, Replay, Replayed};
use std::time::Duration;

impl Prepared {
    /// Judges a recorded trace against this diagram.
    ///
    /// # Errors
    /// None: what the record lacks, or has beside what the diagram draws, is a doubt (I4).
    pub fn judge(&self, header: &Header, entries: &[Entry]) -> Result<CheckVerdict, Error> {
        self.judge_stream(header, &Digest::of(entries), entries.iter().cloned())
    }

    /// Judges a recorded trace that nobody holds whole: `entries` goes through it again, from the beginning. What is kept
    /// of it is what was judged, as much as a play may record, and a part of what follows.
    ///
    /// # Errors
    /// None: what the record lacks, or has beside what the diagram draws, is a doubt (I4).
    pub fn judge_stream(
        &self,
        header: &Header,
        digest: &Digest,
        mut entries: impl Iterator<Item = Entry>,
    ) -> Result<CheckVerdict, Error> {
        let Ok(script) = &self.ready else { return Ok(self.verdict(Vec::new())) };
        let script = &*script.played_in(order_of(header), &header.streams);
        let same = header.fingerprint == script.fingerprint;
        let replay = Replay::new(script, header, digest, same);
        let Replayed { mut outcome, told, mut trace, untold, note } = match digest.damage(header) {
            Some(doubt) => replay.void(doubt),
            None => replay.run(&mut entries),
        };
        if told < digest.judged() {
            // What was not told is part of the record all the same, and so is its end.
            trace.pop();
        } else {
            entries.next();
        }
        let left = append(&mut trace, untold.into_iter().chain(entries));
        if same {
            awaited::tell(&mut outcome, &awaited::read(header, script.plan.order()), &trace, script.plan.order());
        }
        if left == 0 {
            hang::explain_record(&mut outcome, &trace, script.plan.order());
        }
        let mut notes = Vec::from_iter(note);
        if !same {
            notes.push("the diagram has changed since the trace was recorded".to_owned());
        }
        if header.shortened > 0 {
            notes.push(format!(
                "{} messages of the record are incomplete, because they were too long to search for secrets: they \
                 may fit other rules than the whole messages",
                header.shortened
            ));
        }
        if left > 0 {
            notes.push(format!("{left} more entries of the record are not in the report"));
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

/// Puts behind what was judged what follows it in the record, as much as is told behind a violation; how many entries are
/// left out.
fn append(trace: &mut Vec<Entry>, rest: impl Iterator<Item = Entry>) -> usize {
    let (mut many, mut bytes, mut left) = (0, 0, 0);
    for entry in rest {
        many += 1;
        bytes += size(&entry.event);
        if many > AFTERMATH || bytes > AFTERMATH_BYTES {
            left += 1;
        } else {
            trace.push(entry);
        }
    }
    left
}

/// How many bytes an entry takes, about, beside what all take.
fn size(event: &Event) -> usize {
    match event {
        Event::Received { observed, .. } => observed.size(),
        Event::Sent { label, raw, .. } => label.len() + raw.iter().map(Raw::len).sum::<usize>(),
        Event::Learned { hole, value, .. } => hole.len() + value_size(value),
        Event::Quiet { weaker, .. } => size_of_val(&**weaker),
        Event::Done { .. } | Event::Echoed { .. } | Event::Chose { .. } | Event::Frozen => 0,
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
