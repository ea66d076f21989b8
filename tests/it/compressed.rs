//! Compressed messages: offered where the binding says so, judged on what was sent, and whoever damages them is found.

use crate::field::{Call, Field, Net, server};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use seqcheck::net::Stream;
use seqcheck::oracle::Class;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const BINDING: &str = r#"
[connect]
url      = "{target}/"
compress = true

[[rule]]
label  = "say {x}"
client = { say = "{x}" }

[[rule]]
label  = "said {x}"
server = { said = "{x}" }

[[rule]]
label  = "agreed {how}"
on     = "http"
server = { status = 101, headers = { sec-websocket-extensions = "{how}" } }
"#;

/// What a server does with compression.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// As agreed.
    Right,
    /// Answers in several frames, a ping between them.
    Fragments,
    /// Does not compress.
    Plain,
    /// Sends something else than it means to.
    Damaged,
    /// Goes on with the context that it said to leave.
    Context,
    /// Compresses twice, and says so once.
    Twice,
}

const CONTEXT: &str = "permessage-deflate";
const ALONE: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// Answers `say` with `said`, over frames of its own.
fn speaking(way: Way, answer: &'static str) -> Field {
    server(move |call: Call| async move {
        assert_eq!(call.headers.get("sec-websocket-extensions").map(String::as_str), Some("permessage-deflate"));
        let header = if answer.is_empty() { String::new() } else { format!("sec-websocket-extensions: {answer}\r\n") };
        let Some((mut stream, mut came)) = call.switch(&header).await else { return };
        let alone = answer == ALONE;
        let (mut inflate, mut deflate) = (Decompress::new(false), Compress::new(Compression::default(), false));
        while let Some((first, payload)) = next(&mut stream, &mut came).await {
            match first & 0x0f {
                1 => {}
                8 => return,
                // Pongs.
                _ => continue,
            }
            // A client that was not told to leave its context goes on with it.
            if alone {
                inflate.reset(false);
            }
            let text =
                if first & 0x40 != 0 { inflated(&mut inflate, payload) } else { String::from_utf8(payload).unwrap() };
            let text = text.replace("say", "said");
            if alone && way != Way::Context {
                deflate.reset();
            }
            let mut out = deflated(&mut deflate, text.as_bytes());
            if way == Way::Twice {
                out = deflated(&mut Compress::new(Compression::default(), false), &out);
            }
            if way == Way::Damaged {
                out.iter_mut().skip(1).for_each(|byte| *byte ^= 0x55);
            }
            let frames = match way {
                Way::Plain => frame(0x81, text.as_bytes()),
                Way::Fragments => {
                    let (start, end) = out.split_at(out.len() / 2);
                    [frame(0x41, start), frame(0x89, b"p"), frame(0x80, end)].concat()
                }
                Way::Right | Way::Damaged | Way::Context | Way::Twice => frame(0xc1, &out),
            };
            if stream.write_all(&frames).await.is_err() {
                return;
            }
        }
    })
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let mut out = vec![first];
    match length {
        0..126 => out.push(length as u8),
        126.. => {
            out.push(126);
            out.extend(length.to_be_bytes());
        }
    }
    out.extend(payload);
    out
}

/// The next frame of a client, unmasked; of no more than 65,535 bytes.
async fn next(stream: &mut Stream, came: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    loop {
        if came.len() > 8 {
            let (start, length) = match came[1] & 0x7f {
                126 => (4, usize::from(u16::from_be_bytes([came[2], came[3]]))),
                short => (2, usize::from(short)),
            };
            if came.len() >= start + 4 + length {
                let rest = came.split_off(start + 4 + length);
                let frame = std::mem::replace(came, rest);
                let mask = &frame[start..start + 4];
                let plain = frame[start + 4..].iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
                return Some((frame[0], plain.collect()));
            }
        }
        if stream.read_buf(came).await.ok()? == 0 {
            return None;
        }
    }
}

fn inflated(inflate: &mut Decompress, mut message: Vec<u8>) -> String {
    message.extend([0, 0, 0xff, 0xff]);
    let mut out = Vec::with_capacity(1 << 16);
    inflate.decompress_vec(&message, &mut out, FlushDecompress::Sync).expect("what the client compressed");
    String::from_utf8(out).unwrap()
}

fn deflated(deflate: &mut Compress, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 16);
    deflate.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
    out.truncate(out.len() - 4);
    out
}

/// Long and repetitive texts, so that a message says much by the one before it.
fn diagram() -> String {
    let text = "the same words again and again ".repeat(40);
    let mut out = "Ann->S: WS connect\n".to_owned();
    for index in 0..4 {
        out += &format!("Ann->S: say {index} {text}\nS->Ann: said {index} {}\n", text.trim_end());
    }
    out.replace(" \nS->", "\nS->")
}

#[test]
fn what_is_compressed_is_judged_on_what_was_sent() {
    for net in [Net::Memory, Net::Tcp] {
        for answer in [CONTEXT, ALONE, "permessage-deflate; server_max_window_bits=12"] {
            for way in [Way::Right, Way::Fragments, Way::Plain] {
                speaking(way, answer).play(net, &diagram(), BINDING).passes();
            }
        }
        speaking(Way::Plain, "").play(net, &diagram(), BINDING).passes();
    }
    let wrong = diagram().replacen("S->Ann: said 2 the same", "S->Ann: said 2 the other", 1);
    speaking(Way::Right, CONTEXT).play(Net::Memory, &wrong, BINDING).fails(Class::WrongPayload, 7);
}

#[test]
fn whoever_damages_compressed_messages_is_found() {
    for answer in [CONTEXT, ALONE] {
        let told = speaking(Way::Damaged, answer).play(Net::Memory, &diagram(), BINDING);
        assert!(matches!(told.class, Some(Class::Closed | Class::WrongPayload | Class::Unexpected)), "{told}");
        let told = speaking(Way::Twice, answer).play(Net::Memory, &diagram(), BINDING);
        assert!(matches!(told.class, Some(Class::Closed | Class::WrongPayload | Class::Unexpected)), "{told}");
    }
    // It was to refer back by 512 bytes at most.
    let told =
        speaking(Way::Right, "permessage-deflate; server_max_window_bits=9").play(Net::Memory, &diagram(), BINDING);
    assert!(matches!(told.class, Some(Class::Closed | Class::WrongPayload | Class::Unexpected)), "{told}");
    // It was to begin anew with each message, and refers to the one before.
    let told = speaking(Way::Context, ALONE).play(Net::Memory, &diagram(), BINDING);
    assert!(matches!(told.class, Some(Class::Closed | Class::WrongPayload)) && told.line == 5, "{told}");
}

#[test]
fn what_was_agreed_upon_can_be_drawn_and_must_be_an_answer() {
    let drawn = "Ann->S: WS connect\nS->Ann: agreed permessage-deflate\n";
    speaking(Way::Right, CONTEXT).play(Net::Memory, drawn, BINDING).passes();
    speaking(Way::Right, ALONE).play(Net::Memory, drawn, BINDING).fails(Class::WrongPayload, 2).says("takeover");
    speaking(Way::Plain, "").play(Net::Memory, drawn, BINDING).fails(Class::WrongPayload, 2);
    let other = "permessage-deflate; client_max_window_bits=9";
    speaking(Way::Right, other)
        .play(Net::Memory, "Ann->S: WS connect\n", BINDING)
        .fails(Class::Closed, 1)
        .says("client_max_window_bits");
}
