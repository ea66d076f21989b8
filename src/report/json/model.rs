//! The form: what `docs/schema/report.json` describes, member by member.

use super::VERSION;
use super::parts::{FrameJson, ServerJson};
use crate::oracle::{Fate, Finding, Mark, Tie};
use crate::order::{ArrowId, LifelineId, Order, Point};
use crate::report::run::{Run, ScenarioReport, decoded, proposed, quotes};
use crate::source::Span;
use crate::trace::Moment;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

#[derive(Serialize)]
pub(super) struct RunJson {
    seqcheck: u32,
    summary: SummaryJson,
    scenarios: Vec<ScenarioJson>,
}

#[derive(Serialize)]
pub(super) struct SummaryJson {
    total: usize,
    passed: usize,
    #[serde(skip_serializing_if = "none")]
    flaky: usize,
    failed: usize,
    inconclusive: usize,
    errors: usize,
    skipped: usize,
    place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn none(count: &usize) -> bool {
    *count == 0
}

#[derive(Serialize)]
pub(super) struct ScenarioJson {
    name: String,
    path: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
    tags: Vec<String>,
    play: u32,
    plays: u32,
    arrows: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listened: Option<u64>,
    findings: Vec<FindingJson>,
    excused: Vec<FindingJson>,
    doubts: Vec<DoubtJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<TroubleJson>,
    marks: Vec<MarkJson>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    servers: Vec<ServerJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wire: Option<WireJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tries: Vec<String>,
    again: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<String>,
}

#[derive(Serialize)]
struct WireJson {
    file: String,
    diff: Vec<String>,
}

#[derive(Serialize)]
struct ArrowJson {
    number: u32,
    line: u32,
    from: String,
    to: String,
    label: String,
}

#[derive(Serialize)]
struct CauseJson {
    #[serde(flatten)]
    arrow: ArrowJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    complete: Option<u64>,
}

#[derive(Serialize)]
struct TieJson {
    class: &'static str,
    #[serde(flatten)]
    arrow: ArrowJson,
}

impl TieJson {
    fn of(tie: &Tie, order: &Order) -> Option<Self> {
        Some(TieJson { class: tie.class.word(), arrow: arrow(order, tie.arrow)? })
    }
}

#[derive(Serialize)]
struct FindingJson {
    class: &'static str,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrow: Option<ArrowJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    or: Vec<TieJson>,
    client: String,
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<FrameJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decoded: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    diff: Vec<DiffJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<TimingJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<CauseJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<ArrowJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meant_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<BoundJson>,
    pending: Vec<ArrowJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    help: Vec<String>,
    quotes: Vec<QuoteJson>,
    consequences: Vec<FindingJson>,
}

#[derive(Serialize)]
struct DiffJson {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Value>,
}

#[derive(Serialize)]
struct TimingJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<u64>,
}

#[derive(Serialize)]
struct BoundJson {
    name: String,
    value: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrow: Option<ArrowJson>,
}

#[derive(Serialize)]
struct QuoteJson {
    line: u32,
    text: String,
    source: String,
}

#[derive(Serialize)]
struct DoubtJson {
    code: &'static str,
    text: String,
    lines: Vec<u32>,
}

#[derive(Serialize)]
struct TroubleJson {
    kind: &'static str,
    message: String,
    help: Vec<String>,
    lines: Vec<u32>,
}

#[derive(Serialize)]
struct MarkJson {
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrow: Option<u32>,
    client: String,
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
}

impl RunJson {
    pub(super) fn of(run: &Run) -> Self {
        let scenarios = run.scenarios.iter().map(ScenarioJson::of).collect();
        RunJson { seqcheck: VERSION, summary: SummaryJson::of(run), scenarios }
    }
}

impl SummaryJson {
    pub(super) fn of(run: &Run) -> Self {
        let [passed, flaky, failed, inconclusive, errors, skipped] = run.tally().map(|(_, count)| count);
        SummaryJson {
            total: run.scenarios.len(),
            passed,
            flaky,
            failed,
            inconclusive,
            errors,
            skipped,
            place: run.place.clone(),
            seconds: run.elapsed.map(|elapsed| elapsed.as_secs_f64()),
            interrupted: run.interrupted.clone(),
        }
    }
}

impl ScenarioJson {
    pub(super) fn of(report: &ScenarioReport) -> Self {
        let (order, outcome) = (&*report.order, &report.outcome);
        let findings = |findings: &[Finding]| findings.iter().map(|each| FindingJson::of(each, report)).collect();
        let lines = |spans: &[Span]| spans.iter().map(|span| line(report, *span)).collect();
        ScenarioJson {
            name: report.name.clone(),
            path: report.path.clone(),
            status: report.status().key(),
            skipped: report.skipped.clone(),
            tags: report.tags.clone(),
            play: report.play.0.max(1),
            plays: report.play.1.max(1),
            arrows: report.arrow_count(),
            seconds: report.duration.map(|duration| duration.as_secs_f64()),
            evidence: outcome.evidence.map(|evidence| evidence.word()),
            listened: outcome
                .evidence
                .filter(|_| !outcome.listened.is_zero())
                .map(|_| u64::try_from(outcome.listened.as_nanos()).unwrap_or(u64::MAX)),
            findings: findings(&outcome.findings),
            excused: findings(&outcome.excused),
            doubts: outcome
                .doubts
                .iter()
                .map(|doubt| DoubtJson {
                    code: doubt.reason.code(),
                    text: doubt.text.clone(),
                    lines: lines(&doubt.spans),
                })
                .collect(),
            trouble: outcome.trouble.as_ref().map(|trouble| TroubleJson {
                kind: trouble.kind,
                message: trouble.message.clone(),
                help: trouble.help.clone(),
                lines: lines(&trouble.spans),
            }),
            marks: outcome.marks.iter().map(|mark| MarkJson::of(mark, order)).collect(),
            notes: report.notes.clone(),
            servers: report.shown_servers().map(ServerJson::of).collect(),
            wire: report.wire.as_ref().map(|wire| WireJson {
                file: wire.file.clone(),
                diff: wire.diff.iter().map(|(sign, text)| format!("{sign}{text}")).collect(),
            }),
            tries: report.tries.clone(),
            again: report.again.clone(),
            kept: report.kept.clone(),
        }
    }
}

impl FindingJson {
    fn of(finding: &Finding, report: &ScenarioReport) -> Self {
        let order = &*report.order;
        FindingJson {
            class: finding.class.word(),
            what: finding.what.clone(),
            arrow: finding.arrow.and_then(|id| arrow(order, id)),
            or: finding.or.iter().filter_map(|tie| TieJson::of(tie, order)).collect(),
            client: name(order, finding.lifeline),
            channel: finding.channel.word(),
            label: finding.label.clone(),
            frame: finding.raw.as_ref().map(FrameJson::of),
            decoded: decoded(report, finding),
            at: finding.at.map(|Moment(at)| at),
            diff: finding
                .diff
                .iter()
                .map(|each| DiffJson {
                    path: each.path.clone(),
                    expected: each.expected.clone(),
                    found: each.found.clone(),
                })
                .collect(),
            timing: finding.timing.map(|timing| TimingJson {
                measured: timing.measured.map(nanos),
                at_least: timing.at_least.map(nanos),
                at_most: timing.at_most.map(nanos),
            }),
            cause: finding.cause.and_then(|cause| {
                let complete = cause.complete.map(|Moment(at)| at);
                Some(CauseJson { arrow: arrow(order, cause.arrow)?, complete })
            }),
            related: finding.related.and_then(|id| arrow(order, id)),
            meant_for: finding.meant_for.map(|lifeline| name(order, lifeline)),
            bound: finding.bound.as_ref().map(|bound| BoundJson {
                name: bound.name.clone(),
                value: bound.value.clone(),
                arrow: arrow(order, bound.arrow),
            }),
            pending: finding.pending.iter().filter_map(|id| arrow(order, *id)).collect(),
            allow: finding.allow.clone(),
            rule: proposed(report, finding),
            help: finding.help.clone(),
            quotes: quotes(order, finding)
                .into_iter()
                .map(|(arrow, (text, source))| QuoteJson {
                    line: order.arrow(arrow).line,
                    text: text.to_string(),
                    source: source.to_string(),
                })
                .collect(),
            consequences: finding.consequences.iter().map(|each| FindingJson::of(each, report)).collect(),
        }
    }
}

impl MarkJson {
    fn of(mark: &Mark, order: &Order) -> Self {
        let arrow = mark.arrow.and_then(|id| order.arrows.get(id.0 as usize));
        MarkJson {
            fate: match mark.fate {
                Fate::Sent => "sent",
                Fate::Passed => "passed",
                Fate::Ignored => "ignored",
                Fate::Found(class) => class.word(),
            },
            line: arrow.map(|arrow| arrow.line),
            arrow: arrow.map(|arrow| arrow.number),
            client: name(order, mark.lifeline),
            channel: mark.channel.word(),
            at: mark.at.map(|Moment(at)| at),
        }
    }
}

fn arrow(order: &Order, id: ArrowId) -> Option<ArrowJson> {
    let arrow = order.arrows.get(id.0 as usize)?;
    let end = |point: Point| point.lifeline().map_or_else(|| "outside".to_owned(), |id| name(order, id));
    Some(ArrowJson {
        number: arrow.number,
        line: arrow.line,
        from: end(arrow.from),
        to: end(arrow.to),
        label: arrow.label.to_string(),
    })
}

fn name(order: &Order, lifeline: LifelineId) -> String {
    order.lifelines.get(lifeline.0 as usize).map_or_else(String::new, |lifeline| lifeline.name.to_string())
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn line(report: &ScenarioReport, span: Span) -> u32 {
    let source = report.sources.iter().nth(span.source.0 as usize);
    source.map_or(0, |(_, source)| source.line_of(span.start))
}
