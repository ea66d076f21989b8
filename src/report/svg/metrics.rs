//! How wide text is, in DejaVu Sans or Verdana: the widest of the fonts that the picture asks for, so that in any other
//! of them labels have room to spare.

use crate::report::ladder::wrap_by;
use crate::report::paint::clusters;
use unicode_width::UnicodeWidthChar;

/// Advance widths of U+0020 to U+007E in 1/2048 of the size, from the font's `hmtx` table.
const ASCII: [u16; 95] = [
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303, 1303, 1303,
    1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577, 1294, 1178, 1587,
    1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403,
    799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298,
    1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
];

/// The width of a line of text at a size in pixels.
pub(super) fn width(text: &str, size: f32) -> f32 {
    clusters(text).map(|cluster| cluster_width(cluster) * size).sum()
}

/// Lines of at most so many pixels.
pub(super) fn wrap(text: &str, room: f32, size: f32) -> Vec<String> {
    wrap_by(text.trim_end(), room, &mut |text| width(text, size))
}

/// The widest of some lines.
pub(super) fn widest(lines: &[String], size: f32) -> f32 {
    lines.iter().map(|line| width(line, size)).fold(0.0, f32::max)
}

/// The width of a character and what joins it, in sizes of the font.
fn cluster_width(cluster: &str) -> f32 {
    let Some(first) = cluster.chars().next() else { return 0.0 };
    let code = u32::from(first);
    if let Some(units) = code.checked_sub(0x20).and_then(|index| ASCII.get(index as usize)) {
        // A digit with U+20E3 and the like are emoji.
        return if cluster.contains('\u{fe0f}') { 1.3 } else { f32::from(*units) / 2048.0 };
    }
    match first.width().unwrap_or(0) {
        0 => 0.0,
        _ if code >= 0x1f000 || cluster.contains('\u{fe0f}') => 1.3,
        2 => 1.05,
        // Letters of Latin, Greek and Cyrillic; then signs, arrows and other scripts, most of them wide.
        _ if code < 0x590 && first.is_uppercase() => 0.84,
        _ if code < 0x590 => 0.68,
        _ if first.is_alphabetic() => 0.9,
        _ => 0.9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up() {
        assert_eq!(width("", 13.0), 0.0);
        assert!((width("iii", 2048.0) - 3.0 * 569.0).abs() < 1.0);
        assert!(width("漢字", 10.0) >= 20.0);
        assert!(width("👩\u{200d}💻", 10.0) < 14.0);
        assert_eq!(wrap("one two", width("one t", 13.0), 13.0), ["one", "two"]);
    }
}
