use super::{Binding, Rule};
use crate::order::{Vocabulary, Word};
use crate::wire::Sender;
use crate::wire::file::{Action, ClientDraft, On, ServerDraft};

impl Vocabulary for Binding {
    fn word(&self, label: &str) -> Word {
        let client = self.find(label, Sender::Client);
        let server = self.find(label, Sender::Server);
        match (client, server) {
            // A rule of the binding's own says more than a common spelling of the other side.
            (Some(client), Some(server)) if client.common && !server.common => server_word(server.rule()),
            (Some(client), Some(server)) if client.common == server.common && server.fit.literals > client.fit.literals => {
                server_word(server.rule())
            }
            (Some(client), _) => client_word(client.rule()),
            (None, Some(server)) => server_word(server.rule()),
            (None, None) => Word::Message,
        }
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
            Action::Disconnect | Action::Drop | Action::Close | Action::Closed => Word::End,
            Action::DropEvents | Action::Pause | Action::Resume => Word::Local,
        },
        Some(ClientDraft::Request(_)) => Word::Request,
        Some(ClientDraft::Exchange(_)) | None => Word::Message,
    }
}

fn server_word(rule: &Rule) -> Word {
    match &rule.server {
        // The end of an event stream ends nothing that was connected: another request opens the next.
        Some(ServerDraft::Closed) if rule.on == On::Sse => Word::Message,
        Some(ServerDraft::Close(_) | ServerDraft::Closed) => Word::End,
        Some(ServerDraft::Frame(_)) if rule.on == On::Http => Word::Status,
        Some(ServerDraft::Frame(_)) | None => Word::Message,
    }
}
