//! What a diagram, a binding and a `seqcheck.toml` can have done: nothing, unless the user trusts them.

use crate::shell::{Output, Shell, seqcheck};
use seqcheck::cli::Exit;
use seqcheck::source::Door;
use std::path::Path;
use tempfile::TempDir;

const CHAT: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\n";

/// A folder with these files. It is a repository of its own, so that no file above it is looked at.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("made");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("in a folder")).expect("made");
        std::fs::write(path, text.replace("FOLDER", &folder.path().display().to_string())).expect("written");
    }
    folder
}

fn check(folder: &TempDir, args: &[&str]) -> Shell {
    seqcheck(["a.seq"].iter().chain(args)).at(folder.path())
}

/// One way in: the files, and what is to be seen where it is open.
struct Way {
    name: &'static str,
    door: Door,
    files: Vec<(&'static str, String)>,
    /// What the refusal shows.
    asked: &'static str,
    /// Whether it was open.
    open: fn(&Path, &Output) -> bool,
}

fn opened(folder: &Path, _: &Output) -> bool {
    folder.join("OPENED").exists()
}

/// A program that leaves a mark, in the words of TOML.
const MARK: &str = r#"["sh", "-c", "echo > FOLDER/OPENED"]"#;

/// A way that a binding has.
fn binding(name: &'static str, door: Door, text: String, asked: &'static str) -> Way {
    let files =
        vec![("a.seq", format!("#@ binding ./b.toml\n{CHAT}")), ("b.toml", format!("extends = \"chat\"\n{text}"))];
    Way { name, door, files, asked, open: opened }
}

/// A way that a configuration has.
fn config(name: &'static str, door: Door, text: String, asked: &'static str) -> Way {
    Way { name, door, files: vec![("a.seq", CHAT.to_owned()), ("seqcheck.toml", text)], asked, open: opened }
}

/// All ways to have a program run.
fn programs() -> Vec<Way> {
    let setup = format!("setup = [{{ command = {MARK} }}]\n");
    let mut extended = binding("what is extended", Door::SetupCommand, setup.clone(), "sh -c");
    extended.files[0].1 = format!("#@ binding ./c.toml\n{CHAT}");
    extended.files.push(("c.toml", "extends = \"FOLDER/b.toml\"\n".to_owned()));
    let mut configured = binding("the binding of a seqcheck.toml", Door::SetupCommand, setup.clone(), "sh -c");
    configured.files[0].1 = CHAT.to_owned();
    configured.files.push(("seqcheck.toml", "binding = 'b.toml'\n".to_owned()));
    let target = "'cmd: echo > FOLDER/OPENED; exit {port}'";
    vec![
        binding("setup", Door::SetupCommand, setup, "sh -c"),
        binding("teardown", Door::TeardownCommand, format!("[[teardown]]\ncommand = {MARK}\n"), "sh -c"),
        binding("codec", Door::CodecProgram, format!("codec = {{ command = {MARK} }}\n"), "sh -c"),
        extended,
        configured,
        config("a target", Door::TargetProgram, format!("target = {target}\n"), "cmd: echo"),
        config(
            "a target that is spoken with",
            Door::TargetProgram,
            "target = 'stdio: echo > FOLDER/OPENED'\n".to_owned(),
            "stdio: echo",
        ),
        config("a target by name", Door::TargetProgram, format!("[target]\nServer = {target}\n"), "cmd: echo"),
    ]
}

/// All ways to tell somebody something, or to write somewhere.
fn others() -> Vec<Way> {
    let mut environment = binding(
        "a variable in a binding",
        Door::Environment,
        "[[rule]]\nlabel = \"say\"\nclient = { type = \"message\", text = \"{env.CANARY}\" }\n".to_owned(),
        "CANARY",
    );
    environment.files[0].1 += "Alice->Server: say\nServer->Alice: message from Bob: x\n";
    environment.open = |_, output| output.exit == Exit::Fail;
    let mut variable = config(
        "a variable of a seqcheck.toml",
        Door::Variable,
        "[var]\nword = 'env:CANARY'\n".to_owned(),
        "word=env:CANARY",
    );
    variable.files[0].1 += "Alice->Server: message: ${word}\nServer->Alice: message from Bob: x\n";
    variable.open = |_, output| output.exit == Exit::Fail;
    let mut address = binding(
        "an address",
        Door::Address,
        "[connect]\nurl = \"ws://127.0.0.2:9/\"\n".to_owned(),
        "ws://127.0.0.2:9/",
    );
    // The server in this process is reached under any name.
    address.open = |_, output| output.out.contains("PASS") || output.exit == Exit::Fail;
    let mut socket = config("a socket", Door::Target, "target = 'unix:FOLDER/none'\n".to_owned(), "unix:");
    socket.open = |_, output| output.exit == Exit::Error && output.out.contains("no program listens there");
    let mut machine =
        config("another machine", Door::Target, "target = 'ws://nowhere.invalid'\n".to_owned(), "ws://nowhere.invalid");
    machine.open = |_, output| output.exit == Exit::Error && output.out.contains("nowhere.invalid");
    let mut key = config(
        "a key",
        Door::Identity,
        "target = 'wss://127.0.0.1:9'\nclient-cert = '../none/me.pem'\n".to_owned(),
        "../none/me.pem",
    );
    key.open = |_, output| output.err.contains("no certificate can be read");
    let outside = |name, key: &'static str, asked| {
        let mut way = config(name, Door::Output, format!("{key}\n"), asked);
        // The file of the settings lies in a folder below.
        way.files = vec![("below/a.seq", CHAT.to_owned()), ("below/seqcheck.toml", format!("{key}\n"))];
        way
    };
    let mut out = outside("a folder for what is kept", "out = '../OPENED'", "../OPENED");
    let mut report = outside("a report", "report = 'json=../OPENED'", "json=../OPENED");
    let mut snapshots = outside("a folder of snapshots", "snapshots = '../OPENED'", "../OPENED");
    for way in [&mut out, &mut report, &mut snapshots] {
        way.open = opened;
    }
    let insecure = Way {
        open: |_, output| output.out.contains("any certificate accepted by seqcheck.toml"),
        ..config(
            "any certificate",
            Door::Authority,
            "target = 'wss://127.0.0.1:9'\ninsecure = true\n".to_owned(),
            "insecure",
        )
    };
    let authority = Way {
        open: |_, output| output.err.contains("no certificate can be read"),
        ..config(
            "an authority",
            Door::Authority,
            "target = 'wss://127.0.0.1:9'\ncacert = 'none.pem'\n".to_owned(),
            "none.pem",
        )
    };
    vec![environment, variable, address, socket, machine, key, out, report, snapshots, insecure, authority]
        .into_iter()
        .chain(written())
        .collect()
}

/// All ways to have something written in the folder itself that others run, obey or need.
fn written() -> Vec<Way> {
    let way = |name, door, setting: &'static str, there: &'static str, open: fn(&Path, &Output) -> bool| {
        let asked = setting.split('\'').nth(1).expect("a value");
        let mut way = config(name, door, format!("{setting}\n"), asked);
        if !there.is_empty() {
            way.files.push((there, "mine\n".to_owned()));
        }
        Way { open, ..way }
    };
    vec![
        way("a hook", Door::Hidden, "report = 'text=.git/hooks/post-commit'", ".git/hooks/post-commit", |at, _| {
            is_replaced(&at.join(".git/hooks/post-commit"))
        }),
        way("a workflow", Door::Hidden, "report = 'json=.github/new.json'", "", |at, _| {
            at.join(".github/new.json").exists()
        }),
        way("a folder that is hidden", Door::Hidden, "out = '.git'", "", |at, _| at.join(".git/a.seq").exists()),
        way("hidden snapshots", Door::Hidden, "snapshots = 'x/.y'", "", |at, _| at.join("x/.y").exists()),
        way("the diagram", Door::Replace, "report = 'json=a.seq'", "", |at, _| {
            std::fs::read_to_string(at.join("a.seq")).is_ok_and(|text| text.starts_with('{'))
        }),
        way("a manifest", Door::Replace, "report = 'json=package.json'", "package.json", |at, _| {
            is_replaced(&at.join("package.json"))
        }),
        way("a build file", Door::Replace, "report = 'text=Makefile'", "", |at, _| at.join("Makefile").exists()),
        way("a page", Door::Replace, "report = 'markdown=README.md'", "README.md", |at, _| {
            is_replaced(&at.join("README.md"))
        }),
    ]
}

fn is_replaced(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| !text.starts_with("mine"))
}

#[test]
fn a_report_of_a_configuration_takes_the_place_of_an_earlier_one_and_of_nothing_that_runs() {
    let setting =
        "report = ['junit=out/a.xml', 'json=b.json', 'text=c.txt', 'markdown=d.md', 'html=e.html']\nout = 'kept'\n";
    let at = folder(&[("a.seq", CHAT), ("seqcheck.toml", setting)]);
    for time in 0..2 {
        let output = check(&at, &[]).run();
        assert_eq!(output.exit, Exit::Pass, "{time}: {output}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let runs = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(at.path().join("c.txt"), runs).expect("may be");
        let output = check(&at, &[]).run();
        assert_eq!(output.exit, Exit::Usage, "{output}");
        assert!(output.err.contains("text=c.txt"), "{output}");
        std::fs::remove_file(at.path().join("c.txt")).expect("removed");
        std::os::unix::fs::symlink(".git/d.txt", at.path().join("c.txt")).expect("linked");
        std::fs::write(at.path().join(".git/d.txt"), "").expect("written");
        let output = check(&at, &[]).run();
        assert!(output.exit == Exit::Usage && output.err.contains(Door::Hidden.does()), "{output}");
    }
    // What the user writes is allowed as such.
    let output = check(&at, &["--report", "text=.git/hooks/post-commit", "--report", "json=a.json"]).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(at.path().join(".git/hooks/post-commit").exists());
}

fn tried(way: &Way, trusted: bool) -> (TempDir, Output) {
    let files: Vec<(&str, &str)> = way.files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = folder(&files);
    let below =
        if folder.path().join("below").is_dir() { folder.path().join("below") } else { folder.path().to_owned() };
    let flags: &[&str] = if trusted { &["--trust", ".", "--timeout", "1s"] } else { &["--timeout", "1s"] };
    let output = seqcheck(["a.seq"].iter().chain(flags)).at(&below).var("CANARY", "tulip-71").run();
    (folder, output)
}

#[test]
fn no_door_opens_without_trust_and_every_one_with_it() {
    let ways: Vec<Way> = programs().into_iter().chain(others()).collect();
    assert_eq!(programs().len(), 8);
    for (door, ..) in Door::ALL {
        assert!(ways.iter().any(|way| way.door == door), "nothing tries {door:?}");
    }
    for way in &ways {
        let (folder, output) = tried(way, false);
        assert_eq!(output.exit, Exit::Usage, "{}: {output}", way.name);
        assert!(!(way.open)(folder.path(), &output), "{} is open: {output}", way.name);
        for told in ["error[trust]", way.asked, way.door.does(), "--trust"] {
            assert!(output.err.contains(told), "{}: {told:?} is not in\n{output}", way.name);
        }
        assert!(!output.to_string().contains("tulip-71"), "{output}");
        let (folder, output) = tried(way, true);
        assert!((way.open)(folder.path(), &output), "{} stays shut: {output}", way.name);
        assert!(!output.to_string().contains("tulip-71"), "{output}");
    }
}

#[test]
fn trust_comes_from_the_user_alone() {
    let way = &programs()[0];
    let files: Vec<(&str, &str)> = way.files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let ran = |folder: &TempDir, shell: Shell| {
        let _ = std::fs::remove_file(folder.path().join("OPENED"));
        let output = shell.run();
        (folder.path().join("OPENED").exists(), output)
    };
    let at = folder(&files);
    // By variable, by the user's own file, by the very file.
    assert!(ran(&at, check(&at, &[]).var("SEQCHECK_TRUST", "b.toml")).0);
    assert!(ran(&at, check(&at, &["--trust", "b.toml"])).0);
    let home = folder(&[(".config/seqcheck/config.toml", "")]);
    let own = home.path().join(".config/seqcheck/config.toml");
    std::fs::write(&own, format!("trust = ['{}']\n", at.path().display())).expect("written");
    assert!(ran(&at, check(&at, &[]).var("HOME", &home.path().display().to_string())).0);
    assert!(ran(&at, check(&at, &[]).var("XDG_CONFIG_HOME", &home.path().join(".config").display().to_string())).0);
    std::fs::write(&own, "trust = ['near/by', '~/x']\ntimeout = '1s'\n").expect("written");
    let (open, output) = ran(&at, check(&at, &[]).var("HOME", &home.path().display().to_string()));
    assert!(!open && output.exit == Exit::Usage, "{output}");
    assert!(output.err.contains("absolute") && output.err.contains("no setting timeout here"), "{output}");
    // Not by naming the file, and not by the file itself.
    assert!(!ran(&at, check(&at, &["--binding", "b.toml"])).0);
    std::fs::write(at.path().join("seqcheck.toml"), "trust = ['.']\n").expect("written");
    let (open, output) = ran(&at, check(&at, &[]));
    assert!(!open && output.exit == Exit::Usage && output.err.contains("it would trust itself"), "{output}");
    std::fs::remove_file(at.path().join("seqcheck.toml")).expect("removed");
    let (open, output) = ran(&at, check(&at, &["--trust", "c.toml"]));
    assert!(!open && output.err.contains("--trust c.toml: no such file"), "{output}");
    // Only of what is trusted.
    let extended = &programs()[3];
    let files: Vec<(&str, &str)> = extended.files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let at = folder(&files);
    let (open, output) = ran(&at, check(&at, &["--trust", "c.toml"]));
    assert!(!open && output.err.contains("/b.toml would run a program"), "{output}");
}

#[test]
fn what_is_written_on_the_command_line_is_allowed_as_such() {
    let at = folder(&[("a.seq", CHAT), ("seqcheck.toml", "target = 'cmd: echo > FOLDER/OPENED; exit {port}'\n")]);
    let command = format!("cmd: echo > {}/MINE; exit {{port}}", at.path().display());
    let output = check(&at, &["--target", &command]).run();
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(at.path().join("MINE").exists() && !at.path().join("OPENED").exists(), "{output}");
    let output = check(&at, &[]).var("SEQCHECK_TARGET", &command).run();
    assert_eq!(output.exit, Exit::Error, "the environment is the user's: {output}");
}

#[test]
fn a_configuration_is_looked_for_up_to_the_root_of_the_repository_and_runs_where_it_lies() {
    let files = [
        ("seqcheck.toml", "timeout = 'soon'\n"),
        ("repo/seqcheck.toml", "target = 'cmd: pwd > FOLDER/where; exit {port}'\n"),
        ("repo/deep/er/a.seq", CHAT),
        ("other/.git/HEAD", ""),
        ("other/deep/a.seq", CHAT),
    ];
    let at = folder(&files);
    std::fs::create_dir(at.path().join("repo/.git")).expect("made");
    let output = seqcheck(["a.seq", "--trust", "../.."]).at(&at.path().join("repo/deep/er")).run();
    assert_eq!(output.exit, Exit::Error, "{output}");
    let place = std::fs::read_to_string(at.path().join("where")).expect("the command ran");
    let repo = at.path().join("repo").canonicalize().expect("it is there");
    assert_eq!(Path::new(place.trim()).canonicalize().expect("it is there"), repo);
    // The broken file above the repository is not looked at.
    let output = seqcheck(["a.seq"]).at(&at.path().join("other/deep")).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
}

#[test]
fn what_only_looks_needs_no_trust_and_learns_nothing() {
    for way in programs().iter().chain(&others()) {
        let files: Vec<(&str, &str)> = way.files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let folder = folder(&files);
        let inner = folder.path().join("below");
        let below = if inner.is_dir() { inner } else { folder.path().to_owned() };
        let output = seqcheck(["lint", "a.seq"]).at(&below).var("CANARY", "tulip-71").run();
        assert!(!output.err.contains("trust") && !output.to_string().contains("tulip-71"), "{}: {output}", way.name);
        assert!(!folder.path().join("OPENED").exists(), "{}", way.name);
    }
}

#[test]
fn a_trace_is_judged_without_trust_in_what_would_only_run() {
    let at = folder(&[
        ("a.seq", &format!("#@ binding ./b.toml\n{CHAT}")),
        ("b.toml", "extends = \"chat\"\n[[setup]]\ncommand = [\"true\"]\n"),
    ]);
    let played = check(&at, &["--trust", ".", "--out", "kept"]).run();
    assert_eq!(played.exit, Exit::Pass, "{played}");
    let judged = seqcheck(["judge", "a.seq", "kept/a.seq/trace.jsonl"]).at(at.path()).run();
    assert_eq!(judged.exit, Exit::Pass, "{judged}");
}

#[test]
fn a_label_cannot_lead_a_request_away_from_the_target() {
    let at = folder(&[
        ("a.seq", "#@ binding ./b.toml\nAlice->Server: ask :1@127.0.0.2:9/\nServer-->Alice: HTTP 200\n"),
        (
            "b.toml",
            "extends = \"chat\"\n[[rule]]\nlabel = \"ask {where}\"\non = \"http\"\nclient = { path = \"{where}\" }\n",
        ),
    ]);
    let output = check(&at, &[]).run();
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(output.out.contains("is not an address of the target"), "{output}");
}

#[test]
fn the_page_has_every_door() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let rows: String = Door::ALL.iter().map(|(_, asked, does)| format!("| {asked} | {does} |\n")).collect();
    let table = format!("<!-- doors -->\n| asked for by | would |\n| --- | --- |\n{rows}<!-- /doors -->");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let (before, rest) = page.split_once("<!-- doors -->").expect("where it begins");
        let (_, after) = rest.split_once("<!-- /doors -->").expect("where it ends");
        std::fs::write(&path, format!("{before}{table}{after}")).expect("written");
        return;
    }
    assert!(page.contains(&table), "docs/security.md is not current: run the tests with UPDATE_DOCS=1");
}
