//! One life of the warehouse child, from its start to its end, on a thread of its own.
//!
//! The thread lives as long as the child: the system ends the child when the thread that started
//! it is gone, so no runtime's worker may be that thread.

use std::collections::HashMap;
use std::io;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::{Counters, Program};
use crate::app::protocol::{self, Failure, FromChild, News, ToChild};

/// How long a question that was called off may go on before the child is killed.
const STOP_GRACE: Duration = Duration::from_secs(1);
/// How long the child may take to end when its input has ended.
const END_GRACE: Duration = Duration::from_secs(3);

type Waiters = HashMap<u64, mpsc::UnboundedSender<News>>;

/// A living child, as those who ask see it.
pub(super) struct Session {
    pid: u32,
    orders: mpsc::UnboundedSender<Order>,
    /// Who waits for which answer; none when the child is dead.
    waiters: std::sync::Mutex<Option<Waiters>>,
    last_used: std::sync::Mutex<Instant>,
    /// It may be asked.
    alive: AtomicBool,
    /// It was told to end, so its end is no accident.
    closing: AtomicBool,
    /// It ran out of memory once, and does not get all of that back.
    worn: AtomicBool,
    kill: Notify,
    ended: watch::Receiver<bool>,
}

/// What the session's thread is told.
enum Order {
    Send(Vec<u8>),
    Abandon(u64),
    Close,
}

impl Session {
    /// Starts a child.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub(super) async fn start(program: &Program, counters: Arc<Counters>) -> io::Result<Arc<Self>> {
        let (started, outcome) = oneshot::channel();
        let program = program.clone();
        let life = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(live(program, counters, started)),
                Err(error) => drop(started.send(Err(error))),
            }
        };
        std::thread::Builder::new().name("warehouse".to_owned()).spawn(life)?;
        outcome.await.unwrap_or_else(|_| Err(io::Error::other("the warehouse did not start")))
    }

    /// The process number of the child.
    #[cfg(test)]
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the child still runs.
    pub(super) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::SeqCst)
    }

    /// Sends a question; what comes back arrives in the channel, which closes when the child
    /// dies. None when it is dead already.
    ///
    /// # Errors
    /// When the question is too long for a frame.
    pub(super) fn ask(
        &self,
        id: u64,
        frame: &ToChild,
    ) -> io::Result<Option<mpsc::UnboundedReceiver<News>>> {
        let frame = protocol::encode(frame)?;
        let (sender, news) = mpsc::unbounded_channel();
        match self.waiters().as_mut() {
            Some(waiters) if self.is_alive() => waiters.insert(id, sender),
            Some(_) | None => return Ok(None),
        };
        self.used();
        self.order(Order::Send(frame));
        Ok(Some(news))
    }

    /// Sends a short frame that needs no answer.
    pub(super) fn tell(&self, frame: &ToChild) {
        if let Ok(frame) = protocol::encode(frame) {
            self.order(Order::Send(frame));
        }
    }

    /// Calls a question off; if it does not end at once, the child does.
    pub(super) fn abandon(&self, id: u64) {
        self.order(Order::Abandon(id));
    }

    /// Kills the child.
    pub(super) fn kill(&self) {
        // Nobody must send it another question.
        self.alive.store(false, Ordering::SeqCst);
        self.kill.notify_one();
    }

    /// Lets the child end by itself, and waits until it has.
    pub(super) async fn end(&self) {
        self.close();
        self.gone().await;
    }

    /// Waits for the end of a child that is on its way out, and helps where that takes too long.
    pub(super) async fn gone(&self) {
        if tokio::time::timeout(END_GRACE, self.ended()).await.is_err() {
            self.kill();
            self.ended().await;
        }
    }

    /// Whether a fresh child would have more room than this one.
    pub(super) fn is_worn(&self) -> bool {
        self.worn.load(Ordering::SeqCst)
    }

    /// Returns when the child is gone, if it is on its way out; at once if it lives.
    pub(super) async fn ended(&self) {
        let mut ended = self.ended.clone();
        // An error means that the thread is gone, and the child with it.
        ended.wait_for(|ended| *ended).await.ok();
    }

    /// Tells the child to end; nobody may ask it from now on.
    fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.alive.store(false, Ordering::SeqCst);
        self.order(Order::Close);
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn waiters(&self) -> MutexGuard<'_, Option<Waiters>> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, order: Order) {
        // The receiver is gone when the child is; the waiters learn of that by themselves.
        self.orders.send(order).ok();
    }

    fn used(&self) {
        *self.last_used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Tells the child to end if nobody asked it anything for this long.
    fn close_if_idle(&self, idle: Duration) -> bool {
        // Under the lock under which questions are put, so that none is put into the end.
        let waiters = self.waiters();
        let unused = self.last_used.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        let is_idle = unused >= idle && waiters.as_ref().is_some_and(HashMap::is_empty);
        if is_idle {
            self.close();
        }
        is_idle
    }

    /// Passes a frame of the child on.
    fn deliver(&self, frame: FromChild) {
        let mut waiters = self.waiters();
        let Some(waiters) = waiters.as_mut() else {
            return;
        };
        match frame.news {
            News::Progress(_) => {
                // Whoever waits for the same mirror sees that it gets on. One who went away
                // needs no news.
                waiters.values().for_each(|waiter| drop(waiter.send(frame.news.clone())));
            }
            News::Done(_) | News::Failed(_) => {
                if matches!(frame.news, News::Failed(Failure::Memory(_))) {
                    self.worn.store(true, Ordering::SeqCst);
                }
                if let Some(waiter) = waiters.remove(&frame.id) {
                    waiter.send(frame.news).ok();
                }
                self.used();
                if self.is_worn() && waiters.is_empty() {
                    self.close();
                }
            }
            News::Started | News::Columns(_) | News::Rows(_) => {
                if let Some(waiter) = waiters.get(&frame.id) {
                    waiter.send(frame.news).ok();
                }
            }
        }
    }

    fn is_waited_for(&self, id: u64) -> bool {
        self.waiters().as_ref().is_some_and(|waiters| waiters.contains_key(&id))
    }
}

/// The thread's whole work.
async fn live(
    program: Program,
    counters: Arc<Counters>,
    started: oneshot::Sender<io::Result<Arc<Session>>>,
) {
    let mut child = match spawn(&program) {
        Ok(child) => child,
        Err(error) => return drop(started.send(Err(error))),
    };
    counters.starts.fetch_add(1, Ordering::Relaxed);
    metrics::counter!("thumbwheel_warehouse_starts_total").increment(1);
    let (orders, received) = mpsc::unbounded_channel();
    let (gone, ended) = watch::channel(false);
    let session = Arc::new(Session {
        pid: child.id().unwrap_or_default(),
        orders,
        waiters: std::sync::Mutex::new(Some(HashMap::new())),
        last_used: std::sync::Mutex::new(Instant::now()),
        alive: AtomicBool::new(true),
        closing: AtomicBool::new(false),
        worn: AtomicBool::new(false),
        kill: Notify::new(),
        ended,
    });
    let input = child.stdin.take().expect("the child's input is piped");
    let output = child.stdout.take().expect("the child's output is piped");
    let errors = child.stderr.take().expect("the child's errors are piped");
    let talk = tokio::spawn(pass_on_talk(BufReader::new(errors)));
    let reading = tokio::spawn(read(Arc::clone(&session), output));
    let writing = tokio::spawn(write(Arc::clone(&session), input, received, Arc::clone(&counters)));
    let closing = tokio::spawn(close_when_idle(Arc::clone(&session), program.limits.idle));
    started.send(Ok(Arc::clone(&session))).ok();

    let status = tokio::select! {
        status = child.wait() => status,
        () = session.kill.notified() => {
            // An error means that it is dead already.
            child.start_kill().ok();
            child.wait().await
        }
    };
    session.alive.store(false, Ordering::SeqCst);
    // What it wrote before its end still counts.
    tokio::time::timeout(END_GRACE, reading).await.ok();
    let left = session.waiters().take().map_or(0, |waiters| waiters.len());
    // Questions that are open when it is told to end are called off, or their asker is gone.
    if left > 0 && !session.is_closing() {
        counters.deaths.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("thumbwheel_warehouse_deaths_total").increment(1);
        tracing::warn!(pid = session.pid, ?status, questions = left, "the warehouse died");
    }
    writing.abort();
    closing.abort();
    tokio::time::timeout(END_GRACE, talk).await.ok();
    gone.send(true).ok();
}

fn spawn(program: &Program) -> io::Result<Child> {
    let mut command = Command::new(&program.path);
    command.arg("__warehouse").arg("--data").arg(program.folder.root());
    command.arg("--memory-mib").arg(program.limits.memory_mib.to_string());
    if let Some(path) = &program.limits.allow_read {
        command.arg("--allow-read").arg(path);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true).spawn()
}

/// Carries out orders, one after the other.
async fn write(
    session: Arc<Session>,
    mut input: ChildStdin,
    mut orders: mpsc::UnboundedReceiver<Order>,
    counters: Arc<Counters>,
) {
    while let Some(order) = orders.recv().await {
        let frame = match order {
            Order::Send(frame) => frame,
            Order::Close => return,
            Order::Abandon(id) => {
                if !session.is_waited_for(id) {
                    continue;
                }
                tokio::spawn(kill_if_unstopped(Arc::clone(&session), id, Arc::clone(&counters)));
                match protocol::encode(&ToChild::Cancel { id }) {
                    Ok(frame) => frame,
                    Err(_) => continue,
                }
            }
        };
        // A child that takes no more is dead or about to be; the reader sees it.
        if input.write_all(&frame).await.is_err() || input.flush().await.is_err() {
            return;
        }
    }
}

async fn kill_if_unstopped(session: Arc<Session>, id: u64, counters: Arc<Counters>) {
    tokio::time::sleep(STOP_GRACE).await;
    if session.is_waited_for(id) {
        tracing::warn!(pid = session.pid, "a question would not stop; the warehouse is killed");
        counters.kills.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("thumbwheel_warehouse_kills_total").increment(1);
        session.kill();
    }
}

/// Delivers frames until the child ends. A child that speaks no sense is killed.
async fn read(session: Arc<Session>, output: ChildStdout) {
    let mut output = BufReader::with_capacity(64 << 10, output);
    loop {
        match read_frame(&mut output).await {
            Ok(Some(frame)) => session.deliver(frame),
            Ok(None) => return,
            // It ended in the middle of a frame that nobody waits for.
            Err(error) if session.is_closing() => {
                tracing::debug!(%error, "the warehouse ended while it spoke");
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "the warehouse broke off");
                return session.kill();
            }
        }
    }
}

async fn read_frame(output: &mut BufReader<ChildStdout>) -> io::Result<Option<FromChild>> {
    let mut head = [0; 4];
    if output.read(&mut head[..1]).await? == 0 {
        return Ok(None);
    }
    output.read_exact(&mut head[1..]).await?;
    let mut body = vec![0; protocol::frame_len(head)?];
    output.read_exact(&mut body).await?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// The child's log becomes ours.
async fn pass_on_talk(errors: BufReader<tokio::process::ChildStderr>) {
    let mut lines = errors.lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::info!(target: "thumbwheel::warehouse", "{line}");
    }
}

/// Ends the child when nobody asked it anything for a while.
async fn close_when_idle(session: Arc<Session>, idle: Duration) {
    loop {
        tokio::time::sleep(idle / 4).await;
        if session.close_if_idle(idle) {
            return;
        }
    }
}
