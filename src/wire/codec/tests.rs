use super::*;
use serde_json::json;

fn begin(codec: NamedCodec) -> Box<dyn Coding> {
    Codec::Named(codec).begin(&Host::default(), About::default())
}

fn text(text: &str) -> Raw {
    Raw::Text(text.into())
}

fn binary(bytes: &[u8]) -> Raw {
    Raw::Binary(bytes.into())
}

/// What a codec reads of some frames: messages, and answers as `!`.
fn read(codec: NamedCodec, frames: &[Raw]) -> Vec<Value> {
    let mut coding = begin(codec);
    let parts = frames.iter().flat_map(|raw| coding.decode(raw).unwrap_or_else(|why| panic!("{raw}: {why}")));
    parts
        .map(|part| match part {
            Part::Message(value, _) => value,
            Part::Answer(raw) => json!({ "!": raw.to_string() }),
            Part::Unread(why, raw) => panic!("{raw}: {why}"),
        })
        .collect()
}

fn write(codec: NamedCodec, value: Value) -> Vec<Raw> {
    begin(codec).encode(&value).unwrap_or_else(|why| panic!("{value}: {why}"))
}

#[test]
fn every_codec_has_a_name_and_survives_garbage() {
    for (codec, word, about) in NamedCodec::ALL {
        assert_eq!(codec.word(), word);
        assert!(!about.is_empty());
        for raw in [
            text(""),
            text("{"),
            text("\u{0}:\n\n"),
            binary(&[]),
            binary(&[0xff; 9]),
            binary(&[0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        ] {
            let _ = begin(codec).decode(&raw);
        }
        for value in [json!(null), json!({}), json!([1]), json!({"command": 1, "params": 2})] {
            let _ = begin(codec).encode(&value);
        }
    }
}

#[test]
fn resp_is_read_in_whatever_parts_it_comes() {
    let stream = b"+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n$0\r\n\r\n$4\r\na\r\nb\r\n$1\r\n\xff\r\n*-1\r\n*0\r\n\
        *2\r\n*1\r\n:1\r\n$1\r\nx\r\n%1\r\n+proto\r\n:3\r\n>3\r\n+message\r\n+c\r\n$2\r\n\xc3\xa9\r\n\
        ,1.5\r\n,inf\r\n#t\r\n_\r\n(12345678901234567890\r\n=7\r\ntxt:abc\r\n!5\r\nERR x\r\n~1\r\n#f\r\n";
    let wanted = json!([
        "OK", {"error": "ERR no"}, -7, null, "", "a\r\nb", {"$hex": "ff"}, null, [], [[1], "x"], {"proto": 3},
        ["message", "c", "\u{e9}"], 1.5, "inf", true, null, "12345678901234567890", "abc", {"error": "ERR x"}, [false],
    ]);
    for part in [1, 2, 5, 1000] {
        let frames: Vec<Raw> = stream.chunks(part).map(binary).collect();
        assert_eq!(Value::from(read(NamedCodec::Resp, &frames)), wanted, "{part}");
    }
    // The bytes of a message are its own.
    let mut coding = begin(NamedCodec::Resp);
    let parts = coding.decode(&binary(b"*1\r\n+a\r\n:1\r\n")).expect("two");
    let raws: Vec<String> = parts
        .into_iter()
        .map(|part| match part {
            Part::Message(_, Some(raw)) => raw.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(raws, [binary(b"*1\r\n+a\r\n").to_string(), binary(b":1\r\n").to_string()]);
    let command = write(NamedCodec::Resp, json!(["SET", "k", 1, {"$hex": "ff"}]));
    assert_eq!(command, [binary(b"*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n$1\r\n\xff\r\n")]);
}

#[test]
fn what_is_no_resp_is_told() {
    let deep = "*1\r\n".repeat(bounds::DEPTH + 1);
    for (stream, told) in [
        ("HTTP/1.1 400\r\n", "`H` begins no RESP value"),
        ("\r\n", "an empty RESP line"),
        ("$x\r\n", "`x` is not a length"),
        ("$2\r\nabc\r\n", "does not end where its length says"),
        ("$99999999\r\n", "a RESP string of more than"),
        ("*99999999\r\n", "a frame of more than"),
        (":1.5\r\n", "`1.5` is not a number"),
        (deep.as_str(), "lists in each other"),
    ] {
        let why = begin(NamedCodec::Resp).decode(&text(stream)).expect_err(stream);
        assert!(why.contains(told), "{why}");
    }
    assert!(begin(NamedCodec::Resp).encode(&json!("PING")).expect_err("no list").contains("a list of words"));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_codec_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40), cut in 0..40_usize) {
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        for ((codec, _, _), side) in NamedCodec::ALL.into_iter().flat_map(|all| [(all, Side::Client), (all, Side::Server)]) {
            let mut coding = Codec::Named(codec).begin(&Host::default(), About { side, ..About::default() });
            for part in [first, second] {
                let _ = coding.decode(&binary(part));
                let _ = coding.decode(&text(&String::from_utf8_lossy(part)));
            }
        }
    }

    #[test]
    fn no_packet_makes_mqtt_panic(kind in 0..16_u8, flags in 0..16_u8, body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..24)) {
        let mut frame = vec![kind << 4 | flags, body.len() as u8];
        frame.extend(body);
        let _ = begin(NamedCodec::Mqtt).decode(&binary(&frame));
    }
}

#[test]
fn json_lines_and_lines_split_a_message() {
    assert_eq!(read(NamedCodec::JsonLines, &[text("{\"a\":1}\n\n[2]\r\n")]), [json!({"a": 1}), json!([2])]);
    assert_eq!(read(NamedCodec::Lines, &[text("a\r\nb")]), [json!("a"), json!("b")]);
    assert_eq!(write(NamedCodec::JsonLines, json!({"a": 1})), [text("{\"a\":1}\n")]);
}

#[test]
fn irc_lines() {
    let line = "@time=12\\:30;x=\\s :bob!b@host PRIVMSG #room :hello: you";
    let value = json!({
        "tags": {"time": "12;30", "x": " "}, "prefix": "bob!b@host", "nick": "bob",
        "command": "PRIVMSG", "params": ["#room", "hello: you"],
    });
    assert_eq!(read(NamedCodec::Irc, &[text(line)]), [value]);
    assert_eq!(read(NamedCodec::Irc, &[text("ping a\r\nJOIN #r\r\n")]).len(), 2);
    let privmsg = json!({"command": "PRIVMSG", "params": ["#room", "two words"]});
    assert_eq!(write(NamedCodec::Irc, privmsg), [text("PRIVMSG #room :two words")]);
    assert!(begin(NamedCodec::Irc).encode(&json!({"command": "NICK", "params": ["a b", "c"]})).is_err());
    assert!(begin(NamedCodec::Irc).encode(&json!({"command": "NICK", "params": ["a\r\nQUIT"]})).is_err());
}

#[test]
fn stomp_frames() {
    let frame = "MESSAGE\nsubscription:0\nkey:a\\cb\nkey:second\ncontent-length:3\n\na\u{0}b\u{0}";
    let value = json!({
        "command": "MESSAGE",
        "headers": {"subscription": "0", "key": "a:b", "content-length": "3"},
        "body": "a\u{0}b",
    });
    assert_eq!(read(NamedCodec::Stomp, &[text("\n"), text(frame), text("\r\n")]), std::slice::from_ref(&value));
    let (first, second) = frame.split_at(20);
    assert_eq!(read(NamedCodec::Stomp, &[text(first), text(second)]), std::slice::from_ref(&value));
    assert_eq!(read(NamedCodec::Stomp, &[text(&format!("{frame}\n{frame}"))]), [value.clone(), value]);
    let send = json!({"command": "SEND", "headers": {"destination": "/t:x"}, "body": "hé"});
    assert_eq!(write(NamedCodec::Stomp, send), [text("SEND\ndestination:/t\\cx\ncontent-length:3\n\nhé\u{0}")]);
}

#[test]
fn socketio_packets() {
    let frames = [
        text("0{\"sid\":\"x\"}"),
        text("40{\"sid\":\"y\"}"),
        text("2"),
        text("42[\"join\",\"r\",{\"a\":1}]"),
        text("43/n,7[true]"),
    ];
    let values = [
        json!("0{\"sid\":\"x\"}"),
        json!("40{\"sid\":\"y\"}"),
        json!({"!": "3"}),
        json!({"event": "join", "args": ["r", {"a": 1}]}),
        json!({"nsp": "/n", "ack": 7, "args": [true]}),
    ];
    assert_eq!(read(NamedCodec::SocketIo, &frames), values);
    let event = json!({"event": "join", "args": ["r"], "id": 3});
    assert_eq!(write(NamedCodec::SocketIo, event.clone()), [text("423[\"join\",\"r\"]")]);
    let bytes = json!({"event": "file", "args": [{"$hex": "0102"}]});
    let frames = write(NamedCodec::SocketIo, bytes.clone());
    assert_eq!(frames[1], binary(&[1, 2]));
    assert_eq!(read(NamedCodec::SocketIo, &frames), [bytes]);
}

#[test]
fn nats_operations() {
    let stream = "INFO {\"server_id\":\"x\"}\r\nPING\r\nMSG a.b 1 reply 5\r\nhello\r\n+OK\r\n-ERR 'No'\r\n";
    let values = [
        json!({"op": "INFO", "options": {"server_id": "x"}}),
        json!({"!": Raw::Binary(b"PONG\r\n"[..].into()).to_string()}),
        json!({"op": "MSG", "subject": "a.b", "sid": "1", "reply": "reply", "payload": "hello"}),
        json!({"op": "+OK"}),
        json!({"op": "-ERR", "reason": "No"}),
    ];
    assert_eq!(read(NamedCodec::Nats, &[binary(stream.as_bytes())]), values);
    let bytes: Vec<Raw> = stream.bytes().map(|byte| binary(&[byte])).collect();
    assert_eq!(read(NamedCodec::Nats, &bytes), values);
    let publish = json!({"op": "PUB", "subject": "a", "payload": "é"});
    assert_eq!(write(NamedCodec::Nats, publish), [binary("PUB a 2\r\né\r\n".as_bytes())]);
    let publish = json!({"op": "HPUB", "subject": "a", "headers": {"A": "b"}, "payload": {"$hex": "00ff"}});
    assert_eq!(write(NamedCodec::Nats, publish), [binary(b"HPUB a 18 20\r\nNATS/1.0\r\nA: b\r\n\r\n\x00\xff\r\n")]);
    let nobody = "HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n";
    assert_eq!(
        read(NamedCodec::Nats, &[binary(nobody.as_bytes())]),
        [json!({"op": "HMSG", "subject": "a", "sid": "1", "headers": {}, "status": "503", "payload": ""})]
    );
}

#[test]
fn mqtt_packets() {
    let [Raw::Binary(connect)] = &write(NamedCodec::Mqtt, json!({"packet": "connect", "client_id": "a"}))[..] else {
        panic!()
    };
    assert_eq!(&connect[..], [0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, 1, b'a']);
    let publish = json!({"packet": "publish", "topic": "t", "payload": "hi", "qos": 1});
    let [Raw::Binary(frame)] = &write(NamedCodec::Mqtt, publish)[..] else { panic!() };
    let read = read(NamedCodec::Mqtt, &[binary(&frame[..3]), binary(&frame[3..])]);
    let value =
        json!({"packet": "publish", "topic": "t", "payload": "hi", "qos": 1, "retain": false, "dup": false, "id": 1});
    assert_eq!(read, [value, json!({"!": "0x40020001"})]);
    let why = begin(NamedCodec::Mqtt).decode(&binary(&[0xf0, 0])).expect_err("there is no such packet");
    assert_eq!(why, "not MQTT 3.1.1: invalid packet type");
}

#[test]
fn binary_formats_go_round() {
    let value = json!({"a": [1, -2, 1.5, true, null, "é"], "b": {"$hex": "00ff"}, "c": {}});
    for codec in [NamedCodec::MsgPack, NamedCodec::Cbor] {
        assert_eq!(read(codec, &write(codec, value.clone())), std::slice::from_ref(&value));
        assert!(begin(codec).decode(&text("x")).is_err());
    }
    assert_eq!(read(NamedCodec::Bytes, &[binary(&[0, 255])]), [json!({"$hex": "00ff"})]);
    assert_eq!(write(NamedCodec::Bytes, json!({"$hex": "00ff"})), [binary(&[0, 255])]);
}

#[test]
fn xml_is_a_tree() {
    let one = "<message xmlns='jabber:client' to=\"a\" type='chat'>\n <body>1 &lt; 2</body><x xmlns='u'/></message>";
    let two =
        "<c:message type='chat' to='a' xmlns:c='jabber:client'><c:body>1 &#60; 2</c:body><x xmlns='u'></x></c:message>";
    let value = json!({
        "#name": "message", "xmlns": "jabber:client", "@to": "a", "@type": "chat",
        "body": [{"#text": "1 < 2"}], "x": [{"xmlns": "u"}],
    });
    assert_eq!(read(NamedCodec::Xml, &[text(one)]), std::slice::from_ref(&value));
    assert_eq!(read(NamedCodec::Xml, &[text(two)]), std::slice::from_ref(&value));
    let [written] = &write(NamedCodec::Xml, value.clone())[..] else { panic!() };
    assert_eq!(read(NamedCodec::Xml, std::slice::from_ref(written)), [value]);
    assert!(begin(NamedCodec::Xml).encode(&json!({"#name": "a><b"})).is_err());
}

#[test]
fn a_command_reads_and_writes() {
    let script = r#"while read -r line; do
        case "$line" in
            *decode*bad*) echo '{"error":"no such frame"}' ;;
            *decode*) echo '{"messages":[{"a":1}],"answers":["pong"]}' ;;
            *encode*) echo '{"frames":["x",{"$hex":"00ff"}]}' ;;
        esac
    done"#;
    let words: Arc<[String]> = ["sh", "-c", script].map(str::to_owned).into();
    let mut coding = Codec::Command(words).begin(&Host::default(), About::default());
    let parts = coding.decode(&text("hello")).expect("an answer");
    assert_eq!(parts, [Part::Message(json!({"a": 1}), None), Part::Answer(text("pong"))]);
    assert_eq!(coding.encode(&json!({"b": 2})).expect("frames"), [text("x"), binary(&[0, 255])]);
    assert_eq!(coding.decode(&text("bad")).expect_err("an error"), "no such frame");
    let mut none = Codec::Command(["/nowhere/codec".to_owned()].into()).begin(&Host::default(), About::default());
    assert!(none.decode(&text("x")).expect_err("no such program").contains("cannot be started"));
}

#[test]
fn a_command_is_told_for_whom_it_works_and_its_last_words_are_told() {
    let begin = |script: &str| {
        let words: Arc<[String]> = ["sh", "-c", script].map(str::to_owned).into();
        let about =
            About { own: "Ann".to_owned(), peer: "Server".to_owned(), run: "r7".to_owned(), side: Side::Server };
        Codec::Command(words).begin(&Host::default(), about)
    };
    let mut mirror = begin(r#"while read -r line; do printf '{"messages":[%s],"frames":["x"]}\n' "$line"; done"#);
    let told = json!({"decode": "hi", "direction": "received", "side": "server", "self": "Ann", "peer": "Server", "run": "r7"});
    assert_eq!(mirror.decode(&text("hi")).expect("an answer"), [Part::Message(told, None)]);
    let why = begin("echo 'no table of names' >&2; exit 3").decode(&text("hi")).expect_err("it ended");
    assert!(why.contains("has ended (exit status: 3); its last output: no table of names"), "{why}");
    let why = begin("read -r line; echo 'line 1' >&2; echo oops; sleep 5").decode(&text("hi")).expect_err("no JSON");
    assert!(why.contains("answered `oops`"), "{why}");
}

#[test]
fn what_a_command_says_is_bounded_as_a_frame_is() {
    let told = |script: &str| {
        let words: Arc<[String]> = ["sh", "-c", script].map(str::to_owned).into();
        Codec::Command(words).begin(&Host::default(), About::default()).decode(&text("x")).expect_err("too much")
    };
    let many =
        |item: &str| format!("read -r line; printf '{{\"messages\":['; yes '{item},' | head -n 600000; echo ']}}'");
    // Each on one line, as a program has to say it.
    let joined = |item: &str| many(item).replace("head -n 600000", "head -n 600000 | tr -d '\\n'");
    assert!(told(&joined("1")).contains("more than 450000 values"), "values");
    let messages = joined("1").replace("600000", "70000").replace("echo ']}'", "echo '1]}'");
    assert!(told(&messages).contains("more than 65536 messages"), "messages");
    assert!(told("read -r line; yes | tr -d '\\n' | head -c 40000000").contains("longer than"), "a line");
    assert!(told("read -r line; yes no | head -n 100000").contains("not JSON"), "lines without end");
}
