use super::{Arrow, Item, Operand};

impl Item {
    /// The body of a group, or those of a fragment.
    fn bodies(&self) -> impl DoubleEndedIterator<Item = &[Item]> {
        let (group, operands): (Option<&[Item]>, &[Operand]) = match self {
            Item::Group(group) => (Some(&group.body), &[]),
            Item::Fragment(fragment) => (None, &fragment.operands),
            Item::Arrow(_)
            | Item::Declare(..)
            | Item::Note(_)
            | Item::Ref(_)
            | Item::Divider { .. }
            | Item::Delay { .. }
            | Item::Space(..)
            | Item::Lifecycle { .. }
            | Item::Autonumber(..)
            | Item::TimeBound(_)
            | Item::Style(..)
            | Item::Directive(_)
            | Item::Comment(..)
            | Item::Blank => (None, &[]),
        };
        group.into_iter().chain(operands.iter().map(|operand| &*operand.body))
    }
}

/// Every statement at any depth, in the order of the text: a block before what is in it.
pub fn every(items: &[Item]) -> impl Iterator<Item = &Item> {
    let mut open = vec![items.iter()];
    std::iter::from_fn(move || {
        loop {
            match open.last_mut()?.next() {
                Some(item) => {
                    open.extend(item.bodies().rev().map(<[Item]>::iter));
                    return Some(item);
                }
                None => drop(open.pop()),
            }
        }
    })
}

/// Every arrow at any depth, in the order of the text.
pub fn arrows(items: &[Item]) -> impl Iterator<Item = &Arrow> {
    every(items).filter_map(|item| if let Item::Arrow(arrow) = item { Some(arrow) } else { None })
}

/// Changes every statement at any depth, in the order of the text: a block before what is in it. (Blocks that were read
/// nest only so deep, so this may recurse.)
pub fn change_every(items: &mut [Item], change: &mut dyn FnMut(&mut Item)) {
    for item in items {
        change(item);
        if let Item::Group(group) = item {
            change_every(&mut group.body, change);
        } else if let Item::Fragment(fragment) = item {
            fragment.operands.iter_mut().for_each(|operand| change_every(&mut operand.body, change));
        }
    }
}
