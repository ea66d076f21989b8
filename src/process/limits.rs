//! How many file descriptors there may be.

use crate::files;

/// How many file descriptors this process has open; none where the system does not tell.
pub fn open_descriptors() -> Option<u64> {
    let all = files::names("/proc/self/fd".as_ref()).or_else(|_| files::names("/dev/fd".as_ref())).ok()?;
    Some(all.len() as u64)
}

/// Sees to it that this process may have so many file descriptors, as far as that goes without privileges: no limit that is
/// high enough is touched, since the programs that are started inherit it. How many it may have then; none where there is
/// no limit.
#[cfg(unix)]
pub fn descriptors(wanted: u64) -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current?;
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if raised <= current {
        return Some(current);
    }
    // The kernel may grant less than the limit says.
    match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }) {
        Ok(()) => Some(raised),
        Err(_) => Some(current),
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn descriptors(_: u64) -> Option<u64> {
    None
}
