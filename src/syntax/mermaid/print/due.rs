//! Whether Mermaid takes a `create` or a `destroy` where it is about to be written: it looks at the next message.
//!
//! Mermaid keeps one lifeline that waits to be created and one that waits to be destroyed; a later statement of the same
//! kind takes the place of an earlier one. A message must go to the first where there is one, and only otherwise does
//! it have to be from the second or to it: a message that creates leaves what is to be destroyed for the next one.

use super::Printer;
use crate::diagram::{Arrow, End, Item, Lifecycle, ParticipantId, every};

/// How many statements are looked through for the message.
const FURTHEST: usize = 1_000;

impl Printer<'_> {
    /// Whether the next message of `after` is one that `id` can be created with.
    pub(super) fn creates_next(&self, id: ParticipantId, after: &[Item]) -> bool {
        self.next_fits(vec![id], None, after) == Some(true)
    }

    /// Whether the message that Mermaid compares with a `destroy` of `id` is from it or to it; also where none follows,
    /// which Mermaid lets pass.
    pub(super) fn destroys_next(&self, id: ParticipantId, after: &[Item]) -> bool {
        self.next_fits(self.creating.into_iter().collect(), Some(vec![id]), after) != Some(false)
    }

    /// The same where the message that creates is about to be written, and `after` is what follows it.
    pub(super) fn destroys_behind(&self, id: ParticipantId, after: &[Item]) -> bool {
        self.next_fits(Vec::new(), Some(vec![id]), after) == Some(true)
    }

    /// Follows Mermaid from here to the message that decides: with no `ends` the next one, which has to create one of
    /// `created`; otherwise the first that creates nobody, which has to concern one of the `ends`. None: no message
    /// follows.
    fn next_fits(
        &self,
        mut created: Vec<ParticipantId>,
        mut ends: Option<Vec<ParticipantId>>,
        after: &[Item],
    ) -> Option<bool> {
        let rest = std::iter::once(after).chain(self.behind.iter().rev().copied());
        for (index, item) in rest.flat_map(every).enumerate() {
            // What is too far away is not looked for.
            if index + 1 == FURTHEST {
                return Some(false);
            }
            match item {
                // What is drawn by then is not created: its line becomes a comment.
                Item::Lifecycle { participant: id, change: Lifecycle::Create(_), .. } => {
                    created.extend((!self.seen[id.0 as usize]).then_some(*id));
                }
                Item::Lifecycle { participant: id, change: Lifecycle::DestroyAfter, .. } => {
                    ends.iter_mut().for_each(|ends| ends.push(*id));
                }
                Item::Arrow(arrow) => {
                    for (from, to) in messages(arrow) {
                        let Some(ends) = &ends else { return Some(to.is_some_and(|to| created.contains(&to))) };
                        let creates = |to| created.contains(&to) || arrow.drawn.create && !self.seen[to.0 as usize];
                        if !to.is_some_and(creates) {
                            return Some(ends.iter().any(|&end| from == end || to == Some(end)));
                        }
                        created.clear();
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// The messages that an arrow is written as: one for each of several ends; a lifeline stands for the edge.
fn messages(arrow: &Arrow) -> Vec<(ParticipantId, Option<ParticipantId>)> {
    let from = match &arrow.from {
        End::Participant(from) => std::slice::from_ref(from),
        End::Several(senders) => senders,
        End::Outside(_) | End::Everyone { .. } => &[],
    };
    match &arrow.to {
        End::Participant(to) if from.is_empty() => vec![(*to, Some(*to))],
        End::Participant(to) => from.iter().map(|&from| (from, Some(*to))).collect(),
        End::Several(receivers) => {
            from.iter().flat_map(|&from| receivers.iter().map(move |&to| (from, Some(to)))).collect()
        }
        End::Outside(_) => from.iter().map(|&from| (from, Some(from))).collect(),
        End::Everyone { .. } => from.iter().map(|&from| (from, None)).collect(),
    }
}
