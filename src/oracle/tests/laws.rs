//! The laws, by their numbers.

use super::generate::{Shape, diagram};
use super::world::{Dice, is_mixed, judge, plan, play};
use crate::diagram::OrderMode;
use crate::oracle::{Options, Verdict};
use proptest::prelude::*;

const PLAIN: Shape = Shape { clients: 3, depth: 2, distinct: true, choices: false };
const CHOICES: Shape = Shape { clients: 2, depth: 2, distinct: true, choices: true };
const COLLIDING: Shape = Shape { clients: 2, depth: 2, distinct: false, choices: true };

fn options(mode: OrderMode, play: u64) -> Options {
    Options { order: mode, echo: true, play: (play % 7) as u32, ..Options::default() }
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: cases_from_env(),
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    }
}

/// `SEQCHECK_CASES` runs the laws longer than the suite does.
fn cases_from_env() -> u32 {
    std::env::var("SEQCHECK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

proptest! {
    #![proptest_config(cases())]

    /// P01: whatever a server does that behaves as drawn, it passes.
    #[test]
    fn every_linear_extension_passes(drawn in diagram(PLAIN), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, 0), &mut Dice(seed));
        prop_assert_eq!(outcome.verdict, Verdict::Pass, "{:#?}\n{:#?}", outcome, log);
    }

    /// P01, with choices and loops.
    #[test]
    fn every_linear_extension_passes_with_choices(drawn in diagram(CHOICES), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, seed), &mut Dice(seed));
        prop_assert!(matches!(outcome.verdict, Verdict::Pass | Verdict::Inconclusive), "{:#?}\n{:#?}", outcome, log);
    }

    /// P01, with labels that collide.
    #[test]
    fn every_linear_extension_passes_with_collisions(drawn in diagram(COLLIDING), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, seed), &mut Dice(seed));
        prop_assert!(matches!(outcome.verdict, Verdict::Pass | Verdict::Inconclusive), "{:#?}\n{:#?}", outcome, log);
    }

    /// P10: a record judged again has the same verdict, class and line.
    #[test]
    fn a_record_is_judged_the_same(drawn in diagram(COLLIDING), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, seed), &mut Dice(seed));
        let again = judge(&plan, options(OrderMode::Diagram, seed), &log);
        prop_assert_eq!(outcome, again);
    }
}
