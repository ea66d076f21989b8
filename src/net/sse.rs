//! Server-Sent Events as the WHATWG HTML standard defines them (section 9.2.6, "Interpreting an event stream").

use super::{Part, limit};
use std::collections::VecDeque;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its type; `message` where none was sent.
    pub event: String,
    /// The id that was sent with it. (The standard lets an event without one inherit the id of the event before;
    /// that is [`Parser::last_id`].)
    pub id: Option<String>,
    /// Its data: the lines joined by line feeds.
    pub data: String,
}

/// The type of what is no event but a comment. No event has this type: a type holds no line feed.
pub const COMMENT: &str = "\ncomment";

/// The type of what is no event but the time after which a client is to connect again.
pub const RETRY: &str = "\nretry";

/// The fields of an event.
const FIELDS: [&[u8]; 3] = [b"data", b"event", b"id"];

/// Turns bytes into events, however they are cut.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    /// The last byte was a carriage return: a line feed that follows belongs to it.
    after_return: bool,
    /// A byte order mark may still come.
    started: bool,
    event: String,
    data: String,
    has_data: bool,
    /// How many bytes have come of the lines of an event that is not whole, its ends of lines included.
    came: usize,
    id: Option<String>,
    last_id: Option<String>,
}

impl Parser {
    /// The last id that was seen; none before the first.
    pub fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// How much has come of an event that has data and is not whole; none where there is none.
    pub fn begun(&self) -> Option<Part> {
        (self.has_data || self.line.starts_with(b"data")).then(|| self.part())
    }

    /// The same where no more comes. The standard drops an event that has no empty line behind it, whatever it has of its
    /// fields: a server that has sent one has begun an event. What is none of it, as a comment is, cuts nothing.
    pub fn cut(&self) -> Option<Part> {
        Some(self.part()).filter(|part| part.came > 0)
    }

    fn part(&self) -> Part {
        let line = self.unmarked(&self.line);
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        // Where the colon is still to come the name may be.
        let is_whole = name.len() < line.len();
        let is = |field: &&[u8]| if is_whole { *field == name } else { field.starts_with(name) };
        Part { came: self.came + if FIELDS.iter().any(is) { line.len() } else { 0 }, of: None }
    }

    /// Takes in the next bytes and appends the events that are complete.
    ///
    /// # Errors
    /// Where one event grows over [`limit::EVENT`]: no more can be read.
    pub fn feed(&mut self, bytes: &[u8], out: &mut VecDeque<Event>) -> Result<(), String> {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                self.came += usize::from(self.came > 0);
                rest = &rest[1..];
                continue;
            }
            let end = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r');
            let (part, next) = end.map_or((rest, rest.len()), |at| (&rest[..at], at + 1));
            if self.line.len() + self.data.len() + part.len() > limit::EVENT {
                return Err(format!("an event is over the limit of {} bytes", limit::EVENT));
            }
            self.line.extend_from_slice(part);
            if let Some(at) = end {
                self.after_return = rest[at] == b'\r';
                let line = std::mem::take(&mut self.line);
                self.take(&line, out);
                self.line = line;
                self.line.clear();
            }
            rest = &rest[next..];
        }
        Ok(())
    }

    /// A line without the byte order mark that the first may have.
    fn unmarked<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        if self.started { line } else { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) }
    }

    fn take(&mut self, line: &[u8], out: &mut VecDeque<Event>) {
        let line = self.unmarked(line);
        self.started = true;
        if line.is_empty() {
            self.dispatch(out);
            return;
        }
        let text = String::from_utf8_lossy(line);
        let (field, value) = text.split_once(':').unwrap_or((&text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        if FIELDS.contains(&field.as_bytes()) {
            self.came += line.len() + 1;
        }
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.data.push_str(value);
                self.has_data = true;
            }
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            // Neither is a part of an event; each is told where it stands.
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                out.push_back(Event { event: RETRY.to_owned(), id: None, data: value.to_owned() });
            }
            "" if line.first() == Some(&b':') => {
                out.push_back(Event { event: COMMENT.to_owned(), id: None, data: value.to_owned() });
            }
            // Unknown fields say nothing.
            _ => {}
        }
    }

    fn dispatch(&mut self, out: &mut VecDeque<Event>) {
        self.came = 0;
        let event = std::mem::take(&mut self.event);
        let id = self.id.take();
        if id.is_some() {
            self.last_id.clone_from(&id);
        }
        let data = std::mem::take(&mut self.data);
        if std::mem::take(&mut self.has_data) {
            let event = if event.is_empty() { "message".to_owned() } else { event };
            out.push_back(Event { event, id, data });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<(String, Option<String>, String)> {
        let mut parser = Parser::default();
        let mut out = VecDeque::new();
        for chunk in chunks {
            parser.feed(chunk, &mut out).unwrap();
        }
        out.into_iter().map(|event| (event.event, event.id, event.data)).collect()
    }

    fn one(event: &str, id: Option<&str>, data: &str) -> (String, Option<String>, String) {
        (event.to_owned(), id.map(str::to_owned), data.to_owned())
    }

    const STREAM: &[u8] = b"\xef\xbb\xbf: comment\r\nevent: add\rdata: 1\ndata:  2\nid: 7\r\n\r\ndata\n\ndata:x\nretry: 5\nunknown: y\nid: a\0b\n\nevent: lost\n\nid\ndata: \xc3\xa9\n\ndata: unfinished\n";

    fn expected() -> Vec<(String, Option<String>, String)> {
        vec![
            one(COMMENT, None, "comment"),
            one("add", Some("7"), "1\n 2"),
            one("message", None, ""),
            one(RETRY, None, "5"),
            one("message", None, "x"),
            one("message", Some(""), "é"),
        ]
    }

    #[test]
    fn reads_the_standard_s_corner_cases() {
        assert_eq!(events(&[STREAM]), expected());
    }

    #[test]
    fn does_not_depend_on_how_the_bytes_are_cut() {
        for cut in 0..STREAM.len() {
            assert_eq!(events(&[&STREAM[..cut], &STREAM[cut..]]), expected(), "cut at {cut}");
        }
        assert_eq!(events(&STREAM.chunks(1).collect::<Vec<_>>()), expected());
    }

    #[test]
    fn an_endless_event_is_an_error() {
        let mut parser = Parser::default();
        let mut out = VecDeque::new();
        let line = vec![b'x'; 1 << 20];
        let fed = (0..20).find_map(|_| parser.feed(&line, &mut out).err());
        assert_eq!(fed.as_deref(), Some("an event is over the limit of 16777216 bytes"));
        assert!(parser.line.len() <= limit::EVENT);
    }
}
