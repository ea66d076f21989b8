//! The lines of a file that is included.

use super::frame;
use crate::syntax::Input;

/// At most so many files stand in one another, as where one includes itself.
pub(super) const DEPTH: usize = 16;
/// At most so many bytes are put in for included files.
pub(super) const BYTES: usize = 1 << 20;

/// The path of a file that is included by the file `from`, which lies in the folder of the text that is read or below it; none
/// where it leads out of that folder.
pub(super) fn path_of(from: &str, included: &str) -> Option<String> {
    let included = included.trim().trim_matches('"').replace('\\', "/");
    if included.starts_with('/') || included.contains(':') {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in included.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The lines of a file that is included here, without the frame of its first diagram; none where it is not at hand.
pub(super) fn lines<'a>(input: Input<'a>, path: &str) -> Option<Vec<&'a str>> {
    let text = input.beside(path)?;
    let part = frame::parts(text).into_iter().next().unwrap_or(0..text.len());
    let framed = |line: &&str| {
        let line = line.trim();
        frame::is_begin(line) || frame::ends(line).is_some()
    };
    Some(text[part].lines().filter(|line| !framed(line)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_the_folder_of_the_text() {
        for (from, included, path) in [
            ("", "style.iuml", Some("style.iuml")),
            ("", "./a/./b.puml", Some("a/b.puml")),
            ("a/b.puml", "c.puml", Some("a/c.puml")),
            ("a/b.puml", "../c.puml", Some("c.puml")),
            ("", "a\\b.puml", Some("a/b.puml")),
            ("", "../c.puml", None),
            ("", "/etc/passwd", None),
            ("", "c:/x", None),
            ("", ".", None),
        ] {
            assert_eq!(path_of(from, included).as_deref(), path, "{included}");
        }
    }
}
