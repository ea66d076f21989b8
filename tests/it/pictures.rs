//! Pictures of the folder named by `SEQCHECK_CORPUS`, and what makes a picture hard to read.

use seqcheck::report::view::View;
use seqcheck::report::{ladder, svg};
use seqcheck::source::{Source, Sources};
use seqcheck::syntax::{self, Dialect};
use std::path::{Path, PathBuf};

/// The views of the diagrams of a text that can be read.
fn views(name: &str, text: &str) -> Vec<View> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new(name, text));
    let dialect = Dialect::of_file(Path::new(name).extension().and_then(|kind| kind.to_str()), text);
    let parts = syntax::parts(text, dialect);
    let parsed = parts.into_iter().filter_map(|range| syntax::parse(&sources, id, range, dialect).ok());
    parsed.map(|parsed| View::of(&parsed.diagram, &sources)).collect()
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() { below(&entry, files) } else { files.push(entry) }
    }
}

/// For looking at: `SEQCHECK_LOOK=folder` keeps the pictures of this module.
fn keep(name: &str, svg: &str) {
    if let Some(folder) = std::env::var_os("SEQCHECK_LOOK") {
        let file = Path::new(&folder).join(name);
        std::fs::write(&file, svg).expect("a picture");
        #[cfg(feature = "png")]
        {
            use seqcheck::report::png;
            let pixels = png::draw(svg, &png::Fonts::with_system(), 1.0).expect("pixels");
            std::fs::write(file.with_extension("png"), pixels).expect("a picture");
        }
    }
}

/// Texts of a picture that lie on another text or reach out of it, as they stand with the font that comes along.
#[cfg(feature = "png")]
pub fn crowded(svg: &str) -> Vec<String> {
    use resvg::usvg;
    /// Boxes of text are as high as the font, which is more than its letters; so much may lie on each other.
    const SLACK: f32 = 4.0;
    fn texts(group: &usvg::Group, found: &mut Vec<(usvg::Rect, String)>) {
        for node in group.children() {
            match node {
                usvg::Node::Group(group) => texts(group, found),
                usvg::Node::Text(text) => {
                    let said = text.chunks().iter().map(|chunk| chunk.text()).collect();
                    found.push((text.abs_bounding_box(), said));
                }
                usvg::Node::Path(_) | usvg::Node::Image(_) => {}
            }
        }
    }
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../../assets/DejaVuSans.subset.ttf").to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    let options = usvg::Options { fontdb: fonts.into(), font_family: "DejaVu Sans".to_owned(), ..Default::default() };
    let tree = match usvg::Tree::from_str(svg, &options) {
        Ok(tree) => tree,
        Err(why) => return vec![why.to_string()],
    };
    let mut found = Vec::new();
    texts(tree.root(), &mut found);
    found.sort_by(|a, b| a.0.top().total_cmp(&b.0.top()));
    let size = tree.size();
    let mut wrong = Vec::new();
    for (index, (here, text)) in found.iter().enumerate() {
        let inside =
            here.left() >= 0.0 && here.top() >= 0.0 && here.right() <= size.width() && here.bottom() <= size.height();
        if !inside {
            wrong.push(format!("cut: {text:?} at {here:?} in {size:?}"));
        }
        for (there, other) in found[index + 1..].iter().take_while(|(there, _)| there.top() < here.bottom()) {
            let wide = here.right().min(there.right()) - here.left().max(there.left());
            let high = here.bottom().min(there.bottom()) - here.top().max(there.top());
            if wide > 1.0 && high > SLACK {
                wrong.push(format!("{text:?} and {other:?} lie on each other by {wide:.0} x {high:.0}"));
            }
        }
    }
    wrong
}

/// Nothing but what happens to lifelines.
#[test]
fn lifelines_alone_are_drawn() {
    for text in
        ["destroy A", "activate A\ndestroy A", "create participant A\ndestroy A", "activate A", "create A\nactivate A"]
    {
        let view = &views("d.seq", text)[0];
        assert!(svg::draw(view).ends_with("</svg>\n"), "{text}");
        assert!(ladder::whole(view, false, Some(80)).render(false).contains('A'), "{text}");
    }
}

#[test]
fn the_corpus_draws() {
    let Some(folder) = std::env::var_os("SEQCHECK_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: SEQCHECK_CORPUS does not name a folder of diagrams");
        return;
    };
    let mut files = Vec::new();
    below(&folder, &mut files);
    let mut drawn = 0;
    let mut crowds: Vec<String> = Vec::new();
    for (index, file) in files.iter().filter(|file| file.extension().is_some_and(|kind| kind != "csv")).enumerate() {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        for view in views(&file.to_string_lossy(), &text) {
            let picture = svg::draw(&view);
            assert!(picture.ends_with("</svg>\n"), "{}", file.display());
            for ascii in [false, true] {
                let text = ladder::whole(&view, ascii, Some(100)).render(false);
                assert!(!text.is_empty() || view.lanes.is_empty(), "{}", file.display());
            }
            drawn += 1;
            // All of them with SEQCHECK_LOOK; else a share, since text takes its time without optimization.
            #[cfg(feature = "png")]
            if index % 9 == 0 || std::env::var_os("SEQCHECK_LOOK").is_some() {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                crowds.extend(crowded(&picture).into_iter().take(3).map(|wrong| format!("{name}: {wrong}")));
            }
            if index % 12 == 0 {
                keep(&format!("corpus-{index:03}.svg"), &picture);
            }
        }
    }
    assert!(drawn > 300, "{drawn} diagrams were drawn");
    assert!(crowds.is_empty(), "{}", crowds.join("\n"));
}
