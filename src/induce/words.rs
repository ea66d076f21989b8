//! What names and values look like.

use crate::wire::Raw;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The JSON that some bytes are.
pub(super) fn json(raw: &Raw) -> Option<Value> {
    match raw {
        Raw::Text(text) => serde_json::from_str(text).ok(),
        Raw::Binary(bytes) => serde_json::from_slice(bytes).ok(),
    }
}

/// The members of the query of a URL, decoded.
pub(super) fn query(url: &str) -> Vec<(String, String)> {
    let text = url.split_once('?').map_or("", |(_, query)| query);
    pairs(text)
}

/// The members of a query or a form, decoded.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decoded(k), decoded(v))).collect()
}

/// A name as a diagram can have it for a participant.
pub(super) fn identifier(text: &str) -> String {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    if letters.starts_with(char::is_alphabetic) { letters } else { format!("Client{letters}") }
}

/// The words of a name: `roomId`, `room_id` and `room-id` are `room` and `id`.
pub(super) fn parts(name: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) || all.is_empty();
        if begins {
            all.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(last) = all.last_mut()
        {
            last.extend(c.to_lowercase());
        }
        before = c;
    }
    all.retain(|part| !part.is_empty());
    all
}

/// Whether a name is one of a value that its maker chooses, and nobody else could know.
pub(super) fn is_id(name: &str) -> bool {
    const LAST: [&str; 18] = [
        "id", "uid", "uuid", "guid", "sid", "seq", "no", "nr", "cursor", "offset", "session", "etag", "ticket",
        "nonce", "ref", "stamp", "handle", "ulid",
    ];
    let last = parts(name).pop().unwrap_or_default();
    LAST.contains(&&*last)
        || (last.len() > 3
            && last.ends_with("id")
            && name.ends_with("id")
            && last.len() < 12
            && ["msgid", "userid", "roomid", "connid", "sessionid", "socketid", "clientid", "messageid"]
                .contains(&&*last))
}

/// Whether a name is one of a secret.
pub fn is_secret(name: &str) -> bool {
    const LAST: [&str; 16] = [
        "token",
        "password",
        "passwd",
        "pwd",
        "secret",
        "key",
        "apikey",
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "jwt",
        "bearer",
        "passphrase",
        "signature",
        "pin",
    ];
    let last = parts(name).pop().unwrap_or_default();
    let ends = |word: &&str| last.len() > word.len() && last.ends_with(*word);
    LAST.contains(&&*last) || ["token", "password", "secret", "apikey"].iter().any(ends)
}

/// Whether a name is one of a time.
pub(super) fn is_time(name: &str) -> bool {
    const LAST: [&str; 12] =
        ["ts", "time", "timestamp", "at", "date", "created", "updated", "now", "expires", "when", "uptime", "latency"];
    parts(name).pop().is_some_and(|last| LAST.contains(&&*last))
}

/// Whether a name is one of a text that people write.
pub(super) fn is_text(name: &str) -> bool {
    const LAST: [&str; 12] = [
        "text",
        "body",
        "message",
        "content",
        "msg",
        "data",
        "payload",
        "title",
        "description",
        "subject",
        "line",
        "reason",
    ];
    parts(name).pop().is_some_and(|last| LAST.contains(&&*last))
}

/// Whether a text is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    text.len() == 36 && lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|c| c == b'-' || c.is_ascii_hexdigit())
}

/// Whether a text is a time stamp of RFC 3339.
pub(super) fn is_stamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let sign = |at: usize, signs: &[u8]| bytes.get(at).is_some_and(|byte| signs.contains(byte));
    let date = (0..4).all(digit) && sign(4, b"-") && (5..7).all(digit) && sign(7, b"-") && (8..10).all(digit);
    let time = sign(10, b"Tt ") && (11..13).all(digit) && sign(13, b":") && (14..16).all(digit) && sign(16, b":");
    date && time && (17..19).all(digit) && sign(bytes.len() - 1, b"Zz0123456789") && bytes.len() >= 20
}

/// Whether a text looks as if it was drawn by lot.
pub(super) fn is_random(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=.".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    is_uuid(text) || (text.len() >= 16 && text.chars().all(plain) && digits >= 3 && letters >= 3)
}

/// Whether a number is a moment of these decades, in seconds or milliseconds.
pub(super) fn is_clock(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| (1e9..4e9).contains(&number) || (1e12..4e12).contains(&number))
}

/// The letters of a name that a hole may have.
pub(super) fn hole(name: &str) -> String {
    let letters: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let letters = letters.trim_matches('_');
    let begins = letters.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut bare = if begins { letters.to_owned() } else { format!("x{letters}") };
    // Words that every binding has are no holes of their own.
    if ["self", "peer", "run", "target", "seq", "uuid", "now", "null", "env", "nonce", "messages"].contains(&&*bare) {
        bare.push('_');
    }
    bare
}
