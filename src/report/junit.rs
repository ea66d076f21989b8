//! JUnit XML: a suite a file of scenarios, a test case a scenario, its text report as the failure's text.

use super::run::{Run, ScenarioReport, Status};
use super::text::{Style, Verbosity, scenario};
use crate::oracle::Verdict;
use crate::source::{visible, visible_lines};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};
use std::time::Duration;

/// The whole run; where `with_file`, each case says in which file it stands.
///
/// # Errors
/// What the writer says.
pub fn render(run: &Run, with_file: bool) -> Result<String, String> {
    let mut report = Report::new("seqcheck");
    report.set_time(run.elapsed.unwrap_or(Duration::ZERO));
    let mut suites: Vec<(&str, TestSuite)> = Vec::new();
    for each in &run.scenarios {
        let index = suites.iter().position(|(path, _)| *path == each.path).unwrap_or_else(|| {
            suites.push((&each.path, TestSuite::new(&*visible(&each.path))));
            suites.len() - 1
        });
        let mut case = case(each);
        if with_file {
            let (file, line) = place(each);
            case.extra.insert("file".into(), (&*visible(&file)).into());
            case.extra.extend(line.map(|line| ("line".into(), line.to_string().as_str().into())));
        }
        suites[index].1.add_test_case(case);
    }
    report.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    let xml = report.to_string().map_err(|error| error.to_string())?;
    Ok(without_sum_of_skipped(&xml))
}

/// The file that a case stands in, and the line of what is wrong with it.
fn place(report: &ScenarioReport) -> (String, Option<u32>) {
    let file = match report.path.rsplit_once(':') {
        Some((file, line)) if line.parse::<u32>().is_ok() => file.to_owned(),
        Some(_) | None => report.path.clone(),
    };
    let arrow = report.outcome.findings.first().and_then(|finding| finding.arrow);
    (file, arrow.and_then(|arrow| report.order.arrows.get(arrow.0 as usize)).map(|arrow| arrow.line))
}

/// The schema that CI systems share has the number of skipped cases at a suite and not at the whole.
fn without_sum_of_skipped(xml: &str) -> String {
    let Some(start) = xml.find("<testsuites ") else { return xml.to_owned() };
    let end = xml[start..].find('>').map_or(xml.len(), |end| start + end);
    let tag = &xml[start..end];
    let Some(at) = tag.find(" skipped=\"") else { return xml.to_owned() };
    let value = &tag[at + " skipped=\"".len()..];
    let behind = value.find('"').map_or(value, |quote| &value[quote + 1..]);
    format!("{}{}{behind}{}", &xml[..start], &tag[..at], &xml[end..])
}

fn case(report: &ScenarioReport) -> TestCase {
    // With what was expected and what came: a job page shows the message alone.
    let first = report.outcome.findings.first().and_then(|finding| finding.diff.first()).map(super::view::value_words);
    let told = first.into_iter().fold(headline(report), |told, difference| format!("{told}; {difference}"));
    let (word, message) = (kind(report), visible_lines(&told).into_owned());
    let failed = |kind: NonSuccessKind| {
        let mut status = TestCaseStatus::non_success(kind);
        let plain = Style { verbosity: Verbosity::Normal, ..Style::default() };
        status.set_type(word.as_str()).set_message(message.as_str()).set_description(scenario(report, &plain));
        status
    };
    let status = match report.status() {
        Status::Passed => TestCaseStatus::success(),
        Status::Flaky => {
            let mut status = TestCaseStatus::success();
            for text in &report.tries {
                let mut rerun = TestRerun::new(NonSuccessKind::Failure);
                rerun.set_message(visible_lines(text).as_ref());
                status.add_rerun(rerun);
            }
            status
        }
        Status::Failed | Status::Inconclusive => failed(NonSuccessKind::Failure),
        Status::Error => failed(NonSuccessKind::Error),
        Status::Skipped => {
            let mut status = TestCaseStatus::skipped();
            // As text: the schema has no message here.
            status.set_description(message.as_str());
            status
        }
    };
    let mut case = TestCase::new(&*visible(&report.full_name()), status);
    // The schema that CI systems share has no file of a case; its class name says where it stands.
    case.set_classname(&*visible(&report.path));
    case.set_time(report.duration.unwrap_or(Duration::ZERO));
    case.set_assertions(report.arrow_count());
    case
}

/// The class of the first finding, or the kind of trouble or doubt.
pub(super) fn kind(report: &ScenarioReport) -> String {
    let outcome = &report.outcome;
    if let Some(trouble) = &outcome.trouble {
        return trouble.kind.to_owned();
    }
    if let Some(finding) = outcome.findings.first() {
        return finding.class.word().to_owned();
    }
    if report.verdict == Verdict::Pass && report.wire.is_some() {
        return "wire snapshot".to_owned();
    }
    outcome.doubts.first().map_or_else(|| report.status().key().to_owned(), |doubt| doubt.reason.code().to_owned())
}

/// What went wrong, in a line: what a server says may have more of them.
pub(super) fn headline(report: &ScenarioReport) -> String {
    let mut line = message(report);
    if line.contains('\n') {
        line = line.lines().map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    }
    line
}

fn message(report: &ScenarioReport) -> String {
    let outcome = &report.outcome;
    if let Some(reason) = &report.skipped {
        return reason.clone();
    }
    if let Some(trouble) = &outcome.trouble {
        return trouble.message.clone();
    }
    if let Some(finding) = outcome.findings.first() {
        let arrow = finding.arrow.and_then(|arrow| report.order.arrows.get(arrow.0 as usize));
        let line = arrow.map_or(String::new(), |arrow| format!("line {}: ", arrow.line));
        return format!("{line}{}: {}", finding.class.word(), finding.what);
    }
    if let Some(wire) = report.wire.as_ref().filter(|_| report.verdict == Verdict::Pass) {
        return format!("the wire differs from its snapshot {}", wire.file);
    }
    if let Some(doubt) = outcome.doubts.first() {
        return doubt.text.clone();
    }
    report.notes.first().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::mixed;

    #[test]
    fn cases_have_their_status_and_the_report_as_text() {
        let mut run = mixed();
        run.scenarios[1].name = "<&\"'\u{1b}>".to_owned();
        let xml = render(&run, false).expect("XML");
        let again = Report::deserialize_from_str(&xml).expect("JUnit that its own reader takes");
        let cases: Vec<&TestCase> = again.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
        assert_eq!(cases.len(), 6);
        assert_eq!((again.tests, again.failures, again.errors), (6, 3, 1));
        assert!(matches!(cases[0].status, TestCaseStatus::Success { .. }));
        assert!(matches!(cases[3].status, TestCaseStatus::Skipped { .. }));
        let TestCaseStatus::NonSuccess { message, ty, description, .. } = &cases[1].status else {
            panic!("{:?}", cases[1].status)
        };
        assert_eq!(ty.as_ref().map(|ty| ty.as_str()), Some("duplicate"));
        let message = message.as_ref().map(|message| message.as_str());
        assert_eq!(message, Some("line 14: duplicate: Alice received this frame twice"));
        assert!(description.as_ref().is_some_and(|text| text.as_str().contains("to allow it: #@ ignore")));
        assert!(!xml.contains('\u{1b}') && !xml.contains(" file="));
        let placed = render(&run, true).expect("XML");
        assert!(placed.contains(r#"file="scenarios/chat.seq" line="14""#), "{placed}");
    }
}
