//! `--snapshots FOLDER`: the frames of each scenario, locked in files of the snapshot tool insta.
//!
//! A file is what `insta` reads and writes: a head between lines of three hyphens, then the text. Where frames differ,
//! what was observed lies beside it as `NAME.snap.new`, which `cargo insta review` shows and accepts; `--update` accepts
//! all at once.

use super::reports;
use crate::files::{Kind, Shelf, why};
use crate::oracle::Verdict;
use crate::report::{ScenarioReport, WireDifference, wire};
use crate::source::Diagnostic;
use std::path::{Path, PathBuf};

/// What is read as a snapshot.
const SNAPSHOT: Kind = Kind { name: "a snapshot", most: 256 << 20, named: |_| true };

/// The folder of snapshots.
pub struct Snapshots {
    shelf: Shelf,
    /// As the user wrote it.
    name: PathBuf,
    update: bool,
    /// Files that could not be read or written.
    pub problems: Vec<Diagnostic>,
}

impl Snapshots {
    /// In this folder, which is made where it is not there.
    pub fn new(name: &Path, folder: PathBuf, update: bool) -> Snapshots {
        Snapshots { shelf: Shelf::new(folder), name: name.to_path_buf(), update, problems: Vec::new() }
    }

    /// Holds the frames of a play against its snapshot, which lies at this place. Where they differ the report says so; the diagram's verdict
    /// stays. A play that did not pass is not held against anything: its frames are known to be wrong.
    pub fn hold(&mut self, report: &mut ScenarioReport, place: &Path, lines: Vec<String>) {
        if report.verdict != Verdict::Pass {
            return;
        }
        if let Err(problem) = self.compare(report, place, &lines) {
            self.problems.push(problem);
        }
    }

    fn compare(&self, report: &mut ScenarioReport, place: &Path, lines: &[String]) -> Result<(), Diagnostic> {
        let mut place = place.as_os_str().to_owned();
        if report.play.0 > 1 {
            place.push(format!("-{}", report.play.0));
        }
        place.push(".snap");
        let (path, name) = (PathBuf::from(&place), self.name.join(&place).display().to_string());
        place.push(".new");
        let pending = PathBuf::from(place);
        let failed = |why: String| Diagnostic::error("snapshot", format!("{name}: {why}"));
        let locked = match self.shelf.text(&path, &SNAPSHOT) {
            Ok(Some(text)) => Some(contents(&text).ok_or_else(|| {
                failed("not a snapshot: it does not begin with a head between lines of ---".to_owned())
                    .with_help("remove the file, or write it again: --update")
            })?),
            Ok(None) => None,
            Err(why) => return Err(failed(format!("cannot be read: {why}"))),
        };
        let diff = wire::diff(locked.as_deref().unwrap_or_default(), lines);
        let text = file(report, lines);
        if diff.is_empty() && locked.is_some() {
            self.remove(&pending).map_err(failed)
        } else if self.update {
            self.shelf.write(&path, text.as_bytes()).map_err(|error| reports::unwritten(&name, &error))?;
            self.remove(&pending).map_err(failed)
        } else {
            let told = |error| reports::unwritten(&format!("{name}.new"), &error);
            self.shelf.write(&pending, text.as_bytes()).map_err(told)?;
            if locked.is_none() {
                report.notes.push(format!("there is no snapshot {name} yet: --update writes it"));
            }
            report.wire = Some(WireDifference { file: name, diff });
            Ok(())
        }
    }

    fn remove(&self, pending: &Path) -> Result<(), String> {
        self.shelf.remove(pending).map_err(|error| format!("its pending file cannot be removed: {}", why(&error)))
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
