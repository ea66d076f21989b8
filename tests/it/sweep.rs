//! Sweeps over all pairs of a scenario and a variant: `cargo test` plays a share of them, `SEQCHECK_SWEEP=all` plays all.

/// One pair of so many is played by `cargo test`.
const SHARE: usize = 3;

/// Whether the pair of the `row`th variant and the `column`th scenario is played. Every variant and every scenario is in a
/// pair that is.
pub fn is_played(row: usize, column: usize) -> bool {
    std::env::var("SEQCHECK_SWEEP").is_ok_and(|word| word == "all") || (row + column).is_multiple_of(SHARE)
}
