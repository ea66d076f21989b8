use super::*;

const AUTH: &str = r#"{"type":"auth","token":"token"}"#;

fn required() -> Play {
    Play::with(Rules { tokens: vec!["token".to_owned()], authentication_required: true, heartbeat: None })
}

#[test]
fn nothing_but_auth_and_ping_is_accepted_before() {
    let mut play = required();
    play.connect("Alice");
    play.heard("Alice");
    for text in [r#"{"type":"join","room":"a"}"#, r#"{"type":"join"}"#, r#"{"type":"dance"}"#, "garbage", "[]", "{}"] {
        play.say("Alice", text);
        assert_eq!(play.errors("Alice"), ["not_authenticated"], "{text}");
    }
    play.say("Alice", r#"{"type":"auth"}"#);
    play.say("Alice", r#"{"type":"ping"}"#);
    assert_eq!(play.errors("Alice"), ["bad_field"; 2]);
    play.say("Alice", r#"{"type":"ping","nonce":1}"#);
    play.say("Alice", AUTH);
    play.say("Alice", AUTH);
    let ok = r#"{"type":"auth_ok"}"#;
    play.hears("Alice", &[r#"{"type":"pong","nonce":1}"#, ok, ok]);
}

#[test]
fn a_wrong_token_ends_the_connection_at_any_time() {
    for mut play in [required(), Play::new()] {
        play.connect("Alice");
        play.connect("Bob");
        play.say("Bob", AUTH);
        play.heard("Alice");
        play.heard("Bob");
        play.say("Alice", r#"{"type":"auth","token":"guess"}"#);
        play.hears("Alice", &[r#"{"type":"auth_failed"}"#, "close Some(4401)"]);
        let seen = play.machine.rules.authentication_required;
        play.hears("Bob", if seen { &[] } else { &[r#"{"type":"left","user":"alice"}"#] });
        play.say("Bob", r#"{"type":"auth","token":"guess"}"#);
        play.hears("Bob", &[r#"{"type":"auth_failed"}"#, "close Some(4401)"]);
    }
}

#[test]
fn without_authentication_it_is_over_after_five_seconds() {
    let mut play = required();
    play.connect("Alice");
    play.connect("Bob");
    play.heard("Alice");
    play.wait(4_999);
    play.say("Bob", AUTH);
    play.hears("Alice", &[]);
    play.wait(1);
    play.hears("Alice", &["close Some(4401)"]);
    assert_eq!(play.connect("Alice"), 101);
    play.wait(60_000);
    play.hears("Bob", &[r#"{"type":"connected","user":"bob"}"#, r#"{"type":"auth_ok"}"#]);
}

#[test]
fn nobody_sees_who_has_not_authenticated() {
    let mut play = required();
    play.connect("Alice");
    play.say("Alice", AUTH);
    play.connect("Bob");
    play.heard("Alice");
    play.heard("Bob");
    play.say("Alice", r#"{"type":"message","text":"hi"}"#);
    play.say("Alice", r#"{"type":"direct","to":"bob","text":"hi"}"#);
    assert_eq!(play.errors("Alice"), ["no_such_user"]);
    play.hears("Bob", &[]);
    assert_eq!(play.connect("bob"), 409, "the id is held all the same");
    play.drop("Bob");
    play.hears("Alice", &[]);
    play.connect("Carol");
    play.say("Carol", AUTH);
    play.hears("Alice", &[]);
    play.say("Carol", r#"{"type":"join","room":"general"}"#);
    play.hears("Alice", &[r#"{"type":"joined","user":"carol","room":"general"}"#]);
}

#[test]
fn http_wants_the_token_after_path_and_method() {
    let mut play = required();
    let with = |token: &str, head: Head| Head { bearer: Some(token.to_owned()), ..head };
    for (head, want) in [
        (get("/nothing", &[]), 404),
        (get("/publish", &[]), 405),
        (get("/events", &[]), 401),
        (with("guess", get("/events", &[("topic", "t")])), 401),
        (with("token", get("/events", &[])), 400),
        (with("token", get("/events", &[("topic", "t")])), 200),
        (Head { method: Method::Post, ..get("/publish", &[]) }, 401),
    ] {
        assert_eq!(play.ask("x", head.clone()), want, "{head:?}");
    }
}
