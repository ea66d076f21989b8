use super::{Decoration, Diagram, Item, NotePlace, ParticipantGroup};
use super::{Directive, Setting};
use crate::source::Span;

impl Diagram {
    /// The diagram without comments, blank lines, styling and places: equal for two texts that say the same.
    #[must_use]
    pub fn meaning(&self) -> Diagram {
        let mut diagram = self.without_spans();
        strip(&mut diagram.body);
        for participant in &mut diagram.participants {
            participant.style = None;
        }
        diagram
    }

    /// The diagram with every place set to nowhere: equal for two prints of one diagram.
    #[must_use]
    pub fn without_spans(&self) -> Diagram {
        let mut diagram = self.clone();
        diagram.for_each_span(&mut |span| *span = Span::default());
        diagram
    }

    /// Visits every place in the diagram.
    pub fn for_each_span(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        visit(&mut self.span);
        for participant in &mut self.participants {
            visit(&mut participant.span);
        }
        for setting in &mut self.settings {
            visit(setting.span_mut());
        }
        spans(&mut self.body, visit);
    }
}

fn strip(items: &mut Vec<Item>) {
    items.retain(|item| !matches!(item, Item::Comment(..) | Item::Blank | Item::Style(..)));
    for item in items {
        match item {
            Item::Group(group) => {
                group.style = None;
                strip(&mut group.body);
            }
            Item::Fragment(fragment) => {
                fragment.style = None;
                for operand in &mut fragment.operands {
                    strip(&mut operand.body);
                }
            }
            Item::Arrow(arrow) => {
                arrow.drawn.style = None;
                arrow.drawn.decoration = Decoration::default();
            }
            Item::Note(note) => note.style = None,
            Item::Ref(reference) => reference.style = None,
            Item::Lifecycle { style, .. } => *style = None,
            Item::Declare(..)
            | Item::Divider { .. }
            | Item::Delay { .. }
            | Item::Space(..)
            | Item::Autonumber(..)
            | Item::TimeBound(_)
            | Item::Style(..)
            | Item::Directive(_)
            | Item::Comment(..)
            | Item::Blank => {}
        }
    }
}

fn spans(items: &mut [Item], visit: &mut dyn FnMut(&mut Span)) {
    for item in items {
        match item {
            Item::Group(ParticipantGroup { body, span, .. }) => {
                visit(span);
                spans(body, visit);
            }
            Item::Fragment(fragment) => {
                visit(&mut fragment.span);
                for operand in &mut fragment.operands {
                    visit(&mut operand.span);
                    spans(&mut operand.body, visit);
                }
            }
            Item::Arrow(arrow) => {
                visit(&mut arrow.span);
                visit(&mut arrow.label_span);
            }
            Item::Note(note) => visit(&mut note.span),
            Item::Ref(reference) => visit(&mut reference.span),
            Item::TimeBound(bound) => visit(&mut bound.span),
            Item::Directive(Directive { span, .. })
            | Item::Declare(_, span)
            | Item::Divider { span, .. }
            | Item::Delay { span, .. }
            | Item::Space(_, span)
            | Item::Lifecycle { span, .. }
            | Item::Autonumber(_, span)
            | Item::Style(_, span)
            | Item::Comment(_, span) => visit(span),
            Item::Blank => {}
        }
    }
}

impl Setting {
    /// Where it stands.
    pub fn span(&self) -> Span {
        let mut copy = self.clone();
        *copy.span_mut()
    }

    fn span_mut(&mut self) -> &mut Span {
        match self {
            Setting::Binding(_, span)
            | Setting::Timeout(_, span)
            | Setting::Settle(_, span)
            | Setting::Seed(_, span)
            | Setting::Order(_, span)
            | Setting::Simulate(_, span)
            | Setting::Test(_, span)
            | Setting::Var { span, .. }
            | Setting::Expect { span, .. }
            | Setting::Needs(_, span)
            | Setting::Tags(_, span)
            | Setting::Skip(_, span) => span,
            Setting::Clients(clients) => &mut clients.span,
        }
    }
}

impl NotePlace {
    /// The participants that it names.
    pub fn participants(&self) -> &[super::ParticipantId] {
        match self {
            NotePlace::LeftOf(one) | NotePlace::RightOf(one) => std::slice::from_ref(one),
            NotePlace::Over(several) => several,
            NotePlace::Across | NotePlace::LeftOfArrow | NotePlace::RightOfArrow => &[],
        }
    }
}
