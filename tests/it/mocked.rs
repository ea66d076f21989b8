//! What `seqcheck mock` refuses before anything is played, and what becomes of the command that it starts.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::path::Path;
use std::process::{Command, Stdio};

const ONE: &str = "Ann->S: WS connect\nS-->Ann: Connected\n";
const TWO: &str = "Ann->S: WS connect\nBob->S: WS connect\nS-->Ann: Connected\n";

fn mock(folder: &Path, diagram: &str, words: &[&str]) -> Output {
    std::fs::write(folder.join("d.seq"), diagram).expect("written");
    seqcheck(["mock", "d.seq"]).and(words).at(folder).run()
}

/// Refused: nothing ran, and all of these are said.
fn is_refused(told: &Output, all: &[&str]) {
    assert_eq!(told.exit, Exit::Usage, "{told}");
    assert!(told.err.contains("nothing ran") && !told.err.contains("listens at"), "{told}");
    for words in all {
        assert!(told.err.contains(words), "{words} is not in {told}");
    }
}

/// In a process of its own, whose standard streams it speaks on: the exit code, and what it says on standard error.
fn spoken(folder: &Path, diagram: &str, words: &[&str]) -> (Option<i32>, String) {
    std::fs::write(folder.join("d.seq"), diagram).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqcheck"));
    let command = command.args(["mock", "d.seq", "--stdio"]).args(words).current_dir(folder).stdin(Stdio::null());
    let output = command.output().expect("it runs");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_standard_streams_are_one_connection_and_one_play() {
    let folder = tempfile::tempdir().expect("a folder");
    let again = format!("{ONE}Ann->S: WS disconnect\nAnn->S: WS connect\n");
    let turns = "loop 2\nAnn->S: WS connect\nAnn->S: WS disconnect\nend\n";
    let many = format!("#@ clients Ann = 3\n{ONE}");
    let servers = "Ann->S: WS connect\nAnn->T: WS connect\n";
    for (diagram, words, told) in [
        (ONE, &["--repeat", "2"][..], &["only one play is possible, but 2 are required", "remove --repeat"][..]),
        (ONE, &["--retries", "1"], &["--retries plays again", "remove --retries"]),
        (ONE, &["--", "true"], &["there is a command", "CLIENT --server 'seqcheck mock FILE --stdio'"]),
        (TWO, &[], &["d.seq:2:1", "Bob is a second client", "--listen tcp://127.0.0.1:0"]),
        (&many, &[], &["d.seq:2:1", "Ann2 is a second client"]),
        (&again, &[], &["d.seq:4:1", "it connects again here", "the first"]),
        (turns, &[], &["d.seq:2:1", "it connects again here"]),
        (servers, &[], &["S and T listen", "--play NAME"]),
    ] {
        let (code, said) = spoken(folder.path(), diagram, words);
        assert!(code == Some(2) && said.contains("nothing ran"), "{said}");
        assert!(told.iter().all(|words| said.contains(words)), "{told:?} are not in {said}");
    }
    std::fs::write(folder.path().join("e.seq"), ONE).expect("written");
    let (code, said) = spoken(folder.path(), ONE, &["e.seq"]);
    assert!(code == Some(2) && said.contains("2 diagrams are named") && said.contains("name one FILE"), "{said}");
    // One of several alternatives is one connection.
    let either = "alt\nAnn->S: WS connect\nS-->Ann: Connected\nelse\nAnn->S: WS connect\nend\n";
    let (code, said) = spoken(folder.path(), either, &["--timeout", "200ms"]);
    assert!(code.is_some_and(|code| code != 2), "{said}");
}

#[test]
fn an_address_that_nobody_has_is_told_before_anything_is_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = mock(folder.path(), "Ann->Server: WS connect\n", &["--", "client", "{url}", "{url.Sever}"]);
    is_refused(&told, &["needs {url.Sever}", "did you mean {url.Server}?", "these listen: Server"]);
    let told = seqcheck(["d.seq", "--target", "cmd: serve {port} {url.S}"]).at(folder.path()).run();
    is_refused(&told, &["needs {url.S}", "no lifeline listens in this run"]);
}

/// A play of the chat for a shell that runs a script in a folder, in which `PLAY` is the client that does as drawn and `OTHER`
/// one that does not: the exit code, and what is said.
#[cfg(unix)]
fn commanded(folder: &Path, words: &[&str], script: &str) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_seqcheck");
    let scenario = |name: &str| format!("{}/scenarios/{name}.seq", env!("CARGO_MANIFEST_DIR"));
    let client = |name: &str| format!("'{program}' '{}' --target \"$SEQCHECK_URL\" -q", scenario(name));
    let script = script.replace("PLAY", &client("chat")).replace("OTHER", &client("direct"));
    let command = ["--", "sh", "-c", &script];
    let mut mock = Command::new(program);
    let mock = mock.args(["mock", &scenario("chat")]).args(words).args(command);
    let output = mock.current_dir(folder).output().expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a process is gone that has written its number into a file.
#[cfg(unix)]
fn is_gone(folder: &Path, name: &str) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let pid = std::fs::read_to_string(folder.join(name)).expect("it was started");
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw).expect("a process");
    let end = crate::shapes::processor_time() + std::time::Duration::from_secs(20);
    while test_kill_process(pid).is_ok() && crate::shapes::processor_time() < end {
        std::thread::yield_now();
    }
    test_kill_process(pid).is_err()
}

/// Where nobody comes at all, the first who was to come is told first, whatever is drawn below.
#[cfg(unix)]
#[test]
fn where_nobody_comes_the_first_who_is_drawn_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = mock(folder.path(), TWO, &["--report", "github", "--", "true"]);
    assert_eq!(told.exit, Exit::Fail, "{told}");
    let first = told.out.lines().next().unwrap_or_default();
    assert!(first.contains("d.seq,line=1,") && first.contains("missing"), "{told}");
}

/// What a command does beside dialling: it fails by itself, runs on, or leaves something running.
#[cfg(unix)]
#[test]
fn a_command_is_ended_with_all_that_it_has_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |total: &str, script: &str| commanded(folder.path(), &["--total", total], script);
    let (code, told) = run("60s", "PLAY; exit 7");
    assert!(code == Some(1) && told.contains("exit status: 7"), "{told}");
    let (code, told) = run("20s", "echo $$ > on; PLAY; exec sleep 1000");
    assert!(code == Some(0) && is_gone(folder.path(), "on"), "{told}");
    // A pass does not hide that it was not the command's own end.
    assert!(told.contains("the command still ran after ") && told.contains("so seqcheck ended it"), "{told}");
    let fork = "(sh -c 'echo $$ > forked; exec sleep 1000' &); while [ ! -s forked ]; do :; done; PLAY";
    // What it leaves running has the time of one message, and a note says that it was ended.
    let note = "the command ended, but something that it had started still ran, so seqcheck ended that";
    let run = |script: &str| commanded(folder.path(), &["--total", "600s"], script);
    let (code, told) = run(fork);
    assert!(code == Some(0) && is_gone(folder.path(), "forked") && told.contains(note), "{told}");
    if cfg!(target_os = "linux") {
        let fork = fork.replace("(sh", "(setsid sh").replace("forked", "apart");
        let (code, told) = run(&fork);
        assert!(code == Some(0) && is_gone(folder.path(), "apart") && told.contains(note), "{told}");
    }
    let (code, told) = run("PLAY");
    assert!(code == Some(0) && !told.contains("still ran"), "{told}");
}

/// What a command has left running may dial as the command itself may.
#[cfg(target_os = "linux")]
#[test]
fn what_a_command_leaves_running_is_found_when_it_dials_again() {
    let folder = tempfile::tempdir().expect("a folder");
    // It dials when its command has ended, which no arrow draws.
    let late = "while kill -0 $0 2>/dev/null; do sleep 0.02; done; sleep 0.5; PLAY";
    let script = format!("PLAY --settle 600ms; (sh -c '{late}' $$ >out 2>&1 &)");
    let (code, told) = commanded(folder.path(), &["--timeout", "60s", "--total", "600s"], &script);
    // It tries again where it is refused.
    assert!(code == Some(1) && told.contains("not drawn") && told.contains("⊕ duplicate"), "{told}");
}

/// What ended the wait for a message is said, and it is ended as soon as nobody is left who could send it.
#[cfg(unix)]
#[test]
fn a_message_is_not_waited_for_when_the_command_has_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, told) = commanded(folder.path(), &["--timeout", "600s", "--total", "900s"], "true");
    assert!(code == Some(1) && told.contains("did not connect"), "{told}");
    let timing = "never received; expected within 10 min, but the wait ended when the command had ended";
    assert!(told.contains(timing), "{told}");
    assert!(told.contains("evidence: the command had ended, and no client was connected any more"), "{told}");
    // Also where somebody has been there before.
    let back = "Ann->S: WS connect\nS->Ann: WS ended\nAnn->S: WS connect\n";
    let client = "import socket, sys\n\
                  s = socket.create_connection(('127.0.0.1', int(sys.argv[1].rpartition(':')[2])))\n\
                  s.sendall(b'GET /ws?name=Ann HTTP/1.1\\r\\nHost: h\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n'\n\
                  b'Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n')\n\
                  while s.recv(4096): pass\n";
    let words = ["--timeout", "600s", "--total", "900s", "--", "python3", "-c", client, "{url}"];
    let told = mock(folder.path(), back, &words);
    assert_eq!(told.exit, Exit::Fail, "{told}");
    assert!(told.out.contains("Ann did not connect") && told.out.contains("the wait ended when"), "{told}");
}

/// All frames of a play that failed are shown where that is asked for, as those of one that passed.
#[cfg(unix)]
#[test]
fn a_play_that_fails_shows_its_frames() {
    let folder = tempfile::tempdir().expect("a folder");
    for (script, exit) in [("PLAY", Some(0)), ("PLAY --settle 600ms; PLAY; exit 0", Some(1))] {
        let (code, told) = commanded(folder.path(), &["-v"], script);
        assert!(code == exit && told.contains("Alice -> Server  connects to /ws?name=Alice"), "{told}");
    }
}

/// Nobody draws that a client dials once more, however late it is.
#[cfg(unix)]
#[test]
fn a_command_that_dials_again_when_all_is_over_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, told) = commanded(folder.path(), &[], "PLAY --settle 600ms; PLAY; exit 0");
    assert!(
        code == Some(1) && told.contains("but these connections are not drawn") && told.contains("⊕ duplicate"),
        "{told}"
    );
    let (code, told) = commanded(folder.path(), &[], "PLAY --settle 600ms");
    assert_eq!(code, Some(0), "{told}");
}

/// Where the verdict is no pass, a command that runs on has the time of one message, and none where it never dialled.
#[cfg(unix)]
#[test]
fn a_command_is_not_waited_for_longer_than_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let lived = |told: &str| {
        let (_, behind) = told.split_once("ended: by seqcheck, because it still ran after ")?;
        let (number, unit) = behind.split_once(' ')?;
        let number: f64 = number.parse().ok()?;
        Some(if unit.starts_with("ms") { number / 1000.0 } else { number })
    };
    let silent = ["--wait", "200ms", "--timeout", "300s", "--total", "600s"];
    let (code, told) = commanded(folder.path(), &silent, "echo $$ > on; exec sleep 1000");
    assert!(
        code == Some(4) && told.contains("no client has connected to Server") && is_gone(folder.path(), "on"),
        "{told}"
    );
    assert!(lived(&told).is_some_and(|lived| lived < 100.0), "{told}");
    let (code, told) =
        commanded(folder.path(), &["--timeout", "2s", "--total", "600s"], "OTHER; echo $$ > on; exec sleep 1000");
    assert!(code == Some(1) && is_gone(folder.path(), "on"), "{told}");
    assert!(lived(&told).is_some_and(|lived| lived < 100.0), "{told}");
}

/// What a command has started may dial for it, also where it has ended itself before; nothing of it is left behind.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_its_command_leaves_running_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for apart in ["", "setsid "] {
        // It dials when the command has ended.
        std::fs::write(
            at.join("client"),
            "echo $$ > on\nwhile kill -0 $1 2>/dev/null; do sleep 0.02; done\n\"$2\" \"$3\" --target \"$4\" -q\n",
        )
        .expect("written");
        let client = [env!("CARGO_BIN_EXE_seqcheck"), concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/chat.seq")];
        let script = format!(
            "({apart}sh client $$ '{}' '{}' \"$SEQCHECK_URL\" >out 2>&1 &); while [ ! -s on ]; do :; done",
            client[0], client[1]
        );
        let (code, told) = commanded(at, &["--total", "600s", "--timeout", "60s"], &script);
        assert!(code == Some(0) && is_gone(at, "on"), "{told}");
        std::fs::remove_file(at.join("on")).expect("there");
        // Who never dials is waited for as anybody is.
        let script = format!("({apart}sh -c 'echo $$ > on; exec sleep 1000' &); while [ ! -s on ]; do :; done");
        let (code, told) = commanded(at, &["--wait", "200ms"], &script);
        assert!(code == Some(4) && told.contains("no client has connected to Server") && is_gone(at, "on"), "{told}");
        std::fs::remove_file(at.join("on")).expect("there");
    }
}

/// A rule is proposed for the side that spoke, a client here and a server there.
#[cfg(unix)]
#[test]
fn a_rule_is_proposed_for_the_side_that_spoke() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write(
        "odd.toml",
        "[[rule]]\nlabel = \"odd\"\nclient = { type = \"odd\", n = 3 }\nserver = { type = \"odd\", n = 3 }\n",
    );
    write("bare.toml", "[[rule]]\nlabel = \"hello\"\nserver = { type = \"hello\" }\nclient = { type = \"hello\" }\n");
    write("asks.seq", "Ann->S: WS connect\nAnn->S: odd\n");
    write("tells.seq", "Ann->S: WS connect\nS->Ann: odd\n");
    write("nothing.seq", "Ann->S: WS connect\n");
    let program = env!("CARGO_BIN_EXE_seqcheck");
    let play = |served: [&str; 2], client: [&str; 2]| {
        let told = seqcheck(["mock", served[0], "--binding", served[1], "--timeout", "2s", "--", program]);
        let client = client.map(|name| folder.path().join(name).display().to_string());
        told.and([&client[0], "--binding", &client[1], "--target", "{url}"]).at(folder.path()).run()
    };
    let told = play(["nothing.seq", "./bare.toml"], ["asks.seq", "odd.toml"]);
    assert!(told.out.contains("client = { type = \"odd\", n = \"{n:int}\" }"), "{told}");
    assert!(!told.out.contains("server = {") && told.out.contains("`client` to expect it"), "{told}");
    let told = play(["tells.seq", "./odd.toml"], ["nothing.seq", "bare.toml"]);
    assert!(told.out.contains("server = { type = \"odd\", n = \"{n:int}\" }"), "{told}");
    assert!(!told.out.contains("client = {"), "{told}");
}

/// Who connects and sends no whole request is no nobody: where from, how much, and what is wrong with it.
#[cfg(unix)]
#[test]
fn whoever_sends_no_whole_request_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("client.py"),
        "import socket, sys, time\n\
         client = socket.create_connection((\"127.0.0.1\", int(sys.argv[1])))\n\
         client.sendall(bytes.fromhex(sys.argv[2]))\n\
         if len(sys.argv) > 3: time.sleep(1000)\n",
    )
    .expect("written");
    let run = |bytes: &str, stays: &str| {
        let client = folder.path().join("client.py").display().to_string();
        let words = ["--wait", "2s", "--", "python3", &client, "{port}", bytes, stays];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        mock(folder.path(), ONE, &words)
    };
    // GET /, and nothing more.
    let slow = run("474554202f", "stays");
    assert_eq!(slow.exit, Exit::Error, "{slow}");
    let told = [
        "no client has connected to S",
        "a client connected from 127.0.0.1:",
        " and sent 5 bytes, but no complete request",
    ];
    assert!(told.iter().all(|words| slow.out.contains(words)), "{slow}");
    // It has gone: the client did not dial, and that is remarked.
    let gone = run("474554202f", "");
    assert_eq!(gone.exit, Exit::Fail, "{gone}");
    let told = ["Ann did not connect", "a client connected from 127.0.0.1:", "(end of stream in a request)"];
    assert!(told.iter().all(|words| gone.out.contains(words)), "{gone}");
    let tls = run("160301", "");
    assert!(
        tls.out.contains("3 bytes, but no complete request (the received bytes are not HTTP: they are TLS"),
        "{tls}"
    );
}
