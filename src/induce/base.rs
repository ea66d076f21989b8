//! A binding that is there already: what of a recording it knows.

use super::messages::{self, Open};
use super::people::People;
use super::tape::{Side, Tape, What};
use super::words;
use crate::wire::codec::{Codec, NamedCodec};
use crate::wire::{Binding, Channel, Decoded, Message, Observed, Party, Raw, Session, Way};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::sync::Arc;

/// Reads the frames of connections as a binding does.
pub(super) struct Reader<'b> {
    binding: &'b Binding,
    /// By connection, what the client hears and what the server hears.
    sessions: FxHashMap<usize, (Session, Session)>,
    /// Questions of the binding's own that wait for their answers, by connection.
    asked: FxHashMap<usize, usize>,
    /// Whether the binding has a preamble.
    greets: bool,
    /// Connections on which something was said that a rule has: what came before is the preamble.
    begun: FxHashSet<usize>,
    /// Requests of JSON-RPC: its codec knows those alone that it has sent itself.
    open: Option<Open>,
}

/// What a frame holds for a binding.
pub(super) enum Held {
    /// A message, and its label where a rule has it.
    Message(Value, Option<String>),
    /// Nothing that is drawn.
    Nothing,
}

impl<'b> Reader<'b> {
    pub fn new(binding: &'b Binding) -> Reader<'b> {
        let rpc = matches!(binding.codec(), Codec::Named(NamedCodec::JsonRpc));
        Reader {
            binding,
            sessions: FxHashMap::default(),
            asked: FxHashMap::default(),
            greets: binding.after_connect(Way::default(), &Party::new("A"), &Party::new("B")).is_some(),
            begun: FxHashSet::default(),
            open: rpc.then(Open::default),
        }
    }

    /// The messages of a frame.
    pub fn read(&mut self, line: usize, own: &str, from: Side, raw: &Raw) -> Vec<Held> {
        let mut held = self.decoded(line, own, from, raw);
        if self.greets && !self.begun.contains(&line) {
            if held.iter().any(|held| matches!(held, Held::Message(_, Some(_)))) {
                self.begun.insert(line);
            } else {
                // The binding says it by itself, on every connection.
                held.iter_mut().for_each(|held| *held = Held::Nothing);
            }
        }
        held
    }

    fn decoded(&mut self, line: usize, own: &str, from: Side, raw: &Raw) -> Vec<Held> {
        let (own, peer) = (Party::new(own), Party::new("Server"));
        let binding = self.binding;
        let (hears, is_heard) = self.sessions.entry(line).or_insert_with(|| {
            (binding.session(&own, &peer, "recorded"), binding.session_served(&own, &peer, "recorded"))
        });
        if let Some(open) = &mut self.open
            && let Some(read) = words::json(raw)
        {
            let read = messages::rpc(read, (line, from), open, true);
            let observed = Observed::Message(Message { value: Arc::new(read), raw: raw.clone() });
            let noise = from == Side::Server && hears.ignores(&observed, None);
            let name = self.name(from, &observed, Channel::Socket);
            return vec![if noise { Held::Nothing } else { Held::Message(value(&observed), name) }];
        }
        let decoded = match from {
            Side::Server => hears.decode(raw.clone(), None),
            Side::Client => is_heard.decode(raw.clone(), None),
        };
        let mut held = Vec::with_capacity(decoded.len());
        for decoded in decoded {
            held.push(match decoded {
                Decoded::Observed(observed) => {
                    let name = self.name(from, &observed, Channel::Socket);
                    match self.asked.get_mut(&line).filter(|asked| **asked > 0) {
                        Some(asked) if name.is_none() && from == Side::Server => {
                            *asked -= 1;
                            Held::Nothing
                        }
                        Some(_) | None => Held::Message(value(&observed), name),
                    }
                }
                Decoded::Aside(_, Some(_)) => {
                    *self.asked.entry(line).or_default() += 1;
                    Held::Nothing
                }
                Decoded::Noise(_)
                | Decoded::Answered(_)
                | Decoded::Owed(_)
                | Decoded::Aside(_, None)
                | Decoded::Broken(_) => Held::Nothing,
            });
        }
        held
    }

    /// The label of something that was seen.
    pub fn name(&self, from: Side, observed: &Observed, channel: Channel) -> Option<String> {
        let name = match from {
            Side::Server => self.binding.name_of(observed, channel),
            Side::Client => self.binding.name_of_client(observed, channel),
        };
        name.map(|name| name.fullest).filter(|label| !label.contains("{_}") && !label.contains(char::is_control))
    }
}

fn value(observed: &Observed) -> Value {
    match observed {
        Observed::Message(message) => (*message.value).clone(),
        Observed::Garbled { raw: Raw::Text(text), .. } => serde_json::json!({ "$text": &**text }),
        Observed::Garbled { raw: Raw::Binary(bytes), .. } => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            serde_json::json!({ "$hex": digits })
        }
        Observed::Status { .. }
        | Observed::Event { .. }
        | Observed::Close { .. }
        | Observed::End { .. }
        | Observed::Dialled { .. }
        | Observed::Asked { .. } => Value::Null,
    }
}

/// So many frames are looked at to find out whether a binding fits.
const LOOKED_AT: usize = 400;

/// How well a binding fits a recording.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fit {
    /// So many frames were looked at.
    all: usize,
    /// So many of them have a rule.
    known: usize,
    /// So many of them its codec reads and that of JSON does not.
    read: usize,
    /// Of each side, how many are known, and how many there are.
    sides: [(usize, usize); 2],
}

/// So many frames say at least which protocol it is.
const FEW: usize = 3;

impl Fit {
    /// How many of a thousand frames it knows: what is cut otherwise is another number of frames.
    pub fn share(self) -> usize {
        self.known * 1000 / self.all.max(1)
    }

    /// Whether it is the binding of that protocol: it knows nearly all frames, or its codec alone can read them.
    pub fn is_good(self) -> bool {
        let nearly = self.known * 10 >= self.all * 9;
        // What fits one side alone has a rule for everything there.
        let both = self.sides.iter().all(|(known, all)| known * 2 >= *all);
        let alone = self.read * 10 >= self.all * 9 && both;
        self.all >= FEW && (nearly || alone)
    }
}

/// How well a binding fits a recording.
pub(super) fn fits(binding: &Binding, tape: &Tape, people: &People) -> Fit {
    let mut reader = Reader::new(binding);
    let mut fit = Fit::default();
    for entry in &tape.entries {
        let (What::Frame { from, raw }, Some(who)) = (&entry.what, people.of_line[entry.line]) else { continue };
        if fit.all >= LOOKED_AT {
            break;
        }
        fit.all += 1;
        let own = &people.all[who].name;
        // The preamble counts as unknown: anything may stand there.
        let held = reader.decoded(entry.line, own, *from, raw);
        let is_known = |held: &Held| match held {
            Held::Message(_, label) => label.is_some(),
            Held::Nothing => true,
        };
        let is_read = |held: &Held| match held {
            // What no codec reads is there as its text, or its bytes; some codecs leave a part of a protocol as text.
            Held::Message(value, _) => {
                !value.as_object().is_some_and(|map| map.keys().any(|name| name.starts_with('$')))
            }
            Held::Nothing => true,
        };
        // A text takes in anything: what is JSON is none.
        let as_text = |held: &Held| matches!(held, Held::Message(Value::String(_), _));
        let is_json = words::json(raw).is_some_and(|value| value.is_object() || value.is_array());
        let taken = is_json && held.iter().any(as_text);
        let known = !held.is_empty() && !taken && held.iter().all(is_known);
        fit.known += usize::from(known);
        let side = &mut fit.sides[usize::from(*from == Side::Server)];
        *side = (side.0 + usize::from(known), side.1 + 1);
        fit.read += usize::from(words::json(raw).is_none() && !held.is_empty() && held.iter().all(is_read));
    }
    fit
}
