//! From a label to its rule, without trying them all.

use crate::wire::pattern::{Template, search_as};

/// The labels of one side, most literal characters first.
#[derive(Debug, Default)]
pub(in crate::wire) struct LabelIndex {
    entries: Vec<Entry>,
    /// Entries whose literal prefix begins with this byte.
    by_first: Vec<Vec<u32>>,
    /// Entries that begin with a hole.
    open: Vec<u32>,
}

#[derive(Debug)]
struct Entry {
    rule: u32,
    label: u32,
    literals: u32,
}

/// A label that fits.
#[derive(Debug)]
pub(in crate::wire) struct Fit<'t> {
    /// The rule.
    pub rule: usize,
    /// Which of its spellings.
    pub label: usize,
    /// How many of its characters are literal.
    pub literals: u32,
    /// What its holes took, by the index of the piece.
    pub taken: Vec<(usize, &'t str)>,
    /// Another rule that fits as well.
    pub tie: Option<usize>,
}

impl LabelIndex {
    /// An index of labels: rule, spelling, pattern.
    pub fn new<'a>(labels: impl Iterator<Item = (usize, usize, &'a Template)>) -> Self {
        let mut list: Vec<(Entry, &Template)> = labels
            .map(|(rule, label, template)| {
                let literals = template.literal_chars();
                (Entry { rule: rule as u32, label: label as u32, literals }, template)
            })
            .collect();
        list.sort_by_key(|(entry, _)| (std::cmp::Reverse(entry.literals), entry.rule, entry.label));
        let mut index = LabelIndex { entries: Vec::new(), by_first: vec![Vec::new(); 256], open: Vec::new() };
        for (position, (entry, template)) in list.into_iter().enumerate() {
            match template.prefix().bytes().next() {
                Some(byte) => index.by_first[byte as usize].push(position as u32),
                None => index.open.push(position as u32),
            }
            index.entries.push(entry);
        }
        index
    }

    /// The best fit of a text, whose holes take what is written in its place.
    pub fn find<'t, 'b>(
        &self,
        text: &str,
        written: &'t str,
        template: impl Fn(usize, usize) -> &'b Template,
    ) -> Option<Fit<'t>> {
        let first =
            text.bytes().next().map_or(&[][..], |byte| self.by_first.get(byte as usize).map_or(&[], Vec::as_slice));
        let (mut first, mut open) = (first.iter().peekable(), self.open.iter().peekable());
        let mut best: Option<Fit<'t>> = None;
        loop {
            let next = match (first.peek(), open.peek()) {
                (Some(&&a), Some(&&b)) if a < b => first.next(),
                (Some(_), None) => first.next(),
                (None, None) => return best,
                (_, Some(_)) => open.next(),
            };
            let Some(entry) = next.and_then(|&position| self.entries.get(position as usize)) else { return best };
            if best.as_ref().is_some_and(|best| best.literals > entry.literals) {
                return best;
            }
            let (rule, label) = (entry.rule as usize, entry.label as usize);
            if best.as_ref().is_some_and(|best| best.rule == rule || best.tie.is_some()) {
                continue;
            }
            let Some(taken) = fit(template(rule, label), text, written) else { continue };
            match &mut best {
                Some(best) => best.tie = Some(rule),
                None => best = Some(Fit { rule, label, literals: entry.literals, taken, tie: None }),
            }
        }
    }
}

/// What the holes of a template take of a text, where it fits.
fn fit<'t>(template: &Template, text: &str, written: &'t str) -> Option<Vec<(usize, &'t str)>> {
    if !text.starts_with(template.prefix()) || !text.ends_with(template.suffix()) {
        return None;
    }
    search_as(&template.parts(), text, written)
}
