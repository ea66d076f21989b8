use super::coming::{Begun, Coming, Counted, Part};
use super::events::EventStream;
use super::handshake::HeadLines;
use super::{DialError, Stream, limit, tls};
use bytes::{Bytes, BytesMut};
use http::{Method, Request, Uri};
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::ready;
use tokio::task::coop::poll_proceed;
use tokio::time::timeout;

/// A request.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// Where; its host is what the `Host` header says.
    pub url: Uri,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body; none sends no `Content-Length`.
    pub body: Option<Bytes>,
    /// An event stream is asked for: an answer that is none may go on for ever, and its head counts.
    pub events: bool,
}

impl HttpRequest {
    /// The head of the request, but for what says how long its body is.
    pub fn head(&self) -> HeadLines {
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let line = format!("{} {} HTTP/1.1", self.method, if path.is_empty() { "/" } else { path });
        let given = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = (!given).then(|| ("Host".to_owned(), host(&self.url)));
        (line, host.into_iter().chain(self.headers.iter().cloned()).collect())
    }
}

/// What the `Host` header says.
fn host(url: &Uri) -> String {
    let host = url.authority().map_or("localhost", |authority| authority.as_str());
    host.rsplit('@').next().unwrap_or(host).to_owned()
}

/// The head of a response, and its body where it has an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub code: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty for an event stream.
    pub body: Bytes,
}

/// What the server made of a request.
pub enum Answer {
    /// A response with its whole body, and what came behind it in one piece with it, which belongs to no answer.
    Response(Response, Bytes),
    /// A response that stays open: 200 with `content-type: text/event-stream`.
    Events(Response, Box<EventStream>),
    /// The connection ended before the response did, or what came is no HTTP.
    Ended {
        /// What happened.
        how: String,
    },
}

pub(super) type Connection = Pin<Box<http1::Connection<TokioIo<Counted>, Full<Bytes>>>>;

/// Makes one request on a stream of its own; `coming` tells meanwhile how much has come of the answer.
///
/// # Errors
/// Where the request cannot be written at all, or TLS is what is missing. Whatever else the server does is an [`Answer`].
pub async fn exchange(stream: Stream, request: HttpRequest, coming: &Coming) -> Result<Answer, DialError> {
    let events = request.events;
    let url = request.url.clone();
    let request = build(request)?;
    let handshake = http1::Builder::new()
        .max_buf_size(limit::RESPONSE_HEAD)
        .max_headers(limit::HEADER_FIELDS)
        .handshake(TokioIo::new(Counted::new(stream, coming.clone())))
        .await;
    let (mut sender, connection) = match handshake {
        Ok(both) => both,
        Err(error) => return Ok(Answer::Ended { how: how(&error) }),
    };
    let mut connection: Connection = Box::pin(connection);
    let mut response = std::pin::pin!(sender.send_request(request));
    let mut connected = true;
    let answered = poll_fn(|cx| {
        // The connection does the work; the response is only handed over by it.
        if connected && connection.as_mut().poll(cx).is_ready() {
            connected = false;
        }
        response.as_mut().poll(cx)
    })
    .await;
    let response = match answered {
        Ok(response) => response,
        Err(error) => {
            // What could not be read is still there.
            let unread = Pin::into_inner(connection).into_parts().read_buf;
            if error.is_parse() && tls::is_record(&unread) {
                return Err(DialError::OnlyTls { address: super::route::place(&url) });
            }
            return match tls_reason(&error, &url) {
                Some(why) => Err(DialError::Tls { address: super::route::place(&url), why }),
                None => Ok(Answer::Ended { how: within(how(&error), coming.begun()) }),
            };
        }
    };
    let code = response.status().as_u16();
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    // The library reads on in large pieces, and may find the end of a head beyond the limit.
    if headers.iter().map(|(name, value)| name.len() + value.len() + ": \r\n".len()).sum::<usize>()
        > limit::RESPONSE_HEAD
    {
        return Ok(Answer::Ended { how: too_large() });
    }
    let stays = code == 200
        && headers.iter().any(|(name, value)| {
            name == "content-type" && value.trim_start().to_ascii_lowercase().starts_with("text/event-stream")
        });
    let body = response.into_body();
    if stays {
        let head = Response { code, headers, body: Bytes::new() };
        return Ok(Answer::Events(head, Box::new(EventStream::new(connected.then_some(connection), body))));
    }
    let mut behind = Bytes::new();
    let reading = whole((connection, connected), body, coming, &mut behind);
    let body = if events { timeout(limit::NO_STREAM, reading).await } else { Ok(reading.await) };
    match body {
        Ok(Ok(body)) => Ok(Answer::Response(Response { code, headers, body }, behind)),
        Ok(Err(how)) => Ok(Answer::Ended { how }),
        Err(_) => Ok(Answer::Response(Response { code, headers, body: Bytes::new() }, Bytes::new())),
    }
}

/// How a connection ended, with what had come by then: `end of stream, in an answer of whose body 11 of 40 bytes came`.
fn within(how: String, begun: Option<Begun>) -> String {
    begun.map(|begun| format!("{how}, in {begun}")).unwrap_or(how)
}

/// What TLS has to say, where it is what ended the connection.
fn tls_reason(error: &hyper::Error, url: &Uri) -> Option<String> {
    let error = std::error::Error::source(error)?.downcast_ref::<std::io::Error>()?;
    tls::reason(error, url.host().unwrap_or_default())
}

fn build(request: HttpRequest) -> Result<Request<Full<Bytes>>, DialError> {
    let problem = |why: String| DialError::Request { why };
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| problem(format!("`{}` is no HTTP method", request.method)))?;
    let host = host(&request.url);
    let path = request.url.path_and_query().map_or("/", |path| path.as_str());
    let mut builder = Request::builder().method(method).uri(if path.is_empty() { "/" } else { path });
    if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        builder = builder.header(http::header::HOST, host);
    }
    for (name, value) in &request.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    builder
        .body(Full::new(request.body.unwrap_or_default()))
        .map_err(|error| problem(format!("a header or the URL: {error}")))
}

fn too_large() -> String {
    let (bytes, fields) = (limit::RESPONSE_HEAD, limit::HEADER_FIELDS);
    format!("the head of the answer is over the limit of {bytes} bytes or {fields} fields")
}

/// Reads a body to its end, driving its connection as long as that goes on. What was read behind it is given to `behind`, but for an end of line, which
/// old servers put there.
async fn whole(
    (mut connection, mut connected): (Connection, bool),
    mut body: Incoming,
    coming: &Coming,
    behind: &mut Bytes,
) -> Result<Bytes, String> {
    let over = || format!("the body of the response is over the limit of {} bytes", limit::RESPONSE_BODY);
    if body.size_hint().lower() > limit::RESPONSE_BODY as u64 {
        return Err(over());
    }
    let of = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    let mut came = BytesMut::new();
    loop {
        coming.set(Some(Begun::Body(Part { came: came.len(), of })));
        let frame = poll_fn(|cx| {
            let turn = ready!(poll_proceed(cx));
            connected = connected && connection.as_mut().poll(cx).is_pending();
            let frame = Pin::new(&mut body).poll_frame(cx);
            if frame.is_ready() {
                // One read may hold 100,000 small pieces: each counts, so that others have their turn between them.
                turn.made_progress();
            }
            frame
        });
        match frame.await {
            Some(Ok(frame)) => {
                let data = frame.into_data().unwrap_or_default();
                if came.len() + data.len() > limit::RESPONSE_BODY {
                    return Err(over());
                }
                came.extend_from_slice(&data);
            }
            Some(Err(error)) => return Err(within(how(&error), coming.begun())),
            None => break,
        }
    }
    let rest = Pin::into_inner(connection).into_parts().read_buf;
    if !rest.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        *behind = rest;
    }
    Ok(came.freeze())
}

/// What a person would call the error of an exchange that ended early.
pub(super) fn how(error: &hyper::Error) -> String {
    if error.is_incomplete_message() {
        return "end of stream before the end of the response".to_owned();
    }
    if error.is_parse_too_large() {
        return too_large();
    }
    if error.is_parse() {
        return format!("the request was answered by no HTTP: {error}");
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                std::io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
                std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::UnexpectedEof => "end of stream".to_owned(),
                _ => io.to_string(),
            };
        }
        cause = inner.source();
    }
    error.to_string()
}
