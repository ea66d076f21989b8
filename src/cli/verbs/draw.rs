//! `seqcheck draw FILE`: the diagram as a picture.

use super::judge;
use crate::cli::args::{Draw, Judge};
use crate::cli::load;
use crate::cli::settings::Look;
use crate::cli::{Exit, Refusal, World, paths, reports, rewrite};
#[cfg(feature = "png")]
use crate::report::png;
use crate::report::view::View;
use crate::report::{ladder, svg, view_of};
use crate::source::{Diagnostic, Sources};
use crate::syntax::Dialect;
use std::path::Path;

/// The forms of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Picture {
    /// Characters, as a terminal shows them
    #[default]
    Text,
    /// A vector picture for browsers and documents
    Svg,
    /// Pixels
    #[cfg(feature = "png")]
    Png,
    /// The text from which Mermaid draws it, for pages that do
    Mermaid,
}

/// Whose colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum PictureTheme {
    /// The reader's: dark where they like it dark
    #[default]
    Auto,
    /// Dark on white
    Light,
    /// Light on black
    Dark,
}

impl PictureTheme {
    fn theme(self) -> svg::Theme {
        match self {
            PictureTheme::Auto => svg::Theme::Auto,
            PictureTheme::Light => svg::Theme::Light,
            PictureTheme::Dark => svg::Theme::Dark,
        }
    }
}

/// Pixels a unit of the vector picture: sharp on the screens of today.
#[cfg(feature = "png")]
const SCALE: f32 = 2.0;

impl Picture {
    /// Whether several may stand in one file.
    fn may_follow(self) -> bool {
        match self {
            Picture::Text => true,
            Picture::Svg | Picture::Mermaid => false,
            #[cfg(feature = "png")]
            Picture::Png => false,
        }
    }
}

/// Draws every diagram of a file, on standard output or into a file.
pub fn run(args: &Draw, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    if let Some(trace) = &args.trace {
        return played(args, trace, world, sources);
    }
    let (found, mut problems) = paths::find(world, std::slice::from_ref(&args.path), args.dialect);
    let loaded = load::load(&found, world, sources);
    let broken = loaded.is_broken() || !problems.is_empty();
    problems.extend(loaded.diagnostics);
    if broken {
        return Err(Refusal::usage(problems));
    }
    if loaded.pieces.len() > 1 && !args.format.may_follow() {
        let places: Vec<&str> = loaded.pieces.iter().map(|piece| piece.place.as_str()).collect();
        return Err(Diagnostic::error("usage", format!("{} diagrams cannot be drawn in one picture", places.len()))
            .with_note(format!("they are {}", places.join(", ")))
            .with_help("draw a file that contains only one of them")
            .into());
    }
    let mut bytes = Vec::new();
    for (index, piece) in loaded.pieces.iter().enumerate() {
        if index > 0 {
            bytes.push(b'\n');
        }
        if args.format == Picture::Mermaid {
            let written = rewrite::text(piece, Dialect::Mermaid)?;
            crate::cli::show_problems(&written.losses, sources, world);
            bytes.extend(written.text.into_bytes());
        } else {
            bytes.extend(draw(&View::of(&piece.diagram, sources), &piece.place, args, world)?);
        }
    }
    write(&bytes, args, world)
}

/// Draws the one diagram from which a trace was recorded, with the run on it.
fn played(args: &Draw, trace: &Path, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    if args.format == Picture::Mermaid {
        return Err(Diagnostic::error("usage", "Mermaid has no picture of a run")
            .with_help("remove --trace, or draw it as text, svg or png")
            .into());
    }
    let judged = Judge {
        path: args.path.clone(),
        trace: trace.to_path_buf(),
        binding: args.binding.clone(),
        var: args.var.clone(),
        trust: args.trust.clone(),
        dialect: args.dialect,
        ..Judge::default()
    };
    let mut told = judge::judged(&judged, Look::default(), world, sources)?;
    let Some(report) = told.pop() else {
        return Err(Diagnostic::error("trace", "the scenario is skipped, so the picture does not show the run").into());
    };
    let bytes = draw(&view_of(&report), &report.path, args, world)?;
    write(&bytes, args, world)
}

fn write(bytes: &[u8], args: &Draw, world: &mut World) -> Result<Exit, Refusal> {
    match &args.output {
        None => match std::str::from_utf8(bytes).ok().filter(|_| args.format == Picture::Mermaid) {
            Some(text) => world.out.file(text),
            None => world.out.write_bytes(bytes),
        },
        Some(file) => {
            let name = file.display().to_string();
            reports::write(&world.locate(file), bytes, &name).map_err(Refusal::error)?;
        }
    }
    Ok(Exit::Pass)
}

fn draw(view: &View, place: &str, args: &Draw, world: &World) -> Result<Vec<u8>, Refusal> {
    match args.format {
        Picture::Text => {
            let width = world.out.terminal.then_some(world.out.width);
            if let Some(why) = ladder::too_large(view, width) {
                let told = Diagnostic::error("limit", format!("{place}: {why}"));
                return Err(Refusal::error(told.with_help("draw it as a picture: --format svg")));
            }
            Ok(ladder::whole(view, args.ascii, width).render(world.out.color && args.output.is_none()).into_bytes())
        }
        // Mermaid draws diagrams, not views of them.
        Picture::Svg | Picture::Mermaid => {
            Ok(svg::draw_in(view, args.theme.theme(), args.scale.unwrap_or(1.0)).into_bytes())
        }
        #[cfg(feature = "png")]
        Picture::Png => {
            let picture = svg::draw_for_pixels(view, args.theme.theme());
            png::draw(&picture, &png::Fonts::with_system(), args.scale.unwrap_or(SCALE))
                .map_err(|why| Refusal::error(Diagnostic::error("output", format!("{place}: {why}"))))
        }
    }
}
