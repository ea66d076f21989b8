//! A binding to begin with: a rule for every label of some diagrams, its frame a guess.

use super::binding::Binding;
use super::context::Party;
use super::resolved::Sender;
use crate::source::{Source, Sources};
use serde_json::Value;
use std::fmt::Write as _;

/// What a file begins with.
const HEAD: &str = "# A rule for every label. The labels are yours; what stands in `client` and `server` is a guess: put there what your
# server speaks. Whatever is in braces is taken from the label, or from the frame.
";

/// The text of a binding with a rule for each of these labels; words that every binding has are left out. `people` are the
/// participants: where a label names one, its rule has a hole.
pub fn skeleton(name: &str, labels: &[(Sender, String)], people: &[String]) -> String {
    let words = read("").unwrap_or_else(|| unreachable!("an empty binding reads"));
    let mut rules: Vec<Guess> = Vec::new();
    for (sender, label) in labels.iter().filter(|(sender, label)| !fits(&words, *sender, label)) {
        add(&mut rules, Guess::of(label, people), *sender, label);
    }
    // Where two guesses fit a label equally well, the label itself is a rule.
    loop {
        let text = written(name, &rules);
        let unclear = |binding: &Binding| {
            labels.iter().find(|(sender, label)| !label.is_empty() && !fits(binding, *sender, label)).cloned()
        };
        match read(&text).as_ref().map(unclear) {
            Some(Some((sender, label))) if !rules.iter().any(|rule| rule.label == escape(&label)) => {
                add(&mut rules, Guess::literal(&label), sender, &label);
            }
            Some(_) | None => return text,
        }
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
    let at = rules.iter().position(|known| known.label == guess.label).unwrap_or_else(|| {
        rules.push(guess);
        rules.len() - 1
    });
    let rule = &mut rules[at];
    match sender {
        Sender::Client => rule.client = true,
        Sender::Server => rule.server = true,
    }
    rule.example.get_or_insert_with(|| label.to_owned());
}

fn written(name: &str, rules: &[Guess]) -> String {
    let mut out = format!("{HEAD}\nname  = {}\ncodec = \"json\"\n\n[connect]\nurl = \"{{target}}/\"\n", quoted(name));
    for rule in rules {
        out.push('\n');
        if let Some(example) = rule.example.as_ref().filter(|example| escape(example) != rule.label) {
            let _ = writeln!(out, "# {}", example.replace(|c: char| c.is_control(), " "));
        }
        let mut frame = format!("type = {}", quoted(&rule.kind));
        for hole in &rule.holes {
            let _ = write!(frame, ", {hole} = \"{{{hole}}}\"");
        }
        let _ = writeln!(out, "[[rule]]\nlabel  = {}", quoted(&rule.label));
        for (side, sends) in [("client", rule.client), ("server", rule.server)] {
            if sends {
                let _ = writeln!(out, "{side} = {{ {frame} }}");
            }
        }
    }
    out
}

/// JSON's strings are TOML's too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn escape(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// A label with holes, and what its frame may look like.
#[derive(Default)]
struct Guess {
    label: String,
    kind: String,
    holes: Vec<String>,
    client: bool,
    server: bool,
    example: Option<String>,
}

impl Guess {
    fn literal(label: &str) -> Guess {
        Guess { label: escape(label), kind: slug(label), ..Guess::default() }
    }

    fn of(label: &str, people: &[String]) -> Guess {
        let mut guess = Guess::default();
        let (head, text) = match label.split_once(": ") {
            Some((head, _)) => (head, true),
            None => (label, false),
        };
        let words: Vec<String> = head.split(' ').map(|word| guess.word(word, people)).collect();
        guess.label = words.join(" ");
        if text {
            guess.label.push_str(": ");
            let hole = guess.hole("text");
            guess.label.push_str(&hole);
        }
        if guess.kind.is_empty() {
            // Nothing but holes: it would fit anything.
            return Guess::literal(label);
        }
        guess
    }

    /// One word of a label, with a hole where it looks as if another might stand there.
    fn word(&mut self, word: &str, people: &[String]) -> String {
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '_');
        let person = |text: &str| people.iter().any(|known| known.to_lowercase() == text.to_lowercase());
        let around = |hole: String| match word.split_once(bare) {
            Some((before, after)) => format!("{}{hole}{}", escape(before), escape(after)),
            None => hole,
        };
        if bare.is_empty() {
            return escape(word);
        }
        if person(bare) {
            return around(self.hole("user"));
        }
        if bare.chars().all(|c| c.is_ascii_digit()) {
            return around(self.hole("n"));
        }
        if let Some(rest) = word.strip_prefix('#').filter(|rest| !rest.is_empty() && *rest == bare) {
            let _ = rest;
            return format!("#{}", self.hole("channel"));
        }
        for separator in [':', '='] {
            let Some((key, value)) = bare.split_once(separator).filter(|(_, value)| !value.is_empty()) else {
                continue;
            };
            let key_is_name = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let inner = if person(key) {
                self.note(value);
                format!("{}{separator}{}", self.hole("user"), escape(value))
            } else if key_is_name && !key.starts_with(|c: char| c.is_ascii_digit()) {
                self.note(key);
                format!("{key}{separator}{}", self.hole(&key.to_lowercase()))
            } else {
                continue;
            };
            return around(inner);
        }
        self.note(bare);
        escape(word)
    }

    /// A word that stays: a part of the frame's type.
    fn note(&mut self, word: &str) {
        let word = slug(word);
        if !word.is_empty() {
            if !self.kind.is_empty() {
                self.kind.push('_');
            }
            self.kind.push_str(&word);
        }
    }

    /// A hole of this name, or of this name with a number.
    fn hole(&mut self, name: &str) -> String {
        let taken = |name: &String| self.holes.contains(name) || name == "type";
        let names = std::iter::once(name.to_owned()).chain((2_u32..).map(|n| format!("{name}{n}")));
        let name = names.into_iter().find(|name| !taken(name)).unwrap_or_default();
        self.holes.push(name.clone());
        format!("{{{name}}}")
    }
}

fn slug(text: &str) -> String {
    let letters = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let plain: String = text.chars().map(letters).collect();
    plain.split_whitespace().collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(labels: &[(Sender, &str)]) -> String {
        let labels: Vec<(Sender, String)> =
            labels.iter().map(|(sender, label)| (*sender, (*label).to_owned())).collect();
        let text = skeleton("mine", &labels, &["Alice".to_owned(), "Bob".to_owned()]);
        let binding = read(&text).unwrap_or_else(|| panic!("it reads:\n{text}"));
        for (sender, label) in &labels {
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
        ]);
        assert!(!text.contains("WS connect"), "every binding has that:\n{text}");
        for line in [
            "label  = \"join room:{room}\"\nclient = { type = \"join_room\", room = \"{room}\" }",
            "# user:alice joined\n[[rule]]\nlabel  = \"user:{user} joined\"",
            "server = { type = \"user_joined\", user = \"{user}\" }",
            "label  = \"message: {text}\"\nclient = { type = \"message\", text = \"{text}\" }",
            "label  = \"message from {user}: {text}\"",
            "label  = \"{user}:typing\"\nserver = { type = \"typing\", user = \"{user}\" }",
            "label  = \"open note (rev={rev})\"",
        ] {
            assert!(text.contains(line), "{line}\nin\n{text}");
        }
        assert_eq!(text.matches("message: {text}").count(), 1, "{text}");
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
            let labels: Vec<(Sender, String)> =
                labels.iter().map(|label| (Sender::Server, label.trim().to_owned())).collect();
            let text = skeleton("any", &labels, &["Al".to_owned()]);
            proptest::prop_assert!(read(&text).is_some(), "{}", text);
        }
    }
}
