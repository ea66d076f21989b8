use crate::source::{unforged, visible};

/// A server that was launched for a play, as it stood when the play was over. It is no part of what is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// The command that started it.
    pub command: String,
    /// How it ended (`exit status: 3`, `signal: 11 (SIGSEGV)`), where it did by itself.
    pub ended: Option<String>,
    /// It had ended before the play began.
    pub before: bool,
    /// It is no server, but a command that was started to dial one that the tool plays.
    pub client: bool,
    /// It was spoken with over its standard streams: it is one of those that were started for a connection each.
    pub spoken: bool,
    /// The last of what it wrote to its standard output and error.
    pub output: String,
}

/// How many of the last lines of its output a report shows.
const LINES: usize = 12;
/// How much of each, in characters.
const LINE: usize = 1_000;
/// How much of its command, in characters.
const COMMAND: usize = 60;

impl Server {
    /// Whether a report speaks of it: where it has ended, and where the tool could not do its job, if it said anything.
    pub fn is_shown(&self, trouble: bool) -> bool {
        self.ended.is_some() || trouble && !self.output.is_empty()
    }

    /// What became of it, in a line.
    pub fn words(&self) -> String {
        let command = match self.command.char_indices().nth(COMMAND) {
            Some((end, _)) => format!("{}…", &self.command[..end]),
            None => self.command.clone(),
        };
        let server = format!("the {} `{command}`", if self.client { "command" } else { "launched server" });
        match &self.ended {
            Some(how) if self.before => format!("{server} had ended before this play: {how}"),
            Some(how) if self.client => format!("{server} ended: {how}"),
            Some(how) => format!("{server} ended during this play: {how}"),
            None if self.spoken => format!("{server} lost its client"),
            None => format!("{server} is still running"),
        }
    }

    /// The last lines of its output, under a line that says so; nothing where it wrote nothing.
    pub fn last_lines(&self) -> Vec<String> {
        let lines: Vec<&str> = self.output.lines().collect();
        let shown = &lines[lines.len().saturating_sub(LINES)..];
        let head = match (lines.len(), shown.len()) {
            (_, 0) => return vec!["it wrote nothing".to_owned()],
            (all, shown) if all == shown => "its output:".to_owned(),
            (_, shown) => format!("the last {shown} lines of its output:"),
        };
        let cut = |line: &&str| match line.char_indices().nth(LINE) {
            Some((end, _)) => format!("  {}…", &line[..end]),
            None => format!("  {line}"),
        };
        std::iter::once(head).chain(shown.iter().map(cut)).collect()
    }

    /// All of it, as it is kept in a file.
    pub fn log(&self) -> String {
        let head = format!("# {}", self.words());
        let lines = std::iter::once(&*head).chain(self.output.lines()).map(|line| {
            let line = visible(line);
            unforged(&line).unwrap_or_else(|| line.into_owned()) + "\n"
        });
        lines.collect()
    }
}
