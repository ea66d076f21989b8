//! Values that a hole takes, where nothing gives one.

use super::{Kind, Narrow};
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::Value;

/// The longest text that is made of an expression, in bytes.
const LONG: usize = 64 << 10;

impl Narrow {
    /// Some value that will do; none where none is found.
    pub fn sample(&self, context: &mut crate::wire::Context<'_>) -> Option<Value> {
        let number = context.made_up();
        let text = match self {
            Narrow::Any => return Some(format!("value-{number}").into()),
            Narrow::Kind(Kind::Int | Kind::Number) => return Some(number.into()),
            Narrow::Kind(Kind::Bool) => return Some(true.into()),
            Narrow::Kind(Kind::Json) => return Some(Value::Object(serde_json::Map::new())),
            Narrow::OneOf(values) => return values.first().cloned(),
            Narrow::Range(range) => {
                let bound = range.from.or(range.to).map(Value::from);
                let bounds = [Some(Value::from(number)), bound.as_ref().and_then(whole), bound];
                return bounds.into_iter().flatten().find(|value| range.holds(value));
            }
            Narrow::Uuid => context.uuid(),
            Narrow::Time => context.now(),
            Narrow::Mark | Narrow::Class(_) | Narrow::Regex(_) => {
                let expression = match self {
                    Narrow::Regex(regex) => of_expression(regex.as_str(), number),
                    Narrow::Class(class) => of_expression(&class.source, number),
                    Narrow::Mark | Narrow::Any | Narrow::Kind(_) => None,
                    Narrow::Uuid | Narrow::Time | Narrow::OneOf(_) | Narrow::Range(_) => None,
                };
                let plain = [
                    format!("value-{number}"),
                    format!("value{number}"),
                    number.to_string(),
                    format!("{number:08x}"),
                    format!("{number:032x}"),
                    context.uuid(),
                    context.now(),
                ];
                let tried = plain.into_iter().chain(expression).chain([String::new()]);
                return tried.into_iter().find(|text| self.takes_text(text)).map(Value::String);
            }
        };
        Some(Value::String(text))
    }
}

/// A number without fraction as an integer.
fn whole(number: &Value) -> Option<Value> {
    serde_json::from_str(&format!("{:.0}", number.as_f64()?)).ok()
}

/// The shortest text that an expression takes, with this number in the first place that has room for it, so that no two are
/// alike.
fn of_expression(source: &str, number: u64) -> Option<String> {
    let hir = regex_syntax::parse(source).ok()?;
    let mut text = Sampled { out: String::new(), number: Some(number) };
    text.add(&hir).then_some(text.out)
}

struct Sampled {
    out: String,
    /// While it has no place.
    number: Option<u64>,
}

impl Sampled {
    /// Whether something can be written for it.
    fn add(&mut self, hir: &Hir) -> bool {
        if self.out.len() > LONG {
            return false;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => std::str::from_utf8(&literal.0).is_ok_and(|text| {
                self.out.push_str(text);
                true
            }),
            HirKind::Class(class) => letters(class).first().is_some_and(|letter| {
                self.out.push(*letter);
                true
            }),
            HirKind::Capture(capture) => self.add(&capture.sub),
            HirKind::Concat(all) => all.iter().all(|part| self.add(part)),
            HirKind::Alternation(all) => all.first().is_some_and(|part| self.add(part)),
            HirKind::Repetition(times) => {
                let class = match times.sub.kind() {
                    HirKind::Class(class) => letters(class),
                    HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => Vec::new(),
                    HirKind::Capture(_) | HirKind::Concat(_) | HirKind::Alternation(_) | HirKind::Repetition(_) => {
                        Vec::new()
                    }
                };
                let counted = self.number.and_then(|number| counted(number, &class, times.min, times.max));
                match counted {
                    Some(text) => {
                        self.number = None;
                        self.out.push_str(&text);
                        true
                    }
                    None => (0..times.min).all(|_| self.add(&times.sub)),
                }
            }
        }
    }
}

/// A number in these letters, as if they were digits; none where so many letters have no place.
fn counted(mut number: u64, letters: &[char], least: u32, most: Option<u32>) -> Option<String> {
    let base = u64::try_from(letters.len()).ok().filter(|base| *base >= 2)?;
    let mut digits = Vec::new();
    while number > 0 || digits.is_empty() {
        digits.push(letters[usize::try_from(number % base).ok()?]);
        number /= base;
    }
    let least = usize::try_from(least).ok().filter(|least| *least <= LONG)?;
    while digits.len() < least {
        digits.push(letters[0]);
    }
    let fits = most.is_none_or(|most| u32::try_from(digits.len()).is_ok_and(|length| length <= most));
    fits.then(|| digits.iter().rev().collect())
}

/// Letters of a class to choose from: its digits where it has all of them, else what can be read, else its first.
fn letters(class: &Class) -> Vec<char> {
    let Class::Unicode(class) = class else { return Vec::new() };
    let has = |letter: char| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&letter));
    let of = |from: char, to: char| (from..=to).filter(|letter| has(*letter)).collect::<Vec<char>>();
    let digits = of('0', '9');
    if digits.len() == 10 {
        return digits;
    }
    let ways = [of('a', 'z'), of('A', 'Z'), digits, of('!', '~'), of(' ', ' ')];
    let first = || class.ranges().first().map(|range| range.start()).into_iter().collect();
    ways.into_iter().find(|letters| !letters.is_empty()).unwrap_or_else(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_gives_texts_that_it_takes_and_that_differ() {
        for source in [
            "Guest[0-9]+",
            "[0-9]+:[0-9]+",
            "v[0-9]{2}(-(beta|rc)[0-9])?",
            "[a-f]{8,}",
            "(ab|cd)+x\\d*",
            "[^:]+: .",
            "\\p{Greek}{3}",
            "[A-Z][a-z]+",
        ] {
            let regex = regex::Regex::new(&format!("^(?s:{source})$")).expect(source);
            let made: Vec<String> = [1, 23, 456].iter().filter_map(|n| of_expression(regex.as_str(), *n)).collect();
            assert!(made.len() == 3 && made.iter().all(|text| regex.is_match(text)), "{source}: {made:?}");
            let counts = source.contains(['+', '*', ',']);
            assert!(!counts || (made[0] != made[1] && made[1] != made[2]), "{source}: {made:?}");
        }
        // Nothing is taken, or too much would have to be written.
        for source in ["a{60000}{60000}", "[a&&b]"] {
            assert_eq!(of_expression(source, 1), None, "{source}");
        }
    }
}
