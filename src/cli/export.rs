//! `thumbwheel export`: feedback into a file or to stdout.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, anyhow};

use super::args::{ExportArgs, ExportFormat};
use super::client::{self, Client};
use super::{Done, output};
use crate::config::Config;
use crate::model::ids::ProjectName;
use crate::upstream::call::{Call, Reply, Trailers};

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    options: ExportArgs,
) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    let client = Client::connect_to_data(&config, project).await?;
    let mut pairs = options.filter.pairs();
    let format = options.format();
    pairs.push(("format", format.as_str().to_owned()));
    let path = client::with_query("/api/export", &pairs);
    let reply = client.send(Call::get(path)).await?;
    let trailers = if options.out == Path::new("-") {
        reply.pieces(|bytes| Ok(output::data(&bytes)?)).await.map_err(|error| anyhow!(error))?
    } else {
        to_file(&options.out, reply).await?
    };
    if format == ExportFormat::Chat {
        tell_skipped(&trailers);
    }
    let none = |name| trailers.number(name) == Some(0);
    if none("thumbwheel-written") && none("thumbwheel-skipped") {
        output::talk("nothing was written: no such feedback; `thumbwheel doctor` says why");
    }
    client.close().await;
    Ok(Done::All)
}

/// Writes beside the file and renames at the end, so that nobody ever sees half an export. What is
/// there and no plain file (a pipe, a device) is written to as it is.
async fn to_file(path: &Path, reply: Reply) -> anyhow::Result<Trailers> {
    let failed = || format!("cannot write {}", path.display());
    let special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
    let name = path.file_name().with_context(|| format!("{} is not a file", path.display()))?;
    let part = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
    let target = if special { path.to_owned() } else { path.with_file_name(part) };
    let mut options = File::options();
    let opened = options.write(true).create(!special).truncate(!special).open(&target);
    let mut file = BufWriter::new(opened.with_context(failed)?);
    let written = reply.pieces(|bytes| Ok(file.write_all(&bytes).map(|()| true)?)).await;
    let done = written.map_err(|error| anyhow!(error)).and_then(|trailers| {
        // A body can end well though its maker did not; the count comes after the last row.
        if trailers.number("thumbwheel-written").is_none() {
            return Err(anyhow!("the export broke off; try again"));
        }
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        if !special {
            file.sync_all()?;
            std::fs::rename(&target, path)?;
        }
        Ok(trailers)
    });
    if done.is_err() && !special {
        let _ = std::fs::remove_file(&target);
    }
    done.with_context(failed)
}

fn tell_skipped(trailers: &Trailers) {
    if let Some(skipped) = trailers.number("thumbwheel-skipped").filter(|skipped| *skipped > 0) {
        output::talk(&format!(
            "skipped {skipped} without the text of prompt or answer; \
             `--format jsonl` writes them as well"
        ));
    }
}
