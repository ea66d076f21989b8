//! Labels and frames: how fast a diagram is resolved, how fast a frame is judged, and what a hundred rules cost beside
//! plain parsing. `cargo bench --bench wire`; ratios are what counts, one run on one machine.

use seqcheck::source::{Source, Sources};
use seqcheck::wire::{
    Binding, Channel, Decoded, Expects, Matched, Memory, Observed, Party, Raw, Resolved, Sender, Viewer,
};
use serde_json::Value;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    let arrows = 100_000;
    println!("resolve {arrows} arrows of chat: {:?}", resolve(arrows));
    let frames = 1_000_000;
    let each = judge(frames).as_nanos() / u128::from(frames);
    println!("judge one frame of chat: {each} ns");
    let (parse, work) = hundred_rules(200_000);
    let ratio = work.as_secs_f64() / parse.as_secs_f64();
    println!("100 rules: parse {parse:?}, decode and name {work:?}: {ratio:.2} times");
}

fn resolve(arrows: u32) -> Duration {
    let binding = Binding::builtin("chat").expect("chat is built in");
    let (alice, server) = (Party::new("Alice"), Party::new("Server"));
    let labels: Vec<(String, Sender)> = (0..arrows)
        .map(|n| match n % 4 {
            0 => (format!("message: number {n}"), Sender::Client),
            1 => (format!("message from Bob: number {n} (id=m{n})"), Sender::Server),
            2 => (format!("join room:r{n}"), Sender::Client),
            _ => (format!("u{n}:stopped typing"), Sender::Server),
        })
        .collect();
    let start = Instant::now();
    for (label, sender) in &labels {
        let _ = black_box(binding.resolve(label, *sender, &alice, &server)).expect("every label has a rule");
    }
    start.elapsed()
}

fn judge(frames: u32) -> Duration {
    let binding = Binding::builtin("chat").expect("chat is built in");
    let (alice, server) = (Party::new("Alice"), Party::new("Server"));
    let Ok(Resolved::Expect(expectation)) =
        binding.resolve("message from Bob: Hello Alice!", Sender::Server, &server, &alice)
    else {
        unreachable!("a server's label")
    };
    let text = r#"{"type":"message","id":1,"from":"Bob","room":"general","text":"Hello Alice!"}"#;
    let decoded = binding.session(&alice, &server, "0").decode(Raw::Text(text.into()), None);
    let [Decoded::Observed(observed)] = &decoded[..] else { unreachable!("one message") };
    let (memory, viewer) = (Memory::default(), Viewer { lifeline: 0, scopes: &[], arrow: 1 });
    let start = Instant::now();
    for _ in 0..frames {
        let matched = expectation.matches(black_box(observed), &memory, viewer);
        assert!(matches!(black_box(matched), Matched::Yes(_)));
    }
    start.elapsed()
}

fn hundred_rules(frames: usize) -> (Duration, Duration) {
    let mut text = String::from("name = \"hundred\"\n");
    for n in 0..100 {
        let _ = writeln!(
            text,
            "[[rule]]\nlabel = \"kind{n} from {{from}}: {{text}}\"\nserver = {{ type = \"kind{n}\", id = \"{{id:int}}\", from = \"{{from}}\", text = \"{{text}}\" }}"
        );
    }
    let mut sources = Sources::new();
    let id = sources.add(Source::new("hundred.toml", text));
    let binding = Binding::parse(&mut sources, id).expect("a good binding");
    let frames: Vec<String> = (0..frames)
        .map(|n| format!(r#"{{"type":"kind{}","id":{n},"from":"Bob","room":"general","text":"Hello Alice, this is number {n}!"}}"#, n % 100))
        .collect();
    let start = Instant::now();
    for frame in &frames {
        black_box(serde_json::from_str::<Value>(frame).expect("JSON"));
    }
    let parse = start.elapsed();
    let raws: Vec<Raw> = frames.iter().map(|frame| Raw::Text(frame.as_str().into())).collect();
    let mut session = binding.session(&Party::new("Alice"), &Party::new("Server"), "0");
    let start = Instant::now();
    for raw in raws {
        for decoded in session.decode(raw, None) {
            let Decoded::Observed(observed @ Observed::Message(_)) = decoded else { unreachable!("a message") };
            black_box(binding.name_of(&observed, Channel::Socket)).expect("a name");
        }
    }
    (parse, start.elapsed())
}
