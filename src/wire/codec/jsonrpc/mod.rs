//! JSON-RPC 2.0 (<https://www.jsonrpc.org/specification>).

mod requests;
#[cfg(test)]
mod tests;

use super::{Coding, Part, bounds, text_or_utf8};
use crate::wire::Raw;
use requests::Requests;
use serde_json::{Map, Value};

/// JSON-RPC 2.0. A request is `{ method, params, id }`, a notification `{ method, params, notification = true }`, an answer
/// `{ request, result, id }` or `{ request, error, id }`, where `request` is the method and the params of what it answers.
///
/// The codec makes the ids of what its side asks, and finds the request that an answer of its side is for. What the
/// other side says is held against the rules of the protocol: which rule a message breaks is the reason that it cannot be
/// read.
#[derive(Default)]
pub(super) struct JsonRpc {
    /// What this side has asked.
    asked: Requests,
    /// What the other side has asked.
    heard: Requests,
    /// The last id that was made.
    last_id: u64,
}

/// Methods that begin so are those of notifications, whoever uses JSON-RPC.
const NOTIFICATIONS: [&str; 2] = ["notifications/", "$/"];

impl Coding for JsonRpc {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        match bounds::json(&text_or_utf8(raw)?)? {
            Value::Array(batch) if batch.is_empty() => Err("an empty batch of JSON-RPC".to_owned()),
            Value::Array(batch) => {
                bounds::messages(batch.len())?;
                let part = |(message, own): (Result<Value, String>, Raw)| match message {
                    Ok(value) => Part::Message(value, Some(own)),
                    Err(why) => Part::Unread(why, own),
                };
                let read = batch.into_iter().map(|message| {
                    let own = Raw::Text(message.to_string().into());
                    (self.read(message), own)
                });
                Ok(read.map(part).collect())
            }
            message => Ok(vec![Part::Message(self.read(message)?, None)]),
        }
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let text = match value {
            Value::Array(batch) => {
                let all: Vec<Value> = batch.iter().map(|value| self.write(value)).collect::<Result<_, _>>()?;
                serde_json::to_string(&all)
            }
            value => serde_json::to_string(&self.write(value)?),
        };
        Ok(vec![Raw::Text(text.map_err(|error| error.to_string())?.into())])
    }
}

impl JsonRpc {
    /// A message of the other side; the error says which rule of the protocol it breaks.
    fn read(&mut self, message: Value) -> Result<Value, String> {
        let Value::Object(mut message) = message else { return Err("not an object of JSON-RPC".to_owned()) };
        match message.remove("jsonrpc") {
            Some(Value::String(version)) if version == "2.0" => {}
            Some(other) => return Err(format!("`jsonrpc` is {other}, not \"2.0\"")),
            None => return Err("a message without `jsonrpc`: \"2.0\"".to_owned()),
        }
        match (message.contains_key("method"), message.contains_key("result"), message.contains_key("error")) {
            (true, false, false) => self.read_call(message),
            (true, _, _) => Err("a message with a method and an answer".to_owned()),
            (false, true, true) => Err("an answer with a result and an error".to_owned()),
            (false, true, false) | (false, false, true) => self.read_answer(message),
            (false, false, false) => Err("a message without a method, a result or an error".to_owned()),
        }
    }

    fn read_call(&mut self, mut message: Map<String, Value>) -> Result<Value, String> {
        if !message["method"].is_string() {
            return Err(format!("the method {} is not a string", message["method"]));
        }
        if let Some(params) = message.get("params").filter(|params| !params.is_object() && !params.is_array()) {
            return Err(format!("the params {params} are neither an object nor an array"));
        }
        match message.get("id") {
            None => {
                message.insert("notification".to_owned(), true.into());
            }
            Some(id @ (Value::String(_) | Value::Number(_))) => {
                if self.heard.is_open(id) {
                    return Err(format!("a request with the id {id}, while an earlier one with this id is open"));
                }
                self.heard.ask(id.clone(), said(&message))?;
            }
            Some(id) => return Err(format!("a request with the id {id}, which is neither a string nor a number")),
        }
        Ok(Value::Object(message))
    }

    fn read_answer(&mut self, mut message: Map<String, Value>) -> Result<Value, String> {
        if let Some(error) = message.get("error") {
            if !error.get("code").is_some_and(|code| code.is_i64() || code.is_u64()) {
                return Err("an error without a `code` that is an integer".to_owned());
            }
            if !error.get("message").is_some_and(Value::is_string) {
                return Err("an error without a `message` that is a string".to_owned());
            }
        }
        match message.get("id") {
            // Of what could not be read so far that its id was known.
            Some(Value::Null) if message.contains_key("error") => {}
            Some(id @ (Value::String(_) | Value::Number(_))) => {
                let request = self.asked.answer(id)?;
                message.insert("request".to_owned(), request);
            }
            Some(id) => return Err(format!("an answer with the id {id}, which is neither a string nor a number")),
            None => return Err("an answer without an id".to_owned()),
        }
        Ok(Value::Object(message))
    }

    /// A message of this side as it is on the wire.
    fn write(&mut self, value: &Value) -> Result<Value, String> {
        const FORMS: &str = "a JSON-RPC message is `{ method, params }`, `{ request, result }` or `{ request, error }`";
        let Value::Object(value) = value else { return Err(FORMS.to_owned()) };
        let mut message = Map::new();
        message.insert("jsonrpc".to_owned(), "2.0".into());
        match (value.get("method").map(Value::as_str), value.contains_key("result") || value.contains_key("error")) {
            (Some(Some(method)), false) => {
                let known = || NOTIFICATIONS.iter().any(|begin| method.starts_with(begin));
                if !value.get("notification").and_then(Value::as_bool).unwrap_or_else(known) {
                    let id = self.own_id(value.get("id"));
                    self.asked.ask(id.clone(), said(value))?;
                    message.insert("id".to_owned(), id);
                }
            }
            (None, true) => {
                let any = Value::Object(Map::new());
                let id = self.heard.answering(value.get("id"), value.get("request").unwrap_or(&any))?;
                message.insert("id".to_owned(), id);
            }
            (Some(_), _) | (None, false) => return Err(FORMS.to_owned()),
        }
        let own =
            value.iter().filter(|(name, _)| !["jsonrpc", "id", "request", "notification"].contains(&name.as_str()));
        message.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        Ok(Value::Object(message))
    }

    /// The id of a request of this side: as the binding says it, else a number that no earlier one has.
    fn own_id(&mut self, said: Option<&Value>) -> Value {
        match said {
            Some(id) => {
                self.last_id = self.last_id.max(id.as_u64().unwrap_or_default());
                id.clone()
            }
            None => {
                self.last_id = self.last_id.saturating_add(1);
                self.last_id.into()
            }
        }
    }
}

/// The method and the params of a request.
fn said(message: &Map<String, Value>) -> Value {
    let own = message.iter().filter(|(name, _)| ["method", "params"].contains(&name.as_str()));
    Value::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect())
}
