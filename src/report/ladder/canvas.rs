use crate::report::paint::{Painted, Tone, clusters};
use crate::source::visible;
use unicode_width::UnicodeWidthStr;

/// A grid of terminal cells that grows as it is drawn on.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    lines: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Cell {
    tone: Tone,
    /// One cluster of characters; empty where the cell is the second half of a wide one.
    text: String,
}

impl Cell {
    fn blank() -> Self {
        Cell { tone: Tone::Plain, text: " ".to_owned() }
    }
}

impl Canvas {
    /// Draws text over what is there.
    pub(super) fn put(&mut self, line: usize, column: usize, tone: Tone, text: &str) {
        if self.lines.len() <= line {
            self.lines.resize(line + 1, Vec::new());
        }
        let cells = &mut self.lines[line];
        let mut at = column;
        for cluster in clusters(&visible(text)) {
            let wide = cluster.width();
            if wide == 0 {
                continue;
            }
            if cells.len() < at + wide {
                cells.resize(at + wide, Cell::blank());
            }
            // Half of a wide character cannot stay.
            if at > 0 && cells[at].text.is_empty() {
                cells[at - 1] = Cell::blank();
            }
            if cells.get(at + wide).is_some_and(|after| after.text.is_empty()) {
                cells[at + wide] = Cell::blank();
            }
            cells[at] = Cell { tone, text: cluster.to_owned() };
            for cell in &mut cells[at + 1..at + wide] {
                *cell = Cell { tone, text: String::new() };
            }
            at += wide;
        }
    }

    /// Draws one sign again and again over `columns`.
    pub(super) fn fill(&mut self, line: usize, columns: std::ops::Range<usize>, tone: Tone, sign: &str) {
        for column in columns {
            self.put(line, column, tone, sign);
        }
    }

    /// Whether nothing stands in these columns.
    pub(super) fn is_free(&self, line: usize, columns: std::ops::Range<usize>) -> bool {
        let Some(cells) = self.lines.get(line) else { return true };
        cells.iter().skip(columns.start).take(columns.len()).all(|cell| cell.text == " ")
    }

    /// How many columns a line takes.
    pub(super) fn width(&self, line: usize) -> usize {
        self.lines.get(line).map_or(0, Vec::len)
    }

    /// As text.
    pub(super) fn paint(self) -> Painted {
        let mut painted = Painted::new();
        for cells in self.lines {
            painted.line();
            for cell in cells {
                painted.put(cell.tone, &cell.text);
            }
        }
        painted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_cells_and_never_half_of_one() {
        let mut canvas = Canvas::default();
        canvas.put(0, 0, Tone::Plain, "漢字ab");
        canvas.put(0, 1, Tone::Plain, "|");
        canvas.put(0, 6, Tone::Plain, "👍🏽");
        canvas.put(1, 2, Tone::Plain, "x");
        assert!(canvas.is_free(1, 0..2) && !canvas.is_free(1, 0..3));
        assert_eq!(canvas.paint().render(false), " |字ab👍🏽\n  x\n");
    }
}
