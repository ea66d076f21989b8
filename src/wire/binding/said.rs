//! What a diagram draws of that which a binding otherwise does by itself.

use super::{Binding, Values};
use crate::wire::Sender;
use crate::wire::context::Party;
use crate::wire::file::ServerDraft;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is drawn, and so neither said nor taken beside the diagram.
#[derive(Clone, Debug, Default)]
pub(in crate::wire) struct Said {
    /// Participants whose preamble the diagram draws.
    pub greeting: BTreeSet<String>,
    /// Which of `[[ignore]]` and of `[[auto]]` (`undrawn = true`) have frames that the diagram draws.
    pub ignored: BTreeSet<usize>,
    pub answered: BTreeSet<usize>,
}

impl Binding {
    /// For a diagram with these labels, each with the id of the participant who says it.
    #[must_use]
    pub fn said<'d>(&self, labels: impl IntoIterator<Item = (&'d str, &'d str)>) -> Binding {
        let core = &*self.core;
        let greets = core.ways.iter().any(|connect| !connect.unless.is_empty());
        let ignored = || core.ignore.iter().enumerate().filter(|(_, ignore)| ignore.undrawn);
        let answered = || core.auto.iter().enumerate().filter(|(_, auto)| auto.undrawn);
        if !greets && ignored().next().is_none() && answered().next().is_none() {
            return self.clone();
        }
        let mut said = Said::default();
        let nobody = Party::new("");
        for (own, label) in labels {
            if let Ok((rule, _)) = self.labelled(label, Sender::Client) {
                let unless = &core.ways.get(core.ways.find(None, own)).unless;
                if unless.iter().any(|(label, _)| rule.plain.iter().any(|plain| **plain == **label)) {
                    said.greeting.insert(own.to_owned());
                }
            }
            let Ok((rule, given)) = self.labelled(label, Sender::Server) else { continue };
            let Some(ServerDraft::Frame(_)) = rule.server else { continue };
            let drawn = self.expected(label, rule, given, &nobody, &nobody);
            let ignored = ignored().filter(|(_, ignore)| ignore.on == rule.on);
            said.ignored
                .extend(ignored.filter(|(_, ignore)| drawn.is_always(&ignore.frame, &ignore.slots)).map(|(at, _)| at));
            said.answered
                .extend(answered().filter(|(_, auto)| drawn.is_always(&auto.receive, &auto.slots)).map(|(at, _)| at));
        }
        Binding { core: self.core.clone(), values: Arc::new(Values { said, ..(*self.values).clone() }) }
    }
}
