//! One answer over HTTP, however its connection came to be: its head, and its body piece by piece.

use super::coming::{Begun, Coming, Heads, Part, within};
use super::limit;
use super::watched::Watched;
use bytes::{Buf as _, Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::poll_proceed;

type Connection<T> = Pin<Box<http1::Connection<TokioIo<T>, Full<Bytes>>>>;

/// The body of an answer, with the connection that carries it.
pub(super) struct Body<T: AsyncRead + AsyncWrite + Unpin> {
    connection: Connection<T>,
    connected: bool,
    incoming: Incoming,
    came: usize,
    /// How long it is, where its head says so.
    of: Option<usize>,
    /// Its last chunk ends it, and not its connection.
    chunked: bool,
}

/// Asks, and waits for the head of the answer.
///
/// # Errors
/// What came instead, and what of it could not be read.
pub(super) async fn ask<T: AsyncRead + AsyncWrite + Unpin>(
    stream: T,
    request: Request<Full<Bytes>>,
) -> Result<(Response<()>, Body<T>), (hyper::Error, Bytes)> {
    let handshake = http1::Builder::new()
        .max_buf_size(limit::RESPONSE_HEAD)
        .max_headers(limit::HEADER_FIELDS)
        .handshake(TokioIo::new(stream))
        .await;
    let (mut sender, connection) = handshake.map_err(|error| (error, Bytes::new()))?;
    let mut connection: Connection<T> = Box::pin(connection);
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
    match answered {
        Ok(response) => {
            let (head, incoming) = response.into_parts();
            let of = incoming.size_hint().exact().and_then(|length| usize::try_from(length).ok());
            let chunked = of.is_none() && head.headers.contains_key(http::header::TRANSFER_ENCODING);
            let body = Body { connection, connected, incoming, came: 0, of, chunked };
            Ok((Response::from_parts(head, ()), body))
        }
        // What could not be read is still there.
        Err(error) => Err((error, Pin::into_inner(connection).into_parts().read_buf)),
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Body<T> {
    /// The next piece; none behind the last. The connection is driven as long as that goes on.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Bytes>>> {
        let turn = ready!(poll_proceed(cx));
        self.connected = self.connected && self.connection.as_mut().poll(cx).is_pending();
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(cx));
        // One read may hold 100,000 small pieces: each counts, so that others have their turn between them.
        turn.made_progress();
        Poll::Ready(frame.map(|frame| {
            let piece = frame?.into_data().unwrap_or_default();
            self.came += piece.len();
            Ok(piece)
        }))
    }

    /// How much has come.
    pub(super) fn begun(&self) -> Begun {
        Begun::Body(Part { came: self.came, of: self.of })
    }

    /// Whether its head says how long it is.
    pub(super) fn is_measured(&self) -> bool {
        self.of.is_some()
    }

    /// Whether something else than the end of its connection ends it.
    pub(super) fn ends_itself(&self) -> bool {
        self.chunked || self.is_measured()
    }

    /// Where it has ended, how much was read behind it, but for an end of line, which old servers put there.
    pub(super) fn behind(self) -> usize {
        let rest = Pin::into_inner(self.connection).into_parts().read_buf;
        if rest.iter().all(|byte| matches!(byte, b'\r' | b'\n')) { 0 } else { rest.len() }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Body<Watched<S, Heads>> {
    /// Where its connection has ended, whether that was where a line of its framing had begun: the size of a chunk, or what ends one.
    /// The library has the same error for that and for an end between two chunks.
    pub(super) fn stops_within_line(self) -> bool {
        self.chunked && !Pin::into_inner(self.connection).into_parts().io.into_inner().watch.ends_a_line()
    }
}

/// Reads a body to its end, and has `coming` tell what came behind it. What has come is there also where that is not all.
///
/// # Errors
/// Why it is not whole.
pub(super) async fn whole<T: AsyncRead + AsyncWrite + Unpin>(
    mut body: Body<T>,
    coming: &Coming,
    came: &mut BytesMut,
) -> Result<(), String> {
    let over = || format!("the body of the response is over the limit of {} bytes", limit::RESPONSE_BODY);
    if body.incoming.size_hint().lower() > limit::RESPONSE_BODY as u64 {
        return Err(over());
    }
    loop {
        coming.set(Some(body.begun()));
        match poll_fn(|cx| body.poll(cx)).await {
            Some(Ok(piece)) if came.len() + piece.len() > limit::RESPONSE_BODY => return Err(over()),
            Some(Ok(piece)) => came.extend_from_slice(&piece),
            Some(Err(error)) => return Err(within(how(&error), Some(body.begun()))),
            None => break,
        }
    }
    coming.behind(body.behind());
    Ok(())
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
        return format!("the answer to the request is not HTTP: {error}");
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return match io.kind() {
                io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
                io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => "end of stream".to_owned(),
                _ => io.to_string(),
            };
        }
        cause = inner.source();
    }
    error.to_string()
}

/// What a body that is not whole was cut by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The end of the connection, between two chunks of it, in the line between them or where nothing tells its length.
    Between,
    /// The end of the connection, within a chunk or before its length.
    Within,
    /// What is no HTTP.
    Broken,
}

impl Cut {
    pub(super) fn of(error: &hyper::Error) -> Cut {
        let inner = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
        match inner {
            Some(io) if matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => Cut::Broken,
            // The library has no other way to tell the two.
            Some(io) if io.get_ref().is_some_and(|own| own.to_string() == WITHIN) => Cut::Within,
            Some(_) | None => Cut::Between,
        }
    }
}

/// What the library says of an end within a body whose length, or that of its chunk, was told.
const WITHIN: &str = "end of file before message length reached";

pub(super) fn too_large() -> String {
    let (bytes, fields) = (limit::RESPONSE_HEAD, limit::HEADER_FIELDS);
    format!("the head of the answer is over the limit of {bytes} bytes or {fields} fields")
}

/// A stream of which the head of an answer was read already, and that was asked: who asks again is given that first, and what
/// he says is dropped.
#[derive(Debug)]
pub(super) struct Asked<S> {
    stream: S,
    came: Bytes,
    again: bool,
    waiting: Option<Waker>,
}

impl<S> Asked<S> {
    pub(super) fn new(stream: S, came: Bytes) -> Asked<S> {
        Asked { stream, came, again: false, waiting: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Asked<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let asked = self.get_mut();
        // An answer that is there before anybody has asked would be none.
        if !asked.again {
            asked.waiting = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if asked.came.is_empty() {
            return Pin::new(&mut asked.stream).poll_read(cx, into);
        }
        let part = asked.came.split_to(asked.came.len().min(into.remaining()));
        into.put_slice(part.chunk());
        Poll::Ready(Ok(()))
    }
}

impl<S: Unpin> AsyncWrite for Asked<S> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let asked = self.get_mut();
        asked.again = true;
        if let Some(waiting) = asked.waiting.take() {
            waiting.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
