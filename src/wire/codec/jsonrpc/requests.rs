//! The requests of a side of a connection: which of them an answer is for.

use crate::wire::pattern::open_eq;
use serde_json::Value;
use std::collections::VecDeque;

/// The requests of one side, in the order in which they were said.
#[derive(Default)]
pub(super) struct Requests {
    open: VecDeque<Request>,
    answered: VecDeque<Request>,
}

struct Request {
    id: Value,
    /// Its method, and its params where it has any.
    said: Value,
}

/// So many requests of a connection may be open.
pub(super) const OPEN: usize = 4_096;
/// So many that were answered are known.
const ANSWERED: usize = 1_024;
/// So many open requests are named where an answer is for none of them.
const NAMED: usize = 3;
impl Requests {
    pub(super) fn ask(&mut self, id: Value, said: Value) -> Result<(), String> {
        if self.open.len() >= OPEN {
            return Err(format!("more than {OPEN} open requests"));
        }
        self.open.push_back(Request { id, said });
        Ok(())
    }

    pub(super) fn is_open(&self, id: &Value) -> bool {
        self.open.iter().any(|request| request.id == *id)
    }

    /// An open request is answered.
    fn close(&mut self, at: usize) -> Option<&Request> {
        let request = self.open.remove(at)?;
        if self.answered.len() >= ANSWERED {
            self.answered.pop_front();
        }
        self.answered.push_back(request);
        self.answered.back()
    }

    /// The request that an answer of the other side is for.
    pub(super) fn answer(&mut self, id: &Value) -> Result<Value, String> {
        // An id may be used again after it was answered.
        let open = self.open.iter().position(|request| request.id == *id);
        match open.and_then(|at| self.close(at)) {
            Some(request) => Ok(request.said.clone()),
            None => Err(self.unasked(id)),
        }
    }

    /// Why there is no open request with this id.
    fn unasked(&self, id: &Value) -> String {
        if let Some(request) = self.answered.iter().rev().find(|request| request.id == *id) {
            return format!("a second answer to the request {id} ({})", request.method());
        }
        let text = |id: &Value| id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        if let Some(Request { id: asked, .. }) = self.open.iter().find(|request| text(&request.id) == text(id)) {
            let kind = |id: &Value| if id.is_string() { "a string" } else { "a number" };
            return format!(
                "an answer with the id {id} ({}), but the request has the id {asked} ({})",
                kind(id),
                kind(asked)
            );
        }
        let named = self.open.iter().take(NAMED).map(|request| format!("{} ({})", request.id, request.method()));
        let named = named.collect::<Vec<_>>().join(", ");
        let open = match self.open.len() {
            0 => "no request is open".to_owned(),
            1 => format!("the open request is {named}"),
            all if all <= NAMED => format!("the open requests are {named}"),
            all => format!("the open requests are {named} and {} more", all - NAMED),
        };
        format!("an answer with the unknown id {id}: {open}")
    }

    /// The id of the request that an answer of this side is for: the oldest that is open and fits. An answer that is said
    /// once more has the id of the last that fits.
    pub(super) fn answering(&mut self, id: Option<&Value>, wanted: &Value) -> Result<Value, String> {
        let fits = |request: &Request| open_eq(wanted, &request.said);
        let open = match id {
            Some(id) => self.open.iter().position(|request| request.id == *id),
            None => self.open.iter().position(fits),
        };
        let open = open.and_then(|at| self.close(at)).map(|request| request.id.clone());
        // Whatever id the binding writes is sent, also where nobody has asked.
        let known = id.cloned().or(open);
        let last = || self.answered.iter().rev().find(|request| fits(request)).map(|request| request.id.clone());
        known.or_else(last).ok_or_else(|| format!("there is no request {wanted} that this could answer"))
    }
}

impl Request {
    fn method(&self) -> &str {
        self.said.get("method").and_then(Value::as_str).unwrap_or_default()
    }
}
