//! Pictures of everything at hand: the gallery's diagrams, and the folder named by `SEQCHECK_CORPUS`.

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

#[test]
fn the_gallery_draws() {
    for name in ["language.seq", "long.seq"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery").join(name);
        let text = std::fs::read_to_string(path).expect("a diagram of the gallery");
        let views = views(name, &text);
        assert_eq!(views.len(), 1, "{name} can be read");
        let picture = svg::draw(&views[0]);
        keep(&format!("{name}.svg"), &picture);
        if std::env::var_os("SEQCHECK_LOOK").is_some() {
            eprintln!("{}", ladder::whole(&views[0], false, Some(140)).render(false));
        }
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
            if index % 27 == 0 {
                keep(&format!("corpus-{index:03}.svg"), &picture);
            }
        }
    }
    assert!(drawn > 300, "{drawn} diagrams were drawn");
}
