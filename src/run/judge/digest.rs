//! What has to be known of a record before its first entry is judged: it is gone through once for this, and once more to be
//! judged, and never held whole.

use super::{doubt, line_of};
use crate::oracle::{Choices, Doubt};
use crate::source::elapsed_words;
use crate::trace::file::Header;
use crate::trace::{Entry, Event, Moment};
use rustc_hash::FxHashSet;
use std::ops::Range;
use std::sync::Arc;

/// A send of a record.
#[derive(Debug)]
pub(super) struct Send {
    /// Which entry it is.
    pub index: usize,
    pub at: Moment,
    pub lifeline: u32,
    pub label: Arc<str>,
}

/// What is known of a record as a whole.
#[derive(Debug, Default)]
pub struct Digest {
    /// How many entries were gone through.
    count: usize,
    /// Where the verdict was frozen.
    frozen: Option<usize>,
    /// How many sends there are, also behind that.
    all_sends: u32,
    /// Those before it, in their order.
    sends: Vec<Send>,
    labels: FxHashSet<Arc<str>>,
    /// What the tool chose.
    pub(super) choices: Choices,
    /// The last entry that has its own moment.
    above: Option<(usize, Moment)>,
    backwards: Option<String>,
}

impl Digest {
    /// Of a record that is in memory.
    pub fn of(entries: &[Entry]) -> Digest {
        let mut digest = Digest::default();
        entries.iter().for_each(|entry| digest.add(entry));
        digest
    }

    /// The next entry.
    pub fn add(&mut self, entry: &Entry) {
        let index = self.count;
        self.count += 1;
        self.all_sends = self.all_sends.saturating_add(u32::from(is_send(entry)));
        if self.frozen.is_some() {
            return;
        }
        match &entry.event {
            Event::Frozen => {
                self.frozen = Some(index);
                return;
            }
            Event::Sent { lifeline, label, .. } => {
                let label = match self.labels.get(label) {
                    Some(known) => known.clone(),
                    None => {
                        self.labels.insert(label.clone());
                        label.clone()
                    }
                };
                self.sends.push(Send { index, at: entry.at, lifeline: *lifeline, label });
            }
            // What was learned or chosen may be told with the moment of what it came from.
            Event::Chose { fragment, turn, choice } => {
                self.choices.insert((*fragment, *turn), *choice);
                return;
            }
            Event::Learned { .. } => return,
            Event::Received { .. } | Event::Done { .. } | Event::Echoed { .. } | Event::Quiet { .. } => {}
        }
        match self.above {
            Some((above, before)) if entry.at < before && self.backwards.is_none() => {
                let back = elapsed_words(before.since(entry.at));
                let (line, before) = (line_of(index), line_of(above));
                let text = format!(
                    "the time in the record goes backwards: its line {line} is {back} earlier than line {before}"
                );
                self.backwards = Some(text);
            }
            Some(_) | None => self.above = Some((index, entry.at)),
        }
    }

    /// How many entries are judged: those up to where the verdict was frozen.
    pub(super) fn judged(&self) -> usize {
        self.frozen.unwrap_or(self.count)
    }

    /// Whether the record has an end.
    pub(super) fn ends(&self) -> bool {
        self.frozen.is_some()
    }

    /// Whether something is sent in an entry or behind it.
    pub(super) fn sends_later(&self, index: usize) -> bool {
        self.sends.last().is_some_and(|last| last.index >= index)
    }

    /// What is sent at the very moment of an entry, in it or behind it.
    pub(super) fn sent_then(&self, index: usize, at: Moment) -> &[Send] {
        let from = self.sends.partition_point(|send| send.index < index);
        let many = self.sends[from..].iter().take_while(|send| send.at == at).count();
        let then: Range<usize> = from..from + many;
        &self.sends[then]
    }

    /// Why a record cannot be that of a play: a record that is such has been damaged, and decides nothing.
    pub(super) fn damage(&self, header: &Header) -> Option<Doubt> {
        self.backwards.clone().or_else(|| self.miscounted(header)).map(|text| doubt(text, Vec::new()))
    }

    /// The header counts what was sent.
    fn miscounted(&self, header: &Header) -> Option<String> {
        let (wanted, found) = (header.sends?, self.all_sends);
        let noun = if found == 1 { "send" } else { "sends" };
        (wanted != found).then(|| {
            format!("the record has {found} {noun}, but its header counts {wanted}: lines are missing or repeated")
        })
    }
}

/// How many sends a record has.
pub(in crate::run) fn sends(entries: &[Entry]) -> u32 {
    let sends = entries.iter().filter(|entry| is_send(entry)).count();
    u32::try_from(sends).unwrap_or(u32::MAX)
}

fn is_send(entry: &Entry) -> bool {
    matches!(entry.event, Event::Sent { .. })
}
