//! A binding to begin with: a rule for every label of some diagrams, its frame a guess.

mod frame;
mod guess;
mod kinds;

pub use frame::rule_of;

use super::binding::Binding;
use super::context::Party;
use super::resolved::{Resolved, Sender};
use crate::order::{Vocabulary as _, Word};
use crate::source::{Source, Sources};
use guess::Guess;
use kinds::Known;
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
///
/// Labels that say what kind of message they are (an HTTP request, an event, JSON, …) get the rule of that kind; `key` is
/// the member that names the type of a message.
pub fn skeleton(name: &str, labels: &[(Sender, String)], people: &[String], key: &str) -> String {
    let words = read("").unwrap_or_else(|| unreachable!("an empty binding reads"));
    let mut rules: Vec<Guess> = Vec::new();
    let mut known: Vec<Known> = Vec::new();
    let streams = labels.iter().any(|(sender, label)| *sender == Sender::Server && kinds::is_event(label));
    for (sender, label) in labels {
        if opens_or_ends(&words, *sender, label) {
            continue;
        }
        if let Some(rule) = kinds::of(label, *sender, streams, key) {
            if !known.iter().any(|other| (&other.label, &other.lines) == (&rule.label, &rule.lines)) {
                known.push(rule);
            }
        } else if !fits(&words, *sender, label) {
            add(&mut rules, Guess::of(label, people), *sender, label);
        }
    }
    let opens = |(sender, label): &(Sender, String)| words.word(label) == Word::Connect && *sender == Sender::Client;
    let implicit = !labels.iter().any(opens);
    let mut rules = merged(rules);
    // Where two guesses fit a label equally well, the label itself is a rule.
    loop {
        let text = written(name, &rules, &known, key, implicit);
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

fn written(name: &str, rules: &[Guess], known: &[Known], key: &str, implicit: bool) -> String {
    let mut out = format!("{HEAD}\nname  = {}\ncodec = \"json\"\n\n[connect]\nurl = \"{{target}}/\"\n", quoted(name));
    if implicit {
        out.push_str("# No label opens a connection: the first message of a client does.\nimplicit = true\n");
    }
    for rule in known {
        let shown = rule.example.replace(char::is_control, " ");
        let comment = if escape(&rule.example) == rule.label { String::new() } else { format!("# {shown}\n") };
        let _ = write!(out, "\n{comment}[[rule]]\nlabel  = {}\n{}\n", quoted(&rule.label), rule.lines.join("\n"));
    }
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
        let mut frame = format!("{key} = {}", quoted(&rule.kind()));
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
    let open: Vec<&Known> = known.iter().filter(|rule| rule.open.is_some()).collect();
    if !rules.is_empty() || !open.is_empty() {
        let _ = writeln!(out, "\n# To be filled in:");
        if !rules.is_empty() {
            let _ = writeln!(
                out,
                "# - the frames of the {} rules whose `{key}` is made of the words of their label",
                rules.len()
            );
        }
        for rule in open {
            let what = rule.open.as_deref().unwrap_or_default();
            let _ = writeln!(out, "# - `{}`: {what}", rule.example.replace(char::is_control, " "));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn made(labels: &[(Sender, &str)]) -> String {
        let labels: Vec<(Sender, String)> =
            labels.iter().map(|(sender, label)| (*sender, (*label).to_owned())).collect();
        let text = skeleton("mine", &labels, &["Alice".to_owned(), "Bob".to_owned()], "type");
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
            let text = skeleton("any", &labels, &["Al".to_owned()], "type");
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
