//! Where the colour of a `box` ends and its title begins.

/// The colour that a text begins with, and the text behind it: the name of a CSS colour, or `rgb(…)` and its like.
pub(super) fn split(text: &str) -> (Option<&str>, &str) {
    // A break at the end of a title is drawn.
    let blank = |c: char| c.is_whitespace() && c != '\n';
    let text = text.trim_matches(blank);
    let word = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, behind) = text.split_at(word);
    let lower = name.to_ascii_lowercase();
    if ["rgb", "rgba", "hsl", "hsla"].contains(&lower.as_str()) && behind.trim_start().starts_with('(') {
        let end = text.find(')').map_or(text.len(), |at| at + 1);
        // Mermaid looks for the last bracket, and finds no colour where it is another one.
        return if text[end..].contains(')') {
            (None, text)
        } else {
            (Some(&text[..end]), text[end..].trim_matches(blank))
        };
    }
    if NAMES.binary_search(&lower.as_str()).is_ok() {
        return (Some(name), behind.trim_matches(blank));
    }
    (None, text)
}

/// A colour of any dialect as CSS has it: `#LightBlue`, `#ff8800`, `Aqua`.
pub(super) fn css(style: &str) -> Option<String> {
    if let (Some(colour), "") = split(style) {
        return Some(colour.to_owned());
    }
    let bare = style.trim().strip_prefix('#')?;
    if let (Some(colour), "") = split(bare) {
        return Some(colour.to_owned());
    }
    let digits: Vec<u32> = bare.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let (red, green, blue) = match digits.as_slice() {
        [r, g, b] => (r * 17, g * 17, b * 17),
        [r, s, g, h, b, c] => (r * 16 + s, g * 16 + h, b * 16 + c),
        _ => return None,
    };
    Some(format!("rgb({red}, {green}, {blue})"))
}

/// A colour of CSS as other dialects have it: `#LightBlue`, `#ff8800`; none where they have none like it.
pub(in crate::syntax) fn hashed(style: &str) -> Option<String> {
    let (Some(colour), "") = split(style) else { return None };
    let Some((word, numbers)) = colour.split_once('(') else { return Some(format!("#{colour}")) };
    let numbers = numbers.trim_end_matches(')').split(',').map(str::trim);
    let numbers: Vec<f64> = numbers.map(str::parse).collect::<Result<_, _>>().ok()?;
    let part = |number: f64| (0.0..=255.0).contains(&number).then(|| format!("{:02x}", number.round() as u8));
    match (word.trim().to_ascii_lowercase().as_str(), numbers.as_slice()) {
        ("rgb" | "rgba", [red, green, blue]) => Some(format!("#{}{}{}", part(*red)?, part(*green)?, part(*blue)?)),
        ("rgba" | "rgb", [red, green, blue, alpha]) => {
            Some(format!("#{}{}{}{}", part(*red)?, part(*green)?, part(*blue)?, part(alpha * 255.0)?))
        }
        _ => None,
    }
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
    use super::{NAMES, css, split};

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
        assert_eq!(css("#LightBlue").as_deref(), Some("LightBlue"));
        assert_eq!(css("#f80").as_deref(), Some("rgb(255, 136, 0)"));
        assert_eq!(css("#10ff0a").as_deref(), Some("rgb(16, 255, 10)"));
        assert_eq!(css("#nosuch;dashed"), None);
    }
}
