//! `--snapshots FOLDER`: the frames of each scenario, locked in files of the snapshot tool insta.
//!
//! A file is what `insta` reads and writes: a head between lines of three hyphens, then the text. Where frames differ,
//! what was observed lies beside it as `NAME.snap.new`, which `cargo insta review` shows and accepts; `--update` accepts
//! all at once.

use super::keep::inside;
use super::paths::why;
use super::reports;
use crate::oracle::Verdict;
use crate::report::{ScenarioReport, WireDifference, wire};
use crate::source::Diagnostic;
use std::path::{Path, PathBuf};

/// The folder of snapshots.
pub struct Snapshots {
    /// For opening.
    folder: PathBuf,
    /// As the user wrote it.
    name: PathBuf,
    update: bool,
    /// Files that could not be read or written.
    pub problems: Vec<Diagnostic>,
}

impl Snapshots {
    /// In this folder, which is made where it is not there.
    pub fn new(name: &Path, folder: PathBuf, update: bool) -> Snapshots {
        Snapshots { folder, name: name.to_path_buf(), update, problems: Vec::new() }
    }

    /// Holds the frames of a play against its snapshot. Where they differ the report says so; the diagram's verdict
    /// stays. A play that did not pass is not held against anything: its frames are known to be wrong.
    pub fn hold(&mut self, report: &mut ScenarioReport, lines: Vec<String>) {
        if report.verdict != Verdict::Pass {
            return;
        }
        if let Err(problem) = self.compare(report, &lines) {
            self.problems.push(problem);
        }
    }

    fn compare(&self, report: &mut ScenarioReport, lines: &[String]) -> Result<(), Diagnostic> {
        let mut place = inside(&report.path).into_os_string();
        if report.play.0 > 1 {
            place.push(format!("-{}", report.play.0));
        }
        place.push(".snap");
        let (path, name) = (self.folder.join(&place), self.name.join(&place).display().to_string());
        let mut pending = path.clone().into_os_string();
        pending.push(".new");
        let pending = PathBuf::from(pending);
        let failed = |why: String| Diagnostic::error("snapshot", format!("{name}: {why}"));
        let locked = match std::fs::read_to_string(&path) {
            Ok(text) => Some(contents(&text).ok_or_else(|| {
                failed("not a snapshot: it does not begin with a head between lines of ---".to_owned())
                    .with_help("remove the file, or write it anew: --update")
            })?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(format!("cannot be read: {}", why(&error)))),
        };
        let diff = wire::diff(locked.as_deref().unwrap_or_default(), lines);
        let text = file(report, lines);
        if diff.is_empty() && locked.is_some() {
            remove(&pending).map_err(failed)
        } else if self.update {
            reports::write(&path, text.as_bytes(), &name)?;
            remove(&pending).map_err(failed)
        } else {
            reports::write(&pending, text.as_bytes(), &format!("{name}.new"))?;
            if locked.is_none() {
                report.notes.push(format!("there is no snapshot {name} yet: --update writes it"));
            }
            report.wire = Some(WireDifference { file: name, diff });
            Ok(())
        }
    }
}

/// The text behind the head, as lines.
fn contents(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines();
    if lines.next()? != "---" {
        return None;
    }
    lines.find(|line| *line == "---")?;
    Some(lines.map(str::to_owned).collect())
}

fn file(report: &ScenarioReport, lines: &[String]) -> String {
    // A JSON string is a YAML string, whatever it holds.
    let string = |text: &str| serde_json::Value::from(text).to_string();
    let (source, name) = (string(&report.path), string(&report.name));
    format!(
        "---\nsource: {source}\ndescription: {name}\nexpression: the frames on the wire\n---\n{}\n",
        lines.join("\n")
    )
}

fn remove(path: &Path) -> Result<(), String> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("its pending file cannot be removed: {}", why(&error))),
    }
}
