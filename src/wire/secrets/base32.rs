//! Base32 (RFC 4648), of which a letter is five bits: in capitals or not, without what it may be filled up with.

/// The letters of the usual alphabet, and those of the one in which digits come first.
pub(super) const STANDARD: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
pub(super) const HEX: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// Eight letters are five bytes: so many ways there are to begin.
pub(super) const PHASES: usize = 8;

pub(super) fn encode(bytes: &[u8], alphabet: &[u8; 32]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut bits, mut many) = (0u32, 0);
    for byte in bytes {
        (bits, many) = (bits << 8 | u32::from(*byte), many + 8);
        while many >= 5 {
            many -= 5;
            out.push(char::from(alphabet[(bits >> many & 31) as usize]));
        }
        bits &= (1 << many) - 1;
    }
    if many > 0 {
        out.push(char::from(alphabet[(bits << (5 - many) & 31) as usize]));
    }
    out
}

/// The bytes that such letters say, wherever they end; none where another letter is among them.
pub(super) fn decode(letters: &[u8], alphabet: &[u8; 32]) -> Option<Vec<u8>> {
    let mut values = [u8::MAX; 256];
    for (value, letter) in (0..).zip(alphabet) {
        values[usize::from(*letter)] = value;
        values[usize::from(letter.to_ascii_uppercase())] = value;
    }
    let mut out = Vec::with_capacity(letters.len() * 5 / 8);
    let (mut bits, mut many) = (0u32, 0);
    for letter in letters {
        let value = values[usize::from(*letter)];
        if value == u8::MAX {
            return None;
        }
        (bits, many) = (bits << 5 | u32::from(value), many + 5);
        if many >= 8 {
            many -= 8;
            out.push((bits >> many & 255) as u8);
            bits &= (1 << many) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn it_is_that_of_the_standard() {
        let all = [("f", "MY", "CO"), ("fo", "MZXQ", "CPNG"), ("foobar", "MZXW6YTBOI", "CPNMUOJ1E8"), ("", "", "")];
        for (said, standard, hex) in all {
            for (letters, alphabet) in [(standard, STANDARD), (hex, HEX)] {
                assert_eq!(encode(said.as_bytes(), alphabet), letters.to_ascii_lowercase());
                assert_eq!(decode(letters.as_bytes(), alphabet).as_deref(), Some(said.as_bytes()));
            }
        }
        assert_eq!(decode(b"MY=", STANDARD), None);
    }
}
