use super::{SlotId, Slots, value_text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What is done to a value on its way into a frame: `{text|base64}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Base64 with padding (RFC 4648 §4).
    Base64,
    /// Two lower-case hexadecimal digits a byte.
    Hex,
    /// Percent-encoding of all but unreserved characters (RFC 3986 §2.3).
    Url,
    /// The value as JSON text.
    Json,
    /// A text as its bytes, within `$hex`.
    Utf8,
    /// The length of a text in bytes.
    Bytes,
    /// SHA-256, in hexadecimal unless another filter follows.
    Sha256,
    /// HMAC with SHA-256 under the value of another name.
    HmacSha256(SlotId),
    /// MD5, in hexadecimal unless another filter follows.
    Md5,
}

/// A value between two filters.
enum Stuff {
    Value(Value),
    Bytes(Vec<u8>),
}

const PLAIN: [(&str, Filter); 10] = [
    ("lower", Filter::Lower),
    ("upper", Filter::Upper),
    ("base64", Filter::Base64),
    ("hex", Filter::Hex),
    ("url", Filter::Url),
    ("json", Filter::Json),
    ("utf8", Filter::Utf8),
    ("bytes", Filter::Bytes),
    ("sha256", Filter::Sha256),
    ("md5", Filter::Md5),
];

const RESERVED_ONLY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Filter {
    /// Reads the filters of a hole; a key becomes a slot.
    pub(super) fn read_all(words: &[&str], slots: &mut Slots) -> Result<Vec<Filter>, String> {
        let read = |word: &&str| {
            if let Some(key) = word.strip_prefix("hmac-sha256:") {
                return Ok(Filter::HmacSha256(slots.intern(key)));
            }
            PLAIN.into_iter().find(|(name, _)| name == word).map(|(_, filter)| filter).ok_or_else(|| {
                let names: Vec<&str> = PLAIN.into_iter().map(|(name, _)| name).collect();
                format!("there is no filter `{word}`; there are {} and hmac-sha256:KEY", names.join(", "))
            })
        };
        words.iter().map(read).collect()
    }

    /// Whether what a frame holds tells the value.
    pub(in crate::wire) fn inverts(self) -> bool {
        match self {
            Filter::Base64 | Filter::Hex | Filter::Url | Filter::Json | Filter::Utf8 => true,
            Filter::Lower | Filter::Upper | Filter::Bytes | Filter::Sha256 | Filter::HmacSha256(_) | Filter::Md5 => {
                false
            }
        }
    }

    fn apply(self, stuff: Stuff, key: &dyn Fn(SlotId) -> Option<String>) -> Option<Stuff> {
        let text = |stuff: Stuff| match stuff {
            Stuff::Value(value) => value_text(&value),
            Stuff::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        let bytes = |stuff: Stuff| match stuff {
            Stuff::Value(value) => value_text(&value).into_bytes(),
            Stuff::Bytes(bytes) => bytes,
        };
        let string = |text: String| Stuff::Value(Value::String(text));
        Some(match self {
            Filter::Lower => string(text(stuff).to_lowercase()),
            Filter::Upper => string(text(stuff).to_uppercase()),
            Filter::Base64 => string(BASE64.encode(bytes(stuff))),
            Filter::Hex => string(to_hex(&bytes(stuff))),
            Filter::Url => string(utf8_percent_encode(&text(stuff), RESERVED_ONLY).to_string()),
            Filter::Json => string(match stuff {
                Stuff::Value(value) => value.to_string(),
                Stuff::Bytes(_) => Value::String(text(stuff)).to_string(),
            }),
            Filter::Utf8 => Stuff::Bytes(bytes(stuff)),
            Filter::Bytes => Stuff::Value(bytes(stuff).len().into()),
            Filter::Sha256 => Stuff::Bytes(Sha256::digest(bytes(stuff)).to_vec()),
            Filter::HmacSha256(slot) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key(slot)?.as_bytes()).ok()?;
                mac.update(&bytes(stuff));
                Stuff::Bytes(mac.finalize().into_bytes().to_vec())
            }
            Filter::Md5 => Stuff::Bytes(Md5::digest(bytes(stuff)).to_vec()),
        })
    }

    fn invert(self, stuff: Stuff) -> Option<Stuff> {
        let Stuff::Value(Value::String(text)) = stuff else {
            return match (self, stuff) {
                (Filter::Utf8, Stuff::Bytes(bytes)) => {
                    String::from_utf8(bytes).ok().map(|text| Stuff::Value(text.into()))
                }
                _ => None,
            };
        };
        match self {
            Filter::Base64 => BASE64.decode(text).ok().map(Stuff::Bytes),
            Filter::Hex => from_hex(&text).map(Stuff::Bytes),
            Filter::Url => {
                percent_decode_str(&text).decode_utf8().ok().map(|text| Stuff::Value(text.into_owned().into()))
            }
            Filter::Json => serde_json::from_str(&text).ok().map(Stuff::Value),
            Filter::Utf8 => Some(Stuff::Value(text.into())),
            Filter::Lower | Filter::Upper | Filter::Bytes | Filter::Sha256 | Filter::HmacSha256(_) | Filter::Md5 => {
                None
            }
        }
    }
}

/// All filters of a hole, one after the other; none where a key has no value.
pub(in crate::wire) fn filtered(
    value: Value,
    filters: &[Filter],
    key: &dyn Fn(SlotId) -> Option<String>,
) -> Option<Value> {
    let last = filters.iter().try_fold(Stuff::Value(value), |stuff, filter| filter.apply(stuff, key))?;
    Some(match last {
        Stuff::Value(value) => value,
        // A text that was only marked as bytes is that text; a digest is shown in hexadecimal.
        Stuff::Bytes(bytes) => match filters.last() {
            Some(Filter::Utf8) => String::from_utf8_lossy(&bytes).into_owned().into(),
            _ => to_hex(&bytes).into(),
        },
    })
}

/// The value from which filters made what was found; none where it cannot be told or cannot be.
pub(in crate::wire) fn unfiltered(found: &Value, filters: &[Filter]) -> Option<Value> {
    let first = filters.iter().rev().try_fold(Stuff::Value(found.clone()), |stuff, filter| filter.invert(stuff))?;
    match first {
        Stuff::Value(value) => Some(value),
        Stuff::Bytes(bytes) => String::from_utf8(bytes).ok().map(Value::String),
    }
}

/// Two lower-case hexadecimal digits a byte.
pub(in crate::wire) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Bytes from hexadecimal digits; white space between them is free.
pub(in crate::wire) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|&[high, low]| (high * 16 + low) as u8).collect())
}
