//! PlantUML's preprocessor: what `expand` has not carried out cannot be read, and that is said.

use crate::source::{Diagnostic, Span};

/// The code of diagnostics about the preprocessor.
pub(super) const PREPROCESSOR: &str = "preprocessor";

/// Keywords behind `!` that define, include or choose text.
const KEYWORDS: [&str; 39] = [
    "include",
    "includeurl",
    "includesub",
    "include_many",
    "include_once",
    "includedef",
    "import",
    "define",
    "definelong",
    "enddefinelong",
    "undef",
    "if",
    "ifdef",
    "ifndef",
    "elseif",
    "else",
    "endif",
    "while",
    "endwhile",
    "foreach",
    "endfor",
    "procedure",
    "endprocedure",
    "function",
    "endfunction",
    "return",
    "unquoted",
    "final",
    "local",
    "global",
    "startsub",
    "endsub",
    "log",
    "assert",
    "exit",
    "dump_memory",
    "memory_dump",
    "stdlib",
    "undefine",
];

/// Functions that PlantUML has built in; other words behind `%` are text.
const FUNCTIONS: [&str; 52] = [
    "boolval",
    "breakline",
    "call_user_func",
    "chr",
    "darken",
    "date",
    "dec2hex",
    "dirpath",
    "false",
    "feature",
    "file_exists",
    "filedate",
    "filename",
    "filenamenoextension",
    "function_exists",
    "get_all_stdlib",
    "get_all_theme",
    "get_current_theme",
    "get_json_keys",
    "get_json_type",
    "get_stdlib",
    "get_variable_value",
    "getenv",
    "hex2dec",
    "hsl_color",
    "intval",
    "invoke_procedure",
    "is_dark",
    "is_light",
    "json_key_exists",
    "left_align",
    "lighten",
    "load_json",
    "lower",
    "mod",
    "n",
    "newline",
    "not",
    "now",
    "ord",
    "random",
    "reverse_color",
    "set_variable_value",
    "size",
    "splitstr",
    "str2json",
    "string",
    "strlen",
    "strpos",
    "substr",
    "true",
    "upper",
];

/// The keyword or call in this line that only the preprocessor understands.
pub(super) fn in_line(line: &str) -> Option<String> {
    if let Some(behind) = line.strip_prefix('!') {
        let behind = behind.trim_start();
        if behind.starts_with('$') {
            return Some("!$…".to_owned());
        }
        let word: String = behind.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '_').collect();
        let word = word.to_ascii_lowercase();
        let known = KEYWORDS.contains(&word.as_str());
        // `!name = value` is a variable too.
        let assigns = !word.is_empty() && behind[word.len()..].trim_start().starts_with(['=', '?']);
        return (known || assigns).then(|| format!("!{word}"));
    }
    let called = |name: &str| {
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        (end > 0 && name[end..].starts_with('(')).then_some(end)
    };
    let first = line.strip_prefix(['$', '%']).and_then(called).map(|end| line[..=end].to_owned() + "(…)");
    first.or_else(|| call(line).map(|(at, end)| line[at..end].to_owned() + "(…)"))
}

/// What a line includes, where it includes anything: `!include style.iuml`, `!includeurl https://…`, `!import x.jar`.
pub(super) fn included(line: &str) -> Option<&str> {
    let (word, what) = line.strip_prefix('!')?.trim_start().split_once(char::is_whitespace)?;
    let word = word.to_ascii_lowercase();
    let includes = ["include", "includeurl", "include_many", "include_once", "import"].contains(&word.as_str());
    includes.then(|| what.trim()).filter(|what| !what.is_empty())
}

/// Whether what is included is a file of this machine.
pub(super) fn is_file(what: &str) -> bool {
    !what.contains("://") && !what.starts_with('<') && !what.contains(['!', '$', '%'])
}

/// What is said of a line that includes something: it is left out. `fmt` looks for no files and keeps the line.
pub(super) fn left_out(what: &str, at: Span, looked_for: bool) -> Diagnostic {
    let kind = if what.contains("://") {
        "seqcheck does not read from an address"
    } else if what.starts_with('<') {
        "seqcheck does not read the library of PlantUML"
    } else if looked_for {
        "there is no such file in the folder of this file, or it cannot be read"
    } else {
        "this text is read without other files, so the line stays as it is"
    };
    Diagnostic::warning(PREPROCESSOR, format!("`{what}` is ignored: {kind}")).at(at, "included here").with_help(
        "a style or icons do not matter; if it contains participants or arrows, give the output of: plantuml -preproc \
         FILE",
    )
}

/// Where a function stands in a text that PlantUML computes everywhere: from `%` to its bracket.
pub(super) fn call(text: &str) -> Option<(usize, usize)> {
    text.match_indices('%').find_map(|(at, _)| {
        let name = &text[at + 1..];
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        let known = name[end..].starts_with('(') && FUNCTIONS.contains(&name[..end].to_ascii_lowercase().as_str());
        known.then_some((at, at + 1 + end))
    })
}

/// The refusal of a text in which these were found.
pub(super) fn refuse(found: &[(String, Span)]) -> Option<Diagnostic> {
    let (first, at) = found.first()?;
    let mut words: Vec<&str> = Vec::new();
    for (word, _) in found {
        if !words.contains(&word.as_str()) && words.len() < 6 {
            words.push(word);
        }
    }
    let includes = words.iter().any(|word| word.starts_with("!include") || *word == "!import");
    let mut error =
        Diagnostic::error(PREPROCESSOR, "this diagram needs the preprocessor of PlantUML, which seqcheck does not run")
            .at(*at, format!("`{first}` replaces text before PlantUML reads it"))
            .with_note(format!("found here: {} ({} lines)", words.join(", "), found.len()))
            .with_help("give seqcheck the output of the preprocessor: plantuml -preproc FILE");
    if includes {
        error =
            error.with_help("you can remove a line that only includes icons or a style: the meaning does not change");
    }
    Some(error)
}
