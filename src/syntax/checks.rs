//! What can be said of a text only when all of it was read.

use super::{Builder, SYNTAX, directives::DIRECTIVE, limits};
use crate::diagram::{Participant, Setting};
use crate::source::{Diagnostic, Span};
use rustc_hash::{FxHashMap, FxHashSet};

/// Names longer than this are not compared with others.
const LONGEST_COMPARED: usize = 64;

/// So many names that differ in the same letter are meant so.
const FAMILY: usize = 16;

pub(super) fn all(builder: &Builder) -> Vec<Diagnostic> {
    let mut found = swapped_aliases(builder);
    found.extend(likely_typos(builder));
    found.extend(unknown_names(builder));
    found
}

/// A lifeline whose drawn name was used in arrows, its id never: the alias stands in the order of another dialect.
fn swapped_aliases(builder: &Builder) -> Vec<Diagnostic> {
    let mut by_label: FxHashMap<&str, &Participant> = FxHashMap::default();
    for (participant, &mentions) in builder.diagram.participants.iter().zip(&builder.mentions) {
        if let (Some(label), 0) = (&participant.label, mentions) {
            by_label.insert(label, participant);
        }
    }
    let implied = builder.diagram.participants.iter().filter(|participant| !participant.declared);
    implied
        .filter_map(|user| {
            let declared = by_label.get(user.id.as_str())?;
            let keyword = declared.kind.keyword();
            let said = format!("`{}` is only the drawn name of `{}`", user.id, declared.id);
            let own = format!("this is another lifeline; `{}` is never used", declared.id);
            Some(if builder.names_first {
                Diagnostic::warning(SYNTAX, said)
                    .at(user.span, own)
                    .see(declared.span, "declared here: the name in arrows, `as`, the drawn name")
                    .with_help(format!("exchange the two: {keyword} {} as {}", user.id, declared.id))
            } else {
                let problem = Diagnostic::error(SYNTAX, said)
                    .at(user.span, own)
                    .see(declared.span, "declared here: the drawn name, `as`, the name in arrows")
                    .with_help(format!("exchange the two: {keyword} \"{}\" as {}", declared.id, user.id));
                Diagnostic { severity: builder.swapped_aliases, ..problem }
            })
        })
        .collect()
}

/// A lifeline that one statement implies and that is one letter away from another.
fn likely_typos(builder: &Builder) -> Vec<Diagnostic> {
    let participants = &builder.diagram.participants;
    let suspect = |index: usize| !participants[index].declared && builder.mentions[index] == 1;
    if !(0..participants.len()).any(suspect) {
        return Vec::new();
    }
    // Two names are one letter apart where they are equal, or become so, when at most one letter of each is cut out.
    let mut by_key: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (index, participant) in participants.iter().enumerate() {
        for key in cut(&participant.id) {
            by_key.entry(key).or_default().push(index);
        }
    }
    let mut found = Vec::new();
    for index in (0..participants.len()).filter(|&index| suspect(index)) {
        let name = &participants[index].id;
        // Many names that differ in one letter are a family, and no slips.
        let buckets = cut(name).into_iter().filter_map(|key| by_key.get(&key)).filter(|near| near.len() <= FAMILY);
        let near = buckets.flatten().copied().filter(|&other| other != index && !(suspect(other) && other > index));
        let best = near.filter(|&other| looks_like(name, &participants[other].id)).min();
        if let Some(other) = best {
            let other = &participants[other];
            found.push(
                Diagnostic::warning("SQ119", format!("`{name}` is used once and looks like `{}`", other.id))
                    .at(participants[index].span, "as it is written, this is another lifeline")
                    .see(other.span, format!("`{}` is first used here", other.id))
                    .with_help(format!("write `{}`, or declare the lifeline: participant {name}", other.id)),
            );
        }
    }
    found
}

/// The name in lower case, and with each of its letters cut out.
fn cut(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.to_lowercase().chars().take(LONGEST_COMPARED + 1).collect();
    if letters.len() < 3 || letters.len() > LONGEST_COMPARED {
        return Vec::new();
    }
    let without = |gap: usize| letters.iter().enumerate().filter(|&(at, _)| at != gap).map(|(_, c)| c).collect();
    (0..=letters.len()).map(without).collect()
}

/// One letter apart, and not on purpose: `Bob1` and `Bob2`, `ServerA` and `ServerB`, `DB` and `DB 2` are meant so.
fn looks_like(one: &str, other: &str) -> bool {
    if one.to_lowercase() == other.to_lowercase() {
        return true;
    }
    if strsim::damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase()) != 1 {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = |name: &[char]| name.get(start..).unwrap_or_default().to_vec();
    let (mut a, mut b) = (rest(&a), rest(&b));
    while a.last().is_some() && a.last() == b.last() {
        a.pop();
        b.pop();
    }
    let numbered = a.iter().chain(&b).any(|c| c.is_numeric() || c.is_uppercase());
    // `worker a` and `worker b`: the last letter is a word of its own.
    let lettered = one.chars().rev().nth(1).is_none_or(char::is_whitespace);
    !numbered && !lettered
}

/// Names in `simulate`, `test` and `clients` that no lifeline has.
fn unknown_names(builder: &Builder) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let clients: FxHashSet<&str> = builder.diagram.settings.iter().filter_map(clients_name).collect();
    for setting in &builder.diagram.settings {
        for name in setting.names() {
            // One of many: `Watcher7` of `Watcher`.
            let family = name.trim_end_matches(|c: char| c.is_ascii_digit());
            let numbered = family.len() < name.len() && clients.contains(family);
            if found.len() <= limits::PROBLEMS && builder.known(&name).is_none() && !numbered {
                found.push(unknown_name(builder, &name, setting.span()));
            }
        }
    }
    found
}

fn clients_name(setting: &Setting) -> Option<&str> {
    if let Setting::Clients(clients) = setting { Some(&clients.name) } else { None }
}

fn unknown_name(builder: &Builder, name: &str, at: Span) -> Diagnostic {
    let error = Diagnostic::error(DIRECTIVE, format!("no lifeline has the name `{name}`")).at(at, "");
    let participants = &builder.diagram.participants;
    let drawn = participants.iter().find(|participant| participant.label.as_deref() == Some(name));
    let near = || {
        let near = participants.iter().take(1000).filter(|other| other.id.len() <= LONGEST_COMPARED);
        let near = near.filter(|other| other.id.len().abs_diff(name.len()) <= 8);
        let near = near.map(|other| (strsim::damerau_levenshtein(name, &other.id), other));
        near.filter(|&(distance, _)| distance <= 2).min_by_key(|&(distance, _)| distance).map(|(_, other)| other)
    };
    match drawn.or_else(near) {
        Some(other) => error.with_help(format!("did you mean `{}`?", other.id)),
        None if participants.is_empty() => error,
        None => {
            let ids: Vec<&str> = participants.iter().take(12).map(|participant| participant.id.as_str()).collect();
            error.with_note(format!("the lifelines are {}", ids.join(", ")))
        }
    }
}
