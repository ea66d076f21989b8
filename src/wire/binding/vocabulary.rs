use super::{Binding, Rule};
use crate::order::{Vocabulary, Word};
use crate::wire::file::{Action, ClientDraft, On, ServerDraft};

impl Vocabulary for Binding {
    fn word(&self, label: &str) -> Word {
        let core = &*self.core;
        let template = |rule: usize, label: usize| &core.rules[rule].labels[label];
        let client = core.from_client.find(label, template);
        let server = core.from_server.find(label, template);
        match (client, server) {
            (Some(client), Some(server)) if server.literals > client.literals => server_word(&core.rules[server.rule]),
            (Some(client), _) => client_word(&core.rules[client.rule]),
            (None, Some(server)) => server_word(&core.rules[server.rule]),
            (None, None) => Word::Message,
        }
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
