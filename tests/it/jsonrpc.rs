//! JSON-RPC over the standard streams of a program and over WebSocket: which request an answer is for, and what is no JSON-RPC.

use crate::field::{Call, Client, Net, Told, server, sockets};
use seqcheck::oracle::Class;
use seqcheck::{Mock, Scenario, Target};
use serde_json::{Value, json};
use std::time::Duration;

const BINDING: &str = r#"
codec = "jsonrpc"

[connect]
after  = [
  { send = { method = "hello" } },
  { receive = { request = { method = "hello" }, result = { name = "{_}" } } },
]
unless = ["hello"]

[echo]
client = { method = "ping" }
server = { request = { method = "ping" }, result = {} }

[[auto]]
receive = { method = "alive" }
send    = { request = { method = "alive" }, result = true }

[[rule]]
label  = "hello"
client = { method = "hello" }

[[rule]]
label  = "welcome"
server = { request = { method = "hello" }, result = { name = "{_}" } }

[[rule]]
label  = "call {name}"
client = { method = "call", params = { name = "{name}" } }

[[rule]]
label  = "call {name} as {id:int}"
client = { method = "call", id = "{id:int}", params = { name = "{name}" } }

[[rule]]
label  = "{name} is {value}"
server = { request = { method = "call", params = { name = "{name}" } }, result = "{value}" }

[[rule]]
label  = "{name} fails with {code:int}"
server = { request = { params = { name = "{name}" } }, error = { code = "{code:int}", message = "{_}" } }

[[rule]]
label  = "cancel {id:int}"
client = { method = "notifications/cancel", params = { id = "{id:int}" } }

[[rule]]
label  = "news {n:int}"
server = { method = "news", notification = true, params = { n = "{n:int}" } }

[[rule]]
label  = "who are you"
server = { method = "who" }

[[rule]]
label  = "I am {name}"
client = { request = { method = "who" }, result = "{name}" }
"#;

/// Longer than any machine needs.
const LONG: Duration = Duration::from_secs(60);
const NETS: [Net; 2] = [Net::Memory, Net::Tcp];

/// What a server says to a message, each as it is on the wire.
type Says = fn(&Value) -> Vec<Value>;

fn result(asked: &Value, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result })
}

/// A server that answers preamble and echo, and says the rest.
fn played(net: Net, diagram: &str, says: Says) -> Told {
    let server = sockets(move |mut client: Client| async move {
        while let Some(heard) = client.hear().await {
            assert_eq!(heard["jsonrpc"], "2.0");
            let all = match heard["method"].as_str() {
                Some("hello") => vec![result(&heard, json!({ "name": "s" }))],
                Some("ping") => vec![result(&heard, json!({}))],
                Some(_) | None => says(&heard),
            };
            all.into_iter().for_each(|said| client.send(said));
        }
    });
    server.play(net, diagram, BINDING)
}

const TWO: &str = "Ann->S: WS connect\nAnn->S: call a\nAnn->S: call b\nS->Ann: b is 2\nS->Ann: a is 1\n";

#[test]
fn answers_belong_to_their_requests_in_whatever_order_they_come() {
    for net in NETS {
        // One batch, in the order that is drawn.
        let right: Says = |heard| match &heard["params"]["name"] {
            name if name == "b" => {
                let answer = |id: u64, result: &str| json!({ "jsonrpc": "2.0", "id": id, "result": result });
                vec![json!([answer(3, "2"), answer(2, "1")])]
            }
            _ => Vec::new(),
        };
        played(net, TWO, right).passes();
        // The ids are exchanged.
        let wrong: Says = |heard| match &heard["params"]["name"] {
            name if name == "b" => {
                let answer = |id: u64, result: &str| json!({ "jsonrpc": "2.0", "id": id, "result": result });
                vec![answer(2, "2"), answer(3, "1")]
            }
            _ => Vec::new(),
        };
        assert_eq!(played(net, TWO, wrong).class, Some(Class::WrongPayload));
    }
}

#[test]
fn what_no_json_rpc_is_is_a_finding_with_its_line() {
    let diagram = "Ann->S: WS connect\nAnn->S: call a\nS->Ann: a is 1\n";
    let faults: [(Says, Class, u32, &str); 8] = [
        (|_| vec![json!({ "jsonrpc": "2.0", "id": 77, "result": "1" })], Class::WrongPayload, 3, "the unknown id 77"),
        (
            |heard| vec![result(heard, "1".into()), result(heard, "1".into())],
            Class::Unexpected,
            2,
            "a second answer to the request 2 (call)",
        ),
        (
            |heard| {
                let error = json!({ "code": -1, "message": "no" });
                vec![json!({ "jsonrpc": "2.0", "id": heard["id"], "result": "1", "error": error })]
            },
            Class::WrongPayload,
            3,
            "a message that its protocol does not allow: an answer with a result and an error",
        ),
        (
            |heard| vec![json!({ "jsonrpc": "2.0", "id": heard["id"] })],
            Class::WrongPayload,
            3,
            "a message without a method, a result or an error",
        ),
        (|heard| vec![json!({ "id": heard["id"], "result": "1" })], Class::WrongPayload, 3, "without `jsonrpc`"),
        (
            |heard| vec![json!({ "jsonrpc": "2.0", "id": heard["id"].to_string(), "result": "1" })],
            Class::WrongPayload,
            3,
            "the id \"2\" (a string), but the request has the id 2 (a number)",
        ),
        (
            |heard| {
                let error = json!({ "code": -32601, "message": "no such method" });
                vec![json!({ "jsonrpc": "2.0", "id": heard["id"], "error": error })]
            },
            Class::WrongPayload,
            3,
            "no such method",
        ),
        (|_| Vec::new(), Class::Missing, 3, "did not receive this"),
    ];
    for (says, class, line, told) in faults {
        let net = if class == Class::Missing { Net::Memory } else { Net::Tcp };
        played(net, diagram, says).fails(class, line).says(told);
    }
}

#[test]
fn a_cancelled_request_that_is_answered_is_found() {
    let diagram = "Ann->S: WS connect\nAnn->S: call a as 7\nAnn->S: cancel 7\nS->Ann: news 1\n";
    // Said when the cancellation has come.
    let silent: Says = |heard| match heard["method"].as_str() {
        Some("call") => Vec::new(),
        _ => vec![json!({ "jsonrpc": "2.0", "method": "news", "params": { "n": 1 } })],
    };
    let answers: Says = |heard| match heard["method"].as_str() {
        Some("call") => Vec::new(),
        _ => vec![
            json!({ "jsonrpc": "2.0", "method": "news", "params": { "n": 1 } }),
            json!({ "jsonrpc": "2.0", "id": heard["params"]["id"], "result": "late" }),
        ],
    };
    played(Net::Tcp, diagram, silent).passes();
    let told = played(Net::Tcp, diagram, answers);
    assert_eq!(told.class, Some(Class::Unexpected));
    told.says("a is late");
}

#[test]
fn a_server_asks_its_client_and_has_its_own_id_back() {
    let diagram = "Ann->S: WS connect\nAnn->S: call a\nS->Ann: who are you\nAnn->S: I am ann\nS->Ann: a is ann\n";
    let asks: Says = |heard| match (heard["method"].as_str(), heard["id"].as_str()) {
        // `alive` is answered by the binding.
        (Some("call"), _) => vec![
            json!({ "jsonrpc": "2.0", "id": 0, "method": "alive" }),
            json!({ "jsonrpc": "2.0", "id": "q/1", "method": "who" }),
        ],
        (None, Some("q/1")) => vec![json!({ "jsonrpc": "2.0", "id": 2, "result": heard["result"] })],
        _ => Vec::new(),
    };
    for net in NETS {
        played(net, diagram, asks).passes();
    }
}

fn drawn(diagram: &str) -> Scenario {
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    scenario.binding_text("b.toml", BINDING).unwrap_or_else(|why| panic!("{why}")).timeout(LONG)
}

#[test]
fn a_preamble_that_is_drawn_is_not_said_beside() {
    // Each of them says it once: who draws it, and who does not.
    let diagram = "Ann->S: WS connect\nAnn->S: hello\nS->Ann: welcome\nAnn->S: call a\nS->Ann: a is 1\n\
                   Bob->S: WS connect\nBob->S: call b\nS->Bob: b is 2\n";
    let counts: Says = |heard| match (&heard["params"]["name"], &heard["id"]) {
        (name, id) if name == "a" && id == 2 => vec![result(heard, "1".into())],
        (name, id) if name == "b" && id == 2 => vec![result(heard, "2".into())],
        _ => Vec::new(),
    };
    for net in NETS {
        played(net, diagram, counts).passes();
    }
    let unknown = BINDING.replace("unless = [\"hello\"]", "unless = [\"hullo\"]");
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let why = scenario.binding_text("b.toml", &unknown).expect_err("there is no such label").to_string();
    assert!(why.contains("no rule of a client has the label `hullo`"), "{why}");
}

/// The tool as both sides, each by the same binding.
#[test]
fn the_tool_as_a_server_is_the_server_that_is_drawn() {
    for diagram in [
        TWO.to_owned(),
        "Ann->S: WS connect\nAnn->S: hello\nS->Ann: welcome\nAnn->S: call a\nS->Ann: a fails with -32602\n".to_owned(),
        "Ann->S: WS connect\nAnn->S: call a\nS->Ann: who are you\nAnn->S: I am ann\nS->Ann: news 3\nS->Ann: a is x\n"
            .to_owned(),
    ] {
        let (clients, server) = Mock::new(drawn(&diagram)).expect("a mock").duet(&drawn(&diagram)).expect("a play");
        assert!(clients.is_pass() && server.is_pass(), "{clients}\n{server}");
    }
}

#[cfg(unix)]
#[test]
fn a_program_speaks_it_line_by_line() {
    let server = r#"while read -r line; do
        id=${line#*'"id":'}; id=${id%%,*}
        case $line in
            *'"hello"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"name":"sh"}}\n' "$id" ;;
            *'"ping"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{}}\n' "$id" ;;
            *'"call"'*) printf '{"jsonrpc":"2.0","id":%s,"result":"1"}\n' "$id" ;;
        esac
    done"#;
    let diagram = "Ann->S: WS connect\nAnn->S: call a\nS->Ann: a is 1\nAnn->S: WS disconnect\n";
    let play = |server: &str| Told::new(drawn(diagram).target(Target::stdio(server)).check().expect("a play"));
    play(server).passes();
    let noisy = server.replace("*'\"call\"'*)", "*'\"call\"'*) echo listening;");
    play(&noisy).fails(Class::Unexpected, 1).says("bytes that cannot be read: not JSON");
}

#[test]
fn what_a_binding_does_beside_a_diagram_it_does_not_where_the_diagram_draws_it() {
    let more = r#"
        [[rule]]
        label  = "are you alive"
        server = { method = "alive" }
        [[rule]]
        label  = "I live"
        client = { request = { method = "alive" }, result = true }
        [[ignore]]
        frame   = { method = "news" }
        undrawn = true
    "#;
    let binding = BINDING.replace("result = true }\n\n[[rule]]", "result = true }\nundrawn = true\n\n[[rule]]") + more;
    assert!(binding.contains("undrawn = true\n\n[[rule]]"));
    let server = || {
        sockets(move |mut client: Client| async move {
            while let Some(heard) = client.hear().await {
                match (heard["method"].as_str(), &heard["id"]) {
                    (Some("hello"), _) => client.send(result(&heard, json!({ "name": "s" }))),
                    (Some("ping"), _) => client.send(result(&heard, json!({}))),
                    (Some(_), _) => {
                        client.send(json!({ "jsonrpc": "2.0", "method": "news", "params": { "n": 1 } }));
                        client.send(json!({ "jsonrpc": "2.0", "id": "x", "method": "alive" }));
                    }
                    (None, id) if id == "x" => client.send(json!({ "jsonrpc": "2.0", "id": 2, "result": "1" })),
                    (None, id) => panic!("{id}"),
                }
            }
        })
    };
    let begin = "Ann->S: WS connect\nAnn->S: call a\n";
    let drawn = "S->Ann: news 1\nS->Ann: are you alive\nAnn->S: I live\n";
    for net in NETS {
        server().play(net, &format!("{begin}S->Ann: a is 1\n"), &binding).passes();
        server().play(net, &format!("{begin}{drawn}S->Ann: a is 1\n"), &binding).passes();
        let other = drawn.replace("news 1", "news 2");
        server().play(net, &format!("{begin}{other}S->Ann: a is 1\n"), &binding).fails(Class::WrongPayload, 3);
    }
}

#[test]
fn bodies_of_requests_and_answers_are_messages_too() {
    let binding = r#"
        codec = "jsonrpc"
        [[rule]]
        label  = "call {name}"
        on     = "http"
        client = { method = "POST", path = "/rpc", headers = { content-type = "application/json" }, message = { method = "call", params = { name = "{name}" } } }
        [[rule]]
        label  = "{name} is {value}"
        on     = "http"
        server = { status = 200, message = { request = { params = { name = "{name}" } }, result = "{value}" } }
    "#;
    let diagram = "Ann->S: call a\nS->Ann: a is 1\nAnn->S: call b\nS->Ann: b is 2\n";
    let answering = |shift: u64| {
        server(move |call: Call| async move {
            let asked = call.json();
            let id = asked["id"].as_u64().expect("a number") + shift;
            let value = if asked["params"]["name"] == "a" { "1" } else { "2" };
            call.answer(200, json!({ "jsonrpc": "2.0", "id": id, "result": value })).await;
        })
    };
    for net in NETS {
        answering(0).play(net, diagram, binding).passes();
        answering(1).play(net, diagram, binding).fails(Class::WrongPayload, 2);
    }
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = scenario.binding_text("b.toml", binding).unwrap_or_else(|why| panic!("{why}")).timeout(LONG);
    let (clients, server) = Mock::new(scenario.clone()).expect("a mock").duet(&scenario).expect("a play");
    assert!(clients.is_pass() && server.is_pass(), "{clients}\n{server}");
}
