use super::{Coding, Part, bounds, text_or_utf8};
use crate::wire::Raw;
use crate::wire::pattern::value_text;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// IRC lines (RFC 1459 §2.3, IRCv3 message tags) as `{ tags, prefix, nick, command, params }`; `nick` is what stands
/// before `!` in the prefix. A message may hold several lines; what is sent is one line without its end, as the IRCv3
/// WebSocket specification wants.
pub(super) struct Irc;

impl Coding for Irc {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let text = text_or_utf8(raw)?;
        let lines = text.split(['\r', '\n']).filter(|line| !line.is_empty());
        bounds::messages(lines.clone().count())?;
        lines.map(|line| Ok(Part::Message(read(line)?, Some(Raw::Text(line.into()))))).collect()
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        if let Some(line) = value.as_str() {
            return Ok(vec![Raw::Text(line.into())]);
        }
        Ok(vec![Raw::Text(write(value)?.into())])
    }
}

fn read(line: &str) -> Result<Value, String> {
    bounds::count(line.bytes().filter(|byte| matches!(byte, b' ' | b';')).count())?;
    let mut map = Map::new();
    let mut rest = line;
    if let Some(after) = rest.strip_prefix('@') {
        let (tags, after) = after.split_once(' ').ok_or("tags without a command")?;
        let tag = |tag: &str| match tag.split_once('=') {
            Some((key, value)) => (key.to_owned(), Value::String(unescape(value))),
            None => (tag.to_owned(), Value::String(String::new())),
        };
        map.insert("tags".to_owned(), tags.split(';').map(tag).collect());
        rest = after.trim_start_matches(' ');
    }
    if let Some(after) = rest.strip_prefix(':') {
        let (prefix, after) = after.split_once(' ').ok_or("a prefix without a command")?;
        map.insert("prefix".to_owned(), prefix.into());
        map.insert("nick".to_owned(), prefix.split(['!', '@']).next().unwrap_or(prefix).into());
        rest = after.trim_start_matches(' ');
    }
    let (middle, last) = match rest.split_once(" :") {
        Some((middle, last)) => (middle, Some(last)),
        None => (rest, None),
    };
    let mut words = middle.split(' ').filter(|word| !word.is_empty());
    let command = words.next().ok_or("a line without a command")?;
    map.insert("command".to_owned(), command.to_uppercase().into());
    map.insert("params".to_owned(), words.chain(last).map(Value::from).collect());
    Ok(Value::Object(map))
}

fn write(value: &Value) -> Result<String, String> {
    let mut line = String::new();
    if let Some(tags) = value.get("tags").and_then(Value::as_object) {
        let list: Vec<String> =
            tags.iter().map(|(key, value)| format!("{key}={}", escape(&value_text(value)))).collect();
        let _ = write!(line, "@{} ", list.join(";"));
    }
    // A server that names somebody by the nick alone means all that stands before and behind it.
    let of_nick = || value.get("nick").map(|nick| Value::String(format!("{0}!{0}@localhost", value_text(nick))));
    if let Some(prefix) = value.get("prefix").cloned().or_else(of_nick) {
        let _ = write!(line, ":{} ", value_text(&prefix));
    }
    let command = value.get("command").ok_or("an IRC message needs a `command`, and `params` as a list")?;
    line.push_str(&value_text(command));
    let empty = json!([]);
    let params = value.get("params").unwrap_or(&empty).as_array().ok_or("`params` of an IRC message is a list")?;
    for (index, param) in params.iter().enumerate() {
        let text = value_text(param);
        let last = index + 1 == params.len();
        if text.is_empty() || text.contains(' ') || text.starts_with(':') {
            if !last {
                return Err(format!(
                    "only the last parameter of an IRC message may be empty or contain a space: `{text}`"
                ));
            }
            line.push_str(" :");
        } else {
            line.push(' ');
        }
        line.push_str(&text);
    }
    if line.contains(['\r', '\n', '\0']) {
        return Err("an IRC message cannot contain a line break".to_owned());
    }
    Ok(line)
}

/// Escapes of tag values, IRCv3 message tags.
const ESCAPES: [(&str, &str); 5] = [("\\\\", "\\"), ("\\:", ";"), ("\\s", " "), ("\\r", "\r"), ("\\n", "\n")];

fn escape(text: &str) -> String {
    ESCAPES.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(plain, escaped))
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match (c, if c == '\\' { letters.next() } else { None }) {
            ('\\', Some(':')) => out.push(';'),
            ('\\', Some('s')) => out.push(' '),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some(other)) => out.push(other),
            ('\\', None) => {}
            (plain, _) => out.push(plain),
        }
    }
    out
}
