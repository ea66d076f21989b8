//! MDX as the Markdown that it means: tags, expressions and modules are left out, and no line is indented, as nothing
//! of MDX is code by its indentation. Where each piece stood is kept.

use super::script::{self, End};
use std::borrow::Cow;
use std::ops::Range;

/// The text of a page as Markdown has it, and where it stands in the file.
pub(super) struct Page<'a> {
    pub(super) text: Cow<'a, str>,
    /// Where pieces of the text begin: there, and in the file. None where they are the same.
    segments: Vec<(usize, usize)>,
    /// Comments that are in the file, and not in the text.
    pub(super) comments: Vec<Comment>,
}

/// A comment: `{/* … */}` or `<!-- … -->`.
pub(super) struct Comment {
    /// Where it stood in the text.
    pub(super) at: usize,
    /// Where it stands in the file.
    pub(super) range: Range<usize>,
    /// What it says, in the file.
    pub(super) said: Range<usize>,
}

impl<'a> Page<'a> {
    /// A page of Markdown: it is what it says.
    pub(super) fn markdown(text: &'a str) -> Page<'a> {
        Page { text: Cow::Borrowed(text), segments: Vec::new(), comments: Vec::new() }
    }

    /// A page of MDX.
    pub(super) fn mdx(text: &'a str) -> Page<'a> {
        let mut reader = Reader {
            text,
            shown: String::with_capacity(text.len()),
            segments: Vec::new(),
            comments: Vec::new(),
            in_vain: 0,
            in_paragraph: false,
        };
        reader.read();
        Page { text: Cow::Owned(reader.shown), segments: reader.segments, comments: reader.comments }
    }

    /// Where a place of the text stands in the file.
    pub(super) fn place(&self, at: usize) -> usize {
        match self.segments.partition_point(|&(shown, _)| shown <= at).checked_sub(1) {
            Some(index) => self.segments[index].1 + (at - self.segments[index].0),
            None => at,
        }
    }

    /// Where a part of the text stands in the file: piece by piece, as what lies between is not in the text.
    pub(super) fn places(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let first = self.segments.partition_point(|&(shown, _)| shown <= range.start);
        let within = self.segments[first..].iter().map(|&(shown, _)| shown).take_while(|&shown| shown < range.end);
        let mut start = range.start;
        let mut places = Vec::new();
        for end in within.chain([range.end]) {
            let place = self.place(start);
            places.push(place..place + (end - start));
            start = end;
        }
        places
    }
}

/// How often as much as the whole page is looked through for ends that do not come. From then on a tag or an expression ends in its line.
const IN_VAIN: usize = 4;

struct Reader<'a> {
    text: &'a str,
    shown: String,
    segments: Vec<(usize, usize)>,
    comments: Vec<Comment>,
    /// Bytes that were looked through for an end that did not come.
    in_vain: usize,
    /// The line above is text, which no module interrupts.
    in_paragraph: bool,
}

/// A fence that is open.
struct Fence {
    sign: u8,
    length: usize,
    /// Columns before it.
    indent: usize,
    /// How many quotations it is in.
    quotes: usize,
    /// Nothing but blanks stands before it.
    is_bare: bool,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = self.front_matter();
        let mut fence: Option<Fence> = None;
        while at < self.text.len() {
            let end = self.line_end(at);
            let line = &self.text[at..end];
            let margin = Margin::of(line);
            if let Some(open) = fence.take_if(|open| margin.quotes >= open.quotes) {
                let closed = open.is_closed_by(line);
                let blanks = if closed && open.is_bare { margin.blanks } else { indentation(line, open.indent) };
                self.keep(at + blanks..end);
                fence = (!closed).then_some(open);
                self.in_paragraph = false;
                at = end;
                continue;
            }
            fence = Fence::open(line, &margin);
            at = if fence.is_some() {
                self.keep(at + margin.blanks..end);
                end
            } else if let Some(behind) = self.module(at) {
                let line_end = usize::from(self.text[..behind].ends_with('\n'));
                self.keep(behind - line_end..behind);
                behind
            } else {
                self.line(at, end, &margin)
            };
        }
    }

    /// What stands between two lines `---` at the begin of a page is kept as it is.
    fn front_matter(&mut self) -> usize {
        let mut end = self.line_end(0);
        if self.text[..end].trim_end() != "---" {
            return 0;
        }
        while end < self.text.len() {
            let line = end..self.line_end(end);
            end = line.end;
            if self.text[line].trim_end() == "---" {
                self.keep(0..end);
                return end;
            }
        }
        0
    }

    /// The end of the `import` and `export` lines that begin here.
    fn module(&mut self, at: usize) -> Option<usize> {
        let rest = &self.text[at..];
        let behind = rest.strip_prefix("import").or_else(|| rest.strip_prefix("export"))?;
        if self.in_paragraph || !behind.starts_with([' ', '{', '*', '"', '\'']) {
            return None;
        }
        // What is no program ends as a paragraph does.
        self.look(at, self.text.len(), script::module).or_else(|| {
            let mut end = self.line_end(at);
            while !script::is_blank(self.text, end) {
                end = self.line_end(end);
            }
            Some(end)
        })
    }

    /// A line of text, without the tags and expressions that it begins with; where it ends, or they do.
    fn line(&mut self, at: usize, end: usize, margin: &Margin) -> usize {
        let begin = at + margin.length;
        let mut rest = begin;
        while let Some(behind) = self.construct(rest, if margin.quotes > 0 { end } else { self.text.len() }) {
            rest = behind + self.text[behind..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        }
        if rest == begin {
            self.keep(at + margin.blanks..end);
            self.in_paragraph = !script::is_blank(self.text, at);
            return end;
        }
        self.keep(at + margin.blanks..begin);
        let end = self.line_end(rest);
        self.in_paragraph = !script::is_blank(self.text, rest);
        // What stands behind a tag is text, however a line would read that begins so.
        if self.in_paragraph && self.text.as_bytes()[rest].is_ascii_punctuation() {
            self.segments.push((self.shown.len(), rest - 1));
            self.shown.push('\\');
        }
        self.keep(rest..end);
        end
    }

    /// The end of the tag, expression or comment that begins here.
    fn construct(&mut self, at: usize, limit: usize) -> Option<usize> {
        let rest = &self.text[at..];
        let second = rest.as_bytes().get(1).copied().unwrap_or_default();
        if rest.starts_with("<!--") {
            let end =
                self.look(at, limit, |text, at| text[at..].find("-->").map(|end| at + end + 3).ok_or(text.len()))?;
            self.comment(at..end, at + 4..(end - 3).max(at + 4));
            return Some(end);
        }
        if rest.starts_with('<') && (second.is_ascii_alphabetic() || matches!(second, b'/' | b'>' | b'_' | b'$')) {
            return self.look(at, limit, script::tag);
        }
        if !rest.starts_with('{') {
            return None;
        }
        let end = self.look(at, limit, script::expression)?;
        let inner = self.text[at + 1..end - 1].trim();
        let said = inner.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/"));
        if let Some(said) = said.filter(|said| !said.contains("*/")) {
            let start = said.as_ptr() as usize - self.text.as_ptr() as usize;
            self.comment(at..end, start..start + said.len());
        }
        Some(end)
    }

    fn comment(&mut self, range: Range<usize>, said: Range<usize>) {
        self.comments.push(Comment { at: self.shown.len(), range, said });
    }

    /// Looks for an end as far as `limit`, or in the line alone where too much was looked through in vain.
    fn look(&mut self, at: usize, limit: usize, end: fn(&str, usize) -> End) -> Option<usize> {
        let limit = if self.in_vain > IN_VAIN * self.text.len() { self.line_end(at) } else { limit };
        end(&self.text[..limit], at).map_err(|gave_up| self.in_vain += gave_up - at).ok()
    }

    fn keep(&mut self, range: Range<usize>) {
        self.segments.push((self.shown.len(), range.start));
        self.shown.push_str(&self.text[range]);
    }

    /// Behind the line end of the line that this is in.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |end| at + end + 1)
    }
}

/// What stands before the text of a line: blanks, signs of quotations and of lists.
struct Margin {
    /// Its bytes.
    length: usize,
    /// The blanks that it begins with.
    blanks: usize,
    quotes: usize,
}

impl Margin {
    fn of(line: &str) -> Margin {
        let bytes = line.as_bytes();
        let blanks = |from: usize| bytes[from..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let mut margin = Margin { length: blanks(0), blanks: blanks(0), quotes: 0 };
        loop {
            let rest = &bytes[margin.length..];
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let sign = match rest.get(digits) {
                Some(b'>') if digits == 0 => {
                    margin.quotes += 1;
                    1
                }
                Some(b'-' | b'+' | b'*') if digits == 0 && matches!(rest.get(1), Some(b' ' | b'\t')) => 1,
                Some(b'.' | b')')
                    if (1..10).contains(&digits) && matches!(rest.get(digits + 1), Some(b' ' | b'\t')) =>
                {
                    digits + 1
                }
                _ => return margin,
            };
            margin.length += sign;
            margin.length += blanks(margin.length);
        }
    }
}

impl Fence {
    fn open(line: &str, margin: &Margin) -> Option<Fence> {
        let rest = &line[margin.length..];
        let sign = *rest.as_bytes().first().filter(|sign| matches!(sign, b'`' | b'~'))?;
        let length = rest.bytes().take_while(|&byte| byte == sign).count();
        let is_span = sign == b'`' && rest[length..].contains('`');
        let indent = columns(&line[..margin.blanks]);
        let is_bare = margin.blanks == margin.length;
        (length >= 3 && !is_span).then_some(Fence { sign, length, indent, quotes: margin.quotes, is_bare })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let quote = |c: char| self.quotes > 0 && c == '>';
        let rest = line.trim_start_matches(|c: char| matches!(c, ' ' | '\t') || quote(c)).trim_end();
        rest.len() >= self.length && rest.bytes().all(|byte| byte == self.sign)
    }
}

/// The bytes of blanks before a line that are in the first columns.
fn indentation(line: &str, most: usize) -> usize {
    let blanks = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (0..=blanks).rev().find(|&end| columns(&line[..end]) <= most).unwrap_or(0)
}

/// How many columns blanks take, with a tab every fourth.
fn columns(blanks: &str) -> usize {
    blanks.bytes().fold(0, |column, byte| if byte == b'\t' { column / 4 * 4 + 4 } else { column + 1 })
}
