//! Diagram → [`Order`]: lifelines unfolded, arrows to many split, directives and delays attached.

use super::Vocabulary;
use super::budget;
use super::cast::{self, Casting};
use super::implied;
use super::inline::{self, Library};
use super::model::{ArrowId, LifelineId, Order};
use super::scope::{Pending, Scope};
use crate::diagram::{self, Diagram, ParticipantId, Setting};
use crate::source::{Diagnostic, Sources, Span};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// What a compilation needs beside the diagram.
pub struct Setup<'a> {
    /// Texts, for line numbers.
    pub sources: &'a Sources,
    /// What labels are.
    pub words: &'a dyn Vocabulary,
    /// Who plays whom.
    pub casting: &'a Casting,
    /// Values of `${name}`; those of the diagram's own `var` directives come after these.
    pub vars: &'a BTreeMap<String, String>,
    /// Where references are looked up.
    pub library: &'a dyn Library,
}

/// Compiles a diagram, or says everything that stands against a run.
///
/// # Errors
/// Roles that cannot be told, names and variables that nobody declared, references that lead nowhere, directives that
/// fit nothing, constructs that can be drawn but not run; each with its place and the way out.
pub fn compile(diagram: &Diagram, setup: &Setup<'_>) -> Result<Order, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let inlined;
    let diagram = if inline::refers(&diagram.body) {
        inlined = inline::references(diagram, setup.library, &mut problems)?;
        &inlined
    } else {
        diagram
    };
    let cast = cast::cast(diagram, setup.casting, setup.words, &mut problems);
    let connected = implied::connects(diagram, &cast, setup.words);
    let diagram = connected.as_ref().unwrap_or(diagram);
    let mut compiler = Compiler::new(diagram, setup, problems);
    compiler.lifelines(&cast);
    let mut pending = Pending::default();
    let root = compiler.block(&diagram.body, Scope::default(), &mut pending);
    compiler.order.root = root;
    compiler.order.tail = pending.delay;
    compiler.leftovers(&pending, diagram.span);
    compiler.resolve_depends();
    compiler.resolve_bounds();
    if compiler.order.arrows.is_empty() && compiler.problems.is_empty() {
        compiler.problems.push(
            Diagnostic::error("empty", "this diagram has no arrow, so there is nothing to run")
                .at(diagram.span, "")
                .with_help("write one, such as: Alice->Server: WS connect"),
        );
    }
    super::chooser::settle(&mut compiler.order);
    compiler.problems.extend(budget::turns(&compiler.order));
    if compiler.problems.is_empty() {
        Ok(compiler.order)
    } else {
        compiler.problems.sort_by_key(|problem| problem.primary());
        Err(compiler.problems)
    }
}

pub(super) struct Compiler<'a> {
    pub(super) diagram: &'a Diagram,
    pub(super) setup: &'a Setup<'a>,
    pub(super) vars: BTreeMap<&'a str, &'a str>,
    pub(super) order: Order,
    pub(super) problems: Vec<Diagnostic>,
    /// The lifelines of each participant.
    pub(super) unfolded: Vec<Vec<LifelineId>>,
    /// Which lifelines are connected at this point of the text.
    pub(super) connected: Vec<bool>,
    /// The participants that dial, once somebody has asked.
    pub(super) dialling: Option<FxHashSet<ParticipantId>>,
    pub(super) number: u32,
    pub(super) depends: Vec<(ArrowId, diagram::ArrowRef, Span)>,
    pub(super) bounds: Vec<diagram::TimeBound>,
    pub(super) anchors: BTreeMap<String, ArrowId>,
    pub(super) rest: usize,
    /// There are more arrows than a diagram may have, and that is told.
    pub(super) full: bool,
}

impl<'a> Compiler<'a> {
    fn new(diagram: &'a Diagram, setup: &'a Setup<'a>, problems: Vec<Diagnostic>) -> Self {
        let mut vars: BTreeMap<&str, &str> = BTreeMap::new();
        for setting in &diagram.settings {
            if let Setting::Var { name, value, .. } = setting {
                vars.insert(name, value);
            }
        }
        vars.extend(setup.vars.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        Compiler {
            diagram,
            setup,
            vars,
            order: Order::default(),
            problems,
            unfolded: Vec::new(),
            connected: Vec::new(),
            dialling: None,
            number: 0,
            depends: Vec::new(),
            bounds: Vec::new(),
            anchors: BTreeMap::new(),
            rest: 0,
            full: false,
        }
    }
}
