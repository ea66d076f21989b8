//! Secrets in the answer to a login.

use super::Expectation;
use crate::wire::Observed;
use crate::wire::binding::is_secret;
use serde_json::Value;

/// A member that is called as a secret is hidden from so many letters on: what a binding does not name may be anything.
const LEAST: usize = 8;

impl Expectation {
    /// Remembers the secrets in an answer to a login or to the setup of a run, be it the one that was wanted or another:
    /// what stands where the binding has a secret, and what is called as one.
    pub fn hide(&self, observed: &Observed) {
        let Observed::Status { body, .. } = observed else { return };
        if let Some(found) = self.view(observed) {
            self.0.pattern.hide(&found, &self.0.slots, &self.0.secrets);
        }
        let mut left: Vec<&Value> = vec![body];
        while let Some(value) = left.pop() {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        match value {
                            Value::String(text) if is_secret(name) && text.chars().nth(LEAST - 1).is_some() => {
                                self.0.secrets.given(value);
                            }
                            value => left.push(value),
                        }
                    }
                }
                Value::Array(items) => left.extend(items),
                Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
    }
}
