//! Which files a command is about: files, folders, globs and `-`, in an order that does not depend on the machine.

use super::world::World;
use crate::files;
pub use crate::files::why;
use crate::source::{Diagnostic, nearest};
use crate::syntax::Dialect;
use crate::syntax::markdown::Flavour;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// One dialect.
    Diagram(Dialect),
    /// A dialect that its first line tells: `.wsd` is used by two.
    Unsure,
    /// Markdown or MDX with fenced blocks of any dialect.
    Page(Flavour),
}

impl Language {
    /// Pages: the word for each beside the names of the dialects, and its extensions.
    const PAGES: [(Flavour, &'static str, &'static [&'static str]); 2] =
        [(Flavour::Markdown, "markdown", &["md", "markdown"]), (Flavour::Mdx, "mdx", &["mdx"])];
    const UNSURE_EXTENSIONS: [&'static str; 1] = ["wsd"];

    /// The words for them on the command line.
    pub fn names() -> Vec<&'static str> {
        Dialect::ALL.iter().map(|facts| facts.name).chain(Self::PAGES.map(|(_, name, _)| name)).collect()
    }

    /// The language of a word on the command line.
    pub fn from_name(name: &str) -> Option<Language> {
        let page =
            Self::PAGES.iter().find(|(_, known, _)| *known == name).map(|&(flavour, ..)| Language::Page(flavour));
        page.or_else(|| Dialect::from_name(name).map(Language::Diagram))
    }

    /// The language of a file by its extension, in any letter case.
    pub fn of(path: &Path) -> Option<Language> {
        let extension = path.extension()?.to_str()?;
        let among = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(extension));
        if let Some(&(flavour, ..)) = Self::PAGES.iter().find(|(.., extensions)| among(extensions)) {
            Some(Language::Page(flavour))
        } else if among(&Self::UNSURE_EXTENSIONS) {
            Some(Language::Unsure)
        } else {
            Dialect::from_extension(extension).map(Language::Diagram)
        }
    }

    /// Every language with its extensions, for people.
    pub fn table() -> Vec<(&'static str, Vec<&'static str>)> {
        let dialects = Dialect::ALL.iter().map(|facts| (facts.name, facts.extensions.to_vec()));
        let unsure = ("recognized by its first line", Self::UNSURE_EXTENSIONS.to_vec());
        let pages = Self::PAGES.map(|(_, name, extensions)| (name, extensions.to_vec()));
        dialects.chain([unsure]).chain(pages).collect()
    }
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As messages show it: as the user wrote it, `/` between folders. `-` is standard input.
    pub name: String,
    /// For opening; none is standard input.
    pub path: Option<PathBuf>,
    /// What it is written in.
    pub language: Language,
    /// A person said what it is written in, rather than its name.
    pub told: bool,
    /// The diagrams of these lines alone; all where it is empty.
    pub lines: Vec<u32>,
}

/// Folders that hold other people's files.
const FOREIGN: [&str; 2] = ["node_modules", "target"];

/// Every file that the given paths mean, each once, and what is wrong with them.
///
/// A folder gives all diagrams and Markdown files below it, sorted by name; hidden folders and [`FOREIGN`] ones are left
/// out, as are links to folders. `language` overrides what the extension of a named file says.
pub fn find(world: &World, paths: &[PathBuf], language: Option<Language>) -> (Vec<Found>, Vec<Diagnostic>) {
    let mut finder = Finder { world, language, seen: BTreeSet::new(), found: Vec::new(), problems: Vec::new() };
    for path in paths {
        finder.take(path);
    }
    (finder.found, finder.problems)
}

struct Finder<'a> {
    world: &'a World,
    language: Option<Language>,
    seen: BTreeSet<PathBuf>,
    found: Vec<Found>,
    problems: Vec<Diagnostic>,
}

impl Finder<'_> {
    fn take(&mut self, path: &Path) {
        if path == Path::new("-") {
            return self.take_input();
        }
        let at = self.world.locate(path);
        if at.is_dir() {
            let before = self.found.len() + self.problems.len();
            self.take_folder(path, &at);
            if before == self.found.len() + self.problems.len() && !self.world_has_any_of(&at) {
                self.problems.push(
                    Diagnostic::error("path", format!("{}: no diagram in this folder", path.display()))
                        .with_help(format!("diagrams are files that end in {}", extensions())),
                );
            }
        } else if at.exists() {
            self.take_file(path, at, true);
        } else if is_glob(path) {
            self.take_glob(path);
        } else if let Some((file, line)) = with_line(path).filter(|(file, _)| self.world.locate(file).is_file()) {
            self.take_line(&file, line);
        } else {
            self.problems.push(self.missing(path, &at));
        }
    }

    fn take_input(&mut self) {
        match self.language {
            Some(language) if self.seen.insert(PathBuf::from("-")) => {
                self.found.push(Found {
                    name: "<stdin>".to_owned(),
                    path: None,
                    language,
                    told: true,
                    lines: Vec::new(),
                });
            }
            Some(_) => {}
            None => self.problems.push(
                Diagnostic::error("path", "the language of standard input is not known")
                    .with_help(format!("name it: --dialect {}", words())),
            ),
        }
    }

    fn take_file(&mut self, path: &Path, at: PathBuf, named: bool) {
        let told = self.language.filter(|_| named);
        let Some(language) = told.or_else(|| Language::of(path)) else {
            self.problems.push(
                Diagnostic::error("path", format!("{}: this file is not known to be a diagram", path.display()))
                    .with_help(format!("diagrams are files that end in {}", extensions()))
                    .with_help(format!("or name its language: --dialect {}", words())),
            );
            return;
        };
        let identity = at.canonicalize().unwrap_or_else(|_| at.clone());
        if self.seen.insert(identity) {
            let (name, told) = (shown(path), told.is_some());
            self.found.push(Found { name, path: Some(at), language, told, lines: Vec::new() });
        }
    }

    /// `FILE:LINE`: the diagram of that line. One that is named without a line as well is meant as a whole.
    fn take_line(&mut self, path: &Path, line: u32) {
        let before = self.found.len();
        self.take_file(path, self.world.locate(path), true);
        let name = shown(path);
        let is_new = self.found.len() > before;
        let same = self.found.iter_mut().find(|found| found.name == name);
        if let Some(found) = same.filter(|found| is_new || !found.lines.is_empty()) {
            found.lines.push(line);
        }
    }

    fn take_folder(&mut self, path: &Path, at: &Path) {
        let names = match files::names(at) {
            Ok(names) => names,
            Err(error) => {
                self.problems.push(Diagnostic::error("path", format!("{}: {}", path.display(), why(&error))));
                return;
            }
        };
        for name in names {
            let (path, at) = (path.join(&name), at.join(&name));
            let hidden = name.to_string_lossy().starts_with('.');
            if at.is_dir() {
                let foreign = FOREIGN.iter().any(|&foreign| name == foreign);
                if !hidden && !foreign && !at.is_symlink() {
                    self.take_folder(&path, &at);
                }
            } else if !hidden && Language::of(&path).is_some() {
                self.take_file(&path, at, false);
            }
        }
    }

    fn take_glob(&mut self, path: &Path) {
        let base = glob::Pattern::escape(&self.world.folder.to_string_lossy());
        let pattern = Path::new(&base).join(path);
        let matches = match glob::glob(&pattern.to_string_lossy()) {
            Ok(matches) => matches,
            Err(error) => {
                self.problems.push(
                    Diagnostic::error("path", format!("{}: not a glob: {}", path.display(), error.msg)).with_help(
                        "? and * match characters of a name, ** matches any folders, and [ab] one of these characters",
                    ),
                );
                return;
            }
        };
        let mut any = false;
        for at in matches.flatten() {
            let name = at.strip_prefix(&self.world.folder).unwrap_or(&at).to_path_buf();
            any = true;
            if at.is_dir() {
                self.take_folder(&name, &at);
            } else if self.language.is_some() || Language::of(&name).is_some() {
                self.take_file(&name, at, true);
            }
        }
        if !any {
            self.problems.push(Diagnostic::error("path", format!("{}: matches no file", path.display())));
        }
    }

    fn missing(&self, path: &Path, at: &Path) -> Diagnostic {
        let problem = Diagnostic::error("path", format!("{}: no such file or folder", path.display()));
        let word = path.to_string_lossy().into_owned();
        if let Some(verb) = nearest(&word, super::args::VERBS.into_iter()) {
            return problem.with_help(format!("did you mean the verb? It comes first: seqcheck {verb} …"));
        }
        let siblings: Vec<String> = at
            .parent()
            .and_then(|parent| files::names(parent).ok())
            .map(|names| names.iter().map(|name| name.to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match nearest(&name, siblings.iter().map(String::as_str)) {
            Some(near) => problem.with_help(format!("did you mean {}?", shown(&path.with_file_name(near)))),
            None => {
                problem.with_help("a path is a diagram, a Markdown file, a folder, a glob, or - for standard input")
            }
        }
    }

    // A folder of which every file was taken already is not an empty one.
    fn world_has_any_of(&self, folder: &Path) -> bool {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        self.seen.iter().any(|seen| seen.starts_with(&folder))
    }
}

/// `FILE:LINE`, taken apart.
fn with_line(path: &Path) -> Option<(PathBuf, u32)> {
    let text = path.to_str()?;
    let (file, line) = text.rsplit_once(':')?;
    Some((PathBuf::from(file), line.parse().ok().filter(|&line| line > 0)?))
}

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

/// The languages, as a choice.
fn words() -> String {
    let names = Language::names();
    let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
    format!("{} or {last}", others.join(", "))
}

fn extensions() -> String {
    let all = Language::table().into_iter().flat_map(|(_, extensions)| extensions);
    all.map(|extension| format!(".{extension}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path, paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let (found, problems) = find(&World::empty(folder.to_path_buf()), &paths, None);
        (found.into_iter().map(|found| found.name).collect(), problems.into_iter().map(|p| p.message).collect())
    }

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder to write in");
        for file in
            ["b.seq", "a.mmd", "sub/c.PUML", "sub/.hid/x.seq", "node_modules/y.seq", "notes.txt", "doc.md", "p.MDX"]
        {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("in a folder")).expect("can be made");
            std::fs::write(path, "").expect("can be written");
        }
        folder
    }

    #[test]
    fn a_folder_gives_its_diagrams_sorted_and_each_once() {
        let folder = tree();
        let (found, problems) = names(folder.path(), &["b.seq", "."]);
        assert_eq!(found, ["b.seq", "a.mmd", "doc.md", "p.MDX", "sub/c.PUML"]);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn a_glob_is_sorted_and_must_match() {
        let folder = tree();
        assert_eq!(names(folder.path(), &["*.seq", "*/*.PUML"]).0, ["b.seq", "sub/c.PUML"]);
        assert_eq!(names(folder.path(), &["*.nothing"]).1, ["*.nothing: matches no file"]);
    }

    #[test]
    fn problems_are_told_together_with_the_way_out() {
        let folder = tree();
        let paths = ["bb.seq", "notes.txt", "-", "chek"].map(PathBuf::from);
        let (_, problems) = find(&World::empty(folder.path().to_path_buf()), &paths, None);
        let told: Vec<_> = problems.iter().map(|p| (p.message.as_str(), p.help[0].as_str())).collect();
        assert_eq!(told[0], ("bb.seq: no such file or folder", "did you mean b.seq?"));
        assert_eq!(told[1].0, "notes.txt: this file is not known to be a diagram");
        assert_eq!(told[2].0, "the language of standard input is not known");
        assert_eq!(
            told[3],
            ("chek: no such file or folder", "did you mean the verb? It comes first: seqcheck check …")
        );
    }
}
