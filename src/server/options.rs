use super::deviation::Deviation;
use super::machine::Rules;
use super::watch::Watch;
use crate::diagram::parse_duration;
use crate::net::is_this_machine;
use std::fmt;
use std::time::Duration;

/// Whether a client must authenticate before anything else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// It may, and need not.
    #[default]
    Off,
    /// It must.
    Required,
}

/// Who may talk to a reference server: as whom it is called (`Host`), and whose pages have a browser call it (`Origin`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Guests {
    /// Whoever can reach it.
    #[default]
    Anybody,
    /// This machine under any of its names, and hosts of these names; `*` is every one.
    ThisMachineAnd(Vec<String>),
}

impl Guests {
    /// Whether a host, as an address has it, is one of them.
    pub(super) fn has(&self, host: &str) -> bool {
        match self {
            Guests::Anybody => true,
            Guests::ThisMachineAnd(others) => {
                is_this_machine(host) || others.iter().any(|name| name == "*" || name.eq_ignore_ascii_case(host))
            }
        }
    }
}

/// How a reference server is set up.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Whether a client must authenticate.
    pub auth: Auth,
    /// The valid tokens.
    pub tokens: Vec<String>,
    /// How often every WebSocket is pinged; never, where this is none.
    pub heartbeat: Option<Duration>,
    /// What the server does wrong: rows of [`super::mutants::ALL`].
    pub mutants: Vec<&'static Deviation>,
    /// What the server does oddly, within its rights: rows of [`super::legal::ALL`].
    pub legal: Vec<&'static Deviation>,
    /// For whatever in a deviation is left to chance.
    pub seed: u64,
    /// Keeps an account of what the server does and of what it should have done.
    pub watch: Option<Watch>,
    /// Who may talk to it.
    pub guests: Guests,
}

impl Default for ServerOptions {
    fn default() -> Self {
        ServerOptions {
            auth: Auth::Off,
            tokens: vec!["token".to_owned()],
            heartbeat: None,
            mutants: Vec::new(),
            legal: Vec::new(),
            seed: 0,
            watch: None,
            guests: Guests::default(),
        }
    }
}

/// One entry of `#@ needs` that the reference server cannot meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmetNeed {
    /// The key.
    pub key: String,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for UnmetNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.key, self.why)
    }
}

/// The keys of [`ServerOptions::from_needs`], each with what it may be.
pub const NEEDS: [(&str, &str); 3] =
    [("auth", "`required` or `off`"), ("heartbeat", "a duration of at least 1ms, such as `2s`"), ("token", "a token")];

impl ServerOptions {
    /// The server that a scenario needs: `auth=required`, `heartbeat=2s`, `token=T` (once for each valid token).
    ///
    /// # Errors
    /// All entries that no reference server meets: unknown keys, values that cannot be read.
    pub fn from_needs(needs: &[(String, Option<String>)]) -> Result<Self, Vec<UnmetNeed>> {
        let mut options = ServerOptions::default();
        let mut tokens = Vec::new();
        let mut unmet = Vec::new();
        for (key, value) in needs {
            let met = match (key.as_str(), value.as_deref()) {
                ("auth", Some("required") | None) => {
                    options.auth = Auth::Required;
                    true
                }
                ("auth", Some("off")) => {
                    options.auth = Auth::Off;
                    true
                }
                ("heartbeat", Some(text)) => {
                    options.heartbeat = parse_duration(text).filter(|interval| *interval >= Duration::from_millis(1));
                    options.heartbeat.is_some()
                }
                ("token", Some(token)) => {
                    tokens.push(token.to_owned());
                    true
                }
                _ => false,
            };
            if !met {
                let why = match NEEDS.iter().find(|(known, _)| known == key) {
                    Some((_, want)) => format!("must be {want}"),
                    None => {
                        let known: Vec<&str> = NEEDS.iter().map(|(key, _)| *key).collect();
                        format!("is not a feature of the built-in server: its features are {}", known.join(", "))
                    }
                };
                unmet.push(UnmetNeed { key: key.clone(), why });
            }
        }
        if !tokens.is_empty() {
            options.tokens = tokens;
        }
        if unmet.is_empty() { Ok(options) } else { Err(unmet) }
    }

    pub(super) fn rules(&self) -> Rules {
        Rules {
            tokens: self.tokens.clone(),
            authentication_required: match self.auth {
                Auth::Off => false,
                Auth::Required => true,
            },
            heartbeat: self.heartbeat,
        }
    }

    /// Mutants first, so that odd behaviour is laid over the faults as it is laid over the protocol.
    pub(super) fn deviations(&self) -> impl Iterator<Item = &'static Deviation> {
        self.mutants.iter().chain(&self.legal).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(text: &str) -> Result<ServerOptions, Vec<UnmetNeed>> {
        let entries: Vec<(String, Option<String>)> = text
            .split(',')
            .map(|entry| match entry.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (entry.to_owned(), None),
            })
            .collect();
        ServerOptions::from_needs(&entries)
    }

    #[test]
    fn needs_set_the_server_up() {
        let options = needs("auth=required,heartbeat=2s,token=a,token=b").expect("all known");
        assert_eq!(options.auth, Auth::Required);
        assert_eq!(options.heartbeat, Some(Duration::from_secs(2)));
        assert_eq!(options.tokens, ["a", "b"]);
    }

    #[test]
    fn all_unmet_needs_are_told() {
        let unmet = needs("auth=maybe,heartbeat=soon,rooms").expect_err("none is met");
        let keys: Vec<&str> = unmet.iter().map(|need| need.key.as_str()).collect();
        assert_eq!(keys, ["auth", "heartbeat", "rooms"]);
        assert_eq!(
            unmet[2].to_string(),
            "`rooms` is not a feature of the built-in server: its features are auth, heartbeat, token"
        );
    }
}
