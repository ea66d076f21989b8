//! What stands between: the tool plays the clients and the service behind a gateway, and judges the gateway, a program.
#![cfg(unix)]

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::path::Path;
use tempfile::TempDir;

/// A gateway in a few lines: it takes one connection after the other to its service, byte for byte, and does one thing
/// otherwise where a word asks for it.
const GATEWAY: &str = r#"
import socket, sys, threading
own, service, fault = int(sys.argv[1]), sys.argv[2].rpartition(":")[2], (sys.argv[3:] or [""])[0]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", own))
listener.listen(64)

def carry(one, other, alter):
    while True:
        part = one.recv(65536)
        if not part:
            break
        other.sendall(alter(part))
    try:
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass

def down(part):
    if fault == "alter":
        return part.replace(b'"ho"', b'"hu"')
    if fault == "twice" and b'"ho"' in part:
        return part + part
    if fault == "closes" and b'"ho"' in part:
        return b"\x88\x02\x03\xf3"
    return part

def up(part):
    if fault == "dials" and part.startswith(b"GET"):
        again.append(socket.create_connection(("127.0.0.1", int(service))))
        again[-1].sendall(part)
    return part

again = []
while True:
    near, _ = listener.accept()
    if near.recv(1, socket.MSG_PEEK) == b"":
        near.close()
        continue
    far = socket.create_connection(("127.0.0.1", int(service)))
    threading.Thread(target=carry, args=(near, far, up), daemon=True).start()
    threading.Thread(target=carry, args=(far, near, down), daemon=True).start()
"#;

/// What goes through it.
pub const DIAGRAM: &str = "\
actor Browser
participant Gateway
participant Service
Browser->Gateway: WS connect
Gateway->Service: WS connect as Browser
Service->Gateway: Connected
Gateway->Browser: Connected
Browser->Gateway: message: hi
Gateway->Service: message: hi
Service->Gateway: message from Bob: ho
Gateway->Browser: message from Bob: ho
";

/// The command that starts it, with what is behind its name.
fn gateway(folder: &TempDir, words: &str) -> String {
    format!("cmd: exec python3 {}/gateway.py {words}", folder.path().display())
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("made");
    std::fs::write(folder.path().join("gateway.py"), GATEWAY).expect("written");
    std::fs::write(folder.path().join("a.seq"), DIAGRAM).expect("written");
    folder
}

fn between(at: &Path, file: &str, target: &str) -> Output {
    seqcheck(["mock", file, "--play", "Browser,Service", "--target", target, "--timeout", "30s"]).at(at).run()
}

#[test]
fn a_gateway_is_started_with_the_address_of_the_service_behind_it() {
    let folder = folder();
    let passed = between(folder.path(), "a.seq", &gateway(&folder, "{port} {url.Service}"));
    assert_eq!(passed.exit, Exit::Pass, "{passed}");
    // By its port alone, as the first that listens, and in the environment of one that asks for any.
    for service in ["{port.Service}", "{url}", "$SEQCHECK_URL_SERVICE # {url}"] {
        let target = gateway(&folder, &format!("{{port}} {service}"));
        let passed = between(folder.path(), "a.seq", &target);
        assert_eq!(passed.exit, Exit::Pass, "{target}: {passed}");
    }
}

#[test]
fn each_diagram_has_a_gateway_of_its_own() {
    let folder = folder();
    std::fs::write(folder.path().join("b.seq"), DIAGRAM).expect("written");
    let all = seqcheck(["mock", "a.seq", "b.seq", "--play", "Browser,Service", "--repeat", "2"]).at(folder.path());
    let target = gateway(&folder, "{port} {url.Service}");
    let words = ["--target", &target];
    let all = all.and(words).run();
    assert_eq!(all.exit, Exit::Pass, "{all}");
}

#[test]
fn what_a_gateway_does_wrong_is_found_where_it_is_drawn() {
    let folder = folder();
    for (fault, told, line) in [("alter", "wrong payload", 11), ("twice", "duplicate", 11)] {
        let target = gateway(&folder, &format!("{{port}} {{url.Service}} {fault}"));
        let words = ["--report", "github"];
        let found = seqcheck(["mock", "a.seq", "--play", "Browser,Service", "--target", &target, "--timeout", "30s"]);
        let found = found.and(words).at(folder.path()).run();
        assert_eq!(found.exit, Exit::Fail, "{found}");
        let place = format!("::error file=a.seq,line={line},");
        assert!(found.out.contains(&place) && found.out.contains(told), "{found}");
    }
}

#[test]
fn a_gateway_is_told_of_by_its_name_and_as_no_page() {
    let folder = folder();
    for (fault, told) in
        [("closes", "Gateway closed Browser's connection with code 1011"), ("dials", "Gateway connected ")]
    {
        let target = gateway(&folder, &format!("{{port}} {{url.Service}} {fault}"));
        let found = seqcheck(["mock", "a.seq", "--play", "Browser,Service", "--target", &target, "--timeout", "30s"]);
        let found = found.at(folder.path()).run();
        assert_eq!(found.exit, Exit::Fail, "{found}");
        assert!(
            found.out.contains(told) && !found.out.contains("page") && !found.out.contains("the server"),
            "{found}"
        );
    }
}

#[test]
fn an_address_that_nobody_has_is_told() {
    let folder = folder();
    let told = between(folder.path(), "a.seq", &gateway(&folder, "{port} {url.Servce}"));
    assert_eq!(told.exit, Exit::Usage, "{told}");
    for words in ["needs {url.Servce}", "did you mean {url.Service}?", "these listen: Service"] {
        assert!(told.err.contains(words), "{words}: {told}");
    }
}

/// Which of several connections of one lifeline a message is on could not be told: that is refused with its place, and what
/// is said to do instead is played.
#[test]
fn what_stands_between_connects_once_to_each_service() {
    let folder = folder();
    let bob = "Bob->Gateway: WS connect\nGateway->Service: WS connect as Bob\n";
    let two = format!("actor Bob\n{DIAGRAM}{bob}");
    let many = format!("#@ clients Browser = 3\n{DIAGRAM}");
    let refused = |text: &str, words: &[&str]| {
        std::fs::write(folder.path().join("b.seq"), text).expect("written");
        let told = between(folder.path(), "b.seq", &gateway(&folder, "{port} {url.Service}"));
        assert_eq!(told.exit, Exit::Usage, "{told}");
        let always = ["Gateway has one connection to Service", "draw Gateway once for each client: GatewayA, GatewayB"];
        for words in words.iter().chain(&always) {
            assert!(told.err.contains(words), "{words}: {told}");
        }
    };
    refused(&two, &["b.seq:14:1", "connects again here under another name", "the first"]);
    refused(&many, &["b.seq:6:1", "and Browser is 3 clients", "multiplied here"]);
    let open = format!("actor Bob\n{DIAGRAM}{}", bob.replace("as Bob", "as Browser"));
    refused(
        &open,
        &["b.seq:14:1", "connects again here while the first connection is open", "or end the first connection above"],
    );
    // One after the other is one at a time, and so is one for each client.
    let ended = format!("{DIAGRAM}Browser->Gateway: WS disconnect\nGateway->Service: WS disconnect\n");
    let ended =
        format!("actor Bob\n{ended}{}", DIAGRAM.lines().skip(3).map(|line| format!("{line}\n")).collect::<String>());
    let each = format!("actor Bob\nparticipant GatewayB\n{DIAGRAM}{}", bob.replace("Gateway", "GatewayB"));
    let each = format!("{each}Service->GatewayB: Connected\nGatewayB->Bob: Connected\n");
    for text in [ended, each] {
        std::fs::write(folder.path().join("b.seq"), &text).expect("written");
        let words = ["mock", "b.seq", "--play", "Browser,Bob,Service", "--timeout", "30s", "--target"];
        let passed = seqcheck(words).and([gateway(&folder, "{port} {url.Service}")]).at(folder.path()).run();
        assert_eq!(passed.exit, Exit::Pass, "{text}{passed}");
    }
}

/// The built-in server is no gateway: without a target nothing is between.
#[test]
fn what_stands_between_has_to_be_somewhere() {
    let folder = folder();
    let told = seqcheck(["mock", "a.seq", "--play", "Browser,Service"]).at(folder.path()).run();
    assert_eq!(told.exit, Exit::Usage, "{told}");
    for words in ["there is no target for Gateway, which is under test", "a.seq:4:1", "--target 'Gateway=cmd: COMMAND'"]
    {
        assert!(told.err.contains(words), "{words}: {told}");
    }
}
