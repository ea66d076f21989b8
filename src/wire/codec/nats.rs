use super::unread::Unread;
use super::{Coding, Part, Side, bounds};
use crate::framing::quoted;
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use crate::wire::pattern::value_text;
use serde_json::{Map, Value};

/// The NATS client protocol as `{ op, … }`: `INFO` and `CONNECT` with `options`, `PUB` and `MSG` with `subject`, `sid`,
/// `reply`, `payload`, `HPUB` and `HMSG` with `headers` and, where there is one, `status` too, `SUB` with `subject`, `queue`, `sid`, `UNSUB` with `sid` and `max`, `+OK`, `-ERR` with `reason`.
/// A message may hold several operations or a part of one. The server's `PING` is answered by the codec, and the answer is
/// no message for a server; a client's `PING` is one. Lengths are computed. A line of a client that is no operation is its
/// text.
#[derive(Default)]
pub(super) struct Nats {
    side: Side,
    unread: Unread,
}

impl Nats {
    pub(super) fn at(side: Side) -> Self {
        Nats { side, ..Nats::default() }
    }
}

impl Coding for Nats {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        self.unread.extend(raw);
        let read = self.operations();
        if read.is_err() {
            *self = Nats::at(self.side);
        }
        read
    }

    fn begun(&self) -> usize {
        self.unread.len()
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let bytes = match value {
            Value::String(line) => format!("{line}\r\n").into_bytes(),
            other => write(other, self.side)?,
        };
        Ok(vec![Raw::Binary(bytes.into())])
    }
}

impl Nats {
    /// Every operation that is complete.
    fn operations(&mut self) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        while let Some((rest, line_end)) = self.unread.line("NATS")? {
            let Some((part, end)) = read(rest, line_end, self.side)? else { break };
            self.unread.pass(end);
            parts.extend(part);
            bounds::messages(parts.len())?;
        }
        Ok(parts)
    }
}

/// One operation, whose line ends there, and where it ends; none where more has to come. It may be no message.
fn read(bytes: &[u8], line_end: usize, side: Side) -> Result<Option<(Option<Part>, usize)>, String> {
    let line = std::str::from_utf8(&bytes[..line_end]).map_err(|_| "a NATS line that is not UTF-8")?;
    let mut end = line_end + 2;
    let (op, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let op = op.to_ascii_uppercase();
    let mut map = Map::new();
    map.insert("op".to_owned(), op.as_str().into());
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    let mut put = |name: &str, value: &str| drop(map.insert(name.to_owned(), value.into()));
    match (op.as_str(), side) {
        ("PING", Side::Client) => return Ok(Some((Some(Part::Answer(Raw::Binary(b"PONG\r\n"[..].into()))), end))),
        ("PONG", Side::Server) => return Ok(Some((None, end))),
        ("INFO", Side::Client) | ("CONNECT", Side::Server) => {
            let options: Value = bounds::json(rest).map_err(|error| format!("{op} is {error}"))?;
            map.insert("options".to_owned(), options);
        }
        ("-ERR", Side::Client) => put("reason", rest.trim_matches('\'')),
        ("SUB", Side::Server) => match words[..] {
            [subject, sid] => {
                put("subject", subject);
                put("sid", sid);
            }
            [subject, queue, sid] => {
                put("subject", subject);
                put("queue", queue);
                put("sid", sid);
            }
            _ => return Err("a NATS SUB is `SUB subject [queue] sid`".to_owned()),
        },
        ("UNSUB", Side::Server) => match words[..] {
            [sid] => put("sid", sid),
            [sid, max] => {
                put("sid", sid);
                let max: u64 = max.parse().map_err(|_| format!("{} is not a number of messages", quoted(max)))?;
                map.insert("max".to_owned(), max.into());
            }
            _ => return Err("a NATS UNSUB is `UNSUB sid [max]`".to_owned()),
        },
        ("MSG" | "HMSG", Side::Client) | ("PUB" | "HPUB", Side::Server) => {
            let lengths = if op.starts_with('H') { 2 } else { 1 };
            // Whoever receives is told under which subscription.
            let least = if side == Side::Client { 2 } else { 1 };
            let fixed = words
                .len()
                .checked_sub(lengths)
                .filter(|fixed| *fixed == least || *fixed == least + 1)
                .ok_or_else(|| format!("a NATS {op} with too few or too many words"))?;
            let length = |word: &str| word.parse::<usize>().map_err(|_| format!("{} is not a length", quoted(word)));
            let total = length(words[words.len() - 1])?;
            if total > bounds::PENDING {
                return Err(format!("a NATS message of more than {} bytes", bounds::PENDING));
            }
            let header = if lengths == 2 { length(words[fixed])? } else { 0 };
            let Some(payload) = bytes.get(end..end.saturating_add(total)) else { return Ok(None) };
            if bytes.get(end + total..end + total + 2).is_none() {
                return Ok(None);
            }
            end += total + 2;
            put("subject", words[0]);
            if side == Side::Client {
                put("sid", words[1]);
            }
            if fixed > least {
                put("reply", words[least]);
            }
            let (header, payload) = payload.split_at_checked(header).ok_or("a header longer than its message")?;
            if lengths == 2 {
                let block = String::from_utf8_lossy(header);
                map.insert("headers".to_owned(), headers(&block));
                map.extend(status(&block).map(|status| ("status".to_owned(), status)));
            }
            let text = std::str::from_utf8(payload).map(Value::from);
            map.insert("payload".to_owned(), text.unwrap_or_else(|_| from_bytes(payload)));
        }
        ("+OK" | "PONG", Side::Client) | ("PING", Side::Server) => {}
        (_, Side::Server) => return Ok(Some((Some(message(line.into(), &bytes[..end])), end))),
        (other, Side::Client) => return Err(format!("{} is not an operation of a NATS server", quoted(other))),
    }
    Ok(Some((Some(message(Value::Object(map), &bytes[..end])), end)))
}

fn message(value: Value, own: &[u8]) -> Part {
    Part::Message(value, Some(Raw::Binary(own.into())))
}

/// The header block of HMSG behind its version line.
fn headers(text: &str) -> Value {
    let lines = text.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name.trim().to_owned(), Value::from(value.trim()))).collect()
}

/// The status in the version line of a header block: `NATS/1.0 503 No Responders`.
fn status(text: &str) -> Option<Value> {
    let line = text.split("\r\n").next()?;
    line.split_ascii_whitespace().nth(1).map(Value::from)
}

fn write(value: &Value, side: Side) -> Result<Vec<u8>, String> {
    let word = |name: &str| value.get(name).map(value_text);
    let need = |name: &str| word(name).ok_or_else(|| format!("this NATS operation needs `{name}`"));
    let optional = |name: &str| word(name).map(|word| format!(" {word}")).unwrap_or_default();
    let op = need("op").map_err(|_| "a NATS operation is `{ op = \"PUB\", … }`".to_owned())?.to_ascii_uppercase();
    let line = match (op.as_str(), side) {
        ("CONNECT", Side::Client) | ("INFO", Side::Server) => {
            format!("{op} {}\r\n", value.get("options").unwrap_or(&Value::Object(Map::new())))
        }
        ("+OK", Side::Server) => "+OK\r\n".to_owned(),
        ("-ERR", Side::Server) => format!("-ERR '{}'\r\n", need("reason")?),
        ("PUB" | "HPUB", Side::Client) | ("MSG" | "HMSG", Side::Server) => {
            let payload = value.get("payload").map(|payload| match to_bytes(payload) {
                Some(bytes) => bytes,
                None => value_text(payload).into_bytes(),
            });
            let payload = payload.unwrap_or_default();
            let block = if op.starts_with('H') { header_block(value)? } else { String::new() };
            let lengths = match &*block {
                "" => payload.len().to_string(),
                block => format!("{} {}", block.len(), block.len() + payload.len()),
            };
            let sid = if side == Side::Server { format!(" {}", need("sid")?) } else { String::new() };
            let line = format!("{op} {}{sid}{} {lengths}\r\n{block}", need("subject")?, optional("reply"));
            return Ok([line.as_bytes(), &payload, b"\r\n"].concat());
        }
        ("SUB", Side::Client) => format!("SUB {}{} {}\r\n", need("subject")?, optional("queue"), need("sid")?),
        ("UNSUB", Side::Client) => format!("UNSUB {}{}\r\n", need("sid")?, optional("max")),
        ("PING" | "PONG", _) => format!("{op}\r\n"),
        (other, _) => return Err(format!("`{other}` is not an operation of a NATS {}", side.word())),
    };
    Ok(line.into_bytes())
}

/// The header block of HPUB and HMSG; empty where it has neither headers nor a status.
fn header_block(value: &Value) -> Result<String, String> {
    let (headers, status) = (value.get("headers"), value.get("status").map(value_text));
    if headers.is_none() && status.is_none() {
        return Ok(String::new());
    }
    let none = Map::new();
    let headers = headers.map_or(Some(&none), Value::as_object).ok_or("the `headers` of a NATS message are a table")?;
    let mut block = format!("NATS/1.0{}\r\n", status.map(|status| format!(" {status}")).unwrap_or_default());
    for (name, header) in headers {
        let header = value_text(header);
        if name.contains(['\r', '\n', ':']) || header.contains(['\r', '\n']) {
            return Err(format!("the NATS header `{name}` contains a line break"));
        }
        block.push_str(&format!("{name}: {header}\r\n"));
    }
    block.push_str("\r\n");
    Ok(block)
}
