use crate::cli::settings::{Settings, When};
use crate::cli::world::Screen;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// Nothing is shown of a run that is over by then.
const PATIENCE: Duration = Duration::from_millis(300);

/// The bar, and when it may be seen.
pub struct Progress {
    bar: Option<ProgressBar>,
    /// Where it will be drawn, until it is.
    target: Option<ProgressDrawTarget>,
    began: Instant,
}

impl Progress {
    /// For so many scenarios, where somebody looks at standard error.
    pub fn new(settings: &Settings, scenarios: usize, screen: &Screen) -> Progress {
        let wanted = match settings.progress.unwrap_or_default() {
            When::Auto => screen.terminal && !settings.quiet && scenarios > 1,
            When::Always => true,
            When::Never => false,
        };
        let target = wanted.then(|| match screen.terminal {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        });
        Progress::on(target, scenarios, screen.color)
    }

    fn on(target: Option<ProgressDrawTarget>, scenarios: usize, color: bool) -> Progress {
        let bar = target.is_some().then(|| {
            let bar = ProgressBar::with_draw_target(Some(scenarios as u64), ProgressDrawTarget::hidden());
            let form = if color { "{bar:24.cyan/dim} {pos}/{len}  {msg}" } else { "{bar:24} {pos}/{len}  {msg}" };
            bar.with_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Progress { bar, target, began: Instant::now() }
    }

    /// A scenario starts.
    pub fn started(&mut self, name: &str) {
        self.appear(PATIENCE);
        if let Some(bar) = &self.bar {
            bar.set_message(crate::source::visible(name).into_owned());
        }
    }

    /// A scenario is told.
    pub fn done(&mut self) {
        self.appear(PATIENCE);
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    fn appear(&mut self, patience: Duration) {
        if let Some(bar) = &self.bar
            && self.began.elapsed() >= patience
            && let Some(target) = self.target.take()
        {
            bar.set_draw_target(target);
            bar.tick();
        }
    }

    /// Does something that writes on the terminal, with the bar out of the way.
    pub fn hidden<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// All is told.
    pub fn end(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::InMemoryTerm;

    #[test]
    fn the_bar_counts_on_a_terminal_and_leaves_nothing_behind() {
        let term = InMemoryTerm::new(4, 60);
        let mut progress = Progress::on(Some(ProgressDrawTarget::term_like(Box::new(term.clone()))), 3, false);
        progress.started("first");
        assert_eq!(term.contents(), "", "nothing of a run that is over soon");
        progress.appear(Duration::ZERO);
        progress.done();
        progress.started("second \u{1b}[2J");
        assert!(term.contents().contains("1/3  second \\u{1b}[2J"), "{}", term.contents());
        progress.end();
        assert_eq!(term.contents(), "");
    }
}
