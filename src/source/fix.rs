use super::{Sources, Span};

/// A change of the text that mends what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for whoever chooses.
    pub title: String,
    /// The changes, all of them together; they do not overlap.
    pub edits: Vec<Edit>,
    /// What a run checks stays the same, or the text was certainly a slip: `--fix` may do it unasked.
    pub safe: bool,
}

/// At most so many lines between the first and the last change of a fix are shown.
const SHOWN: usize = 12;

impl Fix {
    /// The text to paste: what comes, and the lines that stand between the changes.
    pub fn shown(&self, sources: &Sources) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut end: Option<Span> = None;
        for edit in &self.edits {
            let text = sources.get(edit.span.source).text();
            let between = end.filter(|end| end.source == edit.span.source);
            let between =
                between.and_then(|end| text.get(end.range().end..edit.span.range().start)).unwrap_or_default();
            let own: Vec<&str> = between.lines().collect();
            if own.len() > SHOWN {
                lines.push("…".to_owned());
            } else {
                lines.extend(own.into_iter().map(|line| line.trim().to_owned()));
            }
            lines.extend(edit.text.lines().map(|line| line.trim().to_owned()));
            end = Some(edit.span);
        }
        lines.retain(|line| !line.is_empty());
        lines
    }
}

/// One piece of text in place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes; empty where something is put in.
    pub span: Span,
    /// What comes.
    pub text: String,
}
