use super::{Coding, Part, binary_of, bounds};
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use crate::wire::pattern::value_text;
use bytes::BytesMut;
use mqttbytes::v4::{self, Packet};
use mqttbytes::{Error, QoS};
use serde_json::{Map, Value, json};

/// MQTT 3.1.1 packets as `{ packet = "publish", topic, payload, qos, retain, dup, id }` and so on. A message may hold
/// several packets or a part of one. What QoS 1 and 2 demand in answer to a received packet (PUBACK, PUBREC, PUBCOMP) is
/// answered by the codec; a packet that needs an `id` and has none gets the next one.
#[derive(Default)]
pub(super) struct Mqtt {
    pending: BytesMut,
    last_id: u16,
}

impl Coding for Mqtt {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        self.pending.extend_from_slice(binary_of(raw)?);
        let mut parts = Vec::new();
        loop {
            let broken = |error: Error| format!("not MQTT 3.1.1: {error:?}");
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
            let (value, answer) = from_packet(packet.map_err(broken)?);
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
        Ok(vec![write(&packet)?])
    }
}

/// The value of a packet, where it is one to judge, and the answer that it demands.
fn from_packet(packet: Packet) -> (Option<Value>, Option<Packet>) {
    let with_id = |name: &str, id: u16| Some(json!({ "packet": name, "id": id }));
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
            (Some(Value::Object(map)), answer)
        }
        // The second half of receiving with QoS 2 is the protocol's own.
        Packet::PubRel(release) => (None, Some(Packet::PubComp(v4::PubComp::new(release.pkid)))),
        Packet::PubRec(received) => {
            (with_id("pubrec", received.pkid), Some(Packet::PubRel(v4::PubRel::new(received.pkid))))
        }
        Packet::PubAck(ack) => (with_id("puback", ack.pkid), None),
        Packet::PubComp(complete) => (with_id("pubcomp", complete.pkid), None),
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
        Packet::Connect(connect) => (Some(json!({ "packet": "connect", "client_id": connect.client_id })), None),
        Packet::Subscribe(subscribe) => (with_id("subscribe", subscribe.pkid), None),
        Packet::Unsubscribe(unsubscribe) => (with_id("unsubscribe", unsubscribe.pkid), None),
    }
}

impl Mqtt {
    fn packet_of(&mut self, value: &Value) -> Result<Packet, String> {
        let text = |name: &str| value.get(name).map(value_text);
        let need = |name: &str| text(name).ok_or_else(|| format!("this MQTT packet wants `{name}`"));
        let level = |value: Option<&Value>| match value.map(value_text).unwrap_or_default().as_str() {
            "" | "0" => Ok(QoS::AtMostOnce),
            "1" => Ok(QoS::AtLeastOnce),
            "2" => Ok(QoS::ExactlyOnce),
            other => Err(format!("`{other}` is no QoS: 0, 1 or 2")),
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
                    let topic = will.get("topic").map(value_text).ok_or("a will wants a `topic`")?;
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
                    return Err("a subscribe wants a `filter`, or a list of `filters`".to_owned());
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
            other => return Err(format!("`{other}` is no packet that an MQTT client sends")),
        })
    }

    /// The id of a packet: as said, else the next.
    fn id(&mut self, value: &Value) -> Result<u16, String> {
        match value.get("id").map(value_text) {
            Some(text) => {
                text.parse().ok().filter(|id| *id > 0).ok_or_else(|| format!("`{text}` is no packet id: 1 to 65535"))
            }
            None => {
                self.last_id = self.last_id.checked_add(1).unwrap_or(1);
                Ok(self.last_id)
            }
        }
    }
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
    .map_err(|error| format!("no MQTT packet: {error:?}"))?;
    Ok(Raw::Binary(out[..].into()))
}
