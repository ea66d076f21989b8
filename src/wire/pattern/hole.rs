use super::narrow::Narrowed;
use super::{Filter, Narrow, SlotId};

/// One `{…}` of a pattern.
#[derive(Clone, Debug, Default)]
pub(in crate::wire) struct Hole {
    /// Which value of the rule it is; none for `{_}`.
    pub slot: Option<SlotId>,
    /// What it takes.
    pub narrow: Narrow,
    /// What is done to the value on its way into the frame, in this order.
    pub filters: Vec<Filter>,
    /// `{v+1}`: the frame holds so much more than the value.
    pub plus: i64,
    /// `{text...}`: may be empty.
    pub empty: bool,
    /// `{note?}`: what it stands in is left out where it has no value, and need not be there.
    pub maybe: bool,
    /// `{note:int|null}`: JSON's null will do as well.
    pub null: bool,
    /// `{offset|default:0}`: what is sent where it has no value.
    pub default: Option<Box<str>>,
}

/// What is written between the braces.
pub(in crate::wire) struct Written<'a> {
    pub name: &'a str,
    pub narrow: Narrow,
    pub filters: Vec<&'a str>,
    pub plus: i64,
    pub empty: bool,
    pub maybe: bool,
    pub null: bool,
    pub default: Option<&'a str>,
}

/// Reads a hole: `text` begins behind the opening brace. Returns it and the rest behind the closing brace.
pub(in crate::wire) fn read_hole(text: &str) -> Result<(Written<'_>, &str), String> {
    let unclosed = || "`{` opens a hole that is never closed; write `{{` for a brace".to_owned();
    let named = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))).ok_or_else(unclosed)?;
    let (mut name, mut rest) = text.split_at(named);
    let mut plus = 0;
    let empty = name.ends_with("...");
    if empty {
        name = name.trim_end_matches('.');
    }
    // `{v-1}`: a hyphen is a letter of names, so arithmetic is a hyphen before the last run of digits.
    if let Some((before, digits)) = name.rsplit_once('-')
        && !before.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(number) = digits.parse::<i64>()
    {
        name = before;
        plus = -number;
    }
    if let Some(after) = rest.strip_prefix('+') {
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        plus = after[..end].parse().map_err(|_| format!("`+{}` in a hole is not an integer", &after[..end]))?;
        rest = &after[end..];
    }
    if name.is_empty() {
        return Err("a hole has no name; write `{_}` for any value, and `{{` for a brace".to_owned());
    }
    let maybe = rest.starts_with('?');
    if maybe {
        rest = &rest[1..];
    }
    let (mut narrow, mut null) = (Narrow::Any, false);
    if let Some(after) = rest.strip_prefix(':') {
        Narrowed { narrow, null, rest } = Narrow::read(after)?;
    }
    let (mut filters, mut default) = (Vec::new(), None);
    while let Some(after) = rest.strip_prefix('|') {
        let end = after.find(['|', '}']).ok_or_else(unclosed)?;
        match after[..end].trim() {
            "null" => null = true,
            word => match word.strip_prefix("default:") {
                Some(value) if maybe => {
                    return Err(format!(
                        "`{{{name}?|default:{value}}}` cannot be optional and have a default: remove one of them"
                    ));
                }
                Some(value) => default = Some(value),
                None => filters.push(word),
            },
        }
        rest = &after[end..];
    }
    let rest = rest
        .strip_prefix('}')
        .ok_or_else(|| format!("a hole is `{{name}}`, `{{name:int}}`, `{{name|filter}}`, not `{{{}…`", head(text)))?;
    Ok((Written { name, narrow, filters, plus, empty, maybe, null, default }, rest))
}

fn head(text: &str) -> String {
    text.chars().take(16).collect()
}
