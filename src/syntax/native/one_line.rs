//! A diagram on one line, as web pages give it when it is copied: `title T actor A actor B A->B: hi B-->A: ho`.

use crate::source::Diagnostic;
use crate::syntax::{Input, SYNTAX};

/// Words that declare, before a name.
const DECLARES: [&str; 9] =
    ["participant", "actor", "boundary", "control", "entity", "database", "queue", "collections", "cloud"];
/// Words that open a block, and those within one.
const OPENS: [&str; 4] = ["alt", "opt", "loop", "par"];
const WITHIN: [&str; 3] = ["else", "and", "end"];

/// The text with line feeds where its statements begin, byte for byte as long; none where it has several lines, or fewer
/// than two arrows.
pub(super) fn split(text: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let line = lines.next()?;
    if lines.next().is_some() || line.trim_start().starts_with(['#', '/', '\'', '%']) || line.len() > 64 * 1024 {
        return None;
    }
    let words = words(text);
    // A label may speak of arrows; a title or a declaration holds none.
    let first = words.first()?.1.to_ascii_lowercase();
    if first != "title" && !DECLARES.contains(&first.as_str()) {
        return None;
    }
    let arrows = words.iter().filter(|word| is_arrow(word.1)).count();
    if arrows < 2 {
        return None;
    }
    let mut out = text.as_bytes().to_vec();
    let mut depth = 0_usize;
    for (index, &(at, word)) in words.iter().enumerate() {
        let next = words.get(index + 1).map_or("", |word| word.1);
        let lower = word.to_ascii_lowercase();
        let note = lower == "note" && ["left", "right", "over"].contains(&next.to_ascii_lowercase().as_str());
        let opens = OPENS.contains(&lower.as_str());
        let within = depth > 0 && WITHIN.contains(&lower.as_str());
        let declares = DECLARES.contains(&lower.as_str()) && !next.is_empty() && !is_arrow(next);
        if index > 0 && (is_arrow(word) || declares || note || opens || within) {
            out[at - 1] = b'\n';
        }
        depth = depth + usize::from(opens) - usize::from(within && lower == "end");
    }
    String::from_utf8(out).ok().filter(|split| split.lines().count() > 2)
}

/// What is said of it, with the lines that it should be.
pub(super) fn warning(input: Input<'_>, split: &str) -> Diagnostic {
    let lines: String = split.lines().take(12).map(|line| format!("\n  {}", line.trim())).collect();
    let more = if split.lines().count() > 12 { "\n  …" } else { "" };
    Diagnostic::warning(SYNTAX, "the whole diagram is on one line; seqcheck splits it into the probable lines")
        .at(input.whole(), "")
        .with_help(format!("write each statement on a separate line:{lines}{more}"))
}

/// The words with their places.
fn words(text: &str) -> Vec<(usize, &str)> {
    let start = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_ascii_whitespace().map(|word| (start(word), word)).collect()
}

/// `A->B:`, `Alice-->>Bob:`, in one word.
fn is_arrow(word: &str) -> bool {
    let Some(body) = word.strip_suffix(':').or_else(|| word.split_once(':').map(|(body, _)| body)) else {
        return false;
    };
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let Some(start) = body.find(['-', '<']) else { return false };
    let (from, rest) = body.split_at(start);
    let end = rest.find(|c: char| !"-<>+*".contains(c)).unwrap_or(rest.len());
    let (link, to) = rest.split_at(end);
    is_name(from) && is_name(to) && (link.contains("->") || link.contains("<-"))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn one_line_is_taken_apart_before_its_statements() {
        let text = "title Say hello actor Zoe participant Desk Zoe->Desk: hail, desk note right of Desk: it thinks alt well \
                    Desk-->Zoe: welcome else Desk-->Zoe: not now end Zoe->Desk: the end";
        let split = split(text).expect("it is one");
        assert_eq!(split.len(), text.len());
        let lines: Vec<&str> = split.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "title Say hello",
                "actor Zoe",
                "participant Desk",
                "Zoe->Desk: hail, desk",
                "note right of Desk: it thinks",
                "alt well",
                "Desk-->Zoe: welcome",
                "else",
                "Desk-->Zoe: not now",
                "end",
                "Zoe->Desk: the end"
            ]
        );
    }

    #[test]
    fn what_has_lines_stays() {
        for text in
            ["A->B: x\nB->A: y", "A->B: x", "A->B: actor and participant", "A->B: say C->D: x", "# A->B: x B->A: y", ""]
        {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
