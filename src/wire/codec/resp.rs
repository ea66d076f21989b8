use super::unread::Unread;
use super::{Coding, Part, bounds};
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use crate::wire::pattern::value_text;
use serde_json::{Map, Number, Value, json};

/// The Redis serialization protocol (RESP2 and RESP3). What a client sends is a list of words. What a server sends is a
/// string (simple, bulk or verbatim), a number, `true` or `false`, nothing (`null`), a list (arrays, sets, pushes), a table
/// (maps), or `{ error = "ERR …" }`. A part of a stream may hold several messages or a part of one.
#[derive(Default)]
pub(super) struct Resp {
    unread: Unread,
    /// Lists and tables that are not complete, the outermost first.
    open: Vec<Open>,
    /// How many values the message holds that is being read, and its bytes.
    values: usize,
    own: Vec<u8>,
}

/// A list that is not complete.
struct Open {
    /// It is a table: what belongs together follows one another.
    table: bool,
    left: usize,
    items: Vec<Value>,
}

enum Token {
    Value(Value),
    /// So many values follow.
    Open(Open),
}

impl Coding for Resp {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        self.unread.extend(raw);
        let read = self.messages();
        if read.is_err() {
            *self = Resp::default();
        }
        read
    }

    fn begun(&self) -> usize {
        self.own.len() + self.unread.len()
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let words = value.as_array().filter(|words| !words.is_empty());
        let words = words.ok_or("a RESP command is a list of words: [\"PUBLISH\", \"{channel}\", \"{text}\"]")?;
        let mut out = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            let bytes = to_bytes(word).unwrap_or_else(|| value_text(word).into_bytes());
            out.extend_from_slice(format!("${}\r\n", bytes.len()).as_bytes());
            out.extend_from_slice(&bytes);
            out.extend_from_slice(b"\r\n");
        }
        Ok(vec![Raw::Binary(out.into())])
    }
}

impl Resp {
    /// Every message that is complete.
    fn messages(&mut self) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        while let Some((rest, line_end)) = self.unread.line("RESP")? {
            let Some((token, end)) = token(rest, line_end)? else { break };
            self.own.extend_from_slice(&rest[..end]);
            self.unread.pass(end);
            if self.own.len() > bounds::PENDING {
                return Err(format!("a RESP message of more than {} bytes", bounds::PENDING));
            }
            if let Some(value) = self.take(token)? {
                let own = std::mem::take(&mut self.own);
                self.values = 0;
                parts.push(Part::Message(value, Some(Raw::Binary(own.into()))));
                bounds::messages(parts.len())?;
            }
        }
        Ok(parts)
    }

    /// Puts a value where it belongs; the message, where it is complete with it.
    fn take(&mut self, token: Token) -> Result<Option<Value>, String> {
        let mut value = match token {
            Token::Value(value) => {
                self.values += 1;
                value
            }
            Token::Open(open) if open.left == 0 => open.close(),
            Token::Open(open) => {
                if self.open.len() >= bounds::DEPTH {
                    return Err(format!("RESP of more than {} lists in each other", bounds::DEPTH));
                }
                bounds::count(self.values.saturating_add(open.left))?;
                self.open.push(open);
                return Ok(None);
            }
        };
        bounds::count(self.values)?;
        while let Some(mut open) = self.open.pop() {
            open.items.push(value);
            open.left -= 1;
            if open.left > 0 {
                self.open.push(open);
                return Ok(None);
            }
            value = open.close();
        }
        Ok(Some(value))
    }
}

impl Open {
    fn close(self) -> Value {
        if !self.table {
            return Value::Array(self.items);
        }
        let mut map = Map::new();
        let mut items = self.items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            map.insert(value_text(&key), value);
        }
        Value::Object(map)
    }
}

/// What begins with a line that ends there, and where it ends; none where more has to come.
fn token(bytes: &[u8], line_end: usize) -> Result<Option<(Token, usize)>, String> {
    let line = std::str::from_utf8(&bytes[..line_end]).map_err(|_| "a RESP line that is not UTF-8")?;
    let behind = line_end + 2;
    let mut letters = line.chars();
    let (kind, rest) = (letters.next().ok_or("an empty RESP line")?, letters.as_str());
    let value = |value: Value| Ok(Some((Token::Value(value), behind)));
    let list = |table: bool, length: Option<usize>| match length {
        None => value(Value::Null),
        Some(left) => {
            let left = if table { left.saturating_mul(2) } else { left };
            Ok(Some((Token::Open(Open { table, left, items: Vec::new() }), behind)))
        }
    };
    match kind {
        '+' => value(rest.into()),
        '-' => value(json!({ "error": rest })),
        ':' => value(rest.parse::<i64>().map_err(|_| no_number(rest))?.into()),
        '(' => value(rest.into()),
        ',' => {
            let number: f64 = rest.parse().map_err(|_| no_number(rest))?;
            value(Number::from_f64(number).map_or_else(|| rest.into(), Value::Number))
        }
        '#' if matches!(rest, "t" | "f") => value((rest == "t").into()),
        '_' if rest.is_empty() => value(Value::Null),
        '$' | '=' | '!' => {
            let Some(length) = length(rest)? else { return value(Value::Null) };
            if length > bounds::PENDING {
                return Err(format!("a RESP string of more than {} bytes", bounds::PENDING));
            }
            let Some(string) = bytes.get(behind..behind + length) else { return Ok(None) };
            match bytes.get(behind + length..behind + length + 2) {
                None => return Ok(None),
                Some(b"\r\n") => {}
                Some(_) => return Err("a RESP string that does not end where its length says".to_owned()),
            }
            let text = |bytes: &[u8]| std::str::from_utf8(bytes).map_or_else(|_| from_bytes(bytes), Value::from);
            let value = match kind {
                '!' => json!({ "error": text(string) }),
                // The form stands before it: `txt:`.
                '=' => text(string.get(4..).unwrap_or_default()),
                _ => text(string),
            };
            Ok(Some((Token::Value(value), behind + length + 2)))
        }
        '*' | '~' | '>' => list(false, length(rest)?),
        '%' => list(true, length(rest)?),
        other => Err(format!("`{other}` begins no RESP value: `{}`", bounds::short(line))),
    }
}

/// A length; none of what is nothing.
fn length(text: &str) -> Result<Option<usize>, String> {
    match text {
        "-1" => Ok(None),
        text => text.parse().map(Some).map_err(|_| format!("`{}` is no length", bounds::short(text))),
    }
}

fn no_number(text: &str) -> String {
    format!("`{}` is no number", bounds::short(text))
}
