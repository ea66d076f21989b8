use super::listed::lists;
use super::shifted;
use super::spelling::{begin, spellings};
use super::{DERIVED, LONGEST};
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// So often it is tried to decode a word that is not a secret as it stands: chains of encodings.
const DEPTH: usize = 3;

/// A word shorter than this is no encoding of anything.
const WORD: usize = 8;

/// So much of a spelling, in bytes, is looked for everywhere; the rest is only compared where that stands. What finds all
/// spellings at once takes many times as much memory as they do.
const HEAD: usize = 64;
/// The same of a spelling in hexadecimal digits, of which a letter takes two to four.
const HEX_HEAD: usize = 24;
/// The same of Base64 inside of something longer, of which every value has three.
const SHIFTED_HEAD: usize = 24;

/// Finds values in any spelling.
pub(super) struct Finder {
    count: usize,
    /// All of them, as they stand.
    plain: Arc<Heads>,
    /// Those that are long enough not to stand in any other word by chance, once that is decoded.
    within: Arc<Heads>,
    /// What of their Base64 is the same whatever stands before and behind.
    shifted: Heads,
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
        let plain = Arc::new(Heads::new(values.iter(), spellings, HEAD));
        let all = values.iter().all(|value| long(&value));
        let within =
            if all { plain.clone() } else { Arc::new(Heads::new(values.iter().filter(long), spellings, HEAD)) };
        let shifted = Heads::new(values.iter(), shifted::spellings, SHIFTED_HEAD);
        Finder { count: values.len(), plain, within, shifted }
    }

    /// How many values it finds.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

/// The bytes of a character at most (`char::MAX_LEN_UTF8`, which the oldest toolchain that is supported does not have).
const LONGEST_CHAR: usize = 4;

impl Heads {
    fn new<'v>(values: impl Iterator<Item = &'v Arc<str>>, spellings: fn(&str) -> Vec<String>, head: usize) -> Heads {
        let mut known: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
        for value in values {
            let cut = value.len() + LONGEST_CHAR > LONGEST;
            for mut spelling in spellings(value) {
                spelling.make_ascii_lowercase();
                let hex = spelling.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b' ');
                let tail = spelling.split_off(begin(&spelling, if hex { HEX_HEAD } else { head }).len());
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
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        let Some(finder) = &self.finder else { return places };
        for found in finder.find_iter(text) {
            // A match is of whole letters: a head begins and ends with one.
            let (start, mut end) = (found.start(), found.end());
            if places.last().is_some_and(|last| end <= last.end) {
                continue;
            }
            end += longest(&self.tails[found.pattern().as_usize()], &text[end..]);
            while !text.is_char_boundary(end) {
                end += 1;
            }
            places.push(start..end);
        }
        places
    }

    fn are_in(&self, text: &str) -> bool {
        self.finder.as_ref().is_some_and(|finder| finder.is_match(text))
    }
}

/// How much of a text, from its beginning, is the beginning of one of these.
fn longest(tails: &[(String, bool)], text: &str) -> usize {
    let lower = || text.bytes().map(|byte| byte.to_ascii_lowercase());
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
    let words = words(text).filter(|word| reveals(finders, &text[word.clone()], DEPTH));
    let within = |bytes: &[u8]| {
        let said = String::from_utf8_lossy(bytes);
        finders.iter().any(|finder| finder.within.are_in(&said))
    };
    let listed = lists(text).into_iter().filter(|(_, bytes)| bytes.len() >= DERIVED && within(bytes));
    let mut all = plainly(finders, text);
    all.extend(words.chain(listed.map(|(place, _)| place)));
    all.extend(within_base64(finders, text));
    all
}

/// Where the Base64 of something longer has values in it, wherever it begins.
pub(super) fn within_base64(finders: &[Arc<Finder>], text: &str) -> Vec<Range<usize>> {
    let heads: Vec<&Heads> =
        finders.iter().map(|finder| &finder.shifted).filter(|heads| !heads.tails.is_empty()).collect();
    if heads.is_empty() { Vec::new() } else { shifted::places(&heads, text) }
}

/// Where values stand in a text as it is.
pub(super) fn plainly(finders: &[Arc<Finder>], text: &str) -> Vec<Range<usize>> {
    finders.iter().flat_map(|finder| finder.plain.places(text)).collect()
}

/// The parts of a text that may be an encoding of something: runs of the letters of Base64, of hexadecimal, of addresses.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=%.~".contains(byte);
    let bytes = text.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        while from < bytes.len() {
            let start = from + bytes[from..].iter().position(letter)?;
            let length = bytes[start..].iter().position(|byte| !letter(byte)).unwrap_or(bytes.len() - start);
            from = start + length;
            if length >= WORD {
                return Some(start..from);
            }
        }
        None
    })
}

/// Whether a word, or what it is an encoding of, has a secret in it. What is part of an address (`a=b&c=d`) is looked at in parts.
fn reveals(finders: &[Arc<Finder>], word: &str, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    // One decoded text at a time: a word may be as long as a frame.
    let inside = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap_or_else(|why| String::from_utf8_lossy(why.as_bytes()).into_owned());
        finders.iter().any(|finder| finder.within.are_in(&text))
            || words(&text).any(|word| reveals(finders, &text[word], depth - 1))
    };
    if word.contains('%') {
        let plain: Vec<u8> = percent_decode_str(word).collect();
        if plain.len() < word.len() && inside(plain) {
            return true;
        }
    }
    // A name and a value (`key=…`), a path, a token in parts: each may be one.
    let parts = word.split(['=', '.', '%', '~']).filter(|part| part.len() >= WORD);
    let slashed = word.split('/').filter(|part| part.len() >= WORD && part.len() < word.len());
    parts.chain(slashed).any(|part| {
        let safe = part.contains('-') || part.contains('_');
        let base64 = || if safe { URL_SAFE_NO_PAD.decode(part) } else { STANDARD_NO_PAD.decode(part) };
        unhex(part).is_some_and(inside) || base64().is_ok_and(inside)
    })
}

/// The bytes of hexadecimal digits.
fn unhex(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8);
    digits.len().is_multiple_of(2).then(|| digits.as_bytes().chunks_exact(2).map(pair).collect()).flatten()
}
