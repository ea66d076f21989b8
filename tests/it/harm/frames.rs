//! Frames that are more than they seem, and servers that never stop: each is told, within the limits that have names.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use tokio_tungstenite::tungstenite::{self, Message};

/// A server that upgrades every connection and then does this.
fn server(behave: impl Fn(tungstenite::WebSocket<TcpStream>) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let behave = std::sync::Arc::new(behave);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let behave = behave.clone();
            std::thread::spawn(move || {
                if let Ok(socket) = tungstenite::accept(stream) {
                    behave(socket);
                }
            });
        }
    });
    address
}

fn play(address: SocketAddr, binding: &str, diagram: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join("a.seq"), diagram).expect("can be written");
    std::fs::write(folder.path().join("b.toml"), binding).expect("can be written");
    let target = format!("ws://{address}");
    let times = ["--timeout", "2s", "--settle", "100ms", "--total", "20s", "--lint", "off"];
    let args = ["a.seq", "--binding", "b.toml", "--target", &target];
    seqcheck(args.into_iter().chain(times).chain(more.iter().copied())).at(folder.path()).run()
}

/// What comes of one frame under a codec; it is no message of the diagram, and must be told as what it is.
fn frame(codec: &str, message: Message, told: &str) {
    let address = server(move |mut socket| {
        let _ = socket.send(message.clone());
        while socket.read().is_ok() {}
    });
    let binding = format!(
        "codec = \"{codec}\"\n[connect]\nurl = \"{{target}}/\"\n[[rule]]\nlabel = \"never\"\nserver = \"never\"\n"
    );
    let output = play(address, &binding, "A->S: WS connect\nS->A: never\n", &[]);
    assert_eq!(output.exit, Exit::Fail, "{codec}: {output}");
    assert!(output.out.contains(told), "{codec}: {told} is not in\n{output}");
    assert!(output.out.len() < 20_000, "{codec}: the frame itself is printed");
}

#[test]
fn a_frame_that_is_too_deep_or_too_much_is_told_as_that() {
    frame("xml", Message::text("<a>".repeat(5_000) + &"</a>".repeat(5_000)), "more than 128 elements in each other");
    let attributes: String = (0..100_000).map(|n| format!(" a{n}='1'")).collect();
    frame("xml", Message::text(format!("<a{attributes}/>")), "more than 1000 attributes");
    frame("xml", Message::text(format!("<a>{}</a>", "<b/>".repeat(300_000))), "more than 450000 values");
    frame("json", Message::text("[".repeat(1_000_000)), "cannot be read");
    frame("json", Message::text(format!("[{}0]", "0,".repeat(600_000))), "more than 450000 values");
    frame("lines", Message::text("\n".repeat(100_000)), "more than 65536 messages");
    frame("json-lines", Message::text("1\n".repeat(100_000)), "more than 65536 messages");
    frame("irc", Message::text("A\n".repeat(100_000)), "more than 65536 messages");
    frame("cbor", Message::binary(vec![0x81; 200_000]), "cannot be read");
    frame(
        "cbor",
        Message::binary([&[0x9a, 0, 9, 0x27, 0xc0][..], &vec![0; 600_000]].concat()),
        "more than 450000 values",
    );
    frame("msgpack", Message::binary(vec![0x91; 200_000]), "cannot be read");
    frame(
        "msgpack",
        Message::binary([&[0xdd, 0, 9, 0x27, 0xc0][..], &vec![0; 600_000]].concat()),
        "more than 450000 values",
    );
    frame("nats", Message::text("X".repeat(100_000)), "a NATS line of more than 65536 bytes");
    frame("nats", Message::text("MSG a 1 99999999\r\n"), "a NATS message of more than");
    frame("nats", Message::text("+OK\r\n".repeat(100_000)), "more than 65536 messages");
    frame("stomp", Message::text(format!("A\n{}\0", "x".repeat(100_000))), "more than 65536 bytes");
    frame("stomp", Message::text(format!("A\n{}\0", "x:y\n".repeat(40_000))), "more than 65536 bytes");
    frame("mqtt", Message::binary([0xd0, 0].repeat(100_000)), "more than 65536 messages");
    frame("socketio", Message::text("459999999-[\"x\"]"), "more than 1024 attachments");
}

const GREEDY: &str =
    "[connect]\nurl = \"{target}/\"\n[[rule]]\nlabel = \"tick\"\nserver = { n = 1, text = \"{text}\" }\n";

#[test]
fn what_a_play_records_is_bounded() {
    let address = server(|mut socket| {
        let text = format!(r#"{{"n":1,"text":"{}"}}"#, "x".repeat(50_000));
        while socket.send(Message::text(text.as_str())).is_ok() {}
    });
    let diagram = "A->S: WS connect\nloop 0..*\nS->A: tick\nend\n";
    let output = play(address, GREEDY, diagram, &["--max-record", "1MiB"]);
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(output.out.contains("records more than the limit of 1 MiB (--max-record)"), "{output}");
}

#[test]
fn what_comes_after_a_violation_is_bounded() {
    let address = server(|mut socket| {
        let text = format!(r#"{{"n":2,"text":"{}"}}"#, "x".repeat(1_000_000));
        while socket.send(Message::text(text.as_str())).is_ok() {}
    });
    let output = play(address, GREEDY, "A->S: WS connect\nS->A: tick\n", &[]);
    assert_eq!(output.exit, Exit::Fail, "{output}");
}

#[test]
fn a_play_that_does_not_yield_is_given_up() {
    // That it ends at all is what counts: its server never yields.
    let verdict = seqcheck::Scenario::parse("a.seq", "A->S: WS connect\nS-->A: Connected\n")
        .expect("it reads")
        .options(seqcheck::run::Options { total: Some(Duration::from_millis(200)), ..Default::default() })
        .target(seqcheck::Target::in_process(|| {
            |stream: tokio::io::DuplexStream| async move {
                let _held = stream;
                loop {
                    std::thread::park();
                }
            }
        }))
        .check()
        .expect("it is prepared");
    assert_eq!(verdict.verdict(), seqcheck::oracle::Verdict::Error, "{verdict}");
    assert!(verdict.to_string().contains("--total"), "{verdict}");
}

#[test]
fn a_size_is_a_number_with_its_unit() {
    for (size, good) in [
        ("64MiB", true),
        ("1g", true),
        ("10KiB", true),
        ("64", false),
        ("MiB", false),
        ("-1MiB", false),
        ("99999999999999999999GiB", false),
    ] {
        let output = seqcheck(["scenarios/chat.seq", &format!("--max-record={size}")]).run();
        assert_eq!(output.exit == Exit::Pass, good, "{size}: {output}");
    }
}
