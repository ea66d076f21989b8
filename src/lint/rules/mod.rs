//! The kinds of findings, one file each.
//!
//! SQ116, SQ117 and SQ118 are found by the stages that the run needs them from (`oracle/schedule`, `order/compile`,
//! `wire`), SQ121 by whoever lays scenarios out; their files here say what they mean and how to mend them.

mod sq101;
mod sq102;
mod sq103;
mod sq104;
mod sq105;
mod sq106;
mod sq107;
mod sq108;
mod sq109;
mod sq110;
mod sq111;
mod sq112;
mod sq113;
mod sq114;
mod sq115;
mod sq116;
mod sq117;
mod sq118;
mod sq119;
mod sq120;
mod sq121;

pub(super) use sq119::idle_allowances;
pub(super) use sq120::in_flight;
pub use sq121::finding as picture;

use super::{Finding, Lint, Subject};
use crate::source::Fix;

/// All kinds of findings, by code.
pub const ALL: [&Lint; 21] = [
    &sq101::LINT,
    &sq102::LINT,
    &sq103::LINT,
    &sq104::LINT,
    &sq105::LINT,
    &sq106::LINT,
    &sq107::LINT,
    &sq108::LINT,
    &sq109::LINT,
    &sq110::LINT,
    &sq111::LINT,
    &sq112::LINT,
    &sq113::LINT,
    &sq114::LINT,
    &sq115::LINT,
    &sq116::LINT,
    &sq117::LINT,
    &sq118::LINT,
    &sq119::LINT,
    &sq120::LINT,
    &sq121::LINT,
];

/// Ways to mend what a stage before has found.
pub(super) fn fixes_of_stages(finding: &Finding, subject: &Subject<'_>) -> Vec<Fix> {
    match finding.lint.code {
        "SQ118" => sq118::fixes(finding, subject),
        "SQ119" => sq119::fixes(finding, subject),
        _ => Vec::new(),
    }
}
