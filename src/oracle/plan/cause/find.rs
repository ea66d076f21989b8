//! Which of the tool's messages each message that comes back follows from.
//!
//! For every message, what can have caused it is put into tiers: what its label points to (the client's own first), then
//! what the client itself asked on that connection, then whatever it asked, then what names the client. Messages that point to the same stimuli in the
//! same way are a [`Group`]. In a group, what was sent without an answer in between is answered in its order: of as many
//! answers as questions each has its own, of fewer the last questions are meant. What is left over follows from the last
//! question as long as nothing else is sent after the answer before it; else the next tier decides.

use super::coming::Coming;
use super::facts::{Dealings, Place, Possible, Seen, above_beside, dealings, place};
use crate::oracle::plan::planned::{Basis, Origin, Planned};
use crate::order::{ArrowId, Kind, LifelineId, Order};
use crate::wire::Channel;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How many of the nearest stimuli that say one value, or are of one client, are looked at.
const NEAREST: usize = 128;
/// In how many pairs of a question and an answer the fragments around them are looked at; with more the drawing decides.
const PAIRS: usize = 1 << 20;

/// What messages and the stimuli that they point to have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Common {
    /// Values; the sender, where the messages name it; whether it names who gets them, and whether it is who gets them.
    Label { values: Vec<u32>, sender: Option<LifelineId>, names: bool, own: bool },
    /// The client asked on this connection.
    Asked(Channel),
    /// The client asked anywhere.
    AskedAnywhere,
}

/// What one stimulus has in common with a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Value(u32),
    /// The message names who sent it.
    Sender,
    /// It names who gets the message.
    Named,
}

impl Mark {
    fn value(&self) -> Option<u32> {
        match self {
            Mark::Value(value) => Some(*value),
            Mark::Sender | Mark::Named => None,
        }
    }
}

/// Messages, and the stimuli that they point to in the same way.
type Group = (Vec<ArrowId>, Vec<ArrowId>);

/// One way to find a cause: how strong it is, and which stimuli may be it, in the order of the text.
type Tier = (usize, Common, Vec<ArrowId>);

/// The cause of every observation that has one beside the drawing.
pub(super) fn causes(order: &Order, planned: &[Planned]) -> Vec<(ArrowId, Origin)> {
    let possible = Possible::new(order, planned, false);
    let all = dealings(order, planned);
    all.iter().flat_map(|dealings| among(order, planned, &possible, dealings)).collect()
}

/// What may be the cause of an observation and need not have been sent: what would be it if it had to be, and what the same
/// client sends beside that.
pub(super) fn optional(order: &Order, planned: &[Planned]) -> Vec<(ArrowId, Vec<ArrowId>)> {
    let chosen = |kind: &Kind| matches!(kind, Kind::Choice(_) | Kind::Loop { .. });
    if !order.fragments.iter().any(|fragment| chosen(&fragment.kind)) {
        return Vec::new();
    }
    let (always, ever) = (Possible::new(order, planned, false), Possible::new(order, planned, true));
    let mut found = Vec::new();
    for dealings in dealings(order, planned) {
        let index = Index::new(&dealings);
        for (came, origin) in among(order, planned, &ever, &dealings) {
            let optional = |sent: ArrowId| ever.may_cause(sent, came) && !always.may_cause(sent, came);
            let Some(client) = order.arrow(origin.arrow).from.lifeline().filter(|_| optional(origin.arrow)) else {
                continue;
            };
            let own = index.near(index.by_client.get(&client), came);
            found.push((came, own.iter().map(|at| index.sent[*at].id).filter(|id| optional(*id)).collect()));
        }
    }
    found
}

/// The causes of what passes between the tool and one tested lifeline.
fn among(order: &Order, planned: &[Planned], possible: &Possible<'_>, dealings: &Dealings) -> Vec<(ArrowId, Origin)> {
    let mut found = Vec::new();
    let index = Index::new(dealings);
    let mut clients: BTreeMap<LifelineId, Vec<&Seen>> = BTreeMap::new();
    for seen in dealings.observed.iter().filter(|seen| !possible.is_drawn(planned, seen.id)) {
        clients.entry(seen.client).or_default().push(seen);
    }
    for observed in clients.into_values() {
        let mut finder = Finder { order, possible, index: &index, answered: FxHashMap::default() };
        found.extend(finder.run(&observed));
    }
    found
}

/// Stimuli by what they say and who sends them, each list in the order of the text.
struct Index<'a> {
    sent: &'a [Seen],
    by_value: FxHashMap<u32, Vec<usize>>,
    by_client: FxHashMap<LifelineId, Vec<usize>>,
    by_name: FxHashMap<LifelineId, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn new(dealings: &'a Dealings) -> Index<'a> {
        let sent = &dealings.sent;
        let mut index = Index {
            sent,
            by_value: FxHashMap::default(),
            by_client: FxHashMap::default(),
            by_name: FxHashMap::default(),
        };
        for (at, seen) in sent.iter().enumerate() {
            seen.values.iter().for_each(|value| index.by_value.entry(*value).or_default().push(at));
            seen.names.iter().for_each(|name| index.by_name.entry(*name).or_default().push(at));
            index.by_client.entry(seen.client).or_default().push(at);
        }
        index
    }

    /// The nearest of a list above an arrow.
    fn near<'l>(&self, list: Option<&'l Vec<usize>>, above: ArrowId) -> &'l [usize] {
        let Some(list) = list else { return &[] };
        let end = list.partition_point(|at| self.sent[*at].id < above);
        &list[end.saturating_sub(NEAREST)..end]
    }

    /// Whether anything is sent between two arrows that is drawn before the second, or may be, as it stands beside the first.
    fn sends_between(&self, order: &Order, one: ArrowId, other: ArrowId) -> bool {
        let start = self.sent.partition_point(|seen| seen.id <= one);
        let between = self.sent[start..].iter().take_while(|seen| seen.id < other);
        let sends = |id: ArrowId| self.sent.binary_search_by_key(&id, |seen| seen.id).is_ok();
        between.into_iter().any(|seen| place(order, seen.id, other) == Place::Sequence)
            || above_beside(order, one, other).any(sends)
    }
}

/// Finds the causes of what one client observes.
struct Finder<'a> {
    order: &'a Order,
    possible: &'a Possible<'a>,
    index: &'a Index<'a>,
    /// Stimuli that have an answer here, with the first and the last one.
    answered: FxHashMap<ArrowId, (ArrowId, ArrowId)>,
}

impl Finder<'_> {
    fn run(&mut self, observed: &[&Seen]) -> Vec<(ArrowId, Origin)> {
        let mut open: Vec<(ArrowId, std::vec::IntoIter<Tier>)> =
            observed.iter().map(|seen| (seen.id, self.tiers(seen).into_iter())).collect();
        let mut found = Vec::new();
        while !open.is_empty() {
            // The strongest first, since what has an answer already answers nothing weaker.
            let mut groups: BTreeMap<(Reverse<usize>, Common), Group> = BTreeMap::new();
            let mut rest = Vec::new();
            for (id, mut tiers) in open {
                let Some((strength, common, among)) = tiers.next() else { continue };
                let (messages, stimuli) = groups.entry((Reverse(strength), common)).or_default();
                messages.push(id);
                if stimuli.len() < among.len() || !among.is_empty() && stimuli.last() != among.last() {
                    stimuli.extend(among);
                }
                rest.push((id, tiers));
            }
            for ((_, common), (messages, mut stimuli)) in groups {
                stimuli.sort_unstable();
                stimuli.dedup();
                let by = if matches!(common, Common::Label { .. }) { Basis::Values } else { Basis::Request };
                for (id, arrow) in self.group(&messages, &stimuli) {
                    let (first, last) = self.answered.entry(arrow).or_insert((id, id));
                    (*first, *last) = (id.min(*first), id.max(*last));
                    found.push((id, Origin { arrow, by }));
                }
            }
            let known: rustc_hash::FxHashSet<ArrowId> = found.iter().map(|(id, _)| *id).collect();
            rest.retain(|(id, _)| !known.contains(id));
            open = rest;
        }
        found
    }

    /// What can have caused a message, the most telling first.
    fn tiers(&self, came: &Seen) -> Vec<Tier> {
        let mut tiers = self.by_label(came);
        let named = self.named(came);
        let own = self.index.by_client.get(&came.client);
        let own: Vec<&Seen> = self.index.near(own, came.id).iter().map(|at| &self.index.sent[*at]).collect();
        let asked = |pick: &dyn Fn(&&&Seen) -> bool| own.iter().filter(pick).map(|seen| seen.id).collect::<Vec<_>>();
        tiers.push((0, Common::Asked(came.channel), asked(&|seen| seen.channel == came.channel)));
        tiers.push((0, Common::AskedAnywhere, asked(&|_| true)));
        tiers.extend(named);
        tiers
    }

    /// What names who gets a message, and has nothing else in common with it: so little that an own question goes before.
    fn named(&self, came: &Seen) -> Option<Tier> {
        let near = self.index.near(self.index.by_name.get(&came.client), came.id);
        let fits = |id: &ArrowId| self.possible.may_cause(*id, came.id);
        let among: Vec<ArrowId> = near.iter().map(|at| self.index.sent[*at].id).filter(fits).collect();
        let common = Common::Label { values: Vec::new(), sender: None, names: true, own: false };
        (!among.is_empty()).then_some((0, common, among))
    }

    /// The stimuli that a label points to, the best first: by values of theirs, by naming who sent them, by being named by
    /// them.
    fn by_label(&self, came: &Seen) -> Vec<Tier> {
        // One list that is sorted, and not a map of lists: a value of a long talk is said by all that is near.
        let mut marks: Vec<(usize, Mark)> = Vec::new();
        for value in &came.values {
            let near = self.index.near(self.index.by_value.get(value), came.id);
            marks.extend(near.iter().map(|at| (*at, Mark::Value(*value))));
        }
        for name in &came.names {
            let near = self.index.near(self.index.by_client.get(name), came.id);
            marks.extend(near.iter().map(|at| (*at, Mark::Sender)));
        }
        // That a client names itself points to nothing more than that it is the sender.
        let near = self.index.near(self.index.by_name.get(&came.client), came.id).iter();
        marks.extend(near.filter(|at| self.index.sent[**at].client != came.client).map(|at| (*at, Mark::Named)));
        marks.sort();
        marks.dedup();
        let points = |(_, mark): &(usize, Mark)| *mark != Mark::Named;
        let may = |at: usize| self.possible.may_cause(self.index.sent[at].id, came.id);
        let of_one = marks.chunk_by(|(one, _), (other, _)| one == other);
        let alike: Vec<&[(usize, Mark)]> = of_one.filter(|marks| marks.iter().any(points) && may(marks[0].0)).collect();
        let strengths: BTreeSet<Reverse<usize>> = alike.iter().map(|marks| Reverse(marks.len())).collect();
        let mut tiers = Vec::new();
        // What has less in common still has more in common than what has nothing.
        for (Reverse(strong), own) in strengths.into_iter().flat_map(|strong| [(strong, true), (strong, false)]) {
            let sent = |marks: &[(usize, Mark)]| &self.index.sent[marks[0].0];
            let of = |marks: &&&[(usize, Mark)]| marks.len() == strong && (sent(marks).client == came.client) == own;
            let Some(nearest) = alike.iter().rev().find(of) else { continue };
            let common = || nearest.iter().map(|(_, mark)| mark);
            let same = alike.iter().filter(of).filter(|marks| marks.iter().map(|(_, mark)| mark).eq(common()));
            let among = same.map(|marks| sent(marks).id).collect();
            let values = common().filter_map(Mark::value).collect();
            let sender = common().any(|mark| *mark == Mark::Sender).then(|| sent(nearest).client);
            let names = common().any(|mark| *mark == Mark::Named);
            tiers.push((strong, Common::Label { values, sender, names, own }, among));
        }
        tiers
    }

    /// The causes of the messages of one group among its stimuli, both in the order of the text.
    fn group(&self, messages: &[ArrowId], stimuli: &[ArrowId]) -> Vec<(ArrowId, ArrowId)> {
        let mut found = Vec::new();
        let (mut messages, mut begin, mut looked) = (messages, 0, 0_usize);
        while let Some(first) = messages.first() {
            let end = stimuli.partition_point(|id| id < first);
            let run = &stimuli[begin..end];
            let answers = stimuli.get(end).map_or(messages.len(), |next| messages.partition_point(|id| id < next));
            let around = self.order.arrow(*first).inside;
            let block;
            (block, messages) = messages.split_at(answers);
            if run.iter().chain(block).all(|id| self.order.arrow(*id).inside == around) {
                self.answers(run, block, true, &mut found);
                begin = end;
                continue;
            }
            looked = looked.saturating_add(run.len().saturating_mul(block.len()));
            if looked > PAIRS {
                begin = end;
                continue;
            }
            // What nothing of this can have caused answers none of it, wherever it is written: it is in another operand of a `par`.
            let caused = |came: &&ArrowId| run.iter().any(|sent| self.possible.may_cause(*sent, **came));
            let block: Vec<ArrowId> = block.iter().filter(caused).copied().collect();
            if !block.is_empty() {
                self.answers(run, &block, false, &mut found);
                begin = end;
            }
        }
        found
    }

    /// What was sent without an answer in between, and what comes before anything else is sent; all in one operand where it is `plain`.
    fn answers(&self, run: &[ArrowId], block: &[ArrowId], plain: bool, found: &mut Vec<(ArrowId, ArrowId)>) {
        // What is answered only further down is not answered yet.
        let here = block.first().copied();
        let free = |id: &&ArrowId| self.answered.get(id).is_none_or(|(first, _)| Some(*first) > here);
        let unanswered = run.iter().filter(free).count();
        let mut own: Vec<(ArrowId, ArrowId)> = Vec::new();
        let coming = (!plain).then(|| Coming::new(self.order, block));
        for (index, came) in block.iter().enumerate() {
            let counted = coming.as_ref().map(|coming| coming.count(self.order, block, index));
            let (before, all) = counted.unwrap_or((index, block.len()));
            let mut pool: Vec<ArrowId> = Vec::new();
            if plain && all <= unanswered {
                pool.extend(run.iter().filter(free));
            } else {
                let fits = |id: &&ArrowId| self.possible.may_cause(**id, *came) && self.is_open(**id, *came);
                let fitting: Vec<ArrowId> = run.iter().filter(fits).copied().collect();
                pool.extend(fitting.iter().filter(free));
                if all > pool.len() {
                    pool = fitting;
                }
            }
            // What an answer above it has for itself, which may be of one operand of a `par` alone, is not asked twice.
            let taken = |sent: &ArrowId| {
                let has =
                    |(other, own): &(ArrowId, ArrowId)| own == sent && place(self.order, *other, *came) != Place::Apart;
                !plain && own.iter().any(has)
            };
            let left: Vec<ArrowId> = pool.iter().copied().filter(|sent| !taken(sent)).collect();
            let (before, all) = if plain { (before, all) } else { (0, all - before) };
            let count = left.len();
            let arrow = if all <= count {
                left.get(count - all + before)
            } else if before < count {
                left.get(before)
            } else {
                let last = block[..index].iter().rev().find(|other| place(self.order, **other, *came) != Place::Apart);
                let closed = last.is_some_and(|last| self.index.sends_between(self.order, *last, *came));
                pool.last().filter(|_| !closed)
            };
            own.extend(arrow.map(|arrow| (*came, *arrow)));
        }
        found.extend(own);
    }

    /// Whether a stimulus may still be answered: it has no answer yet, or nothing was sent after that.
    fn is_open(&self, sent: ArrowId, came: ArrowId) -> bool {
        let answer = self.answered.get(&sent).map(|(_, last)| *last).filter(|answer| *answer < came);
        answer.is_none_or(|answer| !self.index.sends_between(self.order, answer, came))
    }
}
