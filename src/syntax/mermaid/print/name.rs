//! How a participant is written so that it is read as the same one, wherever it stands.

use super::super::grammar::{Rule, matched};
use super::super::mistakes::{is_heading, is_taken};
use super::super::text::escaped;
use crate::diagram::{Participant, ParticipantKind};

/// The id as it stands in arrows and declarations: as it is where that can be, and with entities elsewhere.
pub(super) fn spelled(participant: &Participant) -> String {
    let id = participant.id.as_str();
    let one_word = participant.label.is_some() || needs_settings(participant.kind);
    let taken = is_taken(id) || is_heading(id);
    if holds(id) && !taken && !(one_word && id.contains(char::is_whitespace)) {
        return id.to_owned();
    }
    let mut out = String::new();
    for sign in id.chars() {
        let plain = sign.is_alphanumeric() || matches!(sign, '_' | '.') || sign == '-' && !id.contains("--");
        if plain { out.push(sign) } else { escaped(sign, &mut out) }
    }
    if holds_spelled(&out) && !taken {
        return out;
    }
    // A keyword in front, or a hyphen where an arrow might begin.
    let mut out = String::new();
    for (at, sign) in id.char_indices() {
        if at > 0 && (sign.is_alphanumeric() || sign == '_') { out.push(sign) } else { escaped(sign, &mut out) }
    }
    if out.is_empty() { "#8203;".to_owned() } else { out }
}

/// Whether the kind is said by `@{ "type": … }`.
pub(super) fn needs_settings(kind: ParticipantKind) -> bool {
    !matches!(kind, ParticipantKind::Participant | ParticipantKind::Actor | ParticipantKind::Cloud)
}

/// Whether an id is read as itself.
fn holds(id: &str) -> bool {
    let second = id.split_whitespace().nth(1);
    let alias = second.is_some_and(|word| word.eq_ignore_ascii_case("as"));
    let comment = id.starts_with('%') || id.contains("%%") || id.contains('#');
    // At its ends a byte order mark is a blank.
    let blank = |sign: char| sign.is_whitespace() || sign == '\u{feff}';
    let whole = !id.starts_with(blank) && !id.ends_with(blank) && !id.contains(['\n', '\r']);
    !alias && !comment && id != "*" && !id.starts_with("* ") && whole && holds_spelled(id)
}

fn holds_spelled(name: &str) -> bool {
    // An arrow or a comma stands behind it: a number before a blank is another thing, and `//` before `->>` the beginning of an arrow.
    [",", "->>"].iter().all(|behind| matched(Rule::name, &format!("{name}{behind}")) == Some(name.len()))
        && matched(Rule::declared_name, name) == Some(name.len())
}
