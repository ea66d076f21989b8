//! What became of every arrow and frame of a failing run, in the order in which things happened.

use super::assign::Whole;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::LaneKind;
use crate::oracle::verdict::{Class, Fate, Finding, Mark};
use crate::order::{ArrowId, LifelineId};
use crate::trace::Event;
use rustc_hash::FxHashSet;

/// The marks of a run: what was sent, what came as drawn, what was found.
pub(super) fn marks(oracle: &Oracle, whole: &Whole, findings: &[Finding]) -> Vec<Mark> {
    let found: FxHashSet<usize> = findings.iter().filter_map(|finding| finding.entry).collect();
    let mut marks = Vec::new();
    for (index, entry) in oracle.record.entries.iter().enumerate() {
        if let Event::Sent { lifeline, channel, arrow, .. } = &entry.event {
            marks.push(Mark {
                arrow: Some(ArrowId(*arrow)),
                lifeline: LifelineId(*lifeline),
                channel: *channel,
                at: Some(entry.at),
                entry: Some(index),
                fate: Fate::Sent,
            });
        }
    }
    for aligned in &whole.lanes {
        let (lifeline, channel) = match oracle.plan.lanes.kinds.get(aligned.lane as usize) {
            Some(LaneKind::Receive { client, channel, .. }) => (*client, *channel),
            Some(LaneKind::Cause(_) | LaneKind::Tool(_) | LaneKind::Gate(_)) | None => continue,
        };
        for (key, frame) in &aligned.alignment.synced {
            let (entry, at) = aligned.frames[*frame as usize];
            if found.contains(&entry) {
                continue;
            }
            let arrow = Some(ArrowId(key.0));
            marks.push(Mark { arrow, lifeline, channel, at: Some(at), entry: Some(entry), fate: Fate::Passed });
        }
    }
    for finding in findings {
        // What somebody got who was not to get it is drawn where it is for somebody else, unless it is a copy.
        let drawn = finding.entry.is_none()
            || (finding.class == Class::Misrouted && finding.related.is_none())
            || matches!(
                finding.class,
                Class::Missing | Class::Reordered | Class::WrongPayload | Class::Late | Class::Early
            );
        marks.push(Mark {
            arrow: finding.arrow.filter(|_| drawn),
            lifeline: finding.lifeline,
            channel: finding.channel,
            at: finding.at,
            entry: finding.entry,
            fate: Fate::Found(finding.class),
        });
    }
    marks.sort_by_key(|mark| mark.entry.unwrap_or(usize::MAX));
    marks
}
