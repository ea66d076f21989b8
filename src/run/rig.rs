//! The target of one scenario, as a play meets it.

use super::launch::Launched;
use crate::net::{Programs, Route, Serve};
use crate::server::Host;
use std::rc::Rc;
use std::sync::Arc;

/// The target of one scenario, ready to be dialled.
pub struct Rig {
    /// How to get there.
    pub route: Route,
    /// What `{target}` stands for: `ws://HOST:PORT`, without a slash at its end.
    pub base: String,
    /// Kept for its output.
    pub launched: Option<Arc<Launched>>,
    /// The programs that are spoken with, where the route leads to these.
    pub programs: Option<Rc<Programs>>,
    /// The server of this process that is reached over TCP.
    pub own: Option<Host>,
}

impl Rig {
    /// The same for another lifeline; what is launched is told of once.
    pub(super) fn again(&self) -> Rig {
        Rig::new(self.route.clone(), self.base.clone())
    }

    pub(super) fn new(route: Route, base: impl Into<String>) -> Rig {
        Rig { route, base: base.into(), launched: None, programs: None, own: None }
    }

    /// The plays are over: nobody will read what a server of this process still says. It would tell everybody of each that
    /// goes.
    pub(super) fn over(&self) {
        self.route.over();
        if let Some(host) = &self.own {
            Serve::over(host);
        }
    }
}
