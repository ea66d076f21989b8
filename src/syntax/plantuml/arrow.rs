//! Arrows: dressing, body and ends, from every spelling into one [`Drawn`].
//!
//! An arrow with a head at its left end only is drawn from right to left; a cross at the receiver's end is a message
//! that is lost. Two dashes or more, counted over both halves of the body, make a dashed line.

use super::grammar::{Pair, Rule, find, has, label, name, ornaments, place};
use super::life::{Change, Message};
use super::lines::Line as Text;
use super::reader::{Numbering, Reader};
use crate::diagram::parse_duration;
use crate::diagram::{
    Arrow, Decoration, Drawn, End, Head, Item, Line, ParticipantId, ParticipantKind, Side, TimeBound,
};
use crate::source::Diagnostic;
use crate::syntax::{Declaration, SYNTAX};

/// The pieces of an arrow between its ends.
#[derive(Debug, Default)]
struct Dressing<'i> {
    left: Option<&'i str>,
    right: Option<&'i str>,
    /// `o` or `x` at the left end and at the right end.
    ends: (Option<char>, Option<char>),
    dashes: usize,
    paint: Option<&'i str>,
    slant: Option<u32>,
}

/// An arrow is drawn from left to right, or from right to left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Right,
    Left,
}

impl<'i> Dressing<'i> {
    fn read(pair: &Pair<'i>) -> Self {
        let mut dressing = Dressing::default();
        let sign = |piece: &Pair<'_>| piece.as_str().chars().next().map(|c| c.to_ascii_lowercase());
        let mut body = false;
        for piece in pair.clone().into_inner() {
            match piece.as_rule() {
                Rule::head_left => dressing.left = Some(piece.as_str()),
                Rule::head_right => dressing.right = Some(piece.as_str()),
                Rule::left_end => dressing.ends.0 = sign(&piece),
                Rule::right_end => dressing.ends.1 = sign(&piece),
                // Beside an arrow from or to the edge, the side of these follows from where they stand.
                Rule::near_end | Rule::border_end if body => dressing.ends.1 = sign(&piece),
                Rule::near_end | Rule::border_end => dressing.ends.0 = sign(&piece),
                Rule::dashes => {
                    body = true;
                    dressing.dashes += piece.as_str().len();
                }
                Rule::paint => dressing.paint = Some(piece.as_str()),
                Rule::slant => {
                    dressing.slant = piece.into_inner().next().and_then(|number| number.as_str().parse().ok());
                }
                _ => {}
            }
        }
        dressing
    }

    /// Which way it points; none where it has neither head nor cross.
    ///
    /// A cross counts as a head, and where both ends have one the right one counts.
    fn way(&self) -> Option<Way> {
        let head = |head: Option<&str>, end: Option<char>| head.is_some() || end == Some('x');
        if head(self.right, self.ends.1) { Some(Way::Right) } else { head(self.left, self.ends.0).then_some(Way::Left) }
    }

    /// The same beside the edge of the drawing, where a cross only counts without a head.
    fn way_at_edge(&self) -> Option<Way> {
        match (self.left, self.right) {
            (_, Some(_)) => Some(Way::Right),
            (Some(_), None) if self.ends != (Some('x'), Some('x')) => Some(Way::Left),
            (_, None) => (self.ends.0 == Some('x') || self.ends.1 == Some('x')).then_some(Way::Right),
        }
    }

    fn drawn(&self, way: Way) -> Drawn {
        let heads = (self.left.map(head).map(|(head, thin)| (turned(head), thin)), self.right.map(head));
        let (sender, receiver) = if way == Way::Right { heads } else { (heads.1, heads.0) };
        let (sender_end, receiver_end) = match way {
            Way::Right => self.ends,
            Way::Left => (self.ends.1, self.ends.0),
        };
        let lost = receiver_end == Some('x');
        let (receiver, thin) = receiver.unwrap_or_default();
        let sender_head = sender.map(|(head, _)| head).filter(|&head| head != receiver);
        Drawn {
            line: if self.dashes > 1 { Line::Dashed } else { Line::Solid },
            head: receiver,
            both: sender.is_some(),
            lost,
            slant: self.slant,
            style: self.paint.map(str::to_owned),
            decoration: Decoration {
                circles: (sender_end == Some('o'), receiver_end == Some('o')),
                cross_at_sender: sender_end == Some('x'),
                thin,
                sender_head,
                ..Decoration::default()
            },
            ..Drawn::default()
        }
    }

    fn hidden(&self) -> bool {
        self.paint.is_some_and(|paint| paint.split(',').any(|word| word.eq_ignore_ascii_case("hidden")))
    }
}

/// The head of a spelling, and whether a half head is thin.
fn head(spelling: &str) -> (Head, bool) {
    match spelling.trim_matches('_') {
        ">>" | "<<" => (Head::Open, false),
        // As they are meant at the right end; `turned` for the left one.
        "\\" => (Head::HalfUpper, false),
        "\\\\" => (Head::HalfUpper, true),
        "/" => (Head::HalfLower, false),
        "//" => (Head::HalfLower, true),
        _ => (Head::Filled, false),
    }
}

/// At the left end of an arrow `/` is the upper half and `\` the lower one.
fn turned(head: Head) -> Head {
    match head {
        Head::HalfUpper => Head::HalfLower,
        Head::HalfLower => Head::HalfUpper,
        Head::Filled | Head::Open | Head::None | Head::Cross => head,
    }
}

impl Reader<'_> {
    /// `A -> B : text` in all its forms.
    pub fn arrow(&mut self, line: &Text<'_>, pair: &Pair<'_>) {
        let dressing = Dressing::read(pair);
        let Some(way) = dressing.way() else {
            self.headless(line);
            return;
        };
        let mut drawn = dressing.drawn(way);
        let (Some(left), Some(right)) = (find(pair, Rule::from), find(pair, Rule::to)) else { return };
        let (left, right) = self.ends(line, &left, &right);
        let mut receivers = vec![right];
        for receiver in pair.clone().into_inner().filter(|piece| piece.as_rule() == Rule::receiver) {
            receivers.push(self.builder.mention(receiver.as_str(), place(line, &receiver)));
        }
        let (from, receiver) = if way == Way::Right { (left, right) } else { (right, left) };
        if way == Way::Left {
            receivers[0] = left;
        }
        let to = if receivers.len() > 1 { End::Several(receivers) } else { End::Participant(receiver) };
        let glued = [Rule::from_anchor, Rule::to_anchor].into_iter().filter_map(|rule| find(pair, rule));
        let glued = glued.map(|piece| piece.as_span().start()).find(|at| !line.text[..*at].ends_with([' ', '\t']));
        if glued.is_some() {
            let warning = Diagnostic::warning(
                SYNTAX,
                "there is no space between an anchor and a name, and PlantUML may draw no arrow here",
            )
            .at(line.whole(), "read as an arrow anyway")
            .with_help("write the anchor before the arrow: {start} A -> B : text");
            self.builder.problem(warning);
        }
        let at_left = anchor(pair, Rule::from_anchor);
        let at_right = anchor(pair, Rule::to_anchor);
        let (at_from, at_to) = if way == Way::Right { (at_left, at_right) } else { (at_right, at_left) };
        drawn.decoration.leftward = way == Way::Left && left == right;
        drawn.anchors = (at_from.or_else(|| anchor(pair, Rule::before)), at_to);
        self.message(line, pair, &dressing, drawn, End::Participant(from), to, Some(receiver));
    }

    /// `[-> A`, `A ->]`, `?-> A`, `-> A`.
    pub fn outside(&mut self, line: &Text<'_>, pair: &Pair<'_>) {
        let dressing = Dressing::read(pair);
        let Some(way) = dressing.way_at_edge() else {
            self.headless(line);
            return;
        };
        if has(pair, Rule::star) {
            let warning = Diagnostic::warning(SYNTAX, "in PlantUML, this arrow goes to the edge, not to everyone")
                .at(line.whole(), "drawn, never played")
                .with_help("to several: A -> B & C : text")
                .with_help("to the edge: A ->] : text");
            self.builder.problem(warning);
        }
        let mut drawn = dressing.drawn(way);
        let border = find(pair, Rule::border);
        let border = border.as_ref().map(Pair::as_str);
        drawn.decoration.short = border == Some("?");
        drawn.anchors = (anchor(pair, Rule::before), None);
        let Some(participant) =
            pair.clone().into_inner().find(|piece| matches!(piece.as_rule(), Rule::quoted | Rule::id))
        else {
            return;
        };
        let who = self.builder.mention(name(&participant), place(line, &participant));
        // The edge is written on the left of the arrow, or on its right; the sign there says which edge is meant.
        let edge_first = pair.as_rule() == Rule::from_outside;
        let side = match border {
            Some("[") => Side::Left,
            Some("]") => Side::Right,
            _ if edge_first => Side::Left,
            _ => Side::Right,
        };
        let edge_sends = edge_first == (way == Way::Right);
        let (from, to) = (End::Outside(side), End::Participant(who));
        let (from, to) = if edge_sends { (from, to) } else { (to, from) };
        let receiver = edge_sends.then_some(who);
        self.message(line, pair, &dressing, drawn, from, to, receiver);
    }

    /// What all arrows share: suffixes, label, activation.
    #[expect(clippy::too_many_arguments, reason = "the pieces of one statement")]
    fn message(
        &mut self,
        line: &Text<'_>,
        pair: &Pair<'_>,
        dressing: &Dressing<'_>,
        mut drawn: Drawn,
        from: End,
        to: End,
        receiver: Option<ParticipantId>,
    ) {
        let suffix = find(pair, Rule::suffix);
        let suffix = suffix.as_ref().map_or("", Pair::as_str);
        drawn.create = suffix == "**";
        drawn.destroy = suffix == "!!";
        drawn.activate = suffix.contains("++");
        drawn.deactivate = suffix.contains("--");
        drawn.same_height = has(pair, Rule::same_height);
        drawn.decoration.tail = ornaments(pair);
        let message = Message { from: from.clone(), to: to.clone(), head: drawn.head, receiver };
        let sender = match from {
            End::Participant(sender) => Some(sender),
            End::Outside(_) | End::Everyone { .. } | End::Several(_) => None,
        };
        // Beside an arrow from or to the edge there is one participant, and every suffix is about it.
        let (of_sender, of_receiver) = (sender.or(receiver), receiver.or(sender));
        if drawn.create
            && let Some(who) = of_receiver
            && self.life.change(who, Change::Create).is_err()
        {
            drawn.create = false;
        }
        self.sent(line, message);
        let automatic =
            self.life.automatic && suffix.is_empty() && !drawn.lost && matches!(drawn.head, Head::Filled | Head::Open);
        let dashed = drawn.line == Line::Dashed;
        let changes = [
            (drawn.deactivate || automatic && dashed, of_sender, Change::Deactivate),
            (drawn.activate || automatic && !dashed, of_receiver, Change::Activate),
            (drawn.destroy, of_receiver, Change::Destroy),
        ];
        for (_, who, change) in changes.into_iter().filter(|&(applies, ..)| applies) {
            if let Some(who) = who {
                // PlantUML does not look whether a suffix could be obeyed.
                let _ = self.life.change(who, change);
            }
        }
        if dressing.hidden() {
            let note = Diagnostic::note(SYNTAX, "a hidden arrow is only layout, not a message")
                .at(line.whole(), "kept for drawing, never played")
                .with_help("remove `hidden` if you mean a message");
            self.builder.problem(note);
            self.builder.push(Item::Style(line.text.to_string(), line.whole()));
            return;
        }
        let (label, label_span) = label(line, pair);
        self.builder.arrow(Arrow { from, to, drawn, label, span: line.whole(), label_span });
    }

    /// A message was sent: PlantUML wants it to be the one that a `create` above announced.
    pub fn sent(&mut self, line: &Text<'_>, message: Message) {
        if let Numbering::Missing(at) = self.numbering {
            self.numbering = Numbering::None;
            let error = Diagnostic::error(SYNTAX, "there is no numbering to resume").at(at, "");
            self.builder.problem(error.with_help("start one with `autonumber`"));
        }
        if let Some(missed) = self.life.message(message) {
            let name = &self.builder.diagram.participants[missed.0 as usize].id;
            let error = Diagnostic::error(
                SYNTAX,
                format!("`{name}` was created above, but the next message does not go to it"),
            )
            .at(line.whole(), "this message goes elsewhere")
            .with_help(format!("write `create {name}` directly above the message that creates it"));
            self.builder.problem(error);
        }
    }

    fn headless(&mut self, line: &Text<'_>) {
        let error = Diagnostic::error(SYNTAX, "a line without a head between two names is not an arrow")
            .at(line.whole(), "")
            .with_help("write `->`, or `-->` for a dashed one");
        self.builder.problem(error);
    }

    /// The two ends of an arrow, where either may say `as`: that declares, and then the left one is declared first.
    fn ends(&mut self, line: &Text<'_>, left: &Pair<'_>, right: &Pair<'_>) -> (ParticipantId, ParticipantId) {
        let declares = |end: &Pair<'_>| has(end, Rule::label_as_id_loose) || has(end, Rule::id_as_label_loose);
        let any = declares(left) || declares(right);
        let mut ends = [left, right].into_iter().map(|end| {
            let (id, drawn) = end_name(end);
            if any && self.builder.known(id).is_none() {
                let label = drawn.map(str::to_owned);
                let kind = ParticipantKind::Participant;
                let declaration = Declaration { id: id.to_owned(), label, kind, style: None };
                self.builder.declare(declaration, place(line, end));
            }
            self.builder.mention(id, place(line, end))
        });
        let left = ends.next().unwrap_or_default();
        (left, ends.next().unwrap_or_default())
    }

    /// `return text`: the arrow back to where the last activation came from.
    pub fn reply(&mut self, line: &Text<'_>, pair: &Pair<'_>) {
        let Some(reply) = self.life.reply() else {
            let error = Diagnostic::error(SYNTAX, "`return` has nothing to return from")
                .at(line.whole(), "no participant is active here, and no message is directly above")
                .with_help("write the arrow itself: B --> A : text");
            self.builder.problem(error);
            return;
        };
        let answered = reply.answers;
        let (from, to, receiver) = match (&answered.from, answered.receiver) {
            // Back from where a message to the edge came: PlantUML turns the arrow round.
            (End::Participant(sender), None) => (answered.to.clone(), End::Participant(*sender), Some(*sender)),
            (End::Participant(sender), Some(receiver)) => {
                (End::Participant(receiver), End::Participant(*sender), Some(*sender))
            }
            (from, Some(receiver)) => (End::Participant(receiver), from.clone(), None),
            (from, None) => (answered.to.clone(), from.clone(), None),
        };
        let ends = answered.receiver.filter(|_| reply.deactivates);
        let drawn = Drawn {
            line: Line::Dashed,
            head: answered.head,
            deactivate: ends.is_some() && !self.life.automatic,
            same_height: has(pair, Rule::same_height),
            style: find(pair, Rule::plain).map(|colour| colour.as_str().to_owned()),
            ..Drawn::default()
        };
        let head = drawn.head;
        self.sent(line, Message { from: from.clone(), to: to.clone(), head, receiver });
        if let Some(who) = ends {
            let _ = self.life.change(who, Change::Deactivate);
        }
        let (label, label_span) = label(line, pair);
        if label.starts_with(':') {
            let warning = Diagnostic::warning(
                SYNTAX,
                "the text of `return` has no colon before it; this colon is part of the text",
            )
            .at(label_span, "read as it is")
            .with_help(format!("return {}", label.trim_start_matches(':').trim_start()));
            self.builder.problem(warning);
        }
        self.builder.arrow(Arrow { from, to, drawn, label, span: line.whole(), label_span });
    }

    /// `{a} <-> {b} : 5s`
    pub fn time_bound(&mut self, line: &Text<'_>, pair: &Pair<'_>) {
        let mut anchors = pair.clone().into_inner().filter(|piece| piece.as_rule() == Rule::anchor_name);
        let mut next = || anchors.next().map(|anchor| anchor.as_str().to_owned()).unwrap_or_default();
        let (from, to) = (next(), next());
        let (text, _) = label(line, pair);
        let duration = parse_duration(&text);
        self.builder.push(Item::TimeBound(TimeBound { from, to, text, duration, span: line.whole() }));
    }
}

fn anchor(pair: &Pair<'_>, rule: Rule) -> Option<String> {
    let anchor = find(pair, rule)?;
    Some(find(&anchor, Rule::anchor_name)?.as_str().to_owned())
}

/// The id of an arrow's end, and the drawn name where `as` gives one.
fn end_name<'i>(end: &Pair<'i>) -> (&'i str, Option<&'i str>) {
    let inner = end.clone().into_inner().next();
    match inner {
        Some(inner) if matches!(inner.as_rule(), Rule::label_as_id_loose | Rule::id_as_label_loose) => {
            let id = find(&inner, Rule::id).map_or("", |id| id.as_str());
            (id, find(&inner, Rule::quoted).map(|quoted| name(&quoted)))
        }
        Some(inner) => (name(&inner), None),
        None => ("", None),
    }
}
