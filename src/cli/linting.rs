//! What can be said before a run, for `lint` and for `check`.

use super::load::Piece;
use super::settings::{LintLevel, Settings};
use crate::lint::{self, Finding, Hand, Levels, Stats, StimulusOrders, Subject};
use crate::run::Survey;
use crate::source::{Diagnostic, Sources, nearest};
use crate::syntax::Dialect;

/// The levels that the settings ask for.
///
/// # Errors
/// Codes that there are not.
pub fn levels(settings: &Settings) -> Result<Levels, Vec<Diagnostic>> {
    let levels = Levels::new(&settings.deny, &settings.allow).map_err(|unknown| {
        let codes = || lint::ALL.iter().map(|lint| lint.code);
        let tell = |word: &String| {
            let problem = Diagnostic::error("usage", format!("there is no finding {word}"));
            match nearest(&word.to_uppercase(), codes()) {
                Some(near) => problem.with_help(format!("did you mean {near}")),
                None => problem.with_help("seqcheck list lints has them all"),
            }
        };
        unknown.iter().map(tell).collect::<Vec<_>>()
    })?;
    Ok(match settings.lint {
        Some(LintLevel::Deny) => levels.denying_warnings(),
        Some(LintLevel::Warn | LintLevel::Off) | None => levels,
    })
}

/// What is asked for beside the findings that take little time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Implied scenarios.
    pub deep: bool,
    /// The numbers of the diagram.
    pub stats: bool,
}

/// Everything that is to be said of one scenario. `before` is what was said while it was read.
pub fn findings(
    piece: &Piece,
    survey: &Survey,
    before: &[Diagnostic],
    options: Options,
) -> (Vec<Finding>, Option<Stats>) {
    let said: Vec<Diagnostic> = survey.problems.iter().chain(before).cloned().collect();
    let subject = Subject {
        sources: &survey.sources,
        diagram: &survey.diagram,
        plan: &survey.plan,
        words: &survey.binding,
        binding: Some(&survey.binding),
        echo: survey.binding.has_echo(),
        mode: survey.settled.order,
        hand: hand(piece.dialect),
        before: &said,
        deep: options.deep,
    };
    let (mut findings, mut stats) = if options.stats {
        let (findings, stats) = lint::check_and_count(&subject);
        (findings, Some(stats))
    } else {
        (lint::check(&subject), None)
    };
    // Labels are quoted with their variables put in.
    let secrets = survey.binding.secrets();
    let hide = |text: &mut String| *text = secrets.redact(text).into_owned();
    for finding in &mut findings {
        let told = &mut finding.diagnostic;
        hide(&mut told.message);
        told.labels.iter_mut().map(|label| &mut label.text).chain(&mut told.notes).chain(&mut told.help).for_each(hide);
        finding.fixes.iter_mut().flat_map(|fix| &mut fix.edits).for_each(|edit| hide(&mut edit.text));
    }
    if let Some(StimulusOrders::Counted { example: Some(example), .. }) = stats.as_mut().map(|stats| &mut stats.orders)
    {
        hide(&mut example.scenario);
    }
    (findings, stats)
}

/// What was said of this piece while the files were read.
pub fn said_of(piece: &Piece, all: &[Diagnostic], sources: &Sources) -> Vec<Diagnostic> {
    let inside = |told: &&Diagnostic| {
        told.primary().is_some_and(|span| {
            span.source == piece.source
                && piece.range.contains(&span.range().start.min(sources.get(span.source).text().len()))
        })
    };
    all.iter().filter(inside).cloned().collect()
}

/// How text is put into a diagram of a dialect.
pub fn hand(dialect: Dialect) -> Hand {
    match dialect {
        Dialect::Native => Hand::Native,
        Dialect::Mermaid => Hand::Mermaid,
        Dialect::PlantUml => Hand::PlantUml,
    }
}
