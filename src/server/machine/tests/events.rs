use super::*;

#[test]
fn subscribers_of_a_topic_get_its_events() {
    let mut play = Play::new();
    assert_eq!(play.follow("one", "cpu", None), 200);
    assert_eq!(play.follow("two", "cpu", None), 200);
    assert_eq!(play.follow("other", "disk", None), 200);
    assert_eq!(play.publish(r#"{"topic":"cpu","event":"load","data":{"a":[1, 2],"b":1}}"#), 202);
    assert_eq!(play.publish(r#"{"topic":"disk","event":"full","data":null}"#), 202);
    for name in ["one", "two"] {
        play.hears(name, &[r#"1 load {"a":[1,2],"b":1}"#]);
    }
    play.hears("other", &["2 full null"]);
    play.drop("one");
    play.publish(r#"{"topic":"cpu","event":"load","data":"x\ny"}"#);
    play.hears("two", &[r#"3 load "x\ny""#]);
    play.hears("one", &[]);
}

#[test]
fn what_is_malformed_is_refused() {
    let mut play = Play::new();
    assert_eq!(play.follow("x", "", None), 400);
    for body in [
        "",
        "[]",
        r#"{"topic":"t","event":"e"}"#,
        r#"{"topic":"t","data":1}"#,
        r#"{"event":"e","data":1}"#,
        r#"{"topic":"","event":"e","data":1}"#,
        r#"{"topic":"t","event":1,"data":1}"#,
        r#"{"topic":"t","event":"two\nlines","data":1}"#,
    ] {
        assert_eq!(play.publish(body), 400, "{body}");
    }
    let on = play.number();
    let answer = play.input(&Input::Body { on, body: None }).expect("an answer");
    assert_eq!(answer.status(), Some(413));
}

#[test]
fn what_was_missed_is_replayed_as_far_as_it_is_kept() {
    let mut play = Play::new();
    for number in 0..1_002 {
        assert_eq!(play.publish(&format!(r#"{{"topic":"t","event":"e","data":{number}}}"#)), 202);
    }
    play.follow("new", "t", None);
    play.follow("wrong", "t", Some("many"));
    play.follow("late", "t", Some("1000"));
    play.follow("all", "t", Some("0"));
    play.hears("new", &[]);
    play.hears("wrong", &[]);
    play.hears("late", &["1001 e 1000", "1002 e 1001"]);
    let all = play.heard("all");
    assert_eq!(all.len(), 1_000);
    assert_eq!(all[0], "3 e 2");
    play.publish(r#"{"topic":"t","event":"e","data":"next"}"#);
    for name in ["new", "wrong", "late", "all"] {
        play.hears(name, &[r#"1003 e "next""#]);
    }
}

#[test]
fn a_room_is_a_topic_and_not_the_other_way_round() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.follow("stream", "room:general", None);
    play.say("Alice", r#"{"type":"join","room":"general"}"#);
    play.say("Alice", r#"{"type":"message","text":"hi"}"#);
    play.say("Alice", r#"{"type":"typing","state":"start"}"#);
    play.say("Alice", r#"{"type":"direct","to":"bob","text":"psst"}"#);
    play.drop("Alice");
    play.hears(
        "stream",
        &[
            r#"1 joined {"type":"joined","user":"alice","room":"general"}"#,
            r#"2 message {"type":"message","id":1,"from":"Alice","room":"general","text":"hi"}"#,
            r#"3 left {"type":"left","user":"alice"}"#,
        ],
    );
    play.heard("Bob");
    play.publish(r#"{"topic":"room:general","event":"message","data":{}}"#);
    play.hears("Bob", &[]);
    play.hears("stream", &["4 message {}"]);
}
