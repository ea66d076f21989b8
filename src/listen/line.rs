use super::Events;
use crate::net::{Response, Socket, Stream};
use bytes::BytesMut;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// How long a caller may take to read an answer, and to end the connection behind it.
const FAREWELL: Duration = Duration::from_secs(5);

/// A stream on which a request was read that is not answered yet.
#[derive(Debug)]
pub struct Line {
    pub(super) stream: Stream,
    /// What came behind the request.
    pub(super) early: BytesMut,
}

impl Line {
    /// Whether anything came behind the request that nobody has answered yet.
    pub fn is_followed(&mut self) -> bool {
        let mut room = [0; 1 << 10];
        let mut read = ReadBuf::new(&mut room);
        // Nobody is to be woken: whoever reads next asks again.
        let mut context = Context::from_waker(Waker::noop());
        if Pin::new(&mut self.stream).poll_read(&mut context, &mut read).is_ready() {
            self.early.extend_from_slice(read.filled());
        }
        !self.early.is_empty()
    }

    /// Accepts a handshake, whose key this is, with further headers: the line is a WebSocket now.
    ///
    /// # Errors
    /// The caller has gone.
    pub async fn accept(mut self, key: &str, headers: &[(String, String)]) -> Result<Box<Socket>, String> {
        let mut head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-accept: {}\r\n",
            derive_accept_key(key.as_bytes())
        );
        fields(&mut head, headers);
        head.push_str("\r\n");
        let written = async {
            self.stream.write_all(head.as_bytes()).await?;
            self.stream.flush().await
        };
        written.await.map_err(|error| format!("{error}, in the handshake"))?;
        Ok(Box::new(Socket::accepted(self.stream, self.early.to_vec()).await))
    }

    /// Answers, and ends the connection behind it.
    pub async fn answer(mut self, response: Response) {
        let mut out = head_of(&response, Some(response.body.len())).into_bytes();
        out.extend_from_slice(&response.body);
        // A caller that has gone, that does not read or that never ends does not matter. What he still says is read, so
        // that no reset overtakes the answer.
        let _ = timeout(FAREWELL, async {
            self.stream.write_all(&out).await?;
            self.stream.shutdown().await?;
            let mut rest = [0; 1 << 10];
            while self.stream.read(&mut rest).await? > 0 {}
            Ok::<(), std::io::Error>(())
        })
        .await;
    }

    /// Answers with an event stream, which goes on.
    pub fn events(self, head: &Response) -> Events {
        Events::new(self.stream, head_of(head, None).into_bytes())
    }
}

fn head_of(response: &Response, length: Option<usize>) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\nconnection: close\r\n", response.code, reason(response.code));
    // Statuses without a body have no length either (RFC 9110, section 8.6).
    if let Some(length) = length.filter(|_| !matches!(response.code, 100..200 | 204 | 304)) {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    fields(&mut head, &response.headers);
    head.push_str("\r\n");
    head
}

fn fields(head: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers {
        // What would end the line early is left out: a header is one line.
        let value: String = value.chars().filter(|letter| !letter.is_control()).collect();
        head.push_str(&format!("{name}: {value}\r\n"));
    }
}

fn reason(code: u16) -> &'static str {
    http::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason()).unwrap_or("Status")
}
