use super::Kind;
use crate::wire::read_json;
use serde_json::{Number, Value};
use std::fmt;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::wire) enum Step {
    /// A member of an object.
    Member(Box<str>),
    /// An element of an array.
    Element(usize),
}

/// A way into a value: `args[0].id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::wire) struct Path(pub Vec<Step>);

impl Path {
    /// What stands there.
    pub fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Member(name) => value.as_object()?.get(&**name),
            Step::Element(index) => value.as_array()?.get(*index),
        })
    }

    /// The path as written: `args[0].id`.
    pub fn read(text: &str) -> Result<Path, String> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            if !name.is_empty() {
                steps.push(Step::Member(name.into()));
            }
            while let Some(inner) = rest.strip_prefix('[') {
                let (index, after) = inner.split_once(']').ok_or("`[` without `]`")?;
                steps.push(Step::Element(
                    index.parse().map_err(|_| format!("`{index}` is not a position in an array"))?,
                ));
                rest = after;
            }
            if !rest.is_empty() || part.is_empty() {
                return Err(format!("`{text}` is not a path; write it like `user.token` or `args[0].id`"));
            }
        }
        Ok(Path(steps))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Member(name) if at == 0 => write!(f, "{name}")?,
                Step::Member(name) => write!(f, ".{name}")?,
                Step::Element(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Whether two values are the same; numbers compare as numbers.
pub(in crate::wire) fn value_eq(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => number_eq(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| value_eq(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| value_eq(a, b)))
        }
        _ => a == b,
    }
}

/// Whether a found value has all that the wanted one has: objects may have more members, at any depth.
pub(in crate::wire) fn open_eq(want: &Value, found: &Value) -> bool {
    match (want, found) {
        (Value::Object(want), Value::Object(found)) => {
            want.iter().all(|(name, want)| found.get(name).is_some_and(|found| open_eq(want, found)))
        }
        (Value::Array(want), Value::Array(found)) => {
            want.len() == found.len() && want.iter().zip(found).all(|(want, found)| open_eq(want, found))
        }
        _ => value_eq(want, found),
    }
}

fn number_eq(a: &Number, b: &Number) -> bool {
    if a == b {
        return true;
    }
    // Two different integers are never the same number, however their nearest floats compare.
    let whole = |number: &Number| number.is_i64() || number.is_u64();
    !(whole(a) && whole(b)) && a.as_f64().is_some() && a.as_f64() == b.as_f64()
}

/// A value as it stands in a text: a string as it is, anything else as JSON.
pub(in crate::wire) fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// What a text of a label is as a value of this type; the text itself where it is not of the type.
pub(in crate::wire) fn typed(text: &str, kind: Option<Kind>) -> Value {
    let string = || Value::String(text.to_owned());
    match kind {
        None => string(),
        Some(Kind::Int) => text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<u64>().map(Value::from))
            .unwrap_or_else(|_| string()),
        Some(Kind::Number) => match serde_json::from_str(text) {
            Ok(Value::Number(number)) => Value::Number(number),
            _ => string(),
        },
        Some(Kind::Bool) => text.parse::<bool>().map_or_else(|_| string(), Value::Bool),
        Some(Kind::Json) => read_json(text).unwrap_or_else(string),
    }
}
