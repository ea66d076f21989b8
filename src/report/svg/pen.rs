use super::metrics::width;
use super::theme::{SIZE, SMALL, TITLE};
use crate::report::paint::clusters;
use crate::source::visible_lines;
use std::fmt::Write as _;

/// Writes SVG; whatever comes from outside goes through [`Pen::text`] or [`escape`].
#[derive(Debug)]
pub(super) struct Pen {
    out: String,
    /// How much larger than it is drawn it is shown.
    pub(super) scale: f32,
    /// Emoji are texts of their own.
    apart: bool,
    /// What begins the names of its arrows, where other places of a page lead to them.
    names: Option<String>,
}

impl Default for Pen {
    fn default() -> Pen {
        Pen { out: String::new(), scale: 1.0, apart: false, names: None }
    }
}

impl Pen {
    /// So many times as large as it is drawn.
    pub(super) fn scaled(scale: f32) -> Pen {
        Pen { scale, ..Pen::default() }
    }

    /// For pixels: see [`Pen::text_apart`].
    pub(super) fn for_pixels() -> Pen {
        Pen { apart: true, ..Pen::default() }
    }

    /// For a page whose places lead to its arrows, under names that begin with this.
    pub(super) fn named(names: &str) -> Pen {
        Pen { names: Some(names.to_owned()), ..Pen::default() }
    }

    /// Begins an arrow: where it has a name, with that, and as a link to its entry in the log.
    pub(super) fn open_arrow(&mut self, row: usize, entry: Option<usize>) {
        let Some(names) = &self.names else { return };
        let to = entry.map_or(String::new(), |entry| format!(" href=\"#{names}e{entry}\""));
        let _ = write!(self.out, "<a id=\"{names}r{row}\"{to}>");
    }

    /// Ends it.
    pub(super) fn close_arrow(&mut self) {
        if self.names.is_some() {
            self.out.push_str("</a>\n");
        }
    }

    /// Elements made by this crate.
    pub(super) fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Opens a group of a class.
    pub(super) fn open(&mut self, class: &str) {
        let _ = write!(self.out, "<g class=\"{class}\">");
    }

    /// Closes a group.
    pub(super) fn close(&mut self) {
        self.out.push_str("</g>\n");
    }

    /// What is shown to whoever points at the group.
    pub(super) fn hover(&mut self, text: &str) {
        if !text.is_empty() {
            let _ = write!(self.out, "<title>{}</title>", escape(text));
        }
    }

    /// A path of a class.
    pub(super) fn path(&mut self, class: &str, d: &str) {
        let _ = write!(self.out, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// A path in the author's colour, where there is one.
    pub(super) fn path_in(&mut self, class: &str, stroke: Option<&str>, d: &str) {
        match stroke {
            Some(color) => {
                let _ = write!(self.out, "<path class=\"{class}\" style=\"stroke:{color}\" d=\"{d}\"/>");
            }
            None => self.path(class, d),
        }
    }

    /// A rectangle; the author's colour tints it, over the colour of its class.
    pub(super) fn rect(&mut self, class: &str, area: Area, round: f32, tint: Option<&str>) {
        let Area { left, top, right, bottom } = area;
        let (x, y, w, h) = (n(left), n(top), n((right - left).max(0.0)), n((bottom - top).max(0.0)));
        let _ = write!(self.out, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"");
        if round > 0.0 {
            let _ = write!(self.out, " rx=\"{}\"", n(round));
        }
        self.out.push_str("/>");
        if let Some(color) = tint {
            let _ = write!(
                self.out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{}\" fill=\"{color}\" fill-opacity=\".3\"/>",
                n(round)
            );
        }
    }

    /// A line of text; `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, class: &str, x: f32, y: f32, anchor: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.apart && clusters(text).any(is_emoji) {
            return self.text_apart(class, (x, y), anchor, text);
        }
        let anchor = if anchor == "start" { String::new() } else { format!(" text-anchor=\"{anchor}\"") };
        let (x, y) = (n(x), n(y));
        let _ = write!(self.out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{}</text>", escape(text));
    }

    /// A line of text with its emoji apart, in the font of emoji: a rasterizer that falls back to another font a letter
    /// at a time would tear those that are made of several characters.
    fn text_apart(&mut self, class: &str, (x, y): (f32, f32), anchor: &str, text: &str) {
        let size = match class {
            _ if class.contains("small") => SMALL,
            _ if class.contains("title") => TITLE,
            _ => SIZE,
        };
        let mut at = match anchor {
            "middle" => x - width(text, size) / 2.0,
            "end" => x - width(text, size),
            _ => x,
        };
        for (emoji, piece) in pieces(text) {
            let class = if emoji { format!("{class} emoji") } else { class.to_owned() };
            // Blanks at the begin of a text are not drawn.
            let said = piece.trim_start();
            let blank = width(&piece[..piece.len() - said.len()], size);
            let (left, y) = (n(at + blank), n(y));
            let _ = write!(self.out, "<text class=\"{class}\" x=\"{left}\" y=\"{y}\">{}</text>", escape(said));
            at += width(&piece, size);
        }
    }

    /// Lines of text from a first baseline down.
    pub(super) fn lines(&mut self, class: &str, x: f32, y: f32, leading: f32, anchor: &str, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            self.text(class, x, y + leading * index as f32, anchor, line);
        }
    }

    /// All that was written.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// The pieces of a text between which the font changes: emoji and what is none.
fn pieces(text: &str) -> Vec<(bool, String)> {
    let mut pieces: Vec<(bool, String)> = Vec::new();
    for cluster in clusters(text) {
        let emoji = is_emoji(cluster);
        match pieces.last_mut() {
            Some((before, piece)) if *before == emoji => piece.push_str(cluster),
            Some(_) | None => pieces.push((emoji, cluster.to_owned())),
        }
    }
    pieces
}

fn is_emoji(cluster: &str) -> bool {
    cluster.chars().any(|c| matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '\u{20e3}'))
}

/// A rectangle by its edges.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Area {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

/// A number with one decimal at most.
pub(super) fn n(value: f32) -> String {
    let value = (value * 10.0).round() / 10.0;
    // Negative zero would be written as `-0`.
    format!("{}", if value == 0.0 { 0.0 } else { value })
}

/// Text that is text in XML 1.0, whatever it holds: markup escaped, characters that XML cannot hold replaced. No line of it
/// begins as a command of a CI system does, where the markup is printed.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut blank = true;
    for c in visible_lines(text).chars() {
        let begins = blank;
        blank = c == '\n' || (blank && c.is_whitespace());
        match c {
            ':' if begins => out.push_str("&#58;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(escape("<script>\"&'\u{0}\u{202e}"), r"&lt;script&gt;&quot;&amp;&#39;\u{0}\u{202e}");
        assert_eq!(escape("a::b\n ::error::c"), "a::b\n &#58;:error::c");
        let piece = |emoji, text: &str| (emoji, text.to_owned());
        assert_eq!(pieces("a <👍🏽🇩🇪 b"), [piece(false, "a <"), piece(true, "👍🏽🇩🇪"), piece(false, " b")]);
        assert_eq!(n(-0.04), "0");
        assert_eq!(n(12.34), "12.3");
    }
}
