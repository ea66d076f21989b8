use super::Setting;
use super::{Create, Decoration, Diagram, Directive, End, Item, Lifecycle, NotePlace, ParticipantGroup, ParticipantId};
use crate::source::Span;

impl Diagram {
    /// The diagram without comments, blank lines, styling and places: equal for two texts that say the same.
    ///
    /// What an arrow's signs say of the life of its ends (`->+`, `->*`) is written as statements of their own around
    /// it, and what is to end with the next arrow as ending behind it: dialects differ in which of them they have.
    #[must_use]
    pub fn meaning(&self) -> Diagram {
        let mut diagram = self.without_spans();
        strip(&mut diagram.body);
        declared_once(&mut diagram.body, false, &mut vec![false; diagram.participants.len()]);
        // A break is drawn as a break, however it is spelled; labels are payload, and keep what they hold.
        // Blanks around it are not drawn.
        diagram.for_each_drawn_text(&mut |text| *text = text.replace("\\n", "\n").trim().to_owned());
        diagram.settings.retain(|setting| !matches!(setting, Setting::Breaks(..)));
        let mut created = Vec::new();
        diagram.body = spelled_out(std::mem::take(&mut diagram.body), &mut created);
        for id in created {
            diagram.participants[id.0 as usize].declared = true;
        }
        diagram.lanes.clear();
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

/// Takes out what declares a participant again, which is as it was; in a box it says that it stands there.
fn declared_once(items: &mut Vec<Item>, in_box: bool, known: &mut Vec<bool>) {
    items.retain_mut(|item| {
        if let Item::Declare(id, _) = item {
            let again = known.get_mut(id.0 as usize).is_some_and(|known| std::mem::replace(known, true));
            return in_box || !again;
        }
        if let Item::Group(group) = item {
            declared_once(&mut group.body, true, known);
        } else if let Item::Fragment(fragment) = item {
            fragment.operands.iter_mut().for_each(|operand| declared_once(&mut operand.body, in_box, known));
        }
        true
    });
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
                    operand.style = None;
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

/// The statements with the life of participants in lines of their own.
fn spelled_out(items: Vec<Item>, created: &mut Vec<ParticipantId>) -> Vec<Item> {
    let life = |participant, change| Item::Lifecycle { participant, change, style: None, span: Span::default() };
    let mut out = Vec::with_capacity(items.len());
    let mut ending: Vec<ParticipantId> = Vec::new();
    for item in items {
        match item {
            Item::Arrow(mut arrow) => {
                let ids = |end: &End| match end {
                    End::Participant(id) => vec![*id],
                    End::Several(ids) => ids.clone(),
                    End::Outside(_) | End::Everyone { .. } => Vec::new(),
                };
                let (from, to) = (ids(&arrow.from), ids(&arrow.to));
                let drawn = &mut arrow.drawn;
                let said = |sign: &mut bool, ids: &[ParticipantId]| -> Vec<ParticipantId> {
                    if std::mem::take(sign) { ids.to_vec() } else { Vec::new() }
                };
                for id in said(&mut drawn.create, &to) {
                    created.push(id);
                    out.push(life(id, Lifecycle::Create(Create::Plain)));
                }
                let begun = said(&mut drawn.activate, &to);
                let rested = said(&mut drawn.deactivate, &from);
                ending.extend(said(&mut drawn.destroy, &to));
                out.push(Item::Arrow(arrow));
                out.extend(begun.into_iter().map(|id| life(id, Lifecycle::Activate)));
                out.extend(rested.into_iter().map(|id| life(id, Lifecycle::Deactivate)));
                out.extend(ending.drain(..).map(|id| life(id, Lifecycle::Destroy)));
            }
            Item::Lifecycle { participant, change, .. } => match change {
                Lifecycle::DestroyAfter => ending.push(participant),
                Lifecycle::Create(_) => {
                    created.push(participant);
                    out.push(life(participant, Lifecycle::Create(Create::Plain)));
                }
                Lifecycle::Activate | Lifecycle::Deactivate | Lifecycle::Destroy => out.push(life(participant, change)),
            },
            Item::Group(group) => {
                out.push(Item::Group(ParticipantGroup { body: spelled_out(group.body, created), ..group }));
            }
            Item::Fragment(mut fragment) => {
                // What ends with the first arrow of a block is not an arrow of this level.
                out.extend(ending.drain(..).map(|id| life(id, Lifecycle::DestroyAfter)));
                for operand in &mut fragment.operands {
                    operand.body = spelled_out(std::mem::take(&mut operand.body), created);
                }
                out.push(Item::Fragment(fragment));
            }
            Item::Declare(..)
            | Item::Note(_)
            | Item::Ref(_)
            | Item::Divider { .. }
            | Item::Delay { .. }
            | Item::Space(..)
            | Item::Autonumber(..)
            | Item::TimeBound(_)
            | Item::Style(..)
            | Item::Directive(_)
            | Item::Comment(..)
            | Item::Blank => out.push(item),
        }
    }
    out.extend(ending.into_iter().map(|id| life(id, Lifecycle::DestroyAfter)));
    out
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

    /// The participants that it names.
    pub fn names(&self) -> Vec<String> {
        let mut copy = self.clone();
        copy.names_mut().to_vec()
    }

    /// The same, to change them.
    pub fn names_mut(&mut self) -> &mut [String] {
        match self {
            Setting::Simulate(names, _)
            | Setting::Test(names, _)
            | Setting::Server(names, _)
            | Setting::Silent(names, _) => names,
            Setting::Clients(clients) => std::slice::from_mut(&mut clients.name),
            Setting::Binding(..)
            | Setting::Timeout(..)
            | Setting::Settle(..)
            | Setting::Seed(..)
            | Setting::Order(..)
            | Setting::Var { .. }
            | Setting::Expect { .. }
            | Setting::Needs(..)
            | Setting::Tags(..)
            | Setting::Skip(..)
            | Setting::Breaks(..) => &mut [],
        }
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
            | Setting::Server(_, span)
            | Setting::Silent(_, span)
            | Setting::Var { span, .. }
            | Setting::Expect { span, .. }
            | Setting::Needs(_, span)
            | Setting::Tags(_, span)
            | Setting::Skip(_, span)
            | Setting::Breaks(_, span) => span,
            Setting::Clients(clients) => &mut clients.span,
        }
    }
}

impl NotePlace {
    /// The participants that it names.
    pub fn participants(&self) -> &[ParticipantId] {
        match self {
            NotePlace::LeftOf(one) | NotePlace::RightOf(one) => std::slice::from_ref(one),
            NotePlace::Over(several) => several,
            NotePlace::Across | NotePlace::LeftOfArrow | NotePlace::RightOfArrow => &[],
        }
    }
}
