//! The rule that would name a frame, to begin with.

use super::kinds::TYPE_KEYS;
use super::{escape, quoted};
use crate::wire::{COMMENT, Observed, RETRY, Sender};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// So many members of a frame become holes of the label; objects are open, so that others need not be named.
const HOLES: usize = 6;
/// A text that is longer than this names no type.
const KIND: usize = 60;

/// A `[[rule]]` for what one side has sent: what names its type stays, other members are holes that the label shows. None
/// for what is no frame (a status, an end), and for what no pattern can say.
pub fn rule_of(observed: &Observed, sender: Sender) -> Option<String> {
    let mut rule = Made { client: sender == Sender::Client, ..Made::default() };
    let (on, frame) = match observed {
        Observed::Message(message) => ("", rule.whole(&message.value)?),
        Observed::Event { event, data, .. } => ("on     = \"sse\"\n", rule.event(event, data)?),
        Observed::Garbled { .. }
        | Observed::Status { .. }
        | Observed::Close { .. }
        | Observed::End { .. }
        | Observed::Dialled { .. }
        | Observed::Asked { .. } => {
            return None;
        }
    };
    let side = match sender {
        Sender::Client => "client",
        Sender::Server => "server",
    };
    Some(format!("[[rule]]\nlabel  = {}\n{on}{side} = {frame}\n", quoted(&rule.label())))
}

/// What is known of the rule so far.
#[derive(Default)]
struct Made {
    /// A client sends it: what it would send for a hole has to have a name.
    client: bool,
    /// What stays of the frame, as the label shows it.
    kind: String,
    holes: Vec<String>,
}

impl Made {
    fn label(&self) -> String {
        let kind = if self.kind.is_empty() { "frame".to_owned() } else { escape(&self.kind) };
        let mut label = kind.split_whitespace().collect::<Vec<_>>().join(" ");
        if !self.holes.is_empty() {
            let holes: Vec<String> = self.holes.iter().map(|hole| format!("{hole}={{{hole}}}")).collect();
            let _ = write!(label, " ({})", holes.join(", "));
        }
        label
    }

    /// A message of the codec.
    fn whole(&mut self, value: &Value) -> Option<String> {
        match value {
            // What a client sends as bytes no hole of its rule takes in.
            Value::Object(map) if bytes(map) && self.client => None,
            Value::Object(map) if bytes(map) => Some("{ \"$hex\" = \"{bytes}\" }".to_owned()),
            Value::Object(map) => self.answer(map).or_else(|| Some(self.object(map))),
            Value::Array(items) if self.client && items.len() > HOLES => None,
            Value::Array(items) if !items.is_empty() => {
                let items: Vec<String> = items.iter().enumerate().map(|(index, item)| self.item(index, item)).collect();
                Some(format!("[{}]", items.join(", ")))
            }
            Value::String(text) => {
                self.kind.clone_from(text);
                let one_line = !text.trim().is_empty() && !text.contains(char::is_control) && text.trim() == text;
                one_line.then(|| quoted(&escape(text)))
            }
            Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }

    /// An answer as the codec of JSON-RPC has it: what it is for tells it from others, and its id does not.
    fn answer(&mut self, map: &Map<String, Value>) -> Option<String> {
        let method = map.get("request")?.get("method").filter(|method| is_kind(method))?.as_str()?;
        let what = ["result", "error"].into_iter().find(|what| map.contains_key(*what))?;
        self.kind = format!("{method} {what}");
        let content = self.hole(what, map.get(what)?);
        Some(format!("{{ request = {{ method = {} }}, {what} = {content} }}", quoted(&escape(method))))
    }

    fn object(&mut self, map: &Map<String, Value>) -> String {
        let named = |key: &&str| map.get(*key).is_some_and(is_kind);
        let first = || map.iter().find(|(_, value)| is_kind(value)).map(|(name, _)| name.as_str());
        let kind = TYPE_KEYS.iter().copied().find(named).or_else(first);
        let mut members = Vec::new();
        if let Some((name, value)) = kind.and_then(|name| map.get_key_value(name)) {
            self.kind = value.as_str().unwrap_or_default().to_owned();
            members.push(format!("{} = {}", key(name), quoted(&escape(&self.kind))));
        }
        for (name, value) in map.iter().filter(|(name, _)| Some(name.as_str()) != kind && !name.starts_with('$')) {
            if self.holes.len() < HOLES {
                members.push(format!("{} = {}", key(name), self.hole(name, value)));
            }
        }
        format!("{{ {} }}", members.join(", "))
    }

    fn item(&mut self, index: usize, value: &Value) -> String {
        if self.kind.is_empty() && is_kind(value) {
            self.kind = value.as_str().unwrap_or_default().to_owned();
            return quoted(&escape(&self.kind));
        }
        if self.holes.len() < HOLES { self.hole(&format!("p{index}"), value) } else { "\"{_}\"".to_owned() }
    }

    fn event(&mut self, event: &str, data: &str) -> Option<String> {
        if event == COMMENT {
            self.kind = "comment".to_owned();
            return Some("{ comment = \"{_}\" }".to_owned());
        }
        if event == RETRY {
            self.kind = "retry".to_owned();
            self.holes.push("time".to_owned());
            return Some("{ retry = \"{time:int}\" }".to_owned());
        }
        let named = event != "message";
        let data = match serde_json::from_str::<Value>(data) {
            Ok(Value::Object(map)) => format!("{{ \"$json\" = {} }}", self.object(&map)),
            Ok(_) | Err(_) if named && data.trim().is_empty() => "\"{_}\"".to_owned(),
            Ok(_) | Err(_) if named => {
                self.holes.push("data".to_owned());
                "\"{data}\"".to_owned()
            }
            Ok(_) | Err(_) => self.whole(&Value::from(data))?,
        };
        if named {
            self.kind = event.to_owned();
            return Some(format!("{{ event = {}, data = {data} }}", quoted(&escape(event))));
        }
        Some(format!("{{ data = {data} }}"))
    }

    /// What another frame of this type may have elsewhere.
    fn hole(&mut self, name: &str, value: &Value) -> String {
        let narrow = match value {
            Value::Null => return "\"{null}\"".to_owned(),
            Value::Object(map) if bytes(map) && !self.client => return "\"{_}\"".to_owned(),
            Value::String(text) if text.trim().is_empty() && !self.client => return "\"{_}\"".to_owned(),
            // No label can show it.
            Value::String(text) if text.trim().is_empty() => return quoted(&escape(text)),
            Value::String(_) => "",
            Value::Bool(_) => ":bool",
            Value::Number(number) if number.is_f64() => ":number",
            Value::Number(_) => ":int",
            Value::Array(_) | Value::Object(_) => ":json",
        };
        let letters = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let mut bare: String = name.chars().map(letters).collect();
        if !bare.starts_with(|c: char| c.is_ascii_alphabetic()) {
            bare.insert(0, 'x');
        }
        // Words that every binding has are no holes of their own.
        if ["self", "peer", "run", "target", "seq", "uuid", "now", "null", "env"].contains(&&*bare) {
            bare.push('_');
        }
        let names = std::iter::once(bare.clone()).chain((2_u32..).map(|number| format!("{bare}{number}")));
        let hole = names.into_iter().find(|name| !self.holes.contains(name)).unwrap_or_default();
        self.holes.push(hole.clone());
        format!("\"{{{hole}{narrow}}}\"")
    }
}

/// Bytes as a codec gives them.
fn bytes(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.contains_key("$hex")
}

/// Whether a value can be the name of a type: a text that is short and of one line.
fn is_kind(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    !text.trim().is_empty() && text.len() <= KIND && !text.contains(char::is_control)
}

/// The name of a member as TOML writes it, and as a pattern reads it.
fn key(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain { name.to_owned() } else { quoted(&escape(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, Sources};
    use crate::wire::{Binding, Channel, Matched, Memory, Message, Party, Raw, Resolved, Sender, Viewer};
    use serde_json::json;

    /// The rule is read, names the frame, and what it names it expects that frame.
    fn fits(observed: &Observed, channel: Channel, sender: Sender) -> String {
        let rule = rule_of(observed, sender).unwrap_or_else(|| panic!("{observed:?} has a rule"));
        let mut sources = Sources::new();
        let id = sources.add(Source::new("made", rule.as_str()));
        let binding = Binding::parse(&mut sources, id).unwrap_or_else(|why| panic!("{rule}\n{why:?}"));
        let (own, peer) = (Party::new("A"), Party::new("B"));
        let name = match sender {
            Sender::Client => binding.name_of_client(observed, channel),
            Sender::Server => binding.name_of(observed, channel),
        };
        let name = name.unwrap_or_else(|| panic!("{rule}\nnames {observed:?}"));
        let resolved = match sender {
            Sender::Client => binding.resolve_served(&name.label, sender, &own, &peer),
            Sender::Server => binding.resolve(&name.label, sender, &peer, &own),
        };
        let Ok(Resolved::Expect(expected)) = resolved else { panic!("{rule}\n`{}` is known", name.label) };
        let viewer = Viewer { lifeline: 0, scopes: &[], arrow: 0 };
        let matched = crate::wire::Expects::matches(&expected, observed, Memory::nothing(), viewer);
        assert!(matches!(matched, Matched::Yes(_)), "{rule}\n`{}` is {observed:?}", name.label);
        rule
    }

    fn message(value: Value) -> Observed {
        let raw = Raw::Text(value.to_string().into());
        Observed::Message(Message { value: value.into(), raw })
    }

    #[test]
    fn a_rule_fits_the_frame_of_which_it_is_made() {
        for value in [
            json!({ "type": "presence", "user": "bob", "online": true, "n": 3, "f": 1.5, "gone": null }),
            json!({ "kind": "user {x}", "self": "a", "to be": "b", "a{b}": 1 }),
            json!({ "op": "set", "at": [1, 2], "what": { "a": { "b": "c" } }, "empty": "" }),
            json!({ "a": 1 }),
            json!({ "type": 7, "name": "seven" }),
            json!({ "command": "PRIVMSG", "params": ["#a", "hello: you, there"], "nick": "bob" }),
            json!({ "packet": "publish", "topic": "a/b", "payload": { "$hex": "0001ff" } }),
            json!({ "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8 }),
            json!({ "t": "x", "n": u64::MAX, "m": -1 }),
            json!({ "": "x" }),
            json!({}),
            json!(["chat", { "text": "hi" }, 3, null]),
            json!([1, 2]),
            json!("hello {you}"),
            json!({ "$hex": "00ff" }),
        ] {
            let observed = message(value);
            fits(&observed, Channel::Socket, Sender::Server);
            if rule_of(&observed, Sender::Client).is_some() {
                fits(&observed, Channel::Socket, Sender::Client);
            }
        }
        for (event, data) in [
            ("message", r#"{"type":"tick","n":1}"#),
            ("joined", r#"{"user":"bob"}"#),
            ("joined", "bob"),
            ("joined", ""),
            ("message", "tick"),
        ] {
            let observed = Observed::Event { event: event.to_owned(), id: Some("7".to_owned()), data: data.to_owned() };
            fits(&observed, Channel::Events, Sender::Server);
        }
    }

    #[test]
    fn what_names_the_type_stays_and_the_rest_are_holes() {
        let observed = message(json!({ "user": "bob", "type": "presence", "n": 3 }));
        let rule = fits(&observed, Channel::Socket, Sender::Server);
        let wanted = "[[rule]]\nlabel  = \"presence (user={user}, n={n})\"\n\
                      server = { type = \"presence\", user = \"{user}\", n = \"{n:int}\" }\n";
        assert_eq!(rule, wanted);
        let rule = fits(&observed, Channel::Socket, Sender::Client);
        assert_eq!(rule, wanted.replace("server =", "client ="));
        let request = json!({ "method": "tools/list", "params": {} });
        let rule =
            fits(&message(json!({ "id": 1, "request": request, "result": {} })), Channel::Socket, Sender::Server);
        let wanted = "[[rule]]\nlabel  = \"tools/list result (result={result})\"\n\
                      server = { request = { method = \"tools/list\" }, result = \"{result:json}\" }\n";
        assert_eq!(rule, wanted);
        let error = message(json!({ "id": 1, "request": request, "error": { "code": 1, "message": "no" } }));
        assert!(
            fits(&error, Channel::Socket, Sender::Server).contains("label  = \"tools/list error (error={error})\"")
        );
        for unsaid in [json!([1, 2, 3, 4, 5, 6, 7]), json!({ "$hex": "00ff" })] {
            assert_eq!(rule_of(&message(unsaid), Sender::Client), None);
        }
        assert_eq!(rule_of(&message(json!(17)), Sender::Server), None);
        assert_eq!(rule_of(&message(json!("two\nlines")), Sender::Server), None);
    }
}
