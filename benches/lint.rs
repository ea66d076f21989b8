//! What can be said before a run: how long it takes, beside reading the same text, and what it keeps in memory.
//! `cargo bench --bench lint`; ratios are what counts, one run on one machine.

use seqcheck::Scenario;
use seqcheck::lint::{Hand, Subject, check};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Makes a diagram of so many arrows.
type Shape = fn(usize) -> String;

/// Two clients that talk, many clients that come and go, choices and blocks side by side.
const SHAPES: [(&str, Shape); 3] = [("a chat of two", two), ("50 clients", many), ("fragments", nested)];

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    println!("{:<16}{:>9}{:>10}{:>10}{:>8}{:>10}", "diagram", "arrows", "read", "lint", "times", "peak");
    for arrows in [1_000, 10_000, 100_000] {
        for (name, shape) in SHAPES {
            let text = shape(arrows);
            let (read, lint, findings) = measure(&text);
            let times = lint.as_secs_f64() / read.as_secs_f64();
            println!("{name:<16}{arrows:>9}{read:>10.2?}{lint:>10.2?}{times:>8.1}{:>10}  {findings} findings", peak());
        }
    }
}

/// Reading and resolving the text, and linting it.
fn measure(text: &str) -> (Duration, Duration, usize) {
    let start = Instant::now();
    let survey = Scenario::parse("bench.seq", text).expect("a diagram").survey().expect("an order");
    let read = start.elapsed();
    let start = Instant::now();
    let findings = check(&Subject {
        sources: &survey.sources,
        diagram: &survey.diagram,
        plan: &survey.plan,
        words: &survey.binding,
        binding: Some(&survey.binding),
        echo: survey.binding.has_echo(),
        mode: survey.settled.order,
        hand: Hand::Native,
        before: &survey.problems,
        deep: false,
    });
    (read, start.elapsed(), findings.len())
}

/// The most memory that this process has had, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.map_or_else(|| "?".to_owned(), |kib| format!("{} MiB", kib / 1024))
}

fn connect(clients: usize) -> String {
    (0..clients).map(|n| format!("C{n}->Server: WS connect\nServer-->C{n}: Connected\n")).collect()
}

fn two(arrows: usize) -> String {
    let mut text = connect(2);
    for n in 0..arrows.saturating_sub(4) / 2 {
        let (from, to) = (n % 2, (n + 1) % 2);
        let _ = writeln!(text, "C{from}->Server: message: number {n}\nServer->C{to}: message from C{from}: number {n}");
    }
    text
}

fn many(arrows: usize) -> String {
    let mut text = connect(50);
    for n in 0..arrows.saturating_sub(100) / 5 {
        let from = n * 7 % 50;
        let _ = writeln!(text, "C{from}->Server: message: number {n}");
        for other in 1..5 {
            let _ = writeln!(text, "Server->C{}: message from C{from}: number {n}", (from + other * 11) % 50);
        }
    }
    text
}

fn nested(arrows: usize) -> String {
    let mut text = connect(4);
    for n in 0..arrows.saturating_sub(8) / 7 {
        let _ = writeln!(
            text,
            "C0->Server: message: number {n}\nalt\nServer->C1: message from C0: number {n}\nelse\nServer->C2: message from C0: \
             number {n}\nend\npar\nC1->Server: message: so {n}\nServer->C3: message from C1: so {n}\nand\nC2->Server: message: \
             no {n}\nend\nopt\nServer->C3: message from C2: no {n}\nend"
        );
    }
    text
}
