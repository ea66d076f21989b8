//! Connects that nobody draws: where a binding says `[connect] implicit = true`, the first message of a client dials.

use super::cast::Roles;
use super::{Role, Vocabulary, Word};
use crate::diagram::{Arrow, Diagram, Drawn, End, Item, ParticipantId, arrows, every};
use rustc_hash::FxHashSet;

/// The diagram with a connect above the first message of each client and server that stands above every connect drawn
/// between them; none where nothing is to be added.
///
/// The connect stands in front of the outermost fragment around that message: whichever operand is taken, and however often,
/// the client is connected once.
pub(super) fn connects(diagram: &Diagram, cast: &Roles, words: &dyn Vocabulary) -> Option<Diagram> {
    let label = words.implied_connect()?;
    let same = |id: &ParticipantId| cast.shares[id.0 as usize].unwrap_or(*id);
    // A group of receivers that is drawn as a lifeline connects nowhere.
    let dials = |arrow: &&Arrow| matches!(words.word(&arrow.label), Word::Connect | Word::Request);
    let connects: FxHashSet<ParticipantId> =
        arrows(&diagram.body).filter(dials).flat_map(|arrow| super::cast::ends(&arrow.from).iter().copied()).collect();
    let serves = cast.serving(diagram, words);
    let serves = |id: &ParticipantId| serves[id.0 as usize];
    // Who is simulated dials, but for a server that the tool plays.
    let dialling = |own: &ParticipantId, other: &ParticipantId| {
        if serves(own) && !serves(other) { (*other, same(own)) } else { (*own, same(other)) }
    };
    let pair = |arrow: &Arrow| -> Option<(ParticipantId, ParticipantId)> {
        let (End::Participant(from), End::Participant(to)) = (&arrow.from, &arrow.to) else { return None };
        if words.receivers(&arrow.label).is_some() && !connects.contains(to) && !connects.contains(from) {
            return None;
        }
        let role = |id: &ParticipantId| cast.roles[id.0 as usize];
        match (role(from), role(to)) {
            (Role::Simulated, Role::Tested) => Some(dialling(from, to)),
            (Role::Tested, Role::Simulated) => Some(dialling(to, from)),
            (Role::Simulated | Role::Silent, Role::Simulated | Role::Silent)
            | (Role::Tested, Role::Tested)
            | (Role::Silent, Role::Tested)
            | (Role::Tested, Role::Silent) => None,
        }
    };
    let mut connected: FxHashSet<(ParticipantId, ParticipantId)> = FxHashSet::default();
    let mut requested: FxHashSet<(ParticipantId, ParticipantId)> = FxHashSet::default();
    let client_says =
        |arrow: &Arrow, client: ParticipantId| matches!(&arrow.from, End::Participant(from) if *from == client);
    let mut added = false;
    let mut body = Vec::with_capacity(diagram.body.len());
    for item in &diagram.body {
        for arrow in every(std::slice::from_ref(item)).filter_map(|item| match item {
            Item::Arrow(arrow) => Some(arrow),
            _ => None,
        }) {
            let Some((client, server)) = pair(arrow) else { continue };
            let uses = match words.word(&arrow.label) {
                Word::Connect => {
                    connected.insert((client, server));
                    false
                }
                Word::Message => !words.is_event(&arrow.label) || client_says(arrow, client),
                Word::Status => words.accepts(&arrow.label) && !requested.contains(&(client, server)),
                Word::Request => {
                    requested.insert((client, server));
                    false
                }
                // It was open before the drawing begins.
                Word::End => !requested.contains(&(client, server)),
                Word::Local => false,
            };
            if !uses || !connected.insert((client, server)) {
                continue;
            }
            added = true;
            body.push(Item::Arrow(Arrow {
                from: End::Participant(client),
                to: End::Participant(server),
                drawn: Drawn { implied: true, ..Drawn::default() },
                label: label.to_owned(),
                span: arrow.span,
                label_span: arrow.label_span,
            }));
        }
        body.push(item.clone());
    }
    added.then(|| Diagram { body, ..diagram.clone() })
}
