//! SQ101: what is drawn in an order that nobody keeps.

use crate::diagram::{OrderMode, Setting};
use crate::lint::facts::Facts;
use crate::lint::races::Cause;
use crate::lint::words::{count, lines};
use crate::lint::{Bears, Finding, Lint, hand};
use crate::order::relation::Point;
use crate::order::{ArrowId, Word};
use crate::source::{Fix, Severity};
use crate::wire::Channel;

pub const LINT: Lint = Lint {
    code: "SQ101",
    name: "race",
    severity: Severity::Warning,
    about: "the diagram draws two messages in an order that nothing enforces",
    why: "A diagram is read from top to bottom, but separate connections have no common order. The messages of two \
          clients reach the server in any order, unless a chain of messages leads from one to the other. In a test, \
          seqcheck waits, so that the drawn order happens and the result is the same each time. In production, \
          nobody waits: the messages below the race may come in another order, or never.\n\n\
          There are three solutions. Enforce the order: draw a message that the later client waits for. Or draw that \
          the order does not matter: use `par`, `opt` or `alt`. Or declare that only the test keeps the order: use \
          `#@ depends`. A race between clients that only connect and receive only their own answers is reported as a \
          note, because both orders have the same result.",
    theory: "A race condition of message sequence charts: R. Alur, G. J. Holzmann, D. Peled, *An analyzer for message \
             sequence charts*, TACAS 1996.",
    bears: Bears::Order,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    facts.races.causes.iter().filter_map(|cause| one(facts, cause)).collect()
}

fn one(facts: &Facts<'_>, cause: &Cause) -> Option<Finding> {
    let late = cause.late;
    // What is drawn at one height has no order among itself, nor with what follows from a part of it.
    let apart: Vec<Point> = cause.nearest.iter().copied().filter(|point| !facts.at_one_height(*point)).collect();
    let early = facts.earlier(&apart)?;
    let early_arrow = early.arrow()?;
    let harmless = is_harmless(facts, cause);
    let mut diagnostic = LINT.diagnostic(format!(
        "nothing ensures that {} comes before {}",
        facts.clause(early),
        facts.clause(Point::Receive(late))
    ));
    if let Point::Send(_) = early {
        diagnostic.message = format!("{} may come before {}", facts.clause(Point::Receive(late)), facts.clause(early));
    }
    if harmless {
        diagnostic.severity = Severity::Note;
    }
    let (sender, line) = (facts.sender(late), facts.line(late));
    let since = match facts.own[late.0 as usize] {
        Some(own) => format!("{sender} may send this as soon as line {} is complete", facts.line(own)),
        None => format!("{sender} may send this at any time"),
    };
    diagnostic = diagnostic.at(facts.order.arrow(late).span, since);
    let others = facts.order.arrow(early_arrow);
    diagnostic = diagnostic.see(others.span, "drawn before it");
    let answers = facts.answers.get(&late).map_or(&[][..], Vec::as_slice);
    let touched = clients(facts, &cause.nearest);
    let receives = answers.iter().find(|id| facts.client(**id).is_some_and(|client| touched.contains(&client)));
    // A frame that is late itself may never come; else what follows from the message that came too soon.
    let late_frame = matches!(early, Point::Send(_)).then_some(early_arrow);
    let hurt = receives.or(answers.first()).copied().filter(|_| !harmless && late_frame.is_none());
    if let Some(id) = hurt {
        let text = match receives {
            Some(_) => format!("{} receives this only if line {} came first", facts.receiver(id), others.line),
            None => "this follows from it".to_owned(),
        };
        diagnostic = diagnostic.see(facts.order.arrow(id).span, text);
    }
    diagnostic = diagnostic.with_note(this_run(facts, late, &cause.nearest));
    diagnostic = diagnostic.with_note(match (harmless, hurt) {
        (true, _) => {
            "production: both orders have the same result, because each client receives only its own answer".to_owned()
        }
        (false, None) if late_frame.is_some() && facts.is_stimulus(late) => format!(
            "production: if {sender} is faster, line {} may never happen, and {} waits for ever",
            others.line,
            facts.receiver(early_arrow)
        ),
        (false, Some(id)) if receives.is_some() => format!(
            "production: if {sender} is faster, line {} may never happen, and {} waits for ever",
            facts.line(id),
            facts.receiver(id)
        ),
        (false, _) => format!("production: if {sender} is faster, line {line} comes first"),
    });
    if cause.pairs > 1 {
        let all: Vec<u32> = cause.nearest.iter().filter_map(|point| point.arrow()).map(|id| facts.line(id)).collect();
        diagnostic =
            diagnostic.with_note(format!("{}: line {line} with {}", count(cause.pairs, "such pair"), lines(all)));
    }
    let mut arrows = vec![late];
    arrows.extend(cause.nearest.iter().filter_map(|point| point.arrow()));
    arrows.extend(hurt);
    let mut finding = Finding::new(&LINT, diagnostic, arrows);
    for fix in fixes(facts, cause, harmless).into_iter().take(3) {
        finding = finding.with_fix(fix, facts.subject.sources);
    }
    finding.diagnostic.notes.push("see seqcheck explain SQ101".to_owned());
    Some(finding)
}

/// What the run does about it.
fn this_run(facts: &Facts<'_>, late: ArrowId, nearest: &[Point]) -> String {
    let line = facts.line(late);
    if !facts.is_stimulus(late) {
        return format!("this run: line {line} is accepted at any time");
    }
    let plan = facts.plan.planned(late);
    if !plan.blind.is_empty() || !(plan.unconfirmed.is_empty() || facts.subject.echo) {
        return format!(
            "this run: line {line} is sent in the order of the text, and nothing confirms that this order is kept"
        );
    }
    match facts.subject.mode {
        OrderMode::Diagram => match nearest.first().and_then(|point| point.arrow()) {
            Some(id) if facts.is_stimulus(id) => {
                format!(
                    "this run: line {line} waits until the server has answered an echo of {} after line {}",
                    facts.sender(id),
                    facts.line(id)
                )
            }
            Some(id) => format!(
                "this run: line {line} waits until {} has received line {}, so the result is reproducible",
                facts.receiver(id),
                facts.line(id)
            ),
            None => format!("this run: line {line} waits for the messages that are drawn above it"),
        },
        mode @ (OrderMode::Local | OrderMode::Burst) => {
            format!("this run: `order {}` does not wait, so this may happen in the run too", mode.word())
        }
    }
}

fn clients(facts: &Facts<'_>, events: &[Point]) -> Vec<crate::order::LifelineId> {
    events.iter().filter_map(|point| facts.client(point.arrow()?)).collect()
}

/// Clients that only connect, each with its own answers: either order gives the same.
fn is_harmless(facts: &Facts<'_>, cause: &Cause) -> bool {
    let connects = |id: ArrowId| {
        let streams = || facts.word(id) == Word::Request && facts.plan.planned(id).channel == Channel::Events;
        facts.is_stimulus(id) && (facts.word(id) == Word::Connect || streams())
    };
    let own_answers = |id: ArrowId| {
        let answers = facts.answers.get(&id).map_or(&[][..], Vec::as_slice);
        answers.iter().all(|answer| facts.client(*answer) == facts.client(id))
    };
    let at_home = |id: ArrowId| connects(id) && own_answers(id);
    if cause.pairs != cause.nearest.len() as u64 || !at_home(cause.late) {
        return false;
    }
    cause.nearest.iter().all(|point| match point {
        Point::Receive(id) => at_home(*id),
        // An answer to a connection that is itself one of those raced with.
        Point::Send(id) => cause.nearest.iter().any(|other| match other {
            Point::Receive(asked) => facts.answers.get(asked).is_some_and(|answers| answers.contains(id)),
            Point::Send(_) | Point::Join | Point::Meet(_) => false,
        }),
        Point::Join | Point::Meet(_) => false,
    })
}

fn fixes(facts: &Facts<'_>, cause: &Cause, harmless: bool) -> Vec<Fix> {
    let late = facts.order.arrow(cause.late);
    let (sources, hand) = (facts.subject.sources, facts.subject.hand);
    if !facts.is_stimulus(cause.late) || !hand::own_line(sources, late) {
        return Vec::new();
    }
    if harmless {
        return side_by_side(facts, cause).into_iter().collect();
    }
    let mut fixes = Vec::new();
    let witness = cause.nearest.first().and_then(|point| point.arrow()).filter(|id| !facts.is_stimulus(*id));
    if let Some(seen) = witness {
        if let Some(lines) = exchange(facts, cause.late, seen) {
            let above = hand::above(sources, late.span, &lines);
            let title = format!("insert above line {}, to enforce the order", late.line);
            fixes.push(Fix { title, edits: vec![above], safe: false });
        }
        if facts.comes_with(seen, cause.late) {
            let words = hand.directive(&format!("depends {}", facts.order.arrow(seen).number));
            let edits = vec![hand::above(sources, late.span, &[words])];
            let title = format!("insert above line {}, to let only this run keep the order", late.line);
            fixes.push(Fix { title, edits, safe: false });
        }
    }
    fixes
}

/// A message from the one who has seen it to the one who must not be too early: one that the diagram has, or the late
/// one itself with the names swapped.
fn exchange(facts: &Facts<'_>, late: ArrowId, seen: ArrowId) -> Option<Vec<String>> {
    let (client, server) = facts.plan.client(late)?;
    let (other, _) = facts.plan.client(seen)?;
    // Where time passes, a message may have consequences that nobody drew.
    if client == other || facts.word(late) == Word::Connect || facts.timed {
        return None;
    }
    let (name, other_name) = (facts.name(client), facts.name(other));
    let hand = facts.subject.hand;
    let swapped = |label: &str| swap(label, name, other_name);
    let answer_at = |id: ArrowId, at| {
        facts.answers.get(&id).into_iter().flatten().copied().find(|answer| facts.client(*answer) == Some(at))
    };
    let pair = |from: &str, to: &str, ask: &str, answer: &str| {
        vec![hand.arrow(from, facts.name(server), ask), hand.arrow(facts.name(server), to, answer)]
    };
    // What was asked and answered above.
    let known = facts.exchanges.get(&(other, client)).filter(|(ask, _)| *ask < late);
    if let Some((ask, answer)) = known.copied() {
        return Some(pair(other_name, name, &facts.order.arrow(ask).label, &facts.order.arrow(answer).label));
    }
    // Else the late message itself with the names swapped, where it is said once and answered once.
    let (ask, answer) = (&facts.order.arrow(late).label, answer_at(late, other)?);
    let once = facts.labels.get(&**ask) == Some(&1) && facts.answers.get(&late).is_some_and(|all| all.len() == 1);
    let plain = facts.word(late) == Word::Message && !facts.named(late) && !facts.named(answer);
    let settles = facts.subject.diagram.settings.iter().any(|setting| matches!(setting, Setting::Settle(..)));
    let answer = &facts.order.arrow(answer).label;
    (once && plain && !settles).then(|| pair(other_name, name, &swapped(ask), &swapped(answer)))
}

/// A text in which two names have changed places, also in lower case.
fn swap(text: &str, one: &str, other: &str) -> String {
    let (low_one, low_other) = (one.to_lowercase(), other.to_lowercase());
    let pairs = [(one, other), (other, one), (&*low_one, &*low_other), (&*low_other, &*low_one)];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    'text: while let Some(first) = rest.chars().next() {
        for (from, to) in pairs {
            if let Some(after) = rest.strip_prefix(from).filter(|_| !from.is_empty()) {
                out.push_str(to);
                rest = after;
                continue 'text;
            }
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// Two exchanges side by side.
fn side_by_side(facts: &Facts<'_>, cause: &Cause) -> Option<Fix> {
    let (sources, hand) = (facts.subject.sources, facts.subject.hand);
    let first = cause.nearest.iter().filter_map(|point| point.arrow()).min()?;
    let last = facts.answers.get(&cause.late).and_then(|answers| answers.last().copied()).unwrap_or(cause.late);
    let all: Vec<_> = (first.0..=last.0).map(|id| facts.order.arrow(ArrowId(id))).collect();
    let (top, middle, bottom) = (facts.order.arrow(first), facts.order.arrow(cause.late), facts.order.arrow(last));
    let fits = |arrow: &&crate::order::Arrow| {
        arrow.inside == top.inside && arrow.traits.is_plain() && hand::own_line(sources, arrow)
    };
    if !all.iter().all(fits) || bottom.line - top.line + 1 != all.len() as u32 {
        return None;
    }
    let edits = vec![
        hand::above(sources, top.span, &["par".to_owned()]),
        hand::above(sources, middle.span, &[hand.and().to_owned()]),
        hand::below(sources, bottom.span, &["end".to_owned()]),
    ];
    let title = format!("insert around lines {} to {}, to draw them in parallel", top.line, bottom.line);
    Some(Fix { title, edits, safe: false })
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_change_places() {
        assert_eq!(super::swap("user:alice joined by Bob", "Alice", "Bob"), "user:bob joined by Alice");
        assert_eq!(super::swap("ä Al", "Al", "ä"), "Al ä");
    }
}
