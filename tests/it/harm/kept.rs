//! What is kept of a run lies where it belongs: each scenario in a folder of its own, nothing through a link.

use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn small(title: &str) -> String {
    format!("title {title}\nAlice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: WS disconnect\n")
}

fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("can be made");
    std::fs::write(path, text).expect("can be written");
}

/// Every file below a folder.
fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.file_type().expect("a kind").is_dir() {
            all.extend(below(&entry.path()));
        } else {
            all.insert(entry.path());
        }
    }
    all
}

#[cfg(unix)]
#[test]
fn scenarios_whose_names_are_alike_have_folders_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let here = folder.path().join("here");
    let names = [
        "a:b.seq", "a-b.seq", "a?b.seq", "a*b.seq", "a<b.seq", "a|b.seq", "../q.seq", "up/q.seq", "con.seq", "A-B.seq",
    ];
    for name in names {
        put(&here.join(name), &small(name));
    }
    let args = names.iter().copied().chain(["--out", "o", "--snapshots", "s", "--update"]);
    let output = seqcheck(args).at(&here).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    let traces: Vec<PathBuf> =
        below(&here.join("o")).into_iter().filter(|path| path.ends_with("trace.jsonl")).collect();
    assert_eq!(traces.len(), names.len(), "{traces:?}");
    for name in names {
        let own =
            |path: &&PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains(&format!("\"{name}\"")));
        assert_eq!(traces.iter().filter(own).count(), 1, "{name}");
    }
    assert_eq!(below(&here.join("s")).len(), names.len());
    // Again, each is held against its own.
    let args = names.iter().copied().chain(["--snapshots", "s"]);
    let output = seqcheck(args).at(&here).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
}

#[cfg(unix)]
#[test]
fn nothing_is_kept_through_a_link() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let outside = tempfile::tempdir().expect("a folder to write in");
    put(&folder.path().join("a.seq"), &small("one"));
    for shelf in ["o", "s"] {
        std::fs::create_dir(folder.path().join(shelf)).expect("can be made");
    }
    std::os::unix::fs::symlink(outside.path(), folder.path().join("o/a.seq")).expect("a link");
    std::os::unix::fs::symlink(outside.path().join("x"), folder.path().join("s/a.seq.snap")).expect("a link");
    let output = seqcheck(["a.seq", "--out", "o"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(output.err.contains("a.seq is a link"), "{output}");
    assert!(!output.out.contains("kept in"), "nothing was kept\n{output}");
    let output = seqcheck(["a.seq", "--snapshots", "s", "--update"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(below(outside.path()).is_empty());
}

#[test]
fn kept_is_told_only_of_what_was_kept() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    put(&folder.path().join("bad.seq"), &small("x").replace("Connected", "message from Bob: hi"));
    let kept = seqcheck(["bad.seq", "--out", "o"]).at(folder.path()).run();
    assert!(kept.exit == Exit::Fail && kept.out.contains("kept in o/bad.seq"), "{kept}");
    // A file where the folder should be.
    put(&folder.path().join("f"), "");
    let lost = seqcheck(["bad.seq", "--out", "f"]).at(folder.path()).run();
    assert_eq!(lost.exit, Exit::Error, "{lost}");
    assert!(!lost.out.contains("kept in"), "{lost}");
}
