//! The wire log on the page: a part of it where it is long. The page opens in a browser, and a log of a million lines would
//! not.

use super::super::run::ScenarioReport;
use super::super::svg::escape;
use super::super::view::View;
use super::super::wirelog::{self, Logged};
use crate::source::elapsed_words;
use crate::trace::Moment;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

/// So many lines are shown from the beginning on, before and behind the frame of the first finding, and at the end.
const FIRST: usize = 1_000;
const AROUND: usize = 250;
const LAST: usize = 250;
/// So much of one payload, in bytes, and of all together.
const PAYLOAD: usize = 16 << 10;
const ALL: usize = 2 << 20;

/// The log, and which entries of the trace are in it.
pub(super) struct Log {
    pub html: String,
    pub shown: BTreeSet<usize>,
}

pub(super) fn log(report: &ScenarioReport, view: &View, names: &str) -> Log {
    let all = report.trace.len() + report.asides.len();
    let mut log = Log { html: String::new(), shown: BTreeSet::new() };
    if all == 0 {
        return log;
    }
    // Where each entry is drawn.
    let mut drawn = vec![None; report.trace.len()];
    for (row, data) in view.rows.iter().enumerate().filter(|(_, data)| data.message().is_some()) {
        for entry in data.run.iter().flat_map(|run| &run.entries) {
            if let Some(place) = drawn.get_mut(*entry) {
                *place = Some(row);
            }
        }
    }
    let found = report.outcome.findings.first().and_then(|finding| finding.entry);
    // What passed beside it before the frame of the finding stands above that.
    let above = |entry: usize| report.asides.iter().take_while(|aside| aside.after <= entry).count();
    let found = found.filter(|entry| *entry < report.trace.len()).map(|entry| entry + above(entry));
    let chosen = parts(all, found);
    let (mut rows, mut next, mut lines) = (String::new(), 0, 0);
    for (index, entry) in wirelog::entries(report).enumerate() {
        // The frame of the finding is there in any case.
        let fits = rows.len() <= ALL || found == Some(index);
        if !fits || !chosen.iter().any(|part| part.contains(&index)) {
            continue;
        }
        left_out(&mut rows, index - next);
        next = index + 1;
        lines += 1;
        row(&mut rows, &entry, names, &drawn);
        log.shown.extend(entry.entry);
    }
    left_out(&mut rows, all - next);
    let part = if lines == all {
        String::new()
    } else {
        let whole = match &report.kept {
            Some(folder) => format!("{folder} contains the whole log"),
            None => "--out FOLDER keeps the whole log".to_owned(),
        };
        format!(", {} of them omitted ({whole})", all - lines)
    };
    let _ = writeln!(
        log.html,
        "<details class=\"log\"><summary>wire log, {} entries{}</summary>\n<table>\
         <thead><tr><th>at</th><th></th><th>who</th><th>what</th></tr></thead>\n<tbody>\n{rows}</tbody></table></details>",
        all,
        escape(&part)
    );
    log
}

/// Which lines of so many are shown, in their order and each once.
fn parts(all: usize, found: Option<usize>) -> Vec<Range<usize>> {
    let first = 0..all.min(FIRST);
    let around = found.map_or(0..0, |found| found.saturating_sub(AROUND)..all.min(found + AROUND));
    let around = around.start.max(first.end)..around.end.max(first.end);
    let last = all.saturating_sub(LAST).max(around.end)..all;
    // What is next to what is shown is no gap.
    vec![first, around, last]
}

fn left_out(out: &mut String, many: usize) {
    if many > 0 {
        let _ = writeln!(
            out,
            "<tr class=\"aside\"><td></td><td></td><td></td><td>{many} entries are omitted here</td></tr>"
        );
    }
}

fn row(out: &mut String, entry: &Logged<'_>, names: &str, drawn: &[Option<usize>]) {
    let class = match (entry.teardown, entry.mark.is_empty()) {
        (true, _) => " class=\"teardown\"",
        (false, false) => " class=\"aside\"",
        (false, true) => "",
    };
    let fields = (!entry.fields.is_empty()).then(|| entry.fields.join("\n").into());
    let payloads = entry.payloads.iter().map(|payload| payload.laid_out());
    let payloads: String =
        fields.into_iter().chain(payloads).map(|text| format!("<pre>{}</pre>", barred(&cut(&text)))).collect();
    let name = entry.entry.map_or_else(String::new, |entry| format!(" id=\"{names}e{entry}\""));
    let arrow = entry.entry.and_then(|entry| drawn[entry]);
    let arrow = arrow.map_or_else(String::new, |row| format!(" <a href=\"#{names}r{row}\">arrow</a>"));
    let _ = writeln!(
        out,
        "<tr{name}{class}><td>{}</td><td>{} {} {}{arrow}</td><td>{}</td><td>{}{payloads}</td></tr>",
        elapsed_words(entry.at.since(Moment(0))),
        entry.kind,
        entry.channel,
        entry.mark,
        escape(&entry.who),
        barred(&cut(&entry.what))
    );
}

/// What goes on in another line stands behind a bar, as in every report.
fn barred(text: &str) -> String {
    escape(&text.replace('\n', "\n│ "))
}

/// The beginning of what is long.
fn cut(text: &str) -> String {
    if text.len() <= PAYLOAD {
        return text.to_owned();
    }
    let end = (0..=PAYLOAD).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…\n{} bytes more", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::twice;
    use crate::report::html::render;
    use crate::report::run::Run;
    use crate::trace::{Entry, Event};
    use crate::wire::{Channel, Message, Observed, Raw};

    #[test]
    fn parts_are_in_order_and_apart() {
        for (all, found) in [
            (0, None),
            (7, Some(3)),
            (1_200, Some(1_100)),
            (9_000, Some(0)),
            (9_000, Some(8_999)),
            (9_000, Some(5_000)),
        ] {
            let shown: Vec<usize> = parts(all, found).into_iter().flatten().collect();
            assert!(
                shown.is_sorted_by(|one, other| one < other) && shown.iter().all(|at| *at < all),
                "{all} {found:?}"
            );
            assert!(found.is_none_or(|found| shown.contains(&found)) && shown.len() <= FIRST + 2 * AROUND + LAST);
            assert!(all > FIRST || shown.len() == all);
        }
    }

    #[test]
    fn a_long_log_is_shown_in_part_with_the_frame_of_the_finding() {
        let mut report = twice();
        let found = report.outcome.findings[0].entry.expect("a frame");
        let frame = |text: String| Entry {
            at: Moment(1),
            event: Event::Received {
                lifeline: 0,
                from: 2,
                channel: Channel::Socket,
                observed: Observed::Message(Message {
                    value: std::sync::Arc::new(text.as_str().into()),
                    raw: Raw::Text(text.into()),
                }),
            },
        };
        let before = (0..4_000).map(|number| frame(format!("before {number}")));
        report.trace.splice(0..0, before);
        report.trace.extend((0..4_000).map(|number| frame(format!("{number} {}", "x".repeat(PAYLOAD * 2)))));
        report.outcome.findings[0].entry = Some(found + 4_000);
        let page = |kept: Option<&str>| {
            let report = ScenarioReport { kept: kept.map(str::to_owned), ..report.clone() };
            render(&Run { scenarios: vec![report], ..Run::default() })
        };
        let open = page(None);
        assert!(open.len() < ALL + (1 << 20), "{} bytes", open.len());
        assert!(open.contains("--out FOLDER keeps the whole log") && open.contains("entries are omitted here"));
        assert!(page(Some("o/a.seq")).contains("o/a.seq contains the whole log"));
        // Whatever a link leads to is there, and the finding's frame is.
        let targets: Vec<&str> = open.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        for target in &targets {
            assert_eq!(open.matches(&format!("id=\"{target}\"")).count(), 1, "{target}");
        }
        assert!(open.contains(&format!("id=\"s0-e{}\"", found + 4_000)));
    }
}
