use super::body::{ask, how, too_large, whole};
use super::coming::{Coming, Heads, within};
use super::events::EventStream;
use super::handshake::HeadLines;
use super::watched::Watched;
use super::{DialError, Stream, limit, tls};
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, Uri};
use http_body_util::Full;
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
    /// A response with its whole body.
    Response(Response),
    /// A response that stays open: 200 with `content-type: text/event-stream`.
    Events(Response, Box<EventStream>),
    /// The connection ended before the response did, or what came is no HTTP.
    Ended {
        /// What happened.
        how: String,
    },
}

/// Makes one request on a stream of its own; `coming` tells meanwhile how much has come of the answer.
///
/// # Errors
/// Where the request cannot be written at all, or TLS is what is missing. Whatever else the server does is an [`Answer`].
pub async fn exchange(stream: Stream, request: HttpRequest, coming: &Coming) -> Result<Answer, DialError> {
    let events = request.events;
    let url = request.url.clone();
    let request = build(request)?;
    let stream = Watched { stream, watch: Heads::new(coming.clone()), written: 0 };
    let (head, body) = match ask(stream, request).await {
        Ok(both) => both,
        Err((error, unread)) if error.is_parse() && tls::is_record(&unread) => {
            return Err(DialError::OnlyTls { address: super::route::place(&url) });
        }
        Err((error, _)) => {
            return match tls_reason(&error, &url) {
                Some((why, help)) => Err(DialError::Tls { address: super::route::place(&url), why, help }),
                None => Ok(Answer::Ended { how: within(how(&error), coming.begun()) }),
            };
        }
    };
    if [CONTENT_LENGTH, TRANSFER_ENCODING].iter().all(|name| head.headers().contains_key(name)) {
        // By which of the two the answer ends nobody knows: what comes behind it may be another's.
        let how = "the answer has both Content-Length and Transfer-Encoding (RFC 9112, section 6.2)";
        return Ok(Answer::Ended { how: how.to_owned() });
    }
    let code = head.status().as_u16();
    let headers: Vec<(String, String)> = head
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
    let mut response = Response { code, headers, body: Bytes::new() };
    if stays {
        return Ok(Answer::Events(response, Box::new(EventStream::new(body))));
    }
    let mut came = BytesMut::new();
    let reading = whole(body, coming, &mut came);
    let read = if events { timeout(limit::NO_STREAM, reading).await } else { Ok(reading.await) };
    match read {
        Ok(Ok(())) => response.body = came.freeze(),
        Ok(Err(how)) => return Ok(Answer::Ended { how }),
        Err(_) => {}
    }
    Ok(Answer::Response(response))
}

/// What TLS has to say, where it is what ended the connection.
fn tls_reason(error: &hyper::Error, url: &Uri) -> Option<(String, &'static str)> {
    let error = std::error::Error::source(error)?.downcast_ref::<std::io::Error>()?;
    tls::reason(error, url.host().unwrap_or_default())
}

fn build(request: HttpRequest) -> Result<Request<Full<Bytes>>, DialError> {
    let problem = |why: String| DialError::Request { why };
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| problem(format!("`{}` is not an HTTP method", request.method)))?;
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
