//! Where an entry of the log stands.

use crate::oracle::judge::Oracle;
use crate::order::{ArrowId, LifelineId};
use crate::wire::Channel;

/// At which client and on which connection an entry came.
pub(super) fn stray(oracle: &Oracle, entry: Option<usize>) -> (LifelineId, Channel) {
    let received = entry.and_then(|entry| oracle.record.entries[entry].event.received());
    received.map_or((LifelineId(0), Channel::Socket), |it| (LifelineId(it.lifeline), it.channel))
}

/// The arrow that was last played by anybody, or observed by this client, before an entry. What others observed
/// meanwhile does not count: in which order that came is chance, and the place of a finding must not be.
pub(super) fn last_before(oracle: &Oracle, entry: usize) -> Option<ArrowId> {
    let client = |at: usize| stray(oracle, Some(at)).0;
    let before = oracle.record.matched.iter().take_while(|(at, _)| *at < entry);
    let observed = before.filter(|(at, _)| client(*at) == client(entry)).last();
    let mut back = oracle.record.entries[..entry].iter().enumerate().rev();
    let sent = back.find_map(|(index, entry)| Some((index, ArrowId(entry.event.sent()?))));
    match (observed, sent) {
        (Some((seen, key)), Some((index, arrow))) => Some(if *seen > index { ArrowId(key.0) } else { arrow }),
        (Some((_, key)), None) => Some(ArrowId(key.0)),
        (None, sent) => sent.map(|(_, arrow)| arrow),
    }
}
