//! Pages of agents' protocols: the folder `agents` beside the real diagrams. Its `index.csv` names every diagram of its
//! pages by the line of the fence.

use super::{records, text_of};
use seqcheck::source::{Source, Sources};
use seqcheck::syntax::markdown::{self, Flavour};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What Mermaid refuses too: a `;` in a note.
const BROKEN: (&str, u32) = ("ag-ui/docs--concepts--interrupts.mdx", 14);

#[test]
fn every_diagram_of_every_page_is_found_and_read() {
    let folder = std::env::var_os("SEQCHECK_CORPUS").map(|corpus| PathBuf::from(corpus).join("agents"));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        eprintln!("skipped: SEQCHECK_CORPUS does not name a folder with pages in agents/");
        return;
    };
    let records = records(&text_of(&folder.join("index.csv")));
    let (head, rows) = records.split_first().expect("the index has a head");
    let [file, line] = ["file", "line"].map(|name| head.iter().position(|cell| cell == name).expect("a column"));
    let mut wanted: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row[file].is_empty()) {
        wanted.entry(row[file].clone()).or_default().push(row[line].parse().expect("the number of a line"));
    }
    assert!(wanted.len() >= 100, "only {} pages in the index", wanted.len());
    let mut pages = pages(&folder);
    pages.retain(|page| page.ends_with(".md") || page.ends_with(".mdx"));
    assert!(wanted.keys().all(|page| pages.contains(page)), "a page of the index is missing");
    let mut diagrams = 0;
    for page in pages {
        let flavour = if page.ends_with("x") { Flavour::Mdx } else { Flavour::Markdown };
        let mut sources = Sources::new();
        let id = sources.add(Source::new(page.as_str(), text_of(&folder.join(&page))));
        let found = markdown::read(&sources, id, flavour);
        let lines: Vec<u32> = found.blocks.iter().map(|block| sources.position(block.fence).line).collect();
        assert_eq!(lines, wanted.remove(&page).unwrap_or_default(), "{page}");
        for block in &found.blocks {
            let line = sources.position(block.fence).line;
            let is_broken = (page.as_str(), line) == BROKEN;
            assert_eq!(markdown::parse(block).is_err(), is_broken, "{page}:{line}");
        }
        diagrams += lines.len();
    }
    eprintln!("{diagrams} diagrams");
}

/// The files in the folders of a folder.
fn pages(folder: &Path) -> Vec<String> {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    let below = |name: String| names(&folder.join(&name)).into_iter().map(move |file| format!("{name}/{file}"));
    names(folder).into_iter().flat_map(below).collect()
}
