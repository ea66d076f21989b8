use crate::report::paint::clusters;
use unicode_width::UnicodeWidthStr;

/// Breaks text into lines of at most so many columns: at spaces where there are any, else behind a sign that parts words
/// (`/`, `_`, `,`), else between characters. Line breaks in the text stay.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    wrap_by(text, columns as f32, &mut |text| text.width() as f32)
}

/// As [`wrap`], with any measure of width: columns for terminals, pixels for pictures.
pub(crate) fn wrap_by(text: &str, room: f32, width: &mut dyn FnMut(&str) -> f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0.0;
        for word in paragraph.split_inclusive(' ') {
            let bare = width(word.trim_end());
            if used + bare > room && !line.is_empty() {
                lines.push(line.trim_end().to_owned());
                line.clear();
                used = 0.0;
            }
            if bare <= room {
                line.push_str(word);
                used += width(word);
                continue;
            }
            // A word that is longer than a line by itself.
            for cluster in clusters(word) {
                let wide = width(cluster);
                if used + wide > room && !line.is_empty() {
                    let rest = line.split_off(sensible(&line));
                    lines.push(line.trim_end().to_owned());
                    used = width(&rest);
                    line = rest;
                }
                line.push_str(cluster);
                used += wide;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Signs behind which a word may be parted.
const SIGNS: [char; 13] = ['/', '_', '-', '.', ',', ':', ';', '&', '=', '?', '|', ')', '}'];

/// Where a line that is full is best cut: behind the last sign that parts words, where more than half of it stands before that.
fn sensible(line: &str) -> usize {
    let behind = line.rfind(SIGNS).map(|at| at + 1).filter(|at| *at > line.len() / 2);
    behind.unwrap_or(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_and_long_words_break() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a\nb", 7), ["a", "b"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("GET /rooms/general", 8), ["GET", "/rooms/", "general"]);
        assert_eq!(wrap("a_b_c_d_e", 4), ["a_b_", "c_d_", "e"]);
        assert_eq!(wrap("a/bcdefgh", 4), ["a/bc", "defg", "h"], "a sign near the beginning leaves too little");
        assert_eq!(wrap("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
