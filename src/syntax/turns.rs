//! The numbers behind `loop`.

use crate::diagram::{Turns, parse_duration};

/// How often, and the text behind it: `3`, `3 times`, `1..5`, `1,5`, `(1,5) until done`, `0..*`. A text without such
/// numbers is all guard.
///
/// # Errors
/// A number that is too large, or bounds in the wrong order, in a sentence.
pub fn read_turns(text: &str) -> Result<(Turns, &str), String> {
    let text = text.trim();
    let free = Ok((Turns::Free, text));
    let (inner, rest) = match text.strip_prefix('(') {
        Some(after) => match after.split_once(')') {
            Some((inner, rest)) => (inner.trim(), rest),
            None => return free,
        },
        None => {
            let numbers =
                text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '*' | ' '))).unwrap_or(text.len());
            // `5 seconds` is a time, no number of turns.
            if parse_duration(text).is_some() {
                return free;
            }
            let inner = text[..numbers].trim_end();
            // A number belongs to a word where nothing stands between: `3x`, `404s`.
            if inner.len() == numbers && numbers < text.len() {
                return free;
            }
            (inner, &text[inner.len()..])
        }
    };
    // A comma of thousands: `1,500 readings` are fifteen hundred.
    let plain: String = inner.chars().filter(|c| *c != ',').collect();
    let grouped = text.starts_with(inner) && !rest.trim().is_empty() && is_grouped(inner);
    let inner = if grouped { plain.as_str() } else { inner };
    let (low, high) = match inner.split_once("..").or_else(|| inner.split_once(',')) {
        Some((low, high)) => (low.trim(), high.trim()),
        None => (inner, inner),
    };
    let digits = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(low) || !(digits(high) || high == "*") {
        return free;
    }
    let number = |digits: &str| digits.parse::<u32>().map_err(|_| format!("a loop cannot have {digits} turns"));
    let min = number(low)?;
    let max = if high == "*" { None } else { Some(number(high)?) };
    if max.is_some_and(|max| max < min) {
        return Err(format!("a loop from {low} to {high} turns has its limits in the wrong order"));
    }
    Ok((Turns::Between { min, max }, rest.trim()))
}

/// Digits in groups of three, with commas between them.
fn is_grouped(text: &str) -> bool {
    let mut groups = text.split(',');
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().is_some_and(|group| digits(group) && group.len() <= 3 && !group.starts_with('0'));
    let mut more = groups.peekable();
    first && more.peek().is_some() && more.all(|group| digits(group) && group.len() == 3)
}

/// The numbers as [`read_turns`] reads them; empty where there are none.
pub fn print_turns(turns: Turns) -> String {
    match turns {
        Turns::Free => String::new(),
        Turns::Between { min, max: None } => format!("{min}..*"),
        Turns::Between { min, max: Some(max) } if min == max => min.to_string(),
        Turns::Between { min, max: Some(max) } => format!("{min}..{max}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{print_turns, read_turns};
    use crate::diagram::Turns;

    #[test]
    fn numbers_are_read_in_every_spelling() {
        let between = |min, max| Turns::Between { min, max };
        for (text, turns, guard) in [
            ("3", between(3, Some(3)), ""),
            ("3 times", between(3, Some(3)), "times"),
            ("1..5", between(1, Some(5)), ""),
            ("1 .. 5 until done", between(1, Some(5)), "until done"),
            ("(1,5)", between(1, Some(5)), ""),
            ("(2) again", between(2, Some(2)), "again"),
            ("1,500 readings", between(1500, Some(1500)), "readings"),
            ("1,500", between(1, Some(500)), ""),
            ("1,50 times", between(1, Some(50)), "times"),
            ("(1,500) times", between(1, Some(500)), "times"),
            ("1,000,000 rows", between(1_000_000, Some(1_000_000)), "rows"),
            ("0,*", between(0, None), ""),
            ("0..* more", between(0, None), "more"),
            ("", Turns::Free, ""),
            ("every 5 seconds", Turns::Free, "every 5 seconds"),
            ("5 seconds", Turns::Free, "5 seconds"),
            ("3x", Turns::Free, "3x"),
            ("(until done)", Turns::Free, "(until done)"),
            ("1,2,3", Turns::Free, "1,2,3"),
            ("* x", Turns::Free, "* x"),
        ] {
            assert_eq!(read_turns(text), Ok((turns, guard)), "{text}");
            if turns != Turns::Free {
                assert_eq!(read_turns(&format!("{} {guard}", print_turns(turns))), Ok((turns, guard)), "{text}");
            }
        }
        assert!(read_turns("99999999999").is_err());
        assert!(read_turns("5..1").is_err());
    }
}
