//! Taking secrets out, in one place: whatever is told of a run went through here before any format saw it.
//!
//! A format may wrap, cut, escape or draw a text, so that a secret could no longer be found in what it makes. Here
//! texts are still whole.

use super::cut::{self, cut};
use super::run::{Run, ScenarioReport, WireDifference};
use crate::diagram::Diagram;
use crate::oracle::{BoundBy, Difference, Finding, Outcome};
use crate::order::Order;
use crate::source::{Source, Sources};
use crate::trace::{Aside, Content, Entry, Event};
use crate::wire::{Message, Observed, Raw, Secrets, header_shown};
use serde_json::Value;
use std::sync::Arc;

impl Run {
    /// The run without the secrets.
    #[must_use]
    pub fn redacted(mut self, secrets: &Secrets) -> Run {
        if secrets.is_empty() {
            return self;
        }
        let scenarios =
            std::mem::take(&mut self.scenarios).into_iter().map(|report| report.redacted(secrets)).collect();
        let about = self.about.as_deref().map(|about| secrets.redact(about).into_owned());
        Run { scenarios, place: secrets.redact(&self.place).into_owned(), about, ..self }
    }
}

impl ScenarioReport {
    /// The report without the secrets: names, texts of the diagram, findings, frames, notes. Doing it again changes
    /// nothing. What findings say of large frames is cut.
    #[must_use]
    pub fn redacted(mut self, secrets: &Secrets) -> ScenarioReport {
        // What proves who somebody is, whether it is known or not.
        self.trace.iter_mut().for_each(credentials);
        for aside in &mut self.asides {
            match &mut aside.content {
                Content::Head(head, _) => shown_fields(&mut head.fields),
                Content::Observed(observed) => fields_of(observed),
                Content::Frame(_) | Content::Left(_) => {}
            }
        }
        self.outcome.findings.iter_mut().chain(&mut self.outcome.excused).for_each(shown_headers);
        if secrets.is_empty() {
            cut(&mut self.outcome);
            return self;
        }
        let hide = Hide(secrets);
        let texts = [&mut self.name, &mut self.path, &mut self.again];
        texts
            .into_iter()
            .chain(&mut self.tags)
            .chain(&mut self.notes)
            .chain(&mut self.tries)
            .for_each(|text| hide.text(text));
        self.skipped.iter_mut().chain(&mut self.kept).for_each(|text| hide.text(text));
        self.servers
            .iter_mut()
            .flat_map(|server| [&mut server.command, &mut server.output])
            .for_each(|text| hide.text(text));
        if let Some(WireDifference { file, diff }) = &mut self.wire {
            hide.text(file);
            diff.iter_mut().for_each(|(_, text)| hide.text(text));
        }
        hide.sources(&mut self.sources);
        hide.diagram(&mut self.diagram);
        hide.order(&mut self.order);
        hide.outcome(&mut self.outcome);
        self.trace.iter_mut().for_each(|entry| hide.entry(entry));
        self.asides.iter_mut().for_each(|aside| hide.aside(aside));
        cut(&mut self.outcome);
        self
    }
}

/// Hides credentials and cookies in the headers of an answer, a handshake or a request.
fn credentials(entry: &mut Entry) {
    if let Event::Received { observed, .. } = &mut entry.event {
        fields_of(observed);
    }
}

fn fields_of(observed: &mut Observed) {
    if let Observed::Status { headers, .. } | Observed::Dialled { headers, .. } | Observed::Asked { headers, .. } =
        observed
    {
        shown_fields(headers);
    }
}

fn shown_fields(fields: &mut [(String, String)]) {
    for (name, value) in fields {
        if let Some(shown) = header_shown(name, value) {
            *value = shown;
        }
    }
}

/// The same in what a finding says of headers.
fn shown_headers(finding: &mut Finding) {
    for Difference { path, expected, found } in &mut finding.diff {
        let Some(name) = path.strip_prefix("headers.") else { continue };
        for value in expected.iter_mut().chain(found) {
            if let Some(shown) = value.as_str().and_then(|text| header_shown(name, text)) {
                *value = shown.into();
            }
        }
    }
    finding.consequences.iter_mut().for_each(shown_headers);
}

struct Hide<'a>(&'a Secrets);

impl Hide<'_> {
    fn text(&self, text: &mut String) {
        if let std::borrow::Cow::Owned(hidden) = self.0.redact(text) {
            *text = hidden;
        }
    }

    /// A text of a finding, of which only the begin is shown where it is long.
    fn told(&self, text: &str) -> Option<String> {
        if self.0.is_over() || text.len() <= cut::AHEAD {
            return None;
        }
        let mut told = self.0.redact(cut::begin(text, cut::AHEAD)).into_owned();
        cut::shorten(&mut told, text.len());
        Some(told)
    }

    fn shared(&self, text: &mut Arc<str>) {
        if let std::borrow::Cow::Owned(hidden) = self.0.redact(text) {
            *text = hidden.into();
        }
    }

    /// Places are bytes, so that what is hidden keeps its length.
    fn sources(&self, sources: &mut Arc<Sources>) {
        if !sources.iter().any(|(_, source)| self.0.mask(source.text()) != source.text()) {
            return;
        }
        let mut masked = Sources::new();
        for (_, source) in sources.iter() {
            masked.add(Source::new(self.0.redact(source.name()), self.0.mask(source.text())));
        }
        *sources = Arc::new(masked);
    }

    fn diagram(&self, diagram: &mut Arc<Diagram>) {
        let mut copy = Diagram::clone(diagram);
        let mut found = false;
        copy.for_each_text(&mut |text| {
            if let std::borrow::Cow::Owned(hidden) = self.0.redact(text) {
                *text = hidden;
                found = true;
            }
        });
        if found {
            *diagram = Arc::new(copy);
        }
    }

    fn order(&self, order: &mut Arc<Order>) {
        let texts = |order: &Order| {
            let names = order.lifelines.iter().flat_map(|lifeline| [&lifeline.name, &lifeline.label]).cloned();
            let labels = order.arrows.iter().map(|arrow| arrow.label.clone());
            let said = order.arrows.iter().flat_map(|arrow| {
                let quote = arrow.traits.quote.iter().flat_map(|(text, source)| [text, source]);
                arrow.traits.known_failure.iter().chain(quote).cloned().collect::<Vec<_>>()
            });
            let operands = order.fragments.iter().flat_map(|fragment| &fragment.operands);
            let guards = operands.map(|operand| operand.guard.clone());
            names.chain(labels).chain(said).chain(guards).any(|text| *self.0.redact(&text) != *text)
        };
        if !texts(order) {
            return;
        }
        let order = Arc::make_mut(order);
        for lifeline in &mut order.lifelines {
            self.shared(&mut lifeline.name);
            self.shared(&mut lifeline.label);
        }
        for arrow in &mut order.arrows {
            self.shared(&mut arrow.label);
            arrow.traits.known_failure.iter_mut().for_each(|text| self.shared(text));
            if let Some((text, source)) = &mut arrow.traits.quote {
                self.shared(text);
                self.shared(source);
            }
        }
        for operand in order.fragments.iter_mut().flat_map(|fragment| &mut fragment.operands) {
            self.shared(&mut operand.guard);
        }
    }

    fn outcome(&self, outcome: &mut Outcome) {
        outcome.findings.iter_mut().chain(&mut outcome.excused).for_each(|finding| self.finding(finding));
        outcome.doubts.iter_mut().for_each(|doubt| self.text(&mut doubt.text));
        if let Some(trouble) = &mut outcome.trouble {
            self.text(&mut trouble.message);
            trouble.help.iter_mut().for_each(|help| self.text(help));
        }
    }

    fn finding(&self, finding: &mut Finding) {
        self.text(&mut finding.what);
        finding.label.iter_mut().chain(&mut finding.allow).chain(&mut finding.help).for_each(|text| self.text(text));
        if let Some(raw) = &mut finding.raw {
            let told = if let Raw::Text(text) = raw { self.told(text) } else { None };
            match told {
                Some(told) => *raw = Raw::Text(told.into()),
                None => self.raw(raw),
            }
        }
        for Difference { path, expected, found } in &mut finding.diff {
            self.text(path);
            for value in expected.iter_mut().chain(found) {
                match value.as_str().and_then(|text| self.told(text)) {
                    Some(told) => *value = told.into(),
                    None => self.value(value),
                }
            }
        }
        if let Some(BoundBy { name, value, .. }) = &mut finding.bound {
            self.text(name);
            self.value(value);
        }
        finding.consequences.iter_mut().for_each(|finding| self.finding(finding));
    }

    fn entry(&self, entry: &mut Entry) {
        match &mut entry.event {
            Event::Sent { label, raw, .. } => {
                self.shared(label);
                raw.iter_mut().for_each(|raw| self.raw(raw));
            }
            Event::Received { observed, .. } => self.observed(observed),
            Event::Learned { value, .. } => self.value(value),
            Event::Done { .. } | Event::Echoed { .. } | Event::Quiet { .. } | Event::Chose { .. } | Event::Frozen => {}
        }
    }

    fn aside(&self, aside: &mut Aside) {
        match &mut aside.content {
            Content::Head(head, body) => {
                self.text(&mut head.line);
                self.fields(&mut head.fields);
                body.iter_mut().for_each(|body| self.raw(body));
            }
            Content::Frame(raw) => self.raw(raw),
            Content::Observed(observed) => self.observed(observed),
            Content::Left(_) => {}
        }
    }

    /// Names too: a server may put what it was given anywhere.
    fn fields(&self, fields: &mut [(String, String)]) {
        fields.iter_mut().flat_map(|(name, value)| [name, value]).for_each(|text| self.text(text));
    }

    fn observed(&self, observed: &mut Observed) {
        if self.0.is_over() {
            unsaid(observed);
        }
        match observed {
            Observed::Message(Message { value, raw }) => {
                self.meaning(value);
                self.raw(raw);
            }
            Observed::Garbled { raw, why } => {
                self.raw(raw);
                self.text(why);
            }
            Observed::Status { headers, body, .. } => {
                self.fields(headers);
                self.meaning(body);
            }
            Observed::Event { event, id, data } => {
                [event, data].into_iter().chain(id).for_each(|text| self.text(text));
            }
            Observed::Dialled { url, headers } => {
                self.text(url);
                self.fields(headers);
            }
            Observed::Asked { method, url, headers, body } => {
                [method, url].into_iter().for_each(|text| self.text(text));
                self.fields(headers);
                self.meaning(body);
            }
            Observed::Close { reason, .. } => self.text(reason),
            Observed::End { how } => self.text(how),
        }
    }

    /// The bytes, and what of them is text.
    fn raw(&self, raw: &mut Raw) {
        if self.0.is_over() {
            *raw = Raw::Text(Secrets::HIDDEN.into());
            return;
        }
        match raw {
            Raw::Text(text) => self.shared(text),
            Raw::Binary(bytes) => {
                let hidden = |text: &str| match self.0.redact(text) {
                    std::borrow::Cow::Owned(hidden) => Some(Raw::Text(hidden.into())),
                    std::borrow::Cow::Borrowed(_) => None,
                };
                let seen = hidden(&String::from_utf8_lossy(bytes));
                // Outputs show the bytes in hexadecimal: two of them may be a letter.
                if let Some(hidden) = seen.or_else(|| hidden(&raw.to_string())) {
                    *raw = hidden;
                }
            }
        }
    }

    fn meaning(&self, value: &mut Arc<Value>) {
        if let Some(alone) = Arc::get_mut(value) {
            return self.value(alone);
        }
        let mut copy = Value::clone(value);
        self.value(&mut copy);
        if copy != **value {
            *value = Arc::new(copy);
        }
    }

    fn value(&self, value: &mut Value) {
        if self.0.is_over() {
            *value = Secrets::HIDDEN.into();
            return;
        }
        match value {
            Value::String(text) => self.text(text),
            Value::Number(number) => {
                let text = number.to_string();
                if *self.0.redact(&text) != *text {
                    *value = self.0.redact(&text).into();
                }
            }
            // Bytes one by one.
            Value::Array(items) if is_listed(items) && self.0.are_in(&Value::Array(items.clone()).to_string()) => {
                *value = Secrets::HIDDEN.into();
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(map) => {
                map.values_mut().for_each(|item| self.value(item));
                if map.keys().any(|name| *self.0.redact(name) != **name) {
                    let members = std::mem::take(map).into_iter();
                    *map = members.map(|(name, item)| (self.0.redact(&name).into_owned(), item)).collect();
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// Whether a list may be one of bytes.
fn is_listed(items: &[Value]) -> bool {
    let byte = |item: &Value| match item {
        Value::Number(number) => number.as_u64().is_some_and(|number| number < 256),
        Value::String(text) => text.len() <= 4,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    };
    items.len() > 1 && items.iter().all(byte)
}

/// What was observed without any text of it.
fn unsaid(observed: &mut Observed) {
    let hide = |text: &mut String| Secrets::HIDDEN.clone_into(text);
    match observed {
        // Its values and its bytes are hidden as such.
        Observed::Message(_) | Observed::End { .. } => {}
        Observed::Garbled { why, .. } => hide(why),
        Observed::Status { headers, .. } => headers.iter_mut().flat_map(|(name, value)| [name, value]).for_each(hide),
        Observed::Event { event, id, data } => [event, data].into_iter().chain(id).for_each(hide),
        Observed::Dialled { url, headers } | Observed::Asked { url, headers, .. } => {
            hide(url);
            headers.iter_mut().flat_map(|(name, value)| [name, value]).for_each(hide);
        }
        Observed::Close { reason, .. } => hide(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Format;
    use crate::report::fixture::{CHAT, finding, passed, twice};
    use crate::report::text::{Style, Verbosity};
    use crate::trace::Server;

    const SECRET: &str = "correct-horse-battery-staple-correct-horse-battery-staple";

    /// A report that holds the secret wherever one could come to stand.
    fn leaky() -> ScenarioReport {
        let text = CHAT.replace("Hello Alice!", SECRET).replace("Chat Server", SECRET);
        let mut report = passed(&text);
        let secret = || SECRET.to_owned();
        report.verdict = crate::oracle::Verdict::Fail;
        report.outcome = twice().outcome;
        let root = &mut report.outcome.findings[0];
        root.what = format!("Alice got {SECRET}");
        root.label = Some(secret());
        root.raw = Some(Raw::Text(format!(r#"{{"a":"{SECRET}"}}"#).into()));
        root.diff = vec![Difference { path: secret(), expected: Some(SECRET.into()), found: None }];
        root.allow = Some(secret());
        root.help = vec![secret()];
        root.consequences = vec![finding(crate::oracle::Class::Missing, 9, 1, SECRET)];
        let (command, output) = (secret(), format!("a\n{SECRET}\n"));
        report.servers = vec![Server {
            command,
            output,
            ended: Some("exit status: 3".to_owned()),
            before: false,
            client: false,
            spoken: false,
        }];
        report.trace = vec![
            Entry {
                at: crate::trace::Moment(1),
                event: Event::Sent {
                    lifeline: 0,
                    to: 2,
                    channel: crate::wire::Channel::Socket,
                    arrow: 0,
                    label: SECRET.into(),
                    raw: vec![Raw::Binary(SECRET.as_bytes().into()), Raw::Text(SECRET.into())],
                },
            },
            Entry {
                at: crate::trace::Moment(2),
                event: Event::Received {
                    lifeline: 0,
                    from: 2,
                    channel: crate::wire::Channel::Http,
                    observed: Observed::Status {
                        code: 200,
                        headers: vec![("set-cookie".to_owned(), secret())],
                        body: Arc::new(serde_json::json!({ SECRET: [SECRET] })),
                    },
                },
            },
        ];
        (report.notes, report.tags, report.kept) = (vec![secret()], vec![secret()], Some(secret()));
        (report.name, report.again) = (secret(), format!("seqcheck --var token={SECRET}"));
        report.wire = Some(WireDifference { file: secret(), diff: vec![('+', secret())] });
        report
    }

    #[test]
    fn no_format_shows_a_secret_whole_or_in_pieces() {
        let secrets = Secrets::default();
        secrets.add(SECRET);
        let run = Run { scenarios: vec![leaky()], place: format!("against ws://{SECRET}"), ..Run::default() };
        let style = Style { verbosity: Verbosity::Verbose, width: 40, ..Style::default() };
        let hidden = run.clone().redacted(&secrets);
        for &(format, name, _) in Format::ALL {
            let shown = |run: &Run| {
                let bytes = format.render(run, &style).expect("a report");
                let text = String::from_utf8_lossy(&bytes).into_owned();
                ["correct", "horse", "battery", "staple"].into_iter().any(|part| text.contains(part))
            };
            assert!(!shown(&hidden), "{name} shows a part of it");
            let pixels = !format.is_text();
            assert!(pixels || shown(&run), "{name} would have shown it");
        }
        let log = crate::report::wirelog::text(&hidden.scenarios[0]);
        assert!(!log.contains("horse") && log.contains("***"), "{log}");
        let line = hidden.scenarios[0].sources.iter().next().map(|(_, source)| source.line(13).to_owned());
        assert_eq!(line.as_deref(), Some(&*format!("Bob->Server: message: {}", "*".repeat(SECRET.len()))));
    }
}
