//! Who is tested in a picture of an architecture: what is proposed, tried with a binding made of the labels.

use super::linting;
use super::load::Piece;
use super::scenarios::Layers;
use crate::diagram::{Diagram, Setting};
use crate::lint::{self, Finding};
use crate::oracle::Part;
use crate::order::{Proposal, Vocabulary, proposal, spoken};
use crate::source::{Diagnostic, Severity, Source, Sources, Span};
use crate::syntax::limits;
use crate::wire::{Binding, Drawn, skeleton};
use std::sync::Arc;

/// The finding, with the directives that a run would need; none where the picture says it, or nothing can be told.
pub fn finding(piece: &Piece, binding: &Binding, layers: &Layers, sources: &Arc<Sources>) -> Option<Finding> {
    let diagram = &piece.diagram;
    if layers.has_roles() || !proposal::is_wanted(diagram, binding) {
        return None;
    }
    let chosen = chosen(piece, binding, layers, sources)?;
    lint::picture(diagram, &chosen, linting::hand(piece.dialect), sources)
}

/// The likeliest proposal with which the picture could be played, given a rule for each label; else the likeliest.
fn chosen(piece: &Piece, words: &dyn Vocabulary, layers: &Layers, sources: &Arc<Sources>) -> Option<Proposal> {
    let all = proposal::of(&piece.diagram, words);
    let best = all.iter().min_by_key(|proposal| troubles(piece, proposal, layers, sources));
    best.cloned()
}

/// So much stands against a run with these directives: errors, and whether nothing could be observed.
fn troubles(piece: &Piece, proposal: &Proposal, layers: &Layers, sources: &Arc<Sources>) -> usize {
    let nowhere = Span::default();
    let mut diagram = Diagram::clone(&piece.diagram);
    diagram.settings.push(Setting::Server(proposal.server.clone(), nowhere));
    if !proposal.silent.is_empty() {
        diagram.settings.push(Setting::Silent(proposal.silent.clone(), nowhere));
    }
    let mut own = Sources::new();
    let Some(binding) = of_labels(&diagram, &mut own) else { return limits::ARROWS };
    let piece = Piece { diagram: Arc::new(diagram), ..piece.clone() };
    let survey = match layers.scenario(&piece, Arc::new(binding), sources).survey() {
        Ok(survey) => survey,
        Err(error) => return limits::ARROWS + error.diagnostics.len(),
    };
    let order = survey.plan.order();
    let seen = order.arrow_ids().any(|(id, _)| survey.plan.planned(id).part == Part::Observation);
    let findings = linting::findings(&piece, &survey, &[], linting::Options::default()).0;
    let is_error = |told: &&Diagnostic| told.severity == Severity::Error;
    let errors = survey.problems.iter().filter(is_error).count()
        + findings.iter().filter(|finding| is_error(&&finding.diagnostic)).count();
    errors + usize::from(!seen)
}

/// The binding that the labels of a diagram begin.
fn of_labels(diagram: &Diagram, sources: &mut Sources) -> Option<Binding> {
    let nothing = sources.add(Source::new("<words>", ""));
    let words = Binding::parse(sources, nothing).ok()?;
    let mut drawn = Drawn::default();
    let people = diagram.participants.iter().map(|participant| participant.id.clone());
    drawn.take(&spoken(diagram, &words), people);
    let made = sources.add(Source::new("<labels>", skeleton("labels", &drawn, "type")));
    Binding::parse(sources, made).ok()
}
