use crate::source::{Source, Sources, render_plain};
use crate::wire::*;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn binding(text: &str) -> Binding {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("test.toml", text));
    Binding::parse(&mut sources, id).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| render_plain(problem, &sources)).collect();
        panic!("{}", lines.join("\n"))
    })
}

pub(super) fn parties() -> (Party, Party) {
    (Party::new("Ann"), Party::new("Server"))
}

fn viewer(lifeline: u32) -> Viewer<'static> {
    Viewer { lifeline, scopes: &[], arrow: 1 }
}

fn message(value: Value) -> Observed {
    Observed::Message(Message { raw: Raw::Text(value.to_string().into()), value: Arc::new(value) })
}

fn expect(binding: &Binding, label: &str) -> Expectation {
    let (ann, server) = parties();
    match binding.resolve(label, Sender::Server, &server, &ann) {
        Ok(Resolved::Expect(expectation)) => expectation,
        other => panic!("{label}: {other:?}"),
    }
}

fn learned(expectation: &Expectation, value: Value, memory: &Memory, lifeline: u32) -> Option<Vec<Bind>> {
    match expectation.matches(&message(value), memory, viewer(lifeline)) {
        Matched::Yes(binds) => Some(binds),
        Matched::Conflict(_) | Matched::No => None,
    }
}

pub(super) fn build(binding: &Binding, label: &str, memory: &Memory, seq: &mut u64) -> Result<Built, BuildError> {
    let (ann, server) = parties();
    let outgoing = match binding.resolve(label, Sender::Client, &ann, &server) {
        Ok(Resolved::Send(outgoing)) => outgoing,
        other => panic!("{label}: {other:?}"),
    };
    let mut random = || 0x0123_4567_89ab_cdef;
    let mut context = Context {
        target: "ws://h:1",
        run: "r1",
        mark: "",
        seq,
        made: &mut 0,
        now_millis: 1_769_847_300_250,
        random: &mut random,
    };
    outgoing.build(memory, viewer(0), &mut context)
}

pub(super) fn only(built: &Built) -> &Value {
    match &built.steps[..] {
        [Step::Send(Payload::Message(value))] => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_acknowledgement_has_what_was_sent() {
    let binding = binding(
        r#"
        [[rule]]
        label = "do {what}"
        client = { op = "{what}", n = "{seq}", key = "{uuid}" }
        reply = { ack = "{seq}", key = "{uuid}", stamp = "{stamp}" }
        [[rule]]
        label = "done {what}"
        server = { done = "{seq}", op = "{what}" }
        "#,
    );
    let (mut seq, mut memory) = (0, Memory::default());
    let first = build(&binding, "do a", &memory, &mut seq).expect("values");
    assert_eq!(only(&first), &json!({"op": "a", "n": 1, "key": "01234567-89ab-4def-8123-456789abcdef"}));
    let reply = first.reply.clone().expect("an acknowledgement");
    let key = only(&first)["key"].clone();
    assert!(learned(&reply, json!({"ack": 1, "key": key, "stamp": 0}), &memory, 0).is_some());
    assert!(learned(&reply, json!({"ack": 2, "key": key, "stamp": 0}), &memory, 0).is_none());
    assert!(reply.describe().contains("\"ack\":1"), "{}", reply.describe());
    memory.learn(first.binds);
    // The last number that was sent is what `{seq}` of another frame means.
    assert!(learned(&expect(&binding, "done a"), json!({"done": 1, "op": "a"}), &memory, 0).is_some());
    assert!(learned(&expect(&binding, "done a"), json!({"done": 7, "op": "a"}), &memory, 0).is_none());
    assert_eq!(only(&build(&binding, "do b", &memory, &mut seq).expect("values"))["n"], json!(2));
}

#[test]
fn an_exchange_goes_on_with_what_it_received() {
    let binding = binding(
        r#"
        [[rule]]
        label = "log in"
        steps = [{ send = { op = "hello", n = "{seq}" } }, { receive = { challenge = "{challenge}", n = "{seq}" } }, { send = { op = "answer", to = "{challenge|upper}", n = "{seq}" } }]
        "#,
    );
    let (mut seq, mut memory) = (0, Memory::default());
    let built = build(&binding, "log in", &memory, &mut seq).expect("values");
    let [Step::Send(_), Step::Receive(wanted), Step::Then(rest)] = &built.steps[..] else { panic!("{built:?}") };
    assert!(learned(wanted, json!({"challenge": "c", "n": 2}), &memory, 0).is_none());
    memory.learn(learned(wanted, json!({"challenge": "c", "n": 1}), &memory, 0).expect("it fits"));
    let mut random = || 0;
    let mut context =
        Context { target: "", run: "", mark: "", seq: &mut seq, made: &mut 0, now_millis: 0, random: &mut random };
    let rest = rest.build(&memory, viewer(0), &mut context).expect("the challenge is known");
    assert_eq!(only(&rest), &json!({"op": "answer", "to": "C", "n": 1}));
}

#[test]
fn what_is_shared_is_known_to_all_and_the_rest_to_one() {
    let binding = binding(
        r#"
        [[rule]]
        label = "made"
        server = { id = "{id}", secret = "{secret}" }
        share = ["id"]
        [[rule]]
        label = "use id"
        client = { id = "{id}" }
        [[rule]]
        label = "use secret"
        client = { secret = "{secret}" }
        "#,
    );
    let (mut seq, mut memory) = (0, Memory::default());
    memory.learn(learned(&expect(&binding, "made"), json!({"id": 5, "secret": "s"}), &memory, 1).expect("it fits"));
    assert_eq!(only(&build(&binding, "use id", &memory, &mut seq).expect("shared")), &json!({"id": 5}));
    let error = build(&binding, "use secret", &memory, &mut seq).expect_err("another client's");
    assert!(error.to_string().contains("`{secret}` has no value"), "{error}");
}

#[test]
fn closed_and_absent_say_what_must_not_be_there() {
    let open = "[[rule]]\nlabel = \"x\"\nserver = { a = \"{a}\" }\nabsent = [\"user.token\"]\n";
    let closed = format!("closed = true\n{open}");
    let frame = json!({"a": 1, "b": 2});
    let fits = |binding: &Binding, frame: &Value| {
        learned(&expect(binding, "x"), frame.clone(), &Memory::default(), 0).is_some()
    };
    assert!(fits(&binding(open), &frame) && !fits(&binding(&closed), &frame) && !fits(&binding(open).closed(), &frame));
    let leak = json!({"a": 1, "user": {"token": "t"}});
    assert!(!fits(&binding(open), &leak) && fits(&binding(open), &json!({"a": 1, "user": {}})));
    let places = expect(&binding(open), "x").diff(&message(leak), &Memory::default(), viewer(0));
    assert_eq!(places, [("user.token".to_owned(), None, Some(json!("t")))]);
}

#[test]
fn participants_and_variables_have_values_for_both_directions() {
    let text = r#"
        [vars]
        room = "lobby"
        [participants.Ann]
        token = "ann's"
        [[rule]]
        label = "enter"
        client = { room = "{room}", token = "{token}", me = "{self.lower}", to = "{peer}", at = "{now}" }
        [[rule]]
        label = "entered"
        server = { room = "{room}", who = "{self}" }
    "#;
    let mine = binding(text);
    let built = build(&mine, "enter", &Memory::default(), &mut 0).expect("values");
    let frame =
        json!({"room": "lobby", "token": "ann's", "me": "ann", "to": "Server", "at": "2026-01-31T08:15:00.250Z"});
    assert_eq!(only(&built), &frame);
    let fits = |binding: &Binding, room: &str, who: &str| {
        learned(&expect(binding, "entered"), json!({"room": room, "who": who}), &Memory::default(), 0).is_some()
    };
    assert!(fits(&mine, "lobby", "Ann") && !fits(&mine, "bar", "Ann") && !fits(&mine, "lobby", "Bob"));
    let other = mine.with_vars([("room", "bar", false)]);
    assert!(fits(&other, "bar", "Ann") && !fits(&other, "lobby", "Ann"));
    let mut memory = Memory::default();
    memory.learn(Binding::connected_as(viewer(0), Some("Bob"), &[], Memory::nothing()).unwrap());
    let renamed =
        expect(&mine, "entered").matches(&message(json!({"room": "lobby", "who": "Bob"})), &memory, viewer(0));
    assert!(matches!(renamed, Matched::Yes(_)), "{renamed:?}");
}

#[test]
fn what_comes_from_the_environment_is_hidden_however_it_is_written() {
    let text = "[[rule]]\nlabel = \"log in\"\nclient = { key = \"{env.API_KEY}\", basic = \"{env.API_KEY|base64}\" }\n";
    let mine = binding(text);
    assert_eq!(mine.env_names(), ["API_KEY"]);
    let mine = mine.with_env([("API_KEY", "s3cr\"t & more")]);
    let built = build(&mine, "log in", &Memory::default(), &mut 0).expect("a value");
    let (key, basic) =
        (only(&built)["key"].as_str().unwrap_or_default(), only(&built)["basic"].as_str().unwrap_or_default());
    let composite = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("ann:{key}"))
    };
    for text in [
        only(&built).to_string(),
        key.to_owned(),
        format!("Basic {basic}"),
        format!("Basic {composite}"),
        "s3cr%22t%20%26%20more".to_owned(),
    ] {
        let shown = mine.secrets().redact(&text).into_owned();
        assert!(!shown.contains("s3cr") && !shown.contains(basic) && !shown.contains(&composite), "{text} → {shown}");
    }
    assert_eq!(mine.secrets().redact("nothing to hide"), "nothing to hide");
    assert!(!format!("{:?}", mine.secrets()).contains("s3cr"));
}

#[test]
fn a_session_answers_what_the_binding_answers() {
    let binding = binding(
        r#"
        [[auto]]
        receive = { op = "ping", n = "{n}" }
        send = { op = "pong", n = "{n}", from = "{self}", session = "{session}", id = "{seq}" }

        [[rule]]
        label = "welcome"
        server = { session = "{session}" }
        "#,
    );
    let (ann, server) = parties();
    let decoded = binding.session(&ann, &server, "").decode(Raw::Text(r#"{"op":"ping","n":3}"#.into()), None);
    let [Decoded::Owed(owed)] = &decoded[..] else { panic!("{decoded:?}") };
    let mut memory = Memory::default();
    let hole = Bind::Hole { lifeline: 0, hole: "session".into(), value: json!("s-1"), reach: Reach::Connection };
    memory.learn(vec![hole]);
    let mut random = || 0;
    let mut context = Context {
        target: "ws://h:1",
        run: "r1",
        mark: "",
        seq: &mut 0,
        made: &mut 0,
        now_millis: 1_769_847_300_250,
        random: &mut random,
    };
    let answer = binding.answer(owed, (&ann, &server), &memory, viewer(0), &mut context);
    let expected = json!({ "op": "pong", "n": 3, "from": "Ann", "session": "s-1", "id": 1 });
    assert_eq!(answer, Ok(Some(Payload::Message(expected))));
}

#[test]
fn the_place_of_a_free_frame_is_not_judged() {
    let binding = binding(
        "[[rule]]\nlabel = \"x\"\nserver = { a = 1 }\nplace = \"free\"\n[[rule]]\nlabel = \"y\"\nserver = { a = 2 }\n",
    );
    assert!(expect(&binding, "x").place_is_free() && !expect(&binding, "y").place_is_free());
}

#[test]
fn expectations_that_no_frame_can_meet_both_are_told_apart() {
    let binding = binding(
        r#"
        [[rule]]
        label = "said {text}"
        server = { type = "said", text = "{text}", from = "{_}" }
        [[rule]]
        label = "some {n}"
        server = { type = "some", n = "{n:int}" }
        [[rule]]
        label = "any {n}"
        server = { n = "{n:int}" }
        "#,
    );
    let may = |a: &str, b: &str| {
        let (a, b) = (expect(&binding, a), expect(&binding, b));
        assert_eq!(a.may_equal(&b), b.may_equal(&a));
        a.may_equal(&b)
    };
    assert!(may("said a", "said a") && !may("said a", "said b"));
    assert!(!may("said a", "some 1") && !may("some 1", "some 2") && may("some 1", "any 1"));
    assert!(
        !may("some 1", "WS closed") && !may("WS close 1000", "WS close 1001") && may("WS close 1001", "WS shutdown")
    );
}

#[test]
fn a_connection_that_a_diagram_does_not_draw() {
    let binding = binding(
        r#"
        [connect]
        url = "{target}/s?token={token|url}"
        headers = { origin = "{target.http}" }
        subprotocols = ["v1"]
        before = [{ http = { method = "post", path = "/login", form = { user = "{self.lower}", pass = "a b" } }, json = { token = "{token}" } }]
        after = [{ receive = { op = "hello", id = "{id}" } }, { send = { op = "ready", id = "{id}" } }]
        "#,
    );
    let (ann, server) = parties();
    let (mut seq, mut random, mut memory) = (0, || 0, Memory::default());
    let mut context = Context {
        target: "https://h/x/",
        run: "",
        mark: "",
        seq: &mut seq,
        made: &mut 0,
        now_millis: 0,
        random: &mut random,
    };
    let [errand] = &binding.before_connect(Way::default(), &ann, &server)[..] else { panic!("one request") };
    let request = errand.request.build(&memory, viewer(0), &mut context).expect("values");
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://h/x/login"));
    assert_eq!(request.body.as_deref(), Some(&b"user=ann&pass=a%20b"[..]));
    assert_eq!(request.headers, [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())]);
    let status = |code, body| Observed::Status { code, headers: Vec::new(), body: Arc::new(body) };
    assert_eq!(errand.expect.matches(&status(500, json!({"token": "t&"})), &memory, viewer(0)), Matched::No);
    let Matched::Yes(binds) = errand.expect.matches(&status(201, json!({"token": "t&"})), &memory, viewer(0)) else {
        panic!("any 2xx will do")
    };
    memory.learn(binds);
    let dial = binding.dial(Way::default(), (&ann, &server), &memory, viewer(0), &mut context).expect("values");
    assert_eq!(dial.url, "wss://h/x/s?token=t%26");
    assert_eq!(dial.headers, [("origin".to_owned(), "https://h/x".to_owned())]);
    assert_eq!(dial.subprotocols, ["v1"]);
    let after = binding.after_connect(Way::default(), &ann, &server).expect("a preamble").build(
        &memory,
        viewer(0),
        &mut context,
    );
    let after = after.expect("nothing is sent yet");
    assert!(matches!(&after.steps[..], [Step::Receive(_), Step::Then(_)]), "{after:?}");
}

#[test]
fn the_body_of_a_request_is_text_or_bytes_of_any_pattern() {
    let cases = [
        (r#""{x}, twice {x}""#, "a b, twice a b", "text/plain; charset=utf-8"),
        (r#""{x}""#, "a b", "text/plain; charset=utf-8"),
        (r#"{ "$json" = { x = ["{x}"] } }"#, r#"{"x":["a b"]}"#, "text/plain; charset=utf-8"),
        (r#"{ "$before" = "42", "$json" = ["{x}"] }"#, r#"42["a b"]"#, "text/plain; charset=utf-8"),
        (r#"{ "$base64" = "{x}:1" }"#, "YSBiOjE=", "text/plain; charset=utf-8"),
        (r#"{ "$hex" = "00 {x|bytes|u8} {x|utf8}" }"#, "\0\u{3}a b", "application/octet-stream"),
    ];
    let (ann, server) = parties();
    for (body, wanted, kind) in cases {
        let text =
            "[[rule]]\nlabel = \"put {x}\"\non = \"http\"\nclient = { method = \"PUT\", path = \"/\", body = BODY }\n";
        let binding = binding(&text.replace("BODY", body));
        let Ok(Resolved::Request(request)) = binding.resolve("put a b", Sender::Client, &ann, &server) else {
            panic!("{body}")
        };
        let (mut seq, mut random) = (0, || 0);
        let mut context = Context {
            target: "http://h/",
            run: "",
            mark: "",
            seq: &mut seq,
            made: &mut 0,
            now_millis: 0,
            random: &mut random,
        };
        let built = request.build(&Memory::default(), viewer(0), &mut context).expect(body);
        assert_eq!(built.body.as_deref(), Some(wanted.as_bytes()), "{body}");
        assert_eq!(built.headers, [("content-type".to_owned(), kind.to_owned())], "{body}");
    }
}
