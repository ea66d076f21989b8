use super::error::Error;
use super::played::{CheckVerdict, Played};
use super::scenario::Scenario;
use super::target::Target;
use crate::oracle::{Class, Verdict};
use crate::server::{Deviation, ServerOptions, mutants};

/// Which of the built-in faulty servers a scenario tells from the correct one: how strong it is as a test.
#[derive(Clone, Debug)]
pub enum Power {
    /// Every faulty server in the order of [`mutants::ALL`], and how it was found.
    Measured(Vec<Tried>),
    /// It is no pass against the correct server, so that it tells nothing: what it came to there.
    NoBaseline(Box<CheckVerdict>),
}

/// A scenario against one faulty server.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The fault.
    pub mutant: &'static Deviation,
    /// How it was found; none where the scenario passes all the same.
    pub caught: Option<Caught>,
}

/// How a fault was found: what the first finding says.
#[derive(Clone, Debug)]
pub struct Caught {
    /// What kind of finding.
    pub class: Class,
    /// Line and text of the arrow that went wrong: 14 and `Server->Alice: message from Bob: Hello Alice!`.
    pub place: Option<(u32, String)>,
}

impl Scenario {
    /// Plays it against the correct built-in server and then against every faulty one, in memory, as often as a run of it
    /// would ([`super::Options::repeat`]: once, unless more is asked for); whatever target it has is not asked.
    ///
    /// # Errors
    /// As [`Scenario::prepare`].
    pub fn power(&self) -> Result<Power, Error> {
        let (seed, plays) = (self.options.seed.unwrap_or(0), self.options.repeat.max(1));
        let mut scenario = self.clone().target(Target::builtin(ServerOptions::default()));
        scenario.targets.clear();
        let prepared = scenario.prepare()?;
        let against = |mutants: Vec<&'static Deviation>| {
            prepared.against_builtin(ServerOptions { mutants, seed, ..ServerOptions::default() }, plays).play()
        };
        let correct = against(Vec::new());
        if !passes(&correct) {
            return Ok(Power::NoBaseline(Box::new(correct)));
        }
        let tried = mutants::ALL.iter().map(|&mutant| {
            let verdict = against(vec![mutant]);
            Tried { mutant, caught: verdict.plays.iter().find_map(|play| caught(&verdict, play)) }
        });
        Ok(Power::Measured(tried.collect()))
    }
}

fn passes(verdict: &CheckVerdict) -> bool {
    !verdict.plays.is_empty() && verdict.plays.iter().all(|play| play.outcome.verdict == Verdict::Pass)
}

fn caught(verdict: &CheckVerdict, play: &Played) -> Option<Caught> {
    let finding = play.outcome.findings.first().filter(|_| play.outcome.verdict == Verdict::Fail)?;
    let place = verdict.plan.as_ref().zip(finding.arrow).map(|(plan, arrow)| {
        let arrow = plan.order().arrow(arrow);
        (arrow.line, verdict.sources.slice(arrow.span).trim().to_owned())
    });
    Some(Caught { class: finding.class, place })
}
