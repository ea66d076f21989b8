use super::hiding::Hiding;
use super::labels::LabelIndex;
use super::naming::FrameIndex;
use super::recipes;
use super::{Binding, Core, Rule, Values};
use crate::source::Span;
use crate::wire::file::{AutoDraft, Draft, On, Reader, RuleDraft, ServerDraft};
use crate::wire::pattern::{Hole, SlotId, Slots, Template, folded};
use crate::wire::ways::Ways;
use crate::wire::{Reach, Secrets};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

impl Binding {
    /// Makes a binding of what a file (on top of what it extends) says.
    pub(super) fn compile(mut draft: Draft, name: String, reader: &mut Reader) -> Binding {
        recipes::check(&mut draft, reader);
        let recipes = std::mem::take(&mut draft.recipes);
        draft.each_slots(&mut |slots| slots.make(&recipes));
        draft.rules.iter().for_each(|rule| reader.check_receives(rule));
        let wanted = wanted(&draft);
        let given = given(&draft);
        let sent = wanted.clone();
        for (name, span) in &draft.lasting {
            if !given.contains(name) {
                let help = "name a hole of a frame that a client receives";
                reader.wrong_help(*span, format!("no received frame has a hole `{name}`"), help);
            }
        }
        let own = |name: &str| {
            draft.vars.contains_key(name)
                || recipes.contains_key(name)
                || draft.participants.values().any(|values| values.contains_key(name))
        };
        for (name, span) in &draft.secret {
            if !given.contains(name) && !own(name) && !sent.contains(name) {
                let help = "name a hole of a frame, a hole of a login or of the setup, or a variable";
                reader.wrong_help(*span, format!("there is no hole `{name}`"), help);
            }
        }
        let secret: BTreeSet<String> = draft.secret.iter().map(|(name, _)| name.clone()).collect();
        let mut lasting: BTreeSet<String> = draft.lasting.iter().map(|(name, _)| name.clone()).collect();
        // What the next handshake is made of must outlive the connection on which it was received.
        for connect in draft.connects() {
            connect.dialled_holes(&mut |slots, hole| {
                hole.slot.into_iter().for_each(|slot| {
                    slots.parts(slot, &mut |part| {
                        lasting.insert(slots.0[part].name.to_string());
                    });
                });
            });
        }
        let keep = |slots: &mut Slots| {
            for slot in &mut slots.0 {
                slot.keep &= wanted.contains(&*slot.name) && slot.reserved.is_none();
                slot.secret |= secret.contains(&*slot.name);
                if lasting.contains(&*slot.name) && slot.reach == Reach::Connection {
                    slot.reach = Reach::Client;
                }
            }
        };
        let mut setup = draft.setup;
        for step in &mut setup {
            let slots = Arc::make_mut(&mut step.slots);
            slots.0.iter_mut().for_each(|slot| slot.secret |= is_secret(&slot.name) || secret.contains(&*slot.name));
        }
        let secrets = Secrets::default();
        let all = draft.participants.values().chain([&draft.vars]);
        all.flatten().filter(|(name, _)| secret.contains(*name)).for_each(|(_, value)| secrets.given(value));
        let mut rules: Vec<Rule> = Vec::new();
        let mut of_rules = Vec::new();
        let follow: Vec<Arc<_>> = draft.follow.into_iter().map(Arc::new).collect();
        for mut rule in draft.rules {
            of_rules.extend(rule.connect.take().map(|connect| (rules.len(), connect)));
            let on = rule.on;
            let followed = follow.iter().filter(|follow| follow.on == on).cloned();
            let follows = if rule.server.is_some() { followed.collect() } else { Arc::new([]) as Arc<[_]> };
            rules.push(Rule { follows, ..compile_rule(rule, &given, &keep) });
        }
        let frames = FrameIndex::new(&rules);
        for rule in &mut rules {
            rule.kind = frames.kind_of(rule);
        }
        let rules: Vec<Arc<Rule>> = rules.into_iter().map(Arc::new).collect();
        let any_case = draft.any_case == Some(true);
        same_label_twice(&rules, any_case, reader);
        let fold = |rule: &Arc<Rule>| rule.labels.iter().map(Template::folded).collect();
        let folded: Option<Vec<Vec<Template>>> = any_case.then(|| rules.iter().map(fold).collect());
        unanswerable(&draft.auto, &|name| given.contains(name) || own(name) || name.starts_with("env."), reader);
        let side = |client: bool| {
            let of_side = move |rule: &Rule| if client { rule.client.is_some() } else { rule.server.is_some() };
            let rules = rules.iter().enumerate().filter(move |(_, rule)| of_side(rule));
            let folded = folded.as_ref();
            LabelIndex::new(rules.flat_map(|(index, rule)| {
                let labels = folded.map_or(&rule.labels, |folded| &folded[index]);
                labels.iter().enumerate().map(move |(label, template)| (index, label, template))
            }))
        };
        let (from_client, from_server) = (side(true), side(false));
        let speaks = |key: &str| {
            rules.iter().any(|rule| match &rule.server {
                Some(ServerDraft::Frame(pattern)) => rule.on == On::Sse && pattern.has(key),
                Some(ServerDraft::Close(_) | ServerDraft::Closed | ServerDraft::Ended) | None => false,
            })
        };
        let asides = (speaks("comment"), speaks("retry"));
        let mut ways = Ways::new(draft.connect.unwrap_or_default(), draft.connect_of.into_iter().collect(), of_rules);
        ways.iter_mut().for_each(|connect| connect.keep(&keep));
        let of_client = |label: &str| {
            let mut all = rules.iter().filter(|rule| rule.client.is_some()).flat_map(|rule| &rule.plain);
            all.any(|plain| **plain == *label)
        };
        // A label that stands for several ways is told once.
        let unless: BTreeMap<Span, &str> =
            ways.iter().flat_map(|connect| &connect.unless).map(|(label, span)| (*span, &**label)).collect();
        for (span, label) in unless.into_iter().filter(|(_, label)| !of_client(label)) {
            let help = "write one of the labels of a `[[rule]]` with `client`, as that rule writes it";
            reader.wrong_help(span, format!("no rule of a client has the label `{label}`"), help);
        }
        let hiding = Hiding::all(rules.iter().map(|rule| &**rule), ways.iter(), &frames);
        let echo = draft.echo.flatten();
        if let (None, Some((_, at))) = (&echo, draft.echo_of.values().next()) {
            let help = "add an `[echo]` for all participants; this one is only for one of them";
            reader.wrong_help(*at, "the other participants have no echo", help);
        }
        let echo_of = draft.echo_of.into_iter().map(|(id, (echo, _))| (id, echo)).collect();
        let values = Values { vars: draft.vars, participants: draft.participants, secrets, ..Values::default() };
        let core = Core {
            name,
            about: draft.about.unwrap_or_default(),
            codec: draft.codec.unwrap_or_default(),
            framing: draft.framing,
            envelope: draft.envelope,
            provides: draft.provides,
            ways,
            origins: draft.origins,
            rules,
            from_client,
            from_server,
            folded,
            frames,
            hiding,
            auto: draft.auto,
            every: draft.every,
            ignore: draft.ignore,
            ends: draft.ends,
            echo,
            echo_of,
            setup,
            secret,
            asides,
            bodies: reader.bodies,
            texts: reader.texts,
            teardown: draft.teardown,
            server: draft.server.unwrap_or_default(),
            silent: draft.silent.unwrap_or_default(),
            asks: std::mem::take(&mut reader.asks),
            files: std::mem::take(&mut reader.files),
            run_in_use: OnceLock::new(),
        };
        Binding { core: Arc::new(core), values: Arc::new(values) }
    }
}

/// Whether a hole is a secret by its name where a login or the setup gives its value: `token`, and so `access_token`,
/// `accessToken` and `ACCESS-TOKEN`.
pub(in crate::wire) fn is_secret(name: &str) -> bool {
    let last = name.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or(name);
    ["token", "password", "secret", "key"].iter().any(|word| {
        let at = last.len().saturating_sub(word.len());
        let (Some(before), Some(end)) = (last.get(..at), last.get(at..)) else { return false };
        // A word of its own: `apiKey`, and not `monkey`.
        let apart = before.chars().last().is_none_or(|c| !c.is_uppercase() && end.starts_with(char::is_uppercase));
        apart && end.eq_ignore_ascii_case(word)
    })
}

fn compile_rule(draft: RuleDraft, given: &BTreeSet<String>, keep: &dyn Fn(&mut Slots)) -> Rule {
    let mut slots = draft.slots.clone();
    keep(&mut slots);
    let mut counts = vec![0_u32; slots.0.len()];
    draft.received_holes(&mut |hole| hole.slot.into_iter().for_each(|slot| counts[slot] += 1));
    for (slot, count) in slots.0.iter_mut().zip(&counts) {
        slot.repeated = *count > 1;
    }
    let mut lacking = Vec::new();
    draft.sent_holes(&mut |hole| {
        if hole.maybe || hole.default.is_some() {
            return;
        }
        let mut visit = |part: SlotId| {
            if slots.0[part].reserved.is_none() && !given.contains(&*slots.0[part].name) && !lacking.contains(&part) {
                lacking.push(part);
            }
        };
        hole.slot.into_iter().for_each(|slot| slots.parts(slot, &mut visit));
    });
    Rule {
        plain: draft.labels.iter().map(|label| label.plain(&slots).into()).collect(),
        labels: draft.labels,
        slots: Arc::new(slots),
        on: draft.on,
        client: draft.client,
        server: draft.server,
        reply: draft.reply,
        absent: draft.absent.into(),
        free: draft.free,
        to: draft.to,
        repeat: draft.repeat,
        follows: Arc::new([]),
        lacking,
        kind: None,
        span: draft.span,
    }
}

/// The names whose remembered value something that is sent may need.
fn wanted(draft: &Draft) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |slots: &Slots, hole: &Hole| {
        let keys = hole.filters.iter().filter_map(|filter| filter.key());
        for slot in hole.slot.into_iter().chain(keys) {
            slots.parts(slot, &mut |part| {
                names.insert(slots.0[part].name.to_string());
            });
            names.insert(slots.0[slot].name.to_string());
        }
    };
    for rule in &draft.rules {
        // What every spelling of the label says needs no memory; a name of the diagram may, at its first use.
        let said = |slot: SlotId| {
            let shows = |label: &Template| label.holes().any(|hole| hole.slot == Some(slot));
            !rule.slots.0[slot].opaque && rule.labels.iter().all(shows)
        };
        rule.sent_holes(&mut |hole| {
            if !hole.slot.is_some_and(said) {
                add(&rule.slots, hole);
            }
        });
    }
    draft.connects().for_each(|connect| connect.sent_holes(&mut add));
    for auto in &draft.auto {
        auto.send.holes(&mut |hole| add(&auto.slots, hole));
    }
    for every in &draft.every {
        every.send.holes(&mut |hole| add(&every.slots, hole));
    }
    for step in draft.setup.iter().chain(&draft.teardown) {
        step.sent_holes(&mut |hole| add(&step.slots, hole));
    }
    names
}

/// The names that something that is received can give a value.
fn given(draft: &Draft) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |slots: &Slots, hole: &Hole| {
        names.extend(hole.slot.map(|slot| slots.0[slot].name.to_string()));
    };
    for rule in &draft.rules {
        rule.received_holes(&mut |hole| add(&rule.slots, hole));
    }
    draft.connects().for_each(|connect| connect.received_holes(&mut add));
    for step in &draft.setup {
        step.expect.holes(&mut |hole| add(&step.slots, hole));
    }
    names
}

/// An automatic answer is made of what it answers, else as anything that is sent: of what the client has received, of
/// the names that every binding has, and of variables. A name that none of these can have is a slip.
fn unanswerable(list: &[AutoDraft], known_elsewhere: &dyn Fn(&str) -> bool, reader: &mut Reader) {
    for auto in list {
        let mut received = BTreeSet::new();
        auto.receive.holes(&mut |hole| received.extend(hole.slot));
        let mut unknown = BTreeSet::new();
        auto.send.holes(&mut |hole| {
            let Some(slot) = hole.slot.filter(|_| !hole.maybe && hole.default.is_none()) else { return };
            auto.slots.parts(slot, &mut |part| {
                let known = &auto.slots.0[part];
                if known.reserved.is_none() && !received.contains(&part) && !known_elsewhere(&known.name) {
                    unknown.insert(known.name.clone());
                }
            });
        });
        for name in unknown {
            reader.wrong_help(
                auto.span,
                format!("the automatic answer has no value for `{{{name}}}`"),
                "name it in `receive`, in another frame that the client receives earlier, or in `[vars]`",
            );
        }
    }
}

/// Two rules of one side with the very same label can never be told apart.
fn same_label_twice(rules: &[Arc<Rule>], any_case: bool, reader: &mut Reader) {
    let mut seen: Vec<(bool, Cow<'_, str>, &Rule)> = Vec::new();
    for rule in rules {
        for label in &rule.plain {
            let found: Cow<'_, str> = if any_case { folded(label).into() } else { Cow::Borrowed(label) };
            for client in [true, false] {
                if if client { rule.client.is_none() } else { rule.server.is_none() } {
                    continue;
                }
                match seen.iter().find(|(side, known, _)| *side == client && *known == found) {
                    Some((_, _, first)) => {
                        let problem =
                            crate::source::Diagnostic::error("binding", format!("two rules have the label `{label}`"));
                        reader.problems.push(
                            problem
                                .at(rule.span, "this rule")
                                .see(first.span, "and this rule")
                                .with_help("combine them into one rule, or use a different word in one of the labels"),
                        );
                    }
                    None => seen.push((client, found.clone(), rule)),
                }
            }
        }
    }
}
