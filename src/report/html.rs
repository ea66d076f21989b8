//! One page for a whole run: opens from disk, reads without script, prints. Everything that comes from outside is
//! escaped, and the page's own policy forbids whatever would load something.

mod log;

use super::format::view_of;
use super::junit::{headline, kind};
use super::run::{Run, ScenarioReport, Status};
use super::svg::{self, escape};
use super::text::{Style, below, row_of, summary};
use super::view::View;
use crate::source::{elapsed_words, visible};
use log::Log;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const CSS: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The whole run.
pub fn render(run: &Run) -> String {
    let total = summary(run, &Style::default());
    let title = escape(total.trim());
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'\">\n<title>{title}</title>\n<style>\n{CSS}</style>\n{}</head>\n<body>\n",
        svg::style()
    );
    let _ = write!(out, "<header><h1>seqcheck</h1><p class=\"sum\">{title}</p>\n{}</header>\n<main>\n", filters(run));
    for (index, report) in run.scenarios.iter().enumerate() {
        section(&mut out, report, index);
    }
    let about =
        run.about.as_ref().map_or_else(String::new, |about| format!("<footer>{}</footer>\n", escape(&visible(about))));
    let _ = write!(out, "</main>\n{about}<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

/// Buttons that hide what is not asked for; without script they are not shown.
fn filters(run: &Run) -> String {
    let mut out = String::from("<nav aria-label=\"filter\" hidden>");
    let _ = write!(out, "<button data-status=\"\" aria-pressed=\"true\">all</button>");
    for (status, count) in run.tally() {
        if count > 0 {
            let key = status.key();
            let _ = write!(out, "<button data-status=\"{key}\" aria-pressed=\"false\">{key} <b>{count}</b></button>");
        }
    }
    let mut tags: Vec<&str> = run.scenarios.iter().flat_map(|report| &report.tags).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    if !tags.is_empty() {
        out.push_str("<label>tag <select><option value=\"\">any</option>");
        for tag in tags {
            let tag = escape(tag);
            let _ = write!(out, "<option value=\"{tag}\">{tag}</option>");
        }
        out.push_str("</select></label>");
    }
    out + "</nav>\n"
}

fn section(out: &mut String, report: &ScenarioReport, index: usize) {
    let status = report.status();
    let open = match status {
        Status::Failed | Status::Inconclusive | Status::Error => " open",
        Status::Passed | Status::Flaky | Status::Skipped => "",
    };
    let tags = escape(&report.tags.join(" "));
    let (mut view, names) = (view_of(report), format!("s{index}-"));
    let Log { html: log, shown } = log::log(report, &view, &names);
    // A link leads to what is in the log.
    let runs = view.rows.iter_mut().filter_map(|row| row.run.as_mut());
    runs.for_each(|run| run.entries.retain(|entry| shown.contains(entry)));
    let time =
        report.duration.map_or(String::new(), |time| format!("<span class=\"time\">{}</span>", elapsed_words(time)));
    let _ = writeln!(
        out,
        "<details id=\"s{index}\" class=\"{key}\" data-status=\"{key}\" data-tags=\"{tags}\"{open}>\
         <summary><span class=\"word\">{}</span> <strong>{}</strong> <span class=\"path\">{}</span>{time}</summary>",
        status.word(),
        escape(&visible(&report.full_name())),
        escape(&visible(&report.path)),
        key = status.key(),
    );
    match status {
        Status::Passed => {}
        Status::Flaky => {
            let text = format!("{}; {}", report.passed_at(), report.tries.join("; "));
            let _ = writeln!(out, "<p>{}</p>", escape(&text));
        }
        Status::Skipped => {
            let _ = writeln!(out, "<p>{}</p>", escape(&headline(report)));
        }
        Status::Failed | Status::Inconclusive | Status::Error => {
            let text = below(report, &Style { color: true, ..Style::default() });
            let (kind, headline) = (kind(report), headline(report));
            // The headline of a finding says its class already.
            let kind = if headline.contains(&kind) { String::new() } else { format!("<b>{}</b> ", escape(&kind)) };
            let _ = writeln!(
                out,
                "<p class=\"what\">{kind}{}{}</p>\n<pre class=\"report\" tabindex=\"0\">{}</pre>",
                escape(&headline),
                places(report, &view, &names, &shown),
                toned(text.trim_matches('\n'))
            );
        }
    }
    for note in &report.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escape(note));
    }
    for server in report.shown_servers().filter(|_| matches!(status, Status::Passed | Status::Flaky)) {
        let text = [server.words()].into_iter().chain(server.last_lines()).collect::<Vec<_>>().join("\n");
        let _ = writeln!(out, "<pre class=\"report\" tabindex=\"0\">{}</pre>", escape(&text));
    }
    let _ = writeln!(
        out,
        "<div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"diagram\">{}</div>",
        svg::draw_named(&view, &names)
    );
    out.push_str(&log);
    out.push_str("</details>\n");
}

/// Where the finding is in the picture and in the log.
fn places(report: &ScenarioReport, view: &View, names: &str, shown: &BTreeSet<usize>) -> String {
    let Some(finding) = report.outcome.findings.first() else { return String::new() };
    let arrow = row_of(view, report, finding).map(|row| format!(" <a href=\"#{names}r{row}\">its arrow</a>"));
    let frame = finding.entry.filter(|entry| shown.contains(entry));
    let frame = frame.map(|entry| format!(" <a href=\"#{names}e{entry}\">its frame</a>"));
    arrow.into_iter().chain(frame).collect()
}

/// A text with the colours of a terminal, in those of the page.
fn toned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split("\u{1b}[");
    out.push_str(&escape(pieces.next().unwrap_or_default()));
    for piece in pieces {
        let Some((code, rest)) = piece.split_once('m') else { continue };
        match code {
            "0" => out.push_str("</span>"),
            code => drop(write!(out, "<span class=\"t{code}\">")),
        }
        out.push_str(&escape(rest));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{mixed, passed, twice};

    #[test]
    fn the_page_holds_every_scenario_and_asks_for_nothing() {
        let page = render(&mixed());
        assert_eq!(page.matches("<details id=").count(), 6);
        assert_eq!(page.matches("<svg ").count(), 6);
        assert_eq!(page.matches(".seqcheck .life{").count(), 1, "the pictures share one style sheet");
        for word in ["src=", "href=\"h", "href='", "url(", "@import", "<link"] {
            assert!(!page.contains(word), "{word} in the page");
        }
    }

    /// From the finding to its arrow, from the arrow to its frame in the log, and back: every link leads to a name that is there.
    #[test]
    fn finding_arrow_and_frame_lead_to_one_another() {
        let page = render(&Run { scenarios: vec![twice()], ..Run::default() });
        let targets: Vec<&str> = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!targets.is_empty());
        for target in &targets {
            assert_eq!(page.matches(&format!("id=\"{target}\"")).count(), 1, "{target}");
        }
        assert!(page.contains("its arrow</a>"), "{targets:?}");
    }

    #[test]
    fn labels_are_text() {
        let mut report = passed("A->B: WS connect\nA->B: </script><script>alert(1)</script>\n");
        report.name = "</title><script>alert(2)</script>".to_owned();
        report.tags = vec!["\"><script>".to_owned()];
        report.again = "<img src=x onerror=alert(3)>".to_owned();
        let page = render(&Run { scenarios: vec![report], place: "<b>".to_owned(), ..Run::default() });
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("<img") && !page.contains("<b>\")"));
    }
}
