//! No circle among the files of the oracle: of two files, and of two of its folders, at most one needs the other. A file that
//! declares others (`mod.rs`) and these are one.

use super::architecture::code;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// A module of the oracle: its path inside.
type Module = Vec<String>;
type Uses = BTreeMap<Module, BTreeSet<Module>>;

/// How many lines a file of the oracle has at most.
const LINES: usize = 350;

/// The paths of a tree of `use`: `a::{b, c::d}` is two.
fn expanded(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, inside)) = tree.strip_suffix('}').and_then(|tree| tree.split_once('{')) else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for letter in inside.chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        match parts.last_mut() {
            Some(part) if letter != ',' || depth > 0 => part.push(letter),
            _ => parts.push(String::new()),
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| expanded(part)).map(|path| format!("{before}{path}")).collect()
}

/// The module that a path leads to from another; none where it leads out of the oracle.
fn resolved(known: &BTreeSet<Module>, from: &Module, path: &str) -> Option<Module> {
    let mut words = path.split("::").map(str::to_owned).peekable();
    let mut at = match words.next()?.as_str() {
        "crate" => {
            words.next_if(|word| word == "oracle")?;
            Vec::new()
        }
        "super" => from[..from.len().checked_sub(1)?].to_vec(),
        "self" => from.clone(),
        word => {
            let own: Module = from.iter().cloned().chain([word.to_owned()]).collect();
            return known.contains(&own).then_some(own);
        }
    };
    while words.next_if(|word| word == "super").is_some() {
        at.pop()?;
    }
    for word in words {
        at.push(word);
        if !known.contains(&at) {
            at.pop();
            break;
        }
    }
    Some(at)
}

/// What each module of the oracle needs of it.
fn uses() -> Uses {
    let files: Vec<(Module, String)> = code()
        .into_iter()
        .filter(|(stage, ..)| stage == "oracle")
        .map(|(_, path, text)| {
            let inside = path.with_extension("");
            let words = inside.components().skip(1).map(|part| part.as_os_str().to_string_lossy().into_owned());
            (words.filter(|word| word != "mod").collect(), text)
        })
        .collect();
    let known: BTreeSet<Module> = files.iter().map(|(module, _)| module.clone()).collect();
    let used = Regex::new(r"\buse ([^;]+);").expect("a pattern");
    let inline = Regex::new(r"\b(?:super|crate::oracle)(?:::[a-z_]+)+").expect("a pattern");
    let needs = |(module, text): &(Module, String)| {
        let trees = used.captures_iter(text).flat_map(|found| expanded(&found[1]));
        let others = inline.find_iter(text).map(|found| found.as_str().to_owned());
        let found = trees.chain(others).filter_map(|path| resolved(&known, module, &path));
        (module.clone(), found.filter(|other| other != module).collect())
    };
    files.iter().map(needs).collect()
}

/// A module from which one comes back to it, with the way.
fn circle(uses: &Uses) -> Option<Vec<Module>> {
    for start in uses.keys() {
        let mut ways: Vec<Vec<Module>> = vec![vec![start.clone()]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            for next in uses.get(&way[way.len() - 1]).into_iter().flatten() {
                let further: Vec<Module> = way.iter().cloned().chain([next.clone()]).collect();
                if next == start {
                    return Some(further);
                }
                if seen.insert(next.clone()) {
                    ways.push(further);
                }
            }
        }
    }
    None
}

#[test]
fn the_files_of_the_oracle_have_no_circle() {
    let all = uses();
    assert!(all.len() > 40 && all.values().map(BTreeSet::len).sum::<usize>() > 150, "the files are found: {all:?}");
    let is_family = |one: &Module, other: &Module| one.starts_with(other) || other.starts_with(one);
    let strangers = all.iter().map(|(module, others)| {
        (module.clone(), others.iter().filter(|other| !is_family(module, other)).cloned().collect())
    });
    assert_eq!(circle(&strangers.collect()), None, "files of the oracle need one another");
    let mut folders = Uses::new();
    for (module, others) in &all {
        let part = |module: &Module| module.iter().take(1).cloned().collect::<Module>();
        let others = others.iter().map(part).filter(|other| !other.is_empty() && *other != part(module));
        folders.entry(part(module)).or_default().extend(others);
    }
    folders.remove(&Vec::new());
    assert_eq!(circle(&folders), None, "parts of the oracle need one another");
}

#[test]
fn no_file_of_the_oracle_is_long() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/oracle")];
    let mut long = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let lines = std::fs::read_to_string(&path).expect("a text").lines().count();
                long.extend((lines > LINES).then_some((path, lines)));
            }
        }
    }
    assert!(long.is_empty(), "over {LINES} lines: {long:?}");
}
