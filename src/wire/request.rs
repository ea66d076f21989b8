use super::binding::Values;
use super::context::{Context, Party, is_at, rooted, with_scheme};
use super::expectation::{Expectation, Watch, fill};
use super::file::{Address, Body, HttpPattern};
use super::outgoing::Source;
use super::pattern::build::{BuildError, Building};
use super::pattern::bytes::to_bytes;
use super::pattern::diff;
use super::pattern::lock::canonical;
use super::pattern::matching::Matching;
use super::pattern::{Given, Pattern, Slots, Template, hole_texts, names, value_text};
use super::{Bind, Channel, Memory, Viewer};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// An HTTP request of a client.
#[derive(Clone, Debug)]
pub struct Request(Arc<Plan>);

#[derive(Debug)]
struct Plan {
    slots: Arc<Slots>,
    http: Arc<HttpPattern>,
    given: Vec<Option<Given>>,
    values: Arc<Values>,
    own: Party,
    peer: Party,
    events: bool,
    /// How often it is made again, until its answer is this.
    repeat: Option<(Duration, Expectation)>,
}

/// An HTTP request with values.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltRequest {
    /// `GET` and the like.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Headers, names in lower case; `content-type` is among them where there is a body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The body, where it is a message of the codec: [`super::Session::body`] makes bytes of it.
    pub message: Option<Value>,
    /// What is fixed by sending.
    pub binds: Vec<Bind>,
}

impl Request {
    /// What its label says of its holes, as text: each hole with its value.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&Arc<str>, &str)> {
        self.0.slots.0.iter().zip(&self.0.given).filter_map(|(slot, given)| match given {
            Some(Given::Text(text)) => Some((&slot.name, &**text)),
            Some(Given::Value(_) | Given::Name(_) | Given::Glob(_)) | None => None,
        })
    }

    pub(super) fn new(
        slots: Arc<Slots>,
        http: Arc<HttpPattern>,
        given: Vec<Option<Given>>,
        values: Arc<Values>,
        (own, peer): (&Party, &Party),
        events: bool,
    ) -> Self {
        let (own, peer) = (own.clone(), peer.clone());
        Request(Arc::new(Plan { slots, http, given, values, own, peer, events, repeat: None }))
    }

    /// The same, made again until its answer is this.
    pub(super) fn repeated(self, label: &str, every: Duration, until: &Arc<Pattern>) -> Self {
        let plan = &self.0;
        let (slots, own, peer) = (plan.slots.clone(), &plan.own, &plan.peer);
        let mut wanted = Expectation::plain(Watch::Status, slots, until.clone(), &plan.values, own, peer);
        wanted.fix(&label.into(), &[], &plan.given);
        match Arc::try_unwrap(self.0) {
            Ok(plan) => Request(Arc::new(Plan { repeat: Some((every, wanted)), ..plan })),
            // It has just been made, and nobody else has it.
            Err(plan) => Request(plan),
        }
    }

    /// How often it is made again, and until what is answered.
    pub fn repeats(&self) -> Option<(Duration, &Expectation)> {
        self.0.repeat.as_ref().map(|(every, until)| (*every, until))
    }

    /// Whether it opens an event stream ([`Channel::Events`]) or not ([`Channel::Http`]).
    pub fn channel(&self) -> Channel {
        if self.0.events { Channel::Events } else { Channel::Http }
    }

    /// What its label says of its holes, letters and names of the diagram.
    pub(super) fn hole_texts(&self) -> impl Iterator<Item = &str> {
        hole_texts(&self.0.given)
    }

    /// Method, address and body, a line each, with open holes as they are written.
    pub(super) fn outline(&self) -> Vec<String> {
        let plan = &self.0;
        let mut given = plan.given.clone();
        fill(&mut given, &plan.slots, &plan.values, &plan.own, &plan.peer);
        let mut reading = Matching::new(&plan.slots, &given, None);
        reading.secrets = Some(&plan.values.secrets);
        let text = |template: &Template| diff::text(template, &reading);
        let address = match &plan.http.address {
            Address::Path(template) | Address::Url(template) => text(template),
        };
        let mut lines = vec![format!("{} {address}", text(&plan.http.method))];
        match &plan.http.body {
            Body::Empty => {}
            Body::Json(pattern) => lines.push(canonical(&diff::expected(pattern, &reading)).to_string()),
            Body::Form(fields) => {
                let field = |(name, value): &(String, Template)| format!("{name}={}", text(value));
                lines.push(fields.iter().map(field).collect::<Vec<_>>().join("&"));
            }
            Body::Message(pattern) => lines.push(canonical(&diff::expected(pattern, &reading)).to_string()),
            Body::Plain(pattern) => lines.push(value_text(&diff::expected(pattern, &reading))),
        }
        lines
    }

    /// The names of the diagram that it uses, each with its hole.
    pub fn names(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        names(&self.0.given, &self.0.slots)
    }

    /// The request with values.
    ///
    /// # Errors
    /// A hole has no value, or one that a filter cannot take.
    pub fn build(
        &self,
        memory: &Memory,
        viewer: Viewer<'_>,
        context: &mut Context<'_>,
    ) -> Result<BuiltRequest, BuildError> {
        let plan = &*self.0;
        let target = context.target;
        let base = with_scheme(target, ["http", "https"]);
        let mut source =
            Source::new(&plan.slots, &plan.given, &plan.values, (&plan.own, &plan.peer), memory, viewer, context);
        let mut ask = |slot| source.value(slot);
        let mut building = Building::new(&plan.slots, &mut ask, Some(&plan.values.secrets));
        let method = building.text(&plan.http.method)?.to_uppercase();
        let url = match &plan.http.address {
            Address::Path(path) => format!("{base}{}", building.text(path)?),
            Address::Url(url) => building.text(url)?,
        };
        let url = rooted(url);
        if !plan.values.abroad && !is_at(&url, target) {
            return Err(BuildError::Abroad { url });
        }
        let mut headers = building.texts(&plan.http.headers)?;
        plan.values.secrets.headers(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut message = None;
        let (body, kind) = match &plan.http.body {
            Body::Message(pattern) => {
                message = Some(building.value(pattern)?);
                (None, Some("application/octet-stream"))
            }
            Body::Empty => (None, None),
            Body::Json(pattern) => (Some(building.value(pattern)?.to_string().into_bytes()), Some("application/json")),
            Body::Plain(pattern) => {
                let value = building.value(pattern)?;
                match to_bytes(&value) {
                    Some(bytes) => (Some(bytes), Some("application/octet-stream")),
                    None => (Some(value_text(&value).into_bytes()), Some("text/plain; charset=utf-8")),
                }
            }
            Body::Form(fields) => {
                let form = form_urlencoded(&building.texts(fields)?);
                (Some(form.into_bytes()), Some("application/x-www-form-urlencoded"))
            }
        };
        if let Some(kind) = kind
            && !headers.iter().any(|(name, _)| name == "content-type")
        {
            headers.push(("content-type".to_owned(), kind.to_owned()));
        }
        Ok(BuiltRequest { method, url, headers, body, message, binds: source.binds() })
    }
}

/// Names and values as a form or a query has them.
pub(super) fn form_urlencoded(fields: &[(String, String)]) -> String {
    let field = |(name, value): &(String, String)| format!("{}={}", form_word(name), form_word(value));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

fn form_word(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
