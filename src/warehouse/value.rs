//! Values of DuckDB as JSON.
//!
//! Whole numbers and decimals are numbers where a reader with 64-bit floats loses nothing or the
//! type is BIGINT, else text; times are RFC 3339 in UTC; dates `YYYY-MM-DD`; blobs hexadecimal;
//! lists, structs and maps nest; NaN and infinities are text.

use duckdb::arrow::array::{Array, ArrayRef, AsArray, MapArray, UnionArray};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, Time64NanosecondType,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use serde_json::{Map, Value};

use super::Error;

/// Largest whole number up to which every one has a 64-bit float of its own.
const FLOAT_WHOLE_MAX: i128 = 1 << 53;

/// One value of a column.
///
/// # Errors
/// When the type has no form in JSON; casting it to VARCHAR helps.
pub(super) fn json(column: &dyn Array, row: usize) -> Result<Value, Error> {
    if column.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => column.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => column.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float32 => {
            // Through text, so that 0.1 stays 0.1 and does not become 0.10000000149011612.
            let text = column.as_primitive::<Float32Type>().value(row).to_string();
            float(text.parse().unwrap_or(f64::NAN))
        }
        DataType::Float64 => float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            decimal(column.as_primitive::<Decimal128Type>().value(row), *scale)
        }
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).into(),
        DataType::Utf8View => column.as_string_view().value(row).into(),
        DataType::Binary => hex(column.as_binary::<i32>().value(row)),
        DataType::LargeBinary => hex(column.as_binary::<i64>().value(row)),
        DataType::BinaryView => hex(column.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => hex(column.as_fixed_size_binary().value(row)),
        DataType::Date32 => date(column.as_primitive::<Date32Type>().value(row)),
        DataType::Timestamp(unit, _) => timestamp(column, *unit, row),
        DataType::Time64(unit) => time_of_day(column, *unit, row),
        DataType::Interval(IntervalUnit::MonthDayNano) => interval(column, row),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::Struct(_)
        | DataType::Map(..)
        | DataType::Dictionary(..)
        | DataType::Union(..) => nested(column, row)?,
        other => {
            return Err(Error::Refused(format!(
                "a column of type {other} cannot be shown; cast it to varchar"
            )));
        }
    })
}

fn nested(column: &dyn Array, row: usize) -> Result<Value, Error> {
    Ok(match column.data_type() {
        DataType::List(_) => list(&column.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(&column.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => list(&column.as_fixed_size_list().value(row))?,
        DataType::Struct(fields) => {
            let columns = column.as_struct().columns();
            let pairs = fields.iter().zip(columns);
            let map = pairs
                .map(|(field, column)| Ok((field.name().clone(), json(column.as_ref(), row)?)))
                .collect::<Result<Map<_, _>, Error>>()?;
            Value::Object(map)
        }
        DataType::Map(..) => map(column.as_map(), row)?,
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            json(dictionary.values().as_ref(), dictionary.normalized_keys()[row])?
        }
        _ => match column.as_any().downcast_ref::<UnionArray>() {
            Some(union) => json(union.value(row).as_ref(), 0)?,
            None => Value::Null,
        },
    })
}

fn list(items: &ArrayRef) -> Result<Value, Error> {
    (0..items.len())
        .map(|row| json(items.as_ref(), row))
        .collect::<Result<_, _>>()
        .map(Value::Array)
}

/// A map as an object; keys that are not text are written as JSON.
fn map(column: &MapArray, row: usize) -> Result<Value, Error> {
    let entries = column.value(row);
    let (keys, values) = (entries.column(0), entries.column(1));
    let mut map = Map::new();
    for index in 0..entries.len() {
        let key = match json(keys.as_ref(), index)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        map.insert(key, json(values.as_ref(), index)?);
    }
    Ok(Value::Object(map))
}

fn float(number: f64) -> Value {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    Value::from(number)
}

/// A decimal, or a HUGEINT (which arrives as a decimal without digits after the point).
fn decimal(unscaled: i128, scale: i8) -> Value {
    let exact = unscaled.abs() <= FLOAT_WHOLE_MAX;
    if scale <= 0 {
        return match i64::try_from(unscaled) {
            Ok(number) if exact => number.into(),
            Ok(_) | Err(_) => unscaled.to_string().into(),
        };
    }
    let places = usize::from(scale.unsigned_abs());
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if unscaled < 0 { "-" } else { "" };
    let text = format!("{sign}{whole}.{fraction}");
    match text.parse() {
        Ok(number) if exact => float(number),
        Ok(_) | Err(_) => text.into(),
    }
}

fn hex(bytes: &[u8]) -> Value {
    data_encoding::HEXLOWER.encode(bytes).into()
}

fn timestamp(column: &dyn Array, unit: TimeUnit, row: usize) -> Value {
    let (raw, per_second) = match unit {
        TimeUnit::Second => (column.as_primitive::<TimestampSecondType>().value(row), 1),
        TimeUnit::Millisecond => {
            (column.as_primitive::<TimestampMillisecondType>().value(row), 1_000)
        }
        TimeUnit::Microsecond => {
            (column.as_primitive::<TimestampMicrosecondType>().value(row), 1_000_000)
        }
        TimeUnit::Nanosecond => {
            (column.as_primitive::<TimestampNanosecondType>().value(row), 1_000_000_000)
        }
    };
    // DuckDB's own words for the ends of the range.
    match raw {
        i64::MAX => return "infinity".into(),
        i64::MIN | -9_223_372_036_854_775_807 => return "-infinity".into(),
        _ => (),
    }
    let nanos = i128::from(raw) * i128::from(1_000_000_000 / per_second);
    match jiff::Timestamp::from_nanosecond(nanos) {
        Ok(time) => time.to_string().into(),
        Err(_) => format!("{raw}/{per_second} s since 1970").into(),
    }
}

fn date(days: i32) -> Value {
    let epoch = jiff::civil::date(1970, 1, 1);
    match epoch.checked_add(jiff::Span::new().days(i64::from(days).clamp(-7_000_000, 7_000_000))) {
        Ok(date) => date.to_string().into(),
        Err(_) => format!("{days} days since 1970").into(),
    }
}

fn time_of_day(column: &dyn Array, unit: TimeUnit, row: usize) -> Value {
    let nanos = match unit {
        TimeUnit::Nanosecond => column.as_primitive::<Time64NanosecondType>().value(row),
        TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond => {
            column.as_primitive::<Time64MicrosecondType>().value(row).saturating_mul(1000)
        }
    };
    match jiff::civil::Time::midnight().checked_add(jiff::SignedDuration::from_nanos(nanos)) {
        Ok(time) => time.to_string().into(),
        Err(_) => "24:00:00".into(),
    }
}

fn interval(column: &dyn Array, row: usize) -> Value {
    let value = column.as_primitive::<IntervalMonthDayNanoType>().value(row);
    let span = jiff::Span::new()
        .try_months(value.months)
        .and_then(|span| span.try_days(value.days))
        .and_then(|span| span.try_microseconds(value.nanoseconds / 1000));
    match span {
        Ok(span) => span.to_string().into(),
        Err(_) => format!("{} months {} days", value.months, value.days).into(),
    }
}
