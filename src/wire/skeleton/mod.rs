//! A binding to begin with: a rule for every label of some diagrams, its frame a guess.

mod alike;
mod event;
mod guess;
mod kinds;
mod write;

use super::binding::Binding;
use super::context::Party;
use super::pattern::folded;
use super::resolved::{Resolved, Sender};
use crate::order::{Spoken, Way};
use crate::source::{Source, Sources};
use guess::Guess;
use kinds::Known;
use rustc_hash::FxHashSet;
use std::sync::Arc;
use write::{Head, quoted, written};

/// A label of some diagrams: who says it, and on which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Who says it.
    pub sender: Sender,
    /// What it says.
    pub text: String,
    /// On which way.
    pub way: Way,
}

/// What a binding is begun from.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// Every label once for each side that says it.
    pub labels: Vec<Label>,
    /// The participants: where a label names one, its rule has a hole.
    pub people: Vec<String>,
    /// Some client uses its socket before an arrow opens it.
    pub implicit: bool,
    /// Some diagram has several clients: what one is told, another may not know.
    pub several: bool,
}

impl Drawn {
    /// Takes what one diagram says.
    pub fn take(&mut self, spoken: &Spoken<'_>, people: impl IntoIterator<Item = String>) {
        for said in &spoken.labels {
            let sender = if said.client { Sender::Client } else { Sender::Server };
            if !self.labels.iter().any(|known| known.sender == sender && known.text == said.label) {
                self.labels.push(Label { sender, text: said.label.to_owned(), way: said.way });
            }
        }
        self.people.extend(people);
        self.implicit |= spoken.implicit;
        self.several |= spoken.clients > 1;
    }
}

/// The text of a binding with a rule for each of these labels; words that every binding has are left out.
///
/// Labels that say what kind of message they are (an HTTP request, an event, JSON, …) get the rule of that kind; `key` is
/// the member that names the type of a message.
pub fn skeleton(name: &str, drawn: &Drawn, key: &str) -> String {
    let Drawn { labels, people, several, .. } = drawn;
    let (labels, any_case) = spelled_once(labels);
    let words = read("").unwrap_or_else(|| unreachable!("an empty binding reads"));
    let mut rules: Vec<Guess> = Vec::new();
    let mut known: Vec<Known> = Vec::new();
    let alike = alike::of(&labels, key);
    for Label { sender, text, way } in &labels {
        if *way != Way::StreamEnd && *way != Way::Connect && opens_or_ends(&words, *sender, text) {
            continue;
        }
        let one_of = alike.iter().find(|(_, examples)| *way == Way::Socket && examples.contains(text));
        if let Some(rule) = one_of.map(|(rule, _)| rule.clone()).or_else(|| kinds::of(text, *sender, *way, key)) {
            match known.iter_mut().find(|other| other.label == rule.label) {
                Some(other) if other.lines == rule.lines => {}
                Some(other) => match event::both(other, &rule) {
                    Some(both) => *other = both,
                    None => known.push(rule),
                },
                None => known.push(rule),
            }
        } else if !fits(&words, *sender, text) {
            add(&mut rules, Guess::of(text, people), *sender, text);
        }
    }
    let mut rules = merged(rules);
    let head = Head { name, implicit: drawn.implicit, any_case };
    let plain = read(&written(&head, &rules, &known, key, &[])).filter(|_| !several);
    let opaque = plain.map(|binding| returning(&binding, drawn)).unwrap_or_default();
    // Where two guesses fit a label equally well, the label itself is a rule.
    loop {
        let text = written(&head, &rules, &known, key, &opaque);
        let unclear = |binding: &Binding| {
            labels.iter().find(|label| !label.text.is_empty() && !fits(binding, label.sender, &label.text)).cloned()
        };
        match read(&text).as_ref().map(unclear) {
            Some(Some(label)) if !rules.iter().any(|rule| rule.label() == escape(&label.text)) => {
                add(&mut rules, Guess::literal(&label.text), label.sender, &label.text);
            }
            Some(_) | None => return text,
        }
    }
}

/// The labels without those that another one of the same side is in other capital letters, and whether there are any.
fn spelled_once(labels: &[Label]) -> (Vec<Label>, bool) {
    let mut seen = FxHashSet::default();
    let once = labels.iter().filter(|label| seen.insert((label.sender == Sender::Client, folded(&label.text))));
    let once: Vec<Label> = once.cloned().collect();
    let any_case = once.len() < labels.len();
    (once, any_case)
}

/// Whether every binding knows a label as the opening or the end of a connection.
fn opens_or_ends(words: &Binding, sender: Sender, label: &str) -> bool {
    match words.resolve(label, sender, &Party::new("A"), &Party::new("B")) {
        Ok(Resolved::Request(_) | Resolved::Send(_)) | Err(_) => false,
        Ok(Resolved::Expect(expectation)) => expectation.status().is_none_or(|code| code < 200),
        Ok(
            Resolved::Connect { .. }
            | Resolved::Disconnect
            | Resolved::Drop
            | Resolved::DropEvents
            | Resolved::Pause
            | Resolved::Answer(_)
            | Resolved::Push(_)
            | Resolved::Close(_)
            | Resolved::Resume,
        ) => true,
    }
}

fn read(text: &str) -> Option<Binding> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("skeleton".to_owned(), text.to_owned()));
    Binding::parse(&mut sources, id).ok()
}

fn fits(binding: &Binding, sender: Sender, label: &str) -> bool {
    binding.resolve(label, sender, &Party::new("A"), &Party::new("B")).is_ok()
}

fn add(rules: &mut Vec<Guess>, guess: Guess, sender: Sender, label: &str) {
    let at = rules.iter().position(|known| known.label() == guess.label()).unwrap_or_else(|| {
        rules.push(guess);
        rules.len() - 1
    });
    let rule = &mut rules[at];
    match sender {
        Sender::Client => rule.client = true,
        Sender::Server => rule.server = true,
    }
    if rule.examples.is_empty() {
        rule.examples.push(label.to_owned());
    }
}

/// Makes one rule of those of the same side that differ in one word, behind a word that they share: `say yes` and `say
/// no`, but not `enter lobby` and `leave lobby`, where it is another thing that is said.
fn merged(rules: Vec<Guess>) -> Vec<Guess> {
    let mut all: Vec<Guess> = Vec::with_capacity(rules.len());
    for rule in rules {
        let place = |known: &Guess| Some((known.differs(&rule)?, all.iter().position(|at| std::ptr::eq(at, known))?));
        match all.iter().find_map(place) {
            Some((word, at)) => all[at].take(word, rule),
            None => all.push(rule),
        }
    }
    all
}

/// Holes whose value the server chooses: it says one first, and a client says it again.
fn returning(binding: &Binding, drawn: &Drawn) -> Vec<String> {
    let (own, peer) = (Party::new("A"), Party::new("B"));
    let mut told: Vec<(String, String)> = Vec::new();
    let mut asked: Vec<(String, String)> = Vec::new();
    let mut found: Vec<String> = Vec::new();
    let pair = |(hole, value): (&Arc<str>, &str)| (hole.to_string(), value.to_owned());
    for label in &drawn.labels {
        let said: Vec<(String, String)> = match binding.resolve(&label.text, label.sender, &own, &peer) {
            Ok(Resolved::Expect(expected)) => {
                told.extend(expected.texts().map(pair).filter(|pair| !asked.contains(pair)));
                continue;
            }
            Ok(Resolved::Send(sent)) => sent.texts().map(pair).collect(),
            Ok(Resolved::Request(request)) => request.texts().map(pair).collect(),
            Ok(_) | Err(_) => continue,
        };
        for pair in said {
            let person = drawn.people.iter().any(|name| name.eq_ignore_ascii_case(&pair.1));
            if told.contains(&pair) && !person && !found.contains(&pair.0) {
                found.push(pair.0.clone());
            }
            asked.push(pair);
        }
    }
    found.retain(|hole| hole != "text" && hole != "word");
    found
}

fn escape(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn<'l>(labels: impl IntoIterator<Item = (Sender, &'l str)>, people: &[&str]) -> Drawn {
        let label = |(sender, text): (Sender, &str)| Label { sender, text: text.to_owned(), way: Way::Socket };
        let people = people.iter().map(|name| (*name).to_owned()).collect();
        Drawn { labels: labels.into_iter().map(label).collect(), people, implicit: true, several: false }
    }

    fn made(labels: &[(Sender, &str)]) -> String {
        let drawn = drawn(labels.iter().copied(), &["Alice", "Bob"]);
        let text = skeleton("mine", &drawn, "type");
        let binding = read(&text).unwrap_or_else(|| panic!("it reads:\n{text}"));
        for Label { sender, text: label, .. } in &drawn.labels {
            assert!(label.is_empty() || fits(&binding, *sender, label), "{label} has a rule:\n{text}");
        }
        text
    }

    #[test]
    fn names_numbers_and_texts_become_holes() {
        let text = made(&[
            (Sender::Client, "WS connect"),
            (Sender::Client, "join room:general"),
            (Sender::Server, "user:alice joined"),
            (Sender::Client, "message: Hello Alice!"),
            (Sender::Client, "message: Hey"),
            (Sender::Server, "message from Bob: Hello {all} \"of\" you"),
            (Sender::Server, "Bob:typing"),
            (Sender::Client, "open note (rev=3)"),
            (Sender::Server, "Alice posted: good morning (seq=first, pinned)"),
            (Sender::Server, "Alice wrote: good morning (seq=first, at=noon)"),
        ]);
        assert!(!text.contains("label  = \"WS connect"), "every binding has that:\n{text}");
        for line in [
            "label  = \"join room:{room}\"\nclient = { type = \"join_room\", room = \"{room}\" }",
            "# user:alice joined\n[[rule]]\nlabel  = \"user:{user} joined\"",
            "server = { type = \"user_joined\", user = \"{user}\" }",
            "label  = \"message: {text}\"\nclient = { type = \"message\", text = \"{text}\" }",
            "label  = \"message from {user}: {text}\"",
            "label  = \"{user}:typing\"\nserver = { type = \"typing\", user = \"{user}\" }",
            "label  = \"open note (rev={rev})\"",
            "label  = \"{user} posted: {text}\"",
            "label  = \"{user} wrote: {text} (seq={seq}, at={at})\"\nserver = { type = \"wrote\", user",
        ] {
            assert!(text.contains(line), "{line}\nin\n{text}");
        }
        assert_eq!(text.matches("message: {text}").count(), 1, "{text}");
    }

    #[test]
    fn labels_that_differ_in_one_word_are_one_rule_that_names_them() {
        let text = made(&[
            (Sender::Client, "say yes"),
            (Sender::Client, "say no"),
            (Sender::Client, "say maybe"),
            (Sender::Client, "enter lobby"),
            (Sender::Client, "leave lobby"),
            (Sender::Client, "start"),
            (Sender::Client, "stop"),
            (Sender::Server, "say what"),
            (Sender::Server, "Alice joined"),
            (Sender::Server, "Bob left"),
            (Sender::Server, "Bob says hello, twice"),
            (Sender::Server, "Bob says bye, twice"),
            (Sender::Client, "move left fast"),
            (Sender::Client, "move right slow"),
            (Sender::Client, "move right fast"),
            (Sender::Server, "told Alice"),
            (Sender::Server, "told nobody"),
            (Sender::Server, "told 17"),
            (Sender::Client, "put (a): x"),
            (Sender::Client, "put (b): y"),
        ]);
        for rule in [
            "# merged: `say yes`, `say no`, `say maybe`\n[[rule]]\nlabel  = \"say {word}\"\n\
             client = { type = \"say\", word = \"{word}\" }\n",
            "\n\n[[rule]]\nlabel  = \"enter lobby\"\nclient = { type = \"enter_lobby\" }\n",
            "label  = \"stop\"",
            "\n\n[[rule]]\nlabel  = \"say what\"\nserver = { type = \"say_what\" }\n",
            "label  = \"{user} joined\"",
            "# merged: `Bob says hello, twice`, `Bob says bye, twice`\n[[rule]]\nlabel  = \"{user} says {word}, twice\"\n\
             server = { type = \"says_twice\", user = \"{user}\", word = \"{word}\" }\n",
            "# merged: `move left fast`, `move right fast`\n[[rule]]\nlabel  = \"move {word} fast\"\n",
            "label  = \"move right slow\"",
            "# merged: `told Alice`, `told nobody`, `told 17`\n[[rule]]\nlabel  = \"told {word}\"\n\
             server = { type = \"told\", word = \"{word}\" }\n",
            "# merged: `put (a): x`, `put (b): y`\n[[rule]]\nlabel  = \"put ({word}): {text}\"\n\
             client = { type = \"put\", word = \"{word}\", text = \"{text}\" }\n",
        ] {
            assert!(text.contains(rule), "{rule}\nin\n{text}");
        }
        let many: Vec<String> = (b'a'..b'k').map(|letter| format!("say {}", char::from(letter))).collect();
        let many: Vec<(Sender, &str)> = many.iter().map(|label| (Sender::Client, label.as_str())).collect();
        let text = made(&many);
        assert!(text.contains("# merged: `say a`, `say b`, `say c`, `say d`, `say e`, `say f` and 4 more\n"), "{text}");
        assert_eq!(text.matches("[[rule]]").count(), 1, "{text}");
    }

    #[test]
    fn values_that_a_client_gives_back_are_names() {
        let text = made(&[
            (Sender::Client, "open note"),
            (Sender::Server, "opened note (ticket=t-17)"),
            (Sender::Client, "save note (ticket=t-17)"),
            (Sender::Client, "join room:blue"),
            (Sender::Server, "joined room:blue"),
            (Sender::Client, "leave room:blue"),
        ]);
        assert_eq!(text.matches("opaque = [\"ticket\"]").count(), 2, "{text}");
        assert_eq!(text.matches("opaque").count(), 2, "the client has chosen the room:\n{text}");
    }

    #[test]
    fn whatever_labels_say_the_file_reads_and_has_them() {
        made(&[
            (Sender::Client, "Alice"),
            (Sender::Server, "42"),
            (Sender::Server, "{x} and }"),
            (Sender::Client, "a:b"),
            (Sender::Client, "a:c"),
            (Sender::Client, "a:"),
            (Sender::Client, "same"),
            (Sender::Server, "same"),
            (Sender::Server, "x Alice y"),
            (Sender::Server, "x 17 y"),
            (Sender::Server, "type=1 type:2 “quoted” \\ \u{7f}"),
            (Sender::Server, ""),
        ]);
    }

    proptest::proptest! {
        #[test]
        fn any_labels_make_a_file_that_reads(labels in proptest::collection::vec("[ -~äß:=#{}0-9]{1,24}", 1..6)) {
            let labels = labels.iter().map(|label| (Sender::Server, label.trim()));
            let text = skeleton("any", &drawn(labels, &["Al"]), "type");
            proptest::prop_assert!(read(&text).is_some(), "{}", text);
        }

        #[test]
        fn labels_that_are_merged_have_their_rule(
            labels in proptest::collection::vec(
                (proptest::bool::ANY, "(say|tell|Al|Bo|17|#a)( (yes|no|Al|17|18|#a|#b|\\(c\\)|\\(d\\)|k=v|\\{x\\}|-)){0,3}(: text)?"),
                1..10,
            ),
        ) {
            let side = |client| if client { Sender::Client } else { Sender::Server };
            let labels: Vec<(Sender, &str)> =
                labels.iter().map(|(client, label)| (side(*client), label.as_str())).collect();
            made(&labels);
        }
    }
}
