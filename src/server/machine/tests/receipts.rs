use super::*;

fn read(id: u64) -> String {
    format!(r#"{{"type":"read","id":{id}}}"#)
}

#[test]
fn the_author_alone_hears_once_of_a_reader() {
    let mut play = Play::of(&["Alice", "Bob", "Carol"]);
    play.say("Alice", r#"{"type":"message","text":"hi"}"#);
    play.heard("Bob");
    play.heard("Carol");
    play.say("Bob", &read(1));
    play.say("Bob", &read(1));
    play.say("Carol", &read(1));
    play.hears("Alice", &[r#"{"type":"read","user":"bob","id":1}"#, r#"{"type":"read","user":"carol","id":1}"#]);
    play.hears("Bob", &[]);
    play.hears("Carol", &[]);
}

#[test]
fn only_who_got_it_may_read_it() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", r#"{"type":"message","text":"hi"}"#);
    play.say("Alice", &read(1));
    assert_eq!(play.errors("Alice"), ["no_such_message"]);
    play.connect("Carol");
    play.heard("Carol");
    play.say("Carol", &read(1));
    play.say("Carol", &read(2));
    assert_eq!(play.errors("Carol"), ["no_such_message"; 2]);
    play.say("Alice", r#"{"type":"direct","to":"alice","text":"note"}"#);
    play.heard("Alice");
    play.say("Alice", &read(2));
    play.hears("Alice", &[r#"{"type":"read","user":"alice","id":2}"#]);
}

#[test]
fn what_was_delivered_outlives_connections() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", r#"{"type":"message","text":"hi"}"#);
    play.drop("Alice");
    play.drop("Bob");
    play.connect("Bob");
    play.heard("Bob");
    // The author is away and misses it.
    play.say("Bob", &read(1));
    play.hears("Bob", &[]);
    play.connect("Alice");
    play.say("Alice", r#"{"type":"message","text":"again"}"#);
    play.say("Bob", &read(2));
    let heard = play.heard("Alice");
    assert_eq!(heard.last().map(String::as_str), Some(r#"{"type":"read","user":"bob","id":2}"#));
}

#[test]
fn a_flood_into_one_room_shares_its_audience() {
    let mut play = Play::of(&["Alice", "Bob"]);
    for _ in 0..1_000 {
        play.say("Alice", r#"{"type":"message","text":"x"}"#);
    }
    play.heard("Bob");
    play.say("Bob", &read(1));
    play.say("Bob", &read(1_000));
    assert_eq!(play.heard("Alice").len(), 2);
    assert_eq!(play.machine.messages.audiences(), 1);
}
