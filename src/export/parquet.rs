//! Apache Parquet of every current feedback, written while the rows come in.
//!
//! A file is a list of row groups with its index at the end, so that it can be streamed: no more
//! than one row group is in memory. Format: <https://parquet.apache.org/docs/file-format/>.

use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use crate::model::record::Feedback;
use crate::model::time::Timestamp;

/// About how many bytes of rows are stored together. More make a smaller file that is faster to
/// read, and take more memory.
const GROUP_BYTES: usize = 32 << 20;
/// About the bytes of a row besides its text.
const ROW_BYTES: usize = size_of::<Feedback>();

/// What a column holds. Every column may be null.
enum Values {
    Text(fn(&Feedback) -> Option<&str>),
    Number(fn(&Feedback) -> Option<i64>),
    /// In microseconds, in UTC.
    Time(fn(&Feedback) -> Option<Timestamp>),
}

use Values::{Number, Text, Time};

/// The columns, in order: those of the table `feedback` that SQL can be asked about.
const COLUMNS: [(&str, Values); 28] = [
    ("id", Number(|row| Some(row.id))),
    ("user_id", Text(|row| Some(&row.user_id))),
    ("message_id", Text(|row| Some(&row.message_id))),
    ("conversation_id", Text(|row| row.conversation_id.as_deref())),
    ("feedback", Text(|row| Some(row.feedback.as_str()))),
    ("user_message", Text(|row| row.user_message.as_deref())),
    ("assistant_response", Text(|row| row.assistant_response.as_deref())),
    ("messages", Text(|row| row.messages.as_deref())),
    ("tools", Text(|row| row.tools.as_deref())),
    ("action_type", Text(|row| row.action_type.as_deref())),
    ("action_data", Text(|row| row.action_data.as_deref())),
    ("reasons", Text(|row| row.reasons.as_deref())),
    ("comment", Text(|row| row.comment.as_deref())),
    ("correction", Text(|row| row.correction.as_deref())),
    ("model", Text(|row| row.model.as_deref())),
    ("prompt_version", Text(|row| row.prompt_version.as_deref())),
    ("experiment", Text(|row| row.experiment.as_deref())),
    ("variant", Text(|row| row.variant.as_deref())),
    ("finish_reason", Text(|row| row.finish_reason.as_deref())),
    ("usage", Text(|row| row.usage.as_deref())),
    ("pattern_hash", Number(|row| row.pattern_hash)),
    ("trust", Text(|row| Some(row.trust.as_str()))),
    ("source", Text(|row| Some(&row.source))),
    ("client_ts", Time(|row| row.client_ts)),
    ("created_at", Time(|row| Some(row.created_at))),
    ("updated_at", Time(|row| Some(row.updated_at))),
    ("received_at", Time(|row| Some(row.received_at))),
    ("seq", Number(|row| Some(row.seq.0))),
];

/// A file that is being written. Bytes come out of it as soon as they are final.
pub(crate) struct Writer {
    file: SerializedFileWriter<Vec<u8>>,
    rows: Vec<Feedback>,
    bytes: usize,
}

impl Writer {
    /// The beginning of a file.
    ///
    /// # Errors
    /// When the format's library refuses the columns, which it does not.
    pub(crate) fn new() -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("thumbwheel ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        let schema = schema().map_err(io::Error::other)?;
        let file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties));
        Ok(Self { file: file.map_err(io::Error::other)?, rows: Vec::new(), bytes: 0 })
    }

    /// Takes rows of so many bytes in memory (see [`size`]), and gives the bytes that are final by
    /// now; often there are none.
    ///
    /// # Errors
    /// When the rows cannot be encoded.
    pub(crate) fn write(&mut self, rows: Vec<Feedback>, bytes: usize) -> io::Result<Vec<u8>> {
        self.rows.extend(rows);
        self.bytes += bytes;
        if self.bytes >= GROUP_BYTES {
            self.end_group().map_err(io::Error::other)?;
        }
        self.file.flush()?;
        Ok(std::mem::take(self.file.inner_mut()))
    }

    /// Ends the file, and gives the last bytes.
    ///
    /// # Errors
    /// When the rows cannot be encoded.
    pub(crate) fn finish(mut self) -> io::Result<Vec<u8>> {
        self.end_group().map_err(io::Error::other)?;
        self.file.into_inner().map_err(io::Error::other)
    }

    /// Encodes the rows that came since the last group.
    fn end_group(&mut self) -> Result<(), ParquetError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for (_, values) in &COLUMNS {
            let mut column = group.next_column()?.expect("the file has this column");
            write_column(column.untyped(), values, &self.rows)?;
            column.close()?;
        }
        group.close()?;
        self.rows.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// About the bytes of a row in memory.
pub(crate) fn size(row: &Feedback) -> usize {
    let len = |(_, values): &(&str, Values)| match values {
        Text(text) => text(row).map_or(0, str::len),
        Number(_) | Time(_) => 0,
    };
    COLUMNS.iter().map(len).sum::<usize>() + ROW_BYTES
}

/// Writes the values that are there, and for each row whether one is (its definition level).
fn write_column(
    column: &mut ColumnWriter<'_>,
    values: &Values,
    rows: &[Feedback],
) -> Result<(), ParquetError> {
    let mut levels = Vec::with_capacity(rows.len());
    let mut defined = |is_there: bool| levels.push(i16::from(is_there));
    match (column, values) {
        (ColumnWriter::ByteArrayColumnWriter(column), Text(text)) => {
            let texts = rows.iter().map(text).inspect(|it| defined(it.is_some())).flatten();
            let texts: Vec<_> = texts.map(ByteArray::from).collect();
            column.write_batch(&texts, Some(&levels), None)?;
        }
        (ColumnWriter::Int64ColumnWriter(column), Number(number)) => {
            let numbers = rows.iter().map(number).inspect(|it| defined(it.is_some())).flatten();
            let numbers: Vec<_> = numbers.collect();
            column.write_batch(&numbers, Some(&levels), None)?;
        }
        (ColumnWriter::Int64ColumnWriter(column), Time(time)) => {
            let times = rows.iter().map(time).inspect(|it| defined(it.is_some())).flatten();
            let times: Vec<_> = times.map(Timestamp::micros).collect();
            column.write_batch(&times, Some(&levels), None)?;
        }
        _ => unreachable!("the columns of the file are made from the same list"),
    }
    Ok(())
}

fn schema() -> Result<TypePtr, ParquetError> {
    let column = |(name, values): &(&str, Values)| {
        let (physical, logical) = match values {
            Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Number(_) => (Physical::INT64, None),
            Time(_) => {
                // As DuckDB's `timestamp`: marked as instants in UTC, they would need time zones to
                // be read back.
                let (is_adjusted_to_u_t_c, unit) = (false, TimeUnit::MICROS);
                let time = LogicalType::Timestamp { is_adjusted_to_u_t_c, unit };
                (Physical::INT64, Some(time))
            }
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    };
    let columns = COLUMNS.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder("feedback").with_fields(columns).build()?))
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;
    use crate::model::feedback::Thumb;
    use crate::model::ids::Seq;
    use crate::model::trust::Trust;

    fn feedback(id: i64, user_message: Option<String>) -> Feedback {
        let at = |us| Timestamp::from_micros(us).expect("in range");
        Feedback {
            id,
            user_id: format!("twu_{id}"),
            message_id: format!("m{id}"),
            conversation_id: None,
            feedback: if id % 2 == 0 { Thumb::Up } else { Thumb::Down },
            user_message,
            assistant_response: None,
            messages: None,
            tools: None,
            action_type: None,
            action_data: None,
            reasons: None,
            comment: None,
            correction: None,
            model: None,
            prompt_version: None,
            experiment: None,
            variant: None,
            finish_reason: None,
            usage: None,
            pattern_hash: (id % 3 == 0).then_some(-id),
            trust: Trust::Secret,
            source: "api".to_owned(),
            client_ts: None,
            created_at: at(id),
            updated_at: at(id + 1),
            received_at: at(id + 2),
            seq: Seq(id),
        }
    }

    #[test]
    fn a_file_of_many_groups_holds_what_was_written_and_comes_out_as_it_grows() {
        const ROWS: i64 = 1_000;
        let text = |id: i64| (id % 5 != 0).then(|| format!("{id} ").repeat(40_000));
        let mut file = Writer::new().expect("begins");
        let mut bytes = Vec::new();
        let mut largest = 0;
        for id in 0..ROWS {
            let row = feedback(id, text(id));
            let bytes_of_row = size(&row);
            let final_now = file.write(vec![row], bytes_of_row).expect("encodes");
            largest = largest.max(file.bytes);
            bytes.extend(final_now);
        }
        assert!(largest < GROUP_BYTES, "{largest} bytes were held at once");
        assert!(bytes.len() > 4, "nothing came out before the end");
        bytes.extend(file.finish().expect("ends"));

        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("is Parquet");
        assert!(reader.num_row_groups() > 3);
        let schema = reader.metadata().file_metadata().schema_descr();
        let names: Vec<_> =
            schema.columns().iter().map(|column| column.name().to_owned()).collect();
        assert_eq!(names, COLUMNS.map(|(name, _)| name));
        let mut id = 0;
        for row in reader.get_row_iter(None).expect("reads") {
            let row = row.expect("a row");
            assert_eq!(row.get_long(0).expect("id"), id);
            assert_eq!(row.get_string(4).expect("feedback") == "up", id % 2 == 0);
            assert_eq!(row.get_string(5).ok(), text(id).as_ref());
            assert_eq!(row.get_long(20).ok(), (id % 3 == 0).then_some(-id));
            assert!(row.get_timestamp_micros(23).is_err(), "client_ts is null");
            assert_eq!(row.get_timestamp_micros(24).expect("created_at"), id);
            id += 1;
        }
        assert_eq!(id, ROWS);
    }

    #[test]
    fn a_file_of_no_rows_has_the_columns() {
        let bytes = Writer::new().expect("begins").finish().expect("ends");
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("is Parquet");
        let metadata = reader.metadata().file_metadata();
        assert_eq!((metadata.num_rows(), metadata.schema_descr().num_columns()), (0, 28));
    }
}
