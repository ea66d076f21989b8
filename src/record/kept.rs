//! Recordings from what runs have kept: traces and wire logs.

use crate::induce::{Entry, Headers, Side, Tape, What};
use crate::trace::{Event, file};
use crate::wire::{Channel, Observed, Raw};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

/// The lines of a recording by whose they are and what they carry.
#[derive(Default)]
struct Lines {
    open: FxHashMap<(String, Channel), usize>,
}

impl Lines {
    fn of(&mut self, tape: &mut Tape, client: &str, channel: Channel) -> usize {
        *self.open.entry((client.to_owned(), channel)).or_insert_with(|| tape.line(Some(client.to_owned())))
    }

    /// What comes next is on another connection.
    fn end(&mut self, client: &str, channel: Channel) {
        self.open.remove(&(client.to_owned(), channel));
    }
}

fn body(value: &Value) -> Raw {
    match value {
        Value::String(text) => Raw::Text(text.as_str().into()),
        other => Raw::Text(other.to_string().into()),
    }
}

/// A trace (`trace.jsonl`): it has every frame, and no address of a connection.
///
/// # Errors
/// What is no trace.
pub(super) fn trace(text: &str) -> Result<Tape, String> {
    let (header, entries) = file::read(text).map_err(|problems| {
        problems.first().map_or_else(|| "this is no trace".to_owned(), |problem| problem.to_string())
    })?;
    Ok(play(&header, entries))
}

/// What was observed in a play, as a recording.
pub fn play(header: &file::Header, entries: Vec<crate::trace::Entry>) -> Tape {
    let mut tape = Tape::default();
    let mut lines = Lines::default();
    let mut begun = FxHashSet::default();
    let name = |lifeline: u32| header.lifelines.get(lifeline as usize).cloned().unwrap_or_default();
    for entry in entries {
        let at = entry.at.0;
        match entry.event {
            Event::Sent { lifeline, channel, raw, .. } => {
                let client = name(lifeline);
                let line = lines.of(&mut tape, &client, channel);
                if channel == Channel::Socket && raw.is_empty() && begun.insert(line) {
                    tape.entries.push(Entry {
                        at,
                        line,
                        what: What::Dial { url: "/".to_owned(), headers: Vec::new() },
                    });
                }
                let frames = raw.into_iter().filter(|_| channel == Channel::Socket);
                tape.entries.extend(frames.map(|raw| Entry {
                    at,
                    line,
                    what: What::Frame { from: Side::Client, raw },
                }));
            }
            Event::Received { lifeline, channel, observed, .. } => {
                let client = name(lifeline);
                let line = lines.of(&mut tape, &client, channel);
                if matches!(observed, Observed::Close { .. } | Observed::End { .. }) {
                    lines.end(&client, channel);
                }
                if let Some(what) = received(observed) {
                    tape.entries.push(Entry { at, line, what });
                }
            }
            Event::Frozen => break,
            Event::Done { .. }
            | Event::Echoed { .. }
            | Event::Quiet { .. }
            | Event::Chose { .. }
            | Event::Learned { .. } => {}
        }
    }
    tape
}

fn received(observed: Observed) -> Option<What> {
    Some(match observed {
        Observed::Message(message) => What::Frame { from: Side::Server, raw: message.raw },
        Observed::Garbled { raw, .. } => What::Frame { from: Side::Server, raw },
        Observed::Status { code, headers, body: of } => What::Answered { status: code, headers, body: body(&of) },
        Observed::Event { event, id, data } => What::Event { event, id, data },
        Observed::Close { code, .. } => What::Close { from: Side::Server, code },
        Observed::End { .. } => What::End { from: Side::Server },
        Observed::Dialled { .. } | Observed::Asked { .. } => return None,
    })
}

/// One line of a wire log.
struct Logged<'t> {
    at: u64,
    sent: bool,
    channel: Channel,
    client: &'t str,
    mark: &'t str,
    rest: &'t str,
}

/// A time as logs have it: `12.5 ms`, `3 s`, `1 m 2 s`.
fn moment(text: &str) -> Option<u64> {
    let mut nanos = 0.0;
    let mut words = text.split_whitespace();
    while let Some(number) = words.next() {
        let number: f64 = number.parse().ok()?;
        let unit = match words.next()? {
            "ms" => 1e6,
            "s" => 1e9,
            "min" | "m" => 6e10,
            "h" => 3.6e12,
            _ => return None,
        };
        nanos += number * unit;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within bounds that are looked at here"
    )]
    (0.0..1e19).contains(&nanos).then_some(nanos as u64)
}

fn logged(line: &str) -> Option<Logged<'_>> {
    let mut parts = line.trim_start().splitn(5, "  ");
    let at = moment(parts.next()?)?;
    let sent = match parts.next()? {
        "sent" => true,
        "received" => false,
        _ => return None,
    };
    let channel = match parts.next()? {
        "socket" => Channel::Socket,
        "http" => Channel::Http,
        "events" => Channel::Events,
        _ => return None,
    };
    let (from, to) = parts.next()?.split_once(" -> ")?;
    let rest = parts.next().unwrap_or_default();
    let (mark, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((mark, rest)) if rest.is_empty() || rest.starts_with("  ") => (mark, rest.trim_start()),
        Some(_) | None => ("", rest),
    };
    Some(Logged { at, sent, channel, client: if sent { from } else { to }, mark, rest })
}

/// The frame behind a label: what is JSON behind a gap, else what is behind the last gap.
fn behind(label_and_frame: &str) -> Option<&str> {
    let gaps: Vec<usize> = label_and_frame.match_indices("  ").map(|(at, _)| at + 2).collect();
    let json = gaps.iter().find(|at| serde_json::from_str::<Value>(&label_and_frame[**at..]).is_ok());
    json.or(gaps.last()).map(|at| &label_and_frame[*at..])
}

fn frame(text: &str) -> Raw {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len().is_multiple_of(2) && digits.is_ascii());
    let bytes = digits.and_then(|digits| {
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
            .collect::<Option<Vec<u8>>>()
    });
    bytes.map_or_else(|| Raw::Text(text.into()), |bytes| Raw::Binary(bytes.into()))
}

/// A head of HTTP, with what is said in its first line.
fn head(entry: &Logged<'_>, fields: &Headers) -> Option<What> {
    let mut words = entry.rest.split_whitespace();
    let first = words.next()?;
    let second = words.next()?;
    if entry.sent {
        let (headers, url) = (fields.clone(), second.to_owned());
        return Some(match entry.mark {
            "handshake" => What::Dial { url, headers },
            _ => {
                let body = entry.rest.find("  ").map_or("", |at| entry.rest[at..].trim_start());
                What::Asked { method: first.to_owned(), url, headers, body: Raw::Text(body.into()) }
            }
        });
    }
    let status: u16 = second.parse().ok()?;
    let headers = fields.clone();
    match (entry.mark, status) {
        ("handshake", 101) => Some(What::Accepted { headers }),
        ("handshake", _) => Some(What::Answered { status, headers, body: Raw::Text("".into()) }),
        // The answer itself stands below, with its body.
        (_, _) => None,
    }
}

/// A wire log (`wire.log`): it has the heads too.
///
/// # Errors
/// What is no wire log.
pub(super) fn log(text: &str) -> Result<Tape, String> {
    let mut tape = Tape::default();
    let mut lines = Lines::default();
    let mut all = text.lines().peekable();
    let mut any = false;
    let mut kinds: FxHashMap<usize, Headers> = FxHashMap::default();
    while let Some(line) = all.next() {
        if line.split("  ").any(|part| part == "frozen") {
            break;
        }
        let Some(entry) = logged(line) else { continue };
        any = true;
        let mut fields: Headers = Vec::new();
        while let Some(next) = all.next_if(|next| next.starts_with("             ") && logged(next).is_none()) {
            if let Some((name, value)) = next.trim().split_once(": ") {
                fields.push((name.to_ascii_lowercase(), value.to_owned()));
            }
        }
        let is_head = entry.rest.contains(" HTTP/") || entry.rest.starts_with("HTTP/");
        if is_head && entry.sent && entry.channel != Channel::Http {
            // Every handshake and every stream is on a connection of its own.
            lines.end(entry.client, entry.channel);
        }
        let line = lines.of(&mut tape, entry.client, entry.channel);
        let what = match entry.mark {
            "handshake" | "http" | "before" if is_head => {
                if !entry.sent {
                    kinds.insert(line, fields.clone());
                }
                head(&entry, &fields)
            }
            // Drawn: the label stands in front.
            "" if entry.sent => drawn(&entry),
            _ if entry.sent => Some(What::Frame { from: Side::Client, raw: frame(entry.rest) }),
            _ => observed(entry.rest, entry.channel, kinds.get(&line)),
        };
        if matches!(what, Some(What::Close { .. } | What::End { .. })) {
            lines.end(entry.client, entry.channel);
        }
        tape.entries.extend(what.map(|what| Entry { at: entry.at, line, what }));
    }
    if !any {
        return Err("this is neither a trace, nor a wire log, nor a HAR file".to_owned());
    }
    Ok(tape)
}

/// What a client has sent for an arrow.
fn drawn(entry: &Logged<'_>) -> Option<What> {
    if entry.channel != Channel::Socket {
        return None;
    }
    match entry.rest {
        "WS disconnect" => Some(What::Close { from: Side::Client, code: Some(1000) }),
        "WS drop" => Some(What::End { from: Side::Client }),
        text => Some(What::Frame { from: Side::Client, raw: frame(behind(text)?) }),
    }
}

/// What a client has received.
fn observed(text: &str, channel: Channel, head: Option<&Headers>) -> Option<What> {
    if let Some(rest) = text.strip_prefix("HTTP ") {
        let (status, body) = rest.split_once("  ").unwrap_or((rest, ""));
        let headers = head.cloned().unwrap_or_default();
        return Some(What::Answered { status: status.parse().ok()?, headers, body: Raw::Text(body.into()) });
    }
    if let Some(rest) = text.strip_prefix("event ").filter(|_| channel == Channel::Events) {
        let (name, data) = rest.split_once("  ").unwrap_or((rest, ""));
        let (event, id) = name.split_once(", id ").map_or((name, None), |(event, id)| (event, Some(id.to_owned())));
        return Some(What::Event { event: event.to_owned(), id, data: data.to_owned() });
    }
    if let Some(code) = text.strip_prefix("Close ").filter(|_| channel == Channel::Socket) {
        let code = code.split(' ').next().and_then(|code| code.parse().ok());
        return Some(What::Close { from: Side::Server, code });
    }
    if text.starts_with("ended: ") {
        return Some(What::End { from: Side::Server });
    }
    (channel == Channel::Socket && !text.is_empty()).then(|| What::Frame { from: Side::Server, raw: frame(text) })
}
