//! What a message says.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Content, Effect, GENERAL, ServerMessage};
use crate::server::twist::{Twist, each, each_message};
use serde_json::{Map, Value};
use std::sync::Arc;

pub(super) static TRUNCATED: Deviation = Deviation {
    id: "M24",
    name: "text-truncated",
    about: "The text of a message ends after ten characters.",
    how: &[How::Twist(|_| each_text(|text| text.chars().take(10).collect()))],
};

pub(super) static WRONG_FROM: Deviation = Deviation {
    id: "M25",
    name: "wrong-from",
    about: "A message names its receiver as its sender.",
    how: &[How::Twist(|_| {
        each(|scene, delivery, out| {
            if !matches!(delivery.message(), Some(ServerMessage::Message { .. } | ServerMessage::Direct { .. })) {
                return out.push(Effect::Deliver(delivery));
            }
            for &id in &delivery.to {
                let mut copy = delivery.to(vec![id]);
                if let (
                    Content::Message(ServerMessage::Message { from, .. } | ServerMessage::Direct { from, .. }),
                    Some(person),
                ) = (&mut copy.content, scene.machine.people().get(id))
                {
                    *from = person.name.clone();
                }
                out.push(Effect::Deliver(copy));
            }
        })
    })],
};

pub(super) static CONSTANT_ID: Deviation = Deviation {
    id: "M27",
    name: "constant-id",
    about: "Every message has the id 1.",
    how: &[How::Twist(|_| {
        each_message(|message| {
            if let ServerMessage::Message { id, .. } | ServerMessage::Direct { id, .. } = message {
                *id = 1;
            }
        })
    })],
};

pub(super) static WRONG_ROOM: Deviation = Deviation {
    id: "M29",
    name: "wrong-room",
    about: "A message names a different room from the one it was sent to.",
    how: &[How::Twist(|_| {
        each_message(|message| {
            if let ServerMessage::Message { room, .. } = message {
                *room = Arc::from(if **room == *GENERAL { "lobby" } else { GENERAL });
            }
        })
    })],
};

pub(super) static NON_ASCII_REPLACED: Deviation = Deviation {
    id: "M30",
    name: "non-ascii-replaced",
    about: "In the text of a message, every character that is not ASCII is replaced with a question mark.",
    how: &[How::Twist(|_| each_text(|text| text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()))],
};

pub(super) static MEMBER_MISSING: Deviation = Deviation {
    id: "M31",
    name: "member-missing",
    about: "A message has no `from`.",
    how: &[How::Twist(|_| {
        each_object(|members| {
            members.remove("from");
        })
    })],
};

pub(super) static NUMBER_AS_STRING: Deviation = Deviation {
    id: "M32",
    name: "number-as-string",
    about: "The id of a message is a string.",
    how: &[How::Twist(|_| {
        each_object(|members| {
            if let Some(id) = members.get_mut("id") {
                *id = Value::String(id.to_string());
            }
        })
    })],
};

pub(super) static BINARY: Deviation = Deviation {
    id: "M33",
    name: "binary-instead-of-text",
    about: "A message comes in a binary frame.",
    how: &[How::Twist(|_| {
        each(|_, mut delivery, out| {
            if let Some(message @ (ServerMessage::Message { .. } | ServerMessage::Direct { .. })) = delivery.message() {
                delivery.content = Content::Binary(message.text().into());
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static SPLIT: Deviation = Deviation {
    id: "M54",
    name: "text-split",
    about: "The text of a message to a room is split into two messages.",
    how: &[How::Twist(|_| {
        each(|_, mut delivery, out| {
            if let Content::Message(ServerMessage::Message { text, .. }) = &mut delivery.content
                && let Some((middle, _)) = text.char_indices().nth(text.chars().count() / 2).filter(|(at, _)| *at > 0)
            {
                let (first, second) = (Arc::from(&text[..middle]), Arc::from(&text[middle..]));
                *text = first;
                out.push(Effect::Deliver(delivery.clone()));
                if let Content::Message(ServerMessage::Message { text, .. }) = &mut delivery.content {
                    *text = second;
                }
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static HTML_ESCAPED: Deviation = Deviation {
    id: "M55",
    name: "html-escaped",
    about: "In the text of a message, `&`, `<`, `>` and quotes are replaced with HTML entities.",
    how: &[How::Twist(|_| {
        each_text(|text| {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            escaped.replace('"', "&quot;").replace('\'', "&#39;")
        })
    })],
};

/// Changes the texts of messages, to rooms and direct.
fn each_text(change: fn(&str) -> String) -> Box<dyn Twist> {
    each_message(move |message| {
        if let ServerMessage::Message { text, .. } | ServerMessage::Direct { text, .. } = message {
            *text = change(text).into();
        }
    })
}

/// Changes the members of messages, to rooms and direct, in ways that the protocol has no words for.
fn each_object(change: fn(&mut Map<String, Value>)) -> Box<dyn Twist> {
    each(move |_, mut delivery, out| {
        if let Some(message @ (ServerMessage::Message { .. } | ServerMessage::Direct { .. })) = delivery.message() {
            let mut value = message.value();
            if let Some(members) = value.as_object_mut() {
                change(members);
            }
            delivery.content = Content::Json(value);
        }
        out.push(Effect::Deliver(delivery));
    })
}
