//! Plays, through the library: good servers and bad ones, in memory, over TCP and launched.

use crate::shapes::processor_time;
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::{CheckVerdict, Played};
use seqcheck::server::ServerOptions;
use seqcheck::trace::file;
use seqcheck::{Scenario, Target};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// The smallest diagram that has something to say to a server.
const SMALL: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: WS disconnect\n";

fn small() -> Scenario {
    Scenario::parse("small.seq", SMALL).unwrap()
}

fn the_play(verdict: &CheckVerdict) -> &Played {
    assert_eq!(verdict.plays.len(), 1, "{verdict}");
    &verdict.plays[0]
}

/// The class and line of *the* finding.
fn finding(verdict: &CheckVerdict) -> (Class, u32) {
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    let finding = &the_play(verdict).outcome.findings[0];
    let line = finding.arrow.map_or(0, |arrow| verdict.plan.as_ref().unwrap().order().arrow(arrow).line);
    (finding.class, line)
}

fn trouble(verdict: &CheckVerdict) -> (&'static str, String) {
    assert_eq!(verdict.verdict(), Verdict::Error, "{verdict}");
    let trouble = the_play(verdict).outcome.trouble.as_ref().unwrap();
    (trouble.kind, trouble.message.clone())
}

/// Every diagram that the project plays against its own server.
fn diagrams() -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["scenarios", "tests/cases/diverges"] {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        found.extend(
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|it| it == "seq")),
        );
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

#[test]
fn the_first_diagram_passes() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let verdict = Scenario::load(root.join("scenarios/chat.seq")).unwrap().check().unwrap();
    assert!(verdict.is_pass(), "{verdict}");
    assert_eq!(verdict.to_string(), "pass: WebSocket Chat Flow");
}

fn tcp_plays() -> u32 {
    std::env::var("SEQCHECK_TCP_PLAYS").ok().and_then(|plays| plays.parse().ok()).unwrap_or(1)
}

/// Verdict and findings on both nets must be the same; `SEQCHECK_TCP_PLAYS` plays more often over TCP than the suite does.
fn same_on_both(path: &Path) {
    let plays = tcp_plays();
    let mut scenario = Scenario::load(path).unwrap();
    if path.to_string_lossy().contains("diverges") {
        // What is missing on TCP is waited for in real time.
        scenario = scenario.timeout(Duration::from_secs(1));
    }
    let memory = scenario.clone().check().unwrap();
    let tcp = scenario.target(Target::builtin_on_tcp(ServerOptions::default())).prepare().unwrap();
    let told = |verdict: &CheckVerdict| {
        let outcome = &the_play(verdict).outcome;
        let findings: Vec<_> = outcome.findings.iter().map(|finding| (finding.class, finding.arrow)).collect();
        (outcome.verdict, findings)
    };
    for play in 0..plays {
        let tcp = tcp.play();
        assert_eq!(told(&memory), told(&tcp), "play {play} of {}\n{memory}\n{tcp}", path.display());
    }
}

#[test]
fn memory_and_tcp_come_to_the_same() {
    // Side by side, since some wait for seconds of real time: all together take no longer than the one that is drawn
    // longest, about sixteen seconds, where nobody else wants the processor.
    std::thread::scope(|scope| {
        for path in diagrams() {
            scope.spawn(move || same_on_both(&path));
        }
    });
}

/// Diagrams that end while the server still has something to say: what is quiet must be judged the same.
#[test]
fn diagrams_that_end_in_the_middle_come_to_the_same() {
    let connect = |who: &str| format!("{who}->Server: WS connect\nServer-->{who}: Connected\n");
    let both = connect("Alice") + &connect("Bob");
    let ends = [
        // Three seconds later the server says that she stopped.
        "Alice->Server: typing:start\nServer->Bob: alice:typing\n",
        // Nobody draws what Bob gets of it.
        "Alice->Server: message: hello\n",
        "Alice->Server: typing:start\nServer->Bob: alice:typing\nAlice->Server: WS drop\n",
        "Alice->Server: join room:general\n",
    ];
    let folder = tempfile::tempdir().unwrap();
    for (index, end) in ends.iter().enumerate() {
        let path = folder.path().join(format!("{index}.seq"));
        std::fs::write(&path, format!("{both}{end}")).unwrap();
        same_on_both(&path);
    }
}

#[test]
fn what_waits_for_minutes_does_not_take_them() {
    let scenarios = diagrams().into_iter().filter(|path| !path.to_string_lossy().contains("diverges"));
    let prepared: Vec<_> = scenarios.map(|path| Scenario::load(path).unwrap().prepare().unwrap()).collect();
    // The time of this thread on a processor, since others may want it too.
    let suite = || {
        let before = processor_time();
        let told = prepared.iter().map(|scenario| {
            let verdict = scenario.play_here();
            assert!(verdict.is_pass(), "{verdict}");
            the_play(&verdict).trace.last().map_or(0, |entry| entry.at.0)
        });
        let played = Duration::from_nanos(told.sum());
        (played, processor_time().saturating_sub(before))
    };
    let (played, took) = (0..2).map(|_| suite()).min_by_key(|(_, took)| *took).unwrap();
    println!("{} scenarios: {played:?} of virtual time in {took:?}", prepared.len());
    assert!(played > Duration::from_secs(60), "{played:?}");
    assert!(took < played / 20, "{took:?}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_the_trace_judges_the_same() {
    for path in diagrams() {
        let prepared = Scenario::load(&path).unwrap().seed(7).prepare().unwrap();
        let (first, second) = (prepared.play(), prepared.play());
        let bytes = |verdict: &CheckVerdict| file::write(&the_play(verdict).header, &the_play(verdict).trace);
        assert_eq!(bytes(&first), bytes(&second), "{}", path.display());
        let (header, entries) = file::read(&bytes(&first)).unwrap();
        let judged = prepared.judge(&header, &entries).unwrap();
        assert_eq!(the_play(&judged).outcome, the_play(&first).outcome, "{}\n{first}\n{judged}", path.display());
        assert_eq!(bytes(&judged), bytes(&first), "{}", path.display());
    }
}

/// Choices and turns of the tool, each of which a play and its trace must agree on.
const CHOSEN: &str = "#@ ignore Bob: message from {from}: {text}
Alice->Server: WS connect
Server-->Alice: Connected
Bob->Server: WS connect
Server-->Bob: Connected
alt one
  loop 0..2
    Alice->Server: message: x
  end
  Alice->Server: message: x
else two
  Bob->Server: join room:general
  Server->Alice: user:bob joined
else three
  opt
    Alice->Server: message: y
  end
  Bob->Server: message: z
  Server->Alice: message from Bob: z
end
";

#[test]
fn what_the_tool_chose_is_in_the_trace() {
    let mut taken = std::collections::BTreeSet::new();
    for seed in 0..24 {
        let prepared = Scenario::parse("chosen.seq", CHOSEN).unwrap().seed(seed).repeat(3).prepare().unwrap();
        let played = prepared.play_here();
        assert!(played.is_pass(), "{played}");
        for play in &played.plays {
            let (header, entries) = file::read(&file::write(&play.header, &play.trace)).unwrap();
            let judged = prepared.judge(&header, &entries).unwrap();
            assert_eq!(the_play(&judged).outcome, play.outcome, "seed {seed}: {judged}");
            taken.extend(play.outcome.taken.clone());
        }
    }
    assert!(taken.len() >= 6, "every operand had its turn: {taken:?}");
}

#[test]
fn a_record_of_another_diagram_is_never_a_fail_because_of_what_was_chosen_in_it() {
    let played = Scenario::parse("chosen.seq", CHOSEN).unwrap().repeat(2).check().unwrap();
    let play = &played.plays[1];
    let other = CHOSEN.replace("alt one", "alt another");
    let judged = Scenario::parse("chosen.seq", &other).unwrap().prepare().unwrap();
    let judged = judged.judge(&play.header, &play.trace).unwrap();
    assert_ne!(judged.verdict(), Verdict::Fail, "{judged}");
    assert!(the_play(&judged).notes.iter().any(|note| note.contains("has changed")), "{judged}");
}

#[test]
fn a_check_may_be_called_from_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let verdict = small().check().unwrap();
        assert!(verdict.is_pass(), "{verdict}");
        let verdict = small().check_async().await.unwrap();
        assert!(verdict.is_pass(), "{verdict}");
    });
}

#[test]
fn several_plays_meet_one_server() {
    let diagram = "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: direct to Alice: x\n\
                   Server->Alice: direct from Alice: x\nAlice->Server: WS disconnect\n";
    let verdict = Scenario::parse("x.seq", diagram).unwrap().repeat(3).check().unwrap();
    assert!(verdict.is_pass(), "{verdict}");
    assert_eq!(verdict.plays.len(), 3);
    let numbers: Vec<u32> = verdict.plays.iter().map(|play| play.header.play).collect();
    assert_eq!(numbers, [0, 1, 2]);
    let traces: Vec<String> = verdict.plays.iter().map(|play| file::write(&play.header, &play.trace)).collect();
    assert!(traces[0].contains("\\\"id\\\":1") && traces[2].contains("\\\"id\\\":3"), "{traces:?}");
}

/// A server that sends back whatever it gets.
fn repeating() -> Target {
    Target::in_process(|| {
        |stream: DuplexStream| async move {
            let mut socket = accept_async(stream).await.unwrap();
            while let Some(Ok(message)) = socket.next().await {
                if !message.is_close() {
                    socket.send(message).await.unwrap();
                }
            }
        }
    })
}

/// Everything that is made for a frame, and must come back as it was made.
const MADE: &str = r#"
name = "made"
[connect]
url = "{target}/"
[[rule]]
label = "ask"
client = { id = "{uuid}", n = "{seq}", run = "{run}", at = "{now}", ms = "{now.ms}" }
[[rule]]
label = "answer"
server = { id = "{uuid}", n = "{seq}", run = "{run}", at = "{now}", ms = "{now.ms}" }
"#;

#[test]
fn what_was_made_for_a_frame_is_in_the_trace() {
    let turn = "Alice->Server: ask\nServer->Alice: answer\n";
    let text = format!("Alice->Server: WS connect\n{}Alice->Server: WS disconnect\n", turn.repeat(2));
    let scenario = Scenario::parse("made.seq", &text).and_then(|it| it.binding_text("made.toml", MADE)).unwrap();
    for target in [repeating(), repeating().real_time()] {
        let prepared = scenario.clone().target(target).prepare().unwrap();
        let played = prepared.play();
        assert!(played.is_pass(), "{played}");
        let play = the_play(&played);
        let (header, entries) = file::read(&file::write(&play.header, &play.trace)).unwrap();
        let judged = prepared.judge(&header, &entries).unwrap();
        assert!(judged.is_pass(), "{judged}");
        assert_eq!(the_play(&judged).trace, play.trace, "judging tells the same again");
    }
}

#[test]
fn plays_side_by_side_have_names_of_their_own() {
    let text = "Alice->Server: WS connect\nAlice->Server: ask\nServer->Alice: answer\n";
    let scenario = Scenario::parse("made.seq", text).and_then(|it| it.binding_text("made.toml", MADE)).unwrap();
    let prepared = scenario.target(repeating().real_time()).repeat(3).prepare().unwrap();
    let plays: Vec<CheckVerdict> = std::thread::scope(|scope| {
        let plays: Vec<_> = (0..20).map(|_| scope.spawn(|| prepared.play_here())).collect();
        plays.into_iter().map(|play| play.join().unwrap()).collect()
    });
    for (member, longest) in [("run", 13), ("id", 36)] {
        let made = |play: &Played| {
            let record = file::write(&play.header, &play.trace);
            let (_, value) = record.split_once(&format!(r#"\"{member}\":\""#)).unwrap();
            value.split_once('\\').unwrap().0.to_owned()
        };
        let all: Vec<String> = plays.iter().flat_map(|verdict| verdict.plays.iter().map(made)).collect();
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!((all.len(), different.len()), (60, 60), "{all:?}");
        assert!(all.iter().all(|value| value.len() <= longest), "{all:?}");
    }
}

#[test]
fn no_play_of_many_differs() {
    // `SEQCHECK_PLAYS` plays more than the suite does.
    let plays = std::env::var("SEQCHECK_PLAYS").ok().and_then(|plays| plays.parse().ok()).unwrap_or(10);
    let scenarios = diagrams().into_iter().filter(|path| !path.to_string_lossy().contains("diverges"));
    for path in scenarios {
        let prepared = Scenario::load(&path).unwrap().prepare().unwrap();
        for play in 0..plays {
            let verdict = prepared.play_here();
            assert!(verdict.is_pass(), "play {play}: {verdict}");
        }
    }
    // On TCP, in real time, one that waits for nothing: the first.
    let chat = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios/chat.seq");
    let tcp = Target::builtin_on_tcp(ServerOptions::default());
    let verdict = Scenario::load(chat).unwrap().repeat(plays).target(tcp).check().unwrap();
    assert!(verdict.is_pass(), "{verdict}");
}

#[test]
fn nobody_listening_is_an_error_with_the_address() {
    let port = seqcheck::net::free_port().unwrap();
    let verdict = small().target(Target::url(&format!("ws://127.0.0.1:{port}")).unwrap()).check().unwrap();
    let message = format!("connection refused by 127.0.0.1:{port}: no program listens there");
    assert_eq!(trouble(&verdict), ("refused", message));
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_an_error_at_the_connect_deadline() {
    let target = Target::in_process(|| {
        |mut stream: DuplexStream| async move {
            let mut buffer = [0; 1024];
            while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        }
    });
    let (kind, message) = trouble(&small().target(target).check().unwrap());
    assert_eq!(kind, "deadline");
    assert!(message.contains("within the connect deadline of 5 s"), "{message}");
}

/// A server that answers the handshake's request with these bytes and ends.
fn answering(bytes: &'static [u8]) -> Target {
    Target::in_process(move || {
        move |mut stream: DuplexStream| async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {}
            let _ = stream.write_all(bytes).await;
        }
    })
}

#[test]
fn a_refused_handshake_and_garbage_are_findings() {
    let not_found = answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let verdict = small().target(not_found).check().unwrap();
    assert_eq!(finding(&verdict).1, 1, "{verdict}");
    assert!(verdict.to_string().contains("404"), "{verdict}");
    let verdict = small().target(answering(b"220 mail ESMTP\r\n")).check().unwrap();
    assert_eq!(finding(&verdict), (Class::Closed, 1), "{verdict}");
}

/// A server that completes the handshake and then does this.
fn speaking(messages: &'static [&'static str], then: fn(&mut Vec<Message>)) -> Target {
    Target::in_process(move || {
        move |stream: DuplexStream| async move {
            let mut socket = accept_async(stream).await.unwrap();
            let mut all: Vec<Message> = messages.iter().map(|&message| message.into()).collect();
            then(&mut all);
            for message in all {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
            while let Some(Ok(_)) = socket.next().await {}
        }
    })
}

const CONNECTED: &str = r#"{"type":"connected","user":"alice"}"#;

#[test]
fn the_next_play_begins_when_the_server_has_done_with_the_guests_of_the_last() {
    let log: Arc<Mutex<Vec<&str>>> = Arc::default();
    let target = {
        let log = log.clone();
        Target::in_process(move || {
            let log = log.clone();
            move |stream: DuplexStream| {
                let log = log.clone();
                async move {
                    log.lock().unwrap().push("comes");
                    let mut socket = accept_async(stream).await.unwrap();
                    socket.send(CONNECTED.into()).await.unwrap();
                    // The Close is answered at once; who has gone is forgotten a little later.
                    while let Some(Ok(_)) = socket.next().await {}
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    log.lock().unwrap().push("is forgotten");
                }
            }
        })
    };
    let options = seqcheck::run::Options { settle: Some(Duration::from_millis(10)), ..Default::default() };
    let verdict = small().target(target).options(options).repeat(2).check().unwrap();
    assert!(verdict.is_pass(), "{verdict}");
    assert_eq!(*log.lock().unwrap(), ["comes", "is forgotten", "comes", "is forgotten"]);
}

#[test]
fn a_good_server_of_ones_own_passes() {
    let verdict = small().target(speaking(&[CONNECTED], |_| {})).check().unwrap();
    assert!(verdict.is_pass(), "{verdict}");
}

#[test]
fn bad_servers_are_findings_of_the_right_class() {
    let silent = small().target(speaking(&[], |_| {})).check().unwrap();
    assert_eq!(finding(&silent), (Class::Missing, 2), "{silent}");
    let garbage = small().target(speaking(&["\u{0}not json"], |_| {})).check().unwrap();
    assert_eq!(garbage.verdict(), Verdict::Fail, "{garbage}");
    let huge = small().target(speaking(&[], |all| all.push("x".repeat(100 << 20).into()))).check().unwrap();
    assert_eq!(finding(&huge), (Class::Closed, 1), "{huge}");
    assert!(huge.to_string().contains("over the limit of 16777216 bytes"), "{huge}");
    let twice = small().target(speaking(&[CONNECTED, CONNECTED], |_| {})).check().unwrap();
    assert_eq!(finding(&twice).0, Class::Duplicate, "{twice}");
}

#[test]
fn a_server_that_never_answers_a_close_is_a_finding() {
    let target = Target::in_process(|| {
        |stream: DuplexStream| async move {
            let mut socket = accept_async(stream).await.unwrap();
            socket.send(CONNECTED.into()).await.unwrap();
            std::future::pending::<()>().await;
        }
    });
    let verdict = small().target(target).check().unwrap();
    assert_eq!(finding(&verdict).1, 3, "{verdict}");
}

#[test]
fn a_server_that_never_stops_sending_is_a_finding_in_time() {
    let target = Target::in_process(|| {
        |stream: DuplexStream| async move {
            let mut socket = accept_async(stream).await.unwrap();
            while socket.send(CONNECTED.into()).await.is_ok() {}
        }
    });
    let verdict = small().target(target).check().unwrap();
    assert_eq!(finding(&verdict).0, Class::Duplicate, "{verdict}");
}

#[test]
fn a_launched_server_is_played_and_ended() {
    let command = format!("{} serve --port {{port}}", env!("CARGO_BIN_EXE_seqcheck"));
    let target = Target::command(command);
    let verdict = small().target(target.clone()).check().unwrap();
    assert!(verdict.is_pass(), "{verdict}");
    // Launched once, for all who share the target.
    let again = small().target(target).check().unwrap();
    assert!(again.is_pass(), "{again}");
    let (kind, message) = trouble(&small().target(Target::command("echo oh no; exit 3")).check().unwrap());
    assert_eq!(kind, "launch");
    assert!(message.contains("exit status: 3") && message.contains("oh no"), "{message}");
}

/// Plays a diagram against the built-in server in memory and on TCP; both must pass.
fn passes(diagram: &str) {
    let scenario = Scenario::parse("x.seq", diagram).unwrap();
    let memory = scenario.check().unwrap();
    assert!(memory.is_pass(), "in memory: {memory}");
    let tcp = scenario.target(Target::builtin_on_tcp(ServerOptions::default())).check().unwrap();
    assert!(tcp.is_pass(), "on TCP: {tcp}");
}

const TWO: &str =
    "Alice->Server: WS connect\nServer-->Alice: Connected\nBob->Server: WS connect\nServer-->Bob: Connected\n";

#[test]
fn a_refusal_that_is_drawn_is_not_tried_again() {
    passes(&format!("{TWO}Carol->Server: WS connect as Alice\nServer-->Carol: HTTP 409\n"));
}

#[test]
fn a_client_that_drops_may_come_back() {
    let rest = "Alice->Server: WS drop\nServer->Bob: user:alice left\nAlice->Server: WS connect\n\
                Server-->Alice: Connected\nAlice->Server: message: here again\nServer->Bob: message from Alice: here again\n";
    passes(&format!("{TWO}{rest}"));
}

#[test]
fn a_client_that_drops_may_come_back_at_once() {
    // The name may be taken still: the handshake is tried again on 409.
    passes(
        "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: WS drop\nAlice->Server: WS connect\nServer-->Alice: Connected\n",
    );
}

#[test]
fn a_paused_client_gets_what_came_when_it_resumes() {
    let rest = "Alice->Server: WS pause\nBob->Server: message: one\nBob->Server: message: two\nAlice->Server: WS resume\n\
                Server->Alice: message from Bob: one\nServer->Alice: message from Bob: two\n";
    passes(&format!("{TWO}{rest}"));
}

#[test]
fn requests_and_event_streams_pass() {
    passes(
        "Ann->Server: GET /events?topic=news\nServer-->Ann: 200 OK\nBob->Server: publish news added: {\"a\":1}\n\
         Server-->Bob: 202 Accepted\nServer->Ann: event added: {\"a\":1}\n",
    );
}

#[test]
fn what_a_login_gives_is_used_and_reaches_no_output() {
    let binding = r#"
extends = "chat"
[connect]
url = "{target}/ws?name={self}&token={env.TOKEN}"
"#;
    let diagram =
        "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: raw {\"type\":\"x\",\"t\":\"s3cret\"}\n";
    let mut options = seqcheck::run::Options::default();
    options.env.insert("TOKEN".to_owned(), "s3cret".to_owned());
    options.trust = options.trust.and("x.toml");
    let scenario = Scenario::parse("x.seq", diagram).unwrap().binding_text("x.toml", binding).unwrap().options(options);
    let verdict = scenario.check().unwrap();
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    assert!(!verdict.to_string().contains("s3cret") && verdict.to_string().contains("***"), "{verdict}");
}

#[test]
fn what_a_scenario_documents_is_a_pass() {
    let diagram = "#@ expect fail unexpected\nAlice->Server: WS connect\nAlice->Server: WS disconnect\n";
    let verdict = Scenario::parse("x.seq", diagram).unwrap().check().unwrap();
    assert!(verdict.is_pass(), "{verdict}");
    let diagram = format!("#@ expect fail unexpected\n{SMALL}");
    let verdict = Scenario::parse("x.seq", &diagram).unwrap().check().unwrap();
    assert_eq!(verdict.verdict(), Verdict::Fail);
    assert!(verdict.to_string().contains("`#@ expect fail unexpected`, but the result is: pass"), "{verdict}");
}

#[test]
fn needs_set_the_built_in_server_up_and_skip_where_nobody_promises() {
    let diagram = format!("#@ needs heartbeat=2s\n{SMALL}");
    let scenario = Scenario::parse("x.seq", &diagram).unwrap();
    assert!(scenario.check().unwrap().is_pass());
    let target = || speaking(&[CONNECTED], |_| {});
    let skipped = scenario.clone().target(target()).check().unwrap();
    assert_eq!(skipped.skipped.as_deref(), Some("the target does not declare that it provides heartbeat=2s"));
    let provided = scenario.target(target()).provides(["heartbeat".to_owned()]).check().unwrap();
    assert!(provided.is_pass(), "{provided}");
}

#[test]
fn problems_of_a_diagram_are_told_together_before_anything_runs() {
    let diagram = "Alice->Server: WS connect\nAlice->Server: jion room:x\nServer->Alice: helo\n";
    let error = Scenario::parse("x.seq", diagram).unwrap().check().unwrap_err();
    assert_eq!(error.diagnostics.len(), 2, "{error}");
    assert!(error.to_string().starts_with("x.seq:2:"), "{error}");
    assert!(Scenario::load("/nonexistent.seq").unwrap_err().to_string().contains("/nonexistent.seq cannot be read"));
}

#[test]
fn a_client_that_leaves_its_event_streams_hears_nothing_more_of_them() {
    // Both streams of Ann end, also the one that she asked for and whose answer is not drawn; her socket stays.
    passes(
        "Ann->Server: WS connect\nServer-->Ann: Connected\nAnn->Server: GET /events?topic=news\nServer-->Ann: 200 OK\n\
         Ann->Server: GET /events?topic=sports\nAnn->Server: SSE drop\n\
         Bob->Server: publish news added: 1\nServer-->Bob: 202 Accepted\n\
         Bob->Server: publish sports added: 2\nServer-->Bob: 202 Accepted\n\
         Ann->Server: direct to Ann: still here\nServer->Ann: direct from Ann: still here\n\
         Ann->Server: GET /events?topic=news\nServer-->Ann: 200 OK\n\
         Bob->Server: publish news added: 3\nServer-->Bob: 202 Accepted\nServer->Ann: event added: 3\n",
    );
}
