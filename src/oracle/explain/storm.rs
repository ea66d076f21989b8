//! A client that dials or asks over and over again: one finding with the count, and the first ones as they are.

use crate::oracle::judge::Oracle;
use crate::oracle::verdict::Finding;
use crate::order::{ArrowId, LifelineId};
use crate::wire::Observed;
use rustc_hash::FxHashMap;

/// So many of the same are told one by one.
const SHOWN: usize = 3;

/// What was done, by whom, instead of what: of findings that agree in this, each says the same.
type Same<'a> = (&'static str, Option<ArrowId>, LifelineId, &'a str, &'a str);

/// Folds them, in their order.
pub(super) fn folded(oracle: &Oracle, findings: Vec<Finding>) -> Vec<Finding> {
    let mut counts: FxHashMap<Same<'_>, usize> = FxHashMap::default();
    for same in findings.iter().filter_map(|finding| same(oracle, finding)) {
        *counts.entry(same).or_default() += 1;
    }
    counts.retain(|_, count| *count > SHOWN);
    let mut told: FxHashMap<Same<'_>, usize> = FxHashMap::default();
    let mut kept = Vec::with_capacity(findings.len());
    for mut finding in findings {
        let storm = same(oracle, &finding).and_then(|same| Some((same, *counts.get(&same)?)));
        if let Some((same, count)) = storm {
            let told = told.entry(same).or_default();
            *told += 1;
            match *told {
                1 => finding.what = what(oracle, &same, count),
                2..=SHOWN => {}
                _ => continue,
            }
        }
        kept.push(finding);
    }
    kept
}

fn same<'a>(oracle: &'a Oracle, finding: &Finding) -> Option<Same<'a>> {
    let came = oracle.record.entries.get(finding.entry?)?.event.received()?;
    let from = LifelineId(came.from);
    let stands = finding.arrow.or(finding.related);
    match came.observed {
        Observed::Dialled { url, .. } => Some((finding.class.word(), stands, from, "", url)),
        Observed::Asked { method, url, .. } => Some((finding.class.word(), stands, from, method, url)),
        Observed::Message(_)
        | Observed::Garbled { .. }
        | Observed::Status { .. }
        | Observed::Event { .. }
        | Observed::Close { .. }
        | Observed::End { .. } => None,
    }
}

fn what(oracle: &Oracle, (_, _, client, method, url): &Same<'_>, count: usize) -> String {
    let name = &oracle.plan.order.lifeline(*client).name;
    match *method {
        "" => format!("{name} connected {count} times before the verdict, but these connections are not drawn: {url}"),
        method => format!("{name} sent a request {count} times before the verdict that is not drawn: {method} {url}"),
    }
}
