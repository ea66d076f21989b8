//! Pictures and reports: how long they take, how large they are, and whether both grow as the diagram does.
//! `cargo bench --bench report`; docs/benchmarks/report.md keeps what one machine said.

use seqcheck::report::text::Style;
use seqcheck::report::view::View;
use seqcheck::report::{Format, Run, ScenarioReport, ladder, svg};
use seqcheck::run::Scenario;
use seqcheck::source::{Source, Sources};
use seqcheck::syntax::{self, Dialect};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The best of so many runs counts: whatever else the machine does only ever makes them longer.
const RUNS: u32 = 5;

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    println!("| what | time | bytes |");
    println!("| --- | --- | --- |");
    for arrows in [1_000, 10_000] {
        let (sources, text) = diagram(arrows);
        let view = view(&sources, &text);
        let (time, picture) = best(|| svg::draw(&view));
        println!("| {arrows} arrows to SVG | {time:.1?} | {} |", picture.len());
        let (time, drawn) = best(|| ladder::whole(&view, false, Some(100)).render(false));
        println!("| {arrows} arrows to text | {time:.1?} | {} |", drawn.len());
    }
    let scenario = Scenario::load("scenarios/chat.seq").expect("it is there");
    let played = scenario.prepare().expect("it is right").play();
    let plan = played.plan.clone().expect("it was played");
    let play = played.plays.into_iter().next().expect("one play");
    let one = ScenarioReport {
        name: played.name,
        path: "scenarios/chat.seq".to_owned(),
        sources: played.sources,
        diagram: played.diagram,
        order: plan.shared_order(),
        outcome: play.outcome,
        trace: play.trace,
        play: (1, 1),
        ..ScenarioReport::default()
    };
    let run = Run { scenarios: vec![one; 1_000], place: "in memory".to_owned(), ..Run::default() };
    for &(format, name, _) in Format::ALL {
        if let Ok(bytes) = format.render(&run, &Style::default()) {
            let (time, _) = best(|| format.render(&run, &Style::default()));
            println!("| 1000 scenarios of 12 arrows to {name} | {time:.1?} | {} |", bytes.len());
        }
    }
}

fn best<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let once = |work: &mut dyn FnMut() -> T| {
        let start = Instant::now();
        let made = black_box(work());
        (start.elapsed(), made)
    };
    let first = once(&mut work);
    (1..RUNS).fold(first, |best, _| {
        let next = once(&mut work);
        if next.0 < best.0 { next } else { best }
    })
}

fn diagram(arrows: usize) -> (Sources, String) {
    let mut text = String::from("title A long one\n");
    for index in 0..arrows {
        let (from, to) = (index % 8, (index * 3 + 1) % 8);
        text.push_str(&format!("P{from}->P{to}: message number {index}, with a few words\n"));
    }
    let mut sources = Sources::new();
    sources.add(Source::new("long.seq", text.as_str()));
    (sources, text)
}

fn view(sources: &Sources, text: &str) -> View {
    let (id, _) = sources.iter().next().expect("one source");
    let parsed = syntax::parse(sources, id, 0..text.len(), Dialect::Native).expect("it is right");
    View::of(&parsed.diagram, sources)
}
