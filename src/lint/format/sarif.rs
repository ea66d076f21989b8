//! SARIF 2.1.0 (OASIS): the form that code scanning takes.

use super::place;
use crate::lint::ALL;
use crate::source::{Diagnostic, Fix, Severity, Sources, Span, visible_json};
use serde_json::{Value, json};

/// One SARIF log with one run.
pub fn sarif(entries: &[Diagnostic], sources: &Sources) -> String {
    let level = |severity: Severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let rules: Vec<Value> = ALL
        .iter()
        .map(|lint| {
            json!({
                "id": lint.code,
                "name": lint.name,
                "shortDescription": { "text": lint.about },
                "fullDescription": { "text": lint.why },
                "help": { "text": format!("seqcheck explain {}\n\n{}", lint.code, lint.theory) },
                "defaultConfiguration": { "level": level(lint.severity) },
            })
        })
        .collect();
    let results: Vec<Value> = entries
        .iter()
        .map(|diagnostic| {
            let text: Vec<&str> = std::iter::once(&diagnostic.message)
                .chain(&diagnostic.notes)
                .chain(&diagnostic.help)
                .map(String::as_str)
                .collect();
            let mut result = json!({
                "ruleId": diagnostic.code,
                "level": level(diagnostic.severity),
                "message": { "text": text.join("\n") },
            });
            if let Some(index) = ALL.iter().position(|lint| lint.code == diagnostic.code) {
                result["ruleIndex"] = json!(index);
            }
            if let Some(span) = diagnostic.primary() {
                result["locations"] = json!([{ "physicalLocation": physical(span, sources) }]);
            }
            let related: Vec<Value> = diagnostic
                .labels
                .iter()
                .filter(|label| !label.text.is_empty())
                .enumerate()
                .map(|(id, label)| {
                    json!({
                        "id": id,
                        "physicalLocation": physical(label.span, sources),
                        "message": { "text": label.text },
                    })
                })
                .collect();
            if !related.is_empty() {
                result["relatedLocations"] = json!(related);
            }
            let fixes: Vec<Value> = diagnostic.fixes.iter().map(|fix| fixed(fix, sources)).collect();
            if !fixes.is_empty() {
                result["fixes"] = json!(fixes);
            }
            result
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "seqcheck",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    visible_json(format!("{log:#}\n"))
}

fn fixed(fix: &Fix, sources: &Sources) -> Value {
    let mut changes: Vec<(String, Vec<Value>)> = Vec::new();
    for edit in &fix.edits {
        let uri = uri(sources.get(edit.span.source).name());
        let change = json!({ "deletedRegion": region(edit.span, sources), "insertedContent": { "text": edit.text } });
        match changes.iter_mut().find(|(known, _)| *known == uri) {
            Some((_, all)) => all.push(change),
            None => changes.push((uri, vec![change])),
        }
    }
    let changes: Vec<Value> = changes
        .into_iter()
        .map(|(uri, replacements)| json!({ "artifactLocation": { "uri": uri }, "replacements": replacements }))
        .collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

fn physical(span: Span, sources: &Sources) -> Value {
    json!({ "artifactLocation": { "uri": uri(sources.get(span.source).name()) }, "region": region(span, sources) })
}

fn region(span: Span, sources: &Sources) -> Value {
    let (_, [line, column, end_line, end_column]) = place(span, sources);
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// A path as a relative URI: with slashes, and whatever a URI cannot hold in percent.
fn uri(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    name.replace('\\', "/")
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
