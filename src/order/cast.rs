//! Who is simulated, who is tested.

use super::{Role, Vocabulary, Word, mistakes, proposal};
use crate::diagram::{Diagram, End, Participant, ParticipantId, Setting, arrows};
use crate::source::{Diagnostic, Span};

/// The roles that a run asks for; `None` (or nothing) where it leaves them to the diagram.
#[derive(Clone, Debug, Default)]
pub struct Casting {
    /// `--simulate`: names of lifelines that the tool plays.
    pub simulate: Option<Vec<String>>,
    /// `--test`: names of lifelines under test.
    pub test: Option<Vec<String>>,
    /// `--server`: each list names lifelines that are one server under test.
    pub server: Vec<Vec<String>>,
    /// `--silent`: names of lifelines of which nothing is on the wire.
    pub silent: Vec<String>,
}

impl Casting {
    /// What the diagram's own directives ask for, where the run did not say otherwise.
    #[must_use]
    pub fn or_settings(mut self, diagram: &Diagram) -> Self {
        let said = diagram.effective_settings();
        self.simulate = self.simulate.or_else(|| said.simulate.map(<[String]>::to_vec));
        self.test = self.test.or_else(|| said.test.map(<[String]>::to_vec));
        if self.server.is_empty() {
            self.server = said.server.iter().map(|names| names.to_vec()).collect();
        }
        if self.silent.is_empty() {
            self.silent = said.silent.iter().map(|name| (*name).to_owned()).collect();
        }
        self
    }

    /// What a binding says of the participants that this diagram has, where neither the run nor the diagram did.
    #[must_use]
    fn or_words(mut self, diagram: &Diagram, words: &dyn Vocabulary) -> Self {
        let drawn = |names: &[String]| -> Vec<String> {
            names.iter().filter(|name| diagram.find(name).is_some()).cloned().collect()
        };
        if self.server.is_empty() {
            self.server = vec![drawn(words.server())];
            self.server.retain(|names| !names.is_empty());
        }
        if self.silent.is_empty() {
            self.silent = drawn(words.silent());
        }
        self
    }
}

/// The parts that participants take in a run.
pub(super) struct Roles {
    /// The role of each participant.
    pub roles: Vec<Role>,
    /// The participant whose lifeline each one shares: of one server that is drawn as several, the first that is named.
    pub shares: Vec<Option<ParticipantId>>,
}

/// The role of every participant.
///
/// Who dials (a connect word or an HTTP request) and is never dialled is simulated; all others are tested. Named roles
/// come first: with `simulate` alone exactly those are simulated; with `test` or `server` alone all others are. What
/// silent lifelines say, and what the lifelines of one server say to each other, opens no connection. Where one of these is
/// simulated, the tool plays all of them.
pub(super) fn cast(
    diagram: &Diagram,
    casting: &Casting,
    words: &dyn Vocabulary,
    problems: &mut Vec<Diagnostic>,
) -> Roles {
    let count = diagram.participants.len();
    check_names(diagram, casting, problems);
    let casting = casting.clone().or_words(diagram, words);
    let find = |name: &String| diagram.find(name);
    let mut shares = vec![None; count];
    for group in &casting.server {
        let mut members = group.iter().filter_map(find);
        let Some(first) = members.next() else { continue };
        shares[first.0 as usize] = Some(first);
        members.for_each(|member| shares[member.0 as usize] = Some(first));
    }
    let mut silent = vec![false; count];
    casting.silent.iter().filter_map(find).for_each(|id| silent[id.0 as usize] = true);
    let named = |names: &Option<Vec<String>>, index: usize| {
        names.as_ref().is_some_and(|names| names.iter().any(|name| *name == diagram.participants[index].id))
    };
    // Nobody but servers is simulated: the tool plays them.
    let mut simulated = casting.simulate.iter().flatten().filter_map(find);
    let serves_alone = simulated.all(|id| shares[id.0 as usize].is_some());
    for (index, participant) in diagram.participants.iter().enumerate() {
        let roles = [
            ("simulate", named(&casting.simulate, index)),
            ("silent", silent[index]),
            ("server", shares[index].is_some()),
            ("test", named(&casting.test, index)),
        ];
        let given: Vec<&str> = roles.iter().filter(|(_, given)| *given).map(|(word, _)| *word).collect();
        if let [first, .., last] = given[..]
            && (first, last) != ("server", "test")
            && !((first, last) == ("simulate", "server") && serves_alone)
        {
            problems.push(
                Diagnostic::error("roles", format!("{} has two roles: {first} and {last}", participant.id))
                    .at(setting_span(diagram, &participant.id).unwrap_or(diagram.span), "this role is for it")
                    .with_help(format!("remove {} from one of them", participant.id)),
            );
        }
    }
    let mut dials = vec![false; count];
    let mut dialled = vec![false; count];
    for arrow in arrows(&diagram.body) {
        match words.word(&arrow.label) {
            Word::Connect | Word::Request => {
                let (from, to) = (ends(&arrow.from), ends(&arrow.to));
                let within = |id: &ParticipantId| shares[id.0 as usize].is_some();
                let unseen = from.iter().chain(to).any(|id| silent[id.0 as usize])
                    || !from.is_empty() && from.iter().chain(to).all(within);
                if !unseen {
                    from.iter().for_each(|id| dials[id.0 as usize] = true);
                    to.iter().for_each(|id| dialled[id.0 as usize] = true);
                }
            }
            Word::End | Word::Status | Word::Local | Word::Message => {}
        }
    }
    let by_dialling = |index: usize| dials[index] && !dialled[index];
    let role = |index: usize| {
        let simulated = match (&casting.simulate, &casting.test) {
            _ if silent[index] => return Role::Silent,
            // One server under test, or the one that the tool plays where a lifeline of it is simulated.
            _ if shares[index].is_some() => {
                (0..count).any(|other| shares[other] == shares[index] && named(&casting.simulate, other))
            }
            (None, None) if casting.server.is_empty() => by_dialling(index),
            (None, None) => true,
            (Some(_), None) => named(&casting.simulate, index),
            (None, Some(_)) => !named(&casting.test, index),
            (Some(_), Some(_)) => {
                named(&casting.simulate, index) || (by_dialling(index) && !named(&casting.test, index))
            }
        };
        if simulated { Role::Simulated } else { Role::Tested }
    };
    let roles: Vec<Role> = (0..count).map(role).collect();
    let unsaid = casting.simulate.is_none() && casting.test.is_none();
    let slips = if unsaid { mistakes::connects(diagram, &roles, words) } else { Vec::new() };
    let slipped = !slips.is_empty();
    problems.extend(slips);
    problems.extend(mistakes::lifelines(diagram));
    if unsaid && !slipped && !roles.contains(&Role::Simulated) && count > 0 {
        problems.push(nobody_dials(diagram, words));
    }
    Roles { roles, shares }
}

fn nobody_dials(diagram: &Diagram, words: &dyn Vocabulary) -> Diagnostic {
    // Who speaks first is the one to connect, most likely, and to whom.
    let speaking = arrows(&diagram.body).find_map(|arrow| {
        let (from, to) = (*ends(&arrow.from).first()?, *ends(&arrow.to).first()?);
        (from != to).then_some((from, to))
    });
    let name = |id: ParticipantId| diagram.participants[id.0 as usize].id.as_str();
    let (client, server) =
        speaking.map_or((diagram.participants[0].id.as_str(), "Server"), |(from, to)| (name(from), name(to)));
    let told =
        Diagnostic::error("roles", "no participant connects, so seqcheck cannot know which participants to play")
            .at(diagram.span, "no arrow here opens a connection")
            .with_help(format!("begin with the connection: {client}->{server}: WS connect"))
            .with_help(format!("or name the participants to play: #@ simulate {client}"));
    let telling = diagram.participants.len() > 2;
    match proposal::of(diagram, words).into_iter().next().filter(|_| telling) {
        Some(proposed) => {
            let lines: String = proposed.lines().iter().map(|line| format!("\n  #@ {line}")).collect();
            told.with_help(format!("{}; insert above the first arrow:{lines}", proposed.reason()))
        }
        None => told,
    }
}

fn check_names(diagram: &Diagram, casting: &Casting, problems: &mut Vec<Diagnostic>) {
    let lists = [
        ("simulate", casting.simulate.iter().flatten().collect::<Vec<_>>()),
        ("test", casting.test.iter().flatten().collect()),
        ("server", casting.server.iter().flatten().collect()),
        ("silent", casting.silent.iter().collect()),
    ];
    for (word, names) in lists {
        for name in names.into_iter().filter(|name| diagram.find(name).is_none()) {
            // What the diagram does not say comes from outside: no line of it is to blame.
            let problem = match setting_span(diagram, name) {
                Some(span) => Diagnostic::error("roles", format!("there is no participant named {name}"))
                    .at(span, "this role is for it"),
                None => Diagnostic::error("roles", format!("--{word} {name}: there is no participant named {name}")),
            };
            let near = |other: &&Participant| strsim::jaro_winkler(&other.id, name) > NEAR;
            let alike = |a: &&Participant, b: &&Participant| {
                strsim::jaro_winkler(&a.id, name).total_cmp(&strsim::jaro_winkler(&b.id, name))
            };
            problems.push(match diagram.participants.iter().filter(near).max_by(alike) {
                Some(nearest) => problem.with_help(format!("did you mean {}?", nearest.id)),
                None => {
                    let all: Vec<&str> = diagram.participants.iter().map(|other| other.id.as_str()).collect();
                    problem.with_help(format!("the participants are {}", all.join(", ")))
                }
            });
        }
    }
}

/// A name that is so much like another is that one with a slip in it.
const NEAR: f64 = 0.7;

fn setting_span(diagram: &Diagram, name: &str) -> Option<Span> {
    let named = |setting: &&Setting| {
        matches!(
            setting,
            Setting::Simulate(names, _) | Setting::Test(names, _) | Setting::Server(names, _) | Setting::Silent(names, _)
                if names.iter().any(|known| known == name)
        )
    };
    diagram.settings.iter().find(named).map(Setting::span)
}

impl Roles {
    /// Who serves: the lifelines of a server, and whoever is dialled and dials nobody.
    pub fn serving(&self, diagram: &Diagram, words: &dyn Vocabulary) -> Vec<bool> {
        let mut dials = vec![false; self.shares.len()];
        let mut serves = dials.clone();
        for arrow in arrows(&diagram.body) {
            if matches!(words.word(&arrow.label), Word::Connect | Word::Request) {
                ends(&arrow.from).iter().for_each(|id| dials[id.0 as usize] = true);
                ends(&arrow.to).iter().for_each(|id| serves[id.0 as usize] = true);
            }
        }
        let own = serves.iter_mut().zip(&dials).zip(&self.shares);
        own.for_each(|((serves, dials), shares)| *serves = *serves && !dials || shares.is_some());
        serves
    }
}

pub(super) fn ends(end: &End) -> &[ParticipantId] {
    match end {
        End::Participant(id) => std::slice::from_ref(id),
        End::Several(ids) => ids,
        End::Outside(_) | End::Everyone { .. } => &[],
    }
}
