//! What belongs to no story: keep-alives, questions whether somebody is there, and answers to these.

use super::groups::Group;
use super::label;
use super::messages::{On, Story};
use super::tape::Side;
use super::unify::{Form, Role};
use rustc_hash::FxHashMap;
use serde_json::Value;

/// What a group is that no diagram draws.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Noise {
    /// A frame of the server that comes now and then.
    Ignore { group: usize },
    /// What a client has to send every so many milliseconds, and what comes back.
    Every { group: usize, answer: Option<usize>, millis: u64 },
    /// What a client answers at once.
    Auto { receive: usize, send: usize, shared: Option<(usize, usize)> },
    /// What the server answers at once.
    Echo { ask: usize, answer: usize, nonce: Option<(usize, usize)> },
}

impl Noise {
    /// The groups that are not drawn.
    pub fn groups(&self) -> Vec<usize> {
        match self {
            Noise::Ignore { group } => vec![*group],
            Noise::Every { group, answer, .. } => std::iter::once(*group).chain(*answer).collect(),
            Noise::Auto { receive, send, .. } => vec![*receive, *send],
            Noise::Echo { ask, answer, .. } => vec![*ask, *answer],
        }
    }
}

/// Words of keep-alives.
const ALIVE: [&str; 10] =
    ["ping", "pong", "heartbeat", "keepalive", "keep-alive", "keep_alive", "alive", "hb", "tick", "echo"];

/// The shortest period of a keep-alive, in nanoseconds.
const SHORTEST: u64 = 500_000_000;
/// So many times it comes at least where nothing but its period tells.
const TIMES: usize = 4;
/// An answer comes so soon.
const AT_ONCE: u64 = 2_000_000_000;

fn is_alive(group: &Group) -> bool {
    let words = group.words.to_lowercase();
    let last = words.rsplit([' ', '.', ':', '/']).next().unwrap_or_default();
    ALIVE.iter().any(|word| last == *word || words == *word)
        || ALIVE.iter().any(|word| word.len() > 4 && words.contains(word))
}

/// The period of some moments on one connection, where they are as regular as a clock.
fn period(moments: &[u64]) -> Option<u64> {
    let steps: Vec<u64> = moments.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    let mean = steps.iter().sum::<u64>() / u64::try_from(steps.len()).ok().filter(|count| *count > 0)?;
    let regular = steps.iter().all(|step| step.abs_diff(mean) * 5 <= mean);
    (mean >= SHORTEST && regular).then_some(mean)
}

/// The moments of a group by connection.
fn moments(story: &Story, group: &Group) -> FxHashMap<usize, Vec<u64>> {
    let mut all: FxHashMap<usize, Vec<u64>> = FxHashMap::default();
    for at in &group.items {
        all.entry(story.items[*at].line).or_default().push(story.items[*at].at);
    }
    all
}

/// Pairs of groups of which the first is always followed by the second on its connection, and the second always follows the
/// first.
fn pairs(story: &Story, groups: &[Group], of: &[usize]) -> Vec<(usize, usize)> {
    let mut next: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let mut lines: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (index, item) in
        story.items.iter().enumerate().filter(|(_, item)| item.on == On::Socket && item.known.is_none())
    {
        lines.entry(item.line).or_default().push(index);
    }
    // For each message, the group of the next one of the other side on its connection, where it comes at once.
    for line in lines.values() {
        let mut waits: Vec<usize> = Vec::new();
        for index in line {
            let item = &story.items[*index];
            waits.retain(|before| {
                let asked = &story.items[*before];
                if asked.side == item.side {
                    return true;
                }
                next.entry(of[*before]).or_default().push(of[*index]);
                false
            });
            waits.push(*index);
        }
    }
    let mut found = Vec::new();
    for (first, followers) in next {
        let second = followers[0];
        let all = followers.iter().all(|group| *group == second);
        if all && followers.len() == groups[first].items.len() && groups[second].items.len() == followers.len() {
            found.push((first, second));
        }
    }
    found.sort_unstable();
    found
}

/// The one value that a question and its answer share, and that is another one every time.
fn nonce(story: &Story, groups: &[Group], forms: &[Form], pair: (usize, usize)) -> Option<(usize, usize)> {
    let free = |group: usize| {
        let leaves = forms[group].leaves.iter().enumerate();
        let open = leaves.filter(|(_, leaf)| match &leaf.role {
            Role::Shown { .. } | Role::Chosen { .. } | Role::Known { .. } | Role::Any { .. } | Role::Made(_) => true,
            Role::Fixed(_) | Role::Own(_) | Role::Env { .. } => false,
        });
        open.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let (asks, answers) = (free(pair.0), free(pair.1));
    let value = |group: usize, leaf: usize, turn: usize| -> Option<&Value> {
        label::at(&story.items[groups[group].items[turn]].value, &forms[group].leaves[leaf].path)
    };
    let turns = groups[pair.0].items.len();
    asks.iter().find_map(|ask| {
        let same = |answer: &&usize| (0..turns).all(|turn| value(pair.0, *ask, turn) == value(pair.1, **answer, turn));
        Some((*ask, *answers.iter().find(same)?))
    })
}

/// The one value that all messages of a group have in a place.
pub(super) fn constant<'s>(story: &'s Story, group: &Group, form: &Form, leaf: usize) -> Option<&'s Value> {
    let path = &form.leaves[leaf].path;
    let mut values = group.items.iter().map(|item| label::at(&story.items[*item].value, path));
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// The noise of a story; `of` is the group of each item.
pub(super) fn of(story: &Story, groups: &[Group], forms: &[Form], of: &[usize]) -> Vec<Noise> {
    let mut all: Vec<Noise> = Vec::new();
    let mut taken: std::collections::BTreeSet<usize> = std::collections::BTreeSet::new();
    let mut echo = false;
    for (first, second) in pairs(story, groups, of) {
        if taken.contains(&first) || taken.contains(&second) {
            continue;
        }
        let alive = is_alive(&groups[first]) || is_alive(&groups[second]);
        let nonce = nonce(story, groups, forms, (first, second));
        let soon = groups[first]
            .items
            .iter()
            .zip(&groups[second].items)
            .all(|(ask, answer)| story.items[*answer].at.saturating_sub(story.items[*ask].at) <= AT_ONCE);
        // What a client says has to be known, but for what it has from the question, or makes up.
        let (client, own) = match groups[first].side {
            Side::Client => (first, nonce.map(|(ask, _)| ask)),
            Side::Server => (second, nonce.map(|(_, answer)| answer)),
        };
        let known = (0..forms[client].leaves.len()).all(|leaf| {
            let role = &forms[client].leaves[leaf].role;
            Some(leaf) == own
                || role.hole().is_none()
                || constant(story, &groups[client], &forms[client], leaf).is_some()
        });
        if !(alive && soon && known) {
            continue;
        }
        let regular =
            moments(story, &groups[first]).into_values().filter(|all| all.len() >= TIMES).find_map(|all| period(&all));
        let noise = match (groups[first].side, regular) {
            (Side::Server, _) => Noise::Auto { receive: first, send: second, shared: nonce },
            (Side::Client, Some(nanos)) if nonce.is_none() => {
                Noise::Every { group: first, answer: Some(second), millis: nanos / 1_000_000 }
            }
            (Side::Client, _) if !echo => {
                echo = true;
                Noise::Echo { ask: first, answer: second, nonce }
            }
            (Side::Client, _) => continue,
        };
        taken.extend(noise.groups());
        all.push(noise);
    }
    for (at, group) in groups.iter().enumerate() {
        if taken.contains(&at) || group.on != On::Socket || group.literal {
            continue;
        }
        let shows = forms[at].leaves.iter().any(|leaf| matches!(leaf.role, Role::Shown { .. }));
        let regular =
            || moments(story, group).into_values().filter(|all| all.len() >= TIMES).find_map(|all| period(&all));
        let noise = match group.side {
            Side::Server if is_alive(group) && !shows => Noise::Ignore { group: at },
            Side::Server if regular().is_some() => Noise::Ignore { group: at },
            Side::Client if !shows => match regular() {
                Some(nanos) => Noise::Every { group: at, answer: None, millis: nanos / 1_000_000 },
                None => continue,
            },
            Side::Server | Side::Client => continue,
        };
        taken.insert(at);
        all.push(noise);
    }
    all
}
