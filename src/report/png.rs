//! Pictures as pixels: the SVG of [`super::svg`], rasterized.
//!
//! The font comes along (`assets/`), so that a picture needs neither a network nor a font of the machine; what it does
//! not hold (CJK, emoji) is looked for among the fonts of the machine where the caller allows it.

use resvg::{tiny_skia, usvg};
use std::sync::Arc;

/// DejaVu Sans: Latin, Greek, Cyrillic, arrows and signs. Its licence stands beside it.
const FONT: &[u8] = include_bytes!("../../assets/DejaVuSans.subset.ttf");
/// No side of a picture is longer, in pixels.
const SIDE: f32 = 16_000.0;
/// No picture has more pixels.
const PIXELS: f32 = 120_000_000.0;

/// Where glyphs come from.
#[derive(Clone, Debug)]
pub struct Fonts(Arc<usvg::fontdb::Database>);

impl Fonts {
    /// The font that comes along alone: the same pixels on every machine.
    pub fn embedded() -> Fonts {
        let mut fonts = usvg::fontdb::Database::new();
        fonts.load_font_data(FONT.to_vec());
        Fonts(Arc::new(named(fonts)))
    }

    /// And those of the machine, for characters that it does not hold. Reads the folders of fonts.
    pub fn with_system() -> Fonts {
        let mut fonts = usvg::fontdb::Database::new();
        fonts.load_font_data(FONT.to_vec());
        fonts.load_system_fonts();
        Fonts(Arc::new(named(fonts)))
    }
}

fn named(mut fonts: usvg::fontdb::Database) -> usvg::fontdb::Database {
    fonts.set_sans_serif_family("DejaVu Sans");
    fonts
}

/// The font for a character that the one that comes along does not hold: of the family that has it, the upright one of
/// usual weight, without serifs where there is one.
fn upright() -> usvg::FallbackSelectionFn<'static> {
    let any = usvg::FontResolver::default_fallback_selector();
    Box::new(move |char, used, fonts| {
        let found = any(char, used, fonts)?;
        let family = fonts.face(found)?.families.first()?.0.clone();
        let sans = family.replace("Serif", "Sans");
        let plain = |face: &&usvg::fontdb::FaceInfo| {
            face.style == usvg::fontdb::Style::Normal && face.weight == usvg::fontdb::Weight::NORMAL
        };
        let usual = [&sans, &family].into_iter().find_map(|family| {
            let named = |face: &&usvg::fontdb::FaceInfo| face.families.iter().any(|(name, _)| name == family);
            fonts.faces().filter(|face| !used.contains(&face.id)).filter(named).find(plain).map(|face| face.id)
        });
        Some(usual.unwrap_or(found))
    })
}

/// Rasterizes an SVG document at `scale` pixels a unit, less where the picture would be larger than any reader takes.
///
/// # Errors
/// What the SVG reader or the encoder says, for a document that is not one of ours.
pub fn draw(svg: &str, fonts: &Fonts, scale: f32) -> Result<Vec<u8>, String> {
    let font_resolver = usvg::FontResolver { select_fallback: upright(), ..usvg::FontResolver::default() };
    let options = usvg::Options {
        fontdb: fonts.0.clone(),
        font_family: "DejaVu Sans".to_owned(),
        font_resolver,
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size();
    let scale = scale
        .min(SIDE / size.width())
        .min(SIDE / size.height())
        .min((PIXELS / (size.width() * size.height())).sqrt())
        .max(f32::MIN_POSITIVE);
    let side = |length: f32| (length * scale).ceil().max(1.0) as u32;
    let mut pixels = tiny_skia::Pixmap::new(side(size.width()), side(size.height()))
        .ok_or_else(|| format!("a picture of {} by {} pixels is too large", side(size.width()), side(size.height())))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}
