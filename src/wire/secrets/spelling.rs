use super::base32;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

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

/// How a text is written down, in one case: it is found in all (`finder`). What is written with numbers of its characters, or of its bytes one by one, or as a part of an
/// address in whatever way, is found by reading that.
const OF_TEXT: [fn(&str) -> String; 14] = [
    str::to_owned,
    json,
    |text| json(text).replace('/', "\\/"),
    |text| ascii(&json(text)),
    |text| ascii(&json(text)).replace('/', "\\/"),
    |text| quoted(text, "<>&"),
    |text| json(&json(text)),
    |text| json(&ascii(&json(text))),
    |text| utf8_percent_encode(text, COMPONENT).to_string(),
    |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
    markup,
    |text| markup(text).replace('"', "&quot;").replace('\'', "&#39;"),
    |text| markup(text).replace('"', "&quot;").replace('\'', "&apos;"),
    |text| text.replace('\'', r"'\''"),
];

/// How bytes are written down.
const OF_BYTES: [fn(&[u8]) -> String; 8] = [
    hex,
    |bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
    |bytes| STANDARD.encode(bytes),
    |bytes| STANDARD_NO_PAD.encode(bytes),
    |bytes| URL_SAFE.encode(bytes),
    |bytes| URL_SAFE_NO_PAD.encode(bytes),
    |bytes| base32::encode(bytes, base32::STANDARD),
    |bytes| base32::encode(bytes, base32::HEX),
];

/// A value that is shorter is taken for no encoding of bytes: a digest has sixteen at least.
const ENCODED: usize = 16;

/// What a value may look like where somebody has written it down.
pub(super) fn spellings(value: &str) -> Vec<String> {
    let mut all: Vec<String> = OF_TEXT.iter().map(|of| of(value)).collect();
    all.push(markup(value).replace('"', "&quot;"));
    all.extend([u16::to_be_bytes, u16::to_le_bytes].map(|order| wide(value, order)));
    all.extend(OF_BYTES.iter().map(|of| of(value.as_bytes())));
    // A digest, or a token, that is written as bytes are may be written as they are in another way.
    if let Some(bytes) = encoded(value) {
        all.extend(OF_BYTES.iter().map(|of| of(&bytes)));
    }
    all
}

/// The bytes that a value is the spelling of.
fn encoded(value: &str) -> Option<Vec<u8>> {
    if value.len() < ENCODED {
        return None;
    }
    let digits = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = digits.then(|| crate::wire::pattern::from_hex(value)).flatten();
    let plain = value.trim_end_matches('=');
    bytes.or_else(|| STANDARD_NO_PAD.decode(plain).ok()).or_else(|| URL_SAFE_NO_PAD.decode(plain).ok())
}

/// As a string of JSON in which these are numbers too.
fn quoted(text: &str, signs: &str) -> String {
    numbered(&json(text), |c| signs.contains(c))
}

/// As a string of JSON, without the marks around it.
fn json(text: &str) -> String {
    let json = Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

/// As JSON that has no letters but those of ASCII.
fn ascii(json: &str) -> String {
    numbered(json, |c| !c.is_ascii())
}

/// With the number of each of these characters in its place, as JSON writes it.
fn numbered(json: &str, is: impl Fn(char) -> bool) -> String {
    let letter = |c: char| match is(c) {
        true => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        false => c.to_string(),
    };
    json.chars().map(letter).collect()
}

fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// UTF-16, in hexadecimal.
fn wide(value: &str, bytes: impl Fn(u16) -> [u8; 2]) -> String {
    hex(&value.encode_utf16().flat_map(bytes).collect::<Vec<_>>())
}

/// The begin of a text, so many bytes or a few less.
pub(super) fn begin(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
