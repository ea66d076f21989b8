use super::{Coding, Part, bounds};
use crate::framing::quoted;
use crate::wire::Raw;
use crate::wire::pattern::value_text;
use serde_json::{Map, Value};

/// STOMP 1.2 frames as `{ command, headers = { … }, body }`. A message may hold several frames or a part of one;
/// heart-beats (line ends between frames) mean nothing. `content-length` of what is sent is computed.
#[derive(Default)]
pub(super) struct Stomp {
    /// The beginning of a frame whose end has not come yet.
    pending: Vec<u8>,
}

impl Coding for Stomp {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let bytes = match raw {
            Raw::Text(text) => text.as_bytes(),
            Raw::Binary(bytes) => bytes,
        };
        let breaks = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let more = if self.pending.is_empty() { &bytes[breaks..] } else { bytes };
        self.pending.extend_from_slice(more);
        let read = self.frames(more.contains(&0));
        if read.is_err() {
            self.pending.clear();
        }
        read
    }

    fn begun(&self) -> usize {
        self.pending.len()
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        if let Some(text) = value.as_str() {
            return Ok(vec![Raw::Text(text.into())]);
        }
        let command = value.get("command").and_then(Value::as_str).ok_or("a STOMP frame needs a `command`")?;
        let mut text = format!("{command}\n");
        let plain = matches!(command, "CONNECT" | "CONNECTED");
        let headers = value.get("headers").and_then(Value::as_object);
        for (name, header) in headers.into_iter().flatten() {
            let header = value_text(header);
            let (name, header) = if plain { (name.clone(), header) } else { (escape(name), escape(&header)) };
            text.push_str(&format!("{name}:{header}\n"));
        }
        let body = value.get("body").map(value_text).unwrap_or_default();
        if !body.is_empty() && !headers.is_some_and(|headers| headers.contains_key("content-length")) {
            text.push_str(&format!("content-length:{}\n", body.len()));
        }
        text.push('\n');
        text.push_str(&body);
        text.push('\0');
        Ok(vec![Raw::Text(text.into())])
    }
}

impl Stomp {
    /// Every frame that is complete; none can be where nothing that ends one has come.
    fn frames(&mut self, ends: bool) -> Result<Vec<Part>, String> {
        let (mut parts, mut start) = (Vec::new(), 0);
        // A part of a stream may end within a letter.
        let whole = match std::str::from_utf8(&self.pending) {
            Ok(whole) => whole,
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(&self.pending[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Err("bytes that are not UTF-8".to_owned()),
        };
        while let Some(rest) = whole.get(start..).filter(|_| ends) {
            let frame = rest.trim_start_matches(['\r', '\n']);
            start += rest.len() - frame.len();
            let Some((value, end)) = read(frame)? else { break };
            parts.push(Part::Message(value, Some(Raw::Text(frame[..end].into()))));
            bounds::messages(parts.len())?;
            start += end;
        }
        self.pending.drain(..start);
        if self.pending.len() > bounds::PENDING {
            return Err(format!("a STOMP frame of more than {} bytes", bounds::PENDING));
        }
        Ok(parts)
    }
}

/// One frame and where it ends; none where more has to come.
fn read(text: &str) -> Result<Option<(Value, usize)>, String> {
    let mut headers = Map::new();
    let mut lines = text.split_inclusive('\n');
    let Some(command) = lines.next().filter(|line| line.ends_with('\n')) else { return Ok(None) };
    let mut at = command.len();
    let command = command.trim_end_matches(['\r', '\n']);
    let plain = command == "CONNECTED";
    loop {
        let Some(line) = lines.next() else { return Ok(None) };
        at += line.len();
        if at <= bounds::HEAD && !line.ends_with('\n') {
            return Ok(None);
        }
        if at > bounds::HEAD {
            return Err(format!("STOMP headers of more than {} bytes", bounds::HEAD));
        }
        let line = line.trim_end_matches('\n').trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        let (name, value) =
            line.split_once(':').ok_or_else(|| format!("a STOMP header without a colon: {}", quoted(line)))?;
        let read = |text: &str| if plain { text.to_owned() } else { unescape(text) };
        // Of repeated headers the first counts (STOMP 1.2, "Repeated Header Entries").
        headers.entry(read(name)).or_insert_with(|| Value::String(read(value)));
    }
    let length = headers.get("content-length").and_then(Value::as_str).map(|text| text.trim().parse::<usize>());
    let end = match length {
        Some(Ok(length)) => at.saturating_add(length),
        Some(Err(_)) => return Err("content-length is not a number".to_owned()),
        None => match text[at..].find('\0') {
            Some(end) => at + end,
            None => return Ok(None),
        },
    };
    match text.as_bytes().get(end) {
        None => return Ok(None),
        Some(0) => {}
        Some(_) => return Err("content-length does not lead to the NUL that ends a STOMP frame".to_owned()),
    }
    let body = text.get(at..end).ok_or("content-length ends within a character")?;
    let mut map = Map::new();
    map.insert("command".to_owned(), command.into());
    map.insert("headers".to_owned(), Value::Object(headers));
    map.insert("body".to_owned(), body.into());
    Ok(Some((Value::Object(map), end + 1)))
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\r', "\\r").replace('\n', "\\n").replace(':', "\\c")
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match (c, if c == '\\' { letters.next() } else { None }) {
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('c')) => out.push(':'),
            ('\\', Some(other)) => out.push(other),
            ('\\', None) => {}
            (plain, _) => out.push(plain),
        }
    }
    out
}
