//! HAR files (HTTP Archive 1.2) of browsers and proxies, with their WebSocket messages.

use crate::induce::{Entry, Headers, Side, Tape, What};
use crate::net::sse::Parser;
use crate::wire::Raw;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::VecDeque;

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    entries: Vec<Exchange>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exchange {
    #[serde(default)]
    started_date_time: String,
    /// Milliseconds.
    #[serde(default)]
    time: f64,
    request: Request,
    response: Response,
    #[serde(default, rename = "_webSocketMessages")]
    messages: Vec<Message>,
    #[serde(default, rename = "_resourceType")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Field>,
    post_data: Option<Posted>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Posted {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Response {
    /// 0, or -1, where there was none.
    #[serde(default)]
    status: i64,
    #[serde(default)]
    headers: Vec<Field>,
    #[serde(default)]
    content: Content,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    text: String,
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default)]
    mime_type: String,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    /// Seconds since 1970.
    #[serde(default)]
    time: f64,
    #[serde(default = "text")]
    opcode: u8,
    #[serde(default)]
    data: String,
}

fn text() -> u8 {
    1
}

/// Whether a page loads it to show itself, so that it tells nothing of the protocol.
fn is_of_page(exchange: &Exchange) -> bool {
    if let Some(kind) = exchange.kind.as_deref() {
        return !["xhr", "fetch", "websocket", "eventsource", "other"].contains(&kind);
    }
    let kind = exchange.response.content.mime_type.split(';').next().unwrap_or_default();
    let shown = ["text/html", "text/css", "text/javascript", "application/javascript", "application/x-javascript"];
    shown.contains(&kind) || ["image/", "font/", "video/", "audio/"].iter().any(|begin| kind.starts_with(begin))
}

fn fields(all: Vec<Field>) -> Headers {
    // Names that begin with a colon are of HTTP/2 alone.
    let all = all.into_iter().filter(|field| !field.name.starts_with(':'));
    all.map(|field| (field.name.to_ascii_lowercase(), field.value)).collect()
}

/// Scheme and host of a URL, and its path and query.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    let path = url[end..].split('#').next().unwrap_or_default();
    (&url[host..end], if path.is_empty() { "/" } else { path })
}

/// The recording of one client; `client` is what it is called.
///
/// # Errors
/// What is no HAR, or holds nothing that could be played.
pub(super) fn read(bytes: &[u8], client: Option<String>) -> Result<Tape, String> {
    let har: Har = serde_json::from_slice(bytes).map_err(|error| match error.is_data() {
        true => format!("this JSON is no HAR file: {error}"),
        false => format!("this is not JSON: {error}"),
    })?;
    let mut tape = Tape::default();
    let count = har.log.entries.len();
    let mut pages = 0;
    // What the page talks to: where its sockets go, else where most of its requests go.
    let sockets = har.log.entries.iter().filter(|exchange| is_socket(exchange));
    let host = sockets.map(|exchange| split(&exchange.request.url).0.to_owned()).next();
    let mut http = None;
    for exchange in har.log.entries {
        if is_of_page(&exchange) {
            pages += 1;
            continue;
        }
        if host.as_deref().is_some_and(|host| host != split(&exchange.request.url).0) {
            continue;
        }
        take(exchange, &mut tape, client.as_ref(), &mut http);
    }
    tape.entries.sort_by_key(|entry| entry.at);
    if tape.entries.is_empty() {
        let held = match (count, pages) {
            (0, _) => "it has no entries".to_owned(),
            (count, pages) => format!("of its {count} entries {pages} are pages, scripts, styles and pictures"),
        };
        return Err(format!("this HAR file holds no messages: {held}"));
    }
    Ok(tape)
}

fn is_socket(exchange: &Exchange) -> bool {
    exchange.request.url.starts_with("ws") || exchange.response.status == 101 || !exchange.messages.is_empty()
}

fn take(exchange: Exchange, tape: &mut Tape, client: Option<&String>, http: &mut Option<usize>) {
    let socket = is_socket(&exchange);
    let at = moment(&exchange.started_date_time);
    let millis = if exchange.time.is_finite() { exchange.time.clamp(0.0, 1e12) } else { 0.0 };
    let until = at.saturating_add(nanos(millis / 1e3));
    let url = split(&exchange.request.url).1.to_owned();
    let (headers, answer) = (fields(exchange.request.headers), fields(exchange.response.headers));
    let status = u16::try_from(exchange.response.status).unwrap_or(0);
    let content = exchange.response.content;
    let body = match (content.encoding.as_deref(), STANDARD.decode(&content.text)) {
        (Some("base64"), Ok(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => Raw::Text(text.into()),
            Err(error) => Raw::Binary(error.into_bytes().into()),
        },
        (Some(_) | None, _) => Raw::Text(content.text.as_str().into()),
    };
    let streams = content.mime_type.contains("event-stream");
    let line = match *http {
        Some(line) if !socket && !streams => line,
        Some(_) | None => {
            let line = tape.line(client.cloned());
            if !socket && !streams {
                *http = Some(line);
            }
            line
        }
    };
    let mut push = |at: u64, what: What| tape.entries.push(Entry { at, line, what });
    if socket {
        push(at, What::Dial { url, headers });
        if !matches!(status, 0 | 101) {
            push(until, What::Answered { status, headers: answer, body });
            return;
        }
        push(at, What::Accepted { headers: answer });
        let mut last = at;
        for message in exchange.messages {
            let from = if message.kind == "send" { Side::Client } else { Side::Server };
            // Messages without times stay behind one another.
            let when = if message.time > 0.0 { nanos(message.time).max(at) } else { last };
            last = last.max(when);
            let raw = match (message.opcode, STANDARD.decode(&message.data)) {
                (2, Ok(bytes)) => Raw::Binary(bytes.into()),
                (1 | 2, _) => Raw::Text(message.data.into()),
                _ => continue,
            };
            push(when, What::Frame { from, raw });
        }
        // Who has ended it is not kept: a page does when it is left.
        if until > last {
            push(until, What::Close { from: Side::Client, code: Some(1000) });
        }
        return;
    }
    let asked = exchange.request.post_data.map(|posted| posted.text).unwrap_or_default();
    push(at, What::Asked { method: exchange.request.method, url, headers, body: Raw::Text(asked.into()) });
    if status == 0 {
        return;
    }
    if !streams {
        push(until, What::Answered { status, headers: answer, body });
        return;
    }
    push(at, What::Answered { status, headers: answer, body: Raw::Text("".into()) });
    let (mut parser, mut events) = (Parser::default(), VecDeque::new());
    let _ = parser.feed(content.text.as_bytes(), &mut events);
    for event in events.into_iter().filter(|event| !event.event.starts_with('\n')) {
        // When each came is not kept: at the end of the exchange all had come.
        push(until, What::Event { event: event.event, id: event.id, data: event.data });
    }
}

/// Seconds as nanoseconds; what is out of reach is 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds that were looked at")]
fn nanos(seconds: f64) -> u64 {
    if (0.0..1e10).contains(&seconds) { (seconds * 1e9) as u64 } else { 0 }
}

/// A time stamp of RFC 3339, in nanoseconds since 1970; 0 where it is none.
fn moment(text: &str) -> u64 {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i64>().ok());
    let read = || {
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        // Days from the civil calendar: March is the first month, so that February's end is the year's.
        let (shifted, turned) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let era = shifted.div_euclid(400);
        let of_era = shifted.rem_euclid(400);
        let of_year = (153 * turned + 2) / 5 + day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        let rest = text.get(19..)?;
        let digits: String = rest.strip_prefix('.').unwrap_or("").chars().take_while(char::is_ascii_digit).collect();
        let fraction: i64 = format!("{:0<9.9}", digits).parse().unwrap_or(0);
        let zone = &rest[if digits.is_empty() { 0 } else { digits.len() + 1 }..];
        let shift = match zone.as_bytes().first() {
            Some(sign @ (b'+' | b'-')) => {
                let of = |from: usize, to: usize| zone.get(from..to).and_then(|part| part.parse::<i64>().ok());
                let minutes = of(1, 3)? * 60 + of(4, 6).unwrap_or(0);
                if *sign == b'+' { minutes } else { -minutes }
            }
            Some(_) | None => 0,
        };
        let seconds = days * 86_400 + hour * 3_600 + (minute - shift) * 60 + second;
        u64::try_from(seconds.checked_mul(1_000_000_000)?.checked_add(fraction)?).ok()
    };
    read().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stamps_are_read_with_their_zones() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:01.500Z", 951_825_601),
            ("2024-03-01T01:00:00+02:00", 1_709_247_600),
            ("2024-03-01T01:00:00.000000-02:30", 1_709_263_800),
        ] {
            assert_eq!(moment(text) / 1_000_000_000, seconds, "{text}");
        }
        assert_eq!(moment("2000-02-29T12:00:01.5Z") % 1_000_000_000, 500_000_000);
        for wrong in ["", "soon", "2024-13", "9999-99-99T99:99:99+99:99x", "2024-03-01T01:00:0é"] {
            let _ = moment(wrong);
        }
    }
}
