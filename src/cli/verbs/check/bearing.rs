use crate::diagram::OrderMode;
use crate::lint::Finding;
use crate::oracle::Class;
use crate::order::ArrowId;
use crate::report::ScenarioReport;
use crate::source::{Diagnostic, Severity, Sources};
use std::sync::Arc;

/// What lint has said of each scenario: shown where a run finds something at the same place.
pub(super) struct Bearing {
    pub(super) linted: Vec<Vec<Finding>>,
    pub(super) sources: Arc<Sources>,
}

impl Bearing {
    /// The warnings about the arrows at which a play of a scenario has found something, and which have to do with it.
    pub(super) fn on(&self, index: usize, order: OrderMode, plays: &[ScenarioReport]) -> Vec<Diagnostic> {
        let found: Vec<(ArrowId, Class, &ScenarioReport)> = plays
            .iter()
            .flat_map(|play| play.outcome.findings.iter().map(move |finding| (play, finding)))
            .filter_map(|(play, finding)| Some((finding.arrow?, finding.class, play)))
            .collect();
        let linted = self.linted.get(index).map_or(&[][..], Vec::as_slice);
        let bears = |finding: &&Finding| {
            let about = |(arrow, class, play): &(ArrowId, Class, &ScenarioReport)| {
                finding.arrows.contains(arrow) && finding.lint.bears.on(*class, &play.outcome, order)
            };
            finding.diagnostic.severity == Severity::Warning && found.iter().any(about)
        };
        // The places alone: the rest is for `lint`.
        let short = |finding: &Finding| {
            let told = Diagnostic { notes: Vec::new(), help: Vec::new(), ..finding.diagnostic.clone() };
            let name = told.primary().map_or("FILE", |span| self.sources.get(span.source).name());
            told.clone().with_help(format!("seqcheck lint {name} shows solutions"))
        };
        linted.iter().filter(bears).map(short).collect()
    }
}
