use super::*;

#[test]
fn refusals_come_in_order() {
    let mut play = Play::of(&["Alice"]);
    let long = "x".repeat(65);
    let post = |head: Head| Head { method: Method::Post, ..head };
    for (head, want) in [
        (post(get("/chat", &[])), 404),
        (get("/ws/", &[("name", "Bob")]), 404),
        (post(get("/ws", &[])), 405),
        (Head { method: Method::Other, ..ws(&[("name", "Bob")]) }, 405),
        (get("/ws", &[]), 426),
        (ws(&[]), 400),
        (ws(&[("name", "")]), 400),
        (ws(&[("name", &long)]), 400),
        (ws(&[("name", "ALICE")]), 409),
        (ws(&[("name", &"é".repeat(64))]), 101),
        (ws(&[("name", "Bob")]), 101),
    ] {
        assert_eq!(play.ask("someone", head.clone()), want, "{head:?}");
    }
}

#[test]
fn the_greeting_has_the_user_id() {
    let mut play = Play::new();
    assert_eq!(play.connect("JÜRGEN"), 101);
    play.hears("JÜRGEN", &[r#"{"type":"connected","user":"jürgen"}"#]);
}

#[test]
fn an_id_is_free_when_its_connection_is_over() {
    let mut play = Play::of(&["Alice", "Bob"]);
    assert_eq!(play.ask("other", ws(&[("name", "alice")])), 409);
    play.close("Alice", Some(1000));
    assert_eq!(play.connect("Alice"), 101);
    play.drop("Alice");
    assert_eq!(play.connect("Alice"), 101);
    play.input(&Input::Binary { on: play.clients["Alice"] });
    assert_eq!(play.connect("Alice"), 101);
    play.hears("Bob", &[r#"{"type":"left","user":"alice"}"#; 3]);
}

#[test]
fn pings_are_answered_whatever_the_nonce() {
    let mut play = Play::of(&["Alice"]);
    play.say("Alice", r#"{"type":"ping","nonce":{"a":[1,null]}}"#);
    play.say("Alice", r#"{"type":"ping","nonce":null}"#);
    play.hears("Alice", &[r#"{"type":"pong","nonce":{"a":[1,null]}}"#, r#"{"type":"pong","nonce":null}"#]);
    play.say("Alice", r#"{"type":"ping"}"#);
    assert_eq!(play.errors("Alice"), ["bad_field"]);
}
