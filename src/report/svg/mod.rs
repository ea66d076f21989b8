//! Pictures: SVG that needs nothing else, no script, no font, no link.
//!
//! [`layout`] (with [`columns`] and [`metrics`]) is the geometry, [`theme`] the colours, [`heads`], [`messages`],
//! [`legend`] and [`boxes`] draw what a [`View`] holds, and [`pen`] writes it, every text escaped.

mod boxes;
mod columns;
mod heads;
mod layout;
mod legend;
mod messages;
mod metrics;
mod pen;
mod theme;

pub(crate) use pen::escape;
pub use theme::Theme;

use super::view::{Tip, View, What};
use crate::oracle::Verdict;
use layout::Layout;
use legend::LEGEND;
use pen::{Area, Pen, n};

/// Lifelines are interrupted at delays as long as that makes at most so many pieces.
const PIECES: usize = 100_000;

/// The picture of a view as a whole SVG document.
pub fn draw(view: &View) -> String {
    picture(view, theme::STYLE, Pen::default())
}

/// The same in colours that do not follow the reader's, and so many times as large.
pub fn draw_in(view: &View, theme: Theme, scale: f32) -> String {
    picture(view, &theme::style(theme), Pen::scaled(scale))
}

/// The same for a rasterizer, which has less of a choice of fonts than a browser.
pub fn draw_for_pixels(view: &View, theme: Theme) -> String {
    picture(view, &theme::style(theme), Pen::for_pixels())
}

/// The picture as an element of a page that holds [`style`] itself, once for all its pictures. The names of its arrows begin
/// with `names`: `r` and the row follow; each leads to the entry of the log of which the name ends with `e` and its number.
pub fn draw_named(view: &View, names: &str) -> String {
    picture(view, "", Pen::named(names))
}

/// The style sheet of pictures, as an element.
pub fn style() -> &'static str {
    theme::STYLE
}

fn picture(view: &View, style: &str, mut pen: Pen) -> String {
    let layout = Layout::of(view);
    let Area { left, top, right, bottom } = layout.bounds;
    let (wide, high) = (n(right - left), n(bottom - top));
    let (shown_wide, shown_high) = (n((right - left) * pen.scale), n((bottom - top) * pen.scale));
    let name = view.title.as_deref().unwrap_or("sequence diagram");
    pen.raw(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"seqcheck\" width=\"{shown_wide}\" height=\"{shown_high}\" \
         viewBox=\"{} {} {wide} {high}\" role=\"graphics-document document\" \
         aria-roledescription=\"sequence diagram\" aria-label=\"{}\">\n",
        n(left),
        n(top),
        escape(name)
    ));
    pen.raw(&format!("<title>{}</title>\n<desc>{}</desc>\n", escape(name), escape(&description(view))));
    pen.raw(style);
    pen.rect("ground", layout.bounds, 0.0, None);
    pen.raw("\n");
    below(&mut pen, view, &layout);
    rows(&mut pen, view, &layout);
    pen.raw("</svg>\n");
    pen.finish()
}

/// What a screen reader says first.
fn description(view: &View) -> String {
    let arrows = view.rows.iter().filter(|row| row.message().is_some_and(|message| !message.undrawn)).count();
    let names: Vec<String> = view.lanes.iter().take(30).map(|lane| lane.name.replace('\n', " ")).collect();
    let verdict = view.verdict.map_or(String::new(), |verdict| format!(" The run: {}.", verdict.word()));
    let found: Vec<String> = view
        .rows
        .iter()
        .filter_map(|row| {
            let run = row.run.as_ref()?;
            let class = run.state.class()?;
            Some(format!(" {}: {}.", class.word(), row.message()?.text.replace('\n', " ")))
        })
        .take(20)
        .collect();
    format!("{arrows} arrows between {}.{verdict}{}", names.join(", "), found.concat())
}

/// Everything under the rows: title, boxes, grounds, lifelines, bars, heads.
fn below(pen: &mut Pen, view: &View, layout: &Layout) {
    let middle = (layout.columns.left + layout.columns.right) / 2.0;
    pen.lines("title", middle, 12.0, 22.0, "middle", &layout.title);
    if let Some(verdict) = view.verdict {
        let (class, text) = match verdict {
            Verdict::Pass => ("good", "✓ pass"),
            Verdict::Fail => ("bad", "✗ fail"),
            Verdict::Inconclusive => ("warn", "? inconclusive"),
            Verdict::Error => ("bad", "! error"),
        };
        let at = layout.title.len() as f32 * 22.0 + 8.0;
        pen.text(class, middle, at, "middle", text);
        pen.lines("small", middle, at + LEGEND, LEGEND, "middle", &layout.legend);
    }
    for group in &view.boxes {
        let area = layout.box_area(view, group);
        pen.rect("box", area, 4.0, group.color.as_deref());
        pen.text("name", (area.left + area.right) / 2.0, area.top + 15.0, "middle", &group.short_title());
    }
    for (frame, area) in view.frames.iter().zip(&layout.frames) {
        boxes::ground(pen, frame, *area);
    }
    lifelines(pen, view, layout);
    for bar in &view.bars {
        boxes::bar(pen, layout, view, bar);
    }
    pen.raw("\n");
    for (lane, &x) in view.lanes.iter().zip(&layout.columns.lanes) {
        let height = layout::head_height(lane);
        match lane.begins {
            Some(row) => heads::draw(pen, lane, x, layout.rows[row].at + slant_of(view, row) - height / 2.0, height),
            None => heads::draw(pen, lane, x, layout.life.0 - layout.head, layout.head),
        }
        if layout.feet && lane.ends.is_none() {
            heads::draw(pen, lane, x, layout.life.1, layout.head);
        }
    }
}

fn slant_of(view: &View, row: usize) -> f32 {
    view.rows[row].message().map_or(0.0, layout::slant)
}

fn lifelines(pen: &mut Pen, view: &View, layout: &Layout) {
    let delays: Vec<(f32, f32)> = view
        .rows
        .iter()
        .zip(&layout.rows)
        .filter(|(row, _)| matches!(row.what, What::Delay(_)))
        .map(|(_, placed)| (placed.top, placed.bottom))
        .collect();
    let delays = if delays.len() * view.lanes.len() > PIECES { Vec::new() } else { delays };
    for (index, (lane, &x)) in view.lanes.iter().zip(&layout.columns.lanes).enumerate() {
        let from = lane.begins.map_or(layout.life.0, |row| layout.rows[row].at + layout.create_drop(view, index));
        let to = lane.ends.map_or(layout.life.1, |row| layout.rows[row].at + slant_of(view, row));
        let (x, mut at, mut solid, mut gaps) = (n(x), from, String::new(), String::new());
        for &(top, bottom) in delays.iter().filter(|(top, bottom)| *top > from && *bottom < to) {
            solid.push_str(&format!("M{x} {}V{}", n(at), n(top)));
            gaps.push_str(&format!("M{x} {}V{}", n(top), n(bottom)));
            at = bottom;
        }
        solid.push_str(&format!("M{x} {}V{}", n(at), n(to.max(at))));
        pen.path("life", &solid);
        if !gaps.is_empty() {
            pen.path("gap", &gaps);
        }
        pen.raw("\n");
    }
}

fn rows(pen: &mut Pen, view: &View, layout: &Layout) {
    let active = messages::Activity::of(view);
    for (frame, area) in view.frames.iter().zip(&layout.frames) {
        boxes::frame(pen, layout, frame, *area);
    }
    for (index, row) in view.rows.iter().enumerate() {
        match &row.what {
            What::Message(message) => messages::draw(pen, layout, &active, index, row, message),
            What::Else { frame, .. } => boxes::split(pen, layout, index, (*frame, &view.frames[*frame])),
            What::Note(note) => boxes::note(pen, layout, index, note),
            What::Ref { .. } => boxes::reference(pen, layout, index, row),
            What::Divider(_) => boxes::divider(pen, layout, index),
            What::Delay(_) | What::Remark(_) => boxes::across(pen, layout, index),
            What::Open(_) | What::Close(_) | What::Space(_) => {}
        }
    }
    for (lane, &x) in view.lanes.iter().zip(&layout.columns.lanes) {
        if let Some(row) = lane.ends {
            let y = layout.rows[row].at + slant_of(view, row);
            let (l, r, t, b) = (n(x - 8.0), n(x + 8.0), n(y - 8.0), n(y + 8.0));
            pen.path("line", &format!("M{l} {t}L{r} {b}M{l} {b}L{r} {t}"));
        }
    }
    for &link in &view.links {
        messages::link(pen, layout, link);
    }
}

impl Layout {
    /// How far before a created lane's middle its arrow ends.
    fn create_side(&self, tip: Tip) -> f32 {
        tip.lane().and_then(|lane| self.sides.get(lane)).copied().unwrap_or(0.0)
    }

    /// From the arrow that creates a lane down to the lower edge of its head.
    fn create_drop(&self, view: &View, lane: usize) -> f32 {
        layout::head_height(&view.lanes[lane]) / 2.0
    }
}

#[cfg(test)]
mod tests;
