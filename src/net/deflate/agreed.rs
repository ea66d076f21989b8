//! What a server answers to the offer of permessage-deflate (RFC 7692, section 7.1).

/// What was agreed upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::net) struct Agreed {
    /// Each message of the server begins anew.
    pub(super) server_alone: bool,
    /// Each message of the client does.
    pub(super) client_alone: bool,
    /// So many bytes of the messages before does the server refer back to, where it is less than all may be.
    pub(super) window: Option<usize>,
}

/// What a client offers: nothing that would bind the server.
pub(in crate::net) const OFFER: &str = "permessage-deflate";

impl Agreed {
    /// Reads the answer to the offer.
    ///
    /// # Errors
    /// Whatever is not an answer to it (RFC 7692, section 7.1).
    pub(in crate::net) fn read(extensions: &[&str]) -> Result<Agreed, String> {
        let [one] = extensions else {
            return Err(format!("it selects the extensions `{}`, but only one was offered", extensions.join(", ")));
        };
        let mut parts = one.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if name != OFFER {
            return Err(format!("it selects the extension `{name}`, which was not offered"));
        }
        let mut agreed = Agreed::default();
        let mut seen: Vec<&str> = Vec::new();
        for part in parts {
            let (key, value) =
                part.split_once('=').map_or((part, None), |(key, value)| (key.trim(), Some(value.trim())));
            let bits = || value.map(|value| value.trim_matches('"')).and_then(|value| value.parse::<u8>().ok());
            match key {
                "server_no_context_takeover" if value.is_none() => agreed.server_alone = true,
                "client_no_context_takeover" if value.is_none() => agreed.client_alone = true,
                "server_max_window_bits" if bits().is_some_and(|bits| (8..=15).contains(&bits)) => {
                    agreed.window = bits().filter(|bits| *bits < 15).map(|bits| 1 << bits);
                }
                _ => {
                    return Err(format!("it answers permessage-deflate with `{part}`, which does not fit the offer"));
                }
            }
            if seen.contains(&key) {
                return Err(format!("it has `{key}` of permessage-deflate twice"));
            }
            seen.push(key);
        }
        Ok(agreed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_to_the_offer_is_one() {
        let right = Agreed { server_alone: true, client_alone: true, window: Some(1024) };
        let answer =
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10";
        assert_eq!(Agreed::read(&[answer]), Ok(right));
        for wrong in [
            "x-webkit-deflate-frame",
            "permessage-deflate; client_max_window_bits=10",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        ] {
            assert!(Agreed::read(&[wrong]).is_err(), "{wrong}");
        }
        assert!(Agreed::read(&["permessage-deflate", "permessage-deflate"]).is_err());
    }
}
