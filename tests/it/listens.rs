//! The side that listens: what pages are told, several services at once, and callers who behave badly.

use crate::field::LAB;
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::listen::Porch;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::{Mock, Scenario};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, client_async};

const ASKS: &str = "[[rule]]\nlabel = \"ask\"\non = \"http\"\nclient = { method = \"POST\", path = \"/ask\" }\n\
                    [[rule]]\nlabel = \"told\"\non = \"http\"\nserver = { status = 200, headers = { x-more = \"1\" } }\n";

/// One request of a page, and the head of its answer in lower case.
async fn asked(porch: &Porch, request: &str) -> String {
    let mut stream = porch.dial();
    stream.write_all(request.as_bytes()).await.expect("room");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer.to_ascii_lowercase()
}

/// A page of this origin asks as browsers do: first whether it may, then what it wants.
fn page(accept: &str, origin: &str) -> (String, String, CheckVerdict) {
    let scenario = Scenario::parse("p.seq", "Page->Server: ask\nServer-->Page: told\n").expect("a diagram");
    let scenario = scenario.binding_text("p.toml", &format!("{ASKS}{accept}")).unwrap_or_else(|why| panic!("{why}"));
    let preflight = format!(
        "OPTIONS /ask HTTP/1.1\r\nHost: h\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: x-mine\r\nAccess-Control-Request-Private-Network: true\r\n\r\n"
    );
    let request = format!("POST /ask HTTP/1.1\r\nHost: h\r\nOrigin: {origin}\r\nContent-Length: 0\r\n\r\n");
    let (told, heard) = std::sync::mpsc::channel();
    let verdict = Mock::new(scenario).expect("roles").with(|porch| async move {
        let may = asked(&porch, &preflight).await;
        let answer = asked(&porch, &request).await;
        let _ = told.send((may, answer));
    });
    let (may, answer) = heard.recv().expect("both answers");
    (may, answer, verdict.unwrap_or_else(|why| panic!("{why}")))
}

#[test]
fn pages_of_this_machine_may_ask_and_others_where_they_are_listed() {
    let listed = "[accept]\norigins = [\"HTTPS://App.example:443\", \"null\"]\n";
    let every = "[accept]\norigins = [\"*\"]\n";
    for (accept, origin, may) in [
        ("", "http://localhost:5173", true),
        ("", "http://127.0.0.1", true),
        ("", "https://app.example", false),
        ("", "null", false),
        (listed, "https://app.example", true),
        (listed, "null", true),
        (listed, "http://app.example", false),
        (listed, "http://localhost:5173", false),
        (every, "https://anywhere.example", true),
    ] {
        let (preflight, answer, verdict) = page(accept, origin);
        assert!(verdict.is_pass(), "{origin}: {verdict}");
        assert!(preflight.starts_with("http/1.1 204"), "{preflight}");
        let allowed = format!("access-control-allow-origin: {origin}\r\n");
        for head in [&preflight, &answer] {
            assert_eq!(head.contains(&allowed), may, "{accept} {origin}: {head}");
            assert_eq!(head.contains("access-control-allow-credentials: true"), may, "{head}");
        }
        for line in ["methods: post", "headers: x-mine", "private-network: true"] {
            assert_eq!(preflight.contains(&format!("access-control-allow-{line}\r\n")), may, "{line}: {preflight}");
        }
        assert_eq!(answer.contains("access-control-expose-headers: x-more\r\n"), may, "{answer}");
        let note = format!("pages of {origin} sent requests, but their browsers could not read the answers");
        assert_eq!(verdict.to_string().contains(&note), !may, "{verdict}");
    }
}

/// A question that the diagram draws is the client's, and answered as drawn.
#[test]
fn a_question_that_is_drawn_is_no_preflight() {
    let rules = "[[rule]]\nlabel = \"may I\"\non = \"http\"\nclient = { method = \"OPTIONS\", path = \"/ask\" }\n\
                 [[rule]]\nlabel = \"you may\"\non = \"http\"\nserver = { status = 299 }\n";
    let request =
        "OPTIONS /ask HTTP/1.1\r\nHost: h\r\nOrigin: http://localhost\r\nAccess-Control-Request-Method: POST\r\n\r\n";
    let (told, heard) = std::sync::mpsc::channel();
    let verdict = served("Page->Server: may I\nServer-->Page: you may\n", rules, |porch: Porch| async move {
        let _ = told.send(asked(&porch, request).await);
    });
    let answer = heard.recv().expect("an answer");
    assert!(verdict.is_pass() && answer.starts_with("http/1.1 299"), "{answer}{verdict}");
}

#[test]
fn what_is_no_origin_is_told_with_its_place() {
    for wrong in ["https://app.example/", "app.example", "https://ann@app.example", "https://", ""] {
        let binding = format!("{ASKS}[accept]\norigins = [\"{wrong}\"]\n");
        let scenario = Scenario::parse("p.seq", "Page->Server: ask\nServer-->Page: told\n").expect("a diagram");
        let why = scenario.binding_text("p.toml", &binding).expect_err(wrong).to_string();
        assert!(why.contains("is not an origin of a page") && why.contains("p.toml:10:"), "{why}");
    }
}

/// A client that is let in as Ann.
pub async fn ann(porch: &Porch) -> WebSocketStream<DuplexStream> {
    client_async("ws://localhost/?n=Ann", porch.dial()).await.expect("a handshake").0
}

async fn say(socket: &mut WebSocketStream<DuplexStream>, text: &str) {
    let _ = socket.send(Message::text(text)).await;
}

/// Everything until the end.
async fn drain(socket: &mut WebSocketStream<DuplexStream>) {
    while let Some(Ok(_)) = socket.next().await {}
}

pub fn served<C, F>(diagram: &str, binding: &str, client: C) -> CheckVerdict
where
    C: FnOnce(Porch) -> F + Send,
    F: Future<Output = ()>,
{
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = scenario.binding_text("b.toml", binding).unwrap_or_else(|why| panic!("{why}"));
    Mock::new(scenario).expect("roles").with(client).unwrap_or_else(|why| panic!("{why}"))
}

/// The class and the line of the first finding.
pub fn found(verdict: &CheckVerdict) -> Option<(Class, u32)> {
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    let order = verdict.plan.as_ref()?.order();
    verdict.plays[0].outcome.findings.first().map(|it| (it.class, it.arrow.map_or(0, |arrow| order.arrow(arrow).line)))
}

/// Frames that belong to an arrow and are not drawn are owed all the same.
#[test]
fn a_client_owes_all_steps_of_an_arrow() {
    let login = "[[rule]]\nlabel = \"log in\"\nsteps = [{ send = { t = \"hello\" } }, { send = { t = \"me\" } }]\n";
    let diagram = "Ann->S: WS connect\nAnn->S: log in\nS->Ann: ok\nAnn->S: WS disconnect\n";
    let binding = format!("{login}{LAB}");
    let play = |second: bool, stays: bool| {
        served(diagram, &binding, |porch| async move {
            let mut socket = ann(&porch).await;
            say(&mut socket, "{\"t\":\"hello\"}").await;
            if second {
                say(&mut socket, "{\"t\":\"me\"}").await;
            }
            if second {
                let _ = socket.next().await;
            }
            if !stays {
                let close = CloseFrame { code: 1000.into(), reason: "".into() };
                let _ = socket.close(Some(close)).await;
            }
            drain(&mut socket).await;
        })
    };
    let well = play(true, false);
    assert!(well.is_pass(), "{well}");
    for stays in [false, true] {
        let told = play(false, stays);
        assert_eq!(found(&told).map(|(class, _)| class), Some(Class::Unexpected), "{told}");
        assert!(told.to_string().contains("the frame after this one (`steps` of its rule) did not come"), "{told}");
        assert!(told.to_string().contains("me"), "{told}");
    }
}

const TALK: &str = "Ann->S: WS connect\nS->Ann: hello\nAnn->S: go\nS->Ann: went\nAnn->S: WS disconnect\n";

#[test]
fn whoever_dials_another_path_is_told_so_and_found() {
    let (told, heard) = std::sync::mpsc::channel();
    let verdict = served(TALK, LAB, |porch| async move {
        let mut stream = porch.dial();
        let head = "GET /nowhere HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("room");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        let _ = told.send(answer);
    });
    assert_eq!(found(&verdict), Some((Class::WrongPayload, 1)), "{verdict}");
    assert!(verdict.to_string().contains("/nowhere"), "{verdict}");
    let answer = heard.recv().expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 409") && answer.contains("no arrow draws a connection to S"), "{answer}");
    assert!(answer.contains("the next drawn messages to this server: WS connect /?n=Ann of Ann"), "{answer}");
}

/// A handshake that offers this, and what it is answered.
fn offering(protocols: &'static str, binding: &str, diagram: &str) -> (String, CheckVerdict) {
    let (told, heard) = std::sync::mpsc::channel();
    let verdict = served(diagram, binding, |porch| async move {
        let mut stream = porch.dial();
        let offer =
            if protocols.is_empty() { String::new() } else { format!("Sec-WebSocket-Protocol: {protocols}\r\n") };
        let head = format!(
            "GET /?n=Ann HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{offer}\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("room");
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.expect("an answer");
        let _ = told.send(String::from_utf8_lossy(&answer[..read]).to_ascii_lowercase());
    });
    (heard.recv().expect("an answer"), verdict)
}

/// A server selects one of those that the binding lists, and whoever offers none of them is found.
#[test]
fn what_a_client_offers_is_judged_and_only_what_is_listed_is_selected() {
    let connect = |lists: &str| format!("[connect]\nurl = \"{{target}}/?n={{self}}\"\n{lists}\n");
    let dial = "Ann->S: WS connect\n";
    let selected = |one: &str| format!("sec-websocket-protocol: {one}\r\n");
    for (lists, offered, takes) in [
        ("subprotocols = [\"v1.chat\"]", "v1.chat", Some("v1.chat")),
        ("subprotocols = [\"v1.chat\"]", "v9.chat, v1.chat", Some("v1.chat")),
        ("subprotocols = [\"v2.chat\", \"v1.chat\"]", "v1.chat,v2.chat", Some("v1.chat")),
        ("subprotocols = [\"v1.chat\", \"token.{token}\"]", "token.abc", Some("token.abc")),
        ("subprotocols = [\"as.{self}\"]", "as.Ann", Some("as.ann")),
        // A server may pass over what it knows nothing of (RFC 6455, section 4.2.2).
        ("", "v9.chat", None),
    ] {
        let (answer, verdict) = offering(offered, &connect(lists), dial);
        assert!(verdict.is_pass(), "{offered}: {verdict}");
        assert!(answer.starts_with("http/1.1 101"), "{answer}");
        let told = answer.contains("sec-websocket-protocol").then_some(());
        assert_eq!(told, takes.map(drop), "{answer}");
        assert!(takes.is_none_or(|one| answer.contains(&selected(one))), "{answer}");
    }
    for (lists, offered, expected) in [
        ("subprotocols = [\"v1.chat\"]", "", "v1.chat"),
        ("subprotocols = [\"v1.chat\"]", "v9.chat", "v1.chat"),
        ("subprotocols = [\"v2.chat\", \"v1.chat\"]", "v1.chats", "v2.chat or v1.chat"),
        ("subprotocols = [\"v1.chat\", \"token.{token}\"]", "token.", "token"),
        ("subprotocols = [\"as.{self}\"]", "as.Bob", "as.Ann"),
    ] {
        let (answer, verdict) = offering(offered, &connect(lists), dial);
        assert_eq!(found(&verdict), Some((Class::WrongPayload, 1)), "{offered}: {verdict}");
        let said = verdict.to_string();
        assert!(said.contains("subprotocols") && said.contains(expected) && said.contains(offered), "{said}");
        assert!(answer.starts_with("http/1.1 409") && !answer.contains("sec-websocket-protocol"), "{answer}");
    }
}

/// What is drawn is what is answered.
#[test]
fn a_drawn_answer_selects_the_subprotocol() {
    let binding = "[connect]\nurl = \"{target}/?n={self}\"\nsubprotocols = [\"v2.chat\", \"v1.chat\"]\n\
                   [[rule]]\nlabel = \"switching {p}\"\non = \"http\"\n\
                   server = { status = 101, headers = { sec-websocket-protocol = \"{p}\" } }\n";
    let (answer, verdict) = offering("v2.chat, v1.chat", binding, "Ann->S: WS connect\nS->Ann: switching v1.chat\n");
    assert!(verdict.is_pass(), "{verdict}");
    assert_eq!(answer.matches("sec-websocket-protocol").count(), 1, "{answer}");
    assert!(answer.contains("sec-websocket-protocol: v1.chat\r\n"), "{answer}");
}

/// What a client says that no rule names gets a rule of its side proposed.
#[test]
fn a_rule_is_proposed_for_the_side_that_spoke() {
    let verdict = served("Ann->S: WS connect\nS->Ann: hello\n", LAB, |porch| async move {
        let mut socket = ann(&porch).await;
        say(&mut socket, "{\"type\":\"odd\",\"n\":3}").await;
        drain(&mut socket).await;
    });
    assert!(verdict.to_string().contains("a `[[rule]]` with `client` to expect it"), "{verdict}");
}

/// Each ends in time, with the connection and the place.
#[test]
fn callers_that_behave_badly_are_found() {
    let flood = served(TALK, LAB, |porch| async move {
        let mut socket = ann(&porch).await;
        for _ in 0..200_000 {
            if socket.feed(Message::text("{\"t\":\"more\"}")).await.is_err() {
                break;
            }
        }
        drain(&mut socket).await;
    });
    assert!(matches!(found(&flood), Some((Class::WrongPayload, 3))));
    assert!(flood.plays[0].trace.len() < 20_000, "{}", flood.plays[0].trace.len());

    let begins = |bytes: &'static [u8], length: usize| {
        move |porch: Porch| async move {
            let mut stream = ann(&porch).await.into_inner();
            let _ = stream.write_all(bytes).await;
            let part = vec![b'x'; 1 << 16];
            for _ in 0..length.div_ceil(part.len()) {
                if stream.write_all(&part).await.is_err() {
                    break;
                }
            }
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    };
    // A text message of 100 MB, and a frame that no client may send: without a mask.
    let large = served(TALK, LAB, begins(&[0x81, 0xff, 0, 0, 0, 0, 6, 0, 0, 0, 1, 2, 3, 4], 100 << 20));
    assert_eq!(found(&large).map(|(class, _)| class), Some(Class::Closed), "{large}");
    assert!(large.to_string().contains("16777216"), "{large}");
    let bare = served(TALK, LAB, begins(&[0x81, 0x02, b'h', b'i'], 0));
    assert_eq!(found(&bare).map(|(class, _)| class), Some(Class::Closed), "{bare}");

    // What it says has ended, and it still reads.
    let half = served(TALK, LAB, |porch| async move {
        let mut stream = ann(&porch).await.into_inner();
        let _ = stream.shutdown().await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    assert_eq!(found(&half).map(|(class, _)| class), Some(Class::Closed), "{half}");

    // A request that never is whole: it is sent away in time, and nobody has come.
    let part = served(TALK, LAB, |porch| async move {
        let mut stream = porch.dial();
        let _ = stream.write_all(b"GET /?n=Ann HTTP/1.1\r\nHost: h\r\n").await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    assert_eq!(part.verdict(), Verdict::Error, "{part}");
    let half = "; a client connected and sent 31 bytes, but no complete request (it was not complete within 10 s)";
    assert!(part.to_string().contains("no client has connected to S") && part.to_string().contains(half), "{part}");
}

/// Each lifeline that is dialled has an address of its own, with its name.
#[cfg(unix)]
#[test]
fn several_lifelines_listen_each_at_its_own_address() {
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    let folder = tempfile::tempdir().expect("a folder");
    let diagram = "Ann->Login: WS connect\nAnn->Login: hello\nLogin->Ann: ticket: seven\n\
                   Ann->Chat Room: WS connect\nAnn->Chat Room: ticket: seven\nChat Room->Ann: welcome\n\
                   Ann->Chat Room: WS disconnect\nAnn->Login: WS disconnect\n";
    std::fs::write(folder.path().join("d.seq"), diagram).expect("written");
    std::fs::write(folder.path().join("lab.toml"), LAB).expect("written");
    let program = env!("CARGO_BIN_EXE_seqcheck");
    let client = "cd \"$3\" && exec \"$0\" d.seq --binding ./lab.toml --target \"Login=$1\" --target \"Chat Room=$2\"";
    let at = folder.path().display().to_string();
    let mock = |words: [&str; 2]| {
        let shell = ["--", "sh", "-c", client, program];
        let words = [words[0], words[1], &at];
        seqcheck(["mock", "d.seq", "--binding", "./lab.toml"]).and(shell).and(words).at(folder.path()).run()
    };
    let played = mock(["{url.Login}", "ws://127.0.0.1:{port.Chat Room}"]);
    assert_eq!(played.exit, Exit::Pass, "{played}");
    let named =
        |name: &str| played.err.lines().filter(|line| line.contains(&format!("{name} listens at ws://"))).count();
    assert_eq!((named("Login"), named("Chat Room")), (1, 1), "{played}");
    // The first is also meant where no name is said.
    assert_eq!(mock(["{url}", "{url.Chat Room}"]).exit, Exit::Pass);
    let environment = "cd \"$1\" && test \"$SEQCHECK_URL\" = \"$SEQCHECK_URL_LOGIN\" && \
                       exec \"$0\" d.seq --binding ./lab.toml --target \"Login=$SEQCHECK_URL_LOGIN\" --target \"Chat Room=$SEQCHECK_URL_CHAT_ROOM\"";
    let shell = ["--", "sh", "-c", environment, program, &at];
    let told = seqcheck(["mock", "d.seq", "--binding", "./lab.toml"]).and(shell).at(folder.path()).run();
    assert_eq!(told.exit, Exit::Pass, "{told}");
    // Whoever dials the other one is nobody that is drawn there.
    let crossed = seqcheck(["mock", "d.seq", "--binding", "./lab.toml", "--timeout", "1s"]);
    let shell = ["--", "sh", "-c", client, program, "{url.Chat Room}", "{url.Login}", &at];
    let crossed = crossed.and(shell).at(folder.path()).run();
    assert_eq!(crossed.exit, Exit::Fail, "{crossed}");
    // A dial is no message, and its client is the right one.
    assert!(crossed.out.contains("Ann connected to /?n=Ann at Chat Room, but it is drawn to Login"), "{crossed}");
}

/// A program whose child the tool is says what is no message, or one without an end.
#[cfg(unix)]
#[test]
fn what_a_parent_says_that_is_no_message_is_found() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("d.seq"), "Ann->S: WS connect\nAnn->S: go\nS->Ann: went\n").expect("written");
    std::fs::write(folder.path().join("lab.toml"), LAB).expect("written");
    let run = |part: &'static [u8], times: usize| {
        let words = ["mock", "d.seq", "--binding", "./lab.toml", "--stdio", "--timeout", "20s"];
        let mut child = Command::new(env!("CARGO_BIN_EXE_seqcheck"));
        let child = child.args(words).current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = child.stderr(Stdio::piped()).spawn().expect("it runs");
        let mut input = child.stdin.take().expect("piped");
        // The child may end before it has heard it all; its input ends behind it.
        std::thread::spawn(move || (0..times).all(|_| input.write_all(part).is_ok()));
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = run(b"starting up\n", 1);
    assert!(code == Some(1) && told.contains("starting up") && told.contains("not JSON"), "{told}");
    let (code, told) = run(&[b'x'; 1 << 16], 100 << 4);
    assert!(code == Some(1) && told.contains("a line is over the limit of 16777216 bytes"), "{told}");
    let (code, told) = run(b"{\"t\":\"go\"", 1);
    assert!(code == Some(1) && told.contains("closed"), "{told}");
}
