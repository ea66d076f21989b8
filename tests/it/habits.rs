//! What people expect of a test runner: lists, filters, retries, profiles, columns, help.

use crate::serve::serve;
use crate::shapes::processor_time;
use crate::shell::{Output, seqcheck};
use seqcheck::cli::{Exit, Screen, World};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn small(title: &str, directives: &str) -> String {
    format!("title {title}\n{directives}Alice->Server: WS connect\nServer-->Alice: Connected\n")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let page = format!("# Page\n\n```seq\n{}```\n\ntext\n\n```seq\n{}```\n", small("Third", ""), small("Fourth", ""));
    let files = [
        ("a.seq", small("Log in", "#@ tags smoke\n")),
        ("b.seq", small("Log out", "#@ skip not yet\n")),
        ("page.md", page),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("can be written");
    }
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    seqcheck(args).at(folder).run()
}

fn names(output: &Output) -> Vec<String> {
    let lines = output.out.lines().filter_map(|line| line.strip_prefix("PASS  "));
    lines.map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect()
}

/// Whoever waits for many plays hears of each when it is over, and of none twice.
#[test]
fn each_of_many_plays_is_told_when_it_is_over() {
    let text = small("Log in", "");
    let scenario = seqcheck::Scenario::parse("a.seq", &text).expect("it can be read");
    let prepared = scenario.repeat(3).prepare().expect("it can be played");
    let mut told = Vec::new();
    let rest = prepared.play_each(|verdict| told.push((verdict.is_pass(), verdict.plays.len())));
    assert_eq!(told, [(true, 1), (true, 1)]);
    assert_eq!((rest.is_pass(), rest.plays.len()), (true, 1));
    let folder = folder();
    let output = run(folder.path(), &["a.seq", "--repeat", "3", "--report", "junit=j.xml"]);
    let lines: Vec<&str> = output.out.lines().take(3).collect();
    for (number, line) in (1..).zip(lines) {
        assert!(line.starts_with(&format!("PASS  Log in (play {number} of 3)")), "{output}");
    }
    assert!(output.out.contains("3 scenarios: 3 passed"), "{output}");
    let junit = std::fs::read_to_string(folder.path().join("j.xml")).expect("a report");
    assert_eq!(junit.matches("<testcase ").count(), 3, "{junit}");
}

#[test]
fn what_would_be_played_is_listed_and_not_played() {
    let folder = folder();
    let list = run(folder.path(), &["--list", "."]);
    assert_eq!(list.exit, Exit::Pass, "{list}");
    assert_eq!(
        list.out,
        "a.seq       Log in      2 arrows  [smoke]\n\
         b.seq       Log out     2 arrows  skipped: not yet\n\
         page.md:4   Third       2 arrows\n\
         page.md:12  Fourth      2 arrows\n\
         4 scenarios would be played\n"
    );
    let json = run(folder.path(), &["--list", ".", "--report", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["scenarios"][3]["path"], "page.md:12");
    // A server that is not there is not asked.
    let away = run(folder.path(), &["--list", "a.seq", "--target", "ws://127.0.0.1:1"]);
    assert_eq!(away.exit, Exit::Pass, "{away}");
}

#[test]
fn scenarios_are_chosen_by_name_glob_and_line() {
    let folder = folder();
    let played = |args: &[&str]| names(&run(folder.path(), args));
    assert_eq!(played(&[".", "--name", "log IN"]), ["Log in"]);
    assert_eq!(played(&[".", "--name", "*th*"]), ["Third", "Fourth"]);
    assert_eq!(played(&[".", "--name", "page.md:1?"]), ["Fourth"]);
    assert_eq!(played(&[".", "--name", "in", "--name", "third"]), ["Log in", "Third"]);
    assert_eq!(played(&["page.md:13"]), ["Fourth"]);
    assert_eq!(played(&["page.md:3", "page.md:11"]), ["Third", "Fourth"]);
    assert_eq!(played(&["a.seq:2"]), ["Log in"]);
    let between = run(folder.path(), &["page.md:9"]);
    assert!(between.exit == Exit::Usage && between.err.contains("diagrams are at lines 3-7, 11-15"), "{between}");
}

#[test]
fn names_files_arrows_and_times_stand_in_columns() {
    let folder = folder();
    let several = run(folder.path(), &["."]);
    let lines: Vec<&str> = several.out.lines().take(4).collect();
    assert_eq!(
        lines,
        [
            "PASS  Log in   a.seq         2 arrows",
            "SKIP  Log out  b.seq       not yet",
            "PASS  Third    page.md:4     2 arrows",
            "PASS  Fourth   page.md:12    2 arrows",
        ]
    );
    // Time is told where it is real, and what takes long is marked.
    let slow = run(folder.path(), &[".", "--net", "tcp", "--slow", "1ms", "--settle", "5ms"]);
    let first = slow.out.lines().next().unwrap_or_default();
    assert!(first.ends_with("ms  slow") && first.contains("2 arrows  "), "{slow}");
    assert!(!run(folder.path(), &[".", "--net", "tcp", "--settle", "5ms"]).out.contains("slow"));
}

#[test]
fn no_more_are_started_after_so_many_failures() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    for name in ["a", "b", "c", "d"] {
        let text = "Alice->Server: WS connect\nServer-->Alice: Connected\nServer->Alice: user:bob joined\n";
        std::fs::write(folder.path().join(format!("{name}.seq")), text).expect("can be written");
    }
    let two = run(folder.path(), &[".", "--max-fail", "2", "-j", "1"]);
    assert!(two.exit == Exit::Fail && two.out.contains("2 failed, 2 skipped"), "{two}");
    assert!(two.out.contains("not started: --max-fail 2, and this number of earlier scenarios did not pass"), "{two}");
    assert!(run(folder.path(), &[".", "--fail-fast", "-j1"]).out.contains("1 failed, 3 skipped"));
}

/// Between clients and a server: the first connection is turned away, all others are passed on.
fn turnstile(server: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let server = server.to_owned();
    std::thread::spawn(move || {
        for (number, client) in listener.incoming().flatten().enumerate() {
            if number == 0 {
                let mut client = client;
                let _ = client.read(&mut [0; 1024]);
                let _ = client.write_all(b"HTTP/1.1 503 Not yet\r\ncontent-length: 0\r\n\r\n");
                continue;
            }
            let server = TcpStream::connect(&server).expect("it listens");
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (mut from, mut to) = (from.try_clone().expect("a clone"), to.try_clone().expect("a clone"));
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Write);
                });
            }
        }
    });
    port
}

#[test]
fn what_passes_at_a_later_try_is_flaky_in_every_report() {
    let folder = folder();
    let server = serve(&[]);
    let again = |retries: &str, reports: &[&str]| {
        let target = format!("ws://127.0.0.1:{}", turnstile(&server.address));
        let args = ["a.seq", "--target", &target, "--retries", retries, "--timeout", "3s", "--out", "out"];
        run(folder.path(), &[&args[..], reports].concat())
    };
    let none = again("0", &[]);
    assert_eq!(none.exit, Exit::Fail, "{none}");
    let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("it was written");
    let files =
        ["junit=j.xml", "json=j.json", "html=r.html", "markdown=r.md", "tap=r.tap", "github=r.txt", "jsonl=r.jsonl"];
    let reports: Vec<&str> = files.iter().flat_map(|file| ["--report", file]).collect();
    let flaky = again("2", &reports);
    assert_eq!(flaky.exit, Exit::Pass, "{flaky}");
    assert!(flaky.out.starts_with("FLAKY  Log in") && flaky.out.contains("passed at try 2"), "{flaky}");
    assert!(flaky.out.contains("= try 1: ") && flaky.out.contains("1 scenario: 1 flaky ("), "{flaky}");
    let json: serde_json::Value = serde_json::from_str(&kept("j.json")).expect("JSON");
    assert_eq!((&json["summary"]["flaky"], &json["scenarios"][0]["status"]), (&1.into(), &"flaky".into()));
    assert_eq!(json["scenarios"][0]["tries"].as_array().map(Vec::len), Some(1));
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/report.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(schema).expect("the schema")).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&json), "{json:#}");
    assert!(kept("j.xml").contains("<flakyFailure"), "{}", kept("j.xml"));
    assert!(kept("r.html").contains("data-status=\"flaky\"") && kept("r.md").contains("flaky"));
    assert!(kept("r.tap").contains("flaky: true") && kept("r.txt").starts_with("::warning file=a.seq"));
    assert!(kept("r.jsonl").contains("\"status\":\"flaky\""));
    // What came of the first try is kept beside.
    assert!(
        folder.path().join("out/a.seq/trace-try1.jsonl").exists()
            && folder.path().join("out/a.seq/trace.jsonl").exists()
    );
}

#[test]
fn settings_come_from_the_file_and_the_profile_that_are_named() {
    let folder = folder();
    let file = "name = ['third']\n[profile.all]\nname = ['o']\nvars-file = 'my.env'\n[profile.away]\nvars-file = '/etc/hosts'\n";
    std::fs::write(folder.path().join("other.toml"), file).expect("can be written");
    std::fs::write(folder.path().join("my.env"), "# a comment\nexport room='x y'\n\n").expect("can be written");
    let played = |args: &[&str]| names(&run(folder.path(), &[&["."], args].concat()));
    assert_eq!(played(&[]), ["Log in", "Third", "Fourth"]);
    assert_eq!(played(&["--config", "other.toml"]), ["Third"]);
    assert_eq!(played(&["--config", "other.toml", "--profile", "all"]), ["Log in", "Fourth"]);
    assert_eq!(played(&["--config", "other.toml", "--profile", "all", "--name", "fourth"]), ["Fourth"]);
    let by_variables = seqcheck(["."]).at(folder.path()).var("SEQCHECK_CONFIG", "other.toml");
    assert_eq!(names(&by_variables.var("SEQCHECK_PROFILE", "all").run()), ["Log in", "Fourth"]);
    let away = run(folder.path(), &[".", "--config", "other.toml", "--profile", "away"]);
    assert!(away.exit == Exit::Usage && away.err.contains("outside the folder"), "{away}");
    let nothing = run(folder.path(), &[".", "--config", "none.toml"]);
    assert!(nothing.exit == Exit::Usage && nothing.err.contains("none.toml: no such file"), "{nothing}");
    let without = run(folder.path(), &[".", "--profile", "all"]);
    assert!(without.exit == Exit::Usage && without.err.contains("[profile.all]"), "{without}");
}

#[test]
fn variables_come_from_files_and_flags_go_before_them() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let text = "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: join room:${room}\n";
    std::fs::write(folder.path().join("a.seq"), text).expect("can be written");
    std::fs::write(folder.path().join("my.env"), "room = \"blue\"\n").expect("can be written");
    let wire = |args: &[&str]| {
        let output = run(folder.path(), &[&["a.seq", "--out", "out"], args].concat());
        assert_eq!(output.exit, Exit::Pass, "{output}");
        std::fs::read_to_string(folder.path().join("out/a.seq/wire.log")).expect("it is kept")
    };
    assert!(wire(&["--vars-file", "my.env"]).contains("blue"));
    assert!(wire(&["--vars-file", "my.env", "--var", "room=red"]).contains("red"));
}

#[test]
fn frames_and_times_are_shown_on_a_pass() {
    let output = seqcheck(["scenarios/chat.seq", "-v"]).run();
    assert!(output.out.contains("Bob -> Server  {\"type\":\"message\""), "{output}");
    assert!(output.out.lines().any(|line| line.trim_start().starts_with("0 ms  Server -> Alice  {")), "{output}");
}

#[test]
fn help_and_pages_are_found_by_the_words_that_are_printed() {
    let help = seqcheck(["help", "check"]).run();
    assert!(help.exit == Exit::Pass && help.out.contains("--retries"), "{help}");
    assert_eq!(seqcheck(["help"]).run().exit, Exit::Pass);
    for (words, page) in [
        (&["FAIL"][..], "# Exit codes"),
        (&["flaky"], "# Exit codes"),
        (&["3"], "# Exit codes"),
        (&["errors"], "# Exit codes"),
        (&["wrong", "payload"], "# wrong-payload: "),
        (&["≠ wrong payload"], "# wrong-payload: "),
        (&["error[binding]: this is not TOML"], "# binding: "),
        (&["refused:"], "# refused: "),
        (&["tls"], "# tls: "),
        (&["sq118"], "# SQ118: "),
    ] {
        let output = seqcheck([&["explain"], words].concat()).run();
        assert!(output.exit == Exit::Pass && output.out.starts_with(page), "{words:?}: {output}");
    }
}

#[test]
fn every_kind_of_error_has_a_page() {
    for kind in [
        "address",
        "dns",
        "refused",
        "unreachable",
        "tls",
        "deadline",
        "request",
        "limit",
        "launch",
        "setup",
        "framing",
    ] {
        assert_eq!(seqcheck(["explain", kind]).run().exit, Exit::Pass, "{kind}");
    }
    for code in ["binding", "codec", "harness", "interrupted", "syntax", "empty", "roles", "target", "config", "trust"]
    {
        assert_eq!(seqcheck(["explain", code]).run().exit, Exit::Pass, "{code}");
    }
}

#[test]
fn colour_is_forced_where_no_terminal_is() {
    let color = |vars: &[(&str, &str)]| {
        let vars = vars.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Screen::new(std::io::sink(), false, &vars).color
    };
    assert!(!color(&[]) && !color(&[("FORCE_COLOR", "0")]));
    assert!(
        color(&[("FORCE_COLOR", "1")]) && color(&[("CLICOLOR_FORCE", "1")]) && color(&[("GITHUB_ACTIONS", "true")])
    );
    assert!(!color(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]), "who minds, minds");
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no writer panicked")).into_owned()
    }

    /// Waits until something was said so often; a limit that is only met where it never is: on a busy machine this thread
    /// has as little of the processor as everybody else.
    fn until(&self, words: &str, times: usize) {
        let end = processor_time() + Duration::from_secs(60);
        while self.text().matches(words).count() < times {
            assert!(processor_time() < end, "{words:?} did not come {times} times in\n{}", self.text());
            std::thread::yield_now();
        }
    }
}

impl std::io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn world(folder: &Path, args: &[&str], heard: &Heard) -> World {
    let vars = BTreeMap::new();
    World {
        args: args.iter().map(Into::into).collect(),
        out: Screen::new(heard.clone(), false, &vars),
        err: Screen::new(heard.clone(), false, &vars),
        ..World::empty(folder.to_path_buf())
    }
}

#[test]
fn a_change_of_a_file_plays_again_until_somebody_asks_for_the_end() {
    let folder = folder();
    let heard = Heard::default();
    let mut world = world(folder.path(), &["a.seq", "--watch"], &heard);
    let stop = world.stop.clone();
    let watching = std::thread::spawn(move || seqcheck::cli::run(&mut world));
    heard.until("watching 1 files", 1);
    std::fs::write(folder.path().join("a.seq"), small("Another name", "")).expect("can be written");
    heard.until("PASS  Another name", 1);
    std::fs::write(folder.path().join("a.seq"), "Alice=>Server: broken\n").expect("can be written");
    heard.until("error[syntax]", 1);
    heard.until("watching 1 files", 3);
    stop.ask("SIGINT");
    watching.join().expect("it ends");
}

#[cfg(unix)]
#[test]
fn what_a_launched_server_prints_is_passed_on_where_that_is_wanted() {
    let folder = folder();
    let served = format!("cmd: echo the shop opens; exec {} serve --port {{port}}", env!("CARGO_BIN_EXE_seqcheck"));
    let told = |more: &[&str]| run(folder.path(), &[&["a.seq", "--target", &served], more].concat());
    let loud = told(&["--no-capture"]);
    assert!(loud.exit == Exit::Pass && loud.err.contains("server | the shop opens\n"), "{loud}");
    assert!(!told(&[]).err.contains("the shop"));
}
