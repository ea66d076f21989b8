//! The open texts, as the editor shows them.

use super::host::Look;
use super::lines::Lines;
use super::protocol::{Change, Opened};
use super::uri;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One open text.
#[derive(Debug)]
pub struct Document {
    /// The file that it stands for; a name in the first folder where it is none yet.
    pub path: PathBuf,
    /// What the editor takes it for.
    pub language: String,
    /// As the editor counts.
    pub version: i64,
    /// The text.
    pub text: Arc<str>,
    /// Where its lines begin.
    pub lines: Lines,
    /// What is known of it, where that was worked out since it, or what it depends on, has changed.
    pub look: Option<Arc<Look>>,
    /// Whether that was told.
    pub told: bool,
    /// What the last play of this text found, as diagnostics.
    pub played: Vec<serde_json::Value>,
}

/// All open texts by their URI.
#[derive(Debug, Default)]
pub struct Documents {
    open: BTreeMap<String, Document>,
}

impl Documents {
    /// Takes a text in.
    pub fn open(&mut self, opened: Opened) -> &Document {
        let Opened { uri, language_id, version, text } = opened;
        let path = uri::path(&uri).unwrap_or_else(|| PathBuf::from(unnamed(&uri)));
        let document = Document {
            path,
            language: language_id,
            version,
            lines: Lines::of(&text),
            text: text.into(),
            look: None,
            told: false,
            played: Vec::new(),
        };
        self.depend_on(&document.path.clone());
        self.open.insert(uri.clone(), document);
        &self.open[&uri]
    }

    /// Changes a text; says how it is now. None where it is not open.
    pub fn change(&mut self, uri: &str, version: Option<i64>, changes: &[Change]) -> Option<&Document> {
        let path = self.open.get(uri)?.path.clone();
        self.depend_on(&path);
        let document = self.open.get_mut(uri)?;
        let mut text = document.text.to_string();
        for change in changes {
            match change.range {
                None => text.clone_from(&change.text),
                Some(range) => {
                    let lines = Lines::of(&text);
                    let start = lines.offset(&text, range.start);
                    let end = lines.offset(&text, range.end).max(start);
                    text.replace_range(start..end, &change.text);
                }
            }
        }
        document.version = version.unwrap_or(document.version + 1);
        document.lines = Lines::of(&text);
        document.text = text.into();
        document.played.clear();
        (document.look, document.told) = (None, false);
        Some(document)
    }

    /// Closes a text; says which file it stood for.
    pub fn close(&mut self, uri: &str) -> Option<PathBuf> {
        let path = self.open.remove(uri)?.path;
        self.depend_on(&path);
        Some(path)
    }

    /// What others depend on while it is not saved: bindings and configurations. The diagrams that a diagram refers to are
    /// those on the disk.
    fn depend_on(&mut self, path: &Path) {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
            self.all_changed();
        }
    }

    /// Something has changed on which every text may depend.
    pub fn all_changed(&mut self) {
        for document in self.open.values_mut() {
            document.look = None;
            document.told = false;
        }
    }

    /// An open text.
    pub fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(uri)
    }

    /// The same, to keep what is known of it.
    pub fn get_mut(&mut self, uri: &str) -> Option<&mut Document> {
        self.open.get_mut(uri)
    }

    /// The first text of which is not told what is known.
    pub fn untold(&self) -> Option<&str> {
        self.open.iter().find(|(_, document)| !document.told).map(|(uri, _)| uri.as_str())
    }
}

/// The name of a text that is no file: `untitled:Untitled-1` and its like.
fn unnamed(uri: &str) -> String {
    uri.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' }).collect()
}
