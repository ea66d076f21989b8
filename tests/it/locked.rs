//! `--snapshots`: the frames of a scenario, locked.

use crate::shell::{Output, seqcheck};
use crate::sweep::is_played;
use seqcheck::cli::Exit;
use seqcheck::server::legal;
use std::path::Path;

/// Legal behaviour that changes what is on the wire: what a lock is there to notice.
const CHANGES_FRAMES: [&str; 1] = ["additional-members"];

fn locked(path: &str, folder: &Path, more: &[&str]) -> Output {
    let folder = folder.display().to_string();
    seqcheck([&[path, "--snapshots", &folder], more].concat()).run()
}

#[test]
fn frames_are_locked_and_what_changes_is_pending() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let file = folder.path().join("scenarios/chat.seq.snap");
    let pending = folder.path().join("scenarios/chat.seq.snap.new");
    let chat = "scenarios/chat.seq";

    let first = locked(chat, folder.path(), &[]);
    assert_eq!(first.exit, Exit::Fail, "{first}");
    assert!(first.out.contains("there is no snapshot") && first.out.contains("--update"), "{first}");
    assert!(pending.exists() && !file.exists());
    // The review tool moves the pending file into its place.
    std::fs::rename(&pending, &file).expect("can be accepted");
    let again = locked(chat, folder.path(), &[]);
    assert_eq!(again.exit, Exit::Pass, "{again}");
    let text = std::fs::read_to_string(&file).expect("it is there");
    insta::with_settings!({
        snapshot_path => "../../snapshots/wire-lock", prepend_module_to_snapshot => false, omit_expression => true
    }, { insta::assert_snapshot!("chat", text) });

    let changed = locked(chat, folder.path(), &["--legal", "additional-members"]);
    assert_eq!(changed.exit, Exit::Fail, "{changed}");
    assert!(changed.out.contains("wire snapshot: the frames differ from"), "{changed}");
    assert!(pending.exists(), "what was observed lies beside it");
    for format in ["json", "junit", "tap", "github", "markdown", "html"] {
        let told = locked(chat, folder.path(), &["--legal", "additional-members", "--report", format]);
        assert!(told.out.contains("wire"), "{format}: {told}");
        assert_eq!(told.exit, Exit::Fail);
    }
    let back = locked(chat, folder.path(), &[]);
    assert_eq!(back.exit, Exit::Pass, "{back}");
    assert!(!pending.exists(), "nothing is pending once all is as it was");
    let update = locked(chat, folder.path(), &["--legal", "additional-members", "--update"]);
    assert_eq!(update.exit, Exit::Pass, "{update}");
    assert!(std::fs::read_to_string(&file).expect("it is there") != text);
}

#[test]
fn the_folder_may_be_a_flag_a_key_or_a_variable() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let chat = std::fs::read_to_string("scenarios/chat.seq").expect("a diagram");
    std::fs::write(folder.path().join("chat.seq"), chat).expect("written");
    let update = || seqcheck(["chat.seq", "--update"]).at(folder.path());
    let nowhere = update().run();
    assert_eq!(nowhere.exit, Exit::Usage, "{nowhere}");
    assert!(nowhere.err.contains("--update") && nowhere.err.contains("--snapshots FOLDER"), "{nowhere}");
    let told = update().var("SEQCHECK_SNAPSHOTS", "told").run();
    assert_eq!(told.exit, Exit::Pass, "{told}");
    assert!(folder.path().join("told/chat.seq.snap").exists());
    std::fs::write(folder.path().join("seqcheck.toml"), "snapshots = \"kept\"\n").expect("written");
    let kept = update().and(["--trust", "."]).run();
    assert_eq!(kept.exit, Exit::Pass, "{kept}");
    assert!(folder.path().join("kept/chat.seq.snap").exists());
}

#[test]
fn what_insta_reads_is_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    locked("scenarios/chat.seq", folder.path(), &["--update"]);
    locked("scenarios/text.seq", folder.path(), &[]);
    for name in ["chat.seq.snap", "text.seq.snap.new"] {
        let file = folder.path().join("scenarios").join(name);
        let snapshot = insta::Snapshot::from_file(&file).expect("a snapshot of insta");
        let text = std::fs::read_to_string(&file).expect("it is there");
        let behind = text.splitn(3, "---\n").nth(2).expect("a head and a text");
        assert_eq!(snapshot.as_text().expect("a text").to_string().trim(), behind.trim(), "{name}");
        let source = snapshot.metadata().source().expect("its source").replace(".snap", "");
        assert!(source.starts_with("scenarios/") && name.starts_with(&source["scenarios/".len()..]), "{source}");
    }
}

/// Whether a scenario leaves the server a choice: other frames come where it chooses otherwise.
fn has_choice(path: &str) -> bool {
    let text = std::fs::read_to_string(path).expect("a scenario");
    text.lines()
        .map(str::trim)
        .any(|line| ["alt", "opt", "break", "loop 0", "loop 1.."].iter().any(|word| line.starts_with(word)))
}

#[test]
fn a_legal_order_makes_no_difference() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let all = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")).expect("a folder").flatten();
    let mut names: Vec<String> = all.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| {
        name.ends_with(".seq") && !has_choice(&format!("{}/scenarios/{name}", env!("CARGO_MANIFEST_DIR")))
    });
    names.sort();
    assert!(names.len() > 25, "{names:?}");
    let paths: Vec<String> = names.iter().map(|name| format!("scenarios/{name}")).collect();
    let (snapshots, folder) = (folder.path().display().to_string(), folder);
    let locked = |wanted: &dyn Fn(usize) -> bool, more: &[&str]| {
        let paths = paths.iter().enumerate().filter(|(number, _)| wanted(*number)).map(|(_, path)| path.as_str());
        seqcheck(paths.chain(["--snapshots", &snapshots]).chain(more.iter().copied())).run()
    };
    let update = locked(&|_| true, &["--update"]);
    assert_eq!(update.exit, Exit::Pass, "{update}");
    for (number, row) in legal::ALL.iter().enumerate() {
        let output = locked(&|column| is_played(number, column), &["--legal", row.name, "--seed", "1", "-q"]);
        let wanted = if CHANGES_FRAMES.contains(&row.name) { Exit::Fail } else { Exit::Pass };
        assert_eq!(output.exit, wanted, "{}\n{output}", row.name);
    }
    drop(folder);
}

#[test]
fn a_verdict_on_the_diagram_comes_first() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    locked("scenarios/chat.seq", folder.path(), &["--update"]);
    let output = locked("scenarios/chat.seq", folder.path(), &["--mutant", "broadcast-twice"]);
    assert_eq!(output.exit, Exit::Fail);
    assert!(output.out.contains("duplicate") && !output.out.contains("wire snapshot"), "{output}");
    std::fs::write(folder.path().join("scenarios/chat.seq.snap"), "no snapshot\n").expect("can be written");
    let broken = locked("scenarios/chat.seq", folder.path(), &[]);
    assert_eq!(broken.exit, Exit::Error, "{broken}");
    assert!(broken.err.contains("not a snapshot"), "{broken}");
}
