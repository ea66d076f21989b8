//! What must not be seen.
//!
//! [`Secrets`] is the collection. `spelling` says what a value may look like where somebody has written it down, `finder`
//! finds all of them in a text, `windows` are the parts in which a long text is searched, `shifted` finds those inside of Base64
//! that begins anywhere, `base32` reads and writes that, `letters` tells kinds of letters apart, `listed` reads bytes that are written one by one, `headers` knows
//! which headers prove who somebody is, `environment` what of an environment everybody knows.

mod base32;
mod environment;
mod finder;
mod headers;
mod letters;
mod listed;
mod shifted;
mod spelling;
#[cfg(test)]
mod tests;
mod windows;

pub use environment::of_environment;
pub use headers::header_shown;

use super::unescaped::Unescaped;
use finder::Finder;
use rustc_hash::FxHashSet;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

/// Values that reach no output: whatever takes its value from the environment, what is made of it, what a login gave. Everybody
/// who prints asks it first.
///
/// A clone is the same collection, so that what becomes known in a play is known to those who report it; [`Secrets::apart`]
/// is another one.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    /// In the order in which they became known.
    values: Vec<Arc<str>>,
    all: FxHashSet<Arc<str>>,
    /// How long they are together.
    length: usize,
    /// How long the longest of them is.
    longest: usize,
    /// Somebody gave more of them than are kept.
    over: bool,
    /// Each finds some of the values: the first of them most, every other at most half as many as the one before it, so
    /// that a value that becomes known is added to few and not to all. What is not in any is added when somebody looks.
    finders: Vec<Arc<Finder>>,
    /// How many values are in them.
    found: usize,
}

/// A value that was made of a secret, or that a server gave, is hidden from so many letters on: shorter ones tell little, and
/// stand in every other word.
const DERIVED: usize = 4;

/// A line of a value that has several is hidden by itself from so many letters on.
const LINE: usize = 8;

/// A value is remembered so far, in bytes; what begins with as much of it is hidden up to its end.
const LONGEST: usize = 4 << 10;

/// In so many places of one text they are hidden; what follows is hidden as a whole.
const MOST_PLACES: usize = 64 << 10;

impl Secrets {
    /// So many texts may be in one value that is a secret: a server gives a token, or a few.
    pub const LIST: usize = 1_000;

    /// What stands in place of a secret.
    pub const HIDDEN: &str = "***";

    /// How many values are remembered, and how many bytes of them. What one play gives beyond that ends it, and nothing that
    /// came on any connection is shown.
    pub const MOST: (usize, usize) = (64 << 10, 4 << 20);

    /// One more value that must not be seen. An empty one hides nothing.
    pub fn add(&self, value: &str) {
        let value = spelling::begin(value, LONGEST);
        let mut known = self.write();
        if value.is_empty() || known.all.contains(value) {
            return;
        }
        let (many, bytes) = Secrets::MOST;
        if known.values.len() >= many || known.length + value.len() > bytes {
            known.over = true;
            return;
        }
        known.keep(value.into());
    }

    /// A value that was made of a secret.
    pub(in crate::wire) fn derived(&self, value: &Value) {
        let text = super::pattern::value_text(value);
        if text.chars().nth(DERIVED - 1).is_some() {
            self.add(&text);
        }
    }

    /// A value that a server gave, and that is a secret by its name: every text in it.
    pub(in crate::wire) fn given(&self, value: &Value) {
        let mut left = vec![value];
        let mut texts = 0;
        while let Some(value) = left.pop() {
            match value {
                Value::String(_) | Value::Number(_) => {
                    texts += 1;
                    self.derived(value);
                }
                Value::Array(items) => left.extend(items),
                Value::Object(members) => left.extend(members.values()),
                Value::Null | Value::Bool(_) => {}
            }
            if texts > Secrets::LIST {
                self.write().over = true;
                return;
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).values.is_empty()
    }

    /// Whether more was given than can be hidden: then nothing that came on a connection may be shown.
    pub fn is_over(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).over
    }

    /// All of another collection too.
    pub fn merge(&self, other: &Secrets) {
        if Arc::ptr_eq(&self.known, &other.known) {
            return;
        }
        let (values, over) = {
            let theirs = other.known.read().unwrap_or_else(PoisonError::into_inner);
            (theirs.values.clone(), theirs.over)
        };
        let mut known = self.write();
        known.over |= over;
        // What several plays were given is hidden in all of their reports.
        for value in values {
            if !known.all.contains(&value) {
                known.keep(value);
            }
        }
    }

    /// The lines of those of another collection that have several, for texts that are seen line by line. Short ones stand in
    /// every other text.
    pub fn merge_lines(&self, other: &Secrets) {
        let theirs = other.known.read().unwrap_or_else(PoisonError::into_inner).values.clone();
        for value in theirs.iter().filter(|value| value.contains('\n')) {
            let lines = value.lines().map(str::trim).filter(|line| line.chars().nth(LINE - 1).is_some());
            lines.for_each(|line| self.add(line));
        }
    }

    /// How many are known: a text that was searched when there were as many need not be searched again.
    pub fn count(&self) -> usize {
        self.known.read().unwrap_or_else(PoisonError::into_inner).values.len()
    }

    /// Whether it is the same collection, and not only of the same values.
    pub fn is_same(&self, other: &Secrets) -> bool {
        Arc::ptr_eq(&self.known, &other.known)
    }

    /// A collection of its own that begins with these.
    #[must_use]
    pub fn apart(&self) -> Secrets {
        let apart = Secrets::default();
        apart.merge(self);
        apart
    }

    /// Whether a text has one of them in it, in any spelling that can be told from the text alone.
    pub fn are_in(&self, text: &str) -> bool {
        !self.places(text).is_empty()
    }

    /// A text without them: as they are, in whatever case, in JSON, in addresses, in markup, in hexadecimal, in Base64 or Base32, and inside
    /// such encodings of something longer.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.without(text, |_| Secrets::HIDDEN.to_owned())
    }

    /// A text without them in which every byte stands where it stood: for texts that places point into.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.without(text, |length| "*".repeat(length))
    }

    /// The begin of a text without them, so many bytes of it or a few less. One that goes on behind what is shown is found as
    /// well: whoever cuts a text first shows the begin of a secret. No more of it is looked at than that takes.
    pub fn begin(&self, text: &str, most: usize) -> String {
        let shown = spelling::begin(text, most);
        let mut places = self.places(spelling::begin(text, shown.len() + self.reach()));
        places.retain(|place| place.start < shown.len());
        places.iter_mut().for_each(|place| place.end = place.end.min(shown.len()));
        hide(shown, &places, |_| Secrets::HIDDEN.to_owned())
    }

    /// So much more of a text than is shown of it is looked at, so that none is missed.
    pub fn reach(&self) -> usize {
        windows::reach(self.longest())
    }

    fn without<'t>(&self, text: &'t str, hidden: impl Fn(usize) -> String) -> Cow<'t, str> {
        let places = self.places(text);
        if places.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(hide(text, &places, hidden)) }
    }

    /// Where they are, in order and apart from each other.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let finders = self.finders();
        let mut places = Vec::new();
        if finders.is_empty() {
            return places;
        }
        let cut = finders.iter().any(|finder| finder.is_cut());
        for window in windows::windows(text, self.longest()) {
            for place in inside(&finders, &text[window.clone()]) {
                let (start, end) = (window.start + place.start, window.start + place.end);
                // What is too long to be remembered goes on up to the end of the text.
                let endless = cut && end == window.end && place.len() >= LONGEST / 2;
                let end = if endless { text.len() } else { windows::behind(text, end) };
                places.push(windows::before(text, start)..end);
            }
            places = apart(places);
            if let Some(one_more) = places.get(MOST_PLACES) {
                let rest = one_more.start..text.len();
                places.truncate(MOST_PLACES);
                places.push(rest);
            }
            if places.last().is_some_and(|last| last.end == text.len()) {
                break;
            }
        }
        places
    }

    /// How long the longest of them is.
    fn longest(&self) -> usize {
        self.known.read().unwrap_or_else(PoisonError::into_inner).longest
    }

    /// What finds all that is known.
    fn finders(&self) -> Vec<Arc<Finder>> {
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if known.found == known.values.len() {
                return known.finders.clone();
            }
        }
        let known = &mut *self.write();
        let mut from = known.found;
        while let Some(last) = known.finders.last().filter(|last| last.count() < 2 * (known.values.len() - from)) {
            from -= last.count();
            known.finders.pop();
        }
        known.finders.push(Arc::new(Finder::new(&known.values[from..])));
        known.found = known.values.len();
        known.finders.clone()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text with something else in these places.
fn hide(text: &str, places: &[Range<usize>], hidden: impl Fn(usize) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    for place in places {
        out.push_str(&text[shown..place.start]);
        out.push_str(&hidden(place.len()));
        shown = place.end;
    }
    out.push_str(&text[shown..]);
    out
}

/// Where values stand in a part of a text.
fn inside(finders: &[Arc<Finder>], text: &str) -> Vec<Range<usize>> {
    let mut places = finder::places(finders, text);
    // What is a part of an address, or of a form, in whatever way. Each is dropped before the next is made.
    if let Some(address) = Unescaped::address(text) {
        places.extend(found(finder::plainly, finders, &address));
        places.extend(found(shifted::places, finders, &address));
    }
    places.extend(Unescaped::form(text).iter().flat_map(|form| found(finder::plainly, finders, form)));
    // What is written with numbers of characters: by itself, and once more in a text that quotes it.
    if let Some(plain) = Unescaped::of(text) {
        places.extend(found(finder::places, finders, &plain));
        if let Some(twice) = Unescaped::of(&plain.text) {
            places.extend(found(finder::places, finders, &twice).iter().map(|part| plain.place(part)));
        }
    }
    places
}

/// What finds values in a text.
type Places = fn(&[Arc<Finder>], &str) -> Vec<Range<usize>>;

/// Where values stand in what a text says, as places of the text itself.
fn found(places: Places, finders: &[Arc<Finder>], plain: &Unescaped) -> Vec<Range<usize>> {
    places(finders, &plain.text).iter().map(|part| plain.place(part)).collect()
}

/// The same places in order, and apart from each other.
fn apart(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    places.dedup_by(|next, last| {
        let touch = next.start < last.end;
        if touch {
            last.end = last.end.max(next.end);
        }
        touch
    });
    places
}

impl Known {
    fn keep(&mut self, value: Arc<str>) {
        self.length += value.len();
        self.longest = self.longest.max(value.len());
        self.values.push(value.clone());
        self.all.insert(value);
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.known.read().unwrap_or_else(PoisonError::into_inner).values.len())
    }
}
