//! One question under way: its clock, its retries, and what becomes of it when nobody waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::session::Session;
use super::{Analyst, AnalystError, SQL_AT_ONCE, Turn};
use crate::app::protocol::{Answer, AsOf, Failure, News, Question, ToChild};

/// How long the child may say nothing before a question has started. Bringing the mirror up to
/// date takes what it takes, but says how far it is.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How often SQL of a user is tried: it may itself be what kills the child or takes the memory. The
/// second time no other SQL runs beside it, so that the innocent are answered.
const SQL_TRIES: u32 = 2;
/// How often any other question is tried, so that it outlives such SQL.
const TRIES: u32 = 3;

/// How long a question waits that found no memory.
const MEMORY_WAIT: Duration = Duration::from_secs(1);

/// What comes back, in this order: columns, rows, done; for most questions only the last.
pub(super) enum Event {
    /// The names of the columns.
    Columns(Vec<String>),
    /// Some rows.
    Rows(Vec<Vec<Value>>),
    /// The answer; nothing follows.
    Done(Answer),
}

/// A question that was asked.
pub(super) struct Asking {
    analyst: Analyst,
    /// None while it waits for another one.
    turn: Option<Turn>,
    as_of: AsOf,
    question: Question,
    id: u64,
    session: Arc<Session>,
    news: mpsc::UnboundedReceiver<News>,
    tries_left: u32,
    /// Time that it may still take, once it has started.
    left: Option<Duration>,
    /// Something was handed on, so it cannot be asked again.
    delivered: bool,
    ended: bool,
}

impl Asking {
    pub(super) async fn begin(
        analyst: Analyst,
        turn: Turn,
        as_of: AsOf,
        question: Question,
    ) -> Result<Self, AnalystError> {
        let id = analyst.next_id();
        let (session, news) = analyst.send(id, &ask(id, as_of, &question)).await?;
        let tries = if matches!(question, Question::Query { .. }) { SQL_TRIES } else { TRIES };
        Ok(Self {
            analyst,
            turn: Some(turn),
            as_of,
            question,
            id,
            session,
            news,
            tries_left: tries - 1,
            left: None,
            delivered: false,
            ended: false,
        })
    }

    /// What comes next. Time counts only while somebody waits here.
    pub(super) async fn next(&mut self) -> Result<Event, AnalystError> {
        loop {
            let from = Instant::now();
            let news = match timeout(self.left.unwrap_or(SILENCE_MAX), self.news.recv()).await {
                Ok(news) => news,
                Err(_) => return Err(self.expire()),
            };
            if let Some(left) = &mut self.left {
                *left = left.saturating_sub(from.elapsed());
            }
            match news {
                Some(News::Progress(_)) => (),
                Some(News::Started) => self.left = Some(self.analyst.limit(&self.question)),
                Some(News::Columns(columns)) => {
                    self.delivered = true;
                    return Ok(Event::Columns(columns));
                }
                Some(News::Rows(rows)) => {
                    self.session.tell(&ToChild::More { id: self.id });
                    if !self.is_sql() {
                        // The length of a file is no reason to stop reading it.
                        self.left = Some(self.analyst.limit(&self.question));
                    }
                    return Ok(Event::Rows(rows));
                }
                Some(News::Done(answer)) => {
                    self.ended = true;
                    return Ok(Event::Done(answer));
                }
                Some(News::Failed(failure)) => self.failed(failure).await?,
                None => self.again("the warehouse died while answering").await?,
            }
        }
    }

    fn is_sql(&self) -> bool {
        matches!(self.question, Question::Query { .. })
    }

    fn expire(&mut self) -> AnalystError {
        match self.left {
            Some(_) => {
                let seconds = self.analyst.limit(&self.question).as_secs();
                AnalystError::TooLong { seconds }
            }
            None => AnalystError::Down("the warehouse does not answer".to_owned()),
        }
    }

    async fn failed(&mut self, failure: Failure) -> Result<(), AnalystError> {
        match failure {
            Failure::Refused(text) => {
                self.ended = true;
                Err(AnalystError::Sql(text))
            }
            Failure::Memory(_) if self.tries_left > 0 && !self.delivered => {
                // SQL of a user may have had it all; by then it has been stopped or is done.
                if !self.is_sql() {
                    tokio::time::sleep(MEMORY_WAIT).await;
                }
                self.ask_again().await
            }
            Failure::Memory(text) => {
                self.ended = true;
                Err(AnalystError::TooMuch(text))
            }
            Failure::Stopped => {
                self.ended = true;
                Err(AnalystError::Down("the question was stopped".to_owned()))
            }
            Failure::Internal(text) => {
                tracing::warn!(text, "the warehouse failed; a new one is asked");
                // Whatever is wrong with this process, the next one starts without it.
                self.session.kill();
                self.again("the warehouse failed").await
            }
        }
    }

    /// Asks once more, where that is still possible.
    async fn again(&mut self, reason: &str) -> Result<(), AnalystError> {
        if self.tries_left == 0 || self.delivered {
            self.ended = true;
            return Err(AnalystError::Down(reason.to_owned()));
        }
        self.session.ended().await;
        self.ask_again().await
    }

    async fn ask_again(&mut self) -> Result<(), AnalystError> {
        self.tries_left -= 1;
        self.left = None;
        if self.is_sql() {
            // No other SQL beside it this time.
            self.turn = None;
            match self.analyst.turn(SQL_AT_ONCE).await {
                Ok(turn) => self.turn = Some(turn),
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
        self.id = self.analyst.next_id();
        let frame = ask(self.id, self.as_of, &self.question);
        match self.analyst.send(self.id, &frame).await {
            Ok((session, news)) => {
                (self.session, self.news) = (session, news);
                Ok(())
            }
            Err(error) => {
                self.ended = true;
                Err(error)
            }
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if !self.ended {
            self.session.abandon(self.id);
        }
    }
}

fn ask(id: u64, as_of: AsOf, question: &Question) -> ToChild {
    ToChild::Ask { id, as_of, question: Box::new(question.clone()) }
}
