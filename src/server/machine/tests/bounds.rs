use super::*;

#[test]
fn events_of_all_topics_together_are_bounded_and_the_oldest_go() {
    let mut play = Play::within(Bounds { events: 100_000, ..Bounds::default() });
    let data = "x".repeat(2_000);
    for number in 0..200 {
        let body = format!(r#"{{"topic":"t{}","event":"e","data":"{data}"}}"#, number % 20);
        assert_eq!(play.publish(&body), 202);
    }
    play.follow("old", "t0", Some("0"));
    let kept = play.heard("old");
    assert!((1..10).contains(&kept.len()), "{} of 10 are kept", kept.len());
    assert!(kept.last().is_some_and(|event| event.starts_with("181 ")), "the last ones: {kept:?}");
    // A topic of which nothing is kept, and that nobody follows, costs nothing.
    for number in 0..2_000 {
        play.publish(&format!(r#"{{"topic":"n{number}","event":"e","data":1}}"#));
    }
    let (topics, bytes) = play.machine.topics.size();
    assert!(topics < 500 && bytes <= 100_000, "{topics} topics, {bytes} bytes");
    assert!(play.machine.subscribers().len() == 1);
}

#[test]
fn what_is_kept_of_messages_is_bounded() {
    let mut play = Play::within(Bounds { receipts: 100_000, ..Bounds::default() });
    play.connect("Ann");
    play.connect("Bob");
    for _ in 0..2_000 {
        play.say("Ann", r#"{"type":"message","text":"x"}"#);
    }
    assert!(play.machine.messages.bytes() <= 100_000);
    play.heard("Bob");
    play.say("Bob", r#"{"type":"read","id":1}"#);
    assert_eq!(play.errors("Bob"), ["no_such_message"]);
    play.say("Bob", r#"{"type":"read","id":2000}"#);
    assert!(play.heard("Ann").last().is_some_and(|told| told.contains("\"read\"")));
}

#[test]
fn documents_and_rooms_are_bounded() {
    let mut play = Play::within(Bounds { documents: 100_000, rooms_of_one: 20_000, ..Bounds::default() });
    play.connect("Ann");
    play.heard("Ann");
    let text = "x".repeat(9_000);
    for number in 0..20 {
        play.say("Ann", &format!(r#"{{"type":"edit","doc":"d{number}","rev":0,"op":{{"insert":0,"text":"{text}"}}}}"#));
    }
    let refused = play.heard("Ann").iter().filter(|told| told.contains("bad_field")).count();
    assert_eq!(refused, 10);
    let name = "r".repeat(1_000);
    for number in 0..100 {
        play.say("Ann", &format!(r#"{{"type":"join","room":"{name}{number}"}}"#));
    }
    assert!(play.errors("Ann").iter().all(|code| code == "bad_field"));
    let rooms = play.machine.people().iter().next().map_or(0, |(_, person)| person.rooms.len());
    assert!((10..20).contains(&rooms), "{rooms}");
    // Whoever leaves makes room again.
    for number in 0..100 {
        play.say("Ann", &format!(r#"{{"type":"leave","room":"{name}{number}"}}"#));
    }
    play.heard("Ann");
    play.say("Ann", &format!(r#"{{"type":"join","room":"{name}"}}"#));
    play.hears("Ann", &[]);
}

#[test]
fn the_rooms_of_all_are_bounded() {
    let mut play = Play::within(Bounds { rooms: 5_000, ..Bounds::default() });
    for name in ["Ann", "Bob"] {
        play.connect(name);
        play.heard(name);
    }
    let room = "r".repeat(1_000);
    for number in 0..4 {
        play.say("Ann", &format!(r#"{{"type":"join","room":"{room}{number}"}}"#));
    }
    play.hears("Ann", &[]);
    play.say("Bob", &format!(r#"{{"type":"join","room":"{room}"}}"#));
    assert_eq!(play.errors("Bob"), ["bad_field"]);
    play.drop("Ann");
    play.heard("Bob");
    play.say("Bob", &format!(r#"{{"type":"join","room":"{room}"}}"#));
    play.hears("Bob", &[]);
}
