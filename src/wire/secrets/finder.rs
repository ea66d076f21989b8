use super::base32;
use super::letters::{self, runs};
use super::listed::lists;
use super::shifted::{self, PHASES, encoded_letters};
use super::spelling::{begin, spellings};
use super::{DERIVED, LONGEST};
use crate::wire::pattern::from_hex;
use crate::wire::unescaped::{Unescaped, fold};
use aho_corasick::{AhoCorasick, MatchKind};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// So often it is tried to decode a word that is not a secret as it stands: chains of encodings.
pub(super) const DEPTH: usize = 3;

/// A word shorter than this is no encoding of anything.
pub(super) const WORD: usize = 8;

/// So much of a spelling, in bytes, is looked for everywhere; the rest is only compared where that stands. What finds all
/// spellings at once takes many times as much memory as they do.
const HEAD: usize = 64;
/// The same of a spelling in hexadecimal digits, of which a letter takes two to four.
const HEX_HEAD: usize = 24;

/// Finds values in any spelling.
pub(super) struct Finder {
    count: usize,
    /// One of them was longer than what is remembered of it.
    cut: bool,
    /// All of them, as they stand.
    plain: Arc<Heads>,
    /// Those that are long enough not to stand in any other word by chance, once that is decoded.
    within: Arc<Heads>,
}

/// Spellings, longest first and in whatever case.
pub(super) struct Heads {
    /// Finds how they begin; none where that is more than can be counted.
    finder: Option<AhoCorasick>,
    /// What each may go on with, in lower case and in order; whether the value was longer than what is remembered of it.
    tails: Vec<Vec<(String, bool)>>,
}

impl Finder {
    pub(super) fn new(values: &[Arc<str>]) -> Finder {
        let long = |value: &&Arc<str>| value.chars().nth(DERIVED - 1).is_some();
        let plain = Arc::new(Heads::new(values.iter()));
        let all = values.iter().all(|value| long(&value));
        let within = if all { plain.clone() } else { Arc::new(Heads::new(values.iter().filter(long))) };
        Finder { count: values.len(), cut: values.iter().any(|value| is_cut(value)), plain, within }
    }

    /// How many values it finds.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether one of them goes on behind what is remembered of it.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }
}

/// The bytes of a character at most (`char::MAX_LEN_UTF8`, which the oldest toolchain that is supported does not have).
const LONGEST_CHAR: usize = 4;

fn is_cut(value: &str) -> bool {
    value.len() + LONGEST_CHAR > LONGEST
}

impl Heads {
    fn new<'v>(values: impl Iterator<Item = &'v Arc<str>>) -> Heads {
        let mut known: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
        for value in values {
            let cut = is_cut(value);
            for spelling in spellings(value) {
                let mut spelling = fold(&spelling);
                spelling.make_ascii_lowercase();
                let hex = spelling.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b' ');
                let tail = spelling.split_off(begin(&spelling, if hex { HEX_HEAD } else { HEAD }).len());
                if !spelling.is_empty() {
                    *known.entry(spelling).or_default().entry(tail).or_default() |= cut;
                }
            }
        }
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true);
        let finder = builder.build(known.keys()).ok();
        Heads { finder, tails: known.into_values().map(|tails| tails.into_iter().collect()).collect() }
    }

    /// Where they stand in a text.
    pub(super) fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        let Some(finder) = &self.finder else { return places };
        for found in finder.find_iter(text) {
            let (start, mut end) = (found.start(), found.end());
            if places.last().is_some_and(|last| end <= last.end) {
                continue;
            }
            end += longest(&self.tails[found.pattern().as_usize()], &text[end..]);
            places.push(start..end);
        }
        places
    }

    fn are_in(&self, text: &[u8]) -> bool {
        self.finder.as_ref().is_some_and(|finder| finder.is_match(text))
    }
}

/// How much of a text, from its beginning, is the beginning of one of these.
fn longest(tails: &[(String, bool)], text: &[u8]) -> usize {
    let lower = || text.iter().map(|byte| byte.to_ascii_lowercase());
    // The one that has most in common with it stands beside its place among them.
    let place = tails.partition_point(|(tail, _)| tail.bytes().lt(lower()));
    let near = &tails[place.saturating_sub(1)..(place + 1).min(tails.len())];
    let length = |(tail, cut): &(String, bool)| {
        let same = tail.bytes().zip(lower()).take_while(|(one, other)| one == other).count();
        // Base64 ends otherwise where it goes on.
        if *cut && same + 4 >= tail.len() { text.len() } else { same }
    };
    near.iter().map(length).max().unwrap_or_default()
}

/// Where values stand in a text, as it is and in what it is an encoding of.
pub(super) fn places(finders: &[Arc<Finder>], text: &str) -> Vec<Range<usize>> {
    let mut all = plainly(finders, text);
    let words = runs(text.as_bytes(), &letters::WORD, WORD);
    all.extend(words.filter(|word| reveals(finders, &text[word.clone()], DEPTH)));
    let listed = lists(text).into_iter().filter(|(_, bytes)| bytes.len() >= DERIVED);
    all.extend(listed.filter_map(|(place, bytes)| are_in(finders, &bytes).then_some(place)));
    all.extend(shifted::places(finders, text));
    all
}

/// Where values stand in a text as it is.
pub(super) fn plainly(finders: &[Arc<Finder>], text: &str) -> Vec<Range<usize>> {
    standing(finders, text, |finder| &finder.plain)
}

/// Where values stand in bytes that were decoded, as they are and as JSON writes them.
pub(super) fn within(finders: &[Arc<Finder>], bytes: &[u8]) -> Vec<Range<usize>> {
    let find = |bytes: &[u8]| finders.iter().flat_map(|finder| finder.within.places(bytes)).collect::<Vec<_>>();
    let mut all = find(bytes);
    if bytes.is_ascii() && !bytes.contains(&b'\\') && !bytes.contains(&b'&') {
        return all;
    }
    // Of what is decoded wrongly next to nothing is text.
    let mut from = 0;
    for part in bytes.utf8_chunks() {
        let text = part.valid();
        if text.len() >= DERIVED {
            let mut more = |plain: &Unescaped| {
                let places = find(plain.text.as_bytes());
                all.extend(
                    places.iter().map(|place| plain.place(place)).map(|place| from + place.start..from + place.end),
                );
            };
            Unescaped::folded(text).iter().for_each(&mut more);
            if let Some(plain) = Unescaped::of(text) {
                more(&plain);
                if let Some(folded) = Unescaped::folded(&plain.text) {
                    let places = find(folded.text.as_bytes());
                    let places = places.iter().map(|place| plain.place(&folded.place(place)));
                    all.extend(places.map(|place| from + place.start..from + place.end));
                }
            }
        }
        from += text.len() + part.invalid().len();
    }
    all
}

/// Where they stand in whatever case: that of ASCII makes no difference to what finds them.
fn standing(finders: &[Arc<Finder>], text: &str, heads: fn(&Finder) -> &Heads) -> Vec<Range<usize>> {
    let find = |text: &str| finders.iter().flat_map(|finder| heads(finder).places(text.as_bytes())).collect::<Vec<_>>();
    match Unescaped::folded(text) {
        Some(folded) => find(&folded.text).iter().map(|part| folded.place(part)).collect(),
        None => find(text),
    }
}

/// Whether one stands in bytes that were decoded.
fn are_in(finders: &[Arc<Finder>], bytes: &[u8]) -> bool {
    let find = |bytes: &[u8]| finders.iter().any(|finder| finder.within.are_in(bytes));
    let folded = |text: &str| Unescaped::folded(text).is_some_and(|folded| find(folded.text.as_bytes()));
    find(bytes)
        || !bytes.is_ascii() && bytes.utf8_chunks().any(|part| part.valid().len() >= DERIVED && folded(part.valid()))
}

/// Whether what a word among these bytes is an encoding of has a secret in it.
pub(super) fn reveals_any(finders: &[Arc<Finder>], bytes: &[u8], depth: usize) -> bool {
    depth > 0
        && runs(bytes, &letters::WORD, WORD)
            .any(|word| std::str::from_utf8(&bytes[word]).is_ok_and(|word| reveals(finders, word, depth)))
}

/// Whether what a word is an encoding of has a secret in it. What is part of an address (`a=b&c=d`) is looked at in parts.
fn reveals(finders: &[Arc<Finder>], word: &str, depth: usize) -> bool {
    let inside = |bytes: Vec<u8>| are_in(finders, &bytes) || reveals_any(finders, &bytes, depth - 1);
    if word.contains('%') {
        let plain: Vec<u8> = percent_decode_str(word).collect();
        if plain.len() < word.len() && inside(plain) {
            return true;
        }
    }
    // What is decoded already may be a part of something longer, which begins anywhere; of a whole text `shifted` sees to that.
    let phases = if depth == DEPTH { 1 } else { PHASES };
    // A name and a value (`key=…`), a path, a token in parts: each may be one.
    let parts = runs(word.as_bytes(), &letters::PART, WORD);
    let steps = runs(word.as_bytes(), &letters::STEP, WORD).filter(|step| step.len() < word.len());
    parts.chain(steps).any(|part| {
        let part = &word[part];
        let hex = || (0..2).filter_map(|start| from_hex(&part[start..part.len() - (part.len() - start) % 2]));
        let base32 = || {
            [base32::STANDARD, base32::HEX].into_iter().flat_map(|alphabet| {
                // The letters at the beginning are looked at once, and not where they are none of these.
                let most = if base32::decode(part.as_bytes(), alphabet).is_some() { base32::PHASES } else { 0 };
                (0..most).filter_map(move |start| base32::decode(part.as_bytes().get(start..)?, alphabet))
            })
        };
        hex().any(inside) || base32().any(inside) || {
            let letters =
                if part.contains('-') || part.contains('_') { &part.replace('-', "+").replace('_', "/") } else { part };
            (0..phases).filter_map(|start| encoded_letters(letters.get(start..)?)).any(inside)
        }
    })
}
