//! What a diagram holds, as the engine of Mermaid reports it: participants in their order, messages in theirs.

use super::{arrows, records};
use seqcheck::diagram::{Diagram, End};
use std::collections::BTreeMap;

/// Counts of participants and messages, and a digest of both in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    participants: usize,
    messages: usize,
    digest: String,
}

/// What the engine reported, by the name of the file.
pub fn of_engine() -> BTreeMap<String, Report> {
    let rows = records(include_str!("engine.csv"));
    let number = |cell: &String| cell.parse().expect("a number");
    let report = |row: &Vec<String>| {
        let [_, participants, messages, digest] = row.as_slice() else { panic!("four cells: {row:?}") };
        Report { participants: number(participants), messages: number(messages), digest: digest.clone() }
    };
    rows.iter().skip(1).map(|row| (row[0].clone(), report(row))).collect()
}

/// The same of a diagram that was read.
pub fn of(diagram: &Diagram) -> Report {
    let mut text = String::new();
    for participant in &diagram.participants {
        text.push_str(&format!("{}\n", plain(&participant.id)));
    }
    let arrows = arrows(diagram);
    for arrow in &arrows {
        let name = |end: &End| match end {
            End::Participant(id) => plain(&diagram.participant(*id).id),
            End::Outside(_) | End::Everyone { .. } | End::Several(_) => format!("{end:?}"),
        };
        // The engine reports the ends from left to right, also where the head is at the left one.
        let reversed =
            arrow.drawn.style.as_deref().is_some_and(|style| style.split(' ').any(|word| word == "reversed"));
        let (from, to) = if reversed { (&arrow.to, &arrow.from) } else { (&arrow.from, &arrow.to) };
        text.push_str(&format!("{}\t{}\t{}\n", name(from), name(to), plain(&arrow.label)));
    }
    Report { participants: diagram.participants.len(), messages: arrows.len(), digest: digest(&text) }
}

/// White space as one blank; the engine cleans HTML in labels, which changes the kind of quotes.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "'")
}

/// FNV-1a, 64 bits.
fn digest(text: &str) -> String {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
