//! `/api/analytics`: what works, what fails, is it getting better? One noun a file. Every rate
//! comes with its count and its 95 % interval.

pub(crate) mod approval;
pub(crate) mod cohorts;
pub(crate) mod compare;
pub(crate) mod coverage;
pub(crate) mod failures;
pub(crate) mod milestones;
pub(crate) mod summary;
pub(crate) mod trend;

use crate::insights::trend::BUCKETS_MAX;
use crate::web::code::Code;
use crate::web::error::Error;

/// 400 for a time that would be cut into too many pieces.
fn too_many_buckets() -> Error {
    let detail = format!(
        "there would be more than {BUCKETS_MAX} buckets; name a shorter time with since and \
         until, or a longer interval"
    );
    Error::refused(Code::TooManyBuckets, detail)
}
