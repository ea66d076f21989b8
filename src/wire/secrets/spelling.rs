use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
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
/// What RFC 3986 leaves.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a value may look like where somebody has written it down.
pub(super) fn spellings(value: &str) -> Vec<String> {
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

/// The begin of a text, so many bytes or a few less.
pub(super) fn begin(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
