//! What the widget keeps, what it sends, and how it is told not to.

use serde_json::json;

use super::{ELEMENT, World, inside, ready, saved, shown};
use crate::support::{PATIENCE, store, until};

const STORED: &str = "JSON.stringify({ ...localStorage })";
const GPC: &str = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })";

fn signals(world: &World) -> i64 {
    store::counts(world.data.path())["signals"]
}

#[test]
fn a_visitor_who_never_votes_sends_nothing_and_gets_no_id() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", "signals='copy'"));
    page.eval("new Promise((done) => setTimeout(done, 300))");
    assert_eq!(page.eval(STORED), "{}");
    assert!(world.proxy.seen().is_empty(), "nothing was sent");
    page.click(&inside(".up"));
    saved(&page, 1);
    let stored = page.eval(STORED);
    assert!(stored.as_str().expect("text").contains("thumbwheel:id"), "{stored}");
    assert_eq!(page.eval("document.cookie"), "");
}

#[test]
fn prompt_and_answer_are_sent_where_the_page_says_so_and_never_kept() {
    let Some(mut world) = World::new() else { return };
    let texts = "prompt='canary-prompt' response='canary-answer'";
    let page = world.open(&world.element("m1", texts));
    page.offline(true);
    page.click(&inside(".up"));
    page.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
    let kept = page.eval(STORED);
    let kept = kept.as_str().expect("text");
    assert!(kept.contains("m1") && !kept.contains("canary"), "{kept}");
    page.offline(false);
    saved(&page, 1);
    assert_eq!(world.newest()["user_message"], "canary-prompt");
}

#[test]
fn global_privacy_control_keeps_no_id_restores_nothing_and_sends_no_signal() {
    let Some(world) = World::new() else { return };
    let body =
        format!("<p id=a>An answer.</p>{}", world.element("m1", "for=a signals='copy dwell'"));
    world.stage.page("/", &world.host(&body), &[]);
    let page = world.context.blank();
    page.add_script(GPC);
    page.goto(&world.stage.url("/"));
    ready(&page);
    page.click(&inside(".up"));
    saved(&page, 1);
    assert_eq!(world.thumbs(), [("m1".to_owned(), "up".to_owned())], "a click is a click");
    assert_eq!(page.eval(STORED), "{}");
    copy(&page);
    page.eval(&format!("{ELEMENT}.signal('copy')"));
    page.reload();
    ready(&page);
    page.eval("new Promise((done) => setTimeout(done, 300))");
    assert_eq!(shown(&page), "");
    assert_eq!(signals(&world), 0);
}

#[test]
fn whoever_opts_out_sees_no_thumbs_in_any_tab_and_sends_nothing() {
    let Some(world) = World::new() else { return };
    let body = world.element("m1", "");
    let (page, other) = (world.open(&body), world.open(&body));
    let module = format!("http://{}/w/v1.js", world.server.address());
    page.eval(&format!("import('{module}').then((it) => it.optOut())"));
    for page in [&page, &other] {
        page.wait_for(&format!("getComputedStyle({ELEMENT}).display === 'none'"));
        assert_eq!(page.eval(&format!("{ELEMENT}.vote('up')")), false);
    }
    assert!(world.proxy.seen().is_empty(), "nothing was sent");
    page.reload();
    ready(&page);
    page.wait_for(&format!("getComputedStyle({ELEMENT}).display === 'none'"));
    page.eval(&format!("import('{module}').then((it) => it.optIn())"));
    page.wait_for(&format!("getComputedStyle({ELEMENT}).display !== 'none'"));
    page.click(&inside(".up"));
    saved(&page, 1);
}

fn copy(page: &crate::support::browser::Page) {
    page.eval("getSelection().selectAllChildren(document.getElementById('a'))");
    page.press("Control+c");
}

#[test]
fn signals_are_sent_where_the_page_asks_for_them() {
    let Some(mut world) = World::new() else { return };
    let token = world.token("m1", "ana");
    let element = world.signed_element(&token, "for=a signals='copy dwell'");
    let page = world.open(&format!("<p id=a>An answer.</p>{element}"));
    page.wait_for("performance.getEntriesByType('resource').some((it) => /signals/.test(it.name))");
    copy(&page);
    until("the copy is stored", PATIENCE, || (signals(&world) == 1).then_some(()));
    copy(&page);
    page.eval(&format!("{ELEMENT}.signal('regenerate')"));
    until("the host's own is stored", PATIENCE, || (signals(&world) == 2).then_some(()));
    page.eval("new Promise((done) => setTimeout(done, 1200))");
    page.goto("about:blank");
    until("the dwell is stored", PATIENCE, || (signals(&world) == 3).then_some(()));
    let sql = "select kind, value from signals order by kind";
    let rows = world.app.post("/api/query", &json!({ "sql": sql })).expect(200).json();
    let rows = rows["rows"].as_array().expect("rows").clone();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, [json!("copy"), json!("dwell"), json!("regenerate")]);
    let dwell = rows[1]["value"].as_f64().expect("milliseconds");
    assert!((1_000.0..60_000.0).contains(&dwell), "{dwell}");
}
