//! A guess from the words of a label: which of them stay, and where it has holes.

use super::escape;

/// A label with holes, and what its frame may look like.
#[derive(Default)]
pub(super) struct Guess {
    pub words: Vec<Word>,
    pub holes: Vec<String>,
    pub client: bool,
    pub server: bool,
    /// Labels that it is for, one of each form.
    pub examples: Vec<String>,
}

/// One word of a label.
#[derive(Clone, PartialEq)]
pub(super) struct Word {
    /// As it is written in a label of a binding.
    text: String,
    /// What it gives to the frame's type.
    note: String,
    /// What another word might stand for, between the punctuation around it.
    inner: Option<Inner>,
}

/// What is within the punctuation of a word, where that is nothing but letters or nothing but a hole.
#[derive(Clone, PartialEq)]
struct Inner {
    before: String,
    after: String,
    hole: Option<String>,
}

/// The hole where labels differ.
const DIFFERENT: &str = "word";

impl Guess {
    pub fn literal(label: &str) -> Guess {
        let words = label.split(' ').map(|word| Word::plain(word, slug(word))).collect();
        Guess { words, ..Guess::default() }
    }

    pub fn of(label: &str, people: &[String]) -> Guess {
        let mut guess = Guess::default();
        let (head, text) = match label.split_once(": ") {
            Some((head, _)) => (head, true),
            None => (label, false),
        };
        for word in head.split(' ') {
            let word = guess.word(word, people);
            guess.words.push(word);
        }
        if text {
            if let Some(last) = guess.words.last_mut() {
                last.text.push(':');
                last.inner.iter_mut().for_each(|inner| inner.after.push(':'));
            }
            let hole = guess.hole("text");
            guess.words.push(Word { text: format!("{{{hole}}}"), note: String::new(), inner: None });
            for word in named(label).split(' ').filter(|word| !word.is_empty()) {
                let word = guess.word(word, people);
                guess.words.push(Word { note: String::new(), ..word });
            }
        }
        if guess.kind().is_empty() {
            // Nothing but holes: it would fit anything.
            return Guess::literal(label);
        }
        guess
    }

    pub fn label(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The words that stay: the type of its frame.
    pub fn kind(&self) -> String {
        let notes = self.words.iter().map(|word| word.note.as_str()).filter(|note| !note.is_empty());
        notes.collect::<Vec<_>>().join("_")
    }

    /// Where alone it differs from another of the same side, if a word that both share stands before.
    pub fn differs(&self, other: &Guess) -> Option<usize> {
        if (self.client, self.server, self.words.len()) != (other.client, other.server, other.words.len()) {
            return None;
        }
        let pairs = || self.words.iter().zip(&other.words);
        let mut places = pairs().enumerate().filter(|(_, (own, its))| own.text != its.text);
        let (place, (own, its)) = places.next()?;
        let (own, its) = (own.inner.as_ref()?, its.inner.as_ref()?);
        let alike = places.next().is_none() && (&own.before, &own.after) == (&its.before, &its.after);
        // Once merged, it differs there and nowhere else.
        let free = self.examples.len() < 2 || own.hole.is_some();
        let shared = self.words[..place].iter().any(Word::is_plain);
        (alike && free && shared).then_some(place)
    }

    /// Takes another one in that differs in one word.
    pub fn take(&mut self, place: usize, other: Guess) {
        let hole = self.words[place].inner.as_ref().and_then(|inner| inner.hole.clone());
        let its = other.words[place].inner.as_ref().and_then(|inner| inner.hole.clone());
        if hole.is_none() || self.examples.len() < 2 && hole != its {
            self.holes.retain(|known| Some(known) != hole.as_ref());
            let name = self.hole(DIFFERENT);
            if let Some(Inner { before, after, .. }) = self.words[place].inner.take() {
                self.words[place] = Word::hole(before, after, name);
            }
        }
        let label = self.label();
        self.holes.sort_by_key(|hole| label.find(&format!("{{{hole}}}")));
        self.examples.extend(other.examples);
    }

    /// One word of a label, with a hole where it looks as if another might stand there.
    fn word(&mut self, word: &str, people: &[String]) -> Word {
        let bare = bare(word);
        let person = |text: &str| people.iter().any(|known| known.to_lowercase() == text.to_lowercase());
        if bare.is_empty() {
            return Word::plain(word, String::new());
        }
        let (before, after) = around(word);
        if person(bare) {
            return Word::hole(before, after, self.hole("user"));
        }
        if bare.chars().all(|c| c.is_ascii_digit()) {
            return Word::hole(before, after, self.hole("n"));
        }
        if word.strip_prefix('#') == Some(bare) {
            return Word::hole(before, after, self.hole("channel"));
        }
        for separator in [':', '='] {
            let Some((key, value)) = bare.split_once(separator).filter(|(_, value)| !value.is_empty()) else {
                continue;
            };
            let key_is_name = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let (inner, note) = if person(key) {
                (format!("{{{}}}{separator}{}", self.hole("user"), escape(value)), value)
            } else if key_is_name && !key.starts_with(|c: char| c.is_ascii_digit()) {
                (format!("{key}{separator}{{{}}}", self.hole(&key.to_lowercase())), key)
            } else {
                continue;
            };
            return Word { text: format!("{before}{inner}{after}"), note: slug(note), inner: None };
        }
        Word::plain(word, slug(bare))
    }

    /// A hole of this name, or of this name with a number.
    fn hole(&mut self, name: &str) -> String {
        let taken = |name: &String| self.holes.contains(name) || name == "type";
        let names = std::iter::once(name.to_owned()).chain((2_u32..).map(|n| format!("{name}{n}")));
        let name = names.into_iter().find(|name| !taken(name)).unwrap_or_default();
        self.holes.push(name.clone());
        name
    }
}

impl Word {
    /// A word that stays.
    fn plain(word: &str, note: String) -> Word {
        let inner = (!bare(word).is_empty()).then(|| {
            let (before, after) = around(word);
            Inner { before, after, hole: None }
        });
        Word { text: escape(word), note, inner }
    }

    /// A hole, and the punctuation around it.
    fn hole(before: String, after: String, hole: String) -> Word {
        let text = format!("{before}{{{hole}}}{after}");
        Word { text, note: String::new(), inner: Some(Inner { before, after, hole: Some(hole) }) }
    }

    fn is_plain(&self) -> bool {
        self.inner.as_ref().is_some_and(|inner| inner.hole.is_none())
    }
}

/// The values with names behind a text: `(id=first, seq=2)`.
fn named(label: &str) -> &str {
    let at = label.rfind(" (").filter(|at| label.ends_with(')') && !label[..*at].ends_with(':'));
    let tail = at.map_or("", |at| &label[at + 1..]);
    let is_named = |part: &str| {
        part.split_once('=').is_some_and(|(name, value)| {
            !name.is_empty()
                && !value.is_empty()
                && !value.contains([' ', '='])
                && !name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        })
    };
    let inner = tail.trim_start_matches('(').trim_end_matches(')');
    if !tail.is_empty() && inner.split(", ").all(is_named) { tail } else { "" }
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '_')
}

/// The punctuation around a word, as a label of a binding writes it.
fn around(word: &str) -> (String, String) {
    let (before, after) = word.split_once(bare(word)).unwrap_or_default();
    (escape(before), escape(after))
}

pub(super) fn slug(text: &str) -> String {
    let letters = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let plain: String = text.chars().map(letters).collect();
    plain.split_whitespace().collect::<Vec<_>>().join("_")
}
