//! Kinds of letters, and the runs of them in a text. A text may be as long as a frame, and is gone through a dozen times: each
//! letter costs one look at a table.

use std::ops::Range;

/// Which bytes are of a kind.
pub(super) type Kind = [bool; 256];

/// Whatever a word is made of that may be an encoding: letters of Base64, of hexadecimal, of addresses.
pub(super) const WORD: Kind = and(ALPHANUMERIC, b"+/-_=%.~");
/// What stands between the signs of an address that stand between its parts.
pub(super) const PART: Kind = and(ALPHANUMERIC, b"+/-_");
/// The same of a path.
pub(super) const STEP: Kind = and(ALPHANUMERIC, b"+-_");
/// The letters of Base64 in the standard alphabet.
pub(super) const BASE64: Kind = and(ALPHANUMERIC, b"+/");
pub(super) const ALPHANUMERIC: Kind = {
    let mut kind = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        kind[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    kind
};

const fn and(mut kind: Kind, signs: &[u8]) -> Kind {
    let mut at = 0;
    while at < signs.len() {
        kind[signs[at] as usize] = true;
        at += 1;
    }
    kind
}

/// The end of the run of such letters that begins here.
pub(super) fn end(text: &[u8], mut at: usize, kind: &Kind) -> usize {
    while at < text.len() && kind[text[at] as usize] {
        at += 1;
    }
    at
}

/// The runs of such letters, no shorter than this.
pub(super) fn runs<'t>(text: &'t [u8], kind: &'static Kind, least: usize) -> impl Iterator<Item = Range<usize>> + 't {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            at = end(text, at, kind);
            if at - start >= least {
                return Some(start..at);
            }
            at += usize::from(at == start);
        }
        None
    })
}
