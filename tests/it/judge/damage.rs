//! Records that lost, doubled, exchanged or changed lines, or were cut off.

use super::{Recorded, Table, Told, recorded, tried};
use seqcheck::oracle::{Reason, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::trace::file;
use seqcheck::trace::{Entry, Event};

/// What a record comes to by its own diagram.
fn judge(recorded: &Recorded, counted: bool, entries: &[Entry]) -> CheckVerdict {
    let mut header = recorded.header.clone();
    if !counted {
        // As a version wrote it that did not count.
        header.sends = None;
    }
    recorded.prepared.judge(&header, entries).expect("a verdict")
}

fn without(entries: &[Entry], index: usize) -> Vec<Entry> {
    let mut entries = entries.to_vec();
    entries.remove(index);
    entries
}

#[test]
fn a_record_without_one_of_its_sends_is_doubted() {
    let (mut table, mut wrong, mut all) = (Table::default(), Vec::new(), 0);
    for recorded in recorded() {
        for (index, entry) in recorded.entries.iter().enumerate() {
            let Event::Sent { label, .. } = &entry.event else { continue };
            all += 1;
            if !tried(all) {
                continue;
            }
            let cut = without(&recorded.entries, index);
            for (row, counted) in [("counted", true), ("not counted", false)] {
                let judged = judge(recorded, counted, &cut);
                table.count(row, Told::of(&judged).word());
                if Told::of(&judged) != Told::Doubt(Reason::Gaps) {
                    wrong.push(format!("{} line {} ({label}), {row}: {judged}", recorded.name, index + 2));
                }
            }
        }
    }
    table.print("records without one of their sends");
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// What the tool wrote of itself: whatever becomes of it, the server has no part in it.
fn is_own(entry: &Entry) -> bool {
    match entry.event {
        Event::Sent { .. } | Event::Done { .. } | Event::Echoed { .. } | Event::Quiet { .. } | Event::Frozen => true,
        Event::Received { .. } | Event::Chose { .. } | Event::Learned { .. } => false,
    }
}

#[test]
fn damage_to_what_the_tool_wrote_is_never_the_servers() {
    let (mut table, mut wrong, mut all) = (Table::default(), Vec::new(), 0);
    for recorded in recorded() {
        let entries = &recorded.entries;
        for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| is_own(entry)) {
            all += 1;
            if !tried(all) {
                continue;
            }
            let mut damaged: Vec<(&'static str, Vec<Entry>)> = vec![("lost", without(entries, index))];
            let mut twice = entries.clone();
            twice.insert(index, entry.clone());
            damaged.push(("twice", twice));
            // What was learned belongs to the line above it.
            let fixed = |entry: &Entry| matches!(entry.event, Event::Learned { .. } | Event::Chose { .. });
            if entries.get(index + 1).is_some_and(|below| !fixed(below)) {
                let mut exchanged = entries.clone();
                exchanged.swap(index, index + 1);
                damaged.push(("exchanged", exchanged));
            }
            let mut renumbered = entries.clone();
            if let Event::Sent { arrow, .. } | Event::Done { arrow, .. } = &mut renumbered[index].event {
                *arrow = if index.is_multiple_of(2) { *arrow + 1 } else { u32::MAX };
                damaged.push(("renumbered", renumbered));
            }
            for (row, damaged) in damaged {
                for counted in [true, false] {
                    let judged = judge(recorded, counted, &damaged);
                    let told = Told::of(&judged);
                    table.count(row, told.word());
                    if matches!(told, Told::Fail(_) | Told::Otherwise | Told::Error) {
                        wrong.push(format!("{} line {} {row}, {counted}: {judged}", recorded.name, index + 2));
                    }
                }
            }
        }
    }
    table.print("damage to lines of the tool");
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_record_that_is_cut_off_is_doubted() {
    for recorded in recorded() {
        let end = recorded.entries.iter().position(|entry| entry.event == Event::Frozen).expect("an end");
        for cut in (0..=end).filter(|cut| *cut == end || tried(*cut)) {
            let judged = judge(recorded, false, &recorded.entries[..cut]);
            assert_eq!(Told::of(&judged), Told::Doubt(Reason::Gaps), "{} cut at {cut}: {judged}", recorded.name);
        }
    }
}

/// A number that depends on the one before (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// How many records are damaged; `SEQCHECK_DAMAGE` says more.
fn rounds() -> u64 {
    std::env::var("SEQCHECK_DAMAGE").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400)
}

/// Whatever becomes of the text of a record: it is refused with the line, or it comes to a verdict about the server, and
/// never to an error of the tool or a panic.
#[test]
fn no_damage_is_too_much() {
    let mut state = 7;
    let mut table = Table::default();
    for _ in 0..rounds() {
        let recorded = &recorded()[next(&mut state) as usize % recorded().len()];
        let mut lines: Vec<String> =
            file::write(&recorded.header, &recorded.entries).lines().map(str::to_owned).collect();
        for _ in 0..=next(&mut state) % 3 {
            damage(&mut lines, &mut state);
        }
        let text = lines.join("\n");
        match file::read(&text) {
            Err(errors) => {
                assert!(errors.iter().all(|error| error.line >= 1 && !error.message.is_empty()));
                table.count("text", "refused");
            }
            Ok((header, entries)) => {
                let judged = recorded.prepared.judge(&header, &entries).expect("a verdict");
                assert_ne!(judged.verdict(), Verdict::Error, "{judged}\n{text}");
                table.count("text", Told::of(&judged).word());
            }
        }
    }
    table.print("records damaged at random");
}

fn damage(lines: &mut Vec<String>, state: &mut u64) {
    let (at, other) = (next(state) as usize % lines.len(), next(state) as usize % lines.len());
    match next(state) % 7 {
        0 => drop(lines.remove(at)),
        1 => lines.swap(at, other),
        2 => lines.insert(other, lines[at].clone()),
        3 => lines.truncate(at.max(1)),
        4 => {
            let cut = lines[at].char_indices().map(|(place, _)| place).nth(next(state) as usize % 60).unwrap_or(0);
            lines[at].truncate(cut);
        }
        5 => {
            // Some number becomes another one.
            let numbers: Vec<(usize, char)> = lines[at].char_indices().filter(|(_, c)| c.is_ascii_digit()).collect();
            if !numbers.is_empty() {
                let (place, _) = numbers[next(state) as usize % numbers.len()];
                let digits = ["0", "7", "99", "4294967295", "18446744073709551615"];
                lines[at].replace_range(place..=place, digits[next(state) as usize % digits.len()]);
            }
        }
        _ => {
            let names = ["Alice", "Bob", "Server", "Nobody"];
            let (from, to) = (names[next(state) as usize % 3], names[next(state) as usize % 4]);
            lines[at] = lines[at].replace(&format!("\"{from}\""), &format!("\"{to}\""));
        }
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
}
