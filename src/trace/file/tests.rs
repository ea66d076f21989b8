use super::*;
use crate::trace::Evidence;
use crate::wire::{Channel, Message, Observed, Reach};
use proptest::prelude::*;
use serde_json::{Value, json};

fn a_header() -> Header {
    let mut stops = Stops::default();
    stops.add(Moment(7_000_000), Duration::from_millis(3));
    Header {
        scenario: "scenarios/chat.seq".to_owned(),
        fingerprint: fingerprint("title x"),
        binding: "chat".to_owned(),
        seed: 7,
        play: 0,
        order: "diagram".to_owned(),
        timeout: 5_000_000_000,
        settle: 1_000_000_000,
        virtual_time: true,
        lifelines: ["Alice", "Bob", "Chat Server"].map(str::to_owned).to_vec(),
        simulated: ["Alice", "Bob"].map(str::to_owned).to_vec(),
        streams: vec!["Server".to_owned()],
        sends: Some(3),
        shortened: 2,
        stops,
        awaited: vec![Awaited { client: "Alice".to_owned(), wants: "HTTP 200".to_owned(), ..Awaited::default() }],
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn raw() -> impl Strategy<Value = Raw> {
    prop_oneof![
        any::<String>().prop_map(|text| Raw::Text(text.into())),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| Raw::Binary(bytes.into())),
    ]
}

fn channel() -> impl Strategy<Value = Channel> {
    prop_oneof![Just(Channel::Socket), Just(Channel::Http), Just(Channel::Events)]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![Just(Evidence::Timed), Just(Evidence::Echo), Just(Evidence::Virtual), Just(Evidence::Nobody)]
}

fn observed() -> impl Strategy<Value = Observed> {
    let headers = prop::collection::vec((any::<String>(), any::<String>()), 0..3);
    prop_oneof![
        value().prop_map(|value| {
            let raw = Raw::Text(value.to_string().into());
            Observed::Message(Message { value: value.into(), raw })
        }),
        (value(), raw()).prop_map(|(value, raw)| Observed::Message(Message { value: value.into(), raw })),
        (raw(), any::<String>()).prop_map(|(raw, why)| Observed::Garbled { raw, why }),
        (any::<u16>(), headers, value()).prop_map(|(code, headers, body)| Observed::Status {
            code,
            headers,
            body: body.into()
        }),
        (any::<String>(), any::<Option<String>>(), any::<String>()).prop_map(|(event, id, data)| Observed::Event {
            event,
            id,
            data
        }),
        (any::<Option<u16>>(), any::<String>()).prop_map(|(code, reason)| Observed::Close { code, reason }),
        any::<String>().prop_map(|how| Observed::End { how }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let event = prop_oneof![
        (0..3u32, 0..3u32, channel(), any::<u32>(), any::<String>(), prop::collection::vec(raw(), 0..3)).prop_map(
            |(lifeline, to, channel, arrow, label, raw)| Event::Sent {
                lifeline,
                to,
                channel,
                arrow,
                label: label.into(),
                raw
            }
        ),
        (0..3u32, 0..3u32, channel(), observed()).prop_map(|(lifeline, from, channel, observed)| Event::Received {
            lifeline,
            from,
            channel,
            observed
        }),
        (0..3u32, any::<u32>()).prop_map(|(lifeline, arrow)| Event::Done { lifeline, arrow }),
        (0..3u32).prop_map(|lifeline| Event::Echoed { lifeline }),
        (evidence(), any::<u64>(), prop::collection::vec((0..3u32, evidence()), 0..3)).prop_map(
            |(evidence, listened, weaker)| {
                let listened = Duration::from_nanos(listened);
                Event::Quiet { evidence, listened, weaker }
            }
        ),
        (any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(fragment, turn, choice)| Event::Chose {
            fragment,
            turn,
            choice
        }),
        (prop_oneof![0..3u32, Just(u32::MAX)], any::<String>(), value()).prop_map(|(lifeline, hole, value)| {
            Event::Learned { lifeline, hole: hole.into(), value, reach: Reach::Client }
        }),
        Just(Event::Frozen),
    ];
    (any::<u64>(), event).prop_map(|(at, event)| Entry { at: Moment(at), event })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_equal(entries in prop::collection::vec(entry(), 0..12)) {
        let text = write(&a_header(), &entries);
        let (header, again) = read(&text).map_err(|errors| TestCaseError::fail(format!("{errors:?}\n{text}")))?;
        prop_assert_eq!(header, a_header());
        prop_assert_eq!(&again, &entries);
        prop_assert_eq!(write(&a_header(), &again), text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,80}(\n\\PC{0,80}){0,3}") {
        let _ = read(&text);
        let _ = read(&format!("{}{text}", write(&a_header(), &[])));
    }
}

#[test]
fn a_line_is_what_a_person_would_write() {
    let observed = Observed::Message(Message {
        value: json!({ "type": "connected", "user": "alice" }).into(),
        raw: Raw::Text(r#"{"type":"connected","user":"alice"}"#.into()),
    });
    let event = Event::Received { lifeline: 0, from: 2, channel: Channel::Socket, observed };
    let text = write(&a_header(), &[Entry { at: Moment(12), event }]);
    let last = text.lines().last().unwrap_or_default();
    assert_eq!(
        last,
        r#"{"at":12,"event":"received","client":"Alice","from":"Chat Server","channel":"socket","message":{"text":"{\"type\":\"connected\",\"user\":\"alice\"}"}}"#
    );
}

#[test]
fn errors_name_every_line_and_a_way_out() {
    let good = write(&a_header(), &[Entry { at: Moment(0), event: Event::Frozen }]);
    let bad = format!("{good}{{\"at\":1,\"event\":\"echoed\",\"client\":\"Carol\"}}\nnonsense\n");
    let errors = read(&bad).unwrap_err();
    let lines: Vec<_> = errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [3, 4]);
    assert_eq!(errors[0].message, "the header has no lifeline `Carol`");

    let cases = [
        ("", "this is not a trace of seqcheck: EOF"),
        ("\u{0}\u{1}", "this is not a trace of seqcheck"),
        (r#"{"format":"har","version":1}"#, "its `format` is not `seqcheck trace`"),
        (r#"{"format":"tulip","version":"tulip"}"#, "it has no `format` and `version`"),
        (
            r#"{"format":"seqcheck trace","version":2,"news":[]}"#,
            "version 2, but this seqcheck reads only versions up to 1",
        ),
        (r#"{"format":"seqcheck trace","version":1}"#, "the header is broken: missing field `scenario`"),
    ];
    for (text, message) in cases {
        let errors = read(text).unwrap_err();
        assert_eq!((errors.len(), errors[0].line), (1, 1), "{text}");
        assert!(errors[0].message.contains(message), "{}", errors[0].message);
        assert!(!errors[0].message.contains("tulip"), "{}", errors[0].message);
    }
}

#[test]
fn what_is_as_deep_as_a_frame_of_xml_may_be_is_read_back() {
    let entry = |depth: usize| {
        let element = |inner: Value, _| json!({ "a": [inner] });
        let value = (0..depth).fold(json!({ "#text": "x" }), element);
        let observed = Observed::Message(Message { value: value.into(), raw: Raw::Text("<a/>".into()) });
        Entry { at: Moment(1), event: Event::Received { lifeline: 0, from: 2, channel: Channel::Socket, observed } }
    };
    let header = a_header();
    assert_eq!(read(&write(&header, &[entry(128)])), Ok((header.clone(), vec![entry(128)])));
    let problems = read(&write(&header, &[entry(160)])).expect_err("too deep");
    assert!(problems[0].message.contains("more than 300 nested lists and objects"), "{problems:?}");
}
