use super::{Binding, Rule};
use crate::order::{Receivers, Vocabulary, Word};
use crate::wire::file::{Action, ClientDraft, On, ServerDraft};
use crate::wire::{Party, Resolved, Sender};

/// So many letters may be wrong in a label that is taken for a slip.
const SLIP: usize = 2;

impl Vocabulary for Binding {
    fn word(&self, label: &str) -> Word {
        // A rule of the binding's own says more than a common spelling of the other side, which is not even looked for then:
        // most diagrams never need the table of these.
        let own = (self.core.find(label, Sender::Client), self.core.find(label, Sender::Server));
        let (client, server) = match own {
            (None, None) => (self.find(label, Sender::Client), self.find(label, Sender::Server)),
            (client, server) => (client.map(|fit| self.own(fit)), server.map(|fit| self.own(fit))),
        };
        match (client, server) {
            (Some(client), Some(server)) if server.fit.literals > client.fit.literals => server_word(server.rule()),
            (Some(client), _) => client_word(client.rule()),
            (None, Some(server)) => server_word(server.rule()),
            (None, None) => Word::Message,
        }
    }

    fn implied_connect(&self) -> Option<&str> {
        let implicit = self.core.ways.common().implicit;
        implicit.then_some("WS connect")
    }

    fn is_event(&self, label: &str) -> bool {
        self.find(label, Sender::Server).is_some_and(|found| found.rule().on == On::Sse)
    }

    fn accepts(&self, label: &str) -> bool {
        let own = Party::new("A");
        match self.resolve(label, Sender::Server, &own, &own) {
            Ok(Resolved::Expect(expectation)) => expectation.status() == Some(101),
            Ok(_) | Err(_) => false,
        }
    }

    fn receivers(&self, label: &str) -> Option<Receivers> {
        // No common spelling names a group.
        self.core.find(label, Sender::Server).and_then(|fit| self.own(fit).rule().to)
    }

    fn connect_like(&self, label: &str) -> Option<&str> {
        let label = label.to_lowercase();
        let connects = self.core.rules.iter().filter(|rule| client_word(rule) == Word::Connect);
        let plain = connects.flat_map(|rule| rule.labels.iter().zip(&rule.plain));
        plain
            .filter(|(template, plain)| template.is_literal() && plain.len().abs_diff(label.len()) <= SLIP)
            .map(|(_, plain)| &**plain)
            .find(|plain| plain.len() > 2 * SLIP && strsim::damerau_levenshtein(&plain.to_lowercase(), &label) <= SLIP)
    }

    fn server(&self) -> &[String] {
        &self.core.server
    }

    fn silent(&self) -> &[String] {
        &self.core.silent
    }
}

fn client_word(rule: &Rule) -> Word {
    match &rule.client {
        Some(ClientDraft::Action(action, _)) => match action {
            Action::Connect => Word::Connect,
            Action::Disconnect | Action::Drop | Action::Close | Action::Closed | Action::Ended => Word::End,
            Action::DropEvents | Action::Pause | Action::Resume => Word::Local,
        },
        Some(ClientDraft::Request(_)) => Word::Request,
        Some(ClientDraft::Exchange(_)) | None => Word::Message,
    }
}

fn server_word(rule: &Rule) -> Word {
    match &rule.server {
        // The end of an event stream ends nothing that was connected: another request opens the next.
        Some(ServerDraft::Closed | ServerDraft::Ended) if rule.on == On::Sse => Word::Message,
        Some(ServerDraft::Close(_) | ServerDraft::Closed | ServerDraft::Ended) => Word::End,
        Some(ServerDraft::Frame(_)) if rule.on == On::Http => Word::Status,
        Some(ServerDraft::Frame(_)) | None => Word::Message,
    }
}
