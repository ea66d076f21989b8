//! Which lifelines of an architecture picture are the client, the server and neither: proposed from what they are called.

use crate::diagram::{Arrow, Diagram, End, Participant, ParticipantKind, arrows};

/// Words in the name of a lifeline that runs in front of a server.
const CLIENTS: [&str; 16] = [
    "client",
    "browser",
    "frontend",
    "front end",
    "ui",
    "app",
    "mobile",
    "desktop",
    "phone",
    "page",
    "spa",
    "sdk",
    "widget",
    "tab",
    "device",
    "interface",
];

/// Words in the name of a person.
const PEOPLE: [&str; 8] = ["user", "person", "admin", "administrator", "customer", "human", "player", "people"];

/// The lines that would say it, as a help; none where the picture has but two lifelines, or no client that can be told.
pub(super) fn of(diagram: &Diagram) -> Option<String> {
    let all = &diagram.participants;
    let talks = |participant: &Participant| arrows(&diagram.body).any(|arrow| touches(diagram, arrow, participant));
    let drawn: Vec<&Participant> = all.iter().filter(|participant| talks(participant)).collect();
    if drawn.len() < 3 {
        return None;
    }
    let clients: Vec<&Participant> = drawn.iter().copied().filter(|one| says(one, &CLIENTS)).collect();
    let people = |one: &&Participant| one.kind == ParticipantKind::Actor || says(one, &PEOPLE);
    let (clients, silent): (Vec<&Participant>, Vec<&Participant>) = if clients.is_empty() {
        (drawn.iter().copied().filter(people).collect(), Vec::new())
    } else {
        let among = |one: &Participant| clients.iter().any(|client| client.id == one.id);
        let silent = drawn.iter().copied().filter(|one| !among(one)).filter(people).collect();
        (clients, silent)
    };
    let rest = |one: &&Participant| !clients.iter().chain(&silent).any(|other| other.id == one.id);
    let server: Vec<&Participant> = drawn.iter().copied().filter(rest).collect();
    if clients.is_empty() || server.is_empty() {
        return None;
    }
    let list = |some: &[&Participant]| some.iter().map(|one| one.id.as_str()).collect::<Vec<_>>().join(", ");
    let who = match &clients[..] {
        [one] => format!("`{}` is the only client", one.id),
        several => format!("the clients are {}", list(several)),
    };
    let mut lines = format!("\n  #@ server = {}", list(&server));
    if !silent.is_empty() {
        lines.push_str(&format!("\n  #@ silent {}", list(&silent)));
    }
    Some(format!("{} lifelines, and {who}, as it seems; put above the first arrow:{lines}", drawn.len()))
}

fn touches(diagram: &Diagram, arrow: &Arrow, participant: &Participant) -> bool {
    [&arrow.from, &arrow.to].into_iter().any(|end| match end {
        End::Participant(id) => diagram.participant(*id).id == participant.id,
        End::Several(ids) => ids.iter().any(|id| diagram.participant(*id).id == participant.id),
        End::Outside(_) | End::Everyone { .. } => false,
    })
}

/// Whether one of these words stands in what a lifeline is called, alone or with a number.
fn says(participant: &Participant, words: &[&str]) -> bool {
    let mut name = format!(" {} {} ", participant.id, participant.drawn()).to_lowercase();
    name.retain(|c| !c.is_numeric());
    let name = name.replace(|c: char| !c.is_alphabetic(), " ");
    words.iter().any(|word| name.contains(&format!(" {word} ")))
}
