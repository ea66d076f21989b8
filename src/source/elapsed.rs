use std::time::Duration;

/// The units of time that are printed: the shortest time that is told in each, its name, and its nanoseconds.
const UNITS: [(u128, &str, u128); 5] = [
    (7_200_000_000_000, "h", 3_600_000_000_000),
    (120_000_000_000, "min", 60_000_000_000),
    (1_000_000_000, "s", 1_000_000_000),
    (100_000, "ms", 1_000_000),
    (1, "µs", 1_000),
];

/// So many digits are printed of a time that was measured.
const DIGITS: usize = 3;
/// A time of no more digits than this is printed as it is: people write `1234ms`.
const WHOLE: usize = 4;
/// More digits than a time in nanoseconds has.
const ALL: usize = 24;

/// A time as every report and message says it: `0.2 ms`, `1.25 s`, `48 µs`, `1.5 min`. Three digits, or four where that is
/// the very time.
pub fn elapsed_words(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let whole = spell(nanos, ALL);
    if whole.chars().filter(char::is_ascii_digit).count() <= WHOLE { whole } else { spell(nanos, DIGITS) }
}

/// Two times as [`elapsed_words`] says them, with as many digits as it takes for them to differ where they do.
pub fn elapsed_apart(one: Duration, other: Duration) -> (String, String) {
    let short = (elapsed_words(one), elapsed_words(other));
    if short.0 != short.1 || one == other {
        return short;
    }
    let longer = (DIGITS + 1..ALL).map(|digits| (spell(one.as_nanos(), digits), spell(other.as_nanos(), digits)));
    longer.into_iter().find(|(one, other)| one != other).unwrap_or(short)
}

/// So many digits of a time, rounded, in the unit that suits it.
fn spell(nanos: u128, digits: usize) -> String {
    if nanos == 0 {
        return "0 ms".to_owned();
    }
    let unit = |nanos: u128| UNITS.iter().find(|(least, ..)| nanos >= *least).unwrap_or(&UNITS[UNITS.len() - 1]);
    let rounded = |(_, _, size): &(u128, &str, u128)| {
        let before = (nanos / size).checked_ilog10().map_or(0, |log| log as usize + 1);
        // So small a part of the unit is the last that is printed.
        let places = u32::try_from(digits.saturating_sub(before.max(1)).min(18)).unwrap_or(0);
        let part = 10u128.pow(places);
        (nanos.saturating_mul(part).saturating_add(size / 2) / size, part, places)
    };
    let own = unit(nanos);
    let (count, part, _) = rounded(own);
    // What is rounded up to the next unit is told in that.
    let told = unit(count.saturating_mul(own.2) / part);
    let (count, part, places) = rounded(told);
    let fraction = format!("{:0width$}", count % part, width = places as usize);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction} {}", count / part, told.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_few_digits_and_the_unit_that_suits_them() {
        let words = |nanos| elapsed_words(Duration::from_nanos(nanos));
        let pairs = [
            (0, "0 ms"),
            (480, "0.48 µs"),
            (99_999, "0.1 ms"),
            (200_000, "0.2 ms"),
            (4_321_000, "4.321 ms"),
            (4_321_567, "4.32 ms"),
            (43_215_678, "43.2 ms"),
            (432_156_789, "432 ms"),
            (999_700_000, "999.7 ms"),
            (999_700_001, "1 s"),
            (1_234_000_000, "1.234 s"),
            (1_234_567_000, "1.23 s"),
            (5_000_000_000, "5 s"),
            (119_990_000_001, "2 min"),
            (150_000_000_000, "2.5 min"),
            (9_000_000_000_000, "2.5 h"),
        ];
        for (nanos, wanted) in pairs {
            assert_eq!(words(nanos), wanted, "{nanos}");
        }
        assert_eq!(elapsed_words(Duration::from_secs(100 * 24 * 3600)), "2400 h");
        assert!(elapsed_words(Duration::MAX).ends_with(" h"));
    }

    #[test]
    fn times_that_differ_read_different() {
        let apart = |one, other| elapsed_apart(Duration::from_nanos(one), Duration::from_nanos(other));
        let both = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(apart(5_000_300_000, 5_000_000_000), both("5.0003 s", "5 s"));
        assert_eq!(apart(350_000_000, 300_000_000), both("350 ms", "300 ms"));
        assert_eq!(apart(1_000_000_000, 1_000_000_000), both("1 s", "1 s"));
        assert_eq!(apart(1, 2), both("0.001 µs", "0.002 µs"));
    }
}
