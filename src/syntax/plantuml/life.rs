//! Who is active: what `return` and a bare `deactivate` refer to, and what PlantUML refuses.
//!
//! The rules are PlantUML's own: an activation belongs to the message above it when that message touches the
//! participant; `return` answers the message of the last activation, or the last message where there is none.

use crate::diagram::{End, Head, ParticipantId};

/// What matters of a message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub from: End,
    pub to: End,
    pub head: Head,
    /// The receivers that see their activation: all but those of a multicast behind the first.
    pub receiver: Option<ParticipantId>,
}

impl Message {
    fn touches(&self, who: ParticipantId) -> bool {
        self.from == End::Participant(who) || self.receiver == Some(who)
    }

    /// The participant that becomes active with `++`: for an arrow from or to the edge, the only one that there is.
    fn activates(&self) -> Option<ParticipantId> {
        match (self.receiver, &self.from) {
            (Some(receiver), _) => Some(receiver),
            (None, End::Participant(from)) => Some(*from),
            (None, End::Outside(_) | End::Everyone { .. } | End::Several(_)) => None,
        }
    }
}

/// A change of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Activate,
    Deactivate,
    Destroy,
    Create,
}

/// What `return` is: the message that it answers, and whether that ends an activation.
#[derive(Debug)]
pub(super) struct Reply {
    pub answers: Message,
    pub deactivates: bool,
}

#[derive(Debug, Default)]
enum Last {
    #[default]
    Nothing,
    Message(Message),
    /// The end of a block.
    End,
}

/// Follows the statements of one diagram.
#[derive(Debug, Default)]
pub(super) struct Life {
    active: Vec<Message>,
    last: Last,
    /// Whether a divider, an `else` or an `end` stands below the last message: then no `return` answers it.
    divided: bool,
    /// Who was deactivated or destroyed since the last message.
    ended: Vec<ParticipantId>,
    /// Who was activated before the first message.
    early: Vec<ParticipantId>,
    after_delay: bool,
    created: Option<ParticipantId>,
    /// `autoactivate on`
    pub automatic: bool,
}

impl Life {
    /// A message was sent; says whom a `create` above it had announced, where it is another.
    pub fn message(&mut self, message: Message) -> Option<ParticipantId> {
        let created = self.created.take();
        let outside = matches!(message.from, End::Outside(_)) || matches!(message.to, End::Outside(_));
        let fits = |who| if outside { message.touches(who) } else { message.receiver == Some(who) };
        let missed = created.filter(|&who| !fits(who) || !outside && message.from == End::Participant(who));
        self.last = Last::Message(message);
        self.divided = false;
        self.ended.clear();
        self.after_delay = false;
        missed
    }

    /// A divider or an `else` stands here.
    pub fn divide(&mut self) {
        self.divided = true;
    }

    /// A block ends here.
    pub fn end(&mut self) {
        self.divided = true;
        self.last = Last::End;
        self.ended.clear();
    }

    /// `...`
    pub fn delay(&mut self) {
        self.after_delay = true;
    }

    /// A participant changes.
    ///
    /// # Errors
    /// Why PlantUML refuses it here.
    pub fn change(&mut self, who: ParticipantId, change: Change) -> Result<(), &'static str> {
        if self.after_delay {
            return Err(
                "directly after a delay `...`, PlantUML does not accept an activation, creation or destruction",
            );
        }
        if change == Change::Create {
            self.created = Some(who);
            return Ok(());
        }
        let message = match &self.last {
            Last::Message(message) if message.touches(who) => message,
            Last::Message(_) | Last::End => return Ok(()),
            Last::Nothing if change == Change::Activate => {
                self.early.push(who);
                return Ok(());
            }
            Last::Nothing if self.early.contains(&who) => return Ok(()),
            Last::Nothing => return Err("no message was sent yet, and this participant is not active"),
        };
        match change {
            Change::Activate if self.ended.contains(&who) => {
                Err("the message above already ends the activation of this participant, so it cannot begin another")
            }
            Change::Activate => {
                self.active.push(message.clone());
                Ok(())
            }
            Change::Deactivate => {
                self.active.pop();
                self.ended.push(who);
                Ok(())
            }
            Change::Destroy => {
                self.ended.push(who);
                Ok(())
            }
            Change::Create => Ok(()),
        }
    }

    /// What a `return` here answers; none where there is nothing.
    pub fn reply(&self) -> Option<Reply> {
        if let Some(message) = self.active.last() {
            return Some(Reply { answers: message.clone(), deactivates: true });
        }
        match &self.last {
            Last::Message(_) if self.divided => None,
            Last::Message(message)
                if matches!((&message.from, &message.to), (End::Outside(_), _) | (_, End::Outside(_))) =>
            {
                None
            }
            Last::Message(message) => Some(Reply { answers: message.clone(), deactivates: false }),
            Last::Nothing | Last::End => None,
        }
    }

    /// Whom a `deactivate` without a name means.
    pub fn innermost(&self) -> Option<ParticipantId> {
        self.active.last().and_then(Message::activates)
    }
}
