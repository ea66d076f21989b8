//! What a finding offers as `to allow it` allows that, and nothing that the diagram draws.

use crate::blame::suite;
use crate::sweep::is_played;
use seqcheck::Scenario;
use seqcheck::oracle::{Class, Finding};
use seqcheck::server::{ServerOptions, mutants};
use std::path::Path;

fn play(text: &str, name: &str, options: ServerOptions) -> Vec<Finding> {
    let scenario = Scenario::parse(name, text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    let prepared = scenario.prepare().unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    let verdict = prepared.against_builtin(options, 1).play();
    verdict.plays.into_iter().flat_map(|play| play.outcome.findings).collect()
}

/// What is lacking: no line that allows something may be why.
fn lacks(findings: &[Finding]) -> Vec<Option<u32>> {
    let all = findings.iter().flat_map(|finding| std::iter::once(finding).chain(&finding.consequences));
    let lacking = all.filter(|finding| matches!(finding.class, Class::Missing | Class::WrongPayload));
    lacking.map(|finding| finding.arrow.map(|id| id.0)).collect()
}

/// Whether a line stands above what is drawn.
fn is_head(line: &str) -> bool {
    ["title ", "#", "actor ", "participant ", "database "].iter().any(|word| line.starts_with(word))
        || line.trim().is_empty()
}

#[test]
fn what_is_offered_to_allow_it_allows_it_and_nothing_that_is_drawn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (mut wrong, mut pasted) = (Vec::new(), 0);
    for (row, mutant) in mutants::ALL.iter().enumerate() {
        for (column, (name, _)) in suite().iter().enumerate() {
            let path = folder.join(format!("{name}.seq"));
            let Some(text) = std::fs::read_to_string(&path).ok().filter(|_| is_played(row, column)) else { continue };
            let options = || ServerOptions { mutants: vec![mutant], ..ServerOptions::default() };
            let before = play(&text, &format!("{name}.seq"), options());
            let Some((first, allow)) = before.first().and_then(|it| Some((it, it.allow.as_ref()?))) else { continue };
            pasted += 1;
            let first_arrow = text.lines().position(|line| !is_head(line)).unwrap_or_default();
            let mut lines: Vec<&str> = text.lines().collect();
            lines.insert(first_arrow, allow);
            let text = lines.join("\n") + "\n";
            let after = play(&text, &format!("{name}.seq"), options());
            let same = |other: &&Finding| {
                other.lifeline == first.lifeline
                    && (other.class, &other.raw, other.at) == (first.class, &first.raw, first.at)
            };
            if after.iter().any(|other| same(&other)) {
                wrong.push(format!("{name} against {}: `{allow}` leaves {}", mutant.name, first.what));
            }
            // What is found now instead: a run that went further may find other faults, and what follows from them.
            let root = after.first().map_or(&[][..], std::slice::from_ref);
            let new = lacks(root)
                .into_iter()
                .filter(|at| root[0].class == Class::Missing && !lacks(&before).contains(at))
                .count();
            if new > 0 {
                wrong.push(format!(
                    "{name} against {}: `{allow}` hides what is drawn: {:?}",
                    mutant.name, after[0].what
                ));
            }
            // A right server passes as it did.
            let right = play(&text, &format!("{name}.seq"), ServerOptions::default());
            if !right.is_empty() {
                wrong.push(format!("{name}: with `{allow}` a right server fails: {}", right[0].what));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {pasted}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(pasted > 10, "only {pasted} were offered");
}
