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
use tokio::sync::{Mutex, Notify, mpsc, oneshot, watch};

use super::{AnalystOptions, Counters};
use crate::app::protocol::{self, FromChild, News, ToChild};

/// How long a question that was called off may go on before the child is killed.
const STOP_GRACE: Duration = Duration::from_secs(1);
/// How long the child may take to end when its input has ended.
const END_GRACE: Duration = Duration::from_secs(3);

type Waiters = HashMap<u64, mpsc::UnboundedSender<News>>;

/// A living child, as those who ask see it.
pub(super) struct Session {
    pid: u32,
    commands: mpsc::UnboundedSender<Command_>,
    /// Who waits for which answer; none when the child is dead.
    waiters: std::sync::Mutex<Option<Waiters>>,
    last_used: std::sync::Mutex<Instant>,
    alive: AtomicBool,
    kill: Notify,
    ended: watch::Receiver<bool>,
}

/// What the session's thread is told.
enum Command_ {
    Send(Vec<u8>),
    Abandon(u64),
    Close,
}
