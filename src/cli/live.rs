//! The ladder, arrow by arrow, while frames pass: `-v` on a terminal.

use super::reports::Reports;
use super::scenarios::Ready;
use super::world::Screen;
use crate::order::Order;
use crate::report::ladder;
use crate::report::view::{View, observed_words};
use crate::run::Passed;
use crate::trace::{Event, Moment};
use crate::wire::Secrets;
use std::sync::Arc;

/// One scenario as it is played.
pub struct Live {
    ladder: ladder::Live,
    order: Arc<Order>,
    play: u32,
    /// Those of this very scenario, which grow while it is played.
    secrets: Secrets,
}

impl Live {
    /// Draws the heads. None for a scenario that is not played.
    pub fn of(ready: &Ready, reports: &Reports, screen: &mut Screen) -> Option<Live> {
        let order = ready.prepared.plan()?.shared_order();
        let view = View::of(&ready.piece.diagram, &Default::default());
        let ladder = ladder::Live::new(view, reports.style().ascii, screen.width);
        let heads = ladder.heads().render(screen.color);
        screen.write(&reports.secrets().redact(&heads));
        screen.flush();
        Some(Live { ladder, order, play: 0, secrets: ready.prepared.secrets() })
    }

    /// Draws what passed, where it is an arrow.
    pub fn show(&mut self, passed: &Passed, reports: &Reports, screen: &mut Screen) {
        if passed.play != self.play {
            self.play = passed.play;
            screen.write(&self.ladder.heads().render(screen.color));
        }
        let (from, to, text) = match &passed.entry.event {
            Event::Sent { lifeline, to, label, .. } => (*lifeline, *to, label.to_string()),
            Event::Received { lifeline, from, observed, .. } => {
                (*from, *lifeline, passed.label.clone().unwrap_or_else(|| observed_words(observed)))
            }
            Event::Done { .. }
            | Event::Echoed { .. }
            | Event::Quiet { .. }
            | Event::Chose { .. }
            | Event::Learned { .. }
            | Event::Frozen => {
                return;
            }
        };
        let text = reports.secrets().redact(&text);
        let text = self.secrets.redact(&text);
        let lane = |lifeline: u32| Some(self.order.lifelines.get(lifeline as usize)?.participant.0 as usize);
        if let (Some(from), Some(to)) = (lane(from), lane(to)) {
            let line = self.ladder.arrow(from, to, &text, passed.entry.at.since(Moment(0)));
            screen.write(&line.render(screen.color));
            screen.flush();
        }
    }
}
