//! The dates of cookies, in all the forms in which servers write them (RFC 6265, section 5.1.1).

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Seconds since 1970, negative before; none where it is no date.
pub(super) fn read(text: &str) -> Option<i64> {
    let between = |c: char| !c.is_ascii_alphanumeric() && c != ':' && !('\u{7f}'..).contains(&c);
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(between).filter(|token| !token.is_empty()) {
        if time.is_none() && token.contains(':') {
            time = clock(token);
        } else if let Some(number) = (day.is_none()).then(|| digits(token, 1..=2)).flatten() {
            day = Some(number);
        } else if let Some(number) = month.is_none().then(|| month_of(token)).flatten() {
            month = Some(number);
        } else if let Some(number) = year.is_none().then(|| digits(token, 2..=4)).flatten() {
            year = Some(match number {
                70..=99 => number + 1900,
                0..=69 => number + 2000,
                full => full,
            });
        }
    }
    let (time, day, month, year) = (time?, day?, month?, year?);
    let valid = (1..=31).contains(&day) && year >= 1601;
    valid.then(|| days(year, month, day) * 86_400 + time)
}

/// `08:15:00` as seconds.
fn clock(token: &str) -> Option<i64> {
    let mut parts = token.split(':').map(|part| digits(part, 1..=2));
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    (hours < 24 && minutes < 60 && seconds < 60).then_some(hours * 3600 + minutes * 60 + seconds)
}

/// The number at the start of a token, where it has so many digits; letters may follow.
fn digits(token: &str, count: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let end = token.find(|c: char| !c.is_ascii_digit()).unwrap_or(token.len());
    if count.contains(&end) { token[..end].parse().ok() } else { None }
}

fn month_of(token: &str) -> Option<i64> {
    let name = token.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == name).and_then(|at| i64::try_from(at + 1).ok())
}

/// Days since 1970 of a day of the Gregorian calendar: years begin in March, so that a leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn every_spelling_of_a_date_is_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 6-Nov-1994 8:49:37 UTC",
        ] {
            assert_eq!(read(text), Some(784_111_777), "{text}");
        }
        assert_eq!(read("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(read("Tue, 29 Feb 2000 12:00:00 GMT"), Some(951_825_600));
        assert_eq!(read("Fri, 31 Dec 9999 23:59:59 GMT"), Some(253_402_300_799));
        for text in
            ["", "0", "soon", "Sun, 06 Nov 1994", "06 Nov 1994 25:00:00", "32 Nov 1994 08:00:00", "ä:ö:ü 1 jän 00"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
