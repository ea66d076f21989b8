use crate::diagram::OrderMode;
use crate::oracle::{Class, Outcome, Reason};

/// Which findings of a run a lint has to do with: with those it is told once more. All others have another reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bears {
    /// With none: it stops the run, or is a note for `lint` alone.
    Never,
    /// With those that another order of what clients sent would explain, where the run did not keep the drawn one.
    Order,
    /// With those in which another branch was taken than was drawn.
    Branch,
    /// With those in which one frame may have been taken for another.
    Likeness,
    /// With content that is not as drawn.
    Content,
    /// With all at its place.
    Always,
}

impl Bears {
    /// Whether it has to do with a finding of this class in a play of this outcome, whose clients sent in this order.
    pub fn on(self, class: Class, outcome: &Outcome, order: OrderMode) -> bool {
        let doubted = |reason: Reason| outcome.doubts.iter().any(|doubt| doubt.reason == reason);
        // What could have come in another order: a frame too many, too few, or at another place.
        let placed = match class {
            Class::Missing
            | Class::Early
            | Class::Reordered
            | Class::Misrouted
            | Class::Duplicate
            | Class::Unexpected => true,
            Class::Late | Class::WrongPayload | Class::Closed => false,
        };
        match self {
            Bears::Never => false,
            // `order diagram` keeps it, but for what nothing confirms.
            Bears::Order => placed && (order != OrderMode::Diagram || doubted(Reason::Unconfirmed)),
            Bears::Branch => placed || doubted(Reason::UnknownBranch) || doubted(Reason::Collision),
            Bears::Likeness => {
                matches!(class, Class::Missing | Class::Reordered | Class::WrongPayload | Class::Duplicate)
            }
            Bears::Content => class == Class::WrongPayload,
            Bears::Always => true,
        }
    }
}
