//! Which of the loaded scenarios are meant: by tag, name, line and share; and the list of them.

use super::load::{Loaded, Piece};
use super::paths::Found;
use super::scenarios::{Ready, tags};
use super::settings::Settings;
use super::world::World;
use crate::source::{Diagnostic, Sources, nearest, visible_json};
use glob::{MatchOptions, Pattern};
use serde_json::json;

/// Leaves those that the settings, and the lines behind paths, ask for.
///
/// # Errors
/// None is left, and which there are.
pub fn select(
    loaded: &mut Loaded,
    found: &[Found],
    settings: &Settings,
    sources: &Sources,
) -> Result<(), Vec<Diagnostic>> {
    let all = loaded.pieces.len() + loaded.lost.len();
    if all == 0 {
        return Err(vec![nothing("the given paths contain no sequence diagram", &loaded.left_alone)]);
    }
    at_lines(loaded, found, sources)?;
    let pieces = loaded.pieces.clone();
    if !settings.tag.is_empty() {
        loaded.pieces.retain(|piece| tags(&piece.diagram).iter().any(|tag| settings.tag.contains(tag)));
        if loaded.pieces.is_empty() && loaded.lost.is_empty() {
            return Err(vec![no_tag(&settings.tag, &pieces)]);
        }
    }
    if !settings.name.is_empty() {
        let names = settings.name.iter().map(|text| Name::of(text)).collect::<Result<Vec<_>, _>>();
        let names = names.map_err(|problem| vec![problem])?;
        loaded.pieces.retain(|piece| names.iter().any(|name| name.fits(piece)));
        if loaded.pieces.is_empty() && loaded.lost.is_empty() {
            return Err(vec![no_name(&settings.name, &pieces)]);
        }
    }
    if let Some(shard) = settings.shard {
        let mut place = 0..;
        loaded.pieces.retain(|_| place.next().is_some_and(|place| shard.takes(place)));
    }
    Ok(())
}

/// That there is nothing to do.
pub fn nothing(what: &str, left_alone: &[String]) -> Diagnostic {
    let problem = Diagnostic::error("usage", format!("nothing to run: {what}"));
    left_alone.iter().fold(problem, |problem, left| problem.with_note(format!("ignored: {left}")))
}

/// `FILE:LINE` is the diagram of that line.
fn at_lines(loaded: &mut Loaded, found: &[Found], sources: &Sources) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    for file in found.iter().filter(|file| !file.lines.is_empty()) {
        let mine = |piece: &Piece| sources.get(piece.source).name() == file.name;
        let lines = |piece: &Piece| {
            let source = sources.get(piece.source);
            let line_of = |at: usize| source.line_of(u32::try_from(at).unwrap_or(u32::MAX));
            let first = piece.fence().map_or(piece.range.start, |fence| fence.range().start);
            let last = piece.range.end.saturating_sub(1).max(piece.range.start);
            // A fence ends on the line behind what is in it.
            line_of(first)..=line_of(last) + u32::from(piece.block.is_some())
        };
        for line in &file.lines {
            if !loaded.pieces.iter().filter(|piece| mine(piece)).any(|piece| lines(piece).contains(line)) {
                let at = |piece: &&Piece| format!("{}-{}", lines(piece).start(), lines(piece).end());
                let there: Vec<String> = loaded.pieces.iter().filter(|piece| mine(piece)).map(|p| at(&p)).collect();
                let problem = nothing(&format!("{}:{line} is not in a diagram", file.name), &[]);
                problems.push(problem.with_help(format!("its diagrams are at lines {}", there.join(", "))));
            }
        }
        loaded.pieces.retain(|piece| !mine(piece) || file.lines.iter().any(|line| lines(piece).contains(line)));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// What a name must be like.
enum Name {
    /// A part of it, in lower case.
    Part(String),
    /// All of it.
    Whole(Pattern),
}

impl Name {
    fn of(text: &str) -> Result<Name, Diagnostic> {
        if !text.contains(['*', '?']) {
            return Ok(Name::Part(text.to_lowercase()));
        }
        Pattern::new(text).map(Name::Whole).map_err(|error| {
            Diagnostic::error("usage", format!("--name {text}: not a glob: {}", error.msg))
                .with_help("? and * match characters of a name; without them the text is a part of a name")
        })
    }

    fn fits(&self, piece: &Piece) -> bool {
        let options = MatchOptions { case_sensitive: false, ..MatchOptions::default() };
        [&piece.name, &piece.place].into_iter().any(|name| match self {
            Name::Part(part) => name.to_lowercase().contains(part),
            Name::Whole(pattern) => pattern.matches_with(name, options),
        })
    }
}

fn no_tag(asked: &[String], pieces: &[Piece]) -> Diagnostic {
    let mut known: Vec<String> = pieces.iter().flat_map(|piece| tags(&piece.diagram)).collect();
    known.sort_unstable();
    known.dedup();
    let problem = nothing(&format!("no scenario has the tag {}", asked.join(" or ")), &[]);
    match asked.iter().find_map(|tag| nearest(tag, known.iter().map(String::as_str))) {
        Some(near) => problem.with_help(format!("did you mean {near}?")),
        None if known.is_empty() => problem.with_help("no scenario has a tag; `#@ tags NAME` gives it one"),
        None => problem.with_help(format!("the tags are {}", known.join(", "))),
    }
}

/// So many names are shown.
const SHOWN: usize = 8;

fn no_name(asked: &[String], pieces: &[Piece]) -> Diagnostic {
    let problem = nothing(&format!("no scenario has the name {}", asked.join(" or ")), &[]);
    let names = || pieces.iter().map(|piece| piece.name.as_str());
    match asked.iter().find_map(|name| nearest(name, names())) {
        Some(near) => problem.with_help(format!("did you mean {near}?")),
        None => {
            let rest = if pieces.len() > SHOWN { ", …; --list shows all" } else { "" };
            problem.with_help(format!("the scenarios are {}{rest}", names().take(SHOWN).collect::<Vec<_>>().join(", ")))
        }
    }
}

/// `--list`: what would be played.
pub fn list(ready: &[Ready], as_json: bool, world: &mut World) {
    if as_json {
        let each = |one: &Ready| {
            json!({
                "name": one.prepared.name(), "path": one.piece.place, "arrows": arrows(one),
                "tags": tags(&one.piece.diagram), "skipped": one.prepared.skipped(),
            })
        };
        let all = json!({ "scenarios": ready.iter().map(each).collect::<Vec<_>>() });
        return world.out.write(&visible_json(format!("{all:#}\n")));
    }
    let widest = |text: &dyn Fn(&Ready) -> usize| ready.iter().map(text).max().unwrap_or(0);
    let path = widest(&|one| one.piece.place.chars().count());
    let name = widest(&|one| one.prepared.name().chars().count());
    for one in ready {
        let mut line = format!("{:path$}  {:name$}  {:>4} arrows", one.piece.place, one.prepared.name(), arrows(one));
        let tags = tags(&one.piece.diagram);
        if !tags.is_empty() {
            line.push_str(&format!("  [{}]", tags.join(", ")));
        }
        if let Some(why) = one.prepared.skipped() {
            line.push_str(&format!("  skipped: {why}"));
        }
        world.out.line(line.trim_end());
    }
    let noun = if ready.len() == 1 { "scenario" } else { "scenarios" };
    world.out.line(&format!("{} {noun} would be played", ready.len()));
}

fn arrows(one: &Ready) -> usize {
    crate::diagram::arrows(&one.piece.diagram.body).count()
}
