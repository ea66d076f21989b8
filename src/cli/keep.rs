//! `--out FOLDER`: what is kept of every play: trace, wire log, picture and report, and what launched servers have written,
//! in a folder for each scenario.

use super::reports;
use crate::files::Shelf;
use crate::report::text::{self, Style, Verbosity};
use crate::report::{ScenarioReport, svg, view_of, wirelog};
use crate::source::Diagnostic;
use crate::trace::Server;
use crate::trace::file::{self, Header};
use crate::wire::Secrets;
use std::path::{Path, PathBuf};

/// The folder of a run.
pub struct Keep {
    shelf: Shelf,
    /// As the user wrote it.
    name: PathBuf,
    /// Files that could not be written.
    pub problems: Vec<Diagnostic>,
}

impl Keep {
    /// In this folder, which is made where it is not there.
    pub fn new(name: &Path, folder: PathBuf) -> Keep {
        Keep { shelf: Shelf::new(folder), name: name.to_path_buf(), problems: Vec::new() }
    }

    /// Keeps the files of one play, at this place and with this mark in their names. The report must be without secrets; it learns where they are.
    pub fn play(
        &mut self,
        report: &mut ScenarioReport,
        (place, mark): (&Path, &str),
        header: &Header,
        secrets: &Secrets,
    ) {
        let (number, of) = report.play;
        let mark = if of > 1 { format!("-{number}{mark}") } else { mark.to_owned() };
        let style = Style { verbosity: Verbosity::Verbose, ..Style::default() };
        let mut header = Header { shortened: report.hidden.shortened(), ..header.clone() };
        let names = header.lifelines.iter_mut().chain(&mut header.simulated).chain([&mut header.scenario]);
        names.for_each(|name| *name = secrets.redact(name).into_owned());
        for it in &mut header.awaited {
            let texts = [&mut it.client, &mut it.step, &mut it.wants].into_iter().chain(&mut it.got);
            texts.for_each(|text| *text = secrets.redact(text).into_owned());
        }
        let servers: String = report.servers.iter().map(Server::log).collect();
        let servers = (!servers.is_empty()).then(|| (format!("server{mark}.log"), servers));
        let files = [
            (format!("trace{mark}.jsonl"), file::write(&header, &report.trace)),
            (format!("wire{mark}.log"), wirelog::text(report)),
            (format!("picture{mark}.svg"), svg::draw(&view_of(report))),
            (format!("report{mark}.txt"), text::scenario(report, &style)),
        ];
        for (file, text) in files.into_iter().chain(servers) {
            let path = place.join(file);
            match self.shelf.write(&path, text.as_bytes()) {
                Ok(()) => report.kept = Some(self.name.join(place).display().to_string()),
                Err(error) => {
                    self.problems.push(reports::unwritten(&self.name.join(path).display().to_string(), &error));
                }
            }
        }
    }
}
