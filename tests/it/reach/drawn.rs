//! A server that does what its lifelines are drawn to do, made of a laid-out scenario: it waits for what clients are drawn
//! to send, and sends what it is drawn to send, one after the other as they stand in the text.
//!
//! Where the tool chooses (an operand, another turn of a loop) it looks at what has come; where the server chooses, it takes
//! the first operand in which something is to be seen, and as few turns as a loop may have, but one.

use crate::field::{Call, Client, End, Field, Out, server};
use seqcheck::oracle::{Part, Plan};
use seqcheck::order::{ArrowId, Block, Chooser, FragmentId, Kind, LifelineId, Node};
use seqcheck::run::Survey;
use seqcheck::wire::{Channel, Expectation, Resolved};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long it waits for what is drawn next.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it waits before it takes an option of the client for not taken.
const TURN: Duration = Duration::from_millis(500);

/// What reaches the server.
enum Came {
    Call(Box<Call>),
    /// On the socket of this number.
    Said(usize, Value),
    Gone(usize),
}

/// The server of a scenario. It serves one play.
pub fn server_of(survey: &Survey) -> Field {
    let (tell, told) = unbounded_channel();
    let told = Arc::new(Mutex::new(Some(told)));
    let plan = Arc::clone(&survey.plan);
    server(move |call| {
        let (tell, told, plan) = (tell.clone(), Arc::clone(&told), Arc::clone(&plan));
        async move {
            let director = told.lock().expect("nobody panicked").take();
            if let Some(told) = director {
                tokio::spawn(Stage::new(plan, told, tell.clone()).play());
            }
            let _ = tell.send(Came::Call(Box::new(call)));
        }
    })
}

struct Stage {
    plan: Arc<Plan>,
    told: UnboundedReceiver<Came>,
    tell: UnboundedSender<Came>,
    /// What came and was not drawn so far.
    calls: VecDeque<Call>,
    said: VecDeque<(usize, Value)>,
    gone: Vec<usize>,
    /// The sockets so far, and whose they are.
    sockets: Vec<Out>,
    owners: BTreeMap<LifelineId, usize>,
    streams: BTreeMap<LifelineId, Out>,
    asked: BTreeMap<LifelineId, Call>,
}

/// Why it stopped.
struct Stopped;

impl Stage {
    fn new(plan: Arc<Plan>, told: UnboundedReceiver<Came>, tell: UnboundedSender<Came>) -> Stage {
        Stage {
            plan,
            told,
            tell,
            calls: VecDeque::new(),
            said: VecDeque::new(),
            gone: Vec::new(),
            sockets: Vec::new(),
            owners: BTreeMap::new(),
            streams: BTreeMap::new(),
            asked: BTreeMap::new(),
        }
    }

    async fn play(mut self) {
        let root = self.plan.order().root.clone();
        let _ = Box::pin(self.block(&root)).await;
        // What it holds stays open until the clients leave.
        while self.next().await.is_ok() {}
    }

    /// Takes the next thing that comes.
    async fn next(&mut self) -> Result<(), Stopped> {
        let came = tokio::time::timeout(PATIENCE, self.told.recv()).await;
        match came {
            Ok(Some(Came::Call(call))) => self.calls.push_back(*call),
            Ok(Some(Came::Said(socket, value))) => self.said.push_back((socket, value)),
            Ok(Some(Came::Gone(socket))) => self.gone.push(socket),
            Ok(None) | Err(_) => return Err(Stopped),
        }
        Ok(())
    }

    async fn block(&mut self, block: &Block) -> Result<(), Stopped> {
        for node in block {
            match *node {
                Node::Arrow(arrow) => self.arrow(arrow).await?,
                Node::Fragment(fragment) => Box::pin(self.fragment(fragment)).await?,
            }
        }
        Ok(())
    }

    async fn fragment(&mut self, id: FragmentId) -> Result<(), Stopped> {
        let plan = Arc::clone(&self.plan);
        let fragment = plan.order().fragment(id);
        let bodies: Vec<&Block> = fragment.operands.iter().map(|operand| &operand.body).collect();
        match &fragment.kind {
            Kind::Choice(_) if fragment.keyword == "break" => self.block(bodies[1]).await,
            Kind::Choice(Chooser::Tool) => match self.taken(&bodies).await? {
                Some(operand) => self.block(bodies[operand]).await,
                None => Ok(()),
            },
            Kind::Choice(_) => {
                let seen = bodies.iter().position(|body| !matches!(self.first(body).as_slice(), []));
                let by_server = bodies.iter().position(|body| {
                    self.first(body).first().is_some_and(|arrow| plan.planned(*arrow).part == Part::Observation)
                });
                match by_server.or(seen) {
                    Some(operand) => self.block(bodies[operand]).await,
                    None => Ok(()),
                }
            }
            Kind::Loop { min, max, chooser: Chooser::Tool, free } => {
                let (least, most) = if *free { (1, Some(1)) } else { (*min, *max) };
                let mut turn = 0;
                while most.is_none_or(|most| turn < most) {
                    if turn >= least && self.taken(&bodies).await?.is_none() {
                        break;
                    }
                    self.block(bodies[0]).await?;
                    turn += 1;
                }
                Ok(())
            }
            Kind::Loop { min, max, .. } => {
                for _ in 0..(*min).max(1).min(max.unwrap_or(u32::MAX)) {
                    self.block(bodies[0]).await?;
                }
                Ok(())
            }
            Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                for body in bodies {
                    self.block(body).await?;
                }
                Ok(())
            }
        }
    }

    /// The operand that the tool begins, by what has come; none where nothing of them comes.
    async fn taken(&mut self, bodies: &[&Block]) -> Result<Option<usize>, Stopped> {
        let firsts: Vec<Vec<ArrowId>> = bodies.iter().map(|body| self.first(body)).collect();
        let end = tokio::time::Instant::now() + TURN;
        loop {
            let begun = firsts.iter().position(|first| first.iter().any(|arrow| self.has_come(*arrow)));
            if begun.is_some() {
                return Ok(begun);
            }
            match tokio::time::timeout_at(end, self.next()).await {
                Ok(more) => more?,
                Err(_) => return Ok(None),
            }
        }
    }

    /// What can be seen first of a block; several where a fragment begins it.
    fn first(&self, block: &Block) -> Vec<ArrowId> {
        for node in block {
            let found = match *node {
                Node::Arrow(arrow) => match self.plan.planned(arrow).part {
                    Part::Stimulus | Part::Observation => vec![arrow],
                    Part::Local | Part::Hidden => Vec::new(),
                },
                Node::Fragment(fragment) => {
                    let operands = &self.plan.order().fragment(fragment).operands;
                    operands.iter().flat_map(|operand| self.first(&operand.body)).collect()
                }
            };
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// Whether what an arrow sends has come.
    fn has_come(&self, arrow: ArrowId) -> bool {
        let planned = self.plan.planned(arrow);
        let Some((client, _)) = self.plan.client(arrow) else { return false };
        let socket = self.owners.get(&client);
        match &planned.resolved {
            Some(Resolved::Connect { .. }) => self.calls.iter().any(Call::is_upgrade),
            Some(Resolved::Request(_)) => self.request(arrow).is_some(),
            Some(Resolved::Disconnect | Resolved::Drop) => socket.is_some_and(|own| self.gone.contains(own)),
            Some(Resolved::Send(_)) => socket.is_some() && self.message(arrow, socket.copied()).is_some(),
            Some(Resolved::DropEvents | Resolved::Pause | Resolved::Resume | Resolved::Expect(_)) | None => false,
            // A server's: nobody here is one by the plan.
            Some(Resolved::Answer(_) | Resolved::Push(_) | Resolved::Close(_)) => false,
        }
    }

    /// Where the message of an arrow stands among those that came.
    fn message(&self, arrow: ArrowId, socket: Option<usize>) -> Option<usize> {
        let outline = self.plan.planned(arrow).resolved.as_ref()?.outline();
        let wanted: Value = serde_json::from_str(outline.first()?).ok()?;
        self.said.iter().position(|(own, said)| Some(*own) == socket && *said == wanted)
    }

    /// Where the request of an arrow stands among those that came.
    fn request(&self, arrow: ArrowId) -> Option<usize> {
        let outline = self.plan.planned(arrow).resolved.as_ref()?.outline();
        let (method, path) = outline.first()?.split_once(' ')?;
        let path = path.split('?').next()?;
        self.calls.iter().position(|call| !call.is_upgrade() && call.method == method && call.path == path)
    }

    async fn arrow(&mut self, arrow: ArrowId) -> Result<(), Stopped> {
        let plan = Arc::clone(&self.plan);
        let planned = plan.planned(arrow);
        let Some((client, _)) = plan.client(arrow) else { return Ok(()) };
        match (&planned.part, &planned.resolved) {
            (Part::Local | Part::Hidden, _) | (_, None) => {}
            (Part::Stimulus, Some(resolved)) => {
                let waits = !matches!(resolved, Resolved::DropEvents | Resolved::Pause | Resolved::Resume);
                while waits && !self.has_come(arrow) {
                    self.next().await?;
                }
                self.take(arrow, client, resolved).await?;
            }
            (Part::Observation, Some(Resolved::Expect(expected))) => {
                if !plan.order().arrow(arrow).traits.never {
                    self.say(client, planned.channel, expected).await;
                }
            }
            (Part::Observation, Some(_)) => {}
        }
        Ok(())
    }

    async fn take(&mut self, arrow: ArrowId, client: LifelineId, resolved: &Resolved) -> Result<(), Stopped> {
        match resolved {
            Resolved::Connect { .. } => {
                let at = self.calls.iter().position(Call::is_upgrade).ok_or(Stopped)?;
                let call = self.calls.remove(at).ok_or(Stopped)?;
                let socket = call.accept().await.ok_or(Stopped)?;
                self.owners.insert(client, self.sockets.len());
                self.sockets.push(socket.out());
                tokio::spawn(hear(socket, self.sockets.len() - 1, self.tell.clone()));
            }
            Resolved::Send(_) => {
                let at = self.message(arrow, self.owners.get(&client).copied()).ok_or(Stopped)?;
                self.said.remove(at);
            }
            Resolved::Request(request) => {
                let at = self.request(arrow).ok_or(Stopped)?;
                let call = self.calls.remove(at).ok_or(Stopped)?;
                if request.channel() == Channel::Events {
                    let stream = call.events().await.ok_or(Stopped)?;
                    self.streams.insert(client, stream);
                } else if self.is_answered(arrow, client) {
                    self.asked.insert(client, call);
                } else {
                    call.answer(204, Value::Null).await;
                }
            }
            Resolved::Disconnect | Resolved::Drop => {
                let own = self.owners.remove(&client);
                self.gone.retain(|gone| Some(*gone) != own);
            }
            Resolved::DropEvents => drop(self.streams.remove(&client)),
            Resolved::Pause | Resolved::Resume | Resolved::Expect(_) => {}
            // A server's: nobody here is one by the plan.
            Resolved::Answer(_) | Resolved::Push(_) | Resolved::Close(_) => {}
        }
        Ok(())
    }

    /// Whether the answer to a request is drawn: before the client's next request.
    fn is_answered(&self, request: ArrowId, client: LifelineId) -> bool {
        let below = self.plan.order().arrow_ids().skip(request.0 as usize + 1);
        let own = below.filter(|(id, _)| self.plan.client(*id).is_some_and(|(own, _)| own == client));
        for (id, _) in own {
            match &self.plan.planned(id).resolved {
                Some(Resolved::Request(next)) if next.channel() == Channel::Http => return false,
                Some(Resolved::Expect(expected)) if expected.is_answer() => return expected.status() != Some(101),
                _ => {}
            }
        }
        false
    }

    async fn say(&mut self, client: LifelineId, channel: Channel, expected: &Expectation) {
        if let Some(code) = expected.status() {
            if let Some(call) = self.asked.remove(&client).filter(|_| code != 101) {
                call.answer(code, Value::Null).await;
            }
            return;
        }
        let shown = expected.describe();
        let socket = self.owners.get(&client).and_then(|own| self.sockets.get(*own));
        if let Some(code) = shown.strip_prefix("Close ") {
            let code = code.parse().unwrap_or(1000);
            socket.into_iter().for_each(|socket| socket.send(End::Close(code, "")));
        } else if shown.starts_with("the end of the connection") {
            socket.into_iter().for_each(|socket| socket.send(End::Bare));
        } else if shown.starts_with("the end of the event stream") {
            self.streams.remove(&client).into_iter().for_each(|stream| stream.send(End::Bare));
        } else if channel == Channel::Events {
            let event: Value = serde_json::from_str(&shown).unwrap_or_else(|why| panic!("{shown}: {why}"));
            let mut text = String::new();
            if let Some(name) = event["event"].as_str() {
                text.push_str(&format!("event: {name}\n"));
            }
            let data = match &event["data"] {
                Value::Null => "-".to_owned(),
                Value::String(data) => data.clone(),
                data => data.to_string(),
            };
            data.split('\n').for_each(|line| text.push_str(&format!("data: {line}\n")));
            self.streams.get(&client).into_iter().for_each(|stream| stream.send(text.as_str()));
        } else {
            let shown = with_names(&shown, expected);
            socket.into_iter().for_each(|socket| socket.send(shown.as_str()));
        }
    }
}

/// What is expected, with the values that the server chooses: it chooses them as they are drawn.
fn with_names(shown: &str, expected: &Expectation) -> String {
    let mut text = shown.to_owned();
    for (name, hole) in expected.names() {
        text = text.replace(&format!(":{{{hole}}}"), &format!(":{}", Value::from(&**name)));
        let number = name.parse::<i64>().map_or_else(|_| Value::from(&**name), Value::from);
        text = text.replace(&format!(":{{{hole}:int}}"), &format!(":{number}"));
    }
    text
}

async fn hear(mut client: Client, socket: usize, tell: UnboundedSender<Came>) {
    while let Some(said) = client.hear_all().await {
        let _ = tell.send(Came::Said(socket, said));
    }
    let _ = tell.send(Came::Gone(socket));
}
