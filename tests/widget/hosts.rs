//! Host pages: strict, hostile, dark, mirrored, and ones that are no browser at all.

use serde_json::json;

use super::{ELEMENT, World, inside, ready, saved, shown};
use crate::support::browser::Page;
use crate::support::node;

/// The colours of the system, as a page without a design of its own has them.
const PLAIN: &str = "<style>:root { color-scheme: light dark }</style>";

/// Contrast of an element's ink against the ground of the page, by WCAG 2.2.
const CONTRAST: &str = "(element) => {
    const canvas = document.createElement('canvas').getContext('2d');
    const light = (color, over) => {
        canvas.fillStyle = over; canvas.fillRect(0, 0, 1, 1);
        canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((it) => it / 255)
            .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const ground = dark ? '#121212' : '#ffffff';
    const [a, b] = [light(getComputedStyle(element).color, ground), light(ground, ground)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}";

fn contrast(page: &Page, selector: &str) -> f64 {
    let ratio = page.eval(&format!("({CONTRAST})({})", inside(selector)));
    ratio.as_f64().expect("a ratio")
}

#[test]
fn thumbs_stand_out_in_light_and_dark() {
    let Some(world) = World::new() else { return };
    let page = world.open(&format!("{PLAIN}{}", world.element("m1", "")));
    for scheme in ["light", "dark"] {
        page.media(&[("prefers-color-scheme", scheme)]);
        for value in ["up", "down"] {
            page.eval(&format!("{ELEMENT}.value = '{value}'"));
            page.wait_for(&format!("{ELEMENT}.value === '{value}'"));
            page.eval("new Promise((done) => setTimeout(done, 250))");
            for thumb in [".up", ".down"] {
                let ratio = contrast(&page, thumb);
                assert!(ratio >= 3.0, "{thumb} with {value} chosen in {scheme}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn a_chosen_thumb_differs_in_shape_and_in_forced_colours() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", "value=up"));
    let style = |selector: &str, name: &str| {
        page.eval(&format!("getComputedStyle({}).{name}", inside(selector)))
    };
    page.wait_for(&format!("{ELEMENT}.value === 'up'"));
    assert_ne!(style(".up svg", "fill"), style(".down svg", "fill"), "filled, not just coloured");
    page.media(&[("forced-colors", "active")]);
    page.eval("new Promise((done) => setTimeout(done, 250))");
    assert_ne!(style(".up", "backgroundColor"), style(".down", "backgroundColor"));
    assert_eq!(style(".up", "borderStyle"), "solid");
}

#[test]
fn motion_is_left_out_where_it_is_not_wanted() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    let duration =
        || page.eval(&format!("getComputedStyle({}).transitionDuration", inside(".up svg")));
    page.media(&[("prefers-reduced-motion", "no-preference")]);
    assert_ne!(duration(), "0s");
    page.media(&[("prefers-reduced-motion", "reduce")]);
    assert_eq!(duration(), "0s");
}

#[test]
fn a_page_from_right_to_left_is_mirrored_and_spoken_to_in_its_language() {
    let Some(world) = World::new() else { return };
    let page = world.open(&format!("<div dir=rtl lang=ar>{}</div>", world.element("m1", "")));
    let left = |selector: &str| {
        let left = page.eval(&format!("{}.getBoundingClientRect().left", inside(selector)));
        left.as_f64().expect("a place")
    };
    assert!(left(".up") > left(".down"));
    page.wait_for(&format!("{}.title !== 'Good answer'", inside(".up")));
    page.click(&inside(".down"));
    page.wait_for(&inside("form"));
    saved(&page, 1);
    let words = page.eval(&format!("{}.textContent", inside("form")));
    assert!(words.as_str().expect("text").chars().any(|c| ('\u{600}'..'\u{6ff}').contains(&c)));
    assert_eq!(page.eval(&format!("getComputedStyle({}).direction", inside("form"))), "rtl");
}

#[test]
fn a_page_with_a_strict_policy_needs_no_exception() {
    let Some(world) = World::new() else { return };
    let html = world.host(&world.element("m1", "")).replace("<script ", "<script nonce=abc ");
    let (server, proxy) = (world.server.address(), world.proxy.origin());
    let policy = format!(
        "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; img-src data:; \
         connect-src {proxy} http://{server}; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    world.stage.page("/", &html, &[("content-security-policy", &policy)]);
    let page = world.context.open(&world.stage.url("/"));
    ready(&page);
    page.click(&inside(".down"));
    saved(&page, 1);
    page.wait_for(&inside("form"));
    page.click(&inside(".tag"));
    page.click(&inside(".send"));
    saved(&page, 2);
    assert_eq!(page.errors(), [""; 0], "no violation and no exception");
    assert_eq!(world.thumbs(), [("m1".to_owned(), "down".to_owned())]);
    let size = page.eval(&format!("{}.getBoundingClientRect().width", inside(".up")));
    assert_eq!(size, 32.0, "its styles are there");
}

/// A page that patched what it could, by accident or on purpose.
#[test]
fn a_hostile_page_changes_nothing_that_is_sent_and_sees_no_exception() {
    let Some(mut world) = World::new() else { return };
    world.stage.page("/", &world.host(&world.element("m1", "context='{\"a\":1}'")), &[]);
    let page = world.context.blank();
    page.add_script(
        "Object.prototype.toJSON = function () { return 'stolen'; };
         Array.prototype.toJSON = function () { return 'stolen'; };
         String.prototype.toJSON = function () { return 'stolen'; };
         Object.prototype.method = 'GET';
         Object.prototype.body = 'stolen';
         Object.prototype.mode = 'no-cors';
         Object.prototype.feedback = 'down';
         Array.prototype.last = 'extra';",
    );
    page.goto(&world.stage.url("/"));
    ready(&page);
    page.click(&inside(".up"));
    saved(&page, 1);
    let row = world.newest();
    assert_eq!((&row["feedback"], &row["message_id"]), (&json!("up"), &json!("m1")));
    assert_eq!(row["action_data"], json!({ "a": 1 }));
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn a_page_whose_fetch_is_broken_keeps_the_vote_and_sees_no_exception() {
    let Some(world) = World::new() else { return };
    let cases = [
        "window.fetch = () => { throw new Error('patched') }",
        "window.fetch = () => Promise.reject('patched')",
        "window.fetch = () => Promise.resolve(undefined)",
        "window.fetch = () => Promise.resolve({ status: 'x', headers: null })",
        "window.fetch = undefined",
    ];
    for (n, broken) in cases.into_iter().enumerate() {
        world.stage.page("/", &world.host(&world.element(&format!("m{n}"), "")), &[]);
        let page = world.context.blank();
        page.add_script(broken);
        page.goto(&world.stage.url("/"));
        ready(&page);
        page.click(&inside(".up"));
        page.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
        assert_eq!(shown(&page), "up", "{broken}");
        assert_eq!(page.errors(), [""; 0], "{broken}");
        assert_eq!(world.thumbs(), [], "{broken}");
    }
    // The next page that works sends it.
    let page = world.open(&world.element("m0", ""));
    page.wait_for("localStorage['thumbwheel:queue'] === undefined");
    assert_eq!(shown(&page), "up");
    assert_eq!(world.thumbs().len(), cases.len());
}

#[test]
fn attributes_that_make_no_sense_throw_nothing() {
    let Some(world) = World::new() else { return };
    let bodies = [
        world.element("", ""),
        world.element("m1", "context='{' value=sideways lang='' reasons=',,' for=nowhere"),
        world.element("m1", "token=rubbish"),
        world.element("m1", "token=twm1.AAAA.AAAA endpoint='not a url'"),
        "<thumbs-feedback></thumbs-feedback>".to_owned(),
    ];
    for body in bodies {
        let page = world.open(&body);
        page.click(&inside(".up"));
        page.eval(&format!("({ELEMENT}.open(), {ELEMENT}.signal('nonsense'), {ELEMENT}.reset())"));
        page.eval(&format!("{ELEMENT}.remove()"));
        let errors = page.errors();
        let thrown: Vec<_> = errors.iter().filter(|it| !it.contains("CORS")).collect();
        assert!(thrown.is_empty(), "{body}: {thrown:?}");
    }
}

#[test]
fn a_host_may_stop_a_vote_set_it_and_hear_of_it() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    page.eval(
        "addEventListener('thumbs-vote', (event) => { \
         window.asked = event.detail; event.preventDefault(); }, { once: true }), 1",
    );
    page.click(&inside(".up"));
    assert_eq!(page.eval("asked.value"), "up");
    assert_eq!(shown(&page), "");
    page.eval(&format!("{ELEMENT}.value = 'down'"));
    page.wait_for(&format!("{}.ariaPressed === 'true'", inside(".down")));
    assert!(world.proxy.seen().is_empty(), "setting sends nothing");
    page.eval(&format!("{ELEMENT}.disabled = true, {ELEMENT}.setAttribute('disabled', '')"));
    page.wait_for(&format!("{}.disabled", inside(".up")));
    assert_eq!(page.eval(&format!("{ELEMENT}.vote('up')")), false);
    page.eval(&format!("{ELEMENT}.removeAttribute('disabled')"));
    assert_eq!(page.eval(&format!("{ELEMENT}.vote('up')")), true);
    saved(&page, 1);
    assert_eq!(page.eval("saved[0].feedback.feedback"), "up");
    page.eval(&format!("{ELEMENT}.reset()"));
    assert_eq!(shown(&page), "");
    assert_eq!(world.thumbs().len(), 1, "a reset is of this page alone");
}

/// A framework that renders on a server imports the module where there is no page.
#[test]
fn importing_it_without_a_browser_does_nothing() {
    let Some(modules) = node::modules() else { return };
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/widget/built/v1.js");
    let script =
        "const it = await import(process.argv.at(-1)); console.log(Object.keys(it).sort())";
    let output = modules.script(script, &[file]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "[ 'optIn', 'optOut' ]");
}
