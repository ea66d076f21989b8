//! Text in which characters are written by their numbers, as JSON, JavaScript and markup may do: what it says, and where that
//! stands.

use std::ops::Range;

/// A text with its escapes resolved.
pub(super) struct Unescaped {
    pub text: String,
    /// Behind each escape: the byte of `text`, and the byte where it stood. Between two of them both go on alike.
    behind: Vec<(u32, u32)>,
}

impl Unescaped {
    /// None where nothing in it is escaped.
    pub(super) fn of(text: &str) -> Option<Unescaped> {
        Unescaped::with(text, &['\\', '&'], escape)
    }

    /// As a part of an address (RFC 3986).
    pub(super) fn address(text: &str) -> Option<Unescaped> {
        Unescaped::with(text, &['%'], percent)
    }

    /// As a field of a form, where a blank is a plus sign.
    pub(super) fn form(text: &str) -> Option<Unescaped> {
        text.contains('+').then(|| Unescaped::with(text, &['%', '+'], form)).flatten()
    }

    /// In the one case in which texts of whatever case are alike, but for the letters of ASCII; none where it is in that.
    pub(super) fn folded(text: &str) -> Option<Unescaped> {
        if text.is_ascii() {
            return None;
        }
        let mut plain = Unescaped { text: String::with_capacity(text.len()), behind: Vec::new() };
        for (at, c) in text.char_indices() {
            let long = plain.text.len();
            if c.is_ascii() {
                plain.text.push(c);
            } else {
                plain.text.extend(folds(c));
            }
            if plain.text.len() - long != c.len_utf8() {
                // No text is longer than files and frames may be.
                plain.behind.push((u32::try_from(plain.text.len()).ok()?, u32::try_from(at + c.len_utf8()).ok()?));
            }
        }
        (plain.text != text).then_some(plain)
    }

    /// With what follows each of these signs read.
    fn with(text: &str, signs: &[char], escape: fn(&str) -> Option<(char, usize)>) -> Option<Unescaped> {
        // Where each of them stands next: looked for anew once it is passed.
        let mut next: Vec<Option<usize>> = signs.iter().map(|sign| text.find(*sign)).collect();
        if next.iter().all(Option::is_none) {
            return None;
        }
        let mut plain = Unescaped { text: String::with_capacity(text.len()), behind: Vec::new() };
        let mut at = 0;
        loop {
            for (next, sign) in next.iter_mut().zip(signs) {
                if next.is_some_and(|next| next < at) {
                    *next = text[at..].find(*sign).map(|found| at + found);
                }
            }
            let Some(sign) = next.iter().flatten().min().copied() else { break };
            plain.text.push_str(&text[at..sign]);
            at = sign;
            let Some((said, length)) = escape(&text[at..]) else {
                plain.text.push_str(&text[at..=at]);
                at += 1;
                continue;
            };
            plain.text.push(said);
            at += length;
            // No text is longer than files and frames may be.
            plain.behind.push((u32::try_from(plain.text.len()).ok()?, u32::try_from(at).ok()?));
        }
        plain.text.push_str(&text[at..]);
        (!plain.behind.is_empty()).then_some(plain)
    }

    /// Where a part of the plain text stood.
    pub(super) fn place(&self, part: &Range<usize>) -> Range<usize> {
        let stood = |at: usize| {
            let before = self.behind.partition_point(|(plain, _)| *plain as usize <= at);
            let (plain, from) = before.checked_sub(1).map_or((0, 0), |index| self.behind[index]);
            // What stands for one letter may be longer than that.
            let next = self.behind.get(before).map_or(usize::MAX, |(_, next)| *next as usize);
            (from as usize + (at - plain as usize)).min(next)
        };
        stood(part.start)..stood(part.end)
    }
}

/// A text in the one case in which texts of whatever case are alike, but for the letters of ASCII.
pub(super) fn fold(text: &str) -> String {
    Unescaped::folded(text).map_or_else(|| text.to_owned(), |folded| folded.text)
}

/// A letter so: two of them that are each other's upper or lower case come to the same.
fn folds(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// The character that an escape at the beginning of a text stands for, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    if let Some(rest) = text.strip_prefix("\\u") {
        if let Some(braced) = rest.strip_prefix('{') {
            let digits = &braced[..braced.char_indices().take(9).find(|(_, c)| *c == '}')?.0];
            return Some((number(digits, 16)?, digits.len() + 4));
        }
        let first = u16::from_str_radix(rest.get(..4)?, 16).ok()?;
        let second = rest.get(4..10).and_then(|next| u16::from_str_radix(next.strip_prefix("\\u")?, 16).ok());
        let units = [first, second.unwrap_or_default()];
        return match char::decode_utf16(units).next()? {
            Ok(c) => Some((c, if c.len_utf16() == 2 { 12 } else { 6 })),
            Err(_) => None,
        };
    }
    if let Some(rest) = text.strip_prefix("\\x") {
        return Some((number(rest.get(..2)?, 16)?, 4));
    }
    if let Some(said) = octal(text) {
        return Some(said);
    }
    if let Some(rest) = text.strip_prefix('\\') {
        return rest.starts_with(['\\', '/', '"', '\'']).then(|| (char::from(rest.as_bytes()[0]), 2));
    }
    let name = text.strip_prefix('&')?;
    let name = &name[..name.char_indices().take(10).find(|(_, c)| *c == ';')?.0];
    let said = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16)?,
            None => number(digits, 10)?,
        },
        None => match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return None,
        },
    };
    Some((said, name.len() + 2))
}

/// The character whose bytes stand at the beginning of a text as `%c3%bc`, and their length.
fn percent(text: &str) -> Option<(char, usize)> {
    bytes(text, '%', |digits| Some((u8::from_str_radix(digits.get(..2)?, 16).ok()?, 2)))
}

/// The same as `\303\274`, as C, shells and git write it: a byte in three digits, or in as many as it takes.
fn octal(text: &str) -> Option<(char, usize)> {
    bytes(text, '\\', |digits| {
        let length = digits.bytes().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
        Some((u8::from_str_radix(&digits[..length], 8).ok()?, length))
    })
}

/// The character whose bytes are written so at the beginning of a text, each behind a sign.
fn bytes(text: &str, sign: char, byte: impl Fn(&str) -> Option<(u8, usize)>) -> Option<(char, usize)> {
    let (mut said, mut many, mut at) = ([0; 4], 0, 0);
    while many < said.len() {
        let (value, length) = byte(text.get(at..)?.strip_prefix(sign)?)?;
        (said[many], many, at) = (value, many + 1, at + sign.len_utf8() + length);
        if let Ok(text) = std::str::from_utf8(&said[..many]) {
            return Some((text.chars().next()?, at));
        }
    }
    None
}

/// The same in a form.
fn form(text: &str) -> Option<(char, usize)> {
    if text.starts_with('+') { Some((' ', 1)) } else { percent(text) }
}

fn number(digits: &str, radix: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_forms_are_read() {
        let text = "a=%61%2b+%C3%bc%ff%4+x%";
        let plain = Unescaped::address(text).expect("it is escaped");
        let form = Unescaped::form(text).expect("it is escaped");
        assert_eq!((&*plain.text, &*form.text), ("a=a++ü%ff%4+x%", "a=a+ ü%ff%4 x%"));
        let start = form.text.find(" ü").expect("it is said");
        assert_eq!(&text[form.place(&(start..start + " ü".len()))], "+%C3%bc");
        assert!(Unescaped::address("100 & more").is_none() && Unescaped::form("100 & more").is_none());
    }

    #[test]
    fn what_is_escaped_is_said_and_found_again() {
        let text = r#"é\u0061\uD83D\ude42\x62\/\\&#99;&#x64;&lt;&no;\u{65}\uD800\q"#;
        let plain = Unescaped::of(text).expect("it is escaped");
        assert_eq!(plain.text, r"éa🙂b/\cd<&no;e\uD800\q");
        let place = |part: &str| {
            let start = plain.text.find(part).expect("it is said");
            &text[plain.place(&(start..start + part.len()))]
        };
        assert_eq!(place("a🙂"), r"\u0061\uD83D\ude42");
        assert_eq!(place(r"b/\cd<&"), r"\x62\/\\&#99;&#x64;&lt;&");
        assert_eq!(place(r"\q"), r"\q");
        let plain = Unescaped::of(r"\303\274ber \101\1018 \999 \12 \777").expect("it is escaped");
        assert_eq!(plain.text, "über AA8 \\999 \n \\777");
        // Looked for no farther than a number goes: a text of nothing but beginnings is read in one go.
        assert!(Unescaped::of(&r"\u{".repeat(1 << 20)).is_none());
        assert!(Unescaped::of("a & b \\ c").is_none() && Unescaped::of("").is_none());
    }
}
