//! From diagrams that were never written for a test to a run: the folder `realtime` of the one that `SEQCHECK_CORPUS` names.
//! Without it these tests say that they are skipped.
//!
//! Each diagram is linted as it is, then mended by `lint --fix`, given a binding by `init binding`, linted with that, and
//! played against a server that does what is drawn. The table is `docs/reach.md`.

mod cases;
mod drawn;

use crate::shell::seqcheck;
use seqcheck::Scenario;
use seqcheck::cli::Exit;
use seqcheck::oracle::Verdict;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What became of one diagram.
#[derive(Debug)]
struct Row {
    name: String,
    /// It reads as it is.
    reads: bool,
    /// Nothing stands against a run as it is, with the built-in binding or as a drawing.
    before: Exit,
    /// How many lifelines are proposed as one server, and how many as silent.
    proposed: Option<(usize, usize)>,
    /// With the proposals and a binding of its labels.
    after: Exit,
    verdict: Option<Verdict>,
    reason: String,
}

fn folder() -> Option<PathBuf> {
    let corpus = std::env::var_os("SEQCHECK_CORPUS").map(|corpus| PathBuf::from(corpus).join("realtime"));
    match corpus {
        Some(folder) if folder.is_dir() => Some(folder),
        Some(_) | None => {
            eprintln!("skipped: SEQCHECK_CORPUS does not name a folder with diagrams in realtime/");
            None
        }
    }
}

fn diagrams(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| ["mmd", "wsd", "puml", "seq"].iter().any(|known| extension == *known))
        })
        .collect();
    all.sort();
    all
}

/// Takes a diagram the whole way.
fn reach(path: &Path) -> Row {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join(&name);
    std::fs::copy(path, &file).expect("copied");
    let run = |args: &[&str]| seqcheck(args.iter().copied()).at(home.path()).run();
    let reads = run(&["fmt", "--check", &name]).exit != Exit::Usage;
    let before = run(&["lint", &name]);
    run(&["lint", "--fix", &name]);
    let text = std::fs::read_to_string(&file).expect("text");
    let listed = |word: &str| {
        let line = text.lines().find_map(|line| line.trim().split_once("@ ")?.1.strip_prefix(word));
        line.map(|list| list.split(", ").count())
    };
    let proposed = listed("server = ").map(|server| (server, listed("silent ").unwrap_or(0)));
    let made = run(&["init", "binding", &name, "-o", "b.toml"]);
    let after = run(&["lint", "--binding", "b.toml", &name]);
    let mut row =
        Row { name, reads, before: before.exit, proposed, after: after.exit, verdict: None, reason: String::new() };
    if made.exit != Exit::Pass || after.exit != Exit::Pass {
        let said = if made.exit == Exit::Pass { &after.out } else { &made.err };
        let error = said.lines().find(|line| line.starts_with("error"));
        row.reason = error.map_or_else(|| format!("{after}"), str::to_owned);
        if std::env::var_os("REACH_SHOW").is_some() {
            eprintln!("== {}\n{text}\n{said}", row.name);
        }
        return row;
    }
    let scenario = Scenario::load(&file).and_then(|scenario| scenario.binding_file(home.path().join("b.toml")));
    let scenario = scenario.unwrap_or_else(|why| panic!("{}: {why}", row.name));
    let survey = scenario.survey().unwrap_or_else(|why| panic!("{}: {why}", row.name));
    match scenario.target(drawn::server_of(&survey).in_memory()).check() {
        Ok(verdict) => {
            row.verdict = Some(verdict.plays[0].verdict);
            if !verdict.is_pass() {
                let text = verdict.to_string().replace(&format!("{}/", home.path().display()), "");
                row.reason = text.lines().take(3).map(str::trim).collect::<Vec<_>>().join("; ");
            }
            if std::env::var_os("REACH_SHOW").is_some() {
                let binding = std::fs::read_to_string(home.path().join("b.toml")).expect("text");
                eprintln!("== {}\n{text}\n{binding}\n{verdict}", row.name);
            }
        }
        Err(why) => row.reason = why.to_string().lines().next().unwrap_or_default().to_owned(),
    }
    row
}

fn mark(said: bool) -> &'static str {
    if said { "yes" } else { "no" }
}

fn table(rows: &[Row]) -> String {
    let count = |of: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| of(row)).count();
    let mut page = format!(
        "# From drawings to runs\n\n\
         {} diagrams of public projects that use WebSocket or Server-Sent Events. None of them was written as a test. The test lints \
         each diagram, corrects it with `seqcheck lint --fix`, generates a binding with `seqcheck init binding`, lints it with this \
         binding, and runs it against a server that does what is drawn. No text was changed by hand. A test generates this page.\n\n\
         | | of {} |\n| --- | --- |\n\
         | reads as it is | {} |\n| has no error without a binding | {} |\n| seqcheck proposes directives | {} |\n\
         | has no error with them and the binding | {} |\n| passes against a server as drawn | {} |\n\n\
         This does not prove that the frames are correct: they are guesses from the labels, and the end of the binding lists the \
         parts to fill in.\n\n\
         | diagram | reads | no error | proposed | no error with binding | played | obstacle |\n| --- | --- | --- | --- | --- | --- | --- |\n",
        rows.len(),
        rows.len(),
        count(&|row| row.reads),
        count(&|row| row.before == Exit::Pass),
        count(&|row| row.proposed.is_some()),
        count(&|row| row.after == Exit::Pass),
        count(&|row| row.verdict == Some(Verdict::Pass)),
    );
    for row in rows {
        let proposed = match row.proposed {
            Some((server, 0)) => format!("server of {server}"),
            Some((server, silent)) => format!("server of {server}, {silent} silent"),
            None => "–".to_owned(),
        };
        let verdict = row.verdict.map_or_else(|| "–".to_owned(), |verdict| format!("{verdict:?}").to_uppercase());
        let reason = row.reason.replace('|', "\\|");
        let name = row.name.rsplit_once('.').map_or(row.name.as_str(), |(stem, _)| stem);
        let _ = writeln!(
            page,
            "| {name} | {} | {} | {proposed} | {} | {verdict} | {reason} |",
            mark(row.reads),
            mark(row.before == Exit::Pass),
            mark(row.after == Exit::Pass),
        );
    }
    page
}

#[test]
fn diagrams_of_others_reach_a_run() {
    let Some(folder) = folder() else { return };
    let rows: Vec<Row> = diagrams(&folder).iter().map(|path| reach(path)).collect();
    let page = table(&rows);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reach.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&kept, &page).expect("can be written");
    }
    let clean = rows.iter().filter(|row| row.after == Exit::Pass).count();
    let passed = rows.iter().filter(|row| row.verdict == Some(Verdict::Pass)).count();
    assert!(clean * 43 >= 38 * rows.len() && passed * 43 >= 30 * rows.len(), "{clean} clean, {passed} passed\n{page}");
    assert!(std::fs::read_to_string(&kept).unwrap_or_default() == page, "docs/reach.md is not current: UPDATE_DOCS=1");
}
