use crate::oracle::{Class, Fate, Mark};
use crate::order::ArrowId;

/// Behind which place of the drawing a frame stands that nobody drew there: the frame of the mark at `index`.
///
/// It stands behind what its client had passed, and behind all that the tool had sent by then, since any of that may be
/// its cause; but before what the client passed next. `rank` is the place of an arrow.
pub(in crate::report) fn behind(
    marks: &[Mark],
    index: usize,
    rank: impl Fn(ArrowId) -> Option<usize>,
) -> Option<usize> {
    let (before, rest) = marks.split_at(index.min(marks.len()));
    let client = rest.first().map(|mark| mark.lifeline);
    let here = |mark: &&Mark| Some(mark.lifeline) == client && stands_where_drawn(mark.fate);
    let place = |mark: &Mark| mark.arrow.and_then(&rank);
    let passed = before.iter().rev().filter(here).find_map(place);
    let sent = before.iter().filter(|mark| mark.fate == Fate::Sent).filter_map(place).max();
    let next =
        rest.iter().skip(1).filter(here).filter_map(place).filter(|&next| passed.is_none_or(|at| next > at)).min();
    let below_sends = match (sent, next) {
        (Some(sent), Some(next)) => next.checked_sub(1).map(|last| sent.min(last)),
        (sent, _) => sent,
    };
    passed.max(below_sends)
}

/// What came with another content, or too late, came where it is drawn.
fn stands_where_drawn(fate: Fate) -> bool {
    match fate {
        Fate::Sent | Fate::Passed | Fate::Ignored | Fate::Found(Class::WrongPayload | Class::Late) => true,
        Fate::Found(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::LifelineId;
    use crate::wire::Channel;

    fn mark(arrow: Option<u32>, lifeline: u32, fate: Fate) -> Mark {
        let (arrow, lifeline) = (arrow.map(ArrowId), LifelineId(lifeline));
        Mark { arrow, lifeline, channel: Channel::Socket, at: None, entry: None, fate }
    }

    fn place(marks: &[Mark], index: usize) -> Option<usize> {
        behind(marks, index, |arrow| Some(arrow.0 as usize))
    }

    #[test]
    fn a_frame_stands_below_its_stimulus_and_above_what_its_client_passed_next() {
        let found = Fate::Found(Class::Unexpected);
        let marks = [
            mark(Some(0), 0, Fate::Sent),
            mark(Some(1), 0, Fate::Passed),
            mark(Some(2), 1, Fate::Sent),
            mark(None, 0, found),
            mark(Some(3), 1, Fate::Passed),
            mark(Some(9), 1, Fate::Sent),
            mark(None, 0, found),
            mark(Some(5), 0, Fate::Passed),
        ];
        assert_eq!(place(&marks, 3), Some(2), "behind what the other client sent");
        assert_eq!(place(&marks, 6), Some(4), "before what this client passed next");
        assert_eq!(place(&marks[3..], 0), None, "nothing is above it");
    }

    #[test]
    fn a_frame_stands_below_one_of_another_content_that_came_before_it() {
        let wrong = Fate::Found(Class::WrongPayload);
        let extra = Fate::Found(Class::Unexpected);
        let marks = [mark(Some(0), 0, Fate::Sent), mark(Some(1), 0, wrong), mark(None, 0, extra)];
        assert_eq!(place(&marks, 2), Some(1));
    }
}
