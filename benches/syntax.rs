//! Reading diagrams: files as they are, a long one, texts made to be slow, and a large one compiled as well.
//! `cargo bench --bench syntax`; `SEQCHECK_CORPUS` names a folder of real diagrams. Ratios are what counts: time is that
//! of one thread on a processor, of one run on one machine. `docs/benchmarks/syntax.md` keeps what it printed.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

#[path = "../tests/it/shapes.rs"]
mod shapes;

use seqcheck::order::{Casting, NoLibrary, Setup, compile};
use seqcheck::source::{Source, Sources};
use seqcheck::syntax::{Dialect, parse, parts};
use seqcheck::wire::Binding;
use shapes::{least, processor_time};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

/// Of so many readings the quickest counts.
const READINGS: usize = 5;

fn main() {
    corpus();
    long_files();
    large_diagram();
    hostile_texts();
}

fn ratio(large: Duration, small: Duration) -> f64 {
    large.as_secs_f64() / small.as_secs_f64().max(1e-9)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

/// All real diagrams, one after the other.
fn corpus() {
    let Some(folder) = std::env::var_os("SEQCHECK_CORPUS").map(PathBuf::from) else {
        println!("no corpus: SEQCHECK_CORPUS does not name a folder\n");
        return;
    };
    let mut files = Vec::new();
    for (name, dialect) in [("mermaid", Dialect::Mermaid), ("plantuml", Dialect::PlantUml), ("wsd", Dialect::Native)] {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder.join(name)).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let texts = paths.iter().filter_map(|path| std::fs::read(path).ok());
        files.extend(texts.map(|bytes| (String::from_utf8_lossy(&bytes).into_owned(), dialect)));
    }
    let bytes: usize = files.iter().map(|(text, _)| text.len()).sum();
    let once = || {
        let before = processor_time();
        for (text, dialect) in &files {
            let mut sources = Sources::new();
            let id = sources.add(Source::new("corpus", text.as_str()));
            for part in parts(text, *dialect) {
                let _ = black_box(parse(&sources, id, part, *dialect));
            }
        }
        processor_time().saturating_sub(before)
    };
    let time = (0..READINGS).map(|_| once()).min().unwrap_or_default();
    println!("corpus: {} files of {} KiB in {}\n", files.len(), bytes / 1024, milliseconds(time));
}

/// A diagram of so many lines, as a person might write it.
fn long(dialect: Dialect, lines: usize) -> String {
    let (head, block, tail) = match dialect {
        Dialect::Native => (
            "participant \"Chat Server\" as Server\n",
            "alt round {n}\nAlice->Server: message: {\"number\": {n}}\nServer-->Bob: message from Alice: {n}\nelse full\n\
             note over Alice, Server: nothing\nend\n# and so on\nBob->Server: thanks\n",
            "",
        ),
        Dialect::Mermaid => (
            "sequenceDiagram\nparticipant Server as Chat Server\n",
            "alt round {n}\nAlice->>Server: message: {\"number\": {n}}\nServer-->>Bob: message from Alice: {n}\nelse full\n\
             note over Alice, Server: nothing\nend\n%% and so on\nBob->>Server: thanks\n",
            "",
        ),
        Dialect::PlantUml => (
            "@startuml\nparticipant \"Chat Server\" as Server\n",
            "alt round {n}\nAlice -> Server : message: {\"number\": {n}}\nServer --> Bob : message from Alice: {n}\nelse full\n\
             note over Alice, Server : nothing\nend\n' and so on\nBob -> Server : thanks\n",
            "@enduml\n",
        ),
    };
    let mut text = head.to_owned();
    for number in 0..lines / 8 {
        text.push_str(&block.replace("{n}", &number.to_string()));
    }
    text + tail
}

fn long_files() {
    println!("| language | 5,000 lines | 50,000 lines | times |\n| --- | --: | --: | --: |");
    for facts in Dialect::ALL {
        let [small, large] = [5_000, 50_000].map(|lines| least(&long(facts.dialect, lines), facts.dialect, READINGS));
        println!("| {} | {} | {} | {:.1} |", facts.name, milliseconds(small), milliseconds(large), ratio(large, small));
    }
    println!();
}

/// A native diagram of so many arrows: read, and compiled with the binding that is built in.
fn arrows(count: usize) -> (Duration, Duration) {
    let mut text = String::from("participant Server\n");
    for client in 1..=10 {
        let _ = writeln!(text, "C{client}->Server: WS connect\nServer-->C{client}: Connected");
    }
    for number in 0..(count - 20) / 2 {
        let (from, to) = (number % 10 + 1, (number + 3) % 10 + 1);
        let _ = writeln!(text, "C{from}->Server: message: number {number}");
        let _ = writeln!(text, "Server->C{to}: message from C{from}: number {number}");
    }
    let binding = Binding::builtin("chat").expect("chat is built in");
    let once = || {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("large.seq", text.as_str()));
        let began = processor_time();
        let parsed = parse(&sources, id, 0..text.len(), Dialect::Native).expect("it is a diagram");
        let read = processor_time();
        let (casting, vars) = (Casting::default(), BTreeMap::new());
        let setup = Setup { sources: &sources, words: &*binding, casting: &casting, vars: &vars, library: &NoLibrary };
        let order = compile(&parsed.diagram, &setup).expect("it can be run");
        let compiled = processor_time();
        assert_eq!(order.arrows.len(), count);
        (read.saturating_sub(began), compiled.saturating_sub(read))
    };
    (0..READINGS).map(|_| once()).min_by_key(|(read, compiled)| *read + *compiled).unwrap_or_default()
}

fn large_diagram() {
    let (small, large) = (arrows(10_000), arrows(100_000));
    println!("| native | 10,000 arrows | 100,000 arrows | times |\n| --- | --: | --: | --: |");
    for (name, small, large) in
        [("read", small.0, large.0), ("compiled", small.1, large.1), ("both", small.0 + small.1, large.0 + large.1)]
    {
        println!("| {name} | {} | {} | {:.1} |", milliseconds(small), milliseconds(large), ratio(large, small));
    }
    println!();
}

fn hostile_texts() {
    println!("| language | text | 7.5 KB | 60 KB | 180 KB | times for 8 | times for 24 |");
    println!("| --- | --- | --: | --: | --: | --: | --: |");
    for shape in shapes::all() {
        let [small, middle, large] =
            [7_500, 60_000, 180_000].map(|bytes| least(&(shape.make)(bytes), shape.dialect, READINGS));
        println!(
            "| {} | {} | {} | {} | {} | {:.1} | {:.1} |",
            shape.dialect.name(),
            shape.name,
            milliseconds(small),
            milliseconds(middle),
            milliseconds(large),
            ratio(middle, small),
            ratio(large, small)
        );
    }
}
