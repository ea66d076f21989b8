//! Files that are no files, and files that are somebody else's: no door opens them, and no line of them is told.

use crate::shapes::processor_time;
use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::path::Path;
use std::time::Duration;

const SMALL: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: WS disconnect\n";
const SECRET: &str = "diary of Ann\npassword = \"tulip-71\"\n[bank]\ntoken = \"tulip-71\"\nbegin tulip-71 end\n";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder to write in")
}

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("can be written");
}

/// A place, the files around it by name and text, and a command.
type Door = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

/// Every place where a file can be named: the files that name it, and the command. `NAME` is the file.
const DOORS: [Door; 11] = [
    ("a diagram", &[], &["lint", "NAME.seq"]),
    ("a diagram in a folder", &[], &["lint", "."]),
    ("a page", &[], &["fmt", "NAME.md"]),
    ("a reference", &[("a.seq", "Alice->Server: WS connect\nref over Alice, Server: NAME\n")], &["lint", "a.seq"]),
    ("a binding of a diagram", &[("a.seq", "#@ binding ./NAME.toml\nAlice->Server: WS connect\n")], &["lint", "a.seq"]),
    ("a binding of the command line", &[("a.seq", SMALL)], &["check", "a.seq", "--binding", "NAME.toml"]),
    (
        "a binding that is extended",
        &[("a.seq", SMALL), ("b.toml", "extends = \"FOLDER/NAME.toml\"\n")],
        &["check", "a.seq", "--binding", "b.toml"],
    ),
    ("a trace", &[("a.seq", SMALL)], &["judge", "a.seq", "NAME.jsonl"]),
    ("a trace that is drawn", &[("a.seq", SMALL)], &["draw", "a.seq", "--trace", "NAME.jsonl"]),
    ("an authority", &[("a.seq", SMALL)], &["check", "a.seq", "--target", "wss://127.0.0.1:1", "--cacert", "NAME.pem"]),
    (
        "a certificate",
        &[("a.seq", SMALL)],
        &["check", "a.seq", "--target", "wss://127.0.0.1:1", "--client-cert", "NAME.pem"],
    ),
];
const ENDINGS: [&str; 5] = ["seq", "md", "toml", "jsonl", "pem"];

/// Goes through all doors with a file of each ending made by `make`; what each comes to.
fn doors(make: impl Fn(&Path)) -> usize {
    for (door, files, command) in DOORS {
        let folder = folder();
        let fill = |text: &str| text.replace("NAME", "evil").replace("FOLDER", &folder.path().display().to_string());
        for (name, text) in files {
            put(folder.path(), name, &fill(text));
        }
        let wanted = command.iter().chain(files.iter().map(|(_, text)| text));
        let wanted: String = wanted.copied().collect::<Vec<_>>().join(" ");
        for ending in ENDINGS.iter().filter(|ending| wanted.contains(&format!("NAME.{ending}"))) {
            make(&folder.path().join(format!("evil.{ending}")));
        }
        if !wanted.contains("NAME.") {
            make(&folder.path().join("evil.seq"));
        }
        // What others do on this machine does not count; whoever opens a pipe waits for ever.
        let began = processor_time();
        let output = seqcheck(command.iter().map(|word| fill(word))).at(folder.path()).run();
        let took = processor_time() - began;
        assert!(took < Duration::from_secs(5), "{door} took {took:?}");
        // A reference that leads nowhere is a finding of lint.
        assert!(matches!(output.exit, Exit::Usage | Exit::Fail), "{door}\n{output}");
        silent(&output, door);
    }
    DOORS.len()
}

/// No line of the secret is told.
fn silent(output: &Output, what: &str) {
    let text = output.to_string();
    for word in ["tulip", "diary", "bank", "token"] {
        assert!(!text.contains(word), "{what}: {word} is in\n{text}");
    }
}

#[cfg(unix)]
#[test]
fn no_door_opens_what_is_no_file_or_another_one() {
    use std::os::unix::fs::symlink;
    let elsewhere = folder();
    let secret = elsewhere.path().join("secret");
    std::fs::write(&secret, SECRET).expect("can be written");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let tried = doors(|path| rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).expect("a pipe"))
        + doors(|path| symlink("/dev/zero", path).expect("a link"))
        + doors(|path| symlink(&secret, path).expect("a link"));
    assert_eq!(tried, 33);
}

#[test]
fn what_is_no_binding_is_not_told() {
    for (name, text, told) in [
        ("notes.txt", SECRET, "does not end in .toml"),
        ("notes.toml", SECRET, "it is not TOML"),
        ("notes.toml", "# mine\n[registry]\ntoken = \"tulip-71\"\n", "none of a binding"),
        ("notes.toml", "name = \"worker\"\n[vars]\nkey = \"tulip-71\"\n[bank]\nid = 1\n", "none of a binding"),
    ] {
        let folder = folder();
        put(folder.path(), name, text);
        put(folder.path(), "a.seq", &format!("#@ binding ./{name}\n{SMALL}"));
        let output = seqcheck(["lint", "a.seq"]).at(folder.path()).run();
        assert_eq!(output.exit, Exit::Usage, "{output}");
        assert!(output.err.contains("this is not a binding") && output.err.contains(told), "{output}");
        silent(&output, name);
    }
    // Its keys may be those of a binding.
    for (text, told) in [
        ("secret = \"tulip-71\"\n", "notes.toml:1: this is not the `secret` of a binding"),
        ("codec = \"tulip-71\"\n", "notes.toml:1: this is not the `codec`"),
        ("# tulip-71\n[connect]\npassword = \"tulip-71\"\n", "notes.toml:3: this is not the `connect`"),
        ("db_password = \"tulip-71\"\n[connect]\npassword = \"tulip-71\"\n", "this is not a binding"),
        ("[connect]\nurl = \"tulip-71\n", "it is not TOML"),
    ] {
        let folder = folder();
        put(folder.path(), "notes.toml", text);
        put(folder.path(), "base.toml", "extends = \"./notes.toml\"\n[[rule]]\nlabel = \"x\"\nclient = {}\n");
        for name in ["notes.toml", "base.toml"] {
            let path = folder.path().join(name);
            put(folder.path(), "a.seq", &format!("#@ binding {}\n{SMALL}", path.display()));
            let output = seqcheck(["lint", "a.seq"]).at(folder.path()).run();
            assert_eq!(output.exit, Exit::Usage, "{output}");
            assert!(output.err.contains(told) && output.err.contains("[[rule]]"), "{output}");
            assert!(!output.to_string().contains("tulip"), "{output}");
        }
    }
    // A slip in a binding is shown.
    let folder = folder();
    put(folder.path(), "b.toml", "[[rule]]\nlabel = \"x\" y\n");
    put(folder.path(), "a.seq", &format!("#@ binding ./b.toml\n{SMALL}"));
    let output = seqcheck(["lint", "a.seq"]).at(folder.path()).run();
    assert!(output.err.contains("label = \"x\" y"), "{output}");
}

#[cfg(unix)]
#[test]
fn a_configuration_that_is_a_link_to_something_else_is_not_told() {
    let (folder, elsewhere) = (folder(), folder());
    put(elsewhere.path(), "credentials.toml", "token = \"tulip-71\"\n");
    put(folder.path(), "a.seq", SMALL);
    let to = elsewhere.path().join("credentials.toml");
    std::os::unix::fs::symlink(to, folder.path().join("seqcheck.toml")).expect("a link");
    let output = seqcheck(["a.seq"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    silent(&output, "seqcheck.toml");
}

#[test]
fn a_configuration_that_was_named_and_is_none_is_not_told() {
    for (text, told) in [
        ("timeout = \"tulip-71\"\n", "notes.toml:1: the setting timeout cannot be this"),
        ("target = \"ws://a\"\ndb_password = \"tulip-71\"\n", "notes.toml:2: this is not a setting"),
        ("target = \"tulip-71\"\ntimeout = [[1], \"tulip-71\"]\n", "notes.toml:2: the setting timeout"),
        ("target = \"ws://a\"\nname = \"tulip-71\n", "notes.toml:2: this is not a setting"),
        ("vars-file = \"/diary/bank\"\ntimeout = \"5x\"\n", "timeout = \"5x\""),
    ] {
        let folder = folder();
        put(folder.path(), "a.seq", SMALL);
        put(folder.path(), "notes.toml", text);
        let output = seqcheck(["a.seq", "--config", "notes.toml"]).at(folder.path()).run();
        assert_eq!(output.exit, Exit::Usage, "{output}");
        assert!(output.err.contains(told), "{output}");
        assert!(!output.to_string().contains("tulip"), "{output}");
    }
}

#[test]
fn a_file_that_is_rewritten_is_whole() {
    let folder = folder();
    put(folder.path(), "a.seq", "Alice  ->  Server:WS connect\n");
    let output = seqcheck(["fmt", "--write", "a.seq"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    let text = std::fs::read_to_string(folder.path().join("a.seq")).expect("it is there");
    assert_eq!(text, "Alice->Server: WS connect\n");
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert_eq!(names, ["a.seq"], "nothing is left beside it");
}

/// Files that people have, of no kind that is read: accounts, a key, variables, credentials.
const STRANGE: [(&str, &str); 5] = [
    ("accounts", "root:x:0:0:root:/root:/bin/bash\ntulip:x:71:71:diary:/home/tulip:/bin/sh\n"),
    ("a key", "-----BEGIN OPENSSH PRIVATE KEY-----\ntulipdiarybank\n-----END OPENSSH PRIVATE KEY-----\n"),
    ("a broken key", "-----BEGIN tulip\nbank\n"),
    ("variables", "export DIARY_KEY='tulip-71'\nbank: tulip\nTOKEN=tulip # diary\n"),
    ("credentials", "{\"format\":\"tulip\",\"version\":\"diary\",\"token\":\"bank\"}\n"),
];

/// Doors where a file stands under a name that is right, or may have any name.
const NAMED: [Door; 9] = [
    ("a binding", &[("a.seq", SMALL)], &["check", "a.seq", "--binding", "evil.toml"]),
    (
        "a binding that is extended",
        &[("a.seq", SMALL), ("b.toml", "extends = \"./evil.toml\"\n")],
        &["check", "a.seq", "--binding", "b.toml"],
    ),
    ("a binding of a diagram", &[("a.seq", "#@ binding ./evil.toml\nAlice->Server: WS connect\n")], &["lint", "a.seq"]),
    ("a trace", &[("a.seq", SMALL)], &["judge", "a.seq", "evil.jsonl"]),
    ("a trace that is drawn", &[("a.seq", SMALL)], &["draw", "a.seq", "--trace", "evil.jsonl"]),
    ("a configuration", &[("a.seq", SMALL)], &["a.seq", "--config", "evil.toml"]),
    ("an authority", &[("a.seq", SMALL)], &["check", "a.seq", "--target", "wss://127.0.0.1:1", "--cacert", "evil.pem"]),
    (
        "a certificate",
        &[("a.seq", SMALL)],
        &["check", "a.seq", "--target", "wss://127.0.0.1:1", "--client-cert", "evil.pem,evil.pem"],
    ),
    ("a diagram", &[], &["lint", "evil"]),
];

#[test]
fn no_line_of_what_is_of_no_kind_is_told() {
    for (what, text) in STRANGE {
        for (door, files, command) in NAMED {
            let folder = folder();
            files.iter().for_each(|(name, text)| put(folder.path(), name, text));
            for name in ["evil", "evil.toml", "evil.jsonl", "evil.pem"] {
                put(folder.path(), name, text);
            }
            let output = seqcheck(command).at(folder.path()).run();
            assert!(matches!(output.exit, Exit::Usage | Exit::Error), "{what} as {door}\n{output}");
            silent(&output, &format!("{what} as {door}"));
            assert!(output.err.contains("evil"), "{what} as {door}: which file\n{output}");
        }
    }
}

#[test]
fn no_line_of_a_key_or_of_settings_that_are_named_as_a_diagram_is_told() {
    const INI: &str = "# diary\n[tulip]\nkey = bank\n\nexport TOKEN=tulip";
    let texts = [STRANGE[1].1, STRANGE[3].1, INI];
    let names = ["evil.seq", "evil.mmd", "evil.puml"];
    for (name, text) in names.iter().flat_map(|name| texts.map(|text| (*name, text))) {
        let folder = folder();
        put(folder.path(), name, &format!("\n{text}"));
        let output = seqcheck(["lint", name]).at(folder.path()).run();
        assert_eq!(output.exit, Exit::Usage, "{output}");
        assert!(output.err.contains("not a diagram"), "{output}");
        silent(&output, name);
    }
}

#[test]
fn no_line_of_a_file_of_variables_is_told() {
    for (what, text) in STRANGE {
        let folder = folder();
        put(folder.path(), "a.seq", SMALL);
        put(folder.path(), "evil", text);
        let output = seqcheck(["check", "a.seq", "--vars-file", "evil"]).at(folder.path()).run();
        assert_eq!(output.exit, Exit::Usage, "{what}\n{output}");
        assert!(output.err.contains("is not a variable"), "{what}\n{output}");
        silent(&output, what);
    }
}

#[test]
fn no_line_of_what_is_included_and_no_part_of_a_diagram_is_told() {
    for (what, text) in STRANGE {
        for name in ["evil.txt", "evil.inc"] {
            let folder = folder();
            put(folder.path(), name, text);
            put(folder.path(), "a.puml", &format!("@startuml\nAlice->Server: WS connect\n!include {name}\n@enduml\n"));
            for command in [
                &["lint", "a.puml"][..],
                &["draw", "a.puml"],
                &["convert", "a.puml", "--to", "seq"],
                &["fmt", "a.puml"],
            ] {
                let output = seqcheck(command).at(folder.path()).run();
                silent(&output, &format!("{what}: {command:?}"));
            }
        }
    }
}

#[test]
fn no_line_of_what_is_no_snapshot_is_told() {
    for (what, text) in STRANGE {
        let folder = folder();
        put(folder.path(), "a.seq", SMALL);
        std::fs::create_dir(folder.path().join("s")).expect("can be made");
        put(folder.path(), "s/a.seq.snap", text);
        let output = seqcheck(["a.seq", "--snapshots", "s"]).at(folder.path()).run();
        assert_eq!(output.exit, Exit::Error, "{what}\n{output}");
        assert!(output.err.contains("not a snapshot"), "{what}\n{output}");
        silent(&output, what);
    }
}
