use super::MessageFault;
use super::message::Aim;
use crate::net::Frame;

/// A message is lost.
#[derive(Clone, Debug)]
pub struct Drop(pub Aim);

impl MessageFault for Drop {
    fn passes(&mut self, message: Frame) -> Vec<Frame> {
        if self.0.strikes(&message).is_some() { Vec::new() } else { vec![message] }
    }
}
