use super::*;
use crate::wire::codec::{About, Codec, Host, NamedCodec, Side};
use serde_json::json;

fn at(side: Side) -> Box<dyn Coding> {
    Codec::Named(NamedCodec::JsonRpc).begin(&Host::default(), About { side, ..About::default() })
}

fn text(value: Value) -> Raw {
    Raw::Text(value.to_string().into())
}

/// What one message is on the wire.
fn written(coding: &mut dyn Coding, value: Value) -> Value {
    let frames = coding.encode(&value).unwrap_or_else(|why| panic!("{value}: {why}"));
    assert_eq!(frames.len(), 1);
    frames[0].json().expect("JSON")
}

fn read(coding: &mut dyn Coding, message: Value) -> Value {
    match &coding.decode(&text(message.clone())).unwrap_or_else(|why| panic!("{message}: {why}"))[..] {
        [Part::Message(value, None)] => value.clone(),
        other => panic!("{other:?}"),
    }
}

fn refused(coding: &mut dyn Coding, message: Value) -> String {
    coding.decode(&text(message.clone())).err().unwrap_or_else(|| panic!("{message} was read"))
}

#[test]
fn an_answer_has_the_request_that_it_is_for_in_whatever_order_it_comes() {
    let mut client = at(Side::Client);
    let call = |name: &str| json!({ "method": "tools/call", "params": { "name": name } });
    assert_eq!(
        written(&mut *client, call("a")),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "a" } })
    );
    assert_eq!(written(&mut *client, call("b"))["id"], 2);
    let second = json!({ "jsonrpc": "2.0", "id": 2, "result": 7 });
    assert_eq!(read(&mut *client, second), json!({ "id": 2, "result": 7, "request": call("b") }));
    let error = json!({ "code": -32602, "message": "no" });
    assert_eq!(
        read(&mut *client, json!({ "jsonrpc": "2.0", "id": 1, "error": error })),
        json!({ "id": 1, "error": error, "request": call("a") })
    );
}

#[test]
fn ids_of_the_other_side_are_given_back_as_they_were() {
    for side in [Side::Client, Side::Server] {
        let mut coding = at(side);
        for id in [json!("7"), json!(7), json!(-1), json!("x y")] {
            let ask = json!({ "jsonrpc": "2.0", "id": id, "method": "roots/list" });
            assert_eq!(read(&mut *coding, ask), json!({ "id": id, "method": "roots/list" }));
        }
        // The oldest that fits, a request that is named, one that is told by its id, and the last one once more.
        assert_eq!(written(&mut *coding, json!({ "result": {} }))["id"], "7");
        assert_eq!(written(&mut *coding, json!({ "result": {}, "id": -1 }))["id"], -1);
        let named = json!({ "request": { "method": "roots/list" }, "result": { "roots": [] } });
        assert_eq!(
            written(&mut *coding, named.clone()),
            json!({ "jsonrpc": "2.0", "id": 7, "result": { "roots": [] } })
        );
        assert_eq!(written(&mut *coding, named.clone())["id"], "x y");
        assert_eq!(written(&mut *coding, named)["id"], "x y");
        let other = json!({ "request": { "method": "ping" }, "result": {} });
        assert!(coding.encode(&other).expect_err("nobody asked").contains("no request {\"method\":\"ping\"}"));
    }
}

#[test]
fn the_sides_read_each_other() {
    let (mut client, mut server) = (at(Side::Client), at(Side::Server));
    let carry = |from: &mut dyn Coding, to: &mut dyn Coding, value: Value| {
        let frame = written(from, value);
        read(to, frame)
    };
    let list = json!({ "method": "list" });
    assert_eq!(carry(&mut *client, &mut *server, list.clone()), json!({ "id": 1, "method": "list" }));
    for known in ["notifications/x", "$/x"] {
        let told = carry(&mut *server, &mut *client, json!({ "method": known, "params": [1] }));
        assert_eq!(told, json!({ "method": known, "params": [1], "notification": true }));
    }
    let told = carry(&mut *client, &mut *server, json!({ "method": "session/cancel", "notification": true }));
    assert_eq!(told, json!({ "method": "session/cancel", "notification": true }));
    let asked = carry(&mut *server, &mut *client, json!({ "method": "$/ask", "notification": false }));
    assert_eq!(asked, json!({ "id": 1, "method": "$/ask" }));
    let answer = json!({ "request": list, "result": null });
    assert_eq!(carry(&mut *server, &mut *client, answer), json!({ "id": 1, "request": list, "result": null }));
    assert_eq!(carry(&mut *client, &mut *server, json!({ "result": 1 }))["request"]["method"], "$/ask");
    // An id of the binding's own, behind which the numbers go on.
    assert_eq!(carry(&mut *client, &mut *server, json!({ "method": "a", "id": 9 }))["id"], 9);
    assert_eq!(carry(&mut *client, &mut *server, json!({ "method": "a", "id": "s" }))["id"], "s");
    assert_eq!(carry(&mut *client, &mut *server, list)["id"], 10);
}

#[test]
fn what_breaks_a_rule_of_the_protocol_is_told_in_plain_words() {
    let mut client = at(Side::Client);
    let asked =
        ["initialize", "tools/list"].map(|method| written(&mut *client, json!({ "method": method }))["id"].clone());
    assert_eq!(asked, [1, 2]);
    read(&mut *client, json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
    read(&mut *client, json!({ "jsonrpc": "2.0", "id": "s", "method": "ping" }));
    for (message, told) in [
        (json!({ "id": 2, "result": {} }), "a message without `jsonrpc`: \"2.0\""),
        (json!({ "jsonrpc": 2.0, "id": 2, "result": {} }), "`jsonrpc` is 2.0, not \"2.0\""),
        (json!("hello"), "not an object of JSON-RPC"),
        (json!([]), "an empty batch of JSON-RPC"),
        (json!({ "jsonrpc": "2.0", "id": 2 }), "a message without a method, a result or an error"),
        (
            json!({ "jsonrpc": "2.0", "id": 2, "result": 1, "error": { "code": 1, "message": "" } }),
            "an answer with a result and an error",
        ),
        (json!({ "jsonrpc": "2.0", "id": 2, "result": 1, "method": "x" }), "a message with a method and an answer"),
        (json!({ "jsonrpc": "2.0", "method": 1 }), "the method 1 is not a string"),
        (json!({ "jsonrpc": "2.0", "method": "x", "params": 1 }), "the params 1 are neither an object nor an array"),
        (json!({ "jsonrpc": "2.0", "method": "x", "id": null }), "a request with the id null, which is neither"),
        (json!({ "jsonrpc": "2.0", "method": "x", "id": "s" }), "while an earlier one with this id is open"),
        (json!({ "jsonrpc": "2.0", "result": 1 }), "an answer without an id"),
        (json!({ "jsonrpc": "2.0", "result": 1, "id": null }), "an answer with the id null, which is neither"),
        (json!({ "jsonrpc": "2.0", "id": 2, "error": "no" }), "an error without a `code` that is an integer"),
        (json!({ "jsonrpc": "2.0", "id": 2, "error": { "code": 1 } }), "an error without a `message` that is a string"),
        (json!({ "jsonrpc": "2.0", "id": 7, "result": 1 }), "the unknown id 7: the open request is 2 (tools/list)"),
        (json!({ "jsonrpc": "2.0", "id": "2", "result": 1 }), "the id \"2\" (a string), but the request has the id 2"),
        (json!({ "jsonrpc": "2.0", "id": 1, "result": 1 }), "a second answer to the request 1 (initialize)"),
    ] {
        let why = refused(&mut *client, message);
        assert!(why.contains(told), "{why}");
    }
    // None of it has answered the request.
    read(&mut *client, json!({ "jsonrpc": "2.0", "id": 2, "result": {} }));
    assert!(refused(&mut *client, json!({ "jsonrpc": "2.0", "id": 7, "result": 1 })).contains("no request is open"));
    for _ in 0..5 {
        written(&mut *client, json!({ "method": "x" }));
    }
    let why = refused(&mut *client, json!({ "jsonrpc": "2.0", "id": 0, "result": 1 }));
    assert!(why.ends_with("the open requests are 3 (x), 4 (x), 5 (x) and 2 more"), "{why}");
    // Of what the other side could not read.
    let lost = json!({ "id": null, "error": { "code": -32700, "message": "Parse error" } });
    let mut on_wire = lost.clone();
    on_wire["jsonrpc"] = "2.0".into();
    assert_eq!(read(&mut *client, on_wire), lost);
    assert!(client.decode(&Raw::Text("{".into())).expect_err("no JSON").starts_with("not JSON"));
    for wrong in [json!(1), json!({}), json!({ "method": 1 }), json!({ "method": "x", "result": 1 })] {
        assert!(client.encode(&wrong).expect_err("no message").contains("a JSON-RPC message is"), "{wrong}");
    }
}

#[test]
fn a_batch_is_messages_of_which_each_is_judged_by_itself() {
    let (mut client, mut server) = (at(Side::Client), at(Side::Server));
    let calls = json!([{ "method": "a" }, { "method": "$/b" }, { "method": "c" }]);
    let frames = client.encode(&calls).expect("a batch");
    let parts = server.decode(&frames[0]).expect("three");
    let values = parts.iter().map(|part| match part {
        Part::Message(value, Some(raw)) if raw.json().is_some_and(|own| own["jsonrpc"] == "2.0") => value.clone(),
        other => panic!("{other:?}"),
    });
    let wanted = json!([
        { "id": 1, "method": "a" }, { "method": "$/b", "notification": true }, { "id": 2, "method": "c" }
    ]);
    assert_eq!(Value::from_iter(values), wanted);
    let answers = json!([
        { "jsonrpc": "2.0", "id": 2, "result": 2 }, { "jsonrpc": "2.0", "id": 3, "result": 3 }, [],
        { "jsonrpc": "2.0", "id": 1, "result": 1 },
    ]);
    let parts = client.decode(&text(answers)).expect("four");
    match &parts[..] {
        [Part::Message(first, _), Part::Unread(unknown, raw), Part::Unread(list, _), Part::Message(last, _)] => {
            assert_eq!((&first["result"], &last["result"]), (&json!(2), &json!(1)));
            assert!(unknown.contains("the unknown id 3") && raw.to_string().contains("\"id\":3"), "{unknown} {raw}");
            assert_eq!(list, "not an object of JSON-RPC");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut server = at(Side::Server);
    let ask = |id: usize| json!({ "jsonrpc": "2.0", "id": id, "method": "x" });
    let parts = server.decode(&text((0..=requests::OPEN).map(ask).collect())).expect("a batch");
    assert_eq!(parts.len(), requests::OPEN + 1);
    assert!(matches!(&parts[requests::OPEN], Part::Unread(why, _) if why.contains("more than 4096 open requests")));
    for id in 0..requests::OPEN {
        assert_eq!(written(&mut *server, json!({ "result": 1 }))["id"], id);
    }
    // The last is known, the first is forgotten.
    assert_eq!(written(&mut *server, json!({ "result": 1 }))["id"], requests::OPEN - 1);
    read(&mut *server, ask(0));
    assert_eq!(written(&mut *server, json!({ "result": 1 }))["id"], 0);
}
