//! When two frames are the same.

use crate::wire::Observed;

/// Whether two frames are the same to the letter.
pub(super) fn same_content(a: &Observed, b: &Observed) -> bool {
    match (a, b) {
        (Observed::Message(a), Observed::Message(b)) => a.value == b.value,
        _ => a == b,
    }
}
