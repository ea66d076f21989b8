//! What a message of the server follows from: found from labels, from who asked, else from the drawing.

use seqcheck::diagram::OrderMode;
use seqcheck::oracle::{Basis, Part, Verdict};
use seqcheck::{CheckVerdict, Scenario};

/// Rules with values and without.
const WORDS: &str = r#"
name = "words"
[connect]
url = "{target}/{self}"
[[rule]]
label = ["say {text}", "say {text} to {to}"]
client = { say = "{text}" }
[[rule]]
label = ["hear {text}", "hear {text} from {from}"]
server = { hear = "{text}", from = "{from?}" }
[[rule]]
label = "join {room}"
client = { join = "{room}" }
[[rule]]
label = "{who} joined"
server = { joined = "{who}" }
[[rule]]
label = "ask"
client = { ask = 1 }
[[rule]]
label = ["answer", "more"]
server = { answer = 1 }
[[rule]]
label = "hello"
server = { hello = 1 }
[[rule]]
label = "get"
on = "http"
client = { method = "GET", path = "/" }
[[rule]]
label = "ok"
on = "http"
server = { status = 200 }
"#;

fn survey(text: &str) -> seqcheck::run::Survey {
    let scenario = Scenario::parse("causes.seq", text).and_then(|it| it.binding_text("words.toml", WORDS));
    scenario.and_then(|it| it.survey()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Each message of the server by its number, with the number of its cause: `v` where labels tell, `r` where the client
/// asked; the drawing alone tells of those that are not listed.
fn causes(text: &str) -> String {
    let survey = survey(text);
    let order = survey.plan.order();
    let mut found = Vec::new();
    for (id, _) in order.arrow_ids() {
        let planned = survey.plan.planned(id);
        if let (Part::Observation, Some(cause)) = (planned.part, planned.cause) {
            let by = match cause.by {
                Basis::Values => "v",
                Basis::Request => "r",
            };
            found.push(format!("{}<{}{by}", id.0 + 1, cause.arrow.0 + 1));
        }
    }
    found.join(" ")
}

/// Lines of `A->S` and the like, as `A say x` or `> A hear x`.
fn drawn(lines: &str) -> String {
    let mut text = String::from("#@ simulate A, B, C\nparticipant A\nparticipant B\nparticipant C\nparticipant S\n");
    for line in lines.split(';').map(str::trim) {
        let line = match line.split_once(' ') {
            Some((">", rest)) => rest.split_once(' ').map(|(to, label)| format!("S->{to}: {label}")),
            Some((from @ ("A" | "B" | "C"), label)) => Some(format!("{from}->S: {label}")),
            Some(_) | None => None,
        }
        .unwrap_or_else(|| line.to_owned());
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[test]
fn the_cause_of_each_message() {
    let table = [
        // Each has its answer, whatever the text is and where there is none.
        ("A say x; B say y; > A hear x; > B hear y", "3<1v 4<2v"),
        ("A ask; B ask; > A answer; > B answer", "3<1r 4<2r"),
        ("A WS connect; B WS connect; > A hello; > B hello", "3<1r 4<2r"),
        // What one says the other hears.
        ("A say x; B say y; > B hear x; > A hear y", "3<1v 4<2v"),
        ("A say x; A say y; > B hear x; > C hear x; > B hear y; > C hear y", "3<1v 4<1v 5<2v 6<2v"),
        // The same words twice: in their order; the nearest where one of them is answered already.
        ("A say x; A say x; > B hear x; > B hear x", "3<1v 4<2v"),
        ("A say x; > B hear x; A say x; > B hear x", "2<1v 4<3v"),
        ("A say x; A say x; > B hear x", "3<2v"),
        // Who is named: the nearest that this client sent.
        ("B WS connect; B join r; A ask; > A b joined", "4<2v"),
        ("A join r; B join r; > A b joined; > C a joined", "3<2v 4<1v"),
        ("A say x to B; A say x to C; > B hear x; > C hear x", "3<1v 4<2v"),
        ("A say x; B say x; > C hear x from B; > C hear x from A", "3<2v 4<1v"),
        // A client's own questions, in their order; of fewer answers the last are meant.
        ("A WS connect; A ask; > A hello; > A answer", "3<1r 4<2r"),
        ("A WS connect; A ask; > A answer", "3<2r"),
        ("A ask; > A answer; > A more", "2<1r 3<1r"),
        // An answer that comes after something else was sent is not that question's: the drawing tells.
        ("A ask; > A answer; B ask; > A more", "2<1r"),
        ("A WS connect; > A hello; B say x; > A answer", "2<1r"),
        // On its own connection first.
        ("A WS connect; A get; > A ok; > A hello", "3<2r 4<1r"),
        // What may not have been sent is no cause, nor what another turn may answer.
        ("opt; A ask; end; B ask; > A answer", ""),
        ("A ask; loop 2; > A answer; A ask; end", ""),
        ("A ask; loop 2; > A answer; end", "2<1r"),
        ("loop 2; A say x; B say y; > A hear x; end", "3<1v"),
        ("par; A say x; and; B say y; end; > A hear x; > B hear y", "3<1v 4<2v"),
        ("par; A say x; > A hear x; and; B say x; > B hear x; end", "2<1v 4<3v"),
        ("A ask; alt; > A answer; else; > A more; end", "2<1r 3<1r"),
        // Where the author says more, the drawing tells.
        ("strict; A say x; B say y; > A hear x; end", ""),
        ("A say x; B say y; ...2s...; > A hear x", ""),
    ];
    for (lines, wanted) in table {
        assert_eq!(causes(&drawn(lines)), wanted, "{lines}");
    }
}

fn play(text: &str, order: OrderMode) -> CheckVerdict {
    Scenario::parse("causes.seq", text).and_then(|it| it.order(order).check()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_server_that_answers_each_at_once_is_never_early() {
    let connect = |who: &str| format!("{who}->S: WS connect\nS->{who}: Connected\n");
    let both = connect("A") + &connect("B");
    let texts = [
        // Both connect, then both are greeted; both write, then both read.
        "A->S: WS connect\nB->S: WS connect\nS->A: Connected\nS->B: Connected\n".to_owned(),
        format!("{both}A->S: message: one\nB->S: message: two\nS->B: message from A: one\nS->A: message from B: two\n"),
        format!("{both}A->S: direct to A: x\nB->S: direct to B: y\nS->A: direct from A: x\nS->B: direct from B: y\n"),
        format!("{both}A->S: open x\nB->S: open y\nS->A: document x rev=0: \nS->B: document y rev=0: \n"),
        format!(
            "{both}A->S: direct to Z: x\nB->S: direct to Z: y\nS->A: error no_such_user\nS->B: error no_such_user\n"
        ),
        format!(
            "{both}A->S: join room:r\nB->S: open y\nS->B: document y rev=0: \nA->S: direct to A: x\nS->A: direct from A: x\n"
        ),
    ];
    for text in texts {
        for (order, word) in OrderMode::ALL {
            let verdict = play(&text, order);
            assert_eq!(verdict.verdict(), Verdict::Pass, "{word}\n{text}\n{verdict}");
        }
    }
}

#[test]
fn what_depends_on_both_waits_for_both() {
    let both = "A->S: WS connect\nS->A: Connected\nB->S: WS connect\nS->B: Connected\n";
    let asked = "A->S: direct to A: x\nB->S: direct to B: y\n";
    let answered = "S->A: direct from A: x\nS->B: direct from B: y\n";
    for text in [format!("{both}{asked}#@ depends 6\n{answered}"), format!("{both}strict\n{asked}{answered}end\n")] {
        let verdict = play(&text, OrderMode::Diagram);
        assert_eq!(verdict.verdict(), Verdict::Fail, "{text}\n{verdict}");
        let class = verdict.plays[0].outcome.findings[0].class;
        assert_eq!(class.word(), "early", "{verdict}");
    }
}

/// What need not have been sent may be answered as soon as it was, whatever is drawn between.
#[test]
fn what_need_not_have_been_sent_is_answered_at_once() {
    let connect = |who: &str| format!("{who}->S: WS connect\nS->{who}: Connected\n");
    let both = connect("A") + &connect("B");
    let answer = "S->A: document x rev=0: \n";
    let texts = [
        format!("{both}opt\nA->S: open x\nend\nB->S: open y\n{answer}S->B: document y rev=0: \n"),
        format!(
            "{both}alt one\nA->S: open x\nelse other\nA->S: open x\nA->S: typing:start\nS->B: a:typing\nA->S: typing:stop\nS->B: a:stopped typing\nend\nB->S: open y\n{answer}S->B: document y rev=0: \n"
        ),
        format!("{both}loop 1\nA->S: open x\nend\nB->S: open y\n{answer}S->B: document y rev=0: \n"),
    ];
    for text in texts {
        for (order, word) in OrderMode::ALL {
            let verdict = play(&text, order);
            assert_eq!(verdict.verdict(), Verdict::Pass, "{word}\n{text}\n{verdict}");
        }
    }
    // What the labels point to is noted, with all that the same client sends so.
    let survey = survey(&drawn("opt; A ask; end; B say x; > A answer; > B hear x"));
    let optional = |number: u32| -> Vec<u32> {
        survey.plan.planned(seqcheck::order::ArrowId(number - 1)).optional.iter().map(|id| id.0 + 1).collect()
    };
    assert_eq!((optional(3), optional(4)), (vec![1], Vec::new()));
}
