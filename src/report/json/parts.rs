use crate::trace::Server;
use crate::wire::Raw;
use serde::Serialize;

/// A server that was launched.
#[derive(Serialize)]
pub(super) struct ServerJson {
    command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    before: bool,
    output: String,
}

impl ServerJson {
    pub fn of(server: &Server) -> Self {
        let Server { command, ended, before, client: _, spoken: _, output } = server.clone();
        ServerJson { command, ended, before, output }
    }
}

/// A frame as it passed.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FrameJson {
    Text(String),
    Hex(String),
}

impl FrameJson {
    pub fn of(raw: &Raw) -> Self {
        match raw {
            Raw::Text(text) => FrameJson::Text(text.to_string()),
            Raw::Binary(bytes) => FrameJson::Hex(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }
}
