use super::MessageFault;
use super::message::{Aim, bytes};
use crate::net::Frame;

/// Other text stands in a message. A text message stays one; lengths inside it are not mended.
#[derive(Clone, Debug)]
pub struct Alter {
    /// Which text, in which message.
    pub aim: Aim,
    /// What stands there instead, UTF-8 where the message is text.
    pub replacement: Vec<u8>,
}

impl MessageFault for Alter {
    fn passes(&mut self, message: Frame) -> Vec<Frame> {
        let Some(place) = self.aim.strikes(&message) else { return vec![message] };
        let mut altered = bytes(&message).to_vec();
        altered.splice(place, self.replacement.iter().copied());
        vec![match (message, String::from_utf8(altered)) {
            (Frame::Text(_), Ok(text)) => Frame::Text(text.into()),
            (Frame::Binary(_), Ok(text)) => Frame::Binary(text.into_bytes().into()),
            (_, Err(other)) => Frame::Binary(other.into_bytes().into()),
        }]
    }
}
