//! Labels that say what kind of message they are: an HTTP request or a status, a Server-Sent Event, JSON, `name {a, b}`,
//! `name(a, b)`, `type: name`. Their rule is written for that kind, not for a guess from their words.

use super::super::binding::on_the_wire;
use super::super::pattern::is_rfc3339;
use super::super::resolved::Sender;
use super::guess::slug;
use super::{escape, event, quoted};
use crate::order::Way;
use serde_json::Value;

/// A rule that is known from its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// The label as a binding writes it.
    pub label: String,
    /// The label that it was made of.
    pub example: String,
    /// The lines of the rule below its label.
    pub lines: Vec<String>,
    /// What its author has to fill in, where there is anything.
    pub open: Option<String>,
}

/// Members that name the type of a message, the likeliest first.
pub(super) const TYPE_KEYS: [&str; 9] = ["type", "event", "action", "op", "method", "kind", "cmd", "command", "t"];

/// Methods of HTTP in labels (RFC 9110, section 9, and RFC 5789).
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The rule of a label, where the label says what it is, or the arrows around it do.
pub(super) fn of(label: &str, sender: Sender, way: Way, key: &str) -> Option<Known> {
    match sender {
        Sender::Client => {
            if let Some((method, path)) = request(label).filter(|_| way != Way::StreamEnd) {
                return Some(asking(label, method, &path, way));
            }
        }
        Sender::Server => {
            if let Some(code) = status(label) {
                let lines = vec!["on     = \"http\"".to_owned(), format!("server = {{ status = {code} }}")];
                return Some(plain(label, lines, None));
            }
            if let Some(event) = event::of(label) {
                return Some(event);
            }
        }
    }
    let http = || "on     = \"http\"".to_owned();
    let kind = || json(label, sender, key).or_else(|| members(label, sender, key)).or_else(|| call(label, sender, key));
    match way {
        Way::Socket => kind(),
        Way::Connect => {
            let open = "the address, if it is not the address of the target";
            Some(plain(label, vec!["action = \"connect\"".to_owned()], Some(open)))
        }
        Way::Stream => {
            let lines = vec!["on     = \"sse\"".to_owned(), "client = { path = \"/\" }".to_owned()];
            Some(plain(label, lines, Some("the path of the event stream")))
        }
        Way::Request => {
            let path: String = slug(label).replace('_', "-").chars().take(PATH).collect();
            let client = format!("client = {{ method = \"POST\", path = {} }}", quoted(&format!("/{path}")));
            Some(plain(label, vec![http(), client], Some("the method, the path and the body of the request")))
        }
        Way::Answer => {
            let lines = vec![http(), "server = { status = 200 }".to_owned()];
            Some(plain(label, lines, Some("the status and the body")))
        }
        Way::Event => Some(in_event(kind(), label, key)),
        Way::StreamEnd => {
            let lines = match sender {
                Sender::Client => vec!["action = \"drop-events\"".to_owned()],
                Sender::Server => vec!["on     = \"sse\"".to_owned(), "action = \"closed\"".to_owned()],
            };
            Some(plain(label, lines, None))
        }
    }
}

/// The rule of a request: what is asked, or the socket or the stream that it opens.
fn asking(label: &str, method: &str, path: &str, way: Way) -> Known {
    let quoted_path = quoted(&escape(path));
    let client = match method {
        "GET" if way == Way::Stream => format!("path = {quoted_path}"),
        _ => format!("method = \"{method}\", path = {quoted_path}"),
    };
    let lines = match way {
        Way::Connect => {
            let url = quoted(&format!("{{target}}{}", escape(path)));
            vec!["action = \"connect\"".to_owned(), format!("connect = {{ url = {url} }}")]
        }
        Way::Stream => {
            if let Some(written) = event::last_id(label) {
                let client = format!("client = {{ {client}, headers = {{ last-event-id = \"{{id}}\" }} }}");
                let lines = vec!["on     = \"sse\"".to_owned(), client];
                return Known { label: written, example: label.to_owned(), lines, open: None };
            }
            vec!["on     = \"sse\"".to_owned(), format!("client = {{ {client} }}")]
        }
        Way::Socket | Way::Request | Way::Answer | Way::Event | Way::StreamEnd => {
            vec!["on     = \"http\"".to_owned(), format!("client = {{ {client} }}")]
        }
    };
    plain(label, lines, None)
}

/// So many letters of a label make a path.
const PATH: usize = 40;

fn plain(label: &str, lines: Vec<String>, open: Option<&str>) -> Known {
    Known { label: escape(label), example: label.to_owned(), lines, open: open.map(str::to_owned) }
}

/// What a message would be, as the data of an event.
fn in_event(kind: Option<Known>, label: &str, key: &str) -> Known {
    let known = kind.filter(|known| !known.lines.iter().any(|line| line.contains("json = ")));
    let frame = |known: &Known| known.lines.first().and_then(|line| Some(line.strip_prefix("server = ")?.to_owned()));
    let (mut known, frame) = match known.and_then(|known| Some((frame(&known)?, known))) {
        Some((frame, known)) => (known, frame),
        None => {
            let word = slug(label);
            let name = if word.is_empty() { label } else { &word };
            let open = Some("the data of the event");
            (plain(label, Vec::new(), open), format!("{{ {key} = {} }}", quoted(&escape(name))))
        }
    };
    known.lines = vec!["on     = \"sse\"".to_owned(), format!("server = {{ data = {{ \"$json\" = {frame} }} }}")];
    known
}

/// `POST /login`, `[GET] /pets`: the method and the path.
fn request(label: &str) -> Option<(&'static str, String)> {
    let mut words = first_line(label).split_whitespace();
    let written = words.next()?.trim_matches(['[', ']']);
    let first = written.to_ascii_uppercase();
    let first = if first == "HTTP" { words.next()?.to_ascii_uppercase() } else { first };
    let method = METHODS.into_iter().find(|method| *method == first)?;
    let path = words.next()?;
    // `POST enqueue` is one, and `Post it` is none.
    let thing = written == method && path.chars().all(|c| c.is_alphanumeric() || "-_.?=&{}".contains(c));
    (thing || path.contains('/')).then(|| (method, on_the_wire(path)))
}

/// A label before its first break, be that written as two signs.
fn first_line(label: &str) -> &str {
    label.split("\\n").next().unwrap_or_default()
}

/// `200 OK`, `HTTP 404`, `HTTP/1.1 204 No Content`
fn status(label: &str) -> Option<u16> {
    let mut words = first_line(label).split_whitespace();
    let first = words.next()?;
    let number = if first.to_ascii_uppercase().starts_with("HTTP") { words.next()? } else { first };
    let code: u16 = number.parse().ok().filter(|_| number.len() == 3)?;
    (200..600).contains(&code).then_some(code)
}

/// A label that is the frame: `{"type":"hello"}`.
fn json(label: &str, sender: Sender, key: &str) -> Option<Known> {
    let text = label.trim();
    if !(text.starts_with('{') && text.ends_with('}') || text.starts_with('[') && text.ends_with(']')) {
        return None;
    }
    let side = side(sender);
    let (frame, open) = match serde_json::from_str::<Value>(text) {
        Ok(value) => (format!("{{ json = {} }}", quoted(&as_pattern(value, sender).to_string())), None),
        Err(_) => {
            let (at, word) = TYPE_KEYS.into_iter().find_map(|known| Some((known, value_of(text, known)?)))?;
            let at = if at == "type" { key } else { at };
            (format!("{{ {at} = {} }}", quoted(&escape(word))), Some("the members that it omits".to_owned()))
        }
    };
    let lines = vec![format!("{side} = {frame}")];
    Some(Known { label: escape(label), example: label.to_owned(), lines, open })
}

/// A value as the pattern that it fits: braces in its texts are doubled; what a server says where the drawing has `...`, and
/// when it does, is not compared.
fn as_pattern(value: Value, sender: Sender) -> Value {
    match value {
        Value::String(text) if sender == Sender::Server && ["...", "…"].contains(&text.as_str()) => "{_}".into(),
        Value::String(text) if sender == Sender::Server && is_rfc3339(&text) => "{_:time}".into(),
        Value::String(text) => Value::String(escape(&text)),
        Value::Array(items) => items.into_iter().map(|item| as_pattern(item, sender)).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (escape(&name), as_pattern(value, sender))).collect())
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

/// `word` of `… "type": "word" …`
fn value_of<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let at = text.find(&format!("\"{key}\""))? + key.len() + 2;
    let rest = text[at..].trim_start().strip_prefix([':', '='])?.trim_start().strip_prefix('"')?;
    rest.split_once('"').map(|(word, _)| word).filter(|word| !word.is_empty())
}

/// `name {a=1, b, c: "x"}`: the type, and its members. Values are holes of the label.
fn members(label: &str, sender: Sender, key: &str) -> Option<Known> {
    let (name, rest) = label.split_once('{')?;
    let name = name.trim();
    let (inside, behind) = rest.rsplit_once('}')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.:/-".contains(c));
    if !is_name || inside.contains(['{', '}']) {
        return None;
    }
    let mut written = format!("{}{{{{", &label[..label.find('{')?]);
    let mut list = vec![format!("{key} = {}", quoted(name))];
    let mut open = Vec::new();
    for (index, part) in inside.split(',').enumerate() {
        if index > 0 {
            written.push(',');
        }
        let bare = part.trim();
        let is_member = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let value = part.split_once([':', '=']).filter(|(member, _)| is_member(member.trim().trim_matches('"')));
        match value {
            Some((member, value)) if !value.contains(['[', ']', '(', ')']) && !value.trim().is_empty() => {
                let member = member.trim().trim_matches('"');
                let plain = value.trim();
                let within = |quote: char| plain.strip_prefix(quote)?.strip_suffix(quote);
                let quoted = within('"').or_else(|| within('\''));
                let (quotes, inner) = (quoted.is_some(), quoted.unwrap_or(plain));
                if inner.is_empty()
                    || member == key
                    || list.iter().any(|known| known.starts_with(&format!("{member} =")))
                {
                    written.push_str(&escape(part));
                    continue;
                }
                let kind = if !quotes && inner.parse::<i64>().is_ok() { ":int" } else { "" };
                let at = part.rfind(inner)?;
                written.push_str(&escape(&part[..at]));
                written.push_str(&format!("{{{member}}}"));
                written.push_str(&escape(&part[at + inner.len()..]));
                list.push(format!("{member} = \"{{{member}{kind}}}\""));
            }
            Some(_) | None => {
                written.push_str(&escape(part));
                if value.is_none() && is_member(bare) && sender == Sender::Client {
                    list.push(format!("{bare} = {}", quoted(bare)));
                    open.push(bare.to_owned());
                }
            }
        }
    }
    written.push_str("}}");
    written.push_str(&escape(behind));
    let lines = vec![format!("{} = {{ {} }}", side(sender), list.join(", "))];
    let open = (!open.is_empty()).then(|| format!("the values of {}", open.join(", ")));
    Some(Known { label: written, example: label.to_owned(), lines, open })
}

/// `name(a, b)` and `type: name`
fn call(label: &str, sender: Sender, key: &str) -> Option<Known> {
    let known = |name: &str, open: Option<String>| {
        let lines = vec![format!("{} = {{ {key} = {} }}", side(sender), quoted(&escape(name)))];
        Some(Known { label: escape(label), example: label.to_owned(), lines, open })
    };
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.:".contains(c));
    if let Some((word, name)) = label.split_once(": ")
        && TYPE_KEYS.contains(&word.trim().to_ascii_lowercase().as_str())
        && is_name(name.trim())
    {
        return known(name.trim(), None);
    }
    let (name, rest) = label.split_once('(')?;
    let arguments = rest.trim_end().strip_suffix(')')?;
    if !is_name(name) || arguments.contains(['(', ')']) {
        return None;
    }
    let open = (!arguments.trim().is_empty()).then(|| format!("the place of {} in the frame", arguments.trim()));
    known(name, open)
}

pub(super) fn side(sender: Sender) -> &'static str {
    match sender {
        Sender::Client => "client",
        Sender::Server => "server",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(label: &str, sender: Sender) -> Option<(String, String)> {
        let way = if label == "GET /events" { Way::Stream } else { Way::Socket };
        of(label, sender, way, "type").map(|known| (known.label, known.lines.join(" | ")))
    }

    /// A quote that nothing closes, and one with more than a byte behind it, belongs to the value.
    #[test]
    fn a_value_is_within_quotes_only_where_they_are_closed() {
        for (value, hole) in
            [("\"a\"", "\"{v}\""), ("\"a\"\u{202e}", "{v}"), ("'a\"", "{v}"), ("\"é", "{v}"), ("'", "{v}")]
        {
            let (label, _) = lines(&format!("say {{v: {value}}}"), Sender::Client).expect("members");
            assert_eq!(label, format!("say {{{{v: {hole}}}}}"), "{value}");
        }
    }

    #[test]
    fn labels_that_say_what_they_are_get_that_rule() {
        use Sender::{Client, Server};
        for (sender, label, written, rule) in [
            (
                Client,
                "POST /login",
                "POST /login",
                r#"on     = "http" | client = { method = "POST", path = "/login" }"#,
            ),
            (Client, "[GET] /pets", "[GET] /pets", r#"on     = "http" | client = { method = "GET", path = "/pets" }"#),
            (Client, "GET /events", "GET /events", r#"on     = "sse" | client = { path = "/events" }"#),
            (Server, "200 OK", "200 OK", r#"on     = "http" | server = { status = 200 }"#),
            (Server, "event: hello", "event: hello", r#"on     = "sse" | server = { event = "hello" }"#),
            (
                Server,
                "event: tick, data: 42",
                "event: tick, data: {data}",
                r#"on     = "sse" | server = { event = "tick", data = "{data}" }"#,
            ),
            (
                Client,
                r#"{"action": "chat", "n": 1}"#,
                r#"{{"action": "chat", "n": 1}}"#,
                r#"client = { json = "{\"action\":\"chat\",\"n\":1}" }"#,
            ),
            (
                Server,
                r#"{"type": "complete", "data": {...}}"#,
                r#"{{"type": "complete", "data": {{...}}}}"#,
                r#"server = { type = "complete" }"#,
            ),
            (
                Client,
                "game.move {row: 1, player: 'O'}",
                "game.move {{row: {row}, player: '{player}'}}",
                r#"client = { type = "game.move", row = "{row:int}", player = "{player}" }"#,
            ),
            (Client, "prompt {message}", "prompt {{message}}", r#"client = { type = "prompt", message = "message" }"#),
            (Server, "prompt {message}", "prompt {{message}}", r#"server = { type = "prompt" }"#),
            (Client, "getPet(id)", "getPet(id)", r#"client = { type = "getPet" }"#),
            (Server, "type: welcome", "type: welcome", r#"server = { type = "welcome" }"#),
        ] {
            assert_eq!(lines(label, sender), Some((written.to_owned(), rule.to_owned())), "{label}");
        }
        for plain in ["hello", "42 apples", "say (quietly) hello", "a: b"] {
            assert_eq!(lines(plain, Server), None, "{plain}");
        }
    }
}
