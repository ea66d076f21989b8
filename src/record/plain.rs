//! Plain streams of bytes: passed on as they come, and cut into messages when it is known how.

use super::deck::Deck;
use crate::framing::{Cutter, Framing};
use crate::induce::{Entry, Side, Tape, What};
use crate::wire::Raw;
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// So much is read at once.
const PART: usize = 64 << 10;
/// How long one side may take to end when the other has ended.
const FAREWELL: Duration = Duration::from_secs(5);

/// Passes everything on between a client and the target until one of them ends it, and keeps it in the parts in which it came.
pub(super) async fn pass<C, S>(client: C, server: S, deck: &Deck)
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let line = deck.line();
    deck.push(line, What::Dial { url: String::new(), headers: Vec::new() });
    deck.push(line, What::Accepted { headers: Vec::new() });
    let (from_client, to_client) = tokio::io::split(client);
    let (from_server, to_server) = tokio::io::split(server);
    let up = pump(from_client, to_server, (Side::Client, line), deck);
    let down = pump(from_server, to_client, (Side::Server, line), deck);
    tokio::pin!(up, down);
    tokio::select! {
        () = &mut up => drop(tokio::time::timeout(FAREWELL, down).await),
        () = &mut down => drop(tokio::time::timeout(FAREWELL, up).await),
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    (side, line): (Side, usize),
    deck: &Deck,
) {
    let mut part = vec![0; PART];
    while let Ok(read @ 1..) = from.read(&mut part).await {
        deck.push(line, What::Frame { from: side, raw: Raw::Binary(part[..read].into()) });
        let passed = async {
            to.write_all(&part[..read]).await?;
            to.flush().await
        };
        if passed.await.is_err() {
            break;
        }
    }
    deck.push(line, What::Close { from: side, code: None });
    let _ = to.shutdown().await;
}

/// The plain lines of a recording.
fn lines(tape: &Tape) -> FxHashSet<usize> {
    let plain = |entry: &Entry| matches!(&entry.what, What::Dial { url, .. } if url.is_empty());
    tape.entries.iter().filter(|entry| plain(entry)).map(|entry| entry.line).collect()
}

fn frame(bytes: &[u8], text: bool) -> Raw {
    match std::str::from_utf8(bytes) {
        Ok(string) if text => Raw::Text(string.into()),
        Ok(_) | Err(_) => Raw::Binary(bytes.into()),
    }
}

/// A recording whose plain streams are cut into messages; `text` where these are texts. None where what came is no such messages.
pub fn cut(tape: &Tape, framing: Framing, text: bool) -> Option<Tape> {
    let plain = lines(tape);
    let mut cutters: FxHashMap<(usize, Side), Cutter> = FxHashMap::default();
    let mut entries = Vec::with_capacity(tape.entries.len());
    for entry in &tape.entries {
        let mut push = |from: Side, bytes: &[u8]| {
            entries.push(Entry { what: What::Frame { from, raw: frame(bytes, text) }, ..entry.clone() });
        };
        match &entry.what {
            What::Frame { from, raw: Raw::Binary(bytes) } if plain.contains(&entry.line) => {
                let cutter = cutters.entry((entry.line, *from)).or_insert_with(|| Cutter::new(framing));
                cutter.feed(bytes);
                while let Some(message) = cutter.cut().ok()? {
                    push(*from, &message);
                }
            }
            What::Close { from, .. } if plain.contains(&entry.line) => {
                if let Some(rest) = cutters.get_mut(&(entry.line, *from)).and_then(Cutter::rest) {
                    push(*from, &rest);
                }
                entries.push(entry.clone());
            }
            What::Frame { .. }
            | What::Dial { .. }
            | What::Accepted { .. }
            | What::Asked { .. }
            | What::Answered { .. }
            | What::Event { .. }
            | What::Close { .. }
            | What::End { .. } => entries.push(entry.clone()),
        }
    }
    // Something came, and no message of it is whole.
    let frame = |entry: &&Entry| matches!(entry.what, What::Frame { .. }) && plain.contains(&entry.line);
    let none = !cutters.is_empty() && !entries.iter().any(|entry| frame(&entry));
    (!none).then(|| Tape { entries, ..tape.clone() })
}

/// How messages end on the plain streams of a recording, where nothing is known but the bytes; and whether they are texts.
pub fn guess(tape: &Tape) -> (Framing, bool) {
    let plain = lines(tape);
    let mut all: FxHashMap<(usize, Side), Vec<u8>> = FxHashMap::default();
    for entry in tape.entries.iter().filter(|entry| plain.contains(&entry.line)) {
        if let What::Frame { from, raw: Raw::Binary(bytes) } = &entry.what {
            all.entry((entry.line, *from)).or_default().extend_from_slice(bytes);
        }
    }
    let each = |is: &dyn Fn(&[u8]) -> bool| !all.is_empty() && all.values().all(|bytes| is(bytes));
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
    match () {
        () if each(&|bytes| bytes.to_ascii_lowercase().starts_with(b"content-")) => (Framing::ContentLength, true),
        () if each(&|bytes| text(bytes) && bytes.ends_with(b"\0")) => (Framing::Nul, true),
        () if each(&|bytes| text(bytes) && bytes.contains(&b'\n')) => (Framing::Lines, true),
        () => (Framing::Unframed, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape(parts: &[(Side, &[u8])]) -> Tape {
        let mut tape = Tape::default();
        let line = tape.line(None);
        let dial = What::Dial { url: String::new(), headers: Vec::new() };
        let frames = parts.iter().map(|(from, bytes)| What::Frame { from: *from, raw: Raw::Binary((*bytes).into()) });
        let all = std::iter::once(dial).chain(frames);
        tape.entries.extend(all.map(|what| Entry { at: 0, line, what }));
        tape
    }

    #[test]
    fn messages_are_found_however_they_came() {
        let (client, server) = (Side::Client, Side::Server);
        let headed = b"Content-Length: 2\r\n\r\n{}Content-Length: 7\r\n\r\n{\"a\":1}";
        for (parts, framing, texts) in [
            (
                vec![(client, &b"{\"a\""[..]), (server, b"{}\n"), (client, b":1}\n{}\n")],
                "lines",
                vec!["{}", "{\"a\":1}", "{}"],
            ),
            (vec![(client, &headed[..30]), (client, &headed[30..])], "content-length", vec!["{}", "{\"a\":1}"]),
            (vec![(server, b"a\0b\0")], "nul", vec!["a", "b"]),
        ] {
            let tape = tape(&parts);
            let (guessed, text) = guess(&tape);
            assert_eq!((guessed.word(), text), (framing, true));
            let cut = cut(&tape, guessed, text).expect("messages");
            let found: Vec<String> = cut
                .entries
                .iter()
                .filter_map(|entry| match &entry.what {
                    What::Frame { raw: Raw::Text(text), .. } => Some(text.to_string()),
                    _ => None,
                })
                .collect();
            assert_eq!(found, texts);
        }
        let bytes = tape(&[(client, b"\x10\x00\xff")]);
        assert_eq!(guess(&bytes), (Framing::Unframed, false));
        assert_eq!(cut(&bytes, Framing::ContentLength, true), None);
    }
}
