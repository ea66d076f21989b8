//! `seqcheck serve` as a process: it says where it listens, speaks, and ends cleanly.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};

/// A server of its own, ended with the test whatever happens.
pub struct Served {
    process: Child,
    /// `127.0.0.1:PORT`
    pub address: String,
    /// The lines that it prints.
    pub lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

/// Starts one on a free port.
pub fn serve(args: &[&str]) -> Served {
    let mut process = Command::new(env!("CARGO_BIN_EXE_seqcheck"))
        .args(["serve", "--port", "0"])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
    let first = lines.next().expect("a line").expect("text");
    let address = first.strip_prefix("listening on ").expect("where it listens").to_owned();
    Served { process, address, lines }
}

impl Served {
    /// Asks it to end, as a supervisor does.
    pub fn terminate(&mut self) {
        self.signal("-TERM");
    }

    /// Asks it to end, as Ctrl-C does.
    pub fn interrupt(&mut self) {
        self.signal("-INT");
    }

    fn signal(&self, which: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([which, &id]).status().is_ok_and(|status| status.success()));
    }

    /// Waits until it has ended: its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        self.process.wait().expect("it is our child").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn it_speaks_the_protocol_and_ends_with_close_1001() {
    let mut served = serve(&["-v", "--mutant", "M08"]);
    let rest: Vec<String> = served.lines.by_ref().take(5).map(|line| line.expect("text")).collect();
    assert!(
        rest[0].contains("/ws?name=NAME") && rest[1].contains("/events") && rest[2].contains("/publish"),
        "{rest:?}"
    );
    assert!(rest[3].starts_with("M08 broadcast-twice: "), "{rest:?}");
    let url = format!("ws://{}/ws?name=Alice", served.address);
    let (mut socket, _) = tungstenite::connect(url.as_str()).expect("it accepts");
    assert_eq!(socket.read().expect("a message"), Message::text(r#"{"type":"connected","user":"alice"}"#));
    let log: Vec<String> = served.lines.by_ref().take(3).map(|line| line.expect("text")).collect();
    assert_eq!(log[1..], ["0 <- HTTP 101", r#"0 <- {"type":"connected","user":"alice"}"#], "{log:?}");
    socket.send(Message::text(r#"{"type":"direct","to":"alice","text":"x"}"#)).expect("sent");
    socket.send(Message::Ping("now".into())).expect("sent");
    let log: Vec<String> = served.lines.by_ref().take(4).map(|line| line.expect("text")).collect();
    let direct = [
        r#"0 -> {"type":"direct","to":"alice","text":"x"}"#,
        r#"0 <- {"type":"direct","id":1,"from":"Alice","text":"x"}"#,
        "0 -> ping",
        "0 <- pong",
    ];
    assert_eq!(log, direct);
    assert!(matches!(socket.read().expect("a message"), Message::Text(_)));
    assert!(matches!(socket.read().expect("a message"), Message::Pong(_)));
    served.terminate();
    match socket.read().expect("a message") {
        Message::Close(Some(frame)) => assert_eq!(frame.code, CloseCode::Away),
        other => panic!("{other:?} instead of Close"),
    }
    // tungstenite answers a Close when it is read on.
    assert!(socket.read().is_err());
    let log: Vec<String> = served.lines.by_ref().map(|line| line.expect("text")).collect();
    assert_eq!(log, ["0 <- Close 1001", "0 -> Close 1001", "0 ended"]);
    assert_eq!(served.ended(), Some(0));
}

#[cfg(unix)]
#[test]
fn ctrl_c_sends_everybody_away() {
    let mut served = serve(&[]);
    let mut sockets: Vec<_> = (0..20)
        .map(|number| {
            tungstenite::connect(format!("ws://{}/ws?name=guest{number}", served.address)).expect("it accepts").0
        })
        .collect();
    for socket in &mut sockets {
        assert!(socket.read().expect("a message").is_text());
    }
    served.interrupt();
    for mut socket in sockets {
        match socket.read().expect("a message") {
            Message::Close(Some(frame)) => assert_eq!(frame.code, CloseCode::Away),
            other => panic!("{other:?} instead of Close"),
        }
        assert!(socket.read().is_err());
    }
    assert_eq!(served.ended(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it() {
    let served = serve(&[]);
    let port = served.address.rsplit(':').next().expect("a port");
    let output = crate::shell::seqcheck(["serve", "--port", port]).run();
    assert_eq!(output.exit.code(), 4, "{output}");
    assert!(output.err.contains(&served.address) && output.err.contains("in use"), "{output}");
}

#[test]
fn an_unknown_mutant_is_refused_with_the_nearest() {
    let output = crate::shell::seqcheck(["serve", "--mutant", "broadcast-twise,M99"]).run();
    assert_eq!(output.exit.code(), 2, "{output}");
    assert!(output.err.contains("did you mean broadcast-twice") && output.err.contains("M99"), "{output}");
}

/// What a server answers to a request of these lines: its status.
fn asked(address: &str, head: &str) -> u16 {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).expect("it is a socket");
    stream.write_all(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes()).expect("sent");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer[9..]).parse().expect("a status")
}

#[test]
fn only_this_machine_and_its_pages_are_answered_unless_a_flag_says_otherwise() {
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    let served = serve(&[]);
    let open = serve(&["--allow", "chat.example,other.example"]);
    let ask = |name: &str, host: &str, more: &str| {
        let head = format!("GET /ws?name={name} HTTP/1.1\r\nhost: {host}\r\n{upgrade}{more}");
        [asked(&served.address, &head), asked(&open.address, &head)]
    };
    for (number, (host, origin, wanted)) in [
        ("localhost", None, [101, 101]),
        ("127.0.0.1:8080", None, [101, 101]),
        ("[::1]:80", Some("http://localhost:3000"), [101, 101]),
        ("chat.localhost", Some("http://127.0.0.1"), [101, 101]),
        ("chat.example", None, [421, 101]),
        ("evil.example", None, [421, 421]),
        ("localhost", Some("https://chat.example:444"), [403, 101]),
        ("localhost", Some("https://evil.example"), [403, 403]),
        ("localhost", Some("http://localhost.evil.example"), [403, 403]),
        ("localhost", Some("null"), [403, 403]),
        ("localhost", Some("http://localhost@evil.example"), [403, 403]),
    ]
    .into_iter()
    .enumerate()
    {
        let more = origin.map_or(String::new(), |origin| format!("\r\norigin: {origin}"));
        assert_eq!(ask(&format!("n{number}"), host, &more), wanted, "{host} {origin:?}");
    }
    let all = serve(&["--allow", "*"]);
    let head = format!("GET /ws?name=a HTTP/1.1\r\nhost: evil.example\r\n{upgrade}\r\norigin: http://x.example");
    assert_eq!(asked(&all.address, &head), 101);
}

#[test]
fn publishing_needs_a_header_that_no_page_can_send_without_asking() {
    let served = serve(&[]);
    let body = r#"{"topic":"t","event":"e","data":1}"#;
    let publish = |kind: &str| {
        let length = body.len();
        let head = format!("POST /publish HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}{kind}\r\nx: y");
        // The body comes behind the head.
        let head = format!("{head}\r\nconnection: close\r\n\r\n{body}");
        asked(&served.address, &head)
    };
    for (kind, wanted) in [
        ("", 415),
        ("\r\ncontent-type: text/plain", 415),
        ("\r\ncontent-type: application/x-www-form-urlencoded", 415),
        ("\r\ncontent-type: text/plain; application/json", 415),
        ("\r\ncontent-type: application/json", 202),
        ("\r\ncontent-type: Application/JSON; charset=utf-8", 202),
    ] {
        assert_eq!(publish(kind), wanted, "{kind}");
    }
}
