use super::{Diagram, DirectiveKind, FragmentKind, Item, change_every};

impl Diagram {
    /// Every text that is drawn or told of: names, labels, guards, notes. For taking secrets out of them.
    pub fn for_each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.title.iter_mut().for_each(&mut *visit);
        for participant in &mut self.participants {
            visit(&mut participant.id);
            participant.label.iter_mut().for_each(&mut *visit);
        }
        texts(&mut self.body, visit);
    }

    /// Every text that is drawn and is neither a name that arrows use nor payload: titles, guards, notes.
    pub fn for_each_drawn_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.title.iter_mut().for_each(&mut *visit);
        self.participants.iter_mut().flat_map(|one| &mut one.label).for_each(&mut *visit);
        change_every(&mut self.body, &mut |item| match item {
            Item::Group(group) => visit(&mut group.title),
            Item::Fragment(fragment) => fragment.operands.iter_mut().for_each(|operand| visit(&mut operand.guard)),
            Item::Note(note) => visit(&mut note.text),
            Item::Ref(reference) => visit(&mut reference.text),
            Item::TimeBound(bound) => visit(&mut bound.text),
            Item::Divider { text, .. } | Item::Delay { text, .. } => visit(text),
            Item::Arrow(_)
            | Item::Declare(..)
            | Item::Space(..)
            | Item::Lifecycle { .. }
            | Item::Autonumber(..)
            | Item::Style(..)
            | Item::Directive(_)
            | Item::Comment(..)
            | Item::Blank => {}
        });
    }
}

fn texts(items: &mut [Item], visit: &mut dyn FnMut(&mut String)) {
    for item in items {
        match item {
            Item::Group(group) => {
                visit(&mut group.title);
                texts(&mut group.body, visit);
            }
            Item::Fragment(fragment) => {
                if let FragmentKind::Ignore(patterns) | FragmentKind::Consider(patterns) = &mut fragment.kind {
                    patterns.iter_mut().for_each(&mut *visit);
                }
                for operand in &mut fragment.operands {
                    visit(&mut operand.guard);
                    texts(&mut operand.body, visit);
                }
            }
            Item::Arrow(arrow) => visit(&mut arrow.label),
            Item::Note(note) => visit(&mut note.text),
            Item::Ref(reference) => visit(&mut reference.text),
            Item::TimeBound(bound) => {
                [&mut bound.from, &mut bound.to, &mut bound.text].into_iter().for_each(&mut *visit)
            }
            Item::Divider { text, .. } | Item::Delay { text, .. } => visit(text),
            Item::Style(text, _) | Item::Comment(text, _) => visit(text),
            Item::Directive(directive) => match &mut directive.kind {
                DirectiveKind::Quote { text, source } => [text, source].into_iter().for_each(&mut *visit),
                DirectiveKind::KnownFailure(reason) => visit(reason),
                DirectiveKind::Within(_)
                | DirectiveKind::After(_)
                | DirectiveKind::Between(..)
                | DirectiveKind::Never
                | DirectiveKind::Unordered
                | DirectiveKind::Depends(_)
                | DirectiveKind::Ignore(_)
                | DirectiveKind::Consider(_)
                | DirectiveKind::Raw
                | DirectiveKind::Allow { .. } => {}
            },
            Item::Declare(..) | Item::Space(..) | Item::Lifecycle { .. } | Item::Autonumber(..) | Item::Blank => {}
        }
    }
}
