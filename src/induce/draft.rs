//! The rule that would name a single frame.

use super::again::Varying;
use super::groups::Kinds;
use super::links::Links;
use super::messages::{self, Item, On, Story};
use super::secret::Secret;
use super::tape::Side;
use super::unify::{Maker, Role};
use super::{compiled, groups, label, rule};
use crate::wire::{COMMENT, Observed, RETRY, Sender};
use rustc_hash::FxHashSet;
use serde_json::{Value, json};

/// A `[[rule]]` for what one side has sent, to begin with: what names its type stays, and the label shows what other messages
/// of the type may have elsewhere. None for what is no frame (a status, an end), and for what no rule can say.
pub fn rule_of(observed: &Observed, sender: Sender) -> Option<String> {
    let (on, value) = match observed {
        Observed::Event { event, .. } if event == COMMENT => {
            return Some(
                "[[rule]]\nlabel  = \"comment\"\non     = \"sse\"\nserver = { comment = \"{_}\" }\n".to_owned(),
            );
        }
        Observed::Event { event, .. } if event == RETRY => {
            let rule = "[[rule]]\nlabel  = \"retry {time}\"\non     = \"sse\"\nserver = { retry = \"{time:int}\" }\n";
            return Some(rule.to_owned());
        }
        Observed::Event { event, id, data } => (On::Events, messages::event(event, id.as_deref(), data)),
        Observed::Message(message) => (On::Socket, frame(&message.value)?),
        Observed::Garbled { .. }
        | Observed::Status { .. }
        | Observed::Close { .. }
        | Observed::End { .. }
        | Observed::Dialled { .. }
        | Observed::Asked { .. } => return None,
    };
    let side = match sender {
        Sender::Client => Side::Client,
        Sender::Server => Side::Server,
    };
    let one =
        |literal: bool| made(&Item { who: 0, side, on, value: value.clone(), at: 0, line: 0, known: None }, literal);
    one(false)
        .filter(|rule| names(rule, observed, sender))
        .or_else(|| one(true).filter(|rule| names(rule, observed, sender)))
}

/// A message as it is looked at here: of the request that an answer is for the method is enough.
fn frame(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => messages::line(text),
        Value::Object(map) if map.contains_key("request") => {
            let mut map = map.clone();
            let method = map.get("request").and_then(|request| request.get("method"))?.clone();
            map.shift_remove("id");
            map.insert("request".to_owned(), json!({ "method": method }));
            map.into()
        }
        Value::Array(_) | Value::Object(_) => value.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    })
}

fn made(item: &Item, literal: bool) -> Option<String> {
    let story = Story { people: super::people::People::nobody(), items: vec![item.clone()], ..Story::default() };
    let kinds = Kinds::of(&story);
    let links = Links::of(&story, &[0]);
    let literal: FxHashSet<usize> = if literal { std::iter::once(0).collect() } else { FxHashSet::default() };
    let groups = groups::of(&story, &kinds, &links, &literal);
    let group = groups.first()?;
    let mut secret = Secret::default();
    let varying = Varying::default();
    let form = Maker { story: &story, links: &links, secret: &mut secret, varying: &varying }.form(group);
    let unsaid = form.leaves.iter().any(|leaf| matches!(leaf.role, Role::Any { .. }));
    if unsaid && item.side == Side::Client {
        return None;
    }
    Some(rule::written(group, &form, &label::of(group, &form)))
}

/// Whether a rule is read, and names this frame.
fn names(rule: &str, observed: &Observed, sender: Sender) -> bool {
    let Ok(binding) = compiled("rule.toml", rule) else { return false };
    let channel = match observed {
        Observed::Event { .. } => crate::wire::Channel::Events,
        Observed::Message(_)
        | Observed::Garbled { .. }
        | Observed::Status { .. }
        | Observed::Close { .. }
        | Observed::End { .. }
        | Observed::Dialled { .. }
        | Observed::Asked { .. } => crate::wire::Channel::Socket,
    };
    let name = match sender {
        Sender::Client => binding.name_of_client(observed, channel),
        Sender::Server => binding.name_of(observed, channel),
    };
    // In a label of several lines nobody would see where it ends.
    name.is_some_and(|name| !name.label.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, Sources};
    use crate::wire::{Binding, Channel, Matched, Memory, Message, Party, Raw, Resolved, Viewer};

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
        let wanted = "[[rule]]\nlabel  = \"presence {user} n {n}\"\n\
                      server = { user = \"{user}\", type = \"presence\", n = \"{n:int}\" }\n";
        assert_eq!(rule, wanted);
        let rule = fits(&observed, Channel::Socket, Sender::Client);
        assert_eq!(rule, wanted.replace("server =", "client ="));
        let request = json!({ "method": "tools/list", "params": {} });
        let rule =
            fits(&message(json!({ "id": 1, "request": request, "result": {} })), Channel::Socket, Sender::Server);
        let wanted = "[[rule]]\nlabel  = \"result of tools/list: {result}\"\n\
                      server = { request = { method = \"tools/list\" }, result = \"{result:json}\" }\n";
        assert_eq!(rule, wanted);
        let error = message(json!({ "id": 1, "request": request, "error": { "code": 1, "message": "no" } }));
        let rule = fits(&error, Channel::Socket, Sender::Server);
        assert!(rule.contains("label  = \"error of tools/list {code}: {message}\""), "{rule}");
        assert_eq!(rule_of(&message(json!(17)), Sender::Server), None);
        // What no label can show is written out, and the label is one line.
        let rule = fits(&message(json!("two\nlines")), Channel::Socket, Sender::Server);
        assert_eq!(rule, "[[rule]]\nlabel  = \"two lines\"\nserver = \"two\\nlines\"\n");
    }
}
