//! What no play records: a record that is such has been damaged, and decides nothing.

use super::{doubt, line_of};
use crate::oracle::Doubt;
use crate::source::elapsed_words;
use crate::trace::file::Header;
use crate::trace::{Entry, Event};

/// Why a record cannot be that of a play; `judged` are its entries up to where the verdict was frozen.
pub(super) fn of(header: &Header, entries: &[Entry], judged: &[Entry]) -> Option<Doubt> {
    backwards(judged).or_else(|| miscounted(header, entries)).map(|text| doubt(text, Vec::new()))
}

/// Time goes forward. What was learned or chosen may be told with the moment of what it came from.
fn backwards(entries: &[Entry]) -> Option<String> {
    let timed = |(_, entry): &(usize, &Entry)| !matches!(entry.event, Event::Learned { .. } | Event::Chose { .. });
    let mut all = entries.iter().enumerate().filter(timed);
    let mut above = all.next()?;
    for (index, entry) in all {
        if entry.at < above.1.at {
            let back = elapsed_words(above.1.at.since(entry.at));
            let (line, before) = (line_of(index), line_of(above.0));
            return Some(format!("time goes back in the record: its line {line} is {back} earlier than line {before}"));
        }
        above = (index, entry);
    }
    None
}

/// The header counts what was sent.
fn miscounted(header: &Header, entries: &[Entry]) -> Option<String> {
    let (wanted, found) = (header.sends?, sends(entries));
    let noun = if found == 1 { "send" } else { "sends" };
    (wanted != found).then(|| {
        format!("the record has {found} {noun}, and its header counts {wanted}: lines of it are lost, or there twice")
    })
}

/// How many sends a record has.
pub(in crate::run) fn sends(entries: &[Entry]) -> u32 {
    let sends = entries.iter().filter(|entry| matches!(entry.event, Event::Sent { .. })).count();
    u32::try_from(sends).unwrap_or(u32::MAX)
}
