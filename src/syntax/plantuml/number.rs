//! Number formats of `autonumber`: text, the pattern of the number, text.
//!
//! The pattern is made of `#` and `0` with commas between (`#` before `0`), a fraction (`0` before `#`) and an
//! exponent; text in single quotes is itself. PlantUML's newest engine is stricter than older ones: it does not take
//! `E`, `.`, `#` and `0` in the text.

/// Why the newest engine refuses a format, where it does.
pub(super) fn refuse(format: &str) -> Option<&'static str> {
    if format.matches('\'').count() % 2 == 1 {
        return Some("a single quote is not closed");
    }
    let bare = unquoted(format);
    // Behind `;` stands the format of negative numbers.
    let (positive, negative) = bare.split_once(';').map_or((bare.as_str(), None), |(one, two)| (one, Some(two)));
    refuse_one(positive).or_else(|| negative.and_then(refuse_one))
}

/// The format with a letter for every quoted one.
fn unquoted(format: &str) -> String {
    let mut quoted = false;
    let inside = format.chars().filter_map(|c| match c {
        '\'' => {
            quoted = !quoted;
            None
        }
        _ if quoted => Some('x'),
        _ => Some(c),
    });
    inside.collect()
}

fn refuse_one(format: &str) -> Option<&'static str> {
    let sign = |c: char| matches!(c, '#' | '0' | '.' | 'E');
    let Some(begin) = format.find(sign) else { return Some("the place of the number is missing: `0` or `#`") };
    let pattern = &format[begin..];
    if pattern.starts_with('E') {
        return Some("`E` outside single quotes means an exponent");
    }
    let rest = pattern.trim_start_matches(['#', ',']);
    let rest = rest.trim_start_matches(['0', ',']);
    let whole = &pattern[..pattern.len() - rest.len()];
    if !whole.contains(['#', '0']) {
        return Some("`.` outside single quotes means a decimal point, and needs a digit before it");
    }
    if whole.ends_with(',') {
        return Some("`,` is only allowed between digits");
    }
    let mut rest = rest;
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches('0').trim_start_matches('#');
    }
    if let Some(exponent) = rest.strip_prefix('E') {
        if !exponent.starts_with('0') {
            return Some("`E` outside single quotes means an exponent");
        }
        rest = exponent.trim_start_matches('0');
    }
    let point = whole.len() + rest.len() < pattern.len();
    (rest.contains(sign) || point && rest.starts_with(','))
        .then_some("the text after the number contains a character of the number pattern")
}

#[cfg(test)]
mod tests {
    use super::refuse;

    #[test]
    fn formats_are_taken_and_refused_as_the_engine_does() {
        for taken in [
            "<b>0",
            "<b>'REQ-'#</b>",
            "<b>DISC-#</b>",
            "(##.#)",
            "x0",
            "<b>[000]",
            "Message 0  ",
            "<font color=red>0</font>",
            "0;(0)",
            "0. x",
            "x,y 0",
            "0 , x",
            "0E0",
            "0.0E0 x",
            "#.",
            "0,0,0",
            ",0",
            "-#",
            "0%",
            "''0",
            "<b>##.</b>",
        ] {
            assert_eq!(refuse(taken), None, "{taken}");
        }
        for refused in [
            "<b>REQ-#</b>",
            "RE#",
            "R0E",
            "REQ",
            "<b><font color=red>",
            "#0.0#0",
            "",
            "#a#",
            "0 0",
            "0, x",
            "a.b 0",
            "0;1",
            "0 - 0",
            "<font color=#red>0",
            "0'",
            "'0",
            "Msg. 0",
            "(0).",
            "x,y 0, z",
            "#0#",
            ".",
            ".#",
            ".0",
            "0.#0",
            "0.0,0",
        ] {
            assert!(refuse(refused).is_some(), "{refused}");
        }
    }
}
