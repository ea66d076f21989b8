//! The gallery: every picture of `docs/gallery.md` is what the command under it draws today, and no text in it lies on
//! another or is cut. `UPDATE_DOCS=1` draws them anew.

use crate::shell::seqcheck;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// Every picture of the page with the command that draws it.
fn pictures() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(docs().join("gallery.md")).expect("the page");
    let picture =
        regex::Regex::new(r"(?m)^!\[[^\]]*\]\(gallery/([^)]+\.svg)\)\n\n`seqcheck ([^`]+)`$").expect("a pattern");
    let found: Vec<_> = picture.captures_iter(&page).map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    assert_eq!(
        found.len(),
        page.matches("\n![").count() - page.matches("-by-mermaid.").count(),
        "a picture has no command"
    );
    found
}

#[test]
fn every_picture_is_current() {
    let mut kept: BTreeSet<String> = std::fs::read_dir(docs().join("gallery"))
        .expect("the folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".svg") && !name.contains("-by-mermaid."))
        .collect();
    for (name, command) in pictures() {
        let output = seqcheck(command.split(' ')).run();
        assert!(output.out.ends_with("</svg>\n"), "seqcheck {command}\n{}", output.err);
        let path = docs().join("gallery").join(&name);
        let kept_as = std::fs::read_to_string(&path).unwrap_or_default();
        if std::env::var_os("UPDATE_DOCS").is_some() && kept_as != output.out {
            std::fs::write(&path, &output.out).expect("can be written");
        }
        let drawn = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(drawn == output.out, "docs/gallery/{name} is not current: run the tests with UPDATE_DOCS=1");
        kept.remove(&name);
    }
    assert!(kept.is_empty() || std::env::var_os("UPDATE_DOCS").is_some(), "nobody shows {kept:?}");
}

#[cfg(feature = "png")]
#[test]
fn no_text_lies_on_another_and_none_is_cut() {
    for (name, _) in pictures() {
        let picture = std::fs::read_to_string(docs().join("gallery").join(&name)).unwrap_or_default();
        let wrong = crate::pictures::crowded(&picture);
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}
