//! What is made from the flags: the JSON Schema of `seqcheck.toml`, and the page of settings.

use super::config::{FILE, NOT_IN_A_FILE, PREFIX, PROFILES, command, takes_value};
use clap::{Arg, ArgAction};
use serde_json::{Value, json};

/// The JSON Schema of `seqcheck.toml`, made from the flags.
pub fn schema() -> Value {
    let mut properties: serde_json::Map<String, Value> = command()
        .get_arguments()
        .filter_map(|arg| Some((arg.get_long()?.to_owned(), schema_of(arg))))
        .filter(|(key, _)| !NOT_IN_A_FILE.contains(&key.as_str()))
        .collect();
    let profile = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    properties.insert(
        PROFILES.to_owned(),
        json!({
            "description": "Settings that go before the others where --profile names their table.",
            "type": "object",
            "additionalProperties": profile,
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FILE,
        "description": "Settings of seqcheck: each is the flag of the same name.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn schema_of(arg: &Arg) -> Value {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if !takes_value(arg) {
        return json!({ "description": help, "type": "boolean" });
    }
    let names: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let one = if names.is_empty() { json!({ "type": ["string", "number"] }) } else { json!({ "enum": names }) };
    match arg.get_action() {
        ArgAction::Append => {
            let table = json!({ "type": "object", "additionalProperties": one });
            json!({ "description": help, "anyOf": [one, { "type": "array", "items": one }, table] })
        }
        // Every other action that takes a value takes one.
        _ => {
            let mut schema = one;
            schema["description"] = json!(help);
            schema
        }
    }
}

/// `docs/settings.md`.
pub fn page() -> String {
    let mut out = format!("{}\n", include_str!("settings.md").trim_end());
    let mut heading = String::new();
    for arg in command().get_arguments() {
        let Some(key) = arg.get_long() else { continue };
        let above = arg.get_help_heading().unwrap_or("Other");
        if above != heading {
            heading = above.to_owned();
            out.push_str(&format!(
                "\n## {heading}\n\n| flag | key | variable | meaning |\n| --- | --- | --- | --- |\n"
            ));
        }
        let value = arg.get_value_names().filter(|_| takes_value(arg)).map(|names| names.join(" "));
        let value = value.map_or_else(String::new, |value| format!(" {value}"));
        let short = arg.get_short().map_or_else(String::new, |short| format!(", `-{short}`"));
        let in_file = if NOT_IN_A_FILE.contains(&key) { "–".to_owned() } else { format!("`{key}`") };
        let variable = format!("{PREFIX}{}", key.to_ascii_uppercase().replace('-', "_"));
        let cell = |text: &str| text.replace('|', "\\|").replace('<', "\\<").replace('*', "\\*");
        out.push_str(&format!(
            "| `--{key}{}`{short} | {in_file} | `{variable}` | {} |\n",
            value.replace('|', "\\|"),
            cell(&arg.get_help().map(ToString::to_string).unwrap_or_default())
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn is_current(name: &str, made: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, made).expect("can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "{name} is not current: run the tests with UPDATE_DOCS=1");
    }

    #[test]
    fn the_schema_in_docs_is_the_one_of_the_flags() {
        is_current("docs/schema/config.json", &format!("{:#}\n", schema()));
    }

    #[test]
    fn the_page_of_settings_is_the_one_of_the_flags() {
        is_current("docs/settings.md", &page());
    }
}
