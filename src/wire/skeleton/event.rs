//! Labels that are a Server-Sent Event, field by field: `event: NAME, data: TEXT`, the lines `id: 7`, `event: NAME`, `data: TEXT`,
//! a comment, a `retry`; and what a request for events says of the last one.

use super::kinds::Known;
use super::{escape, quoted};
use serde_json::Value;

/// A value as a diagram writes an id: one word.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// The lines of a label, whose breaks may be written as two signs; each with the break behind it.
fn lines(label: &str) -> Vec<(&str, &str)> {
    let mut all = Vec::new();
    let mut rest = label;
    loop {
        let at = ["\\n", "\n"].iter().filter_map(|sign| Some((rest.find(sign)?, sign.len()))).min();
        let Some((at, length)) = at else {
            all.push((rest, ""));
            return all;
        };
        all.push((&rest[..at], &rest[at..at + length]));
        rest = &rest[at + length..];
    }
}

/// The rule of a label that is an event.
pub(super) fn of(label: &str) -> Option<Known> {
    let known = |label: String, server: &str| {
        let lines = vec!["on     = \"sse\"".to_owned(), format!("server = {{ {server} }}")];
        Some(Known { label, example: String::new(), lines, open: None })
    };
    let named = |known: Option<Known>| known.map(|known| Known { example: label.to_owned(), ..known });
    if let Some(comment) = label.strip_prefix(':').map(str::trim).filter(|text| !text.is_empty()) {
        return named(known(escape(label), &format!("comment = {}", quoted(&escape(comment)))));
    }
    let mut written = String::new();
    let mut list: Vec<String> = Vec::new();
    let mut event = false;
    for (index, (line, end)) in lines(label).into_iter().enumerate() {
        let (word, rest) = line.split_once(':').unwrap_or((line, ""));
        let (field, value) = (word.trim().to_ascii_lowercase(), rest.trim());
        let has = |key: &str, list: &[String]| list.iter().any(|known: &String| known.starts_with(&format!("{key} =")));
        // The value is a piece of the line, and may be like another piece of it.
        let hole = |hole: &str, value: &str| {
            let start = value.as_ptr() as usize - line.as_ptr() as usize;
            format!("{}{{{hole}}}{}", escape(&line[..start]), escape(&line[start + value.len()..]))
        };
        match field.as_str() {
            "event" if !value.is_empty() && !has("event", &list) => {
                let (name, data) = match value.find("data:") {
                    Some(at) => {
                        (value[..at].trim_end_matches([',', ';', ' ']), Some(value[at + "data:".len()..].trim()))
                    }
                    None => (value, None),
                };
                list.push(format!("event = {}", quoted(&escape(name))));
                match data.filter(|data| !data.is_empty()) {
                    Some(data) => {
                        written.push_str(&hole("data", data));
                        list.push(data_of(data));
                    }
                    None => written.push_str(&escape(line)),
                }
                event = true;
            }
            "data" | "sse" if !value.is_empty() && !has("data", &list) => {
                written.push_str(&hole("data", value));
                list.push(data_of(value));
                event = true;
            }
            "id" if is_word(value) && !has("id", &list) => {
                written.push_str(&hole("id", value));
                list.push("id = \"{id}\"".to_owned());
            }
            "retry" if index == 0 && end.is_empty() && value.parse::<u64>().is_ok() => {
                return named(known(escape(label), &format!("retry = {value}")));
            }
            _ if index == 0 => return None,
            _ => written.push_str(&escape(line)),
        }
        written.push_str(end);
    }
    if event { named(known(written, &list.join(", "))) } else { None }
}

/// JSON as JSON: blanks and the order of its members make no difference.
fn data_of(data: &str) -> String {
    match serde_json::from_str::<Value>(data) {
        Ok(Value::Object(_) | Value::Array(_)) => "data = { \"$json\" = \"{data:json}\" }".to_owned(),
        Ok(_) | Err(_) => TEXT.to_owned(),
    }
}

const TEXT: &str = "data = \"{data}\"";

/// Of two rules with one label the one that takes both: their data is text.
pub(super) fn both(one: &Known, other: &Known) -> Option<Known> {
    let text = |known: &Known| {
        let lines = known.lines.iter().map(|line| line.replace("data = { \"$json\" = \"{data:json}\" }", TEXT));
        Known { lines: lines.collect(), ..known.clone() }
    };
    let (one, other) = (text(one), text(other));
    ((&one.label, &one.lines) == (&other.label, &other.lines)).then_some(one)
}

/// Where a request for events names the last one: the label with a hole for its id.
pub(super) fn last_id(label: &str) -> Option<String> {
    let at = label.to_ascii_lowercase().find("last-event-id")? + "last-event-id".len();
    let behind = label[at..].trim_start_matches([':', '=', ' ']);
    let start = label.len() - behind.len();
    let length = behind.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(behind.len());
    let value = &behind[..length];
    (start > at && is_word(value))
        .then(|| format!("{}{{id}}{}", escape(&label[..start]), escape(&label[start + length..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_field_by_field() {
        for (label, written, server) in [
            ("event: hello", "event: hello", r#"event = "hello""#),
            ("event: tick, data: 42", "event: tick, data: {data}", r#"event = "tick", data = "{data}""#),
            (
                "id: 7\\nevent: tick\\ndata: {\"n\": 1}",
                "id: {id}\\nevent: tick\\ndata: {data}",
                r#"id = "{id}", event = "tick", data = { "$json" = "{data:json}" }"#,
            ),
            ("event: a\ndata: b\ndata: c", "event: a\ndata: {data}\ndata: c", r#"event = "a", data = "{data}""#),
            ("event: a\\ndata: a", "event: a\\ndata: {data}", r#"event = "a", data = "{data}""#),
            (": keep-alive", ": keep-alive", r#"comment = "keep-alive""#),
            ("retry: 3000", "retry: 3000", "retry = 3000"),
        ] {
            let known = of(label).unwrap_or_else(|| panic!("{label} is an event"));
            assert_eq!(
                (known.label.as_str(), known.lines[1].as_str()),
                (written, &*format!("server = {{ {server} }}"))
            );
        }
        for plain in ["id: 7", "hello: there", ":", "retry: soon", "message"] {
            assert_eq!(of(plain), None, "{plain}");
        }
        let [json, text] = ["data: {}", "data: [DONE]"].map(|label| of(label).expect("an event"));
        assert_eq!(both(&json, &text).map(|both| both.lines), Some(text.lines));
    }

    #[test]
    fn the_last_event_that_a_request_names_is_a_hole() {
        assert_eq!(last_id("GET /events (Last-Event-ID: 7)").as_deref(), Some("GET /events (Last-Event-ID: {id})"));
        assert_eq!(last_id("GET /events\\nLast-Event-ID: e-2").as_deref(), Some("GET /events\\nLast-Event-ID: {id}"));
        assert_eq!(last_id("GET /events with Last-Event-ID"), None);
    }
}
