use super::columns::Columns;
use super::{Options, draw};
use crate::report::paint::Painted;
use crate::report::view::{Message, Row, RunState, State, Tip, View, What};
use crate::source::Span;
use crate::trace::Moment;
use std::time::Duration;

/// A drawing that grows by an arrow at a time, while a scenario is played.
#[derive(Debug)]
pub struct Live {
    view: View,
    columns: Columns,
    options: Options,
}

impl Live {
    /// On the lifelines of a diagram, so many columns wide.
    pub fn new(view: View, ascii: bool, width: usize) -> Live {
        // Behind the arrows stands the time of each.
        let options = Options { ascii, width: Some(width.saturating_sub(10).max(30)), whole: true };
        let rows: Vec<usize> = (0..view.rows.len()).collect();
        let columns = Columns::of(&view, &options, &rows);
        let lanes = view.lanes;
        Live { view: View { lanes, ..View::default() }, columns, options }
    }

    /// The names over the lifelines.
    pub fn heads(&self) -> Painted {
        draw::heads(&self.view, &self.options, self.columns.clone())
    }

    /// One arrow, so long after the begin.
    pub fn arrow(&mut self, from: usize, to: usize, text: &str, after: Duration) -> Painted {
        let last = self.view.lanes.len().saturating_sub(1);
        let tip = |lane: usize| Tip::Lane(lane.min(last));
        let message = Message { undrawn: false, ..Message::observed(tip(from), tip(to), text.replace('\n', " ")) };
        let run = RunState {
            state: State::Passed,
            times: 1,
            at: Some(Moment::after(after)),
            remark: String::new(),
            differs: None,
            more: Vec::new(),
            moved: false,
            entries: Vec::new(),
        };
        self.view.rows = vec![Row { line: 0, span: Span::default(), what: What::Message(message), run: Some(run) }];
        for lane in &mut self.view.lanes {
            (lane.begins, lane.ends) = (None, None);
        }
        draw::row(&self.view, &self.options, self.columns.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{CHAT, diagram};
    use crate::source::Sources;

    #[test]
    fn arrows_are_drawn_one_by_one_on_the_same_lifelines() {
        let view = View::of(&diagram(CHAT), &Sources::new());
        let mut live = Live::new(view, false, 80);
        let mut text = live.heads().render(false);
        for (from, to, label, millis) in
            [(0, 2, "WS connect", 0), (2, 0, "Connected", 2), (1, 2, "a label that is wider than the room it has", 31)]
        {
            text.push_str(&live.arrow(from, to, label, Duration::from_millis(millis)).render(false));
        }
        insta::with_settings!({
            snapshot_path => "../../../snapshots/report", prepend_module_to_snapshot => false, omit_expression => true
        }, { insta::assert_snapshot!("live", text) });
    }
}
