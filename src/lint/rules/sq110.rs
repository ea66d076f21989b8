//! SQ110: a run that nobody has drawn, and that each lifeline alone believes in. Only with `--deep`.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::order::{ArrowId, Block, Fragment, FragmentId, Kind, LifelineId, Node, Order};
use crate::source::{Diagnostic, Severity};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const LINT: Lint = Lint {
    code: "SQ110",
    name: "implied scenario",
    severity: Severity::Warning,
    about: "lifelines may follow different branches, and the result is a run that no branch draws",
    why: "Each lifeline sees only its own messages. The messages of Alice may fit one branch, and the messages of \
          Bob another. If everything that is sent is also received, the diagram implies a run that none of its \
          branches draws. An implementation that follows the diagram lifeline by lifeline (which is the usual way) \
          can do this.\n\n\
          If this run is correct, draw it as one more branch. If it is not, draw a message that tells each lifeline \
          which branch is taken.\n\n\
          Only `--deep` looks for implied scenarios, in diagrams of choices (loops once, no `par`), up to 64 runs of \
          400 messages and 4,096 mixes of branches. If there are more, a note says so. At most ten are reported, one \
          for each choice.",
    theory: "An implied scenario: R. Alur, K. Etessami, M. Yannakakis, *Inference of message sequence charts*, ICSE 2000.",
    bears: Bears::Branch,
    find,
};

/// At most so many runs are told apart.
const RUNS: usize = 64;
/// At most so many mixes of what lifelines believe are tried.
const MIXES: usize = 4096;
/// At most so many arrows in a run.
const ARROWS: usize = 400;
/// At most so many are told.
const TOLD: usize = 10;

/// What was chosen, and what happens then.
#[derive(Clone, Debug, Default)]
struct Run {
    chosen: Vec<(FragmentId, u32)>,
    arrows: Vec<ArrowId>,
}

/// What a lifeline does: sends and receives, with the other end and the label.
type View = Vec<(bool, LifelineId, std::sync::Arc<str>)>;

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let order = facts.order;
    let suits = order.fragments.iter().all(|fragment| fragment.kind != Kind::Par);
    if !facts.subject.deep || !suits {
        return Vec::new();
    }
    let Some(runs) = runs(order, &order.root, vec![Run::default()]) else {
        return unsearched(facts, format!("more than {RUNS} runs, or {ARROWS} messages in one"));
    };
    if runs.len() < 2 {
        return Vec::new();
    }
    let lifelines: Vec<LifelineId> = (0..order.lifelines.len() as u32).map(LifelineId).collect();
    // What each lifeline may believe: its own part of each run, each once, with the run in which it stands.
    let views: Vec<Vec<(View, usize)>> = lifelines
        .iter()
        .map(|lifeline| {
            let mut own: Vec<(View, usize)> = Vec::new();
            for (index, run) in runs.iter().enumerate() {
                let view = view(order, run, *lifeline);
                if !own.iter().any(|(known, _)| *known == view) {
                    own.push((view, index));
                }
            }
            own
        })
        .collect();
    let drawn: BTreeSet<Vec<View>> =
        runs.iter().map(|run| lifelines.iter().map(|lifeline| view(order, run, *lifeline)).collect()).collect();
    let mut pick = vec![0usize; lifelines.len()];
    let mut found: Vec<Finding> = Vec::new();
    for _ in 0..MIXES {
        let mix: Vec<View> = pick.iter().zip(&views).map(|(at, own)| own[*at].0.clone()).collect();
        if !drawn.contains(&mix) && completes(&mix) {
            let believed: Vec<usize> = pick.iter().zip(&views).map(|(at, own)| own[*at].1).collect();
            // Who believes what of one choice may be turned round: that is the same again.
            let new = |one: &Finding| found.iter().all(|known| known.fragment != one.fragment);
            let one = one(facts, &runs, &believed, &views).filter(new);
            found.extend(one);
            if found.len() == TOLD {
                return found;
            }
        }
        let Some(next) = (0..pick.len()).find(|at| pick[*at] + 1 < views[*at].len()) else { return found };
        pick[next] += 1;
        pick[..next].fill(0);
    }
    found.extend(unsearched(facts, format!("more than {MIXES} mixes of branches")));
    found
}

/// There was more to look through than is looked through.
fn unsearched(facts: &Facts<'_>, what: String) -> Vec<Finding> {
    let choice = facts.fragments().find(|(_, fragment)| matches!(fragment.kind, Kind::Choice(_)));
    let finding = |(id, fragment): (FragmentId, &Fragment)| {
        let diagnostic = Diagnostic::note(LINT.code, format!("{what}: not all of them were checked"))
            .at(fragment.span, "the first choice")
            .with_help("split the diagram, so that fewer choices follow one another");
        Finding::new(&LINT, diagnostic, Vec::new()).of_fragment(id)
    };
    choice.map(finding).into_iter().collect()
}

fn runs(order: &Order, block: &Block, mut open: Vec<Run>) -> Option<Vec<Run>> {
    for node in block {
        match node {
            Node::Arrow(id) if order.arrow(*id).traits.never => {}
            Node::Arrow(id) => open.iter_mut().for_each(|run| run.arrows.push(*id)),
            Node::Fragment(id) => {
                let fragment = order.fragment(*id);
                if matches!(fragment.kind, Kind::Choice(_)) {
                    let mut all = Vec::new();
                    for (index, operand) in fragment.operands.iter().enumerate() {
                        let mut taken = open.clone();
                        taken.iter_mut().for_each(|run| run.chosen.push((*id, index as u32)));
                        all.extend(runs(order, &operand.body, taken)?);
                    }
                    open = all;
                } else {
                    for operand in &fragment.operands {
                        open = runs(order, &operand.body, open)?;
                    }
                }
            }
        }
        if open.len() > RUNS || open.iter().any(|run| run.arrows.len() > ARROWS) {
            return None;
        }
    }
    Some(open)
}

fn view(order: &Order, run: &Run, lifeline: LifelineId) -> View {
    let mut view = View::new();
    for id in &run.arrows {
        let arrow = order.arrow(*id);
        let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { continue };
        if from == to {
            continue;
        }
        if from == lifeline {
            view.push((true, to, arrow.label.clone()));
        } else if to == lifeline {
            view.push((false, from, arrow.label.clone()));
        }
    }
    view
}

/// Whether all lifelines come to their ends and everything that is sent is received, first in, first out.
fn completes(mix: &[View]) -> bool {
    let mut at = vec![0; mix.len()];
    let mut wires: BTreeMap<(usize, usize), VecDeque<&str>> = BTreeMap::new();
    loop {
        let mut moved = false;
        for (own, view) in mix.iter().enumerate() {
            while let Some((sends, other, label)) = view.get(at[own]) {
                let other = other.0 as usize;
                if *sends {
                    wires.entry((own, other)).or_default().push_back(label);
                } else {
                    let Some(wire) = wires.get_mut(&(other, own)).filter(|wire| wire.front() == Some(&&**label)) else {
                        break;
                    };
                    wire.pop_front();
                }
                at[own] += 1;
                moved = true;
            }
        }
        if !moved {
            let ended = mix.iter().zip(&at).all(|(view, at)| *at == view.len());
            return ended && wires.values().all(VecDeque::is_empty);
        }
    }
}

fn one(facts: &Facts<'_>, runs: &[Run], believed: &[usize], views: &[Vec<(View, usize)>]) -> Option<Finding> {
    // Two lifelines that are told apart by a choice and believe in different operands of it.
    let holds = |at: usize| views[at].len() > 1;
    let who: Vec<usize> = (0..believed.len()).filter(|at| holds(*at)).collect();
    let (first, second) = who.iter().flat_map(|a| who.iter().map(move |b| (*a, *b))).find(|(a, b)| {
        a < b && believed[*a] != believed[*b] && runs[believed[*a]].chosen != runs[believed[*b]].chosen
    })?;
    let (one, other) = (&runs[believed[first]], &runs[believed[second]]);
    let (choice, operand) = one.chosen.iter().copied().find(|taken| !other.chosen.contains(taken))?;
    let fragment = facts.order.fragment(choice);
    let taken = other.chosen.iter().find(|(id, _)| *id == choice).map(|(_, operand)| *operand);
    let name = |at: usize| facts.order.lifelines[at].name.to_string();
    let branch = |operand: u32| format!("alternative {}", operand + 1);
    let diagnostic = LINT
        .diagnostic(format!(
            "{} may follow {} of line {} and {} {}, and all messages fit",
            name(first),
            branch(operand),
            fragment.line,
            name(second),
            taken.map_or_else(|| "none".to_owned(), branch)
        ))
        .at(fragment.span, "no message tells both of them which alternative is taken")
        .with_note("this run: plays only the drawn alternatives, never this mix")
        .with_note("production: each side follows its own alternative, and the result is not drawn anywhere")
        .with_help(
            "draw this result as another alternative, or draw a message that tells both sides which alternative is \
             taken",
        )
        .with_note("see seqcheck explain SQ110");
    Some(Finding::new(&LINT, diagnostic, Vec::new()).of_fragment(choice))
}
