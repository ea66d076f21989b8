//! Arrows.

use super::{Printer, fits};
use crate::diagram::{Arrow, Drawn, End, Head, Line, ParticipantId, Side, TimeBound};
use crate::syntax::plantuml::grammar::Rule;
use crate::syntax::plantuml::life::{Change, Message};

impl Printer<'_> {
    pub(super) fn arrow(&mut self, arrow: &Arrow) {
        let (from, to) = (self.all(&arrow.from, arrow), self.all(&arrow.to, arrow));
        // One arrow may have several receivers where none but the first needs quotes; several senders it never has.
        let many = to.len() > 1 && to[1..].iter().all(|end| matches!(end, End::Participant(id) if self.is_plain(*id)));
        let spelled =
            many && from.len() == 1 && matches!(from[0], End::Participant(_)) && matches!(to[0], End::Participant(_));
        if spelled {
            return self.one(&from[0], &to, arrow);
        }
        if from.len() * to.len() != 1 {
            self.lose("one arrow with several ends (written as one arrow for each)", arrow.span);
        }
        for from in &from {
            for to in &to {
                self.one(from, std::slice::from_ref(to), arrow);
            }
        }
    }

    /// An end as those that it stands for.
    fn all(&mut self, end: &End, arrow: &Arrow) -> Vec<End> {
        match end {
            End::Participant(_) | End::Outside(_) => vec![end.clone()],
            End::Several(ids) => ids.iter().map(|&id| End::Participant(id)).collect(),
            End::Everyone { except } => {
                self.lose("an arrow to everyone (written as an arrow to all drawn lifelines)", arrow.span);
                let other = |end: &End| if *end == arrow.to { arrow.from.clone() } else { arrow.to.clone() };
                let ids = (0..self.diagram.participants.len()).map(|index| ParticipantId(index as u32));
                let ids = ids.filter(|id| !except.contains(id) && other(end) != End::Participant(*id));
                ids.map(End::Participant).collect()
            }
        }
    }

    fn is_plain(&self, id: ParticipantId) -> bool {
        self.names.get(id.0 as usize).is_some_and(|name| !name.starts_with('"'))
    }

    /// One arrow as one line, and what its suffix cannot say below it.
    fn one(&mut self, from: &End, to: &[End], arrow: &Arrow) {
        let drawn = &arrow.drawn;
        let Some(first) = to.first() else { return };
        let receiver = participant(first);
        let sender = participant(from);
        let created = receiver.filter(|id| self.to_create.contains(id));
        self.to_create.retain(|id| Some(*id) != created);
        let (suffix, below) = suffixes(drawn, drawn.create || created.is_some());
        let text = self.spelling(from, to, arrow);
        if arrow.label.contains('\n') {
            self.lose("a line break next to the two characters `\\n` (both are written as `\\n`)", arrow.label_span);
        }
        let label = self.one_line(&arrow.label).into_owned();
        let anchors = self.anchors(arrow);
        let tail = drawn.decoration.tail.as_deref().map(|tail| format!(" {tail}")).unwrap_or_default();
        let tail =
            if tail.is_empty() || fits(&format!("A -> B{tail} : x"), &[Rule::arrow]) { tail } else { String::new() };
        let suffix = if suffix.is_empty() { String::new() } else { format!(" {suffix}") };
        let label = if label.is_empty() { String::new() } else { format!(" : {label}") };
        let height = if drawn.same_height { "& " } else { "" };
        self.line(&format!("{height}{}{text}{}{suffix}{tail}{label}", anchors.0, anchors.1));

        let message = Message { from: from.clone(), to: arrow.to.clone(), head: drawn.head, receiver };
        // The reader tells the same story to its own account of who is active.
        let _ = self.life.message(message);
        let automatic = self.automatic(&suffix, drawn, from, first);
        let changes = [
            (suffix.contains("--") || automatic == Some(Change::Deactivate), sender.or(receiver), Change::Deactivate),
            (suffix.contains("++") || automatic == Some(Change::Activate), receiver.or(sender), Change::Activate),
            (suffix.contains("!!"), receiver.or(sender), Change::Destroy),
        ];
        for (_, who, change) in changes.into_iter().filter(|&(applies, ..)| applies) {
            if let Some(who) = who {
                let _ = self.life.change(who, change);
            }
        }
        for (word, change) in below {
            let who = if change == Change::Deactivate { sender.or(receiver) } else { receiver.or(sender) };
            if let Some(who) = who
                && self.life.change(who, change).is_ok()
            {
                self.lose("several signs at one arrow (written on lines below it)", arrow.span);
                let name = self.name(who);
                self.line(&format!("{word} {name}"));
            }
        }
    }

    /// What `autoactivate on` makes of an arrow.
    fn automatic(&self, suffix: &str, drawn: &Drawn, from: &End, to: &End) -> Option<Change> {
        let between = participant(from).is_some() && participant(to).is_some();
        let headed = matches!(drawn.head, Head::Filled | Head::Open) && !drawn.lost;
        (self.life.automatic && suffix.is_empty() && between && headed).then_some(if drawn.line == Line::Dashed {
            Change::Deactivate
        } else {
            Change::Activate
        })
    }

    /// The ends and what is between them.
    fn spelling(&mut self, from: &End, to: &[End], arrow: &Arrow) -> String {
        let drawn = &arrow.drawn;
        let paint = self.paint(arrow);
        let body = match (drawn.line, paint.is_empty()) {
            (Line::Solid, true) => "-".to_owned(),
            (Line::Dashed, true) => "--".to_owned(),
            (Line::Solid, false) => format!("-{paint}"),
            (Line::Dashed, false) => format!("-{paint}-"),
        };
        match drawn.head {
            Head::None | Head::Cross => self.lose("this head of an arrow", arrow.span),
            Head::Filled | Head::Open | Head::HalfUpper | Head::HalfLower => {}
        }
        let decoration = &drawn.decoration;
        let sender_mark = mark(decoration.circles.0, decoration.cross_at_sender);
        let receiver_mark = mark(decoration.circles.1, drawn.lost);
        let other_head = decoration.sender_head.unwrap_or(drawn.head);
        let right =
            |both_or_not: Option<Head>| both_or_not.map(|head| at_right(head, decoration.thin)).unwrap_or_default();
        let left = |head: Option<Head>| head.map(|head| at_left(head, decoration.thin)).unwrap_or_default();
        let sender_head = drawn.both.then_some(other_head);
        let slant = match drawn.slant {
            Some(_) if !receiver_mark.is_empty() || participant(from).is_none() || participant(&to[0]).is_none() => {
                self.lose("this slant of an arrow", arrow.span);
                String::new()
            }
            Some(units) => format!("({units})"),
            None => String::new(),
        };
        // Beside the edge a style has a dash behind it where no head follows.
        let at_edge = match (drawn.line, sender_head) {
            (Line::Solid, None) if !paint.is_empty() => format!("{paint}-"),
            (Line::Solid | Line::Dashed, _) => body.clone(),
        };
        let edge = |side: Side| match side {
            _ if decoration.short => "?",
            Side::Left => "[",
            Side::Right => "]",
        };
        match (from, &to[0]) {
            (End::Outside(Side::Left), to) => {
                let to = self.end(to);
                let arrow = format!("{}{body}{}", left(sender_head), right(Some(drawn.head)));
                format!("{}{sender_mark}{arrow}{receiver_mark} {to}", edge(Side::Left))
            }
            (End::Outside(Side::Right), to) => {
                let to = self.end(to);
                let arrow = format!("{}{at_edge}{}", left(Some(drawn.head)), right(sender_head));
                format!("{to} {receiver_mark}{arrow}{sender_mark}{}", edge(Side::Right))
            }
            (from, End::Outside(Side::Right)) => {
                let from = self.end(from);
                let arrow = format!("{}{body}{}", left(sender_head), right(Some(drawn.head)));
                format!("{from} {sender_mark}{arrow}{receiver_mark}{}", edge(Side::Right))
            }
            (from, End::Outside(Side::Left)) => {
                let from = self.end(from);
                let arrow = format!("{}{at_edge}{}", left(Some(drawn.head)), right(sender_head));
                format!("{}{receiver_mark}{arrow}{sender_mark} {from}", edge(Side::Left))
            }
            (from, first) if self.backward(from, first, drawn) => {
                let (first, from) = (self.end(first), self.end(from));
                let arrow = format!("{slant}{}{body}{sender_mark}", left(Some(drawn.head)));
                format!("{first} {receiver_mark}{arrow} {from}{}", self.further(to))
            }
            (from, first) => {
                let (from, first) = (self.end(from), self.end(first));
                let arrow = format!("{}{body}{}", left(sender_head), right(Some(drawn.head)));
                format!("{from} {sender_mark}{arrow}{receiver_mark}{slant} {first}{}", self.further(to))
            }
        }
    }

    /// Whether the receiver stands first, because the lifelines would otherwise be drawn in another order, or an arrow to
    /// oneself at the other side.
    fn backward(&self, from: &End, to: &End, drawn: &Drawn) -> bool {
        let unseen = |id: ParticipantId| self.seen.get(id.0 as usize) == Some(&false);
        match (participant(from), participant(to)) {
            (Some(from), Some(to)) if from == to => drawn.decoration.leftward,
            (Some(from), Some(to)) => !drawn.both && to.0 < from.0 && unseen(to) && unseen(from),
            _ => false,
        }
    }

    fn further(&mut self, to: &[End]) -> String {
        let names = to[1..].iter().filter_map(participant).collect::<Vec<_>>();
        names.into_iter().map(|id| format!(" & {}", self.name(id))).collect()
    }

    fn end(&mut self, end: &End) -> String {
        participant(end).map(|id| self.name(id)).unwrap_or_default()
    }

    /// The style of the line, in brackets; a colour of another dialect's style is kept.
    fn paint(&mut self, arrow: &Arrow) -> String {
        let Some(style) = &arrow.drawn.style else { return String::new() };
        let whole = format!("[{style}]");
        let usable = |paint: &str| fits(&format!("A -{paint}> B"), &[Rule::arrow]) && !paint.contains("hidden");
        if usable(&whole) {
            return whole;
        }
        self.lose(&format!("the style `{style}` of an arrow"), arrow.span);
        let colour = format!("[{}]", style.split([';', ',', ' ']).next().unwrap_or_default());
        if usable(&colour) { colour } else { String::new() }
    }

    fn anchors(&mut self, arrow: &Arrow) -> (String, String) {
        let (at_sender, at_receiver) = &arrow.drawn.anchors;
        let good = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let between = participant(&arrow.from).is_some() && !matches!(arrow.to, End::Outside(_));
        let mut spell = |name: &Option<String>, here: bool| match name {
            Some(name) if good(name) && here => format!("{{{name}}} "),
            Some(_) => {
                self.lose("an anchor at this end of an arrow", arrow.span);
                String::new()
            }
            None => String::new(),
        };
        (spell(at_sender, true), spell(at_receiver, between))
    }

    pub(super) fn time_bound(&mut self, bound: &TimeBound) {
        let text = self.one_line(&bound.text);
        let label = if text.is_empty() { String::new() } else { format!(" : {text}") };
        let line = format!("{{{}}} <-> {{{}}}{label}", bound.from, bound.to);
        if fits(&line, &[Rule::time_bound]) {
            self.line(&line);
        } else {
            self.lose("a time limit between these anchors", bound.span);
            self.comment(&format!(" {line}"));
        }
    }
}

fn participant(end: &End) -> Option<ParticipantId> {
    match end {
        End::Participant(id) => Some(*id),
        End::Outside(_) | End::Everyone { .. } | End::Several(_) => None,
    }
}

fn mark(circle: bool, cross: bool) -> &'static str {
    match (cross, circle) {
        (true, _) => "x",
        (false, true) => "o",
        (false, false) => "",
    }
}

fn at_right(head: Head, thin: bool) -> &'static str {
    match (head, thin) {
        (Head::Open, _) => ">>",
        (Head::HalfUpper, false) => "\\",
        (Head::HalfUpper, true) => "\\\\",
        (Head::HalfLower, false) => "/",
        (Head::HalfLower, true) => "//",
        (Head::Filled | Head::None | Head::Cross, _) => ">",
    }
}

fn at_left(head: Head, thin: bool) -> &'static str {
    match (head, thin) {
        (Head::Open, _) => "<<",
        (Head::HalfUpper, false) => "/",
        (Head::HalfUpper, true) => "//",
        (Head::HalfLower, false) => "\\",
        (Head::HalfLower, true) => "\\\\",
        (Head::Filled | Head::None | Head::Cross, _) => "<",
    }
}

/// The suffix of an arrow, and the lines below it for what one suffix cannot say.
fn suffixes(drawn: &Drawn, create: bool) -> (&'static str, Vec<(&'static str, Change)>) {
    let all = [
        (drawn.destroy, "destroy", Change::Destroy),
        (drawn.deactivate, "deactivate", Change::Deactivate),
        (drawn.activate, "activate", Change::Activate),
    ];
    let below = |but: &[&str]| {
        let rest = all.iter().filter(|(said, word, _)| *said && !but.contains(word));
        rest.map(|&(_, word, change)| (word, change)).collect()
    };
    match (create, drawn.destroy, drawn.deactivate, drawn.activate) {
        (true, ..) => ("**", below(&[])),
        (false, true, ..) => ("!!", below(&["destroy"])),
        (false, false, true, true) => ("--++", Vec::new()),
        (false, false, true, false) => ("--", Vec::new()),
        (false, false, false, true) => ("++", Vec::new()),
        (false, false, false, false) => ("", Vec::new()),
    }
}
