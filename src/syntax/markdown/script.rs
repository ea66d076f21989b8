//! Where JavaScript and tags end that stand in MDX. Nothing is understood of them but what parts them from the text
//! around: brackets, strings, templates and comments.

/// An end, or how far was looked for one in vain.
pub(super) type End = Result<usize, usize>;

/// The end of the expression in braces that begins here.
pub(super) fn expression(text: &str, start: usize) -> End {
    let mut scan = Scan::new(text, start);
    while scan.step() {
        if scan.open.is_empty() {
            return Ok(scan.at);
        }
    }
    Err(scan.at)
}

/// The end of the tag that begins here: `<Tab title="x">`, `</Tab>`, `<Tab onClick={() => f()} />`.
///
/// A blank line or a back-tick ends no tag: then this was none.
pub(super) fn tag(text: &str, start: usize) -> End {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return Ok(at + 1),
            b'<' | b'`' => return Err(at),
            b'\n' if is_blank(text, at + 1) => return Err(at),
            b'{' => at = expression(text, at)?,
            b'"' | b'\'' => {
                let closing = bytes[at + 1..].iter().position(|&other| other == byte);
                at += 2 + closing.ok_or(bytes.len())?;
            }
            _ => at += 1,
        }
    }
    Err(at)
}

/// The end of the `import` and `export` lines that begin here: the first blank line that is in no brackets.
pub(super) fn module(text: &str, start: usize) -> End {
    let mut scan = Scan::new(text, start);
    loop {
        if scan.open.is_empty() && text.as_bytes().get(scan.at) == Some(&b'\n') && is_blank(text, scan.at + 1) {
            return Ok(scan.at + 1);
        }
        if !scan.step() {
            return if scan.open.is_empty() { Ok(text.len()) } else { Err(text.len()) };
        }
    }
}

/// Whether nothing but blanks stands from here to the end of the line.
pub(super) fn is_blank(text: &str, at: usize) -> bool {
    text.as_bytes()[at..].iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')).is_none_or(|&byte| byte == b'\n')
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Brackets and back-ticks that are open.
    open: Vec<u8>,
}

impl Scan<'_> {
    fn new(text: &str, at: usize) -> Scan<'_> {
        Scan { bytes: text.as_bytes(), at, open: Vec::new() }
    }

    /// Goes past one sign, string or comment; not at the end of the text.
    fn step(&mut self) -> bool {
        let Some(&byte) = self.bytes.get(self.at) else { return false };
        let next = self.bytes.get(self.at + 1);
        let in_template = self.open.last() == Some(&b'`');
        self.at += match (byte, next) {
            (b'\\', _) => 2,
            (b'`', _) => {
                if in_template {
                    self.open.pop();
                } else {
                    self.open.push(b'`');
                }
                1
            }
            (b'$', Some(b'{')) if in_template => {
                self.open.push(b'{');
                2
            }
            _ if in_template => 1,
            (b'/', Some(b'/')) => self.until(b"\n"),
            (b'/', Some(b'*')) => 2 + self.behind(2, b"*/"),
            (b'"' | b'\'', _) => self.string(byte),
            (b'{' | b'(' | b'[', _) => {
                self.open.push(byte);
                1
            }
            (b'}' | b')' | b']', _) => {
                self.close(byte);
                1
            }
            _ => 1,
        };
        self.at = self.at.min(self.bytes.len());
        true
    }

    /// What a bracket closes. Text between tags may have round ones that close nothing, so a brace closes those in it.
    fn close(&mut self, byte: u8) {
        let opening = match byte {
            b'}' => b'{',
            b')' => b'(',
            _ => b'[',
        };
        let inner = self.open.iter().rposition(|&open| open == opening);
        let Some(inner) = inner else { return };
        if byte == b'}' || !self.open[inner..].contains(&b'{') {
            self.open.truncate(inner);
        }
    }

    /// How far it is to this; to the end where it does not come.
    fn until(&self, wanted: &[u8]) -> usize {
        let rest = &self.bytes[self.at..];
        rest.windows(wanted.len()).position(|window| window == wanted).unwrap_or(rest.len())
    }

    /// How far it is behind this from `skip` bytes on.
    fn behind(&self, skip: usize, wanted: &[u8]) -> usize {
        let rest = &self.bytes[self.at + skip..];
        rest.windows(wanted.len()).position(|window| window == wanted).map_or(rest.len(), |found| found + wanted.len())
    }

    /// The length of a string, which no line end is in: text between tags has apostrophes.
    fn string(&self, quote: u8) -> usize {
        let rest = &self.bytes[self.at..];
        let mut at = 1;
        while let Some(&byte) = rest.get(at) {
            match byte {
                b'\\' => at += 2,
                b'\n' => return at,
                _ if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::{expression, module, tag};

    #[test]
    fn ends_are_those_of_brackets_strings_templates_and_comments() {
        for (whole, rest) in [
            ("{a}", "}"),
            ("{'}' + \"}\" /* } */ + `}${{b: `}`}.b}`}", "}"),
            ("{f(a, [b]) // }\n}", ""),
            ("{a => <b>it's {a} :( </b>\n}", " x"),
            ("{'\\'}'}", "'"),
        ] {
            assert_eq!(expression(&format!("{whole}{rest}"), 0), Ok(whole.len()), "{whole}");
        }
        for (whole, rest) in [
            ("<Tab title=\"a > b\">", "```"),
            ("<Tab\n  on={() => a > b}\n/>", "</x>"),
            ("</Tab>", ">"),
            ("<>", ""),
            ("<a b='\n\n'>", ""),
        ] {
            assert_eq!(tag(&format!("{whole}{rest}"), 0), Ok(whole.len()), "{whole}");
        }
        for (whole, rest) in [
            ("import A from 'a'\nimport B from \"b\"\n", "\nText"),
            ("export const a = {\n\n  b: [\n\n1]}\n", "  \n# T"),
            ("export const a = `\n\n\\`\\`\\`seq\n\n`", ""),
        ] {
            assert_eq!(module(&format!("{whole}{rest}"), 0), Ok(whole.len()), "{whole}");
        }
    }

    #[test]
    fn what_does_not_end_is_nothing() {
        for text in ["{", "{\\", "{'", "{/*}", "{/", "{`}", "{[)"] {
            assert_eq!(expression(text, 0), Err(text.len()), "{text}");
        }
        for text in ["<", "<a", "<a <b>", "<a\n\n>", "<a `>`", "<a b=\">", "<a {>"] {
            assert!(tag(text, 0).is_err(), "{text}");
        }
        assert_eq!(module("import (a\n\nb", 0), Err(12));
    }
}
