use super::script::{Transcript, play};
use seqcheck::server::{legal, mutants};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[test]
fn rows_are_told_apart_by_number_and_name() {
    for rows in [mutants::ALL, legal::ALL] {
        let numbers: BTreeSet<&str> = rows.iter().map(|row| row.id).collect();
        let names: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
        assert_eq!(numbers.len(), rows.len());
        assert_eq!(names.len(), rows.len());
        assert!(rows.is_sorted_by_key(|row| row.id), "in the order of their numbers");
        for row in rows {
            assert!(row.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{row:?}");
            assert!(row.about.ends_with('.') && !row.about.contains(". "), "one sentence: {row:?}");
        }
    }
    assert_eq!(mutants::find("broadcast-twice"), mutants::find("m08"));
    assert!(mutants::find("jitter").is_none());
}

#[tokio::test(start_paused = true)]
async fn every_mutant_shows() {
    let want = play(None, false, 0).await;
    assert_eq!(play(None, false, 1).await, want, "without a deviation the seed means nothing");
    let mut hidden = Vec::new();
    for &row in mutants::ALL {
        let got = play(Some(row), false, 0).await;
        assert_eq!(play(Some(row), false, 0).await, got, "{row:?} does the same again");
        if got == want {
            hidden.push(row);
        }
    }
    assert!(hidden.is_empty(), "no difference under {hidden:?}");
}

/// What the protocol promises of a transcript: no times, no heartbeats, no members that it does not name, ids by rank.
fn promised(parts: Vec<Transcript>) -> Vec<BTreeMap<String, Vec<Value>>> {
    parts.into_iter().map(|part| part.into_iter().map(|(who, what)| (who, heard(what))).collect()).collect()
}

fn heard(what: Vec<(Duration, Value)>) -> Vec<Value> {
    what.into_iter()
        .map(|(_, value)| value)
        .filter(|value| value["type"] != "heartbeat")
        .map(|mut value| {
            if let Some(members) = value.as_object_mut() {
                members.remove("trace");
                members.remove("aside");
                // Long texts count by their length.
                if let Some(text) =
                    members.get_mut("text").filter(|text| text.as_str().is_some_and(|text| text.len() > 99))
                {
                    *text = json!(text.as_str().map(str::len));
                }
                // An event's data is a message as text.
                members.remove("data");
                members.values_mut().for_each(whole);
                if let Some(id) = members.get_mut("id").filter(|id| id.is_u64()) {
                    *id = json!("some id");
                }
                // An answer to a Close may have code 1000 or none.
                if members.get("close") == Some(&Value::Null) {
                    members.insert("close".to_owned(), json!(1000));
                }
            }
            value
        })
        .collect()
}

/// 1.0 is 1.
fn whole(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(whole),
        other => {
            if let Some(number) = other.as_f64() {
                *other = json!(number as u64);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_legal_oddity_keeps_the_promises() {
    let plain = play(None, true, 0).await;
    let want = promised(plain.clone());
    for &row in legal::ALL {
        for seed in 0..5 {
            let got = play(Some(row), true, seed).await;
            assert_eq!(play(Some(row), true, seed).await, got, "{row:?} with seed {seed} does the same again");
            let (mut got, mut want) = (promised(got), want.clone());
            match row.id {
                // Ids that start elsewhere are not known to a script: its receipts name none.
                "L08" => without(&["read", "error"], &mut got, &mut want),
                // Whoever waits for longer than it waits is sent away.
                "L26" => without_closings(&mut got, &mut want),
                _ => {}
            }
            for (got, want) in got.iter().zip(&want) {
                assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>());
                for (who, heard) in want {
                    assert_eq!(&got[who], heard, "{who} under {row:?} with seed {seed}");
                }
            }
        }
    }
}

type Promised = Vec<BTreeMap<String, Vec<Value>>>;

fn without(types: &[&str], got: &mut Promised, want: &mut Promised) {
    for messages in got.iter_mut().chain(want).flat_map(BTreeMap::values_mut) {
        messages.retain(|message| !types.iter().any(|&kind| message["type"] == kind));
    }
}

fn without_closings(got: &mut Promised, want: &mut Promised) {
    for messages in got.iter_mut().chain(want).flat_map(BTreeMap::values_mut) {
        messages.retain(|message| message.is_object() && message["close"] != 1001);
    }
}

#[tokio::test(start_paused = true)]
async fn all_that_the_server_says_is_on_the_page() {
    let page = include_str!("../../../docs/protocol.md");
    let heard: Vec<Value> =
        promised(play(None, false, 0).await).into_iter().flatten().flat_map(|(_, said)| said).collect();
    let members = |name: &str| -> BTreeSet<String> {
        heard.iter().filter_map(|message| message[name].as_str()).map(str::to_owned).collect()
    };
    let (types, codes) = (members("type"), members("code"));
    assert!(types.len() > 12 && codes.len() > 1, "the exchange is a rich one: {types:?} {codes:?}");
    for kind in types {
        assert!(page.contains(&format!("{{\"type\":\"{kind}\"")), "{kind}");
    }
    for code in codes {
        assert!(page.contains(&format!("| `{code}` |")), "{code}");
    }
}
