//! Values that are made of others: what `[vars]` and `[let]` say with holes. A few lines that name one another many times
//! would be a text that no machine holds, so that how much one value is made of has a limit.

use crate::wire::file::{Draft, Reader};
use crate::wire::pattern::{Made, Recipes, Slots};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeMap;

/// So many names one value is made of: those in its text, and again those of which each of these is made.
const NAMES: usize = 1_000;
/// So many values may be made of one another in a row.
const DEPTH: usize = 64;

/// Refuses what is made of itself, and what is made of too much; neither is left in the draft.
pub(super) fn check(draft: &mut Draft, reader: &mut Reader) {
    let wrong = endless(&draft.recipes);
    for name in &wrong {
        if let Some(at) = draft.made_at.get(name) {
            reader.wrong_help(*at, format!("the value of `{name}` depends on itself"), "use other values in it");
        }
    }
    wrong.iter().for_each(|name| drop(draft.recipes.remove(name)));
    let large = large(&draft.recipes);
    for (name, limit) in &large {
        if let (Some(limit), Some(at)) = (limit, draft.made_at.get(name)) {
            let help = "use fewer values in it, or write the values themselves";
            reader.wrong_help(*at, format!("limit on values that use other values reached: `{name}` {limit}"), help);
        }
    }
    large.keys().for_each(|name| drop(draft.recipes.remove(name)));
}

/// What a value is made of.
fn parts((slots, made): &(Slots, Made)) -> impl Iterator<Item = &str> {
    let holes = made.template.holes();
    let of_holes = holes.flat_map(|hole| hole.slot.into_iter().chain(hole.filters.iter().filter_map(|one| one.key())));
    of_holes.chain(made.filters.iter().filter_map(|filter| filter.key())).map(|slot| &*slots.0[slot].name)
}

/// Those that are made of themselves, by whatever way: that is nothing.
fn endless(recipes: &Recipes) -> Vec<String> {
    let names: Vec<&String> = recipes.keys().collect();
    let mut graph = DiGraph::<&String, ()>::new();
    let nodes: BTreeMap<&str, NodeIndex> = names.iter().map(|name| (name.as_str(), graph.add_node(name))).collect();
    for (name, recipe) in recipes {
        for part in parts(recipe).filter_map(|part| nodes.get(part)) {
            graph.add_edge(nodes[name.as_str()], *part, ());
        }
    }
    // Circles, and what names itself. (Tarjan's way would go down as deep as the values are.)
    let circles = kosaraju_scc(&graph).into_iter();
    let circles = circles.filter(|nodes| nodes.len() > 1 || graph.contains_edge(nodes[0], nodes[0]));
    let mut endless: Vec<String> = circles.flatten().map(|node| graph[node].clone()).collect();
    endless.sort();
    endless
}

/// Those that are made of too much, each with the limit where none of its parts has reached it. None is made of itself.
fn large(recipes: &Recipes) -> BTreeMap<String, Option<String>> {
    let mut sizes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for name in recipes.keys() {
        let mut open: Vec<(&str, bool)> = vec![(name, false)];
        while let Some((name, is_counted)) = open.pop() {
            let Some(recipe) = recipes.get(name).filter(|_| !sizes.contains_key(name)) else { continue };
            if is_counted {
                let (mut names, mut depth) = (0_usize, 0);
                for part in parts(recipe) {
                    let (more, deeper) = sizes.get(part).copied().unwrap_or_default();
                    (names, depth) = (names.saturating_add(more).saturating_add(1), depth.max(deeper));
                }
                sizes.insert(name, (names, depth + 1));
            } else {
                open.push((name, true));
                open.extend(parts(recipe).map(|part| (part, false)));
            }
        }
    }
    let over = |name: &str| {
        let (names, depth) = sizes.get(name).copied().unwrap_or_default();
        match (names > NAMES, depth > DEPTH) {
            (true, _) => Some(format!("uses more than {NAMES} names")),
            (false, true) => Some(format!("is nested more than {DEPTH} values deep")),
            (false, false) => None,
        }
    };
    let told = |(name, recipe): (&String, _)| {
        let limit = over(name)?;
        let first = parts(recipe).all(|part| over(part).is_none());
        Some((name.clone(), first.then_some(limit)))
    };
    recipes.iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use crate::source::{Source, Sources};
    use crate::wire::Binding;

    /// What is wrong with a binding of these variables, the first of which a rule sends.
    fn problems(vars: &str) -> Vec<String> {
        let rule = "[[rule]]\nlabel = \"x\"\nclient = { a = \"{v0}\" }\nserver = { a = \"{v0}\" }\n";
        let mut sources = Sources::new();
        let id = sources.add(Source::new("b.toml", format!("extends = \"chat\"\n[vars]\n{vars}{rule}")));
        match Binding::parse(&mut sources, id) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_iter().map(|problem| problem.message).collect(),
        }
    }

    fn chain(length: usize, times: usize) -> String {
        let text = |at: usize| format!("v{at} = \"{}\"\n", format!("{{v{}}}", at + 1).repeat(times));
        (0..length).map(text).collect::<String>() + &format!("v{length} = \"a\"\n")
    }

    #[test]
    fn a_value_is_made_of_so_many_others_and_no_more_and_the_limit_is_named_once() {
        assert!(problems(&chain(5, 3)).is_empty());
        assert!(problems(&chain(63, 1)).is_empty());
        // 3 + 9 + 27 + … names; only the value that is the first to have too many is told.
        let told = problems(&chain(40, 3));
        assert_eq!(told, ["limit on values that use other values reached: `v34` uses more than 1000 names"]);
        let told = problems(&chain(200, 1));
        assert_eq!(told, ["limit on values that use other values reached: `v135` is nested more than 64 values deep"]);
        assert_eq!(problems(&chain(50_000, 1)).len(), 1);
    }

    #[test]
    fn what_is_made_of_itself_through_the_key_of_a_filter_is_made_of_nothing() {
        let told = problems("v0 = \"{x|hmac-sha256:k}\"\nk = \"{v0}\"\nx = \"a\"\n");
        assert!(told.iter().any(|told| told.contains("depends on itself")), "{told:?}");
    }
}
