//! `/api/export`: all feedback of a filter, streamed, oldest first.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};

use crate::app::App;
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
pub(super) const PAGE_ROWS: usize = 2_000;
/// Pages that are read at the same time.
const PAGES_AHEAD: usize = 2;
/// Bytes of an ordinary page.
const PAGE_BYTES: usize = 1 << 20;
/// Bytes after which a page is sent in pieces: long conversations must not fill the memory.
const PIECE_BYTES: usize = 4 << 20;

/// Parquet files that are made at the same time: each holds the rows of a group in memory.
static PARQUET_PLACES: Semaphore = Semaphore::const_new(4);

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
    Parquet,
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
    responses((status = 200, content(
            (String = "application/jsonl"), (String = "text/csv"),
            (String = "application/vnd.apache.parquet"))),
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
        Some("parquet") => Format::Parquet,
        Some(_) => {
            return Err(Invalid::new("format", "must be chat, jsonl, csv or parquet").into());
        }
    };
    let place = place(format)?;
    let frames = rows(app, caller.project, filter, format, place);
    Ok(respond(content_type(format), frames))
}

/// A place to make a Parquet file; the other formats need none.
fn place(format: Format) -> Result<Option<SemaphorePermit<'static>>, Error> {
    if format != Format::Parquet {
        return Ok(None);
    }
    let place = PARQUET_PLACES.try_acquire().map(Some);
    place.map_err(|_| crate::store::Error::QueueFull.into())
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Chat | Format::Jsonl => "application/jsonl",
        Format::Csv => "text/csv; charset=utf-8",
        Format::Parquet => "application/vnd.apache.parquet",
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

/// Writes page after page in the background; the channels are short, so that a slow reader slows
/// the writing down instead of filling the memory.
fn rows(
    app: App,
    project: ProjectId,
    filter: Filter,
    format: Format,
    place: Option<SemaphorePermit<'static>>,
) -> Frames {
    let (frames, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let _held_to_the_end = place;
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
) -> Result<(), Error> {
    let mut file = match format {
        Format::Chat | Format::Jsonl => None,
        Format::Csv => {
            let mut header = Vec::new();
            export::csv::write_header(&mut header).map_err(|error| Error::internal(&error))?;
            let _ = frames.send(Ok(Frame::data(header.into()))).await;
            None
        }
        Format::Parquet => {
            Some(export::parquet::Writer::new().map_err(|error| Error::internal(&error))?)
        }
    };
    let filter = Arc::new(filter);
    let (mut counts, mut next) = (Counts::default(), Some(Cursor::START));
    let mut ahead = VecDeque::new();
    loop {
        // Pages are read side by side and sent in their order.
        while ahead.len() < PAGES_AHEAD
            && let Some(after) = next
        {
            let skip = move |db: &Db| feedback::skip(db, project, after, PAGE_ROWS);
            next = app.store.read(skip).await?;
            let range = (after, next.unwrap_or(Cursor::END));
            ahead.push_back(page(app, project, Arc::clone(&filter), format, range));
        }
        let Some(mut page) = ahead.pop_front() else { break };
        while let Some(piece) = page.recv().await {
            let piece = piece?;
            counts.written += piece.counts.written;
            counts.skipped += piece.counts.skipped;
            let bytes = match &mut file {
                Some(file) => encode(file, piece).map_err(|error| Error::internal(&error))?,
                None => piece.bytes,
            };
            // Where the filter let nothing through there is nothing to send.
            if bytes.is_empty() {
                continue;
            }
            if frames.send(Ok(Frame::data(bytes.into()))).await.is_err() {
                return Ok(());
            }
        }
    }
    if let Some(file) = file {
        let end = tokio::task::block_in_place(|| file.finish());
        let end = end.map_err(|error| Error::internal(&error))?;
        let _ = frames.send(Ok(Frame::data(end.into()))).await;
    }
    let _ = frames.send(Ok(Frame::trailers(counts.into_trailers()))).await;
    Ok(())
}

/// Part of a page, as long as its bytes stay within bounds.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    /// Instead of bytes, where those depend on the rows of other pages.
    rows: Vec<Feedback>,
    /// About the bytes of the rows in memory.
    rows_bytes: usize,
    counts: Counts,
    /// The last row, when the page goes on behind it.
    last: Option<Cursor>,
}

/// Reads a page in the background, piece by piece, each in a short read transaction.
fn page(
    app: &App,
    project: ProjectId,
    filter: Arc<Filter>,
    format: Format,
    (after, until): (Cursor, Cursor),
) -> mpsc::Receiver<Result<Piece, Error>> {
    let (pieces, receiver) = mpsc::channel(1);
    let store = app.store.clone();
    tokio::spawn(async move {
        let mut next = Some(after);
        while let Some(after) = next {
            let filter = Arc::clone(&filter);
            let read = move |db: &Db| {
                let (mut piece, mut failed) = (Piece::default(), None);
                if format != Format::Parquet {
                    piece.bytes.reserve(PAGE_BYTES);
                }
                feedback::oldest(db, project, &filter, (after, until), |row| {
                    let place = Cursor::at(&row);
                    failed = write_row(&mut piece, row, format).err();
                    let full = piece.bytes.len() + piece.rows_bytes >= PIECE_BYTES;
                    piece.last = full.then_some(place);
                    failed.is_none() && !full
                })?;
                Ok(failed.map_or(Ok(piece), |error| Err(Error::internal(&error))))
            };
            let piece = store.read(read).await.map_err(Error::from).flatten();
            next = piece.as_ref().map_or(None, |piece| piece.last);
            if pieces.send(piece).await.is_err() {
                break;
            }
        }
    });
    receiver
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

fn write_row(piece: &mut Piece, row: Feedback, format: Format) -> io::Result<()> {
    match format {
        Format::Chat => {
            let written = chat::write(&mut piece.bytes, &row)?;
            piece.counts.skipped += u64::from(written == chat::Written::NoText);
            if written != chat::Written::Yes {
                return Ok(());
            }
        }
        Format::Jsonl => jsonl::write(&mut piece.bytes, &row)?,
        Format::Csv => export::csv::write(&mut piece.bytes, &row)?,
        Format::Parquet => {
            piece.rows_bytes += export::parquet::size(&row);
            piece.rows.push(row);
        }
    }
    piece.counts.written += 1;
    Ok(())
}

/// Compressing takes time, so that other tasks move to other threads first.
fn encode(file: &mut export::parquet::Writer, piece: Piece) -> io::Result<Vec<u8>> {
    tokio::task::block_in_place(|| file.write(piece.rows, piece.rows_bytes))
}
