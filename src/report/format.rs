use super::run::{Run, ScenarioReport};
use super::text::{self, Style};
use super::view::{Played, View};
use super::{github, html, json, junit, markdown, svg, tap};

/// The forms in which a run is told: one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// JSON lines, one event each.
    Jsonl,
    /// JUnit XML.
    Junit,
    /// JUnit XML with a file at each case, which some readers take and the common schema has not.
    JunitFile,
    /// TAP version 14.
    Tap,
    /// Annotations of GitHub workflows.
    Github,
    /// One page.
    Html,
    /// The picture of one scenario.
    Svg,
    /// The same as pixels.
    #[cfg(feature = "png")]
    Png,
    /// A summary in Markdown.
    Markdown,
}

impl Format {
    /// All, with the word that names each and what it is for.
    pub const ALL: &[(Format, &'static str, &'static str)] = &[
        (Format::Text, "text", "for people"),
        (Format::Json, "json", "for programs: one document, docs/schema/report.json"),
        (Format::Jsonl, "jsonl", "for programs, during the run: JSON lines, one event per line"),
        (Format::Junit, "junit", "JUnit XML, for Jenkins, GitLab and others"),
        (Format::JunitFile, "junit-file", "JUnit XML with the file of each case, for GitLab and CircleCI"),
        (Format::Tap, "tap", "Test Anything Protocol, version 14"),
        (Format::Github, "github", "annotations for a workflow of GitHub Actions"),
        (Format::Html, "html", "one page with pictures, findings and wire log"),
        (Format::Svg, "svg", "the picture of one scenario"),
        #[cfg(feature = "png")]
        (Format::Png, "png", "the picture of one scenario, as pixels"),
        (Format::Markdown, "markdown", "a summary, for job pages and comments"),
    ];

    /// The word that names it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, ..)| *format == self).map_or("text", |(_, name, _)| name)
    }

    /// The format of a word.
    pub fn from_name(name: &str) -> Option<Format> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(format, ..)| *format)
    }

    /// How the names of files end that hold it.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Format::Text | Format::Github => &["txt", "log"],
            Format::Json => &["json"],
            Format::Jsonl => &["jsonl", "ndjson"],
            Format::Junit | Format::JunitFile => &["xml"],
            Format::Tap => &["tap"],
            Format::Html => &["html", "htm"],
            Format::Svg => &["svg"],
            #[cfg(feature = "png")]
            Format::Png => &["png"],
            Format::Markdown => &["md"],
        }
    }

    /// Whether a file that begins and ends so is an earlier report in this form. Pixels do not say whose they are.
    pub fn knows(self, head: &[u8], tail: &[u8]) -> bool {
        let (head, tail) = (String::from_utf8_lossy(head), String::from_utf8_lossy(tail));
        match self {
            Format::Text | Format::Github => tail.lines().last().is_some_and(text::is_summary),
            Format::Json => head.starts_with("{\n  \"seqcheck\": "),
            Format::Jsonl => head.lines().next().is_some_and(json::lines::is_begin),
            Format::Junit | Format::JunitFile => {
                head.starts_with("<?xml ") && head.contains("\n<testsuites name=\"seqcheck\" ")
            }
            Format::Tap => head.starts_with(tap::begin()),
            Format::Html => {
                head.starts_with("<!doctype html>\n")
                    && head.split_once("<title>").is_some_and(|(_, title)| text::is_summary(title))
            }
            Format::Svg => head.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"seqcheck\" "),
            #[cfg(feature = "png")]
            Format::Png => false,
            Format::Markdown => head.strip_prefix("## ").is_some_and(text::is_summary),
        }
    }

    /// Whether it is text, for a terminal or a log; the others are pixels.
    pub fn is_text(self) -> bool {
        match self {
            Format::Text | Format::Json | Format::Jsonl | Format::Junit | Format::JunitFile | Format::Tap => true,
            Format::Github | Format::Html | Format::Svg | Format::Markdown => true,
            #[cfg(feature = "png")]
            Format::Png => false,
        }
    }

    /// Whether it holds one scenario, and no other number of them.
    pub fn is_of_one(self) -> bool {
        match self {
            Format::Svg => true,
            Format::Text | Format::Json | Format::Jsonl | Format::Junit | Format::JunitFile | Format::Tap => false,
            Format::Github | Format::Html | Format::Markdown => false,
            #[cfg(feature = "png")]
            Format::Png => true,
        }
    }

    /// Whether it can be written while scenarios still run: [`Format::begin`], [`Format::scenario`], [`Format::end`].
    pub fn streams(self) -> bool {
        match self {
            Format::Text | Format::Jsonl | Format::Tap | Format::Github => true,
            Format::Json | Format::Junit | Format::JunitFile => false,
            Format::Html | Format::Svg | Format::Markdown => false,
            #[cfg(feature = "png")]
            Format::Png => false,
        }
    }

    /// What stands before the first of so many scenarios, in a format that streams.
    pub fn begin(self, scenarios: usize) -> String {
        match self {
            Format::Jsonl => json::lines::begin(scenarios),
            Format::Tap => tap::begin().to_owned(),
            Format::Text | Format::Github | Format::Json | Format::Junit | Format::JunitFile => String::new(),
            Format::Html | Format::Svg | Format::Markdown => String::new(),
            #[cfg(feature = "png")]
            Format::Png => String::new(),
        }
    }

    /// The part of one scenario, in a format that streams; `number` counts from 1.
    pub fn scenario(self, report: &ScenarioReport, number: usize, style: &Style) -> String {
        match self {
            Format::Text => text::scenario(report, style),
            Format::Jsonl => json::lines::scenario(report),
            Format::Tap => tap::scenario(report, number),
            Format::Github => github::scenario(report),
            Format::Json | Format::Junit | Format::JunitFile => String::new(),
            Format::Html | Format::Svg | Format::Markdown => String::new(),
            #[cfg(feature = "png")]
            Format::Png => String::new(),
        }
    }

    /// What stands behind the last scenario, in a format that streams.
    pub fn end(self, run: &Run, style: &Style) -> String {
        match self {
            Format::Text | Format::Github => text::summary(run, style),
            Format::Jsonl => json::lines::end(run),
            Format::Tap => tap::end(run.scenarios.len()),
            Format::Json | Format::Junit | Format::JunitFile => String::new(),
            Format::Html | Format::Svg | Format::Markdown => String::new(),
            #[cfg(feature = "png")]
            Format::Png => String::new(),
        }
    }

    /// The whole of a run.
    ///
    /// # Errors
    /// A picture of anything but one scenario, and what a renderer says.
    pub fn render(self, run: &Run, style: &Style) -> Result<Vec<u8>, String> {
        let text = match self {
            Format::Text | Format::Jsonl | Format::Tap | Format::Github => {
                let mut out = self.begin(run.scenarios.len());
                for (index, each) in run.scenarios.iter().enumerate() {
                    out.push_str(&self.scenario(each, index + 1, style));
                }
                out + &self.end(run, style)
            }
            Format::Json => json::render(run),
            Format::Junit => junit::render(run, false)?,
            Format::JunitFile => junit::render(run, true)?,
            Format::Html => html::render(run),
            Format::Svg => svg::draw(&view_of(only(run)?)),
            Format::Markdown => markdown::render(run),
            #[cfg(feature = "png")]
            Format::Png => {
                let picture = svg::draw_for_pixels(&view_of(only(run)?), svg::Theme::Light);
                return super::png::draw(&picture, &super::png::Fonts::with_system(), 2.0);
            }
        };
        Ok(text.into_bytes())
    }
}

/// The view of a scenario, with its run where there was one.
pub fn view_of(report: &ScenarioReport) -> View {
    if report.skipped.is_some() {
        return View::of(&report.diagram, &report.sources);
    }
    let played = Played { order: &report.order, outcome: &report.outcome, trace: &report.trace };
    View::with_run(&report.diagram, &report.sources, played)
}

fn only(run: &Run) -> Result<&ScenarioReport, String> {
    match &run.scenarios[..] {
        [one] => Ok(one),
        several => Err(format!(
            "a picture shows one scenario, but {} were played; --out DIR keeps a picture of each",
            several.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{mixed, passed};

    #[test]
    fn a_report_is_known_again_and_nothing_else_is_taken_for_one() {
        let one = Run { scenarios: vec![passed(crate::report::fixture::CHAT)], ..mixed() };
        for &(format, name, _) in Format::ALL {
            for run in [&one, &mixed(), &Run { scenarios: Vec::new(), ..mixed() }] {
                let run = if format.is_of_one() { &one } else { run };
                let made = format.render(run, &Style::default()).expect("a report");
                let (head, tail) = (&made[..made.len().min(4096)], &made[made.len().saturating_sub(4096)..]);
                assert_eq!(format.knows(head, tail), format.is_text(), "{name}: {}", String::from_utf8_lossy(head));
            }
            let others = [
                "",
                "Alice->Server: WS connect\n",
                "{\n  \"name\": \"seqcheck\"\n}\n",
                "[core]\n",
                "## Notes\n",
                "<!doctype html>\n<title>Mine</title>\n",
                "<?xml version=\"1.0\"?>\n<testsuites name=\"mine\" tests=\"0\"/>\n",
                "PASS\n3 scenarios\n",
            ];
            for other in others {
                assert!(!format.knows(other.as_bytes(), other.as_bytes()), "{name}: {other}");
            }
            assert!(!format.endings().is_empty() && format.endings().iter().all(|ending| !ending.contains('.')));
        }
    }
}
