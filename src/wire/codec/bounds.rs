//! How much one frame may hold. A frame of 16 MiB can hold eight million values, or elements in each other that no stack
//! holds: it is looked through before anything is made of it. Each limit is named where it is reached.

use serde_json::Value;

/// Elements, lists or tables in one another: as deep as JSON is read.
pub(super) const DEPTH: usize = 128;
/// Attributes of one XML element.
pub(super) const ATTRIBUTES: usize = 1_000;
/// Values of one frame: numbers, texts, members, lists, elements.
pub(super) const VALUES: usize = 450_000;
/// Messages of one frame.
pub(super) const MESSAGES: usize = 65_536;
/// Bytes of a message whose end has not come yet, over all the frames that it stands in.
pub(super) const PENDING: usize = 16 << 20;
/// Bytes of what stands before the body of such a message: command, headers.
pub(super) const HEAD: usize = 64 << 10;
/// Namespaces in scope, summed over the elements that declare one: each of them keeps a list.
const SCOPES: usize = 2_000_000;

/// A JSON text as a value.
pub(super) fn json(text: &str) -> Result<Value, String> {
    // Each value but the first stands behind a sign of its own.
    if text.len() > VALUES {
        let (mut values, mut inside, mut escaped) = (1, false, false);
        for byte in text.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if inside => escaped = true,
                b'"' => inside = !inside,
                b',' | b'[' | b'{' if !inside => values += 1,
                _ => {}
            }
        }
        count(values)?;
    }
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

/// Whether a frame may hold so many values.
pub(super) fn count(values: usize) -> Result<(), String> {
    if values > VALUES { Err(format!("a frame of more than {VALUES} values")) } else { Ok(()) }
}

/// Whether a frame may hold so many messages.
pub(super) fn messages(messages: usize) -> Result<(), String> {
    if messages > MESSAGES { Err(format!("a frame of more than {MESSAGES} messages")) } else { Ok(()) }
}

/// Whether CBOR may be read: items are counted, whatever they stand in.
pub(super) fn cbor(bytes: &[u8]) -> Result<(), String> {
    if bytes.len() <= VALUES {
        return Ok(());
    }
    let (mut items, mut at) = (0, 0);
    while let Some(&first) = bytes.get(at) {
        items += 1;
        let size = match first & 0x1f {
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => 0,
        };
        let argument = bytes.get(at + 1..at + 1 + size).unwrap_or_default();
        let argument = if size == 0 { usize::from(first & 0x1f) } else { number(argument) };
        let indefinite = first & 0x1f == 31;
        let content = if matches!(first >> 5, 2 | 3) && !indefinite { argument } else { 0 };
        at = at.saturating_add(1 + size).saturating_add(content);
    }
    count(items)
}

/// Whether MessagePack may be read: values are counted, whatever they stand in.
pub(super) fn msgpack(bytes: &[u8]) -> Result<(), String> {
    if bytes.len() <= VALUES {
        return Ok(());
    }
    let (mut items, mut at) = (0, 0);
    while let Some(&first) = bytes.get(at) {
        items += 1;
        let length = |size: usize| size + number(bytes.get(at + 1..at + 1 + size).unwrap_or_default());
        let behind = match first {
            0xa0..=0xbf => usize::from(first & 0x1f),
            0xc4 | 0xd9 => length(1),
            0xc5 | 0xda => length(2),
            0xc6 | 0xdb => length(4),
            0xc7 => length(1).saturating_add(1),
            0xc8 => length(2).saturating_add(1),
            0xc9 => length(4).saturating_add(1),
            0xcc | 0xd0 => 1,
            0xcd | 0xd1 | 0xdc | 0xde => 2,
            0xca | 0xce | 0xd2 | 0xdd | 0xdf => 4,
            0xcb | 0xcf | 0xd3 => 8,
            0xd4 => 2,
            0xd5 => 3,
            0xd6 => 5,
            0xd7 => 9,
            0xd8 => 17,
            _ => 0,
        };
        at = at.saturating_add(1).saturating_add(behind);
    }
    count(items)
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number: usize, byte| number.saturating_mul(256).saturating_add(usize::from(*byte)))
}

/// Whether XML may be read: depth, attributes, namespaces and nodes. What is no XML is left to the reader, which ends
/// where this ends.
pub(super) fn xml(text: &str) -> Result<(), String> {
    let bytes = text.as_bytes();
    // The namespaces in scope of each element that is open.
    let mut open: Vec<usize> = Vec::new();
    let (mut at, mut nodes, mut scopes) = (0, 0, 0);
    while let Some(begin) = find(bytes, at, b"<") {
        // It, and the text before it.
        nodes += 2;
        let rest = &bytes[begin..];
        let behind = if rest.starts_with(b"<!--") {
            find(bytes, begin + 4, b"-->").map(|end| end + 3)
        } else if rest.starts_with(b"<![CDATA[") {
            find(bytes, begin + 9, b"]]>").map(|end| end + 3)
        } else if rest.starts_with(b"<?") {
            find(bytes, begin + 2, b"?>").map(|end| end + 2)
        } else if rest.starts_with(b"</") {
            open.pop();
            find(bytes, begin, b">").map(|end| end + 1)
        } else if let Some(tag) = Tag::read(bytes, begin) {
            if open.len() >= DEPTH {
                return Err(format!("XML of more than {DEPTH} elements in each other"));
            }
            if tag.attributes > ATTRIBUTES {
                return Err(format!("an XML element of more than {ATTRIBUTES} attributes"));
            }
            nodes += tag.attributes;
            let scope = open.last().copied().unwrap_or_default() + tag.namespaces;
            scopes += if tag.namespaces > 0 { scope } else { 0 };
            if scopes > SCOPES {
                return Err("XML of too many namespaces".to_owned());
            }
            if !tag.empty {
                open.push(scope);
            }
            Some(tag.end)
        } else {
            None
        };
        // The rest is no XML.
        let Some(behind) = behind else { break };
        at = behind;
    }
    count(nodes)
}

/// What begins an element.
struct Tag {
    attributes: usize,
    namespaces: usize,
    empty: bool,
    /// Where it ends.
    end: usize,
}

impl Tag {
    fn read(bytes: &[u8], begin: usize) -> Option<Tag> {
        let (mut attributes, mut namespaces, mut quote, mut word) = (0, 0, None, begin);
        for (at, &byte) in bytes.iter().enumerate().skip(begin + 1) {
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => {
                    attributes += 1;
                    namespaces += usize::from(bytes[word..at].starts_with(b"xmlns"));
                }
                (None, b'>') => return Some(Tag { attributes, namespaces, empty: bytes[at - 1] == b'/', end: at + 1 }),
                (None, b' ' | b'\t' | b'\r' | b'\n') => {
                    // A blank may stand before the sign.
                    if bytes.get(at + 1).is_some_and(|next| !next.is_ascii_whitespace() && *next != b'=') {
                        word = at + 1;
                    }
                }
                (None, _) => {}
            }
        }
        None
    }
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == first)?;
        if bytes[at..].starts_with(what) {
            return Some(at);
        }
        at += 1;
    }
}
