use super::number::Numbers;
use super::{Bar, Frame, Lane, LaneBox, Message, Note, Place, Row, Tip, View, What};
use crate::diagram::{
    Arrow, Diagram, DirectiveKind, End, Fragment, FragmentKind, Item, Lifecycle, NotePlace, ParticipantGroup,
    ParticipantId, Setting, Side, Turns,
};
use crate::order::{Order, Point, Role};
use crate::report::color;
use crate::source::{Sources, Span, elapsed_words};
use rustc_hash::FxHashMap;

/// Rows in the order of the text. With an order, `*` is drawn to those to whom it goes, and lanes know their role.
pub(super) fn build(diagram: &Diagram, sources: &Sources, order: Option<&Order>) -> View {
    let mut builder = Builder { order, ..Builder::empty(sources) };
    builder.lanes(diagram);
    builder.items(&diagram.body, 0);
    builder.finish(diagram)
}

struct Builder<'a> {
    view: View,
    sources: &'a Sources,
    order: Option<&'a Order>,
    numbers: Numbers,
    /// Frames that are open, outermost first.
    open: Vec<usize>,
    /// Open bars of each lane, as indices of `view.bars`.
    active: Vec<Vec<usize>>,
    /// Lanes that begin, or end, with the next arrow to or from them.
    create: Vec<usize>,
    destroy: Vec<usize>,
    /// What directives say of the next arrow or fragment.
    tags: Vec<String>,
    /// The row of the last arrow.
    last: Option<usize>,
    /// To whom an arrow to many goes, by its statement.
    many: FxHashMap<Span, Vec<usize>>,
}

impl<'a> Builder<'a> {
    fn empty(sources: &'a Sources) -> Self {
        Builder {
            view: View::default(),
            sources,
            order: None,
            numbers: Numbers::default(),
            open: Vec::new(),
            active: Vec::new(),
            create: Vec::new(),
            destroy: Vec::new(),
            tags: Vec::new(),
            last: None,
            many: FxHashMap::default(),
        }
    }

    fn lanes(&mut self, diagram: &Diagram) {
        self.view.places = vec![0; diagram.participants.len()];
        for (lane, id) in diagram.across().into_iter().enumerate() {
            let participant = diagram.participant(id);
            self.view.places[id.0 as usize] = lane;
            self.view.lanes.push(Lane {
                name: breaks(participant.drawn()),
                kind: participant.kind,
                color: participant.style.as_deref().and_then(color::from_style),
                count: None,
                tested: None,
                begins: None,
                ends: None,
            });
        }
        for setting in &diagram.settings {
            if let Setting::Clients(clients) = setting
                && let Some(id) = diagram.find(&clients.name)
            {
                let lane = self.lane(id);
                self.view.lanes[lane].count = Some(clients.count);
            }
        }
        self.active.resize(self.view.lanes.len(), Vec::new());
        let Some(order) = self.order else { return };
        for lifeline in &order.lifelines {
            if let Some(lane) = self.view.lane(lifeline.participant) {
                let lane = &mut self.view.lanes[lane];
                lane.tested = Some(lane.tested.unwrap_or(false) | (lifeline.role == Role::Tested));
            }
        }
        for arrow in &order.arrows {
            if let Point::Lifeline(to) = arrow.to
                && let Some(lane) = self.view.lane(order.lifeline(to).participant)
            {
                let lanes = self.many.entry(arrow.span).or_default();
                if !lanes.contains(&lane) {
                    lanes.push(lane);
                }
            }
        }
    }

    fn items(&mut self, items: &[Item], box_depth: usize) {
        for item in items {
            self.item(item, box_depth);
        }
    }

    fn item(&mut self, item: &Item, box_depth: usize) {
        match item {
            Item::Arrow(arrow) => self.arrow(arrow),
            Item::Fragment(fragment) => self.fragment(fragment),
            Item::Group(group) => self.group(group, box_depth),
            Item::Note(note) => {
                let place = match &note.place {
                    NotePlace::LeftOf(lane) => Place::LeftOf(self.lane(*lane)),
                    NotePlace::RightOf(lane) => Place::RightOf(self.lane(*lane)),
                    NotePlace::Over(lanes) => self.over(lanes),
                    NotePlace::Across => self.across(),
                    NotePlace::LeftOfArrow => {
                        self.last_lanes().map_or(self.across(), |(first, _)| Place::LeftOf(first))
                    }
                    NotePlace::RightOfArrow => {
                        self.last_lanes().map_or(self.across(), |(_, last)| Place::RightOf(last))
                    }
                };
                if self.view.lanes.is_empty() {
                    return;
                }
                let color = note.style.as_deref().and_then(color::from_style);
                let (text, beside) = (breaks(&note.text), note.same_height);
                self.row(note.span, What::Note(Note { shape: note.shape, place, text, color, beside }));
            }
            Item::Ref(reference) => {
                let (first, last) = self.over(&reference.over).lanes();
                let color = reference.style.as_deref().and_then(color::from_style);
                if !self.view.lanes.is_empty() {
                    let text = breaks(&reference.text);
                    self.row(reference.span, What::Ref { lanes: (first, last), text, color });
                }
            }
            Item::Divider { text, span } => self.row(*span, What::Divider(breaks(text))),
            Item::Delay { text, span, .. } => self.row(*span, What::Delay(breaks(text))),
            Item::Space(units, span) => self.row(*span, What::Space(units.unwrap_or(1).clamp(-50, 200))),
            Item::Lifecycle { participant, change, .. } => self.lifecycle(self.lane(*participant), *change),
            Item::Autonumber(statement, _) => self.numbers.set(statement),
            Item::TimeBound(bound) => {
                let text = format!("{} to {}: {}", bound.from, bound.to, bound.text);
                self.row(bound.span, What::Remark(text));
            }
            Item::Directive(directive) => self.directive(&directive.kind),
            Item::Declare(..) | Item::Style(..) | Item::Comment(..) | Item::Blank => {}
        }
    }

    fn arrow(&mut self, arrow: &Arrow) {
        let from = self.tips(&arrow.from, &arrow.to, arrow.span);
        let to = self.tips(&arrow.to, &arrow.from, arrow.span);
        let row = self.view.rows.len();
        let begins = |lane: &usize| to.contains(&Tip::Lane(*lane));
        let create = arrow.drawn.create || self.create.iter().any(begins);
        let message = Message {
            from: from.clone(),
            to: to.clone(),
            text: breaks(&arrow.label),
            number: self.numbers.take(),
            line: arrow.drawn.line,
            head: arrow.drawn.head,
            both: arrow.drawn.both,
            lost: arrow.drawn.lost,
            create,
            destroy: arrow.drawn.destroy,
            slant: arrow.drawn.slant.unwrap_or(0).min(100),
            beside: arrow.drawn.same_height && self.last.is_some(),
            color: arrow.drawn.style.as_deref().and_then(color::from_style),
            tags: std::mem::take(&mut self.tags),
            undrawn: false,
        };
        self.last = Some(row);
        self.row(arrow.span, What::Message(message));
        if create {
            for lane in to.iter().filter_map(|tip| tip.lane()) {
                self.view.lanes[lane].begins.get_or_insert(row);
                self.create.retain(|waiting| *waiting != lane);
            }
        }
        let touched: Vec<usize> = from.iter().chain(&to).filter_map(|tip| tip.lane()).collect();
        for lane in std::mem::take(&mut self.destroy) {
            if touched.contains(&lane) {
                self.end_lane(lane, row);
            } else {
                self.destroy.push(lane);
            }
        }
        let lanes_of = |tips: &[Tip]| tips.iter().filter_map(|tip| tip.lane()).collect::<Vec<_>>();
        if arrow.drawn.deactivate {
            lanes_of(&from).into_iter().for_each(|lane| self.deactivate(lane, row));
        }
        if arrow.drawn.activate {
            lanes_of(&to).into_iter().for_each(|lane| self.activate(lane, row));
        }
        if arrow.drawn.destroy {
            lanes_of(&to).into_iter().for_each(|lane| self.end_lane(lane, row));
        }
    }

    fn fragment(&mut self, fragment: &Fragment) {
        let index = self.view.frames.len();
        let tags = std::mem::take(&mut self.tags);
        let guard = fragment.operands.first().map_or("", |operand| &operand.guard);
        let (keyword, mut guard) = heading(&fragment.kind, guard);
        for tag in tags {
            guard = format!("{guard} ({tag})").trim().to_owned();
        }
        let style = fragment.style.as_deref().or((fragment.kind == FragmentKind::Rect).then_some(&*guard));
        let color = style.and_then(color::from_style);
        let background = fragment.kind == FragmentKind::Rect;
        self.view.frames.push(Frame {
            keyword,
            guard: if background && color.is_some() { String::new() } else { guard },
            lanes: None,
            depth: self.open.len(),
            outer: self.open.last().copied(),
            color,
            background,
            rows: (self.view.rows.len(), 0),
            span: fragment.span,
            taken: Vec::new(),
        });
        self.row(fragment.span, What::Open(index));
        self.open.push(index);
        for (number, operand) in fragment.operands.iter().enumerate() {
            if number > 0 {
                let guard = breaks(&operand.guard);
                self.row(operand.span, What::Else { frame: index, guard, operand: number as u32 });
            }
            self.items(&operand.body, 0);
        }
        self.open.pop();
        self.tags.clear();
        self.view.frames[index].rows.1 = self.view.rows.len();
        let end = Span { start: fragment.span.end, ..fragment.span };
        self.row(end, What::Close(index));
    }

    fn group(&mut self, group: &ParticipantGroup, depth: usize) {
        let mut lanes = Vec::new();
        declared(&group.body, &mut lanes);
        let inside = lanes.iter().filter_map(|id| self.view.lane(*id));
        if let (Some(first), Some(last)) = (inside.clone().min(), inside.max()) {
            let color = group.style.as_deref().and_then(color::from_style);
            self.view.boxes.push(LaneBox { title: breaks(&group.title), color, lanes: (first, last), depth });
        }
        self.items(&group.body, depth + 1);
    }

    fn lifecycle(&mut self, lane: usize, change: Lifecycle) {
        let row = self.view.rows.len().saturating_sub(1);
        match change {
            Lifecycle::Activate => self.activate(lane, self.last.unwrap_or(row)),
            Lifecycle::Deactivate => self.deactivate(lane, row),
            Lifecycle::Create(_) => self.create.push(lane),
            Lifecycle::Destroy => self.end_lane(lane, self.last.unwrap_or(row)),
            Lifecycle::DestroyAfter => self.destroy.push(lane),
        }
    }

    fn directive(&mut self, kind: &DirectiveKind) {
        let tag = match kind {
            DirectiveKind::Within(time) => format!("≤ {}", elapsed_words(*time)),
            DirectiveKind::After(time) => format!("≥ {}", elapsed_words(*time)),
            DirectiveKind::Between(from, to) => format!("{} to {}", elapsed_words(*from), elapsed_words(*to)),
            DirectiveKind::Never => "never".to_owned(),
            DirectiveKind::Unordered => "unordered".to_owned(),
            DirectiveKind::KnownFailure(_) => "known failure".to_owned(),
            DirectiveKind::Depends(_)
            | DirectiveKind::Ignore(_)
            | DirectiveKind::Consider(_)
            | DirectiveKind::Quote { .. }
            | DirectiveKind::Raw
            | DirectiveKind::Allow { .. } => return,
        };
        self.tags.push(tag);
    }

    fn row(&mut self, span: Span, what: What) {
        let source = self.sources.iter().nth(span.source.0 as usize);
        let line = source.map_or(0, |(_, source)| source.line_of(span.start));
        let row = Row { line, span, what, run: None };
        if let Some((first, last)) = row.lanes() {
            for &frame in &self.open {
                let lanes = self.view.frames[frame].lanes.get_or_insert((first, last));
                *lanes = (lanes.0.min(first), lanes.1.max(last));
            }
        }
        self.view.rows.push(row);
    }

    fn activate(&mut self, lane: usize, row: usize) {
        self.active[lane].push(self.view.bars.len());
        let level = self.active[lane].len() - 1;
        self.view.bars.push(Bar { lane, level, from: row, to: usize::MAX });
    }

    fn deactivate(&mut self, lane: usize, row: usize) {
        if let Some(bar) = self.active[lane].pop() {
            self.view.bars[bar].to = row;
        }
    }

    fn end_lane(&mut self, lane: usize, row: usize) {
        while !self.active[lane].is_empty() {
            self.deactivate(lane, row);
        }
        self.view.lanes[lane].ends = Some(row);
    }

    fn tips(&self, end: &End, other: &End, span: Span) -> Vec<Tip> {
        match end {
            End::Participant(id) => vec![Tip::Lane(self.lane(*id))],
            End::Outside(Side::Left) => vec![Tip::Left],
            End::Outside(Side::Right) => vec![Tip::Right],
            End::Several(ids) => ids.iter().map(|id| Tip::Lane(self.lane(*id))).collect(),
            End::Everyone { except } => {
                if let Some(lanes) = self.many.get(&span).filter(|lanes| !lanes.is_empty()) {
                    return lanes.iter().map(|&lane| Tip::Lane(lane)).collect();
                }
                let all = (0..self.view.places.len() as u32).map(ParticipantId);
                let meant = all.filter(|id| !except.contains(id) && *other != End::Participant(*id));
                let mut lanes: Vec<usize> = meant.map(|id| self.lane(id)).collect();
                lanes.sort_unstable();
                let tips: Vec<_> = lanes.into_iter().map(Tip::Lane).collect();
                if tips.is_empty() { vec![Tip::Right] } else { tips }
            }
        }
    }

    /// The lane of a participant.
    fn lane(&self, id: ParticipantId) -> usize {
        self.view.lane(id).unwrap_or(self.view.lanes.len().saturating_sub(1))
    }

    fn over(&self, ids: &[ParticipantId]) -> Place {
        let lanes = || ids.iter().map(|id| self.lane(*id));
        match (lanes().min(), lanes().max()) {
            (Some(first), Some(last)) => Place::Over(first, last),
            _ => self.across(),
        }
    }

    fn across(&self) -> Place {
        Place::Over(0, self.view.lanes.len().saturating_sub(1))
    }

    fn last_lanes(&self) -> Option<(usize, usize)> {
        self.view.rows[self.last?].lanes()
    }

    fn finish(mut self, diagram: &Diagram) -> View {
        let end = self.view.rows.len().saturating_sub(1);
        for bar in &mut self.view.bars {
            bar.to = bar.to.min(end);
        }
        if self.view.rows.is_empty() {
            // Where nothing is drawn, nobody begins, is active or ends.
            self.view.bars.clear();
            self.view.lanes.iter_mut().for_each(|lane| (lane.begins, lane.ends) = (None, None));
        }
        self.view.title = diagram.title.as_deref().map(breaks);
        self.view.boxes.sort_by_key(|group| group.depth);
        self.view
    }
}

/// The word in the corner of a frame and the text beside it.
fn heading(kind: &FragmentKind, guard: &str) -> (String, String) {
    let guard = breaks(guard);
    match kind {
        FragmentKind::Loop(Turns::Between { min, max }) => {
            let turns = match max {
                Some(max) if max == min => format!("loop {min}"),
                Some(max) => format!("loop {min}..{max}"),
                None => format!("loop {min}..*"),
            };
            (turns, guard)
        }
        // The first word after `group` is its name.
        FragmentKind::Group => match guard.split_once(' ') {
            Some((name, rest)) => (name.to_owned(), rest.trim().to_owned()),
            None if guard.is_empty() => ("group".to_owned(), guard),
            None => (guard, String::new()),
        },
        FragmentKind::Ignore(patterns) | FragmentKind::Consider(patterns) => {
            (kind.keyword().to_owned(), format!("{{{}}} {guard}", patterns.join(", ")).trim().to_owned())
        }
        FragmentKind::Alt
        | FragmentKind::Opt
        | FragmentKind::Loop(Turns::Free)
        | FragmentKind::Par
        | FragmentKind::Parallel
        | FragmentKind::Seq
        | FragmentKind::Strict
        | FragmentKind::Break
        | FragmentKind::Critical
        | FragmentKind::TryRecover
        | FragmentKind::Neg
        | FragmentKind::Assert
        | FragmentKind::Rect => (kind.keyword().to_owned(), guard),
    }
}

/// The participants that are declared in a group, nested ones too.
fn declared(items: &[Item], lanes: &mut Vec<ParticipantId>) {
    for item in items {
        if let Item::Declare(id, _) = item {
            lanes.push(*id);
        } else if let Item::Group(group) = item {
            declared(&group.body, lanes);
        }
    }
}

/// The text with `\n` as a line break, the only spelling of one that native labels have, and without the tags by which
/// PlantUML sets size and colour.
fn breaks(text: &str) -> String {
    let text = text.replace("\\n", "\n");
    if !text.contains('<') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once('<') {
        out.push_str(before);
        match behind.split_once('>').filter(|(tag, _)| is_style(tag)) {
            Some((_, after)) => rest = after,
            None => {
                out.push('<');
                rest = behind;
            }
        }
    }
    out + rest
}

/// Whether it is `size:18`, `/size`, `color red`, `font color=red`, `back:#eee` and the like.
fn is_style(tag: &str) -> bool {
    const TAGS: [&str; 4] = ["size", "color", "font", "back"];
    let closing = tag.strip_prefix('/');
    let name = closing.unwrap_or(tag);
    TAGS.iter().any(|known| match name.strip_prefix(known) {
        Some("") => closing.is_some(),
        Some(value) => closing.is_none() && value.starts_with([':', ' ', '=']) && value.len() < 60,
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::breaks;

    #[test]
    fn tags_of_size_and_colour_are_not_drawn_and_everything_else_is() {
        assert_eq!(breaks("<size:18>Big</size> <font color=red>red</font>\\nline"), "Big red\nline");
        let text = "<script> a < b > c <color> <size> </b> <fontain:x";
        assert_eq!(breaks(text), text);
    }
}
