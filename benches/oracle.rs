//! What judging costs: a diagram and a recorded trace, from two texts to a verdict.
//!
//! The family of traces is the one on which published oracles are slow: K clients connect in `par`, the first of them
//! sends, the server fans out to all K in `par`, then answers the sender. `correct` is as drawn; in `swap` the last client
//! gets the message before its `connected`; in `late` the server answers the sender before its last fan-out, which no
//! client can tell (the two frames are on two connections), so that it passes.
//!
//! `cargo bench --bench oracle`

use seqcheck::Scenario;
use seqcheck::oracle::Verdict;
use seqcheck::run::Prepared;
use seqcheck::trace::file;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Of so many runs the median is taken.
const ROUNDS: usize = 9;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Variant {
    Correct,
    Swap,
    Late,
}

fn diagram(clients: usize) -> String {
    let mut text = String::from("#@ order local\n");
    let par = |text: &mut String, body: &dyn Fn(usize) -> String| {
        for client in 1..=clients {
            let _ = writeln!(text, "{}\n{}", if client == 1 { "par" } else { "and" }, body(client));
        }
        text.push_str("end\n");
    };
    par(&mut text, &|n| format!("C{n}->Server: WS connect\nServer-->C{n}: Connected"));
    text.push_str("C1->Server: message: hello\n");
    par(&mut text, &|n| format!("Server->C{n}: message from C1: hello"));
    text.push_str("Server->C1: message from Server: done\n");
    text
}

/// Writes a trace line by line, a microsecond apart.
struct Log {
    text: String,
    at: u64,
}

impl Log {
    fn new(lifelines: &[String], simulated: &[String], order: &str) -> Log {
        let header = file::Header {
            scenario: "family.seq".into(),
            binding: "chat".into(),
            order: order.into(),
            timeout: 5_000_000_000,
            settle: 1_000_000_000,
            virtual_time: true,
            lifelines: lifelines.to_vec(),
            simulated: simulated.to_vec(),
            ..file::Header::default()
        };
        Log { text: file::write(&header, &[]), at: 0 }
    }

    fn line(&mut self, rest: &str) {
        self.at += 1_000;
        let _ = writeln!(self.text, r#"{{"at":{},"event":{rest}}}"#, self.at);
    }

    fn connect(&mut self, client: &str, arrow: usize) {
        let to = r#""to":"Server","channel":"socket""#;
        self.line(&format!(r#""sent","from":"{client}",{to},"arrow":{arrow},"label":"WS connect""#));
        self.line(&format!(r#""done","client":"{client}","arrow":{arrow}"#));
    }

    fn said(&mut self, client: &str, arrow: usize, text: &str) {
        let raw = serde_json::json!([{"text": serde_json::json!({"type": "message", "text": text}).to_string()}]);
        let to = r#""to":"Server","channel":"socket""#;
        let said = format!(r#""arrow":{arrow},"label":"message: {text}","raw":{raw}"#);
        self.line(&format!(r#""sent","from":"{client}",{to},{said}"#));
    }

    fn heard(&mut self, client: &str, message: &serde_json::Value) {
        let message = serde_json::json!({"text": message.to_string()});
        let from = r#""from":"Server","channel":"socket""#;
        self.line(&format!(r#""received","client":"{client}",{from},"message":{message}"#));
    }

    fn message(&mut self, client: &str, from: &str, text: &str) {
        self.heard(
            client,
            &serde_json::json!({"type": "message", "id": 1, "from": from, "room": "general", "text": text}),
        );
    }

    fn end(mut self) -> String {
        self.at += 1_000_000_000;
        self.line(r#""quiet","evidence":"virtual""#);
        self.line(r#""frozen""#);
        self.text
    }
}

fn trace(clients: usize, variant: Variant) -> String {
    let names: Vec<String> = (1..=clients).map(|n| format!("C{n}")).collect();
    let mut lifelines = names.clone();
    lifelines.insert(1, "Server".into());
    let mut log = Log::new(&lifelines, &names, "local");
    let connected = |log: &mut Log, name: &str| {
        log.heard(name, &serde_json::json!({"type": "connected", "user": name.to_lowercase()}));
    };
    for (index, name) in names.iter().enumerate() {
        log.connect(name, 2 * index);
        if variant != Variant::Swap || index + 1 < clients {
            connected(&mut log, name);
        }
    }
    log.said("C1", 2 * clients, "hello");
    let last = clients - 1;
    names[..last].iter().for_each(|name| log.message(name, "C1", "hello"));
    match variant {
        Variant::Correct => {
            log.message(&names[last], "C1", "hello");
            log.message("C1", "Server", "done");
        }
        Variant::Swap => {
            log.message(&names[last], "C1", "hello");
            connected(&mut log, &names[last]);
            log.message("C1", "Server", "done");
        }
        Variant::Late => {
            log.message("C1", "Server", "done");
            log.message(&names[last], "C1", "hello");
        }
    }
    log.end()
}

#[expect(clippy::print_stdout, reason = "a bench prints what it is asked for")]
/// From the two texts to the verdict; with the time of each step.
fn steps(diagram: &str, trace: &str) -> ([Duration; 3], Verdict) {
    let began = Instant::now();
    let prepared = Scenario::parse("family.seq", diagram).and_then(|scenario| scenario.prepare()).expect("it is good");
    let prepared_at = began.elapsed();
    let (header, entries) = file::read(trace).expect("the trace is good");
    let read_at = began.elapsed();
    let verdict = prepared.judge(&header, &entries).expect("the lifelines are there");
    if std::env::args().any(|argument| argument == "verdict") {
        println!("{verdict}");
    }
    let judged_at = began.elapsed();
    ([prepared_at, read_at - prepared_at, judged_at - read_at], verdict.verdict())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn family() {
    println!(
        "{:>6} {:>8} {:>12} {:>10} {:>10} {:>10} {:>10}",
        "K", "variant", "verdict", "prepare", "trace", "judge", "sum"
    );
    let mut correct = Vec::new();
    for clients in [10, 100, 1_000, 9_999] {
        for (variant, name) in [(Variant::Correct, "correct"), (Variant::Swap, "swap"), (Variant::Late, "late")] {
            let (diagram, trace) = (diagram(clients), trace(clients, variant));
            let runs: Vec<_> = (0..ROUNDS).map(|_| steps(&diagram, &trace)).collect();
            let verdict = runs[0].1;
            // Who runs ahead may have been heard before the last client was connected: nobody is to blame for `swap`.
            let right = if variant == Variant::Swap { Verdict::Inconclusive } else { Verdict::Pass };
            assert_eq!(verdict, right, "{name} at {clients}");
            let step = |index: usize| median(runs.iter().map(|(times, _)| times[index]).collect());
            let sum = median(runs.iter().map(|(times, _)| times.iter().sum()).collect());
            let verdict = format!("{verdict:?}");
            println!(
                "{clients:>6} {name:>8} {verdict:>12} {:>10.2?} {:>10.2?} {:>10.2?} {sum:>10.2?}",
                step(0),
                step(1),
                step(2)
            );
            if variant == Variant::Correct {
                correct.push(sum.as_secs_f64() / clients as f64);
            }
        }
    }
    let growth: Vec<String> = correct.windows(2).map(|pair| format!("{:.2}", pair[1] / pair[0])).collect();
    println!("time for one client, at ten times as many clients: {} times", growth.join(" and "));
}

/// Two clients that talk: so many messages to and fro.
fn chain(prepared: &Prepared, rounds: usize) -> (Duration, Duration, usize) {
    let names = ["Alice".to_owned(), "Bob".to_owned()];
    let lifelines = ["Alice".to_owned(), "Server".to_owned(), "Bob".to_owned()];
    let mut log = Log::new(&lifelines, &names, "diagram");
    for (index, name) in names.iter().enumerate() {
        log.connect(name, 2 * index);
        log.heard(name, &serde_json::json!({"type": "connected", "user": name.to_lowercase()}));
    }
    for _ in 0..rounds {
        log.said("Alice", 4, "ping");
        log.message("Bob", "Alice", "ping");
        log.said("Bob", 6, "pong");
        log.message("Alice", "Bob", "pong");
    }
    let trace = log.end();
    let began = Instant::now();
    let (header, entries) = file::read(&trace).expect("the trace is good");
    let read = began.elapsed();
    let began = Instant::now();
    let verdict = prepared.judge(&header, &entries).expect("the lifelines are there");
    assert!(verdict.is_pass(), "{verdict}");
    (read, began.elapsed(), 4 * rounds)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn chains() {
    for rounds in [25_000, 250_000] {
        let text = format!(
            "Alice->Server: WS connect\nServer-->Alice: Connected\nBob->Server: WS connect\nServer-->Bob: Connected\n\
             loop {rounds} times\nAlice->Server: message: ping\nServer->Bob: message from Alice: ping\n\
             Bob->Server: message: pong\nServer->Alice: message from Bob: pong\nend\n"
        );
        let prepared = Scenario::parse("chain.seq", &text).and_then(|scenario| scenario.prepare()).expect("it is good");
        let (read, judged, frames) = chain(&prepared, rounds);
        let rate = |time: Duration| frames as f64 / time.as_secs_f64() / 1e6;
        println!("{frames} frames: the trace file read {:.2} M/s, judged {:.2} M frames/s", rate(read), rate(judged));
    }
}

/// The same diagram, played in memory against the reference server. Who is not connected yet when the first client speaks
/// does not hear it: hundreds of messages are missing, and each is explained.
#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn played() {
    let mut before: Option<Duration> = None;
    for clients in [1_000, 2_000, 4_000] {
        let began = Instant::now();
        let verdict = Scenario::parse("family.seq", &diagram(clients)).and_then(|it| it.check()).expect("it is played");
        let time = began.elapsed();
        let growth = before.map_or(String::new(), |before| format!("{:.2}", time.as_secs_f64() / before.as_secs_f64()));
        println!("{clients:>6} clients played: {:?} in {time:.2?} {growth}", verdict.verdict());
        before = Some(time);
    }
}

fn main() {
    family();
    played();
    chains();
}
