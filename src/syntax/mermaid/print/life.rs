//! Participants: declared, created, active, ended.

use super::super::disguise::Disguise;
use super::super::text::print_text;
use super::{Printer, name};
use crate::diagram::{Item, Lifecycle, ParticipantId, ParticipantKind};
use crate::source::Span;

impl Printer<'_> {
    pub(super) fn name(&self, id: ParticipantId) -> &str {
        self.names.get(id.0 as usize).map_or("", String::as_str)
    }

    /// These participants are about to be mentioned, in this order: others that stand before them are declared first,
    /// so that the order of lifelines stays.
    pub(super) fn before(&mut self, mentioned: &[ParticipantId], at: Span) {
        for &id in mentioned {
            let index = id.0 as usize;
            if self.seen.get(index).copied().unwrap_or(true) {
                continue;
            }
            for other in 0..index {
                if !self.seen[other] {
                    self.declare_early(ParticipantId(u32::try_from(other).unwrap_or(0)), at);
                }
            }
            self.seen[index] = true;
        }
    }

    fn declare_early(&mut self, id: ParticipantId, at: Span) {
        let index = id.0 as usize;
        self.seen[index] = true;
        self.declared[index] = true;
        let line = self.declaration(id, false);
        self.line(&line);
        let known = &self.diagram.participant(id).id;
        self.out.lose(at, format!("`{known}` is declared here, so that the order of lifelines stays"), None);
    }

    /// What no statement that was printed speaks of.
    pub(super) fn unseen(&mut self) {
        for index in 0..self.seen.len() {
            if !self.seen[index] {
                let id = ParticipantId(u32::try_from(index).unwrap_or(0));
                self.declare_early(id, self.diagram.participant(id).span);
            }
        }
    }

    /// `participant A as Alice`
    pub(super) fn declare(&mut self, id: ParticipantId) {
        let index = id.0 as usize;
        if self.declared[index] {
            return;
        }
        // Declared again it is as it was, and needs no label for Mermaid to look at it.
        let again = std::mem::replace(&mut self.written[index], true);
        let known = self.seen[index] && !again;
        self.before(&[id], self.diagram.participant(id).span);
        let line = self.declaration(id, known);
        self.line(&line);
    }

    /// The declaration; where the lifeline is `known` before it, Mermaid looks at it only if there is a label.
    fn declaration(&mut self, id: ParticipantId, known: bool) -> String {
        let participant = self.diagram.participant(id);
        let (mut settings, mut word) = (String::new(), "participant");
        match participant.kind {
            ParticipantKind::Participant => {}
            ParticipantKind::Actor => word = "actor",
            ParticipantKind::Cloud => {
                self.line(&format!("%%@ as {}", Disguise::Kind(ParticipantKind::Cloud).print()));
                self.out.lose(participant.span, "Mermaid has no symbol of a cloud", Some("a box"));
            }
            kind if name::needs_settings(kind) => settings = format!("@{{ \"type\": \"{}\" }}", kind.keyword()),
            _ => {}
        }
        let wrap = participant.style.as_deref().filter(|style| is_wrap(style));
        if participant.style.is_some() && wrap.is_none() {
            self.out.lose(participant.span, "Mermaid has no colours for participants", None);
        }
        let plain = participant.kind == ParticipantKind::Participant;
        let label = participant.label.as_deref().or((known && !plain).then_some(participant.id.as_str()));
        let label = label.map_or_else(String::new, |label| {
            let wrap = wrap.map_or_else(String::new, |wrap| format!("{wrap}:"));
            format!(" as {wrap}{}", print_text(label))
        });
        format!("{word} {}{settings}{label}", self.name(id))
    }

    pub(super) fn lifecycle(&mut self, id: ParticipantId, change: Lifecycle, after: &[Item], at: Span) {
        let (index, name) = (id.0 as usize, self.name(id).to_owned());
        match change {
            Lifecycle::Activate => {
                self.active[index] += 1;
                self.line(&format!("activate {name}"));
            }
            Lifecycle::Deactivate if self.active[index] > 0 => {
                self.active[index] -= 1;
                self.line(&format!("deactivate {name}"));
            }
            Lifecycle::Deactivate => {
                self.remark(
                    &format!("deactivate {name}"),
                    at,
                    "Mermaid cannot deactivate a lifeline that is not active",
                );
            }
            Lifecycle::Create(_) => self.create(id, self.creates_next(id, after), at),
            Lifecycle::DestroyAfter => {
                let due = self.destroys_next(id, after);
                self.destroy(id, due, at);
            }
            // The arrow above took it along, where it could.
            Lifecycle::Destroy => {
                if !self.ended.contains(&id) {
                    self.destroy(id, false, at);
                }
            }
        }
    }

    /// `create participant A` before the message to it.
    pub(super) fn create(&mut self, id: ParticipantId, due: bool, at: Span) {
        if self.seen[id.0 as usize] || !due {
            let why = if due {
                "Mermaid cannot create a lifeline that already exists"
            } else {
                "Mermaid creates a lifeline with a message"
            };
            self.remark(&format!("create {}", self.name(id)), at, why);
            return;
        }
        self.before(&[id], at);
        let line = self.declaration(id, false);
        self.line(&format!("create {line}"));
        self.creating = Some(id);
    }

    /// `destroy A` before the message that ends it.
    pub(super) fn destroy(&mut self, id: ParticipantId, due: bool, at: Span) {
        let line = format!("destroy {}", self.name(id));
        if due {
            self.ending = true;
            self.line(&line);
        } else {
            self.remark(&line, at, "Mermaid ends a lifeline with one message, from it or to it");
        }
    }
}

/// Whether a style says only how a text is broken into lines.
pub(super) fn is_wrap(style: &str) -> bool {
    matches!(style, "wrap" | "nowrap")
}
