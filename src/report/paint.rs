//! Text with tones: colour is data until the last moment, when the caller says whether the reader sees colours.

use crate::source::{unforged, visible};
use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// What a piece of text is, for colouring; every tone is also said by a word or a sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// A heading.
    Strong,
    /// Background: frames, line numbers, lifelines.
    Dim,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Not decided, skipped, or worth a look.
    Warn,
    /// Something to paste or to follow.
    Info,
}

impl Tone {
    /// The parameters of the terminal's escape sequence.
    fn code(self) -> &'static str {
        match self {
            Tone::Plain => "",
            Tone::Strong => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Warn => "33",
            Tone::Info => "36",
        }
    }
}

/// What stands before the further lines of one text.
const CONTINUED: &str = "    | ";

/// Lines of text, each of pieces with a tone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    lines: Vec<Vec<(Tone, String)>>,
}

impl Painted {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text at the end of the last line. What cannot be seen is spelled out ([`visible`]), so that what a server sends
    /// cannot drive the reader's terminal. A line feed in it begins no line of its own: what follows stands behind a bar.
    pub fn put(&mut self, tone: Tone, text: &str) -> &mut Self {
        let mut parts = text.split('\n');
        if let Some(first) = parts.next() {
            self.piece(tone, first);
        }
        for part in parts {
            self.line();
            self.piece(Tone::Dim, CONTINUED);
            self.piece(tone, part);
        }
        self
    }

    /// Begins a new line.
    pub fn line(&mut self) -> &mut Self {
        self.lines.push(Vec::new());
        self
    }

    /// Begins a new line that holds this.
    pub fn line_of(&mut self, tone: Tone, text: &str) -> &mut Self {
        self.line().put(tone, text)
    }

    /// Adds all lines of another text, each after `margin`.
    pub fn block(&mut self, margin: &[(Tone, &str)], other: Painted) -> &mut Self {
        for line in other.lines {
            self.line();
            for &(tone, text) in margin {
                self.piece(tone, text);
            }
            for (tone, text) in line {
                self.piece(tone, &text);
            }
        }
        self
    }

    /// The columns of the widest line.
    pub fn width(&self) -> usize {
        self.lines.iter().map(|line| line.iter().map(|(_, text)| text.width()).sum()).max().unwrap_or(0)
    }

    /// Whether nothing was put in.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many columns the last line takes.
    pub fn column(&self) -> usize {
        self.lines.last().map_or(0, |line| line.iter().map(|(_, text)| text.width()).sum())
    }

    /// As text, each line ended by a line feed; with escape sequences of a terminal where `color` is set. No line ends
    /// in a space.
    pub fn render(&self, color: bool) -> String {
        let mut out = String::new();
        for line in &self.lines {
            let line = &harmless(line);
            let mut rest = line.len();
            while rest > 0 && line[rest - 1].1.trim_end_matches(' ').is_empty() {
                rest -= 1;
            }
            for (index, (tone, text)) in line[..rest].iter().enumerate() {
                let text = if index + 1 == rest { text.trim_end_matches(' ') } else { text };
                if color && *tone != Tone::Plain {
                    let _ = write!(out, "\u{1b}[{}m{text}\u{1b}[0m", tone.code());
                } else {
                    out.push_str(text);
                }
            }
            out.push('\n');
        }
        out
    }

    fn piece(&mut self, tone: Tone, text: &str) {
        if self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        if text.is_empty() {
            return;
        }
        let text = visible(text).into_owned();
        if let Some(line) = self.lines.last_mut() {
            match line.last_mut() {
                Some((last, before)) if *last == tone => before.push_str(&text),
                _ => line.push((tone, text)),
            }
        }
    }
}

/// A line that does not begin as a command of a CI system.
fn harmless(line: &[(Tone, String)]) -> Cow<'_, [(Tone, String)]> {
    let whole: String = line.iter().map(|(_, text)| text.as_str()).collect();
    if unforged(&whole).is_none() {
        return Cow::Borrowed(line);
    }
    let mut line = line.to_vec();
    if let Some((_, text)) = line.iter_mut().find(|(_, text)| text.contains(':')) {
        *text = text.replacen(':', "\\u{3a}", 1);
    }
    Cow::Owned(line)
}

/// The text, at most so many columns wide; what is cut is shown by `mark`.
pub fn fit(text: &str, columns: usize, mark: &str) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(mark.width());
    let mut out = String::new();
    let mut used = 0;
    for cluster in clusters(text) {
        let wide = cluster.width();
        if used + wide > room {
            break;
        }
        out.push_str(cluster);
        used += wide;
    }
    let mut out = out.trim_end().to_owned();
    if columns >= mark.width() {
        out.push_str(mark);
    }
    out
}

/// The text in pieces that must not be torn apart: a character with whatever joins it (combining marks, variation
/// selectors, emoji joined by U+200D or followed by a skin tone, flags).
pub fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let mut before = first;
        let mut flags = usize::from(is_flag(first));
        let mut end = rest.len();
        for (at, c) in chars {
            let joins = joiner(c) || before == '\u{200d}' || (flags % 2 == 1 && is_flag(c));
            if !joins {
                end = at;
                break;
            }
            flags += usize::from(is_flag(c));
            before = c;
        }
        let (cluster, tail) = rest.split_at(end);
        rest = tail;
        Some(cluster)
    })
}

fn joiner(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
        || (unicode_width::UnicodeWidthChar::width(c) == Some(0) && !c.is_control())
}

fn is_flag(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_without_spaces_and_control_characters_are_spelled_out() {
        let mut painted = Painted::new();
        painted.put(Tone::Bad, "a\u{1b}[2J ").put(Tone::Plain, "  ");
        painted.line_of(Tone::Plain, "b\tc");
        assert_eq!(painted.render(false), "a\\u{1b}[2J\nb    c\n");
        assert_eq!(painted.render(true), "\u{1b}[31ma\\u{1b}[2J\u{1b}[0m\nb    c\n");
    }

    #[test]
    fn cutting_counts_columns_and_never_tears_a_cluster() {
        assert_eq!(fit("Hello", 5, "…"), "Hello");
        assert_eq!(fit("Hello", 4, "…"), "Hel…");
        assert_eq!(fit("漢字漢字", 6, "…"), "漢字…");
        assert_eq!(fit("👩\u{200d}💻ab", 3, "…"), "👩\u{200d}💻…");
        assert_eq!(fit("e\u{301}xyz", 2, "…"), "e\u{301}…");
        assert_eq!(clusters("🇩🇪🇫🇷a").collect::<Vec<_>>(), ["🇩🇪", "🇫🇷", "a"]);
    }
}
