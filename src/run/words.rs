//! A binding, as the stages that must not know of one ask for it: labels resolved, frames named.

use super::streams::Streams;
use crate::oracle::{Difference, Namer, Resolver};
use crate::order::{Arrow, ArrowId, Fragment, Order, Point};
use crate::source::Diagnostic;
use crate::source::Sources;
use crate::wire::{
    Binding, Channel, Expectation, Expects as _, FrameName, Matched, Memory, Observed, Party, Resolved, Sender, Viewer,
    builtin_names,
};
use std::path::Path;
use std::sync::Arc;

/// A binding in these roles.
#[derive(Clone, Debug)]
pub(super) struct Words {
    binding: Binding,
    ignored: Vec<Expectation>,
    /// What is observed is said by clients.
    serves: bool,
    /// Who is spoken with over a plain stream of bytes.
    streams: Streams,
}

impl Words {
    /// With frames that are not judged in this run, beside the ends that the binding ignores.
    pub(super) fn new(binding: Binding, ignore: &[String]) -> Result<Self, Vec<Diagnostic>> {
        let mut ignored = binding.ignored_ends();
        let mut problems = Vec::new();
        for pattern in ignore {
            match binding.frames(pattern) {
                Ok(frames) => ignored.extend(frames),
                Err(why) => problems
                    .push(Diagnostic::error("SQ118", format!("--ignore: {why}")).with_help(
                        "write a label of the binding, with {name} or * for the parts that vary, or only *",
                    )),
            }
        }
        if problems.is_empty() {
            Ok(Words { binding, ignored, serves: false, streams: Streams::default() })
        } else {
            Err(problems)
        }
    }

    pub(super) fn binding(&self) -> &Binding {
        &self.binding
    }

    /// What is known of an observation, of a server or of a client: where the tool only listens, of a client first.
    fn named(&self, observed: &Observed, channel: Channel) -> Option<FrameName> {
        let (server, client) =
            (|| self.binding.name_of(observed, channel), || self.binding.name_of_client(observed, channel));
        if self.serves { client().or_else(server) } else { server() }
    }

    /// The same where the tool is the server of all whom it hears.
    pub(super) fn serving(self) -> Words {
        Words { serves: true, ..self }
    }

    /// The same where these are spoken with over a plain stream of bytes.
    pub(super) fn over_streams(self, streams: Streams) -> Words {
        Words { streams, ..self }
    }

    pub(super) fn streams(&self) -> &Streams {
        &self.streams
    }
}

impl Resolver for Words {
    fn arrow(&self, order: &Order, id: ArrowId) -> Result<Resolved, Diagnostic> {
        let arrow: &Arrow = order.arrow(id);
        let sender = if order.client_sends(arrow) { Sender::Client } else { Sender::Server };
        if arrow.traits.raw {
            let tool = if order.simulated(arrow.from) { Sender::Client } else { Sender::Server };
            return Ok(Binding::resolve_raw(&arrow.label, tool));
        }
        let party = |point: Point| match point.lifeline() {
            Some(lifeline) => {
                let lifeline = order.lifeline(lifeline);
                Party { id: lifeline.name.clone(), label: lifeline.label.clone() }
            }
            None => Party::new(""),
        };
        let ends = (&party(arrow.from), &party(arrow.to));
        let resolved = if order.simulated(arrow.from) == (sender == Sender::Client) {
            self.binding.resolve(&arrow.label, sender, ends.0, ends.1)
        } else {
            self.binding.resolve_served(&arrow.label, sender, ends.0, ends.1)
        };
        let (server, point) = if sender == Sender::Client { (ends.1, arrow.to) } else { (ends.0, arrow.from) };
        let plain = match order.simulated(point) {
            true => self.streams.are_served(),
            false => !self.streams.is_empty() && self.streams.has(&server.id),
        };
        let resolved = if plain { resolved.map(Resolved::over_stream) } else { resolved };
        resolved.map_err(|why| why.diagnostic(arrow.span, self.binding.name()))
    }

    fn ignored(&self) -> Vec<Expectation> {
        self.ignored.clone()
    }

    fn names(&self, resolved: &Resolved) -> Vec<Arc<str>> {
        match resolved {
            Resolved::Expect(expectation) => expectation.names().map(|(name, _)| name.clone()).collect(),
            Resolved::Send(outgoing) => outgoing.needs().into_iter().filter_map(|(_, name)| name).collect(),
            Resolved::Connect { .. }
            | Resolved::Disconnect
            | Resolved::Drop
            | Resolved::DropEvents
            | Resolved::Pause
            | Resolved::Resume
            | Resolved::Close(None)
            | Resolved::Request(_) => Vec::new(),
            Resolved::Answer(outgoing) | Resolved::Push(outgoing) | Resolved::Close(Some(outgoing)) => {
                outgoing.names().map(|(name, _)| name.clone()).collect()
            }
        }
    }

    fn frames(&self, pattern: &str, fragment: &Fragment) -> Result<Vec<Expectation>, Diagnostic> {
        // A list on one line, where each of its parts is a label.
        let parts: Vec<&str> = pattern.split(", ").map(str::trim).collect();
        if parts.len() > 1 {
            let each: Result<Vec<_>, _> = parts.iter().map(|part| self.binding.frames(part)).collect();
            if let Ok(each) = each {
                return Ok(each.into_iter().flatten().collect());
            }
        }
        self.binding.frames(pattern).map_err(|why| {
            Diagnostic::error("SQ118", why.to_string())
                .at(fragment.span, "these frames")
                .with_help("write a label of the binding, with {name} or * for the parts that vary")
        })
    }
}

/// The binding of a name: a built-in one, or a file whose path is relative to the folder of the diagram.
pub(super) fn find(name: &str, diagram: &str, sources: &mut Sources) -> Result<Binding, Vec<Diagnostic>> {
    if let Some(binding) = Binding::builtin(name) {
        return Ok(Binding::clone(&binding));
    }
    if !name.contains(['/', '\\']) && !name.ends_with(".toml") {
        let known: Vec<&str> = builtin_names().collect();
        return Err(vec![Diagnostic::error("binding", format!("there is no built-in binding `{name}`")).with_help(
            format!("the built-in bindings are {}; write a file as a path, like `./{name}.toml`", known.join(", ")),
        )]);
    }
    let folder = Path::new(diagram).parent().unwrap_or(Path::new(""));
    Binding::load(folder.join(name), sources)
}

impl Namer for Words {
    fn label(&self, observed: &Observed, channel: Channel, sender: Sender) -> Option<String> {
        let named = match sender {
            Sender::Client => self.binding.name_of_client(observed, channel),
            Sender::Server => self.binding.name_of(observed, channel),
        };
        named.map(|name| name.label)
    }

    fn pattern(&self, observed: &Observed, channel: Channel) -> Option<String> {
        self.named(observed, channel).map(|name| name.pattern)
    }

    fn ignores(&self, label: &str, observed: &Observed) -> bool {
        let viewer = Viewer { lifeline: u32::MAX, scopes: &[], arrow: 0 };
        let takes = |it: &Expectation| !matches!(it.matches(observed, Memory::nothing(), viewer), Matched::No);
        self.binding.frames(label).is_ok_and(|frames| frames.iter().any(takes))
    }

    fn values(&self, observed: &Observed, channel: Channel) -> Option<Vec<(String, String)>> {
        let name = self.named(observed, channel)?;
        Some(name.values.into_iter().map(|(hole, value)| (hole.to_string(), value)).collect())
    }

    fn differences(
        &self,
        expectation: &Expectation,
        observed: &Observed,
        (memory, lifeline): (&Memory, u32),
    ) -> Vec<Difference> {
        let places = expectation.diff(observed, memory, Viewer { lifeline, scopes: &[], arrow: 0 });
        places.into_iter().map(|(path, expected, found)| Difference { path, expected, found }).collect()
    }
}
