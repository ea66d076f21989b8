use super::connect::HttpAction;
use super::keys::ECHO;
use super::node::{Node, Shape};
use super::{EchoDraft, Reader};
use crate::wire::pattern::{Hole, Slots};
use serde_json::Value;
use std::sync::Arc;

/// The hole that tells one echo from the next.
const NONCE: &str = "nonce";

impl Reader {
    /// `[echo]`; `false` is none.
    pub fn echo(&mut self, node: &Node) -> Option<Option<EchoDraft>> {
        if let Shape::Scalar(Value::Bool(false)) = node.shape {
            return Some(None);
        }
        let fields = self.fields(node, &ECHO);
        let mut slots = Slots::default();
        if let Some(http) = fields.get("http") {
            if let Some(frame) = fields.key("client").or(fields.key("server")) {
                self.wrong(frame, "an echo is a request (`http`) or a frame (`client` and `server`), not both");
            }
            let action = self.request(http, &mut slots).map(|http| HttpAction::Request(Arc::new(http)));
            return self.http_answer(action, &fields, slots).map(|step| Some(EchoDraft::Http(step)));
        }
        for key in ["status", "headers", "json", "body"] {
            if let Some(at) = fields.key(key) {
                self.wrong_help(
                    at,
                    format!("`{key}` belongs to the answer of a request"),
                    "add `http = { path = \"/…\" }`",
                );
            }
        }
        let client = fields.get("client").map(|node| self.send(node, &mut slots));
        let server = fields.get("server").map(|node| Arc::new(self.frame(node, &mut slots, false)));
        let (Some(client), Some(server)) = (client, server) else {
            self.wrong(node.span, "`echo` needs both `client` and `server`, or `http`");
            return None;
        };
        let nonce = slots.find(NONCE);
        let (mut sent, mut back) = (false, false);
        let is = |hole: &Hole| nonce.is_some() && hole.slot == nonce;
        client.holes(&mut |hole| sent |= is(hole));
        server.holes(&mut |hole| back |= is(hole));
        if back && !sent {
            let help = "write it in `client` too; or in neither, if the answers come in the order of the requests";
            self.wrong_help(node.span, "`{nonce}` is expected in the answer, but not sent", help);
        }
        Some(Some(EchoDraft::Frame { slots, client, server }))
    }
}
