//! Values inside the Base64 of something longer, found without decoding it.
//!
//! Three bytes become four letters, so that a value has three spellings, by where its first byte falls. The letters that are
//! made of it alone are the same whatever stands before and behind: not even where the Base64 begins needs to be known, which a
//! text does not tell (`/path/YW5u…`, the `n` of `"\nYW5u…"`).

use super::LONGEST;
use super::finder::Heads;
use super::spelling::before_encoding;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::ops::Range;

/// A value of fewer bytes has too few letters of its own: they would stand in other words by chance.
const SHORTEST: usize = 6;

/// So many letters of a text are looked at together.
const WINDOW: usize = 256 << 10;
/// So many of them once more with those that follow: no less than the longest value has, every byte of which JSON may write as
/// six, and Base64 those as eight.
const OVERLAP: usize = 9 * LONGEST;

/// The letters of a value inside of Base64, in the standard alphabet.
pub(super) fn spellings(value: &str) -> Vec<String> {
    let mut all = Vec::new();
    for text in before_encoding(value).into_iter().filter(|text| text.len() >= SHORTEST) {
        for before in 0..3 {
            let bytes = [&b"\0\0"[..before], text.as_bytes()].concat();
            let letters = STANDARD_NO_PAD.encode(&bytes);
            // Letters of six bits that have none of what stands before or behind.
            all.push(letters[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned());
        }
    }
    all
}

/// Where such letters stand in a text, past line breaks and in both alphabets.
pub(super) fn places(finders: &[&Heads], text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    loop {
        let window = Window::read(text.as_bytes(), from);
        let last = window.letters.len();
        for place in finders.iter().flat_map(|heads| heads.places(&window.letters)) {
            // The letters beside it have some bits of the value too; a separator is no letter.
            let start = place.start - usize::from(window.is_letter(place.start.wrapping_sub(1)));
            let end = window.stood(place.end - usize::from(!window.is_letter(place.end))) + 1;
            // What is too long to be remembered goes on up to the end of the text.
            let endless = place.end == last && place.len() > OVERLAP;
            found.push(window.stood(start)..if endless { text.len() } else { end });
        }
        if window.end == text.len() {
            return found;
        }
        from = window.stood(last - OVERLAP);
    }
}

/// The letters of Base64 in a part of a text: without line breaks, as such or escaped, and with one separator for whatever else
/// stands between two of them.
struct Window {
    letters: String,
    /// From where on they stand side by side: the place here, and that in the text.
    runs: Vec<(usize, usize)>,
    /// How far the text was read.
    end: usize,
}

impl Window {
    const SEPARATOR: char = '.';

    fn read(text: &[u8], from: usize) -> Window {
        let capacity = WINDOW.min(text.len() - from);
        let mut window = Window { letters: String::with_capacity(capacity), runs: Vec::new(), end: from };
        let skip = |at: usize, of: &[u8]| at + text[at..].iter().take_while(|byte| of.contains(byte)).count();
        let mut at = from;
        while at < text.len() && window.letters.len() < WINDOW {
            let here = at;
            at += 1;
            match text[here] {
                b'-' => window.push('+', here),
                b'_' => window.push('/', here),
                letter if letter.is_ascii_alphanumeric() || letter == b'+' || letter == b'/' => {
                    window.push(char::from(letter), here);
                }
                // The next line may be indented.
                b'\r' | b'\n' => at = skip(at, b"\r\n \t"),
                b'\\' => {
                    at = skip(at, b"\\");
                    match text.get(at) {
                        Some(b'n' | b'r' | b't') => at = skip(at + 1, b" \t"),
                        Some(b'/') => {}
                        Some(_) | None => window.separate(here),
                    }
                }
                _ => window.separate(here),
            }
        }
        window.end = at;
        window
    }

    fn push(&mut self, letter: char, stood: usize) {
        let beside = self.runs.last().is_some_and(|(here, there)| self.letters.len() - here == stood - there);
        if !beside {
            self.runs.push((self.letters.len(), stood));
        }
        self.letters.push(letter);
    }

    fn separate(&mut self, stood: usize) {
        if !self.letters.ends_with(Window::SEPARATOR) {
            self.push(Window::SEPARATOR, stood);
        }
    }

    fn is_letter(&self, at: usize) -> bool {
        self.letters.as_bytes().get(at).is_some_and(|byte| *byte != Window::SEPARATOR as u8)
    }

    /// Where one of them stood in the text.
    fn stood(&self, at: usize) -> usize {
        let (here, there) = self.runs[self.runs.partition_point(|(here, _)| *here <= at) - 1];
        there + (at - here)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Secrets;
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const SECRET: &str = "Tulip/71?~>x<\u{fc}\u{fc}ber";

    /// What is left of a text, of which nothing of the secret may be.
    fn left(secret: &str, text: &str) -> String {
        left_by(&of(secret), text)
    }

    fn of(secret: &str) -> Secrets {
        let secrets = Secrets::default();
        secrets.add(secret);
        secrets
    }

    fn left_by(secrets: &Secrets, text: &str) -> String {
        assert_eq!(secrets.mask(text).len(), text.len());
        secrets.redact(text).into_owned()
    }

    #[test]
    fn a_value_is_found_wherever_base64_begins_and_breaks() {
        let secrets = of(SECRET);
        let before = ["", "/x/", "user_", "a-", "+", "abc", "x\\n", "\\\\r\\\\n", "v1.", "\u{fc}", "%0A"];
        let breaks = ["", "\n", "\r\n", "\\n", "\\r\\n", "\\\\n", "\n   ", "%0D%0A", "&#10;", "\\u000a"];
        for (phase, glue) in before.iter().enumerate().flat_map(|at| [0, 1, 2].map(|phase| (phase, *at.1))) {
            let said = format!("{}{SECRET}!!", "<<<".split_at(phase).0);
            for letters in [STANDARD.encode(&said), URL_SAFE_NO_PAD.encode(&said)] {
                for (between, column) in breaks.iter().flat_map(|between| [4, 7, 10].map(|column| (between, column))) {
                    let lines: Vec<&str> = letters
                        .as_bytes()
                        .chunks(column)
                        .map(|line| std::str::from_utf8(line).expect("ASCII"))
                        .collect();
                    let text = format!("({glue}{}tail)", lines.join(between));
                    let left = left_by(&secrets, &text).replace(between, "");
                    assert!(left.contains(Secrets::HIDDEN) && left.len() < glue.len() + 25, "{text}: {left}");
                }
            }
        }
    }

    #[test]
    fn a_value_is_found_in_base64_of_whatever_json() {
        let go = SECRET.replace('<', "\\u003c").replace('>', "\\u003e");
        let python = SECRET.replace('\u{fc}', "\\u00fc");
        let php = python.replace('/', "\\/");
        for json in [SECRET, &go, &python, &php] {
            for before in ["{\"a\":\"", "{\"ab\":\"", "{\"abc\":\""] {
                let text = STANDARD.encode(format!("{before}{json}\"}}"));
                assert!(left(SECRET, &format!("a\\n{text}")).len() < 30, "{json}");
            }
        }
    }

    #[test]
    fn a_value_is_found_between_two_windows() {
        let letters = URL_SAFE_NO_PAD.encode(format!("<{SECRET}>"));
        for at in [WINDOW - letters.len(), WINDOW - 9, WINDOW - 1, WINDOW, 3 * WINDOW - OVERLAP - 5] {
            let (before, behind) = ("A".repeat(at), "A".repeat(WINDOW));
            let left = left(SECRET, &format!("{before}\n{letters}\n{behind}"));
            let parts: Vec<&str> = left.split(Secrets::HIDDEN).collect();
            assert!(matches!(parts[..], [one, other] if one.len() >= at && other.len() > WINDOW), "{at}");
        }
        // Longer than what is remembered of it.
        let long: String = (0..WINDOW).map(|n| char::from(b'a' + (n * n % 23) as u8)).collect();
        let text = format!("a-{}", STANDARD.encode(format!("<{long}>")));
        assert!(left(&long, &text).len() < 10);
    }

    #[test]
    fn what_is_short_or_no_base64_of_it_stays() {
        assert!(spellings("pin77").is_empty());
        assert!(spellings("pin777").iter().all(|letters| letters.len() >= 7));
        let plain = "a/long-path/of_the/server.js\\nname=somebody YW5uOnNvbWVib2R5\r\n";
        assert_eq!(left(SECRET, plain), plain);
        assert_eq!(Window::read(b"a-b_\\n  c\\/d: \"\\x\r\n", 0).letters, "a+b/c/d.x");
    }
}
