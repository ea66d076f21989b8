//! What logins, preambles and acknowledgements were waiting for when a play went wrong. No arrow draws it, so that the
//! oracle knows nothing of it: it stands beside the finding.

use super::conn::{Conn, Exchange, Pair, Phase, Purpose};
use super::{Driver, hear};
use crate::oracle::{AWAITED_HELP, Class, Finding, Outcome};
use crate::order::{ArrowId, LifelineId, Order};
use crate::trace::{Entry, Event, file};
use crate::wire::{Expectation, Memory, Observed, Step, is_empty};
use serde_json::Value;
use std::collections::BTreeMap;

/// So much of what came instead is shown, in characters.
const SHOWN: usize = 300;

/// What the binding waits for at an arrow.
pub(in crate::run) struct Awaited {
    /// Who waits.
    client: LifelineId,
    /// Which of its steps: ``step 1 of `after` in [connect]``.
    which: String,
    /// What is to come.
    wants: String,
    /// What came instead, where that is known.
    got: Option<String>,
}

/// By the arrow.
pub(in crate::run) type AllAwaited = BTreeMap<ArrowId, Awaited>;

impl Exchange {
    fn awaits(&self) -> Option<(String, String)> {
        match (self.steps.front(), &self.reply) {
            (Some(Step::Receive(expected)), _) => {
                let list = if self.ready.is_some() { "`steps` of its rule" } else { "`after` in [connect]" };
                Some((format!("step {} of {list}", self.through + 1), expected.describe()))
            }
            (_, Some(reply)) => Some(("`reply` of its rule".to_owned(), reply.describe())),
            (Some(Step::Send(_) | Step::Then(_)) | None, None) => None,
        }
    }
}

impl Conn {
    /// What is waited for here, by the arrow that began it.
    fn awaits(&self) -> impl Iterator<Item = (ArrowId, Awaited)> {
        let client = self.pair.0;
        let opening = match &self.phase {
            Phase::Opening(ready) => Some(ready.arrow),
            Phase::Closed | Phase::Open | Phase::Leaving(_) => None,
        };
        let login = self.asking.iter().filter_map(move |asking| {
            let Purpose::Login(expected) = &asking.purpose else { return None };
            let arrow = opening?;
            Some((arrow, Awaited { client, which: self.errand.clone(), wants: answer(expected), got: None }))
        });
        let exchanges = self.exchanges.iter().filter_map(move |exchange| {
            let arrow = exchange.ready.map(|ready| ready.arrow).or(opening)?;
            let (which, wants) = exchange.awaits()?;
            Some((arrow, Awaited { client, which, wants, got: None }))
        });
        login.chain(exchanges)
    }
}

impl Driver<'_> {
    /// The connection ends: whatever is waited for on it stays open.
    pub(super) fn keep_awaited(&mut self, pair: Pair) {
        if let Some(conn) = self.line.conns.get(pair) {
            self.awaited.extend(conn.awaits());
        }
    }

    /// A login was answered in another way.
    pub(super) fn login_failed(&mut self, pair: Pair, expected: &Expectation, observed: &Observed) {
        let memory = self.oracle.memory().unwrap_or(Memory::nothing());
        let viewer = self.viewer(pair);
        let Some(conn) = self.line.conns.get(pair) else { return };
        let Phase::Opening(ready) = &conn.phase else { return };
        let side = |value: Option<Value>| value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
        let mut got = seen(observed);
        for (path, wanted, found) in expected.diff(observed, memory, viewer) {
            // The status stands there already.
            if path != "status" {
                got.push_str(&format!("; {path}: expected {}, got {}", side(wanted), side(found)));
            }
        }
        let (client, which) = (pair.0, conn.errand.clone());
        let login = Awaited { client, which, wants: answer(expected), got: Some(got) };
        self.awaited.insert(ready.arrow, login);
    }

    /// What is open at the end, with what stayed open before.
    pub(super) fn all_awaited(&mut self) -> AllAwaited {
        let mut all = std::mem::take(&mut self.awaited);
        all.extend(self.line.conns.iter().flat_map(Conn::awaits));
        all
    }
}

/// As it stands in the header of a record.
pub(in crate::run) fn recorded(all: &AllAwaited, order: &Order) -> Vec<file::Awaited> {
    let written = |(arrow, of): (&ArrowId, &Awaited)| file::Awaited {
        arrow: arrow.0,
        client: order.lifeline(of.client).name.to_string(),
        step: of.which.clone(),
        wants: of.wants.clone(),
        got: of.got.clone(),
    };
    all.iter().map(written).collect()
}

/// What the header of a record tells.
pub(in crate::run) fn read(header: &file::Header, order: &Order) -> AllAwaited {
    let read = |it: &file::Awaited| {
        let client = order.find(&it.client).filter(|_| order.arrows.len() > it.arrow as usize)?;
        let (which, wants, got) = (it.step.clone(), it.wants.clone(), it.got.clone());
        Some((ArrowId(it.arrow), Awaited { client, which, wants, got }))
    };
    header.awaited.iter().filter_map(read).collect()
}

/// Puts beside each finding what was waited for at its arrow, or at the one from which it follows, and what came instead.
pub(in crate::run) fn tell(outcome: &mut Outcome, awaited: &AllAwaited, trace: &[Entry], order: &Order) {
    if awaited.is_empty() {
        return;
    }
    let came = |finding: &Finding| match finding.entry.and_then(|entry| trace.get(entry)).map(|entry| &entry.event) {
        Some(Event::Received { observed, .. }) => Some(seen(observed)),
        Some(_) | None => None,
    };
    for root in &mut outcome.findings {
        let (place, arrow, of) = if let Some((arrow, of)) = root.arrow.and_then(|arrow| awaited.get_key_value(&arrow)) {
            ("here".to_owned(), arrow, of)
        } else if let Some((arrow, of)) = root.cause.and_then(|cause| awaited.get_key_value(&cause.arrow))
            && of.is_behind(root, came(root).as_deref())
        {
            (format!("at line {}", order.arrow(*arrow).line), arrow, of)
        } else {
            continue;
        };
        let others = root.consequences.iter().filter(|other| other.arrow == Some(*arrow));
        let got = of.got.clone().or_else(|| std::iter::once(&*root).chain(others).find_map(came));
        let got = got.map_or_else(|| "nothing was received".to_owned(), |got| format!("the received message is {got}"));
        if of.is_taken_for(root) {
            // The login is what failed; that its answer is none to the handshake says nothing.
            root.what = format!("{} could not log in: {} failed", order.lifeline(of.client).name, of.which);
            root.diff.clear();
        }
        root.help.insert(0, format!("{AWAITED_HELP} {place} for {} ({}), and {got}", of.wants, of.which));
    }
}

impl Awaited {
    /// Whether a finding is the answer to this login, which is no answer to the handshake that is drawn there.
    fn is_taken_for(&self, finding: &Finding) -> bool {
        self.got.is_some() && finding.class == Class::WrongPayload && self.client == finding.lifeline
    }

    /// Whether a finding at a later arrow, such as a drawn answer to the handshake, comes of this: what is drawn there
    /// never came, or it is the answer to the login that was taken for it. What else came there says nothing of this,
    /// which may yet have been on its way.
    fn is_behind(&self, finding: &Finding, came: Option<&str>) -> bool {
        let answered = || self.got.as_deref().zip(came).is_some_and(|(got, came)| got.starts_with(came));
        self.client == finding.lifeline && (finding.class == Class::Missing || answered())
    }
}

/// An answer to a request: its statuses.
fn answer(expected: &Expectation) -> String {
    match &expected.statuses()[..] {
        // Where nothing is said, whatever is no refusal will do.
        [] => "HTTP 2xx or 3xx".to_owned(),
        codes => {
            let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
            format!("HTTP {}", codes.join(" or "))
        }
    }
}

/// What came, in a line.
fn seen(observed: &Observed) -> String {
    let text = match observed {
        Observed::Message(message) => message.raw.to_string(),
        Observed::Garbled { raw, .. } => raw.to_string(),
        Observed::Status { code, body, .. } if is_empty(body) => format!("HTTP {code}"),
        Observed::Status { code, body, .. } => format!("HTTP {code} {body}"),
        Observed::Event { data, .. } => data.clone(),
        Observed::Close { code: Some(code), reason } => format!("Close {code} {reason}").trim_end().to_owned(),
        Observed::Close { code: None, .. } => "Close without a code".to_owned(),
        Observed::Dialled { url, .. } => format!("a handshake for {url}"),
        Observed::Asked { method, url, .. } => format!("{method} {url}"),
        Observed::End { how } => format!("the end of the connection: {how}"),
    };
    shortened(&text)
}

/// As much of it as is shown.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The name of a request of `before`: which it is, from 1, and what it asks for.
pub(super) fn login(number: usize, request: &crate::net::HttpRequest) -> String {
    let hear::Asked { method, path } = hear::asked(request);
    format!("request {number} of `before` in [connect]: {method} {path}")
}
