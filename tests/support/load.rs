//! Load: several clients that write feedback and remember what became of each request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use serde_json::Value;

use super::http::{Client, Reply, Request};
use super::{Random, Server};

/// What a writer sends: by its number, the number of its request, and chance.
type Body = dyn Fn(usize, usize, &mut Random) -> Value + Send + Sync;

/// What the writers send.
#[derive(Clone)]
pub(crate) struct Plan {
    /// How many write at the same time.
    pub(crate) writers: usize,
    /// Most requests of one writer.
    pub(crate) requests_max: usize,
    /// Where the randomness starts.
    pub(crate) seed: u64,
    /// The body that writer `.0` sends as its request number `.1`.
    pub(crate) body: Arc<Body>,
    /// Asked right after each reply; kept with it.
    pub(crate) mark: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// One request and its fate.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) message_id: String,
    pub(crate) body: Value,
    pub(crate) idempotency_key: String,
    pub(crate) fate: Fate,
    /// What [`Plan::mark`] said when the reply was there.
    pub(crate) mark: u64,
}

/// What is known of a request.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// 2xx: the server promised to keep it.
    Acknowledged,
    /// Any other status: the server said that it did not take it.
    Refused(u16),
    /// The connection broke before the reply: nobody knows.
    Unknown(String),
}

/// Writers at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<Vec<Sent>>>,
}

impl Plan {
    /// Writers that send what `body` says, for as long as they are let.
    pub(crate) fn new(
        writers: usize,
        seed: u64,
        body: impl Fn(usize, usize, &mut Random) -> Value + Send + Sync + 'static,
    ) -> Self {
        let (body, mark) = (Arc::new(body), Arc::new(|| 0));
        Self { writers, requests_max: usize::MAX, seed, body, mark }
    }

    /// Starts the writers. Each ends when its connection breaks.
    pub(crate) fn start(&self, server: &Server, key: &str) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let writer = |writer| {
            let (plan, key, address) = (self.clone(), key.to_owned(), server.address());
            let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
            std::thread::spawn(move || write(&plan, writer, (address, &key), &stop, &acknowledged))
        };
        let threads = (0..self.writers).map(writer).collect();
        Load { stop, acknowledged, threads }
    }
}

impl Load {
    /// Requests acknowledged so far.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Lets each writer finish its request and returns all that was sent, writer by writer.
    pub(crate) fn finish(self) -> Vec<Sent> {
        self.stop.store(true, Ordering::Relaxed);
        self.join()
    }

    /// Waits until all writers have ended by themselves.
    pub(crate) fn join(self) -> Vec<Sent> {
        let results = self.threads.into_iter().map(JoinHandle::join);
        results.flat_map(|sent| sent.expect("a writer does not panic")).collect()
    }
}

impl Sent {
    /// Sends it once more, as a client does that does not know what became of it.
    pub(crate) fn again(&self, client: &mut Client) -> std::io::Result<Reply> {
        post(client, &self.body, &self.idempotency_key)
    }
}

fn write(
    plan: &Plan,
    writer: usize,
    (address, key): (SocketAddr, &str),
    stop: &AtomicBool,
    acknowledged: &AtomicUsize,
) -> Vec<Sent> {
    let mut random = Random::new(plan.seed * 1_000 + writer as u64);
    let mut client = Client::with_key(address, key);
    let mut all = Vec::new();
    for n in 0..plan.requests_max {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let body = (plan.body)(writer, n, &mut random);
        let message_id = body["message_id"].as_str().expect("the plan names one").to_owned();
        let idempotency_key = format!("{}-{writer}-{n}", plan.seed);
        let fate = match post(&mut client, &body, &idempotency_key) {
            Ok(reply) if (200..300).contains(&reply.status) => {
                acknowledged.fetch_add(1, Ordering::Relaxed);
                Fate::Acknowledged
            }
            Ok(reply) => Fate::Refused(reply.status),
            Err(error) => Fate::Unknown(error.to_string()),
        };
        let mark = (plan.mark)();
        let broken = matches!(fate, Fate::Unknown(_));
        all.push(Sent { message_id, body, idempotency_key, fate, mark });
        if broken {
            break;
        }
    }
    all
}

fn post(client: &mut Client, body: &Value, idempotency_key: &str) -> std::io::Result<Reply> {
    let body = body.to_string();
    let request = Request::json("/api/feedback", body.as_bytes());
    client.try_send(&request.header("idempotency-key", idempotency_key))
}
