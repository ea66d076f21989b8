//! Output that the documentation shows is what the program prints.
//!
//! A fenced `console` block holds commands (`$ seqcheck …`, in the folder of the project) and what they print.
//! `UPDATE_DOCS=1` writes it anew.

use crate::shell::seqcheck;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("CHANGELOG.md"), root().join("CONTRIBUTING.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|extension| extension == "md") => pages.push(path),
                _ => {}
            }
        }
    }
    pages.retain(|page| page.exists());
    pages.sort();
    pages
}

/// The words of a command; single and double quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    for char in line.chars() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (None, '\'' | '"') => (quote, word) = (Some(char), Some(word.unwrap_or_default())),
            (None, ' ') => words.extend(word.take()),
            (Some(_) | None, _) => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    words
}

/// Wall-clock time is the one thing in an output that differs from run to run.
fn timeless(text: &str) -> String {
    let time = regex::Regex::new(r"\((in memory|over TCP), [\d.]+ m?s\)").expect("a pattern");
    time.replace_all(text, "($1, 4 ms)").into_owned()
}

/// The page with every `console` block as the program prints it today.
fn current(page: &str) -> String {
    let mut made = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        made.push_str(line);
        made.push('\n');
        if line != "```console" {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        for command in block.iter().filter(|line| line.starts_with("$ ")) {
            made.push_str(command);
            made.push('\n');
            if let Some(args) = command.strip_prefix("$ seqcheck") {
                let output = seqcheck(words(args)).run();
                made.push_str(timeless(&(output.out + &output.err)).trim_end());
                made.push('\n');
            }
        }
        made.push_str("```\n");
    }
    made
}

#[test]
fn output_in_the_documentation_is_what_the_program_prints() {
    for path in pages() {
        let kept = std::fs::read_to_string(&path).expect("it was listed");
        let made = current(&kept);
        if std::env::var_os("UPDATE_DOCS").is_some() && made != kept {
            std::fs::write(&path, &made).expect("can be written");
            continue;
        }
        similar_asserts(&path, &kept, &made);
    }
}

fn similar_asserts(path: &Path, kept: &str, made: &str) {
    let first = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    if let Some(line) = first {
        let (kept, made) = (kept.lines().nth(line), made.lines().nth(line));
        panic!(
            "{}:{} is not current\n  it says:  {}\n  it is:    {}\nrun the tests with UPDATE_DOCS=1",
            path.display(),
            line + 1,
            kept.unwrap_or_default(),
            made.unwrap_or_default()
        );
    }
    assert_eq!(kept.lines().count(), made.lines().count(), "{} is not current", path.display());
}

#[test]
fn words_are_split_as_a_shell_would() {
    assert_eq!(words(" a.seq --target 'cmd: x y'  \"\" b\"c d\"e"), ["a.seq", "--target", "cmd: x y", "", "bc de"]);
}

#[test]
fn links_in_the_documentation_lead_somewhere() {
    let link = regex::Regex::new(r"\]\(([^)#\s]+)(#[^)]*)?\)").expect("a pattern");
    let mut dead = Vec::new();
    let more = [root().join("ARCHITECTURE.md")];
    for path in pages().into_iter().chain(more) {
        let text = std::fs::read_to_string(&path).expect("it was listed");
        let folder = path.parent().expect("in a folder");
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if !target.contains("://") && !folder.join(target).exists() {
                dead.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

/// What a page shows as a fault is marked as that; all else is played.
#[test]
fn the_documentation_passes_as_a_folder() {
    let output = seqcheck(["docs/"]).run();
    assert_eq!(output.exit.code(), 0, "{output}");
    assert!(output.out.contains(" passed") && !output.out.contains("FAIL"), "{output}");
}

#[test]
fn every_diagram_in_the_documentation_can_be_read() {
    for path in pages() {
        let name = path.strip_prefix(root()).expect("in the project").display().to_string();
        let text = std::fs::read_to_string(&path).expect("it was listed");
        if text.lines().any(|line| matches!(line, "```seq" | "```mermaid" | "```plantuml")) {
            let output = seqcheck(["draw", name.as_str()]).run();
            assert_eq!(output.exit.code(), 0, "{name}\n{output}");
        }
    }
}
