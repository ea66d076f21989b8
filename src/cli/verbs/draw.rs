//! `seqcheck draw FILE`: the diagram as a picture.

use crate::cli::args::Draw;
use crate::cli::load::{self, Piece};
use crate::cli::{Exit, Refusal, World, paths, reports};
use crate::report::ladder;
use crate::report::view::View;
use crate::source::{Diagnostic, Sources};

/// The forms of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Picture {
    /// Characters, as a terminal shows them
    #[default]
    Text,
}

impl Picture {
    /// Whether several may stand in one file.
    fn may_follow(self) -> bool {
        match self {
            Picture::Text => true,
        }
    }
}

/// Draws every diagram of a file, on standard output or into a file.
pub fn run(args: &Draw, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let (found, mut problems) = paths::find(world, std::slice::from_ref(&args.path), args.dialect);
    let loaded = load::load(&found, world, sources);
    let broken = loaded.is_broken() || !problems.is_empty();
    problems.extend(loaded.diagnostics);
    if broken {
        return Err(Refusal::usage(problems));
    }
    if loaded.pieces.len() > 1 && !args.format.may_follow() {
        let places: Vec<&str> = loaded.pieces.iter().map(|piece| piece.place.as_str()).collect();
        return Err(Diagnostic::error("usage", format!("{} diagrams do not go into one picture", places.len()))
            .with_note(format!("they are {}", places.join(", ")))
            .with_help("draw a file that holds one of them")
            .into());
    }
    let mut bytes = Vec::new();
    for (index, piece) in loaded.pieces.iter().enumerate() {
        if index > 0 {
            bytes.push(b'\n');
        }
        bytes.extend(draw(piece, args, world, sources));
    }
    match &args.output {
        None => world.out.write_bytes(&bytes),
        Some(file) => {
            let name = file.display().to_string();
            reports::write(&world.locate(file), &bytes, &name).map_err(Refusal::error)?;
        }
    }
    Ok(Exit::Pass)
}

fn draw(piece: &Piece, args: &Draw, world: &World, sources: &Sources) -> Vec<u8> {
    let view = View::of(&piece.diagram, sources);
    match args.format {
        Picture::Text => {
            let width = world.out.terminal.then_some(world.out.width);
            ladder::whole(&view, args.ascii, width).render(world.out.color && args.output.is_none()).into_bytes()
        }
    }
}
