//! Which blocks are sequence diagrams, and what the others are.

use crate::source::SourceId;
use crate::syntax::{Dialect, Input, plantuml};

/// Languages of diagrams that no dialect reads.
const OTHER_LANGUAGES: [&str; 14] = [
    "dot",
    "graphviz",
    "d2",
    "ditaa",
    "blockdiag",
    "actdiag",
    "nwdiag",
    "erd",
    "mscgen",
    "msc",
    "msgenny",
    "xu",
    "zenuml",
    "swimlanes",
];

/// Kinds of Mermaid diagrams, as a person calls them.
const MERMAID: [(&str, &str); 22] = [
    ("flowchart", "flowchart"),
    ("graph", "flowchart"),
    ("classdiagram", "class diagram"),
    ("statediagram", "state diagram"),
    ("erdiagram", "entity-relationship diagram"),
    ("gantt", "Gantt chart"),
    ("pie", "pie chart"),
    ("journey", "user journey"),
    ("gitgraph", "history of commits"),
    ("mindmap", "mind map"),
    ("timeline", "timeline"),
    ("quadrantchart", "quadrant chart"),
    ("requirementdiagram", "requirement diagram"),
    ("c4", "C4 diagram"),
    ("sankey", "Sankey diagram"),
    ("xychart", "chart"),
    ("block", "block diagram"),
    ("packet", "packet diagram"),
    ("kanban", "kanban board"),
    ("architecture", "architecture diagram"),
    ("zenuml", "ZenUML diagram"),
    ("radar", "radar chart"),
];

/// What a fenced block is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A sequence diagram.
    Sequence(Dialect),
    /// A diagram, but not one that can be run: which.
    Other(String),
    /// No diagram.
    Code,
}

/// The word of a fence that names its language: the first of ` ```mermaid `, ` ```{mermaid} `, ` ```{.seq #id} `.
pub(super) fn language(info: &str) -> &str {
    let inner = info.trim().trim_start_matches(['{', '.']);
    inner.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | ':')).next().unwrap_or_default()
}

/// What a block with this fence and this text is.
pub(super) fn kind(info: &str, text: &str, source: SourceId, offset: usize) -> Kind {
    let word = language(info);
    let Some(dialect) = Dialect::from_fence(word) else {
        let known = OTHER_LANGUAGES.iter().any(|language| language.eq_ignore_ascii_case(word));
        return if known {
            Kind::Other(format!("a diagram in {word}, which seqcheck does not read"))
        } else {
            Kind::Code
        };
    };
    if text.trim().is_empty() {
        return Kind::Other("an empty block".to_owned());
    }
    match dialect {
        Dialect::Native => Kind::Sequence(dialect),
        Dialect::Mermaid if Dialect::sniff(text) == Dialect::Mermaid => Kind::Sequence(dialect),
        Dialect::Mermaid => Kind::Other(mermaid(text)),
        Dialect::PlantUml => match plantuml::other_kind(Input::part(text, source, offset)) {
            Some(other) => Kind::Other(other),
            None => Kind::Sequence(dialect),
        },
    }
}

/// What a Mermaid diagram is that is no sequence diagram.
fn mermaid(text: &str) -> String {
    let mut front_matter = false;
    for (index, line) in text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        if line == "---" && (index == 0 || front_matter) {
            front_matter = !front_matter;
        } else if !front_matter && !line.starts_with("%%") {
            let word: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
            let lower = word.to_ascii_lowercase();
            let known = MERMAID.iter().find(|(begin, _)| lower.starts_with(begin));
            return match known {
                Some((_, what)) => format!("a Mermaid {what}"),
                None => format!("a Mermaid diagram that begins with `{word}`, not with `sequenceDiagram`"),
            };
        }
    }
    "a Mermaid diagram without a statement".to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind, language};
    use crate::source::SourceId;
    use crate::syntax::Dialect;

    #[test]
    fn the_language_is_found_in_every_fence() {
        for info in ["mermaid", "mermaid title=x", "{mermaid}", "{.mermaid #fig}", "mermaid{x}", " mermaid,foo"] {
            assert_eq!(language(info), "mermaid", "{info}");
        }
        assert_eq!(language(""), "");
    }

    #[test]
    fn diagrams_are_told_from_other_diagrams_and_from_code() {
        let kind = |info, text| kind(info, text, SourceId(0), 0);
        for (info, text, wanted) in [
            ("seq", "A->B: x", Kind::Sequence(Dialect::Native)),
            ("websequencediagrams", "A->B: x", Kind::Sequence(Dialect::Native)),
            ("mermaid", "---\ntitle: x\n---\n%% hi\nsequenceDiagram\nA->>B: x", Kind::Sequence(Dialect::Mermaid)),
            ("puml", "A -> B : x", Kind::Sequence(Dialect::PlantUml)),
            ("plantuml", "@startuml\nA -> B : x\n@enduml", Kind::Sequence(Dialect::PlantUml)),
            ("rust", "fn main() {}", Kind::Code),
            ("", "A->B", Kind::Code),
        ] {
            assert_eq!(kind(info, text), wanted, "{info} {text}");
        }
        for (info, text, word) in [
            ("mermaid", "%% x\ngraph TD\nA-->B", "flowchart"),
            ("mermaid", "stateDiagram-v2\n", "state diagram"),
            ("mermaid", "banana\n", "`banana`"),
            ("mermaid", "  \n", "empty"),
            ("plantuml", "@startmindmap\n* x\n@endmindmap", "mind map"),
            ("plantuml", "@startuml\nclass A\nA --> B\n@enduml", "class diagram"),
            ("dot", "digraph {}", "dot"),
        ] {
            let Kind::Other(why) = kind(info, text) else { panic!("{info} {text}") };
            assert!(why.contains(word), "{why}");
        }
    }
}
