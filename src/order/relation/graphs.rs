//! Two questions to small graphs.

use petgraph::algo::{maximum_matching, tarjan_scc};
use petgraph::graph::{DiGraph, UnGraph};

/// For each of `count` nodes the number of its strongly connected component: two nodes with the same number reach each
/// other along the edges.
pub fn components(count: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    let mut graph = DiGraph::<(), ()>::with_capacity(count, edges.len());
    let nodes: Vec<_> = (0..count).map(|_| graph.add_node(())).collect();
    for (from, to) in edges {
        graph.add_edge(nodes[*from as usize], nodes[*to as usize], ());
    }
    let mut component = vec![0; count];
    for (number, members) in tarjan_scc(&graph).into_iter().enumerate() {
        members.into_iter().for_each(|node| component[node.index()] = number as u32);
    }
    component
}

/// How many of `count` events may happen side by side at most: the width of an order, given all its pairs (Dilworth's
/// theorem: count less a maximum matching of the pairs).
pub fn width(count: usize, pairs: &[(u32, u32)]) -> usize {
    let mut graph = UnGraph::<(), ()>::with_capacity(count * 2, pairs.len());
    let nodes: Vec<_> = (0..count * 2).map(|_| graph.add_node(())).collect();
    for (before, after) in pairs {
        graph.add_edge(nodes[*before as usize], nodes[count + *after as usize], ());
    }
    count - maximum_matching(&graph).len()
}
