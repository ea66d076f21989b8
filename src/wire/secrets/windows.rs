//! A long text in parts that are looked at one by one, so that what is made of it to look at is never as long as the text.

use std::ops::Range;

/// So many bytes of a text are looked at together.
const LENGTH: usize = 256 << 10;
/// So often the length of a value its longest spelling may be (encodings of encodings, a number for each letter), and what two
/// parts have in common.
const SPELLED: usize = 64;
const LEAST: usize = 32 << 10;

/// The parts of a text, where no value is longer than this.
pub(super) fn windows(text: &str, longest: usize) -> impl Iterator<Item = Range<usize>> {
    let common = reach(longest);
    let length = LENGTH.max(4 * common);
    let mut from = Some(0);
    std::iter::from_fn(move || {
        let start = from?;
        let end = behind(text, (start + length).min(text.len()));
        from = (end < text.len()).then(|| before(text, end - common));
        Some(start..end)
    })
}

/// No spelling of a value reaches further from where it begins, where none is longer than this.
pub(super) fn reach(longest: usize) -> usize {
    (SPELLED * longest).max(LEAST)
}

/// The begin of the letter that stands here.
pub(super) fn before(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The end of the letter that stands here, or the place itself between two.
pub(super) fn behind(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::{LONGEST, MOST_PLACES, Secrets};
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const SECRET: &str = "Tulip/71?~>x<\u{fc}\u{fc}ber";

    fn of(secret: &str) -> Secrets {
        let secrets = Secrets::default();
        secrets.add(secret);
        secrets
    }

    #[test]
    fn a_value_is_found_between_two_parts() {
        let secrets = of(SECRET);
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        let listed: String = SECRET.bytes().map(|byte| format!("{byte}, ")).collect();
        let numbers: String = SECRET.encode_utf16().map(|unit| format!("\\\\u{unit:04x}")).collect();
        let base64 = URL_SAFE_NO_PAD.encode(format!("<{SECRET}>"));
        for (form, said) in [SECRET, &hex, &listed, &numbers, &base64, &STANDARD.encode(&hex)].into_iter().enumerate() {
            let places = [
                (LENGTH - said.len(), "A", "\n"),
                (LENGTH - LEAST - 5, "0", if said.contains(',') { "(" } else { "" }),
                (LENGTH - 1, "\u{fc}", "("),
                (LENGTH, "\u{df} ", " "),
            ];
            // The plain one at each place, the others in turn.
            let chosen = |(place, _): &(usize, _)| form == 0 || *place == form % places.len();
            for (_, (at, before, between)) in places.into_iter().enumerate().filter(chosen) {
                let many = at / before.len();
                let behind = before.repeat(LEAST / before.len());
                let text = format!("{}{between}{said}{between}{behind}", before.repeat(many));
                let masked = secrets.mask(&text);
                assert_eq!(masked.len(), text.len());
                let gone = &masked[before.len() * many + between.len()..][4..said.len() - 4];
                assert!(gone.bytes().all(|byte| byte == b'*'), "{said} at {at} behind {before}: {gone}");
            }
        }
    }

    #[test]
    fn the_rest_is_hidden_of_what_is_too_long_to_be_remembered() {
        let long: String = (0..2 * LENGTH).map(|n| char::from(b'a' + (n * n % 23) as u8)).collect();
        let hex: String = long.bytes().map(|byte| format!("{byte:02x}")).collect();
        for said in [&long, &hex, &STANDARD.encode(format!("<{long}>")), &long.to_uppercase()] {
            for before in [1, LENGTH] {
                let text = format!("{}{said}", ".\n".repeat(before));
                let left = of(&long).redact(&text).into_owned();
                assert!(left.len() < 2 * before + 20, "{} of {}", left.len(), text.len());
            }
        }
        assert!(long.len() > LONGEST);
    }

    #[test]
    fn the_rest_is_hidden_where_there_are_very_many() {
        let left = of("a").redact(&"ab".repeat(2 * MOST_PLACES)).into_owned();
        assert_eq!(left.len(), "***b".len() * MOST_PLACES + "***".len());
    }
}
