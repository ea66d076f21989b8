//! How judging grows: families of diagrams with open choices, in one run, and records in disorder.
//!
//! Each row is one diagram and one record, from two texts to a verdict, in processor time of this thread: the least of a few
//! runs. The last column is the growth from half the size. The peak of memory is that of the process so far.
//!
//! `cargo bench --bench families`

use seqcheck::Scenario;
use seqcheck::oracle::Verdict;
use seqcheck::trace::file;
use std::fmt::Write as _;
use std::time::Duration;

/// The least of so many runs counts.
const ROUNDS: usize = 5;

/// What happens in a record: who gets which frame.
type Frames = Vec<(char, String)>;
/// A diagram of a size (without its connections), and what is received.
type Family = fn(usize) -> (String, Frames);

/// The time that this thread had a processor: others who want one do not count.
fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// The most memory that this process had so far, in megabytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn frames(who: char, label: &str, count: usize) -> Frames {
    (0..count).map(|_| (who, label.to_owned())).collect()
}

fn options(count: usize) -> (String, Frames) {
    ("opt\nS->A: a\nend\n".repeat(count), frames('A', "a", count))
}

fn loops(count: usize) -> (String, Frames) {
    ("loop 0..20\nS->A: a\nend\n".repeat(count), frames('A', "a", 4 * count))
}

/// A `par` of so many operands.
fn par(operand: impl Fn(usize) -> String, count: usize) -> String {
    let operands = (0..count).map(|at| format!("{}\n{}", if at == 0 { "par" } else { "and" }, operand(at)));
    operands.collect::<String>() + "end\n"
}

fn chains(count: usize) -> (String, Frames) {
    let all = frames('A', "a", count).into_iter().chain(frames('A', "b", count));
    (par(|_| "S->A: a\nS->A: b\n".to_owned(), count), all.collect())
}

fn own_chains(count: usize) -> (String, Frames) {
    let all = ["a", "b"].into_iter().flat_map(|label| (0..count).map(move |at| ('A', format!("{label}{at}"))));
    (par(|at| format!("S->A: a{at}\nS->A: b{at}\n"), count), all.collect())
}

fn choices(count: usize) -> (String, Frames) {
    let all = (0..count).flat_map(|at| [('A', "a".to_owned()), ('A', ["b", "c"][at % 2].to_owned())]);
    (par(|_| "alt\nS->A: a\nS->A: b\nelse\nS->A: a\nS->A: c\nend\n".to_owned(), count), all.collect())
}

fn alternatives(count: usize) -> (String, Frames) {
    let all = (0..count).map(|at| ('A', ["b", "a", "a"][at % 3].to_owned()));
    ("alt\nS->A: a\nelse\nS->A: b\nend\n".repeat(count), all.collect())
}

/// Fourteen options, and so many frames of another client.
fn others(count: usize) -> (String, Frames) {
    let text = "opt\nS->A: a\nend\n".repeat(14) + &"S->B: b\n".repeat(count);
    (text, frames('A', "a", 7).into_iter().chain(frames('B', "b", count)).collect())
}

fn shuffled<T>(mut all: Vec<T>) -> Vec<T> {
    let mut dice = 1u64;
    for at in (1..all.len()).rev() {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all.swap(at, (dice >> 33) as usize % (at + 1));
    }
    all
}

/// So many frames of ten labels, in disorder.
fn disorder(count: usize) -> (String, Frames) {
    let all: Frames = (0..count).map(|at| ('A', format!("m{}", at % 10))).collect();
    (all.iter().map(|(_, label)| format!("S->A: {label}\n")).collect(), shuffled(all))
}

/// Chains of three of which the first twenty came, in disorder.
fn chains_in_disorder(count: usize) -> (String, Frames) {
    let all = (0..60).map(|at| ('A', ["a", "b", "c"][at % 3].to_owned())).collect();
    (par(|_| "S->A: a\nS->A: b\nS->A: c\n".to_owned(), count), shuffled(all))
}

/// The whole diagram, its binding and the record.
fn texts(family: Family, size: usize) -> (String, String, String) {
    let (body, happened) = family(size);
    let text = format!("A->S: WS connect\nS->A: ready\nB->S: WS connect\nS->B: ready\n{body}");
    let mut labels: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once(": ")?.1)).collect();
    labels.sort_unstable();
    labels.dedup();
    let mut binding = String::from("name = \"words\"\n[connect]\nurl = \"{target}/{self}\"\n");
    for label in labels.iter().filter(|label| !label.starts_with("WS")) {
        let _ = write!(binding, "[[rule]]\nlabel = \"{label}\"\nserver = {{ say = \"{label}\" }}\n");
    }
    let header = file::Header {
        scenario: "family.seq".into(),
        fingerprint: file::fingerprint(&text),
        binding: "words".into(),
        order: "diagram".into(),
        timeout: 5_000_000_000,
        settle: 1_000_000_000,
        virtual_time: true,
        lifelines: ["A", "S", "B"].map(str::to_owned).to_vec(),
        simulated: ["A", "B"].map(str::to_owned).to_vec(),
        ..file::Header::default()
    };
    let mut record = file::write(&header, &[]);
    let mut line = |at: u64, rest: String| {
        let _ = writeln!(record, r#"{{"at":{at},"event":{rest}}}"#);
    };
    let got = |who: char, label: &str| {
        let message = serde_json::json!({"text": serde_json::json!({"say": label}).to_string()});
        format!(r#""received","client":"{who}","from":"S","channel":"socket","message":{message}"#)
    };
    for (who, arrow) in [('A', 0), ('B', 2)] {
        let sent = format!(r#""sent","from":"{who}","to":"S","channel":"socket","arrow":{arrow},"label":"WS connect""#);
        line(0, sent);
        line(0, format!(r#""done","client":"{who}","arrow":{arrow}"#));
        line(0, got(who, "ready"));
    }
    happened.iter().for_each(|(who, label)| line(0, got(*who, label)));
    for round in 1..=3u64 {
        line(round * 6_000_000_000, r#""quiet","evidence":"virtual""#.into());
    }
    line(18_000_000_000, r#""frozen""#.into());
    (text, binding, record)
}

/// The least processor time of a few runs, and the verdict.
fn judged((text, binding, record): &(String, String, String)) -> (Duration, Verdict) {
    let once = || {
        let before = processor_time();
        let scenario = Scenario::parse("family.seq", text).and_then(|it| it.binding_text("words.toml", binding));
        let prepared = scenario.and_then(|scenario| scenario.prepare()).expect("it can be played");
        let (header, entries) = file::read(record).expect("a record");
        let verdict = prepared.judge(&header, &entries).expect("a verdict").verdict();
        (processor_time().saturating_sub(before), verdict)
    };
    (0..ROUNDS).map(|_| once()).min_by_key(|(time, _)| *time).expect("a run")
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    println!("{:<20} {:>5} {:>12} {:>7} {:>7} {:>8}", "family", "n", "verdict", "time", "growth", "peak");
    let families: [(&str, Family, &[usize]); 9] = [
        ("options", options, &[4, 25, 50, 100, 200]),
        ("loops", loops, &[4, 25, 50, 100, 200]),
        ("equal chains", chains, &[4, 25, 50, 100, 200]),
        ("chains", own_chains, &[4, 25, 50, 100, 200]),
        ("equal choices", choices, &[4, 25, 50, 100, 200]),
        ("alternatives", alternatives, &[4, 25, 50, 100, 200]),
        ("frames of others", others, &[100, 200, 400]),
        ("frames in disorder", disorder, &[250, 500, 1_000]),
        ("chains in disorder", chains_in_disorder, &[20, 40]),
    ];
    for (name, family, sizes) in families {
        let mut before: Option<(usize, Duration)> = None;
        for &size in sizes {
            let (time, verdict) = judged(&texts(family, size));
            let half = before.filter(|(half, _)| half * 2 == size);
            let growth = half.map(|(_, half)| format!("{:.2}", time.as_secs_f64() / half.as_secs_f64()));
            let milliseconds = time.as_secs_f64() * 1e3;
            let (growth, verdict) = (growth.unwrap_or_default(), format!("{verdict:?}"));
            println!("{name:<20} {size:>5} {verdict:>12} {milliseconds:>6.1}ms {growth:>6} {:>6}MB", peak());
            before = Some((size, time));
        }
    }
}
