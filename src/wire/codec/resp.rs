use super::unread::Unread;
use super::{Coding, Part, Side, bounds};
use crate::framing::quoted;
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use crate::wire::pattern::value_text;
use serde_json::{Map, Number, Value, json};

/// The Redis serialization protocol (RESP2 and RESP3). What a client sends is a list of words. What a server sends is a
/// string (simple, bulk or verbatim), a number, `true` or `false`, nothing (`null`), a list (arrays, sets, pushes), a table
/// (maps), or `{ error = "ERR …" }`. A part of a stream may hold several messages or a part of one. A server speaks RESP2
/// until its client says `HELLO 3`: tables are lists then, `true` and `false` numbers, and nothing is pushed.
#[derive(Default)]
pub(super) struct Resp {
    side: Side,
    /// The client has asked for RESP3.
    third: bool,
    unread: Unread,
    /// Lists and tables that are not complete, the outermost first.
    open: Vec<Open>,
    /// How many values the message holds that is being read, and its bytes.
    values: usize,
    own: Vec<u8>,
}

impl Resp {
    pub(super) fn at(side: Side) -> Self {
        Resp { side, ..Resp::default() }
    }
}

/// A list that is not complete.
struct Open {
    /// It is a table: what belongs together follows one another.
    table: bool,
    left: usize,
    items: Vec<Value>,
}

/// What servers say as simple strings: some clients tell a status from a value.
const STATUSES: [&str; 3] = ["OK", "PONG", "QUEUED"];

/// Whether a list that begins so is one that a server says of its own accord.
fn is_pushed(word: &str) -> bool {
    let kinds = ["message", "subscribe", "unsubscribe"];
    let bare = word.strip_prefix(['p', 's']).filter(|rest| kinds.contains(rest)).unwrap_or(word);
    kinds.contains(&bare) || bare == "invalidate"
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
            *self = Resp { third: self.third, ..Resp::at(self.side) };
        }
        read
    }

    fn begun(&self) -> usize {
        self.own.len() + self.unread.len()
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        if self.side == Side::Server {
            let mut out = Vec::new();
            self.answer(value, true, &mut out);
            return Ok(vec![Raw::Binary(out.into())]);
        }
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
                self.greeted(&value);
                parts.push(Part::Message(value, Some(Raw::Binary(own.into()))));
                bounds::messages(parts.len())?;
            }
        }
        Ok(parts)
    }

    /// What a client may say of the protocol.
    fn greeted(&mut self, value: &Value) {
        let mut words = value.as_array().into_iter().flatten().map(value_text);
        if self.side == Side::Server && words.next().is_some_and(|word| word.eq_ignore_ascii_case("HELLO")) {
            self.third = words.next().as_deref() == Some("3");
        }
    }

    /// A value as a server says it.
    fn answer(&self, value: &Value, whole: bool, out: &mut Vec<u8>) {
        let line = |out: &mut Vec<u8>, text: String| out.extend_from_slice(text.as_bytes());
        let bulk = |out: &mut Vec<u8>, bytes: &[u8]| {
            line(out, format!("${}\r\n", bytes.len()));
            out.extend_from_slice(bytes);
            out.extend_from_slice(b"\r\n");
        };
        match value {
            Value::Null => line(out, if self.third { "_\r\n" } else { "$-1\r\n" }.to_owned()),
            Value::Bool(truth) if self.third => line(out, format!("#{}\r\n", if *truth { 't' } else { 'f' })),
            Value::Bool(truth) => line(out, format!(":{}\r\n", u8::from(*truth))),
            Value::Number(number) if number.is_f64() && self.third => line(out, format!(",{number}\r\n")),
            Value::Number(number) if number.is_f64() => bulk(out, number.to_string().as_bytes()),
            Value::Number(number) => line(out, format!(":{number}\r\n")),
            Value::String(text) if whole && STATUSES.contains(&&**text) => line(out, format!("+{text}\r\n")),
            Value::String(text) => bulk(out, text.as_bytes()),
            Value::Array(items) => {
                let pushed = whole && self.third && items.first().and_then(Value::as_str).is_some_and(is_pushed);
                line(out, format!("{}{}\r\n", if pushed { '>' } else { '*' }, items.len()));
                items.iter().for_each(|item| self.answer(item, false, out));
            }
            Value::Object(map) => match (to_bytes(value), map.get("error")) {
                (Some(bytes), _) => bulk(out, &bytes),
                (None, Some(error)) if map.len() == 1 => {
                    line(out, format!("-{}\r\n", value_text(error).replace(['\r', '\n'], " ")));
                }
                (None, Some(_) | None) => {
                    let (sign, size) = if self.third { ('%', map.len()) } else { ('*', map.len() * 2) };
                    line(out, format!("{sign}{size}\r\n"));
                    for (name, value) in map {
                        bulk(out, name.as_bytes());
                        self.answer(value, false, out);
                    }
                }
            },
        }
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
        other => Err(format!("`{other}` begins no RESP value: {}", quoted(line))),
    }
}

/// A length; none of what is nothing.
fn length(text: &str) -> Result<Option<usize>, String> {
    match text {
        "-1" => Ok(None),
        text => text.parse().map(Some).map_err(|_| format!("{} is not a length", quoted(text))),
    }
}

fn no_number(text: &str) -> String {
    format!("{} is not a number", quoted(text))
}
