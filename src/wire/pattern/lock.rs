//! What a frame is once everything that may differ from run to run is taken out of it.

use super::diff::{expected, text};
use super::matching::Matching;
use super::{Hole, Pattern};
use serde_json::{Map, Number, Value};

/// A value through its pattern: what the label says and what the pattern does not speak of stays as it was found; what
/// an open hole holds becomes the hole.
pub(in crate::wire) fn locked(pattern: &Pattern, found: &Value, matching: &Matching<'_>) -> Value {
    match (pattern, found) {
        (Pattern::Object(members), Value::Object(map)) => {
            let mut rest = map.clone();
            let mut shown = Map::new();
            for (name, inner) in &members.list {
                if let Some(value) = rest.remove(&**name) {
                    shown.insert(name.to_string(), locked(inner, &value, matching));
                }
            }
            for (name, inner) in &members.named {
                let there = matching.fresh().member(members, name, Some(inner), &rest, &[]).map(str::to_owned);
                if let Some(value) = there.and_then(|there| rest.remove(&there)) {
                    shown.insert(text(name, matching), locked(inner, &value, matching));
                }
            }
            shown.extend(rest.iter().map(|(name, value)| (name.clone(), canonical(value))));
            sorted(shown)
        }
        (Pattern::Array { before, items, after }, Value::Array(list)) if !(*before && *after) => {
            let start = if *before { list.len().saturating_sub(items.len()) } else { 0 };
            let item = |(index, value): (usize, &Value)| {
                let known = index.checked_sub(start).and_then(|index| items.get(index));
                known.map_or_else(|| canonical(value), |inner| locked(inner, value, matching))
            };
            list.iter().enumerate().map(item).collect()
        }
        (Pattern::Hole(hole), _) if is_open(hole, matching) => Value::String(written(hole, matching)),
        (Pattern::Text(template), Value::String(_)) => Value::String(text(template, matching)),
        (Pattern::Json(json), Value::String(whole)) => match json.parts(whole).next() {
            Some((_, found)) => {
                let before = json.before.as_ref().map(|before| text(before, matching)).unwrap_or_default();
                Value::String(before + &locked(&json.inner, &found, matching).to_string())
            }
            None => Value::String(whole.clone()),
        },
        (Pattern::Bytes(_) | Pattern::Base64(_) | Pattern::Array { .. } | Pattern::List(_), _) => {
            expected(pattern, matching)
        }
        (Pattern::Literal(_) | Pattern::Hole(_) | Pattern::Text(_) | Pattern::Json(_) | Pattern::Object(_), _) => {
            canonical(found)
        }
    }
}

/// One spelling for equal values: members by name, whole numbers without a fraction.
pub(in crate::wire) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => sorted(map.iter().map(|(name, value)| (name.clone(), canonical(value))).collect()),
        Value::Array(list) => list.iter().map(canonical).collect(),
        Value::Number(number) => Value::Number(whole(number)),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// Above this a fraction of a double no longer tells anything.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn whole(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => Number::from(float as i64),
        Some(_) | None => number.clone(),
    }
}

fn sorted(mut map: Map<String, Value>) -> Value {
    map.sort_keys();
    Value::Object(map)
}

fn is_open(hole: &Hole, matching: &Matching<'_>) -> bool {
    hole.slot.is_none_or(|slot| matching.known(slot).is_none())
}

fn written(hole: &Hole, matching: &Matching<'_>) -> String {
    format!("{{{}}}", hole.slot.map_or("_", |slot| &*matching.slots.0[slot].name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn equal_values_have_one_spelling() {
        let value = canonical(&json!({ "b": 1.0, "a": [2.5, { "d": 1e300, "c": -0.0 }] }));
        assert_eq!(value.to_string(), r#"{"a":[2.5,{"c":0,"d":1e+300}],"b":1}"#);
    }
}
