//! Arrows.

use super::super::arrows::{self, Spelling};
use super::super::disguise::Disguise;
use super::super::text::{escaped, print_text};
use super::Printer;
use super::life::is_wrap;
use crate::diagram::{Arrow, Decoration, Drawn, End, Head, Item, Lifecycle, ParticipantId};
use crate::syntax::join_names;

impl Printer<'_> {
    pub(super) fn arrow(&mut self, arrow: &Arrow, after: &[Item]) {
        let (from, to) = match (&arrow.from, &arrow.to) {
            (End::Several(senders), to) => {
                return self.each(arrow, senders.iter().map(|&one| (one, to.clone())), after);
            }
            (End::Participant(from), End::Several(receivers)) => {
                let from = *from;
                let pairs = receivers.iter().map(|&one| (from, End::Participant(one)));
                return self.each(arrow, pairs, after);
            }
            (End::Participant(from), End::Participant(to)) => (*from, Some(*to)),
            (End::Participant(from), End::Everyone { .. }) => (*from, None),
            (End::Outside(side), End::Participant(to)) => {
                self.disguise(&Disguise::From(*side), arrow, "arrows from the edge of the drawing");
                (*to, Some(*to))
            }
            (End::Participant(from), End::Outside(side)) => {
                self.disguise(&Disguise::To(*side), arrow, "arrows to the edge of the drawing");
                (*from, Some(*from))
            }
            (End::Outside(_) | End::Everyone { .. }, _) => {
                let text = format!("an arrow from nobody: {}", arrow.label);
                return self.remark(&text, arrow.span, "Mermaid has no arrow between these ends");
            }
        };
        let style: Vec<&str> = arrow.drawn.style.iter().flat_map(|style| style.split(' ')).collect();
        let spelling = self.spelling(arrow, style.contains(&super::super::REVERSED));
        self.ornaments(arrow, &style);
        self.begin(arrow, to, after);
        let except = match &arrow.to {
            End::Everyone { except } => except.as_slice(),
            End::Participant(_) | End::Outside(_) | End::Several(_) => &[],
        };
        let ends = if spelling.reversed { [to.unwrap_or(from), from] } else { [from, to.unwrap_or(from)] };
        self.before(&ends, arrow.span);
        self.before(except, arrow.span);
        let receiver = to.map_or_else(|| self.everyone(except), |to| self.name(to).to_owned());
        let sender = self.name(from).to_owned();
        let (from_circle, to_circle) = arrow.drawn.decoration.circles;
        let circles = from_circle || to_circle;
        let (left, right, left_circle, right_circle) = if spelling.reversed {
            (receiver, sender, to_circle, from_circle)
        } else {
            (sender, receiver, from_circle, to_circle)
        };
        let sign = self.activation(&arrow.drawn, from, to, circles || spelling.reversed);
        let wrap = style.iter().find(|word| is_wrap(word)).map_or_else(String::new, |wrap| format!("{wrap}:"));
        let (before, behind) = (if left_circle { "()" } else { "" }, if right_circle { "()" } else { "" });
        let label = print_text(&arrow.label);
        // `->>-xAnn` would hold a cross.
        let right = if !sign.inline.is_empty() && right.starts_with(['x', 'X']) { format!(" {right}") } else { right };
        self.line(&format!("{left}{before}{}{behind}{}{right}: {wrap}{label}", spelling.signs, sign.inline));
        // A message that creates leaves what waits for its end.
        self.ending = self.creating.take().is_some() && self.ending;
        self.last = Some((from, to.unwrap_or(from)));
        for (id, change) in sign.lines {
            self.lifecycle(id, change, &[], arrow.span);
        }
    }

    /// An arrow to or from several, one after the other.
    fn each(&mut self, arrow: &Arrow, ends: impl Iterator<Item = (ParticipantId, End)>, after: &[Item]) {
        self.out.lose(arrow.span, "Mermaid has no arrow with several ends", Some("several arrows"));
        for (from, to) in ends {
            let one = Arrow { from: End::Participant(from), to, ..arrow.clone() };
            self.arrow(&one, after);
        }
    }

    fn disguise(&mut self, disguise: &Disguise, arrow: &Arrow, what: &str) {
        self.line(&format!("%%@ as {}", disguise.print()));
        self.out.lose(arrow.span, format!("Mermaid has no {what}"), Some("an arrow of a lifeline to itself"));
    }

    /// `* except A, B`
    fn everyone(&self, except: &[ParticipantId]) -> String {
        if except.is_empty() {
            return "*".to_owned();
        }
        let names = except.iter().map(|&id| self.diagram.participant(id).id.as_str());
        let mut out = "* except ".to_owned();
        for sign in join_names(names).chars() {
            let plain = sign.is_alphanumeric() || matches!(sign, '_' | '.' | ' ' | '"');
            if plain { out.push(sign) } else { escaped(sign, &mut out) }
        }
        out
    }

    /// The arrow, or the nearest that there is.
    fn spelling(&mut self, arrow: &Arrow, reversed: bool) -> Spelling {
        let mut drawn = arrow.drawn.clone();
        if drawn.lost {
            self.line(&format!("%%@ as {}", Disguise::Lost.print()));
            self.out.lose(arrow.span, "Mermaid cannot show that a message is lost", Some("a cross"));
            drawn = Drawn { head: Head::Cross, both: false, line: drawn.line, ..Drawn::default() };
            let reversed = false;
            return arrows::spelling(&drawn, reversed).unwrap_or(arrows::ALL[0]);
        }
        let exact = arrows::spelling(&drawn, reversed).or_else(|| arrows::spelling(&drawn, false));
        exact.unwrap_or_else(|| {
            self.out.lose(arrow.span, "Mermaid has no such arrow", Some("the nearest one"));
            drawn.decoration.thin = false;
            drawn.head = if drawn.both { Head::Filled } else { drawn.head };
            arrows::spelling(&drawn, false).unwrap_or(arrows::ALL[0])
        })
    }

    /// Says what of the drawing is not in Mermaid.
    fn ornaments(&mut self, arrow: &Arrow, style: &[&str]) {
        let drawn = &arrow.drawn;
        let known = |word: &&str| is_wrap(word) || *word == super::super::REVERSED;
        let Decoration { circles: _, cross_at_sender, short, thin: _, sender_head, leftward, tail } = &drawn.decoration;
        let lost = [
            (!style.iter().all(known), "colours of arrows"),
            (drawn.slant.is_some(), "slanted arrows"),
            (drawn.same_height, "arrows at the height of others"),
            (drawn.anchors.0.is_some() || drawn.anchors.1.is_some(), "anchors at arrows"),
            (*cross_at_sender || *short || sender_head.is_some() || tail.is_some(), "such ends of arrows"),
            (*leftward, "the side of an arrow to the same lifeline"),
        ];
        for (_, what) in lost.into_iter().filter(|(lost, _)| *lost) {
            self.out.lose(arrow.span, format!("Mermaid has no {what}"), None);
        }
    }

    /// What Mermaid writes before the message: who is created and who ends.
    fn begin(&mut self, arrow: &Arrow, to: Option<ParticipantId>, after: &[Item]) {
        if let Some(to) = to.filter(|_| arrow.drawn.create) {
            self.create(to, true, arrow.span);
        }
        let own = to.filter(|_| arrow.drawn.destroy);
        let below = after
            .iter()
            .take_while(|item| matches!(item, Item::Lifecycle { .. } | Item::Comment(..)))
            .filter_map(|item| match item {
                Item::Lifecycle { participant, change: Lifecycle::Destroy, .. } => Some(*participant),
                _ => None,
            });
        self.ended.clear();
        for id in own.into_iter().chain(below) {
            let end = arrow.from == End::Participant(id) || arrow.to == End::Participant(id);
            let due = end && !self.ending && (self.creating.is_none() || self.destroys_behind(id, after));
            if due {
                self.destroy(id, true, arrow.span);
                self.ended.push(id);
            } else if own == Some(id) {
                self.destroy(id, false, arrow.span);
            }
        }
    }

    /// `+` or `-` behind the arrow; what cannot stand there, in lines of its own.
    fn activation(&mut self, drawn: &Drawn, from: ParticipantId, to: Option<ParticipantId>, apart: bool) -> Sign {
        let mut sign = Sign::default();
        if let Some(to) = to.filter(|_| drawn.activate) {
            if apart {
                sign.lines.push((to, Lifecycle::Activate));
            } else {
                self.active[to.0 as usize] += 1;
                sign.inline = "+";
            }
        }
        if drawn.deactivate {
            if apart || drawn.activate || self.active[from.0 as usize] == 0 {
                sign.lines.push((from, Lifecycle::Deactivate));
            } else {
                self.active[from.0 as usize] -= 1;
                sign.inline = "-";
            }
        }
        sign
    }
}

#[derive(Default)]
struct Sign {
    inline: &'static str,
    lines: Vec<(ParticipantId, Lifecycle)>,
}
