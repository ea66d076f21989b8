use super::keys::{REPEAT, RULE};
use super::node::Node;
use super::{ConnectDraft, ExchangeStep, HttpPattern, Reader};
use crate::order::Receivers;
use crate::source::Span;
use crate::wire::Reach;
use crate::wire::pattern::{Members, Path, Pattern, Slots, Template};
use std::sync::Arc;
use std::time::Duration;

/// Where a rule's frames pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum On {
    /// As messages of the socket.
    Socket,
    /// As HTTP requests and responses.
    Http,
    /// As a stream of Server-Sent Events and the request that opens it.
    Sse,
}

/// What a label does instead of carrying a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Action {
    /// Client: open a socket.
    Connect,
    /// Client: Close 1000.
    Disconnect,
    /// Client: end the socket without Close.
    Drop,
    /// Client: end its event streams.
    DropEvents,
    /// Client: neither read nor write.
    Pause,
    /// Client: read and write again.
    Resume,
    /// Server: Close with a code.
    Close,
    /// Server: Close without a code, or the end without Close.
    Closed,
    /// Server: the end, with whatever Close or without one.
    Ended,
}

const ACTIONS: [(&str, Action); 9] = [
    ("connect", Action::Connect),
    ("disconnect", Action::Disconnect),
    ("drop", Action::Drop),
    ("drop-events", Action::DropEvents),
    ("pause", Action::Pause),
    ("resume", Action::Resume),
    ("close", Action::Close),
    ("closed", Action::Closed),
    ("ended", Action::Ended),
];

/// What a client does.
#[derive(Clone, Debug)]
pub(in crate::wire) enum ClientDraft {
    /// Frames.
    Exchange(Vec<ExchangeStep>),
    /// A request.
    Request(Arc<HttpPattern>),
    /// An action; for a connect, under which name.
    Action(Action, Option<Template>),
}

/// What a server does, as the pattern of what is observed.
#[derive(Clone, Debug)]
pub(in crate::wire) enum ServerDraft {
    /// A frame, a response or an event.
    Frame(Arc<Pattern>),
    /// A Close with a code.
    Close(Arc<Pattern>),
    /// A Close without, or none at all.
    Closed,
    /// The end, however it comes.
    Ended,
}

/// `[[rule]]` as written.
#[derive(Clone, Debug)]
pub(in crate::wire) struct RuleDraft {
    pub labels: Vec<Template>,
    pub slots: Slots,
    pub on: On,
    pub client: Option<ClientDraft>,
    pub server: Option<ServerDraft>,
    pub reply: Option<Arc<Pattern>>,
    pub absent: Vec<Path>,
    pub free: bool,
    /// Whom it is for, where it is drawn to a group of receivers.
    pub to: Option<Receivers>,
    /// How often its request is made again, until its answer is this.
    pub repeat: Option<(Duration, Arc<Pattern>)>,
    /// What its connecting does otherwise.
    pub connect: Option<ConnectDraft>,
    pub span: Span,
}

impl Reader {
    /// `[[rule]]`
    pub fn rule(&mut self, node: &Node) -> Option<RuleDraft> {
        let fields = self.fields(node, &RULE);
        let mut slots = Slots::default();
        let labels = match fields.get("label") {
            Some(label) => {
                let items = self.list(label);
                items.iter().filter_map(|item| self.label(item, &mut slots)).collect()
            }
            None => {
                self.wrong_help(
                    node.span,
                    "this rule has no label",
                    "add `label = \"…\"`: the text of the arrow in a diagram",
                );
                Vec::new()
            }
        };
        let on = fields
            .get("on")
            .and_then(|node| self.word(node, &[("socket", On::Socket), ("http", On::Http), ("sse", On::Sse)]));
        let on = on.unwrap_or(On::Socket);
        let closed = fields.get("closed").and_then(|node| self.flag(node)).unwrap_or(self.closed);
        let action = fields.get("action").and_then(|node| self.word(node, &ACTIONS));
        let mut client = self.client_side(&fields, on, &mut slots);
        let mut server = fields.get("server").map(|node| {
            ServerDraft::Frame(Arc::new(match on {
                On::Socket => self.frame(node, &mut slots, closed),
                On::Http => self.response(node, &mut slots, closed),
                On::Sse => self.event(node, &mut slots, closed),
            }))
        });
        if let Some(action) = action {
            if let Some(extra) = fields.key("client").or(fields.key("server")).or(fields.key("steps")) {
                self.wrong(extra, "a rule with an `action` has no frame");
            }
            match action {
                Action::Close | Action::Closed | Action::Ended => {
                    server = Some(self.ending(&fields, action, &mut slots))
                }
                Action::Connect
                | Action::Disconnect
                | Action::Drop
                | Action::DropEvents
                | Action::Pause
                | Action::Resume => {
                    let name = fields.get("as").and_then(|node| self.template(node, &mut slots));
                    client = Some(ClientDraft::Action(action, name));
                }
            }
        }
        for (key, wanted) in
            [("code", Action::Close), ("reason", Action::Close), ("as", Action::Connect), ("connect", Action::Connect)]
        {
            if let Some(at) = fields.key(key)
                && action != Some(wanted)
            {
                let word = ACTIONS.iter().find(|&&(_, known)| known == wanted).map_or("", |&(word, _)| word);
                self.wrong(at, format!("`{key}` belongs to `action = \"{word}\"`"));
            }
        }
        let reply = fields.get("reply").map(|node| Arc::new(self.frame(node, &mut slots, closed)));
        if let (Some(reply), None | Some(ClientDraft::Action(..))) = (fields.key("reply"), &client) {
            self.wrong(reply, "`reply` answers a message of a client, but no client sends anything in this rule");
        }
        // What is written and could not be read has been complained about already.
        if ["client", "server", "steps", "action"].iter().all(|key| fields.get(key).is_none()) {
            let help = "add `client = …` (a client sends it), `server = …` (a server sends it) or `action = …`";
            self.wrong_help(node.span, "this rule has no message", help);
        }
        let absent = self.paths(&fields);
        let free = fields.get("place").and_then(|node| self.word(node, &[("free", true), ("judged", false)]));
        let to = fields
            .get("to")
            .and_then(|node| self.word(node, &[("all", Receivers::All), ("others", Receivers::Others)]));
        if let (Some(at), None) = (fields.key("to"), &server) {
            self.wrong(at, "`to` names the receivers of a message of a server, but this rule has no `server`");
        }
        self.marks(&fields, &mut slots, &labels);
        let repeat = fields.get("repeat").and_then(|node| self.repeat(node, &mut slots));
        if let Some(at) = fields.key("repeat")
            && !(on == On::Http && matches!(client, Some(ClientDraft::Request(_))))
        {
            self.wrong_help(
                at,
                "only a request can be repeated",
                "`repeat` belongs to a rule with `on = \"http\"` and `client`",
            );
        }
        let connect = fields.get("connect").map(|node| self.connect(node));
        if let (Some(at), Some(ConnectDraft { session: Some(_), .. })) = (fields.key("connect"), &connect) {
            let help = "write it in `[connect]`, or in `[participants.NAME.connect]`";
            self.wrong_help(at, "a client uses the same cookies for everything that it does", help);
        }
        let rule = RuleDraft {
            labels,
            slots,
            on,
            client,
            server,
            reply,
            absent,
            free: free.unwrap_or(false),
            to,
            repeat,
            connect,
            span: node.span,
        };
        self.check_sends(&rule);
        Some(rule).filter(|rule| !rule.labels.is_empty())
    }

    fn label(&mut self, node: &Node, slots: &mut Slots) -> Option<Template> {
        let text = self.string(node)?;
        if text.trim() != text {
            self.wrong_help(
                node.span,
                "a label neither begins nor ends with a space",
                "labels of a diagram are trimmed",
            );
        }
        let template = self.template(node, slots)?;
        if let Some(hole) = template.holes().find(|hole| hole.maybe || hole.default.is_some()) {
            let name = hole.slot.map_or("_", |slot| &*slots.0[slot].name).to_owned();
            self.wrong_help(
                node.span,
                format!("`{{{name}}}` is optional in a label"),
                "`?` and `default` belong in frames; give the label a second spelling without it",
            );
        }
        if let Some(hole) = template.holes().find(|hole| !hole.filters.is_empty() || hole.plus != 0) {
            let name = hole.slot.map_or("_", |slot| &*slots.0[slot].name).to_owned();
            self.wrong_help(
                node.span,
                format!("`{{{name}}}` has a filter in a label"),
                "filters and arithmetic belong in frames; the label shows the plain value",
            );
        }
        Some(template)
    }

    fn client_side(&mut self, fields: &super::reader::Fields<'_>, on: On, slots: &mut Slots) -> Option<ClientDraft> {
        match (fields.get("client"), fields.get("steps")) {
            (Some(node), None) => match on {
                On::Socket => Some(ClientDraft::Exchange(vec![ExchangeStep::Send(self.send(node, slots))])),
                On::Http | On::Sse => self.request(node, slots).map(|http| ClientDraft::Request(Arc::new(http))),
            },
            (None, Some(node)) => Some(ClientDraft::Exchange(self.steps(node, slots))),
            (Some(_), Some(steps)) => {
                self.wrong_help(
                    steps.span,
                    "a rule has `client` or `steps`, not both",
                    "write `client` as the first step",
                );
                None
            }
            (None, None) => None,
        }
    }

    fn ending(&mut self, fields: &super::reader::Fields<'_>, action: Action, slots: &mut Slots) -> ServerDraft {
        let mut list: Vec<(Box<str>, Pattern)> = Vec::new();
        for key in ["code", "reason"] {
            if let Some(node) = fields.get(key) {
                list.push((key.into(), self.patterns(slots, false, |reader| reader.pattern(node))));
            }
        }
        match action {
            Action::Close => {
                ServerDraft::Close(Arc::new(Pattern::Object(Members { list, named: Vec::new(), closed: false })))
            }
            Action::Ended => ServerDraft::Ended,
            Action::Closed
            | Action::Connect
            | Action::Disconnect
            | Action::Drop
            | Action::DropEvents
            | Action::Pause
            | Action::Resume => ServerDraft::Closed,
        }
    }

    fn repeat(&mut self, node: &Node, slots: &mut Slots) -> Option<(Duration, Arc<Pattern>)> {
        let fields = self.fields(node, &REPEAT);
        let every = fields.get("every").and_then(|node| self.interval(node));
        let until = fields.get("until").map(|node| Arc::new(self.response(node, slots, false)));
        if fields.get("every").is_none() || until.is_none() {
            self.wrong(node.span, "`repeat` needs both `every` and `until`");
        }
        every.zip(until)
    }

    fn paths(&mut self, fields: &super::reader::Fields<'_>) -> Vec<Path> {
        let Some(node) = fields.get("absent") else { return Vec::new() };
        let mut paths = Vec::new();
        for (text, span) in self.strings(node) {
            match Path::read(&text) {
                Ok(path) => paths.push(path),
                Err(problem) => self.wrong(span, problem),
            }
        }
        paths
    }

    /// `opaque`, `share`, `forget`: lists of holes.
    fn marks(&mut self, fields: &super::reader::Fields<'_>, slots: &mut Slots, labels: &[Template]) {
        slots.0.iter_mut().for_each(|slot| slot.keep = true);
        let _ = labels;
        for key in ["opaque", "share", "forget"] {
            let Some(node) = fields.get(key) else { continue };
            for (name, span) in self.strings(node) {
                let Some(slot) = slots.find(&name) else {
                    let names: Vec<String> = slots.0.iter().map(|slot| format!("`{}`", slot.name)).collect();
                    self.wrong_help(
                        span,
                        format!("this rule has no hole `{name}`"),
                        format!("it has {}", names.join(", ")),
                    );
                    continue;
                };
                let slot = &mut slots.0[slot];
                match key {
                    "opaque" => slot.opaque = true,
                    "share" => slot.reach = Reach::Everyone,
                    _ => slot.keep = false,
                }
            }
        }
    }

    /// `{_}` and open arrays take anything; there is nothing to send for them.
    fn check_sends(&mut self, rule: &RuleDraft) {
        let mut open = false;
        rule.sent_holes(&mut |hole| open |= hole.slot.is_none());
        if open {
            let help = "give the hole a name, and the name a value";
            self.wrong_help(rule.span, "`{_}` matches any value, so a client cannot send it", help);
        }
    }

    /// A hole of the label of which the frame knows nothing, would let any frame pass for it. (A status shows what it is.)
    /// What a value of the frame is made of is known to it.
    pub fn check_receives(&mut self, rule: &RuleDraft) {
        let framed = matches!(rule.server, Some(ServerDraft::Frame(_))) && rule.client.is_none();
        if !framed || rule.on == On::Http {
            return;
        }
        let mut held = Vec::new();
        rule.received_holes(&mut |hole| {
            held.extend(hole.slot);
            hole.slot.into_iter().for_each(|slot| rule.slots.parts(slot, &mut |part| held.push(part)));
        });
        let lost = |label: &Template| label.holes().find_map(|hole| hole.slot.filter(|slot| !held.contains(slot)));
        if let Some(slot) = rule.labels.iter().find_map(lost) {
            let name = &rule.slots.0[slot].name;
            let help = format!("write `{{{name}}}` at its place in the frame, or write `{{_}}` in the label");
            self.wrong_help(rule.span, format!("`server` does not contain `{{{name}}}` of the label"), help);
        }
    }
}

impl RuleDraft {
    /// Every hole of what a client sends.
    pub fn sent_holes<'a>(&'a self, visit: &mut dyn FnMut(&'a crate::wire::pattern::Hole)) {
        match &self.client {
            Some(ClientDraft::Exchange(steps)) => steps.iter().for_each(|step| match step {
                ExchangeStep::Send(send) => send.holes(visit),
                ExchangeStep::Receive(_) => {}
            }),
            Some(ClientDraft::Request(http)) => http.holes(visit),
            Some(ClientDraft::Action(_, name)) => name.iter().flat_map(Template::holes).for_each(visit),
            None => {}
        }
    }

    /// Every hole of what a client receives.
    pub fn received_holes<'a>(&'a self, visit: &mut dyn FnMut(&'a crate::wire::pattern::Hole)) {
        match &self.server {
            Some(ServerDraft::Frame(pattern) | ServerDraft::Close(pattern)) => pattern.holes(visit),
            Some(ServerDraft::Closed | ServerDraft::Ended) | None => {}
        }
        if let Some(ClientDraft::Exchange(steps)) = &self.client {
            steps.iter().for_each(|step| match step {
                ExchangeStep::Receive(pattern) => pattern.holes(visit),
                ExchangeStep::Send(_) => {}
            });
        }
        self.reply.iter().for_each(|pattern| pattern.holes(visit));
    }
}
