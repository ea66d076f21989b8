//! Patterns turned round: what is only read made so that it can be built, what is built so that it can be read.

use super::Served;
use crate::wire::Reach;
use crate::wire::file::{Address, Body, HttpPattern};
use crate::wire::pattern::bytes::BytePiece;
use crate::wire::pattern::{
    Filter, Given, Hole, JsonText, ListOf, Members, Narrow, Pattern, Piece, Reserved, Slots, Template, UNNAMED,
    value_text,
};
use regex::Regex;
use serde_json::Value;
use std::sync::Arc;

/// The same of what a client says: values that the tool makes as a client (`{seq}`, `{uuid}`, `{now}`) are the client's to say, and
/// a server has them of it.
pub(super) fn heard(slots: &Slots) -> Slots {
    let mut slots = kept(slots);
    for slot in slots.0.iter_mut().filter(|slot| slot.reserved.is_some_and(Reserved::generated)) {
        (slot.reserved, slot.keep) = (None, true);
    }
    slots
}

/// The same names, all of which are remembered: what a client says gives a server its words.
pub(super) fn kept(slots: &Slots) -> Slots {
    let mut slots = slots.clone();
    for slot in &mut slots.0 {
        // What stands for a play is the clients' to say: the server takes it over, and says it to all of them.
        let of_play = matches!(slot.reserved, Some(Reserved::Run | Reserved::RunMark));
        slot.keep = slot.reserved.is_none() || of_play;
        if of_play {
            slot.reach = Reach::Everyone;
        }
    }
    slots
}

/// Which holes of a rule the server chooses anew with each frame: those that are opaque, unless the rule says that its
/// frame is not the one of which they are remembered (`forget`).
pub(super) fn served(slots: &Slots) -> Served {
    Served {
        narrows: vec![None; slots.0.len()],
        defaults: vec![None; slots.0.len()],
        fresh: slots.0.iter().map(|slot| slot.opaque && slot.keep).collect(),
    }
}

/// The same pattern with a name for every hole, so that each can be given a value.
pub(super) fn buildable(pattern: &Pattern, slots: &mut Slots, served: &mut Served) -> Pattern {
    Naming { slots, served }.pattern(pattern)
}

struct Naming<'a> {
    slots: &'a mut Slots,
    served: &'a mut Served,
}

impl Naming<'_> {
    fn pattern(&mut self, pattern: &Pattern) -> Pattern {
        match pattern {
            Pattern::Literal(value) => Pattern::Literal(value.clone()),
            Pattern::Hole(hole) => Pattern::Hole(self.hole(hole)),
            Pattern::Text(template) => Pattern::Text(self.template(template)),
            Pattern::Object(members) => Pattern::Object(Members {
                list: members.list.iter().map(|(name, inner)| (name.clone(), self.pattern(inner))).collect(),
                named: members.named.iter().map(|(name, inner)| (self.template(name), self.pattern(inner))).collect(),
                closed: members.closed,
            }),
            Pattern::Array { before, items, after } => {
                let items = items.iter().map(|item| self.pattern(item)).collect();
                Pattern::Array { before: *before, items, after: *after }
            }
            Pattern::List(ListOf::Set { items, more }) => {
                let items = items.iter().map(|item| self.pattern(item)).collect();
                Pattern::List(ListOf::Set { items, more: *more })
            }
            Pattern::List(ListOf::Each { item, count }) => {
                Pattern::List(ListOf::Each { item: Box::new(self.pattern(item)), count: *count })
            }
            Pattern::Json(json) => Pattern::Json(JsonText {
                before: json.before.as_ref().map(|before| self.template(before)),
                inner: Box::new(self.pattern(&json.inner)),
            }),
            Pattern::Base64(template) => Pattern::Base64(self.template(template)),
            Pattern::Bytes(pieces) => Pattern::Bytes(
                pieces
                    .iter()
                    .map(|piece| match piece {
                        BytePiece::Literal(bytes) => BytePiece::Literal(bytes.clone()),
                        BytePiece::Hole(hole) => BytePiece::Hole(self.hole(hole)),
                    })
                    .collect(),
            ),
        }
    }

    fn template(&mut self, template: &Template) -> Template {
        let pieces = template.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => Piece::Literal(text.clone()),
            Piece::Hole(hole) => Piece::Hole(self.hole(hole)),
        });
        Template { pieces: pieces.collect() }
    }

    fn hole(&mut self, hole: &Hole) -> Hole {
        let mut hole = hole.clone();
        let slot = *hole.slot.get_or_insert_with(|| self.slots.intern(&format!("{UNNAMED}{}", self.slots.0.len())));
        let all = slot + 1;
        self.served.narrows.resize(self.served.narrows.len().max(all), None);
        self.served.defaults.resize(self.served.defaults.len().max(all), None);
        if let Some(default) = &hole.default {
            self.served.defaults[slot].get_or_insert_with(|| default.clone());
        }
        self.served.fresh.resize(self.served.fresh.len().max(all), false);
        match hole.narrow {
            Narrow::Any => {}
            Narrow::Range(_)
            | Narrow::Kind(_)
            | Narrow::Uuid
            | Narrow::Time
            | Narrow::Mark
            | Narrow::Class(_)
            | Narrow::Regex(_)
            | Narrow::OneOf(_) => {
                self.served.narrows[slot].get_or_insert_with(|| hole.narrow.clone());
            }
        }
        hole
    }
}

/// A request as its server sees it.
pub(super) fn asked(http: &HttpPattern) -> Pattern {
    let mut list: Vec<(Box<str>, Pattern)> = vec![
        ("method".into(), Pattern::Text(http.method.clone())),
        (
            "url".into(),
            match &http.address {
                Address::Path(path) => Pattern::Text(path.clone()),
                Address::Url(url) => Pattern::Text(path_of(url)),
            },
        ),
    ];
    if !http.headers.is_empty() {
        list.push(("headers".into(), headers(http.headers.iter().map(|(name, value)| (name.as_str(), value)))));
    }
    match &http.body {
        Body::Empty => {}
        Body::Json(pattern) | Body::Message(pattern) => list.push(("body".into(), pattern.clone())),
        Body::Plain(pattern) => list.push(("body".into(), pattern.clone().of_body())),
        Body::Form(fields) => list.push(("body".into(), Pattern::Text(form(fields)))),
    }
    Pattern::Object(Members { list, named: Vec::new(), closed: false })
}

/// Headers, of which those that are not named do not matter.
pub(super) fn headers<'a>(all: impl Iterator<Item = (&'a str, &'a Template)>) -> Pattern {
    let list = all.map(|(name, value)| (name.to_ascii_lowercase().into(), Pattern::Text(value.clone()))).collect();
    Pattern::Object(Members { list, named: Vec::new(), closed: false })
}

/// A list of offers with one of these in it; none where there are none, since a server may pass over what it is offered.
pub(super) fn offers(all: &[Template], given: &[Option<Given>]) -> Option<Pattern> {
    let item = match all {
        [] => return None,
        [one] => Pattern::Text(one.clone()),
        several => Pattern::Hole(Hole { narrow: one_of(several, given), ..Hole::default() }),
    };
    Some(Pattern::Array { before: true, items: vec![item], after: true })
}

/// Any of these texts. What a hole holds that nothing says may be anything.
fn one_of(all: &[Template], given: &[Option<Given>]) -> Narrow {
    let said = |hole: &Hole| match hole.slot.and_then(|slot| given.get(slot)?.as_ref()) {
        Some(Given::Text(text)) if hole.filters.is_empty() => Some(text.to_string()),
        Some(Given::Value(value)) if hole.filters.is_empty() => Some(value_text(value)),
        Some(Given::Text(_) | Given::Value(_) | Given::Name(_) | Given::Glob(_)) | None => None,
    };
    let values = || all.iter().map(|one| Value::String(one.show(|hole| said(hole).unwrap_or_default())));
    let text = |piece: &Piece| match piece {
        Piece::Literal(text) => regex::escape(text),
        // An escaped value would not be known as the secret that it may be.
        Piece::Hole(hole) => said(hole).filter(|text| regex::escape(text) == *text).unwrap_or_else(|| ".+".to_owned()),
    };
    let open = all.iter().flat_map(Template::holes).any(|hole| said(hole).is_none());
    let texts = || all.iter().map(|one| one.pieces.iter().map(text).collect()).collect::<Vec<String>>();
    let regex = open.then(|| Regex::new(&format!("^(?s:{})$", texts().join("|"))).ok()).flatten();
    regex.map_or_else(|| Narrow::OneOf(values().collect()), |regex| Narrow::Regex(Arc::new(regex)))
}

/// Fields of a form as they stand in a body: names as they are, values in holes that are not encoded further.
fn form(fields: &[(String, Template)]) -> Template {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut literal = String::new();
    for (at, (name, value)) in fields.iter().enumerate() {
        if at > 0 {
            literal.push('&');
        }
        literal.push_str(name);
        literal.push('=');
        for piece in &value.pieces {
            match piece {
                Piece::Literal(text) => literal.push_str(text),
                Piece::Hole(hole) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
                    }
                    pieces.push(Piece::Hole(hole.clone()));
                }
            }
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.into()));
    }
    Template { pieces }
}

/// Path and query of an address with holes: what stands behind the host, however that is written.
pub(super) fn path_of(url: &Template) -> Template {
    let mut pieces = url.pieces.iter().cloned();
    let mut rest: Vec<Piece> = Vec::new();
    for piece in pieces.by_ref() {
        let Piece::Literal(text) = &piece else { continue };
        let host = text.find("://").map_or(0, |at| at + 3);
        if let Some(at) = text[host..].find(['/', '?']) {
            rest.push(Piece::Literal(text[host + at..].into()));
            break;
        }
    }
    rest.extend(pieces);
    if rest.is_empty() {
        rest.push(Piece::Literal("/".into()));
    }
    Template { pieces: rest }
}

/// A path with more in its query, encoded as addresses are.
pub(super) fn with_query(path: Option<Template>, query: &[(String, Template)]) -> Template {
    let mut pieces = path.map_or_else(|| vec![Piece::Literal("/".into())], |path| path.pieces);
    let asked = pieces.iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains('?')));
    for (at, (name, value)) in query.iter().enumerate() {
        let sign = if at == 0 && !asked { '?' } else { '&' };
        pieces.push(Piece::Literal(format!("{sign}{name}=").into()));
        pieces.extend(value.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => Piece::Literal(form_word(text).into()),
            Piece::Hole(hole) => {
                let mut hole = hole.clone();
                hole.filters.push(Filter::Url);
                Piece::Hole(hole)
            }
        }));
    }
    Template { pieces: joined(pieces) }
}

fn form_word(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// No two literals stand side by side in a template.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Literal(before)), Piece::Literal(text)) => *before = format!("{before}{text}").into(),
            (_, piece) => out.push(piece),
        }
    }
    out
}
