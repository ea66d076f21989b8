use super::is_rfc3339;
use regex::Regex;
use serde_json::Value;
use std::cell::RefCell;
use std::sync::Arc;

/// What a hole takes.
#[derive(Clone, Debug, Default)]
pub(in crate::wire) enum Narrow {
    /// Anything.
    #[default]
    Any,
    /// A value of this type; in a text, its spelling.
    Kind(Kind),
    /// `uuid`
    Uuid,
    /// `time`: RFC 3339.
    Time,
    /// `/[^:]+/` and the like: characters of a set. Kept apart from [`Narrow::Regex`] because it is by far the most
    /// common and needs nothing compiled.
    Class(Arc<Class>),
    /// `/…/`: a regular expression for the whole.
    Regex(Arc<Regex>),
    /// One of these values: `green|amber|red`, or a list of statuses.
    OneOf(Arc<[Value]>),
    /// What `{run.mark}` looks like where the play is not known: nothing, or a tilde and hexadecimal digits. So a name can be
    /// told from its mark.
    Mark,
    /// `1..100`, `int 0..`, `..9.5`: a number within bounds, which belong to it.
    Range(Range),
}

/// Bounds of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::wire) struct Range {
    whole: bool,
    pub(super) from: Option<f64>,
    pub(super) to: Option<f64>,
}

/// What stands behind the colon of a hole.
pub(in crate::wire) struct Narrowed<'a> {
    pub narrow: Narrow,
    /// JSON's null will do as well.
    pub null: bool,
    /// What follows.
    pub rest: &'a str,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Kind {
    /// `int`: a number without fraction.
    Int,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `json`: from a label, JSON where the text is that, else the text.
    Json,
}

/// A set of characters, at least `least` of them.
#[derive(Debug)]
pub(in crate::wire) struct Class {
    pub(super) source: Box<str>,
    ranges: Vec<(char, char)>,
    negated: bool,
    least: usize,
}

/// Stands in a label for something that is left open (a noncharacter, so no label has it): every hole takes it.
pub(in crate::wire) const WILD: char = '\u{10FFFF}';

/// The words after the colon, for suggestions.
pub(in crate::wire) const WORDS: [&str; 6] = ["int", "number", "bool", "json", "uuid", "time"];

/// So many expressions are kept compiled.
const FEW: usize = 8;

thread_local! {
    /// Those that were compiled last: a binding has the same one in many labels, and to compile it takes longer than to read all
    /// of them.
    static COMPILED: RefCell<Vec<(String, Arc<Regex>)>> = const { RefCell::new(Vec::new()) };
}

impl Narrow {
    /// Reads what stands behind the colon; returns the rest too.
    pub fn read(text: &str) -> Result<Narrowed<'_>, String> {
        let alone = |narrow, rest| Ok(Narrowed { narrow, null: false, rest });
        if let Some(source) = text.strip_prefix('/') {
            let end = closing_slash(source)
                .ok_or("a regular expression in a hole ends with `/`; in it, a `/` is written `\\/` or `[/]`")?;
            return alone(Self::expression(&source[..end])?, &source[end + 1..]);
        }
        let end = text.find(['|', '}']).unwrap_or(text.len());
        let narrow = match text[..end].trim() {
            "int" => Narrow::Kind(Kind::Int),
            "number" => Narrow::Kind(Kind::Number),
            "bool" => Narrow::Kind(Kind::Bool),
            "json" => Narrow::Kind(Kind::Json),
            "uuid" => Narrow::Uuid,
            "time" => Narrow::Time,
            other => match Range::read(other) {
                Some(range) => Narrow::Range(range?),
                None => return Self::words(text),
            },
        };
        alone(narrow, &text[end..])
    }

    /// One of several words; `null` is JSON's. A word that is a filter's name is written in quotes, since it may be a slip.
    fn words(text: &str) -> Result<Narrowed<'_>, String> {
        let (mut words, mut null, mut rest) = (Vec::new(), false, text);
        loop {
            let start = rest.trim_start();
            let (word, after) = match start.strip_prefix('\'') {
                Some(quoted) => quoted.split_once('\'').ok_or("`'` opens a word that is never closed")?,
                None => start.split_at(start.find(['|', '}']).unwrap_or(start.len())),
            };
            let bare = !start.starts_with('\'');
            match word.trim() {
                "null" if bare => null = true,
                filter if bare && !words.is_empty() && super::Filter::is_one(filter) => {
                    return Err(format!(
                        "a list of words cannot have a filter; if `{filter}` is one of the words, write `'{filter}'`"
                    ));
                }
                plain => words.push(if bare { plain } else { word }),
            }
            rest = after.trim_start();
            match rest.strip_prefix('|') {
                Some(next) => rest = next,
                None => break,
            }
        }
        let all = |is: fn(&Value) -> bool| -> Option<Vec<Value>> {
            words.iter().map(|word| serde_json::from_str(word).ok().filter(is)).collect()
        };
        let truths = all(Value::is_boolean);
        if let [one] = words[..]
            && !null
            && truths.is_none()
            && !text.trim_start().starts_with('\'')
        {
            return Err(format!(
                "a hole cannot have the type `{one}`; the types are {}, `1..100`, `one|of|these`, and `/a regular \
                 expression/`",
                WORDS.join(", ")
            ));
        }
        let values = truths
            .or_else(|| all(Value::is_number))
            .unwrap_or_else(|| words.iter().map(|word| Value::from(*word)).collect());
        Ok(Narrowed { narrow: Narrow::OneOf(values.into()), null, rest })
    }

    /// The type of what it takes, where it says so: letters of a label are then a value of it.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Narrow::Kind(kind) => Some(*kind),
            Narrow::Range(range) => Some(if range.whole { Kind::Int } else { Kind::Number }),
            Narrow::OneOf(values) if values.is_empty() => None,
            Narrow::OneOf(values) if values.iter().all(Value::is_boolean) => Some(Kind::Bool),
            Narrow::OneOf(values) => values.iter().all(Value::is_number).then_some(Kind::Number),
            Narrow::Any | Narrow::Uuid | Narrow::Time | Narrow::Mark | Narrow::Class(_) | Narrow::Regex(_) => None,
        }
    }

    fn expression(source: &str) -> Result<Narrow, String> {
        if let Some(class) = Class::read(source) {
            return Ok(Narrow::Class(Arc::new(class)));
        }
        let source = source.replace("\\/", "/");
        let known =
            COMPILED.with_borrow(|all| all.iter().find(|(known, _)| *known == source).map(|(_, regex)| regex.clone()));
        if let Some(regex) = known {
            return Ok(Narrow::Regex(regex));
        }
        let regex = Regex::new(&format!("^(?s:{source})$")).map_err(|error| {
            let text = error.to_string();
            format!("`/{source}/` is not a regular expression: {}", text.lines().last().unwrap_or("").trim())
        })?;
        let regex = Arc::new(regex);
        COMPILED.with_borrow_mut(|all| {
            all.truncate(FEW - 1);
            all.insert(0, (source, regex.clone()));
        });
        Ok(Narrow::Regex(regex))
    }

    /// Whether a piece of text will do.
    pub fn takes_text(&self, text: &str) -> bool {
        match self {
            Narrow::Any | Narrow::Kind(Kind::Json) => true,
            _ if text.contains(WILD) => true,
            Narrow::Kind(Kind::Int) => is_int(text),
            Narrow::Kind(Kind::Number) => text.parse::<f64>().is_ok_and(f64::is_finite) && !text.starts_with('+'),
            Narrow::Kind(Kind::Bool) => matches!(text, "true" | "false"),
            Narrow::Uuid => is_uuid(text),
            Narrow::Time => is_rfc3339(text),
            Narrow::Class(class) => class.takes(text),
            Narrow::Regex(regex) => regex.is_match(text),
            Narrow::Mark => {
                let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                text.is_empty()
                    || text.strip_prefix('~').is_some_and(|mark| !mark.is_empty() && mark.bytes().all(lower))
            }
            Narrow::OneOf(values) => values.iter().any(|value| super::value_text(value) == text),
            Narrow::Range(range) => serde_json::from_str(text).is_ok_and(|number| range.holds(&number)),
        }
    }

    /// Whether a whole value will do.
    pub fn takes(&self, value: &Value) -> bool {
        match self {
            Narrow::Any | Narrow::Kind(Kind::Json) => true,
            Narrow::Kind(Kind::Int) => match value {
                Value::Number(number) => {
                    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|f| f.fract() == 0.0)
                }
                _ => false,
            },
            Narrow::Kind(Kind::Number) => value.is_number(),
            Narrow::Kind(Kind::Bool) => value.is_boolean(),
            Narrow::Uuid | Narrow::Time | Narrow::Mark | Narrow::Class(_) | Narrow::Regex(_) => {
                value.as_str().is_some_and(|text| self.takes_text(text))
            }
            Narrow::OneOf(values) => values.iter().any(|known| super::value_eq(known, value)),
            Narrow::Range(range) => range.holds(value),
        }
    }

    /// Whether a longer text cannot do either, once this one does not: lets a search stop early.
    pub fn hopeless(&self, text: &str) -> bool {
        match self {
            Narrow::Class(class) => text.chars().any(|c| !class.holds(c)),
            Narrow::Kind(Kind::Int) => text.char_indices().any(|(at, c)| !is_int_letter(at, c)),
            Narrow::Uuid => text.len() > 36,
            Narrow::Any | Narrow::Kind(Kind::Number | Kind::Bool | Kind::Json) => false,
            Narrow::Time | Narrow::Mark | Narrow::Regex(_) | Narrow::OneOf(_) | Narrow::Range(_) => false,
        }
    }

    /// As written behind the colon; empty where there is nothing.
    pub fn describe(&self) -> String {
        match self {
            Narrow::Any | Narrow::Mark => String::new(),
            Narrow::Kind(Kind::Int) => "int".to_owned(),
            Narrow::Kind(Kind::Number) => "number".to_owned(),
            Narrow::Kind(Kind::Bool) => "bool".to_owned(),
            Narrow::Kind(Kind::Json) => "json".to_owned(),
            Narrow::Uuid => "uuid".to_owned(),
            Narrow::Time => "time".to_owned(),
            Narrow::Class(class) => format!("/{}/", class.source),
            Narrow::Regex(regex) => format!("/{}/", regex.as_str()),
            Narrow::OneOf(values) => values.iter().map(super::value_text).collect::<Vec<_>>().join("|"),
            Narrow::Range(range) => range.describe(),
        }
    }
}

impl Range {
    /// Reads `1..100`, `int 1..100`; nothing where it is no range at all.
    fn read(text: &str) -> Option<Result<Range, String>> {
        let (whole, bounds) = match text.strip_prefix("int").map(str::trim_start) {
            Some(bounds) => (true, bounds),
            None => (false, text.strip_prefix("number").map_or(text, str::trim_start)),
        };
        let (from, to) = bounds.split_once("..")?;
        let bound = |text: &str| match text.trim() {
            "" => Some(None),
            number => number.parse::<f64>().ok().filter(|number| number.is_finite()).map(Some),
        };
        let read = match (bound(from), bound(to)) {
            (Some(None), Some(None)) => Err(format!("`{text}` has no limit; write `1..100`, `1..` or `..100`")),
            (Some(Some(from)), Some(Some(to))) if from > to => Err(format!("no number is within `{text}`")),
            (Some(from), Some(to)) => Ok(Range { whole, from, to }),
            _ => Err(format!("`{text}` is not a range; write `1..100`, `1..` or `..100`")),
        };
        Some(read)
    }

    pub(super) fn holds(&self, value: &Value) -> bool {
        let kind = if self.whole { Kind::Int } else { Kind::Number };
        Narrow::Kind(kind).takes(value)
            && value.as_f64().is_some_and(|number| {
                self.from.is_none_or(|from| number >= from) && self.to.is_none_or(|to| number <= to)
            })
    }

    fn describe(&self) -> String {
        let bound = |bound: Option<f64>| bound.map_or_else(String::new, |bound| bound.to_string());
        format!("{}{}..{}", if self.whole { "int " } else { "" }, bound(self.from), bound(self.to))
    }
}

impl Class {
    fn read(source: &str) -> Option<Class> {
        let inner = source.strip_prefix('[')?;
        let (inner, least) =
            inner.strip_suffix("]+").map(|inner| (inner, 1)).or_else(|| Some((inner.strip_suffix("]*")?, 0)))?;
        let (inner, negated) = inner.strip_prefix('^').map_or((inner, false), |inner| (inner, true));
        if inner.is_empty() || inner.contains(['[', ']', '\\', '&', '~']) {
            return None;
        }
        let letters: Vec<char> = inner.chars().collect();
        let mut ranges = Vec::new();
        let mut at = 0;
        while at < letters.len() {
            if at + 2 < letters.len() && letters[at + 1] == '-' {
                ranges.push((letters[at], letters[at + 2]));
                at += 3;
            } else {
                ranges.push((letters[at], letters[at]));
                at += 1;
            }
        }
        Some(Class { source: source.into(), ranges, negated, least })
    }

    fn holds(&self, c: char) -> bool {
        c == WILD || self.ranges.iter().any(|&(from, to)| (from..=to).contains(&c)) != self.negated
    }

    fn takes(&self, text: &str) -> bool {
        let mut count = 0;
        text.chars().all(|c| {
            count += 1;
            self.holds(c)
        }) && count >= self.least
    }
}

/// Where a regular expression ends: at the first `/` that is neither escaped nor in a class, as in JavaScript.
fn closing_slash(source: &str) -> Option<usize> {
    let (mut escaped, mut class) = (false, None);
    source.char_indices().find_map(|(at, c)| {
        if std::mem::take(&mut escaped) {
            return None;
        }
        match (c, class) {
            ('\\', _) => escaped = true,
            ('[', None) => class = Some(at),
            // A bracket that comes first in a class is one of its letters: `[]a]`, `[^]a]`.
            (']', Some(opened)) if !matches!(&source[opened + 1..at], "" | "^") => class = None,
            ('/', None) => return Some(at),
            _ => {}
        }
        None
    })
}

fn is_int_letter(at: usize, c: char) -> bool {
    c.is_ascii_digit() || at == 0 && c == '-' || c == WILD
}

fn is_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.len() <= 19 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
