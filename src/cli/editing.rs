//! What an editor is told: the command line as the host of the language server.
//!
//! Settings are found and trusted as for a command that is run in the folder that the editor has open. What is looked at
//! runs nothing; what is played is played in memory, so that nobody is connected to.

use super::bindings::Bindings;
use super::bug::caught;
use super::load::{self, Loaded};
use super::paths::{Found, Language};
use super::reports::Reports;
use super::results::{self, Outputs};
use super::scenarios::{Layers, Ready};
use super::settings::{Layer, Settings};
use super::trust::Purpose;
use super::world::World;
use super::{config, drawn, linting, rewrite};
use crate::lsp::{Host, Kind, Look, Piece, Played};
use crate::report::{Run, ScenarioReport, text};
use crate::run::Survey;
use crate::source::{Diagnostic, Severity, Source, Sources, Span};
use crate::wire::{BINDING, Binding};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Keys of a configuration that say where something is played or written: an editor does neither.
const ELSEWHERE: [&str; 7] = ["target", "ready", "client-cert", "insecure", "cacert", "out", "snapshots"];

/// The command line behind an editor.
pub struct Editing {
    world: World,
    folders: Vec<PathBuf>,
}

impl Editing {
    /// In this world, of which the environment and the flags are taken.
    pub fn new(world: World) -> Editing {
        Editing { world, folders: Vec::new() }
    }

    /// The world of a command that is run where this file is.
    fn world_of(&self, path: &Path) -> World {
        let folder = crate::lsp::folder_of(&self.folders, path);
        let own = &self.world;
        World {
            vars: own.vars.clone(),
            guard: own.guard.clone(),
            stop: own.stop.clone(),
            config: own.config.as_ref().map(|config| own.locate(config)),
            profile: own.profile.clone(),
            unsaved: own.unsaved.clone(),
            ..World::empty(folder)
        }
    }

    fn found(path: &Path, language: Language) -> Found {
        // Whole, so that what it names is found from its own folder wherever the server was started.
        let name = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        Found { name, path: Some(path.to_path_buf()), language, told: true, lines: Vec::new() }
    }

    fn diagrams(&self, path: &Path, language: Language) -> Look {
        let (mut world, mut sources) = (self.world_of(path), Sources::new());
        let mut problems = Vec::new();
        let below = settings(&world, &mut sources, &mut problems);
        let levels = linting::levels(&below.settings).unwrap_or_else(|wrong| {
            problems.extend(wrong);
            linting::levels(&Settings::default()).unwrap_or_default()
        });
        let layers = Layers::new(Settings::default(), below.settings, Purpose::Look, &world, &mut sources)
            .map_err(|wrong| problems.extend(wrong))
            .ok();
        let loaded = load::load(&[Self::found(path, language)], &mut world, &mut sources);
        let source = sources.iter().find(|(_, source)| Path::new(source.name()) == path).map(|(id, _)| id);
        let Loaded { pieces, unsound, diagnostics, .. } = loaded;
        let sound = pieces.len();
        let mut bindings = Bindings::new(&world);
        let bound: Vec<_> = pieces
            .into_iter()
            .chain(unsound)
            .map(|piece| {
                let binding = layers.as_ref().and_then(|layers| layers.binding(&piece, &mut bindings, &mut sources));
                (piece, binding)
            })
            .collect();
        problems.append(&mut bindings.problems);
        let sources = Arc::new(sources);
        let (before, rest): (Vec<_>, Vec<_>) = diagnostics.into_iter().partition(linting::is_finding);
        let mut told: Vec<Diagnostic> = rest.into_iter().chain(problems).collect();
        let (mut all, hidden) = (Vec::new(), world.out.hidden());
        for (index, (piece, binding)) in bound.into_iter().enumerate() {
            let ready = layers.as_ref().zip(binding.as_ref()).filter(|_| index < sound);
            let options = linting::Options::default();
            let too_large = AtomicBool::new(false);
            let looked = ready.map(|(layers, binding)| {
                caught(|| linting::look(&piece, binding, layers, &before, &sources, options, &too_large))
            });
            let survey = match looked {
                Some(Ok(looked)) => {
                    told.extend(levels.weigh(looked.findings).into_iter().map(|finding| finding.diagnostic));
                    told.extend(looked.problems);
                    looked.survey
                }
                Some(Err(bug)) => {
                    told.push(bug.diagnostic(&piece.place));
                    None
                }
                None => None,
            };
            survey.iter().for_each(|survey: &Survey| hidden.merge(survey.binding.secrets()));
            all.push(Piece {
                range: piece.range,
                dialect: piece.dialect,
                name: piece.name,
                diagram: piece.diagram,
                mentions: piece.mentions,
                page: piece.block.as_ref().map(|block| block.flavour),
                sound: index < sound,
                neighbours: piece.neighbours,
                binding,
                survey,
            });
        }
        all.sort_by_key(|piece| piece.range.start);
        // What has no place comes first.
        told.sort_by_key(Diagnostic::primary);
        Look { kind: Kind::Diagram, sources, source, pieces: all, told, hidden, ..Look::default() }
    }

    fn binding(&self, path: &Path) -> Look {
        let (world, mut sources) = (self.world_of(path), Sources::new());
        let Ok(text) = world.text(path, &BINDING) else { return Look::default() };
        // Of a file that may be somebody else's nothing is said.
        if !Binding::is_one(&text) {
            return Look::default();
        }
        let source = sources.add(Source::new(path.to_string_lossy().as_ref(), text));
        let told = Binding::parse(&mut sources, source).err().unwrap_or_default();
        Look { kind: Kind::Binding, sources: Arc::new(sources), source: Some(source), told, ..Look::default() }
    }

    fn configuration(&self, path: &Path) -> Look {
        let (world, mut sources) = (self.world_of(path), Sources::new());
        let world = World { config: Some(path.to_path_buf()), vars: BTreeMap::new(), profile: None, ..world };
        let mut problems = Vec::new();
        let below = settings(&world, &mut sources, &mut problems);
        problems.extend(linting::levels(&below.settings).err().into_iter().flatten());
        let source = sources.iter().find(|(_, source)| world.locate(source.name().as_ref()) == path).map(|(id, _)| id);
        let told = problems;
        let keys = config::documented();
        Look { kind: Kind::Settings, sources: Arc::new(sources), source, told, keys, ..Look::default() }
    }
}

/// What the variables and the configuration say; paths in it are whole.
fn settings(world: &World, sources: &mut Sources, problems: &mut Vec<Diagnostic>) -> Layer {
    let mut layer = config::below(world, sources).unwrap_or_else(|wrong| {
        problems.extend(wrong);
        Layer::default()
    });
    let binding = layer.settings.binding.take();
    layer.settings.binding = binding.map(|name| match Binding::builtin(&name) {
        Some(_) => name,
        None => world.locate(name.as_ref()).display().to_string(),
    });
    layer
}

/// What an editor says a text is, where its name does not say it.
fn language_of(path: &Path, language: &str) -> Option<Language> {
    let named = || Language::from_name(&language.to_ascii_lowercase());
    let by_fence = || crate::syntax::Dialect::from_fence(language).map(Language::Diagram);
    Language::of(path).or_else(named).or_else(by_fence)
}

impl Host for Editing {
    fn open_folders(&mut self, folders: Vec<PathBuf>) {
        self.folders = folders;
    }

    fn set_unsaved(&mut self, path: &Path, text: Option<Arc<str>>) {
        match text {
            Some(text) => drop(self.world.unsaved.insert(path.to_path_buf(), text)),
            None => drop(self.world.unsaved.remove(path)),
        }
    }

    fn look(&mut self, path: &Path, language: &str) -> Look {
        let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        match language_of(path, language) {
            _ if path.file_name().is_some_and(|name| name == config::FILE) => self.configuration(path),
            _ if is_toml => self.binding(path),
            Some(language) => self.diagrams(path, language),
            None => Look::default(),
        }
    }

    fn formatted(&mut self, path: &Path, language: &str) -> Result<String, Vec<Diagnostic>> {
        let unknown = || vec![Diagnostic::error("fmt", "this is not a diagram, and not a page with diagrams")];
        let language = language_of(path, language).ok_or_else(unknown)?;
        let (mut world, mut sources) = (self.world_of(path), Sources::new());
        let loaded = load::load_alone(&[Self::found(path, language)], &mut world, &mut sources);
        if loaded.is_broken() {
            return Err(loaded.diagnostics);
        }
        let mut problems = loaded.diagnostics;
        let files = rewrite::files(&loaded.pieces, None, &sources, &mut problems);
        let changed = files.iter().any(|file| file.old != file.new);
        problems.extend(rewrite::refused(&problems).filter(|_| changed));
        let errors: Vec<Diagnostic> =
            problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
        match files.into_iter().next() {
            Some(file) if errors.is_empty() => Ok(file.new),
            Some(_) => Err(errors),
            None => Err(unknown()),
        }
    }

    fn play(&mut self, path: &Path, language: &str, piece: usize) -> Result<Played, Vec<Diagnostic>> {
        let mut world = self.world_of(path);
        let played = Self::play_in(&mut world, path, language, piece);
        let hidden = world.out.hidden();
        played.map_err(|mut problems| {
            problems.iter_mut().for_each(|problem| linting::hide_in(problem, &hidden));
            problems
        })
    }
}

impl Editing {
    fn play_in(world: &mut World, path: &Path, language: &str, piece: usize) -> Result<Played, Vec<Diagnostic>> {
        let unknown = || vec![Diagnostic::error("usage", "this diagram no longer exists")];
        let language = language_of(path, language).ok_or_else(unknown)?;
        let mut sources = Sources::new();
        let mut problems = Vec::new();
        let below = in_memory(settings(world, &mut sources, &mut problems).settings);
        let layers = Layers::new(Settings::default(), below.clone(), Purpose::Play, world, &mut sources)?;
        let loaded = load::load(&[Self::found(path, language)], world, &mut sources);
        let start = |piece: &load::Piece| piece.range.start;
        let mut starts: Vec<usize> = loaded.pieces.iter().chain(&loaded.unsound).map(start).collect();
        starts.sort_unstable();
        let wanted = starts.get(piece).copied().ok_or_else(unknown)?;
        let Some(piece) = loaded.pieces.into_iter().find(|piece| piece.range.start == wanted) else {
            return Err(loaded.diagnostics);
        };
        let mut bindings = Bindings::new(world);
        let Some(binding) = layers.binding(&piece, &mut bindings, &mut sources) else { return Err(bindings.problems) };
        let sources = Arc::new(sources);
        let scenario = layers.scenario(&piece, binding.clone(), &sources);
        let prepared = scenario.prepare().map_err(|error| drawn::explained(&piece, &binding, error.diagnostics))?;
        let mut reports = Reports::new(&Settings::default(), world)?;
        reports.hide(&prepared.secrets());
        let ready = Ready { piece, prepared, place: PathBuf::new() };
        let verdict = ready.prepared.play();
        let all = results::reports(&ready, verdict, &[], &reports, &mut Outputs::default(), ("", None));
        Ok(played(all, layers.place(), path))
    }
}

/// The settings without what leads out of this process.
fn in_memory(mut settings: Settings) -> Settings {
    settings.target.clear();
    settings.cacert.clear();
    settings.report.clear();
    (settings.ready, settings.net, settings.client_cert) = (None, None, None);
    (settings.out, settings.snapshots, settings.insecure) = (None, None, false);
    settings.permissions.retain(|asked| !ELSEWHERE.contains(&asked.key) && asked.key != "report");
    settings
}

fn played(scenarios: Vec<ScenarioReport>, place: String, path: &Path) -> Played {
    let passed = !scenarios.is_empty() && scenarios.iter().all(|report| report.status().is_good());
    let mut findings = Vec::new();
    for report in &scenarios {
        for finding in &report.outcome.findings {
            let span = finding.arrow.map(|arrow| report.order.arrow(arrow).span);
            // What happens in a diagram that is referred to stands in that.
            let is_own = |span: &Span| Path::new(report.sources.get(span.source).name()) == path;
            if let Some(span) = span.filter(is_own) {
                findings.push((span, format!("{}: {}", finding.class.word(), finding.what)));
            }
        }
    }
    let run = Run { scenarios, place, ..Run::default() };
    Played { passed, report: text::render(&run, &text::Style::default()), findings }
}
