use std::time::Duration;

/// The units that are understood: spelling, nanoseconds.
const UNITS: [(&str, u64); 20] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("msec", 1_000_000),
    ("millisecond", 1_000_000),
    ("milliseconds", 1_000_000),
    ("s", 1_000_000_000),
    ("sec", 1_000_000_000),
    ("secs", 1_000_000_000),
    ("second", 1_000_000_000),
    ("seconds", 1_000_000_000),
    ("m", 60_000_000_000),
    ("min", 60_000_000_000),
    ("mins", 60_000_000_000),
    ("minute", 60_000_000_000),
    ("minutes", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("hour", 3_600_000_000_000),
    ("hours", 3_600_000_000_000),
];

/// Reads `3s`, `250 ms`, `2.5 seconds`, `5 minutes`, `1m30s`, and the same followed by `later` or `passed`.
///
/// Returns `None` where the text is anything else, or longer than 100 days (no run waits so long).
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    for tail in ["later", "passed", "pass", "elapsed"] {
        if let Some(before) = rest.strip_suffix(tail).filter(|before| before.ends_with(' ')) {
            rest = before.trim_end();
            break;
        }
    }
    let mut total = 0u128;
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        let nanos = UNITS.iter().find(|(word, _)| word.eq_ignore_ascii_case(unit)).map(|&(_, nanos)| nanos)?;
        total = total.checked_add(scaled(number, nanos)?)?;
        any = true;
        rest = next.trim_start();
    }
    let limit = 100 * 24 * 3_600_000_000_000u128;
    (any && total <= limit).then(|| Duration::from_nanos(total as u64))
}

/// A decimal number times a unit, exactly; `None` where the number is not one.
fn scaled(number: &str, unit: u64) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || whole.len() > 12 || fraction.len() > 9 || fraction.contains('.') {
        return None;
    }
    let mut nanos = whole.parse::<u128>().ok()? * u128::from(unit);
    if !fraction.is_empty() {
        nanos += fraction.parse::<u128>().ok()? * u128::from(unit) / 10u128.pow(fraction.len() as u32);
    }
    Some(nanos)
}

/// Writes a duration so that [`parse_duration`] reads the same: `3s`, `250ms`, `1500us`.
pub fn print_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    for (unit, size) in
        [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)]
    {
        if nanos >= size && nanos.is_multiple_of(size) {
            return format!("{}{unit}", nanos / size);
        }
    }
    if nanos == 0 { "0s".to_owned() } else { format!("{nanos}ns") }
}
