use crate::order::{Vocabulary, Word};
use crate::wire::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn chat() -> Arc<Binding> {
    Binding::builtin("chat").expect("chat is built in")
}

fn parties() -> (Party, Party) {
    (Party::new("Alice"), Party::new("Server"))
}

fn viewer() -> Viewer<'static> {
    Viewer { lifeline: 0, scopes: &[], arrow: 3 }
}

fn message(value: Value) -> Observed {
    let raw = Raw::Text(value.to_string().into());
    Observed::Message(Message { value: Arc::new(value), raw })
}

fn expect(label: &str) -> Expectation {
    let (alice, server) = parties();
    match chat().resolve(label, Sender::Server, &server, &alice) {
        Ok(Resolved::Expect(expectation)) => expectation,
        other => panic!("{label}: {other:?}"),
    }
}

fn build(label: &str, memory: &Memory) -> Result<Built, BuildError> {
    let (alice, server) = parties();
    let outgoing = match chat().resolve(label, Sender::Client, &alice, &server) {
        Ok(Resolved::Send(outgoing)) => outgoing,
        other => panic!("{label}: {other:?}"),
    };
    let (mut seq, mut random) = (0, || 7);
    let mut context = Context {
        target: "ws://127.0.0.1:1",
        run: "r1",
        mark: "",
        seq: &mut seq,
        made: &mut 0,
        now_millis: 0,
        random: &mut random,
    };
    outgoing.build(memory, viewer(), &mut context)
}

fn sent(label: &str) -> Value {
    let built = build(label, &Memory::default()).expect(label);
    match &built.steps[..] {
        [Step::Send(Payload::Message(value))] => value.clone(),
        other => panic!("{label}: {other:?}"),
    }
}

#[test]
fn every_client_label_of_the_protocol_builds_its_message() {
    let cases = [
        ("auth token", json!({"type":"auth","token":"token"})),
        ("join room:general", json!({"type":"join","room":"general"})),
        ("leave room:a room", json!({"type":"leave","room":"a room"})),
        ("message: Hello Alice!", json!({"type":"message","text":"Hello Alice!"})),
        ("message: 42", json!({"type":"message","text":"42"})),
        ("message to room:r1: a: b", json!({"type":"message","room":"r1","text":"a: b"})),
        ("direct to Bob: psst: you", json!({"type":"direct","to":"bob","text":"psst: you"})),
        ("typing:start", json!({"type":"typing","state":"start"})),
        ("typing:stop", json!({"type":"typing","state":"stop"})),
        ("open notes", json!({"type":"open","doc":"notes"})),
        ("edit notes rev=3 insert 0 a b", json!({"type":"edit","doc":"notes","rev":3,"op":{"insert":0,"text":"a b"}})),
        ("edit notes rev=3 delete 1 2", json!({"type":"edit","doc":"notes","rev":3,"op":{"delete":1,"count":2}})),
    ];
    for (label, value) in cases {
        assert_eq!(sent(label), value, "{label}");
    }
}

#[test]
fn every_server_label_of_the_protocol_fits_its_message() {
    let frames = [
        ("Connected", json!({"type":"connected","user":"alice"})),
        ("auth ok", json!({"type":"auth_ok"})),
        ("auth failed", json!({"type":"auth_failed"})),
        ("user:alice joined", json!({"type":"joined","user":"alice","room":"general"})),
        ("user:alice joined room:general", json!({"type":"joined","user":"alice","room":"general"})),
        ("user:alice left", json!({"type":"left","user":"alice"})),
        ("user:alice left", json!({"type":"left","user":"alice","room":"r"})),
        ("user:alice left room:r", json!({"type":"left","user":"alice","room":"r"})),
        ("message from Bob: Hi: there", json!({"type":"message","id":1,"from":"Bob","room":"g","text":"Hi: there"})),
        ("message from Bob in room:g: Hi", json!({"type":"message","id":1,"from":"Bob","room":"g","text":"Hi"})),
        ("message from Bob: Hi (id=x)", json!({"type":"message","id":1,"from":"Bob","room":"g","text":"Hi"})),
        ("message from Bob in room:g: Hi (id=x)", json!({"type":"message","id":1,"from":"Bob","room":"g","text":"Hi"})),
        ("direct from Bob: Hi", json!({"type":"direct","id":1,"from":"Bob","text":"Hi"})),
        ("bob:typing", json!({"type":"typing","user":"bob","room":"g","state":"start"})),
        ("bob:stopped typing", json!({"type":"typing","user":"bob","room":"g","state":"stop"})),
        ("bob:read your message", json!({"type":"read","user":"bob","id":4})),
        ("bob:read your message (id=x)", json!({"type":"read","user":"bob","id":4})),
        ("document d rev=0:", json!({"type":"document","doc":"d","rev":0,"text":""})),
        ("document d rev=2: some text", json!({"type":"document","doc":"d","rev":2,"text":"some text"})),
        (
            "edited d rev=2 by bob insert 0 x y",
            json!({"type":"edited","doc":"d","rev":2,"user":"bob","op":{"insert":0,"text":"x y"}}),
        ),
        (
            "edited d rev=2 by bob delete 0 3",
            json!({"type":"edited","doc":"d","rev":2,"user":"bob","op":{"delete":0,"count":3}}),
        ),
        ("edit ok d rev=2", json!({"type":"edit_ack","doc":"d","rev":2,"op":{"delete":0,"count":3}})),
        ("error not_a_member", json!({"type":"error","code":"not_a_member","reason":"because"})),
    ];
    for (index, (label, frame)) in frames.iter().enumerate() {
        for (other_index, (other, found)) in frames.iter().enumerate() {
            let matched = expect(label).matches(&message(found.clone()), &Memory::default(), viewer());
            let fits = matches!(matched, Matched::Yes(_));
            if index == other_index {
                assert!(
                    fits,
                    "{label} does not fit {found}: {:?}",
                    expect(label).diff(&message(found.clone()), &Memory::default(), viewer())
                );
            } else if fits {
                assert_eq!(frame["type"], found["type"], "{label} also fits {other}");
            }
            if !fits {
                let diff = expect(label).diff(&message(found.clone()), &Memory::default(), viewer());
                assert!(!diff.is_empty(), "{label} against {found}: no fit and no difference");
            }
        }
    }
}

#[test]
fn what_a_faulty_server_sends_does_not_fit() {
    let good = json!({"type":"message","id":1,"from":"Bob","room":"g","text":"Hi"});
    let with = |name: &str, value: Value| {
        let mut bad = good.clone();
        bad[name] = value;
        bad
    };
    let mut without = good.clone();
    without.as_object_mut().expect("an object").remove("room");
    let bad = [
        with("id", json!("1")),
        with("text", json!("H")),
        with("from", json!("bob")),
        with("type", json!("direct")),
        without,
    ];
    for frame in bad {
        let matched = expect("message from Bob: Hi").matches(&message(frame.clone()), &Memory::default(), viewer());
        assert_eq!(matched, Matched::No, "{frame}");
    }
    let binary = Observed::Garbled { raw: Raw::Binary(good.to_string().into_bytes().into()), why: "binary".to_owned() };
    assert_eq!(expect("message from Bob: Hi").matches(&binary, &Memory::default(), viewer()), Matched::No);
    assert_eq!(expect("message from Bob: Hi").kinship(&binary), Kinship::SameType);
}

#[test]
fn an_opaque_name_is_one_value_and_distinct_names_are_distinct() {
    let frame = |id: u32| message(json!({"type":"message","id":id,"from":"Bob","room":"g","text":"Hi"}));
    let mut memory = Memory::default();
    let Matched::Yes(binds) = expect("message from Bob: Hi (id=a)").matches(&frame(7), &memory, viewer()) else {
        panic!("the first use of a name takes any value");
    };
    memory.learn(binds);
    assert!(matches!(expect("message from Bob: Hi (id=a)").matches(&frame(7), &memory, viewer()), Matched::Yes(_)));
    let Matched::Conflict(other) = expect("message from Bob: Hi (id=a)").matches(&frame(8), &memory, viewer()) else {
        panic!("the same name, another value");
    };
    assert_eq!((other.name.as_str(), other.found, other.other), ("a", json!(8), None));
    let Matched::Conflict(same) = expect("message from Bob: Hi (id=b)").matches(&frame(7), &memory, viewer()) else {
        panic!("another name, the same value");
    };
    assert_eq!(same.other.as_deref(), Some("a"));
    let diff = expect("message from Bob: Hi (id=a)").diff(&frame(8), &memory, viewer());
    assert_eq!(diff, vec![("id".to_owned(), Some(json!(7)), Some(json!(8)))]);
}

#[test]
fn read_uses_the_latest_message_that_this_client_received() {
    let mut memory = Memory::default();
    assert!(build("message:read", &memory).is_err());
    assert!(build("message:read (id=m)", &memory).unwrap_err().to_string().contains("`m` has no value yet"));
    for id in [4, 9] {
        let frame = message(json!({"type":"message","id":id,"from":"Bob","room":"g","text":"Hi"}));
        let Matched::Yes(binds) = expect("message from Bob: Hi").matches(&frame, &memory, viewer()) else {
            panic!("fits")
        };
        memory.learn(binds);
    }
    let receipt = message(json!({"type":"read","user":"bob","id":2}));
    let Matched::Yes(binds) = expect("bob:read your message").matches(&receipt, &memory, viewer()) else {
        panic!("fits")
    };
    memory.learn(binds);
    let built = build("message:read", &memory).expect("an id is known");
    assert!(matches!(&built.steps[..], [Step::Send(Payload::Message(value))] if value["id"] == json!(9)), "{built:?}");
    let built = build("message:read (id=m)", &memory).expect("an id is known");
    memory.learn(built.binds);
    assert_eq!(memory.name(0, "m").map(|named| named.value.clone()), Some(json!(9)));
}

#[test]
fn a_frame_is_named_by_its_label() {
    let frame = message(json!({"type":"message","id":1,"from":"Bob","room":"general","text":"Hello"}));
    let name = chat().name_of(&frame, Channel::Socket).expect("a name");
    assert_eq!(name.label, "message from Bob: Hello");
    assert_eq!(name.pattern, "message from {from}: {text}");
    let name = |value| chat().name_of(&message(value), Channel::Socket).map(|name| name.label);
    assert_eq!(
        name(json!({"type":"typing","user":"bob","room":"g","state":"stop"})).as_deref(),
        Some("bob:stopped typing")
    );
    assert_eq!(name(json!({"type":"left","user":"bob"})).as_deref(), Some("user:bob left"));
    assert_eq!(name(json!({"type":"nonsense"})), None);
    let close = Observed::Close { code: Some(4401), reason: String::new() };
    assert_eq!(chat().name_of(&close, Channel::Socket).map(|name| name.label).as_deref(), Some("WS close 4401"));
    let close = Observed::Close { code: Some(1001), reason: String::new() };
    assert_eq!(chat().name_of(&close, Channel::Socket).map(|name| name.label).as_deref(), Some("WS shutdown"));
}

#[test]
fn words_tell_what_kind_of_label_it_is() {
    let word = |label| chat().word(label);
    for (label, kind) in [
        ("WS connect", Word::Connect),
        ("WS connect as Bob", Word::Connect),
        ("WS disconnect", Word::End),
        ("WS drop", Word::End),
        ("WS close 1001", Word::End),
        ("WS closed", Word::End),
        ("SSE closed", Word::Message),
        ("WS shutdown", Word::End),
        ("WS pause", Word::Local),
        ("SSE drop", Word::Local),
        ("HTTP 409", Word::Status),
        ("200 OK", Word::Status),
        ("GET /events?topic=x", Word::Request),
        ("publish t e: {}", Word::Request),
        ("event e: {}", Word::Message),
        ("join room:general", Word::Message),
        ("who knows", Word::Message),
    ] {
        assert_eq!(word(label), kind, "{label}");
    }
}

#[test]
fn a_label_without_a_rule_names_the_nearest() {
    let (alice, server) = parties();
    let error = chat().resolve("user:alice arrived", Sender::Server, &server, &alice).expect_err("no such rule");
    let Unresolved::NoRule { nearest, .. } = &error else { panic!("{error:?}") };
    assert_eq!(nearest[0], "user:{user} joined", "{nearest:?}");
    let error = chat().resolve("join room:x", Sender::Server, &server, &alice).expect_err("a client's label");
    assert!(matches!(error, Unresolved::NoRule { other_side: Some(_), .. }), "{error:?}");
}

#[test]
fn patterns_of_ignore_speak_of_frames() {
    let frame = |user: &str| message(json!({"type":"joined","user":user,"room":"general"}));
    let fits = |pattern: &str, frame: &Observed| {
        let list = chat().frames(pattern).expect(pattern);
        list.iter().any(|one| matches!(one.matches(frame, &Memory::default(), viewer()), Matched::Yes(_)))
    };
    assert!(fits("*", &frame("bob")));
    assert!(fits("user:{user} joined", &frame("bob")));
    assert!(fits("user:* joined", &frame("bob")));
    assert!(fits("user:bob joined", &frame("bob")));
    assert!(!fits("user:bob joined", &frame("carol")));
    assert!(fits("user:b* joined", &frame("bob")));
    assert!(!fits("user:b* joined", &frame("carol")));
    let typing = message(json!({"type":"typing","user":"bob","room":"g","state":"stop"}));
    assert!(fits("*typing*", &typing) && !fits("*typing*", &frame("bob")));
    assert!(fits("{\"type\":\"typing\",\"user\":\"{who}\"}", &typing));
    let error = chat().frames("user:bob arrived").expect_err("no such frames");
    assert!(error.to_string().contains("user:{user} joined"), "{error}");
}

#[test]
fn a_session_ignores_what_the_binding_ignores() {
    let (alice, server) = parties();
    let mut session = chat().session(&alice, &server, "");
    assert!(matches!(&session.decode(Raw::Text("{\"type\":\"heartbeat\"}".into()), None)[..], [Decoded::Noise(_)]));
    assert!(matches!(
        &session.decode(Raw::Text("{\"type\":\"auth_ok\"}".into()), None)[..],
        [Decoded::Observed(Observed::Message(_))]
    ));
    assert!(matches!(&session.decode(Raw::Text("{".into()), None)[..], [Decoded::Observed(Observed::Garbled { .. })]));
    assert!(matches!(
        &session.decode(Raw::Binary(b"{}"[..].into()), None)[..],
        [Decoded::Observed(Observed::Garbled { .. })]
    ));
}

#[test]
fn events_and_statuses() {
    let event = Observed::Event {
        event: "price".to_owned(),
        id: Some("3".to_owned()),
        data: "{\"eur\": 1.0, \"x\":2}".to_owned(),
    };
    let fits = |label: &str, observed: &Observed| {
        matches!(expect(label).matches(observed, &Memory::default(), viewer()), Matched::Yes(_))
    };
    assert!(fits("event price: {\"eur\":1}", &event));
    assert!(fits("event price (id=first): {\"eur\":1}", &event));
    assert!(!fits("event price: {\"eur\":2}", &event));
    assert!(!fits("event other: {\"eur\":1}", &event));
    let text = Observed::Event { event: "note".to_owned(), id: Some("4".to_owned()), data: "\"hello\"".to_owned() };
    assert!(fits("event note: hello", &text));
    let status = |code| Observed::Status { code, headers: Vec::new(), body: Arc::new(Value::Null) };
    assert!(fits("200 OK", &status(200)) && !fits("200 OK", &status(202)) && fits("HTTP 409", &status(409)));
    let close = |code| Observed::Close { code, reason: String::new() };
    assert!(fits("WS close 4401", &close(Some(4401))) && !fits("WS close 4401", &close(Some(1000))));
    assert!(fits("WS closed", &close(None)) && !fits("WS closed", &close(Some(1000))));
    assert!(fits("WS shutdown", &close(Some(1001))));
}

#[test]
fn the_connection_and_requests_of_chat() {
    let (alice, server) = (Party::new("Zoë"), Party::new("Server"));
    let (mut seq, mut random) = (0, || 7);
    let mut context = Context {
        target: "http://h:1/",
        run: "r1",
        mark: "",
        seq: &mut seq,
        made: &mut 0,
        now_millis: 0,
        random: &mut random,
    };
    let memory = Memory::default();
    let dial = chat().dial(Way::default(), (&alice, &server), &memory, viewer(), &mut context).expect("an address");
    assert_eq!(dial.url, "ws://h:1/ws?name=Zo%C3%AB");
    assert_eq!(dial.retry, [409]);
    let mut renamed = Memory::default();
    renamed.learn(Binding::connected_as(viewer(), Some("Bob"), &[], Memory::nothing()).unwrap());
    let dial = chat().dial(Way::default(), (&alice, &server), &renamed, viewer(), &mut context).expect("an address");
    assert_eq!(dial.url, "ws://h:1/ws?name=Bob");
    let Ok(Resolved::Request(request)) = chat().resolve("publish t e: {\"a\":1}", Sender::Client, &alice, &server)
    else {
        panic!()
    };
    let built = request.build(&memory, viewer(), &mut context).expect("a request");
    assert_eq!((built.method.as_str(), built.url.as_str()), ("POST", "http://h:1/publish"));
    let body: Value = serde_json::from_slice(&built.body.expect("a body")).expect("JSON");
    assert_eq!(body, json!({"topic":"t","event":"e","data":{"a":1}}));
    let echo =
        chat().echo("n1", (&alice, &server), &memory, viewer(), &mut context).expect("no holes").expect("an echo");
    let Echo::Frame { send, expect } = echo else { panic!("a frame") };
    assert_eq!(send, Payload::Message(json!({"type":"ping","nonce":"n1"})));
    let answer = |nonce: &str| message(json!({"type":"pong","nonce":nonce}));
    assert!(matches!(expect.matches(&answer("n1"), &memory, viewer()), Matched::Yes(_)));
    assert_eq!(expect.matches(&answer("n2"), &memory, viewer()), Matched::No);
}

#[test]
fn raw_labels_are_the_message_itself() {
    let raw = |label| match &build(label, &Memory::default()).expect(label).steps[..] {
        [Step::Send(Payload::Raw(raw))] => raw.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(raw("raw {\"type\":"), Raw::Text("{\"type\":".into()));
    assert_eq!(raw("raw binary 00 ff"), Raw::Binary([0, 255][..].into()));
}
