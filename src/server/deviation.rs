use super::host::Style;
use super::machine::Policy;
use super::twist::Twist;
use crate::net::faults::Fault;
use std::fmt;

/// A way in which the reference server may differ from the protocol: a row of the mutants or of the legal variants.
pub struct Deviation {
    /// The number in the table, such as `M08`.
    pub id: &'static str,
    /// The name by which it is switched on, such as `broadcast-twice`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    pub(super) how: &'static [How],
}

/// Where a deviation sits.
pub(super) enum How {
    /// In what the machine decides by.
    Policy(fn(&mut Policy)),
    /// Around the machine; made from the seed.
    Twist(fn(u64) -> Box<dyn Twist>),
    /// In how frames are written.
    Style(fn(&mut Style)),
    /// On the byte stream; made from the seed and the number of the connection.
    Stream(fn(u64, u64) -> Box<dyn Fault>),
}

impl fmt::Debug for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.name)
    }
}

impl PartialEq for Deviation {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Deviation {}
