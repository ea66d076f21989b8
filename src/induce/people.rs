//! Who took part: the clients of a recording, their names, and what of a recording is its story.

use super::tape::{Entry, Side, Tape, What};
use super::words;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// As a diagram names it.
    pub name: String,
    /// As it calls itself on the wire, where it does.
    pub own: Option<String>,
    /// As whoever recorded it calls it, where somebody does.
    client: Option<String>,
}

/// The clients, and whose each line is.
#[derive(Clone, Debug, Default)]
pub(super) struct People {
    pub all: Vec<Person>,
    /// By line; none where nothing was said on it.
    pub of_line: Vec<Option<usize>>,
}

impl People {
    /// Somebody of whom nothing is known.
    pub fn nobody() -> People {
        let person = Person { name: String::new(), own: None, client: None };
        People { all: vec![person], of_line: Vec::new() }
    }
}

/// Names of clients that do not name themselves.
const NAMES: [&str; 8] = ["Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi"];

/// What a client calls itself by.
const OWN: [&str; 14] = [
    "name",
    "user",
    "username",
    "user_name",
    "userName",
    "nick",
    "nickname",
    "login",
    "self",
    "client",
    "client_id",
    "clientId",
    "who",
    "as",
];

/// The frames in which a client may say who it is.
const FIRST: usize = 3;

/// What is known of a line from its first entries.
#[derive(Default)]
struct Seen {
    dialled: bool,
    own: Option<String>,
    frames: usize,
    /// The places of its first and its last entry.
    first: usize,
    last: usize,
    /// It waits for an answer, or has an event stream.
    streams: bool,
    any: bool,
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    (1..=24).contains(&text.chars().count()) && text.starts_with(char::is_alphabetic) && text.chars().all(plain)
}

fn named_in(value: &Value) -> Option<String> {
    let map = value.as_object()?;
    let found = OWN.iter().find_map(|name| map.get(*name)?.as_str().filter(|text| is_name(text)));
    found.map(str::to_owned)
}

fn seen(tape: &Tape) -> Vec<Seen> {
    let mut lines: Vec<Seen> = tape.lines.iter().map(|_| Seen::default()).collect();
    for (place, entry) in tape.entries.iter().enumerate() {
        let line = &mut lines[entry.line];
        if !std::mem::replace(&mut line.any, true) {
            line.first = place;
        }
        line.last = place;
        match &entry.what {
            What::Dial { url, .. } => {
                line.dialled = true;
                let query = words::query(url);
                let own = OWN.iter().find_map(|name| query.iter().find(|(key, _)| key == name));
                line.own = own.map(|(_, value)| value.clone()).filter(|text| is_name(text));
            }
            What::Asked { body, headers, .. } => {
                line.streams |= headers.iter().any(|(name, value)| name == "accept" && value.contains("event-stream"));
                if line.own.is_none() {
                    line.own = words::json(body).as_ref().and_then(named_in);
                }
            }
            What::Frame { from, raw } if line.frames < FIRST => {
                line.frames += usize::from(*from == Side::Client);
                if line.own.is_none() && *from == Side::Client {
                    line.own = words::json(raw).as_ref().and_then(named_in);
                }
            }
            What::Frame { .. }
            | What::Accepted { .. }
            | What::Answered { .. }
            | What::Event { .. }
            | What::Close { .. }
            | What::End { .. } => {}
        }
    }
    lines
}

/// Who is who. A connection that is opened when one of the same name has ended is that client again; one beside it is another
/// client.
pub(super) fn of(tape: &Tape) -> People {
    let seen = seen(tape);
    let mut people = People { all: Vec::new(), of_line: vec![None; tape.lines.len()] };
    // When the last line of each ended, and what kinds of line it has.
    let mut busy: Vec<(usize, bool, bool)> = Vec::new();
    for (at, (line, kept)) in seen.iter().zip(&tape.lines).enumerate() {
        if !line.any {
            continue;
        }
        let own = line.own.clone();
        let free = |who: usize| {
            let (until, dialled, _) = busy[who];
            until < line.first || (dialled != line.dialled && own.is_some())
        };
        let same = |who: &usize| {
            let person: &Person = &people.all[*who];
            match (&kept.client, &own) {
                (Some(client), _) => person.client.as_ref() == Some(client),
                (None, Some(own)) => {
                    person.client.is_none() && person.own.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(own))
                }
                // Requests of nobody in particular are of one client, event streams of one each.
                (None, None) => {
                    let (_, dialled, streams) = busy[*who];
                    person.own.is_none() && !dialled && !line.dialled && streams == line.streams
                }
            }
        };
        let known = (0..people.all.len()).find(|who| same(who) && (kept.client.is_some() || free(*who)));
        let who = known.unwrap_or_else(|| {
            people.all.push(Person { name: String::new(), own: None, client: kept.client.clone() });
            busy.push((0, line.dialled, line.streams));
            people.all.len() - 1
        });
        let person = &mut people.all[who];
        // As it says when it connects.
        person.own = if line.dialled { own.or(person.own.take()) } else { person.own.take().or(own) };
        busy[who] = (busy[who].0.max(line.last), busy[who].1 || line.dialled, busy[who].2 || line.streams);
        people.of_line[at] = Some(who);
    }
    name(&mut people.all, &busy);
    for person in &mut people.all {
        person.own = person.own.take().or(person.client.clone());
    }
    people
}

/// A name for each, which no other has.
fn name(people: &mut [Person], busy: &[(usize, bool, bool)]) {
    let mut taken: FxHashSet<String> = std::iter::once("server".to_owned()).collect();
    for (person, (_, dialled, streams)) in people.iter_mut().zip(busy) {
        let wish = match person.client.as_ref().or(person.own.as_ref()) {
            Some(name) => words::identifier(name),
            None if *dialled => NAMES
                .iter()
                .find(|name| !taken.contains(&name.to_lowercase()))
                .map_or_else(|| "Client".to_owned(), |name| (*name).to_owned()),
            None if *streams => "Page".to_owned(),
            None => "Caller".to_owned(),
        };
        let turns = (1_u32..).map(|turn| if turn == 1 { wish.clone() } else { format!("{wish}{turn}") });
        person.name = turns.into_iter().find(|name| !taken.contains(&name.to_lowercase())).unwrap_or_default();
        taken.insert(person.name.to_lowercase());
    }
}

/// So long may pass between the ends with which a recording ends, in nanoseconds.
const PARTING: u64 = 100_000_000;
/// So long a client may try again to be let in.
const RETRY: u64 = 10_000_000_000;

/// The entries that are the story: without the ends with which everybody leaves, without the second half of every end, and
/// without handshakes that are refused and tried again at once; the statuses of these are told.
pub(super) fn story<'t>(tape: &'t Tape, people: &People) -> (Vec<&'t Entry>, Vec<u16>) {
    let mut over: FxHashSet<usize> = FxHashSet::default();
    let mut story: Vec<&Entry> = Vec::new();
    for entry in &tape.entries {
        let ends = matches!(entry.what, What::Close { .. } | What::End { .. });
        if over.contains(&entry.line) || (ends && !over.insert(entry.line)) {
            continue;
        }
        story.push(entry);
    }
    let retried = tried_again(&story, people);
    let statuses: std::collections::BTreeSet<u16> = retried.values().copied().collect();
    let mut story: Vec<&Entry> = story.into_iter().filter(|entry| !retried.contains_key(&entry.line)).collect();
    let by_client = |entry: &Entry| match &entry.what {
        What::Dial { .. } | What::Asked { .. } => true,
        What::Frame { from, .. } | What::Close { from, .. } | What::End { from } => *from == Side::Client,
        What::Accepted { .. } | What::Answered { .. } | What::Event { .. } => false,
    };
    let leaves = |entry: &Entry| matches!(entry.what, What::Close { .. } | What::End { .. }) && by_client(entry);
    let mut cut = story.len();
    let mut last: Option<u64> = None;
    for (at, entry) in story.iter().enumerate().rev() {
        if by_client(entry) && !leaves(entry) {
            break;
        }
        if leaves(entry) {
            if last.is_some_and(|last| entry.at.saturating_add(PARTING) < last) {
                break;
            }
            last = Some(entry.at);
            cut = at;
        }
    }
    story.truncate(cut);
    (story, statuses.into_iter().collect())
}

/// The lines whose handshake was refused and tried again with the same words, and let in, before its client did anything else.
fn tried_again(story: &[&Entry], people: &People) -> FxHashMap<usize, u16> {
    let mut refused: FxHashMap<usize, (u64, u16, &str)> = FxHashMap::default();
    let mut dialled: FxHashMap<usize, (&str, bool)> = FxHashMap::default();
    let mut found: FxHashMap<usize, u16> = FxHashMap::default();
    let mut waits: FxHashMap<(Option<usize>, &str), Vec<usize>> = FxHashMap::default();
    for entry in story {
        match &entry.what {
            What::Dial { url, .. } => drop(dialled.insert(entry.line, (url, false))),
            What::Answered { status, .. } => {
                if let Some((url, _)) = dialled.get(&entry.line) {
                    refused.insert(entry.line, (entry.at, *status, url));
                    waits.entry((people.of_line[entry.line], url)).or_default().push(entry.line);
                }
            }
            What::Accepted { .. } => {
                let Some((url, _)) = dialled.get(&entry.line) else { continue };
                for line in waits.remove(&(people.of_line[entry.line], *url)).unwrap_or_default() {
                    if let Some((at, status, _)) = refused.get(&line)
                        && entry.at.saturating_sub(*at) <= RETRY
                    {
                        found.insert(line, *status);
                    }
                }
            }
            What::Asked { .. } | What::Frame { .. } | What::Event { .. } | What::Close { .. } | What::End { .. } => {}
        }
    }
    found
}
