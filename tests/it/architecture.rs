//! What `ARCHITECTURE.md` says of the code is so: the table there is read, and the code held against it.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A row of the table.
struct Room {
    may_use: BTreeSet<String>,
    doors: BTreeSet<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The table under "Rooms and doors".
fn rooms() -> BTreeMap<String, Room> {
    let text = read(&root().join("ARCHITECTURE.md"));
    let (_, section) = text.split_once("## Rooms and doors").expect("the section");
    let section = section.split("\n## ").next().expect("its text");
    let names = |cell: &str| {
        cell.split(',').map(|name| name.trim().trim_matches('`').to_owned()).filter(|name| name != "–").collect()
    };
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter(|line| !line.starts_with("---") && !line.starts_with("folder"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_end_matches(" |").split(" | ").collect();
            assert_eq!(cells.len(), 4, "a row has four cells: {line}");
            (cells[0].trim_matches('`').to_owned(), Room { may_use: names(cells[2]), doors: names(cells[3]) })
        })
        .collect()
}

/// Every source file with its folder (a stage) and its code, without comments, string literals on one line, and unit tests.
pub fn code() -> Vec<(String, PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let string = Regex::new(r#""(?:[^"\\\n]|\\.)*""#).expect("a pattern");
    files
        .into_iter()
        .filter_map(|path| {
            let inside = path.strip_prefix(root().join("src")).expect("in src").to_path_buf();
            let mut parts = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
            let stage = parts.next().filter(|_| inside.components().count() > 1)?;
            let is_test = parts.any(|part| part == "tests.rs" || part == "tests");
            let text = read(&path);
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let lines: String = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .map(|line| string.replace_all(line, "\"\"").split(" // ").next().unwrap_or_default().to_owned() + "\n")
                .collect();
            (!is_test).then_some((stage, inside, lines))
        })
        .collect()
}

#[test]
fn every_folder_has_a_row_and_uses_only_what_the_row_allows() {
    let rooms = rooms();
    let used = Regex::new(r"\bcrate::(?:\{([^}]*)\}|([a-z_]+))").expect("a pattern");
    let mut wrong = Vec::new();
    let stages: BTreeSet<&str> = rooms.keys().map(String::as_str).collect();
    for (stage, path, text) in code() {
        let Some(room) = rooms.get(&stage) else {
            wrong.push(format!("{}: the folder {stage} has no row", path.display()));
            continue;
        };
        for found in used.captures_iter(&text) {
            let names = found.get(1).or_else(|| found.get(2)).map_or("", |names| names.as_str());
            for name in names.split(',').filter_map(|name| name.trim().split("::").next()) {
                if stages.contains(name) && name != stage && !room.may_use.contains(name) {
                    wrong.push(format!("{}: {stage} may not use {name}", path.display()));
                }
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "against the table in ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn every_row_is_a_folder_that_exists() {
    for (name, room) in rooms() {
        if name != "any" {
            assert!(root().join("src").join(&name).is_dir(), "there is no src/{name}");
        }
        for used in &room.may_use {
            assert!(root().join("src").join(used).is_dir(), "{name} may use {used}, which is no folder");
        }
    }
}

#[test]
fn an_outside_crate_is_used_only_through_its_doors() {
    let rooms = rooms();
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("a manifest");
    let tables = manifest["target"].as_table().expect("targets").values().chain([&manifest["dependencies"]]);
    let tables = tables.map(|table| table.get("dependencies").unwrap_or(table));
    let crates = tables.flat_map(|table| table.as_table().expect("dependencies").keys());
    let crates: Vec<String> = crates.map(|name| name.replace('-', "_")).collect();
    let listed: BTreeSet<&String> = rooms.values().flat_map(|room| &room.doors).collect();
    for name in &crates {
        assert!(listed.contains(name), "{name} is a dependency, and no row of ARCHITECTURE.md is its door");
    }
    for name in listed {
        assert!(crates.contains(name), "{name} has a door, and is no dependency");
    }
    let mut wrong = Vec::new();
    let guarded: Vec<(&String, [Regex; 2])> = crates
        .iter()
        .filter(|name| !rooms["any"].doors.contains(*name))
        .map(|known| {
            // A crate whose library has another name than its package.
            let name = if known == "md_5" { "md5" } else { known };
            let path_of = format!(r"(?m)(^|[^\w:]){name}::|\buse {name}\b");
            let own_module = format!(r"(?m)^\s*(pub )?mod {name};");
            (known, [path_of, own_module].map(|pattern| Regex::new(&pattern).expect("a pattern")))
        })
        .collect();
    for (stage, path, text) in code() {
        let Some(room) = rooms.get(&stage) else { continue };
        for (name, [path_of, own_module]) in guarded.iter().filter(|(name, _)| !room.doors.contains(*name)) {
            if path_of.is_match(&text) && !own_module.is_match(&text) {
                wrong.push(format!("{}: {stage} is no door to {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "against the table in ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_prints_reads_the_environment_or_exits() {
    let outside =
        Regex::new(r"\b(e?print(ln)?!|dbg!|std::env::(var|args|vars|current_dir)|env::(var|args|vars)|process::exit|io::(stdout|stderr|stdin)\b)")
            .expect("a pattern");
    let wrong: Vec<String> = code()
        .into_iter()
        .filter(|(stage, ..)| stage != "cli")
        .filter_map(|(_, path, text)| Some(format!("{}: {}", path.display(), outside.find(&text)?.as_str())))
        .collect();
    assert!(wrong.is_empty(), "only cli may do this:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_door_opens_files() {
    let opening = Regex::new(
        r"\b(std::fs|tokio::fs|fs::[a-z_]+\(|File::|OpenOptions|DirEntry|ReadDir|(from|pem)_file|pem_file_iter|load_native_certs|load_system_fonts|glob::glob)\b",
    )
    .expect("a pattern");
    // What the system keeps for everybody: its authorities, its fonts; and the names of files, for globs.
    let others = [
        ("net/tls/connect.rs", "load_native_certs"),
        ("report/png.rs", "load_system_fonts"),
        ("cli/paths.rs", "glob::glob"),
    ];
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (_, path, text) in code().into_iter().filter(|(stage, ..)| stage != "files") {
        for found in opening.find_iter(&text) {
            let door = (path.to_string_lossy().into_owned(), found.as_str().to_owned());
            match others.iter().find(|(path, what)| (*path, *what) == (&*door.0, &*door.1)) {
                Some(other) => drop(seen.insert(other)),
                None => wrong.push(format!("{}: {}", door.0, door.1)),
            }
        }
    }
    assert!(wrong.is_empty(), "only src/files may do this:\n{}", wrong.join("\n"));
    assert_eq!(seen.len(), others.len(), "an exception that is none");
}

#[test]
fn only_the_outer_stages_are_async() {
    let asynchronous = Regex::new(r"\basync (fn|move|\{)|\.await\b").expect("a pattern");
    let wrong: Vec<String> = code()
        .into_iter()
        .filter(|(stage, ..)| !["run", "net", "listen", "record", "server", "cli"].contains(&stage.as_str()))
        .filter_map(|(_, path, text)| Some(format!("{}: {}", path.display(), asynchronous.find(&text)?.as_str())))
        .collect();
    assert!(wrong.is_empty(), "only run, net, listen, record, server and cli are async:\n{}", wrong.join("\n"));
}
