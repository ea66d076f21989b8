//! Lifelines of an architecture picture: several that are one server, and those of which nothing is on the wire.

use crate::shell::seqcheck;
use seqcheck::Scenario;
use seqcheck::cli::Exit;
use seqcheck::diagram::OrderMode;
use seqcheck::trace::Moment;
use std::path::PathBuf;
use std::time::Duration;

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
    let (folder, path) = diagram(&format!("#@ server = Gateway, Hub, Redis\n#@ silent User\n{PICTURE}"));
    let path = path.display().to_string();
    let fine = seqcheck([path.as_str()]).run();
    assert_eq!(fine.exit, Exit::Pass, "{fine}");
    assert!(fine.out.contains("13 arrows"), "{fine}");
    // What is kept of it is judged in the same way.
    let kept = seqcheck(["picture.seq", "--out", "kept"]).at(folder.path()).run();
    assert_eq!(kept.exit, Exit::Pass, "{kept}");
    let judged = seqcheck(["judge", "picture.seq", "kept/picture.seq/trace.jsonl"]).at(folder.path()).run();
    assert_eq!(judged.exit, Exit::Pass, "{judged}");
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
        ("#@ simulate User\n#@ silent User\n", "User has two roles: simulate and silent"),
        ("#@ silent Usr\n", "did you mean `User`"),
    ] {
        let (_folder, path) = diagram(&format!("{settings}{PICTURE}"));
        let told = seqcheck([path.display().to_string().as_str()]).run();
        assert_eq!(told.exit, Exit::Usage, "{told}");
        assert!(told.err.contains(word), "{told}");
    }
}

/// To people, from them and between them: no label needs a rule, nothing is on the wire, and the order is that of the drawing.
#[test]
fn silent_lifelines_order_what_is_around_them() {
    let drawn = "#@ silent User, LLM\nAlice->Server: WS connect\nServer-->Alice: Connected\nBob->Server: WS connect\nServer-->Bob: Connected\n\
                 Alice->User: shows the room\nUser->LLM: asks for words\nLLM->Server: is up\nServer->LLM: fine\nLLM->User: has some\n\
                 User->Bob: types them\nBob->Server: message: hi\nServer->Alice: message from Bob: hi\n";
    let (folder, _) = diagram(drawn);
    let run = |args: &[&str]| seqcheck(args).at(folder.path()).run();
    for order in ["diagram", "local", "burst"] {
        let told = run(&["picture.seq", "--order", order, "--out", order]);
        assert_eq!(told.exit, Exit::Pass, "{order}: {told}");
        let faulty = run(&["picture.seq", "--order", order, "--mutant", "broadcast-twice"]);
        assert_eq!(faulty.exit, Exit::Fail, "{order}: {faulty}");
    }
    let linted = run(&["lint", "picture.seq"]);
    assert_eq!(linted.exit, Exit::Pass, "{linted}");
    assert!(!linted.out.contains("error["), "{linted}");
    // Bob's client does not write before Alice's was told, although nothing on the wire says so.
    let log = std::fs::read_to_string(folder.path().join("local/picture.seq/wire.log")).expect("a log");
    let place = |words: &str| log.find(words).unwrap_or_else(|| panic!("{words}: {log}"));
    assert!(place("\"user\":\"alice\"") < place("\"text\":\"hi\""), "{log}");
    assert!(log.contains("drawn  User -> Bob  types them\n") && !log.contains("sent  socket  User"), "{log}");
}

/// What `check` says of a diagram, and of the flags beside it.
fn told(text: &str, flags: &[&str]) -> crate::shell::Output {
    let (_folder, path) = diagram(text);
    let path = path.display().to_string();
    let args: Vec<&str> = std::iter::once(path.as_str()).chain(flags.iter().copied()).collect();
    seqcheck(args).run()
}

#[test]
fn there_is_no_verdict_without_a_wire() {
    let nobody = ["--target", "ws://127.0.0.1:9"];
    let ghost = "Nina->Hub: message: hi\nHub->Nina: message from Nina: hi\n";
    let flags = [&["--simulate", "Nina"][..], &nobody].concat();
    let refused = told(ghost, &flags);
    assert_eq!(refused.exit, Exit::Usage, "{refused}");
    assert!(refused.err.contains("Nina sends on a connection that no arrow above opens"), "{refused}");
    assert_eq!(refused.err.matches("error[unconnected]").count(), 1, "a slip is told once: {refused}");
    let unseen = "participant Nina\nHub->Store: message: hi\n";
    let refused = told(unseen, &flags);
    assert_eq!(refused.exit, Exit::Usage, "{refused}");
    assert!(refused.err.contains("there is nothing to play"), "{refused}");
    let late = "Nina->Hub: message: hi\nNina->Hub: WS connect\nHub->Nina: Connected\n";
    assert!(told(late, &[]).err.contains("no arrow above opens"), "connecting below is too late");
}

#[test]
fn slips_that_would_silence_an_arrow_are_errors_at_their_place() {
    const BEGIN: &str = "actor Ann\nactor Bob\nparticipant Server\nAnn->Server: WS connect\nServer->Ann: Connected\n";
    for (lines, words) in [
        ("Bob->Server: WS conect\n", "did you mean `WS connect`?"),
        ("Bob->Server: WS connect\nServer->Bob: Connected\nBb->Server: message: hi\n", "did you mean `Bob`?"),
        ("Server->Ann direct from Ann\n", "a colon is missing after `Ann`"),
        ("Sever->Ann: direct from Ann: x\n", "did you mean `Server`?"),
    ] {
        let refused = told(&format!("{BEGIN}{lines}"), &[]);
        assert_eq!(refused.exit, Exit::Usage, "{lines}: {refused}");
        assert!(refused.err.contains(words), "{lines}: {refused}");
    }
    let numbered = format!("{BEGIN}Bob2->Server: WS connect\nServer->Bob2: Connected\n");
    assert_eq!(told(&numbered, &[]).exit, Exit::Pass, "a number is no slip");
}

/// The built-in server greets at the path `/ws` alone, with the name of a query.
#[test]
fn connecting_is_known_as_people_write_it() {
    for connect in [
        "WebSocket connect to /ws?name=nina",
        "Connect to /ws?name=nina",
        "connect ws://localhost:9000/ws?name=nina",
        "GET /ws?name=nina (Upgrade: websocket)",
        "new WebSocket(/ws?name=nina)",
    ] {
        let own = "[[rule]]\nlabel = \"welcome\"\nserver = { type = \"connected\" }\n";
        for answer in ["", "Hub->Nina: 101 Switching Protocols\n", "Hub->Nina: Connection established\n"] {
            let text =
                format!("#@ binding ./own.toml\nNina->Hub: {connect}\n{answer}Hub->Nina: welcome\nNina->Hub: close\n");
            let (folder, path) = diagram(&text);
            std::fs::write(folder.path().join("own.toml"), own).expect("the binding is written");
            let passed = seqcheck([path.display().to_string().as_str()]).run();
            assert_eq!(passed.exit, Exit::Pass, "{text}: {passed}");
        }
    }
}

#[test]
fn an_acceptance_that_is_drawn_has_to_come() {
    let text = "Nina->Hub: WS connect\nHub->Nina: 101 Switching Protocols\nHub->Nina: Connected\nOther->Hub: WS connect as Nina\nHub->Other: 101\n";
    let refused = told(text, &[]);
    assert_eq!(refused.exit, Exit::Fail, "{refused}");
    assert!(refused.out.contains("expected 101, got 409"), "{refused}");
}

/// A picture as people draw it: no connect, messages in forms that say what they are.
const AS_DRAWN: &str = "\
sequenceDiagram
    actor User
    participant Browser
    participant Gateway
    participant Hub
    User->>Browser: clicks
    Browser->>Gateway: {\"type\": \"direct\", \"to\": \"browser\", \"text\": \"hi\"}
    Gateway->>Hub: forward
    Hub-->>Browser: direct {from: \"Browser\"}
    Browser-->>User: shows it
";

#[test]
fn a_picture_without_a_connect_is_told_what_to_say_and_runs_with_it() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("it is written");
    write("picture.mmd", AS_DRAWN);
    write(
        "words.toml",
        "[[rule]]\nlabel = \"{anything}\"\nserver = { text = \"{anything}\" }\nclient = { text = \"{anything}\" }\n",
    );
    let refused = seqcheck(["check", "--binding", "words.toml", "picture.mmd"]).at(folder.path()).run();
    assert_eq!(refused.exit, Exit::Usage, "{refused}");
    for line in
        ["4 lifelines, and it seems that `Browser` is the only client", "%%@ server = Gateway, Hub", "%%@ silent User"]
    {
        assert!(refused.err.contains(line), "{line}: {refused}");
    }
    let told = AS_DRAWN.replace("sequenceDiagram\n", "sequenceDiagram\n%%@ server = Gateway, Hub\n%%@ silent User\n");
    write("picture.mmd", &told);
    let wrote = seqcheck(["init", "binding", "picture.mmd", "-o", "own.toml"]).at(folder.path()).run();
    assert_eq!(wrote.exit, Exit::Pass, "{wrote}");
    let own = std::fs::read_to_string(folder.path().join("own.toml")).expect("the binding is there");
    assert!(own.contains("implicit = true"), "{own}");
    let linted = seqcheck(["lint", "--binding", "own.toml", "picture.mmd"]).at(folder.path()).run();
    assert_eq!(linted.exit, Exit::Pass, "{linted}");
    // The built-in server greets, which is not drawn, and wants a name.
    let own = own.replace("url = \"{target}/\"", "url = \"{target}/ws?name={self}\"")
        + "\n[[ignore]]\nframe = { type = \"connected\" }\n";
    write("own.toml", &own);
    let passed = seqcheck(["check", "--binding", "own.toml", "picture.mmd"]).at(folder.path()).run();
    assert_eq!(passed.exit, Exit::Pass, "{passed}");
    let args = ["check", "--binding", "own.toml", "picture.mmd", "--mutant", "text-truncated"];
    let faulty = seqcheck(args).at(folder.path()).run();
    assert_eq!(faulty.exit, Exit::Pass, "two letters are not cut: {faulty}");
}

/// Below something that a server need not say, an arrow to a client waits for silence as a message of the client does, and no
/// longer.
#[test]
fn an_arrow_to_a_client_waits_for_silence_and_not_for_the_timeout() {
    let head = "#@ silent LLM\nAlice->Server: WS connect\nServer-->Alice: Connected\nBob->Server: WS connect\nServer-->Bob: Connected\n";
    let tail = "Alice->Server: message: hi\nServer->Bob: message from Alice: hi\n";
    for option in ["opt\n  Server->Bob: user:eve left\nend\n", "loop 0,2\n  Server->Alice: user:eve left\nend\n"] {
        for silent in ["LLM->Alice: thinks\n", "LLM->Bob: thinks\n", "Server->LLM: asks\nLLM->Alice: thinks\n"] {
            for order in [OrderMode::Diagram, OrderMode::Local, OrderMode::Burst] {
                let scenario = Scenario::parse("a.seq", &format!("{head}{option}{silent}{tail}")).unwrap().order(order);
                let verdict = scenario.check().unwrap();
                assert!(verdict.is_pass(), "{option}{silent}{verdict}");
                let last = verdict.plays[0].trace.iter().rfind(|entry| entry.event.sent().is_some());
                let last = last.expect("it sends").at.since(Moment(0));
                assert!(last <= Duration::from_secs(2), "{option}{silent}{order:?}: {last:?}");
            }
        }
    }
}
