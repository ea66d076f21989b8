//! Taking secrets out, in one place: whatever is told of a run went through here before any format saw it.
//!
//! A format may wrap, cut, escape or draw a text, so that a secret could no longer be found in what it makes. Here
//! texts are still whole.

mod hide;
mod room;
#[cfg(test)]
mod tests;

use super::cut::{self, cut};
use super::run::{Run, ScenarioReport, WireDifference};
use crate::oracle::{Difference, Finding};
use crate::trace::{Content, Entry, Event};
use crate::wire::{Observed, Secrets, header_shown};
use hide::{Hide, Shown};
use room::Room;

/// What was taken out of a report.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// The secrets that what passed was searched for, and how many of them there were.
    searched: Option<(Secrets, usize)>,
    /// How many entries of the trace are not whole.
    shortened: u32,
}

impl Hidden {
    /// How many entries of the trace are kept as they begin.
    pub fn shortened(&self) -> u32 {
        self.shortened
    }

    /// Whether nothing has become known since what passed was searched.
    fn is_of(&self, secrets: &Secrets) -> bool {
        let same = |(known, count): &(Secrets, usize)| known.is_same(secrets) && *count == secrets.count();
        !secrets.is_over() && self.searched.as_ref().is_some_and(same)
    }
}

impl Run {
    /// The run without the secrets.
    #[must_use]
    pub fn redacted(mut self, secrets: &Secrets) -> Run {
        if secrets.is_empty() {
            return self;
        }
        let scenarios =
            std::mem::take(&mut self.scenarios).into_iter().map(|report| report.redacted(secrets)).collect();
        let about = self.about.as_deref().map(|about| secrets.redact(about).into_owned());
        Run { scenarios, place: secrets.redact(&self.place).into_owned(), about, ..self }
    }
}

impl ScenarioReport {
    /// The report without the secrets: names, texts of the diagram, findings, frames, notes. Doing it again changes
    /// nothing. What findings say of large frames is cut.
    #[must_use]
    pub fn redacted(mut self, secrets: &Secrets) -> ScenarioReport {
        // What proves who somebody is, whether it is known or not.
        self.trace.iter_mut().for_each(credentials);
        for aside in &mut self.asides {
            match &mut aside.content {
                Content::Head(head, _) => shown_fields(&mut head.fields),
                Content::Observed(observed) => fields_of(observed),
                Content::Frame(_) | Content::Left(_) => {}
            }
        }
        self.outcome.findings.iter_mut().chain(&mut self.outcome.excused).for_each(shown_headers);
        if secrets.is_empty() {
            cut(&mut self.outcome);
            return self;
        }
        let hide = Hide(secrets);
        let texts = [&mut self.name, &mut self.path, &mut self.again];
        texts
            .into_iter()
            .chain(&mut self.tags)
            .chain(&mut self.notes)
            .chain(&mut self.tries)
            .for_each(|text| hide.text(text));
        self.skipped.iter_mut().chain(&mut self.kept).for_each(|text| hide.text(text));
        self.servers
            .iter_mut()
            .flat_map(|server| [&mut server.command, &mut server.output])
            .for_each(|text| hide.text(text));
        if let Some(WireDifference { file, diff }) = &mut self.wire {
            hide.text(file);
            diff.iter_mut().for_each(|(_, text)| hide.text(text));
        }
        hide.sources(&mut self.sources, &Shown::of(&self.diagram, &self.order, &self.outcome));
        hide.diagram(&mut self.diagram);
        hide.order(&mut self.order);
        self.outcome.findings.iter_mut().chain(&mut self.outcome.excused).for_each(cut::differences);
        hide.outcome(&mut self.outcome);
        if !self.hidden.is_of(secrets) {
            self.passed(&hide);
        }
        cut(&mut self.outcome);
        self
    }

    /// The same of all that passed, which may be long.
    fn passed(&mut self, hide: &Hide) {
        let secrets = hide.0;
        // What gave more secrets than can be hidden is not shown at all.
        let mut room = (!secrets.is_over()).then(|| Room::new(secrets));
        let mut shortened = 0;
        for entry in &mut self.trace {
            shortened += u32::from(room.as_mut().is_some_and(|room| room.entry(entry)));
            hide.entry(entry);
        }
        for aside in &mut self.asides {
            room.iter_mut().for_each(|room| room.aside(aside));
            hide.aside(aside);
        }
        if shortened > 0 {
            self.notes.push(
                "only the beginning of long messages is kept: seqcheck searches 8 MiB of a play for secrets, and \
                 does not show the rest"
                    .to_owned(),
            );
        }
        self.hidden.searched = Some((secrets.clone(), secrets.count()));
        self.hidden.shortened += shortened;
    }
}

/// Hides credentials and cookies in the headers of an answer, a handshake or a request.
fn credentials(entry: &mut Entry) {
    if let Event::Received { observed, .. } = &mut entry.event {
        fields_of(observed);
    }
}

fn fields_of(observed: &mut Observed) {
    if let Observed::Status { headers, .. } | Observed::Dialled { headers, .. } | Observed::Asked { headers, .. } =
        observed
    {
        shown_fields(headers);
    }
}

fn shown_fields(fields: &mut [(String, String)]) {
    for (name, value) in fields {
        if let Some(shown) = header_shown(name, value) {
            *value = shown;
        }
    }
}

/// The same in what a finding says of headers.
fn shown_headers(finding: &mut Finding) {
    for Difference { path, expected, found } in &mut finding.diff {
        let Some(name) = path.strip_prefix("headers.") else { continue };
        for value in expected.iter_mut().chain(found) {
            if let Some(shown) = value.as_str().and_then(|text| header_shown(name, text)) {
                *value = shown.into();
            }
        }
    }
    finding.consequences.iter_mut().for_each(shown_headers);
}
