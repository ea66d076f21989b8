//! Times that are drawn, kept and broken: of messages, answers, events and ends, in every fragment.

use crate::field::{Act, Call, Client, EVENTS, End, LAB, Net, ms, server, sockets};
use seqcheck::oracle::{Class, Verdict};
use serde_json::json;

/// What a server says, and when, in milliseconds from when it was asked.
type Said = &'static [(u64, &'static str)];

/// The class and the line of the finding, where there is one.
type Found = Option<(Class, u32)>;

fn act(word: &str) -> Act {
    match word {
        "CLOSE" => End::Close(1000, "").into(),
        "FIN" => End::Fin.into(),
        "TORN" => End::Torn.into(),
        word => json!({ "t": word }).into(),
    }
}

/// Plays this behind a connect: each time that it is asked the server says the next of these.
fn judged(said: &'static [Said], diagram: &str) -> Vec<Found> {
    let server = sockets(move |mut client: Client| async move {
        let mut all = said.iter();
        while client.hear().await.is_some() {
            all.next().into_iter().copied().flatten().for_each(|(at, word)| client.after(ms(*at), act(word)));
        }
    });
    let played = |net| {
        let told = server.play(net, &format!("Ann->S: WS connect\n{diagram}"), LAB);
        (told.verdict == Verdict::Fail).then(|| (told.class.expect("a finding"), told.line))
    };
    [Net::Memory, Net::AsTcp].map(played).to_vec()
}

#[track_caller]
fn are(rows: &[(&'static [Said], &str, Found)]) {
    for (said, diagram, wanted) in rows {
        assert_eq!(judged(said, diagram), [*wanted, *wanted], "{said:?} {diagram}");
    }
}

const EARLY: fn(u32) -> Found = |line| Some((Class::Early, line));
const LATE: fn(u32) -> Found = |line| Some((Class::Late, line));
const MISSING: fn(u32) -> Found = |line| Some((Class::Missing, line));

#[test]
fn a_bound_is_kept_or_broken_by_a_message() {
    let within = "Ann->S: go\n#@ within 500ms\nS->Ann: a\n";
    let between = "Ann->S: go\n#@ between 1s and 2s\nS->Ann: a\n";
    let after = "Ann->S: go\n#@ after 1s\nS->Ann: a\n";
    let delay = "Ann->S: go\nS->Ann: a\n...3s...\nS->Ann: b\n";
    are(&[
        (&[&[(300, "a")]], within, None),
        (&[&[(700, "a")]], within, LATE(4)),
        (&[&[]], within, MISSING(4)),
        (&[&[(500, "a")]], between, EARLY(4)),
        (&[&[(1500, "a")]], between, None),
        (&[&[(2500, "a")]], between, LATE(4)),
        (&[&[(500, "a")]], after, EARLY(4)),
        // The time for it begins when the bound is over.
        (&[&[(5900, "a")]], after, None),
        (&[&[]], after, MISSING(4)),
        (&[&[(0, "a"), (500, "b")]], delay, EARLY(5)),
        (&[&[(0, "a"), (3100, "b")]], delay, None),
        (&[&[(0, "a"), (300, "a"), (3100, "b")]], delay, Some((Class::Duplicate, 3))),
    ]);
}

#[test]
fn a_bound_is_kept_or_broken_by_an_end() {
    let within = "Ann->S: go\n#@ within 500ms\nS->Ann: WS close 1000\n";
    let after = "Ann->S: go\n#@ after 1s\nS->Ann: WS close 1000\n";
    let delay = "Ann->S: go\nS->Ann: a\n...1s...\nS->Ann: WS ended\n";
    let option = "Ann->S: go\nS->Ann: a\nopt\n...1s...\nS->Ann: WS close 1000\nend\n";
    are(&[
        (&[&[(300, "CLOSE")]], within, None),
        (&[&[(800, "CLOSE")]], within, LATE(4)),
        (&[&[]], within, MISSING(4)),
        (&[&[(300, "CLOSE")]], after, EARLY(4)),
        (&[&[(1200, "CLOSE")]], after, None),
        (&[&[(0, "a"), (300, "FIN")]], delay, EARLY(5)),
        (&[&[(0, "a"), (1200, "FIN")]], delay, None),
        (&[&[(0, "a"), (1200, "TORN")]], delay, Some((Class::Unexpected, 2))),
        (&[&[(0, "a"), (200, "CLOSE")]], option, EARLY(6)),
        (&[&[(0, "a"), (1200, "CLOSE")]], option, None),
    ]);
}

#[test]
fn a_bound_in_a_fragment_counts_where_that_is_taken() {
    let option = "Ann->S: go\nS->Ann: a\nopt\n...3s...\nS->Ann: b\nend\nS->Ann: c\n";
    let operand = "Ann->S: go\nS->Ann: a\nalt\n...3s...\nS->Ann: b\nelse\nS->Ann: c\nend\n";
    let beside = "Ann->S: go\nS->Ann: a\npar\n...1s...\nS->Ann: b\nand\n...2s...\nS->Ann: c\nend\n";
    let broken = "Ann->S: go\nS->Ann: a\nbreak\n...1s...\nS->Ann: x\nend\nS->Ann: b\n";
    let same = "Ann->S: go\nalt\n#@ after 1s\nS->Ann: a\nS->Ann: c\nelse\nS->Ann: a\nend\n";
    are(&[
        (&[&[(0, "a"), (500, "c")]], option, None),
        (&[&[(0, "a"), (500, "b"), (600, "c")]], option, EARLY(6)),
        (&[&[(0, "a"), (500, "c")]], operand, None),
        (&[&[(0, "a"), (500, "b")]], operand, EARLY(6)),
        (&[&[(0, "a"), (1100, "b"), (2100, "c")]], beside, None),
        (&[&[(0, "a"), (1100, "b"), (1300, "c")]], beside, EARLY(9)),
        (&[&[(0, "a"), (1200, "x")]], broken, None),
        (&[&[(0, "a"), (200, "x")]], broken, EARLY(6)),
        (&[&[(0, "a"), (200, "b")]], broken, None),
        (&[&[(200, "a")]], same, None),
    ]);
}

#[test]
fn a_bound_in_a_loop_counts_in_each_turn() {
    let delay = "Ann->S: go\nloop 3\nS->Ann: a\n...3s...\nend\n";
    let asked = "loop 2\nAnn->S: go\n#@ within 500ms\nS->Ann: a\nend\n";
    let between = "Ann->S: go\nloop 3\n#@ between 500ms and 1s\nS->Ann: a\nend\n";
    let nested = "Ann->S: go\nloop 2\nS->Ann: a\nloop 2\nS->Ann: b\n...1s...\nend\nend\n";
    are(&[
        (&[&[(0, "a"), (3100, "a"), (6200, "a")]], delay, None),
        (&[&[(0, "a"), (3100, "a"), (4000, "a")]], delay, EARLY(4)),
        (&[&[(100, "a")], &[(100, "a")]], asked, None),
        (&[&[(100, "a")], &[(900, "a")]], asked, LATE(5)),
        (&[&[(600, "a"), (1200, "a"), (1900, "a")]], between, None),
        (&[&[(600, "a"), (800, "a"), (1500, "a")]], between, EARLY(5)),
        (&[&[(600, "a"), (1200, "a"), (2800, "a")]], between, LATE(5)),
        (&[&[(600, "a"), (1200, "a")]], between, MISSING(5)),
        (&[&[(0, "a"), (9, "b"), (1100, "b"), (2200, "a"), (2300, "b"), (3400, "b")]], nested, None),
        (&[&[(0, "a"), (9, "b"), (1100, "b"), (1300, "a"), (2500, "b"), (3600, "b")]], nested, EARLY(4)),
    ]);
}

#[test]
fn a_bound_is_kept_or_broken_by_an_answer() {
    let rules = "\n[[rule]]\nlabel = \"get\"\non = \"http\"\nclient = { path = \"/x\" }\n";
    let rows: [(u64, bool, &str, Found); 8] = [
        (300, false, "Ann->S: get\n#@ within 500ms\nS->Ann: 200 OK\n", None),
        (800, false, "Ann->S: get\n#@ within 500ms\nS->Ann: 200 OK\n", LATE(3)),
        (800, true, "Ann->S: get\n#@ within 500ms\nS->Ann: 200 OK\n", Some((Class::Closed, 1))),
        (100, false, "Ann->S: get\n#@ after 500ms\nS->Ann: 200 OK\n", EARLY(3)),
        (700, false, "Ann->S: get\n#@ after 500ms\nS->Ann: 200 OK\n", None),
        (300, false, "Ann->S: get\n...1s...\nS->Ann: 200 OK\n", EARLY(3)),
        (300, false, "loop 3\nAnn->S: get\n#@ within 500ms\nS->Ann: 200 OK\nend\n", None),
        (7_000, false, "Ann->S: get\nS->Ann: 200 OK\n", MISSING(2)),
    ];
    for (at, ends, diagram, wanted) in rows {
        let slow = server(move |call: Call| async move {
            tokio::time::sleep(ms(at)).await;
            if ends { call.say_and_end(b"").await } else { call.answer(200, json!({})).await }
        });
        for net in [Net::Memory, Net::AsTcp] {
            let told = slow.play(net, diagram, &format!("{LAB}{rules}"));
            let failed = (told.verdict == Verdict::Fail).then(|| (told.class.expect("a finding"), told.line));
            assert_eq!(failed, wanted, "{told}");
        }
    }
}

#[test]
fn a_bound_is_kept_or_broken_by_an_event_stream() {
    let rows: [(Said, &str, Found); 7] = [
        (&[(300, "a")], "#@ within 500ms\nS->Ann: event a\n", None),
        (&[(800, "a")], "#@ within 500ms\nS->Ann: event a\n", LATE(3)),
        (&[(0, "a"), (1100, "a"), (1300, "a")], "loop 3\nS->Ann: event a\n...1s...\nend\n", EARLY(3)),
        (&[(0, "a"), (100, "CLOSE")], "S->Ann: event a\n#@ after 1s\nS->Ann: SSE closed\n", EARLY(4)),
        (&[(0, "a"), (1100, "CLOSE")], "S->Ann: event a\n#@ after 1s\nS->Ann: SSE closed\n", None),
        (&[(0, "a")], "S->Ann: event a\n#@ within 1s\nS->Ann: SSE closed\n", MISSING(4)),
        (&[(0, "a"), (100, "FIN")], "S->Ann: event a\nopt\nS->Ann: SSE closed\nend\n", None),
    ];
    for (said, diagram, wanted) in rows {
        let stream = server(move |call: Call| async move {
            let Some(out) = call.events().await else { return };
            for (at, word) in said {
                let text = || Act::Text(format!("data: {{\"x\":\"{word}\"}}"));
                out.after(ms(*at), if word.len() > 1 { act(word) } else { text() });
            }
        });
        for net in [Net::Memory, Net::AsTcp] {
            let told = stream.play(net, &format!("Ann->S: listen\n{diagram}"), EVENTS);
            let failed = (told.verdict == Verdict::Fail).then(|| (told.class.expect("a finding"), told.line));
            assert_eq!(failed, wanted, "{told}");
        }
    }
}

/// What comes behind an early message in loops of the server's own is heard, and no later turn is missing that had not had its time.
#[test]
fn an_early_message_of_a_turn_leaves_the_next_turns_their_time() {
    let nested = "Ann->S: go\nloop 2\nloop 2\nS->Ann: a\n...1s...\nend\nS->Ann: b\nend\n";
    let plain = "Ann->S: go\nloop 2\nloop 2\nS->Ann: a\n...1s...\nend\nend\n";
    are(&[
        (&[&[(0, "a"), (1000, "a"), (2000, "b"), (2100, "a"), (3100, "a"), (4100, "b")]], nested, None),
        (&[&[(0, "a"), (1000, "a"), (1300, "b"), (2300, "a"), (3300, "a"), (4400, "b")]], nested, EARLY(8)),
        (&[&[(0, "a"), (300, "a"), (2300, "b"), (3300, "a"), (4300, "a"), (5400, "b")]], nested, EARLY(5)),
        (&[&[(0, "a"), (300, "a"), (2300, "a"), (4300, "a")]], plain, EARLY(5)),
        (&[&[(0, "a"), (1000, "a"), (2000, "b")]], nested, MISSING(5)),
    ]);
}
