//! What a binding can say of servers that nobody here has seen: small servers in this process, each with a habit that
//! servers have.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::oracle::{Class, Doubt, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::{Scenario, Target};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_tungstenite::accept_async;

/// A server that says these when somebody connects, and answers every frame.
fn framing<A>(greeting: &'static [&'static str], answer: A) -> Target
where
    A: Fn(&str) -> Vec<String> + Copy + Send + Sync + 'static,
{
    Target::in_process(move || {
        move |stream: DuplexStream| async move {
            let mut socket = accept_async(stream).await.unwrap();
            for &text in greeting {
                socket.send(text.into()).await.unwrap();
            }
            while let Some(Ok(message)) = socket.next().await {
                for text in message.to_text().ok().filter(|text| !text.is_empty()).map(answer).unwrap_or_default() {
                    if socket.send(text.into()).await.is_err() {
                        return;
                    }
                }
            }
        }
    })
}

/// The same, where frames are JSON; others get no answer.
fn lab(greeting: &'static [&'static str], answer: fn(&Value) -> Vec<String>) -> Target {
    framing(greeting, move |text| serde_json::from_str(text).map(|value| answer(&value)).unwrap_or_default())
}

/// A server that answers every request with these bytes, and then ends the connection.
fn answering(bytes: &'static str) -> Target {
    Target::in_process(move || {
        move |mut stream: DuplexStream| async move {
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
                request.push(byte[0]);
            }
            stream.write_all(bytes.as_bytes()).await.unwrap();
        }
    })
}

fn check(diagram: &str, binding: &str, target: Target) -> CheckVerdict {
    Scenario::parse("lab.seq", diagram)
        .and_then(|scenario| scenario.binding_text("lab.toml", binding))
        .and_then(|scenario| scenario.target(target).check())
        .unwrap()
}

/// The line of what the first finding names as its cause, and whether that was sent.
fn cause(verdict: &CheckVerdict) -> Option<(u32, bool)> {
    let cause = verdict.plays[0].outcome.findings[0].cause?;
    Some((verdict.plan.as_ref().unwrap().order().arrow(cause.arrow).line, cause.complete.is_some()))
}

/// What the report says of it.
fn report(verdict: &CheckVerdict) -> String {
    let findings = verdict.plays.iter().flat_map(|play| &play.outcome.findings);
    let help = findings.flat_map(|finding| &finding.help);
    help.fold(verdict.to_string(), |all, help| format!("{all}\n    = {help}"))
}

/// The class and line of the first finding.
fn finding(verdict: &CheckVerdict) -> (Class, u32) {
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    let finding = &verdict.plays[0].outcome.findings[0];
    let line = finding.arrow.map_or(0, |arrow| verdict.plan.as_ref().unwrap().order().arrow(arrow).line);
    (finding.class, line)
}

const PRESENCE: &str = r#"
[[rule]]
label  = "who is there"
client = { do = "who", "{self}" = true }

[[rule]]
label  = "{who} is {status}"
server = { users = { "{who}" = { status = "{status}" } } }
"#;

/// Who is there, as many servers tell it: an object whose names are the people.
fn who(asked: &Value) -> Vec<String> {
    assert_eq!(*asked, json!({ "do": "who", "Ann": true }));
    vec![json!({ "users": { "Bob": { "status": "away" }, "Ann": { "status": "online" } } }).to_string()]
}

#[test]
fn the_name_of_a_member_may_have_holes() {
    for label in ["Ann is online", "Bob is away"] {
        let diagram = format!("Ann->Lab: WS connect\nAnn->Lab: who is there\nLab->Ann: {label}\n");
        let verdict = check(&diagram, PRESENCE, lab(&[], who));
        assert!(verdict.is_pass(), "{verdict}");
    }
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: who is there\nLab->Ann: Bob is online\n";
    let verdict = check(diagram, PRESENCE, lab(&[], who));
    assert_eq!(finding(&verdict), (Class::WrongPayload, 3), "{verdict}");
    assert!(verdict.to_string().contains("users.Bob.status: expected \"online\", found \"away\""), "{verdict}");
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: who is there\nLab->Ann: Eve is online\n";
    let verdict = check(diagram, PRESENCE, lab(&[], who));
    assert!(verdict.to_string().contains("users.Eve: expected"), "{verdict}");
}

const NOISY: &str = r#"
[vars]
room = "blue"

[[ignore]]
frame = { from = "{room}" }

[[ignore]]
frame = { to = "{self}", run = "{run}", kind = "copy" }

[[rule]]
label  = "hello from {from}"
server = { from = "{from}" }
"#;

#[test]
fn noise_is_told_by_what_is_known() {
    let target = || lab(&[r#"{"from":"blue"}"#, r#"{"from":"blue/ann"}"#], |_| Vec::new());
    let verdict = check("Ann->Lab: WS connect\nLab->Ann: hello from blue/ann\n", NOISY, target());
    assert!(verdict.is_pass(), "{verdict}");
    // Somebody else's copy of another run is no noise.
    let other = || lab(&[r#"{"to":"Ann","run":"another","kind":"copy"}"#], |_| Vec::new());
    let verdict = check("Ann->Lab: WS connect\n", NOISY, other());
    assert_eq!(finding(&verdict), (Class::Unexpected, 1), "{verdict}");
    // No rule reads it, and the report says so.
    assert!(report(&verdict).contains("the binding has no rule for this frame"), "{verdict}");
}

#[test]
fn what_the_binding_ignores_cannot_be_waited_for() {
    let drawn = |label: &str| {
        Scenario::parse("lab.seq", &format!("Ann->Lab: WS connect\nLab->Ann: {label}\n"))
            .and_then(|scenario| scenario.binding_text("lab.toml", NOISY))
            .and_then(|scenario| scenario.target(lab(&[], |_| Vec::new())).check())
    };
    let error = drawn("hello from blue").expect_err("an error before anything runs").to_string();
    assert!(error.contains("the binding `lab` ignores every `hello from blue`"), "{error}");
    assert!(drawn("hello from green").is_ok());
}

const REMEMBERED: &str = r#"
[connect]
after = [ { receive = { hello = "{session}" } } ]

[[auto]]
receive = { poll = "{n}" }
send    = { session = "{session}", poll = "{n}", id = "{seq}" }

[[rule]]
label  = "start"
client = { start = true, id = "{seq}" }

[[rule]]
label  = "polled {n:int} times, last as {id:int}"
server = { polled = "{n}", id = "{id}" }
"#;

#[test]
fn an_automatic_answer_is_made_of_what_the_client_knows() {
    let target = lab(&[r#"{"hello":"s-1"}"#], |said| match said.get("poll").and_then(Value::as_u64) {
        _ if said.get("start").is_some() => vec![json!({ "poll": 1 }).to_string()],
        Some(2) => vec![json!({ "polled": 2, "id": said["id"] }).to_string()],
        Some(n) => {
            assert_eq!(*said, json!({ "session": "s-1", "poll": n, "id": n + 1 }));
            vec![json!({ "poll": n + 1 }).to_string()]
        }
        None => Vec::new(),
    });
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: start\nLab->Ann: polled 2 times, last as 3\n";
    let verdict = check(diagram, REMEMBERED, target);
    assert!(verdict.is_pass(), "{verdict}");
}

const STREAMED: &str = r#"
[[rule]]
label  = "ask {what}"
on     = "sse"
client = { method = "POST", path = "/ask", json = { what = "{what}" } }

[[rule]]
label  = "session {id}"
on     = "http"
server = { status = 200, headers = { x-session = "{id}" } }

[[rule]]
label  = "word {word}"
on     = "sse"
server = { data = "{word}" }
"#;

/// An answer that comes word by word, and whose stream then ends.
const WORDS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-session: s-1\r\nconnection: close\r\n\r\n\
                     data: one\n\ndata: two\n\n";

#[test]
fn the_end_of_an_event_stream_can_be_drawn() {
    let diagram = "Ann->Lab: ask it\nLab->Ann: session s-1\nLab->Ann: word one\nLab->Ann: word two\n\
                   Lab->Ann: SSE closed\nAnn->Lab: ask again\nLab->Ann: word one\nLab->Ann: word two\nLab->Ann: SSE closed\n";
    let verdict = check(diagram, STREAMED, answering(WORDS));
    assert!(verdict.is_pass(), "{verdict}");
    // It is none of a WebSocket's ends, and comes in its place.
    let early = "Ann->Lab: ask it\nLab->Ann: word one\nLab->Ann: word two\nLab->Ann: word three\nAnn->Lab: ask again\n";
    let verdict = check(early, STREAMED, answering(WORDS));
    assert_eq!(finding(&verdict), (Class::Closed, 1), "{verdict}");
    assert!(verdict.to_string().contains("the server ended Ann's event stream"), "{verdict}");
    let finding = &verdict.plays[0].outcome.findings[0];
    assert_eq!(finding.label.as_deref(), Some("SSE closed"));
}

const ALIKE: &str = r#"
[[rule]]
label  = "note {text}"
on     = "sse"
server = { data = { "$json" = { kind = "note", text = "{text}" } } }

[[rule]]
label  = "result {text}"
on     = "sse"
server = { data = { "$json" = { result = "{text}" } } }

[[rule]]
label  = "ask"
on     = "sse"
client = { path = "/ask" }
"#;

#[test]
fn a_wrong_frame_stands_for_the_arrow_that_it_is_most_like() {
    let answer =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: {\"result\":\"no\"}\n\n";
    let diagram = "Ann->Lab: ask\nLab->Ann: note one\nLab->Ann: result yes\nLab->Ann: SSE closed\n";
    let verdict = check(diagram, ALIKE, answering(answer));
    assert_eq!(finding(&verdict), (Class::Missing, 2), "{verdict}");
    let findings = &verdict.plays[0].outcome.findings;
    let all: Vec<Class> = findings.iter().chain(&findings[0].consequences).map(|finding| finding.class).collect();
    assert!(all.contains(&Class::WrongPayload), "{verdict}");
}

const SILENT: &str = r#"
[[rule]]
label  = "leave"
client = { do = "leave" }

[[rule]]
label  = "ask"
client = { do = "ask" }

[[rule]]
label  = "answer {n:int}"
server = { n = "{n}" }
"#;

/// A server that answers `ask`, always with 1, and nothing else.
fn answering_only_asks(greeting: &'static [&'static str]) -> Target {
    lab(greeting, |said| if said["do"] == "ask" { vec![r#"{"n":1}"#.to_owned()] } else { Vec::new() })
}

#[test]
fn a_doubt_names_the_arrow_that_nothing_confirms() {
    let diagram = "Ann->Lab: WS connect\nAnn->Lab: leave\nBob->Lab: WS connect\nBob->Lab: ask\nLab->Bob: answer 2\n";
    let verdict = check(diagram, SILENT, answering_only_asks(&[]));
    assert_eq!(verdict.verdict(), Verdict::Inconclusive, "{verdict}");
    let order = verdict.plan.as_ref().unwrap().order();
    let line = |span| order.arrows.iter().find(|arrow| arrow.span == span).map(|arrow| arrow.line);
    let lines = |doubt: &Doubt| doubt.spans.iter().filter_map(|&span| line(span)).collect::<Vec<_>>();
    let doubts: Vec<Vec<u32>> = verdict.plays[0].outcome.doubts.iter().map(lines).collect();
    assert_eq!(doubts, [[3, 2]], "{verdict}");
}

#[test]
fn a_preamble_that_the_server_ends_shows_that_it_has_noticed() {
    let greeted = format!("[connect]\nafter = [{{ receive = {{ welcome = true }} }}]\n{SILENT}");
    let diagram = "Ann->Lab: WS connect\nBob->Lab: WS connect\nBob->Lab: ask\nLab->Bob: answer 2\n";
    let verdict = check(diagram, &greeted, answering_only_asks(&[r#"{"welcome":true}"#]));
    assert_eq!(finding(&verdict), (Class::WrongPayload, 4), "{verdict}");
}

/// What a chat says, however it is framed.
const TALK: &str = r#"
[[rule]]
label  = "say {text}"
client = { say = "{text}" }

[[rule]]
label  = "said {text}"
server = { said = "{text}" }
"#;

#[test]
fn a_frame_may_hold_several_messages() {
    let diagram =
        "Ann->Lab: WS connect\nLab->Ann: open\nAnn->Lab: say hi\nLab->Ann: said hi\nLab->Ann: said hi again\n";
    let open = "\n[[rule]]\nlabel = \"open\"\nserver = OPEN\n";
    // Texts of JSON in a list behind a letter.
    let strings = "codec = \"text\"\n[envelope]\nframe = { \"$before\" = \"a\", \"$json\" = \"{messages}\" }\n\
                   message = \"{message|json}\"\nclient = { \"$json\" = [\"{message|json}\"] }\n";
    let target = framing(&["o"], |said| {
        assert_eq!(said, r#"["{\"say\":\"hi\"}"]"#);
        vec![r#"a["{\"said\":\"hi\"}","{\"said\":\"hi again\"}"]"#.to_owned()]
    });
    let binding = format!("{strings}{TALK}{}", open.replace("OPEN", "\"o\""));
    let verdict = check(diagram, &binding, target);
    assert!(verdict.is_pass(), "{verdict}");
    // Lists of messages; an empty one is nothing, and what is no list is a message.
    let lists = "[envelope]\nframe = \"{messages}\"\nclient = [\"{message}\"]\n";
    let target = framing(&[r#"{"open":true}"#], |said| {
        assert_eq!(said, r#"[{"say":"hi"}]"#);
        ["[]", r#"[{"said":"hi"},{"said":"hi again"}]"#].map(str::to_owned).to_vec()
    });
    let binding = format!("{lists}{TALK}{}", open.replace("OPEN", "{ open = true }"));
    let verdict = check(diagram, &binding, target);
    assert!(verdict.is_pass(), "{verdict}");
    // One behind the other.
    let parted = "codec = \"text\"\n[envelope]\nseparator = \"\\u001e\"\nmessage = \"{message|json}\"\n\
                  client = \"{message|json}\\u001e\"\n";
    let target = framing(&["{}\u{1e}"], |said| {
        assert_eq!(said, "{\"say\":\"hi\"}\u{1e}");
        vec!["{\"said\":\"hi\"}\u{1e}{\"said\":\"hi again\"}\u{1e}".to_owned()]
    });
    let binding = format!("{parted}{TALK}{}", open.replace("OPEN", "{}"));
    let verdict = check(diagram, &binding, target);
    assert!(verdict.is_pass(), "{verdict}");
    // The second of two in one frame is missed by its line.
    let target = framing(&["{}\u{1e}"], |_| vec!["{\"said\":\"hi\"}\u{1e}{\"said\":\"ho\"}\u{1e}".to_owned()]);
    let verdict = check(diagram, &binding, target);
    assert_eq!(finding(&verdict), (Class::WrongPayload, 5), "{verdict}");
}

#[test]
fn an_envelope_that_cannot_be_says_why() {
    let problem = |text: &str| {
        Scenario::parse("lab.seq", "Ann->Lab: WS connect\n")
            .and_then(|scenario| scenario.binding_text("lab.toml", text))
            .expect_err(text)
            .to_string()
    };
    for (text, expected) in [
        ("[envelope]\n", "`envelope` needs exactly one of `frame` and `separator`"),
        ("[envelope]\nframe = \"{messages}\"\nseparator = \",\"\n", "exactly one of"),
        ("[envelope]\nseparator = \"\"\n", "an empty separator separates nothing"),
        ("[envelope]\nframe = [\"{list}\"]\n", "`{list}` has no value in an envelope"),
        ("[envelope]\nframe = \"a\"\n", "`{messages}` is missing here"),
        ("[envelope]\nframe = \"{messages}\"\nclient = [\"{_}\", \"{message}\"]\n", "a client cannot send it"),
        ("[envelope]\nframes = \"{messages}\"\n", "frame"),
    ] {
        let told = problem(text);
        assert!(told.contains(expected), "{text}: {told}");
    }
}

#[test]
fn a_preamble_that_is_not_answered_tells_what_it_waits_for() {
    let waiting = "[connect]\nafter = [{ send = { realm = \"r1\" } }, { receive = { welcome = \"{session}\" } }]\n";
    let target = framing(&[], |_| vec![r#"{"abort":"no such realm"}"#.to_owned()]);
    let verdict = check("Ann->Lab: WS connect\n", &format!("{waiting}{TALK}"), target);
    assert_eq!(finding(&verdict), (Class::Unexpected, 1), "{verdict}");
    assert!(report(&verdict).contains(r#"the binding waits here for {"welcome":{session}}"#), "{}", report(&verdict));
    // What comes in its time leaves nothing to wait for.
    let target = framing(&[], |_| vec![r#"{"welcome":1}"#.to_owned(), r#"{"said":"hi"}"#.to_owned()]);
    let verdict = check("Ann->Lab: WS connect\nLab->Ann: said ho\n", &format!("{waiting}{TALK}"), target);
    assert!(!report(&verdict).contains("the binding waits"), "{}", report(&verdict));
}

#[test]
fn a_refused_handshake_is_nothing_to_pass_over() {
    let refusal = "HTTP/1.1 400 Bad Request\r\ncontent-length: 14\r\nconnection: close\r\n\r\nno subprotocol";
    let verdict = check("Ann->Lab: WS connect\n", TALK, answering(refusal));
    assert_eq!(finding(&verdict), (Class::Unexpected, 1), "{verdict}");
    assert!(verdict.to_string().contains("no subprotocol"), "{verdict}");
    assert_eq!(verdict.plays[0].outcome.findings[0].allow, None);
}

const STEPS: &str = r#"
[[rule]]
label  = "{do}"
client = { do = "{do}" }

[[rule]]
label  = "said {what}"
server = { said = "{what}" }
"#;

#[test]
fn what_came_too_early_waits_for_the_arrow_above_it_that_was_not_sent() {
    fn hasty(value: &Value) -> Vec<String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        static TURNS: AtomicU32 = AtomicU32::new(0);
        let said = |what: &str| json!({ "said": what, "count": COUNT.fetch_add(1, Ordering::Relaxed) }).to_string();
        match value["do"].as_str() {
            Some("ask") => vec![said("yes"), said("bye")],
            Some("turn") if TURNS.fetch_add(1, Ordering::Relaxed) > 0 => vec![said("yes"), said("bye")],
            Some("turn") => vec![said("yes")],
            Some("go") => vec![said("gone")],
            Some("leave") => vec![said("bye")],
            _ => Vec::new(),
        }
    }
    let steps = "Lab->Ann: said yes\nAnn->Lab: go\nLab->Ann: said gone\nAnn->Lab: leave\n";
    let cases = [
        // The nearest, though it is not the first that was left out.
        (format!("Ann->Lab: ask\n{steps}Lab->Ann: said bye\n"), (7, 6)),
        // In a loop, that of the same turn; that of the turn before was sent.
        (format!("loop 2\nAnn->Lab: turn\n{steps}Lab->Ann: said bye\nend\n"), (8, 7)),
        // Not what is drawn beside it.
        (format!("Ann->Lab: ask\n{steps}par\nAnn->Lab: more\nand\nLab->Ann: said bye\nend\n"), (10, 6)),
    ];
    for (diagram, (line, causes)) in cases {
        let verdict = check(&format!("Ann->Lab: WS connect\n{diagram}"), STEPS, lab(&[], hasty));
        assert_eq!(finding(&verdict), (Class::Early, line), "{verdict}");
        assert_eq!(cause(&verdict), Some((causes, false)), "{verdict}");
    }
}
