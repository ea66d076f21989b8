use super::place;
use crate::lint::{Lint, Stats, StimulusOrders};
use crate::source::{Diagnostic, Sources, Span, visible_json};
use serde_json::{Value, json};

/// One JSON document: findings, and the numbers of each diagram where they are asked for.
pub fn json(entries: &[Diagnostic], stats: &[(String, Stats)], sources: &Sources) -> String {
    let at = |span: Span| {
        let (file, [line, column, end_line, end_column]) = place(span, sources);
        json!({ "file": file, "line": line, "column": column, "end_line": end_line, "end_column": end_column })
    };
    let findings: Vec<Value> = entries
        .iter()
        .map(|diagnostic| {
            let labels = diagnostic
                .labels
                .iter()
                .map(|label| json!({ "at": at(label.span), "text": label.text, "primary": label.primary }));
            let fixes = diagnostic.fixes.iter().map(|fix| {
                let edits = fix.edits.iter().map(|edit| json!({ "at": at(edit.span), "text": edit.text }));
                json!({ "title": fix.title, "safe": fix.safe, "edits": edits.collect::<Vec<_>>() })
            });
            json!({
                "code": diagnostic.code,
                "name": Lint::of_code(diagnostic.code).map(|lint| lint.name),
                "severity": diagnostic.severity.word(),
                "message": diagnostic.message,
                "at": diagnostic.primary().map(at),
                "places": labels.collect::<Vec<_>>(),
                "notes": diagnostic.notes,
                "help": diagnostic.help,
                "fixes": fixes.collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut whole = json!({ "version": 1, "findings": findings });
    if !stats.is_empty() {
        whole["stats"] = stats.iter().map(|(name, stats)| numbers(name, stats)).collect();
    }
    visible_json(format!("{whole:#}\n"))
}

fn numbers(name: &str, stats: &Stats) -> Value {
    let orders = match &stats.orders {
        StimulusOrders::Counted { orders, deadlocks, example } => {
            let scenario = example.as_ref().map(|example| example.scenario.clone());
            json!({ "count": orders, "deadlocks": deadlocks, "scenario": scenario })
        }
        StimulusOrders::Many | StimulusOrders::NotPlain => Value::Null,
    };
    let power = stats.power.iter().map(|(name, has)| ((*name).to_owned(), Value::from(*has)));
    json!({
        "diagram": name,
        "played": stats.lifelines.0,
        "tested": stats.lifelines.1,
        "arrows": stats.arrows,
        "visible_events": stats.visible,
        "visible_pairs": stats.pairs,
        "unordered_pairs": stats.unordered,
        "width": stats.width,
        "race_pairs": stats.races.0,
        "race_causes": stats.races.1,
        "stimulus_orders": orders,
        "power": power.collect::<serde_json::Map<_, _>>(),
    })
}
