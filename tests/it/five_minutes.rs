//! The way of `docs/agents.md`, from a server of MCP to a green run, with a server that somebody has just written.
#![cfg(unix)]

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use std::path::Path;

/// One tool, and no SDK.
const SERVER: &str = r#"
import json, sys

def answer(ask, **said):
    print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], **said}), flush=True)

for line in sys.stdin:
    ask = json.loads(line)
    if ask["method"] == "initialize":
        told = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "mine", "version": "1"}}
        answer(ask, result=told)
    elif ask["method"] == "ping":
        answer(ask, result={})
    elif ask["method"] == "tools/list":
        answer(ask, result={"tools": [{"name": "add", "inputSchema": {"type": "object"}}]})
    elif ask["method"] == "tools/call":
        sum = ask["params"]["arguments"]["a"] + ask["params"]["arguments"]["b"] + OFF
        answer(ask, result={"content": [{"type": "text", "text": str(sum)}]})
    elif "id" in ask:
        answer(ask, error={"code": -32601, "message": "no such method"})
"#;

const PAGE: &str = include_str!("../../docs/agents.md");

/// A folder with the diagrams, the one that the page shows among them, and a server whose sums are off by so much.
fn begun(off: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder to write in");
    assert_eq!(seqcheck(["init", "agents"]).at(folder.path()).run().exit, Exit::Pass);
    let shown =
        PAGE.split("```seq\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the page shows a diagram");
    assert!(shown.starts_with("title Adding\n"), "{shown}");
    std::fs::write(folder.path().join("agents/tools.seq"), shown).expect("can be written");
    std::fs::write(folder.path().join("server.py"), SERVER.replace("OFF", &off.to_string())).expect("can be written");
    folder
}

fn run(folder: &Path, diagram: &str) -> Output {
    let target = format!("stdio: exec python3 '{}'", folder.join("server.py").display());
    seqcheck([&*format!("agents/{diagram}.seq"), "--target", &target]).at(folder).run()
}

#[test]
fn a_server_that_was_just_written_is_green_in_five_minutes() {
    let folder = begun(0);
    for diagram in ["lifecycle", "ping", "tools"] {
        let output = run(folder.path(), diagram);
        assert!(output.exit == Exit::Pass && output.out.contains("1 scenario: 1 passed"), "{output}");
    }
    // What this server does not have is told as what it says.
    let output = run(folder.path(), "prompts");
    assert!(output.exit == Exit::Fail && output.out.contains("no such method"), "{output}");
}

/// And the page shows what the report says of a server that cannot add.
#[test]
fn a_sum_that_is_wrong_is_told_as_the_page_says() {
    let folder = begun(2);
    let output = run(folder.path(), "tools");
    let told = PAGE.lines().find(|line| line.starts_with("result.content: expected")).expect("the page shows it");
    assert!(output.exit == Exit::Fail && output.out.contains(told), "{told}\n{output}");
}
