use super::Line;
use super::half::{Half, Halves, Heard};
use crate::net::{Stream, limit};
use bytes::{Buf as _, Bytes, BytesMut};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a request may take to come, from its first byte or from when somebody knocked.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// How many large bodies are read at the same time.
const BODIES: usize = 4;
/// What a client that speaks TLS sends first: the type of a handshake (RFC 8446, section 5.1).
const TLS: u8 = 0x16;
/// A body of so many bytes is none, or not more than a head may be.
const SMALL: usize = limit::RESPONSE_HEAD;

/// A request, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The method, such as `GET`.
    pub method: String,
    /// Path and query.
    pub url: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The key of a WebSocket handshake, where it is one (RFC 6455, section 4.2.1).
    pub key: Option<String>,
}

impl Asked {
    /// Of somebody who dials a plain stream of bytes, on which nothing is asked.
    pub fn nothing() -> Asked {
        let (method, url) = (String::new(), String::new());
        Asked { method, url, headers: Vec::new(), body: Bytes::new(), key: Some(String::new()) }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All items of a header that is a list.
    pub fn listed<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let all = self.headers.iter().filter(move |(known, _)| known == name);
        all.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|item| !item.is_empty())
    }
}

/// What callers share while they are heard: so many may send a large body at the same time, and others wait for their
/// turn. It knows of whom no whole request has come.
#[derive(Clone, Debug)]
pub struct Hearing {
    bodies: Arc<Semaphore>,
    halves: Halves,
}

impl Default for Hearing {
    fn default() -> Self {
        Hearing { bodies: Arc::new(Semaphore::new(BODIES)), halves: Halves::default() }
    }
}

impl Hearing {
    /// Who has connected, and of whom no whole request has come, in the order in which they came; a few of many.
    pub fn halves(&self) -> Vec<Half> {
        self.halves.all()
    }
}

/// Reads one request of a caller, and gives the line on which it is to be answered.
///
/// # Errors
/// What came instead.
pub async fn hear(mut stream: Stream, hearing: Hearing) -> Result<(Asked, Line), String> {
    let mut buffer = BytesMut::with_capacity(1024);
    let heard = hearing.halves.begin(stream.peer());
    let came = timeout(HEAD_DEADLINE, read(&mut stream, &mut buffer, &hearing.bodies, &heard)).await;
    match came.unwrap_or_else(|_| Err(format!("it was not complete within {} s", HEAD_DEADLINE.as_secs()))) {
        Ok(asked) => {
            heard.whole();
            Ok((asked, Line { stream, early: buffer }))
        }
        Err(how) => {
            heard.failed(&how);
            Err(how)
        }
    }
}

async fn read(stream: &mut Stream, buffer: &mut BytesMut, bodies: &Semaphore, heard: &Heard) -> Result<Asked, String> {
    let (mut asked, length) = loop {
        match head(buffer)? {
            Some(head) => break head,
            None if buffer.len() >= limit::RESPONSE_HEAD => {
                return Err(format!("the head of a request is longer than {} bytes", limit::RESPONSE_HEAD));
            }
            None => more(stream, buffer, heard).await?,
        }
    };
    buffer.advance(length);
    // What follows a handshake is no body of it.
    if asked.key.is_some() {
        return Ok(asked);
    }
    if asked.listed("transfer-encoding").any(|item| item.eq_ignore_ascii_case("chunked")) {
        // Never closed.
        let _turn = bodies.acquire().await;
        asked.body = chunked(stream, buffer, heard).await?;
    } else if let Some(length) = asked.header("content-length") {
        let length: usize = length.trim().parse().map_err(|_| format!("`{length}` is not a content-length"))?;
        if length > limit::RESPONSE_BODY {
            return Err(over());
        }
        if asked.listed("expect").any(|item| item.eq_ignore_ascii_case("100-continue")) && buffer.len() < length {
            let _ = tokio::io::AsyncWriteExt::write_all(stream, b"HTTP/1.1 100 Continue\r\n\r\n").await;
        }
        let _turn = if length > SMALL { Some(bodies.acquire().await) } else { None };
        while buffer.len() < length {
            more(stream, buffer, heard).await?;
        }
        asked.body = buffer.split_to(length).freeze();
    }
    Ok(asked)
}

async fn more(stream: &mut Stream, buffer: &mut BytesMut, heard: &Heard) -> Result<(), String> {
    match stream.read_buf(buffer).await {
        Ok(0) => Err("end of stream in a request".to_owned()),
        Ok(came) => {
            heard.came(came);
            Ok(())
        }
        Err(error) => Err(format!("{error}, in a request")),
    }
}

fn over() -> String {
    format!("the body of a request is over the limit of {} bytes", limit::RESPONSE_BODY)
}

/// The head of a request, and how many bytes it takes; none where there is more to come.
fn head(bytes: &[u8]) -> Result<Option<(Asked, usize)>, String> {
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes[0] == TLS {
        return Err("the received bytes are not HTTP: they are TLS, which this address does not use".to_owned());
    }
    let mut fields = [httparse::EMPTY_HEADER; limit::HEADER_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let parsed = request.parse(bytes).map_err(|error| format!("the received bytes are not HTTP: {error}"))?;
    let httparse::Status::Complete(length) = parsed else { return Ok(None) };
    let headers = request
        .headers
        .iter()
        .map(|field| (field.name.to_ascii_lowercase(), String::from_utf8_lossy(field.value).trim().to_owned()))
        .collect();
    let (method, url) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    let new = request.version == Some(1);
    let (method, url) = (method.to_owned(), path_of(url).to_owned());
    let mut asked = Asked { method, url, headers, body: Bytes::new(), key: None };
    let lists = |name: &str, token: &str| asked.listed(name).any(|item| item.eq_ignore_ascii_case(token));
    let upgrades = new
        && asked.method == "GET"
        && lists("upgrade", "websocket")
        && lists("connection", "upgrade")
        && asked.header("sec-websocket-version") == Some("13");
    asked.key = asked.header("sec-websocket-key").filter(|_| upgrades).map(str::to_owned);
    Ok(Some((asked, length)))
}

/// Path and query of what a request line names, also where that is a whole address (RFC 9112, section 3.2.2).
fn path_of(url: &str) -> &str {
    let Some(at) = url.find("://").filter(|at| !url[..*at].contains(['/', '?'])) else { return url };
    url[at + 3..].find(['/', '?']).map_or("/", |path| &url[at + 3 + path..])
}

async fn chunked(stream: &mut Stream, buffer: &mut BytesMut, heard: &Heard) -> Result<Bytes, String> {
    let mut body = BytesMut::new();
    loop {
        let (start, size) = loop {
            match httparse::parse_chunk_size(buffer).map_err(|_| "a chunk of a request has no size".to_owned())? {
                httparse::Status::Complete(both) => break both,
                httparse::Status::Partial => more(stream, buffer, heard).await?,
            }
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > limit::RESPONSE_BODY || body.len() + size > limit::RESPONSE_BODY {
            return Err(over());
        }
        buffer.advance(start);
        while buffer.len() < size + 2 {
            more(stream, buffer, heard).await?;
        }
        body.extend_from_slice(&buffer[..size]);
        buffer.advance(size + 2);
        if size == 0 {
            return Ok(body.freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    async fn heard(text: &'static [u8]) -> Result<Asked, String> {
        let (near, mut far) = crate::net::pipe();
        let writes = async move {
            far.write_all(text).await.expect("room");
            far.shutdown().await.expect("an end");
            far
        };
        let (asked, _far) = tokio::join!(hear(Stream::Memory(near), Hearing::default()), writes);
        asked.map(|(asked, _)| asked)
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_read_however_their_bodies_are_told() {
        let plain = heard(b"POST http://h:1/a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc").await.unwrap();
        assert_eq!((plain.method.as_str(), plain.url.as_str(), &plain.body[..]), ("POST", "/a?b=c", &b"abc"[..]));
        let chunked = heard(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
            .await
            .unwrap();
        assert_eq!(&chunked.body[..], b"abc");
        let dial = heard(
            b"GET /ws HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: k\r\n\r\n",
        );
        assert_eq!(dial.await.unwrap().key.as_deref(), Some("k"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_request_is_told() {
        for (text, told) in [
            (&b"\x16\x03\x01\x00\x00"[..], "not HTTP"),
            (b"GET /a HTTP/1.1\r\n", "end of stream"),
            (b"POST /a HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n", "over the limit"),
            (b"POST /a HTTP/1.1\r\ncontent-length: -1\r\n\r\n", "not a content-length"),
            (b"POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "has no size"),
        ] {
            let why = heard(text).await.unwrap_err();
            assert!(why.contains(told), "{why}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_no_whole_request_is_known() {
        let hearing = Hearing::default();
        let whole = b"GET / HTTP/1.1\r\n\r\n";
        let mut tasks = Vec::new();
        for text in [&b"GET / HT"[..], b"\x16\x03\x01", whole, b""] {
            let (near, mut far) = crate::net::pipe();
            far.write_all(text).await.expect("room");
            let hearing = hearing.clone();
            tasks.push(tokio::spawn(async move { (hear(Stream::Memory(near), hearing).await.is_ok(), far) }));
        }
        tokio::task::yield_now().await;
        let told = |hearing: &Hearing| hearing.halves().iter().map(Half::to_string).collect::<Vec<_>>();
        let begun = "a client connected and sent 8 bytes, but no complete request";
        let tls = "a client connected and sent 3 bytes, but no complete request (the received bytes are not HTTP: they are TLS, \
                   which this address does not use)";
        assert_eq!(told(&hearing), [begun, tls, "a client connected and sent nothing"]);
        let mut heard = Vec::new();
        for task in tasks {
            heard.push(task.await.expect("no panic").0);
        }
        assert_eq!(heard, [false, false, true, false]);
        assert_eq!(told(&hearing)[0], format!("{begun} (it was not complete within 10 s)"));
        let from = Some(std::net::SocketAddr::from(([127, 0, 0, 1], 7)));
        let one = Half { from, bytes: 1, why: None };
        assert_eq!(one.to_string(), "a client connected from 127.0.0.1:7 and sent 1 byte, but no complete request");
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_large_bodies_are_read_at_the_same_time() {
        let hearing = Hearing::default();
        let begun = b"POST /a HTTP/1.1\r\ncontent-length: 1000000\r\n\r\nabc";
        let mut held = Vec::new();
        let mut large = Vec::new();
        for _ in 0..BODIES {
            let (near, mut far) = crate::net::pipe();
            far.write_all(begun).await.expect("room");
            held.push(far);
            large.push(tokio::spawn(hear(Stream::Memory(near), hearing.clone())));
        }
        let one = |text: &'static str| {
            let hearing = hearing.clone();
            async move {
                let (near, mut far) = crate::net::pipe();
                far.write_all(text.as_bytes()).await.expect("room");
                hear(Stream::Memory(near), hearing).await.map(|(asked, _)| asked.body.len())
            }
        };
        tokio::task::yield_now().await;
        assert_eq!(one("POST /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc").await, Ok(3));
        let waits = tokio::spawn(one("POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"));
        tokio::time::sleep(HEAD_DEADLINE / 2).await;
        assert!(!waits.is_finished());
        // The others have not sent theirs in time, and it is its turn.
        for each in large {
            assert!(each.await.expect("no panic").is_err());
        }
        let _ = waits.await.expect("no panic");
        assert_eq!(one("POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n").await, Ok(0));
    }
}
