//! A slow, failing, refusing or absent server: a vote shows at once, and none is lost.

use std::time::Duration;

use serde_json::json;

use super::{ELEMENT, World, inside, ready, said, saved, shown};
use crate::support::stage::Mode;
use crate::support::{PATIENCE, cli, until};
use crate::tokens::{FAR, id_of, signed, signing_key};

/// What waits in the browser to be sent.
const QUEUED: &str = "JSON.parse(localStorage['thumbwheel:queue'] || '[]')";

#[test]
fn a_click_shows_within_a_frame_while_the_server_takes_two_seconds() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    page.eval(
        "window.long = [], new PerformanceObserver((list) => list.getEntries()\
         .forEach((it) => long.push(it.duration))).observe({ type: 'longtask' }), 1",
    );
    world.proxy.mode(Mode::Delay(Duration::from_secs(2)));
    // From the click to the frame that shows it: what was set before the next frame is in it.
    let times = page.eval(&format!(
        "(async () => {{
            const times = [];
            for (let n = 0; n < 20; n++) {{
                await new Promise(requestAnimationFrame);
                const name = n % 2 ? '.down' : '.up';
                const button = {ELEMENT}.shadowRoot.querySelector(name);
                const start = performance.now();
                button.click();
                if (button.getAttribute('aria-pressed') !== 'true') return 'it came later';
                times.push(performance.now() - start);
            }}
            return times.sort((a, b) => a - b);
        }})()"
    ));
    let times = times.as_array().expect("the thumb is chosen in the very task of the click");
    let slowest = times[times.len() - 1].as_f64().expect("milliseconds");
    assert!(slowest <= 16.0, "{times:?} ms");
    assert_eq!(page.eval("saved.length"), 0, "the server has not answered yet");
    assert_eq!(page.eval("long"), json!([]), "nothing blocked the page");
    world.proxy.mode(Mode::Pass);
    page.wait_for("saved.at(-1)?.value === 'down'");
}

#[test]
fn a_vote_without_a_network_is_kept_over_a_reload_and_sent_when_it_is_back() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    page.offline(true);
    page.click(&inside(".down"));
    page.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
    assert_eq!(shown(&page), "down");
    assert!(said(&page).starts_with("Will be sent later."), "{}", said(&page));
    assert_eq!(page.eval(&format!("{QUEUED}.length")), 1);
    assert_eq!(world.thumbs(), []);

    // The last of several votes is the one that counts.
    page.click(&inside(".up"));
    page.offline(false);
    saved(&page, 1);
    assert_eq!(shown(&page), "up");
    assert_eq!(world.thumbs(), [("m1".to_owned(), "up".to_owned())]);
    assert_eq!(page.eval(&format!("{QUEUED}.length")), 0);
    assert_eq!(page.eval("errors"), json!([]));

    // Queued, and the page is opened again before the network is back.
    page.offline(true);
    page.click(&inside(".down"));
    page.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
    world.proxy.mode(Mode::Drop);
    page.offline(false);
    page.reload();
    ready(&page);
    page.wait_for(&format!("{ELEMENT}.value === 'down'"));
    world.proxy.mode(Mode::Pass);
    saved(&page, 1);
    assert_eq!(world.thumbs(), [("m1".to_owned(), "down".to_owned())]);
}

#[test]
fn a_server_that_fails_gets_the_vote_once_it_has_recovered() {
    let Some(world) = World::new() else { return };
    for status in [500, 503, 429, 408] {
        let id = format!("m{status}");
        let page = world.open(&world.element(&id, ""));
        world.proxy.mode(Mode::Fail(status));
        page.click(&inside(".up"));
        page.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
        assert_eq!(shown(&page), "up", "{status}");
        assert_eq!(page.eval("errors"), json!([]), "{status}");
        world.proxy.mode(Mode::Pass);
        saved(&page, 1);
        assert!(world.thumbs().contains(&(id, "up".to_owned())), "{status}");
        page.wait_for(&format!("{}.dataset.state === ''", inside(".group")));
    }
}

#[test]
fn a_tab_sends_what_another_one_left_behind_and_overwrites_nothing() {
    let Some(world) = World::new() else { return };
    let first = world.open(&world.element("m1", ""));
    first.click(&inside(".up"));
    saved(&first, 1);
    let second = world.open(&world.element("m2", ""));
    second.offline(true);
    second.click(&inside(".up"));
    second.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
    drop(second);
    world.proxy.mode(Mode::Fail(500));
    first.click(&inside(".down"));
    first.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
    assert_eq!(first.eval(&format!("{QUEUED}.length")), 2);
    world.proxy.mode(Mode::Pass);
    let all = [("m1".to_owned(), "down".to_owned()), ("m2".to_owned(), "up".to_owned())];
    until("both are stored", PATIENCE, || (world.thumbs() == all).then_some(()));
}

/// A page that comes back has a new token for the same answer and the same user.
#[test]
fn a_vote_that_waited_is_sent_with_the_token_that_the_page_has_now() {
    let Some(world) = World::new() else { return };
    let (old, new) = (signing_key(&world.server), signing_key(&world.server));
    let token = |secret: &str| {
        let kid = id_of(secret);
        let claims = json!({ "kid": kid, "message_id": "m1", "user_id": "ana", "exp": FAR });
        signed(secret, &claims)
    };
    let page = world.open(&world.signed_element(&token(&old), ""));
    world.proxy.mode(Mode::Drop);
    page.click(&inside(".up"));
    page.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
    drop(page);
    cli(world.data.path(), &["key", "revoke", id_of(&old)]).expect(0);
    let page = world.open(&world.signed_element(&token(&new), ""));
    page.wait_for(&format!("{ELEMENT}.value === 'up'"));
    world.proxy.mode(Mode::Pass);
    until("it is stored", PATIENCE, || (world.thumbs().len() == 1).then_some(()));
    assert_eq!(shown(&page), "up");
}

#[test]
fn a_refused_vote_goes_back_to_what_the_server_has_and_says_so() {
    let Some(mut world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    page.click(&inside(".up"));
    saved(&page, 1);
    world.proxy.mode(Mode::Fail(422));
    page.click(&inside(".down"));
    page.wait_for("errors.length === 1");
    assert_eq!(shown(&page), "up");
    assert_eq!(said(&page), "Could not be saved.");
    assert_eq!(page.eval("errors[0].status"), 422);
    assert_eq!(page.eval(&format!("{QUEUED}.length")), 0, "it is not tried again");
    world.proxy.mode(Mode::Pass);

    // The page is told why, in words and in a code, across origins.
    let forged = world.token("m2", "ana").replace("twm1.", "twm1.x");
    let page = world.open(&world.signed_element(&forged, "response-id=m2"));
    page.click(&inside(".up"));
    page.wait_for("errors.length === 1");
    assert_eq!(page.eval("errors[0].code"), "invalid_token");
    assert_eq!(shown(&page), "");
    assert_eq!(world.thumbs(), [("m1".to_owned(), "up".to_owned())]);
}

#[test]
fn a_user_who_opted_out_at_the_server_is_told_and_nothing_is_kept() {
    let Some(mut world) = World::new() else { return };
    let token = world.token("m1", "ana");
    cli(world.data.path(), &["user-data", "opt-out", "ana"]).expect(0);
    let page = world.open(&world.signed_element(&token, ""));
    page.click(&inside(".up"));
    page.wait_for("errors.length === 1");
    assert_eq!(page.eval("errors[0].code"), "opted_out");
    assert_eq!(shown(&page), "");
    assert_eq!(said(&page), "Could not be saved: opted out.");
    assert_eq!(world.thumbs(), []);
}
