//! What is said of a record that does not fit.

use super::{Told, read, recorded};
use seqcheck::oracle::{Class, Reason};
use seqcheck::run::{CheckVerdict, Scenario};
use seqcheck::trace::{Entry, Event, Moment, file};

fn chat() -> &'static super::Recorded {
    recorded().iter().find(|recorded| recorded.name == "chat").expect("the chat")
}

/// The line of the record of the chat in which this is sent, or the first thing of a client.
fn line(what: &str) -> usize {
    let lifelines = &chat().header.lifelines;
    let is = |entry: &Entry| match &entry.event {
        Event::Sent { label, lifeline, .. } => &**label == what || lifelines[*lifeline as usize] == what,
        _ => false,
    };
    // The header is the first line.
    chat().entries.iter().position(is).expect("it is sent") + 2
}

/// The record of the chat by a diagram that was edited.
fn edited(edit: impl FnOnce(&mut Vec<&str>)) -> CheckVerdict {
    let mut lines: Vec<&str> = chat().text.lines().collect();
    edit(&mut lines);
    let prepared = read(&(lines.join("\n") + "\n")).expect("it can be played");
    prepared.judge(&chat().header, &chat().entries).expect("a verdict")
}

/// The chat by a record that was changed.
fn changed(change: impl FnOnce(&mut Vec<Entry>)) -> CheckVerdict {
    let mut entries = chat().entries.clone();
    change(&mut entries);
    chat().prepared.judge(&chat().header, &entries).expect("a verdict")
}

/// The doubt, and the lines of the diagram that it shows.
fn doubt(verdict: &CheckVerdict) -> (String, Vec<u32>) {
    let outcome = &verdict.plays[0].outcome;
    assert_eq!(Told::of(verdict), Told::Doubt(Reason::Gaps), "{verdict}");
    assert!(outcome.findings.is_empty() && outcome.doubts.len() == 1, "{verdict}");
    let line = |span: &seqcheck::source::Span| verdict.sources.get(span.source).line_of(span.start);
    (outcome.doubts[0].text.clone(), outcome.doubts[0].spans.iter().map(line).collect())
}

#[test]
fn a_send_that_is_not_drawn_any_more_is_named() {
    // Line 13 is what Bob says.
    let (text, lines) = doubt(&edited(|lines| lines.retain(|line| !line.starts_with("Bob->Server: message"))));
    let hello = line("message: Hello Alice!");
    let undrawn = |label, name, line| {
        format!("the record has `{label}` of {name} (its line {line}), which the diagram no longer draws")
    };
    assert_eq!((text, lines), (undrawn("message: Hello Alice!", "Bob", hello), vec![13]));
    let (text, _) = doubt(&edited(|lines| lines.truncate(16)));
    assert_eq!(text, undrawn("WS disconnect", "Alice", line("WS disconnect")));
    let (text, _) = doubt(&edited(|lines| lines[12] = "Bob->Server: message: Hello all!"));
    assert_eq!(text, undrawn("message: Hello Alice!", "Bob", hello));
}

#[test]
fn a_send_that_is_not_recorded_is_named() {
    let (text, lines) = doubt(&edited(|lines| lines.insert(17, "Bob->Server: join room:general")));
    // That Alice left follows from her leaving alone, and is recorded before it is quiet.
    let left = line("WS disconnect") + 4;
    let wanted = format!(
        "the diagram draws `join room:general` of Bob at line 18, but the record does not contain it before its line {left}"
    );
    assert_eq!((text, lines), (wanted, vec![18]));
    // Exchanged with what it causes, it is recorded too early.
    let (text, lines) = doubt(&edited(|lines| lines.swap(12, 13)));
    let (hello, label) = (line("message: Hello Alice!"), "message: Hello Alice!");
    assert_eq!(
        text,
        format!(
            "the record has `{label}` of Bob (its line {hello}), which the diagram draws at line 14, after line 13"
        )
    );
    assert_eq!(lines, [13]);
}

#[test]
fn a_frame_that_is_not_drawn_any_more_is_still_found() {
    let judged = edited(|lines| lines.retain(|line| !line.starts_with("Server->Alice: message")));
    assert_eq!(Told::of(&judged), Told::Fail(Class::Unexpected), "{judged}");
}

#[test]
fn a_diagram_that_goes_on_is_not_failed_by_a_record_that_does_not() {
    let (text, lines) = doubt(&edited(|lines| lines.push("Server->Bob: message from Alice: one more")));
    let quiet = line("WS disconnect") + 4;
    assert_eq!(
        text,
        format!("the record ends at its line {quiet}, before the time for line 19 of the diagram is over")
    );
    assert_eq!(lines, [19]);
}

#[test]
fn who_is_not_drawn_any_more_is_named() {
    let text = chat().text.replace("Bob", "Rob").replace("bob", "rob");
    let judged = read(&text).expect("it can be played").judge(&chat().header, &chat().entries).expect("a verdict");
    let bob = line("Bob");
    assert_eq!(doubt(&judged).0, format!("the record contains Bob in its line {bob}, but the diagram does not"));
}

#[test]
fn damage_is_named_with_its_line() {
    let number = |wanted: u32| {
        changed(|entries| {
            let send = entries.iter_mut().filter_map(|entry| match &mut entry.event {
                Event::Sent { arrow, label, .. } if &**label == "join room:general" => Some(arrow),
                _ => None,
            });
            send.for_each(|arrow| *arrow = wanted);
        })
    };
    let join = line("join room:general");
    let wanted = format!(
        "the record has `join room:general` of Alice (its line {join}) under the number 99, which is not an arrow of the diagram"
    );
    assert_eq!(doubt(&number(99)).0, wanted);
    assert!(doubt(&number(3)).0.contains("under the number 3, which is another arrow of the diagram"));
    let back = changed(|entries| entries[4].at = Moment(3_000_000));
    assert_eq!(doubt(&back).0, "the time in the record goes backwards: its line 7 is 3 ms earlier than line 6");
    let lost = changed(|entries| drop(entries.remove(join - 2)));
    assert_eq!(doubt(&lost).0, "the record has 5 sends, but its header counts 6: lines are missing or repeated");
    let cut = changed(|entries| entries.truncate(9));
    assert!(doubt(&cut).0.starts_with("the record has "), "{cut}");
    let undone = {
        let header = file::Header { sends: None, ..chat().header.clone() };
        let mut entries = chat().entries.clone();
        entries.remove(line("Bob") - 2);
        chat().prepared.judge(&header, &entries).expect("a verdict")
    };
    assert_eq!(
        doubt(&undone).0,
        format!("the record does not contain the send of Bob that is complete at its line {}", line("Bob"))
    );
}

/// A record that stops is judged by what it has, where no end could make that right.
#[test]
fn what_is_determined_is_judged_though_the_record_stops() {
    let wrong = chat().text.replace("from Bob: Hello Alice!", "from Bob: Hello Alicia!");
    let played = Scenario::parse("chat.seq", &wrong).and_then(|scenario| scenario.check()).expect("it is played");
    assert_eq!(Told::of(&played), Told::Fail(Class::WrongPayload), "{played}");
    let play = &played.plays[0];
    let header = file::Header { sends: None, ..play.header.clone() };
    let prepared = read(&wrong).expect("it can be played");
    let came = play.outcome.findings[0].entry.expect("a frame");
    let upto = |end: usize| prepared.judge(&header, &play.trace[..end]).expect("a verdict");
    assert_eq!(Told::of(&upto(came)), Told::Doubt(Reason::Gaps));
    let judged = upto(came + 1);
    assert_eq!(Told::of(&judged), Told::Fail(Class::WrongPayload), "{judged}");
    assert_eq!(judged.plays[0].outcome.findings[0].arrow, play.outcome.findings[0].arrow);
}

/// A record says so where messages in it are not whole, and so does who judges it.
#[test]
fn a_record_whose_messages_are_not_whole_is_judged_with_a_word() {
    let header = file::Header { shortened: 2, ..chat().header.clone() };
    let judged = chat().prepared.judge(&header, &chat().entries).expect("a verdict");
    assert_eq!(Told::of(&judged), Told::Pass, "{judged}");
    let notes = &judged.plays[0].notes;
    assert!(notes.iter().any(|note| note.starts_with("2 messages of the record are incomplete")), "{notes:?}");
}

/// What is known to fail was passed over in the play, and so it is when the play is judged again.
#[test]
fn a_known_failure_is_passed_over_again() {
    let text = "Alice->Server: WS connect\nServer-->Alice: Connected\n#@ known-failure it stays open\n\
                Server->Alice: WS closed\nBob->Server: WS connect\nServer-->Bob: Connected\n";
    let played = Scenario::parse("known.seq", text).and_then(|scenario| scenario.check()).expect("it is played");
    assert_eq!(Told::of(&played), Told::Pass, "{played}");
    let play = &played.plays[0];
    let judged = read(text).expect("it can be played").judge(&play.header, &play.trace).expect("a verdict");
    assert_eq!(Told::of(&judged), Told::Pass, "{judged}");
}

/// Rules whose labels say nothing of what came from whom: only who asked and the drawing tell what follows from what.
const MUTE: &str = r#"
[connect]
url = "{target}/ws?name={self|url}"
[echo]
client = { type = "ping", nonce = "{nonce}" }
server = { type = "pong", nonce = "{nonce}" }
[[rule]]
label  = "Connected"
server = { type = "connected" }
[[rule]]
label  = "say one"
client = { type = "message", text = "1" }
[[rule]]
label  = "say two"
client = { type = "message", text = "2" }
[[rule]]
label  = "one"
server = { type = "message", text = "1" }
[[rule]]
label  = "two"
server = { type = "message", text = "2" }
"#;

/// A send that stands above something now, and was sent after that came: the server is neither early nor out of order.
#[test]
fn a_send_that_was_moved_makes_nobody_early() {
    let connect = |who: &str| format!("{who}->Server: WS connect\nServer-->{who}: Connected\n");
    let all = ["Ann", "Bob", "Cid"].map(connect).concat();
    let prepared = |text: &str| {
        let scenario = Scenario::parse("moved.seq", text).and_then(|it| it.binding_text("mute.toml", MUTE));
        scenario.and_then(|it| it.prepare()).unwrap_or_else(|error| panic!("{error}"))
    };
    let (one, two) = ("Ann->Server: say one\n", "Bob->Server: say two\n");
    let (heard, rest) = ("Server->Cid: one\nServer->Bob: one\n", "Server->Ann: two\nServer->Cid: two\n");
    let played = prepared(&format!("{all}{one}{heard}{two}{rest}")).play_here();
    assert!(played.is_pass(), "{played}");
    let play = &played.plays[0];
    for moved in [
        format!("{all}{one}Server->Cid: one\n{two}Server->Bob: one\n{rest}"),
        format!("{all}{one}{two}{heard}{rest}"),
        format!("{all}{two}{one}{heard}{rest}"),
    ] {
        let judged = prepared(&moved).judge(&play.header, &play.trace).expect("a verdict");
        assert!(matches!(Told::of(&judged), Told::Pass | Told::Doubt(Reason::Gaps)), "{moved}\n{judged}");
    }
    // What is wrong in the diagram from which it was recorded is the server's.
    let early = prepared(&format!("{all}{one}Server->Cid: one\n{two}Server->Bob: one\n{rest}")).play_here();
    assert!(matches!(Told::of(&early), Told::Fail(_)), "{early}");
}
