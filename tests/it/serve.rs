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
