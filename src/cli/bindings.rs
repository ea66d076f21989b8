//! Which binding a scenario has, each read once; and the values of variables.

use super::load::Piece;
use super::world::World;
use crate::files::{self, Kind, Unread};
use crate::source::{Diagnostic, Source, Sources, Span, nearest};
use crate::wire::{BINDING, Binding, builtin_names};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The binding of a scenario that names none.
pub(super) const DEFAULT: &str = "chat";
/// What a variable's value begins with that names an environment variable.
pub(super) const FROM_ENVIRONMENT: &str = "env:";

/// A value for a hole or for `${NAME}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it comes from the environment, or stands for what does, so that it must reach no output.
    pub secret: bool,
}

/// Looks up the values that come from the environment; those of names that are `unknown` are what is written.
///
/// # Errors
/// Variables that are not set.
pub fn variables(
    given: &[(String, String)],
    unknown: &[&str],
    world: &World,
) -> Result<Vec<Variable>, Vec<Diagnostic>> {
    let (mut variables, mut problems) = (Vec::new(), Vec::new());
    for (name, value) in given {
        let variable = match value.strip_prefix(FROM_ENVIRONMENT) {
            // It stands for what the binding would take from the environment.
            None => Some((value, name.starts_with("env."))),
            Some(_) if unknown.contains(&name.as_str()) => Some((value, false)),
            Some(wanted) => world.vars.get(wanted.trim()).map(|value| (value, true)),
        };
        match variable {
            Some((value, secret)) => {
                if secret {
                    world.out.hide(value);
                    world.err.hide(value);
                }
                variables.push(Variable { name: name.clone(), value: value.clone(), secret });
            }
            None => problems.push(
                Diagnostic::error("usage", format!("--var {name}={value}: there is no such environment variable"))
                    .with_help("set it, or give the value itself: --var NAME=VALUE"),
            ),
        }
    }
    if problems.is_empty() { Ok(variables) } else { Err(problems) }
}

/// What is read as a file of variables.
const VARIABLES: Kind = Kind { name: "a file of variables", most: 1 << 20, named: |_| true };

/// Variables, and before them those of files: `NAME=VALUE` a line, as `.env` files have it.
///
/// # Errors
/// Files that cannot be read, and lines that are none.
pub fn with_files(
    given: &[(String, String)],
    files: &[PathBuf],
    world: &World,
) -> Result<Vec<(String, String)>, Vec<Diagnostic>> {
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for path in files {
        let name = path.display().to_string();
        match files::text(&world.locate(path), &VARIABLES) {
            Ok(text) => lines(&name, &text, &mut all, &mut problems),
            Err(why) => problems.push(
                Diagnostic::error("usage", format!("--vars-file {name}: {why}"))
                    .with_help("write one line NAME=VALUE for each variable"),
            ),
        }
    }
    // The last word counts, and a flag is the last.
    all.extend(given.iter().cloned());
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

/// No line is shown: what stands there are secrets, or it is a file of another kind.
fn lines(name: &str, text: &str, all: &mut Vec<(String, String)>, problems: &mut Vec<Diagnostic>) {
    let mut wrong = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                let value = value.trim();
                let inside = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
                let value = inside('"').or_else(|| inside('\'')).unwrap_or(value);
                all.push((name.trim().to_owned(), value.to_owned()));
            }
            Some(_) | None => wrong.push(number),
        }
    }
    let Some(first) = wrong.first() else { return };
    let more = if wrong.len() > 1 { format!(", and neither are {} more", wrong.len() - 1) } else { String::new() };
    problems.push(
        Diagnostic::error("usage", format!("--vars-file {name}:{first}: this line is not a variable{more}"))
            .with_help("write NAME=VALUE in each line"),
    );
}

/// The bindings of a run.
pub struct Bindings<'w> {
    world: &'w World,
    /// What was read already, by name or by path; none is broken, and that has been told.
    read: BTreeMap<PathBuf, Option<Arc<Binding>>>,
    /// What is wrong with them.
    pub problems: Vec<Diagnostic>,
}

impl<'w> Bindings<'w> {
    /// None is read yet.
    pub fn new(world: &'w World) -> Bindings<'w> {
        Bindings { world, read: BTreeMap::new(), problems: Vec::new() }
    }

    /// The binding of a scenario: that of the flags, else its own, else that of the lower layers, else `chat`.
    pub fn of(
        &mut self,
        piece: &Piece,
        above: Option<&str>,
        below: Option<&str>,
        sources: &mut Sources,
    ) -> Option<Arc<Binding>> {
        // What is not played needs none; that of an example may be the reader's to write.
        if piece.diagram.effective_settings().skip.is_some() {
            return self.get(DEFAULT, Path::new(""), None, sources);
        }
        if let Some(name) = above {
            return self.get(name, Path::new(""), None, sources);
        }
        if let Some((name, span)) = own(piece) {
            let folder = Path::new(sources.get(piece.source).name()).parent().unwrap_or(Path::new("")).to_path_buf();
            return self.get(&name, &folder, Some(span), sources);
        }
        self.get(below.unwrap_or(DEFAULT), Path::new(""), None, sources)
    }

    /// A built-in binding, or the file of this name in this folder.
    pub fn get(
        &mut self,
        name: &str,
        folder: &Path,
        span: Option<Span>,
        sources: &mut Sources,
    ) -> Option<Arc<Binding>> {
        let builtin = Binding::builtin(name);
        let key = if builtin.is_some() { PathBuf::from(name) } else { folder.join(name) };
        if let Some(known) = self.read.get(&key) {
            return known.clone();
        }
        let binding = match builtin {
            Some(binding) => Some(binding),
            None => self.load(name, &key, span, sources),
        };
        self.read.insert(key, binding.clone());
        binding
    }

    fn load(&mut self, name: &str, path: &Path, span: Option<Span>, sources: &mut Sources) -> Option<Arc<Binding>> {
        let at = self.world.locate(path);
        let shown = path.display().to_string();
        let named = (BINDING.named)(path);
        let text = match self.world.text(&at, &BINDING) {
            Ok(text) if named => text,
            // Whatever it is: it is not looked into.
            Ok(_) => {
                let problem = Diagnostic::error(
                    "binding",
                    format!("{shown}: this is not a binding: its name does not end in .toml"),
                );
                self.problems.push(placed(problem.with_help("a binding is a TOML file"), span));
                return None;
            }
            Err(why) => {
                self.problems.push(missing(name, &shown, &why, span));
                return None;
            }
        };
        let id = sources.add(Source::new(shown, text));
        match Binding::parse(sources, id) {
            Ok(binding) => Some(Arc::new(binding)),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }
}

/// What the diagram says of its binding; the last word counts.
fn own(piece: &Piece) -> Option<(String, Span)> {
    piece.diagram.effective_settings().binding.map(|(name, span)| (name.to_owned(), span))
}

fn missing(name: &str, shown: &str, why: &Unread, span: Option<Span>) -> Diagnostic {
    let names: Vec<&str> = builtin_names().collect();
    let is_path = name.contains(['/', '\\']) || name.ends_with(".toml");
    let problem = if is_path {
        Diagnostic::error("binding", format!("{shown}: {why}"))
            .with_help("a binding is a TOML file, its path relative to the file that names it")
    } else {
        let problem = Diagnostic::error("binding", format!("there is no binding {name}"));
        match nearest(name, names.iter().copied()) {
            Some(near) => problem.with_help(format!("did you mean {near}?")),
            None => problem.with_help(format!(
                "the built-in bindings are {}; a file is named with its ending: {name}.toml",
                names.join(", ")
            )),
        }
    };
    placed(problem, span)
}

fn placed(problem: Diagnostic, span: Option<Span>) -> Diagnostic {
    match span {
        Some(span) => problem.at(span, "named here"),
        None => problem,
    }
}
