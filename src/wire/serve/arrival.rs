//! `[connect]` read backwards: who dials.

use super::pattern::{headers, kept, offers, path_of, with_query};
use crate::wire::binding::{Binding, Rule};
use crate::wire::context::Party;
use crate::wire::expectation::{Arrival, Expectation, Watch, fill};
use crate::wire::outgoing::Outgoing;
use crate::wire::pattern::matching::Matching;
use crate::wire::pattern::{Given, Members, Pattern, Piece, Template, value_text};
use serde_json::Value;
use std::sync::Arc;

impl Binding {
    /// The handshake of a client, by the label that draws it.
    pub(super) fn arrival(
        &self,
        label: &str,
        rule: &Rule,
        given: Vec<Option<Given>>,
        name: Option<&Template>,
        (own, peer): (&Party, &Party),
    ) -> Expectation {
        let said = |slot: usize| match given.get(slot)?.as_ref()? {
            Given::Text(text) => Some(text.to_string()),
            // What a name stands for the client tells.
            Given::Name(_) => None,
            Given::Value(value) => Some(value_text(value)),
            Given::Glob(_) => None,
        };
        let name = name.map(|name| name.show(|hole| hole.slot.and_then(said).unwrap_or_default()));
        let holes: Vec<(Arc<str>, Value)> = rule
            .slots
            .0
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.reserved.is_none())
            .filter_map(|(at, slot)| Some((slot.name.clone(), Value::from(said(at)?))))
            .collect();
        let drawn = own;
        let own = match &name {
            Some(name) => &Party { id: name.as_str().into(), label: own.label.clone() },
            None => own,
        };
        let mut list: Vec<(Box<str>, Pattern)> = Vec::new();
        let connect = self.core.ways.get(self.core.ways.find(self.number(rule), &drawn.id));
        let slots = kept(&connect.slots);
        let mut given: Vec<Option<Given>> = vec![None; slots.0.len()];
        for (slot, known) in slots.0.iter().zip(&mut given) {
            let told = holes.iter().find(|(hole, _)| *hole == slot.name);
            *known = told.map(|(_, value)| Given::Value(Arc::new(value.clone())));
        }
        fill(&mut given, &slots, &self.values, own, peer);
        let path = holes.iter().find(|(hole, _)| &**hole == "path").map(|(_, path)| value_text(path));
        let url = connect.url.as_ref().map(path_of);
        let url = url.or_else(|| path.map(|path| Template { pieces: vec![Piece::Literal(path.into())] }));
        let url = match (url, connect.query.is_empty()) {
            (url, true) => url,
            (url, false) => Some(with_query(url, &connect.query)),
        };
        list.extend(url.map(|url| ("url".into(), Pattern::Text(url))));
        if !connect.headers.is_empty() {
            let named = connect.headers.iter().map(|(name, value)| (name.as_str(), value));
            list.push(("headers".into(), headers(named)));
        }
        list.extend(offers(&connect.subprotocols, &given).map(|offer| ("subprotocols".into(), offer)));
        let pattern = Pattern::Object(Members { list, named: Vec::new(), closed: false });
        let pattern = (Arc::new(slots), Arc::new(pattern));
        Expectation::of_client(Watch::Dialled, label, pattern, given, None, &self.values)
            .arriving(Arrival { name, holes })
    }

    /// What passes behind the handshake before anything that is drawn, from the server's side.
    pub fn preamble_served(&self, own: &Party, peer: &Party) -> Option<Outgoing> {
        let (slots, steps) = self.preamble(self.core.ways.find(None, &own.id), own)?;
        Some(self.turned("connect", slots, steps, Vec::new(), (own, peer)))
    }

    /// The subprotocol that a server selects of those that a client offers: the first that the binding lists. Where it lists none
    /// of them the server answers without one (RFC 6455, section 4.2.2).
    pub fn selects<'o>(&self, mut offered: impl Iterator<Item = &'o str>) -> Option<&'o str> {
        let lists = |offered: &str| {
            self.core.ways.iter().any(|connect| {
                let fits = |known: &Template| Matching::new(&connect.slots, &[], None).text(known, offered);
                connect.subprotocols.iter().any(fits)
            })
        };
        offered.find(|offered| lists(offered))
    }
}
