use super::diff;
use super::words::{arrow_words, evidence_words, timing_words};
use super::{Style, Verbosity, note, place};
use crate::oracle::{By, Class, Doubt, Finding, Tie, Trouble};
use crate::order::ArrowId;
use crate::report::ladder;
use crate::report::paint::{Painted, Tone, fit};
use crate::report::run::{ScenarioReport, WireDifference, about_handshake, decoded, is_page, proposed, quotes};
use crate::report::view::{Played, State, View, value_words};
use crate::report::wirelog;
use crate::source::{Span, elapsed_words, visible};
use crate::trace::{Evidence, Moment};
use unicode_width::UnicodeWidthStr;

/// How many arrows stand above the one that went wrong.
const ABOVE: usize = 2;
/// How many arrows stand between the place where a frame was observed and the one where it is drawn.
const BETWEEN: usize = 6;
/// How many findings are told in full.
const FULL: usize = 3;
/// So many columns of a frame are shown.
const FRAME: usize = 600;
/// No drawing is made narrower, in columns.
const NARROWEST: usize = 32;
/// So many of an HTTP answer.
const PAGE: usize = 160;

/// Everything that is to be said of a scenario that is not good.
pub(super) fn all(painted: &mut Painted, report: &ScenarioReport, style: &Style) {
    let outcome = &report.outcome;
    if let Some(trouble) = &outcome.trouble {
        troubled(painted, report, trouble);
    }
    for doubt in &outcome.doubts {
        doubtful(painted, report, doubt);
    }
    let mut reasons: Vec<_> = outcome.doubts.iter().map(|doubt| doubt.reason).collect();
    reasons.dedup();
    for reason in reasons {
        note(painted, Tone::Plain, &format!("solutions: seqcheck explain {}", reason.code()));
    }
    let full = if style.verbosity == Verbosity::Verbose { usize::MAX } else { FULL };
    for (index, finding) in outcome.findings.iter().take(full).enumerate() {
        block(painted, report, finding, index == 0, style);
    }
    let rest = outcome.findings.len().saturating_sub(full);
    if rest > 0 {
        painted.line();
        note(painted, Tone::Plain, &format!("{rest} more {}; -v shows all", findings_word(rest)));
        for finding in outcome.findings.iter().skip(full).take(20) {
            painted.line().put(Tone::Dim, "        ").put(Tone::Plain, &short(report, finding));
        }
    }
    for stale in &outcome.stale {
        if let Some(arrow) = report.order.arrows.get(stale.0 as usize) {
            let reason = arrow.traits.known_failure.as_deref().unwrap_or_default();
            let text = format!(
                "line {}: this known failure no longer occurs ({reason}): remove the directive above the arrow",
                arrow.line
            );
            note(painted, Tone::Warn, &text);
        }
    }
    if !outcome.findings.is_empty() {
        diff::put(painted, report, style);
    }
    if let Some(wire) = &report.wire {
        differs(painted, wire, style);
    }
    ending(painted, report);
}

/// How many lines of a difference to a snapshot are shown.
const WIRE_LINES: usize = 60;

/// The wire is not what was locked.
fn differs(painted: &mut Painted, wire: &WireDifference, style: &Style) {
    painted.line();
    painted.line_of(Tone::Plain, "    ").put(Tone::Bad, "wire snapshot").put(Tone::Plain, ": the frames differ from ");
    painted.put(Tone::Plain, &wire.file);
    painted.line();
    painted.line_of(Tone::Bad, "    - locked").put(Tone::Plain, "   ").put(Tone::Good, "+ observed");
    for (sign, text) in wire.diff.iter().take(WIRE_LINES) {
        let tone = match sign {
            '-' => Tone::Bad,
            '+' => Tone::Good,
            _ => Tone::Dim,
        };
        let cut = if style.ascii { ".." } else { "…" };
        let text = fit(text, style.width.saturating_sub(8).max(40), cut);
        painted.line_of(tone, &format!("    {sign} {text}"));
    }
    if wire.diff.len() > WIRE_LINES {
        painted.line_of(Tone::Dim, &format!("      (and {} lines more)", wire.diff.len() - WIRE_LINES));
    }
    note(painted, Tone::Plain, "all drawn messages came as drawn, but other parts of the frames have changed");
    note(painted, Tone::Plain, "to lock the new frames: --update, or cargo insta review");
}

fn findings_word(count: usize) -> &'static str {
    if count == 1 { "finding" } else { "findings" }
}

/// One finding: its line, the sentence, the ladder around it, its frame, and the facts.
fn block(painted: &mut Painted, report: &ScenarioReport, finding: &Finding, first: bool, style: &Style) {
    let order = &report.order;
    let bar = if style.ascii { " | " } else { " │ " };
    painted.line();
    let arrow = finding.arrow.and_then(|arrow| order.arrows.get(arrow.0 as usize));
    let margin = match arrow {
        Some(arrow) => {
            let (name, line, text) = place(report, arrow.span);
            let number = line.to_string();
            let margin = number.len().max(3);
            if name != report.path {
                painted.line_of(Tone::Dim, &format!("{:margin$}{}", "", bar)).put(Tone::Dim, &name);
            }
            painted.line_of(Tone::Dim, &format!("{number:>margin$}{bar}"));
            painted.put(Tone::Plain, text.trim());
            let sign = if style.ascii { "^" } else { "─" };
            let under = sign.repeat(head_width(&text, &arrow.label).max(1));
            painted.line_of(Tone::Dim, &format!("{:margin$}{bar}", ""));
            painted.put(Tone::Bad, &under).put(Tone::Plain, " ").put(Tone::Bad, &finding.what);
            margin
        }
        None => {
            painted.line_of(Tone::Dim, &format!("{:3}{bar}", "")).put(Tone::Bad, &finding.what);
            3
        }
    };
    let edge = format!("{:margin$}{}", "", bar.trim_end());
    let margin = [(Tone::Dim, edge.as_str())];
    if first {
        let ladder = around(report, finding, style, edge.width());
        if !ladder.is_empty() {
            painted.line_of(Tone::Dim, &edge);
            painted.block(&margin, ladder);
        }
    }
    details(painted, report, finding, &edge);
    facts(painted, report, finding, style);
}

/// Frame and differences, under the drawing.
fn details(painted: &mut Painted, report: &ScenarioReport, finding: &Finding, edge: &str) {
    let mut lines: Vec<(Tone, String)> = Vec::new();
    if let Some(raw) = &finding.raw {
        let which = match finding.class {
            Class::Duplicate => "second frame",
            Class::Missing
            | Class::Late
            | Class::Early
            | Class::Reordered
            | Class::WrongPayload
            | Class::Misrouted
            | Class::Unexpected
            | Class::Closed => "frame",
        };
        let most = if is_page(report, finding) { PAGE } else { FRAME };
        lines.push((Tone::Plain, format!("{which}: {}", fit(&visible(&raw.beginning(4 * FRAME)), most, "…"))));
    }
    if let Some(value) = decoded(report, finding) {
        lines.push((Tone::Plain, format!("decoded: {}", fit(&visible(&value.to_string()), FRAME, "…"))));
    }
    for difference in &finding.diff {
        lines.push((Tone::Bad, value_words(difference)));
    }
    if let Some(bound) = &finding.bound {
        let at = arrow_words(&report.order, bound.arrow);
        lines.push((Tone::Plain, format!("{} is {} since {at}", bound.name, bound.value)));
    }
    if lines.is_empty() {
        return;
    }
    painted.line_of(Tone::Dim, edge);
    for (tone, text) in lines {
        painted.line_of(Tone::Dim, edge).put(Tone::Plain, " ").put(tone, &text);
    }
}

/// The lines that begin with `=`.
fn facts(painted: &mut Painted, report: &ScenarioReport, finding: &Finding, style: &Style) {
    let order = &report.order;
    if !finding.or.is_empty() {
        let words = |tie: &Tie| match tie.class {
            class if class == finding.class => arrow_words(order, tie.arrow),
            class => format!("{}, {}", class.word(), arrow_words(order, tie.arrow)),
        };
        let others = finding.or.iter().map(words).collect::<Vec<_>>();
        note(
            painted,
            Tone::Plain,
            &format!("or: {}: an equally small difference explains it too", others.join("; or: ")),
        );
    }
    if let Some(cause) = finding.cause {
        let when = match cause.complete {
            Some(at) => {
                let early = finding.class == Class::Early && finding.timing.is_some();
                let told =
                    early && order.arrows.get(cause.arrow.0 as usize).is_some_and(|it| !order.simulated(it.from));
                let what = if told { "sent at the earliest after" } else { "complete after" };
                format!("{what} {}", elapsed_words(at.since(Moment(0))))
            }
            None => "not sent yet".to_owned(),
        };
        let arrow = arrow_words(order, cause.arrow);
        let told = match cause.by {
            By::Drawn | By::Values => format!("cause: {arrow}, {when}"),
            By::Last => format!("cause: perhaps {arrow}, {when}: the last message that can have caused it"),
        };
        note(painted, Tone::Plain, &told);
    }
    if let Some(timing) = &finding.timing {
        let left = report.outcome.evidence == Some(Evidence::Nobody) && is_commanded(report);
        note(painted, Tone::Plain, &timing_words(timing, left));
    }
    let pending: Vec<ArrowId> = finding.pending.iter().copied().filter(|&arrow| Some(arrow) != finding.arrow).collect();
    if !pending.is_empty() {
        let shown = pending.iter().take(4).map(|&arrow| arrow_words(order, arrow)).collect::<Vec<_>>();
        let rest = pending.len().saturating_sub(shown.len());
        let rest = if rest > 0 { format!("; and {rest} more") } else { String::new() };
        note(painted, Tone::Plain, &format!("also expected at that time: {}{rest}", shown.join("; ")));
    }
    for (arrow, (text, source)) in quotes(order, finding) {
        let at =
            if finding.arrow == Some(arrow) { String::new() } else { format!(" at line {}", order.arrow(arrow).line) };
        note(painted, Tone::Plain, &format!("specified{at}: \"{text}\" {source}"));
    }
    let handshake = about_handshake(report, finding);
    for help in finding.help.iter().map(String::as_str).chain(handshake) {
        note(painted, Tone::Plain, &format!("help: {help}"));
    }
    if let Some(rule) = proposed(report, finding) {
        note(painted, Tone::Plain, "a draft of a rule for it:");
        for line in rule.lines() {
            painted.line().put(Tone::Dim, "        ").put(Tone::Info, line);
        }
    }
    if let Some(allow) = finding.allow.as_ref().filter(|_| handshake.is_none()) {
        painted.line().put(Tone::Dim, "    = ").put(Tone::Plain, "to allow it: ").put(Tone::Info, allow);
    }
    match &finding.consequences[..] {
        [] => {}
        consequences if style.verbosity == Verbosity::Verbose => {
            note(painted, Tone::Plain, "these findings may follow from it:");
            for each in consequences {
                painted.line().put(Tone::Dim, "        ").put(Tone::Plain, &short(report, each));
            }
        }
        consequences => {
            let count = consequences.len();
            let kinds = summary_of(consequences);
            let noun = if count == 1 { "finding" } else { "findings" };
            note(painted, Tone::Dim, &format!("{count} more {noun} may follow from it ({kinds}); -v shows all"));
        }
    }
}

/// Whether a command was started to dial.
fn is_commanded(report: &ScenarioReport) -> bool {
    report.servers.iter().any(|server| server.client)
}

/// `missing at lines 15, 17; unexpected at line 20`
fn summary_of(findings: &[Finding]) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for finding in findings {
        match kinds.iter_mut().find(|(word, _)| *word == finding.class.word()) {
            Some((_, count)) => *count += 1,
            None => kinds.push((finding.class.word(), 1)),
        }
    }
    kinds.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// A finding in a line.
fn short(report: &ScenarioReport, finding: &Finding) -> String {
    let arrow = finding.arrow.and_then(|arrow| report.order.arrows.get(arrow.0 as usize));
    let at = arrow.map(|arrow| format!("line {}: ", arrow.line)).unwrap_or_default();
    let frame = finding.raw.as_ref().map(|raw| format!(": {}", fit(&visible(&raw.beginning(FRAME)), FRAME, "…")));
    format!("{at}{}: {}{}", finding.class.word(), finding.what, frame.unwrap_or_default())
}

/// How it was seen that nothing more came, and for how long.
pub(super) fn evidence(report: &ScenarioReport) -> Option<String> {
    let outcome = &report.outcome;
    let words = evidence_words(outcome.evidence?, outcome.listened, is_commanded(report));
    let weaker = outcome.weaker.iter().filter_map(|(id, _)| report.order.lifelines.get(id.0 as usize));
    let weaker: Vec<&str> = weaker.map(|lifeline| &*lifeline.name).collect();
    let weaker = if weaker.is_empty() { String::new() } else { format!("; no echo of {}", weaker.join(", ")) };
    Some(format!("evidence: {words}{weaker}"))
}

/// What holds for the whole scenario.
fn ending(painted: &mut Painted, report: &ScenarioReport) {
    let outcome = &report.outcome;
    painted.line();
    // The line just begun takes the first fact; every other begins its own.
    let mut lines: Vec<(Tone, String)> = Vec::new();
    lines.extend(evidence(report).map(|text| (Tone::Plain, text)));
    if outcome.fallback {
        lines.push((
            Tone::Warn,
            "partial: too many messages for a full explanation; a shorter explanation may exist".to_owned(),
        ));
    }
    if !report.again.is_empty() {
        lines.push((Tone::Info, format!("again: {}", report.again)));
    }
    for (index, (tone, text)) in lines.iter().enumerate() {
        if index > 0 {
            painted.line();
        }
        painted.put(Tone::Dim, "    = ").put(*tone, text);
    }
}

fn troubled(painted: &mut Painted, report: &ScenarioReport, trouble: &Trouble) {
    painted.line();
    painted.line_of(Tone::Plain, "    ").put(Tone::Bad, trouble.kind).put(Tone::Plain, ": ");
    painted.put(Tone::Plain, &trouble.message);
    places(painted, report, &trouble.spans);
    for help in &trouble.help {
        note(painted, Tone::Plain, &format!("help: {help}"));
    }
}

fn doubtful(painted: &mut Painted, report: &ScenarioReport, doubt: &Doubt) {
    painted.line();
    painted.line_of(Tone::Plain, "    ").put(Tone::Warn, doubt.reason.code()).put(Tone::Plain, ": ");
    painted.put(Tone::Plain, &doubt.text);
    places(painted, report, &doubt.spans);
}

fn places(painted: &mut Painted, report: &ScenarioReport, spans: &[Span]) {
    for &span in spans {
        let (_, line, text) = place(report, span);
        if line > 0 {
            painted.line_of(Tone::Dim, &format!("{line:>3} | ")).put(Tone::Plain, text.trim());
        }
    }
}

/// The width of an arrow's line up to its label.
fn head_width(line: &str, label: &str) -> usize {
    let line = line.trim();
    let head = if label.is_empty() { line } else { line.split_once(':').map_or(line, |(head, _)| head) };
    head.trim_end().width().min(40)
}

/// The arrows around a finding, as far as the run reached them.
fn around(report: &ScenarioReport, finding: &Finding, style: &Style, taken: usize) -> Painted {
    let played = Played { order: &report.order, outcome: &report.outcome, trace: &report.trace };
    let view = View::with_run(&report.diagram, &report.sources, played);
    let Some(row) = row_of(&view, report, finding) else { return Painted::new() };
    let is_arrow = |&at: &usize| view.rows[at].message().is_some();
    let reached = |&at: &usize| view.rows[at].run.as_ref().is_some_and(|run| run.state != State::NotReached);
    let linked = view.links.iter().find(|&&(from, to)| from == row || to == row).copied();
    let (first, last) = linked.map_or((row, row), |(from, to)| (from.min(to), from.max(to)));
    let mut rows: Vec<usize> = (0..first).rev().filter(is_arrow).filter(reached).take(ABOVE).collect();
    // What lies between the place where it was observed and the one where it is drawn is why that is wrong.
    let lifeline = report.order.lifelines.get(finding.lifeline.0 as usize);
    let lane = lifeline.and_then(|lifeline| view.lane(lifeline.participant));
    let here = |&at: &usize| {
        let message = view.rows[at].message();
        message.is_some_and(|m| m.from.iter().chain(&m.to).any(|tip| tip.lane() == lane))
    };
    rows.extend((first..=last).filter(is_arrow).filter(reached).filter(here).take(BETWEEN));
    rows.extend([first, last, row]);
    rows.sort_unstable();
    rows.dedup();
    let room = style.width.saturating_sub(taken);
    let drawn = |width: usize| ladder::excerpt(&view, &rows, style.ascii, Some(width));
    let width = room.clamp(NARROWEST, 96);
    let drawing = drawn(width);
    // What is said beside the arrows wants its room too.
    let over = drawing.width().saturating_sub(room);
    if over > 0 { drawn(width.saturating_sub(over).max(NARROWEST)) } else { drawing }
}

/// The row that shows a finding: of its class, and at its arrow or of its frame.
pub(in crate::report) fn row_of(view: &View, report: &ScenarioReport, finding: &Finding) -> Option<usize> {
    let span = finding.arrow.and_then(|arrow| report.order.arrows.get(arrow.0 as usize)).map(|arrow| arrow.span);
    let of_class = |at: usize| {
        view.rows[at].message().is_some()
            && view.rows[at].run.as_ref().is_some_and(|run| run.state == State::Found(finding.class))
    };
    let undrawn = (0..view.rows.len()).find(|&at| {
        of_class(at)
            && view.rows[at].message().is_some_and(|message| message.undrawn)
            && (finding.at.is_none() || view.rows[at].run.as_ref().is_some_and(|run| run.at == finding.at))
    });
    let drawn = span.and_then(|span| (0..view.rows.len()).find(|&at| of_class(at) && view.rows[at].span == span));
    undrawn.or(drawn).or_else(|| (0..view.rows.len()).find(|&at| of_class(at)))
}

/// Every frame of a scenario, for `-v`.
pub(super) fn frames(painted: &mut Painted, report: &ScenarioReport, style: &Style) {
    let played = Played { order: &report.order, outcome: &report.outcome, trace: &report.trace };
    let view = View::with_run(&report.diagram, &report.sources, played);
    let drawing = ladder::whole(&view, style.ascii, Some(style.width.saturating_sub(4).max(NARROWEST)));
    painted.block(&[(Tone::Plain, "    ")], drawing);
    let drawn = |entry: &wirelog::Logged| !entry.channel.is_empty() && entry.mark.is_empty();
    for entry in wirelog::entries(report).filter(drawn) {
        let at = elapsed_words(entry.at.since(Moment(0)));
        painted.line().put(Tone::Dim, &format!("    {at:>9}  ")).put(Tone::Plain, &entry.who);
        // Of what was received, the frame says what it is; of what was sent, the label stands in the drawing.
        let payload = entry.payloads.first().map(|payload| payload.line());
        if let Some(text) = payload.into_iter().chain([entry.what.into()]).find(|text| !text.is_empty()) {
            painted.put(Tone::Plain, "  ").put(Tone::Info, &fit(&visible(&text), FRAME, "…"));
        }
    }
}
