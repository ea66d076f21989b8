use super::*;

const START: &str = r#"{"type":"typing","state":"start"}"#;
const STOP: &str = r#"{"type":"typing","state":"stop"}"#;

fn shows(state: &str, room: &str) -> String {
    format!(r#"{{"type":"typing","user":"alice","room":"{room}","state":"{state}"}}"#)
}

#[test]
fn a_burst_begins_once_and_ends_three_seconds_after_its_last_start() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", START);
    play.hears("Bob", &[&shows("start", "general")]);
    play.wait(2_000);
    play.say("Alice", START);
    play.wait(2_999);
    play.hears("Bob", &[]);
    play.wait(1);
    play.hears("Bob", &[&shows("stop", "general")]);
    play.wait(10_000);
    play.hears("Bob", &[]);
    play.hears("Alice", &[]);
}

#[test]
fn it_ends_on_stop_and_before_the_next_message() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", STOP);
    play.hears("Bob", &[]);
    play.say("Alice", START);
    play.say("Alice", STOP);
    play.say("Alice", START);
    play.say("Alice", r#"{"type":"direct","to":"bob","text":"this does not end it"}"#);
    play.say("Alice", r#"{"type":"message","room":"attic","text":"nor does what is refused"}"#);
    play.say("Alice", r#"{"type":"message","text":"hi"}"#);
    let heard = play.heard("Bob");
    assert_eq!(heard[..3], [shows("start", "general"), shows("stop", "general"), shows("start", "general")]);
    assert_eq!(heard[4], shows("stop", "general"));
    assert!(heard[5].contains(r#""text":"hi""#), "{}", heard[5]);
    assert_eq!(heard.len(), 6);
    play.wait(10_000);
    play.hears("Bob", &[]);
}

#[test]
fn it_belongs_to_the_room_in_which_it_began() {
    let mut play = Play::of(&["Alice", "Bob", "Carol"]);
    play.say("Carol", r#"{"type":"join","room":"den"}"#);
    play.say("Alice", START);
    play.say("Alice", r#"{"type":"join","room":"den"}"#);
    play.heard("Bob");
    play.heard("Carol");
    play.say("Alice", START);
    play.hears("Bob", &[&shows("stop", "general")]);
    play.hears("Carol", &[&shows("stop", "general"), &shows("start", "den")]);
    play.wait(3_000);
    play.hears("Bob", &[]);
    play.hears("Carol", &[&shows("stop", "den")]);
}

#[test]
fn leaving_ends_it_unsaid() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", START);
    play.heard("Bob");
    play.say("Alice", r#"{"type":"leave","room":"general"}"#);
    play.hears("Bob", &[r#"{"type":"left","user":"alice","room":"general"}"#]);
    play.wait(5_000);
    play.say("Alice", STOP);
    play.hears("Bob", &[]);

    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", START);
    play.heard("Bob");
    play.drop("Alice");
    play.wait(5_000);
    play.hears("Bob", &[r#"{"type":"left","user":"alice"}"#]);
}
