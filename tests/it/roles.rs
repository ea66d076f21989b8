//! Lifelines of an architecture picture: several that are one server, and those of which nothing is on the wire.

use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use std::path::PathBuf;

/// Two clients in front of a gateway, a hub and a store that are one server; a person who clicks and reads.
const PICTURE: &str = "\
actor User
participant Alice
participant Bob
participant Gateway
participant Hub
participant Redis
User->Alice: opens the page
Alice->Gateway: WS connect
Gateway->Hub: register
Gateway->Alice: Connected
Bob->Gateway: WS connect
Hub->Bob: Connected
User->Alice: types hello
Alice->Gateway: message: hi
Gateway->Redis: publish
Redis->Hub: fan out
Redis->User: mail
Hub->Bob: message from Alice: hi
Bob->User: shows it
";

/// A folder with one diagram in it, and the path of the diagram.
fn diagram(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let path = folder.path().join("picture.seq");
    std::fs::write(&path, text).expect("the diagram is written");
    (folder, path)
}

#[test]
fn lifelines_of_one_server_are_tested_as_one() {
    let (_folder, path) = diagram(&format!("#@ server = Gateway, Hub, Redis\n#@ silent User\n{PICTURE}"));
    let path = path.display().to_string();
    let fine = seqcheck([path.as_str()]).run();
    assert_eq!(fine.exit, Exit::Pass, "{fine}");
    assert!(fine.out.contains("13 arrows"), "{fine}");
    let faulty = seqcheck([path.as_str(), "--mutant", "text-truncated"]).run();
    assert_eq!(faulty.exit, Exit::Pass, "two letters are not cut: {faulty}");
    let faulty = seqcheck([path.as_str(), "--mutant", "broadcast-twice"]).run();
    assert_eq!(faulty.exit, Exit::Fail, "{faulty}");
    assert!(faulty.out.contains("20 │ Hub->Bob: message from Alice: hi"), "{faulty}");
}

#[test]
fn flags_say_the_same_as_directives() {
    let (_folder, path) = diagram(PICTURE);
    let path = path.display().to_string();
    let plain = seqcheck([path.as_str()]).run();
    assert_eq!(plain.exit, Exit::Usage, "{plain}");
    let told = seqcheck([path.as_str(), "--server", "Gateway,Hub,Redis", "--silent", "User"]).run();
    assert_eq!(told.exit, Exit::Pass, "{told}");
    let unknown = seqcheck([path.as_str(), "--server", "Gateway,Hug,Redis"]).run();
    assert_eq!(unknown.exit, Exit::Usage, "{unknown}");
    assert!(unknown.err.contains("no participant named Hug") && unknown.err.contains("did you mean Hub?"), "{unknown}");
}

#[test]
fn a_binding_may_know_the_lifelines_of_its_server() {
    let (folder, path) = diagram(&format!("#@ binding ./own.toml\n{PICTURE}"));
    let own = "extends = \"chat\"\n[participants]\nserver = [\"Gateway\", \"Hub\", \"Redis\", \"Kafka\"]\nsilent = [\"User\"]\n";
    std::fs::write(folder.path().join("own.toml"), own).expect("the binding is written");
    let told = seqcheck([path.display().to_string().as_str()]).run();
    assert_eq!(told.exit, Exit::Pass, "{told}");
}

#[test]
fn nobody_has_two_roles() {
    for (settings, word) in [
        ("#@ server = Gateway, Hub\n#@ silent Hub\n", "Hub has two roles: silent and server"),
        ("#@ simulate Alice, Hub\n#@ server = Gateway, Hub\n", "Hub has two roles: simulate and server"),
    ] {
        let (_folder, path) = diagram(&format!("{settings}{PICTURE}"));
        let told = seqcheck([path.display().to_string().as_str()]).run();
        assert_eq!(told.exit, Exit::Usage, "{told}");
        assert!(told.err.contains(word), "{told}");
    }
}
