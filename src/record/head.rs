//! Heads of HTTP as they pass: what is changed in them, and where the body behind them ends.

use crate::induce::Headers;
use httparse::{EMPTY_HEADER, Request, Response, Status};

/// The longest head.
pub const LONGEST: usize = 64 << 10;
/// So many fields a head may have.
const FIELDS: usize = 128;

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunked,
    /// With the connection.
    End,
}

/// A head, read.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// The method and the address, or the status.
    pub first: First,
    /// Names in lower case.
    pub fields: Headers,
    /// How it is handed on.
    pub bytes: Vec<u8>,
    pub body: Body,
    /// Whether the connection ends behind it.
    pub closes: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum First {
    Request { method: String, url: String },
    Status(u16),
}

/// What of a request is not handed on, since nobody could read what it leads to.
const DROPPED: [&str; 4] = ["sec-websocket-extensions", "accept-encoding", "http2-settings", "proxy-connection"];

fn is(fields: &Headers, name: &str, word: &str) -> bool {
    let all = fields.iter().filter(|(known, _)| known == name).flat_map(|(_, value)| value.split(','));
    all.map(str::trim).any(|item| item.eq_ignore_ascii_case(word))
}

fn length(fields: &Headers) -> Option<u64> {
    fields.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.trim().parse().ok())
}

fn fields(headers: &[httparse::Header<'_>]) -> Headers {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|header| (header.name.to_ascii_lowercase(), text(header.value))).collect()
}

/// The head of a request at the beginning of some bytes, and its length; none where more has to come. `host` is whom it is
/// handed on to.
pub(super) fn request(bytes: &[u8], host: Option<&str>) -> Result<Option<(Head, usize)>, String> {
    let mut headers = [EMPTY_HEADER; FIELDS];
    let mut parsed = Request::new(&mut headers);
    let end = match parsed.parse(bytes) {
        Ok(Status::Complete(end)) => end,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("this is no request of HTTP/1.1: {error}")),
    };
    let method = parsed.method.unwrap_or("GET").to_owned();
    let url = parsed.path.unwrap_or("/").to_owned();
    let version = parsed.version.unwrap_or(1);
    let mut out = format!("{method} {url} HTTP/1.{version}\r\n").into_bytes();
    let known = fields(parsed.headers);
    let socket = is(&known, "upgrade", "websocket");
    for header in parsed.headers.iter() {
        let name = header.name.to_ascii_lowercase();
        let foreign = name == "upgrade" && !socket || name == "connection" && is(&known, "upgrade", "h2c");
        if DROPPED.contains(&&*name) || foreign {
            continue;
        }
        out.extend_from_slice(header.name.as_bytes());
        out.extend_from_slice(b": ");
        match host.filter(|_| name == "host") {
            Some(host) => out.extend_from_slice(host.as_bytes()),
            None => out.extend_from_slice(header.value),
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    let body = if is(&known, "transfer-encoding", "chunked") {
        Body::Chunked
    } else {
        Body::Length(length(&known).unwrap_or(0))
    };
    let closes = is(&known, "connection", "close") || version == 0;
    Ok(Some((Head { first: First::Request { method, url }, fields: known, bytes: out, body, closes }, end)))
}

/// The same of an answer to a request of this method.
pub(super) fn answer(bytes: &[u8], method: &str) -> Result<Option<(Head, usize)>, String> {
    let mut headers = [EMPTY_HEADER; FIELDS];
    let mut parsed = Response::new(&mut headers);
    let end = match parsed.parse(bytes) {
        Ok(Status::Complete(end)) => end,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("the target's answer is no HTTP/1.1: {error}")),
    };
    let status = parsed.code.unwrap_or(0);
    let known = fields(parsed.headers);
    let body = match status {
        _ if method == "HEAD" || matches!(status, 100..200 | 204 | 304) => Body::Length(0),
        _ if is(&known, "transfer-encoding", "chunked") => Body::Chunked,
        _ => length(&known).map_or(Body::End, Body::Length),
    };
    let closes = is(&known, "connection", "close") || parsed.version == Some(0) || body == Body::End;
    let head = Head { first: First::Status(status), fields: known, bytes: bytes[..end].to_vec(), body, closes };
    Ok(Some((head, end)))
}

/// Finds the end of a body in what passes, and gives its content.
#[derive(Debug)]
pub(super) enum Cut {
    Length(u64),
    End,
    /// Between chunks: a line so far.
    Line {
        text: Vec<u8>,
        last: bool,
    },
    /// So much of a chunk is still to come, with the end of its line.
    Chunk {
        left: u64,
    },
    Over,
}

/// A line between chunks is not longer.
const LINE: usize = 4 << 10;

impl Cut {
    pub fn new(body: Body) -> Cut {
        match body {
            Body::Length(0) => Cut::Over,
            Body::Length(left) => Cut::Length(left),
            Body::Chunked => Cut::Line { text: Vec::new(), last: false },
            Body::End => Cut::End,
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self, Cut::Over)
    }

    /// How many of these bytes belong to the body; their content is appended.
    pub fn take(&mut self, bytes: &[u8], content: &mut Vec<u8>) -> usize {
        let mut used = 0;
        while used < bytes.len() {
            let rest = &bytes[used..];
            match self {
                Cut::Over => break,
                Cut::End => {
                    content.extend_from_slice(rest);
                    used = bytes.len();
                }
                Cut::Length(left) => {
                    let part = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    content.extend_from_slice(&rest[..part]);
                    used += part;
                    *left -= part as u64;
                    if *left == 0 {
                        *self = Cut::Over;
                    }
                }
                Cut::Chunk { left } => {
                    let part = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    // The last two are the end of its line.
                    let own = usize::try_from(left.saturating_sub(2)).unwrap_or(usize::MAX).min(part);
                    content.extend_from_slice(&rest[..own]);
                    used += part;
                    *left -= part as u64;
                    if *left == 0 {
                        *self = Cut::Line { text: Vec::new(), last: false };
                    }
                }
                Cut::Line { text, last } => {
                    used += 1;
                    text.push(rest[0]);
                    if text.len() > LINE {
                        *self = Cut::Over;
                    } else if text.ends_with(b"\n") {
                        let line = String::from_utf8_lossy(text).trim().to_owned();
                        let size = line.split(';').next().unwrap_or_default().trim();
                        *self = match (*last, u64::from_str_radix(size, 16)) {
                            (true, _) if line.is_empty() => Cut::Over,
                            (true, _) | (false, Ok(0)) => Cut::Line { text: Vec::new(), last: true },
                            (false, Ok(size)) => Cut::Chunk { left: size.saturating_add(2) },
                            (false, Err(_)) => Cut::Over,
                        };
                    }
                }
            }
        }
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_where_it_ends_however_it_is_cut() {
        for (body, bytes, content) in [
            (Body::Length(5), &b"helloGET"[..], "hello"),
            (Body::Length(0), b"GET", ""),
            (Body::Chunked, b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nTrailer: 1\r\n\r\nGET", "hello!"),
            (Body::Chunked, b"0\r\n\r\nGET", ""),
        ] {
            for size in [1, 2, 3, 64] {
                let (mut cut, mut got, mut used) = (Cut::new(body), Vec::new(), 0);
                for piece in bytes.chunks(size) {
                    used += cut.take(piece, &mut got);
                }
                assert!(cut.is_over(), "{body:?} {size}");
                assert_eq!((String::from_utf8_lossy(&got).as_ref(), &bytes[used..]), (content, &b"GET"[..]));
            }
        }
    }

    #[test]
    fn what_nobody_could_read_is_not_asked_for() {
        let text = b"GET /ws?a=1 HTTP/1.1\r\nHost: localhost:1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Extensions: permessage-deflate\r\nAccept-Encoding: gzip\r\nX-A: b\r\n\r\nrest";
        let (head, end) = request(text, Some("target:2")).expect("a request").expect("whole");
        assert_eq!(&text[end..], b"rest");
        let out = String::from_utf8(head.bytes).expect("text");
        assert_eq!(
            out,
            "GET /ws?a=1 HTTP/1.1\r\nHost: target:2\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-A: b\r\n\r\n"
        );
        let h2c = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n\r\n";
        let (head, _) = request(h2c, None).expect("a request").expect("whole");
        assert_eq!(head.bytes, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(request(b"\x16\x03\x01\x00", None).is_err());
        assert!(request(b"GET / HTTP/1.1\r\nHo", None).expect("so far").is_none());
    }
}
