//! What can be said before a run, for `lint` and for `check`.

use super::load::Piece;
use super::scenarios::Layers;
use super::settings::{LintLevel, Settings};
use super::{drawn, proposing};
use crate::lint::{self, Finding, Hand, Levels, Stats, StimulusOrders, Subject};
use crate::run::Survey;
use crate::source::{Diagnostic, Sources, nearest};
use crate::syntax::{Dialect, limits};
use crate::wire::{Binding, Secrets};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
                Some(near) => problem.with_help(format!("did you mean {near}?")),
                None => problem.with_help("seqcheck list lints shows them all"),
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
    /// One problem in place of one for each label, where the binding does not fit.
    pub folded: bool,
}

/// What is to be said of one diagram, and what was worked out for it.
#[derive(Debug, Default)]
pub struct Looked {
    /// What lint finds.
    pub findings: Vec<Finding>,
    /// Problems that are no findings: roles that cannot be told, an arrow across the edge.
    pub problems: Vec<Diagnostic>,
    /// The numbers of the diagram, where they were asked for.
    pub stats: Option<Stats>,
    /// How it would be played; none where nothing can be said of that.
    #[cfg_attr(not(feature = "lsp"), expect(dead_code, reason = "editors ask"))]
    pub survey: Option<Survey>,
}

/// Whether something that was said while a diagram was read is a finding of lint.
pub fn is_finding(told: &Diagnostic) -> bool {
    lint::ALL.iter().any(|lint| lint.code == told.code)
}

/// Looks at one diagram. `before` are the findings of the files' reading; where one diagram is `too_large`, the others are
/// not looked at: they may be nearly so.
pub fn look(
    piece: &Piece,
    binding: &Arc<Binding>,
    layers: &Layers,
    before: &[Diagnostic],
    sources: &Arc<Sources>,
    options: Options,
    too_large: &AtomicBool,
) -> Looked {
    let before = diagnostics_of(piece, before, sources);
    let picture = proposing::finding(piece, binding, layers, sources);
    match layers.scenario(piece, Arc::clone(binding), sources).survey() {
        Ok(_) if too_large.load(Ordering::Relaxed) => Looked::default(),
        Ok(survey) => {
            let (findings, stats) = findings(piece, &survey, &before, options);
            let (unnamed, mut findings): (Vec<Finding>, Vec<Finding>) =
                findings.into_iter().partition(|finding| finding.lint.code == drawn::LABEL);
            // What stands against a run and is no finding: an arrow across the edge.
            let mut problems: Vec<Diagnostic> =
                survey.problems.iter().filter(|told| !is_finding(told)).cloned().collect();
            let told: Vec<Diagnostic> = unnamed.iter().map(|finding| finding.diagnostic.clone()).collect();
            let told = drawn::without_crowd(piece, binding, told);
            if options.folded && told.len() < unnamed.len() {
                problems.extend(told)
            } else {
                findings.extend(unnamed)
            }
            findings.extend(picture);
            Looked { findings, problems, stats, survey: Some(survey) }
        }
        Err(error) => {
            let limit = error.diagnostics.iter().any(|told| told.code == limits::LIMIT);
            too_large.fetch_or(limit, Ordering::Relaxed);
            // Of a drawing there is nothing to say but that it is one.
            let drawing = drawn::note(piece, binding).map(|note| vec![note]);
            let problems = drawing.unwrap_or_else(|| drawn::explained(piece, binding, error.diagnostics));
            let findings = picture.into_iter().collect();
            Looked { findings, problems: [problems, before].concat(), ..Looked::default() }
        }
    }
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
    findings.iter_mut().for_each(|finding| hide_in(&mut finding.diagnostic, secrets));
    if let Some(StimulusOrders::Counted { example: Some(example), .. }) = stats.as_mut().map(|stats| &mut stats.orders)
    {
        hide(&mut example.scenario);
    }
    (findings, stats)
}

/// Takes secrets out of everything that is said.
pub fn hide_in(told: &mut Diagnostic, secrets: &Secrets) {
    let hide = |text: &mut String| *text = secrets.redact(text).into_owned();
    hide(&mut told.message);
    told.labels.iter_mut().map(|label| &mut label.text).chain(&mut told.notes).chain(&mut told.help).for_each(hide);
    told.fixes.iter_mut().flat_map(|fix| &mut fix.edits).for_each(|edit| hide(&mut edit.text));
}

/// What was said of this piece while the files were read.
pub fn diagnostics_of(piece: &Piece, all: &[Diagnostic], sources: &Sources) -> Vec<Diagnostic> {
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
