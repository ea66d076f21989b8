//! Colours: PlantUML refuses a diagram with one that it does not know.

use super::grammar::{Pair, Rule, place};
use super::lines::Line;
use crate::diagram::COLOR_NAMES;
use crate::source::Diagnostic;
use crate::syntax::SYNTAX;

/// Names that PlantUML has beside those of CSS, in lower case and in order.
const OWN: [&str; 9] = [
    "application",
    "background",
    "business",
    "implementation",
    "motivation",
    "physical",
    "strategy",
    "technology",
    "transparent",
];

/// The name of CSS that PlantUML does not have: it is younger.
const YOUNGER: &str = "rebeccapurple";

/// Says which colours in a line nobody knows.
pub(super) fn check(line: &Line<'_>, pair: &Pair<'_>) -> Vec<Diagnostic> {
    if !line.text.contains('#') {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for piece in hues(pair) {
        for name in piece.as_str().split(SIGNS).filter(|name| !known(name)) {
            let mut error =
                Diagnostic::error(SYNTAX, format!("PlantUML has no colour `#{name}`")).at(place(line, &piece), "");
            let lower = name.to_ascii_lowercase();
            let near = names().map(|other| (strsim::damerau_levenshtein(&lower, other), other)).min();
            error = match near.filter(|&(distance, _)| distance <= 2 && name.len() <= 24) {
                Some((_, other)) => error.with_help(format!("did you mean `#{other}`?")),
                None => error.with_help("write a name such as `#LightGray`, or 1, 3, 6 or 8 hexadecimal digits"),
            };
            problems.push(error);
        }
    }
    problems
}

/// Whether PlantUML knows every colour in a line.
pub(super) fn all_known(pair: &Pair<'_>) -> bool {
    hues(pair).all(|piece| piece.as_str().split(SIGNS).all(known))
}

/// Between the two colours of a gradient.
const SIGNS: [char; 4] = ['/', '\\', '|', '-'];

fn hues<'i>(pair: &Pair<'i>) -> impl Iterator<Item = Pair<'i>> {
    pair.clone().into_inner().flatten().filter(|piece| matches!(piece.as_rule(), Rule::hue | Rule::hue_plain))
}

/// All names that it knows, in lower case.
fn names() -> impl Iterator<Item = &'static &'static str> {
    COLOR_NAMES.iter().filter(|name| **name != YOUNGER).chain(&OWN)
}

fn known(name: &str) -> bool {
    let hexadecimal = matches!(name.len(), 1 | 3 | 6 | 8) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = name.to_ascii_lowercase();
    hexadecimal || names().any(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::{OWN, known};

    #[test]
    fn names_are_in_order_and_found_in_any_case() {
        assert!(OWN.is_sorted());
        for name in ["LightGray", "lightgrey", "FF0000", "f00", "00ff0080", "a", "transparent", "BUSINESS"] {
            assert!(known(name), "{name}");
        }
        for name in ["Light", "12", "12345", "rebeccapurple", ""] {
            assert!(!known(name), "{name}");
        }
    }
}
