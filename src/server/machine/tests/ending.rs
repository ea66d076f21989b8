use super::*;

const LEFT: &str = r#"{"type":"left","user":"alice"}"#;

#[test]
fn a_close_is_answered_and_announced_once() {
    for (code, want) in [(Some(1000), 1000), (None, 1000), (Some(3_999), 3_999)] {
        let mut play = Play::of(&["Alice", "Bob", "Carol"]);
        play.say("Alice", r#"{"type":"join","room":"den"}"#);
        play.say("Bob", r#"{"type":"join","room":"den"}"#);
        play.heard("Alice");
        play.heard("Bob");
        play.heard("Carol");
        play.close("Alice", code);
        play.drop("Alice");
        play.hears("Alice", &[&format!("close answered Some({want})")]);
        play.hears("Bob", &[LEFT]);
        play.hears("Carol", &[LEFT]);
    }
}

#[test]
fn only_who_shares_a_room_hears_of_the_end() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", r#"{"type":"leave","room":"general"}"#);
    play.heard("Bob");
    play.drop("Alice");
    play.hears("Bob", &[]);
}

#[test]
fn broken_rules_have_their_codes() {
    for (code, want) in [(1002, 1002), (1007, 1007), (1009, 1009)] {
        let mut play = Play::of(&["Alice", "Bob"]);
        play.input(&Input::Broken { on: play.clients["Alice"], code });
        play.hears("Alice", &[&format!("close Some({want})")]);
        play.hears("Bob", &[LEFT]);
    }
    let mut play = Play::of(&["Alice", "Bob"]);
    play.input(&Input::Binary { on: play.clients["Alice"] });
    play.hears("Alice", &["close Some(1003)"]);
    // What comes behind it is not heard any more.
    play.say("Alice", r#"{"type":"message","text":"hi"}"#);
    play.drop("Alice");
    play.hears("Bob", &[LEFT]);
}

#[test]
fn two_pings_without_a_pong_are_enough() {
    let mut play = Play::with(Rules { heartbeat: Some(Duration::from_secs(2)), ..Rules::default() });
    play.connect("Alice");
    play.connect("Bob");
    play.heard("Alice");
    play.heard("Bob");
    for _ in 0..5 {
        play.wait(2_000);
        for name in ["Alice", "Bob"] {
            play.hears(name, &["ping"]);
            play.input(&Input::Pong { on: play.clients[name] });
        }
    }
    let bob = play.clients["Bob"];
    for left in [&[][..], &[], &[LEFT]] {
        play.wait(2_000);
        play.input(&Input::Pong { on: bob });
        let heard = play.heard("Bob");
        let heard: Vec<&str> = heard.iter().map(String::as_str).filter(|what| *what != "ping").collect();
        assert_eq!(heard, left);
    }
    play.hears("Alice", &["ping", "ping", "cut"]);
}

#[test]
fn at_shutdown_everybody_is_sent_away_and_nobody_hears_of_it() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.follow("stream", "t", None);
    play.input(&Input::Shutdown);
    play.hears("Alice", &["close Some(1001)"]);
    play.hears("Bob", &["close Some(1001)"]);
    play.hears("stream", &["end"]);
}
