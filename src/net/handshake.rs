use super::body::{self, Asked, ask, whole};
use super::coming::{Coming, Heads, within};
use super::deflate::{self, Agreed};
use super::socket::Socket;
use super::watched::Watch as _;
use super::{DialError, Stream, limit, tls};
use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Request, Uri};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

/// A request to open a WebSocket (RFC 6455, section 4.1).
#[derive(Clone, Debug)]
pub struct Upgrade<'a> {
    /// Where; its host is what the `Host` header says.
    pub url: &'a Uri,
    /// Further headers.
    pub headers: &'a [(String, String)],
    /// Subprotocols to offer, in order of preference.
    pub subprotocols: &'a [String],
    /// Whether to offer permessage-deflate.
    pub compress: bool,
}

/// What the server made of it.
#[derive(Debug)]
pub enum Opened {
    /// The connection is a WebSocket now.
    Socket {
        /// It.
        socket: Box<Socket>,
        /// The headers of the answer, names in lower case.
        headers: Vec<(String, String)>,
    },
    /// An HTTP response instead.
    Refused {
        /// The status code.
        code: u16,
        /// Header names in lower case.
        headers: Vec<(String, String)>,
        /// The body, as far as it came in time.
        body: Bytes,
        /// Why it is not whole, where the connection ended within it.
        cut: Option<String>,
    },
    /// The connection ended, or what came is no valid answer.
    Ended {
        /// What happened.
        how: String,
    },
}

/// The handshake; `coming` tells meanwhile how much has come of the answer. Own code rather than the library's, which refuses what RFC 6455 allows (`Connection: keep-alive,
/// Upgrade`; a server that selects none of the offered subprotocols) and keeps the body of a refusal to itself.
///
/// # Errors
/// TLS is what is missing. Whatever else the server does is an [`Opened`].
pub async fn open(
    mut stream: Stream,
    upgrade: &Upgrade<'_>,
    Asking { key, request }: Asking,
    coming: &Coming,
) -> Result<Opened, DialError> {
    if let Err(error) = write(&mut stream, &request).await {
        return ended(&error, upgrade.url, coming);
    }
    let mut buffer = BytesMut::with_capacity(1024);
    let mut interim = 0;
    let mut heads = Heads::new(coming.clone());
    let response = loop {
        match parse(&buffer) {
            // Something to know beforehand (RFC 9110, section 15.2): the answer is still to come.
            Ok(Some(response)) if (100..200).contains(&response.code) && response.code != 101 => {
                interim += 1;
                if interim > limit::INTERIM {
                    let how = format!("the handshake was answered with more than {} interim answers", limit::INTERIM);
                    return Ok(Opened::Ended { how });
                }
                buffer.advance(response.length);
                continue;
            }
            Ok(Some(response)) => break response,
            Ok(None) if buffer.len() >= limit::RESPONSE_HEAD => {
                let how =
                    format!("the head of the answer to the handshake is longer than {} bytes", limit::RESPONSE_HEAD);
                return Ok(Opened::Ended { how });
            }
            Ok(None) => {}
            Err(_) if tls::is_record(&buffer) => {
                return Err(DialError::OnlyTls { address: super::route::place(upgrade.url) });
            }
            Err(error) => {
                return Ok(Opened::Ended { how: format!("the answer to the handshake is not HTTP: {error}") });
            }
        }
        let before = buffer.len();
        match stream.read_buf(&mut buffer).await {
            Ok(0) => {
                return Ok(Opened::Ended { how: within("end of stream in the handshake".to_owned(), coming.begun()) });
            }
            Ok(_) => _ = heads.take_in(&buffer[before..]),
            Err(error) => return ended(&error, upgrade.url, coming),
        }
    };
    if response.code != 101 {
        let (body, cut) = refused(stream, buffer.freeze(), coming).await;
        return Ok(Opened::Refused { code: response.code, headers: response.headers, body, cut });
    }
    buffer.advance(response.length);
    let verified = if response.is_old {
        Err("status 101 of HTTP/1.0".to_owned())
    } else {
        verify(&response.headers, &key, upgrade)
    };
    let agreed = match verified {
        Ok(agreed) => agreed,
        Err(why) => {
            return Ok(Opened::Ended {
                how: format!("the answer to the handshake violates RFC 6455, section 4.1: {why}"),
            });
        }
    };
    let socket = Box::new(Socket::new(stream, buffer.to_vec(), agreed).await);
    Ok(Opened::Socket { socket, headers: response.headers })
}

/// The body of an answer that is no upgrade, and how it was cut, if it was: read as that of any answer. The status is the answer; what does
/// not come in time is not waited for.
async fn refused(stream: Stream, came: Bytes, coming: &Coming) -> (Bytes, Option<String>) {
    let mut body = BytesMut::new();
    let reading = async {
        let (_, rest) =
            ask(Asked::new(stream, came), Request::default()).await.map_err(|(error, _)| body::how(&error))?;
        whole(rest, coming, &mut body).await
    };
    let cut = tokio::time::timeout(limit::REFUSAL, reading).await.ok().and_then(Result::err);
    (body.freeze(), cut)
}

async fn write(stream: &mut Stream, request: &[u8]) -> io::Result<()> {
    stream.write_all(request).await?;
    stream.flush().await
}

/// The end of a connection before there was an answer. What TLS has to say against it is no word of the server under test:
/// it may come only now (RFC 8446, section 4.4.2.4).
fn ended(error: &io::Error, url: &Uri, coming: &Coming) -> Result<Opened, DialError> {
    match tls::reason(error, url.host().unwrap_or_default()) {
        Some((why, help)) => Err(DialError::Tls { address: super::route::place(url), why, help }),
        None => Ok(Opened::Ended { how: within(how(error), coming.begun()) }),
    }
}

fn how(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionReset => "connection reset in the handshake".to_owned(),
        io::ErrorKind::BrokenPipe => "end of stream in the handshake".to_owned(),
        _ => format!("{error}, in the handshake"),
    }
}

/// The first line of a head, and its fields.
pub type HeadLines = (String, Vec<(String, String)>);

/// A handshake's request as it is written.
#[derive(Debug)]
pub struct Asking {
    key: String,
    request: Vec<u8>,
}

impl Upgrade<'_> {
    /// The request with a key that is another one every time, and its head without that.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn asking(&self) -> Result<(HeadLines, Asking), DialError> {
        let (head, key) = (self.head()?, generate_key());
        let request = bytes(&head, &key);
        Ok((head, Asking { key, request }))
    }

    fn head(&self) -> Result<HeadLines, DialError> {
        let problem = |why: String| DialError::Request { why };
        let host = self.url.authority().map_or("localhost", |authority| authority.as_str());
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let line = format!("GET {} HTTP/1.1", if path.is_empty() { "/" } else { path });
        let given = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut fields = Vec::with_capacity(6 + self.headers.len());
        let mut field = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
        if !given("host") {
            field("Host", host.rsplit('@').next().unwrap_or(host));
        }
        field("Connection", "Upgrade");
        field("Upgrade", "websocket");
        field("Sec-WebSocket-Version", "13");
        if !self.subprotocols.is_empty() {
            let offered = self.subprotocols.join(", ");
            HeaderValue::from_str(&offered).map_err(|_| problem(format!("subprotocols `{offered}`")))?;
            field("Sec-WebSocket-Protocol", &offered);
        }
        if self.compress {
            field("Sec-WebSocket-Extensions", deflate::OFFER);
        }
        for (name, value) in self.headers {
            let known =
                HeaderName::try_from(name.as_str()).map_err(|_| problem(format!("`{name}` is not a header name")))?;
            HeaderValue::from_str(value).map_err(|_| {
                problem(format!(
                    "the value of the header `{known}` contains a character that is not allowed in a header"
                ))
            })?;
            field(name, value);
        }
        Ok((line, fields))
    }
}

fn bytes((line, fields): &HeadLines, key: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let fields = fields.iter().map(|(name, value)| (&**name, &**value)).chain([("Sec-WebSocket-Key", key)]);
    out.extend_from_slice(line.as_bytes());
    for (name, value) in fields {
        for part in ["\r\n", name, ": ", value] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n\r\n");
    out
}

struct Head {
    code: u16,
    /// HTTP/1.0, which knows no switching of protocols (RFC 9110, section 7.8).
    is_old: bool,
    headers: Vec<(String, String)>,
    length: usize,
}

fn parse(bytes: &[u8]) -> Result<Option<Head>, httparse::Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let mut fields = [httparse::EMPTY_HEADER; limit::HEADER_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(length) = response.parse(bytes)? else { return Ok(None) };
    let headers = response
        .headers
        .iter()
        .map(|field| (field.name.to_ascii_lowercase(), String::from_utf8_lossy(field.value).into_owned()))
        .collect();
    let is_old = response.version == Some(0);
    Ok(Some(Head { code: response.code.unwrap_or(0), is_old, headers, length }))
}

/// All values of a header, split at commas.
fn values<'a>(headers: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers.iter().filter(move |(known, _)| known == name).flat_map(|(_, value)| value.split(',')).map(str::trim)
}

fn verify(headers: &[(String, String)], key: &str, upgrade: &Upgrade<'_>) -> Result<Option<Agreed>, String> {
    let offered = upgrade.subprotocols;
    if !values(headers, "upgrade").any(|value| value.eq_ignore_ascii_case("websocket")) {
        return Err("status 101 without `Upgrade: websocket`".to_owned());
    }
    if !values(headers, "connection").any(|value| value.eq_ignore_ascii_case("upgrade")) {
        return Err("status 101 without `Connection: Upgrade`".to_owned());
    }
    let accept = derive_accept_key(key.as_bytes());
    if !headers.iter().any(|(name, value)| name == "sec-websocket-accept" && value.trim() == accept) {
        return Err("`Sec-WebSocket-Accept` is missing or wrong".to_owned());
    }
    let extensions: Vec<&str> = values(headers, "sec-websocket-extensions").filter(|value| !value.is_empty()).collect();
    let agreed = match extensions.first() {
        None => None,
        Some(_) if upgrade.compress => Some(Agreed::read(&extensions)?),
        Some(extension) => return Err(format!("it selects the extension `{extension}`, which was not offered")),
    };
    // One of those that were offered (RFC 6455, section 4.2.2), so no list, not even of these.
    let selected: Vec<&str> =
        headers.iter().filter(|(name, _)| name == "sec-websocket-protocol").map(|(_, value)| value.trim()).collect();
    match selected[..] {
        [] => {}
        [one] if offered.iter().any(|known| known == one) => {}
        [one] if !one.contains(',') => {
            return Err(format!("it selects the subprotocol `{one}`, which was not offered"));
        }
        _ => return Err(format!("it selects the subprotocols `{}`, but it may select only one", selected.join(", "))),
    }
    Ok(agreed)
}
