//! `docs/cookbook.md` holds the scenarios themselves, and says of each what `docs/mutants.md` says.
//!
//! A comment names what stands below it: `<!-- diagram NAME -->` a scenario's text, `<!-- catches NAME -->` the faulty
//! servers that fail it, `<!-- variants NAME… -->` a table of further scenarios. `UPDATE_DOCS=1` writes all of it anew; the
//! drawings are console blocks, which `docs` keeps.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn diagram(name: &str) -> String {
    read(&format!("scenarios/{name}.seq"))
}

/// What a line of a scenario says behind these words.
fn said(name: &str, words: &str) -> String {
    let text = diagram(name);
    let line = text.lines().find_map(|line| line.strip_prefix(words));
    line.unwrap_or_else(|| panic!("{name}.seq has no line `{words}…`")).to_owned()
}

/// The faults that each scenario catches, by the class under which it does.
type Catches = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// `docs/mutants.md`, read from the side of the scenarios.
fn catches() -> Catches {
    let row = Regex::new(r"(?m)^\| M\d+ \| (`[^`]+`) \| .* \| (.*) \|$").expect("a pattern");
    let class = Regex::new(r"\*([^*]+)\*: ([^;]+)").expect("a pattern");
    let mut all = Catches::new();
    for found in row.captures_iter(&read("docs/mutants.md")) {
        for part in class.captures_iter(&found[2]) {
            for scenario in part[2].split(", ") {
                let known = all.entry(scenario.to_owned()).or_default().entry(part[1].to_owned()).or_default();
                known.push(found[1].to_owned());
            }
        }
    }
    all
}

fn faults(catches: &Catches, name: &str) -> usize {
    catches.get(name).map_or(0, |classes| classes.values().map(Vec::len).sum())
}

/// What stands below a comment.
fn made(kind: &str, names: &[&str], catches: &Catches) -> String {
    let mut made = String::new();
    match kind {
        "diagram" => {
            let [name] = names else { panic!("one diagram: {names:?}") };
            let _ = write!(made, "```seq\n{}```\n", diagram(name));
        }
        "catches" => {
            let [name] = names else { panic!("one diagram: {names:?}") };
            let count = faults(catches, name);
            let noun = if count == 1 { "server" } else { "servers" };
            let _ = writeln!(made, "**Catches** {count} faulty {noun}:");
            for (class, faults) in &catches[*name] {
                let _ = writeln!(made, "*{class}* {};", faults.join(" "));
            }
            made.truncate(made.trim_end_matches([';', '\n']).len());
            made.push_str(".\n");
        }
        "variants" => {
            made.push_str("| scenario | shows | catches |\n| --- | --- | --- |\n");
            for name in names {
                let (title, note) = (said(name, "title "), said(name, "# Shows: "));
                let faults: Vec<&str> = catches[*name]
                    .values()
                    .flatten()
                    .map(String::as_str)
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect();
                let _ = writeln!(
                    made,
                    "| [{name}](../scenarios/{name}.seq): {title} | {note} | {}: {} |",
                    faults.len(),
                    faults.join(" ")
                );
            }
        }
        other => panic!("<!-- {other} … --> is not known"),
    }
    made
}

/// The page as it should be, and the scenarios that it shows or names.
fn current(page: &str) -> (String, BTreeSet<String>) {
    let comment = Regex::new(r"^<!-- (\w+) ([a-z -]+) -->$").expect("a pattern");
    let catches = catches();
    let (mut out, mut shown) = (String::new(), BTreeSet::new());
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(found) = comment.captures(line) else { continue };
        let names: Vec<&str> = found.get(2).map_or("", |names| names.as_str()).split(' ').collect();
        out.push_str(&made(&found[1], &names, &catches));
        shown.extend(names.into_iter().map(str::to_owned));
        // What was made before: a fenced block, or lines up to an empty one.
        if lines.peek() == Some(&"```seq") {
            lines.by_ref().find(|line| *line == "```");
        } else {
            while lines.next_if(|line| !line.is_empty()).is_some() {}
        }
    }
    (out, shown)
}

#[test]
fn the_cookbook_holds_the_scenarios_themselves_and_what_they_catch() {
    let kept = read("docs/cookbook.md");
    let (made, shown) = current(&kept);
    if std::env::var_os("UPDATE_DOCS").is_some() && made != kept {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cookbook.md");
        std::fs::write(file, &made).expect("can be written");
    } else {
        let differs = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
        let place = differs.map(|line| format!("line {}: {:?}", line + 1, made.lines().nth(line)));
        assert!(made == kept, "docs/cookbook.md is not current at {place:?}: run the tests with UPDATE_DOCS=1");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(".seq").map(str::to_owned))
        .collect();
    assert_eq!(shown, there, "the cookbook on the left, scenarios/ on the right");
}

#[test]
fn every_scenario_has_a_title_and_a_note_and_catches_something() {
    let catches = catches();
    let (made, shown) = current(&read("docs/cookbook.md"));
    assert!(made.contains("**Catches**"));
    for name in shown {
        assert!(!said(&name, "title ").is_empty());
        // The first diagram is kept as it was first drawn.
        assert!(name == "chat" || said(&name, "# Shows: ").ends_with('.'), "{name}");
        assert!(faults(&catches, &name) > 0, "{name} catches nothing");
    }
}
