use super::MessageFault;
use super::message::Aim;
use crate::net::Frame;

/// A message comes twice.
#[derive(Clone, Debug)]
pub struct Duplicate(pub Aim);

impl MessageFault for Duplicate {
    fn passes(&mut self, message: Frame) -> Vec<Frame> {
        if self.0.strikes(&message).is_some() { vec![message.clone(), message] } else { vec![message] }
    }
}
