//! The diagram of a story.

use super::messages::{Step, Story};
use super::tape::Side;
use std::fmt::Write as _;

/// What a diagram says beside its arrows.
#[derive(Clone, Debug, Default)]
pub(super) struct Head<'a> {
    pub title: &'a str,
    /// As the line `#@ binding` names it.
    pub binding: Option<&'a str>,
    /// Whether long silences are drawn.
    pub times: bool,
}

/// From so much silence on it is drawn, in nanoseconds.
const SILENCE: u64 = 1_000_000_000;

/// The text of a diagram; `labels` are those of the messages, none where one is not drawn.
pub(super) fn of(story: &Story, labels: &[Option<String>], head: &Head<'_>) -> String {
    let mut out = format!("title {}\n", head.title);
    if let Some(binding) = head.binding {
        let _ = writeln!(out, "#@ binding {binding}");
    }
    out.push('\n');
    let appears = |who: usize| {
        story.steps.iter().any(|(_, step)| match step {
            Step::Connect { who: other } | Step::Word { who: other, .. } => *other == who,
            Step::Message(item) => story.items[*item].who == who,
        })
    };
    for (_, person) in story.people.all.iter().enumerate().filter(|(who, _)| appears(*who)) {
        let _ = writeln!(out, "actor {}", person.name);
    }
    out.push_str("participant Server\n\n");
    let mut last: Option<u64> = None;
    for (at, step) in &story.steps {
        let (who, side, label) = match step {
            Step::Connect { who } => {
                let person = &story.people.all[*who];
                let label = match person.own.as_ref().filter(|own| **own != person.name) {
                    Some(own) => format!("WS connect as {own}"),
                    None => "WS connect".to_owned(),
                };
                (*who, Side::Client, label)
            }
            Step::Message(item) => match &labels[*item] {
                Some(label) => (story.items[*item].who, story.items[*item].side, label.clone()),
                None => continue,
            },
            Step::Word { who, side, label } => (*who, *side, label.clone()),
        };
        let silence = last.map_or(0, |last| at.saturating_sub(last));
        last = Some(*at);
        if head.times && silence >= SILENCE {
            // Rounded down, so that what comes is never too early for what is drawn.
            let _ = writeln!(out, "...{}...", tenths(silence));
        }
        let name = &story.people.all[who].name;
        let _ = match side {
            Side::Client => writeln!(out, "{name}->Server: {label}"),
            Side::Server => writeln!(out, "Server->{name}: {label}"),
        };
    }
    out
}

/// A duration in tenths of a second.
fn tenths(nanos: u64) -> String {
    let tenths = nanos / 100_000_000;
    if tenths.is_multiple_of(10) { format!("{}s", tenths / 10) } else { format!("{}.{}s", tenths / 10, tenths % 10) }
}
