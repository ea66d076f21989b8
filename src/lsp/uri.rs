//! The names of files as the protocol has them.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use std::path::{Path, PathBuf};

/// What is escaped in the path of a URI.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The file of a URI; none where it is no file of this machine.
pub fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return None;
    }
    let path = percent_decode_str(path.split(['?', '#']).next().unwrap_or_default()).decode_utf8().ok()?;
    // `/C:/x` is a path of Windows.
    let drive = path.as_bytes().get(2) == Some(&b':') && path.as_bytes()[1].is_ascii_alphabetic();
    Some(PathBuf::from(if drive { &path[1..] } else { &path }))
}

/// The URI of a file.
pub fn of(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", utf8_percent_encode(&path, ESCAPED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for name in ["/a/b.seq", "/with blank/Größe #1?.md", "/100%/x{y}.toml"] {
            assert_eq!(path(&of(Path::new(name))), Some(PathBuf::from(name)), "{}", of(Path::new(name)));
        }
        assert_eq!(path("file:///c:/x%20y.seq"), Some(PathBuf::from("c:/x y.seq")));
        assert_eq!(path("file://localhost/x"), Some(PathBuf::from("/x")));
        for none in ["untitled:1", "file://elsewhere/x", "file:", "https://a/b"] {
            assert_eq!(path(none), None, "{none}");
        }
    }
}
