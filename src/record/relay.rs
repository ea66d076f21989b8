//! One connection of a client, passed on to the target.

use super::deck::Deck;
use super::frames::Frames;
use super::head::{self, Cut, First, Head};
use crate::induce::{Side, What};
use crate::net::sse::{Event, Parser};
use crate::wire::Raw;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// So much is read at once.
const PART: usize = 64 << 10;
/// How long a client may take to end its connection when the target has ended it.
const FAREWELL: Duration = Duration::from_secs(5);
/// So much of a body is kept.
pub const BODY: usize = 4 << 20;

/// What has come of one side, and is not passed on yet.
struct Came {
    bytes: Vec<u8>,
}

impl Came {
    async fn more(&mut self, from: &mut (impl AsyncRead + Unpin + Send)) -> io::Result<usize> {
        self.bytes.reserve(PART);
        // Where this is given up nothing is lost: what was read is in the buffer.
        from.read_buf(&mut self.bytes).await
    }
}

/// Passes everything on between a client and the target until one of them ends it, and keeps it. `host` is how the target is
/// called in requests; none leaves what the client says.
///
/// # Errors
/// What is no HTTP, or a connection that failed; it is ended on both sides.
pub(super) async fn relay<C, S>(client: C, server: S, host: Option<&str>, deck: &Deck) -> Result<(), String>
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let line = deck.line();
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let (mut asked, mut said) = (Came { bytes: Vec::new() }, Came { bytes: Vec::new() });
    let failed = |error: io::Error| error.to_string();
    loop {
        let request = loop {
            if let Some((request, end)) = head::request(&asked.bytes, host)? {
                asked.bytes.drain(..end);
                break request;
            }
            if asked.bytes.len() > head::LONGEST {
                return Err(format!("the head of a request is longer than {} bytes", head::LONGEST));
            }
            if asked.more(&mut from_client).await.map_err(failed)? == 0 {
                return Ok(());
            }
        };
        let First::Request { method, url } = request.first.clone() else { return Ok(()) };
        let is = |name: &str, word: &str| {
            request.fields.iter().any(|(known, value)| known == name && value.to_ascii_lowercase().contains(word))
        };
        let dials = is("upgrade", "websocket");
        if is("sec-websocket-extensions", "permessage-deflate") {
            deck.tell("a client offered permessage-deflate: the offer was not handed on, so that frames can be read");
        }
        if is("upgrade", "h2c") {
            deck.tell("a client offered HTTP/2: the offer was not handed on");
        }
        let at = deck.now();
        if dials {
            deck.push(line, What::Dial { url: url.clone(), headers: request.fields.clone() });
        }
        to_server.write_all(&request.bytes).await.map_err(failed)?;
        let mut body = Vec::new();
        pass(&mut asked, &mut from_client, &mut to_server, Cut::new(request.body), &mut |part| keep(&mut body, part))
            .await
            .map_err(failed)?;
        if !dials {
            let headers = request.fields.clone();
            deck.push_at(at, line, What::Asked { method: method.clone(), url, headers, body: raw(body) });
        }
        let answer = loop {
            match head::answer(&said.bytes, &method)? {
                Some((answer, end)) => {
                    said.bytes.drain(..end);
                    match answer.first {
                        // To be known beforehand: the answer is still to come.
                        First::Status(status) if (100..200).contains(&status) && status != 101 => {
                            to_client.write_all(&answer.bytes).await.map_err(failed)?;
                        }
                        First::Status(_) | First::Request { .. } => break answer,
                    }
                }
                None if said.bytes.len() > head::LONGEST => {
                    return Err(format!("the head of an answer is longer than {} bytes", head::LONGEST));
                }
                None => {
                    let ended = tokio::select! {
                        read = said.more(&mut from_server) => (read.map_err(failed)? == 0).then_some(Side::Server),
                        read = asked.more(&mut from_client), if asked.bytes.len() < PART => {
                            (read.map_err(failed)? == 0).then_some(Side::Client)
                        }
                    };
                    if let Some(from) = ended {
                        deck.push(line, What::End { from });
                        return Ok(());
                    }
                }
            }
        };
        let First::Status(status) = answer.first else { return Ok(()) };
        if dials && status == 101 {
            deck.push(line, What::Accepted { headers: answer.fields.clone() });
            to_client.write_all(&answer.bytes).await.map_err(failed)?;
            let up = pump(asked, &mut from_client, &mut to_server, Frames::new(Side::Client), (line, deck));
            let down = pump(said, &mut from_server, &mut to_client, Frames::new(Side::Server), (line, deck));
            tokio::pin!(up, down);
            tokio::select! {
                // Who has gone is not waited for, but what the target says still reaches whoever listens.
                _ = &mut up => drop(tokio::time::timeout(FAREWELL, down).await),
                _ = &mut down => drop(tokio::time::timeout(FAREWELL, up).await),
            }
            return Ok(());
        }
        let closes = request.closes || answer.closes;
        let ended = answered(
            answer,
            status,
            (&mut said, &mut from_server),
            &mut to_client,
            (&mut asked, &mut from_client),
            (line, deck),
        );
        if !ended.await.map_err(failed)? || closes {
            let _ = to_client.shutdown().await;
            return Ok(());
        }
    }
}

fn keep(body: &mut Vec<u8>, part: &[u8]) {
    let room = BODY.saturating_sub(body.len()).min(part.len());
    body.extend_from_slice(&part[..room]);
}

fn raw(body: Vec<u8>) -> Raw {
    match String::from_utf8(body) {
        Ok(text) => Raw::Text(text.into()),
        Err(error) => Raw::Binary(error.into_bytes().into()),
    }
}

/// Passes a body on; `each` is given its content.
async fn pass(
    came: &mut Came,
    from: &mut (impl AsyncRead + Unpin + Send),
    to: &mut (impl AsyncWrite + Unpin + Send),
    mut cut: Cut,
    each: &mut (dyn FnMut(&[u8]) + Send),
) -> io::Result<()> {
    while !cut.is_over() {
        if came.bytes.is_empty() && came.more(from).await? == 0 {
            break;
        }
        let mut content = Vec::new();
        let used = cut.take(&came.bytes, &mut content);
        each(&content);
        to.write_all(&came.bytes[..used]).await?;
        came.bytes.drain(..used);
    }
    Ok(())
}

/// Passes an answer on; false where the connection has ended in it.
async fn answered(
    answer: Head,
    status: u16,
    (said, from_server): (&mut Came, &mut (impl AsyncRead + Unpin + Send)),
    to_client: &mut (impl AsyncWrite + Unpin + Send),
    (asked, from_client): (&mut Came, &mut (impl AsyncRead + Unpin + Send)),
    (line, deck): (usize, &Deck),
) -> io::Result<bool> {
    let streams = answer.fields.iter().any(|(name, value)| name == "content-type" && value.contains("event-stream"));
    let headers = answer.fields.clone();
    let told = |body: Vec<u8>| What::Answered { status, headers: headers.clone(), body: raw(body) };
    let mut cut = Cut::new(answer.body);
    let mut body = Vec::new();
    if streams {
        deck.push(line, told(Vec::new()));
    }
    to_client.write_all(&answer.bytes).await?;
    let (mut parser, mut events) = (Parser::default(), VecDeque::new());
    let mut ended = None;
    while !cut.is_over() && ended.is_none() {
        if said.bytes.is_empty() {
            tokio::select! {
                read = said.more(from_server) => if read? == 0 { ended = Some(Side::Server) },
                read = asked.more(from_client), if asked.bytes.len() < PART => {
                    if read.unwrap_or(0) == 0 { ended = Some(Side::Client) }
                }
            }
        }
        let mut content = Vec::new();
        let used = cut.take(&said.bytes, &mut content);
        if streams {
            // An event that is too long to be kept passes all the same.
            let _ = parser.feed(&content, &mut events);
            for Event { event, id, data } in events.drain(..).filter(|event| !event.event.starts_with('\n')) {
                deck.push(line, What::Event { event, id, data });
            }
        } else {
            keep(&mut body, &content);
        }
        to_client.write_all(&said.bytes[..used]).await?;
        said.bytes.drain(..used);
    }
    if !streams {
        deck.push(line, told(body));
        return Ok(ended.is_none());
    }
    let from = ended.unwrap_or(Side::Server);
    deck.push(line, What::End { from });
    Ok(false)
}

/// Passes one direction of a socket on until it ends.
async fn pump(
    mut came: Came,
    from: &mut (impl AsyncRead + Unpin + Send),
    to: &mut (impl AsyncWrite + Unpin + Send),
    mut frames: Frames,
    (line, deck): (usize, &Deck),
) -> io::Result<()> {
    let side = frames.from();
    loop {
        if !came.bytes.is_empty() {
            // Kept before it is handed on, so that no answer comes before its question.
            frames.feed(&came.bytes, &mut |what| deck.push(line, what));
            to.write_all(&came.bytes).await?;
            to.flush().await?;
            came.bytes.clear();
        }
        match came.more(from).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    deck.push(line, What::End { from: side });
    to.shutdown().await
}
