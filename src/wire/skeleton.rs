//! A binding to begin with: a rule for every label of some diagrams, its frame a guess.

use super::binding::Binding;
use super::context::Party;
use super::resolved::Sender;
use crate::source::{Source, Sources};
use serde_json::Value;
use std::fmt::Write as _;

/// What a file begins with.
const HEAD: &str = "# A rule for every label. The labels are yours; what stands in `client` and `server` is a guess: put there what your
# server speaks. Whatever is in braces is taken from the label, or from the frame. Labels that differ in one word are one
# rule, and a comment above it names them.
";

/// How many labels of a rule its comment shows.
const SHOWN: usize = 6;

/// The text of a binding with a rule for each of these labels; words that every binding has are left out. `people` are the
/// participants: where a label names one, its rule has a hole.
pub fn skeleton(name: &str, labels: &[(Sender, String)], people: &[String]) -> String {
    let words = read("").unwrap_or_else(|| unreachable!("an empty binding reads"));
    let mut rules: Vec<Guess> = Vec::new();
    for (sender, label) in labels.iter().filter(|(sender, label)| !fits(&words, *sender, label)) {
        add(&mut rules, Guess::of(label, people), *sender, label);
    }
    let mut rules = merged(rules);
    // Where two guesses fit a label equally well, the label itself is a rule.
    loop {
        let text = written(name, &rules);
        let unclear = |binding: &Binding| {
            labels.iter().find(|(sender, label)| !label.is_empty() && !fits(binding, *sender, label)).cloned()
        };
        match read(&text).as_ref().map(unclear) {
            Some(Some((sender, label))) if !rules.iter().any(|rule| rule.label() == escape(&label)) => {
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

fn written(name: &str, rules: &[Guess]) -> String {
    let mut out = format!("{HEAD}\nname  = {}\ncodec = \"json\"\n\n[connect]\nurl = \"{{target}}/\"\n", quoted(name));
    for rule in rules {
        out.push('\n');
        let (label, plain) = (rule.label(), |text: &str| text.replace(char::is_control, " "));
        match &rule.examples[..] {
            [only] if escape(only) != label => drop(writeln!(out, "# {}", plain(only))),
            [] | [_] => {}
            several => {
                let shown: Vec<String> =
                    several.iter().take(SHOWN).map(|label| format!("`{}`", plain(label))).collect();
                let rest = several.len().saturating_sub(SHOWN);
                let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                let _ = writeln!(out, "# merged: {}{rest}", shown.join(", "));
            }
        }
        let mut frame = format!("type = {}", quoted(&rule.kind()));
        for hole in &rule.holes {
            let _ = write!(frame, ", {hole} = \"{{{hole}}}\"");
        }
        let _ = writeln!(out, "[[rule]]\nlabel  = {}", quoted(&label));
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
    words: Vec<Word>,
    holes: Vec<String>,
    client: bool,
    server: bool,
    /// Labels that it is for, one of each form.
    examples: Vec<String>,
}

/// One word of a label.
#[derive(Clone, PartialEq)]
struct Word {
    /// As it is written in a label of a binding.
    text: String,
    /// What it gives to the frame's type.
    note: String,
    /// What another word might stand for, between the punctuation around it.
    inner: Option<Inner>,
}

/// What is within the punctuation of a word, where that is nothing but letters or nothing but a hole.
#[derive(Clone, PartialEq)]
struct Inner {
    before: String,
    after: String,
    hole: Option<String>,
}

/// The hole where labels differ.
const DIFFERENT: &str = "word";

impl Guess {
    fn literal(label: &str) -> Guess {
        let words = label.split(' ').map(|word| Word::plain(word, slug(word))).collect();
        Guess { words, ..Guess::default() }
    }

    fn of(label: &str, people: &[String]) -> Guess {
        let mut guess = Guess::default();
        let (head, text) = match label.split_once(": ") {
            Some((head, _)) => (head, true),
            None => (label, false),
        };
        for word in head.split(' ') {
            let word = guess.word(word, people);
            guess.words.push(word);
        }
        if text {
            if let Some(last) = guess.words.last_mut() {
                last.text.push(':');
                last.inner.iter_mut().for_each(|inner| inner.after.push(':'));
            }
            let hole = guess.hole("text");
            guess.words.push(Word { text: format!("{{{hole}}}"), note: String::new(), inner: None });
        }
        if guess.kind().is_empty() {
            // Nothing but holes: it would fit anything.
            return Guess::literal(label);
        }
        guess
    }

    fn label(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The words that stay: the type of its frame.
    fn kind(&self) -> String {
        let notes = self.words.iter().map(|word| word.note.as_str()).filter(|note| !note.is_empty());
        notes.collect::<Vec<_>>().join("_")
    }

    /// Where alone it differs from another of the same side, if a word that both share stands before.
    fn differs(&self, other: &Guess) -> Option<usize> {
        if (self.client, self.server, self.words.len()) != (other.client, other.server, other.words.len()) {
            return None;
        }
        let pairs = || self.words.iter().zip(&other.words);
        let mut places = pairs().enumerate().filter(|(_, (own, its))| own.text != its.text);
        let (place, (own, its)) = places.next()?;
        let (own, its) = (own.inner.as_ref()?, its.inner.as_ref()?);
        let alike = places.next().is_none() && (&own.before, &own.after) == (&its.before, &its.after);
        // Once merged, it differs there and nowhere else.
        let free = self.examples.len() < 2 || own.hole.is_some();
        let shared = self.words[..place].iter().any(Word::is_plain);
        (alike && free && shared).then_some(place)
    }

    /// Takes another one in that differs in one word.
    fn take(&mut self, place: usize, other: Guess) {
        let hole = self.words[place].inner.as_ref().and_then(|inner| inner.hole.clone());
        let its = other.words[place].inner.as_ref().and_then(|inner| inner.hole.clone());
        if hole.is_none() || self.examples.len() < 2 && hole != its {
            self.holes.retain(|known| Some(known) != hole.as_ref());
            let name = self.hole(DIFFERENT);
            if let Some(Inner { before, after, .. }) = self.words[place].inner.take() {
                self.words[place] = Word::hole(before, after, name);
            }
        }
        let label = self.label();
        self.holes.sort_by_key(|hole| label.find(&format!("{{{hole}}}")));
        self.examples.extend(other.examples);
    }

    /// One word of a label, with a hole where it looks as if another might stand there.
    fn word(&mut self, word: &str, people: &[String]) -> Word {
        let bare = bare(word);
        let person = |text: &str| people.iter().any(|known| known.to_lowercase() == text.to_lowercase());
        if bare.is_empty() {
            return Word::plain(word, String::new());
        }
        let (before, after) = around(word);
        if person(bare) {
            return Word::hole(before, after, self.hole("user"));
        }
        if bare.chars().all(|c| c.is_ascii_digit()) {
            return Word::hole(before, after, self.hole("n"));
        }
        if word.strip_prefix('#') == Some(bare) {
            return Word::hole(before, after, self.hole("channel"));
        }
        for separator in [':', '='] {
            let Some((key, value)) = bare.split_once(separator).filter(|(_, value)| !value.is_empty()) else {
                continue;
            };
            let key_is_name = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let (inner, note) = if person(key) {
                (format!("{{{}}}{separator}{}", self.hole("user"), escape(value)), value)
            } else if key_is_name && !key.starts_with(|c: char| c.is_ascii_digit()) {
                (format!("{key}{separator}{{{}}}", self.hole(&key.to_lowercase())), key)
            } else {
                continue;
            };
            return Word { text: format!("{before}{inner}{after}"), note: slug(note), inner: None };
        }
        Word::plain(word, slug(bare))
    }

    /// A hole of this name, or of this name with a number.
    fn hole(&mut self, name: &str) -> String {
        let taken = |name: &String| self.holes.contains(name) || name == "type";
        let names = std::iter::once(name.to_owned()).chain((2_u32..).map(|n| format!("{name}{n}")));
        let name = names.into_iter().find(|name| !taken(name)).unwrap_or_default();
        self.holes.push(name.clone());
        name
    }
}

impl Word {
    /// A word that stays.
    fn plain(word: &str, note: String) -> Word {
        let inner = (!bare(word).is_empty()).then(|| {
            let (before, after) = around(word);
            Inner { before, after, hole: None }
        });
        Word { text: escape(word), note, inner }
    }

    /// A hole, and the punctuation around it.
    fn hole(before: String, after: String, hole: String) -> Word {
        let text = format!("{before}{{{hole}}}{after}");
        Word { text, note: String::new(), inner: Some(Inner { before, after, hole: Some(hole) }) }
    }

    fn is_plain(&self) -> bool {
        self.inner.as_ref().is_some_and(|inner| inner.hole.is_none())
    }
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '_')
}

/// The punctuation around a word, as a label of a binding writes it.
fn around(word: &str) -> (String, String) {
    let (before, after) = word.split_once(bare(word)).unwrap_or_default();
    (escape(before), escape(after))
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
