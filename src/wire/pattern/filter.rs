use super::{SlotId, Slots, value_text};
use crate::wire::{Secrets, read_json};
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
    /// How many bytes hexadecimal digits spell.
    Size,
    /// A whole number as bytes, within `$hex`.
    Number(Width),
    /// SHA-256, in hexadecimal unless another filter follows.
    Sha256,
    /// HMAC with SHA-256 under the value of another name.
    HmacSha256(SlotId),
    /// MD5, in hexadecimal unless another filter follows.
    Md5,
    /// So many characters at least.
    Pad(Pad),
}

/// `pad-start:4:0`, `pad-end:80`: how a text is made longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pad {
    /// In front of it, or behind it.
    start: bool,
    /// How many characters it then has; where it has more, it stays as it is.
    width: Size,
    /// What is put there.
    fill: char,
}

/// A number of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Fixed(usize),
    /// The value of another name.
    Of(SlotId),
}

/// No text is made longer than this, in characters: nobody means it.
const MOST: usize = 1 << 20;

impl Pad {
    fn read(words: &str, start: bool, slots: &mut Slots) -> Result<Pad, String> {
        let (width, fill) = words.split_once(':').unwrap_or((words, " "));
        let mut letters = fill.chars();
        let (Some(fill), None) = (letters.next(), letters.next()) else {
            return Err(format!("a text is padded with one character, not with `{fill}`"));
        };
        let width = match width.parse() {
            Ok(width) if width <= MOST => Size::Fixed(width),
            Ok(_) => return Err(format!("a text cannot be padded to more than {MOST} characters")),
            Err(_) if width.is_empty() => {
                return Err("the number of characters is missing: write `pad-end:80`".to_owned());
            }
            Err(_) => Size::Of(slots.intern(width)),
        };
        Ok(Pad { start, width, fill })
    }

    fn apply(self, text: String, key: &dyn Fn(SlotId) -> Option<String>) -> Option<String> {
        let width = match self.width {
            Size::Fixed(width) => width,
            Size::Of(slot) => key(slot)?.parse().ok().filter(|width| *width <= MOST)?,
        };
        let more = width.saturating_sub(text.chars().count());
        let filled = std::iter::repeat_n(self.fill, more);
        Some(if self.start { filled.chain(text.chars()).collect() } else { text.chars().chain(filled).collect() })
    }

    /// The text without what it is filled up with. Of nothing but zeros one is left: it is the number.
    fn invert(self, text: &str) -> &str {
        let rest = if self.start { text.trim_start_matches(self.fill) } else { text.trim_end_matches(self.fill) };
        if rest.is_empty() && self.fill.is_ascii_digit() {
            text.get(text.len().saturating_sub(1)..).unwrap_or("")
        } else {
            rest
        }
    }
}

/// How a whole number stands among bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// One byte.
    U8,
    /// Two, the high one first.
    U16,
    /// Four, the high one first.
    U32,
    /// Seven bits a byte, the low ones first; the high bit says that another byte follows (LEB128).
    Varint,
}

impl Width {
    /// The bytes of a number; none where it has no room in them.
    fn write(self, number: u64) -> Option<Vec<u8>> {
        Some(match self {
            Width::U8 => vec![u8::try_from(number).ok()?],
            Width::U16 => u16::try_from(number).ok()?.to_be_bytes().to_vec(),
            Width::U32 => u32::try_from(number).ok()?.to_be_bytes().to_vec(),
            Width::Varint => {
                let (mut rest, mut out) = (number, Vec::new());
                while rest > 0x7f {
                    out.push(rest as u8 | 0x80);
                    rest >>= 7;
                }
                out.push(rest as u8);
                out
            }
        })
    }

    /// The number that bytes are; none where they are not so many, or more than a number holds.
    fn read(self, bytes: &[u8]) -> Option<u64> {
        match (self, bytes) {
            (Width::U8, &[byte]) => Some(byte.into()),
            (Width::U16, &[high, low]) => Some(u16::from_be_bytes([high, low]).into()),
            (Width::U32, &[a, b, c, d]) => Some(u32::from_be_bytes([a, b, c, d]).into()),
            (Width::Varint, bytes) => {
                let number = bytes
                    .iter()
                    .rev()
                    .try_fold(0_u64, |number, byte| number.checked_mul(0x80)?.checked_add(u64::from(byte & 0x7f)))?;
                let (last, before) = bytes.split_last()?;
                (*last < 0x80 && before.iter().all(|byte| *byte >= 0x80)).then_some(number)
            }
            (Width::U8 | Width::U16 | Width::U32, _) => None,
        }
    }
}

/// A value between two filters.
enum Stuff {
    Value(Value),
    Bytes(Vec<u8>),
}

impl Stuff {
    /// How much it is, of what filters make longer.
    fn length(&self) -> usize {
        match self {
            Stuff::Value(Value::String(text)) => text.len(),
            Stuff::Value(_) => 0,
            Stuff::Bytes(bytes) => bytes.len(),
        }
    }
}

const PLAIN: [(&str, Filter); 15] = [
    ("lower", Filter::Lower),
    ("upper", Filter::Upper),
    ("base64", Filter::Base64),
    ("hex", Filter::Hex),
    ("url", Filter::Url),
    ("json", Filter::Json),
    ("utf8", Filter::Utf8),
    ("bytes", Filter::Bytes),
    ("size", Filter::Size),
    ("u8", Filter::Number(Width::U8)),
    ("u16", Filter::Number(Width::U16)),
    ("u32", Filter::Number(Width::U32)),
    ("varint", Filter::Number(Width::Varint)),
    ("sha256", Filter::Sha256),
    ("md5", Filter::Md5),
];

const RESERVED_ONLY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Filter {
    /// Whether a word is a filter.
    pub(super) fn is_one(word: &str) -> bool {
        let keyed = ["hmac-sha256:", "pad-start:", "pad-end:", "default:"];
        PLAIN.iter().any(|(name, _)| *name == word) || keyed.iter().any(|key| word.starts_with(key))
    }

    /// Reads the filters of a hole; a key becomes a slot.
    pub(in crate::wire) fn read_all(words: &[&str], slots: &mut Slots) -> Result<Vec<Filter>, String> {
        let read = |word: &&str| {
            if let Some(key) = word.strip_prefix("hmac-sha256:") {
                return Ok(Filter::HmacSha256(slots.intern(key)));
            }
            if let Some(words) = word.strip_prefix("pad-start:") {
                return Pad::read(words, true, slots).map(Filter::Pad);
            }
            if let Some(words) = word.strip_prefix("pad-end:") {
                return Pad::read(words, false, slots).map(Filter::Pad);
            }
            PLAIN.into_iter().find(|(name, _)| name == word).map(|(_, filter)| filter).ok_or_else(|| {
                let names: Vec<&str> = PLAIN.into_iter().map(|(name, _)| name).collect();
                format!(
                    "there is no filter `{word}`; the filters are {}, default:VALUE, pad-start:N:FILL, \
                     pad-end:N:FILL and hmac-sha256:KEY",
                    names.join(", ")
                )
            })
        };
        words.iter().map(read).collect()
    }

    /// The name whose value it needs beside its own.
    pub(in crate::wire) fn key(self) -> Option<SlotId> {
        let mut this = self;
        this.key_mut().copied()
    }

    /// The same, for those who move it to another list of names.
    pub(in crate::wire) fn key_mut(&mut self) -> Option<&mut SlotId> {
        match self {
            Filter::HmacSha256(key) | Filter::Pad(Pad { width: Size::Of(key), .. }) => Some(key),
            Filter::Lower | Filter::Upper | Filter::Base64 | Filter::Hex | Filter::Url | Filter::Json => None,
            Filter::Utf8 | Filter::Bytes | Filter::Size | Filter::Number(_) | Filter::Sha256 | Filter::Md5 => None,
            Filter::Pad(Pad { width: Size::Fixed(_), .. }) => None,
        }
    }

    /// Whether what a frame holds tells the value.
    pub(in crate::wire) fn inverts(self) -> bool {
        match self {
            Filter::Base64 | Filter::Hex | Filter::Url | Filter::Json | Filter::Utf8 | Filter::Number(_) => true,
            Filter::Pad(_) => true,
            Filter::Lower | Filter::Upper | Filter::Bytes | Filter::Size => false,
            Filter::Sha256 | Filter::HmacSha256(_) | Filter::Md5 => false,
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
            Filter::Size => Stuff::Value(from_hex(&text(stuff))?.len().into()),
            Filter::Number(width) => Stuff::Bytes(width.write(text(stuff).parse().ok()?)?),
            Filter::Sha256 => Stuff::Bytes(Sha256::digest(bytes(stuff)).to_vec()),
            Filter::HmacSha256(slot) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key(slot)?.as_bytes()).ok()?;
                mac.update(&bytes(stuff));
                Stuff::Bytes(mac.finalize().into_bytes().to_vec())
            }
            Filter::Md5 => Stuff::Bytes(Md5::digest(bytes(stuff)).to_vec()),
            Filter::Pad(pad) => string(pad.apply(text(stuff), key)?),
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
            Filter::Json => read_json(&text).map(Stuff::Value),
            Filter::Utf8 => Some(Stuff::Value(text.into())),
            Filter::Number(width) => Some(Stuff::Value(width.read(&from_hex(&text)?)?.into())),
            Filter::Pad(pad) => Some(Stuff::Value(pad.invert(&text).into())),
            Filter::Lower | Filter::Upper | Filter::Bytes | Filter::Size => None,
            Filter::Sha256 | Filter::HmacSha256(_) | Filter::Md5 => None,
        }
    }
}

/// All filters of a hole, one after the other; none where a key has no value.
pub(in crate::wire) fn filtered(
    value: Value,
    filters: &[Filter],
    key: &dyn Fn(SlotId) -> Option<String>,
) -> Option<Value> {
    let last = filters.iter().try_fold(Stuff::Value(value), |stuff, filter| {
        filter.apply(stuff, key).filter(|made| made.length() <= super::LONGEST)
    })?;
    Some(match last {
        Stuff::Value(value) => value,
        // A text that was only marked as bytes is that text; a digest is shown in hexadecimal.
        Stuff::Bytes(bytes) => match filters.last() {
            Some(Filter::Utf8) => String::from_utf8_lossy(&bytes).into_owned().into(),
            _ => to_hex(&bytes).into(),
        },
    })
}

/// Whatever these filters make of a secret on the way is one.
pub(in crate::wire) fn remember(
    secrets: &Secrets,
    value: &Value,
    filters: &[Filter],
    key: &dyn Fn(SlotId) -> Option<String>,
) {
    if secrets.is_empty() || filters.is_empty() {
        return;
    }
    let keyed = filters.iter().any(|filter| match filter {
        Filter::HmacSha256(slot) => key(*slot).is_some_and(|key| secrets.are_in(&key)),
        Filter::Lower | Filter::Upper | Filter::Base64 | Filter::Hex | Filter::Url | Filter::Json | Filter::Utf8 => {
            false
        }
        Filter::Bytes | Filter::Size | Filter::Number(_) | Filter::Sha256 | Filter::Md5 | Filter::Pad(_) => false,
    });
    if !keyed && !secrets.are_in(&value_text(value)) {
        return;
    }
    for (index, filter) in filters.iter().enumerate() {
        // How long it is stands in every other frame.
        if matches!(filter, Filter::Bytes | Filter::Size) {
            continue;
        }
        if let Some(made) = filtered(value.clone(), &filters[..=index], key) {
            secrets.derived(&made);
        }
    }
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
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        let digit = c.to_digit(16)? as u8;
        match high.take() {
            Some(high) => bytes.push(high << 4 | digit),
            None => high = Some(digit),
        }
    }
    high.is_none().then_some(bytes)
}
