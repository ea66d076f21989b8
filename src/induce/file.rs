//! The text of a binding.

use super::groups::Group;
use super::label::Label;
use super::login::Login;
use super::messages::{Codec, Dial, Story, pairs_of_cookies};
use super::noise::Noise;
use super::rule::{self, encoded, escaped, quoted};
use super::secret::Secret;
use super::unify::{Form, Role};
use super::words;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// All that a binding is made of.
pub(super) struct Parts<'a> {
    pub name: &'a str,
    /// The binding that is extended.
    pub base: Option<&'a str>,
    pub framing: Option<&'a str>,
    pub story: &'a Story,
    pub groups: &'a [Group],
    pub forms: &'a [Form],
    pub labels: &'a [Label],
    pub noise: &'a [Noise],
}

impl Parts<'_> {
    fn content(&self, group: usize) -> String {
        rule::content(&self.groups[group], &self.forms[group])
    }

    /// The text of a question or answer whose changing value is the nonce.
    fn with_nonce(&self, group: usize, leaf: Option<usize>, hole: &str) -> String {
        let mut form = self.forms[group].clone();
        for at in 0..form.leaves.len() {
            if Some(at) == leaf {
                form.leaves[at].role = Role::Shown { hole: hole.to_owned(), kind: "" };
            } else if form.leaves[at].role.hole().is_some() {
                // No label gives it a value: it is the same each time, or nobody looks at it.
                let role = match super::noise::constant(self.story, &self.groups[group], &form, at) {
                    Some(value) => Role::Fixed(value.clone()),
                    None => Role::Any { hole: "_".to_owned(), kind: "" },
                };
                form.leaves[at].role = role;
            }
        }
        rule::content(&self.groups[group], &form)
    }

    /// The rules, in the order in which their messages came first.
    pub fn rules(&self, wanted: &dyn Fn(usize) -> bool) -> Vec<String> {
        let silent: BTreeSet<usize> = self.noise.iter().flat_map(Noise::groups).collect();
        let all = (0..self.groups.len()).filter(|at| !silent.contains(at) && wanted(*at));
        all.map(|at| rule::written(&self.groups[at], &self.forms[at], &self.labels[at])).collect()
    }

    /// What belongs to no story.
    fn quiet(&self) -> String {
        let mut out = String::new();
        for noise in self.noise {
            out.push('\n');
            let _ = match noise {
                Noise::Ignore { group } => write!(
                    out,
                    "# It came {} times, whatever the clients did.\n[[ignore]]\nframe = {}\n",
                    self.groups[*group].items.len(),
                    self.content(*group)
                ),
                Noise::Every { group, answer, millis } => {
                    let _ = write!(
                        out,
                        "# Clients sent this about every {millis} ms.\n[[every]]\ninterval = \"{millis}ms\"\nsend     = {}\n",
                        self.content(*group)
                    );
                    answer.map_or(Ok(()), |answer| write!(out, "\n[[ignore]]\nframe = {}\n", self.content(answer)))
                }
                Noise::Auto { receive, send, shared } => write!(
                    out,
                    "# Clients answered this at once, each time.\n[[auto]]\nreceive = {}\nsend    = {}\n",
                    self.with_nonce(*receive, shared.map(|(receive, _)| receive), "asked"),
                    self.with_nonce(*send, shared.map(|(_, send)| send), "asked")
                ),
                Noise::Echo { ask, answer, nonce } => write!(
                    out,
                    "# The server answered this at once, each time: seqcheck asks it whether all before is handled.\n[echo]\nclient = {}\nserver = {}\n",
                    self.with_nonce(*ask, nonce.map(|(ask, _)| ask), "nonce"),
                    self.with_nonce(*answer, nonce.map(|(_, answer)| answer), "nonce")
                ),
            };
        }
        out
    }

    /// The whole file.
    pub fn file(&self, secret: &mut Secret) -> String {
        let connect = connect(self.story, secret);
        let mut out = String::from("# Written from a recording. Comments say what was guessed.\n\n");
        let _ = match self.base {
            Some(base) => write!(out, "name    = {}\nextends = {}\n", quoted(self.name), quoted(base)),
            None => write!(out, "name  = {}\ncodec = \"{}\"\n", quoted(self.name), self.story.codec.word()),
        };
        if self.base.is_none() && self.story.codec == Codec::Bytes {
            out.insert_str(0, "# The frames are bytes of a protocol that is not known here: each is written out.\n");
        }
        if let Some(framing) = self.framing.filter(|_| self.base.is_none()) {
            let _ = writeln!(out, "framing = {}", quoted(framing));
        }
        out.push_str(&connect);
        out.push_str(&self.quiet());
        for rule in self.rules(&|_| true) {
            let _ = write!(out, "\n{rule}");
        }
        out
    }
}

/// The table `[connect]`, and what is different for single participants.
fn connect(story: &Story, secret: &mut Secret) -> String {
    // A plain stream of bytes has no address but that of the target.
    let Some(first) = story.dials.iter().find(|dial| !dial.url.is_empty()) else { return String::new() };
    let usual = dialled(story, first, secret);
    let mut out = format!("\n[connect]\n{}", usual.concat());
    if !story.retry.is_empty() {
        let codes: Vec<String> = story.retry.iter().map(u16::to_string).collect();
        let _ = writeln!(out, "retry        = [{}]", codes.join(", "));
    }
    let mut told = BTreeSet::from([first.who]);
    for dial in &story.dials {
        let own = dialled(story, dial, secret);
        let differs: Vec<&String> = own.iter().filter(|line| !usual.contains(line)).collect();
        if told.insert(dial.who) && !differs.is_empty() {
            let name = &story.people.all[dial.who].name;
            let _ = write!(out, "\n[participants.{name}.connect]\n");
            differs.into_iter().for_each(|line| out.push_str(line));
        }
    }
    out
}

/// The lines for how a connection is asked for.
fn dialled(story: &Story, dial: &Dial, secret: &mut Secret) -> Vec<String> {
    let mut lines = vec![format!("url          = {}\n", quoted(&address(story, dial, secret)))];
    let headers = headers(story, dial, secret);
    if !headers.is_empty() {
        lines.push(format!("headers      = {{ {} }}\n", headers.join(", ")));
    }
    let offered = dial.headers.iter().filter(|(name, _)| name == "sec-websocket-protocol");
    let offered = offered.flat_map(|(_, value)| value.split(','));
    let offered: Vec<String> = offered.map(|protocol| quoted(&escaped(protocol.trim()))).collect();
    if !offered.is_empty() {
        lines.push(format!("subprotocols = [{}]\n", offered.join(", ")));
    }
    if let Some(login) = &dial.login {
        lines.push(format!("before       = [{}]\n", before(story, dial, login, secret)));
    }
    lines
}

/// A login: its request, with what the client is called and what is secret, and what is needed of its answer.
fn before(story: &Story, dial: &Dial, login: &Login, secret: &mut Secret) -> String {
    let own = story.people.all[dial.who].own.as_deref();
    let mut said = |name: &str, value: &str, filter: &str| match own {
        _ if words::is_secret(name) => {
            let (before, variable) = secret.name(name, value);
            format!("{}{{env.{variable}{filter}}}", escaped(&before))
        }
        Some(own) if own == value => format!("{{self{filter}}}"),
        Some(own) if own.to_lowercase() == value => format!("{{self.lower{filter}}}"),
        Some(_) | None if filter.is_empty() => escaped(value),
        Some(_) | None => escaped(&encoded(value)),
    };
    let mut parts = Vec::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let Value::Object(asked) = &login.asked else { return String::new() };
    for (name, value) in asked {
        match name.as_str() {
            "query" => {}
            "path" => {
                let mut path = escaped(&text(value));
                for (index, (name, value)) in
                    asked.get("query").and_then(Value::as_object).into_iter().flatten().enumerate()
                {
                    let sign = if index == 0 { '?' } else { '&' };
                    let _ = write!(path, "{sign}{}={}", escaped(&encoded(name)), said(name, &text(value), "|url"));
                }
                parts.push(format!("path = {}", quoted(&path)));
            }
            name => {
                parts.push(format!("{name} = {}", rule::sent(name, value, &mut |name, value| said(name, value, ""))))
            }
        }
    }
    let mut out = format!("{{ http = {{ {} }}, status = {}", parts.join(", "), login.status);
    let taken = login.taken.iter().map(|(path, hole)| {
        let inner = quoted(&format!("{{{hole}}}"));
        let nested =
            path.iter().skip(1).rev().fold(inner, |inner, name| format!("{{ {} = {inner} }}", rule::key(name)));
        format!("{} = {nested}", path.first().map_or_else(String::new, |name| rule::key(name)))
    });
    let taken: Vec<String> = taken.collect();
    if !taken.is_empty() {
        let _ = write!(out, ", json = {{ {} }}", taken.join(", "));
    }
    out + " }"
}

fn address(story: &Story, dial: &Dial, secret: &mut Secret) -> String {
    let own = story.people.all[dial.who].own.as_deref();
    let path = dial.url.split('?').next().unwrap_or("/");
    let mut out = format!("{{target}}{}", escaped(path));
    for (index, (name, value)) in words::query(&dial.url).iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(&escaped(&encoded(name)));
        out.push('=');
        match own {
            _ if story.given.contains_key(value) => {
                let _ = write!(out, "{{{}|url}}", story.given[value]);
            }
            _ if words::is_secret(name) => {
                let (before, variable) = secret.name(name, value);
                let _ = write!(out, "{}{{env.{variable}|url}}", escaped(&encoded(&before)));
            }
            Some(own) if own == value => out.push_str("{self|url}"),
            Some(own) if own.to_lowercase() == *value => out.push_str("{self.lower|url}"),
            Some(_) | None => out.push_str(&escaped(&encoded(value))),
        }
    }
    out
}

/// What of the head of a handshake is part of it.
fn headers(story: &Story, dial: &Dial, secret: &mut Secret) -> Vec<String> {
    let mut out = Vec::new();
    let own = story.people.all[dial.who].own.as_deref();
    let mut head = |name: &str, value: String| out.push(format!("{name} = {value}"));
    for (name, value) in &dial.headers {
        match name.as_str() {
            "authorization" if value.rsplit(' ').next().is_some_and(|token| story.given.contains_key(token)) => {
                let (scheme, token) = value.rsplit_once(' ').unwrap_or(("", value));
                let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme} ") };
                head(name, quoted(&format!("{}{{{}}}", escaped(&scheme), story.given[token])));
            }
            "authorization" => {
                let (before, variable) = secret.name(name, value);
                head(name, quoted(&format!("{}{{env.{variable}}}", escaped(&before))));
            }
            "cookie" => {
                let pairs = pairs_of_cookies(value).filter(|(_, value)| !story.cookies.contains(*value));
                let pairs = pairs.map(|(name, value)| {
                    let (_, variable) = secret.name(&format!("{name}_cookie"), value);
                    format!("{}={{env.{variable}}}", escaped(name))
                });
                let pairs: Vec<String> = pairs.collect();
                if !pairs.is_empty() {
                    head(name, quoted(&pairs.join("; ")));
                }
            }
            // As a page of the server itself.
            "origin" => head(name, quoted("{target.http}")),
            _ if name.starts_with("x-") && !name.starts_with("x-forwarded") && name != "x-real-ip" => {
                let value = match own {
                    _ if story.given.contains_key(value) => format!("{{{}}}", story.given[value]),
                    _ if words::is_secret(name) => {
                        let (before, variable) = secret.name(name, value);
                        format!("{}{{env.{variable}}}", escaped(&before))
                    }
                    Some(own) if own == value => "{self}".to_owned(),
                    Some(_) | None => escaped(value),
                };
                head(name, quoted(&value));
            }
            _ => {}
        }
    }
    out
}
