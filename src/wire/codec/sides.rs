use super::*;
use serde_json::json;

fn binary(bytes: &[u8]) -> Raw {
    Raw::Binary(bytes.into())
}

/// What each side says, the other one reads as it was said.
#[test]
fn the_sides_of_a_codec_read_each_other() {
    let begin =
        |codec: NamedCodec, side: Side| Codec::Named(codec).begin(&Host::default(), About { side, ..About::default() });
    let by_client = |codec: NamedCodec| match codec {
        NamedCodec::Mqtt => vec![
            json!({"packet": "connect", "client_id": "a", "keep_alive": 7, "clean_session": false, "username": "u",
                   "password": "p", "will": {"topic": "w", "payload": "gone", "qos": 1, "retain": true}}),
            json!({"packet": "publish", "topic": "t", "payload": "x", "qos": 2, "retain": true, "dup": false, "id": 9}),
            json!({"packet": "subscribe", "id": 3, "filter": "a/+", "qos": 1}),
            json!({"packet": "subscribe", "id": 4, "filters": [{"filter": "a", "qos": 0}, {"filter": "b", "qos": 2}]}),
            json!({"packet": "unsubscribe", "id": 5, "filter": "a"}),
            json!({"packet": "disconnect"}),
        ],
        NamedCodec::Nats => vec![
            json!({"op": "CONNECT", "options": {"verbose": false}}),
            json!({"op": "PUB", "subject": "a.b", "payload": "hi\r\nthere"}),
            json!({"op": "PUB", "subject": "a", "reply": "r", "payload": ""}),
            json!({"op": "HPUB", "subject": "a", "headers": {"N": "v"}, "payload": "x"}),
            json!({"op": "SUB", "subject": "a.*", "sid": "1"}),
            json!({"op": "SUB", "subject": "a.*", "queue": "q", "sid": "2"}),
            json!({"op": "UNSUB", "sid": "1", "max": 3}),
            json!({"op": "PING"}),
            json!("NONSENSE of mine"),
        ],
        NamedCodec::Resp => vec![json!(["HELLO", "3"]), json!(["SET", "k", {"$hex": "ff"}])],
        _ => vec![
            json!("40"),
            json!({"event": "e", "args": [1, {"$hex": "00ff"}]}),
            json!({"event": "e", "args": [], "id": 4}),
        ],
    };
    let by_server = |codec: NamedCodec| match codec {
        NamedCodec::Mqtt => vec![
            json!({"packet": "connack", "code": 5, "session_present": false}),
            json!({"packet": "suback", "id": 3, "codes": [0, 1, 128]}),
            json!({"packet": "unsuback", "id": 5}),
            json!({"packet": "puback", "id": 6}),
            json!({"packet": "pubrec", "id": 9}),
            json!({"packet": "publish", "topic": "t", "payload": {"$hex": "ff"}, "qos": 0, "retain": false, "dup": true}),
            json!({"packet": "pingresp"}),
        ],
        NamedCodec::Nats => vec![
            json!({"op": "INFO", "options": {"version": "2"}}),
            json!({"op": "MSG", "subject": "a", "sid": "1", "payload": "x"}),
            json!({"op": "MSG", "subject": "a", "sid": "1", "reply": "r", "payload": ""}),
            json!({"op": "HMSG", "subject": "a", "sid": "1", "headers": {}, "status": "503", "payload": ""}),
            json!({"op": "-ERR", "reason": "no"}),
            json!({"op": "+OK"}),
            json!({"op": "PONG"}),
        ],
        NamedCodec::Resp => vec![
            json!("OK"),
            json!("a\r\nb"),
            json!(null),
            json!(7),
            json!(1.5),
            json!(true),
            json!({"error": "ERR no"}),
            json!({"server": "redis", "proto": 3}),
            json!(["message", "c", "x"]),
            json!([[], {"$hex": "ff"}]),
        ],
        _ => vec![json!("0{}"), json!({"event": "e", "args": [{"$hex": "00ff"}]}), json!({"ack": 4, "args": []})],
    };
    for codec in [NamedCodec::Mqtt, NamedCodec::Nats, NamedCodec::Resp, NamedCodec::SocketIo] {
        let (mut client, mut server) = (begin(codec, Side::Client), begin(codec, Side::Server));
        let carry = |from: &mut dyn Coding, to: &mut dyn Coding, value: &Value| {
            let frames = from.encode(value).unwrap_or_else(|why| panic!("{value}: {why}"));
            let read: Vec<Value> = frames
                .iter()
                .flat_map(|raw| to.decode(raw).unwrap_or_else(|why| panic!("{value}: {why}")))
                .filter_map(|part| match part {
                    Part::Message(value, _) => Some(value),
                    Part::Answer(_) | Part::Unread(..) => None,
                })
                .collect();
            assert_eq!(read, std::slice::from_ref(value));
        };
        by_client(codec).iter().for_each(|value| carry(&mut *client, &mut *server, value));
        by_server(codec).iter().for_each(|value| carry(&mut *server, &mut *client, value));
    }
}

/// What follows upon a message of a quality of service is said by the codecs, but for what a server's binding says.
#[test]
fn acknowledgements_of_mqtt_go_to_and_fro() {
    let at = |side: Side| Codec::Named(NamedCodec::Mqtt).begin(&Host::default(), About { side, ..About::default() });
    let (mut client, mut server) = (at(Side::Client), at(Side::Server));
    let answers = |to: &mut dyn Coding, raw: &Raw| -> Vec<Raw> {
        let parts = to.decode(raw).expect("a packet").into_iter();
        parts.filter_map(|part| if let Part::Answer(raw) = part { Some(raw) } else { None }).collect()
    };
    let publish = json!({"packet": "publish", "topic": "t", "payload": "x", "qos": 2, "id": 9});
    let sent = client.encode(&publish).expect("a frame");
    assert_eq!(answers(&mut *server, &sent[0]), [], "the binding says PUBREC");
    let received = server.encode(&json!({"packet": "pubrec", "id": 9})).expect("a frame");
    assert_eq!(server.encode(&json!({"packet": "pubcomp", "id": 9})).expect("later"), []);
    let released = answers(&mut *client, &received[0]);
    let complete = answers(&mut *server, &released[0]);
    let told = client.decode(&complete[0]).expect("a packet");
    assert!(
        matches!(&told[..], [Part::Message(value, _)] if *value == json!({"packet": "pubcomp", "id": 9})),
        "{told:?}"
    );
    // And a server's message.
    let sent = server.encode(&publish).expect("a frame");
    let received = answers(&mut *client, &sent[0]);
    let released = answers(&mut *server, &received[0]);
    assert_eq!(answers(&mut *client, &released[0]).len(), 1);
    // MQTT 5 is told as that.
    let fifth = binary(&[0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 5, 2, 0, 60, 0, 0, 0]);
    assert!(server.decode(&fifth).expect_err("another protocol").contains("this is MQTT 5"));
}

/// A client that has not asked for RESP3 is not told in it.
#[test]
fn a_server_of_resp_speaks_as_its_client_asks() {
    let mut server =
        Codec::Named(NamedCodec::Resp).begin(&Host::default(), About { side: Side::Server, ..About::default() });
    let mut said = |value: Value| server.encode(&value).expect("a frame")[0].to_string();
    assert_eq!(said(json!({"a": true})), binary(b"*2\r\n$1\r\na\r\n:1\r\n").to_string());
    assert_eq!(said(json!(["message", null])), binary(b"*2\r\n$7\r\nmessage\r\n$-1\r\n").to_string());
    server.decode(&binary(b"*2\r\n$5\r\nhello\r\n$1\r\n3\r\n")).expect("a command");
    let mut said = |value: Value| server.encode(&value).expect("a frame")[0].to_string();
    assert_eq!(said(json!({"a": true})), binary(b"%1\r\n$1\r\na\r\n#t\r\n").to_string());
    assert_eq!(said(json!(["message", null])), binary(b">2\r\n$7\r\nmessage\r\n_\r\n").to_string());
    assert_eq!(said(json!(["value"])), binary(b"*1\r\n$5\r\nvalue\r\n").to_string());
}
