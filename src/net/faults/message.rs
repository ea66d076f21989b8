use super::{Alter, Drop, Duplicate, Swap};
use crate::net::Frame;

/// A fault of the messages that pass in one direction of one connection. It strikes once, at the first message that
/// holds its text.
pub trait MessageFault: Send {
    /// What passes instead of a message: nothing, it, or others, in this order.
    fn passes(&mut self, message: Frame) -> Vec<Frame>;

    /// What still has to pass when the connection ends.
    fn ends(&mut self) -> Vec<Frame> {
        Vec::new()
    }
}

/// Every fault of messages: its name, and what it does.
pub const MESSAGE_FAULTS: [(&str, &str); 4] = [
    ("drop", "the message is lost"),
    ("duplicate", "the message comes twice"),
    ("swap", "the message comes after the next one"),
    ("alter", "the text in the message is changed"),
];

/// A fault by its name; `replacement` is for those that alter. None where there is none of this name.
pub fn message_fault(name: &str, text: &str, replacement: &str) -> Option<Box<dyn MessageFault>> {
    let aim = Aim::at(text);
    Some(match name {
        "drop" => Box::new(Drop(aim)),
        "duplicate" => Box::new(Duplicate(aim)),
        "swap" => Box::new(Swap::new(aim)),
        "alter" => Box::new(Alter { aim, replacement: replacement.as_bytes().to_vec() }),
        _ => return None,
    })
}

/// The message at which a fault strikes.
#[derive(Clone, Debug)]
pub struct Aim {
    text: Vec<u8>,
    struck: bool,
}

impl Aim {
    /// At the first message that holds this text, in whatever encoding the text's UTF-8 bytes stand as they are.
    pub fn at(text: &str) -> Self {
        Aim { text: text.as_bytes().to_vec(), struck: false }
    }

    /// Where the text stands in the message, if this is the one.
    pub(super) fn strikes(&mut self, message: &Frame) -> Option<std::ops::Range<usize>> {
        let bytes = bytes(message);
        if self.struck || self.text.is_empty() {
            return None;
        }
        let start = bytes.windows(self.text.len()).position(|part| part == self.text)?;
        self.struck = true;
        Some(start..start + self.text.len())
    }
}

/// What a message consists of.
pub(super) fn bytes(message: &Frame) -> &[u8] {
    match message {
        Frame::Text(text) => text.as_bytes(),
        Frame::Binary(bytes) => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of four messages, and of the end.
    fn through(name: &str, replacement: &str) -> Vec<String> {
        let mut fault = message_fault(name, "two", replacement).expect("a fault");
        let four = ["one", "is two", "three", "two again"].map(|text| Frame::Text(text.into()));
        let mut out: Vec<Frame> = four.into_iter().flat_map(|message| fault.passes(message)).collect();
        out.extend(fault.ends());
        out.iter().map(|message| String::from_utf8_lossy(bytes(message)).into_owned()).collect()
    }

    #[test]
    fn each_strikes_once_and_leaves_the_rest() {
        assert_eq!(through("drop", ""), ["one", "three", "two again"]);
        assert_eq!(through("duplicate", ""), ["one", "is two", "is two", "three", "two again"]);
        assert_eq!(through("swap", ""), ["one", "three", "is two", "two again"]);
        assert_eq!(through("alter", "2"), ["one", "is 2", "three", "two again"]);
        assert!(message_fault("bend", "two", "").is_none());
        for (name, _) in MESSAGE_FAULTS {
            assert!(message_fault(name, "two", "").is_some(), "{name}");
        }
    }

    #[test]
    fn bytes_are_struck_as_text_is_and_the_last_message_is_not_lost() {
        let mut fault = message_fault("swap", "two", "").expect("a fault");
        let message = Frame::Binary(vec![0, b't', b'w', b'o', 255].into());
        assert_eq!(fault.passes(message.clone()), []);
        assert_eq!(fault.ends(), [message]);
        let mut fault = message_fault("alter", "two", "owt").expect("a fault");
        let altered = fault.passes(Frame::Binary(vec![0, b't', b'w', b'o', 255].into()));
        assert_eq!(altered, [Frame::Binary(vec![0, b'o', b'w', b't', 255].into())]);
    }
}
