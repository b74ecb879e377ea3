//! Give, change, take back; come back and find it as it was left.

use serde_json::json;

use super::{ELEMENT, World, inside, ready, saved, shown};
use crate::support::{PATIENCE, until};

fn pair(message: &str, thumb: &str) -> (String, String) {
    (message.to_owned(), thumb.to_owned())
}

#[test]
fn a_visitor_votes_changes_takes_back_and_finds_the_vote_after_a_reload() {
    let Some(mut world) = World::new() else { return };
    let page = world.open(&world.element("m1", "action-type=todo context='{\"list\":7}'"));
    page.click(&inside(".up"));
    saved(&page, 1);
    assert_eq!(shown(&page), "up");
    assert_eq!(world.thumbs(), [pair("m1", "up")]);
    let row = world.newest();
    assert_eq!(row["action_type"], "todo");
    assert_eq!(row["action_data"], json!({ "list": 7 }));
    assert_eq!(row["trust"], "public");

    page.click(&inside(".down"));
    saved(&page, 2);
    assert_eq!(shown(&page), "down");
    assert_eq!(world.thumbs(), [pair("m1", "down")]);

    page.reload();
    ready(&page);
    page.wait_for(&format!("{ELEMENT}.value === 'down'"));
    assert_eq!(shown(&page), "down");

    page.click(&inside(".down"));
    saved(&page, 1);
    assert_eq!(shown(&page), "");
    assert_eq!(world.thumbs(), []);
    page.reload();
    ready(&page);
    let asked = || world.proxy.seen().iter().filter(|it| it.target.ends_with("/mine")).count();
    until("the page has asked again", PATIENCE, || (asked() >= 2).then_some(()));
    assert_eq!(shown(&page), "");
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn a_token_votes_for_its_user_in_any_browser() {
    let Some(mut world) = World::new() else { return };
    let token = world.token("m1", "ana");
    let page = world.open(&world.signed_element(&token, ""));
    page.click(&inside(".down"));
    saved(&page, 1);
    let row = world.newest();
    assert_eq!((&row["message_id"], &row["trust"]), (&json!("m1"), &json!("signed")));

    // Another browser of the same user, with a token of its own.
    let token = world.token("m1", "ana");
    let Some(elsewhere) = crate::support::browser::context() else { return };
    world.stage.page("/elsewhere", &world.host(&world.signed_element(&token, "")), &[]);
    let page = elsewhere.open(&world.stage.url("/elsewhere"));
    ready(&page);
    page.wait_for(&format!("{ELEMENT}.value === 'down'"));
    page.click(&inside(".down"));
    saved(&page, 1);
    assert_eq!(world.thumbs(), []);
}

#[test]
fn a_double_click_counts_once() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    page.double_click(&inside(".up"));
    saved(&page, 1);
    assert_eq!(shown(&page), "up");
    assert_eq!(world.thumbs(), [pair("m1", "up")]);
    assert_eq!(world.history(), 0, "one state, and no other before it");
}

/// Clicks that come faster than the server answers end in the last one.
#[test]
fn the_last_of_many_quick_clicks_stands() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    page.eval(&format!(
        "for (const value of ['up', 'down', null, 'down', 'up', 'down']) {ELEMENT}.vote(value)"
    ));
    page.wait_for("saved.at(-1)?.value === 'down'");
    until("the last vote stands", PATIENCE, || {
        (world.thumbs() == [pair("m1", "down")]).then_some(())
    });
    assert_eq!(shown(&page), "down");
}

#[test]
fn two_tabs_show_the_same_and_count_once() {
    let Some(world) = World::new() else { return };
    let body = world.element("m1", "");
    let first = world.open(&body);
    let second = world.open(&body);
    first.click(&inside(".up"));
    saved(&first, 1);
    second.wait_for(&format!("{ELEMENT}.value === 'up'"));
    assert_eq!(shown(&second), "up");
    second.click(&inside(".down"));
    saved(&second, 1);
    first.wait_for(&format!("{ELEMENT}.value === 'down'"));
    assert_eq!(world.thumbs(), [pair("m1", "down")], "one visitor, one thumb");
}

#[test]
fn two_hundred_elements_on_a_page_are_restored_with_one_call_and_block_nothing() {
    let Some(mut world) = World::new() else { return };
    let tokens: Vec<_> = (0..200).map(|n| world.token(&format!("m{n}"), "ana")).collect();
    for n in 0..200 {
        let thumb = if n % 2 == 0 { "up" } else { "down" };
        let vote = json!({ "message_id": format!("m{n}"), "user_id": "ana", "feedback": thumb });
        world.app.post("/api/feedback", &vote).expect(200);
    }
    let body: String = tokens.iter().map(|token| world.signed_element(token, "")).collect();
    let watch = "<script>window.long = []; new PerformanceObserver((list) => \
        list.getEntries().forEach((it) => long.push(it.duration)))\
        .observe({ type: 'longtask', buffered: true });</script>";
    let page = world.open(&format!("{watch}{body}"));
    page.wait_for("[...document.querySelectorAll('thumbs-feedback')].every((it) => it.value)");
    let right = page.eval(
        "[...document.querySelectorAll('thumbs-feedback')]\
         .every((it, n) => it.value === (n % 2 ? 'down' : 'up'))",
    );
    assert_eq!(right, true);
    let calls = world.proxy.seen();
    assert_eq!(calls.iter().filter(|it| it.target.ends_with("/mine")).count(), 1);
    assert!(calls.iter().all(|it| it.method == "POST"), "no browser asked for permission first");
    let long = page.eval("long");
    assert!(long.as_array().expect("a list").is_empty(), "tasks of 50 ms and more: {long}");

    page.click("document.querySelectorAll('thumbs-feedback')[199].shadowRoot.querySelector('.up')");
    saved(&page, 1);
    assert_eq!(world.thumbs().len(), 200);
}

/// What the one script of 4 KiB promises: it needs no other part for what is usual.
#[test]
fn voting_and_coming_back_load_nothing_but_the_one_script() {
    let Some(mut world) = World::new() else { return };
    let token = world.token("m1", "ana");
    let page = world.open(&world.signed_element(&token, ""));
    let scripts = "performance.getEntriesByType('resource').map((it) => it.name)\
        .filter((it) => it.includes('/w/')).map((it) => it.split('/w/')[1])";
    // A tenth of a second after the start it looks for votes that wait, and takes one that is on
    // its way for such a vote.
    let settled = "new Promise((done) => setTimeout(done, 200))";
    page.eval(settled);
    for thumb in [".up", ".up", ".up"] {
        page.click(&inside(thumb));
        page.wait_for(&format!("{ELEMENT}.shadowRoot.querySelector('.status').textContent"));
    }
    page.wait_for("saved.length > 0 && saved.at(-1).value === 'up'");
    page.reload();
    ready(&page);
    page.wait_for(&format!("{ELEMENT}.value === 'up'"));
    page.eval(settled);
    assert_eq!(page.eval(scripts), json!(["v1.js"]));
    page.click(&inside(".down"));
    page.wait_for(&inside("form"));
    let form = page.eval(&format!("{scripts}.slice(1).map((it) => it.split('.')[0])"));
    assert_eq!(form, json!(["form"]), "and the form with the first thumbs-down");
}
