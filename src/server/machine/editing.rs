use super::limit::ENTRY;
use super::{Audience, ErrorCode, Id, Machine, Refusal, ServerMessage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One change of a document. Positions and counts are in Unicode scalar values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Op {
    /// Put text in.
    Insert {
        /// Before which scalar value.
        insert: u64,
        /// What.
        text: Arc<str>,
    },
    /// Take text out.
    Delete {
        /// From which scalar value.
        delete: u64,
        /// How many.
        count: u64,
    },
}

/// What a later change needs to know of an earlier one: place and extent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Insert { at: u64, length: u64 },
    Delete { at: u64, count: u64 },
}

/// In what places and counts are told. The protocol knows one way; the other is a mistake that servers make whose
/// language keeps texts as UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// In Unicode scalar values.
    Characters,
    /// In UTF-16 code units: two for a character beyond the Basic Multilingual Plane.
    Utf16,
}

impl Places {
    fn width(self, c: char) -> u64 {
        match self {
            Places::Characters => 1,
            Places::Utf16 => c.len_utf16() as u64,
        }
    }

    fn length(self, text: &str) -> u64 {
        text.chars().map(|c| self.width(c)).sum()
    }

    /// The byte at which a place is; the end where there is none, and the next one where it is within a character.
    fn offset(self, text: &str, place: u64) -> usize {
        let mut before = 0;
        let at = text.char_indices().find(|&(_, c)| {
            let here = before >= place;
            before += self.width(c);
            here
        });
        at.map_or(text.len(), |(at, _)| at)
    }
}

impl Op {
    /// How many bytes its text takes.
    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Op::Insert { text, .. } => text.len(),
            Op::Delete { .. } => 0,
        }
    }

    fn shape(&self, places: Places) -> Shape {
        match self {
            Op::Insert { insert, text } => Shape::Insert { at: *insert, length: places.length(text) },
            Op::Delete { delete, count } => Shape::Delete { at: *delete, count: *count },
        }
    }

    /// Whether it fits a text of this length.
    fn fits(&self, length: u64) -> bool {
        match self {
            Op::Insert { insert, .. } => *insert <= length,
            Op::Delete { delete, count } => delete.checked_add(*count).is_some_and(|end| end <= length),
        }
    }

    /// The same intention after an earlier change.
    fn over(self, earlier: Shape) -> Op {
        match (self, earlier) {
            (Op::Insert { insert: p, text }, Shape::Insert { at: q, length }) => {
                Op::Insert { insert: if q <= p { p + length } else { p }, text }
            }
            (Op::Insert { insert: p, text }, Shape::Delete { at: q, count }) => {
                if p <= q {
                    Op::Insert { insert: p, text }
                } else if p >= q + count {
                    Op::Insert { insert: p - count, text }
                } else {
                    // The place where it was to stand is gone.
                    Op::Insert { insert: q, text: Arc::from("") }
                }
            }
            (Op::Delete { delete: p, count: n }, Shape::Insert { at: q, length }) => {
                if q <= p {
                    Op::Delete { delete: p + length, count: n }
                } else if q >= p + n {
                    Op::Delete { delete: p, count: n }
                } else {
                    Op::Delete { delete: p, count: n + length }
                }
            }
            (Op::Delete { delete: p, count: n }, Shape::Delete { at: q, count: m }) => {
                let overlap = (p + n).min(q + m).saturating_sub(p.max(q));
                let start = if p >= q + m { p - m } else { p.min(q) };
                Op::Delete { delete: start, count: n - overlap }
            }
        }
    }

    /// Applies it to a text that it fits.
    fn apply(&self, text: &mut String, places: Places) {
        match self {
            Op::Insert { insert, text: new } => text.insert_str(places.offset(text, *insert), new),
            Op::Delete { delete, count } => {
                let start = places.offset(text, *delete);
                let end = start + places.offset(&text[start..], *count);
                text.replace_range(start..end, "");
            }
        }
    }
}

/// One shared text, and what led to it.
#[derive(Clone, Debug, Default)]
struct Document {
    text: String,
    /// For every revision from 1: the change, and the length of the text after it.
    history: Vec<(Shape, u64)>,
}

impl Document {
    fn revision(&self) -> u64 {
        self.history.len() as u64
    }

    /// The length at a revision that exists.
    fn length_at(&self, revision: u64) -> u64 {
        let before = revision.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        before.and_then(|index| self.history.get(index)).map_or(0, |&(_, length)| length)
    }

    /// Transforms a change made against an earlier revision and applies it as the next one.
    fn edit(&mut self, revision: u64, op: Op, transform: bool, places: Places) -> Op {
        let since = usize::try_from(revision).unwrap_or(usize::MAX).min(self.history.len());
        let op =
            if transform { self.history[since..].iter().fold(op, |op, &(earlier, _)| op.over(earlier)) } else { op };
        let shape = op.shape(places);
        op.apply(&mut self.text, places);
        // Without the transformation a change may reach past the end; counting what is there is right in both cases.
        let length = match shape {
            Shape::Insert { length, .. } => self.length_at(self.revision()) + length,
            Shape::Delete { .. } => places.length(&self.text),
        };
        self.history.push((shape, length));
        op
    }
}

/// The documents of the server's life.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    by_name: BTreeMap<Arc<str>, Document>,
    /// How many bytes they take at most: what was deleted counts on, as what led to a text is kept.
    bytes: usize,
}

impl Machine {
    pub(super) fn open_document(&mut self, on: Id, doc: Arc<str>) {
        let (rev, text) = self
            .documents
            .by_name
            .get(&doc)
            .map_or((0, Arc::from("")), |document| (document.revision(), Arc::from(document.text.as_str())));
        self.reply(on, ServerMessage::Document { doc, rev, text });
    }

    pub(super) fn edit(&mut self, on: Id, doc: Arc<str>, rev: u64, op: Op) -> Result<(), Refusal> {
        let Some(person) = self.people.get(on) else { return Ok(()) };
        let (user, room) = (person.user.clone(), person.current.clone());
        let known = self.documents.by_name.get(&doc);
        let latest = known.map_or(0, Document::revision);
        if rev <= latest && !op.fits(known.map_or(0, |document| document.length_at(rev))) {
            return Err(Refusal::field("op", "within the document at that revision"));
        }
        self.member(on, &room)?;
        if rev > latest {
            return Err(Refusal::new(ErrorCode::StaleRevision, format!("the latest revision is {latest}")));
        }
        let weight = ENTRY + op.text_bytes() + if known.is_none() { doc.len() } else { 0 };
        if self.documents.bytes + weight > self.bounds.documents {
            return Err(Refusal::field("op", "within the limit of all documents: 64 MiB, with their history"));
        }
        self.documents.bytes += weight;
        let (transform, places) = (self.policy.transform_edits, self.policy.places);
        let document = self.documents.by_name.entry(doc.clone()).or_default();
        let op = document.edit(rev, op, transform, places);
        let rev = document.revision();
        self.reply(on, ServerMessage::EditAck { doc: doc.clone(), rev, op: op.clone() });
        let others = self.people.others(&room, on);
        self.deliver(others, Audience::Room(room), ServerMessage::Edited { doc, rev, user, op });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(at: u64, text: &str) -> Op {
        Op::Insert { insert: at, text: text.into() }
    }

    fn delete(at: u64, count: u64) -> Op {
        Op::Delete { delete: at, count }
    }

    #[test]
    fn the_table_of_transformations() {
        for (op, earlier, want) in [
            (insert(3, "x"), insert(3, "ab"), insert(5, "x")),
            (insert(3, "x"), insert(1, "ab"), insert(5, "x")),
            (insert(3, "x"), insert(4, "ab"), insert(3, "x")),
            (insert(3, "x"), delete(3, 2), insert(3, "x")),
            (insert(3, "x"), delete(1, 2), insert(1, "x")),
            (insert(3, "x"), delete(0, 1), insert(2, "x")),
            (insert(3, "x"), delete(2, 4), insert(2, "")),
            (delete(2, 3), insert(2, "ab"), delete(4, 3)),
            (delete(2, 3), insert(5, "ab"), delete(2, 3)),
            (delete(2, 3), insert(3, "ab"), delete(2, 5)),
            (delete(2, 3), delete(5, 2), delete(2, 3)),
            (delete(2, 3), delete(0, 2), delete(0, 3)),
            (delete(2, 3), delete(3, 1), delete(2, 2)),
            (delete(2, 3), delete(1, 2), delete(1, 2)),
            (delete(2, 3), delete(4, 5), delete(2, 2)),
            (delete(2, 3), delete(0, 9), delete(0, 0)),
            (delete(2, 3), delete(2, 3), delete(2, 0)),
        ] {
            assert_eq!(op.clone().over(earlier.shape(Places::Characters)), want, "{op:?} over {earlier:?}");
        }
    }

    #[test]
    fn positions_count_scalar_values() {
        let mut text = "aé😀z".to_owned();
        insert(3, "!").apply(&mut text, Places::Characters);
        assert_eq!(text, "aé😀!z");
        delete(1, 2).apply(&mut text, Places::Characters);
        assert_eq!(text, "a!z");
        let mut text = "a😀z".to_owned();
        delete(2, 2).apply(&mut text, Places::Utf16);
        assert_eq!(text, "a😀", "half a character is none");
    }

    #[test]
    fn concurrent_edits_meet_in_one_text() {
        let mut document = Document::default();
        document.edit(0, insert(0, "Hello world"), true, Places::Characters);
        // Both made against revision 1.
        document.edit(1, insert(5, ","), true, Places::Characters);
        let late = document.edit(1, delete(5, 6), true, Places::Characters);
        assert_eq!(late, delete(6, 6));
        assert_eq!(document.text, "Hello,");
        assert_eq!(document.length_at(1), 11);
        assert_eq!(document.length_at(3), 6);
    }
}
