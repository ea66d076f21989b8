use super::{Expectation, Watch};
use crate::wire::Observed;
use crate::wire::pattern::Pattern;
use crate::wire::pattern::lock::{canonical, locked};
use serde_json::Value;

impl Expectation {
    /// A frame that fits, as a snapshot keeps it: what an open hole holds becomes `{hole}`, members come by name, and
    /// headers that the rule does not name are left out. None for a frame of another kind.
    pub fn locked(&self, observed: &Observed) -> Option<Value> {
        let mut found = self.view(observed)?.into_owned();
        match &self.0.watch {
            Watch::Closed | Watch::Ended | Watch::StreamEnd | Watch::Left => {
                return Some(Value::String("end".to_owned()));
            }
            Watch::Anything => return Some(Value::String("anything".to_owned())),
            Watch::Raw(raw) => return Some(Value::String(raw.to_string())),
            Watch::Status | Watch::Dialled | Watch::Asked(_) => self.drop_headers(&mut found),
            Watch::Message | Watch::Event | Watch::Close | Watch::Bare => {}
        }
        match &*self.0.pattern {
            Pattern::Literal(Value::Null) => Some(canonical(&found)),
            pattern => Some(locked(pattern, &found, &self.reading(None))),
        }
    }

    /// Headers are the transport's, but for those of which the rule speaks.
    fn drop_headers(&self, found: &mut Value) {
        let named = |name: &str| {
            let Pattern::Object(members) = &*self.0.pattern else { return false };
            members.list.iter().any(|(known, inner)| match inner {
                Pattern::Object(headers) if &**known == "headers" => {
                    headers.list.iter().any(|(known, _)| **known == *name)
                }
                Pattern::Object(_)
                | Pattern::Literal(_)
                | Pattern::Hole(_)
                | Pattern::Text(_)
                | Pattern::Array { .. }
                | Pattern::List(_)
                | Pattern::Json(_)
                | Pattern::Base64(_)
                | Pattern::Bytes(_) => false,
            })
        };
        if let Some(headers) = found.get_mut("headers").and_then(Value::as_object_mut) {
            headers.retain(|name, _| named(name));
            if headers.is_empty()
                && let Some(map) = found.as_object_mut()
            {
                map.shift_remove("headers");
            }
        }
    }
}
