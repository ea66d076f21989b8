//! What can be said before a run: examples of each kind, what each fix does, the forms of the answer, real diagrams.

mod command;
mod corpus;
mod docs;
mod examples;
mod fixes;
mod sides;

use seqcheck::Scenario;
use seqcheck::lint::{Finding, Hand, Subject, check};
use seqcheck::run::Survey;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn survey(name: &str, text: &str) -> Option<Survey> {
    Scenario::parse(name, text).ok()?.survey().ok()
}

fn lint(survey: &Survey, hand: Hand, deep: bool) -> Vec<Finding> {
    check(&Subject {
        sources: &survey.sources,
        diagram: &survey.diagram,
        plan: &survey.plan,
        words: &survey.binding,
        binding: Some(&survey.binding),
        echo: survey.binding.has_echo(),
        mode: survey.settled.order,
        hand,
        before: &survey.problems,
        deep,
    })
}

/// The diagrams of a folder, sorted.
fn diagrams(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder of diagrams");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "seq"));
    paths.sort();
    paths
}
