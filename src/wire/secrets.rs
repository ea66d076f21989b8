use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use std::borrow::Cow;
use std::fmt;

/// Values that reach no output: whatever takes its value from the environment. Everybody who prints asks it first.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Longest first, so that none leaves a part of itself behind.
    spellings: Vec<String>,
    values: Vec<String>,
}

/// What stands in place of a secret.
const HIDDEN: &str = "***";

impl Secrets {
    /// One more value that must not be seen. An empty one hides nothing.
    pub fn add(&mut self, value: &str) {
        if value.is_empty() || self.values.iter().any(|known| known == value) {
            return;
        }
        self.values.push(value.to_owned());
        let json = serde_json::Value::from(value).to_string();
        let url: String = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
        let form = url.replace("%20", "+");
        let hex = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        let encoded = [STANDARD.encode(value), URL_SAFE.encode(value)];
        let unpadded = encoded.clone().map(|text| text.trim_end_matches('=').to_owned());
        let plain = [value.to_owned(), json.trim_matches('"').to_owned(), url, form, hex];
        for spelling in plain.into_iter().chain(encoded).chain(unpadded) {
            if !self.spellings.contains(&spelling) {
                self.spellings.push(spelling);
            }
        }
        self.spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All of another collection too.
    pub fn merge(&mut self, other: &Secrets) {
        other.values.iter().for_each(|value| self.add(value));
    }

    /// A text without them: as they are, in JSON, in addresses, in hexadecimal, in Base64, and inside Base64 of
    /// something longer.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for spelling in &self.spellings {
            if out.contains(&**spelling) {
                out = Cow::Owned(out.replace(&**spelling, HIDDEN));
            }
        }
        if !self.is_empty() {
            for token in self.encoded(&out) {
                out = Cow::Owned(out.replace(&token, HIDDEN));
            }
        }
        out
    }

    /// A text without them in which every byte stands where it stood: for texts that places point into.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for spelling in &self.spellings {
            if out.contains(&**spelling) {
                out = Cow::Owned(out.replace(&**spelling, &"*".repeat(spelling.len())));
            }
        }
        out
    }

    /// Words of a text that are Base64 of something with a secret in it, such as `Basic` credentials.
    fn encoded(&self, text: &str) -> Vec<String> {
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
        let holds = |bytes: Vec<u8>| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.values.iter().any(|value| text.contains(&**value))
        };
        let words = text.split(|c: char| !letters(c)).filter(|word| word.len() >= 8);
        let hides = |word: &&str| {
            [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].into_iter().any(|engine| engine.decode(word).is_ok_and(holds))
        };
        let mut found: Vec<String> = words.filter(hides).map(str::to_owned).collect();
        found.dedup();
        found
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.values.len())
    }
}
