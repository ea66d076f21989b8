//! Number formats of `autonumber`: letters around, and a pattern of `0` and `#` for the number.

/// Why PlantUML's newest engine refuses a format, where it does.
///
/// Signs of the pattern are `0`, `#`, `,`, `.`, and `E` for an exponent; text in single quotes is itself.
pub(super) fn refuse(format: &str) -> Option<&'static str> {
    let mut quoted = false;
    let mut digits = false;
    let mut fraction_optional = false;
    let mut point = false;
    let mut behind = false;
    for c in format.chars() {
        match c {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            'E' => return Some("`E` outside of single quotes stands for an exponent"),
            '0' | '#' if behind => {}
            '0' if point && fraction_optional => return Some("`0` stands behind `#` in the digits after the point"),
            '0' => digits = true,
            '#' => {
                digits = true;
                fraction_optional |= point;
            }
            '.' if digits => point = true,
            ',' | '.' => {}
            _ => behind |= digits,
        }
    }
    (!digits).then_some("the place of the number is missing: `0` or `#`")
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
        ] {
            assert_eq!(refuse(taken), None, "{taken}");
        }
        for refused in ["<b>REQ-#</b>", "RE#", "R0E", "REQ", "<b><font color=red>", "#0.0#0", ""] {
            assert!(refuse(refused).is_some(), "{refused}");
        }
    }
}
