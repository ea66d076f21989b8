//! Content that is more than one exact frame: bounds, words, members that may be missing or null, lists in any order and
//! of any length; and values that are made of others.

use crate::bindings::parse;
use crate::field::{Call, Client, Field, Net, server, sockets};
use seqcheck::oracle::Class;
use serde_json::{Value, json};

const SENSOR: &str = r#"
[[rule]]
label  = "get {what}"
client = { get = "{what}" }

[[rule]]
label  = "status"
server = { kind = "status", level = "{level:green|amber|red}", temp = "{t:-40..60}", note = "{note?:/.+/}" }

[[rule]]
label  = "users"
server = { kind = "users", users = { "$each" = { id = "{_:int}", email = "{_:/[^@]+@[^@]+/}" }, "$count" = "1.." } }

[[rule]]
label  = "roster {a}, {b}, {c}"
server = { kind = "roster", who = { "$set" = ["{a}", "{b}", "{c}"] } }
"#;

/// Answers every question with the same frame.
fn answering(frame: Value) -> Field {
    sockets(move |mut client: Client| {
        let frame = frame.clone();
        async move {
            while client.hear().await.is_some() {
                client.send(frame.clone());
            }
        }
    })
}

fn asked(frame: Value, label: &str) -> crate::field::Told {
    let diagram = format!("Ann->S: WS connect\nAnn->S: get it\nS->Ann: {label}\n");
    answering(frame).play(Net::Memory, &diagram, SENSOR)
}

#[test]
fn numbers_have_bounds_words_are_of_a_list_and_members_may_be_missing() {
    let status = |level: &str, temp: f64| json!({ "kind": "status", "level": level, "temp": temp });
    asked(status("green", 21.5), "status").passes();
    asked(status("green", 900.0), "status").fails(Class::WrongPayload, 3).says("-40..60").says("900");
    asked(status("meltdown", 21.5), "status").fails(Class::WrongPayload, 3).says("green|amber|red");
    let noted = |note: Value| json!({ "kind": "status", "level": "red", "temp": 0, "note": note });
    asked(noted("hot".into()), "status").passes();
    asked(noted(Value::Null), "status").fails(Class::WrongPayload, 3).says("note");
}

#[test]
fn every_element_of_a_list_is_like_one() {
    let users = |list: Value| json!({ "kind": "users", "users": list });
    let user = |id: Value| json!({ "id": id, "email": "u@example.org" });
    asked(users(json!([user(1.into())])), "users").passes();
    asked(users(json!([user(3.into()), user(1.into()), user(2.into())])), "users").passes();
    asked(users(json!([user(1.into()), user("9".into())])), "users").fails(Class::WrongPayload, 3).says("users[1].id");
    asked(users(json!([])), "users").fails(Class::WrongPayload, 3).says("1.. elements");
}

#[test]
fn a_list_is_a_set_where_its_order_says_nothing() {
    let roster = |who: &[&str]| json!({ "kind": "roster", "who": who });
    let drawn = "roster ann, bob, cyd";
    asked(roster(&["cyd", "ann", "bob"]), drawn).passes();
    asked(roster(&["cyd", "ann", "bob", "eve"]), drawn).fails(Class::WrongPayload, 3).says("who[3]").says("eve");
    asked(roster(&["ann", "ann", "bob", "cyd"]), drawn).fails(Class::WrongPayload, 3);
    asked(roster(&["cyd", "ann"]), drawn).fails(Class::WrongPayload, 3).says("bob");
    asked(roster(&["cyd", "ann", "eve"]), drawn).fails(Class::WrongPayload, 3).says("bob").says("eve");
}

const PUSH: &str = r#"
[vars]
KEY  = "s3cret"
room = "{room_name}-{run}"

[let]
mac  = "{socket}:{channel}|hmac-sha256:KEY"

[[rule]]
label  = "established"
server = { socket = "{socket}" }

[[rule]]
label  = "subscribe {channel}"
client = { channel = "{channel}", auth = "{mac}" }

[[rule]]
label  = "subscribed {channel} by {socket}"
server = { channel = "{channel}", auth = "{mac}" }

[[rule]]
label  = "ask {channel}"
on     = "http"
client = { method = "POST", path = "/auth?mac={mac}", json = { auth = "{mac}" } }

[[rule]]
label  = "enter {room_name}"
client = { room = "{room}" }

[[rule]]
label  = "in {room_name}"
server = { room = "{room}" }
"#;

/// What `printf 1.2:private | openssl dgst -sha256 -hmac s3cret` says.
const MAC: &str = "44e5c74414f4e90fdb8507a47d2ab8810ae1996a7815c6431cb8a9c5571ab346";

fn pushing(answer: fn(&Value) -> Value) -> Field {
    server(move |call: Call| async move {
        if call.method == "POST" {
            let right = call.json()["auth"] == MAC && call.query.get("mac").is_some_and(|mac| mac == MAC);
            return call.answer(if right { 200 } else { 403 }, Value::Null).await;
        }
        let Some(mut client) = call.accept().await else { return };
        client.send(json!({ "socket": "1.2" }));
        while let Some(said) = client.hear().await {
            client.send(answer(&said));
        }
    })
}

#[test]
fn a_value_is_made_of_others_wherever_it_is_sent() {
    let diagram = "Ann->S: WS connect\nS->Ann: established\nAnn->S: subscribe private\nS->Ann: subscribed private by 1.2\n\
                   Ann->S: ask private\nS->Ann: HTTP 200\nAnn->S: enter hall\nS->Ann: in hall\n";
    pushing(Value::clone).play(Net::Memory, diagram, PUSH).passes();
    // What was not made so is seen, where all parts are known.
    let other = |said: &Value| json!({ "channel": said["channel"], "auth": "0" });
    pushing(other).play(Net::Memory, diagram, PUSH).fails(Class::WrongPayload, 4).says(MAC);
}

#[test]
fn a_value_that_cannot_be_made_is_refused_where_it_stands() {
    for (text, why) in [
        ("[vars]\na = \"{b}\"\nb = \"x{a}\"\n", "the value of `a` depends on itself"),
        ("[vars]\na = \"{b\"\n", "never closed"),
        ("[vars]\na = \"{b?}\"\n", "give the hole a default"),
        ("[let]\na = \"{b}|rot13\"\n", "no filter `rot13`"),
        ("[vars]\na = \"1\"\n[let]\na = \"{b}|md5\"\n", "in `[vars]` already"),
    ] {
        let text = format!("name = \"x\"\n{text}[[rule]]\nlabel = \"x\"\nclient = {{ a = \"{{a}}\" }}\n");
        let said = parse("mine.toml", &text).expect_err(why);
        assert!(said.contains(why) && said.contains("mine.toml:"), "{said}");
    }
    parse("mine.toml", "[vars]\na = \"{{not a hole}}\"\n").expect("braces");
}
