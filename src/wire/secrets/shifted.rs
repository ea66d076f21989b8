//! Values inside the Base64 of something longer.
//!
//! Where it begins, a text does not tell (`/path/YW5u…`, the `n` of `"\nYW5u…"`), nor which line breaks are its own: whatever
//! stands side by side but for breaks is decoded from each of its first four letters.

use super::finder::{DEPTH, Finder, WORD, reveals_any, within};
use super::letters;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use std::ops::Range;
use std::sync::Arc;

/// Four letters are three bytes: so many ways there are to begin.
pub(super) const PHASES: usize = 4;

const LENIENT: GeneralPurpose = GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Where values stand in a text that is decoded so, past line breaks and in both alphabets.
pub(super) fn places(finders: &[Arc<Finder>], text: &str) -> Vec<Range<usize>> {
    let letters = Letters::read(text.as_bytes());
    let mut found = Vec::new();
    for run in letters.runs() {
        for start in (run.start..run.end).take(PHASES) {
            let Some(said) = encoded_letters(&letters.letters[start..run.end]) else { continue };
            for place in within(finders, &said) {
                // The letters at both ends have some bits of what stands beside it, too.
                let letter = start + place.start * 4 / 3..start + (place.end * 4).div_ceil(3);
                found.push(letters.stood(letter.start)..letters.stood(letter.end - 1) + 1);
            }
            if reveals_any(finders, &said, DEPTH - 1) {
                found.push(letters.stood(run.start)..letters.stood(run.end - 1) + 1);
            }
        }
    }
    found
}

/// What letters of the standard alphabet say, wherever they end.
pub(super) fn encoded_letters(letters: &str) -> Option<Vec<u8>> {
    let whole = letters.len() - usize::from(letters.len() % 4 == 1);
    LENIENT.decode(&letters[..whole]).ok()
}

/// The letters of Base64 in a text: without line breaks, as such or escaped, and with one separator for whatever else
/// stands between two of them.
struct Letters {
    letters: String,
    /// From where on they stand side by side: the place here, and that in the text.
    beside: Vec<(usize, usize)>,
}

impl Letters {
    const SEPARATOR: &str = ".";

    fn read(text: &[u8]) -> Letters {
        let mut all = Letters { letters: String::with_capacity(text.len()), beside: Vec::new() };
        let skip = |at: usize, of: &[u8]| at + text[at..].iter().take_while(|byte| of.contains(byte)).count();
        let mut at = 0;
        while at < text.len() {
            let here = at;
            at += 1;
            match text[here] {
                b'-' => all.push("+", here),
                b'_' => all.push("/", here),
                letter if letters::BASE64[letter as usize] => {
                    at = letters::end(text, here, &letters::BASE64);
                    all.push(std::str::from_utf8(&text[here..at]).unwrap_or_default(), here);
                }
                // The next line may be indented.
                b'\r' | b'\n' => at = skip(at, b"\r\n \t"),
                b'\\' => {
                    at = skip(at, b"\\");
                    match text.get(at) {
                        Some(b'n' | b'r' | b't') => at = skip(at + 1, b" \t"),
                        Some(b'/') => {}
                        Some(_) | None => all.separate(here),
                    }
                }
                _ => all.separate(here),
            }
        }
        all
    }

    fn push(&mut self, letters: &str, stood: usize) {
        let beside = self.beside.last().is_some_and(|(here, there)| self.letters.len() - here == stood - there);
        if !beside {
            self.beside.push((self.letters.len(), stood));
        }
        self.letters.push_str(letters);
    }

    fn separate(&mut self, stood: usize) {
        if !self.letters.ends_with(Letters::SEPARATOR) {
            self.push(Letters::SEPARATOR, stood);
        }
    }

    /// The letters between two separators, where they are enough to say anything.
    fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        letters::runs(self.letters.as_bytes(), &letters::BASE64, WORD)
    }

    /// Where one of them stood in the text.
    fn stood(&self, at: usize) -> usize {
        let (here, there) = self.beside[self.beside.partition_point(|(here, _)| *here <= at) - 1];
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
        let net: String = SECRET.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect();
        let upper = SECRET.to_uppercase();
        for json in [SECRET, &go, &python, &php, &net, &upper] {
            for before in ["{\"a\":\"", "{\"ab\":\"", "{\"abc\":\""] {
                let text = STANDARD.encode(format!("{before}{json}\"}}"));
                let left = left(SECRET, &format!("a\\n{text}"));
                assert!(left.contains(Secrets::HIDDEN) && left.len() < 30, "{json}: {left}");
            }
        }
    }

    #[test]
    fn what_is_short_or_no_base64_of_it_stays() {
        let plain = "a/long-path/of_the/server.js\\nname=somebody YW5uOnNvbWVib2R5\r\n";
        assert_eq!(left(SECRET, plain), plain);
        assert_eq!(Letters::read(b"a-b_\\n  c\\/d: \"\\x\r\n").letters, "a+b/c/d.x");
    }
}
