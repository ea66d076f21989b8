//! Colours that authors write, let through only where they are colours.

use crate::diagram::COLOR_NAMES;

/// The colour in a style as an author wrote it (`#red`, `#FF8800;line:blue`, `rgb(0, 255, 0)`, `Aqua`), as CSS; none
/// where there is none. Nothing else of the style gets through, so a style cannot carry markup into a picture.
pub fn from_style(style: &str) -> Option<String> {
    let lower = style.to_ascii_lowercase();
    if let Some(function) = function(&lower) {
        return Some(function);
    }
    lower.split(|c: char| !(c.is_ascii_alphanumeric() || c == '#')).filter_map(word).next()
}

/// How much of a colour there is in what is tinted with it.
const TINT: f32 = 0.3;

/// `rgb(…)` or `rgba(…)` with numbers.
fn function(style: &str) -> Option<String> {
    let start = style.find("rgb(").or_else(|| style.find("rgba("))?;
    let inner = style[start..].split_once('(')?.1.split_once(')')?.0;
    let parts: Vec<f32> = inner.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let channel = |at: usize| parts.get(at).map(|value| value.clamp(0.0, 255.0).round() as u8);
    let alpha = parts.get(3).map_or(1.0, |alpha| alpha.clamp(0.0, 1.0));
    (3..=4).contains(&parts.len()).then_some(())?;
    let (r, g, b) = (channel(0)?, channel(1)?, channel(2)?);
    // Grounds are tinted lightly in any case; what its author wants lighter still goes towards white.
    let thin = (alpha / TINT).min(1.0);
    let [r, g, b] = [r, g, b].map(|channel| (255.0 - (255.0 - f32::from(channel)) * thin).round() as u8);
    // What is nearly transparent is no colour worth drawing.
    (alpha > 0.02).then(|| format!("#{r:02x}{g:02x}{b:02x}"))
}

fn word(word: &str) -> Option<String> {
    let bare = word.strip_prefix('#').unwrap_or(word);
    let hex = bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    match bare.len() {
        3 | 6 if hex && word.starts_with('#') => Some(format!("#{bare}")),
        4 if hex && word.starts_with('#') => Some(format!("#{}", &bare[..3])),
        8 if hex && word.starts_with('#') => Some(format!("#{}", &bare[..6])),
        _ => COLOR_NAMES.binary_search(&bare).is_ok().then(|| bare.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_pass_and_nothing_else_does() {
        let of = |style| from_style(style);
        assert_eq!(of("#red").as_deref(), Some("red"));
        assert_eq!(of("<<x>> #FF8800;line:blue").as_deref(), Some("#ff8800"));
        assert_eq!(of("rgb(0, 255, 10)").as_deref(), Some("#00ff0a"));
        assert_eq!(of("rgba(0,0,255,.1)").as_deref(), Some("#aaaaff"));
        assert_eq!(of("Aqua").as_deref(), Some("aqua"));
        assert_eq!(of("transparent"), None);
        assert_eq!(of("\"/><script>"), None);
        assert_eq!(of("url(http://x)"), None);
    }
}
