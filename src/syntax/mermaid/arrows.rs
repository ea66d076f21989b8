//! The arrows of Mermaid, one row each.

use crate::diagram::{Drawn, Head, Line};

/// How an arrow is spelled, and what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// The signs.
    pub signs: &'static str,
    pub line: Line,
    pub head: Head,
    /// A head at both ends.
    pub both: bool,
    /// A half head in one stroke.
    pub thin: bool,
    /// The half head is at the left end: the message goes from right to left.
    pub reversed: bool,
}

const fn plain(signs: &'static str, line: Line, head: Head) -> Spelling {
    Spelling { signs, line, head, both: false, thin: false, reversed: false }
}

const fn both(signs: &'static str, line: Line) -> Spelling {
    Spelling { both: true, ..plain(signs, line, Filled) }
}

const fn half(signs: &'static str, line: Line, head: Head, thin: bool, reversed: bool) -> Spelling {
    Spelling { thin, reversed, ..plain(signs, line, head) }
}

use Head::{Cross, Filled, HalfLower, HalfUpper, None as NoHead, Open};
use Line::{Dashed, Solid};

/// Every arrow.
pub(super) const ALL: [Spelling; 26] = [
    plain("->>", Solid, Filled),
    plain("-->>", Dashed, Filled),
    plain("->", Solid, NoHead),
    plain("-->", Dashed, NoHead),
    plain("-x", Solid, Cross),
    plain("--x", Dashed, Cross),
    plain("-)", Solid, Open),
    plain("--)", Dashed, Open),
    both("<<->>", Solid),
    both("<<-->>", Dashed),
    half("-|\\", Solid, HalfUpper, false, false),
    half("--|\\", Dashed, HalfUpper, false, false),
    half("-|/", Solid, HalfLower, false, false),
    half("--|/", Dashed, HalfLower, false, false),
    half("-\\\\", Solid, HalfUpper, true, false),
    half("--\\\\", Dashed, HalfUpper, true, false),
    half("-//", Solid, HalfLower, true, false),
    half("--//", Dashed, HalfLower, true, false),
    half("/|-", Solid, HalfUpper, false, true),
    half("/|--", Dashed, HalfUpper, false, true),
    half("\\|-", Solid, HalfLower, false, true),
    half("\\|--", Dashed, HalfLower, false, true),
    half("//-", Solid, HalfUpper, true, true),
    half("//--", Dashed, HalfUpper, true, true),
    half("\\\\-", Solid, HalfLower, true, true),
    half("\\\\--", Dashed, HalfLower, true, true),
];

/// The arrow with these signs, `-X` and `-x` being one.
pub(super) fn read(signs: &str) -> Option<Spelling> {
    ALL.into_iter().find(|arrow| arrow.signs.eq_ignore_ascii_case(signs))
}

/// The arrow that looks so; none where Mermaid has no such arrow.
pub(super) fn spelling(drawn: &Drawn, reversed: bool) -> Option<Spelling> {
    ALL.into_iter().find(|arrow| {
        (arrow.line, arrow.head, arrow.both, arrow.thin, arrow.reversed)
            == (drawn.line, drawn.head, drawn.both, drawn.decoration.thin, reversed)
    })
}

#[cfg(test)]
mod tests {
    use super::{ALL, read};
    use crate::syntax::mermaid::grammar::{Rule, matched};

    #[test]
    fn the_grammar_knows_every_arrow_and_no_two_look_alike() {
        for (index, arrow) in ALL.into_iter().enumerate() {
            assert_eq!(matched(Rule::arrow, arrow.signs), Some(arrow.signs.len()), "{}", arrow.signs);
            assert_eq!(read(arrow.signs), Some(arrow));
            for other in &ALL[index + 1..] {
                assert_ne!(super::Spelling { signs: "", ..arrow }, super::Spelling { signs: "", ..*other });
            }
        }
        assert_eq!(read("--X").map(|arrow| arrow.signs), Some("--x"));
        assert_eq!(read("<->"), None);
    }
}
