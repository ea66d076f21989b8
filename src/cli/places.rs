//! Where what is kept of a scenario lies inside a folder: `--out`, `--snapshots`.
//!
//! A name is made of the place of the scenario alone, so that it is the same however many others run beside it, and two
//! places never have one name. Letters, digits and most marks stand for themselves. What some file system minds is
//! written behind a `~`: `~up` for the folder above, `~root` for the root, `~` and two hexadecimal digits for a byte, `~`
//! alone before a name that Windows keeps for devices. The line of a diagram in a page stands behind a hyphen.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// Bytes of one name, so that endings fit behind it where 255 are allowed.
const NAME_BYTES: usize = 200;
/// Names that Windows keeps for devices, whatever stands behind a dot.
const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
const NUMBERED: [&str; 2] = ["com", "lpt"];

/// The places of the scenarios of a run, one each. Where two would be one folder after all (because there are file
/// systems that do not tell `A` from `a`), the later one is numbered.
pub fn inside<'a>(places: impl Iterator<Item = &'a str>) -> Vec<PathBuf> {
    let mut taken = BTreeSet::new();
    let mut one = |place: &str| {
        let path = path(place);
        let folded = |path: &Path| path.to_string_lossy().to_lowercase();
        let numbered = |number: u32| {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!("~~{number}"));
            path.with_file_name(name)
        };
        let free = taken.insert(folded(&path)).then(|| path.clone());
        free.unwrap_or_else(|| {
            let number = (2..).find(|&number| taken.insert(folded(&numbered(number))));
            numbered(number.unwrap_or_default())
        })
    };
    places.map(&mut one).collect()
}

/// One place as a path that stays inside a folder.
fn path(place: &str) -> PathBuf {
    let mut parts: Vec<String> = Vec::new();
    let mut components = Path::new(place).components().peekable();
    while let Some(part) = components.next() {
        let last = components.peek().is_none();
        match part {
            Component::Normal(name) => parts.push(name_of(&name.to_string_lossy(), last)),
            Component::ParentDir => parts.push("~up".to_owned()),
            Component::RootDir => parts.push("~root".to_owned()),
            Component::Prefix(prefix) => parts.push(name_of(&prefix.as_os_str().to_string_lossy(), false)),
            Component::CurDir => {}
        }
    }
    parts.iter().collect()
}

fn name_of(name: &str, last: bool) -> String {
    if name == "<stdin>" {
        return "~stdin".to_owned();
    }
    let (name, line) = if last { page(name) } else { (name, None) };
    let mut out = String::new();
    if is_device(name) {
        out.push('~');
    }
    let length = name.trim_end_matches(['.', ' ']).len();
    for (at, char) in name.char_indices() {
        // A hyphen and digits at the end are a line.
        let lookalike = last && char == '-' && is_number(&name[at + 1..]);
        if is_portable(char) && at < length && !lookalike {
            out.push(char);
        } else {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                let _ = write!(out, "~{byte:02X}");
            }
        }
    }
    if let Some(line) = line {
        let _ = write!(out, "-{line}");
    }
    if out.len() > NAME_BYTES {
        let mut end = NAME_BYTES - 20;
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
        let _ = write!(out, "~~{}", crate::trace::file::fingerprint(name));
    }
    out
}

/// `page.md:12` as the file and the line.
fn page(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((file, line)) if !file.is_empty() && is_number(line) => (file, Some(line)),
        Some(_) | None => (name, None),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let digits =
        |rest: &str| rest.chars().count() == 1 && rest.chars().all(|c| c.is_ascii_digit() || "¹²³".contains(c));
    DEVICES.contains(&&*stem) || NUMBERED.iter().any(|word| stem.strip_prefix(word).is_some_and(digits))
}

/// Whether every file system takes a character, and every reader sees it.
fn is_portable(char: char) -> bool {
    !(r#"<>:"/\|?*~"#.contains(char) || char.is_control() || is_unseen(char))
}

/// Marks of direction, joiners, and others that nobody sees.
fn is_unseen(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(place: &str) -> String {
        path(place).to_string_lossy().into_owned()
    }

    #[test]
    fn a_name_is_readable_and_portable() {
        for (place, wanted) in [
            ("scenarios/chat.seq", "scenarios/chat.seq"),
            ("docs/a.md:12", "docs/a.md-12"),
            ("/etc/../x.seq", "~root/etc/~up/x.seq"),
            ("<stdin>", "~stdin"),
            ("<stdin>:3", "~3Cstdin~3E-3"),
            ("a:b.seq", "a~3Ab.seq"),
            ("Con.seq", "~Con.seq"),
            ("in/com1", "in/~com1"),
            ("nul .x/y.seq", "~nul .x/y.seq"),
            ("console.seq", "console.seq"),
            ("a./b. ", "a~2E/b~2E~20"),
            ("\u{202e}gpj.seq", "~E2~80~AEgpj.seq"),
            ("Grüße 1.seq", "Grüße 1.seq"),
            ("a-1", "a~2D1"),
            ("a~3Ab.seq", "a~7E3Ab.seq"),
        ] {
            assert_eq!(one(place), wanted, "{place}");
        }
    }

    #[test]
    fn two_scenarios_never_share_a_folder() {
        let long = |last: char| format!("{}{last}.seq", "x".repeat(240));
        let places = [
            "a:b.seq",
            "a-b.seq",
            "a?b.seq",
            "a*b.seq",
            "a<b.seq",
            "a|b.seq",
            "a\\b.seq",
            "../q.seq",
            "up/q.seq",
            "~up/q.seq",
            "q.seq",
            "/q.seq",
            "~root/q.seq",
            "p.md:1",
            "p.md-1",
            "p.md:1:1",
            "p.md-1:1",
            "p.md~2D1",
            "A.seq",
            "a.seq",
            "a.seq",
            "con.seq",
            "~con.seq",
            "nul",
            "NUL",
            &long('a'),
            &long('b'),
            "<stdin>",
            "~stdin",
            "stdin",
            "a.seq~~2",
            "x\u{fffd}.seq",
            "x\u{fffd}.seq",
        ];
        let paths = inside(places.into_iter());
        let folded: BTreeSet<String> = paths.iter().map(|path| path.to_string_lossy().to_lowercase()).collect();
        assert_eq!(folded.len(), places.len(), "{paths:?}");
        for path in paths {
            let mut parts = path.components();
            assert!(
                parts.all(|part| matches!(part, Component::Normal(name) if name.len() <= 255)),
                "{}",
                path.display()
            );
        }
        // A place has the same name however many others there are.
        assert_eq!(inside(["a-b.seq"].into_iter()), inside(["a-b.seq", "a:b.seq"].into_iter())[..1]);
    }
}
