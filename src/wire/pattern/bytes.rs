//! `$hex`: bytes with holes. A value that is bytes is the object `{"$hex": "0005…"}`, whatever codec made it.

use super::filter::{Width, from_hex, to_hex};
use super::{Filter, Hole, Narrow, Part, Piece, Template};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A part of a byte string.
#[derive(Clone, Debug)]
pub(in crate::wire) enum BytePiece {
    /// These bytes.
    Literal(Vec<u8>),
    /// Bytes of a hole: its value as hexadecimal digits, with `|utf8` as text, with `|u16` and the like as a number.
    Hole(Hole),
}

/// Bytes as a value.
pub(in crate::wire) fn from_bytes(bytes: &[u8]) -> Value {
    json!({ "$hex": to_hex(bytes) })
}

/// The bytes of a value that is bytes.
pub(in crate::wire) fn to_bytes(value: &Value) -> Option<Vec<u8>> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    from_hex(members.get("$hex")?.as_str()?)
}

/// The pieces of a template whose literal letters are hexadecimal digits.
pub(in crate::wire) fn read(template: Template) -> Result<Vec<BytePiece>, String> {
    let piece = |piece| match piece {
        Piece::Literal(text) => from_hex(&text)
            .map(BytePiece::Literal)
            .ok_or_else(|| format!("`{text}` does not consist of pairs of hexadecimal digits")),
        Piece::Hole(hole) => Ok(BytePiece::Hole(hole)),
    };
    template.pieces.into_iter().map(piece).collect()
}

/// Whether a hole stands for text.
pub(in crate::wire) fn is_text(hole: &Hole) -> bool {
    hole.filters.last() == Some(&Filter::Utf8)
}

/// What a hole may take of bytes in the form of [`spaced`]: those of a number end where the number does.
pub(in crate::wire) fn narrow(hole: &Hole) -> &'static Narrow {
    static ANY: Narrow = Narrow::Any;
    static NUMBERS: LazyLock<[Narrow; 4]> = LazyLock::new(|| {
        let byte = "[0-9a-f]{2} ";
        let read = |text: &str| Narrow::read(&format!("/{text}/")).map_or(Narrow::Any, |read| read.narrow);
        let fixed = |count: u8| read(&format!("({byte}){{{count}}}"));
        [fixed(1), fixed(2), fixed(4), read("([89a-f][0-9a-f] ){0,9}[0-7][0-9a-f] ")]
    });
    match hole.filters.last() {
        Some(Filter::Number(width)) => match width {
            Width::U8 => &NUMBERS[0],
            Width::U16 => &NUMBERS[1],
            Width::U32 => &NUMBERS[2],
            Width::Varint => &NUMBERS[3],
        },
        Some(_) | None => &ANY,
    }
}

/// Whether a hole stands for a number, which has at least one byte.
pub(in crate::wire) fn is_number(hole: &Hole) -> bool {
    matches!(hole.filters.last(), Some(Filter::Number(_)))
}

/// Bytes in a form in which a search finds only whole ones: three letters each.
pub(in crate::wire) fn spaced(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 3), |mut out, byte| {
        let _ = write!(out, "{byte:02x} ");
        out
    })
}

/// The bytes of that form.
pub(in crate::wire) fn unspaced(text: &str) -> Option<Vec<u8>> {
    text.len().is_multiple_of(3).then(|| from_hex(text)).flatten()
}

/// Literal bytes as a part of a search.
pub(in crate::wire) fn letters(bytes: &[u8]) -> Part<'static> {
    Part::Letters(spaced(bytes).into())
}
