use crate::net::{DialError, Queued, Stream, limit};
use bytes::{Buf as _, BytesMut};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

/// An event stream to a caller.
///
/// It is polled by whoever drives it, never awaited: writing queues, [`Events::poll`] writes what is queued and notices
/// when the caller has gone.
#[derive(Debug)]
pub struct Events {
    stream: Stream,
    out: BytesMut,
    /// How many bytes were written.
    written: u64,
    /// What is queued is written, and that is the end.
    ending: bool,
}

impl Events {
    pub(super) fn new(stream: Stream, head: Vec<u8>) -> Self {
        Events { stream, out: BytesMut::from(&*head), written: 0, ending: false }
    }

    /// Queues bytes.
    pub fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Ends the stream behind what is queued.
    pub fn end(&mut self) {
        self.ending = true;
    }

    /// Whether all that was pushed is written.
    pub fn is_flushed(&self) -> bool {
        self.out.is_empty()
    }

    /// What waits to be written.
    pub fn queued(&self) -> Queued {
        Queued { bytes: self.out.len(), taken: self.written }
    }

    /// Writes what is queued; ready when the stream has ended, with what happened.
    ///
    /// # Errors
    /// The caller leaves too much of it unread.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<String, DialError>> {
        loop {
            if !self.out.is_empty() {
                match Pin::new(&mut self.stream).poll_write(cx, &self.out) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Ok("end of stream".to_owned())),
                    Poll::Ready(Ok(more)) => {
                        self.out.advance(more);
                        self.written += more as u64;
                        continue;
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Ok(error.to_string())),
                    Poll::Pending if self.out.len() > limit::UNSENT => {
                        return Poll::Ready(Err(DialError::Stuck));
                    }
                    Poll::Pending => {}
                }
            } else {
                if self.ending {
                    return Pin::new(&mut self.stream).poll_shutdown(cx).map(|_| Ok("end of stream".to_owned()));
                }
            }
            let mut rest = [0; 256];
            let mut rest = ReadBuf::new(&mut rest);
            match Pin::new(&mut self.stream).poll_read(cx, &mut rest) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if rest.filled().is_empty() => return Poll::Ready(Ok("end of stream".to_owned())),
                // A caller that speaks on meanwhile is not heard.
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Ok(error.to_string())),
            }
        }
    }
}

/// An event as it stands in a stream.
pub fn event(event: Option<&str>, id: Option<&str>, data: &str) -> String {
    let mut out = String::new();
    let one_line = |text: &str| text.replace(['\r', '\n'], " ");
    if let Some(id) = id {
        out.push_str(&format!("id: {}\n", one_line(id)));
    }
    if let Some(event) = event.filter(|event| *event != "message") {
        out.push_str(&format!("event: {}\n", one_line(event)));
    }
    // Each of them ends a line (WHATWG HTML, section 9.2.6), so that none of the data begins a field of its own.
    for line in data.replace("\r\n", "\n").split(['\n', '\r']) {
        out.push_str(&format!("data: {line}\n"));
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::sse::Parser;

    #[test]
    fn no_data_is_taken_for_another_event() {
        for data in ["a\revent: evil", "a\r\nevent: evil", "a\nevent: evil", "a\r\revent: evil\r\r"] {
            let mut parser = Parser::default();
            let mut queue = std::collections::VecDeque::new();
            parser.feed(event(Some("good"), Some("1"), data).as_bytes(), &mut queue).expect("an event");
            let kinds: Vec<&str> = queue.iter().map(|event| event.event.as_str()).collect();
            assert_eq!(kinds, ["good"], "{data:?}");
        }
    }

    #[test]
    fn an_event_is_read_as_it_was_written() {
        for (kind, id, data) in [("joined", Some("7"), "{\"a\":1}"), ("message", None, "two\nlines"), ("x", None, "")] {
            let mut parser = Parser::default();
            let mut queue = std::collections::VecDeque::new();
            parser.feed(event(Some(kind), id, data).as_bytes(), &mut queue).expect("an event");
            let read: Vec<_> = queue.into_iter().map(|event| (event.event, event.id, event.data)).collect();
            assert_eq!(read, [(kind.to_owned(), id.map(str::to_owned), data.to_owned())]);
        }
    }
}
