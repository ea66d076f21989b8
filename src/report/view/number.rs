//! `autonumber`: the numbers that arrows carry.

use crate::diagram::Autonumber;

/// The state of numbering while the rows are made.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    on: bool,
    /// All levels but the one that counts, each with the separator behind it: `1.1.` of `1.1.1`.
    prefix: String,
    next: f64,
    step: f64,
    format: Option<String>,
}

impl Numbers {
    /// Obeys a statement.
    pub(super) fn set(&mut self, statement: &Autonumber) {
        match statement {
            Autonumber::On { start, step, format } => {
                let start = start.as_deref().unwrap_or("1");
                let cut = start.rfind(|c: char| !c.is_ascii_digit()).filter(|_| start.parse::<f64>().is_err());
                let (prefix, last) = cut.map_or(("", start), |at| start.split_at(at + 1));
                let dotted = start.matches('.').count() > 0 && last.len() < start.len();
                self.prefix = if dotted { prefix.to_owned() } else { String::new() };
                self.next = last.parse().unwrap_or(1.0);
                self.step = step.as_deref().and_then(|step| step.parse().ok()).unwrap_or(1.0);
                self.format = format.clone();
                self.on = true;
            }
            Autonumber::Off => self.on = false,
            Autonumber::Resume { step, format } => {
                if let Some(step) = step.as_deref().and_then(|step| step.parse().ok()) {
                    self.step = step;
                }
                if format.is_some() {
                    self.format.clone_from(format);
                }
                self.on = true;
            }
            Autonumber::Increment(level) => self.increment(level),
        }
    }

    /// The number of the next arrow, where numbers are on.
    pub(super) fn take(&mut self) -> Option<String> {
        if !self.on {
            return None;
        }
        let digits = ((self.next * 100.0).round() / 100.0).to_string();
        self.next += self.step;
        Some(match &self.format {
            Some(format) if self.prefix.is_empty() => formatted(format, &digits),
            _ => format!("{}{digits}", self.prefix),
        })
    }

    /// PlantUML `inc A`: the first level counts one up, those below begin anew.
    fn increment(&mut self, level: &str) {
        let index = level.bytes().next().map_or(0, |byte| usize::from(byte.to_ascii_uppercase().saturating_sub(b'A')));
        let mut levels: Vec<u64> = self.prefix.split('.').filter_map(|level| level.parse().ok()).collect();
        if let Some(chosen) = levels.get_mut(index) {
            *chosen += 1;
            for below in levels.iter_mut().skip(index + 1) {
                *below = 1;
            }
            self.prefix = levels.iter().map(|level| format!("{level}.")).collect();
            self.next = 1.0;
        }
    }
}

/// PlantUML's format: a run of `0` or `#` takes the digits, markup is dropped.
fn formatted(format: &str, digits: &str) -> String {
    let mut out = String::new();
    let mut placed = false;
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '<' => {
                for c in chars.by_ref() {
                    if c == '>' {
                        break;
                    }
                }
            }
            '0' | '#' if !placed => {
                let mut wide = 1;
                while chars.next_if(|&next| next == c).is_some() {
                    wide += 1;
                }
                let wide = if c == '0' { wide.min(20) } else { 0 };
                out.push_str(&format!("{digits:0>wide$}"));
                placed = true;
            }
            '"' => {}
            c => out.push(c),
        }
    }
    if placed { out } else { format!("{digits}{out}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three(start: &str, step: Option<&str>, format: Option<&str>) -> [Option<String>; 3] {
        let mut numbers = Numbers::default();
        let own = |text: Option<&str>| text.map(str::to_owned);
        numbers.set(&Autonumber::On { start: own(Some(start)), step: own(step), format: own(format) });
        [numbers.take(), numbers.take(), numbers.take()]
    }

    #[test]
    fn numbers_count_at_their_last_level() {
        assert_eq!(three("10", Some("5"), None).map(Option::unwrap), ["10", "15", "20"]);
        assert_eq!(three("1.5", Some("0.1"), None).map(Option::unwrap), ["1.5", "1.6", "1.7"]);
        assert_eq!(three("1.1.1", None, None).map(Option::unwrap), ["1.1.1", "1.1.2", "1.1.3"]);
        assert_eq!(three("7", None, Some("<b>[000]")).map(Option::unwrap), ["[007]", "[008]", "[009]"]);
    }

    #[test]
    fn stop_and_resume() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.take(), None);
        numbers.set(&Autonumber::On { start: None, step: None, format: None });
        assert_eq!(numbers.take().as_deref(), Some("1"));
        numbers.set(&Autonumber::Off);
        assert_eq!(numbers.take(), None);
        numbers.set(&Autonumber::Resume { step: Some("2".into()), format: None });
        assert_eq!(numbers.take().as_deref(), Some("2"));
        assert_eq!(numbers.take().as_deref(), Some("4"));
    }
}
