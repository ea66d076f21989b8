//! Texts and names as Mermaid spells them: `#35;` for a sign, `<br/>` for a line break, `wrap:` in front.

use super::entities;
use super::reader::skip_blank;
use std::borrow::Cow;
use std::ops::Range;

/// What stands in front of a text and says how it is broken into lines.
const WRAPS: [(&str, &str); 2] = [("wrap:", "wrap"), ("nowrap:", "nowrap")];

/// A text without its spelling, and `wrap` or `nowrap` where that stands before it.
pub(super) fn read_text(raw: &str) -> (String, Option<&'static str>) {
    let raw = raw.trim();
    let behind = raw.strip_prefix(':').unwrap_or(raw);
    let wrap = WRAPS.into_iter().find(|(prefix, _)| behind.starts_with(prefix));
    let text = wrap.map_or(raw, |(prefix, _)| behind[prefix.len()..].trim());
    (decode(&breaks(text)), wrap.map(|(_, word)| word))
}

/// A name without its spelling.
pub(super) fn read_name(raw: &str) -> String {
    decode(raw.trim())
}

/// `<br>`, `<br/>`, `<BR />` as line breaks.
fn breaks(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices('<') {
        if let Some(length) = break_length(&text[at..]) {
            out.push_str(&text[done..at]);
            out.push('\n');
            done = at + length;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// How long the line break is that a text begins with, where it begins with one.
fn break_length(text: &str) -> Option<usize> {
    let head = text.get(..3).filter(|head| head.eq_ignore_ascii_case("<br"))?;
    // A break is short; blanks without end are none.
    let behind = text[head.len()..].trim_start_matches([' ', '\t']);
    let behind = behind.strip_prefix('/').unwrap_or(behind).strip_prefix('>')?;
    Some(text.len() - behind.len())
}

/// Entities as the signs that they stand for; what stands for no sign stays.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = entity_length(rest);
        match length.and_then(|length| entities::sign(&rest[1..length - 1]).map(|sign| (sign, length))) {
            Some((sign, length)) => {
                out.push(sign);
                rest = &rest[length..];
            }
            None => {
                out.push('#');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// How long the entity is that a text begins with, where it begins with one: `#`, letters or digits, `;`.
pub(super) fn entity_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('#')?;
    let signs = inner.strip_prefix('+').unwrap_or(inner);
    let word = signs.bytes().take_while(|&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
    let end = text.len() - signs.len() + word;
    (word > 0 && text[end..].starts_with(';')).then_some(end + 1)
}

/// The entities of a text that stand for nothing that can be drawn.
pub(super) fn odd_entities(raw: &str) -> impl Iterator<Item = (usize, &str)> {
    raw.match_indices('#').filter_map(|(at, _)| {
        let entity = &raw[at..at + entity_length(&raw[at..])?];
        let sign = entities::sign(&entity[1..entity.len() - 1]);
        sign.is_none_or(|sign| sign.is_control() && sign != '\n' && sign != '\t').then_some((at, entity))
    })
}

/// Where the statement ends that a text begins with: behind the first `;` that belongs to no entity.
pub(super) fn statement_end(text: &str) -> usize {
    let mut within = 0;
    for (at, sign) in text.bytes().enumerate() {
        let length = match sign {
            b'#' => entity_length(&text[at..]),
            b'%' => setting_length(&text[at..]),
            b';' if at >= within => return at + 1,
            _ => None,
        };
        within = within.max(at + length.unwrap_or(0));
    }
    text.len()
}

/// How long the setting `%%{…}%%` is that a text begins with, where it begins with one.
fn setting_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("%%{")?;
    let worded = skip_blank(inner).starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let next = inner.find("%%{").unwrap_or(inner.len());
    let close = inner[..next].find("}%%").filter(|_| worded)?;
    Some(text.len() - inner.len() + close + 3)
}

/// Where the settings `%%{…}%%` of a text stand; where one is begun and not closed, only its begin.
pub(super) fn settings(raw: &str) -> impl Iterator<Item = (Range<usize>, bool)> {
    raw.match_indices("%%{").filter_map(|(at, sign)| match setting_length(&raw[at..]) {
        Some(length) => Some((at..at + length, true)),
        None => skip_blank(&raw[at + sign.len()..])
            .starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            .then_some((at..at + sign.len(), false)),
    })
}

/// A text so that [`read_text`] gives it back.
pub(super) fn print_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let lead = text.len() - text.trim_start().len();
    let tail = text.trim_end().len();
    let wraps = WRAPS.iter().any(|(prefix, _)| text.strip_prefix(':').unwrap_or(text).starts_with(prefix));
    for (at, sign) in text.char_indices() {
        let escape = match sign {
            // A byte order mark is a blank to Mermaid, which takes blanks off.
            '#' | ';' | '\r' | '\u{feff}' => true,
            // `%%{` begins a directive anywhere.
            '%' => text[at..].starts_with("%%{"),
            '<' => break_length(&text[at..]).is_some(),
            _ => at == 0 && wraps || at < lead || at >= tail,
        };
        match sign {
            '\n' => out.push_str("<br/>"),
            _ if escape => escaped(sign, &mut out),
            _ => out.push(sign),
        }
    }
    out
}

/// A text as it was written, with the `#` and `;` that are no part of an entity as entities.
pub(super) fn escape_raw(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut entity = 0;
    for (at, sign) in raw.char_indices() {
        if sign == '#' {
            entity = entity.max(at + entity_length(&raw[at..]).unwrap_or(0));
        }
        if matches!(sign, '#' | ';') && at >= entity { escaped(sign, &mut out) } else { out.push(sign) }
    }
    out
}

/// A sign as an entity.
pub(super) fn escaped(sign: char, out: &mut String) {
    use std::fmt::Write as _;
    let _ = write!(out, "#{};", u32::from(sign));
}

#[cfg(test)]
mod tests {
    use super::{entity_length, print_text, read_text, settings, statement_end};

    #[test]
    fn a_printed_text_is_read_back() {
        for text in [
            "",
            "plain",
            "{\"room\":\"#general\"}",
            "a; b",
            "#35;",
            "a<br/>b is payload",
            "two\nlines",
            "wrap: up",
            ":nowrap:x",
            ": x",
            "100 %%{x}%%",
            "#hearts;",
            "ends with <br",
            " blanks around\t",
            "\n",
            "♥ é",
        ] {
            assert_eq!(read_text(&print_text(text)), (text.to_owned(), None), "{}", print_text(text));
        }
    }

    #[test]
    fn spellings_are_undone() {
        for (raw, text, wrap) in [
            (" a<br>b<BR />c<br\t/>d ", "a\nb\nc\nd", None),
            ("wrap: a", "a", Some("wrap")),
            (":nowrap:a", "a", Some("nowrap")),
            ("#hearts; #35;#x41; #", "♥ ##x41; #", None),
            ("<break>", "<break>", None),
        ] {
            assert_eq!(read_text(raw), (text.to_owned(), wrap), "{raw}");
        }
        assert_eq!(entity_length("#a_1;x"), Some(5));
        assert_eq!(entity_length("#;"), None);
        assert_eq!(&"a#35;b;c"[..statement_end("a#35;b;c")], "a#35;b;");
        let text = "a %%{init: {'x': '#fff;'}}%%; b";
        assert_eq!(&text[..statement_end(text)], "a %%{init: {'x': '#fff;'}}%%;");
    }

    #[test]
    fn settings_in_a_text_are_found() {
        for (text, found) in [
            ("a %%{init: {}}%% b %%{wrap}%%", vec![(2..16, true), (19..29, true)]),
            ("%%{ a}%%", vec![(0..8, true)]),
            ("100 %%{}%% %%{ }%%", vec![]),
            ("50%%{x and %%{y}%%", vec![(2..5, false), (11..18, true)]),
            ("%%x }%%", vec![]),
        ] {
            assert_eq!(settings(text).collect::<Vec<_>>(), found, "{text}");
        }
    }
}
