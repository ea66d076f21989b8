//! Diagnostics as a person sees them: the line of the source with the place underlined.

use crate::source::{Diagnostic, Label, Severity, Source, Sources, unforged, visible, visible_lines};
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet, renderer::DecorStyle};
use std::borrow::Cow;
use std::ops::Range;

/// Lines between the first and the last place that are still shown as one piece.
const PIECE_LINES: u32 = 60;
/// A line longer than this (in bytes) is named, not shown.
const LINE_BYTES: usize = 400;

/// So many are shown at most; the rest is counted.
pub const MOST: usize = 1_000;

/// What is said of those that are not shown; none where all are.
pub fn left_out<'d>(all: impl ExactSizeIterator<Item = &'d Diagnostic>) -> Option<String> {
    let rest: Vec<Diagnostic> = all.skip(MOST).cloned().collect();
    tally(&rest).map(|rest| format!("and {rest} more; the first {MOST} are shown"))
}

/// How many of each there are, as one line; none where there is nothing.
pub fn tally(diagnostics: &[Diagnostic]) -> Option<String> {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (count(severity), severity.word()))
        .filter(|&(count, _)| count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// One diagnostic, with an empty line behind it.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, color: bool, width: usize) -> String {
    let title = level(diagnostic.severity).primary_title(visible(&diagnostic.message)).id(diagnostic.code);
    let mut group = Group::with_title(title);
    for piece in pieces(&diagnostic.labels, sources) {
        group = group.element(piece);
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(visible_lines(note)));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(visible_lines(help)));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let text = renderer.decor_style(DecorStyle::Unicode).term_width(width).render(&[group]);
    let mut out = String::with_capacity(text.len() + 2);
    for line in text.lines() {
        // A help may show lines to write.
        out.push_str(&unforged(line).unwrap_or_else(|| line.to_owned()));
        out.push('\n');
    }
    out.push('\n');
    out
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    }
}

/// The places as pieces of their sources: one for each source where all fit on a page, else one for each place.
fn pieces<'a>(labels: &'a [Label], sources: &'a Sources) -> Vec<Element<'a>> {
    let mut order: Vec<&Label> = labels.iter().collect();
    order.sort_by_key(|label| !label.primary);
    let mut pieces = Vec::new();
    while let Some(&first) = order.first() {
        let source = sources.get(first.span.source);
        let (mut mine, mut rest): (Vec<&Label>, Vec<&Label>) =
            order.into_iter().partition(|label| label.span.source == first.span.source);
        if far_apart(&mine, source) {
            rest.splice(0..0, mine.split_off(1));
        }
        pieces.push(piece(&mine, source));
        order = rest;
    }
    pieces
}

fn far_apart(labels: &[&Label], source: &Source) -> bool {
    let lines = || labels.iter().map(|label| source.line_of(label.span.start));
    let (first, last) = (lines().min().unwrap_or(1), lines().max().unwrap_or(1));
    last - first > PIECE_LINES || (first..=last).any(|line| source.line(line).len() > LINE_BYTES)
}

fn piece<'a>(labels: &[&'a Label], source: &'a Source) -> Element<'a> {
    let lines = || labels.iter().map(|label| source.line_of(label.span.start));
    let (first, last) = (lines().min().unwrap_or(1), lines().max().unwrap_or(1));
    if (first..=last).any(|line| source.line(line).len() > LINE_BYTES) {
        let at = source.position(labels.first().map_or(0, |label| label.span.start));
        return Origin::path(visible(source.name())).line(at.line as usize).char_column(at.column as usize).into();
    }
    let page = lines_of(source, first, last);
    let text = &source.text()[page.clone()];
    let mut snippet = Snippet::source(clear(text)).path(visible(source.name())).line_start(first as usize);
    for label in labels {
        let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let place = shown(label, source, &page);
        // What is spelled out before it moves it to the right.
        let start = text.get(..place.start).map_or(place.start, |before| clear(before).len());
        let length = text.get(place.clone()).map_or(place.len(), |inside| clear(inside).len());
        let annotation = kind.span(start..start + length);
        snippet = snippet.annotation(match label.text.as_str() {
            "" => annotation,
            text => annotation.label(visible(text)),
        });
    }
    snippet.into()
}

/// Lines of a source, with what cannot be seen spelled out; tabs are for whoever draws them.
fn clear(text: &str) -> Cow<'_, str> {
    let mut lines = text.split_inclusive('\n').map(|line| {
        let (line, end) = match line.strip_suffix("\r\n") {
            Some(line) => (line, "\r\n"),
            None => line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n")),
        };
        let mut parts = line.split('\t').map(visible);
        let first = parts.next().unwrap_or_default();
        parts.fold(first, |before, part| before + "\t" + part) + end
    });
    let first = lines.next().unwrap_or_default();
    lines.fold(first, |before, line| before + line)
}

/// The bytes of some lines, without the last line's end.
fn lines_of(source: &Source, first: u32, last: u32) -> Range<usize> {
    let base = source.text().as_ptr() as usize;
    let start = source.line(first).as_ptr() as usize - base;
    let end = source.line(last);
    start..(end.as_ptr() as usize - base + end.len())
}

/// The part of a place that is on its first line, counted from the start of the page.
fn shown(label: &Label, source: &Source, page: &Range<usize>) -> Range<usize> {
    let line = source.line_of(label.span.start);
    let line_end = lines_of(source, line, line).end;
    let start = label.span.range().start.clamp(page.start, line_end);
    let end = label.span.range().end.clamp(start, line_end);
    start - page.start..end - page.start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn sources(text: &str) -> (Sources, crate::source::SourceId) {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("chat.seq", text));
        (sources, id)
    }

    #[test]
    fn the_place_is_underlined_and_the_way_out_named() {
        let (sources, id) = sources("Alice->Bob: hi\r\nBob–>Alice: ho\r\n");
        let at = Span::new(id, 19, 23);
        let diagnostic = Diagnostic::error("syntax", "an en-dash is no arrow")
            .at(at, "this is U+2013")
            .see(Span::new(id, 0, 5), "as here")
            .with_help("write Bob->Alice");
        insta::with_settings!({ snapshot_path => "../../snapshots/cli", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(render(&diagnostic, &sources, false, 100));
        });
    }

    #[test]
    fn a_huge_line_is_named_and_not_shown() {
        let (sources, id) = sources(&format!("ok\n{}", "x".repeat(100_000)));
        let diagnostic = Diagnostic::error("syntax", "too long").at(Span::new(id, 13, 20), "here");
        insta::with_settings!({ snapshot_path => "../../snapshots/cli", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(render(&diagnostic, &sources, false, 100));
        });
    }

    #[test]
    fn places_at_the_end_and_far_apart_do_not_break_the_drawing() {
        let text = "a\n".repeat(500);
        let (sources, id) = sources(&text);
        let diagnostic = Diagnostic::warning("syntax", "no end")
            .at(Span::new(id, text.len(), text.len()), "the file ends here")
            .see(Span::new(id, 0, 900), "opened here");
        insta::with_settings!({ snapshot_path => "../../snapshots/cli", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(render(&diagnostic, &sources, false, 100));
        });
    }
}
