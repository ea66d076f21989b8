//! A file on top of what it extends.

use super::{ConnectDraft, Draft, RuleDraft};
use crate::wire::pattern::{Piece, Slots, Template, folded};
use rustc_hash::FxHashSet;

impl Draft {
    /// This on top of what it extends: what is said here wins; lists are this one's first.
    pub fn over(mut self, mut base: Draft) -> Draft {
        let any_case = self.any_case.or(base.any_case);
        let as_found = |text: &str| if any_case == Some(true) { folded(text) } else { text.to_owned() };
        let beginning = |label: &Template| match label.pieces.first() {
            Some(Piece::Literal(text)) => Some(as_found(text)),
            Some(Piece::Hole(_)) | None => None,
        };
        let spelled = |rule: &RuleDraft, label: &Template| (rule.client.is_some(), as_found(&label.plain(&rule.slots)));
        // Few labels are said in both, and those begin alike.
        let beginnings: FxHashSet<_> = base.rules.iter().flat_map(|rule| &rule.labels).map(beginning).collect();
        let mut mine: FxHashSet<(bool, String)> = FxHashSet::default();
        for rule in &self.rules {
            let alike = rule.labels.iter().filter(|label| beginnings.contains(&beginning(label)));
            mine.extend(alike.map(|label| spelled(rule, label)));
        }
        base.rules.retain(|rule| !rule.labels.iter().any(|label| mine.contains(&spelled(rule, label))));
        self.rules.append(&mut base.rules);
        self.auto.append(&mut base.auto);
        self.every.append(&mut base.every);
        self.ignore.append(&mut base.ignore);
        self.follow.append(&mut base.follow);
        self.ends.append(&mut base.ends);
        self.lasting.append(&mut base.lasting);
        self.secret.append(&mut base.secret);
        for word in base.provides {
            if !self.provides.contains(&word) {
                self.provides.push(word);
            }
        }
        for (name, value) in base.vars {
            if !self.recipes.contains_key(&name) {
                self.vars.entry(name).or_insert(value);
            }
        }
        for (name, recipe) in base.recipes {
            if !self.vars.contains_key(&name) {
                self.recipes.entry(name).or_insert(recipe);
            }
        }
        for (name, at) in base.made_at {
            self.made_at.entry(name).or_insert(at);
        }
        for (id, values) in base.participants {
            let own = self.participants.entry(id).or_default();
            for (name, value) in values {
                own.entry(name).or_insert(value);
            }
        }
        for (id, connect) in base.connect_of {
            let own = self.connect_of.remove(&id).unwrap_or_default();
            self.connect_of.insert(id, own.over(connect));
        }
        for (id, echo) in base.echo_of {
            self.echo_of.entry(id).or_insert(echo);
        }
        base.setup.append(&mut self.setup);
        self.teardown.append(&mut base.teardown);
        let connect = match (self.connect, base.connect) {
            (Some(own), Some(base)) => Some(own.over(base)),
            (own, base) => own.or(base),
        };
        let recoded = self.codec.is_some();
        Draft {
            name: self.name.or(base.name),
            about: self.about.or(base.about),
            extends: None,
            codec: self.codec.or(base.codec),
            // What is said of the codec that is extended says nothing of another.
            framing: self.framing.or(base.framing.filter(|_| !recoded)),
            envelope: self.envelope.or(base.envelope),
            any_case,
            connect,
            setup: base.setup,
            echo: self.echo.or(base.echo),
            origins: self.origins.or(base.origins),
            server: self.server.or(base.server),
            silent: self.silent.or(base.silent),
            ..self
        }
    }

    /// Every way to connect that it speaks of.
    pub fn connects(&self) -> impl Iterator<Item = &ConnectDraft> {
        let rules = self.rules.iter().filter_map(|rule| rule.connect.as_ref());
        self.connect.iter().chain(self.connect_of.values()).chain(rules)
    }

    /// Every list of names in it.
    pub fn each_slots(&mut self, visit: &mut dyn FnMut(&mut Slots)) {
        for rule in &mut self.rules {
            visit(&mut rule.slots);
        }
        let rules = self.rules.iter_mut().filter_map(|rule| rule.connect.as_mut());
        for connect in self.connect.iter_mut().chain(self.connect_of.values_mut()).chain(rules) {
            visit(&mut connect.slots);
            connect.before.iter_mut().flatten().for_each(|step| visit(std::sync::Arc::make_mut(&mut step.slots)));
            connect.after.iter_mut().for_each(|(slots, _)| visit(slots));
        }
        self.auto.iter_mut().for_each(|auto| visit(&mut auto.slots));
        self.every.iter_mut().for_each(|every| visit(&mut every.slots));
        self.ignore.iter_mut().for_each(|ignore| visit(&mut ignore.slots));
        let echoes = self.echo_of.values_mut().map(|(echo, _)| echo);
        self.echo.iter_mut().flatten().chain(echoes).for_each(|echo| visit(echo.slots_mut()));
        for step in self.setup.iter_mut().chain(&mut self.teardown) {
            visit(std::sync::Arc::make_mut(&mut step.slots));
        }
    }
}

impl ConnectDraft {
    /// This on top of another one: a key that is said here wins, names of headers and of the query by themselves.
    pub fn over(self, base: ConnectDraft) -> ConnectDraft {
        // Templates hold slots of their own draft. What is taken from the base is carried over by its text.
        let mut slots = self.slots;
        let mut carry = |template: Template| template.moved(&base.slots, &mut slots);
        let url = self.url.or_else(|| base.url.map(&mut carry));
        let mut both = |own: Option<Vec<(String, Template)>>, base: Option<Vec<(String, Template)>>, cased: bool| {
            let Some(base) = base else { return own };
            let mut own = own.unwrap_or_default();
            for (name, value) in base {
                let same = |known: &str| if cased { known == name } else { known.eq_ignore_ascii_case(&name) };
                if !own.iter().any(|(known, _)| same(known)) {
                    own.push((name, carry(value)));
                }
            }
            Some(own)
        };
        let query = both(self.query, base.query, true);
        let headers = both(self.headers, base.headers, false);
        let subprotocols =
            self.subprotocols.or_else(|| base.subprotocols.map(|list| list.into_iter().map(&mut carry).collect()));
        let session = self.session.or_else(|| base.session.map(&mut carry));
        ConnectDraft {
            slots,
            url,
            query,
            headers,
            subprotocols,
            posts: self.posts.or(base.posts),
            compress: self.compress.or(base.compress),
            retry: self.retry.or(base.retry),
            before: self.before.or(base.before),
            after: self.after.or(base.after),
            unless: self.unless.or(base.unless),
            implicit: self.implicit.or(base.implicit),
            session,
        }
    }
}
