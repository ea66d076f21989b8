use super::{Breaks, Diagram, OrderMode, Setting};
use crate::source::Span;
use std::time::Duration;

/// What the `#@` lines of a diagram that hold for the whole file come to: where a line may stand but once, the last one
/// counts.
#[derive(Clone, Debug, Default)]
pub struct Settings<'d> {
    /// `#@ binding`, and where it stands.
    pub binding: Option<(&'d str, Span)>,
    /// `#@ timeout`
    pub timeout: Option<Duration>,
    /// `#@ settle`
    pub settle: Option<Duration>,
    /// `#@ seed`
    pub seed: Option<u64>,
    /// `#@ order`
    pub order: Option<OrderMode>,
    /// `#@ simulate`; here the first one counts.
    pub simulate: Option<&'d [String]>,
    /// `#@ test`; here the first one counts.
    pub test: Option<&'d [String]>,
    /// `#@ server`: one group of lifelines for each line.
    pub server: Vec<&'d [String]>,
    /// `#@ silent`: all of them.
    pub silent: Vec<&'d str>,
    /// `#@ var`: names and values, in the order of the text.
    pub vars: Vec<(&'d str, &'d str)>,
    /// `#@ expect`: verdict and class.
    pub expect: Option<(&'d str, Option<&'d str>)>,
    /// `#@ needs`: keys and values.
    pub needs: Vec<&'d (String, Option<String>)>,
    /// `#@ tags`
    pub tags: Vec<&'d String>,
    /// `#@ skip`; here the first reason counts.
    pub skip: Option<&'d str>,
    /// `#@ breaks`
    pub breaks: Option<Breaks>,
}

impl Diagram {
    /// What the settings come to.
    pub fn effective_settings(&self) -> Settings<'_> {
        let mut effective = Settings::default();
        for setting in &self.settings {
            match setting {
                Setting::Binding(name, span) => effective.binding = Some((name, *span)),
                Setting::Timeout(timeout, _) => effective.timeout = Some(*timeout),
                Setting::Settle(settle, _) => effective.settle = Some(*settle),
                Setting::Seed(seed, _) => effective.seed = Some(*seed),
                Setting::Order(order, _) => effective.order = Some(*order),
                Setting::Simulate(names, _) => _ = effective.simulate.get_or_insert(names),
                Setting::Test(names, _) => _ = effective.test.get_or_insert(names),
                Setting::Server(names, _) => effective.server.push(names),
                Setting::Silent(names, _) => effective.silent.extend(names.iter().map(String::as_str)),
                Setting::Var { name, value, .. } => effective.vars.push((name, value)),
                Setting::Expect { verdict, class, .. } => effective.expect = Some((verdict, class.as_deref())),
                Setting::Needs(wanted, _) => effective.needs.extend(wanted),
                Setting::Tags(tags, _) => effective.tags.extend(tags),
                Setting::Skip(reason, _) => _ = effective.skip.get_or_insert(reason),
                Setting::Breaks(breaks, _) => effective.breaks = Some(*breaks),
                // One line for each participant: the order reads them with their places.
                Setting::Clients(_) => {}
            }
        }
        effective
    }
}
