//! What two diagrams say differently: what a conversion has lost beside what its printer names.

use crate::diagram::{Arrow, Diagram, Item, arrows, change_every};

/// The first thing that a diagram does not say any more, in words; none where they say the same, or where the arrows
/// themselves differ.
pub fn named(new: &Diagram, old: &Diagram) -> Option<String> {
    let (new, old) = (new.meaning(), old.meaning());
    if names(&new) != names(&old) {
        let mut sorted = [names(&new), names(&old)];
        sorted.iter_mut().for_each(|names| names.sort_unstable());
        return (sorted[0] == sorted[1] && spoken(&new) == spoken(&old)).then(|| {
            format!("the order of the lifelines: {} instead of {}", names(&new).join(", "), names(&old).join(", "))
        });
    }
    if spoken(&new) != spoken(&old) {
        return None;
    }
    let pairs = || new.participants.iter().zip(&old.participants);
    if let Some((_, one)) =
        pairs().find(|(new, old)| (new.declared, &new.label, new.kind) != (old.declared, &old.label, old.kind))
    {
        return Some(format!("the declaration of `{}`", one.id));
    }
    let rest = |diagram: &Diagram| {
        let mut diagram = diagram.clone();
        without_life(&mut diagram.body);
        diagram
    };
    let (new_rest, old_rest) = (rest(&new), rest(&old));
    if new_rest.body == old_rest.body {
        return Some("the activation, creation or end of a lifeline".to_owned());
    }
    (new_rest.settings == old_rest.settings).then(|| "an element that is not an arrow".to_owned())
}

fn names(diagram: &Diagram) -> Vec<&str> {
    diagram.participants.iter().map(|participant| participant.id.as_str()).collect()
}

/// Who says what to whom.
fn spoken(diagram: &Diagram) -> Vec<String> {
    let name = |id: &crate::diagram::ParticipantId| diagram.participant(*id).id.clone();
    let end = |end: &crate::diagram::End| match end {
        crate::diagram::End::Participant(id) => name(id),
        crate::diagram::End::Several(ids) => ids.iter().map(name).collect::<Vec<_>>().join("&"),
        crate::diagram::End::Outside(side) => format!("{side:?}"),
        crate::diagram::End::Everyone { except } => {
            format!("* {}", except.iter().map(name).collect::<Vec<_>>().join("&"))
        }
    };
    let one = |arrow: &Arrow| format!("{} {} {} {}", end(&arrow.from), end(&arrow.to), arrow.label, arrow.drawn.lost);
    arrows(&diagram.body).map(one).collect()
}

fn without_life(items: &mut Vec<Item>) {
    let keeps = |item: &Item| !matches!(item, Item::Lifecycle { .. } | Item::Declare(..));
    items.retain(keeps);
    change_every(items, &mut |item| match item {
        Item::Group(group) => group.body.retain(keeps),
        Item::Fragment(fragment) => fragment.operands.iter_mut().for_each(|operand| operand.body.retain(keeps)),
        _ => {}
    });
}
