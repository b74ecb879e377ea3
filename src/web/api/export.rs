//! `/api/export`: all feedback of a filter, streamed, oldest first.

use std::io::{self, Write};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::export::{self, chat, jsonl};
use crate::model::Invalid;
use crate::model::feedback::Thumb;
use crate::model::filter::Filter;
use crate::model::ids::ProjectId;
use crate::model::record::Feedback;
use crate::store::Db;
use crate::store::feedback::{self, Cursor};
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

/// Rows that are read at a time: a short read transaction, and flat memory.
const PAGE_ROWS: usize = 5_000;
/// Bytes of a file that are read at a time.
const FILE_CHUNK_BYTES: usize = 256 << 10;

/// The trailer that says how many rows were written.
pub(crate) const WRITTEN: HeaderName = HeaderName::from_static("thumbwheel-written");
/// The trailer that says how many positives had no text to write.
pub(crate) const SKIPPED: HeaderName = HeaderName::from_static("thumbwheel-skipped");

/// A row format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Chat,
    Jsonl,
    Csv,
}

/// What `GET /api/export` takes besides the filter.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct ExportQuery {
    /// `chat` (if not given): positives as chat lines; `jsonl`, `csv`, `parquet`: everything.
    format: Option<String>,
}

/// Streams feedback. Where the client takes trailers, `thumbwheel-written` and
/// `thumbwheel-skipped` follow the body.
#[utoipa::path(get, path = "/api/export", tag = "export", params(ExportQuery, FilterQuery),
    responses((status = 200, content_type = "application/jsonl", body = String),
        (status = "4XX", body = Problem)))]
pub(crate) async fn stream(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Response, Error> {
    let format = params.take("format");
    let mut filter = params.filter()?;
    params.finish()?;
    let format = match format.as_deref() {
        None | Some("chat") => {
            filter.feedback = filter.feedback.or(Some(Thumb::Up));
            Format::Chat
        }
        Some("jsonl") => Format::Jsonl,
        Some("csv") => Format::Csv,
        Some("parquet") => return parquet(&app, caller.project, filter).await,
        Some(_) => {
            return Err(Invalid::new("format", "must be chat, jsonl, csv or parquet").into());
        }
    };
    Ok(respond(content_type(format), rows(app, caller.project, filter, format)))
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Chat | Format::Jsonl => "application/jsonl",
        Format::Csv => "text/csv; charset=utf-8",
    }
}

type Frames = mpsc::Receiver<io::Result<Frame<Bytes>>>;

fn respond(content_type: &'static str, frames: Frames) -> Response {
    let frames = unfold(frames, |mut frames| async { Some((frames.recv().await?, frames)) });
    let body = Body::new(StreamBody::new(frames));
    let trailers = HeaderValue::from_static("thumbwheel-written, thumbwheel-skipped");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::TRAILER, trailers),
    ];
    (headers, body).into_response()
}

/// Writes page after page in the background; the channel is short, so that a slow reader slows
/// the writing down instead of filling the memory.
fn rows(app: App, project: ProjectId, filter: Filter, format: Format) -> Frames {
    let (frames, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        if let Err(error) = write_pages(&app, project, filter, format, &frames).await {
            // An error in the middle breaks the transfer off, so that nobody takes a part for all.
            let _ = frames.send(Err(io::Error::other(error))).await;
        }
    });
    receiver
}

async fn write_pages(
    app: &App,
    project: ProjectId,
    filter: Filter,
    format: Format,
    frames: &mpsc::Sender<io::Result<Frame<Bytes>>>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (mut after, mut counts) = (Cursor::START, Counts::default());
    let mut page = Vec::new();
    if format == Format::Csv {
        export::csv::write_header(&mut page)?;
    }
    loop {
        let filter = filter.clone();
        let read = move |db: &Db| feedback::oldest(db, project, &filter, after, PAGE_ROWS);
        let next = app.store.read(read).await?;
        for row in &next.rows {
            write_row(&mut page, row, format, &mut counts)?;
        }
        if frames.send(Ok(Frame::data(std::mem::take(&mut page).into()))).await.is_err() {
            return Ok(());
        }
        match next.rows.last() {
            Some(last) if next.more => after = Cursor::at(last),
            _ => break,
        }
    }
    let _ = frames.send(Ok(Frame::trailers(counts.into_trailers()))).await;
    Ok(())
}

#[derive(Debug, Default)]
struct Counts {
    written: u64,
    skipped: u64,
}

impl Counts {
    fn into_trailers(self) -> HeaderMap {
        let number = HeaderValue::from;
        [(WRITTEN, number(self.written)), (SKIPPED, number(self.skipped))].into_iter().collect()
    }
}

fn write_row(
    out: &mut impl Write,
    row: &Feedback,
    format: Format,
    counts: &mut Counts,
) -> io::Result<()> {
    match format {
        Format::Chat => {
            let written = chat::write(out, row)?;
            counts.skipped += u64::from(written == chat::Written::NoText);
            if written != chat::Written::Yes {
                return Ok(());
            }
        }
        Format::Jsonl => jsonl::write(out, row)?,
        Format::Csv => export::csv::write(out, row)?,
    }
    counts.written += 1;
    Ok(())
}

/// Has the mirror write a Parquet file, and streams it.
async fn parquet(app: &App, project: ProjectId, filter: Filter) -> Result<Response, Error> {
    let path = match app.ask(project, Question::ExportParquet { filter }).await? {
        Answer::File(path) => path,
        other => return Err(Error::unexpected(&other)),
    };
    let opened = tokio::fs::File::open(&path).await;
    // An open file stays readable without its name, and the folder stays clean.
    let _ = tokio::fs::remove_file(&path).await;
    let mut file = opened.map_err(|error| Error::internal(&error))?;
    let (frames, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            let mut chunk = vec![0; FILE_CHUNK_BYTES];
            let read = file.read(&mut chunk).await;
            let frame = match read {
                Ok(0) => break,
                Ok(n) => {
                    chunk.truncate(n);
                    Ok(Frame::data(chunk.into()))
                }
                Err(error) => Err(error),
            };
            if frames.send(frame).await.is_err() {
                break;
            }
        }
    });
    Ok(respond("application/vnd.apache.parquet", receiver))
}
