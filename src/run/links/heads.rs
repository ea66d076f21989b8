//! The heads of requests and answers as they pass, for the record.

use crate::net::{HeadLines, HttpRequest, Response, Ticket};
use bytes::Bytes;
use std::cell::RefCell;
use std::rc::Rc;
use tokio::time::Instant;

/// A head that has passed on a connection.
#[derive(Debug)]
pub struct Passed {
    /// On which connection.
    pub ticket: Ticket,
    /// When.
    pub at: Instant,
    /// A request; else an answer.
    pub sent: bool,
    /// Its first line and its fields.
    pub head: HeadLines,
    /// The body of a request.
    pub body: Option<Bytes>,
}

/// Where the heads of one connection are kept until somebody takes them.
#[derive(Clone, Debug)]
pub(super) struct Heads {
    pub ticket: Ticket,
    pub list: Rc<RefCell<Vec<Passed>>>,
}

impl Heads {
    fn keep(&self, sent: bool, head: HeadLines, body: Option<Bytes>) {
        self.list.borrow_mut().push(Passed { ticket: self.ticket, at: Instant::now(), sent, head, body });
    }

    pub(super) fn asked(&self, request: &HttpRequest) {
        self.keep(true, request.head(), request.body.clone());
    }

    /// A handshake: its key is another one every time, and tells nothing.
    pub(super) fn opening(&self, (line, mut fields): HeadLines) {
        fields.push(("Sec-WebSocket-Key".to_owned(), "(random)".to_owned()));
        self.keep(true, (line, fields), None);
    }

    pub(super) fn answered(&self, code: u16, headers: &[(String, String)]) {
        let fields = headers.iter().map(|(name, value)| match &**name {
            "sec-websocket-accept" => (name.clone(), "(derived from the key)".to_owned()),
            _ => (name.clone(), value.clone()),
        });
        self.keep(false, (first_line(code), fields.collect()), None);
    }
}

/// The first line of an answer.
pub fn first_line(code: u16) -> String {
    let reason = http::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
    format!("HTTP/1.1 {code} {}", reason.unwrap_or_default()).trim_end().to_owned()
}

/// The head of an answer.
pub fn head_of(response: &Response) -> HeadLines {
    (first_line(response.code), response.headers.clone())
}
