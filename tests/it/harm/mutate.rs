//! Texts that are almost diagrams, bindings and records: whatever is done to one, every verb that reads comes to an end
//! that is meant. The same number is always the same text, so that what fails fails again.
//!
//! `SEQCHECK_MUTATIONS=N` tries N of them, `SEQCHECK_MUTATION_FIRST=N` begins at that number, `SEQCHECK_MUTATION_TIME=60s`
//! ends after that time. Where one of them is given, the memory that each takes is looked at too: the test is then alone
//! in its process. A text that fails is kept in `target/mutations`.

#[path = "../../../fuzz/src/bodies.rs"]
mod bodies;

use crate::own_time::{LOOK, Watched, processor_time};
use crate::shell::seqcheck;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long one verb may take.
const LONGEST: Duration = Duration::from_secs(5);
/// How much memory the process may have while one text is read, in kibibytes.
const MOST: u64 = 500 * 1024;

/// The most memory that this process has had since the last call, in kibibytes; none where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    // From here on it is counted anew.
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A text that is well formed, or nearly so.
struct Seed {
    ending: String,
    text: String,
}

/// What is put in somewhere: words and signs that mean something to some reader, and some that mean nothing to any.
const WORDS: [&str; 74] = [
    "->",
    "-->",
    "->>",
    "<-",
    "<->",
    "-x",
    "-)",
    "()",
    "[*]",
    "*",
    "@{",
    "}",
    "{",
    "%%{init: {}}%%",
    "%%",
    "#@ ",
    "'@ ",
    "%%@ ",
    "//",
    "/*",
    "*/",
    "#",
    ";",
    ":",
    ",",
    "\"",
    "'",
    "\\n",
    "\\",
    "<br/>",
    "${x}",
    "{x}",
    "{x}{y}",
    "$1",
    "[",
    "]",
    "alt ",
    "else ",
    "end",
    "loop 3 ",
    "loop 0,* ",
    "opt ",
    "par ",
    "and ",
    "break ",
    "critical ",
    "option ",
    "rect rgb(1,2,3) ",
    "box x",
    "note over A: ",
    "note over A,B\n",
    "end note",
    "ref over A,B: x",
    "activate A",
    "deactivate A",
    "create ",
    "destroy A",
    "participant ",
    "actor ",
    " as ",
    "title x",
    "autonumber 1 2 \"<b>000\"",
    "...3s...",
    "== x ==",
    "#@ clients A = 3\n",
    "#@ within 1s\n",
    "#@ never\n",
    "@startuml\n",
    "@enduml\n",
    "sequenceDiagram\n",
    "```\n",
    "---\n",
    "end\nend\n",
    "!include x",
];
const ODD: [&str; 24] = [
    "\u{2028}",
    "\u{feff}",
    "\u{0}",
    "\r",
    "\r\n",
    "\t",
    "\u{a0}",
    "\u{200b}",
    "\u{202e}",
    "\u{85}",
    "\u{1b}[31m",
    "é",
    "e\u{301}",
    "中",
    "🙂",
    "\u{b}",
    "\u{c}",
    "\u{2029}",
    "İ",
    "ẞ",
    "ǅ",
    "\u{1f468}\u{200d}\u{1f469}",
    "–",
    "“",
];
const NUMBERS: [&str; 10] =
    ["0", "1", "-1", "4294967295", "4294967296", "18446744073709551616", "1e400", "0.0000001", "٣", "00"];

fn seeds() -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> =
        ["scenarios", "tests/cases", "bindings", "docs", "examples"].map(|name| root.join(name)).into();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    let wanted = ["seq", "mmd", "puml", "md", "toml"];
    let mut seeds: Vec<Seed> = files
        .iter()
        .filter_map(|path| {
            let ending = path.extension()?.to_str().filter(|ending| wanted.contains(ending))?.to_owned();
            let text = std::fs::read_to_string(path).ok().filter(|text| text.len() < 8_000)?;
            Some(Seed { ending, text })
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder to write in");
    let out = folder.path().display().to_string();
    let played = seqcheck(["scenarios/chat.seq", "--out", &out]).run();
    let trace = std::fs::read_to_string(folder.path().join("scenarios/chat.seq/trace.jsonl"));
    seeds.push(Seed { ending: "jsonl".to_owned(), text: trace.unwrap_or_else(|error| panic!("{error}\n{played}")) });
    for text in [
        "sequenceDiagram\nparticipant}@{\n",
        "sequenceDiagram\ne->\u{2028}()\n",
        "note over r\n N\nend\nendnote\n",
        "sequenceDiagram\nalt\nend\nactor ser\" }\nactor ser\" }\n",
    ] {
        let ending = if text.starts_with("seq") { "mmd" } else { "seq" };
        seeds.push(Seed { ending: ending.to_owned(), text: text.to_owned() });
    }
    seeds
}

/// A place between two characters.
fn place(random: &mut fastrand::Rng, text: &str) -> usize {
    let mut at = random.usize(0..=text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn pick<'a>(random: &mut fastrand::Rng, words: &[&'a str]) -> &'a str {
    words[random.usize(0..words.len())]
}

/// One change.
fn change(random: &mut fastrand::Rng, mut text: String, other: &str) -> String {
    let (a, b) = (place(random, &text), place(random, &text));
    let (from, to) = (a.min(b), a.max(b));
    let near = text[from..].char_indices().nth(random.usize(1..12)).map_or(text.len(), |(length, _)| from + length);
    match random.u32(0..15) {
        0 => text.replace_range(from..near, ""),
        1 => text.insert_str(a, pick(random, &WORDS)),
        2 => text.insert_str(a, pick(random, &ODD)),
        3 => text.replace_range(from..near, pick(random, &WORDS)),
        4 => {
            let part = text[from..near].to_owned();
            text.insert_str(near, &part.repeat(random.usize(1..40)));
        }
        5 => text.truncate(a),
        6 => text.replace_range(from..to, ""),
        7 => {
            let mut all = lines(&text);
            if all.len() > 1 {
                let (i, j) = (random.usize(0..all.len()), random.usize(0..all.len()));
                all.swap(i, j);
            }
            text = all.concat();
        }
        8 => {
            let mut all = lines(&text);
            if !all.is_empty() {
                let line = all[random.usize(0..all.len())].clone();
                all.insert(random.usize(0..=all.len()), line);
            }
            text = all.concat();
        }
        9 => {
            let mut all = lines(&text);
            if !all.is_empty() {
                all.remove(random.usize(0..all.len()));
            }
            text = all.concat();
        }
        10 => {
            let theirs = lines(other);
            if !theirs.is_empty() {
                let mut all = lines(&text);
                let at = random.usize(0..=all.len());
                all.insert(at, theirs[random.usize(0..theirs.len())].clone());
                text = all.concat();
            }
        }
        11 => {
            let end = place(random, other);
            text = format!("{}{}", &text[..a], &other[end..]);
        }
        12 => {
            let digits = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect::<Vec<_>>();
            if !digits.is_empty() {
                let at = digits[random.usize(0..digits.len())];
                text.replace_range(at..=at, pick(random, &NUMBERS));
            }
        }
        13 => {
            let mut all = lines(&text);
            if !all.is_empty() {
                let at = random.usize(0..all.len());
                all[at] = all[at].repeat(random.usize(2..200));
            }
            text = all.concat();
        }
        _ => text
            .insert_str(a, &pick(random, &["alt x\n", "(", "[", "{", "<", "par\n", "> "]).repeat(random.usize(1..300))),
    }
    text
}

/// The text of a number.
fn mutated(seeds: &[Seed], number: u64) -> Seed {
    let mut random = fastrand::Rng::with_seed(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let seed = &seeds[random.usize(0..seeds.len())];
    let same: Vec<&Seed> = seeds.iter().filter(|other| other.ending == seed.ending).collect();
    let mut text = seed.text.clone();
    for _ in 0..random.usize(1..5) {
        let other = same[random.usize(0..same.len())].text.clone();
        text = change(&mut random, text, &other);
    }
    Seed { ending: seed.ending.clone(), text }
}

#[test]
fn whatever_is_done_to_a_text_every_verb_ends_as_is_meant() {
    let time = std::env::var("SEQCHECK_MUTATION_TIME").ok();
    let time = time.map(|text| seqcheck::diagram::parse_duration(&text).expect("a time, as `60s`"));
    let alone = time.is_some() || std::env::var_os("SEQCHECK_MUTATIONS").is_some();
    let many = number("SEQCHECK_MUTATIONS", if time.is_some() { u64::MAX / 2 } else { 40 });
    let first = number("SEQCHECK_MUTATION_FIRST", 0);
    let seeds = seeds();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/mutations");
    let (tell, told) = mpsc::channel::<(u64, String)>();
    let (introduce, introduced) = mpsc::channel();
    let began = Instant::now();
    std::thread::spawn(move || {
        introduce.send(Watched::this_thread()).expect("somebody watches");
        for number in first..first.saturating_add(many) {
            if time.is_some_and(|time| began.elapsed() > time) {
                break;
            }
            let Seed { ending, text } = mutated(&seeds, number);
            let place = bodies::Place::with(&ending, &text);
            let mut wrong = String::new();
            for command in bodies::commands(&ending, number) {
                let _ = tell.send((number, String::new()));
                if alone {
                    peak();
                }
                // What others do on this machine does not count; what never ends is found by who waits.
                let began = processor_time();
                let told = place.run(&command);
                let took = processor_time() - began;
                if let Some(fault) = bodies::fault(&told) {
                    wrong += &format!("{}: {fault}\n", command.join(" "));
                }
                if took > LONGEST {
                    wrong += &format!("{}: took {took:?}\n", command.join(" "));
                }
                if let Some(peak) = peak().filter(|peak| alone && *peak > MOST) {
                    wrong += &format!("{}: took {peak} KiB\n", command.join(" "));
                }
            }
            if !wrong.is_empty() {
                std::fs::create_dir_all(&kept).expect("can be made");
                std::fs::write(kept.join(format!("{number}.{ending}")), &text).expect("can be written");
                let _ = tell.send((number, wrong));
            }
        }
    });
    let mut wrong = Vec::new();
    let mut last = first;
    let mut watched = introduced.recv().expect("it runs");
    let mut since = Duration::ZERO;
    loop {
        match told.recv_timeout(LOOK) {
            Ok((number, text)) => {
                (last, since) = (number, watched.own_time());
                if !text.is_empty() {
                    wrong.push(format!("{number}: {text}"));
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                watched.look();
                assert!(watched.own_time() - since < LONGEST * 12, "number {last} does not end");
            }
        }
    }
    let many = if time.is_some() { last + 1 - first } else { many };
    println!("{many} texts from number {first}, {} of them went wrong", wrong.len());
    assert!(wrong.is_empty(), "{} of {many}, see target/mutations:\n{}", wrong.len(), wrong.concat());
    assert_eq!(last, first + many - 1, "the thread ended early");
}

/// What is changed to make frames: something of each codec.
const FRAMES: [&[u8]; 12] = [
    br#"{"a":[1,"b",{"c":null}]}"#,
    b"<a b=\"c\"><d/>e</a>",
    b"MSG a 1 3\r\nabc\r\n",
    b"INFO {}\r\nPING\r\n",
    b"MESSAGE\ncontent-length:3\n\nabc\0",
    b"42[\"a\",{\"b\":1}]",
    b"451-[\"a\",{\"_placeholder\":true,\"num\":0}]",
    b":a!b@c PRIVMSG #d :e\r\n",
    b"\xa2\x61a\x01\x61b\x9f\x01\xff",
    b"\x82\xa1a\x01\xa1b\xc4\x02ab",
    b"\x30\x07\x00\x01aabcd",
    b"\x90\x03\x00\x01\x00",
];

#[test]
fn whatever_is_done_to_a_frame_every_codec_ends_as_is_meant() {
    let many = number("SEQCHECK_MUTATIONS", 130).min(20_000);
    for number in 0..many {
        let mut random = fastrand::Rng::with_seed(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut frame = FRAMES[random.usize(0..FRAMES.len())].to_vec();
        for _ in 0..random.usize(0..6) {
            let at = random.usize(0..=frame.len());
            match random.u32(0..4) {
                0 => frame.insert(at, random.u8(..)),
                1 => frame.truncate(at),
                2 => frame.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.u32(0..8)),
                _ => frame.extend_from_slice(&FRAMES[random.usize(0..FRAMES.len())][..2]),
            }
        }
        let began = processor_time();
        let told = bodies::frame(number as usize, random.bool(), &frame);
        let took = processor_time() - began;
        assert!(bodies::fault(&told).is_none() && took < LONGEST, "{number}: {frame:?}\n{told}");
        assert!(!told.contains("was not played"), "{told}");
    }
}
