use super::state::Shared;
use crate::server::machine::Id;
use std::sync::Arc;

/// A connection that the machine knows of. When it is dropped, for whatever reason, the machine hears of its end.
pub(super) struct Seat {
    pub shared: Arc<Shared>,
    pub id: Id,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.forget(self.id);
    }
}
