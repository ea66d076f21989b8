//! What stands between clients and a target while a session is recorded.

use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use seqcheck::induce::{Side, What};
use seqcheck::listen;
use seqcheck::net::Route;
use seqcheck::record::{Between, Deck, pass};
use seqcheck::run::{Scenario, Target};
use seqcheck::server::{Host, ServerOptions, serve};
use seqcheck::wire::Raw;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite;

/// How long anything may take here.
const DEADLINE: Duration = Duration::from_secs(30);

/// A recorder in front of a target on this machine, and who talks through it.
fn between<F: Future<Output = ()>>(target: SocketAddr, talks: impl FnOnce(SocketAddr, Deck) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let deck = Deck::new();
        let (door, at) = listen::at((Ipv4Addr::LOCALHOST, 0).into()).await.expect("a port");
        let base = format!("ws://{target}").parse().expect("an address");
        tokio::task::spawn_local(pass(door, Route::Tcp(seqcheck::net::Tls::default()), base, false, deck.clone()));
        tokio::time::timeout(DEADLINE, talks(at, deck)).await.expect("in time");
    });
}

/// Reads until this has come.
async fn until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut came = Vec::new();
    while !came.ends_with(end) {
        assert!(stream.read_buf(&mut came).await.expect("no error") > 0, "ended: {}", String::from_utf8_lossy(&came));
    }
    came
}

const HANDSHAKE: &str = "GET /ws?name=Ann HTTP/1.1\r\nHost: recorder\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                         Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                          Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn listener() -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.set_nonblocking(true).expect("can be");
    let at = listener.local_addr().expect("an address");
    (listener, at)
}

#[test]
fn bytes_pass_unchanged_and_offers_that_nobody_could_read_do_not() {
    let (own, at) = listener();
    between(at, |recorder, deck| async move {
        let own = TcpListener::from_std(own).expect("a listener");
        let mut client = TcpStream::connect(recorder).await.expect("connects");
        client.write_all(HANDSHAKE.as_bytes()).await.expect("writes");
        let (mut server, _) = own.accept().await.expect("somebody");
        let head = String::from_utf8(until(&mut server, b"\r\n\r\n").await).expect("text");
        assert!(head.contains(&format!("Host: {at}\r\n")) && !head.contains("deflate"), "{head}");
        server.write_all(ACCEPTED).await.expect("writes");
        assert_eq!(until(&mut client, b"\r\n\r\n").await, ACCEPTED);
        // A ping, a masked text in two frames with a pong between them, and bytes that are no text.
        let said: &[u8] = &[
            0x89, 0x80, 1, 2, 3, 4, 0x01, 0x82, 0, 0, 0, 0, b'h', b'e', 0x8a, 0x80, 0, 0, 0, 0, 0x80, 0x81, 0, 0, 0, 0,
            b'y', 0x82, 0x81, 1, 1, 1, 1, 0xfe,
        ];
        client.write_all(said).await.expect("writes");
        let mut came = vec![0; said.len()];
        server.read_exact(&mut came).await.expect("all of it");
        assert_eq!(came, said);
        let answer: &[u8] = &[0x81, 0x02, b'o', b'k', 0x88, 0x02, 0x03, 0xe8];
        server.write_all(answer).await.expect("writes");
        let mut came = vec![0; answer.len()];
        client.read_exact(&mut came).await.expect("all of it");
        assert_eq!(came, answer);
        let entries: Vec<What> = deck.tape().entries.into_iter().map(|entry| entry.what).collect();
        let frame = |from: Side, raw: Raw| What::Frame { from, raw };
        assert_eq!(
            entries[2..],
            [
                frame(Side::Client, Raw::Text("hey".into())),
                frame(Side::Client, Raw::Binary([0xff][..].into())),
                frame(Side::Server, Raw::Text("ok".into())),
                What::Close { from: Side::Server, code: Some(1000) },
            ]
        );
        assert!(deck.told()[0].contains("permessage-deflate"), "{:?}", deck.told());
    });
}

#[test]
fn requests_of_one_connection_pass_one_after_another_with_bodies_of_every_length() {
    let (own, at) = listener();
    between(at, |recorder, deck| async move {
        let own = TcpListener::from_std(own).expect("a listener");
        let mut client = TcpStream::connect(recorder).await.expect("connects");
        let asked = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}GET /b HTTP/1.1\r\nHost: x\r\n\r\n";
        client.write_all(asked.as_bytes()).await.expect("writes");
        let (mut server, _) = own.accept().await.expect("somebody");
        until(&mut server, b"{}").await;
        let chunked = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
                       3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n";
        server.write_all(chunked.as_bytes()).await.expect("writes");
        assert_eq!(until(&mut client, b"0\r\n\r\n").await, chunked.as_bytes());
        until(&mut server, b"\r\n\r\n").await;
        let plain = "HTTP/1.1 204 No Content\r\n\r\n";
        server.write_all(plain.as_bytes()).await.expect("writes");
        assert_eq!(until(&mut client, b"\r\n\r\n").await, plain.as_bytes());
        let bodies: Vec<(String, Raw)> = deck
            .tape()
            .entries
            .into_iter()
            .filter_map(|entry| match entry.what {
                What::Asked { url, body, .. } => Some((url, body)),
                What::Answered { status, body, .. } => Some((status.to_string(), body)),
                _ => None,
            })
            .collect();
        let text = |name: &str, text: &str| (name.to_owned(), Raw::Text(text.into()));
        assert_eq!(bodies, [text("/a", "{}"), text("200", "{\"a\":1}"), text("/b", ""), text("204", "")]);
    });
}

#[test]
fn a_target_that_goes_is_told_and_what_was_recorded_stays() {
    let (own, at) = listener();
    between(at, |recorder, deck| async move {
        let own = TcpListener::from_std(own).expect("a listener");
        let mut client = TcpStream::connect(recorder).await.expect("connects");
        client.write_all(HANDSHAKE.as_bytes()).await.expect("writes");
        let (mut server, _) = own.accept().await.expect("somebody");
        until(&mut server, b"\r\n\r\n").await;
        server.write_all(ACCEPTED).await.expect("writes");
        server.write_all(&[0x81, 0x02, b'h', b'i']).await.expect("writes");
        until(&mut client, b"hi").await;
        drop((own, server));
        assert_eq!(client.read(&mut [0; 8]).await.expect("an end"), 0, "the end reaches the client");
        let mut late = TcpStream::connect(recorder).await.expect("connects");
        let answer = String::from_utf8(until(&mut late, b"\r\n\r\n").await).expect("text");
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
        let whats: Vec<What> = deck.tape().entries.into_iter().map(|entry| entry.what).collect();
        assert_eq!(whats[2], What::Frame { from: Side::Server, raw: Raw::Text("hi".into()) });
        assert_eq!(whats[3], What::End { from: Side::Server });
        // The listener is gone: where that is seen, another word stands before it.
        assert!(
            deck.told().last().is_some_and(|told| told.contains("the target could not be reached")),
            "{:?}",
            deck.told()
        );
    });
}

#[test]
fn what_is_no_http_ends_both_sides_with_a_word() {
    let (own, at) = listener();
    between(at, |recorder, deck| async move {
        let own = TcpListener::from_std(own).expect("a listener");
        let mut client = TcpStream::connect(recorder).await.expect("connects");
        client.write_all(b"\x16\x03\x01\x02\x00\x01\x00").await.expect("writes");
        let (mut server, _) = own.accept().await.expect("somebody");
        assert_eq!(server.read(&mut [0; 8]).await.unwrap_or(0), 0);
        assert_eq!(client.read(&mut [0; 8]).await.unwrap_or(0), 0);
        assert!(deck.told()[0].contains("no request of HTTP/1.1"), "{:?}", deck.told());
    });
}

#[test]
fn two_hundred_clients_at_once_pass() {
    let diagram = "#@ clients Alice = 200\nparticipant Alice\nparticipant Server\n\
                   Alice->Server: WS connect\nServer->Alice: Connected\n";
    let deck = Deck::new();
    let made = deck.clone();
    let target = Target::in_process(move || Between::new(Host::new(&ServerOptions::default()), made.clone()));
    let verdict = Scenario::parse("many.seq", diagram).expect("reads").target(target).check().expect("plays");
    assert!(verdict.is_pass(), "{verdict:?}");
    let dialled = deck.tape().entries.iter().filter(|entry| matches!(entry.what, What::Dial { .. })).count();
    assert_eq!(dialled, 200);
}

#[test]
fn a_session_of_a_command_is_recorded_written_and_played() {
    let (bound, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let host = Host::new(&ServerOptions::default());
        let serving = serve(
            (Ipv4Addr::LOCALHOST, 0),
            &host,
            |at| bound.send(at).expect("somebody waits"),
            std::future::pending(),
        );
        runtime.block_on(serving)
    });
    let target = format!("ws://{}", address.recv_timeout(DEADLINE).expect("it listens"));
    let folder = tempfile::tempdir().expect("a folder");
    let chat =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diverges/wrong-payload.seq").display().to_string();
    let program = env!("CARGO_BIN_EXE_seqcheck");
    let args = ["record", "--target", &target, "-o", "failing.seq", "--", program, &chat, "--target", "{url}"];
    let output = seqcheck(args).at(folder.path()).run();
    // It is written all the same, and not played.
    assert_eq!(output.exit, Exit::Fail, "{output}");
    assert!(output.err.contains("the command failed: exit status: 1") && output.err.contains("FAIL"), "{output}");
    assert!(output.out.contains("wrote failing.seq") && !output.out.contains("PASS"), "{output}");
    let chat = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/chat.seq").display().to_string();
    let args = [
        "record", "--target", &target, "-o", "chat.seq", "--title", "A chat", "--", program, &chat, "--target", "{url}",
    ];
    let output = seqcheck(args).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(output.out.contains("wrote chat.seq  12 arrows\nwrote chat.toml"), "{output}");
    assert!(output.out.contains("3 scenarios: 3 passed"), "{output}");
    assert!(output.err.contains("──▶ {\"type\":\"join\",\"room\":\"general\"}"), "{output}");
    let diagram = std::fs::read_to_string(folder.path().join("chat.seq")).expect("was written");
    assert!(diagram.starts_with("title A chat\n#@ binding ./chat.toml\n"), "{diagram}");
    let binding = std::fs::read_to_string(folder.path().join("chat.toml")).expect("was written");
    assert!(binding.contains("extends = \"chat\""), "the built-in binding knows all of it: {binding}");
    // Nothing passes: nothing is written.
    let output = seqcheck(["record", "--target", &target, "-o", "none.seq", "--", "true"]).at(folder.path()).run();
    assert!(output.exit == Exit::Error && output.err.contains("nothing passed"), "{output}");
    assert!(!folder.path().join("none.seq").exists());
}

#[test]
fn what_cannot_be_recorded_is_told_before_anything_is() {
    for (args, told) in [
        (&["--target", "ftp://a"][..], "does not begin with ws://"),
        (&["--target", "ws://127.0.0.1:1", "--listen", "192.0.2.1:1"], "cannot listen on 192.0.2.1:1"),
        (&["--target", "ws://127.0.0.1:1", "--", "/no/such/program"], "/no/such/program"),
        (&["--target", "cmd: exit 3; {port}", "--", "true"], "exit status: 3"),
        (&[], "--target"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let output = seqcheck(["record"]).and(args).at(folder.path()).run();
        assert_ne!(output.exit, Exit::Pass, "{output}");
        assert!(output.err.contains(told), "{told:?} is not in\n{output}");
    }
}

/// A server that greets everybody with another number, and answers what it is asked.
fn restless() -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let at = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for (number, stream) in (17..).zip(listener.incoming()) {
            let Ok(stream) = stream else { return };
            std::thread::spawn(move || {
                let Ok(mut socket) = tungstenite::accept(stream) else { return };
                let hint = if number % 2 == 1 { ",\"hint\":\"odd\"" } else { "" };
                let welcome = format!("{{\"type\":\"welcome\",\"load\":{number},\"motd\":\"day {number}\"{hint}}}");
                let _ = socket.send(tungstenite::Message::text(welcome));
                while let Ok(asked) = socket.read() {
                    if asked.is_text() {
                        let _ =
                            socket.send(tungstenite::Message::text("{\"type\":\"answer\",\"to\":\"the question\"}"));
                    }
                }
            });
        }
    });
    at
}

#[test]
fn what_is_another_value_every_time_is_learned_by_playing() {
    let target = format!("ws://{}", restless());
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("can be written");
    write(
        "asks.toml",
        "[connect]\nurl = \"{target}/\"\n[[rule]]\nlabel = \"welcome\"\nserver = { type = \"welcome\" }\n\
         [[rule]]\nlabel = \"asks\"\nclient = { type = \"question\", text = \"why?\" }\n\
         [[rule]]\nlabel = \"answer\"\nserver = { type = \"answer\" }\n",
    );
    write(
        "asks.seq",
        "#@ binding ./asks.toml\nAnn->Server: WS connect\nServer->Ann: welcome\nAnn->Server: asks\nServer->Ann: answer\n",
    );
    let program = env!("CARGO_BIN_EXE_seqcheck");
    let asks = folder.path().join("asks.seq").display().to_string();
    let record = |name: &str, more: &[&str]| {
        let args = ["record", "--target", &target, "-o", name].into_iter().chain(more.iter().copied());
        seqcheck(args.chain(["--", program, &asks, "--target", "{url}"])).at(folder.path()).run()
    };
    let output = record("learned.seq", &[]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(output.out.contains("3 scenarios: 3 passed"), "{output}");
    let binding = std::fs::read_to_string(folder.path().join("learned.toml")).expect("was written");
    assert!(binding.contains("label  = \"welcome\"\n"), "{binding}");
    assert!(binding.contains("load = \"{load:int}\", motd = \"{motd}\""), "{binding}");
    assert!(binding.contains("label  = \"answer to {to}\""), "what stays is in the label: {binding}");
    // The same of a recording that was made before.
    let unverified = record("once.seq", &["--no-verify"]);
    assert!(unverified.exit == Exit::Pass && !unverified.out.contains("PASS"), "{unverified}");
    let once = std::fs::read_to_string(folder.path().join("once.toml")).expect("was written");
    assert!(once.contains("label  = \"welcome load {load}: {motd}\"") || once.contains("hint"), "{once}");
    let kept = seqcheck(["once.seq", "--target", &target, "--out", "out"]).at(folder.path()).run();
    assert_eq!(kept.exit, Exit::Fail, "{kept}");
    let output = record("twice.seq", &["--no-verify", "--again", "out"]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
    let twice = std::fs::read_to_string(folder.path().join("twice.toml")).expect("was written");
    assert!(twice.contains("label  = \"welcome\"\n") && !twice.contains("hint"), "{twice}");
    let played = seqcheck(["twice.seq", "--target", &target, "--repeat", "4"]).at(folder.path()).run();
    assert_eq!(played.exit, Exit::Pass, "{played}");
}

/// Plays a diagram against a server that plays the same diagram over its standard streams, with a recorder between them.
fn over_streams(folder: &Path, diagram: &str, name: &str) -> String {
    let program = env!("CARGO_BIN_EXE_seqcheck");
    let server = format!("{program} mock --stdio {diagram}");
    let target = format!("stdio: {program} record --stdio -o {name}.seq --no-verify -- {server}");
    let own_folder = |args: &[&str]| seqcheck(args.iter().copied()).at(folder).run();
    let played = own_folder(&[
        diagram,
        "--target",
        &format!("stdio: cd {} && {}", folder.display(), &target["stdio: ".len()..]),
    ]);
    assert_eq!(played.exit, Exit::Pass, "the recorder is in the way: {played}");
    let again = own_folder(&[&format!("{name}.seq"), "--target", &format!("stdio: {server}")]);
    assert_eq!(again.exit, Exit::Pass, "{again}");
    std::fs::read_to_string(folder.join(format!("{name}.toml"))).expect("was written")
}

#[cfg(unix)]
#[test]
fn what_passes_over_standard_streams_is_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = root.join("scenarios/agents/tools.seq").display().to_string();
    assert!(over_streams(folder.path(), &tools, "tools").contains("extends = \"mcp\""));
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("can be written");
    write(
        "lsp.toml",
        "codec = \"json\"\nframing = \"content-length\"\n\
         [[rule]]\nlabel = \"open {file}\"\nclient = { do = \"open\", file = \"{file}\" }\n\
         [[rule]]\nlabel = \"opened {file} with {lines} lines\"\nserver = { did = \"open\", file = \"{file}\", lines = \"{lines:int}\" }\n",
    );
    write(
        "lsp.seq",
        "#@ binding ./lsp.toml\nEditor->Server: WS connect\nEditor->Server: open a.rs\n\
         Server->Editor: opened a.rs with 12 lines\nEditor->Server: open b.rs\nServer->Editor: opened b.rs with 7 lines\n",
    );
    let lsp = folder.path().join("lsp.seq").display().to_string();
    let binding = over_streams(folder.path(), &lsp, "recorded");
    assert!(binding.contains("codec = \"json\"\nframing = \"content-length\"\n"), "{binding}");
    assert!(binding.contains("label  = \"open {file}\"\n"), "{binding}");
}

#[cfg(unix)]
#[test]
fn what_passes_over_tcp_is_recorded_in_the_words_of_its_protocol() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = env!("CARGO_BIN_EXE_seqcheck");
    let queue = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/redis/queue.seq").display().to_string();
    let target = format!("cmd+tcp: {program} mock --listen tcp://127.0.0.1:{{port}} {queue}");
    let args = ["record", "--target", &target, "--ready", "listens", "-o", "queue.seq", "--no-verify", "--"];
    let args = args.into_iter().chain([program, &queue, "--target", "{url}"]);
    let output = seqcheck(args).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    let binding = std::fs::read_to_string(folder.path().join("queue.toml")).expect("was written");
    assert!(binding.contains("extends = \"redis\""), "{binding}");
}

/// A server that gives a token and a cookie for a password, lets nobody in without both, and never takes one twice.
fn guarded() -> SocketAddr {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let at = listener.local_addr().expect("an address");
    let valid: Arc<Mutex<Vec<String>>> = Arc::default();
    std::thread::spawn(move || {
        for (number, stream) in (1000..).zip(listener.incoming()) {
            let Ok(mut stream) = stream else { return };
            let valid = Arc::clone(&valid);
            std::thread::spawn(move || {
                let mut begin = [0; 4];
                while stream.peek(&mut begin).is_ok_and(|came| (1..4).contains(&came)) {}
                if &begin != b"POST" {
                    let taken = |head: &tungstenite::handshake::server::Request, answer| {
                        let token = head.uri().query().and_then(|query| query.split("token=").nth(1)).unwrap_or("");
                        let cookie = head.headers().get("cookie").and_then(|cookie| cookie.to_str().ok()).unwrap_or("");
                        let mut valid = valid.lock().expect("no panic");
                        let known = valid.iter().position(|known| known == token);
                        match known.filter(|_| cookie == format!("sid=cookie-{token}")) {
                            Some(known) => {
                                valid.remove(known);
                                Ok(answer)
                            }
                            None => Err(http::Response::builder().status(401).body(None).expect("a response")),
                        }
                    };
                    let Ok(mut socket) = tungstenite::accept_hdr(stream, taken) else { return };
                    let _ = socket.send(tungstenite::Message::text("{\"type\":\"welcome\"}"));
                    while socket.read().is_ok() {}
                    return;
                }
                let mut came = Vec::new();
                let mut part = [0; 1024];
                while !came.ends_with(b"}") {
                    match stream.read(&mut part) {
                        Ok(read @ 1..) => came.extend_from_slice(&part[..read]),
                        Ok(_) | Err(_) => return,
                    }
                }
                let said = String::from_utf8_lossy(&came).into_owned();
                let right = said.contains("\"password\":\"correct horse\"") && said.contains("\"user\":\"ann\"");
                let token = format!("tok-{number}-en");
                valid.lock().expect("no panic").push(token.clone());
                let (status, body) = match right {
                    true => ("200 OK", format!("{{\"session\":{{\"token\":\"{token}\"}},\"hello\":\"ann\"}}")),
                    false => ("403 Forbidden", "{}".to_owned()),
                };
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nset-cookie: sid=cookie-{token}; Path=/\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            });
        }
    });
    at
}

#[test]
fn a_token_of_a_login_is_asked_for_anew_each_time() {
    let target = format!("ws://{}", guarded());
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("can be written");
    write(
        "own.toml",
        "[connect]\nurl = \"{target}/ws?name={self|url}&token={token|url}\"\n\
         before = [{ http = { method = \"POST\", path = \"/login\", json = { user = \"{self.lower}\", password = \"correct horse\" } },\n\
         status = 200, json = { session = { token = \"{token}\" } } }]\n\
         [[rule]]\nlabel = \"welcome\"\nserver = { type = \"welcome\" }\n",
    );
    write("own.seq", "#@ binding ./own.toml\nAnn->Server: WS connect\nServer->Ann: welcome\n");
    let program = env!("CARGO_BIN_EXE_seqcheck");
    let own = folder.path().join("own.seq").display().to_string();
    let args = ["record", "--target", &target, "-o", "login.seq", "--", program, &own, "--target", "{url}"];
    let output = seqcheck(args).at(folder.path()).run();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("was written");
    assert_eq!(output.exit, Exit::Pass, "{output}\n{}", read("login.toml"));
    assert!(output.out.contains("3 scenarios: 3 passed"), "{output}");
    let (diagram, binding) = (read("login.seq"), read("login.toml"));
    assert!(
        diagram.ends_with("actor Ann\nparticipant Server\n\nAnn->Server: WS connect\nServer->Ann: welcome\n"),
        "{diagram}"
    );
    for told in [
        "url          = \"{target}/ws?name={self|url}&token={token|url}\"",
        "json = { user = \"{self.lower}\", password = \"{env.PASSWORD}\" }",
        "status = 200, json = { session = { token = \"{token}\" } }",
    ] {
        assert!(binding.contains(told), "{told} is not in\n{binding}");
    }
    for secret in ["correct horse", "tok-", "cookie"] {
        assert!(!format!("{binding}{diagram}{}{}", output.out, output.err).contains(secret), "{secret}: {binding}");
    }
}
