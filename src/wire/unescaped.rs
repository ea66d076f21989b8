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

    /// As a part of an address (RFC 3986) and as a field of a form, where a blank is a plus sign.
    pub(super) fn addresses(text: &str) -> [Option<Unescaped>; 2] {
        let percent = text.contains('%').then(|| Unescaped::with(text, &['%'], percent)).flatten();
        let form = text.contains('+').then(|| Unescaped::with(text, &['%', '+'], form)).flatten();
        [percent, form]
    }

    /// With what follows each of these signs read.
    fn with(text: &str, signs: &[char], escape: fn(&str) -> Option<(char, usize)>) -> Option<Unescaped> {
        if !text.contains(signs) {
            return None;
        }
        let mut plain = Unescaped { text: String::with_capacity(text.len()), behind: Vec::new() };
        let mut at = 0;
        while let Some(sign) = text[at..].find(signs) {
            plain.text.push_str(&text[at..at + sign]);
            at += sign;
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
            from as usize + (at - plain as usize)
        };
        stood(part.start)..stood(part.end)
    }
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
    let byte = |index: usize| u8::from_str_radix(text.get(3 * index..)?.strip_prefix('%')?.get(..2)?, 16).ok();
    let first = byte(0)?;
    let length = match first {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let bytes: Vec<u8> = (0..length).map(byte).collect::<Option<_>>()?;
    Some((std::str::from_utf8(&bytes).ok()?.chars().next()?, 3 * length))
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
        let [plain, form] = Unescaped::addresses(text);
        let (plain, form) = (plain.expect("it is escaped"), form.expect("it is escaped"));
        assert_eq!((&*plain.text, &*form.text), ("a=a++ü%ff%4+x%", "a=a+ ü%ff%4 x%"));
        let start = form.text.find(" ü").expect("it is said");
        assert_eq!(&text[form.place(&(start..start + " ü".len()))], "+%C3%bc");
        assert!(Unescaped::addresses("100 & more").iter().all(Option::is_none));
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
        // Looked for no farther than a number goes: a text of nothing but beginnings is read in one go.
        assert!(Unescaped::of(&r"\u{".repeat(1 << 20)).is_none());
        assert!(Unescaped::of("a & b \\ c").is_none() && Unescaped::of("").is_none());
    }
}
