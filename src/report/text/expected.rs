//! Two traces in one order: what the diagram expects, and what was observed.
//!
//! Both are written in the diagram's order, and a frame that passed stands at its arrow in both. So whatever order the
//! diagram leaves open cannot show as a difference; what differs is what was found.

use crate::oracle::{Class, Fate, Finding, Mark};
use crate::order::{Arrow, ArrowId, Kind, Node, Order};
use crate::report::run::ScenarioReport;
use crate::report::view::place;
use crate::report::wirelog;
use rustc_hash::FxHashMap;

/// The lines of both traces.
pub(super) struct Traces {
    pub(super) expected: Vec<String>,
    pub(super) observed: Vec<String>,
}

impl Traces {
    pub(super) fn of(report: &ScenarioReport) -> Traces {
        let order = &report.order;
        let mut marks: FxHashMap<ArrowId, Vec<&Mark>> = FxHashMap::default();
        for mark in &report.outcome.marks {
            if let Some(arrow) = mark.arrow {
                marks.entry(arrow).or_default().push(mark);
            }
        }
        let mut walk = Walk { report, marks, behind: FxHashMap::default(), missing: FxHashMap::default() };
        let mut traces = Traces { expected: Vec::new(), observed: Vec::new() };
        walk.place_findings(&mut traces);
        walk.block(&order.root, &mut traces);
        traces
    }
}

struct Walk<'a> {
    report: &'a ScenarioReport,
    marks: FxHashMap<ArrowId, Vec<&'a Mark>>,
    /// Frames that nobody drew, by the arrow behind which they were observed.
    behind: FxHashMap<ArrowId, Vec<String>>,
    /// What was found at an arrow.
    missing: FxHashMap<ArrowId, &'a Finding>,
}

impl<'a> Walk<'a> {
    fn place_findings(&mut self, traces: &mut Traces) {
        let outcome = &self.report.outcome;
        let all = outcome.findings.iter().chain(&outcome.excused);
        for finding in all.flat_map(|root| std::iter::once(root).chain(&root.consequences)) {
            match finding.class {
                Class::Duplicate | Class::Unexpected | Class::Misrouted | Class::Closed => {
                    let line = self.frame(finding);
                    match self.above(finding) {
                        Some(arrow) => self.behind.entry(arrow).or_default().push(line),
                        None => traces.observed.push(line),
                    }
                    if finding.class == Class::Closed
                        && let Some(arrow) = finding.arrow
                    {
                        self.missing.entry(arrow).or_insert(finding);
                    }
                }
                Class::WrongPayload => {
                    if let Some(arrow) = finding.arrow {
                        self.missing.insert(arrow, finding);
                        let line = self.frame(finding);
                        self.behind.entry(arrow).or_default().push(line);
                    }
                }
                Class::Reordered | Class::Early | Class::Late => {
                    if let Some(arrow) = finding.arrow {
                        self.missing.insert(arrow, finding);
                        let line = self.frame(finding);
                        match self.above(finding).filter(|above| *above != arrow) {
                            Some(above) => self.behind.entry(above).or_default().push(line),
                            None => self.behind.entry(arrow).or_default().push(line),
                        }
                    }
                }
                Class::Missing => {
                    if let Some(arrow) = finding.arrow {
                        self.missing.entry(arrow).or_insert(finding);
                    }
                }
            }
        }
    }

    /// The line of a frame that was found.
    fn frame(&self, finding: &Finding) -> String {
        let client = self.report.order.lifelines.get(finding.lifeline.0 as usize);
        let client = client.map_or("?", |lifeline| &lifeline.name);
        let content = wirelog::of_finding(&self.report.trace, finding, 2_000);
        let content = content.unwrap_or_else(|| finding.class.word().to_owned());
        format!("{} -> {client}: {content}", self.sender(finding))
    }

    /// The arrow behind which a frame stands.
    fn above(&self, finding: &Finding) -> Option<ArrowId> {
        let marks = &self.report.outcome.marks;
        let here = marks.iter().position(|mark| mark.entry.is_some() && mark.entry == finding.entry);
        let behind = here.and_then(|here| place::behind(marks, here, |arrow| Some(arrow.0 as usize)));
        behind.map(|rank| ArrowId(rank as u32)).or(finding.arrow)
    }

    fn sender(&self, finding: &Finding) -> &'a str {
        let order: &Order = &self.report.order;
        let name = |id: usize| order.lifelines.get(id).map(|lifeline| &*lifeline.name);
        let came = finding.entry.and_then(|entry| self.report.trace.get(entry)?.event.received());
        if let Some(from) = came.and_then(|it| name(it.from as usize)) {
            return from;
        }
        let arrow = finding.related.or(finding.arrow).and_then(|arrow| order.arrows.get(arrow.0 as usize));
        let ends = arrow.map(|arrow| [arrow.from, arrow.to]);
        let other = ends.and_then(|ends| {
            ends.into_iter()
                .filter_map(|end| end.lifeline())
                .find(|end| !order.simulated(crate::order::Point::Lifeline(*end)))
        });
        other.and_then(|other| order.lifelines.get(other.0 as usize)).map_or("Server", |lifeline| &lifeline.name)
    }

    fn block(&mut self, nodes: &[Node], traces: &mut Traces) {
        for node in nodes {
            match *node {
                Node::Arrow(arrow) => self.arrow(arrow, traces),
                Node::Fragment(fragment) => {
                    let report = self.report;
                    let Some(fragment) = report.order.fragments.get(fragment.0 as usize) else { continue };
                    let turns = match fragment.kind {
                        Kind::Loop { .. } => self.turns(fragment.operands.iter().flat_map(|operand| &operand.body)),
                        Kind::Choice(_)
                        | Kind::Par
                        | Kind::Strict
                        | Kind::Critical
                        | Kind::Region { .. }
                        | Kind::Frame => 1,
                    };
                    for _ in 0..turns {
                        for operand in &fragment.operands {
                            self.block(&operand.body, traces);
                        }
                    }
                }
            }
        }
    }

    /// How often the body of a loop is still to be written: as often as the arrow in it that happened most often.
    fn turns<'b>(&self, nodes: impl Iterator<Item = &'b Node>) -> usize {
        let left = |node: &Node| match node {
            Node::Arrow(arrow) => {
                let marked = self.marks.get(arrow).map_or(0, Vec::len);
                marked.max(usize::from(self.missing.contains_key(arrow)))
            }
            Node::Fragment(_) => 0,
        };
        nodes.map(left).max().unwrap_or(0).max(1)
    }

    fn arrow(&mut self, id: ArrowId, traces: &mut Traces) {
        let Some(arrow) = self.report.order.arrows.get(id.0 as usize) else { return };
        let line = self.line(arrow);
        let mark =
            self.marks.get_mut(&id).and_then(|marks| if marks.is_empty() { None } else { Some(marks.remove(0)) });
        let found = self.missing.get(&id).copied();
        match mark.map(|mark| mark.fate) {
            Some(Fate::Sent | Fate::Passed) => {
                traces.expected.push(line.clone());
                traces.observed.push(line);
            }
            Some(Fate::Ignored) => {}
            Some(Fate::Found(Class::Duplicate | Class::Unexpected)) => {}
            Some(Fate::Found(_)) => traces.expected.push(line),
            None if found.is_some() => traces.expected.push(line),
            None => {}
        }
        let last = self.marks.get(&id).is_none_or(Vec::is_empty);
        if last {
            if found.is_some() {
                self.missing.remove(&id);
            }
            traces.observed.extend(self.behind.remove(&id).unwrap_or_default());
        }
    }

    fn line(&self, arrow: &Arrow) -> String {
        let order = &self.report.order;
        let name = |end: crate::order::Point| match end.lifeline() {
            Some(lifeline) => order.lifelines.get(lifeline.0 as usize).map_or("?", |lifeline| &lifeline.name),
            None => "outside",
        };
        format!("{} -> {}: {}", name(arrow.from), name(arrow.to), arrow.label)
    }
}
