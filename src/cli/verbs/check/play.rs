//! Plays the scenarios, and tells of each.

use super::bearing::Bearing;
use crate::cli::bug::caught;
use crate::cli::keep::Keep;
use crate::cli::live::Live;
use crate::cli::pool::Delivery;
use crate::cli::progress::Progress;
use crate::cli::reports::Reports;
use crate::cli::results::Outputs;
use crate::cli::scenarios::{Layers, Ready};
use crate::cli::settings::{Net, Settings};
use crate::cli::snapshots::Snapshots;
use crate::cli::{Exit, Refusal, World, pool, results};
use crate::oracle::Verdict;
use crate::report::{Run, ScenarioReport};
use crate::run::{CheckVerdict, Listens, Passed};
use crate::source::Diagnostic;
use std::ops::ControlFlow;

/// What happens while a scenario is played.
enum Event {
    /// The scenario of this number (from 0) starts.
    Started(usize),
    /// The lifelines of the scenario of this number listen, for a client that somebody is to start.
    Listens(usize, Vec<Listens>),
    /// Something passed, for the ladder.
    Passed(usize, Box<Passed>),
    /// One of several plays is over.
    Played(Box<CheckVerdict>),
}

/// Plays every scenario and tells of each as soon as all before it are told.
pub(super) fn play(
    ready: &[Ready],
    lost: Vec<ScenarioReport>,
    again: &[String],
    (layers, jobs): (&Layers, usize),
    settings: &Settings,
    (reports, bearing): (&mut Reports, &Bearing),
    world: &mut World,
) -> Result<Run, Refusal> {
    let stop = world.stop.clone();
    let mut run = Run { place: layers.place(), ..Run::default() };
    let mut outputs = Outputs {
        keep: settings.out.as_ref().map(|folder| Keep::new(folder, world.locate(folder))),
        snapshots: settings
            .snapshots
            .as_ref()
            .map(|folder| Snapshots::new(folder, world.locate(folder), settings.update)),
    };
    let alone = jobs == 1 || ready.len() == 1;
    let watched = alone && settings.verbose && world.out.terminal && reports.is_for_people();
    if watched {
        reports.shown_live();
    }
    reports.align(ready, settings, layers.has_target() || layers.net() == Net::Tcp, &world.out);
    let reports = &*reports;
    let mut progress = Progress::new(settings, ready.len(), &world.err);
    let mut live: Option<(usize, Live)> = None;
    reports.begin(ready.len(), &mut world.out);
    let numbered: Vec<(usize, &Ready)> = ready.iter().enumerate().collect();
    let mut each = ready.iter();
    let mut index = 0..;
    let retries = settings.retries.unwrap_or(0);
    // Whether to try again is known of all plays together; and scenarios side by side are told one after the other.
    let each_play = alone && retries == 0 && !watched && !layers.listens();
    // Of the scenario that is being played: how many reports there were before it, and how many plays were told of.
    let (mut before, mut plays_with_events) = (0, 0);
    let most = if settings.fail_fast { 1 } else { settings.max_fail.map_or(u32::MAX, u32::from) };
    let mut bad = 0;
    let work = |&(number, one): &(usize, &Ready), tell: &dyn Fn(Event)| {
        tell(Event::Started(number));
        let show = |passed| tell(Event::Passed(number, Box::new(passed)));
        let listens = |all| tell(Event::Listens(number, all));
        let once = || match (layers.listens(), watched) {
            _ if each_play && one.prepared.plays() > 1 => {
                one.prepared.play_each(|verdict| tell(Event::Played(Box::new(verdict))))
            }
            (true, true) => one.prepared.play_with_events(listens, show),
            (true, false) => one.prepared.play_with_events(listens, |_| {}),
            (false, true) => one.prepared.play_watched(show),
            (false, false) => one.prepared.play(),
        };
        let mut tries = vec![once()];
        for _ in 0..retries {
            if stop.why().is_some() || tries.last().is_some_and(is_settled) {
                break;
            }
            tries.push(once());
        }
        tries
    };
    pool::in_order_with_events(&numbered, jobs, work, |told| match told {
        Delivery::Event(Event::Started(number)) => {
            let (name, path) = (ready[number].prepared.name(), &ready[number].piece.place);
            progress.hidden(|| reports.started(name, path, &mut world.out));
            progress.started(&reports.secrets().redact(name));
            ControlFlow::Continue(())
        }
        Delivery::Event(Event::Listens(number, all)) => {
            let name = ready[number].prepared.name();
            for Listens { name: lifeline, url } in all {
                progress.hidden(|| world.err.line(&format!("{name}: {lifeline} listens at {url}")));
            }
            world.err.flush();
            ControlFlow::Continue(())
        }
        Delivery::Event(Event::Passed(number, passed)) => {
            if live.as_ref().is_none_or(|(of, _)| *of != number) {
                live = Live::of(&ready[number], reports, &mut world.out).map(|live| (number, live));
            }
            if let Some((_, live)) = &mut live {
                progress.hidden(|| live.show(&passed, reports, &mut world.out));
            }
            ControlFlow::Continue(())
        }
        Delivery::Event(Event::Played(verdict)) => {
            let Some(one) = each.as_slice().first() else { return ControlFlow::Break(()) };
            let place = Some((plays_with_events, one.prepared.plays() as usize));
            plays_with_events += 1;
            let plays = caught(|| results::reports(one, *verdict, again, reports, &mut outputs, ("", place)))
                .unwrap_or_else(|bug| vec![bug.report(&one.piece.name, &one.piece.place)]);
            for report in plays {
                let number = run.scenarios.len() + 1;
                run.scenarios.push(progress.hidden(|| reports.scenario(report, number, &mut world.out)));
            }
            world.out.flush();
            ControlFlow::Continue(())
        }
        Delivery::Done(tries) => {
            let Some(one) = each.next() else { return ControlFlow::Break(()) };
            let first = before;
            let place = (plays_with_events > 0).then_some((plays_with_events, one.prepared.plays() as usize));
            plays_with_events = 0;
            let plays = caught(|| results::tries(one, tries, again, reports, &mut outputs, place))
                .unwrap_or_else(|bug| vec![bug.report(&one.piece.name, &one.piece.place)]);
            for report in plays {
                let number = run.scenarios.len() + 1;
                let place = (report.name.clone(), report.path.clone());
                let told = caught(|| progress.hidden(|| reports.scenario(report, number, &mut world.out)));
                run.scenarios.push(told.unwrap_or_else(|bug| bug.report(&place.0, &place.1)));
            }
            let all = &run.scenarios[first..];
            let bears = index.next().map(|index| bearing.on(index, one.prepared.order(), all)).unwrap_or_default();
            before = run.scenarios.len();
            progress.hidden(|| crate::cli::show_problems(&bears, &bearing.sources, world));
            progress.done();
            bad += u32::from(!run.scenarios[first..].iter().all(|report| report.status().is_good()));
            if stop.why().is_some() || bad >= most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    });
    progress.end();
    for report in lost {
        run.scenarios.push(reports.scenario(report, run.scenarios.len() + 1, &mut world.out));
    }
    run.interrupted = stop.why().map(str::to_owned);
    let reason = match &run.interrupted {
        Some(why) => format!("interrupted by {why}"),
        None if most == 1 => "not started: --fail-fast, and an earlier scenario did not pass".to_owned(),
        None => format!("not started: --max-fail {most}, and this number of earlier scenarios did not pass"),
    };
    for one in each {
        let report = results::not_started(one, &reason);
        run.scenarios.push(reports.scenario(report, run.scenarios.len() + 1, &mut world.out));
    }
    let kept = outputs.keep.map(|keep| keep.problems).unwrap_or_default();
    let locked = outputs.snapshots.map(|snapshots| snapshots.problems).unwrap_or_default();
    let problems: Vec<Diagnostic> = kept.into_iter().chain(locked).collect();
    if problems.is_empty() { Ok(run) } else { Err(Refusal { exit: Exit::Error, ..Refusal::usage(problems) }) }
}

/// Whether another try could change nothing, or is not wanted.
fn is_settled(verdict: &CheckVerdict) -> bool {
    verdict.skipped.is_some() || verdict.plays.iter().all(|play| play.verdict == Verdict::Pass)
}
