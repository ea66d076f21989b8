use super::*;

fn edit(rev: u64, op: &str) -> String {
    format!(r#"{{"type":"edit","doc":"d","rev":{rev},"op":{op}}}"#)
}

#[test]
fn concurrent_edits_reach_everybody_transformed() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", &edit(0, r#"{"insert":0,"text":"abc"}"#));
    play.say("Bob", &edit(0, r#"{"insert":0,"text":"X"}"#));
    play.say("Alice", &edit(1, r#"{"delete":0,"count":2}"#));
    play.hears(
        "Alice",
        &[
            r#"{"type":"edit_ack","doc":"d","rev":1,"op":{"insert":0,"text":"abc"}}"#,
            r#"{"type":"edited","doc":"d","rev":2,"user":"bob","op":{"insert":3,"text":"X"}}"#,
            r#"{"type":"edit_ack","doc":"d","rev":3,"op":{"delete":0,"count":2}}"#,
        ],
    );
    play.hears(
        "Bob",
        &[
            r#"{"type":"edited","doc":"d","rev":1,"user":"alice","op":{"insert":0,"text":"abc"}}"#,
            r#"{"type":"edit_ack","doc":"d","rev":2,"op":{"insert":3,"text":"X"}}"#,
            r#"{"type":"edited","doc":"d","rev":3,"user":"alice","op":{"delete":0,"count":2}}"#,
        ],
    );
    play.connect("Carol");
    play.heard("Carol");
    play.say("Carol", r#"{"type":"open","doc":"d"}"#);
    play.say("Carol", r#"{"type":"open","doc":"new"}"#);
    play.hears(
        "Carol",
        &[
            r#"{"type":"document","doc":"d","rev":3,"text":"cX"}"#,
            r#"{"type":"document","doc":"new","rev":0,"text":""}"#,
        ],
    );
}

#[test]
fn edits_are_refused_in_the_order_of_the_errors() {
    let mut play = Play::of(&["Alice", "Bob"]);
    play.say("Alice", &edit(0, r#"{"insert":0,"text":"ab"}"#));
    play.heard("Alice");
    play.heard("Bob");
    let past_the_end = edit(1, r#"{"delete":1,"count":2}"#);
    let future = edit(2, r#"{"insert":99,"text":"x"}"#);
    play.say("Alice", &past_the_end);
    play.say("Alice", &future);
    play.say("Alice", &edit(0, r#"{"insert":1,"text":"x"}"#));
    play.say("Alice", &edit(1, r#"{"delete":18446744073709551615,"count":2}"#));
    assert_eq!(play.errors("Alice"), ["bad_field", "stale_revision", "bad_field", "bad_field"]);
    play.say("Alice", r#"{"type":"leave","room":"general"}"#);
    play.say("Alice", &past_the_end);
    play.say("Alice", &future);
    play.say("Alice", r#"{"type":"open","doc":"d"}"#);
    let heard = play.heard("Alice");
    assert!(heard[0].contains("bad_field") && heard[1].contains("not_a_member"), "{heard:?}");
    assert_eq!(heard[2], r#"{"type":"document","doc":"d","rev":1,"text":"ab"}"#);
}
