//! What is said of a diagram is said whichever of its sides is played.

use crate::shell::seqcheck;
use serde_json::Value;

/// The messages and lines of what is found under a code.
fn found(code: &str, diagram: &str, simulated: &str) -> Vec<(u64, String)> {
    let words = ["lint", "-", "--dialect", "seq", "--format", "json", "--simulate", simulated];
    let output = seqcheck(words).input(diagram).run();
    let told: Value = serde_json::from_str(&output.out).unwrap_or_else(|error| panic!("{error}\n{output}"));
    let findings = told["findings"].as_array().unwrap_or_else(|| panic!("{told:#}"));
    let own = findings.iter().filter(|finding| finding["code"] == code);
    own.map(|it| (it["at"]["line"].as_u64().expect("a line"), it["message"].as_str().expect("words").to_owned()))
        .collect()
}

/// What Alice's connection begins with.
const BEGUN: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\n";
const STREAM: &str = "Page->Server: GET /events?topic=news\nServer-->Page: 200 OK\nServer->Page: event item: 1\n";

#[test]
fn a_message_on_a_connection_that_has_ended_is_told_of_either_side() {
    let ended = "its connection has ended";
    let closed = "its event stream has ended";
    for (begin, rest, line, what) in [
        (BEGUN, "Server->Alice: WS close 4000\nServer->Alice: user:bob joined room:x\n", 4, ended),
        (BEGUN, "Server->Alice: WS closed\nServer->Alice: user:bob joined room:x\n", 4, ended),
        (BEGUN, "Server->Alice: WS ended\nServer->Alice: user:bob joined room:x\n", 4, ended),
        (BEGUN, "Alice->Server: WS disconnect\nServer->Alice: user:bob joined room:x\n", 4, ended),
        (BEGUN, "Alice->Server: WS drop\nServer->Alice: user:bob joined room:x\n", 4, ended),
        (BEGUN, "Server->Alice: WS close 4000\nAlice->Server: message: late\n", 4, ended),
        (BEGUN, "Server->Alice: WS close 4000\nAlice->Server: WS disconnect\n", 4, ended),
        (BEGUN, "Alice->Server: WS connect\nServer-->Alice: Connected\n", 3, "is already connected"),
        (STREAM, "Server->Page: SSE closed\nServer->Page: event item: 2\n", 5, closed),
        (STREAM, "Page->Server: SSE drop\nServer->Page: event item: 2\n", 5, closed),
    ] {
        let diagram = format!("{begin}{rest}");
        let of_client = found("SQ111", &diagram, if begin == BEGUN { "Alice" } else { "Page" });
        assert_eq!(of_client, found("SQ111", &diagram, "Server"), "{diagram}");
        assert!(matches!(&*of_client, [(at, said)] if *at == line && said.contains(what)), "{diagram}{of_client:?}");
    }
}

#[test]
fn what_can_be_played_is_not_told_of_either_side() {
    let again = "Alice->Server: WS connect\n";
    for diagram in [
        format!("{BEGUN}Server->Alice: WS close 4000\n{BEGUN}Server->Alice: user:bob joined room:x\n"),
        format!("{BEGUN}Alice->Server: WS disconnect\nServer->Alice: WS closed\n"),
        format!("{BEGUN}{again}Server-->Alice: HTTP 409\n"),
        format!("{BEGUN}{again}Server->Alice: WS close 4000\n"),
        format!("{BEGUN}opt\n  Server->Alice: WS close 4000\n  {again}end\nServer->Alice: user:bob joined room:x\n"),
        format!("{STREAM}{STREAM}Server->Page: SSE closed\nServer->Page: event item: 2\n"),
        format!("{STREAM}Page->Server: SSE drop\n{STREAM}"),
    ] {
        let client = if diagram.starts_with(BEGUN) { "Alice" } else { "Page" };
        assert_eq!(found("SQ111", &diagram, client), [], "{diagram}");
        assert_eq!(found("SQ111", &diagram, "Server"), [], "{diagram}");
    }
}

/// The tool would send into nothing, and pass a client that has heard nothing.
#[test]
fn mock_does_not_begin_what_its_server_cannot_send() {
    let folder = tempfile::tempdir().expect("a folder");
    let diagram = format!("{BEGUN}Server->Alice: WS close 4000\nServer->Alice: user:bob joined room:x\n");
    std::fs::write(folder.path().join("a.seq"), diagram).expect("written");
    let output = seqcheck(["mock", "a.seq", "--", "true"]).at(folder.path()).run();
    assert_eq!(output.exit.code(), 2, "{output}");
    assert!(output.err.contains("SQ111") && output.err.contains("nothing ran"), "{output}");
}

/// A client knows by itself what it says; a gateway is told.
#[test]
fn nobody_has_to_tell_a_client_what_it_says() {
    let said = "Alice->Server: message: what nobody has told her\n";
    assert_eq!(found("SQ114", &format!("{BEGUN}{said}"), "Server"), []);
    let between = "Browser->Gateway: WS connect\nGateway->Service: WS connect as Browser\nService->Gateway: Connected\n\
                   Gateway->Browser: Connected\nGateway->Service: message: what nobody has told it\n";
    let told = found("SQ114", between, "Browser,Service");
    assert!(matches!(&*told, [(5, said)] if said.contains("to Gateway")), "{told:?}");
}

#[test]
fn what_is_not_on_the_wire_does_not_pass_between_lifelines_under_test() {
    let paused = format!("{BEGUN}Alice->Server: WS pause\n");
    let told = found("SQ112", &paused, "Server");
    assert!(matches!(&*told, [(3, said)] if said.contains("no message that this run can")), "{told:?}");
    assert_eq!(found("SQ112", &paused, "Alice"), []);
    let hidden = format!("{BEGUN}Server->Database: insert\n");
    let told = found("SQ112", &hidden, "Alice");
    assert!(matches!(&*told, [(3, said)] if said.contains("between lifelines under test")), "{told:?}");
}
