use super::build::Building;
use super::diff;
use super::matching::Matching;
use super::*;
use crate::source::{SourceId, Span};
use crate::wire::file::node::from_json;
use proptest::prelude::*;
use serde_json::json;

/// Reads a pattern written as JSON.
fn read(text: Value) -> Result<(Slots, Pattern), Vec<String>> {
    let mut slots = Slots::default();
    let mut problems = Vec::new();
    let node = from_json(Span::new(SourceId(0), 0, 0), text);
    let pattern = PatternReader { slots: &mut slots, closed: false, problems: &mut problems }.frame(&node);
    let problems: Vec<String> = problems.into_iter().map(|(_, text)| text).collect();
    if problems.is_empty() { Ok((slots, pattern)) } else { Err(problems) }
}

/// What the holes of a pattern take of a value; none where it does not fit. A difference is found exactly then.
fn take(pattern: Value, found: &Value) -> Option<Value> {
    let (slots, pattern) = read(pattern).expect("a good pattern");
    let fresh = || Matching { all: true, ..Matching::new(&slots, &[], None) };
    let places = diff::diff(&pattern, found, &mut fresh());
    let mut matching = fresh();
    if !matching.value(&pattern, found) {
        assert!(!places.is_empty(), "no fit and no difference: {found}");
        return None;
    }
    assert_eq!(places, Vec::new(), "fits and differs");
    let found = slots.0.iter().zip(matching.found).filter_map(|(slot, value)| Some((slot.name.to_string(), value?)));
    Some(found.collect())
}

/// The value that a pattern makes of the values of its holes.
fn make(pattern: Value, values: &Value) -> Result<Value, String> {
    let (slots, pattern) = read(pattern).expect("a good pattern");
    let mut ask = |slot: usize| {
        let name = &slots.0[slot].name;
        values.get(&**name).cloned().ok_or(build::BuildError::NoValue { hole: name.to_string(), name: None })
    };
    let mut building = Building::new(&slots, &mut ask, None);
    building.value(&pattern).map_err(|error| error.to_string())
}

#[test]
fn a_pattern_takes_what_fits() {
    let hello = "aGVsbG8=";
    let cases = [
        // Objects are open, key order is free, numbers compare as numbers.
        (json!({"a": 1}), json!({"b": 2, "a": 1.0}), Some(json!({}))),
        (json!({"a": 1}), json!({"a": "1"}), None),
        (json!({"a": 1}), json!({"a": 1.5}), None),
        (json!({"a": {"b": "{x}"}}), json!({"a": {"b": null, "c": 1}}), Some(json!({"x": null}))),
        (json!({"a": "{x}"}), json!({}), None),
        // Numbers among bytes end where they end.
        (json!({"$hex": "{n|varint} {d}"}), json!({"$hex": "ac0201ff"}), Some(json!({"n": 300, "d": "01ff"}))),
        (
            json!({"$hex": "{a|u8}{b|u16}{c|u32} {t|utf8}"}),
            json!({"$hex": "010002000000036869"}),
            Some(json!({"a": 1, "b": 2, "c": 3, "t": "hi"})),
        ),
        (json!({"$hex": "{a|u16}"}), json!({"$hex": "01"}), None),
        (json!({"$hex": "{a|varint}"}), json!({"$hex": "80"}), None),
        (json!({"$hex": "{t|bytes|u8}{t|utf8}"}), json!({"$hex": "026869"}), Some(json!({"t": "hi"}))),
        // A name may have holes: the first member that fits and has no other name.
        (
            json!({"users": {"{u}": {"on": true}}}),
            json!({"users": {"ann": {"on": false}, "bob": {"on": true}}}),
            Some(json!({"u": "bob"})),
        ),
        (json!({"n": 1, "user:{u}": "{v}"}), json!({"user:x": 2, "n": 1}), Some(json!({"u": "x", "v": 2}))),
        (json!({"n": "{v}", "{u}": "{w}"}), json!({"n": 1}), None),
        (json!({"{a}": 1, "{b}": 1}), json!({"x": 1, "y": 1}), Some(json!({"a": "x", "b": "y"}))),
        (json!({"{a}": 1, "{b}": 1}), json!({"x": 1, "y": 2}), None),
        (
            json!({"of": "{u}", "by": {"{u}": "{n}"}}),
            json!({"of": "b", "by": {"a": 1, "b": 2}}),
            Some(json!({"u": "b", "n": 2})),
        ),
        (json!({"{{x}}": 1}), json!({"{x}": 1}), Some(json!({}))),
        // A hole alone takes any type; inside a text it takes text.
        (json!("{x}"), json!([1]), Some(json!({"x": [1]}))),
        (json!("a{x}"), json!("ab"), Some(json!({"x": "b"}))),
        (json!("a{x}"), json!("a"), None),
        (json!("a{x...}"), json!("a"), Some(json!({"x": ""}))),
        (json!("a{x}"), json!(1), None),
        (json!("{a}-{b}"), json!("1-2-3"), Some(json!({"a": "1", "b": "2-3"}))),
        (json!("{a}: {b}"), json!("x: y: z"), Some(json!({"a": "x", "b": "y: z"}))),
        (json!("{{{x}}}"), json!("{y}"), Some(json!({"x": "y"}))),
        // The same hole twice is the same value.
        (json!(["{x}", "{x}"]), json!([1, 1.0]), Some(json!({"x": 1}))),
        (json!(["{x}", "{x}"]), json!([1, 2]), None),
        (json!("{x}={x}"), json!("ab=ab"), Some(json!({"x": "ab"}))),
        (json!("{x}={x}"), json!("ab=ac"), None),
        // Anything, and nothing bound.
        (json!(["{_}", "{_}"]), json!([1, 2]), Some(json!({}))),
        // Narrowed.
        (json!("{n:int}"), json!(3), Some(json!({"n": 3}))),
        (json!("{n:int}"), json!("3"), None),
        (json!("{n:int}"), json!(3.5), None),
        (json!("{n:number}"), json!(3.5), Some(json!({"n": 3.5}))),
        (json!("{b:bool}"), json!(true), Some(json!({"b": true}))),
        (json!("{b:bool}"), json!("true"), None),
        (json!("n={n:int}!"), json!("n=-3!"), Some(json!({"n": "-3"}))),
        (json!("n={n:int}!"), json!("n=3.5!"), None),
        (
            json!("{u:uuid}"),
            json!("0b4e7a5e-5f1c-4a39-9b0e-1c2d3e4f5a6b"),
            Some(json!({"u": "0b4e7a5e-5f1c-4a39-9b0e-1c2d3e4f5a6b"})),
        ),
        (json!("{u:uuid}"), json!("0b4e7a5e"), None),
        (json!("{t:time}"), json!("2026-01-31T08:15:00.250Z"), Some(json!({"t": "2026-01-31T08:15:00.250Z"}))),
        (json!("{t:time}"), json!("2026-13-31T08:15:00Z"), None),
        (json!("{x:/[a-z]{2,3}/}"), json!("abc"), Some(json!({"x": "abc"}))),
        (json!("{x:/[a-z]{2,3}/}"), json!("abcd"), None),
        (json!("{x:/[^/]+/}/{y:/[/]?.+/}"), json!("a//b"), Some(json!({"x": "a", "y": "/b"}))),
        (json!("{x:/[]/]+/}"), json!("]/"), Some(json!({"x": "]/"}))),
        (json!("{x:/a\\/[b]/}"), json!("a/b"), Some(json!({"x": "a/b"}))),
        (json!("{x:/[^:]+/}: {y}"), json!("a: b: c"), Some(json!({"x": "a", "y": "b: c"}))),
        (json!("{x:/a|b\\/c/}"), json!("b/c"), Some(json!({"x": "b/c"}))),
        // Arrays.
        (json!([1, "{x}"]), json!([1, 2]), Some(json!({"x": 2}))),
        (json!([1, "{x}"]), json!([1, 2, 3]), None),
        (json!([1, "..."]), json!([1, 2, 3]), Some(json!({}))),
        (json!(["...", 3]), json!([1, 2, 3]), Some(json!({}))),
        (json!(["…", 2, "{x}", "…"]), json!([1, 2, 3, 4]), Some(json!({"x": 3}))),
        (
            json!(["…", {"k": "{k}"}, {"v": "{v}"}, "…"]),
            json!([{"k": 1}, {"k": 2}, {"v": 3}]),
            Some(json!({"k": 2, "v": 3})),
        ),
        (json!(["..."]), json!([]), Some(json!({}))),
        // What may be left out, or null.
        (json!({"a": "{x?}"}), json!({}), Some(json!({}))),
        (json!({"a": "{x?:int}"}), json!({"a": null}), None),
        (json!({"a": "{x?:int|null}"}), json!({"a": null}), Some(json!({"x": null}))),
        (json!({"a": "{x:int|null}"}), json!({}), None),
        (json!({"a": "{x:int|null}"}), json!({"a": "1"}), None),
        (json!({"a": "r:{x?}"}), json!({"b": 1}), Some(json!({}))),
        (json!({"a": "{_?:int}"}), json!({"a": "1"}), None),
        // Bounds, and one of several.
        (json!("{n:1..100}"), json!(100), Some(json!({"n": 100}))),
        (json!("{n:1..100}"), json!(100.5), None),
        (json!("{n:-40..60}"), json!(21.5), Some(json!({"n": 21.5}))),
        (json!("{n:int -40..60}"), json!(21.5), None),
        (json!("{n:0..}"), json!(-1), None),
        (json!("{n:..0}"), json!(-1), Some(json!({"n": -1}))),
        (json!("{n:1..2}"), json!("1"), None),
        (json!("at {n:1..9}:{m}"), json!("at 10:5"), None),
        (json!("{s:green|amber|red}"), json!("amber"), Some(json!({"s": "amber"}))),
        (json!("{s:green|amber|red}"), json!("blue"), None),
        (json!("{s:a|'lower'|'x y'|null}"), json!("x y"), Some(json!({"s": "x y"}))),
        (json!("{s:a|'lower'|null}"), json!(null), Some(json!({"s": null}))),
        (json!("{n:1|2|3}"), json!(2), Some(json!({"n": 2}))),
        (json!("{n:1|2|3}"), json!("2"), None),
        (json!("is {s:a|b}!"), json!("is c!"), None),
        (json!({"a": "{_?:false}"}), json!({"b": 1}), Some(json!({}))),
        (json!({"a": "{_?:false}"}), json!({"a": false}), Some(json!({}))),
        (json!({"a": "{_?:false}"}), json!({"a": true}), None),
        (json!("{b:true|false}"), json!(true), Some(json!({"b": true}))),
        (json!("{b:true|false}"), json!("true"), None),
        (json!("{b:true|maybe}"), json!("true"), Some(json!({"b": "true"}))),
        // Lists without order, and of any length.
        (json!({"$set": ["ann", "bob"]}), json!(["bob", "ann"]), Some(json!({}))),
        (json!({"$set": ["ann", "bob"]}), json!(["bob", "ann", "eve"]), None),
        (json!({"$set": ["ann", "bob"]}), json!(["bob", "bob"]), None),
        (json!({"$set": ["ann", "..."]}), json!(["bob", "ann", "eve"]), Some(json!({}))),
        (json!({"$set": ["{x:/[ab]/}", "{y:/[bc]/}", "b"]}), json!(["b", "c", "a"]), Some(json!({"x": "a", "y": "c"}))),
        (
            json!({"$set": [{"id": 1, "n": "{x}"}, {"id": 2}]}),
            json!([{"id": 2}, {"id": 1, "n": 7}]),
            Some(json!({"x": 7})),
        ),
        (json!({"$each": {"id": "{_:int}"}}), json!([{"id": 1}, {"id": 2, "x": 0}]), Some(json!({}))),
        (json!({"$each": {"id": "{_:int}"}}), json!([{"id": 1}, {"id": "2"}]), None),
        (json!({"$each": "{_:int}"}), json!([]), Some(json!({}))),
        (json!({"$each": "{_:int}", "$count": "1.."}), json!([]), None),
        (json!({"$each": "{_:int}", "$count": "1..2"}), json!([1, 2, 3]), None),
        (json!({"$each": "{_:int}", "$count": 2}), json!([1, 2]), Some(json!({}))),
        (json!({"$each": {"of": "{x}"}}), json!([{"of": 1}, {"of": 2}]), None),
        // Arithmetic and filters, backwards.
        (json!({"next": "{n+1}"}), json!({"next": 8}), Some(json!({"n": 7}))),
        (json!({"next": "{n-1}"}), json!({"next": 8}), Some(json!({"n": 9}))),
        (json!("{x|base64}"), json!(hello), Some(json!({"x": "hello"}))),
        (json!("{x|base64}"), json!("?"), None),
        (json!("a {x|url} b"), json!("a %C3%AB b"), Some(json!({"x": "ë"}))),
        (json!("{x|json}"), json!("{\"a\":1}"), Some(json!({"x": {"a": 1}}))),
        (json!("{x|hex}"), json!("6869"), Some(json!({"x": "hi"}))),
        // JSON in a text, bytes.
        (json!({"d": {"$json": {"room": "{r}"}}}), json!({"d": "{ \"x\":1, \"room\":\"g\"}"}), Some(json!({"r": "g"}))),
        (json!({"d": {"$json": {"room": "{r}"}}}), json!({"d": "room"}), None),
        (json!({"$before": "42", "$json": ["{r}", "..."]}), json!("42[\"g\",[1]]"), Some(json!({"r": "g"}))),
        (
            json!({"$before": "4{n}/{s},", "$json": {"a": "{r}"}}),
            json!("42/{x},{\"a\":1}"),
            Some(json!({"n": "2", "s": "{x}", "r": 1})),
        ),
        (json!({"$before": "42", "$json": ["{r}"]}), json!("43[\"g\"]"), None),
        (json!({"$before": "42", "$json": ["{r}"]}), json!("42"), None),
        (
            json!({"$base64": "\u{0}{user}\u{0}{pass}"}),
            json!("AGFubgBzZWNyZXQ="),
            Some(json!({"user": "ann", "pass": "secret"})),
        ),
        (json!({"$base64": "{user}"}), json!("?"), None),
        (json!({"$hex": "00 05 {name|utf8}"}), json!({"$hex": "00056869"}), Some(json!({"name": "hi"}))),
        (json!({"$hex": "00 {x} ff"}), json!({"$hex": "000ff0ff"}), Some(json!({"x": "0ff0"}))),
        (json!({"$hex": "00 05"}), json!({"$hex": "0006"}), None),
        // JSON as text, for what TOML cannot say.
        (json!({"json": "{\"a\": null, \"b\": \"{x}\"}"}), json!({"a": null, "b": 1}), Some(json!({"x": 1}))),
        (json!({"json": "{\"a\": null}"}), json!({"a": 0}), None),
    ];
    for (pattern, found, expected) in cases {
        assert_eq!(take(pattern.clone(), &found), expected, "{pattern} against {found}");
    }
}

#[test]
fn a_pattern_makes_what_it_says() {
    let cases = [
        (json!({"a": "{x}", "b": "r:{x}"}), json!({"x": 1}), Ok(json!({"a": 1, "b": "r:1"}))),
        (json!("{x+1}"), json!({"x": 41}), Ok(json!(42))),
        (json!("{x-1}"), json!({"x": "41"}), Ok(json!("40"))),
        (json!("{x|upper}{x|lower}"), json!({"x": "aB"}), Ok(json!("ABab"))),
        (json!("{x|base64}"), json!({"x": "hello"}), Ok(json!("aGVsbG8="))),
        (json!("{x|bytes}"), json!({"x": "ë"}), Ok(json!(2))),
        (json!("{x|url}"), json!({"x": "a b&c~"}), Ok(json!("a%20b%26c~"))),
        (json!("{x|md5}"), json!({"x": ""}), Ok(json!("d41d8cd98f00b204e9800998ecf8427e"))),
        (
            json!("{x|sha256}"),
            json!({"x": "abc"}),
            Ok(json!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        ),
        (json!("{x|sha256|base64}"), json!({"x": "abc"}), Ok(json!("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="))),
        // RFC 4231, test case 2.
        (
            json!("{x|hmac-sha256:key}"),
            json!({"x": "what do ya want for nothing?", "key": "Jefe"}),
            Ok(json!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")),
        ),
        (json!({"d": {"$json": {"room": "{r}"}}}), json!({"r": "g"}), Ok(json!({"d": "{\"room\":\"g\"}"}))),
        (json!({"$base64": "{u}:{p}"}), json!({"u": "ann", "p": "secret"}), Ok(json!("YW5uOnNlY3JldA=="))),
        (json!({"$before": "4{n},", "$json": ["{r}"]}), json!({"n": 2, "r": "g"}), Ok(json!("42,[\"g\"]"))),
        (json!({"$hex": "00 05 {name|utf8}"}), json!({"name": "hi"}), Ok(json!({"$hex": "00056869"}))),
        (
            json!({"$hex": "01 {t|bytes|u16} {t|utf8} {n|u8}"}),
            json!({"t": "hé", "n": "7"}),
            Ok(json!({"$hex": "01000368c3a907"})),
        ),
        (
            json!({"$hex": "{d|size|varint} {d}"}),
            json!({"d": "00".repeat(300)}),
            Ok(json!({"$hex": format!("ac02{}", "00".repeat(300))})),
        ),
        (json!({"$hex": "{n|u32}"}), json!({"n": 258}), Ok(json!({"$hex": "00000102"}))),
        (json!({"a": 1, "b": "{x?}", "c": "r:{y?}"}), json!({"x": 2}), Ok(json!({"a": 1, "b": 2}))),
        (json!(["{x|default:none}", "{y:int|default:0}"]), json!({}), Ok(json!(["none", 0]))),
        (json!("after={x|default:}"), json!({}), Ok(json!("after="))),
        (json!({"$set": ["{x}", 2]}), json!({"x": 1}), Ok(json!([1, 2]))),
    ];
    for (pattern, values, expected) in cases {
        assert_eq!(make(pattern.clone(), &values), expected, "{pattern} of {values}");
    }
    for (pattern, value) in
        [("{x|u8}", json!(256)), ("{x|u16}", json!("many")), ("{x|varint}", json!(-1)), ("{x|size|u8}", json!("0g"))]
    {
        assert!(
            make(json!({"$hex": pattern}), &json!({"x": value})).unwrap_err().contains("cannot convert"),
            "{pattern}"
        );
    }
    assert!(make(json!("{x}"), &json!({})).unwrap_err().contains("`{x}` has no value"));
    assert!(make(json!("{x+1}"), &json!({"x": "a"})).unwrap_err().contains("not an integer"));
    assert!(make(json!({"$hex": "{x}"}), &json!({"x": "zz"})).unwrap_err().contains("hexadecimal"));
}

#[test]
fn what_is_no_pattern_says_so() {
    let cases = [
        ("{x", "never closed"),
        ("{}", "no name"),
        ("{x:integer}", "cannot have the type `integer`"),
        ("{x|rot13}", "no filter `rot13`"),
        ("{x:/[/}", "ends with `/`"),
        ("{x:/(/}", "not a regular expression"),
        ("{x:/a}", "ends with `/`"),
        ("{a b}", "not `{a b}"),
        ("{s:green|upper}", "write `'upper'`"),
        ("{s:'green}", "never closed"),
        ("{n:5..1}", "no number is within"),
        ("{n:..}", "has no limit"),
        ("{n:a..b}", "is not a range"),
        ("{x?|default:1}", "one of them"),
    ];
    for (text, problem) in cases {
        let problems = read(json!(text)).expect_err(text);
        assert!(problems[0].contains(problem), "{text}: {problems:?}");
    }
    for (pattern, problem) in [
        (json!({"$set": "x"}), "needs a list"),
        (json!({"$set": [], "x": 1}), "cannot be combined with"),
        (json!({"$each": 1, "$count": "some"}), "`$count` is a number"),
        (json!(["{x?}"]), "an element of a list cannot"),
    ] {
        let problems = read(pattern).expect_err(problem);
        assert!(problems[0].contains(problem), "{problems:?}");
    }
    assert!(read(json!({"$hex": "0"})).is_err() && read(json!({"a": {"$text": "x"}})).is_err());
}

#[test]
fn a_search_made_to_be_slow_ends() {
    let mut slots = Slots::default();
    let template =
        Template::read("{a:/[^!]+/} {b:/[^!]+/} {c:/[^!]+/} {d:/[^!]+/} !{e}!", &mut slots).expect("a label");
    let text = format!("{}!", "a ".repeat(30_000));
    let start = std::time::Instant::now();
    assert!(template::search(&template.parts(), &text).is_none());
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "took {:?}", start.elapsed());
}

/// A pattern as JSON with holes `h0`, `h1`, …, and values for them.
fn pattern_and_values() -> impl Strategy<Value = (Value, Value)> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        "[a-z ]{0,6}".prop_map(Value::from),
        (0..4_u8).prop_map(|n| Value::from(format!("{{h{n}}}"))),
        (0..4_u8, "[A-Z]{1,3}", "[A-Z]{0,3}").prop_map(|(n, a, b)| Value::from(format!("{a}{{h{n}}}{b}"))),
        (0..4_u8).prop_map(|n| Value::from(format!("{{h{n}|base64}}"))),
        (0..4_u8, 0..4_u8).prop_map(|(a, b)| Value::from(format!("{{h{a}}}/{{h{b}}}"))),
    ];
    let tree = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4)
                .prop_map(|members| members.into_iter().collect::<Value>()),
            inner.prop_map(|inner| json!({ "$json": inner })),
        ]
    });
    let values = prop::collection::vec("[a-z0-9]{1,8}", 4)
        .prop_map(|list| list.into_iter().enumerate().map(|(n, text)| (format!("h{n}"), Value::from(text))).collect());
    (tree, values)
}

proptest! {
    #[test]
    fn what_is_built_fits_and_gives_the_holes_back((pattern, values) in pattern_and_values()) {
        let Ok(_) = read(pattern.clone()) else { return Ok(()) };
        let built = make(pattern.clone(), &values).expect("every hole has a value");
        let taken = take(pattern.clone(), &built);
        prop_assert!(taken.is_some(), "{pattern} does not fit its own {built}");
        for (name, value) in taken.unwrap_or_default().as_object().into_iter().flatten() {
            prop_assert_eq!(value, &values[name], "{} in {}", name, pattern);
        }
    }

    #[test]
    fn a_filled_label_fits_its_template(words in prop::collection::vec(("[a-z]{1,5}", "[A-Z: ]{1,4}"), 1..5)) {
        let mut slots = Slots::default();
        let text: String = words.iter().enumerate().map(|(n, (_, rest))| format!("{{h{n}}}{rest}")).collect();
        let template = Template::read(&text, &mut slots).expect("a label");
        let label = template.show(|hole| words[hole.slot.unwrap_or(0)].0.clone());
        let parts = template.parts();
        let taken = template::search(&parts, &label);
        let expected: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
        prop_assert_eq!(taken.map(|list| list.into_iter().map(|(_, text)| text).collect::<Vec<_>>()), Some(expected));
    }

    #[test]
    fn no_text_of_a_pattern_panics(text in "\\PC{0,24}", found in "\\PC{0,24}") {
        if let Ok((slots, pattern)) = read(json!(text)) {
            let _ = Matching::new(&slots, &[], None).value(&pattern, &json!(found));
        }
    }
}
