//! The ways to connect that a binding has: what the label says, what was received before, what a participant or a rule
//! does otherwise, and whose cookies a client has.

use crate::bindings::parse;
use crate::field::{Call, Field, Net, server};
use seqcheck::oracle::Class;
use serde_json::{Value, json};

/// Tells every client how it came: path, query, the header `x-t`, its cookie, and what it says first where it is asked to.
fn mirror() -> Field {
    server(|call: Call| async move {
        if call.method == "POST" {
            let cookie = format!("sid={}", call.json()["as"].as_str().unwrap_or("nobody"));
            return call.answer_with(200, &[("set-cookie", &cookie)], b"{}").await;
        }
        let came = json!({
            "t": "came", "path": call.path, "query": call.query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"),
            "x": call.headers.get("x-t").cloned().unwrap_or_default(),
            "cookie": call.headers.get("cookie").cloned().unwrap_or_default(),
        });
        let asks = call.path == "/hello";
        let Some(mut client) = call.accept().await else { return };
        if asks {
            let first = client.hear().await.unwrap_or(Value::Null);
            client.send(json!({ "t": "first", "x": first }));
        }
        client.send(came);
        while let Some(said) = client.hear().await {
            match said["t"].as_str() {
                Some("give") => client.send(json!({ "t": "given", "no": said["no"] })),
                _ => client.send(said),
            }
        }
    })
}

const WAYS: &str = r#"
[connect]
url     = "{target}/r"
query   = { t = "{t?}", after = "{no?}" }
headers = { x-t = "{t|default:none}" }

[[rule]]
label  = "WS connect with {t}"
action = "connect"

[[rule]]
label  = "WS connect with {t} as {name}"
action = "connect"
as     = "{name}"

[[rule]]
label   = "WS watch {room}"
action  = "connect"
connect = { url = "{target}/watch/{room}", query = { v = "2" }, headers = { x-t = "{self}" } }

[[rule]]
label          = "WS greet {word} {n:int}"
action         = "connect"
[rule.connect]
url   = "{target}/hello"
after = [{ send = { hi = "{word}", n = "{n}" } }, { receive = { t = "first", x = { hi = "{word}", n = "{n}" } } }]

[[rule]]
label  = "WS resume {no}"
action = "connect"
opaque = ["no"]

[participants.Bob.connect]
url = "{target}/admin"

[[rule]]
label  = ["came to {path}", "came to {path} with {query}", "came to {path} with {query} and {x}", "came to {path} saying {x}"]
server = { t = "came", path = "{path}", query = "{query}", x = "{x}" }

[[rule]]
label  = "give {no}"
client = { t = "give", no = "{no}" }

[[rule]]
label  = ["given {no}"]
server = { t = "given", no = "{no}" }
opaque = ["no"]
"#;

#[test]
fn the_label_of_a_connect_reaches_address_headers_and_preamble() {
    let diagram = "Ann->S: WS connect with zero\nS->Ann: came to /r with t=zero and zero\nAnn->S: WS disconnect\n\
                   Ann->S: WS connect with one as Annie\nS->Ann: came to /r with t=one and one\nAnn->S: WS disconnect\n\
                   Ann->S: WS connect\nS->Ann: came to /r saying none\nAnn->S: WS disconnect\n\
                   Ann->S: WS watch hall\nS->Ann: came to /watch/hall with v=2 and Ann\nAnn->S: WS disconnect\n\
                   Ann->S: WS greet hey 3\nS->Ann: came to /hello\n";
    mirror().play(Net::Memory, diagram, WAYS).passes();
    mirror()
        .play(Net::Memory, "Ann->S: WS connect with zero\nS->Ann: came to /r with t=one\n", WAYS)
        .fails(Class::WrongPayload, 2);
}

#[test]
fn who_connects_may_have_an_endpoint_of_its_own() {
    let diagram = "Ann->S: WS connect\nS->Ann: came to /r\nBob->S: WS connect\nS->Bob: came to /admin\n";
    mirror().play(Net::Memory, diagram, WAYS).passes();
    // A rule counts more than a participant.
    let diagram = "Bob->S: WS watch hall\nS->Bob: came to /watch/hall\n";
    mirror().play(Net::Memory, diagram, WAYS).passes();
}

#[test]
fn what_was_received_is_part_of_the_next_handshake() {
    // Without the number first, with it second: it is left out where it has no value.
    let diagram = "Ann->S: WS connect\nS->Ann: came to /r\nAnn->S: give 7\nS->Ann: given first\nAnn->S: WS disconnect\n\
                   Ann->S: WS connect\nS->Ann: came to /r with after=7\n";
    mirror().play(Net::Memory, diagram, WAYS).passes();
    // By its name in the diagram, also where another was received since.
    let diagram = "Ann->S: WS connect\nS->Ann: came to /r\nAnn->S: give 7\nS->Ann: given first\nAnn->S: give 8\nS->Ann: given second\n\
                   Ann->S: WS disconnect\nAnn->S: WS resume first\nS->Ann: came to /r with after=7\n";
    mirror().play(Net::Memory, diagram, WAYS).passes();
    let lost =
        "Ann->S: WS connect\nS->Ann: came to /r\nAnn->S: WS disconnect\nAnn->S: WS resume first\nS->Ann: came to /r\n";
    mirror().play(Net::Memory, lost, WAYS).errs("binding").says("`first` has no value yet");
}

const SHARED: &str = r#"
[connect]
session = "{self}"

[participants.Phone.connect]
session = "Ann"

[[rule]]
label  = "log in"
on     = "http"
client = { method = "POST", path = "/login", json = { as = "{self}" } }

[[rule]]
label  = "came with [{cookie...}]"
server = { t = "came", cookie = "{cookie...}" }
"#;

#[test]
fn clients_share_cookies_where_the_binding_says_so() {
    let diagram = "Ann->S: log in\nS->Ann: HTTP 200\nPhone->S: WS connect\nS->Phone: came with [sid=Ann]\n\
                   Bob->S: WS connect\nS->Bob: came with []\n";
    mirror().play(Net::Memory, diagram, SHARED).passes();
}

#[test]
fn a_way_that_cannot_be_is_refused_where_it_stands() {
    for (text, why) in [
        ("[connect]\nurl = \"{target}/{t?}\"\n", "is omitted if it has no value, but this cannot be omitted"),
        (
            "[[rule]]\nlabel = \"x\"\naction = \"disconnect\"\nconnect = { url = \"{target}\" }\n",
            "`connect` belongs to `action = \"connect\"`",
        ),
        ("[[rule]]\nlabel = \"x\"\naction = \"connect\"\nconnect = { session = \"a\" }\n", "uses the same cookies"),
        ("[[rule]]\nlabel = \"x {t?}\"\naction = \"connect\"\n", "is optional in a label"),
        ("[participants.Ann.connect]\nuri = \"{target}\"\n", "did you mean `url`?"),
    ] {
        let said = parse("mine.toml", text).expect_err(why);
        assert!(said.contains(why) && said.contains("mine.toml:"), "{said}");
    }
}
