//! `--out FOLDER`: what is kept of every scenario, each in a folder of its own.

use super::reports;
use super::scenarios::Ready;
use crate::run::Played;
use crate::source::Diagnostic;
use crate::trace::file;
use std::path::{Component, Path, PathBuf};

/// The folder of a run.
pub struct Keep {
    /// For opening.
    folder: PathBuf,
    /// As the user wrote it.
    name: PathBuf,
    /// Files that could not be written.
    pub problems: Vec<Diagnostic>,
}

impl Keep {
    /// In this folder, which is made where it is not there.
    pub fn new(name: &Path, folder: PathBuf) -> Keep {
        Keep { folder, name: name.to_path_buf(), problems: Vec::new() }
    }

    /// Keeps the trace of one play (from 0, of so many); where it is, as messages name it.
    pub fn play(&mut self, ready: &Ready, played: &Played, number: usize, of: usize) -> Option<String> {
        let place = inside(&ready.piece.place);
        let file = if of > 1 { format!("trace-{}.jsonl", number + 1) } else { "trace.jsonl".to_owned() };
        let shown = self.name.join(&place).display().to_string();
        let text = file::write(&played.header, &played.trace);
        let secrets = ready.prepared.secrets();
        let text = secrets.redact(&text);
        match reports::write(&self.folder.join(&place).join(&file), text.as_bytes(), &format!("{shown}/{file}")) {
            Ok(()) => Some(shown),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }
}

/// The place of a scenario as a path that stays inside a folder, without characters that file systems mind.
fn inside(place: &str) -> PathBuf {
    let parts = Path::new(place).components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().replace([':', '<', '>', '"', '|', '?', '*'], "-")),
        Component::ParentDir => Some("up".to_owned()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_never_leaves_the_folder() {
        assert_eq!(inside("docs/a.md:12"), Path::new("docs/a.md-12"));
        assert_eq!(inside("/etc/../x.seq"), Path::new("etc/up/x.seq"));
        assert_eq!(inside("<stdin>"), Path::new("-stdin-"));
    }
}
