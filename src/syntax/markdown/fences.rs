//! From Markdown to fenced blocks, with the heading above them and the comments before them.

use super::kinds::{self, Kind};
use super::mdx::Page;
use super::{Block, Flavour, LeftAlone, Markdown, comments};
use crate::diagram::Setting;
use crate::source::{Diagnostic, Source, SourceId, Span};
use crate::syntax::directives::DIRECTIVE;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// Walks through a file and collects its diagrams.
pub(super) fn read(source: &Source, id: SourceId, flavour: Flavour) -> Markdown {
    let found = Markdown::default();
    let mut walk = Walk { source, id, flavour, found, heading: None, said: Vec::new(), said_at: None, fence: None };
    let page = match flavour {
        Flavour::Markdown => Page::markdown(source.text()),
        Flavour::Mdx => Page::mdx(source.text()),
    };
    let mut comments = page.comments.iter().peekable();
    let mut heading: Option<String> = None;
    let mut html: Option<(String, usize)> = None;
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TABLES;
    for (event, range) in Parser::new_ext(&page.text, options).into_offset_iter() {
        while let Some(comment) = comments.next_if(|comment| comment.at <= range.start) {
            walk.comment(&source.text()[comment.said.clone()], comment.range.clone());
        }
        match event {
            Event::Start(Tag::Heading { .. }) => {
                walk.forget();
                heading = Some(String::new());
            }
            Event::End(TagEnd::Heading(_)) => walk.heading = heading.take().filter(|text| !text.trim().is_empty()),
            Event::Start(Tag::HtmlBlock) => html = Some((String::new(), range.start)),
            Event::End(TagEnd::HtmlBlock) => {
                if let Some((text, start)) = html.take() {
                    let end = start + text.trim_end().len();
                    for said in comments::html(&text) {
                        walk.comment(said, page.place(start)..page.place(end.max(start + 1) - 1) + 1);
                    }
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                walk.fence = Some(Fence { info: info.to_string(), start: page.place(range.start), pieces: Vec::new() });
            }
            Event::End(TagEnd::CodeBlock) => walk.block(),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                } else if let Some(fence) = &mut walk.fence {
                    fence.pieces.extend(page.places(range));
                } else if html.is_none() {
                    walk.forget();
                }
            }
            Event::Html(text) => {
                if let Some((html, _)) = &mut html {
                    html.push_str(&text);
                }
            }
            // Containers (lists, quotations) may stand between a comment and its fence; a paragraph has text.
            _ => {}
        }
    }
    comments.for_each(|comment| walk.comment(&source.text()[comment.said.clone()], comment.range.clone()));
    walk.forget();
    walk.found
}

struct Fence {
    info: String,
    start: usize,
    /// Where the lines of the block stand, without what containers put before them.
    pieces: Vec<Range<usize>>,
}

struct Walk<'a> {
    source: &'a Source,
    id: SourceId,
    flavour: Flavour,
    found: Markdown,
    heading: Option<String>,
    /// Settings of comments that wait for a fence.
    said: Vec<Setting>,
    said_at: Option<Span>,
    fence: Option<Fence>,
}

impl Walk<'_> {
    fn comment(&mut self, said: &str, range: Range<usize>) {
        let at = Span::new(self.id, range.start, range.end);
        let before = self.said.len();
        comments::read(said, at, self.flavour, &mut self.said, &mut self.found.problems);
        if self.said.len() > before {
            self.said_at = Some(at);
        }
    }

    /// Something came between the comments and a fence, or no fence came.
    fn forget(&mut self) {
        self.said.clear();
        if let Some(at) = self.said_at.take() {
            let warning = Diagnostic::warning(
                DIRECTIVE,
                "this comment applies to the diagram below it, but no diagram follows it directly",
            )
            .at(at, "it has no effect")
            .with_help("write it on the line above the fence");
            self.found.problems.push(warning);
        }
    }

    fn block(&mut self) {
        // Only a fenced block is open here; an indented one has no language.
        let Some(fence) = self.fence.take() else { return self.forget() };
        let text = self.source.text();
        let (start, end) = match (fence.pieces.first(), fence.pieces.last()) {
            (Some(first), Some(last)) => (first.start, last.end.max(first.start)),
            _ => (fence.start, fence.start),
        };
        let range = start..end;
        let block_text = blanked(&text[range.clone()], &fence.pieces, start);
        let first_line_end = text[fence.start..].find('\n').map_or(text.len(), |end| fence.start + end);
        let at = Span::new(self.id, fence.start, fence.start + text[fence.start..first_line_end].trim_end().len());
        let offset = u32::try_from(fence.start).unwrap_or(u32::MAX);
        match kinds::kind(&fence.info, &block_text, self.id, start) {
            Kind::Code => self.forget(),
            Kind::Other(why) => {
                self.said.clear();
                self.said_at = None;
                self.found.left_alone.push(LeftAlone { fence: at, line: self.source.line_of(offset), why });
            }
            Kind::Sequence(dialect) => {
                self.said_at = None;
                let settings = std::mem::take(&mut self.said);
                for part in crate::syntax::parts(&block_text, dialect) {
                    // Behind what a list or a quotation puts before the line.
                    let begin = start + part.start;
                    let piece = fence.pieces.partition_point(|piece| piece.end <= begin);
                    let begin =
                        fence.pieces.get(piece).map_or(begin, |piece| piece.start.clamp(begin, start + part.end));
                    let range = begin..start + part.end;
                    let part = begin - start..part.end;
                    let line = self.source.line_of(u32::try_from(range.start).unwrap_or(u32::MAX));
                    let name = match &self.heading {
                        Some(heading) => format!("{}, line {line}", heading.trim()),
                        None => format!("line {line}"),
                    };
                    self.found.blocks.push(Block {
                        name,
                        heading: self.heading.as_ref().map(|heading| heading.trim().to_owned()),
                        line,
                        dialect,
                        range,
                        settings: settings.clone(),
                        fence: at,
                        flavour: self.flavour,
                        source: self.id,
                        text: block_text[part].into(),
                    });
                }
            }
        }
    }
}

/// The text with a blank for every byte that is in none of the pieces; line ends stay.
fn blanked(text: &str, pieces: &[Range<usize>], offset: usize) -> String {
    let mut out: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { byte } else { b' ' }).collect();
    for piece in pieces {
        let piece = piece.start.saturating_sub(offset)..piece.end.saturating_sub(offset).min(text.len());
        if let (Some(to), Some(from)) = (out.get_mut(piece.clone()), text.as_bytes().get(piece)) {
            to.copy_from_slice(from);
        }
    }
    // Pieces lie between characters, so whole characters were copied or blanked.
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}
