//! Where the colour of a `box` ends and its title begins.

/// The colour that a text begins with, and the text behind it: the name of a CSS colour, or `rgb(…)` and its like.
pub(super) fn split(text: &str) -> (Option<&str>, &str) {
    let text = text.trim();
    let word = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, behind) = text.split_at(word);
    let lower = name.to_ascii_lowercase();
    if ["rgb", "rgba", "hsl", "hsla"].contains(&lower.as_str()) && behind.trim_start().starts_with('(') {
        let end = text.find(')').map_or(text.len(), |at| at + 1);
        // Mermaid looks for the last bracket, and finds no colour where it is another one.
        return if text[end..].contains(')') { (None, text) } else { (Some(&text[..end]), text[end..].trim()) };
    }
    if NAMES.binary_search(&lower.as_str()).is_ok() {
        return (Some(name), behind.trim());
    }
    (None, text)
}

/// The names of CSS, and `transparent`; in order.
#[rustfmt::skip]
const NAMES: [&str; 149] = [
    "aliceblue", "antiquewhite", "aqua", "aquamarine", "azure", "beige", "bisque", "black", "blanchedalmond", "blue",
    "blueviolet", "brown", "burlywood", "cadetblue", "chartreuse", "chocolate", "coral", "cornflowerblue", "cornsilk",
    "crimson", "cyan", "darkblue", "darkcyan", "darkgoldenrod", "darkgray", "darkgreen", "darkgrey", "darkkhaki",
    "darkmagenta", "darkolivegreen", "darkorange", "darkorchid", "darkred", "darksalmon", "darkseagreen",
    "darkslateblue", "darkslategray", "darkslategrey", "darkturquoise", "darkviolet", "deeppink", "deepskyblue",
    "dimgray", "dimgrey", "dodgerblue", "firebrick", "floralwhite", "forestgreen", "fuchsia", "gainsboro",
    "ghostwhite", "gold", "goldenrod", "gray", "green", "greenyellow", "grey", "honeydew", "hotpink", "indianred",
    "indigo", "ivory", "khaki", "lavender", "lavenderblush", "lawngreen", "lemonchiffon", "lightblue", "lightcoral",
    "lightcyan", "lightgoldenrodyellow", "lightgray", "lightgreen", "lightgrey", "lightpink", "lightsalmon",
    "lightseagreen", "lightskyblue", "lightslategray", "lightslategrey", "lightsteelblue", "lightyellow", "lime",
    "limegreen", "linen", "magenta", "maroon", "mediumaquamarine", "mediumblue", "mediumorchid", "mediumpurple",
    "mediumseagreen", "mediumslateblue", "mediumspringgreen", "mediumturquoise", "mediumvioletred", "midnightblue",
    "mintcream", "mistyrose", "moccasin", "navajowhite", "navy", "oldlace", "olive", "olivedrab", "orange",
    "orangered", "orchid", "palegoldenrod", "palegreen", "paleturquoise", "palevioletred", "papayawhip", "peachpuff",
    "peru", "pink", "plum", "powderblue", "purple", "rebeccapurple", "red", "rosybrown", "royalblue", "saddlebrown",
    "salmon", "sandybrown", "seagreen", "seashell", "sienna", "silver", "skyblue", "slateblue", "slategray",
    "slategrey", "snow", "springgreen", "steelblue", "tan", "teal", "thistle", "tomato", "transparent", "turquoise",
    "violet", "wheat", "white", "whitesmoke", "yellow", "yellowgreen",
];

#[cfg(test)]
mod tests {
    use super::{NAMES, split};

    #[test]
    fn a_colour_is_told_from_a_title() {
        assert!(NAMES.is_sorted());
        assert_eq!(split(" Aqua Group 1"), (Some("Aqua"), "Group 1"));
        assert_eq!(split("rgb(34, 56, 0) Group (1)"), (None, "rgb(34, 56, 0) Group (1)"));
        assert_eq!(split("rgb(34, 56, 0) Group 1"), (Some("rgb(34, 56, 0)"), "Group 1"));
        assert_eq!(split("rgba(1,2,3,.5)"), (Some("rgba(1,2,3,.5)"), ""));
        assert_eq!(split("Back End"), (None, "Back End"));
        assert_eq!(split("redundant"), (None, "redundant"));
        assert_eq!(split(""), (None, ""));
    }
}
