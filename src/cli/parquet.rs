//! `thumbwheel import FILE.parquet`: the warehouse child reads the file, as it alone can.

use serde_json::{Map, Value};

use super::args::ImportArgs;
use super::client::Client;
use super::output::Usage;
use super::sender::{Progress, Sender};
use super::{Done, client};
use crate::app::analyst::Rows;
use crate::config::Config;
use crate::interop::Row;
use crate::interop::mapping::{FIELDS, JSON_FIELDS, Mapping};
use crate::model::ids::ProjectName;

/// Columns of our own export that an import does not take.
const IGNORED: [&str; 4] = ["id", "pattern_hash", "received_at", "seq"];

/// Imports a Parquet file.
pub(super) async fn import(
    config: Config,
    project: ProjectName,
    options: ImportArgs,
    mapping: Mapping,
) -> anyhow::Result<Done> {
    if options.file == std::path::Path::new("-") {
        return Err(Usage("a Parquet file cannot come from stdin; name the file".to_owned()).into());
    }
    let client = Client::connect(&config, project).await?;
    let reader = client::parquet_reader(&config, &options.file)?;
    let mut sender = Sender::new(&client, &options);
    let progress = Progress::over(&options.file);
    let outcome = async {
        let rows = reader.read_parquet(&options.file).await?;
        let columns = columns(&rows, &mapping)?;
        send(rows, &columns, &mut sender).await
    };
    let outcome = outcome.await;
    progress.finish();
    reader.shutdown().await;
    let told = sender.tell();
    let done = outcome.map(|()| told);
    client.close().await;
    done
}

/// What each column means; `None` where it is left out.
fn columns(rows: &Rows, mapping: &Mapping) -> anyhow::Result<Vec<Option<String>>> {
    let meaning = |name: &String| match mapping.field(name) {
        Some(field) if FIELDS.contains(&field) => Ok(Some(field.to_owned())),
        Some(field) if !IGNORED.contains(&field) => anyhow::bail!(
            "the column '{name}' is not a field of feedback; name its meaning with \
             --map FIELD={name}, or leave it out with --map -={name}"
        ),
        _ => Ok(None),
    };
    rows.columns().iter().map(meaning).collect()
}

async fn send(
    mut rows: Rows,
    columns: &[Option<String>],
    sender: &mut Sender<'_>,
) -> anyhow::Result<()> {
    let mut number = 0;
    while let Some(chunk) = rows.next().await? {
        for values in chunk {
            number += 1;
            let row = Row { line: number, json: object(columns, values) };
            if !sender.row(row).await? {
                return Ok(());
            }
        }
    }
    sender.flush().await.map(drop)
}

/// One row as an object without its nulls: a column that has no value says nothing.
fn object(columns: &[Option<String>], values: Vec<Value>) -> Result<Vec<u8>, String> {
    let mut object = Map::new();
    for (column, value) in columns.iter().zip(values) {
        let (Some(field), false) = (column, value.is_null()) else {
            continue;
        };
        let value = match value {
            Value::String(text) if JSON_FIELDS.contains(&field.as_str()) => {
                serde_json::from_str(&text).map_err(|error| format!("{field}: {error}"))?
            }
            other => other,
        };
        object.insert(field.clone(), value);
    }
    Ok(serde_json::to_vec(&object).expect("an object serializes"))
}
