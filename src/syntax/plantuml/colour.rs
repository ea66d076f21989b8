//! Colours: PlantUML refuses a diagram with one that it does not know.

use super::grammar::{Pair, Rule, place};
use super::lines::Line;
use crate::source::Diagnostic;
use crate::syntax::SYNTAX;

/// Names of colours, in lower case and in order.
const NAMES: [&str; 156] = [
    "aliceblue",
    "antiquewhite",
    "application",
    "aqua",
    "aquamarine",
    "azure",
    "background",
    "beige",
    "bisque",
    "black",
    "blanchedalmond",
    "blue",
    "blueviolet",
    "brown",
    "burlywood",
    "business",
    "cadetblue",
    "chartreuse",
    "chocolate",
    "coral",
    "cornflowerblue",
    "cornsilk",
    "crimson",
    "cyan",
    "darkblue",
    "darkcyan",
    "darkgoldenrod",
    "darkgray",
    "darkgreen",
    "darkgrey",
    "darkkhaki",
    "darkmagenta",
    "darkolivegreen",
    "darkorange",
    "darkorchid",
    "darkred",
    "darksalmon",
    "darkseagreen",
    "darkslateblue",
    "darkslategray",
    "darkslategrey",
    "darkturquoise",
    "darkviolet",
    "deeppink",
    "deepskyblue",
    "dimgray",
    "dimgrey",
    "dodgerblue",
    "firebrick",
    "floralwhite",
    "forestgreen",
    "fuchsia",
    "gainsboro",
    "ghostwhite",
    "gold",
    "goldenrod",
    "gray",
    "green",
    "greenyellow",
    "grey",
    "honeydew",
    "hotpink",
    "implementation",
    "indianred",
    "indigo",
    "ivory",
    "khaki",
    "lavender",
    "lavenderblush",
    "lawngreen",
    "lemonchiffon",
    "lightblue",
    "lightcoral",
    "lightcyan",
    "lightgoldenrodyellow",
    "lightgray",
    "lightgreen",
    "lightgrey",
    "lightpink",
    "lightsalmon",
    "lightseagreen",
    "lightskyblue",
    "lightslategray",
    "lightslategrey",
    "lightsteelblue",
    "lightyellow",
    "lime",
    "limegreen",
    "linen",
    "magenta",
    "maroon",
    "mediumaquamarine",
    "mediumblue",
    "mediumorchid",
    "mediumpurple",
    "mediumseagreen",
    "mediumslateblue",
    "mediumspringgreen",
    "mediumturquoise",
    "mediumvioletred",
    "midnightblue",
    "mintcream",
    "mistyrose",
    "moccasin",
    "motivation",
    "navajowhite",
    "navy",
    "oldlace",
    "olive",
    "olivedrab",
    "orange",
    "orangered",
    "orchid",
    "palegoldenrod",
    "palegreen",
    "paleturquoise",
    "palevioletred",
    "papayawhip",
    "peachpuff",
    "peru",
    "physical",
    "pink",
    "plum",
    "powderblue",
    "purple",
    "red",
    "rosybrown",
    "royalblue",
    "saddlebrown",
    "salmon",
    "sandybrown",
    "seagreen",
    "seashell",
    "sienna",
    "silver",
    "skyblue",
    "slateblue",
    "slategray",
    "slategrey",
    "snow",
    "springgreen",
    "steelblue",
    "strategy",
    "tan",
    "teal",
    "technology",
    "thistle",
    "tomato",
    "transparent",
    "turquoise",
    "violet",
    "wheat",
    "white",
    "whitesmoke",
    "yellow",
    "yellowgreen",
];

/// Says which colours in a line nobody knows.
pub(super) fn check(line: &Line<'_>, pair: &Pair<'_>) -> Vec<Diagnostic> {
    if !line.text.contains('#') {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for piece in hues(pair) {
        for name in piece.as_str().split(SIGNS).filter(|name| !known(name)) {
            let mut error =
                Diagnostic::error(SYNTAX, format!("PlantUML knows no colour `#{name}`")).at(place(line, &piece), "");
            let lower = name.to_ascii_lowercase();
            let near = NAMES.iter().map(|other| (strsim::damerau_levenshtein(&lower, other), other)).min();
            error = match near.filter(|&(distance, _)| distance <= 2 && name.len() <= 24) {
                Some((_, other)) => error.with_help(format!("did you mean `#{other}`")),
                None => error.with_help("write a name such as `#LightGray`, or 3, 6 or 8 hexadecimal digits"),
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

fn known(name: &str) -> bool {
    let hexadecimal = matches!(name.len(), 3 | 6 | 8) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal || NAMES.binary_search(&name.to_ascii_lowercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{NAMES, known};

    #[test]
    fn names_are_in_order_and_found_in_any_case() {
        assert!(NAMES.is_sorted());
        for name in ["LightGray", "lightgrey", "FF0000", "f00", "00ff0080", "transparent", "BUSINESS"] {
            assert!(known(name), "{name}");
        }
        for name in ["Light", "12", "12345", "rebeccapurple", ""] {
            assert!(!known(name), "{name}");
        }
    }
}
