//! The text of a binding.

use super::groups::Group;
use super::label::Label;
use super::messages::{Codec, Dial, Story};
use super::noise::Noise;
use super::rule::{self, encoded, escaped, quoted};
use super::secret::Secret;
use super::unify::Form;
use super::words;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// All that a binding is made of.
pub(super) struct Parts<'a> {
    pub name: &'a str,
    /// The binding that is extended.
    pub base: Option<&'a str>,
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
    fn with_nonce(&self, group: usize, leaf: Option<usize>) -> String {
        let mut form = self.forms[group].clone();
        if let Some(leaf) = leaf {
            form.leaves[leaf].role = super::unify::Role::Shown { hole: "nonce".to_owned(), kind: "" };
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
                Noise::Auto { receive, send } => write!(
                    out,
                    "# Clients answered this at once, each time.\n[[auto]]\nreceive = {}\nsend    = {}\n",
                    self.content(*receive),
                    self.content(*send)
                ),
                Noise::Echo { ask, answer, nonce } => write!(
                    out,
                    "# The server answered this at once, each time: seqcheck asks it whether all before is handled.\n[echo]\nclient = {}\nserver = {}\n",
                    self.with_nonce(*ask, nonce.map(|(ask, _)| ask)),
                    self.with_nonce(*answer, nonce.map(|(_, answer)| answer))
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
    let Some(first) = story.dials.first() else { return String::new() };
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
    lines
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
            "authorization" => {
                let (before, variable) = secret.name(name, value);
                head(name, quoted(&format!("{}{{env.{variable}}}", escaped(&before))));
            }
            "cookie" => {
                let pairs = value.split(';').filter_map(|pair| pair.trim().split_once('='));
                let pairs = pairs.map(|(name, value)| {
                    let (_, variable) = secret.name(&format!("{name}_cookie"), value);
                    format!("{}={{env.{variable}}}", escaped(name))
                });
                let pairs: Vec<String> = pairs.collect();
                head(name, quoted(&pairs.join("; ")));
            }
            // As a page of the server itself.
            "origin" => head(name, quoted("{target.http}")),
            _ if name.starts_with("x-") && !name.starts_with("x-forwarded") && name != "x-real-ip" => {
                let value = match own {
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
