//! Files that diagrams include: read before anything is parsed, from the folder of the diagram and below it.

use crate::files::{self, Kind};
use crate::syntax::{self, Dialect};
use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::Arc;

/// At most so many files are read for one diagram.
const FILES: usize = 100;

/// What is read as part of a diagram.
const PART: Kind = Kind { name: "a part of a diagram", most: 1 << 20, named };

fn named(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    ["puml", "plantuml", "pu", "iuml", "pml", "wsd", "txt", "inc"].contains(&ending.as_str())
}

/// The texts that this one includes, and those include, by their path from this folder. What is not there, leads out of the
/// folder, or is no text, is left to the reader, which says so.
pub fn of(text: &str, folder: &Path) -> BTreeMap<String, Arc<str>> {
    let mut found: BTreeMap<String, Arc<str>> = BTreeMap::new();
    let mut wanted: Vec<String> = Vec::new();
    let root = folder.canonicalize().ok();
    let ask = |from: &str, text: &str, wanted: &mut Vec<String>| {
        let paths =
            syntax::included(text, Dialect::PlantUml).into_iter().filter_map(|what| syntax::path_of(from, what));
        wanted.extend(paths);
    };
    ask("", text, &mut wanted);
    while let Some(path) = wanted.pop() {
        let plain = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_)));
        if found.contains_key(&path) || found.len() >= FILES || !plain || !named(Path::new(&path)) {
            continue;
        }
        let file = folder.join(&path);
        // A link among its folders may lead anywhere.
        let below = file.canonicalize().is_ok_and(|file| root.as_ref().is_some_and(|root| file.starts_with(root)));
        let Some(text) = below.then(|| files::text(&file, &PART).ok()).flatten() else { continue };
        if !looks_like_one(&path, &text) {
            continue;
        }
        ask(&path, &text, &mut wanted);
        found.insert(path, text.into());
    }
    found
}

/// Whether a file is a part of a diagram: by its ending, or, where that says nothing, by what stands in it. No line of
/// another one may stand in a message, or in a picture.
fn looks_like_one(path: &str, text: &str) -> bool {
    const WORDS: [&str; 9] =
        ["participant ", "actor ", "skinparam ", "hide ", "box ", "note ", "autonumber", "title ", "<style>"];
    let says = |line: &str| {
        let line = line.trim();
        line.starts_with(['!', '@']) || line.contains("->") || WORDS.iter().any(|word| line.starts_with(word))
    };
    !["txt", "inc"].iter().any(|ending| path.to_ascii_lowercase().ends_with(&format!(".{ending}")))
        || text.lines().any(says)
}
