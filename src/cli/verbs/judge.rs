//! `seqcheck judge FILE TRACE`: a recorded trace against a diagram, no server needed.

use super::check;
use crate::cli::args::Judge;
use crate::cli::load::{self, Piece};
use crate::cli::reports::Reports;
use crate::cli::results::Outputs;
use crate::cli::scenarios::Layers;
use crate::cli::settings::{Layer, Look, Settings};
use crate::cli::trust::Purpose;
use crate::cli::{Exit, Refusal, World, config, paths, results};
use crate::files::{self, Kind, Stream};
use crate::report::{Run, ScenarioReport};
use crate::run::Digest;
use crate::source::{Diagnostic, Sources};
use crate::trace::Entry;
use crate::trace::file::{self, Header, ReadError, Reader};
use std::io::BufReader;

/// What is read as a trace.
const TRACE: Kind = Kind { name: "a trace", most: 1 << 30, named: |_| true };

/// Judges the trace as a play would have been judged.
pub fn run(args: Judge, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let all = Layer { settings: args.settings(), look }.over(below);
    let mut reports = Reports::new(&all.settings, world).map_err(Refusal::usage)?;
    let mut run = Run::default();
    let judged = verdicts(&args, look, &mut reports, world, sources)?;
    reports.begin(judged.len(), &mut world.out);
    for report in judged {
        let report = reports.scenario(report, run.scenarios.len() + 1, &mut world.out);
        run.scenarios.push(report);
    }
    run.place = format!("from {}", args.trace.display());
    check::finish(run, &all.settings, &reports, world)
}

/// What a trace comes to, without telling of it. It must be of those whom the diagram has.
pub fn judged(
    args: &Judge,
    look: Look,
    world: &mut World,
    sources: &mut Sources,
) -> Result<Vec<ScenarioReport>, Refusal> {
    let mut reports = Reports::new(&args.settings(), world).map_err(Refusal::usage)?;
    let judged = verdicts(args, look, &mut reports, world, sources)?;
    let header = Trace::open(args, world)?.reader()?.header;
    let strange = |name: &&String| judged.iter().any(|report| report.order.find(name).is_none());
    match header.lifelines.iter().find(strange) {
        None => Ok(judged),
        Some(name) => Err(Diagnostic::error("trace", format!("the trace contains {name}, but the diagram does not"))
            .with_help("use the diagram of the recording")
            .into()),
    }
}

fn verdicts(
    args: &Judge,
    look: Look,
    reports: &mut Reports,
    world: &mut World,
    sources: &mut Sources,
) -> Result<Vec<ScenarioReport>, Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let all = Layer { settings: args.settings(), look }.over(below.clone());
    world.paint(all.look.color.unwrap_or_default());
    let layers =
        Layers::new(args.settings(), below.settings, Purpose::Judge, world, sources).map_err(Refusal::usage)?;
    let mut trace = Trace::open(args, world)?;
    let (header, digest) = trace.look_through()?;
    let piece = read_diagram(args, &all.settings, &header, world, sources)?;
    let mut lost = Vec::new();
    let (ready, sources) = check::prepare(vec![piece], &layers, world, sources, &mut lost)?;
    if !lost.is_empty() {
        return Ok(lost);
    }
    ready.iter().for_each(|one| reports.hide(&one.prepared.secrets()));
    let again = format!("seqcheck judge {} {}", args.path.display(), args.trace.display());
    let mut judged = Vec::new();
    for one in &ready {
        let mut broken = None;
        let verdict = one.prepared.judge_stream(&header, &digest, trace.entries(&mut broken)?);
        if let Some(error) = broken {
            return Err(trace.refusal(&[error]));
        }
        let verdict =
            verdict.map_err(|error| Refusal { sources: Some(sources.clone()), ..Refusal::usage(error.diagnostics) })?;
        let told = results::reports(one, verdict, &[], reports, &mut Outputs::default(), ("", None));
        judged.extend(told.into_iter().map(|report| ScenarioReport { again: again.clone(), duration: None, ..report }));
    }
    Ok(judged)
}

/// A record on the disk: it is gone through line by line, as often as needed, and never held whole.
struct Trace {
    name: String,
    stream: Stream,
}

impl Trace {
    fn open(args: &Judge, world: &World) -> Result<Trace, Refusal> {
        let name = args.trace.display().to_string();
        let stream = files::stream(&world.locate(&args.trace), &TRACE)
            .map_err(|why| Diagnostic::error("trace", format!("{name}: cannot be read: {why}")).with_help(WAY_OUT))?;
        Ok(Trace { name, stream })
    }

    /// From its beginning.
    fn reader(&mut self) -> Result<Reader<BufReader<&mut Stream>>, Refusal> {
        let name = &self.name;
        let again = self.stream.again();
        again.map_err(|why| {
            let why = files::why(&why);
            Diagnostic::error("trace", format!("{name}: cannot be read: {why}")).with_help(WAY_OUT)
        })?;
        Reader::new(BufReader::new(&mut self.stream)).map_err(|error| refusal(name, &[error]))
    }

    /// What has to be known of it before it is judged. Every line is read.
    fn look_through(&mut self) -> Result<(Header, Digest), Refusal> {
        let (mut digest, mut errors) = (Digest::default(), Vec::new());
        let mut reader = self.reader()?;
        for entry in &mut reader {
            match entry {
                Ok(entry) => digest.add(&entry),
                Err(error) => errors.push(error),
            }
            if errors.len() == file::TOLD {
                break;
            }
        }
        let header = reader.header;
        if errors.is_empty() { Ok((header, digest)) } else { Err(self.refusal(&errors)) }
    }

    /// Its entries, up to one that cannot be read: it has changed meanwhile.
    fn entries<'t>(
        &'t mut self,
        broken: &'t mut Option<ReadError>,
    ) -> Result<impl Iterator<Item = Entry> + 't, Refusal> {
        let entries = self.reader()?;
        Ok(entries.map_while(|entry| entry.map_err(|error| *broken = Some(error)).ok()))
    }

    fn refusal(&self, errors: &[ReadError]) -> Refusal {
        refusal(&self.name, errors)
    }
}

const WAY_OUT: &str = "seqcheck --out FOLDER writes a trace: FOLDER/…/trace.jsonl";

fn refusal(name: &str, errors: &[ReadError]) -> Refusal {
    let problem = |error: &ReadError| Diagnostic::error("trace", format!("{name}: {error}")).with_help(WAY_OUT);
    Refusal::usage(errors.iter().map(problem).collect())
}

/// The diagram of the file; where it holds several, the one from which the trace was recorded.
fn read_diagram(
    args: &Judge,
    settings: &Settings,
    header: &Header,
    world: &mut World,
    sources: &mut Sources,
) -> Result<Piece, Refusal> {
    let (found, mut problems) = paths::find(world, std::slice::from_ref(&args.path), settings.dialect);
    let loaded = load::load(&found, world, sources);
    if loaded.is_broken() || !problems.is_empty() {
        problems.extend(loaded.diagnostics);
        return Err(Refusal::usage(problems));
    }
    let mut pieces = loaded.pieces;
    let same = |piece: &Piece| file::fingerprint(sources.slice(piece.diagram.span)) == header.fingerprint;
    let at = pieces.iter().position(same).or_else(|| pieces.iter().position(|piece| piece.place == header.scenario));
    match (at, pieces.len()) {
        (Some(at), _) => Ok(pieces.swap_remove(at)),
        (None, 1) => Ok(pieces.swap_remove(0)),
        (None, _) => {
            let places: Vec<&str> = pieces.iter().map(|piece| piece.place.as_str()).collect();
            Err(Diagnostic::error("trace", format!("none of these diagrams has the title {}", header.scenario))
                .with_note(format!("the diagrams are {}", places.join(", ")))
                .with_help("use the file of the recording")
                .into())
        }
    }
}
