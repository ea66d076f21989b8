//! That explaining is bounded for loops in loops: counted in what is kept, and not in time.
#![allow(clippy::print_stdout, reason = "tests tell what they counted")]

use super::explain::{heard, one_client, says};
use super::generate::{Sketch, fragment};
use super::world::{Dice, judge, plan, told};
use crate::diagram::{Diagram, FragmentKind, Item, OrderMode, Turns};
use crate::oracle::{Options, Verdict, explain};

/// Steps of the searches here: few, so that what is not counted shows.
const STEPS: u64 = 4_000;
/// What may be kept for one step: a few ways on, and [`explain`]'s parts of a step.
const KEPT: usize = 16;

fn many(min: u32, max: impl Into<Option<u32>>, body: Vec<Item>) -> Item {
    fragment(FragmentKind::Loop(Turns::Between { min, max: max.into() }), vec![body])
}

fn alt(operands: Vec<Vec<Item>>) -> Item {
    fragment(FragmentKind::Alt, operands)
}

fn par(operands: Vec<Vec<Item>>) -> Item {
    fragment(FragmentKind::Par, operands)
}

fn opt(body: Vec<Item>) -> Item {
    fragment(FragmentKind::Opt, vec![body])
}

fn leave(body: Vec<Item>) -> Item {
    fragment(FragmentKind::Break, vec![body])
}

/// Messages, one a letter.
fn say(word: &str) -> Vec<Item> {
    says(letters(word).iter().map(String::as_str))
}

fn letters(word: &str) -> Vec<String> {
    word.chars().map(String::from).collect()
}

fn body(parts: impl IntoIterator<Item = Vec<Item>>) -> Vec<Item> {
    parts.into_iter().flatten().collect()
}

/// The cost of the best explanation of what was heard, none where that is as drawn; what it keeps is bounded.
fn cost(drawn: &Diagram, word: &str) -> Option<usize> {
    let letters = letters(word);
    let record = heard(letters.iter().map(String::as_str));
    let plan = plan(drawn, OrderMode::Diagram);
    let (least, kept) = explain::kept_within(&mut told(&plan, Options::default(), &record), STEPS);
    assert!(kept <= KEPT * STEPS as usize, "{kept} kept for {word} in {:?}", Sketch(drawn.clone()));
    let outcome = judge(&plan, Options::default(), &record);
    match outcome.verdict {
        Verdict::Pass => None,
        Verdict::Fail => Some(least),
        // More readings, or turns in silence, than are followed: the documented limits of judging, not of explaining.
        Verdict::Error
            if outcome.trouble.as_ref().is_some_and(|trouble| matches!(trouble.kind, "limit" | "ambiguous")) =>
        {
            Some(least)
        }
        Verdict::Error | Verdict::Inconclusive => panic!("{word} in {:?}: {outcome:#?}", Sketch(drawn.clone())),
    }
}

#[test]
fn a_loop_with_options_in_a_loop_is_explained_within_the_steps() {
    let turn = || body([say("d"), vec![opt(say("b"))]]);
    let pairs = || body([vec![par(vec![say("c"), say("d")])], vec![opt(say("b"))]]);
    let (mut told, mut wanted) = (Vec::new(), Vec::new());
    for (name, drawn, word, expected) in [
        ("empty turns of both", vec![many(0, 5, vec![many(0, 5, say("d"))])], "ddx", 1),
        ("unbounded", vec![many(0, None, vec![many(0, None, say("d"))])], "dx", 1),
        ("turns that must be", vec![many(1, 3, vec![many(2, 2, turn())])], "ddd", 1),
        ("pairs", vec![many(1, 3, vec![many(2, 2, pairs())])], "cddcdb", 1),
        ("one or two", vec![many(1, 3, vec![many(1, 2, body([say("dc"), vec![opt(say("b"))]]))])], "dcd", 1),
    ] {
        told.push((name, cost(&one_client(drawn), word)));
        wanted.push((name, Some(expected)));
    }
    assert_eq!(told, wanted);
}

#[test]
fn a_loop_that_the_reading_had_begun_keeps_its_most() {
    let turn = body([vec![many(0, 1, say("cb"))], vec![alt(vec![say("dd"), say("a")])]]);
    let drawn = one_client(body([vec![alt(vec![Vec::new(), say("c")])], vec![many(0, 2, turn)]]));
    assert_eq!(cost(&drawn, "bca"), Some(1));
    assert_eq!(cost(&one_client(vec![many(0, 2, say("a"))]), "aaaa"), Some(2));
}

#[test]
fn loops_and_breaks_inside_one_another_are_explained_within_the_steps() {
    let first = many(2, 2, body([vec![par(vec![say("c"), say("d")])], vec![opt(say("b"))]]));
    let second = many(0, 2, body([vec![par(vec![say("ab"), say("dd")])], vec![opt(say("a"))]]));
    let inner = many(1, 3, body([say("a"), vec![leave(say("dc"))]]));
    let third = many(1, 3, vec![opt(vec![inner])]);
    let last = many(0, 1, body([say("d"), vec![leave(say("bb"))]]));
    let drawn = body([vec![many(1, 3, vec![first, second, third])], vec![last], say("a")]);
    assert!(cost(&one_client(drawn), "dcdbda").is_some());
}

#[test]
fn loops_that_demand_more_than_can_be_laid_out_are_explained_in_part() {
    let turns = |body| vec![many(60, 60, body)];
    let drawn = one_client(turns(turns(turns(say("a")))));
    let plan = plan(&drawn, OrderMode::Diagram);
    let outcome = judge(&plan, Options::default(), &heard(["a", "b", "a"]));
    assert_eq!((outcome.verdict, outcome.fallback), (Verdict::Fail, true));
}

/// Blocks of everything that a client may hear, to some depth.
fn drawn(dice: &mut Dice, depth: usize) -> Vec<Item> {
    let count = 1 + dice.roll(2);
    let some = |dice: &mut Dice| {
        if depth == 0 || dice.roll(5) == 0 {
            let word: String = (0..1 + dice.roll(2)).map(|_| ["a", "b", "c", "d"][dice.roll(4)]).collect();
            return say(&word);
        }
        let inner = |dice: &mut Dice| drawn(dice, depth - 1);
        let min = dice.roll(3) as u32;
        let max = [Some(min + dice.roll(3) as u32), None][usize::from(dice.roll(4) == 0)];
        vec![match dice.roll(7) {
            0 => alt(vec![inner(dice), inner(dice)]),
            1 => alt(vec![Vec::new(), inner(dice)]),
            2 => opt(inner(dice)),
            3 => par(vec![inner(dice), inner(dice)]),
            _ => many(min, max.map(|max| max.max(1)), inner(dice)),
        }]
    };
    (0..count).flat_map(|_| some(dice)).collect()
}

#[test]
fn whatever_is_drawn_in_loops_is_explained_within_the_steps() {
    let mut failed = 0;
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let drawn = one_client(drawn(&mut dice, 3));
        let word: String = (0..1 + dice.roll(6)).map(|_| ["a", "b", "c", "d"][dice.roll(4)]).collect();
        failed += usize::from(cost(&drawn, &word).is_some());
    }
    println!("{failed} of 400 were explained");
    assert!(failed > 100, "{failed}");
}
