use crate::source::Diagnostic;

/// What begins a directive where nothing is known of the language.
const OURS: &str = "#@";

/// A language that diagrams are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// Our own: the family of websequencediagrams and sequencediagram.org.
    #[default]
    Native,
    /// Mermaid.
    Mermaid,
    /// PlantUML.
    PlantUml,
}

/// By what a dialect is known.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The dialect.
    pub dialect: Dialect,
    /// The word for it on the command line.
    pub name: &'static str,
    /// File extensions that tell, without the dot. `.wsd` is not among them: two dialects use it.
    pub extensions: &'static [&'static str],
    /// The words behind the back-ticks of a Markdown fence.
    pub fences: &'static [&'static str],
    /// What begins a directive, up to the `@`.
    pub directive: &'static str,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Facts; 3] = [
        Facts {
            dialect: Dialect::Native,
            name: "seq",
            extensions: &["seq", "sequence", "seqdiag", "sduml"],
            fences: &["seq", "sequence", "seqcheck", "wsd", "websequencediagrams"],
            directive: OURS,
        },
        Facts {
            dialect: Dialect::Mermaid,
            name: "mermaid",
            extensions: &["mmd", "mermaid"],
            fences: &["mermaid", "mmd"],
            directive: "%%@",
        },
        Facts {
            dialect: Dialect::PlantUml,
            name: "plantuml",
            extensions: &["puml", "plantuml", "pu", "iuml", "pml"],
            fences: &["plantuml", "puml", "uml"],
            directive: "'@",
        },
    ];

    /// By what this dialect is known.
    pub fn facts(self) -> &'static Facts {
        match self {
            Dialect::Native => &Self::ALL[0],
            Dialect::Mermaid => &Self::ALL[1],
            Dialect::PlantUml => &Self::ALL[2],
        }
    }

    /// A text of ours that shows directives, with these as the author has to write them in this language.
    pub fn spell(self, text: &mut String) {
        if self != Dialect::Native && text.contains(OURS) {
            *text = text.replace(&format!("{OURS} "), &format!("{} ", self.facts().directive));
        }
    }

    /// A problem, with directives as [`Dialect::spell`] writes them.
    #[must_use]
    pub fn spelled(self, mut problem: Diagnostic) -> Diagnostic {
        let Diagnostic { message, notes, help, .. } = &mut problem;
        [message].into_iter().chain(notes).chain(help).for_each(|text| self.spell(text));
        problem
    }

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The dialect of a word on the command line; `native` is understood too.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("native") {
            return Some(Dialect::Native);
        }
        Self::find(|facts| facts.name.eq_ignore_ascii_case(name))
    }

    /// The dialect that a file extension (without the dot) tells; none for `.wsd` and for what is no diagram.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::find(|facts| facts.extensions.iter().any(|known| known.eq_ignore_ascii_case(extension)))
    }

    /// The dialect of a Markdown fence's first word.
    pub fn from_fence(word: &str) -> Option<Self> {
        Self::find(|facts| facts.fences.iter().any(|known| known.eq_ignore_ascii_case(word)))
    }

    /// The dialect that a text shows by its first line that is neither blank, comment, nor front matter.
    pub fn sniff(text: &str) -> Self {
        let mut front_matter = false;
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line == "---" && (index == 0 || front_matter) {
                front_matter = !front_matter;
                continue;
            }
            if super::plantuml::begins(line) {
                return Dialect::PlantUml;
            }
            let comment = ["#", "//", "'", "%%"].iter().any(|leader| line.starts_with(leader));
            if front_matter || comment || line.is_empty() {
                continue;
            }
            return if is_mermaid_header(line) { Dialect::Mermaid } else { Dialect::Native };
        }
        Dialect::Native
    }

    /// The dialect of a file: its extension decides where it can, its first meaningful line elsewhere.
    pub fn of_file(extension: Option<&str>, text: &str) -> Self {
        extension.and_then(Self::from_extension).unwrap_or_else(|| Self::sniff(text))
    }

    fn find(wanted: impl Fn(&Facts) -> bool) -> Option<Self> {
        Self::ALL.iter().find(|facts| wanted(facts)).map(|facts| facts.dialect)
    }
}

/// `sequenceDiagram`, and no arrow from a lifeline of that name.
fn is_mermaid_header(line: &str) -> bool {
    let Some(behind) = line.strip_prefix("sequenceDiagram") else { return false };
    behind.is_empty()
        || behind.starts_with(';')
        || behind.starts_with(' ') && !behind.trim().starts_with(['-', '<', ':'])
}

#[cfg(test)]
mod tests {
    use super::Dialect;
    use crate::source::Diagnostic;

    #[test]
    fn the_table_is_complete_and_in_order() {
        for facts in Dialect::ALL {
            assert_eq!(facts.dialect.name(), facts.name);
            assert_eq!(Dialect::from_name(facts.name), Some(facts.dialect));
            for extension in facts.extensions {
                assert_eq!(Dialect::from_extension(extension), Some(facts.dialect));
            }
            for fence in facts.fences {
                assert_eq!(Dialect::from_fence(fence), Some(facts.dialect));
            }
        }
    }

    #[test]
    fn directives_are_shown_as_each_language_writes_them() {
        for (dialect, shown) in [
            (Dialect::Native, "write #@ var x = 1 and #@ never"),
            (Dialect::Mermaid, "write %%@ var x = 1 and %%@ never"),
            (Dialect::PlantUml, "write '@ var x = 1 and '@ never"),
        ] {
            let problem =
                Diagnostic::error("x", "write #@ var x = 1 and #@ never").with_help("#@ never").with_note("#@");
            let told = dialect.spelled(problem);
            assert_eq!(told.message, shown);
            assert!(shown.ends_with(&told.help[0]), "{told:?}");
            assert_eq!(told.notes, ["#@"]);
        }
    }

    #[test]
    fn the_first_meaningful_line_tells() {
        for (text, dialect) in [
            ("", Dialect::Native),
            ("Alice->Bob: sequenceDiagram", Dialect::Native),
            ("sequenceDiagrams->Bob: hi", Dialect::Native),
            ("sequenceDiagram->Bob: hi", Dialect::Native),
            ("sequenceDiagram -> Bob: hi", Dialect::Native),
            ("\u{feff}\n  sequenceDiagram\n", Dialect::Mermaid),
            ("---\ntitle: x\n---\nsequenceDiagram;\n", Dialect::Mermaid),
            ("%%{init: {}}%%\n%% hello\nsequenceDiagram", Dialect::Mermaid),
            ("' hello\n@startuml one\n", Dialect::PlantUml),
            ("@StartUML", Dialect::PlantUml),
            ("/**\n * @startuml\n * A -> B\n", Dialect::Native),
            ("// why\n// @startuml\n// A -> B\n", Dialect::PlantUml),
            ("# hello\ntitle x", Dialect::Native),
        ] {
            assert_eq!(Dialect::sniff(text), dialect, "{text:?}");
            assert_eq!(Dialect::of_file(Some("wsd"), text), dialect, "{text:?}");
        }
        assert_eq!(Dialect::of_file(Some("SEQ"), "@startuml"), Dialect::Native);
    }
}
