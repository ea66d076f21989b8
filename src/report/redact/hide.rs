//! Every text of a report, wherever it stands.

use super::super::cut;
use crate::diagram::Diagram;
use crate::oracle::{BoundBy, Difference, Finding, Outcome};
use crate::order::Order;
use crate::source::{Source, SourceId, Sources, Span};
use crate::trace::{Aside, Content, Entry, Event};
use crate::wire::{Message, Observed, Raw, Secrets};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// From where to where each source is shown in a report.
#[derive(Default)]
pub(super) struct Shown(BTreeMap<SourceId, Range<usize>>);

impl Shown {
    /// What the spans of a report lie in.
    pub(super) fn of(diagram: &Diagram, order: &Order, outcome: &Outcome) -> Shown {
        let mut shown = Shown::default();
        Diagram::clone(diagram).for_each_span(&mut |span| shown.add(*span));
        let arrows = order.arrows.iter().map(|arrow| arrow.span);
        let fragments = order.fragments.iter().map(|fragment| fragment.span);
        let doubts = outcome.doubts.iter().flat_map(|doubt| &doubt.spans).copied();
        let trouble = outcome.trouble.iter().flat_map(|trouble| &trouble.spans).copied();
        arrows.chain(fragments).chain(doubts).chain(trouble).for_each(|span| shown.add(span));
        shown
    }

    fn add(&mut self, span: Span) {
        // What stands nowhere in a text has this one.
        if span != Span::default() {
            let own = span.range();
            let known = self.0.entry(span.source).or_insert(own.clone());
            *known = known.start.min(own.start)..known.end.max(own.end);
        }
    }

    /// The lines of a text that are shown; none where none is.
    fn lines(&self, id: SourceId, text: &str) -> Option<Range<usize>> {
        let shown = self.0.get(&id)?;
        let (bytes, last) = (text.as_bytes(), text.len());
        let start = bytes[..shown.start.min(last)].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = shown.end.min(last);
        let end = bytes[end..].iter().position(|byte| *byte == b'\n').map_or(last, |at| end + at);
        Some(start..end.max(start))
    }
}

/// As many lines of as many bytes.
fn blanked(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

pub(super) struct Hide<'a>(pub(super) &'a Secrets);

impl Hide<'_> {
    pub(super) fn text(&self, text: &mut String) {
        if let std::borrow::Cow::Owned(hidden) = self.0.redact(text) {
            *text = hidden;
        }
    }

    /// A text of a finding, of which only the begin is shown where it is long.
    fn redact_text(&self, text: &mut String) {
        match cut::is_long(text) {
            true => *text = cut::begun(self.0.begin(text, cut::TEXT), text.len()),
            false => self.text(text),
        }
    }

    /// The same of a value.
    fn redact_value(&self, value: &mut Value) {
        let long = match &*value {
            Value::String(text) => cut::is_long(text).then(|| text.clone()),
            Value::Array(_) | Value::Object(_) => Some(value.to_string()).filter(|text| cut::is_long(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        };
        match long {
            Some(mut text) if !self.0.is_over() => {
                self.redact_text(&mut text);
                *value = text.into();
            }
            Some(_) | None => self.value(value),
        }
    }

    fn shared(&self, text: &mut Arc<str>) {
        if let std::borrow::Cow::Owned(hidden) = self.0.redact(text) {
            *text = hidden.into();
        }
    }

    /// Places are bytes, so that what is hidden keeps its length. What lies outside of the `shown` lines (other diagrams of a page, other
    /// files of a run) is not searched, but blank.
    pub(super) fn sources(&self, sources: &mut Arc<Sources>, shown: &Shown) {
        let mut masked = Sources::new();
        let blank = Source::new("", "");
        for (id, source) in sources.iter() {
            let Some(lines) = shown.lines(id, source.text()) else {
                masked.add(blank.clone());
                continue;
            };
            let (before, text) = source.text().split_at(lines.start);
            let (text, behind) = text.split_at(lines.len());
            let text = [&*blanked(before), &*self.0.mask(text), &*blanked(behind)].concat();
            masked.add(Source::new(self.0.redact(source.name()), text));
        }
        *sources = Arc::new(masked);
    }

    pub(super) fn diagram(&self, diagram: &mut Arc<Diagram>) {
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

    pub(super) fn order(&self, order: &mut Arc<Order>) {
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

    pub(super) fn outcome(&self, outcome: &mut Outcome) {
        outcome.findings.iter_mut().chain(&mut outcome.excused).for_each(|finding| self.finding(finding));
        outcome.doubts.iter_mut().for_each(|doubt| self.text(&mut doubt.text));
        if let Some(trouble) = &mut outcome.trouble {
            self.text(&mut trouble.message);
            trouble.help.iter_mut().for_each(|help| self.text(help));
        }
    }

    fn finding(&self, finding: &mut Finding) {
        self.redact_text(&mut finding.what);
        finding
            .label
            .iter_mut()
            .chain(&mut finding.allow)
            .chain(&mut finding.help)
            .for_each(|text| self.redact_text(text));
        match &mut finding.raw {
            Some(Raw::Text(text)) if cut::is_long(text) && !self.0.is_over() => {
                *text = cut::begun(self.0.begin(text, cut::TEXT), text.len()).into();
            }
            Some(raw) => self.raw(raw),
            None => {}
        }
        for Difference { path, expected, found } in &mut finding.diff {
            self.redact_text(path);
            let differed = expected != found;
            expected.iter_mut().chain(&mut *found).for_each(|value| self.redact_value(value));
            // Two values that are hidden look the same, and are not.
            if differed && expected == found && found.is_some() {
                *found = Some("another value, which is hidden too".into());
            }
        }
        if let Some(BoundBy { name, value, .. }) = &mut finding.bound {
            self.text(name);
            self.redact_value(value);
        }
        finding.consequences.iter_mut().for_each(|finding| self.finding(finding));
    }

    pub(super) fn entry(&self, entry: &mut Entry) {
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

    pub(super) fn aside(&self, aside: &mut Aside) {
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
            without_text(observed);
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
fn without_text(observed: &mut Observed) {
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
