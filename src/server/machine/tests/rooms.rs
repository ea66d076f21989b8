use super::*;

const JOIN: &str = r#"{"type":"join","room":"den"}"#;
const LEAVE: &str = r#"{"type":"leave","room":"den"}"#;
const HI: &str = r#"{"type":"message","text":"hi"}"#;

fn joined(user: &str, room: &str) -> String {
    format!(r#"{{"type":"joined","user":"{user}","room":"{room}"}}"#)
}

#[test]
fn the_default_room_is_joined_unannounced_and_once_explicitly() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.hears("Alice", &[]);
    let general = r#"{"type":"join","room":"general"}"#;
    play.say("Alice", general);
    play.hears("Bob", &[&joined("alice", "general")]);
    play.say("Alice", general);
    play.hears("Bob", &[]);
    play.hears("Alice", &[]);
    play.say("Alice", r#"{"type":"leave","room":"general"}"#);
    play.say("Alice", general);
    play.hears("Bob", &[r#"{"type":"left","user":"alice","room":"general"}"#, &joined("alice", "general")]);
}

#[test]
fn messages_reach_the_other_members_of_the_current_room() {
    let mut play = Play::of(&["Alice", "Bob", "Carol"]);
    play.say("Alice", JOIN);
    play.say("Bob", JOIN);
    play.hears("Alice", &[&joined("bob", "den")]);
    play.say("Alice", HI);
    play.hears("Bob", &[r#"{"type":"message","id":1,"from":"Alice","room":"den","text":"hi"}"#]);
    play.hears("Carol", &[]);
    play.hears("Alice", &[]);
    // A named room does not become current.
    play.say("Alice", r#"{"type":"message","room":"general","text":"all"}"#);
    play.say("Alice", HI);
    play.hears("Carol", &[r#"{"type":"message","id":2,"from":"Alice","room":"general","text":"all"}"#]);
    play.hears(
        "Bob",
        &[
            r#"{"type":"message","id":2,"from":"Alice","room":"general","text":"all"}"#,
            r#"{"type":"message","id":3,"from":"Alice","room":"den","text":"hi"}"#,
        ],
    );
}

#[test]
fn a_room_that_was_left_stays_current_and_refuses() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", JOIN);
    play.say("Bob", JOIN);
    play.heard("Alice");
    play.say("Bob", LEAVE);
    play.hears("Alice", &[r#"{"type":"left","user":"bob","room":"den"}"#]);
    play.say("Bob", HI);
    play.say("Bob", LEAVE);
    play.say("Bob", r#"{"type":"typing","state":"start"}"#);
    play.say("Bob", r#"{"type":"message","room":"attic","text":"hi"}"#);
    assert_eq!(play.errors("Bob"), ["not_a_member"; 4]);
    play.say("Alice", HI);
    play.hears("Bob", &[]);
    play.say("Bob", JOIN);
    play.hears("Alice", &[&joined("bob", "den")]);
}

#[test]
fn direct_messages_share_the_sequence_and_reach_one() {
    let mut play = Play::of(&["Alice", "Bob", "Carol"]);
    play.say("Alice", HI);
    play.heard("Bob");
    play.heard("Carol");
    play.say("Alice", r#"{"type":"direct","to":"bob","text":"psst"}"#);
    play.hears("Bob", &[r#"{"type":"direct","id":2,"from":"Alice","text":"psst"}"#]);
    play.hears("Carol", &[]);
    play.say("Alice", r#"{"type":"direct","to":"alice","text":""}"#);
    play.hears("Alice", &[r#"{"type":"direct","id":3,"from":"Alice","text":""}"#]);
    play.say("Alice", r#"{"type":"direct","to":"Bob","text":"ids are lower case"}"#);
    assert_eq!(play.errors("Alice"), ["no_such_user"]);
}

#[test]
fn rooms_start_afresh_after_a_reconnect() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", JOIN);
    play.say("Bob", JOIN);
    play.drop("Bob");
    play.heard("Alice");
    play.connect("Bob");
    play.heard("Bob");
    play.say("Alice", HI);
    play.hears("Bob", &[]);
    play.say("Bob", JOIN);
    play.hears("Alice", &[&joined("bob", "den")]);
}

#[test]
fn of_several_errors_the_first_in_order_is_told() {
    let mut play = Play::of(&["Alice"]);
    for (text, want) in [
        (r#"{"type":"direct","to":"nobody","text":1}"#, "bad_field"),
        (r#"{"type":"leave","room":""}"#, "bad_field"),
        (r#"{"type":"edit","doc":"d","rev":0,"op":{"insert":9,"text":"x"}}"#, "bad_field"),
        (r#"{"type":"shout"}"#, "unknown_type"),
        (r#"{"type":"message","room":"den","text":"x"}"#, "not_a_member"),
    ] {
        play.say("Alice", text);
        assert_eq!(play.errors("Alice"), [want], "{text}");
    }
}
