//! What a break of the line in a text is, in each language.
//!
//! A break is drawn alike: `\n` in seq and PlantUML, `<br/>` in Mermaid. In a label, which is payload, it is not the
//! same: `\n` is two signs, `<br/>` a line feed. `#@ breaks line-feed` and `%%@ breaks backslash-n` say that a file
//! means the other one by its breaks, so that a label keeps what it is when it goes from one language into another.
//! In all other texts a break is a break.

use super::Dialect;
use crate::diagram::{Breaks, Diagram, Item, Setting, change_every};

const SIGNS: &str = "\\n";

/// Takes the breaks of a diagram that was read in this dialect for what it says that they are.
pub(super) fn read(diagram: &mut Diagram, dialect: Dialect) {
    match (dialect, diagram.effective_settings().breaks) {
        (Dialect::Native | Dialect::PlantUml, Some(Breaks::LineFeed)) => labels(diagram, &mut |label| feed(label)),
        (Dialect::Mermaid, Some(Breaks::BackslashN)) => labels(diagram, &mut |label| signs(label)),
        // Mermaid draws the two signs as they are: they must not become breaks when they are written for it again.
        (Dialect::Mermaid, None) if any(diagram, SIGNS) => {
            let at = diagram.span;
            diagram.settings.push(Setting::Breaks(Breaks::LineFeed, at));
        }
        (Dialect::Native | Dialect::PlantUml, None | Some(Breaks::BackslashN))
        | (Dialect::Mermaid, None | Some(Breaks::LineFeed)) => {}
    }
}

/// A diagram with the breaks as this dialect writes them, and with the setting that says what they are where it is
/// needed. Labels with both kinds of breaks stay as they are.
pub(super) fn written(mut diagram: Diagram, dialect: Dialect) -> Diagram {
    let literal = diagram.effective_settings().breaks == Some(Breaks::LineFeed);
    diagram.settings.retain(|setting| !matches!(setting, Setting::Breaks(..)));
    let (mut feeds, mut two_signs) = (false, false);
    labels(&mut diagram, &mut |label| {
        feeds |= label.contains('\n');
        two_signs |= label.contains(SIGNS);
    });
    let at = diagram.span;
    match dialect {
        Dialect::Native | Dialect::PlantUml if feeds && !two_signs => {
            labels(&mut diagram, &mut |label| signs(label));
            diagram.settings.push(Setting::Breaks(Breaks::LineFeed, at));
        }
        Dialect::Mermaid if !literal => {
            drawn(&mut diagram, &mut |text| feed(text));
            if two_signs && !feeds {
                labels(&mut diagram, &mut |label| feed(label));
                diagram.settings.push(Setting::Breaks(Breaks::BackslashN, at));
            }
        }
        Dialect::Native | Dialect::PlantUml | Dialect::Mermaid => {}
    }
    diagram
}

fn feed(text: &mut String) {
    if text.contains(SIGNS) {
        *text = text.replace(SIGNS, "\n");
    }
}

fn signs(text: &mut String) {
    if text.contains('\n') {
        *text = text.replace('\n', SIGNS);
    }
}

/// Whether a piece stands in some text.
fn any(diagram: &mut Diagram, piece: &str) -> bool {
    let mut found = false;
    let mut look = |text: &mut String| found |= text.contains(piece);
    labels(diagram, &mut look);
    drawn(diagram, &mut look);
    found
}

fn labels(diagram: &mut Diagram, visit: &mut dyn FnMut(&mut String)) {
    change_every(&mut diagram.body, &mut |item| {
        if let Item::Arrow(arrow) = item {
            visit(&mut arrow.label);
        }
    });
}

/// The texts that are only drawn.
fn drawn(diagram: &mut Diagram, visit: &mut dyn FnMut(&mut String)) {
    diagram.for_each_drawn_text(visit);
}
