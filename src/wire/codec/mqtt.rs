use super::{Coding, Part, Side, binary_of, bounds};
use crate::source::name_in_words;
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use crate::wire::pattern::value_text;
use bytes::BytesMut;
use mqttbytes::v4::{self, Packet};
use mqttbytes::{Error, QoS};
use serde_json::{Map, Value, json};

/// MQTT 3.1.1 packets as `{ packet = "publish", topic, payload, qos, retain, dup, id }` and so on. A message may hold
/// several packets or a part of one. What QoS 1 and 2 demand in answer to a packet that a client receives (PUBACK, PUBREC,
/// PUBCOMP) is answered by the codec; a server's PUBACK and PUBREC are the binding's to say, so that they can be late or
/// missing, and what follows upon PUBREC is the codec's. A packet that needs an `id` and has none gets the next one.
#[derive(Default)]
pub(super) struct Mqtt {
    side: Side,
    pending: BytesMut,
    last_id: u16,
}

impl Mqtt {
    pub(super) fn at(side: Side) -> Self {
        Mqtt { side, ..Mqtt::default() }
    }
}

impl Coding for Mqtt {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        self.pending.extend_from_slice(binary_of(raw)?);
        let mut parts = Vec::new();
        loop {
            let broken = |error: Error| format!("not MQTT 3.1.1: {}", name_in_words(&error));
            let length = match mqttbytes::check(self.pending.iter(), bounds::PENDING) {
                Ok(header) => header.frame_length(),
                Err(Error::InsufficientBytes(_)) => return Ok(parts),
                Err(error) => {
                    self.pending.clear();
                    return Err(broken(error));
                }
            };
            let mut packet = self.pending.split_to(length);
            let own = Raw::Binary(packet[..].into());
            let packet = v4::read(&mut packet, bounds::PENDING).inspect_err(|_| self.pending.clear());
            let packet = packet.map_err(broken)?;
            if let Packet::Connect(v4::Connect { protocol: mqttbytes::Protocol::V5, .. }) = packet {
                self.pending.clear();
                return Err("this is MQTT 5, and the codec reads MQTT 3.1.1 (protocol level 4)".to_owned());
            }
            let (value, answer) = from_packet(packet, self.side);
            bounds::messages(parts.len() + 1)?;
            parts.extend(value.map(|value| Part::Message(value, Some(own))));
            if let Some(answer) = answer {
                parts.push(Part::Answer(write(&answer)?));
            }
        }
    }

    fn begun(&self) -> usize {
        self.pending.len()
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let packet = self.packet_of(value)?;
        // It is sent when the PUBREL comes that asks for it, whoever says it before.
        if self.side == Side::Server && matches!(packet, Packet::PubComp(_)) {
            return Ok(Vec::new());
        }
        Ok(vec![write(&packet)?])
    }
}

/// The value of a packet, where it is one to judge, and the answer that it demands.
fn from_packet(packet: Packet, side: Side) -> (Option<Value>, Option<Packet>) {
    let with_id = |name: &str, id: u16| Some(json!({ "packet": name, "id": id }));
    // What a client says about a message that it has received is the protocol's own.
    let of_server = |name: &str, id: u16| with_id(name, id).filter(|_| side == Side::Client);
    match packet {
        Packet::ConnAck(ack) => {
            let value = json!({ "packet": "connack", "code": ack.code as u8, "session_present": ack.session_present });
            (Some(value), None)
        }
        Packet::Publish(publish) => {
            let mut map = Map::new();
            map.insert("packet".to_owned(), "publish".into());
            map.insert("topic".to_owned(), publish.topic.into());
            let text = std::str::from_utf8(&publish.payload).map(Value::from);
            map.insert("payload".to_owned(), text.unwrap_or_else(|_| from_bytes(&publish.payload)));
            map.insert("qos".to_owned(), (publish.qos as u8).into());
            map.insert("retain".to_owned(), publish.retain.into());
            map.insert("dup".to_owned(), publish.dup.into());
            let answer = match publish.qos {
                QoS::AtMostOnce => None,
                QoS::AtLeastOnce => Some(Packet::PubAck(v4::PubAck::new(publish.pkid))),
                QoS::ExactlyOnce => Some(Packet::PubRec(v4::PubRec::new(publish.pkid))),
            };
            if answer.is_some() {
                map.insert("id".to_owned(), publish.pkid.into());
            }
            (Some(Value::Object(map)), answer.filter(|_| side == Side::Client))
        }
        // The second half of receiving with QoS 2 is the protocol's own.
        Packet::PubRel(release) => (None, Some(Packet::PubComp(v4::PubComp::new(release.pkid)))),
        Packet::PubRec(received) => {
            (of_server("pubrec", received.pkid), Some(Packet::PubRel(v4::PubRel::new(received.pkid))))
        }
        Packet::PubAck(ack) => (of_server("puback", ack.pkid), None),
        Packet::PubComp(complete) => (of_server("pubcomp", complete.pkid), None),
        Packet::SubAck(ack) => {
            let code = |code: &v4::SubscribeReasonCode| match code {
                v4::SubscribeReasonCode::Success(qos) => *qos as u8,
                v4::SubscribeReasonCode::Failure => 0x80,
            };
            let codes: Vec<u8> = ack.return_codes.iter().map(code).collect();
            (Some(json!({ "packet": "suback", "id": ack.pkid, "codes": codes })), None)
        }
        Packet::UnsubAck(ack) => (with_id("unsuback", ack.pkid), None),
        Packet::PingResp => (Some(json!({ "packet": "pingresp" })), None),
        Packet::PingReq => (Some(json!({ "packet": "pingreq" })), Some(Packet::PingResp)),
        Packet::Disconnect => (Some(json!({ "packet": "disconnect" })), None),
        Packet::Connect(connect) => (Some(from_connect(connect)), None),
        Packet::Subscribe(subscribe) => {
            let mut map = Map::new();
            map.insert("packet".to_owned(), "subscribe".into());
            map.insert("id".to_owned(), subscribe.pkid.into());
            match &subscribe.filters[..] {
                [one] => {
                    map.insert("filter".to_owned(), one.path.as_str().into());
                    map.insert("qos".to_owned(), (one.qos as u8).into());
                }
                many => {
                    let filters = many.iter().map(|one| json!({ "filter": one.path, "qos": one.qos as u8 }));
                    map.insert("filters".to_owned(), filters.collect());
                }
            }
            (Some(Value::Object(map)), None)
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut value = json!({ "packet": "unsubscribe", "id": unsubscribe.pkid });
            match &unsubscribe.topics[..] {
                [one] => value["filter"] = one.as_str().into(),
                many => value["filters"] = many.iter().map(|one| Value::from(one.as_str())).collect(),
            }
            (Some(value), None)
        }
    }
}

/// What a client says of itself; members that it does not say are none.
fn from_connect(connect: v4::Connect) -> Value {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).map_or_else(|_| from_bytes(bytes), Value::from);
    let mut value = json!({
        "packet": "connect",
        "client_id": connect.client_id,
        "keep_alive": connect.keep_alive,
        "clean_session": connect.clean_session,
    });
    if let Some(login) = connect.login {
        value["username"] = login.username.into();
        value["password"] = login.password.into();
    }
    if let Some(will) = connect.last_will {
        let payload = text(&will.message);
        value["will"] =
            json!({ "topic": will.topic, "payload": payload, "qos": will.qos as u8, "retain": will.retain });
    }
    value
}

impl Mqtt {
    fn packet_of(&mut self, value: &Value) -> Result<Packet, String> {
        let text = |name: &str| value.get(name).map(value_text);
        let need = |name: &str| text(name).ok_or_else(|| format!("this MQTT packet needs `{name}`"));
        let level = |value: Option<&Value>| match value.map(value_text).unwrap_or_default().as_str() {
            "" | "0" => Ok(QoS::AtMostOnce),
            "1" => Ok(QoS::AtLeastOnce),
            "2" => Ok(QoS::ExactlyOnce),
            other => Err(format!("`{other}` is not a QoS: 0, 1 or 2")),
        };
        let flag = |name: &str| value.get(name).and_then(Value::as_bool);
        let payload = |value: Option<&Value>| match value {
            Some(value) => to_bytes(value).unwrap_or_else(|| value_text(value).into_bytes()),
            None => Vec::new(),
        };
        Ok(match need("packet").map_err(|_| "an MQTT packet is `{ packet = \"publish\", … }`".to_owned())?.as_str() {
            "connect" => {
                let mut connect = v4::Connect::new(text("client_id").unwrap_or_default());
                let keep_alive = value.get("keep_alive").and_then(Value::as_u64).unwrap_or(60);
                connect.keep_alive =
                    u16::try_from(keep_alive).map_err(|_| "`keep_alive` is more than 65535".to_owned())?;
                connect.clean_session = flag("clean_session").unwrap_or(true);
                if let Some(username) = text("username") {
                    connect.set_login(username, text("password").unwrap_or_default());
                }
                if let Some(will) = value.get("will") {
                    let topic = will.get("topic").map(value_text).ok_or("a will needs a `topic`")?;
                    let retain = will.get("retain").and_then(Value::as_bool).unwrap_or(false);
                    connect.last_will =
                        Some(v4::LastWill::new(topic, payload(will.get("payload")), level(will.get("qos"))?, retain));
                }
                Packet::Connect(connect)
            }
            "publish" => {
                let qos = level(value.get("qos"))?;
                let mut publish = v4::Publish::new(need("topic")?, qos, payload(value.get("payload")));
                publish.retain = flag("retain").unwrap_or(false);
                publish.dup = flag("dup").unwrap_or(false);
                if qos != QoS::AtMostOnce {
                    publish.pkid = self.id(value)?;
                }
                Packet::Publish(publish)
            }
            "subscribe" => {
                let mut subscribe = v4::Subscribe::empty_subscribe();
                subscribe.pkid = self.id(value)?;
                if let Some(filter) = text("filter") {
                    subscribe.add(filter, level(value.get("qos"))?);
                }
                for filter in value.get("filters").and_then(Value::as_array).into_iter().flatten() {
                    let path = filter.get("filter").map_or_else(|| value_text(filter), value_text);
                    subscribe.add(path, level(filter.get("qos"))?);
                }
                if subscribe.filters.is_empty() {
                    return Err("a subscribe needs a `filter`, or a list of `filters`".to_owned());
                }
                Packet::Subscribe(subscribe)
            }
            "unsubscribe" => {
                let mut unsubscribe = v4::Unsubscribe::new(need("filter")?);
                unsubscribe.pkid = self.id(value)?;
                Packet::Unsubscribe(unsubscribe)
            }
            "puback" => Packet::PubAck(v4::PubAck::new(self.id(value)?)),
            "pingreq" => Packet::PingReq,
            "disconnect" => Packet::Disconnect,
            other => match self.side {
                Side::Server => of_server(other, value)?,
                Side::Client => return Err(format!("`{other}` is not a packet that an MQTT client sends")),
            },
        })
    }

    /// The id of a packet: as said, else the next.
    fn id(&mut self, value: &Value) -> Result<u16, String> {
        match value.get("id").map(value_text) {
            Some(text) => packet_id(&text),
            None => {
                self.last_id = self.last_id.checked_add(1).unwrap_or(1);
                Ok(self.last_id)
            }
        }
    }
}

fn packet_id(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|id| *id > 0).ok_or_else(|| format!("`{text}` is not a packet id: 1 to 65535"))
}

/// What servers alone send. An acknowledgement names the packet that it is for.
fn of_server(packet: &str, value: &Value) -> Result<Packet, String> {
    let text = |name: &str| value.get(name).map(value_text);
    let id = || {
        packet_id(&text("id").ok_or_else(|| format!("a {packet} needs the `id` of the packet that it acknowledges"))?)
    };
    let codes = || value.get("codes").and_then(Value::as_array).into_iter().flatten();
    Ok(match packet {
        "connack" => {
            let code = text("code").unwrap_or_else(|| "0".to_owned());
            let code = match &*code {
                "0" => v4::ConnectReturnCode::Success,
                "1" => v4::ConnectReturnCode::RefusedProtocolVersion,
                "2" => v4::ConnectReturnCode::BadClientId,
                "3" => v4::ConnectReturnCode::ServiceUnavailable,
                "4" => v4::ConnectReturnCode::BadUserNamePassword,
                "5" => v4::ConnectReturnCode::NotAuthorized,
                other => return Err(format!("`{other}` is not a code of a CONNACK: 0 to 5")),
            };
            let present = value.get("session_present").and_then(Value::as_bool).unwrap_or(false);
            Packet::ConnAck(v4::ConnAck::new(code, present))
        }
        "suback" => {
            let code = |code: &Value| match &*value_text(code) {
                "0" => Ok(v4::SubscribeReasonCode::Success(QoS::AtMostOnce)),
                "1" => Ok(v4::SubscribeReasonCode::Success(QoS::AtLeastOnce)),
                "2" => Ok(v4::SubscribeReasonCode::Success(QoS::ExactlyOnce)),
                "128" => Ok(v4::SubscribeReasonCode::Failure),
                other => Err(format!("`{other}` is not a code of a SUBACK: 0, 1, 2 or 128")),
            };
            Packet::SubAck(v4::SubAck::new(id()?, codes().map(code).collect::<Result<_, _>>()?))
        }
        "unsuback" => Packet::UnsubAck(v4::UnsubAck::new(id()?)),
        "pubrec" => Packet::PubRec(v4::PubRec::new(id()?)),
        "pubcomp" => Packet::PubComp(v4::PubComp::new(id()?)),
        "pingresp" => Packet::PingResp,
        other => return Err(format!("`{other}` is not a packet of MQTT 3.1.1")),
    })
}

fn write(packet: &Packet) -> Result<Raw, String> {
    let mut out = BytesMut::new();
    match packet {
        Packet::Connect(packet) => packet.write(&mut out),
        Packet::Publish(packet) => packet.write(&mut out),
        Packet::PubAck(packet) => packet.write(&mut out),
        Packet::PubRec(packet) => packet.write(&mut out),
        Packet::PubRel(packet) => packet.write(&mut out),
        Packet::PubComp(packet) => packet.write(&mut out),
        Packet::Subscribe(packet) => packet.write(&mut out),
        Packet::Unsubscribe(packet) => packet.write(&mut out),
        Packet::ConnAck(packet) => packet.write(&mut out),
        Packet::SubAck(packet) => packet.write(&mut out),
        Packet::UnsubAck(packet) => packet.write(&mut out),
        Packet::PingReq => v4::PingReq.write(&mut out),
        Packet::PingResp => v4::PingResp.write(&mut out),
        Packet::Disconnect => v4::Disconnect.write(&mut out),
    }
    .map_err(|error| format!("not an MQTT packet: {}", name_in_words(&error)))?;
    Ok(Raw::Binary(out[..].into()))
}
