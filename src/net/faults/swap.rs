use super::MessageFault;
use super::message::Aim;
use crate::net::Frame;

/// A message changes places with the next one.
#[derive(Clone, Debug)]
pub struct Swap {
    aim: Aim,
    held: Option<Frame>,
}

impl Swap {
    /// Strikes there.
    pub fn new(aim: Aim) -> Self {
        Swap { aim, held: None }
    }
}

impl MessageFault for Swap {
    fn passes(&mut self, message: Frame) -> Vec<Frame> {
        if self.aim.strikes(&message).is_some() {
            self.held = Some(message);
            return Vec::new();
        }
        [Some(message), self.held.take()].into_iter().flatten().collect()
    }

    fn ends(&mut self) -> Vec<Frame> {
        self.held.take().into_iter().collect()
    }
}
