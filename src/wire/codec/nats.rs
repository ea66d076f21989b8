use super::unread::Unread;
use super::{Coding, Part, bounds};
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use crate::wire::pattern::value_text;
use serde_json::{Map, Value};

/// The NATS client protocol as `{ op, … }`: `INFO` and `CONNECT` with `options`, `PUB` and `MSG` with `subject`, `sid`,
/// `reply`, `payload`, `HPUB` and `HMSG` with `headers` and, where there is one, `status` too, `SUB` with `subject`, `queue`, `sid`, `UNSUB` with `sid` and `max`, `+OK`, `-ERR` with `reason`.
/// A message may hold several operations or a part of one. The server's `PING` is answered by the codec; lengths are
/// computed.
#[derive(Default)]
pub(super) struct Nats {
    unread: Unread,
}

impl Coding for Nats {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        self.unread.extend(raw);
        let read = self.operations();
        if read.is_err() {
            *self = Nats::default();
        }
        read
    }

    fn begun(&self) -> usize {
        self.unread.len()
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let bytes = match value {
            Value::String(line) => format!("{line}\r\n").into_bytes(),
            other => write(other)?,
        };
        Ok(vec![Raw::Binary(bytes.into())])
    }
}

impl Nats {
    /// Every operation that is complete.
    fn operations(&mut self) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        while let Some((rest, line_end)) = self.unread.line("NATS")? {
            let Some((part, end)) = read(rest, line_end)? else { break };
            self.unread.pass(end);
            parts.push(part);
            bounds::messages(parts.len())?;
        }
        Ok(parts)
    }
}

/// One operation, whose line ends there, and where it ends; none where more has to come.
fn read(bytes: &[u8], line_end: usize) -> Result<Option<(Part, usize)>, String> {
    let line = std::str::from_utf8(&bytes[..line_end]).map_err(|_| "a NATS line that is not UTF-8")?;
    let mut end = line_end + 2;
    let (op, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let op = op.to_ascii_uppercase();
    let mut map = Map::new();
    map.insert("op".to_owned(), op.as_str().into());
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    match op.as_str() {
        "PING" => return Ok(Some((Part::Answer(Raw::Binary(b"PONG\r\n"[..].into())), end))),
        "INFO" => {
            let options: Value = bounds::json(rest).map_err(|error| format!("INFO is {error}"))?;
            map.insert("options".to_owned(), options);
        }
        "-ERR" => drop(map.insert("reason".to_owned(), rest.trim_matches('\'').into())),
        "MSG" | "HMSG" => {
            let lengths = if op == "MSG" { 1 } else { 2 };
            let fixed = words
                .len()
                .checked_sub(lengths)
                .filter(|fixed| matches!(fixed, 2 | 3))
                .ok_or("a NATS MSG with too few words")?;
            let length =
                |word: &str| word.parse::<usize>().map_err(|_| format!("`{}` is no length", bounds::short(word)));
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
            map.insert("subject".to_owned(), words[0].into());
            map.insert("sid".to_owned(), words[1].into());
            if fixed == 3 {
                map.insert("reply".to_owned(), words[2].into());
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
        "+OK" | "PONG" => {}
        other => return Err(format!("`{}` is no operation of a NATS server", bounds::short(other))),
    }
    let own = Raw::Binary(bytes[..end].into());
    Ok(Some((Part::Message(Value::Object(map), Some(own)), end)))
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

fn write(value: &Value) -> Result<Vec<u8>, String> {
    let word = |name: &str| value.get(name).map(value_text);
    let need = |name: &str| word(name).ok_or_else(|| format!("this NATS operation wants `{name}`"));
    let optional = |name: &str| word(name).map(|word| format!(" {word}")).unwrap_or_default();
    let op = need("op").map_err(|_| "a NATS operation is `{ op = \"PUB\", … }`".to_owned())?.to_ascii_uppercase();
    let line = match op.as_str() {
        "CONNECT" => format!("CONNECT {}\r\n", value.get("options").unwrap_or(&Value::Object(Map::new()))),
        "PUB" | "HPUB" => {
            let payload = value.get("payload").map(|payload| match to_bytes(payload) {
                Some(bytes) => bytes,
                None => value_text(payload).into_bytes(),
            });
            let payload = payload.unwrap_or_default();
            let block = header_block(value.get("headers").filter(|_| op == "HPUB"))?;
            let lengths = match &*block {
                "" => payload.len().to_string(),
                block => format!("{} {}", block.len(), block.len() + payload.len()),
            };
            let line = format!("{op} {}{} {lengths}\r\n{block}", need("subject")?, optional("reply"));
            return Ok([line.as_bytes(), &payload, b"\r\n"].concat());
        }
        "SUB" => format!("SUB {}{} {}\r\n", need("subject")?, optional("queue"), need("sid")?),
        "UNSUB" => format!("UNSUB {}{}\r\n", need("sid")?, optional("max")),
        "PING" | "PONG" => format!("{op}\r\n"),
        other => return Err(format!("`{other}` is no operation of a NATS client")),
    };
    Ok(line.into_bytes())
}

/// The header block of HPUB; empty where it has none.
fn header_block(headers: Option<&Value>) -> Result<String, String> {
    let Some(headers) = headers else { return Ok(String::new()) };
    let headers = headers.as_object().ok_or("`headers` of a NATS message are a table")?;
    let mut block = "NATS/1.0\r\n".to_owned();
    for (name, header) in headers {
        let header = value_text(header);
        if name.contains(['\r', '\n', ':']) || header.contains(['\r', '\n']) {
            return Err(format!("the NATS header `{name}` holds a line break"));
        }
        block.push_str(&format!("{name}: {header}\r\n"));
    }
    block.push_str("\r\n");
    Ok(block)
}
