//! Diagrams as text with traces, each judged as `docs/semantics.md` has it: every construct where choices are open.
//!
//! A trace is words: `A>q` is sent by `A`, `A<a` is what it gets, `.` is silence for longer than anything may take. Behind
//! the last word there is silence.

use super::cases::{got, long_silences, sent_by};
use super::world::{judge, plan};
use crate::diagram::OrderMode::{self, Burst, Diagram, Local};
use crate::oracle::{Options, Outcome, Verdict};
use crate::source::{Source, Sources};
use crate::syntax::{Dialect, parse};

/// What is drawn, in one line (`|` parts the lines), the order of the clients, and what is right for which trace.
struct Case {
    drawn: &'static str,
    order: OrderMode,
    passes: &'static [&'static str],
    fails: &'static [&'static str],
    open: &'static [&'static str],
}

const fn case(
    order: OrderMode,
    drawn: &'static str,
    passes: &'static [&'static str],
    fails: &'static [&'static str],
) -> Case {
    Case { drawn, order, passes, fails, open: &[] }
}

const CASES: &[Case] = &[
    // Silent operands, nested, with three of them.
    case(
        Diagram,
        "alt | S->B: a | else | alt | S->B: b | else | S->B: c | else | S->A: x | end | else | S->B: d | end | S->A: q",
        &["B<a A<q", "A<q B<a", "A<q B<b", "A<q B<c", "A<q B<d", "A<x A<q"],
        &["A<q", "A<x A<q B<d", "A<q B<a B<b", "A<q A<x", "B<a"],
    ),
    case(
        Diagram,
        "par | alt | S->B: a | else | S->B: b | else | S->A: x | end | and | opt | S->B: c | end | end | S->A: q",
        &["A<q B<c B<b", "A<q B<b B<c", "A<q B<a", "A<x A<q B<c", "B<c A<x A<q", "A<x A<q"],
        &["A<q B<c", "A<x A<q B<a", "A<q B<c B<c", "A<q"],
    ),
    case(
        Diagram,
        "opt | alt | S->B: a | else | S->A: x | else | opt | S->B: b | end | S->A: y | end | end | S->A: q | S->B: r",
        &["A<q B<r", "A<q B<a B<r", "A<y A<q B<b B<r", "B<b A<y A<q B<r", "A<x A<q B<r"],
        &["A<q B<b B<r", "A<x A<y A<q B<r", "A<q B<r B<a", "A<x B<a A<q B<r"],
    ),
    // What quiet decides.
    case(
        Diagram,
        "A->S: go | opt | S->A: a | end | A->S: on | S->A: b",
        &["A>go . A>on A<b", "A>go A<a A>on A<b"],
        &["A>go . A>on A<a A<b", "A>go . A>on", "A<a A>go A>on A<b", "A>go A<a A>on A<b A<a"],
    ),
    case(Diagram, "alt | S->A: a | else | S->B: b | end", &["A<a", "B<b"], &["", "A<a B<b", "A<a A<a"]),
    case(
        Diagram,
        "A->S: go | par | alt | S->B: a | else | S->B: b | end | and | opt | S->A: c | end | end | A->S: on | S->A: d",
        &["A>go B<a . A>on A<d", "A>go B<b A<c A>on A<d", "A>go A<c B<a A>on A<d"],
        &["A>go .", "A>go A<c", "A>go B<a . A>on A<c A<d", "A>go B<a B<b A<c A>on A<d"],
    ),
    // Bounds of loops.
    case(
        Diagram,
        "loop 2..3 | S->A: a | end | S->A: b",
        &["A<a A<a A<b", "A<a A<a A<a A<b"],
        &["A<a A<b", "A<a A<a A<a A<a A<b", "A<a A<a", "A<b"],
    ),
    case(
        Diagram,
        "loop 1..2 | loop 0..2 | S->A: a | end | S->B: b | end",
        &["B<b", "B<b B<b", "A<a A<a B<b A<a A<a B<b", "A<a A<a A<a B<b B<b", "B<b A<a A<a"],
        &["", "A<a A<a A<a B<b", "A<a A<a A<a A<a A<a B<b B<b", "B<b B<b B<b"],
    ),
    case(
        Diagram,
        "loop 2 | loop 2..3 | A->S: m | end | S->A: m | end",
        &["A>m A>m A<m A>m A>m A<m", "A>m A<m A>m A>m A>m A<m", "A>m A<m A>m A<m A>m A>m"],
        &["A<m A>m A>m A>m A>m A<m", "A>m A>m A<m A>m A>m", "A>m A>m A<m A<m A<m A>m A>m"],
    ),
    // Two sends alike.
    case(
        Diagram,
        "par | A->S: q | S->A: a | and | A->S: q | S->A: b | end",
        &["A>q A<b A>q A<a", "A>q A<a A>q A<b", "A>q A>q A<b A<a"],
        &["A>q A<a A<b A>q", "A>q A>q A<a", "A>q A>q A<a A<a"],
    ),
    // Messages that say the same and follow from different sends.
    case(
        Diagram,
        "A->S: m0 | par | B->S: m0 | A->S: m0 | and | S->B: m0 | end | S->A: m0 | par | A->S: m0 | par | S->B: m1 | and | \
         S->B: m1 | end | and | A->S: m0 | end",
        &["A>m0 B>m0 A>m0 B<m0 B<m1 A<m0 A>m0 A>m0 B<m1", "A>m0 B>m0 A>m0 B<m0 A<m0 A>m0 A>m0 B<m1 B<m1"],
        &["A>m0 B>m0 A>m0 B<m0 B<m1 B<m1 A<m0 A>m0 A>m0 B<m1"],
    ),
    // Operands that begin alike.
    case(
        Diagram,
        "alt | S->A: a | S->A: b | S->B: x | else | S->A: a | S->A: c | S->B: y | else | S->A: a | S->A: b | S->B: z | end",
        &["A<a A<b B<x", "A<a A<b B<z", "A<a A<c B<y", "B<z A<a A<b", "A<a B<y A<c"],
        &["A<a A<b B<y", "A<a A<b", "B<z A<a A<c", "A<a A<b B<x B<z"],
    ),
    case(
        Diagram,
        "alt | S->A: a | A->S: p | S->A: b | else | S->A: a | A->S: p | S->A: c | end",
        &["A<a A>p A<b", "A<a A>p A<c"],
        &["A<a A>p", "A<a A>p A<b A<c", "A<a A<b A>p"],
    ),
    Case {
        drawn: "alt | S->A: a | A->S: p | else | S->A: a | A->S: r | end",
        order: Diagram,
        passes: &[],
        fails: &["", "A<a A<a"],
        open: &["A<a"],
    },
    // `break`.
    case(
        Diagram,
        "S->A: a | break | S->A: stop | end | S->A: b",
        &["A<a A<stop", "A<a A<b"],
        &["A<a A<stop A<b", "A<a", "A<stop A<a"],
    ),
    case(
        Diagram,
        "loop 0..3 | S->A: a | break | S->A: stop | end | S->A: b | end | S->A: done",
        &["A<a A<b A<a A<stop A<done", "A<done", "A<a A<stop A<done", "A<a A<b A<done"],
        &["A<a A<stop A<a A<b A<done", "A<a A<done", "A<a A<stop A<b A<done"],
    ),
    case(
        Diagram,
        "alt | S->A: a | break | S->B: stop | end | S->A: b | else | S->A: a | S->A: c | end | S->B: q",
        &["A<a A<b B<q", "A<a B<stop B<q", "A<a A<c B<q", "B<stop A<a B<q", "B<q A<a A<c"],
        &["A<a B<stop A<b B<q", "A<a B<stop A<c B<q", "A<a B<q", "A<a A<b B<stop B<q"],
    ),
    // Lanes that see nothing of a `break` take no further turn either.
    case(
        Diagram,
        "loop 3 | A->S: q | S->B: x | break | S->A: stop | end | S->A: b | end | S->A: done",
        &["A>q B<x A<stop A<done", "A>q B<x A<b A>q B<x A<stop A<done", "A>q B<x A<b A>q B<x A<b A>q B<x A<b A<done"],
        &["A>q B<x A<stop B<x A<done", "A>q A<stop A<done", "A>q B<x A<stop A<b A<done"],
    ),
    case(
        Diagram,
        "loop 2 | S->B: x | break | S->A: stop | end | end | S->A: done",
        &["B<x A<stop A<done", "A<stop A<done B<x", "B<x B<x A<done", "B<x B<x A<stop A<done", "B<x A<done B<x"],
        &["B<x A<done", "B<x B<x A<stop A<stop A<done", "B<x B<x B<x A<done"],
    ),
    // `critical` and `strict`.
    case(
        Diagram,
        "par | critical | S->A: a | S->A: b | end | and | S->A: c | S->B: d | end",
        &["A<a A<b A<c B<d", "A<c A<a A<b B<d", "A<a B<d A<b A<c"],
        &["A<a A<c A<b B<d", "A<a A<b A<c"],
    ),
    case(
        Diagram,
        "par | opt | critical | S->A: a | S->A: b | end | end | and | alt | S->A: c | else | S->A: a | end | end",
        &["A<c", "A<a", "A<a A<b A<a", "A<a A<a A<b", "A<c A<a A<b", "A<a A<b A<c"],
        &["A<a A<c A<b", "A<a A<b", "A<a A<a", ""],
    ),
    case(
        Diagram,
        "strict | A->S: p | S->B: b | A->S: r | S->A: a | end",
        &["A>p B<b A>r A<a"],
        &["B<b A>p A>r A<a", "A>p B<b A>r", "A>p A<a B<b A>r", "A>p"],
    ),
    // `never` and `ignore`, in choices.
    case(
        Diagram,
        "alt | S->A: a | #@ never | S->A: n | else | S->A: b | end",
        &["A<a", "A<b"],
        &["A<a A<n", "A<b A<n", "A<n", ""],
    ),
    case(Diagram, "#@ never | S->A: n | opt | S->A: a | end", &["", "A<a"], &["A<n", "A<a A<n", "A<a A<a"]),
    case(
        Diagram,
        "opt | ignore {z} | S->A: a | S->A: b | end | end | S->A: q",
        &["A<a A<z A<b A<q", "A<q", "A<a A<b A<q"],
        &["A<a A<b A<q A<z", "A<z", "A<a A<q"],
    ),
    // Tool and server may begin.
    case(
        Diagram,
        "alt | A->S: p | S->A: a | else | S->A: b | end | S->B: q",
        &[". A>p A<a B<q", "A<b B<q", "B<q A<b"],
        &["A<b A<a B<q", ". A>p A<a", "A<a B<q"],
    ),
    // Clients that run ahead.
    case(
        Local,
        "loop 0..2 | alt | S->B: x | B->S: m | else | S->A: a | end | end | S->B: q",
        &["B<q", "B<q A<a", "B<q A<a A<a", "A<a B<q A<a", "B<x B>m B<q A<a"],
        &["B<q A<a A<a A<a", "A<a", "B<q B<x"],
    ),
    case(
        Local,
        "loop 0..3 | opt | S->A: a | B->S: m | end | S->A: b | end | S->A: c | S->B: q",
        &["B<q A<c", "B<q A<b A<c", "B<q A<b A<b A<b A<c", "A<b B<q A<b A<c"],
        &["B<q A<b A<b A<b A<b A<c", "A<c", "B<q A<b"],
    ),
    case(
        Local,
        "A->S: go | opt | S->B: a | B->S: p | end | S->A: q",
        &["A>go A<q", "A>go A<q B<a B>p", "A>go B<a B>p A<q"],
        &["A<q A>go", "A>go B<a B>p", "A>go A<q B<a B<a B>p"],
    ),
    case(
        Local,
        "par | A->S: p | S->A: a | and | opt | S->B: b | end | end | S->B: c",
        &["A>p A<a B<c", "A>p B<c A<a", "A>p B<b B<c A<a"],
        &["A>p A<a B<c B<b", "A>p A<a", "A>p B<c"],
    ),
    // What is missing is so whichever operand is drawn first; and no choice where all operands say the same.
    Case {
        drawn: "par | S->A: a | par | S->A: b | and | B->S: p | end | and | A->S: q | end",
        order: Local,
        passes: &["B>p A>q A<a A<b", "A<a A<b A>q B>p"],
        fails: &["B>p A>q A<b A<a"],
        open: &["B>p A>q A<b"],
    },
    Case {
        drawn: "par | A->S: q | and | S->A: a | par | S->A: b | and | B->S: p | end | end",
        order: Local,
        passes: &["B>p A>q A<a A<b", "A<a A<b A>q B>p"],
        fails: &["B>p A>q A<b A<a"],
        open: &["B>p A>q A<b"],
    },
    case(
        Local,
        "alt | S->A: a | B->S: p | S->B: b | else | S->A: a | B->S: p | S->B: b | end",
        &["B>p A<a B<b", "A<a B>p B<b"],
        &["B>p B<b A<a A<a", "A<a B>p"],
    ),
    case(
        Burst,
        "A->S: p | S->A: a | A->S: r | S->A: b",
        &["A>p A>r A<a A<b", "A>p A<a A>r A<b"],
        &["A>p A>r A<b A<a", "A>p A>r A<a", "A<a A>p A>r A<b"],
    ),
    case(
        Burst,
        "A->S: p | alt | S->A: a | else | S->A: b | S->A: c | end | A->S: p | alt | S->A: a | else | S->A: b | end",
        &["A>p A>p A<a A<b", "A>p A>p A<b A<c A<a", "A>p A<b A>p A<c A<b"],
        &["A>p A>p A<a A<b A<c", "A>p A>p A<a", "A>p A>p A<c A<b A<a"],
    ),
    // Behind a `par`, the last receive of any operand will do: the other may go on.
    case(
        Burst,
        "par | loop 0..2 | S->A: a | A->S: p | end | and | loop 1..2 | S->A: b | A->S: r | end | end | S->B: q",
        &["A<a A<b A>p A>r B<q A<a A>p", "A<a A<b A>p A>r B<q A<b A>r", "A<b A>r B<q"],
        &["A<b B<q A>r", "A<a A<b A>p A>r B<q A<c", "A<b A>r"],
    ),
    // A loop in which nobody sees anything, behind a choice.
    case(
        Diagram,
        "alt | S->B: a | else | S->A: x | end | loop 1..2 | #@ never | S->A: n | end | S->B: a | S->A: x",
        &["A<x B<a B<a", "B<a B<a A<x", "A<x A<x B<a"],
        &["A<n A<x A<x B<a", "A<x B<a", "A<x B<a B<a A<n"],
    ),
    // Turns in which nothing is said.
    case(
        Diagram,
        "loop 0..5 | loop 0..5 | loop 0..5 | S->A: d | end | end | end | S->B: q",
        &["B<q", "A<d B<q", "A<d A<d A<d A<d A<d A<d A<d B<q", "B<q A<d A<d A<d"],
        &["A<d", "A<d A<a B<q", "A<d A<d A<d B<q B<q"],
    ),
    case(
        Diagram,
        "loop 2..3 | opt | S->A: a | end | loop 0..2 | S->A: b | end | end | S->B: q",
        &["B<q", "A<a A<b A<a B<q", "A<b A<b A<b A<b A<b A<b B<q", "A<b A<a A<a B<q"],
        &["A<a A<a A<a A<a B<q", "A<b A<b A<b A<b A<b A<b A<b B<q", "A<b A<a A<a A<a B<q"],
    ),
];

fn outcome(drawn: &str, options: Options, trace: &str) -> Outcome {
    let text = format!("participant A\nparticipant B\nparticipant S\n{}\n", drawn.replace(" | ", "\n"));
    let mut sources = Sources::new();
    let id = sources.add(Source::new("case.seq", text.as_str()));
    let drawn = parse(&sources, id, 0..text.len(), Dialect::Native);
    let drawn = drawn.unwrap_or_else(|problems| panic!("{text}{problems:?}")).diagram;
    let client = |name: &str| u32::from(name == "B");
    let event = |word: &str| match word.split_once('>') {
        Some((name, label)) => sent_by(client(name), label),
        None => {
            let (name, label) = word.split_once('<').unwrap_or_else(|| panic!("{word}"));
            got(client(name), label)
        }
    };
    let words: Vec<&str> = trace.split_whitespace().collect();
    let steps = words.split(|word| *word == ".").map(|step| step.iter().map(|word| event(word)).collect::<Vec<_>>());
    let log = long_silences(&options, steps);
    judge(&plan(&drawn, options.order), options, &log)
}

fn verdict(case: &Case, trace: &str) -> (Verdict, String) {
    let outcome = outcome(case.drawn, Options { order: case.order, ..Options::default() }, trace);
    let told = outcome.findings.first().map(|finding| (finding.class, finding.arrow, finding.what.clone()));
    (outcome.verdict, format!("{told:?} {:?} {:?}", outcome.doubts, outcome.trouble))
}

#[test]
fn every_construct_is_judged_as_documented() {
    let mut wrong = Vec::new();
    for case in CASES {
        let right = [(case.passes, Verdict::Pass), (case.fails, Verdict::Fail), (case.open, Verdict::Inconclusive)];
        for (traces, right) in right {
            for trace in traces {
                let (found, why) = verdict(case, trace);
                // Whose send was handled first may matter where nobody waited.
                let excused = case.order != Diagram && right == Verdict::Fail && found == Verdict::Inconclusive;
                if found != right && !excused {
                    wrong.push(format!("{:?} {}\n  {trace}: {found:?}, not {right:?}: {why}", case.order, case.drawn));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_ambiguity_names_its_lines_wherever_they_stand() {
    let drawn = "par | loop 0..3 | S->A: a | S->A: b | end | and | loop 0..3 | S->A: a | S->A: c | end | end";
    let trouble =
        outcome(drawn, Options { cap: 1, ..Options::default() }, "A<a").trouble.expect("two ways are too many");
    assert_eq!((trouble.kind, trouble.spans.len()), ("ambiguous", 2), "{trouble:?}");
}
