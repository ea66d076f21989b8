//! Places as editors count them: lines from 0, and in a line the units of UTF-16.

use super::protocol::{Position, Range};

/// Where the lines of a text begin. A line ends with LF, CR LF or CR, as the protocol has it.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Of a text.
    pub fn of(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let ends = bytes
            .iter()
            .enumerate()
            .filter(|&(at, &byte)| byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        starts.extend(ends.map(|(at, _)| at + 1));
        Lines { starts }
    }

    /// The bytes of a line without its end; those behind the last one are empty.
    pub fn line(&self, text: &str, line: usize) -> std::ops::Range<usize> {
        let Some(&start) = self.starts.get(line) else { return text.len()..text.len() };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        start..start + text[start..end].trim_end_matches(['\n', '\r']).len()
    }

    /// The byte of a place; a place behind the end of a line is its end, and one inside a character its beginning.
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let line = self.line(text, position.line as usize);
        let mut units = 0;
        for (at, c) in text[line.clone()].char_indices() {
            units += c.len_utf16();
            if units > position.character as usize {
                return line.start + at;
            }
        }
        line.end
    }

    /// The place of a byte; one inside a character is the place of the character.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let units: usize = text[self.starts[line]..offset].chars().map(char::len_utf16).sum();
        Position { line: small(line), character: small(units) }
    }

    /// The places of a range of bytes.
    pub fn range(&self, text: &str, range: std::ops::Range<usize>) -> Range {
        Range { start: self.position(text, range.start), end: self.position(text, range.end.max(range.start)) }
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn astral_characters_are_two_units_and_never_cut() {
        let text = "a😀b\r\n\u{10ffff}\rc\n";
        let lines = Lines::of(text);
        assert_eq!(lines.starts.len(), 4);
        for (position, offset) in [
            (at(0, 0), 0),
            (at(0, 1), 1),
            (at(0, 2), 1),
            (at(0, 3), 5),
            (at(0, 4), 6),
            (at(0, 99), 6),
            (at(1, 0), 8),
            (at(1, 1), 8),
            (at(1, 2), 12),
            (at(2, 1), 14),
            (at(3, 0), 15),
            (at(99, 7), 15),
        ] {
            assert_eq!(lines.offset(text, position), offset, "{position:?}");
        }
        for (offset, position) in [(0, at(0, 0)), (3, at(0, 1)), (5, at(0, 3)), (13, at(2, 0)), (99, at(3, 0))] {
            assert_eq!(lines.position(text, offset), position, "{offset}");
        }
    }

    #[test]
    fn every_boundary_comes_back() {
        let text = "é😀\n\n—x\r\n\r";
        let lines = Lines::of(text);
        for (offset, c) in text.char_indices().filter(|(_, c)| !matches!(c, '\n' | '\r')) {
            assert_eq!(lines.offset(text, lines.position(text, offset)), offset, "{c:?}");
        }
    }
}
