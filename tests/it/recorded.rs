//! What was recorded becomes a diagram and a binding that pass against the same server and catch its faults.

use crate::shapes::processor_time;
use crate::shell::seqcheck;
use proptest::prelude::*;
use seqcheck::Mock;
use seqcheck::cli::Exit;
use seqcheck::induce::{Entry, Induced, Side, Tape, Wanted, What, induce};
use seqcheck::oracle::Verdict;
use seqcheck::record::{self, Between, Deck, Live};
use seqcheck::run::{Options, Prepared, Scenario, Target};
use seqcheck::server::{Host, NEEDS, ServerOptions, mutants};
use seqcheck::source::{Source, Sources, Trust};
use seqcheck::trace::file;
use seqcheck::wire::{Binding, Channel, Message, Observed, Raw, builtin_names};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Scenarios whose clients do what no connection shows: they stop reading, and a recording cannot know it.
const UNSEEN: [&str; 2] = ["heartbeat", "reconnect-refused"];

/// So many of a hundred faults that a scenario finds its recording finds too.
const FOUND: usize = 95;

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    all.retain(|path| path.extension().is_some_and(|extension| extension == "seq"));
    all.sort();
    all
}

/// What a scenario needs of the reference server.
fn needs(path: &Path) -> Vec<(String, Option<String>)> {
    let text = std::fs::read_to_string(path).expect("can be read");
    let lines = text.lines().filter_map(|line| line.strip_prefix("#@ needs "));
    let words = lines.flat_map(|line| line.split([',', ' '])).filter(|word| !word.is_empty());
    let needs = words.map(|word| match word.split_once('=') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (word.to_owned(), None),
    });
    needs.filter(|(key, _)| NEEDS.iter().any(|(known, _)| known == key)).collect()
}

/// What passes where a scenario is played.
fn tape(path: &Path, options: &ServerOptions) -> Tape {
    let deck: Arc<Mutex<Option<Deck>>> = Arc::default();
    let (made, server) = (Arc::clone(&deck), options.clone());
    let target = Target::in_process(move || {
        let deck = Deck::new();
        *made.lock().expect("no panic") = Some(deck.clone());
        Between::new(Host::new(&server), deck)
    });
    let offers =
        needs(path).into_iter().map(|(key, value)| value.map_or(key.clone(), |value| format!("{key}={value}")));
    let verdict = Scenario::load(path).expect("reads").provides(offers).target(target).check().expect("plays");
    assert!(verdict.is_pass(), "{}: the recorder is in the way: {verdict:?}", path.display());
    let deck = deck.lock().expect("no panic").clone().expect("it was played");
    assert_eq!(deck.told(), Vec::<String>::new());
    deck.tape()
}

/// Plays a scenario through a recorder.
fn recorded(path: &Path, options: &ServerOptions) -> Induced {
    let wanted = Wanted { name: "recorded", title: "Recorded", times: true, ..Wanted::default() };
    induce(&tape(path, options), &wanted)
}

fn prepared(induced: &Induced, options: &ServerOptions) -> Prepared {
    let scenario = Scenario::parse("recorded.seq", &induced.diagram).expect("a diagram");
    let scenario = scenario.binding_text("recorded.toml", &induced.binding).expect("a binding");
    let options = scenario.target(Target::builtin(options.clone())).options(Options {
        env: induced.variables.iter().cloned().collect(),
        trust: Trust::nobody("").and("recorded.toml"),
        ..Options::default()
    });
    options.prepare().unwrap_or_else(|error| panic!("{error}\n{}\n{}", induced.binding, induced.diagram))
}

#[test]
fn every_scenario_recorded_passes_and_finds_the_faults_that_it_finds_itself() {
    let (mut pairs, mut lost) = (0, Vec::new());
    for path in scenarios() {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let options = ServerOptions::from_needs(&needs(&path)).expect("needs that it meets");
        let induced = recorded(&path, &options);
        assert_eq!(induced.problems, Vec::<String>::new(), "{name}");
        let again = prepared(&induced, &options);
        let passes = again.play().is_pass();
        assert_eq!(passes, !UNSEEN.contains(&&*name), "{name}:\n{}\n{}", induced.binding, induced.diagram);
        if !passes {
            continue;
        }
        let itself = Scenario::load(&path).expect("reads").prepare().expect("is prepared");
        for mutant in mutants::ALL {
            let faulty = ServerOptions { mutants: vec![mutant], ..options.clone() };
            if itself.against_builtin(faulty.clone(), 1).play().verdict() != Verdict::Fail {
                continue;
            }
            pairs += 1;
            if again.against_builtin(faulty, 1).play().verdict() != Verdict::Fail {
                lost.push(format!("{name}: {}", mutant.name));
            }
        }
    }
    assert!(pairs > 500, "{pairs} pairs were tried");
    let found = (pairs - lost.len()) * 100 / pairs;
    assert!(found >= FOUND, "{found} % of {pairs}; lost are:\n{}", lost.join("\n"));
}

#[test]
fn the_same_recording_gives_the_same_text() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/editing.seq");
    let options = ServerOptions::default();
    let (one, other) = (recorded(&path, &options), recorded(&path, &options));
    assert_eq!((one.binding, one.diagram), (other.binding, other.diagram));
}

/// The recording of a scenario as a HAR file for each of its clients.
fn hars(tape: &Tape) -> Vec<(String, String)> {
    let stamp = |at: u64| format!("2026-01-31T08:15:{:02}.{:09}Z", at / 1_000_000_000, at % 1_000_000_000);
    let start = 1_769_847_300.0;
    // In virtual time all passes at once: what came behind another thing comes later here.
    let all: Vec<Entry> =
        (0..).zip(&tape.entries).map(|(at, entry)| Entry { at: at * 1_000_000, ..entry.clone() }).collect();
    let tape = &Tape { entries: all, ..tape.clone() };
    let mut files = Vec::new();
    for line in 0..tape.lines.len() {
        let of_line = || tape.entries.iter().filter(|entry| entry.line == line);
        let Some((at, url)) = of_line().find_map(|entry| match &entry.what {
            What::Dial { url, .. } => Some((entry.at, url.clone())),
            _ => None,
        }) else {
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "times of a play")]
        let messages = of_line().filter_map(|entry| match &entry.what {
            What::Frame { from, raw: Raw::Text(text) } => Some(serde_json::json!({
                "type": if *from == Side::Client { "send" } else { "receive" },
                "time": start + entry.at as f64 / 1e9, "opcode": 1, "data": &**text,
            })),
            _ => None,
        });
        let ends = of_line().find(|entry| matches!(entry.what, What::Close { .. })).map_or(0, |entry| entry.at - at);
        let har = serde_json::json!({ "log": { "version": "1.2", "entries": [{
            "startedDateTime": stamp(at), "time": ends / 1_000_000, "_resourceType": "websocket",
            "_webSocketMessages": messages.collect::<Vec<_>>(),
            "request": { "method": "GET", "url": format!("ws://localhost{url}"), "headers": [] },
            "response": { "status": 101, "headers": [], "content": { "size": 0, "mimeType": "x-unknown" } },
        }] } });
        files.push((format!("tab{line}.har"), har.to_string()));
    }
    files
}

#[test]
fn har_files_of_two_tabs_become_one_diagram_with_two_clients() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/read-receipts.seq");
    let folder = tempfile::tempdir().expect("a folder");
    let files = hars(&tape(&path, &ServerOptions::default()));
    for (name, text) in &files {
        std::fs::write(folder.path().join(name), text).expect("can be written");
    }
    let run = |args: &[&str]| seqcheck(args.iter().copied()).at(folder.path()).run();
    let recorded = run(&["record", "-o", "tabs.seq", "--har", "tab0.har", "tab1.har"]);
    assert_eq!((recorded.exit, &*recorded.err), (Exit::Pass, ""), "{recorded}");
    let diagram = std::fs::read_to_string(folder.path().join("tabs.seq")).expect("was written");
    assert!(diagram.contains("actor tab0\nactor tab1\n"), "{diagram}");
    assert_eq!(run(&["fmt", "--check", "tabs.seq"]).exit, Exit::Pass);
    assert_eq!(run(&["lint", "tabs.seq"]).exit, Exit::Pass);
    let played = run(&["tabs.seq"]);
    assert_eq!(played.exit, Exit::Pass, "{played}\n{diagram}");
    let again = run(&["record", "-o", "tabs.seq", "--har", "tab0.har"]);
    assert!(again.exit == Exit::Usage && again.err.contains("tabs.seq already exists"), "{again}");
}

#[test]
fn what_a_run_has_kept_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let chat = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/read-receipts.seq").display().to_string();
    let run = |args: &[&str]| seqcheck(args.iter().copied()).at(folder.path()).run();
    assert_eq!(run(&[&chat, "--out", "out"]).exit, Exit::Pass);
    let recorded = run(&["record", "-o", "again.seq", "--from", "out"]);
    assert_eq!((recorded.exit, &*recorded.err), (Exit::Pass, ""), "{recorded}");
    let played = run(&["again.seq"]);
    assert_eq!(played.exit, Exit::Pass, "{played}");
    // All of it is known to the binding that it was played with.
    let lacking = run(&["init", "binding", "--from", "out", "--extend", "chat"]);
    assert_eq!((lacking.exit, &*lacking.out), (Exit::Pass, ""), "{lacking}");
    std::fs::write(
        folder.path().join("few.toml"),
        "[connect]\nurl = \"{target}/ws?name={self}\"\n[[rule]]\nlabel = \"hi\"\nserver = { type = \"connected\" }\n",
    )
    .expect("can be written");
    let lacking = run(&["init", "binding", "--from", "out", "--extend", "few.toml"]);
    assert!(!lacking.out.contains("connected") && lacking.out.contains("label  = \"message: {text}\""), "{lacking}");
    assert_eq!(lacking.out.matches("[[rule]]").count(), 4, "{lacking}");
}

#[test]
fn secrets_reach_no_file_and_no_output() {
    let canaries: Vec<String> = (0..14).map(|number| format!("c4n4ry{number:02}-sesame")).collect();
    let at = |number: usize| canaries[number].as_str();
    let header = |name: &str, value: String| (name.to_owned(), value);
    let text = |text: String| Raw::Text(text.into());
    let mut tape = Tape::default();
    let (socket, http) = (tape.line(None), tape.line(None));
    let frame = |from: Side, content: String| What::Frame { from, raw: text(content) };
    let all = [
        (
            http,
            What::Asked {
                method: "POST".to_owned(),
                url: format!("/login?api_key={}", at(0)),
                headers: vec![
                    header("authorization", format!("Basic {}", at(1))),
                    header("x-api-key", at(2).to_owned()),
                    header("content-type", "application/x-www-form-urlencoded".to_owned()),
                ],
                body: text(format!("user=ann&password={}", at(3))),
            },
        ),
        (
            http,
            What::Answered {
                status: 200,
                headers: vec![header("set-cookie", format!("sid={}; Path=/", at(4)))],
                body: text(format!("{{\"accessToken\":\"{}\",\"user\":\"ann\"}}", at(5))),
            },
        ),
        (
            socket,
            What::Dial {
                url: format!("/ws?name=ann&token={}", at(6)),
                headers: vec![
                    header("authorization", format!("Bearer {}", at(7))),
                    header("cookie", format!("sid={}", at(8))),
                ],
            },
        ),
        (socket, What::Accepted { headers: Vec::new() }),
        (socket, frame(Side::Client, format!("{{\"type\":\"auth\",\"password\":\"{}\"}}", at(9)))),
        (socket, frame(Side::Server, format!("{{\"type\":\"welcome\",\"session\":{{\"secret\":\"{}\"}}}}", at(10)))),
        (socket, frame(Side::Client, format!("{{\"type\":\"use\",\"accessToken\":\"{}\"}}", at(5)))),
        (socket, frame(Side::Client, format!("{{\"type\":\"say\",\"text\":\"my password is {}\"}}", at(9)))),
        (socket, frame(Side::Server, format!("{{\"type\":\"said\",\"text\":\"my password is {}\"}}", at(9)))),
        (socket, frame(Side::Client, format!("{{\"type\":\"deep\",\"a\":{{\"b\":{{\"jwt\":\"{}\"}}}}}}", at(11)))),
        (socket, frame(Side::Client, format!("{{\"type\":\"list\",\"keys\":[{{\"apiKey\":\"{}\"}}]}}", at(12)))),
    ];
    tape.entries.extend((0..).zip(all).map(|(at, (line, what))| Entry { at, line, what }));
    let live = Live::default();
    let shown: String = tape.entries.iter().filter_map(|entry| live.line(entry)).collect::<Vec<_>>().join("\n");
    let induced = induce(&tape, &Wanted { name: "canary", title: "Canary", ..Wanted::default() });
    let written =
        format!("{}\n{}\n{}\n{:?}", induced.binding, induced.diagram, induced.rules.join("\n"), induced.problems);
    for canary in &canaries {
        assert!(!written.contains(canary), "{canary} is in\n{written}");
        assert!(!shown.contains(canary), "{canary} is in\n{shown}");
    }
    for variable in ["API_KEY", "TOKEN", "PASSWORD", "SID_COOKIE", "JWT"] {
        assert!(induced.variables.iter().any(|(name, _)| name == variable), "{variable}: {written}");
        assert!(induced.binding.contains(&format!("{{env.{variable}")), "{variable}: {written}");
    }
    // A binding that knows all of it has labels that would show a secret: such a message gets a rule of its own.
    let bases: Vec<_> = builtin_names().filter_map(|name| Some((name, Binding::builtin(name)?))).collect();
    let mut tape = Tape::default();
    let line = tape.line(None);
    let dial = What::Dial { url: "/ws?name=ann".to_owned(), headers: Vec::new() };
    let said = |text: &str| What::Frame { from: Side::Client, raw: Raw::Text(text.into()) };
    let auth = said(&format!("{{\"type\":\"auth\",\"token\":\"{}\"}}", at(13)));
    let join = said("{\"type\":\"join\",\"room\":\"r\"}");
    let text = said(&format!("{{\"type\":\"message\",\"text\":\"it is {}\"}}", at(13)));
    let all = [dial, auth, join.clone(), join, text];
    tape.entries.extend((0..).zip(all).map(|(at, what)| Entry { at, line, what }));
    let known = induce(&tape, &Wanted { name: "canary", title: "Canary", bases: &bases, ..Wanted::default() });
    let text = format!("{}\n{}", known.binding, known.diagram);
    assert!(
        known.binding.contains("extends = \"chat\"") && known.binding.contains("token = \"{env.TOKEN}\""),
        "{text}"
    );
    assert!(!text.contains(at(13)), "{text}");
    // What the server gave is remembered, and asked of nobody.
    assert!(induced.binding.contains("accessToken = \"{accessToken}\""), "{written}");
}

#[test]
fn what_is_no_recording_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let entry = r#"{"request":{"method":"GET","url":"http://a/x.css"},"response":{"status":200,"content":{"mimeType":"text/css"}}}"#;
    for (name, content, told) in [
        ("empty.har", String::new(), "neither a trace, nor a wire log, nor a HAR file"),
        ("none.har", r#"{"log":{"entries":[]}}"#.to_owned(), "this HAR file holds no messages: it has no entries"),
        ("page.har", format!(r#"{{"log":{{"entries":[{entry}]}}}}"#), "of its 1 entries 1 are pages, scripts"),
        ("other.har", r#"{"a":1}"#.to_owned(), "this JSON is no HAR file: missing field `log`"),
        ("cut.har", r#"{"log":{"entries":[{"request""#.to_owned(), "this is not JSON: EOF"),
        ("deep.har", "{\"a\":".repeat(100_000), "this is not JSON"),
        ("trace.jsonl", "{\"format\":\"seqcheck trace\",\"version\":99}\n".to_owned(), "trace.jsonl: line 1"),
        ("wire.log", "nothing of that kind\n".to_owned(), "neither a trace, nor a wire log, nor a HAR file"),
    ] {
        std::fs::write(folder.path().join(name), content).expect("can be written");
        let output = seqcheck(["record", "-o", "a.seq", "--from", name]).at(folder.path()).run();
        assert_eq!(output.exit, Exit::Usage, "{output}");
        assert!(output.err.contains(name) && output.err.contains(told), "{told:?} is not in\n{output}");
    }
    let large = std::fs::File::create(folder.path().join("large.har")).expect("can be made");
    large.set_len(500 << 20).expect("can be as large");
    for (name, told) in [
        ("large.har", "larger than 256 MiB"),
        ("missing.har", "no such file"),
        (".", "are wire.log, trace.jsonl and files that end in .har"),
    ] {
        let inside = if name == "." {
            tempfile::tempdir().expect("a folder")
        } else {
            tempfile::tempdir_in(&folder).expect("a folder")
        };
        let at = if name == "." { inside.path() } else { folder.path() };
        let output = seqcheck(["record", "-o", "a.seq", "--from", name]).at(at).run();
        assert!(output.exit == Exit::Usage && output.err.contains(told), "{told:?} is not in\n{output}");
    }
}

/// Frames of many kinds, of one client and in turns with the server.
fn many(frames: usize) -> Tape {
    let mut tape = Tape::default();
    let line = tape.line(None);
    tape.entries.push(Entry { at: 0, line, what: What::Dial { url: "/ws?name=Ann".to_owned(), headers: Vec::new() } });
    for number in 0..frames {
        let (from, text) = match number % 4 {
            0 => (Side::Client, format!(r#"{{"type":"say","text":"words {number}","room":"r{}"}}"#, number % 7)),
            1 => {
                (Side::Server, format!(r#"{{"type":"said","id":{number},"from":"Ann","text":"words {}"}}"#, number - 1))
            }
            2 => (Side::Client, format!(r#"{{"type":"read","id":{}}}"#, number - 1)),
            _ => (Side::Server, format!(r#"{{"type":"k{}","n":{number},"flag":true}}"#, number % 40)),
        };
        tape.entries.push(Entry { at: number as u64, line, what: What::Frame { from, raw: Raw::Text(text.into()) } });
    }
    tape
}

#[test]
fn the_time_it_takes_grows_with_the_frames_and_no_faster() {
    let took = |frames: usize| {
        let tape = many(frames);
        let began = processor_time();
        let induced = induce(&tape, &Wanted { name: "many", title: "Many", ..Wanted::default() });
        assert_eq!((induced.arrows, induced.problems.len()), (frames + 1, 0));
        processor_time() - began
    };
    took(1_000);
    let (few, more) = (took(2_000), took(16_000));
    // Eight times as many: what is quadratic takes 64 times as long.
    assert!(more < few * 24, "{few:?}, and {more:?} for eight times as many");
}

/// The diagrams of the suites against real servers, each with the name of its binding, and what passes where the tool plays
/// both sides of it.
fn of_real_servers() -> Vec<(PathBuf, String, Tape)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let suites = ["acp", "graphql-ws", "inspircd", "mosquitto", "nats", "nchan", "prosody", "rabbitmq", "redis"];
    for suite in suites.into_iter().chain(["sharedb", "socketio", "sockjs", "tomcat"]) {
        let folder = std::fs::read_dir(root.join("e2e").join(suite)).expect("a folder").flatten();
        let mut files: Vec<PathBuf> = folder.map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "seq"));
        files.sort();
        for path in files {
            let text = std::fs::read_to_string(&path).expect("can be read");
            let binding = text.lines().find_map(|line| line.strip_prefix("#@ binding "));
            let scenario = Scenario::load(&path).expect("reads");
            let played = Mock::new(scenario.clone()).and_then(|mock| mock.duet(&scenario)).expect("plays");
            let play = &played.0.plays[0];
            let trace = file::write(&play.header, &play.trace);
            let tape = record::read(trace.as_bytes(), None).expect("a trace");
            found.push((path, binding.unwrap_or("chat").trim().to_owned(), tape));
        }
    }
    found
}

fn frames(tape: &Tape) -> impl Iterator<Item = (Side, Raw)> {
    tape.entries.iter().filter_map(|entry| match &entry.what {
        What::Frame { from, raw } => Some((*from, raw.clone())),
        _ => None,
    })
}

#[test]
fn the_built_in_binding_of_a_protocol_is_found() {
    let bases: Vec<_> = builtin_names().filter_map(|name| Some((name, Binding::builtin(name)?))).collect();
    let (mut right, mut wrong) = (0, Vec::new());
    for (path, binding, tape) in of_real_servers() {
        if Binding::builtin(&binding).is_none() || frames(&tape).count() < 6 {
            continue;
        }
        let induced = induce(&tape, &Wanted { name: "found", title: "Found", bases: &bases, ..Wanted::default() });
        assert_eq!(induced.problems, Vec::<String>::new(), "{}", path.display());
        if induced.binding.contains(&format!("extends = \"{binding}\"\n")) {
            right += 1;
        } else {
            wrong.push(path.display().to_string());
        }
    }
    // Half of what passes there is bytes beside the protocol: attachments, and frames that are to be refused.
    wrong.retain(|path| !["socketio/binary.seq", "tomcat/bytes.seq"].iter().any(|known| path.ends_with(known)));
    assert!(right >= 45 && wrong.is_empty(), "{right} are found, and not those of {wrong:?}");
}

/// How many of some pairs have the partner that most of their first have.
fn alike<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> usize {
    let mut all: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    pairs.for_each(|(one, other)| *all.entry(one).or_default().entry(other).or_default() += 1);
    all.values().filter_map(|others| others.values().max()).sum()
}

#[test]
fn messages_are_grouped_as_people_have_grouped_them() {
    let reference = scenarios().into_iter().filter_map(|path| {
        let options = ServerOptions::from_needs(&needs(&path)).ok()?;
        Some(("chat".to_owned(), tape(&path, &options)))
    });
    let others = of_real_servers().into_iter().map(|(_, binding, tape)| (binding, tape));
    let (mut count, mut together, mut apart) = (0, 0, 0);
    for (binding, tape) in reference.chain(others) {
        let Some(hand) = Binding::builtin(&binding) else { continue };
        let own = induce(&tape, &Wanted { name: "own", title: "Own", ..Wanted::default() });
        let mut sources = Sources::new();
        let id = sources.add(Source::new("own.toml", own.binding.as_str()));
        let own = Binding::parse(&mut sources, id).expect("a binding");
        let name = |binding: &Binding, from: Side, observed: &Observed| {
            let name = match from {
                Side::Client => binding.name_of_client(observed, Channel::Socket),
                Side::Server => binding.name_of(observed, Channel::Socket),
            };
            name.map(|name| format!("{from:?} {}", name.pattern))
        };
        // What is JSON by itself is so for both; what a codec of its own reads would be another message for each.
        let pairs: Vec<(String, String)> = frames(&tape)
            .filter_map(|(from, raw)| {
                let Raw::Text(text) = &raw else { return None };
                let value: serde_json::Value = serde_json::from_str(text).ok()?;
                let observed = Observed::Message(Message { value: value.into(), raw: raw.clone() });
                Some((name(&hand, from, &observed)?, name(&own, from, &observed)?))
            })
            .collect();
        count += pairs.len();
        together += alike(pairs.iter().map(|(hand, own)| (hand.as_str(), own.as_str())));
        apart += alike(pairs.iter().map(|(hand, own)| (own.as_str(), hand.as_str())));
    }
    assert!(count > 1_000, "{count} messages");
    assert!(together * 10 >= count * 9 && apart * 10 >= count * 9, "of {count}: {together} together, {apart} apart");
}

#[test]
fn what_is_recorded_of_every_suite_passes_on_both_sides() {
    let bases: Vec<_> = builtin_names().filter_map(|name| Some((name, Binding::builtin(name)?))).collect();
    let mut played = 0;
    for (path, _, tape) in of_real_servers() {
        for bases in [&bases[..], &[]] {
            // Its attachments are messages of their own where the codec is not known, and half of what passes there is these.
            // A trace has no requests: of what is asked over HTTP alone nothing is left.
            if frames(&tape).next().is_none() || path.ends_with("socketio/binary.seq") {
                continue;
            }
            let induced = induce(&tape, &Wanted { name: "own", title: "Own", bases, ..Wanted::default() });
            let told = || format!("{}\n{}\n{}", path.display(), induced.binding, induced.diagram);
            assert_eq!(induced.problems, Vec::<String>::new(), "{}", told());
            let scenario = Scenario::parse("own.seq", &induced.diagram).expect("a diagram");
            let scenario =
                scenario.binding_text("own.toml", &induced.binding).unwrap_or_else(|why| panic!("{why}\n{}", told()));
            let scenario = scenario.options(Options {
                env: induced.variables.iter().cloned().collect(),
                trust: Trust::nobody("").and("own.toml"),
                ..Options::default()
            });
            let both = Mock::new(scenario.clone()).and_then(|mock| mock.duet(&scenario));
            let (clients, server) = both.unwrap_or_else(|why| panic!("{why}\n{}", told()));
            assert!(clients.is_pass() && server.is_pass(), "{clients}\n{server}\n{}", told());
            played += 1;
        }
    }
    assert!(played > 90, "{played}");
}

fn text() -> impl Strategy<Value = String> {
    let odd = [
        "",
        " ",
        "{x}",
        "a{b",
        "}",
        "two\nlines",
        "a\\nb",
        "\"quoted\"",
        "#",
        "a: b",
        " (id=id1)",
        "\u{202e}x",
        "\0",
        "Ann",
        "ann",
        "7",
    ];
    prop_oneof![proptest::sample::select(odd.to_vec()).prop_map(str::to_owned), "[a-zA-Z0-9 :.,_{}/-]{0,12}"]
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        (-3_i64..2_000_000_000_000).prop_map(Value::from),
        (-9_i32..9).prop_map(|quarters| json!(f64::from(quarters) / 4.0)),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let name = prop_oneof![
        proptest::sample::select(&["type", "id", "text", "user", "token", "at", "$x", "", "a b", "{n}", "to"][..])
            .prop_map(str::to_owned),
        "[a-z]{1,3}",
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_passes_the_files_read_and_every_label_has_its_rule(
        frames in proptest::collection::vec((any::<bool>(), 0_usize..3, prop_oneof![value().prop_map(|value| value.to_string()), text()]), 0..24),
    ) {
        let mut tape = Tape::default();
        for name in ["Ann", "bob", "{x}"] {
            let line = tape.line(None);
            tape.entries.push(Entry { at: 0, line, what: What::Dial { url: format!("/ws?name={name}"), headers: Vec::new() } });
        }
        for (at, (client, line, text)) in (1..).zip(frames) {
            let from = if client { Side::Client } else { Side::Server };
            tape.entries.push(Entry { at, line, what: What::Frame { from, raw: Raw::Text(text.into()) } });
        }
        let induced = induce(&tape, &Wanted { name: "any", title: "Any", ..Wanted::default() });
        let told = format!("{}\n{}\n{tape:?}", induced.binding, induced.diagram);
        prop_assert_eq!(&induced.problems, &Vec::<String>::new(), "{}", told);
        let scenario = Scenario::parse("any.seq", &induced.diagram).and_then(|it| it.binding_text("any.toml", &induced.binding));
        prop_assert!(scenario.is_ok(), "{}\n{}", scenario.err().map(|why| why.to_string()).unwrap_or_default(), told);
    }
}

#[test]
fn lists_are_told_apart_by_the_element_that_says_what_they_are() {
    let mut tape = Tape::default();
    let line = tape.line(None);
    tape.entries.push(Entry { at: 0, line, what: What::Dial { url: "/socket".to_owned(), headers: Vec::new() } });
    for (at, (from, text)) in (1..).zip([
        (Side::Client, r#"["3","3","room:lobby","phx_join",{}]"#),
        (Side::Server, r#"["3","3","room:lobby","phx_reply",{"status":"ok"}]"#),
        (Side::Client, r#"["3","4","room:lobby","shout",{"body":"hi all"}]"#),
        (Side::Server, r#"["3","4","room:lobby","phx_reply",{"status":"ok"}]"#),
        (Side::Server, r#"["3",null,"room:lobby","shout",{"body":"hi all"}]"#),
        (Side::Client, r#"["3","5","room:lobby","shout",{"body":"and again"}]"#),
        (Side::Server, r#"["3","5","room:lobby","phx_reply",{"status":"ok"}]"#),
        (Side::Server, r#"["3",null,"room:lobby","shout",{"body":"and again"}]"#),
        (Side::Client, r#"[null,"6","phoenix","heartbeat",{}]"#),
        (Side::Server, r#"[null,"6","phoenix","phx_reply",{"status":"ok","response":{}}]"#),
    ]) {
        tape.entries.push(Entry { at, line, what: What::Frame { from, raw: Raw::Text(text.into()) } });
    }
    let bases: Vec<_> = builtin_names().filter_map(|name| Some((name, Binding::builtin(name)?))).collect();
    let induced = induce(&tape, &Wanted { name: "lists", title: "Lists", bases: &bases, ..Wanted::default() });
    assert_eq!(induced.rules.len(), 4, "a text takes in anything, and is no binding of it: {}", induced.binding);
    // What a client asks by itself is known but for the value that comes back.
    let asks = "client = [\"{null}\", \"{nonce}\", \"phoenix\", \"heartbeat\", {}]\n";
    assert!(induced.binding.contains(&format!("[echo]\n{asks}")), "{}", induced.binding);
    for label in ["phx join ", "phx reply ", "shout "] {
        assert!(induced.binding.contains(&format!("label  = \"{label}")), "{label}: {}", induced.binding);
    }
}
