//! The rules of feedback, on a real database.

mod random_history;

use super::*;
use crate::model::action::ActionType;
use crate::model::ids::MessageId;
use crate::model::record::Feedback;
use crate::model::response::{ResponsePatch, Source};
use crate::model::signal::NewSignal;
use crate::model::time::{SECOND_US, Timestamp};
use crate::model::trust::Trust;
use crate::store::connection::{Synchronous, open_writer};
use crate::store::folder::DataFolder;
use crate::store::{feedback, subjects};

const PROJECT: ProjectId = ProjectId(1);

struct Desk {
    _temp: tempfile::TempDir,
    db: Connection,
}

impl Desk {
    fn new() -> Self {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        let db = open_writer(&folder, Synchronous::Normal, at(0)).expect("opens");
        Self { _temp: temp, db }
    }

    fn record(&self, new: NewFeedback) -> Outcome {
        record(&self.db, PROJECT, &new).expect("recorded")
    }

    fn now(&self, new: &NewFeedback) -> Option<Feedback> {
        feedback::by_key(&self.db, PROJECT, new.message_id.as_str(), &new.subject).expect("read")
    }

    fn count(&self, sql: &str) -> i64 {
        self.db.query_row(sql, [], |row| row.get(0)).expect("counted")
    }
}

fn at(second: i64) -> Timestamp {
    let base: Timestamp = "2026-11-23T08:00:00Z".parse().expect("valid");
    base.shifted(second * SECOND_US)
}

fn subject(n: u8) -> Subject {
    Subject::parse(&format!("twu_{}{}", "a".repeat(25), char::from(b'a' + n))).expect("well formed")
}

/// A thumb without anything else, received at second 0.
fn vote(thumb: Option<Thumb>) -> NewFeedback {
    NewFeedback {
        message_id: MessageId::parse("m1".to_owned()).expect("valid"),
        subject: subject(0),
        thumb,
        reasons: Patch::Absent,
        comment: Patch::Absent,
        correction: Patch::Absent,
        response: ResponsePatch::default(),
        trust: Trust::Secret,
        source: Source::Api,
        client_ts: None,
        created_at: None,
        updated_at: None,
        received_at: at(0),
    }
}

fn text(text: &str) -> Patch<String> {
    Patch::Set(text.to_owned())
}

#[test]
fn a_change_of_thumb_clears_what_came_with_the_old_one() {
    let desk = Desk::new();
    let down = NewFeedback {
        comment: text("wrong day"),
        reasons: Patch::Set(vec!["wrong".to_owned()]),
        ..vote(Some(Thumb::Down))
    };
    desk.record(down.clone());
    desk.record(vote(Some(Thumb::Down)));
    let kept = desk.now(&down).expect("there");
    assert_eq!(kept.comment.as_deref(), Some("wrong day"), "an absent field stays");
    assert_eq!(kept.reasons.as_deref(), Some(r#"["wrong"]"#));

    desk.record(vote(Some(Thumb::Up)));
    let up = desk.now(&down).expect("there");
    assert_eq!((up.comment, up.reasons), (None, None));
}

#[test]
fn null_clears_one_field_and_leaves_the_others() {
    let desk = Desk::new();
    let first =
        NewFeedback { comment: text("a"), correction: text("b"), ..vote(Some(Thumb::Down)) };
    desk.record(first.clone());
    desk.record(NewFeedback { comment: Patch::Clear, ..vote(Some(Thumb::Down)) });
    let row = desk.now(&first).expect("there");
    assert_eq!((row.comment.as_deref(), row.correction.as_deref()), (None, Some("b")));
}

#[test]
fn taking_a_thumb_back_removes_it_and_keeps_the_history() {
    let desk = Desk::new();
    desk.record(vote(Some(Thumb::Up)));
    let outcome = desk.record(vote(None));
    let gone = Outcome::Stored { created: false, changed: true };
    assert_eq!(outcome, gone);
    assert_eq!(desk.count("select count(*) from thumbs"), 0);
    assert_eq!(desk.count("select count(*) from thumbs_history"), 2);
}

#[test]
fn an_older_client_clock_never_becomes_current() {
    let desk = Desk::new();
    let stamped = |thumb, second| NewFeedback { client_ts: Some(at(second)), ..vote(thumb) };
    desk.record(stamped(Some(Thumb::Up), 1));
    // The same thumb again, later: nothing changes, but the order is remembered.
    desk.record(stamped(Some(Thumb::Up), 3));
    desk.record(stamped(Some(Thumb::Down), 2));
    assert_eq!(desk.now(&vote(None)).expect("there").feedback, Thumb::Up);
    desk.record(stamped(None, 5));
    desk.record(stamped(Some(Thumb::Down), 4));
    assert!(desk.now(&vote(None)).is_none(), "a late vote does not undo taking it back");
}

#[test]
fn the_same_write_twice_writes_nothing_the_second_time() {
    let desk = Desk::new();
    let new = NewFeedback { comment: text("x"), ..vote(Some(Thumb::Down)) };
    desk.record(new.clone());
    let log = "select count(*) from change_log";
    let before = (desk.count(log), desk.count("select count(*) from thumbs_history"));
    let again = desk.record(NewFeedback { received_at: at(9), ..new });
    assert!(matches!(again, Outcome::Stored { created: false, changed: false, .. }));
    assert_eq!((desk.count(log), desk.count("select count(*) from thumbs_history")), before);
}

#[test]
fn a_file_with_several_states_of_a_thumb_can_be_imported_again() {
    let desk = Desk::new();
    let state = |thumb, second| NewFeedback {
        created_at: Some(at(0)),
        updated_at: Some(at(second)),
        source: Source::Import,
        ..vote(Some(thumb))
    };
    let file = [state(Thumb::Up, 1), state(Thumb::Down, 2), state(Thumb::Up, 2)];
    for new in file.clone() {
        desk.record(new);
    }
    let history = desk.count("select count(*) from thumbs_history");
    for new in file {
        let again = desk.record(new);
        assert!(matches!(again, Outcome::Stored { changed: false, .. }), "{again:?}");
    }
    assert_eq!(desk.count("select count(*) from thumbs_history"), history);
}

#[test]
fn an_import_that_repeats_a_thumb_later_outlives_what_was_in_between() {
    let desk = Desk::new();
    let state = |thumb, second| NewFeedback {
        created_at: Some(at(second)),
        source: Source::Import,
        ..vote(Some(thumb))
    };
    // In the order of their times: up, down, up. The file has them in another order.
    for new in [state(Thumb::Up, 1), state(Thumb::Up, 3), state(Thumb::Down, 2)] {
        desk.record(new);
    }
    assert_eq!(desk.count("select count(*) from thumbs where feedback = 'up'"), 1);
}

#[test]
fn feedback_may_come_before_its_response_and_joins_it_later() {
    let desk = Desk::new();
    let new = vote(Some(Thumb::Up));
    desk.record(new.clone());
    assert_eq!(desk.now(&new).expect("there").action_type, None);
    let patch = ResponsePatch {
        action_type: Patch::Set(ActionType::parse("todo".to_owned()).expect("valid")),
        ..ResponsePatch::default()
    };
    let response = NewResponse {
        message_id: new.message_id.clone(),
        patch,
        trust: Trust::Secret,
        source: Source::Api,
        stated_at: None,
        event_at: at(0),
        received_at: at(0),
    };
    responses::record(&desk.db, PROJECT, &response, Authority::ByTrust).expect("recorded");
    assert_eq!(desk.now(&new).expect("there").action_type.as_deref(), Some("todo"));
}

#[test]
fn lower_trust_never_touches_the_text_of_higher_trust() {
    let desk = Desk::new();
    let said = |trust, subject_no, prompt: &str| NewFeedback {
        trust,
        subject: subject(subject_no),
        response: ResponsePatch { user_message: text(prompt), ..ResponsePatch::default() },
        ..vote(Some(Thumb::Up))
    };
    let prompt = |desk: &Desk| desk.now(&vote(None)).expect("there").user_message;
    desk.record(said(Trust::Public, 0, "a page's word"));
    assert_eq!(prompt(&desk).as_deref(), Some("a page's word"));
    desk.record(said(Trust::Secret, 1, "the server's word"));
    assert_eq!(prompt(&desk).as_deref(), Some("the server's word"));
    desk.record(said(Trust::Public, 2, "a forgery"));
    assert_eq!(prompt(&desk).as_deref(), Some("the server's word"));
}

#[test]
fn the_words_of_a_page_stand_until_somebody_more_trusted_speaks() {
    let desk = Desk::new();
    let said = |trust, patch| NewFeedback { trust, response: patch, ..vote(Some(Thumb::Up)) };
    let prompt = |prompt: &str| ResponsePatch { user_message: text(prompt), ..Default::default() };
    let answer =
        |answer: &str| ResponsePatch { assistant_response: text(answer), ..Default::default() };
    let row = || responses::by_message(&desk.db, PROJECT, "m1").expect("read").expect("there");
    desk.record(said(Trust::Public, prompt("first")));
    desk.record(said(Trust::Public, prompt("second")));
    desk.record(said(Trust::Public, ResponsePatch { user_message: Patch::Clear, ..prompt("") }));
    assert_eq!((row().user_message.as_deref(), row().trust), (Some("first"), Trust::Public));
    desk.record(said(Trust::Secret, ResponsePatch::default()));
    assert_eq!(row().user_message.as_deref(), Some("first"), "who says nothing takes nothing");

    desk.record(said(Trust::Secret, answer("the server's")));
    let told = || {
        let row = row();
        (row.user_message, row.assistant_response, row.trust)
    };
    let servers = (None, Some("the server's".to_owned()), Trust::Secret);
    assert_eq!(told(), servers, "no word of a page is left");
    desk.record(said(Trust::Public, prompt("a page adds to it")));
    assert_eq!(told(), servers);
    // A token is as good as a server where the server has said nothing.
    desk.record(said(Trust::Signed, prompt("signed")));
    assert_eq!(told().0.as_deref(), Some("signed"));
    assert_eq!(told().2, Trust::Signed, "the least trusted whose words stand in it");
}

#[test]
fn late_and_repeated_writes_only_fill_in_what_is_missing() {
    let desk = Desk::new();
    let said = |prompt: &str| ResponsePatch { user_message: text(prompt), ..Default::default() };
    let row = NewFeedback {
        created_at: Some(at(1)),
        source: Source::Import,
        response: said("imported"),
        ..vote(Some(Thumb::Up))
    };
    desk.record(row.clone());
    let correction = NewFeedback { response: said("corrected"), ..vote(Some(Thumb::Up)) };
    desk.record(correction);
    let again = desk.record(row);
    assert!(matches!(again, Outcome::Stored { changed: false, .. }), "{again:?}");
    assert_eq!(desk.now(&vote(None)).expect("there").user_message.as_deref(), Some("corrected"));
}

#[test]
fn equal_writes_leave_one_trace() {
    let desk = Desk::new();
    let stamped = NewFeedback { client_ts: Some(at(1)), ..vote(Some(Thumb::Up)) };
    for _ in 0..5 {
        desk.record(stamped.clone());
    }
    assert_eq!(desk.count("select count(*) from thumbs"), 1);
    assert_eq!(desk.count("select count(*) from thumbs_history"), 0);
}

#[test]
fn nothing_is_stored_of_someone_who_has_opted_out() {
    let desk = Desk::new();
    subjects::set_opt_out(&desk.db, PROJECT, &subject(0), Some(at(0))).expect("set");
    let patch = ResponsePatch { user_message: text("secret"), ..ResponsePatch::default() };
    let outcome = desk.record(NewFeedback { response: patch, ..vote(Some(Thumb::Up)) });
    assert_eq!(outcome, Outcome::OptedOut);
    for table in ["thumbs", "thumbs_history", "responses", "change_log"] {
        assert_eq!(desk.count(&format!("select count(*) from {table}")), 0, "{table}");
    }
}

#[test]
fn erasing_a_subject_leaves_nothing_of_them_and_all_of_the_others() {
    let desk = Desk::new();
    let mut shared = vote(Some(Thumb::Up));
    shared.response.user_message = text("shared");
    desk.record(shared.clone());
    desk.record(NewFeedback { subject: subject(1), ..shared });
    let mut own = vote(Some(Thumb::Down));
    own.message_id = MessageId::parse("m2".to_owned()).expect("valid");
    own.response.user_message = text("only mine");
    desk.record(own);

    let erased = subjects::erase(&desk.db, PROJECT, &subject(0), at(1)).expect("erased");
    let expected = subjects::Erased { thumbs: 2, history: 2, responses: 1, signals: 0 };
    assert_eq!(erased, expected);
    let mine = format!("user_id = '{}'", subject(0).as_str());
    for table in ["thumbs", "thumbs_history", "signals"] {
        assert_eq!(desk.count(&format!("select count(*) from {table} where {mine}")), 0, "{table}");
    }
    assert_eq!(desk.count("select count(*) from thumbs"), 1);
    assert_eq!(desk.count("select count(*) from responses"), 1);
}

/// Counts the rows whose last change in the log is not the one that they carry.
const STRAY: &str = "select count(*) from (
        select 'thumbs' as name, id, seq from thumbs
        union all select 'responses', id, seq from responses
        union all select 'signals', id, seq from signals) as stored
    where seq is not (select max(seq) from change_log
        where table_name = stored.name and row_id = stored.id and op = 'upsert')";

#[test]
fn every_insert_enters_the_change_log_at_the_position_that_its_row_carries() {
    let desk = Desk::new();
    for n in 0..3 {
        let mut new = vote(Some(Thumb::Up));
        new.message_id = MessageId::parse(format!("m{n}")).expect("valid");
        new.response.user_message = text("what");
        desk.record(new);
    }
    let signal = NewSignal {
        message_id: MessageId::parse("m1".to_owned()).expect("valid"),
        subject: subject(0),
        kind: "copy".parse().expect("a signal"),
        value: None,
        trust: Trust::Secret,
        client_ts: None,
        received_at: at(0),
    };
    crate::store::signals::record(&desk.db, PROJECT, &signal).expect("recorded");
    // The newest entry goes, and its position is not given out again.
    desk.db.execute_batch("delete from signals; delete from change_log").expect("deleted");
    desk.record(NewFeedback { subject: subject(1), ..vote(Some(Thumb::Up)) });
    assert_eq!(desk.count(&format!("{STRAY} and seq > 8")), 0);
    assert_eq!(desk.count("select max(seq) from thumbs"), 9, "7 rows, and a delete in the log");
}
