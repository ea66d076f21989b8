//! `--out FOLDER`: what is kept of every play: trace, wire log, picture and report, in a folder for each scenario.

use super::reports;
use crate::report::text::{self, Style, Verbosity};
use crate::report::{ScenarioReport, svg, view_of, wirelog};
use crate::source::Diagnostic;
use crate::trace::file::{self, Header};
use crate::wire::Secrets;
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

    /// Keeps the files of one play. The report must be without secrets; it learns where they are.
    pub fn play(&mut self, report: &mut ScenarioReport, header: &Header, secrets: &Secrets) {
        let place = inside(&report.path);
        let (number, of) = report.play;
        let mark = if of > 1 { format!("-{number}") } else { String::new() };
        let style = Style { verbosity: Verbosity::Verbose, ..Style::default() };
        let mut header = header.clone();
        let names = header.lifelines.iter_mut().chain(&mut header.simulated).chain([&mut header.scenario]);
        names.for_each(|name| *name = secrets.redact(name).into_owned());
        let files = [
            (format!("trace{mark}.jsonl"), file::write(&header, &report.trace)),
            (format!("wire{mark}.log"), wirelog::text(report)),
            (format!("picture{mark}.svg"), svg::draw(&view_of(report))),
            (format!("report{mark}.txt"), text::scenario(report, &style)),
        ];
        for (file, text) in files {
            let shown = format!("{}/{file}", self.name.join(&place).display());
            self.problems.extend(reports::write(&self.folder.join(&place).join(&file), text.as_bytes(), &shown).err());
        }
        report.kept = Some(self.name.join(&place).display().to_string());
    }
}

/// The place of a scenario as a path that stays inside a folder, without characters that file systems mind.
pub fn inside(place: &str) -> PathBuf {
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
