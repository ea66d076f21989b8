//! Who is at the ends of an arrow: lifelines, several of them, everyone who is connected, or a group that a rule names.

use super::compile::Compiler;
use super::model::{LifelineId, Point, Role};
use super::{Receivers, Word, cast};
use crate::diagram::{Arrow, End, arrows};
use crate::source::{Diagnostic, Span};
use rustc_hash::FxHashSet;

impl Compiler<'_> {
    /// Who receives what these send.
    pub(super) fn receivers(&mut self, arrow: &Arrow, label: &str, from: &[Point], word: Word) -> Vec<Point> {
        match self.group(arrow, label) {
            Some(Receivers::All) => self.everyone(&arrow.from, &FxHashSet::default(), arrow.span, word),
            Some(Receivers::Others) => {
                let asker = from.first().and_then(|server| self.asker(*server));
                self.everyone(&arrow.from, &asker.into_iter().collect(), arrow.span, word)
            }
            None => self.ends((&arrow.to, &arrow.from), arrow.span, word),
        }
    }

    /// Whether the lifelines at the other end of an arrow to everyone are servers that the tool plays: everyone is those
    /// then who are tested.
    fn is_served(&self, opposite: &End, word: Word) -> bool {
        let End::Participant(id) = opposite else { return false };
        let dials = matches!(word, Word::Connect | Word::Request);
        let dialled = |id: &LifelineId| dials || self.order.dials.iter().any(|(_, to)| to == id);
        let mut all = self.unfolded[id.0 as usize].iter();
        all.any(|id| self.order.lifeline(*id).role == Role::Simulated && dialled(id))
    }

    pub(super) fn ends(&mut self, (end, opposite): (&End, &End), span: Span, word: Word) -> Vec<Point> {
        let points = |ids: &[LifelineId]| ids.iter().copied().map(Point::Lifeline).collect::<Vec<_>>();
        match end {
            End::Participant(id) => points(&self.unfolded[id.0 as usize]),
            End::Several(ids) => ids.iter().flat_map(|id| points(&self.unfolded[id.0 as usize])).collect(),
            End::Outside(_) => vec![Point::Outside],
            End::Everyone { except } => {
                let left_out: FxHashSet<LifelineId> =
                    except.iter().flat_map(|id| self.unfolded[id.0 as usize].iter().copied()).collect();
                self.everyone(opposite, &left_out, span, word)
            }
        }
    }

    /// Every lifeline that is connected here, but these.
    fn everyone(&mut self, opposite: &End, left_out: &FxHashSet<LifelineId>, span: Span, word: Word) -> Vec<Point> {
        // To open a connection, those who have none; for all else, those who have one.
        let wanted = word != Word::Connect;
        let role = if self.is_served(opposite, word) { Role::Tested } else { Role::Simulated };
        let all: Vec<Point> = (0..self.order.lifelines.len() as u32)
            .map(LifelineId)
            .filter(|id| self.order.lifeline(*id).role == role)
            .filter(|id| self.connected[id.0 as usize] == wanted && !left_out.contains(id))
            .map(Point::Lifeline)
            .collect();
        if all.is_empty() {
            self.problems.push(
                Diagnostic::error("arrow", "no client is connected at this point, so this arrow has no receiver")
                    .at(span, "this is an arrow to every simulated lifeline that is connected here, or to all others")
                    .with_help("connect a client above this line, or name the receivers"),
            );
        }
        all
    }

    /// Whom an arrow is for by a rule of the binding: its label says so, and it is drawn to nobody who dials.
    fn group(&mut self, arrow: &Arrow, label: &str) -> Option<Receivers> {
        let group = self.setup.words.receivers(label)?;
        let (End::Participant(from), End::Participant(drawn)) = (&arrow.from, &arrow.to) else { return None };
        let (diagram, words) = (self.diagram, self.setup.words);
        let dialling = self.dialling.get_or_insert_with(|| {
            let opening =
                arrows(&diagram.body).filter(|arrow| matches!(words.word(&arrow.label), Word::Connect | Word::Request));
            opening.flat_map(|arrow| cast::ends(&arrow.from).iter().copied()).collect()
        });
        (!dialling.contains(drawn) && !dialling.contains(from)).then_some(group)
    }

    /// Whose message was the last to reach a server, in the order of the text.
    fn asker(&self, server: Point) -> Option<LifelineId> {
        let last = self.order.arrows.iter().rev().find(|arrow| arrow.to == server && arrow.from != server)?;
        last.from.lifeline()
    }
}
