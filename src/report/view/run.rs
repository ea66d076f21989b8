use super::place;
use super::words::{class_sign, value_words};
use super::{Message, Played, Row, RunState, State, Tip, View, What};
use crate::oracle::{Class, Fate, Finding, Mark};
use crate::order::{ArrowId, LifelineId, Role};
use crate::report::paint::fit;
use crate::report::wirelog;
use crate::source::{Span, elapsed_words, visible};
use crate::trace::Moment;
use rustc_hash::FxHashMap;
use std::time::Duration;

/// So many bytes of a frame are looked at, at most, where a part of it is shown.
const SHOWN: usize = 1_600;
/// So many columns of a difference stand in a picture.
const DIFFERS: usize = 64;

/// Puts a run on a view: a state on every arrow, a row for every frame that nobody drew.
pub(super) fn put_on(view: &mut View, played: Played<'_>) {
    let mut run = Run { played, rows: rows_by_span(view), states: vec![None; view.rows.len()], extra: Vec::new() };
    run.marks(view);
    run.unmarked_findings(view);
    run.fragments(view);
    view.verdict = Some(played.outcome.verdict);
    let Run { states, extra, .. } = run;
    for (row, state) in view.rows.iter_mut().zip(states) {
        if matches!(row.what, What::Message(_)) || state.is_some() {
            row.run = Some(state.unwrap_or_else(RunState::not_reached));
        }
    }
    insert(view, extra);
}

struct Run<'a> {
    played: Played<'a>,
    rows: FxHashMap<Span, usize>,
    states: Vec<Option<RunState>>,
    /// Rows to be added: behind which row, and the row at which the frame is drawn, where it is.
    extra: Vec<(usize, Row, Option<usize>)>,
}

fn rows_by_span(view: &View) -> FxHashMap<Span, usize> {
    let drawn = view.rows.iter().enumerate().filter(|(_, row)| matches!(row.what, What::Message(_) | What::Ref { .. }));
    drawn.map(|(index, row)| (row.span, index)).collect()
}

impl<'a> Run<'a> {
    fn marks(&mut self, view: &View) {
        let outcome = self.played.outcome;
        for (index, mark) in outcome.marks.iter().enumerate() {
            let drawn = mark.arrow.and_then(|arrow| self.row_of(arrow));
            match (mark.fate, drawn) {
                (Fate::Sent, Some(row)) => self.set(row, State::Sent, (mark.at, mark.entry), None),
                (Fate::Passed, Some(row)) => self.set(row, State::Passed, (mark.at, mark.entry), None),
                (Fate::Ignored, Some(row)) => self.set(row, State::Ignored, (mark.at, mark.entry), None),
                (Fate::Found(class), Some(row)) => {
                    let finding = self.finding_of(mark, class);
                    let excused = finding.is_some_and(|(_, excused)| excused);
                    let state = if excused { State::Excused(class) } else { State::Found(class) };
                    self.set(row, state, (mark.at, mark.entry), finding.map(|(finding, _)| finding));
                    let Some((finding, _)) = finding else { continue };
                    let above = self.behind(index).filter(|_| matches!(class, Class::Reordered | Class::Early));
                    let moved = above.filter(|&above| arrows_between(view, above, row));
                    if moved.is_some() || !self.ends_at(mark) {
                        self.moved(row, class);
                        let above = moved.or_else(|| self.behind(index)).unwrap_or(row);
                        self.add(view, finding, mark.at, above, Some(row));
                    }
                }
                (Fate::Found(class), None) => {
                    if let Some((finding, _)) = self.finding_of(mark, class) {
                        let related = finding.related.or(finding.arrow).and_then(|arrow| self.row_of(arrow));
                        let linked = matches!(class, Class::Misrouted | Class::Reordered | Class::Early);
                        let above = self.behind(index).or(related).unwrap_or(0);
                        self.add(view, finding, mark.at, above, related.filter(|_| linked));
                    }
                }
                (Fate::Sent | Fate::Passed | Fate::Ignored, None) => {}
            }
        }
    }

    /// The row behind which the frame of a mark stands, where nobody drew it.
    fn behind(&self, index: usize) -> Option<usize> {
        place::behind(&self.played.outcome.marks, index, |arrow| self.row_of(arrow))
    }

    /// The frame of this row stands elsewhere, where it was observed.
    fn moved(&mut self, row: usize, class: Class) {
        if let Some(state) = &mut self.states[row] {
            state.moved = true;
            state.remark = format!("{} drawn here", class_sign(class));
        }
    }

    /// Findings that no mark speaks of: what is missing stays at its arrow, a frame goes below the arrow last passed.
    fn unmarked_findings(&mut self, view: &View) {
        for (finding, excused) in findings(self.played) {
            let marked = self.played.outcome.marks.iter().any(|mark| is_about(mark, finding));
            if marked {
                continue;
            }
            let Some(row) = finding.arrow.and_then(|arrow| self.row_of(arrow)) else { continue };
            match finding.class {
                Class::Duplicate | Class::Unexpected | Class::Misrouted => {
                    let related = finding.related.and_then(|arrow| self.row_of(arrow));
                    self.add(view, finding, finding.at, row, related.filter(|_| finding.class == Class::Misrouted));
                }
                Class::Missing
                | Class::Late
                | Class::Early
                | Class::Reordered
                | Class::WrongPayload
                | Class::Closed => {
                    let state = if excused { State::Excused(finding.class) } else { State::Found(finding.class) };
                    self.set(row, state, (finding.at, finding.entry), Some(finding));
                }
            }
        }
    }

    fn fragments(&self, view: &mut View) {
        let by_span: FxHashMap<Span, usize> =
            view.frames.iter().enumerate().map(|(index, frame)| (frame.span, index)).collect();
        for &(fragment, taken) in &self.played.outcome.taken {
            let Some(fragment) = self.played.order.fragments.get(fragment.0 as usize) else { continue };
            if let Some(&frame) = by_span.get(&fragment.span) {
                view.frames[frame].taken.push(taken);
            }
        }
    }

    fn set(
        &mut self,
        row: usize,
        state: State,
        (at, place): (Option<Moment>, Option<usize>),
        finding: Option<&Finding>,
    ) {
        let entry = self.states[row].get_or_insert_with(|| RunState { times: 0, ..RunState::not_reached() });
        entry.entries.extend(place);
        entry.times += 1;
        entry.at = match (entry.at, at) {
            (Some(before), Some(now)) => Some(before.min(now)),
            (before, now) => before.or(now),
        };
        if let Some(at) = at {
            entry.more.push(format!("{} after {}", state.word(), elapsed_words(at.since(Moment(0)))));
        }
        if let Some(finding) = finding {
            entry.more.extend(more(finding));
            if state >= entry.state {
                entry.remark = remark(finding, None);
                entry.differs = differs(finding);
            }
        }
        entry.state = entry.state.max(state);
    }

    /// A row for a frame that nobody drew there.
    fn add(&mut self, view: &View, finding: &Finding, at: Option<Moment>, above: usize, drawn: Option<usize>) {
        let order = self.played.order;
        let Some(lifeline) = order.lifelines.get(finding.lifeline.0 as usize) else { return };
        let to = view.lane(lifeline.participant).unwrap_or(view.lanes.len().saturating_sub(1));
        let from = self.sender(finding).or_else(|| {
            let arrow = order.arrows.get(finding.related.or(finding.arrow)?.0 as usize)?;
            [arrow.from, arrow.to].into_iter().find_map(|end| end.lifeline().filter(|end| *end != finding.lifeline))
        });
        let from = from.or_else(|| {
            let tested = order.lifelines.iter().position(|lifeline| lifeline.role == Role::Tested)?;
            Some(LifelineId(tested as u32))
        });
        let from = from.and_then(|from| order.lifelines.get(from.0 as usize));
        let from = from.and_then(|from| view.lane(from.participant)).map_or(Tip::Left, Tip::Lane);
        let text = wirelog::of_finding(self.played.trace, finding, SHOWN).unwrap_or_default();
        let to = Tip::Lane(to);
        let message = Message::observed(from, to, fit(&visible(&text), 120, "…"));
        let base = finding.related.or(finding.arrow);
        let since = base.and_then(|arrow| Some((self.first_passed(arrow)?, order.arrows.get(arrow.0 as usize)?.line)));
        let later = at.zip(since).filter(|(at, (base, _))| at > base);
        let later = later.map(|(at, (base, line))| (at.since(base), line));
        let state = RunState {
            state: State::Found(finding.class),
            times: 1,
            at,
            remark: remark(finding, later),
            differs: differs(finding),
            more: at
                .map(|at| format!("{} after {}", finding.class.word(), elapsed_words(at.since(Moment(0)))))
                .into_iter()
                .chain(more(finding))
                .collect(),
            moved: false,
            entries: finding.entry.into_iter().collect(),
        };
        let row = Row { line: 0, span: Span::default(), what: What::Message(message), run: Some(state) };
        self.extra.push((above, row, drawn));
    }

    /// Who sent the frame of a finding, as the trace has it.
    fn sender(&self, finding: &Finding) -> Option<LifelineId> {
        Some(LifelineId(self.played.trace.get(finding.entry?)?.event.received()?.from))
    }

    fn first_passed(&self, arrow: ArrowId) -> Option<Moment> {
        let passed = |mark: &&Mark| mark.arrow == Some(arrow) && !matches!(mark.fate, Fate::Found(_));
        self.played.outcome.marks.iter().find(passed)?.at
    }

    /// The row of an arrow; of one that came with a `ref`, the row of that.
    fn row_of(&self, arrow: ArrowId) -> Option<usize> {
        let order = self.played.order;
        let arrow = order.arrows.get(arrow.0 as usize)?;
        if let Some(&row) = self.rows.get(&arrow.span) {
            return Some(row);
        }
        let mut inside = arrow.inside;
        while let Some((fragment, _)) = inside {
            let fragment = order.fragments.get(fragment.0 as usize)?;
            if let Some(&row) = self.rows.get(&fragment.span) {
                return Some(row);
            }
            inside = fragment.inside;
        }
        None
    }

    fn ends_at(&self, mark: &Mark) -> bool {
        let arrow = mark.arrow.and_then(|arrow| self.played.order.arrows.get(arrow.0 as usize));
        arrow.is_none_or(|arrow| [arrow.from, arrow.to].iter().any(|end| end.lifeline() == Some(mark.lifeline)))
    }

    fn finding_of(&self, mark: &Mark, class: Class) -> Option<(&'a Finding, bool)> {
        findings(self.played).find(|(finding, _)| finding.class == class && is_about(mark, finding))
    }
}

/// Whether an arrow lies between a row behind which something stands and another row.
fn arrows_between(view: &View, above: usize, row: usize) -> bool {
    let between = if above < row { above + 1..row } else { row + 1..above + 1 };
    view.rows[between].iter().any(|row| row.message().is_some())
}

fn is_about(mark: &Mark, finding: &Finding) -> bool {
    if mark.fate != Fate::Found(finding.class) {
        return false;
    }
    match (mark.entry, finding.entry) {
        (Some(mark), Some(finding)) => mark == finding,
        _ => mark.arrow.is_some() && mark.arrow == finding.arrow && mark.lifeline == finding.lifeline,
    }
}

/// All findings, consequences behind their roots, and whether each is excused.
fn findings<'a>(played: Played<'a>) -> impl Iterator<Item = (&'a Finding, bool)> {
    let outcome = played.outcome;
    let roots = outcome.findings.iter().map(|finding| (finding, false));
    let excused = outcome.excused.iter().map(|finding| (finding, true));
    roots.chain(excused).flat_map(|(root, excused)| {
        std::iter::once((root, excused)).chain(root.consequences.iter().map(move |finding| (finding, excused)))
    })
}

/// `duplicate, 0.2 ms after the first`; the sign of the class first. `later` is how long after which line it came.
fn remark(finding: &Finding, later: Option<(Duration, u32)>) -> String {
    let mut text = format!("{} {}", class_sign(finding.class), finding.class.word());
    if let Some((later, line)) = later {
        let base = if finding.class == Class::Duplicate { "the first".to_owned() } else { format!("line {line}") };
        text.push_str(&format!(", {} after {base}", elapsed_words(later)));
    }
    if let Some(measured) = finding.timing.and_then(|timing| timing.measured) {
        text.push_str(&format!(", after {}", elapsed_words(measured)));
    }
    text
}

/// The first value that differs, short enough for a picture.
fn differs(finding: &Finding) -> Option<String> {
    finding.diff.first().map(|difference| fit(&visible(&value_words(difference)), DIFFERS, "…"))
}

fn more(finding: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    if !finding.what.is_empty() {
        lines.push(visible(&finding.what).into_owned());
    }
    lines.extend(finding.diff.iter().map(|difference| visible(&value_words(difference)).into_owned()));
    if let Some(raw) = &finding.raw {
        lines.push(format!("frame: {}", fit(&visible(&raw.beginning(SHOWN)), 400, "…")));
    }
    lines
}

impl RunState {
    fn not_reached() -> Self {
        RunState {
            state: State::NotReached,
            times: 0,
            at: None,
            remark: String::new(),
            differs: None,
            more: Vec::new(),
            moved: false,
            entries: Vec::new(),
        }
    }
}

/// Puts the added rows behind the rows that they follow, and moves every index that points at a row.
fn insert(view: &mut View, mut extra: Vec<(usize, Row, Option<usize>)>) {
    if extra.is_empty() {
        return;
    }
    // A stable sort: several behind one row stay in the order in which they were observed.
    extra.sort_by_key(|&(above, ..)| above);
    let mut moved = Vec::with_capacity(view.rows.len());
    let mut rows = Vec::with_capacity(view.rows.len() + extra.len());
    let mut links = Vec::new();
    let mut waiting = extra.into_iter().peekable();
    for (index, row) in std::mem::take(&mut view.rows).into_iter().enumerate() {
        moved.push(rows.len());
        rows.push(row);
        while let Some((_, row, drawn)) = waiting.next_if(|&(above, ..)| above == index) {
            links.extend(drawn.map(|drawn| (rows.len(), drawn)));
            rows.push(row);
        }
    }
    for (_, row, drawn) in waiting {
        links.extend(drawn.map(|drawn| (rows.len(), drawn)));
        rows.push(row);
    }
    let to = |row: usize| moved.get(row).copied().unwrap_or(rows.len().saturating_sub(1));
    for frame in &mut view.frames {
        frame.rows = (to(frame.rows.0), to(frame.rows.1));
    }
    for bar in &mut view.bars {
        (bar.from, bar.to) = (to(bar.from), to(bar.to));
    }
    for lane in &mut view.lanes {
        lane.begins = lane.begins.map(to);
        lane.ends = lane.ends.map(to);
    }
    view.links = links.into_iter().map(|(from, drawn)| (from, to(drawn))).collect();
    // A frame that nobody drew widens the frames around it.
    view.rows = rows;
    let mut open: Vec<usize> = Vec::new();
    for index in 0..view.rows.len() {
        let row = &view.rows[index];
        match row.what {
            What::Open(frame) => open.push(frame),
            What::Close(_) => drop(open.pop()),
            What::Message(_)
            | What::Else { .. }
            | What::Note(_)
            | What::Ref { .. }
            | What::Divider(_)
            | What::Delay(_)
            | What::Space(_)
            | What::Remark(_) => {
                if let Some((first, last)) = row.lanes() {
                    for &frame in &open {
                        let lanes = view.frames[frame].lanes.get_or_insert((first, last));
                        *lanes = (lanes.0.min(first), lanes.1.max(last));
                    }
                }
            }
        }
    }
}
