use super::unescaped::Unescaped;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

/// Values that reach no output: whatever takes its value from the environment, what is made of it, what a login gave. Everybody
/// who prints asks it first.
///
/// A clone is the same collection, so that what becomes known in a play is known to those who report it; [`Secrets::apart`]
/// is another one.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    values: Vec<String>,
    /// What each may look like.
    spellings: Vec<String>,
    /// Finds them, longest first and in whatever case; none until somebody looks.
    finder: Option<Finder>,
}

#[derive(Clone)]
struct Finder {
    /// All of them, as they stand.
    plain: AhoCorasick,
    /// Those that are long enough not to stand in any other word by chance, once that is decoded.
    within: AhoCorasick,
}

/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// A value that was made of a secret, or that a server gave, is hidden from so many letters on: shorter ones tell little, and
/// stand in every other word.
const DERIVED: usize = 4;

/// The same for a cookie, which may be as harmless as `visited=1`.
const COOKIE: usize = 8;

/// So often it is tried to decode a word that is not a secret as it stands: chains of encodings.
const DEPTH: usize = 3;

/// A word shorter than this is no encoding of anything.
const WORD: usize = 8;

/// What browsers' `encodeURIComponent` leaves.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// What RFC 3986 leaves.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl Secrets {
    /// One more value that must not be seen. An empty one hides nothing.
    pub fn add(&self, value: &str) {
        if value.is_empty() {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.values.iter().any(|known| known == value) {
            return;
        }
        known.values.push(value.to_owned());
        for spelling in spellings(value) {
            if !spelling.is_empty() && !known.spellings.contains(&spelling) {
                known.spellings.push(spelling);
            }
        }
        known.finder = None;
    }

    /// A value that was made of a secret.
    pub(in crate::wire) fn derived(&self, value: &Value) {
        let text = super::pattern::value_text(value);
        if text.chars().count() >= DERIVED {
            self.add(&text);
        }
    }

    /// A value that a server gave, and that is a secret by its name: every text in it.
    pub(in crate::wire) fn given(&self, value: &Value) {
        match value {
            Value::String(_) | Value::Number(_) => self.derived(value),
            Value::Array(items) => items.iter().for_each(|item| self.given(item)),
            Value::Object(members) => members.values().for_each(|item| self.given(item)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// What headers hold that proves who somebody is: credentials, and cookies.
    pub fn headers<'h>(&self, headers: impl IntoIterator<Item = (&'h str, &'h str)>) {
        for (name, value) in headers {
            if is_credentials(name) {
                let (_, token) = value.trim().split_once(' ').unwrap_or(("", value));
                let token = token.trim();
                if token.chars().count() >= DERIVED {
                    self.add(token);
                }
                let plain = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                if let Some((_, password)) = plain.as_deref().and_then(|plain| plain.split_once(':'))
                    && password.chars().count() >= DERIVED
                {
                    self.add(password);
                }
            } else if is_cookie(name) {
                let pairs = if name.eq_ignore_ascii_case("cookie") { usize::MAX } else { 1 };
                for (_, value) in value.split(';').take(pairs).filter_map(|pair| pair.split_once('=')) {
                    let value = value.trim().trim_matches('"');
                    if value.chars().count() >= COOKIE {
                        self.add(value);
                    }
                }
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).values.is_empty()
    }

    /// All of another collection too.
    pub fn merge(&self, other: &Secrets) {
        if Arc::ptr_eq(&self.known, &other.known) {
            return;
        }
        let values = other.known.read().unwrap_or_else(PoisonError::into_inner).values.clone();
        values.iter().for_each(|value| self.add(value));
    }

    /// A collection of its own that begins with these.
    #[must_use]
    pub fn apart(&self) -> Secrets {
        let apart = Secrets::default();
        apart.merge(self);
        apart
    }

    /// Whether a text has one of them in it, in any spelling that can be told from the text alone.
    pub fn are_in(&self, text: &str) -> bool {
        !self.places(text).is_empty()
    }

    /// A text without them: as they are, in whatever case, in JSON, in addresses, in markup, in hexadecimal, in Base64, and inside
    /// such encodings of something longer.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.without(text, |_| HIDDEN.to_owned())
    }

    /// A text without them in which every byte stands where it stood: for texts that places point into.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.without(text, |length| "*".repeat(length))
    }

    fn without<'t>(&self, text: &'t str, hidden: impl Fn(usize) -> String) -> Cow<'t, str> {
        let places = self.places(text);
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut shown = 0;
        for place in places {
            out.push_str(&text[shown..place.start]);
            out.push_str(&hidden(place.len()));
            shown = place.end;
        }
        out.push_str(&text[shown..]);
        Cow::Owned(out)
    }

    /// Where they are, in order and apart from each other.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let Some(finder) = self.finder() else { return Vec::new() };
        let mut places = found(&finder, text);
        // What is written with numbers of characters: by itself, and once more in a text that quotes it.
        if let Some(plain) = Unescaped::of(text) {
            places.extend(found(&finder, &plain.text).iter().map(|part| plain.place(part)));
            if let Some(twice) = Unescaped::of(&plain.text) {
                places.extend(found(&finder, &twice.text).iter().map(|part| plain.place(&twice.place(part))));
            }
        }
        places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for place in places {
            match apart.last_mut() {
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                Some(_) | None => apart.push(place),
            }
        }
        apart
    }

    fn finder(&self) -> Option<Finder> {
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if known.values.is_empty() || known.finder.is_some() {
                return known.finder.clone();
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.finder.is_none() {
            let mut builder = AhoCorasick::builder();
            builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true);
            let long =
                known.values.iter().filter(|value| value.chars().count() >= DERIVED).flat_map(|value| spellings(value));
            let within = long.filter(|spelling| !spelling.is_empty()).collect::<Vec<_>>();
            let both = (builder.build(&known.spellings), builder.build(within));
            known.finder = match both {
                (Ok(plain), Ok(within)) => Some(Finder { plain, within }),
                // More than can be counted.
                (Err(_), _) | (_, Err(_)) => None,
            };
        }
        known.finder.clone()
    }
}

/// Where they are in a text as it stands.
fn found(finder: &Finder, text: &str) -> Vec<Range<usize>> {
    // A match is of whole letters: a spelling begins and ends with one.
    let plain = finder.plain.find_iter(text).map(|found| found.range());
    plain.chain(words(text).filter(|word| reveals(&finder.within, &text[word.clone()], DEPTH))).collect()
}

/// Whether a header proves who somebody is.
fn is_credentials(name: &str) -> bool {
    ["authorization", "proxy-authorization"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a header holds cookies.
fn is_cookie(name: &str) -> bool {
    ["cookie", "set-cookie"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The value of a header as outputs show it: without what proves who somebody is. None where that is not in it.
pub fn header_shown(name: &str, value: &str) -> Option<String> {
    if is_credentials(name) {
        let scheme = value.trim().split_once(' ').map_or("", |(scheme, _)| scheme);
        return Some(format!("{scheme} {HIDDEN}").trim_start().to_owned());
    }
    if !is_cookie(name) {
        return None;
    }
    let only_first = !name.eq_ignore_ascii_case("cookie");
    let pair = |(index, pair): (usize, &str)| match pair.split_once('=') {
        // Behind the first stand attributes: `Path=/`.
        Some((name, _)) if index == 0 || !only_first => format!("{name}={HIDDEN}"),
        Some(_) | None => pair.to_owned(),
    };
    Some(value.split(';').enumerate().map(pair).collect::<Vec<_>>().join(";"))
}

/// What a value may look like where somebody has written it down.
fn spellings(value: &str) -> Vec<String> {
    let quoted = |text: &str| {
        let json = Value::from(text).to_string();
        json[1..json.len() - 1].to_owned()
    };
    let json = quoted(value);
    let ascii: String = json
        .chars()
        .map(|c| match c.is_ascii() {
            true => c.to_string(),
            false => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        })
        .collect();
    let component = utf8_percent_encode(value, COMPONENT).to_string();
    let all = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let unreserved = utf8_percent_encode(value, UNRESERVED).to_string();
    let markup = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quotes = markup.replace('"', "&quot;");
    let bytes: Vec<String> = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = [STANDARD.encode(value), URL_SAFE.encode(value)];
    let unpadded = base64.clone().map(|text| text.trim_end_matches('=').to_owned());
    let mut all = vec![
        value.to_owned(),
        value.to_lowercase(),
        value.to_uppercase(),
        json.replace('/', "\\/"),
        ascii.replace('/', "\\/"),
        quoted(&json),
        quoted(&ascii),
        json,
        ascii,
        component.replace("%20", "+"),
        all.replace("%20", "+"),
        component,
        all,
        unreserved,
        quotes.replace('\'', "&#39;"),
        quotes.replace('\'', "&apos;"),
        quotes,
        markup,
        value.replace('\'', r"'\''"),
        bytes.concat(),
        bytes.join(" "),
        wide(value, u16::to_be_bytes),
        wide(value, u16::to_le_bytes),
    ];
    all.extend(base64);
    all.extend(unpadded);
    all
}

/// UTF-16, in hexadecimal.
fn wide(value: &str, bytes: impl Fn(u16) -> [u8; 2]) -> String {
    value.encode_utf16().flat_map(bytes).map(|byte| format!("{byte:02x}")).collect()
}

/// The parts of a text that may be an encoding of something: runs of the letters of Base64, of hexadecimal, of addresses.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=%.~".contains(byte);
    let bytes = text.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        while from < bytes.len() {
            let start = from + bytes[from..].iter().position(letter)?;
            let length = bytes[start..].iter().position(|byte| !letter(byte)).unwrap_or(bytes.len() - start);
            from = start + length;
            if length >= WORD {
                return Some(start..from);
            }
        }
        None
    })
}

/// Whether a word, or what it is an encoding of, has a secret in it. What is part of an address (`a=b&c=d`) is looked at in parts.
fn reveals(finder: &AhoCorasick, word: &str, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    let inside = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        finder.is_match(&*text) || words(&text).any(|word| reveals(finder, &text[word], depth - 1))
    };
    if word.contains('%') {
        let plain: Vec<u8> = percent_decode_str(word).collect();
        if plain.len() < word.len() && inside(&plain) {
            return true;
        }
    }
    // A name and a value (`key=…`), a path, a token in parts: each may be one.
    let parts = word.split(['=', '.', '%', '~']).filter(|part| part.len() >= WORD);
    let slashed = word.split('/').filter(|part| part.len() >= WORD && part.len() < word.len());
    parts.chain(slashed).any(|part| {
        let hex = (part.len().is_multiple_of(2) && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .then(|| super::pattern::from_hex(part))
            .flatten();
        let standard = STANDARD_NO_PAD.decode(part).ok();
        let url = URL_SAFE_NO_PAD.decode(part).ok().filter(|_| part.contains(['-', '_']));
        [hex, standard, url].into_iter().flatten().any(|bytes| inside(&bytes))
    })
}

/// What of an environment must not be seen, should a program print it: the lines of a listing, and the values that are nothing
/// that everybody knows.
pub fn of_environment<'e>(variables: impl IntoIterator<Item = (&'e str, &'e str)>) -> Secrets {
    /// What says where things lie, how the terminal looks, and who is logged in.
    const HARMLESS: [&str; 22] = [
        "PATH",
        "HOME",
        "PWD",
        "OLDPWD",
        "SHELL",
        "USER",
        "LOGNAME",
        "HOSTNAME",
        "LANG",
        "LANGUAGE",
        "TERM",
        "TMPDIR",
        "TMP",
        "TEMP",
        "EDITOR",
        "PAGER",
        "DISPLAY",
        "SHLVL",
        "TZ",
        "COLUMNS",
        "LINES",
        "COLORTERM",
    ];
    const TELLING: [&str; 7] = ["TOKEN", "SECRET", "PASS", "KEY", "CREDENTIAL", "AUTH", "COOKIE"];
    let secrets = Secrets::default();
    for (name, value) in variables {
        if value.is_empty() {
            continue;
        }
        secrets.add(&format!("{name}={value}"));
        let upper = name.to_ascii_uppercase();
        let telling = TELLING.iter().any(|word| upper.contains(word)) && value.chars().count() >= DERIVED;
        let harmless = HARMLESS.contains(&&*upper) || upper.starts_with("LC_") || upper.starts_with("XDG_");
        let is_path = value.split(':').all(|part| part.starts_with('/') && std::path::Path::new(part).exists());
        if telling || (!harmless && !is_path && value.chars().count() >= WORD) {
            secrets.add(value);
        }
    }
    secrets
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.known.read().unwrap_or_else(PoisonError::into_inner).values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hides(secret: &str, text: &str) -> String {
        let secrets = Secrets::default();
        secrets.add(secret);
        assert_eq!(secrets.mask(text).len(), text.len());
        secrets.redact(text).into_owned()
    }

    #[test]
    fn a_secret_is_found_in_every_spelling_and_case() {
        let secret = "P@ss-w0rd/ü \"1'";
        for spelling in spellings(secret) {
            for text in [spelling.clone(), spelling.to_ascii_uppercase(), spelling.to_ascii_lowercase()] {
                assert_eq!(hides(secret, &format!("a({text})b")), "a(***)b", "{text}");
            }
        }
    }

    #[test]
    fn a_secret_is_found_where_its_letters_are_numbers() {
        let secret = "P@ss-w0rd/ü";
        let json: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        let markup: String = secret.chars().map(|c| format!("&#{};", u32::from(c))).collect();
        let hex: String = secret.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect();
        for text in [json.clone(), json.replace('\\', "\\\\"), markup, hex, "P\\x40ss-w0rd\\/\\u00fc".to_owned()] {
            assert_eq!(
                hides(secret, &format!("{{\"a\":\"x {text}!\\u0021\"}}")),
                "{\"a\":\"x ***!\\u0021\"}",
                "{text}"
            );
        }
    }

    #[test]
    fn a_secret_is_found_inside_of_encodings_of_something_longer() {
        let secret = "tulip-seventy-one";
        let longer = format!("ann:{secret}!");
        let base64 = STANDARD.encode(&longer);
        let url = utf8_percent_encode(&base64, NON_ALPHANUMERIC).to_string();
        let hex: String = base64.bytes().map(|byte| format!("{byte:02X}")).collect();
        for text in [base64.clone(), URL_SAFE_NO_PAD.encode(&longer), url, hex, STANDARD.encode(&base64)] {
            assert_eq!(hides(secret, &format!("Basic {text}, x")), "Basic ***, x", "{text}");
        }
        assert_eq!(hides(secret, &format!("/ws?key={base64}&name=ann")), "/ws?***&name=ann");
        let plain = "a/long/path/of/the/server.js?name=somebody&also=this%20one deadbeefcafe0123456789ab";
        assert_eq!(hides(secret, plain), plain);
    }

    #[test]
    fn headers_show_who_and_not_the_proof() {
        assert_eq!(header_shown("Authorization", "Bearer abc.def").as_deref(), Some("Bearer ***"));
        assert_eq!(header_shown("set-cookie", "sid=1; Path=/; HttpOnly").as_deref(), Some("sid=***; Path=/; HttpOnly"));
        assert_eq!(header_shown("cookie", "a=1; b=2").as_deref(), Some("a=***; b=***"));
        assert_eq!(header_shown("content-type", "a=1"), None);
        let secrets = Secrets::default();
        secrets.headers([("authorization", "Basic YW5uOnR1bGlwLTcx"), ("set-cookie", "a=short; b=x, c=d")]);
        assert_eq!(secrets.redact("tulip-71 YW5uOnR1bGlwLTcx short"), "*** *** short");
    }

    #[test]
    fn an_environment_is_hidden_but_for_what_everybody_knows() {
        let all = [("HOME", "/home/ann"), ("A", "1"), ("API_KEY", "abcd"), ("CANARY", "tulip-seventy-one"), ("N", "")];
        let secrets = of_environment(all);
        let told =
            "HOME=/home/ann\nA=1\nAPI_KEY=abcd\nCANARY=tulip-seventy-one\nsaid: tulip-seventy-one abcd 1 /home/ann";
        assert_eq!(secrets.redact(told), "***\n***\n***\n***\nsaid: *** *** 1 /home/ann");
    }
}
