use super::columns::{head_width, name_lines};
use super::layout::{SYMBOL, head_height};
use super::pen::{Area, Pen, n};
use super::theme::LEADING;
use crate::diagram::ParticipantKind;
use crate::report::view::Lane;

/// Draws the head of a lane, its middle at `x`, its upper edge at `top`: boxes of the height of the row, symbols at its foot.
pub(super) fn draw(pen: &mut Pen, lane: &Lane, x: f32, top: f32, height: f32) {
    let half = head_width(lane) / 2.0;
    let lines = name_lines(lane);
    let spare = (height - head_height(lane)).max(0.0);
    let (named, symbol_top) = (top + spare / 2.0, top + spare);
    let area = Area { left: x - half, top, right: x + half, bottom: top + height };
    pen.open("lane");
    pen.hover(match lane.tested {
        Some(true) => "under test",
        Some(false) => "played by seqcheck",
        None => "",
    });
    let class = if lane.tested == Some(true) { "head tested" } else { "head" };
    let tint = lane.color.as_deref();
    match lane.kind {
        ParticipantKind::Participant => {
            pen.rect(class, area, 4.0, tint);
            name(pen, x, named + 9.0, &lines);
        }
        ParticipantKind::Collections => {
            let back = Area { left: area.left + 4.0, right: area.right, top: area.top, bottom: area.bottom - 4.0 };
            let front = Area { left: area.left, right: area.right - 4.0, top: area.top + 4.0, bottom: area.bottom };
            pen.rect(class, back, 2.0, None);
            pen.rect(class, front, 2.0, tint);
            name(pen, x - 2.0, named + 11.0, &lines);
        }
        ParticipantKind::Queue => {
            let Area { left, top, right, bottom } = area;
            let (inner, depth) = (n(right - 8.0), n(height / 2.0));
            pen.path(
                class,
                &format!(
                    "M{} {}H{inner}A6 {depth} 0 0 1 {inner} {}H{}A6 {depth} 0 0 1 {} {}Z",
                    n(left + 6.0),
                    n(top),
                    n(bottom),
                    n(left + 6.0),
                    n(left + 6.0),
                    n(top)
                ),
            );
            pen.path("life", &format!("M{inner} {}A6 {depth} 0 0 0 {inner} {}", n(top), n(bottom)));
            name(pen, x - 2.0, named + 9.0, &lines);
        }
        ParticipantKind::Actor => symbol(pen, class, x, symbol_top, &lines, &actor()),
        ParticipantKind::Boundary => {
            symbol(pen, class, x, symbol_top, &lines, "M-18 4V28M-18 16H-8M16 16A12 12 0 1 1 -8 16A12 12 0 1 1 16 16Z");
        }
        ParticipantKind::Control => {
            symbol(pen, class, x, symbol_top, &lines, "M13 19A13 13 0 1 1 -13 19A13 13 0 1 1 13 19ZM4 2L-2 6.4L5 10");
        }
        ParticipantKind::Entity => {
            symbol(pen, class, x, symbol_top, &lines, "M13 17A13 13 0 1 1 -13 17A13 13 0 1 1 13 17ZM-13 32H13");
        }
        ParticipantKind::Database => {
            symbol(
                pen,
                class,
                x,
                symbol_top,
                &lines,
                "M-16 7A16 5 0 0 1 16 7V28A16 5 0 0 1 -16 28ZM-16 7A16 5 0 0 0 16 7",
            );
        }
        ParticipantKind::Cloud => {
            symbol(
                pen,
                class,
                x,
                symbol_top,
                &lines,
                "M-14 30A8 8 0 0 1 -15 15A10 10 0 0 1 3 9A9 9 0 0 1 17 16A7 7 0 0 1 15 30Z",
            );
        }
    }
    pen.close();
}

fn actor() -> String {
    "M6 8A6 6 0 1 1 -6 8A6 6 0 1 1 6 8ZM0 14V24M-11 18H11M0 24L-8 34M0 24L8 34".to_owned()
}

/// A symbol, 36 pixels high around x = 0, and the name under it.
fn symbol(pen: &mut Pen, class: &str, x: f32, top: f32, lines: &[String], d: &str) {
    let class = class.replacen("head", "figure", 1);
    pen.raw(&format!("<g transform=\"translate({} {})\">", n(x), n(top)));
    pen.path(&class, d);
    pen.raw("</g>");
    name(pen, x, top + SYMBOL + 3.0, lines);
}

fn name(pen: &mut Pen, x: f32, top: f32, lines: &[String]) {
    pen.lines("name", x, top + 12.0, LEADING, "middle", lines);
}
