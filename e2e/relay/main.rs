//! A relay that puts one deliberate fault between the clients and a server: the end-to-end tests play through it, to see
//! that what passes against the real server would fail against a broken one.
//!
//! ```text
//! relay [stream] LISTEN TO FAULT CONNECTION TEXT [REPLACEMENT]
//! relay free-port
//! ```
//!
//! `LISTEN` and `TO` are ports of 127.0.0.1. `FAULT` is one of the library's own (`drop`, `duplicate`, `swap`, `alter`) and
//! strikes at the first message from the server that holds `TEXT` on the `CONNECTION`th WebSocket that is opened (1, 2, …).
//! Everything else passes as it is: handshakes, requests, control frames, whatever the clients send. With `stream` it is a plain
//! stream of bytes, and a message is what the server has written at once.

use seqcheck::net::Frame;
use seqcheck::net::faults::{MESSAGE_FAULTS, MessageFault, message_fault};
use std::io;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What is to be done.
struct Plan {
    to: u16,
    fault: String,
    connection: usize,
    text: String,
    replacement: String,
    /// It is a plain stream of bytes.
    stream: bool,
    /// How many connections were opened so far.
    opened: AtomicUsize,
}

/// The longest head of an HTTP response.
const MAX_HEAD: usize = 64 << 10;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            complain(&why.to_string());
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is a program")]
fn complain(why: &str) {
    eprintln!("relay: {why}");
}

#[expect(clippy::print_stdout, reason = "this is a program")]
fn say(what: &str) {
    println!("{what}");
}

async fn run(words: &[String]) -> io::Result<()> {
    let usage = || {
        let names = MESSAGE_FAULTS.map(|(name, _)| name).join(", ");
        io::Error::other(format!(
            "[stream] LISTEN TO FAULT CONNECTION TEXT [REPLACEMENT], the fault one of {names}; or free-port"
        ))
    };
    if words.first().is_some_and(|word| word == "free-port") {
        say(&seqcheck::net::free_port()?.to_string());
        return Ok(());
    }
    let stream = words.first().is_some_and(|word| word == "stream");
    let words = if stream { &words[1..] } else { words };
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u16>().ok()).ok_or_else(usage);
    let word = |at: usize| words.get(at).cloned().ok_or_else(usage);
    let plan = Plan {
        to: number(1)?,
        fault: word(2)?,
        connection: number(3)?.into(),
        text: word(4)?,
        replacement: word(5).unwrap_or_default(),
        stream,
        opened: AtomicUsize::new(0),
    };
    message_fault(&plan.fault, &plan.text, &plan.replacement).ok_or_else(usage)?;
    let plan = Arc::new(plan);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number(0)?)).await?;
    loop {
        let (client, _) = listener.accept().await?;
        // A connection that ends in an error ends for both sides, and that is all there is to say.
        tokio::spawn(relay(client, plan.clone()));
    }
}

async fn relay(client: TcpStream, plan: Arc<Plan>) -> io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, plan.to)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    // On a plain stream: which connection it is, once its client has said anything. Who looks whether a port is open says
    // nothing, and is none.
    let number = AtomicUsize::new(0);
    let up = async {
        let mut first = [0; 1 << 10];
        let read = from_client.read(&mut first).await?;
        if plan.stream && read > 0 {
            number.store(plan.opened.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        let copied = match to_server.write_all(&first[..read]).await {
            Ok(()) => tokio::io::copy(&mut from_client, &mut to_server).await.map(|_| ()),
            Err(error) => Err(error),
        };
        // Also where the client is gone without a word: the server is to see the same.
        let _ = to_server.shutdown().await;
        copied
    };
    let down = async {
        if plan.stream {
            parts(from_server, to_client, &plan, &number).await
        } else {
            down(from_server, to_client, &plan).await
        }
    };
    let (up, down) = tokio::join!(up, down);
    up.and(down)
}

/// What the server says on a plain stream.
async fn parts(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    plan: &Plan,
    number: &AtomicUsize,
) -> io::Result<()> {
    let Some(mut fault) = message_fault(&plan.fault, &plan.text, &plan.replacement) else { return Ok(()) };
    let mut part = vec![0; 64 << 10];
    loop {
        let read = server.read(&mut part).await?;
        let struck = number.load(Ordering::Relaxed) == plan.connection;
        let out = match read {
            0 => fault.ends(),
            read if !struck => vec![Frame::Binary(part[..read].to_vec().into())],
            read => fault.passes(Frame::Binary(part[..read].to_vec().into())),
        };
        for message in out {
            match &message {
                Frame::Text(text) => client.write_all(text.as_bytes()).await?,
                Frame::Binary(bytes) => client.write_all(bytes).await?,
            }
        }
        if read == 0 {
            return client.shutdown().await;
        }
    }
}

/// What the server says.
async fn down(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, plan: &Plan) -> io::Result<()> {
    let mut buffer = Vec::new();
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            break Some(end + 4);
        }
        if buffer.len() > MAX_HEAD || server.read_buf(&mut buffer).await? == 0 {
            break None;
        }
    };
    let Some(head) = head.filter(|_| buffer.starts_with(b"HTTP/1.1 101")) else {
        client.write_all(&buffer).await?;
        tokio::io::copy(&mut server, &mut client).await?;
        return client.shutdown().await;
    };
    client.write_all(&buffer[..head]).await?;
    buffer.drain(..head);
    let number = plan.opened.fetch_add(1, Ordering::Relaxed) + 1;
    let fault = message_fault(&plan.fault, &plan.text, &plan.replacement).filter(|_| number == plan.connection);
    let Some(mut fault) = fault else {
        client.write_all(&buffer).await?;
        tokio::io::copy(&mut server, &mut client).await?;
        return client.shutdown().await;
    };
    loop {
        while let Some((head, end)) = extent(&buffer) {
            let out = through(&mut *fault, &buffer[..end], head);
            client.write_all(&out).await?;
            buffer.drain(..end);
        }
        if server.read_buf(&mut buffer).await? == 0 {
            let held: Vec<u8> = fault.ends().iter().flat_map(frame).collect();
            client.write_all(&held).await?;
            return client.shutdown().await;
        }
    }
}

/// The lengths of the head and of the whole of the first frame; none where more has to come (RFC 6455 §5.2).
fn extent(bytes: &[u8]) -> Option<(usize, usize)> {
    let short = *bytes.get(1)? & 0x7f;
    let (head, length) = match short {
        126 => (4, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        short => (2, short.into()),
    };
    let end = usize::try_from(length).ok()?.checked_add(head)?;
    (bytes.len() >= end).then_some((head, end))
}

/// What passes instead of a frame.
fn through(fault: &mut dyn MessageFault, whole: &[u8], head: usize) -> Vec<u8> {
    let payload = &whole[head..];
    let message = match whole[0] {
        // Whole and uncompressed; no server of the suites fragments what is meant to be struck.
        0x81 => std::str::from_utf8(payload).ok().map(|text| Frame::Text(text.into())),
        0x82 => Some(Frame::Binary(payload.to_vec().into())),
        0x88 => {
            let held = fault.ends();
            return held.iter().flat_map(frame).chain(whole.iter().copied()).collect();
        }
        _ => None,
    };
    match message {
        Some(message) => fault.passes(message).iter().flat_map(frame).collect(),
        None => whole.to_vec(),
    }
}

/// A message as an unmasked frame.
fn frame(message: &Frame) -> Vec<u8> {
    let (first, payload): (u8, &[u8]) = match message {
        Frame::Text(text) => (0x81, text.as_bytes()),
        Frame::Binary(bytes) => (0x82, bytes),
    };
    let mut out = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < 126 => out.push(short),
        (_, Ok(middle)) => {
            out.push(126);
            out.extend(middle.to_be_bytes());
        }
        (_, Err(_)) => {
            out.push(127);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
    out
}
