use super::{Filter, Hole, Narrow, Reserved, Slots, read_hole};
use std::fmt::Write as _;

/// A text with holes.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Template {
    /// In order; no two literals side by side.
    pub pieces: Vec<Piece>,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(in crate::wire) enum Piece {
    /// These letters.
    Literal(Box<str>),
    /// Whatever the hole takes.
    Hole(Hole),
}

/// A part of a text while one is searched for it: holes whose value is known are letters.
#[derive(Clone, Debug)]
pub(in crate::wire) enum Part<'a> {
    /// These letters.
    Letters(std::borrow::Cow<'a, str>),
    /// A hole: as few characters as the rest allows.
    Free {
        /// What it takes.
        narrow: &'a Narrow,
        /// It may be empty.
        empty: bool,
        /// Its index among the pieces.
        piece: usize,
    },
}

/// How many characters the search for one text may look at (again and again); beyond, it does not fit. Real labels take
/// a few hundred: this stops only texts made to make the search slow.
const MAX_LOOKS: usize = 10_000_000;

impl Template {
    /// Reads a text; its holes become slots.
    pub fn read(text: &str, slots: &mut Slots) -> Result<Template, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let (brace, after) = rest[at..].split_at(1);
            rest = after;
            if let Some(after) = after.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
            } else if brace == "}" {
                literal.push('}');
            } else {
                let (written, after) = read_hole(after)?;
                rest = after;
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
                }
                if written.name == "null" {
                    return Err("`{null}` is the null of JSON: a whole value, not a part of a text".to_owned());
                }
                let slot = (written.name != "_").then(|| slots.intern(written.name));
                if let (Some(slot), Some(kind)) = (slot, written.narrow.kind()) {
                    slots.0[slot].kind.get_or_insert(kind);
                }
                let filters = Filter::read_all(&written.filters, slots)?;
                let (mut narrow, mut empty) = (written.narrow, written.empty);
                if slot.is_some_and(|slot| slots.0[slot].reserved == Some(Reserved::RunMark)) {
                    (narrow, empty) = (Narrow::Mark, true);
                }
                pieces.push(Piece::Hole(Hole {
                    slot,
                    narrow,
                    filters,
                    plus: written.plus,
                    empty,
                    maybe: written.maybe,
                    null: written.null,
                    default: written.default.map(Box::from),
                }));
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.into()));
        }
        Ok(Template { pieces })
    }

    /// Its holes, in order.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Hole(hole) => Some(hole),
        })
    }

    /// Whether it need not be there: it has a hole `{x?}`.
    pub fn is_maybe(&self) -> bool {
        self.holes().any(|hole| hole.maybe)
    }

    /// How many characters are literal: what decides between rules.
    pub fn literal_chars(&self) -> u32 {
        let count = |piece: &Piece| match piece {
            Piece::Literal(text) => text.chars().count(),
            Piece::Hole(_) => 0,
        };
        self.pieces.iter().map(|piece| count(piece) as u32).sum()
    }

    /// The letters with which it begins.
    pub fn prefix(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Literal(text)) => text,
            Some(Piece::Hole(_)) | None => "",
        }
    }

    /// The letters with which it ends.
    pub fn suffix(&self) -> &str {
        match self.pieces.last() {
            Some(Piece::Literal(text)) => text,
            Some(Piece::Hole(_)) | None => "",
        }
    }

    /// The same whose letters are in lower case.
    pub fn folded(&self) -> Template {
        let fold = |piece: &Piece| match piece {
            Piece::Literal(text) => Piece::Literal(folded(text).into()),
            Piece::Hole(hole) => Piece::Hole(hole.clone()),
        };
        Template { pieces: self.pieces.iter().map(fold).collect() }
    }

    /// Whether it has no hole.
    pub fn is_literal(&self) -> bool {
        self.holes().next().is_none()
    }

    /// The same with the slots of another list of names.
    pub fn moved(mut self, from: &Slots, to: &mut Slots) -> Template {
        for piece in &mut self.pieces {
            if let Piece::Hole(hole) = piece {
                hole.slot = hole.slot.map(|slot| to.intern(&from.0[slot].name));
                for key in hole.filters.iter_mut().filter_map(Filter::key_mut) {
                    *key = to.intern(&from.0[*key].name);
                }
            }
        }
        self
    }

    /// Its parts for a search, every hole free.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = Vec::with_capacity(self.pieces.len());
        for (piece, it) in self.pieces.iter().enumerate() {
            parts.push(match it {
                Piece::Literal(text) => Part::Letters(std::borrow::Cow::Borrowed(text)),
                Piece::Hole(hole) => Part::Free { narrow: &hole.narrow, empty: hole.empty, piece },
            });
        }
        parts
    }

    /// As written, without what narrows and filters: `message from {from}: {text}`.
    pub fn plain(&self, slots: &Slots) -> String {
        self.show(|hole| match hole.slot {
            Some(slot) => format!("{{{}}}", slots.0[slot].name),
            None => "{_}".to_owned(),
        })
    }

    /// With something in place of each hole.
    pub fn show(&self, mut fill: impl FnMut(&Hole) -> String) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            let _ = match piece {
                Piece::Literal(text) => out.write_str(text),
                Piece::Hole(hole) => out.write_str(&fill(hole)),
            };
        }
        out
    }
}

/// A text in lower case, with every byte where it was: a letter whose other case takes more or fewer bytes stays.
pub(in crate::wire) fn folded(text: &str) -> String {
    let fold = |letter: char| {
        let mut lower = letter.to_lowercase();
        let only = lower.next().filter(|lower| lower.len_utf8() == letter.len_utf8());
        only.filter(|_| lower.next().is_none()).unwrap_or(letter)
    };
    text.chars().map(fold).collect()
}

/// Finds for every free part the text that it takes, as few characters as the rest allows; the whole text must fit.
pub(in crate::wire) fn search<'t>(parts: &[Part<'_>], text: &'t str) -> Option<Vec<(usize, &'t str)>> {
    search_as(parts, text, text)
}

/// The same where letters are looked for in `text`, and what is free takes what stands there in `written`, which has the
/// same characters but for their case.
pub(in crate::wire) fn search_as<'t>(
    parts: &[Part<'_>],
    text: &str,
    written: &'t str,
) -> Option<Vec<(usize, &'t str)>> {
    // Most texts are refused here, by their ends, before anything is searched.
    if let [Part::Letters(letters), ..] = parts
        && !text.starts_with(&**letters)
    {
        return None;
    }
    if let [.., Part::Letters(letters)] = parts
        && !text.ends_with(&**letters)
    {
        return None;
    }
    let mut search = Search { parts, text, written, taken: Vec::new(), looks: MAX_LOOKS };
    search.from(0, text).then_some(search.taken)
}

struct Search<'p, 't> {
    parts: &'p [Part<'p>],
    text: &'p str,
    written: &'t str,
    taken: Vec<(usize, &'t str)>,
    looks: usize,
}

impl<'t> Search<'_, 't> {
    /// A part of the text as it is written.
    fn written(&self, part: &str) -> &'t str {
        let from = part.as_ptr() as usize - self.text.as_ptr() as usize;
        self.written.get(from..from + part.len()).unwrap_or_default()
    }

    fn from(&mut self, mut at: usize, mut text: &str) -> bool {
        loop {
            match self.parts.get(at) {
                None => return text.is_empty(),
                Some(Part::Letters(letters)) => match text.strip_prefix(&**letters) {
                    Some(rest) => (at, text) = (at + 1, rest),
                    None => return self.trimmed(at, letters, text),
                },
                Some(&Part::Free { narrow, empty, piece }) => return self.free(at, text, narrow, empty, piece),
            }
        }
    }

    /// Labels are trimmed: where letters that end in a space come before a last hole that is empty, the space is gone.
    fn trimmed(&mut self, at: usize, letters: &str, text: &str) -> bool {
        match self.parts.get(at + 1..) {
            Some(&[Part::Free { empty: true, piece, .. }]) if letters.trim_end() == text => {
                self.taken.push((piece, ""));
                true
            }
            _ => false,
        }
    }

    /// Where the letters of a part are next.
    fn next(&self, at: usize, letters: &str, text: &str, from: usize) -> Option<usize> {
        if let Some(found) = text[from..].find(letters) {
            return Some(from + found);
        }
        let last = matches!(self.parts.get(at + 1..), Some([Part::Free { empty: true, .. }]));
        let start = text.len().checked_sub(letters.trim_end().len()).filter(|_| last)?;
        (start >= from && text.is_char_boundary(start) && &text[start..] == letters.trim_end()).then_some(start)
    }

    fn free(&mut self, at: usize, text: &str, narrow: &Narrow, empty: bool, piece: usize) -> bool {
        if at + 1 == self.parts.len() {
            // The last part takes all that is left.
            let text = self.written(text);
            let fits = (empty || !text.is_empty()) && (text.is_empty() || narrow.takes_text(text));
            if fits {
                self.taken.push((piece, text));
            }
            return fits;
        }
        let mut end = if empty { Some(0) } else { next_char(text, 0) };
        while let Some(from) = end {
            // What follows begins with letters: go to where they are next.
            let stop = match &self.parts[at + 1] {
                Part::Letters(letters) => self.next(at + 1, letters, text, from),
                Part::Free { .. } => Some(from),
            };
            let Some(stop) = stop else { return false };
            let (mine, rest) = text.split_at(stop);
            let looks = if matches!(narrow, Narrow::Any) { 1 + stop - from } else { 1 + 2 * mine.len() };
            let Some(looks) = self.looks.checked_sub(looks) else { return false };
            self.looks = looks;
            let mine = self.written(mine);
            if mine.is_empty() || narrow.takes_text(mine) {
                self.taken.push((piece, mine));
                if self.from(at + 1, rest) {
                    return true;
                }
                while self.taken.last().is_some_and(|&(taken, _)| taken >= piece) {
                    self.taken.pop();
                }
            } else if narrow.hopeless(mine) {
                return false;
            }
            end = next_char(text, stop);
        }
        false
    }
}

/// The end of the character that starts at `from`.
fn next_char(text: &str, from: usize) -> Option<usize> {
    text[from..].chars().next().map(|c| from + c.len_utf8())
}
