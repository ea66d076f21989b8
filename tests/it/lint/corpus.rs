//! Real diagrams: a folder named by `SEQCHECK_CORPUS`, with an `index.csv`. Nothing panics, and a table says how many
//! diagrams have which finding. Without it this test says that it is skipped.

use super::lint;
use seqcheck::Scenario;
use seqcheck::lint::{ALL, Hand};
use seqcheck::run::{Options, Survey};
use seqcheck::source::{Diagnostic, Source, Sources};
use seqcheck::syntax::{Dialect, Parsed, parse};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[test]
fn real_diagrams_are_linted() {
    let Some(folder) = std::env::var_os("SEQCHECK_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: SEQCHECK_CORPUS does not name a folder of diagrams");
        return;
    };
    let index = std::fs::read_to_string(folder.join("index.csv")).expect("the corpus has an index.csv");
    let mut lines = index.lines();
    let heads: Vec<&str> = lines.next().expect("the index has a head").split(',').collect();
    let column = |name: &str| heads.iter().position(|head| *head == name).expect("the index has this column");
    let (name, expect) = (column("name"), column("expect"));
    let (mut read, mut laid_out) = (0, 0);
    let mut with: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let shown = std::env::var("SEQCHECK_SHOW").unwrap_or_default();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        if !matches!(cells.get(expect), Some(&"valid" | &"unstated")) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(folder.join(cells[name])) else { continue };
        let hand = match cells[name].split('/').next() {
            Some("mermaid") => Hand::Mermaid,
            Some("plantuml") => Hand::PlantUml,
            Some(_) | None => Hand::Native,
        };
        let Ok(scenario) = Scenario::parse(cells[name], &text) else { continue };
        let said = warnings(&text);
        read += 1;
        // Nobody connects in a drawing: the lifeline that speaks first is played.
        let scenario = scenario.clone().survey().map(|_| scenario.clone()).unwrap_or_else(|_| {
            let first = first_speaker(&text);
            let mut options = Options::default();
            options.casting.simulate = first.map(|first| vec![first]);
            scenario.options(options)
        });
        let Ok(survey) = scenario.survey() else { continue };
        laid_out += 1;
        let mut here: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in lint(&with_said(survey.clone(), said), hand, true) {
            *here.entry(finding.lint.code).or_default() += 1;
            if shown == finding.lint.code {
                eprintln!("{}", seqcheck::source::render_plain(&finding.diagnostic, &survey.sources));
            }
        }
        for (code, count) in here {
            let all = with.entry(code).or_default();
            *all = (all.0 + 1, all.1 + count);
        }
    }
    eprintln!("{read} diagrams read, {laid_out} laid out\ncode   diagrams  findings");
    for lint in ALL {
        let (diagrams, findings) = with.get(lint.code).copied().unwrap_or_default();
        eprintln!("{}  {diagrams:>8}  {findings:>8}  {}", lint.code, lint.name);
    }
    assert!(laid_out * 10 >= read * 8, "{laid_out} of {read}");
}

fn read(text: &str) -> Option<Parsed> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("corpus", text));
    parse(&sources, id, 0..text.len(), Dialect::sniff(text)).ok()
}

/// What is said while a diagram is read.
fn warnings(text: &str) -> Vec<Diagnostic> {
    read(text).map(|parsed| parsed.warnings).unwrap_or_default()
}

fn with_said(mut survey: Survey, said: Vec<Diagnostic>) -> Survey {
    survey.problems.extend(said);
    survey
}

/// The lifeline that sends the first arrow.
fn first_speaker(text: &str) -> Option<String> {
    use seqcheck::diagram::{End, Item};
    let parsed = read(text)?.diagram;
    fn first(items: &[Item]) -> Option<&End> {
        items.iter().find_map(|item| match item {
            Item::Arrow(arrow) if matches!(arrow.from, End::Participant(_)) => Some(&arrow.from),
            Item::Fragment(fragment) => fragment.operands.iter().find_map(|operand| first(&operand.body)),
            Item::Group(group) => first(&group.body),
            _ => None,
        })
    }
    match first(&parsed.body)? {
        End::Participant(id) => Some(parsed.participant(*id).id.clone()),
        _ => None,
    }
}
