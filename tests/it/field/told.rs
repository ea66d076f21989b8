use seqcheck::CheckVerdict;
use seqcheck::oracle::{Class, Finding, Verdict};
use seqcheck::report::text::Style;
use seqcheck::report::{Format, Run, ScenarioReport};
use seqcheck::trace::Evidence;
use std::fmt;

/// What a play came to.
pub struct Told {
    pub verdict: Verdict,
    /// Of *the* finding.
    pub class: Option<Class>,
    /// Of *the* finding; 0 where it is at no arrow.
    pub line: u32,
    /// The codes of the doubts: `I1`, ….
    pub doubts: Vec<&'static str>,
    pub evidence: Option<Evidence>,
    /// The report for people, without colour and times of the wall clock.
    pub text: String,
    /// All of it.
    pub all: CheckVerdict,
}

impl Told {
    pub fn new(all: CheckVerdict) -> Told {
        assert_eq!(all.plays.len(), 1, "{all}");
        let play = &all.plays[0];
        let plan = all.plan.clone().expect("it was played");
        let line = |finding: &Finding| finding.arrow.map_or(0, |arrow| plan.order().arrow(arrow).line);
        let report = ScenarioReport {
            name: all.name.clone(),
            path: "d.seq".to_owned(),
            sources: all.sources.clone(),
            diagram: all.diagram.clone(),
            order: plan.shared_order(),
            outcome: play.outcome.clone(),
            verdict: play.verdict,
            trace: play.trace.clone(),
            play: (1, 1),
            notes: play.notes.clone(),
            servers: play.servers.clone(),
            ..ScenarioReport::default()
        };
        let run = Run { scenarios: vec![report], place: "in a test".to_owned(), ..Run::default() };
        let text = Format::Text.render(&run, &Style::default()).expect("a report");
        let outcome = &play.outcome;
        Told {
            verdict: play.verdict,
            class: outcome.findings.first().map(|finding| finding.class),
            line: outcome.findings.first().map_or(0, line),
            doubts: outcome.doubts.iter().map(|doubt| doubt.reason.code()).collect(),
            evidence: outcome.evidence,
            text: String::from_utf8(text).expect("text"),
            all,
        }
    }

    #[track_caller]
    pub fn passes(&self) -> &Told {
        assert_eq!(self.verdict, Verdict::Pass, "{self}");
        self
    }

    #[track_caller]
    pub fn fails(&self, class: Class, line: u32) -> &Told {
        assert_eq!((self.verdict, self.class, self.line), (Verdict::Fail, Some(class), line), "{self}");
        self
    }

    /// Inconclusive for this reason.
    #[track_caller]
    pub fn doubts(&self, code: &str) -> &Told {
        assert_eq!((self.verdict, self.doubts.first().copied()), (Verdict::Inconclusive, Some(code)), "{self}");
        self
    }

    /// The trouble of a play that is an error: its kind.
    #[track_caller]
    pub fn errs(&self, kind: &str) -> &Told {
        let trouble = self.all.plays[0].outcome.trouble.as_ref().map(|trouble| trouble.kind);
        assert_eq!((self.verdict, trouble), (Verdict::Error, Some(kind)), "{self}");
        self
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Told {
        assert!(self.text.contains(words), "wanted: {words}\n{self}");
        self
    }

    #[track_caller]
    pub fn does_not_say(&self, words: &str) -> &Told {
        assert!(!self.text.contains(words), "not wanted: {words}\n{self}");
        self
    }

    /// All findings with their lines, what follows from others included.
    pub fn findings(&self) -> Vec<(Class, u32)> {
        let plan = self.all.plan.as_ref().expect("it was played");
        let line = |finding: &Finding| finding.arrow.map_or(0, |arrow| plan.order().arrow(arrow).line);
        let roots = self.all.plays[0].outcome.findings.iter();
        roots
            .flat_map(|root| [root].into_iter().chain(&root.consequences))
            .map(|each| (each.class, line(each)))
            .collect()
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.all, self.text)
    }
}
