//! `thumbwheel export`: feedback into a file or to stdout.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use hyper::{HeaderMap, Request};

use super::args::{ExportArgs, ExportFormat};
use super::client::{self, Client};
use super::{Done, output};
use crate::config::Config;
use crate::model::ids::ProjectName;

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    options: ExportArgs,
) -> anyhow::Result<Done> {
    output::start_log(&config, true);
    let client = Client::connect(&config, project).await?;
    let mut pairs = options.filter.pairs();
    pairs.push(("format", options.format.as_str()));
    let path = client::with_query("/api/export", &pairs);
    let response = client.send(Request::get(path).body(Bytes::new())?).await?;
    let body = response.into_body();
    let trailers = if options.out == Path::new("-") {
        client::pieces(body, |bytes| Ok(output::data(&bytes)?)).await?
    } else {
        to_file(&options.out, body).await?
    };
    if options.format == ExportFormat::Chat {
        tell_skipped(&trailers);
    }
    client.close().await;
    Ok(Done::All)
}

/// Writes beside the file and renames at the end, so that nobody ever sees half an export.
async fn to_file(path: &Path, body: client::Body) -> anyhow::Result<HeaderMap> {
    let name = path
        .file_name()
        .with_context(|| format!("{} is not a file", path.display()))?;
    let part = path.with_file_name(format!(".{}.part", name.to_string_lossy()));
    let failed = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create(&part).with_context(failed)?);
    let written = client::pieces(body, |bytes| Ok(file.write_all(&bytes).map(|()| true)?)).await;
    let done = written.and_then(|trailers| {
        file.into_inner()
            .map_err(std::io::IntoInnerError::into_error)?
            .sync_all()?;
        std::fs::rename(&part, path)?;
        Ok(trailers)
    });
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done.with_context(failed)
}

fn tell_skipped(trailers: &HeaderMap) {
    let count = |name| -> Option<u64> { trailers.get(name)?.to_str().ok()?.parse().ok() };
    if let Some(skipped) = count("thumbwheel-skipped").filter(|skipped| *skipped > 0) {
        output::talk(&format!(
            "skipped {skipped} without the text of prompt or answer; \
             `--format jsonl` writes them as well"
        ));
    }
}
