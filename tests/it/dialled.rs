//! What stands between a client and the server: ports that are none, TLS in the wrong place, interim answers, and limits of
//! this process. None of it is laid at the server's door.

use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

/// Answers everybody who says something with these bytes; its address.
fn answering(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut said = [0; 4096];
            let _ = stream.read(&mut said);
            let _ = stream.write_all(bytes);
        }
    });
    address
}

const SMALL: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\n";
const ASKS: &str = "Bob->Server: publish news added: 1\nServer-->Bob: 202 Accepted\n";

fn played(diagram: &str, target: &str) -> crate::shell::Output {
    let args = ["-", "--dialect", "seq", "--target", target, "--timeout", "1s", "--settle", "100ms"];
    seqcheck(args).input(diagram).run()
}

#[test]
fn a_port_that_is_none_is_an_error_and_never_another_port() {
    for port in ["99999", "65536", "0"] {
        for target in
            [format!("ws://localhost:{port}"), format!("https://localhost:{port}/x"), format!("ws://[::1]:{port}")]
        {
            let output = played(SMALL, &target);
            assert_eq!(output.exit, Exit::Usage, "{output}");
            assert!(output.err.contains(&format!("{port} is not a port")), "{output}");
        }
    }
    for port in ["-1", "abc", "8080x"] {
        let output = played(SMALL, &format!("ws://localhost:{port}"));
        assert_eq!(output.exit, Exit::Usage, "{output}");
    }
}

#[test]
fn tls_where_none_was_asked_for_is_told_as_such() {
    // An alert, as a TLS server answers what is no TLS.
    let server = answering(&[0x15, 3, 3, 0, 2, 2, 22]);
    for diagram in [SMALL, ASKS] {
        let output = played(diagram, &format!("ws://{server}"));
        assert_eq!(output.exit, Exit::Error, "{output}");
        assert!(output.out.contains("uses TLS") && output.out.contains("wss://"), "{output}");
    }
}

#[test]
fn no_tls_where_it_was_asked_for_is_told_as_such() {
    for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"220 hello\r\n"] {
        let server = answering(answer);
        for diagram in [SMALL, ASKS] {
            let output = played(diagram, &format!("wss://{server}"));
            assert_eq!(output.exit, Exit::Error, "{output}");
            assert!(output.out.contains("no TLS with") && output.out.contains("ws://"), "{output}");
            assert!(!output.out.contains("InvalidContentType") && !output.out.contains("corrupt"), "{output}");
        }
    }
}

#[test]
fn insecure_from_a_file_is_said_on_the_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("made");
    std::fs::write(folder.path().join("a.seq"), SMALL).expect("written");
    std::fs::write(folder.path().join("seqcheck.toml"), "insecure = true\n").expect("written");
    let run = |args: &[&str]| {
        let base = ["a.seq", "--trust", "seqcheck.toml", "--target", "wss://127.0.0.1:9", "--connect-timeout", "1s"];
        let args = base.iter().chain(args);
        seqcheck(args).at(folder.path()).run()
    };
    let said = "any certificate accepted by seqcheck.toml";
    assert!(run(&[]).out.lines().last().is_some_and(|line| line.contains(said)));
    assert!(!run(&["--insecure"]).out.contains(said), "who says it, knows it");
}

#[cfg(unix)]
#[test]
fn too_few_file_descriptors_are_told_before_anything_is_played() {
    let run = |limit: u32, args: &str| {
        let line = format!("ulimit -n {limit}; exec {} {args}", env!("CARGO_BIN_EXE_seqcheck"));
        let root = env!("CARGO_MANIFEST_DIR");
        std::process::Command::new("sh").args(["-c", &line]).current_dir(root).output().expect("a shell")
    };
    let output = run(32, "scenarios/chat.seq scenarios/rooms.seq scenarios/presence.seq --net tcp --jobs 3");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(output.stdout.is_empty(), "nothing was played: {}", String::from_utf8_lossy(&output.stdout));
    for words in ["3 plays in parallel may take", "this process may have 32", "ulimit -n", "--jobs 1"] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    // As many as there is room for, where nobody said how many; a soft limit is raised.
    let output = run(40, "scenarios/chat.seq scenarios/rooms.seq --net tcp --settle 100ms");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Who connects again has two connections for a while: the server has yet to hear of the end of the first.
#[cfg(unix)]
#[test]
fn who_connects_again_needs_file_descriptors_for_both_connections() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = "Alice->Server: WS connect\nServer-->Alice: Connected\n";
    let run = |limit: u64, text: &str| {
        std::fs::write(folder.path().join("a.seq"), text).expect("written");
        let line = format!("ulimit -n {limit}; exec {} a.seq --net tcp --settle 100ms", env!("CARGO_BIN_EXE_seqcheck"));
        std::process::Command::new("sh").args(["-c", &line]).current_dir(folder.path()).output().expect("a shell")
    };
    let needed = |text: &str| {
        let said = String::from_utf8_lossy(&run(5, text).stderr).into_owned();
        let number = said.split("ulimit -n ").nth(1).and_then(|rest| rest.split_whitespace().next());
        number.and_then(|number| number.parse::<u64>().ok()).unwrap_or_else(|| panic!("{said}"))
    };
    let again = format!("{first}Alice->Server: WS drop\n{first}");
    assert_eq!(needed(&again), needed(first) + 2, "both ends are in this process");
    let output = run(needed(&again), &again);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}
