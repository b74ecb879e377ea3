//! Mirrors that are not what they were made as.

use super::*;
use crate::model::feedback::Thumb;
use crate::warehouse::fixture::{self, LIMITS, PROJECT, SOURCE, feedback};

fn three() -> Vec<Feedback> {
    (1..=3).map(|id| feedback(id, Thumb::Up, Some("todo"))).collect()
}

fn batch_of(rows: Vec<Feedback>) -> Batch {
    let thumbs = rows.iter().map(|row| row.id).collect();
    Batch { thumbs, feedback_now: rows, ..Batch::default() }
}

#[test]
fn rows_of_another_history_are_not_held() {
    let (_temp, mirror) = fixture::mirror(&three());
    let writer = mirror.writer();
    let holds = |rows| writer.holds(&batch_of(rows)).expect("answers");
    assert!(holds(Vec::new()));
    assert!(holds(three()));
    let mut rows = three();
    rows[1].seq = Seq(rows[1].seq.0 + 1);
    assert!(!holds(rows), "another change");
    let mut rows = three();
    let later = Timestamp::from_micros(rows[1].received_at.micros() + 1).expect("in range");
    rows[1].received_at = later;
    assert!(!holds(rows), "another moment");
    assert!(!holds(vec![feedback(4, Thumb::Up, None)]), "no such row");
}

#[test]
fn our_own_statements_are_not_blamed_on_the_one_who_asks() {
    let (_temp, mirror) = fixture::mirror(&three());
    let change = "alter table feedback drop column message_id";
    mirror.writer().connection.execute_batch(change).expect("changed");
    let applied = mirror.writer().apply(&batch_of(three()), Seq(9));
    assert!(matches!(applied, Err(Error::Doubtful(_))), "{applied:?}");
    let reader = mirror.reader().expect("reads");
    let read = crate::warehouse::fingerprint::of_feedback(&reader);
    assert!(matches!(read, Err(Error::Doubtful(_))), "{read:?}");
}

#[test]
fn a_file_with_other_columns_is_unfit() {
    for change in [
        "alter table feedback drop column comment",
        "alter table signals add column more varchar",
        "alter table responses alter seq type varchar",
        "create table another (id integer)",
    ] {
        let (temp, mirror) = fixture::mirror(&three());
        mirror.writer().connection.execute_batch(change).expect("changed");
        drop(mirror);
        let folder = MirrorFolder::open(temp.path()).expect("made");
        let opening = Mirror::open(&folder, PROJECT, LIMITS, SOURCE).expect("opens");
        assert!(matches!(opening, Opening::Unfit(_)), "{change}");
    }
}
