//! `[[follow]]`: what values do from one frame of a connection to the next.

use super::keys::FOLLOW;
use super::node::{Node, Shape};
use super::{On, Reader};
use crate::wire::pattern::{Pattern, SlotId, Slots};
use serde_json::Value;

/// Frames of a connection whose values go together.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Follow {
    pub on: On,
    pub slots: Slots,
    /// The frames that are followed.
    pub frame: Pattern,
    /// The hole that is looked at.
    pub slot: SlotId,
    pub how: How,
    /// What has another value here is followed by itself.
    pub per: Option<SlotId>,
}

/// What the values of a hole do.
#[derive(Clone, Debug)]
pub(in crate::wire) enum How {
    /// Each is a larger number than the one before; by so much, where that is said.
    Rises(Option<i64>),
    /// They are texts that, one behind the other, are the one of a frame like this.
    Joins(Pattern),
}

impl Reader {
    /// `[[follow]]`
    pub fn follow(&mut self, node: &Node) -> Option<Follow> {
        let fields = self.fields(node, &FOLLOW);
        let mut slots = Slots::default();
        let (on, frame) = match (fields.get("frame"), fields.get("event")) {
            (Some(frame), None) => (On::Socket, self.frame(frame, &mut slots, false)),
            (None, Some(event)) => (On::Sse, self.event(event, &mut slots, false)),
            (Some(_), Some(_)) | (None, None) => {
                self.wrong(node.span, "`follow` needs exactly one of `frame = …` and `event = { … }`");
                return None;
            }
        };
        let into = fields.get("into").map(|node| match on {
            On::Socket | On::Http => self.frame(node, &mut slots, false),
            On::Sse => self.event(node, &mut slots, false),
        });
        let by = fields.get("by").and_then(|node| self.whole_number(node));
        let (key, how) = match (fields.get("rises"), fields.get("joins"), into) {
            (Some(hole), None, None) => (hole, How::Rises(by)),
            (None, Some(hole), Some(into)) => (hole, How::Joins(into)),
            (None, Some(_), None) | (None, None, Some(_)) => {
                let help = "`joins = \"piece\"` names the hole of the pieces, and `into = …` is the frame that \
                            contains the whole text in the same hole";
                self.wrong_help(node.span, "`joins` and `into` belong together", help);
                return None;
            }
            (Some(_), _, _) | (None, None, None) => {
                self.wrong(node.span, "`follow` needs `rises = …`, or `joins = …` with `into = …`");
                return None;
            }
        };
        if let (Some(at), How::Joins(_)) = (fields.key("by"), &how) {
            self.wrong(at, "`by` belongs to `rises`");
        }
        let slot = self.hole_of(key, &slots, &frame);
        let per = fields.get("per").map(|node| self.hole_of(node, &slots, &frame));
        if let How::Joins(into) = &how {
            for (node, slot) in [(key, slot), (fields.get("per").unwrap_or(key), per.flatten())] {
                if slot.is_some_and(|slot| !has(into, slot)) {
                    let name = node.as_str().unwrap_or_default();
                    self.wrong(node.span, format!("`into` has no hole `{name}`"));
                }
            }
        }
        let (slot, per) = (slot?, per.map_or(Some(None), |per| per.map(Some))?);
        Some(Follow { on, slots, frame, slot, how, per })
    }

    /// A hole of a frame, by its name.
    fn hole_of(&mut self, node: &Node, slots: &Slots, frame: &Pattern) -> Option<SlotId> {
        let name = self.string(node)?;
        let slot = slots.find(&name).filter(|slot| has(frame, *slot));
        if slot.is_none() {
            let names: Vec<String> = slots.0.iter().map(|slot| format!("`{}`", slot.name)).collect();
            self.wrong_help(
                node.span,
                format!("this frame has no hole `{name}`"),
                format!("it has {}", names.join(", ")),
            );
        }
        slot
    }

    fn whole_number(&mut self, node: &Node) -> Option<i64> {
        let number = match &node.shape {
            Shape::Scalar(Value::Number(number)) => number.as_i64(),
            Shape::Scalar(_) | Shape::List(_) | Shape::Table(_) => None,
        };
        if number.is_none() {
            self.wrong(node.span, format!("a whole number is expected here, not {}", node.kind()));
        }
        number
    }
}

fn has(pattern: &Pattern, slot: SlotId) -> bool {
    let mut found = false;
    pattern.holes(&mut |hole| found |= hole.slot == Some(slot));
    found
}
