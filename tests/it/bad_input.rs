//! Bad input of every kind ends in time, with a message that names the place and the way out, and the right exit code.

use crate::shapes::processor_time;
use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{self, Message};

/// The smallest diagram that has something to say to a server.
const SMALL: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: WS disconnect\n";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder to write in")
}

/// Runs one file of this content; `told` must be in what is said.
fn file(name: &str, content: impl AsRef<[u8]>, exit: Exit, told: &[&str]) -> Output {
    let folder = folder();
    std::fs::write(folder.path().join(name), content).expect("can be written");
    command(folder.path(), &[name], exit, told)
}

fn command(folder: &Path, args: &[&str], exit: Exit, told: &[&str]) -> Output {
    // What others do on this machine does not count.
    let began = processor_time();
    let output = seqcheck(args).at(folder).run();
    assert_eq!(output.exit, exit, "{output}");
    for told in told {
        assert!(output.to_string().contains(told), "{told:?} is not in\n{output}");
    }
    let took = processor_time() - began;
    assert!(took < Duration::from_secs(20), "took {took:?}");
    output
}

#[test]
fn of_very_many_faults_the_first_are_shown_and_all_are_counted() {
    let said: String = (0..1_500).map(|n| format!("Alice->Server: gibberish {n}\n")).collect();
    let folder = folder();
    std::fs::write(folder.path().join("a.seq"), format!("Alice->Server: WS connect\n{said}")).expect("can be written");
    let all = command(folder.path(), &["lint", "a.seq", "--format", "json"], Exit::Fail, &["gibberish 1499"]);
    assert!(all.out.contains("gibberish 0"));
    // Of one diagram people are told once.
    let block = |n: usize| format!("```seq\nAlice->Server: WS connect\nAlice->Server: gibberish {n}\n```\n");
    std::fs::write(folder.path().join("a.md"), (0..1_100).map(block).collect::<String>()).expect("can be written");
    let text = command(folder.path(), &["lint", "a.md"], Exit::Fail, &["; the first 1000 are shown", "1100 errors"]);
    let github = command(folder.path(), &["lint", "a.seq", "--format", "github"], Exit::Fail, &["::notice::and "]);
    for output in [text, github] {
        let late = ["gibberish 1400", "gibberish 1090"].iter().any(|late| output.out.contains(late));
        assert!(!late && output.out.contains("gibberish 0"), "{output}");
    }
}

#[test]
fn an_empty_file() {
    file("empty.seq", "", Exit::Usage, &["empty.seq:1", "there is no diagram here"]);
}

#[test]
fn a_binary_file() {
    file("picture.seq", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Exit::Usage, &["picture.seq", "not UTF-8 text at byte 0"]);
}

#[test]
fn sixteen_mebibytes_of_one_line() {
    let output = file("long.seq", "a".repeat(16 * 1024 * 1024), Exit::Usage, &["long.seq:1"]);
    assert!(output.err.len() < 2_000, "the line itself is not printed");
}

#[test]
fn more_than_sixteen_mebibytes() {
    let text = "Alice->Server: WS connect\n".repeat(16 * 1024 * 1024 / 26 + 1);
    file("huge.seq", text, Exit::Usage, &["huge.seq", "16 MiB"]);
}

#[test]
fn ten_thousand_nested_fragments() {
    let text = "alt x\n".repeat(10_000) + SMALL + &"end\n".repeat(10_000);
    file("deep.seq", text, Exit::Usage, &["deep.seq:65", "64"]);
}

#[test]
fn an_unknown_kind_of_participant() {
    file("kind.seq", format!("robot Carol\n{SMALL}"), Exit::Usage, &["kind.seq:1", "robot"]);
}

#[test]
fn one_end_too_many() {
    file("end.seq", format!("{SMALL}end\n"), Exit::Usage, &["end.seq:4", "end"]);
}

#[test]
fn a_folder_without_diagrams() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("empty")).expect("can be made");
    command(folder.path(), &["empty"], Exit::Usage, &["empty: no diagram in this folder", ".seq"]);
}

#[test]
fn a_folder_with_the_name_of_a_diagram() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("chat.seq")).expect("can be made");
    command(folder.path(), &["chat.seq"], Exit::Usage, &["chat.seq: no diagram in this folder"]);
}

#[test]
fn a_missing_file() {
    command(folder().path(), &["chat.seq"], Exit::Usage, &["chat.seq: no such file or folder"]);
}

#[test]
fn no_path_and_no_scenarios() {
    command(folder().path(), &[], Exit::Usage, &["Usage: seqcheck", "seqcheck init"]);
}

#[test]
fn a_configuration_that_is_not_toml() {
    let folder = folder();
    std::fs::write(folder.path().join("seqcheck.toml"), "timeout = = 5").expect("can be written");
    std::fs::write(folder.path().join("a.seq"), SMALL).expect("can be written");
    command(folder.path(), &["a.seq"], Exit::Usage, &["seqcheck.toml:1:11", "not TOML"]);
}

#[test]
fn a_binding_that_is_not_toml() {
    let folder = folder();
    std::fs::write(folder.path().join("mine.toml"), "[[rule]\nlabel = 1").expect("can be written");
    std::fs::write(folder.path().join("a.seq"), SMALL).expect("can be written");
    command(folder.path(), &["a.seq", "--binding", "mine.toml"], Exit::Usage, &["mine.toml:1"]);
}

#[test]
fn a_binding_that_is_not_there() {
    let folder = folder();
    std::fs::write(folder.path().join("a.seq"), SMALL).expect("can be written");
    command(folder.path(), &["a.seq", "--binding", "mine.toml"], Exit::Usage, &["mine.toml", "no such file"]);
}

#[test]
fn an_unknown_flag_and_a_wrong_value() {
    command(folder().path(), &["--timeot", "5s"], Exit::Usage, &["--timeout"]);
    command(folder().path(), &["--timeout", "soon"], Exit::Usage, &["a time is a number"]);
}

#[test]
fn standard_input_needs_a_dialect() {
    let output = seqcheck(["-"]).input(SMALL).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    assert!(output.err.contains("--dialect"), "{output}");
    let output = seqcheck(["-", "--dialect", "seq"]).input(SMALL).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
}

#[test]
fn problems_of_all_files_are_told_together_and_nothing_runs() {
    let folder = folder();
    for (name, text) in [("a.seq", SMALL), ("b.seq", "end\n"), ("c.seq", "robot X\n")] {
        std::fs::write(folder.path().join(name), text).expect("can be written");
    }
    let output = command(folder.path(), &["."], Exit::Usage, &["b.seq:1", "c.seq:1", "nothing ran"]);
    assert!(output.out.is_empty(), "{output}");
}

/// A server that does this on every connection; its address.
fn server(behave: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let behave = std::sync::Arc::new(behave);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let behave = behave.clone();
            std::thread::spawn(move || behave(stream));
        }
    });
    address
}

/// A server that upgrades and then does this.
fn websocket(behave: impl Fn(tungstenite::WebSocket<TcpStream>) + Send + Sync + 'static) -> SocketAddr {
    server(move |stream| {
        if let Ok(socket) = tungstenite::accept(stream) {
            behave(socket);
        }
    })
}

/// Reads until the other side is gone.
fn drain(mut stream: impl Read) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
}

fn against(address: SocketAddr, exit: Exit, told: &[&str]) -> Output {
    let folder = folder();
    std::fs::write(folder.path().join("small.seq"), SMALL).expect("can be written");
    let target = format!("ws://{address}");
    let times = ["--timeout", "400ms", "--connect-timeout", "400ms", "--settle", "100ms"];
    let args = ["small.seq", "--target", target.as_str()].into_iter().chain(times).collect::<Vec<_>>();
    command(folder.path(), &args, exit, told)
}

#[test]
fn a_server_that_refuses_the_connection() {
    let address = SocketAddr::from(([127, 0, 0, 1], seqcheck::net::free_port().expect("a port")));
    against(address, Exit::Error, &[&address.to_string(), "refuse"]);
}

#[test]
fn a_server_that_answers_404() {
    let address = server(|mut stream| {
        let mut head = [0; 1024];
        let _ = stream.read(&mut head);
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    });
    against(address, Exit::Fail, &["404"]);
}

#[test]
fn a_server_that_accepts_and_says_nothing() {
    let address = server(drain);
    against(address, Exit::Error, &[&address.to_string()]);
}

#[test]
fn a_server_that_upgrades_and_says_nothing() {
    let address = websocket(|mut socket| while socket.read().is_ok() {});
    against(address, Exit::Fail, &["Connected", "missing"]);
}

#[test]
fn a_server_that_is_no_http_server() {
    let address = server(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n");
        drain(stream);
    });
    against(address, Exit::Fail, &["small.seq"]);
}

#[test]
fn a_server_that_sends_garbage_frames() {
    let address = websocket(|mut socket| {
        let _ = socket.get_mut().write_all(&[0xff; 64]);
        drain(socket.get_mut());
    });
    against(address, Exit::Fail, &["small.seq"]);
}

#[test]
fn a_server_that_sends_what_the_codec_cannot_read() {
    let address = websocket(|mut socket| {
        let _ = socket.send(Message::text("{not json"));
        while socket.read().is_ok() {}
    });
    against(address, Exit::Fail, &["{not json"]);
}

#[test]
fn a_server_that_sends_a_frame_of_100_megabytes() {
    let address = websocket(|mut socket| {
        let stream = socket.get_mut();
        let mut head = vec![0x81, 127];
        head.extend_from_slice(&100_000_000_u64.to_be_bytes());
        let _ = stream.write_all(&head);
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..100 {
            if stream.write_all(&piece).is_err() {
                return;
            }
        }
        drain(stream);
    });
    let output = against(address, Exit::Fail, &["small.seq"]);
    assert!(output.out.len() < 20_000, "the frame itself is not printed");
}

#[test]
fn a_server_that_never_closes() {
    let address = websocket(|mut socket| {
        let _ = socket.send(Message::text(r#"{"type":"connected","user":"alice"}"#));
        // Reads the raw bytes, so that no Close is ever answered.
        drain(socket.get_mut());
    });
    against(address, Exit::Fail, &["WS disconnect"]);
}
