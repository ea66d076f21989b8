use crate::diagram::Diagram;
use crate::files::{self, Kind};
use crate::order::{Library, referred};
use crate::source::{Diagnostic, Source, SourceId, Sources};
use crate::syntax::{self, Dialect, limits};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The diagrams that `ref over A, B: name` can mean in a file: those with this title in the same file, then a file of
/// this name beside it (`name.seq`, or with the extension of another dialect).
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    by_name: BTreeMap<String, Arc<Diagram>>,
}

/// What is read as a diagram.
pub(super) const DIAGRAM: Kind = Kind { name: "a diagram", most: limits::FILE_BYTES as u64, named: is_diagram };

fn is_diagram(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extension == "wsd" || Dialect::from_extension(extension).is_some())
}

impl Neighbours {
    /// Extensions that are tried, in this order, where the name has none.
    const EXTENSIONS: [&str; 6] = ["seq", "mmd", "mermaid", "puml", "plantuml", "wsd"];

    /// Reads what a diagram refers to, and what that refers to in turn. `titled` are the diagrams of the same file,
    /// `folder` is where it lies. A name that nothing has is left to the compiler, which knows the place.
    ///
    /// # Errors
    /// Every problem of a file that is there and cannot be read or parsed.
    pub fn of<'a>(
        diagram: &Diagram,
        titled: impl IntoIterator<Item = &'a Arc<Diagram>>,
        folder: &Path,
        sources: &mut Sources,
    ) -> Result<Neighbours, Vec<Diagnostic>> {
        let mut wanted: Vec<String> = referred(&diagram.body).map(str::to_owned).collect();
        let mut found = Neighbours::default();
        if wanted.is_empty() {
            return Ok(found);
        }
        let titled: BTreeMap<&str, &Arc<Diagram>> =
            titled.into_iter().filter_map(|diagram| Some((diagram.title.as_deref()?, diagram))).collect();
        let mut problems = Vec::new();
        while let Some(name) = wanted.pop() {
            if found.by_name.contains_key(&name) {
                continue;
            }
            let diagram = match titled.get(&*name) {
                Some(diagram) => Some(Arc::clone(diagram)),
                None => Self::file(&name, folder).and_then(|path| read(&path, sources, &mut problems)).map(Arc::new),
            };
            if let Some(diagram) = diagram {
                wanted.extend(referred(&diagram.body).map(str::to_owned));
                found.by_name.insert(name, diagram);
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    /// The file that a name means. A name may go down into folders, and up; it may not be absolute, so that a diagram
    /// means the same on every machine.
    fn file(name: &str, folder: &Path) -> Option<PathBuf> {
        let relative = Path::new(name);
        let goes = |part: Component<'_>| !matches!(part, Component::Prefix(_) | Component::RootDir);
        if name.is_empty() || !relative.components().all(goes) {
            return None;
        }
        let whole = relative.extension().and_then(|extension| extension.to_str());
        let whole = whole.filter(|extension| Self::EXTENSIONS.contains(extension)).map(|_| folder.join(relative));
        let with = |extension: &&str| folder.join(format!("{name}.{extension}"));
        whole.into_iter().chain(Self::EXTENSIONS.iter().map(with)).find(|path| path.is_file())
    }
}

impl Library for Neighbours {
    fn diagram(&self, name: &str) -> Option<Arc<Diagram>> {
        self.by_name.get(name).cloned()
    }
}

/// The diagram of a file; of several in one file, the first.
fn read(path: &Path, sources: &mut Sources, problems: &mut Vec<Diagnostic>) -> Option<Diagram> {
    let name = path.display().to_string();
    let text = match files::text(path, &DIAGRAM) {
        Ok(text) => text,
        Err(why) => {
            let help = "a diagram is UTF-8 text of at most 16 MiB";
            problems.push(Diagnostic::error("ref", format!("{name} cannot be read: {why}")).with_help(help));
            return None;
        }
    };
    let extension = path.extension().and_then(|extension| extension.to_str());
    let dialect = Dialect::of_file(extension, &text);
    let id: SourceId = sources.add(Source::new(name, text));
    let parts = syntax::parts(sources.get(id).text(), dialect);
    let range = parts.into_iter().next().unwrap_or(0..0);
    match syntax::parse(sources, id, range, dialect) {
        Ok(parsed) => Some(parsed.diagram),
        Err(found) => {
            problems.extend(found);
            None
        }
    }
}
