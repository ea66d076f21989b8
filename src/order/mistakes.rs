//! Slips of the pen that would make a part of a diagram silent: what they say can be drawn, and would never be played.

use super::{Role, Vocabulary, Word};
use crate::diagram::{Arrow, Diagram, End, Participant, ParticipantId, Setting, arrows};
use crate::source::Diagnostic;

/// A lifeline that nobody declared, where all others are declared, and whose name is most likely another's with a slip.
pub(super) fn lifelines(diagram: &Diagram) -> Vec<Diagnostic> {
    let (declared, implied): (Vec<&Participant>, Vec<&Participant>) =
        diagram.participants.iter().partition(|participant| participant.declared || is_unfolded(diagram, participant));
    if declared.len() < 2 || implied.is_empty() {
        return Vec::new();
    }
    let slips: Vec<Option<Diagnostic>> = implied.iter().map(|one| slip(one, &declared)).collect();
    // Where others are not declared either, a name without a declaration is this author's habit.
    if slips.iter().all(Option::is_some) { slips.into_iter().flatten().collect() } else { Vec::new() }
}

/// `Watcher7`, one of those that `#@ clients Watcher = 10` makes.
fn is_unfolded(diagram: &Diagram, participant: &Participant) -> bool {
    let family = participant.id.trim_end_matches(|c: char| c.is_ascii_digit());
    let of = |setting: &Setting| matches!(setting, Setting::Clients(clients) if clients.name == family);
    family.len() < participant.id.len() && diagram.settings.iter().any(of)
}

fn slip(one: &Participant, declared: &[&Participant]) -> Option<Diagnostic> {
    let name = &one.id;
    let begins = |other: &&&Participant| name.strip_prefix(other.id.as_str()).is_some_and(|rest| rest.starts_with(' '));
    if let Some(other) = declared.iter().filter(begins).max_by_key(|other| other.id.len()) {
        let rest = name[other.id.len()..].trim_start();
        return Some(
            Diagnostic::error("roles", format!("there is no lifeline `{name}`"))
                .at(one.span, format!("a colon is missing after `{}`", other.id))
                .see(other.span, "declared here")
                .with_help(format!("write the label after a colon: {}: {rest}", other.id)),
        );
    }
    let near = declared.iter().filter(|other| alike(name, &other.id));
    let best = near.min_by_key(|other| strsim::damerau_levenshtein(name, &other.id))?;
    Some(
        Diagnostic::error("roles", format!("`{name}` is not declared, but all other lifelines are"))
            .at(one.span, format!("did you mean `{}`?", best.id))
            .see(best.span, "declared here")
            .with_help(format!("write `{}`, or declare the lifeline: participant {name}", best.id)),
    )
}

/// A letter or two apart, and not on purpose: `Bob1` and `Bob2`, `A` and `B` are meant so.
fn alike(one: &str, other: &str) -> bool {
    let (a, b) = (one.to_lowercase(), other.to_lowercase());
    let letters = |name: &str| name.chars().filter(|c| !c.is_numeric()).collect::<String>();
    let longest = a.chars().count().max(b.chars().count());
    let apart = strsim::damerau_levenshtein(&a, &b);
    (a == b || letters(&a) != letters(&b)) && longest >= 3 && apart <= if longest >= 5 { 2 } else { 1 }
}

/// Connects with a slip in them, of lifelines that would not be played for it.
pub(super) fn connects(diagram: &Diagram, roles: &[Role], words: &dyn Vocabulary) -> Vec<Diagnostic> {
    let slip = |arrow: &Arrow| {
        let unplayed = |id: &ParticipantId| roles[id.0 as usize] == Role::Tested;
        let End::Participant(from) = &arrow.from else { return None };
        if !unplayed(from) || words.word(&arrow.label) != Word::Message {
            return None;
        }
        let meant = words.connect_like(&arrow.label)?;
        let name = &diagram.participants[from.0 as usize].id;
        Some(
            Diagnostic::error(
                "roles",
                format!("`{}` opens no connection, so seqcheck would not play {name}", arrow.label),
            )
            .at(arrow.label_span, format!("did you mean `{meant}`?"))
            .with_help(format!("write {meant}; or name the participants to play: #@ simulate {name}")),
        )
    };
    arrows(&diagram.body).filter_map(slip).collect()
}
