//! Bytes that are written one by one, in whatever way a program prints them: `73:65:63`, `73-65-63`, `7365 6372`,
//! `0x73, 0x65`, `[115, 101, 99]`, one below the other.

use super::letters;
use std::ops::Range;

/// What stands between two of them: so many characters at most.
const BETWEEN: usize = 6;
/// Digits that stand together at most: a dump has two or four, or eight or sixteen.
const GROUP: usize = 16;

/// A list that is being read.
#[derive(Default)]
struct List {
    bytes: Vec<u8>,
    groups: usize,
    place: Range<usize>,
}

impl List {
    /// One more group of it; none where this is none, which ends it.
    fn add(&mut self, group: Option<Vec<u8>>, place: &Range<usize>) -> Option<List> {
        let Some(bytes) = group else { return self.end() };
        if self.groups == 0 {
            self.place = place.clone();
        }
        self.place.end = place.end;
        self.groups += 1;
        self.bytes.extend(bytes);
        None
    }

    /// What was read, where it is more than one number.
    fn end(&mut self) -> Option<List> {
        let list = std::mem::take(self);
        (list.groups > 1).then_some(list)
    }
}

/// The lists of bytes in a text: where each stands, and what it says.
pub(super) fn lists(text: &str) -> Vec<(Range<usize>, Vec<u8>)> {
    let bytes = text.as_bytes();
    let (mut hex, mut decimal, mut octal) = (List::default(), List::default(), List::default());
    let mut found = Vec::new();
    let mut at = 0;
    let mut last = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let place = at..letters::end(bytes, at, &letters::ALPHANUMERIC);
        at = place.end;
        let between = &bytes[last..place.start];
        if between.len() > BETWEEN || !between.iter().all(|byte| b":-,;|_ \t\r\n\"'\\[]{}".contains(byte)) {
            found.extend(hex.end().into_iter().chain(decimal.end()).chain(octal.end()));
        }
        last = place.end;
        // Between two characters of ASCII, or at the ends.
        let word = &text[place.clone()];
        found.extend(hex.add(digits(word), &place));
        found.extend(decimal.add(number(word), &place));
        found.extend(octal.add(three(word), &place));
    }
    found.extend(hex.end().into_iter().chain(decimal.end()).chain(octal.end()));
    found.into_iter().map(|list| (list.place, list.bytes)).collect()
}

/// A group of hexadecimal digits.
fn digits(word: &str) -> Option<Vec<u8>> {
    let marked = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).or_else(|| word.strip_prefix('x'));
    let digits = marked.unwrap_or(word);
    if digits.is_empty() || digits.len() > GROUP || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        1 if marked.is_some() => Some(vec![u8::from_str_radix(digits, 16).ok()?]),
        _ => crate::wire::pattern::from_hex(digits),
    }
}

/// A byte in decimal digits.
fn number(word: &str) -> Option<Vec<u8>> {
    (word.len() <= 3).then(|| word.parse().ok()).flatten().map(|byte| vec![byte])
}

/// A byte in octal digits, as dumps have it.
fn three(word: &str) -> Option<Vec<u8>> {
    (word.len() == 3).then(|| u8::from_str_radix(word, 8).ok()).flatten().map(|byte| vec![byte])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_one_by_one_are_read_however_they_are_written() {
        for text in [
            "73:65:63:72",
            "73-65-63-72",
            "73 65 63 72",
            "7365 6372",
            "0x73,0x65, 0x63,0x72",
            "0x73 0x65 0x63 0x72",
            "[\"73\",\"65\",\"63\",\"72\"]",
            "73\n65\n63\n72",
            "115,101,99,114",
            "163 145 143 162",
            "\\163\\145\\143\\162",
            "[115, 101, 99, 114]",
            "{115; 101; 99; 114}",
        ] {
            let text = format!("(x {text} y)");
            let said = lists(&text).into_iter().any(|(place, bytes)| bytes == b"secr" && text[place].len() > 8);
            assert!(said, "{text}: {:?}", lists(&text));
        }
        assert!(lists("a long text in plain words, 2026-11-30 at 06:07").iter().all(|(_, bytes)| bytes.len() < 8));
    }
}
