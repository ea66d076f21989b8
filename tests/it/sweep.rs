//! Sweeps over all pairs of a scenario and a variant: `cargo test` plays a share of them. `SEQCHECK_SWEEP=all` plays all, as
//! does whoever asks for more seeds.

/// One pair of so many is played by `cargo test`.
const SHARE: usize = 5;

/// What asks for all pairs by being set.
const WHOLE: [&str; 3] = ["SEQCHECK_SWEEP", "SEQCHECK_SEEDS", "SEQCHECK_ORDER_SEEDS"];

/// Whether the pair of the `row`th variant and the `column`th scenario is played. Every variant and every scenario is in a
/// pair that is.
pub fn is_played(row: usize, column: usize) -> bool {
    (row + column).is_multiple_of(SHARE) || is_whole()
}

/// Whether all pairs are played.
pub fn is_whole() -> bool {
    WHOLE.iter().any(|variable| std::env::var_os(variable).is_some())
}
