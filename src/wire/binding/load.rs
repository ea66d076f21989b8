use super::Binding;
use crate::files::{self, Kind};
use crate::source::{Diagnostic, Source, SourceId, Sources, Span};
use crate::wire::asks::asks;
use crate::wire::file::evidence::{is_certain, unquoted};
use crate::wire::file::node::{Node, Shape, read_toml};
use crate::wire::file::{Draft, Reader, apply, read_draft};
use std::path::{Path, PathBuf};

/// What is read as a binding.
pub const BINDING: Kind = Kind { name: "a binding", most: 16 << 20, named: is_binding };

fn is_binding(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

/// How deep `extends` may go: enough for any family of servers, and an end for a file that extends itself.
const MAX_EXTENDS: usize = 8;

/// The words that every binding has.
const WORDS: &str = include_str!("words.toml");

/// Where the text of a binding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Somebody's file: what it asks for beyond frames to its target is looked for.
    File,
    /// It is compiled in, and asks for nothing, as a test says of each.
    BuiltIn,
}

impl Binding {
    /// Whether anything in a text shows that it is a binding: also where it is not quite TOML.
    pub fn is_one(text: &str) -> bool {
        is_certain(text)
    }

    /// Reads a binding file.
    ///
    /// # Errors
    /// Everything that is wrong with it (and with what it extends), each with its place and a way out; places are in
    /// `sources`.
    pub fn load(path: impl AsRef<Path>, sources: &mut Sources) -> Result<Binding, Vec<Diagnostic>> {
        let id = read_file(path.as_ref(), sources).map_err(|problem| vec![problem])?;
        Self::parse(sources, id)
    }

    /// Reads the text of a source as a binding file; a path in `extends` is relative to the folder of its name.
    ///
    /// # Errors
    /// As [`Binding::load`].
    pub fn parse(sources: &mut Sources, id: SourceId) -> Result<Binding, Vec<Diagnostic>> {
        Self::parse_of(sources, id, Origin::File)
    }

    /// The same of a text that comes from there.
    pub(super) fn parse_of(sources: &mut Sources, id: SourceId, origin: Origin) -> Result<Binding, Vec<Diagnostic>> {
        Self::parse_quoted(sources, id, origin).map_err(|problems| unquoted(problems, sources))
    }

    fn parse_quoted(sources: &mut Sources, id: SourceId, origin: Origin) -> Result<Binding, Vec<Diagnostic>> {
        let mut reader = Reader { files: vec![sources.get(id).name().into()], ..Reader::default() };
        let layers = read(&mut reader, sources, (id, origin), 0)?;
        let mut drafts: Vec<Draft> = layers.iter().map(|layer| read_draft(&mut reader, layer)).collect();
        let mut draft = drafts.pop().unwrap_or_default();
        while let Some(above) = drafts.pop() {
            draft = above.over(draft);
        }
        let name = draft.name.clone().unwrap_or_else(|| stem(sources.get(id).name()));
        let binding = Self::compile(draft, name, &mut reader);
        if reader.problems.is_empty() { Ok(binding) } else { Err(reader.problems) }
    }
}

/// A file and what it extends, one upon the other, the words of every binding being the lowest; what a file says of single
/// entries below it is said in them.
fn read(
    reader: &mut Reader,
    sources: &mut Sources,
    (id, origin): (SourceId, Origin),
    depth: usize,
) -> Result<Vec<Node>, Vec<Diagnostic>> {
    let mut root = read_toml(id, sources.get(id).name(), sources.get(id).text())?;
    if origin == Origin::File {
        reader.asks.extend(asks(&root, (sources.get(id).name(), sources.get(id).text())));
    }
    let mut layers = match extends(&root) {
        Some((name, span)) => beneath(reader, sources, id, depth, &name, span)?,
        None => {
            let words = sources.add(Source::new("<words of every binding>", WORDS));
            vec![read_toml(words, "<words of every binding>", WORDS)?]
        }
    };
    apply(reader, &mut root, &mut layers);
    layers.insert(0, root);
    Ok(layers)
}

fn extends(root: &Node) -> Option<(String, Span)> {
    let Shape::Table(entries) = &root.shape else { return None };
    let value = &entries.iter().find(|entry| entry.key == "extends")?.value;
    Some((value.as_str()?.to_owned(), value.span))
}

fn beneath(
    reader: &mut Reader,
    sources: &mut Sources,
    id: SourceId,
    depth: usize,
    name: &str,
    span: Span,
) -> Result<Vec<Node>, Vec<Diagnostic>> {
    if depth == MAX_EXTENDS {
        let problem = Diagnostic::error("binding", format!("more than {MAX_EXTENDS} bindings extend one another"));
        return Err(vec![problem.at(span, "").with_help("a binding cannot extend itself, directly or through others")]);
    }
    let base = extended(name, span, id, sources).map_err(|problem| vec![problem])?;
    let origin = if Binding::builtin_text(name).is_some() { Origin::BuiltIn } else { Origin::File };
    if origin == Origin::File {
        reader.files.push(sources.get(base).name().into());
    }
    read(reader, sources, (base, origin), depth + 1)
}

/// The source of what is extended: a path where it looks like one, else a built-in binding.
fn extended(name: &str, span: Span, from: SourceId, sources: &mut Sources) -> Result<SourceId, Diagnostic> {
    if let Some(text) = Binding::builtin_text(name) {
        return Ok(sources.add(Source::new(format!("<built-in {name}>"), text)));
    }
    if !name.contains(['/', '\\']) && !name.ends_with(".toml") {
        let names: Vec<&str> = super::builtin_names().collect();
        return Err(Diagnostic::error("binding", format!("there is no built-in binding `{name}`"))
            .at(span, "")
            .with_help(format!(
                "the built-in bindings are {}; write a file as a path, like `./{name}.toml`",
                names.join(", ")
            )));
    }
    let folder = Path::new(sources.get(from).name()).parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let path = folder.join(name);
    if !is_binding(&path) {
        let what = format!("{}: this is not a binding: its name does not end in .toml", path.display());
        return Err(Diagnostic::error("binding", what).at(span, "extended here").with_help("a binding is a TOML file"));
    }
    read_file(&path, sources).map_err(|problem| problem.at(span, "extended here"))
}

fn read_file(path: &Path, sources: &mut Sources) -> Result<SourceId, Diagnostic> {
    match files::text(path, &BINDING) {
        Ok(text) => Ok(sources.add(Source::new(path.display().to_string(), text))),
        Err(why) => {
            Err(Diagnostic::error("binding", format!("the binding file {} cannot be read: {why}", path.display())))
        }
    }
}

fn stem(name: &str) -> String {
    Path::new(name).file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned())
}
