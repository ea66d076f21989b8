//! What stands above each diagram to be clicked on.

use super::server::Failure;
use super::sheet::Sheet;
use crate::report::view::View;
use crate::report::{ladder, svg};
use serde_json::{Value, json};

/// The command that plays a diagram.
pub const PLAY: &str = "seqcheck.play";
/// The command that draws one.
pub const DRAW: &str = "seqcheck.draw";

/// `textDocument/codeLens`
pub fn all(sheet: &Sheet<'_>) -> Value {
    let mut lenses = Vec::new();
    for (index, piece) in sheet.look.pieces.iter().enumerate().filter(|(_, piece)| piece.sound) {
        let range = sheet.range(piece.range.start..piece.range.start);
        for (title, command) in [("play", PLAY), ("draw", DRAW)] {
            let command = json!({ "title": title, "command": command, "arguments": [sheet.uri, index] });
            lenses.push(json!({ "range": range, "command": command }));
        }
    }
    lenses.into()
}

/// The picture of a diagram, as text and as SVG.
pub fn draw(sheet: &Sheet<'_>, index: usize) -> Result<Value, Failure> {
    let piece = sheet.look.pieces.get(index).filter(|piece| piece.sound);
    let piece =
        piece.ok_or_else(|| Failure::Refused("there is no diagram with this number that can be drawn".to_owned()))?;
    let view = View::of(&piece.diagram, &sheet.look.sources);
    let text = match ladder::too_large(&view, None) {
        Some(why) => why,
        None => ladder::whole(&view, false, None).render(false),
    };
    Ok(json!({ "text": text, "svg": svg::draw(&view) }))
}
