//! The browser tests stand on firm ground: each thing that they rely on is shown to work, and each
//! check that they make is shown to fail where it should.

use std::time::{Duration, Instant};

use crate::support::browser::{self, Page};
use crate::support::node;
use crate::support::stage::{Mode, Proxy, Stage};
use crate::support::{PATIENCE, Server, folder, until};

/// A page without faults, with a button inside a shadow root.
const HOST: &str = r#"<!doctype html>
<html lang="en">
<head><title>Host</title><link rel="icon" href="data:,"></head>
<body>
<main><h1>Host</h1><div style="height: 3000px"></div><thumbs-up></thumbs-up></main>
<script>
customElements.define('thumbs-up', class extends HTMLElement {
    connectedCallback() {
        const root = this.attachShadow({mode: 'open'});
        root.innerHTML = '<button id="up" part="up" aria-pressed="false">Good</button>' +
            '<label>Why? <input name="why"></label>';
        window.seen = [];
        for (const kind of ['click', 'dblclick', 'keydown', 'keyup', 'input']) {
            root.addEventListener(kind, (event) => {
                seen.push(`${kind} ${event.key ?? event.detail ?? ''} ${event.isTrusted}`);
            });
        }
        root.querySelector('button').onclick = (event) => {
            event.target.setAttribute('aria-pressed', 'true');
        };
    }
});
</script>
</body>
</html>"#;

/// The button and the field of the host page.
const BUTTON: &str = "document.querySelector('thumbs-up').shadowRoot.querySelector('button')";
const FIELD: &str = "document.querySelector('thumbs-up').shadowRoot.querySelector('input')";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.page("/", HOST, &[]);
    stage
}

/// Asserts that something panics, and says so with this text.
#[track_caller]
fn assert_refused<T>(said: &str, act: impl FnOnce() -> T) {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(act())));
    let error = caught.expect_err("it must not work").downcast::<String>().expect("a text");
    assert!(error.contains(said), "{error}");
}

#[test]
fn a_mouse_clicks_what_is_far_down_inside_a_shadow_root() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    let page = context.open(&stage.url("/"));
    page.click(BUTTON);
    assert_eq!(page.eval("seen"), serde_json::json!(["click 1 true"]));
    page.double_click(BUTTON);
    let twice = serde_json::json!(["click 1 true", "click 2 true", "dblclick 2 true"]);
    assert_eq!(page.eval("seen.slice(1)"), twice);
    assert!(page.eval("scrollY").as_f64() > Some(1000.0), "it was scrolled into view");
}

#[test]
fn a_mouse_does_not_click_what_a_user_cannot_reach() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    let mut page = context.open(&stage.url("/"));
    // The cover goes away by itself, as a banner does; until then the click waits.
    page.eval(
        "(() => {
            const cover = document.createElement('div');
            cover.style = 'position: fixed; inset: 0; z-index: 9';
            document.body.append(cover);
            setTimeout(() => cover.remove(), 100);
        })()",
    );
    page.click(BUTTON);
    assert_eq!(page.eval("seen.length"), 1);
    page.patience = Duration::from_millis(100);
    page.eval(&format!("{BUTTON}.style.display = 'none'"));
    assert_refused("it is not shown", || page.click(BUTTON));
}

#[test]
fn a_keyboard_moves_the_focus_types_and_activates() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    let page = context.open(&stage.url("/"));
    assert_eq!(page.focused(), "body");
    page.press("Tab");
    assert_eq!(page.focused(), r#"button#up[part="up"]"#);
    for key in ["Enter", " "] {
        page.eval("seen = []");
        page.press(key);
        let events = [format!("keydown {key} true"), format!("keyup {key} true")];
        let events = [events[0].as_str(), "click 0 true", events[1].as_str()];
        // Enter activates on its way down, the space bar on its way up.
        let events = if key == " " { [events[0], events[2], events[1]] } else { events };
        assert_eq!(page.eval("seen"), serde_json::json!(events));
    }
    page.press("Tab");
    page.type_text("Wrong: 2 + 2 = ä");
    assert_eq!(page.eval(&format!("{FIELD}.value")), "Wrong: 2 + 2 = ä");
    page.press("Backspace");
    assert_eq!(page.eval(&format!("{FIELD}.value")), "Wrong: 2 + 2 = ");
    page.press("Shift+Tab");
    assert_eq!(page.focused(), r#"button#up[part="up"]"#);
    assert_refused("no key is called", || page.press("Return"));
}

#[test]
fn what_goes_wrong_in_a_page_is_reported() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    let forbids = ("content-security-policy", "script-src 'self'");
    stage.page("/strict", "<title>Strict</title><script>let x = 1</script>", &[forbids]);
    stage.file("/late.js", "text/javascript", b"null.x");

    let page = context.open(&stage.url("/"));
    assert_eq!(page.errors(), [""; 0]);
    page.eval("console.error('said', 1), console.warn('not counted'), fetch('/missing')");
    page.eval("void Promise.reject(new TypeError('unhandled'))");
    page.eval(
        "document.body.append(Object.assign(document.createElement('script'), \
               {src: '/late.js', onload() { done = true }}))",
    );
    page.wait_for("window.done");
    let errors = page.errors();
    let expected = ["said 1", "TypeError: unhandled", "Cannot read properties of null"];
    assert_eq!(errors.len(), expected.len(), "{errors:?}");
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.contains(expected), "{error}");
    }
    let page = context.open(&stage.url("/strict"));
    let errors = page.errors();
    assert!(errors.len() == 1 && errors[0].contains("script-src 'self'"), "{errors:?}");
}

#[test]
fn a_failing_expression_and_a_vain_wait_say_why() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    let mut page = context.open(&stage.url("/"));
    assert_eq!(
        page.eval("new Promise((done) => setTimeout(done, 1, {a: [1]}))").to_string(),
        r#"{"a":[1]}"#
    );
    assert_eq!(page.eval("'half a \\ud83d pair'"), "half a \u{fffd} pair");
    assert_refused("RangeError: no", || page.eval("(() => { throw new RangeError('no') })()"));
    page.eval("console.log('left behind')");
    assert_refused("left behind", || page.eval("Promise.reject(new Error('later'))"));
    page.patience = Duration::from_millis(100);
    let wait = || page.wait_for("missing.length");
    assert_refused("in vain: missing.length\nReferenceError: missing is not defined", wait);
}

#[test]
fn a_wait_survives_a_navigation() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    stage.page("/next", "<title>Next</title>", &[]);
    let page = context.open(&stage.url("/"));
    page.eval("void setTimeout(() => location.assign('/next'), 20)");
    page.wait_for("new Promise((done) => setTimeout(done, 50, document.title === 'Next'))");
    page.goto(&stage.url("/"));
    page.goto(&stage.url("/#part"));
    page.reload();
    assert_eq!(page.eval("[document.title, location.hash].join()"), "Host,#part");
}

#[test]
fn pages_of_one_context_share_their_storage_and_contexts_do_not() {
    let (Some(one), Some(two)) = (browser::context(), browser::context()) else { return };
    let stage = stage();
    let url = stage.url("/");
    let (first, second, other) = (one.open(&url), one.open(&url), two.open(&url));
    second.eval("addEventListener('storage', (event) => heard = event.newValue)");
    first.eval("localStorage.setItem('thumb', 'up')");
    second.wait_for("window.heard === 'up'");
    assert_eq!(second.eval("localStorage.getItem('thumb')"), "up");
    assert!(other.eval("localStorage.getItem('thumb')").is_null());
    for page in [&first, &second, &other] {
        assert_eq!(page.eval("document.hasFocus() && document.visibilityState"), "visible");
    }
}

#[test]
fn a_page_that_is_offline_reaches_nothing_until_it_is_online_again() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    let page = context.open(&stage.url("/"));
    let reaches = "fetch('/', {method: 'POST', body: 'x=1'}).then(() => true, () => false)";
    assert_eq!(page.eval(reaches), true);
    page.eval("heard = [], onoffline = ononline = (event) => void heard.push(event.type)");
    page.offline(true);
    assert_eq!((page.eval(reaches), page.eval("navigator.onLine")), (false.into(), false.into()));
    page.offline(false);
    assert_eq!((page.eval(reaches), page.eval("navigator.onLine")), (true.into(), true.into()));
    page.wait_for("heard.join() === 'offline,online'");

    let requests = page.requests();
    let [document, posts @ ..] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((document.method.as_str(), document.status), ("GET", Some(200)));
    let outcomes: Vec<_> = posts.iter().map(|it| (it.status, it.failure.as_deref())).collect();
    let cut = (None, Some("net::ERR_INTERNET_DISCONNECTED"));
    assert_eq!(outcomes, [(Some(200), None), cut, (Some(200), None)]);
    assert!(posts.iter().all(|it| it.method == "POST" && it.body.as_deref() == Some("x=1")));
    assert!(posts.iter().all(|it| it.url == stage.url("/")), "{posts:?}");
}

#[test]
fn a_page_sees_the_wishes_and_the_window_that_it_is_given() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    let page = context.open(&stage.url("/"));
    let matches = |page: &Page, query: &str| page.eval(&format!("matchMedia('({query})').matches"));
    let wishes = [
        ("prefers-color-scheme", "dark"),
        ("forced-colors", "active"),
        ("prefers-reduced-motion", "reduce"),
    ];
    for (name, value) in wishes {
        assert_eq!(matches(&page, &format!("{name}: {value}")), false, "{name}");
    }
    page.media(&wishes);
    for (name, value) in wishes {
        assert_eq!(matches(&page, &format!("{name}: {value}")), true, "{name}");
    }
    page.media(&[]);
    assert_eq!(matches(&page, "prefers-color-scheme: light"), true);

    page.viewport(320, 480);
    assert_eq!(page.eval("[innerWidth, innerHeight].join()"), "320,480");
    let place = folder();
    let file = place.path().join("shot.png");
    page.screenshot(&file);
    let png = std::fs::read(&file).expect("it was written");
    assert!(png.starts_with(b"\x89PNG"), "a picture");
    assert_eq!(png[16..24], [0, 0, 1, 64, 0, 0, 1, 224], "of 320 by 480");
}

#[test]
fn a_script_runs_before_the_scripts_of_each_document() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    stage.page("/asks", "<script>asked = navigator.globalPrivacyControl</script>", &[]);
    let page = context.blank();
    page.add_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})",
    );
    page.goto(&stage.url("/asks"));
    assert_eq!(page.eval("asked"), true);
}

#[test]
fn the_proxy_passes_fails_delays_and_hangs_up_as_told() {
    let Some(context) = browser::context() else { return };
    let place = folder();
    let (stage, server) = (stage(), Server::start(place.path()));
    let proxy = Proxy::new(server.address());
    let page = context.open(&stage.url("/"));
    let ask = format!("{}/health", proxy.origin());
    let plain = format!("fetch('{ask}', {{mode: 'no-cors'}}).then(() => 'here', () => 'broken')");
    assert_eq!(page.eval(&plain), "here");

    proxy.mode(Mode::Fail(503));
    assert_eq!(page.eval(&format!("fetch('{ask}').then((it) => it.status)")), 503);

    proxy.mode(Mode::Delay(Duration::from_millis(150)));
    let started = Instant::now();
    assert_eq!(page.eval(&plain), "here");
    assert!(started.elapsed() >= Duration::from_millis(150), "{:?}", started.elapsed());

    proxy.mode(Mode::Delay(Duration::from_secs(600)));
    page.eval(&format!("late = '', void {plain}.then((it) => late = it)"));
    until("it is on its way", PATIENCE, || (proxy.seen().len() == 4).then_some(()));
    assert_eq!(page.eval("late"), "");
    proxy.mode(Mode::Pass);
    page.wait_for("late === 'here'");

    proxy.mode(Mode::Drop);
    assert_eq!(page.eval(&plain), "broken");
    let seen = proxy.seen();
    // A browser may ask again when a connection ends without an answer.
    assert!(seen.len() >= 5 && seen.iter().all(|it| it.target == "/health"), "{seen:?}");
}

#[test]
fn the_proxy_sees_preflights_and_what_a_closing_page_leaves_behind() {
    let Some(context) = browser::context() else { return };
    let place = folder();
    let (stage, server) = (stage(), Server::start(place.path()));
    let proxy = Proxy::new(server.address());
    proxy.mode(Mode::Fail(500));
    let page = context.open(&stage.url("/"));
    let target = format!("'{}/api/feedback'", proxy.origin());
    let json = "{method: 'POST', body: '{}', headers: {'content-type': 'application/json'}}";
    // The server does not know this origin, so it refuses the preflight, which did reach it.
    page.eval(&format!("fetch({target}, {json}).catch(() => 0)"));
    page.eval(&format!("void (onpagehide = () => navigator.sendBeacon({target}, 'bye'))"));
    drop(page);
    let seen =
        until("the beacon comes", PATIENCE, || Some(proxy.seen()).filter(|it| it.len() == 2));
    let methods: Vec<&str> = seen.iter().map(|it| it.method.as_str()).collect();
    assert_eq!(methods, ["OPTIONS", "POST"]);
    assert_eq!(seen[1].header("origin"), Some(stage.origin().as_str()));
    assert_eq!(seen[1].body, b"bye");
}

#[test]
fn axe_finds_a_planted_fault_inside_a_shadow_root_and_none_in_a_clean_page() {
    let Some(context) = browser::context() else { return };
    let Some(modules) = node::modules() else { return };
    let stage = stage();
    stage.page("/faulty", &HOST.replace(">Good<", "><"), &[]);
    let strict = ("content-security-policy", "script-src 'unsafe-inline'");
    stage.page("/", HOST, &[strict]);

    let page = context.open(&stage.url("/"));
    assert_eq!(page.axe(modules), [""; 0]);
    assert_eq!(page.eval("typeof axe"), "undefined", "the page does not see it");
    let page = context.open(&stage.url("/faulty"));
    let found = page.axe(modules);
    assert!(found.len() == 1, "{found:#?}");
    assert!(found[0].starts_with("button-name: thumbs-up >>> #up: "), "{found:#?}");
}

#[test]
fn the_accessibility_tree_tells_what_a_user_hears() {
    let Some(context) = browser::context() else { return };
    let stage = stage();
    let page = context.open(&stage.url("/"));
    let tree = page.tree();
    for line in [r#"heading "Host""#, r#"button "Good""#, r#"textbox "Why?""#] {
        assert!(tree.iter().any(|it| it == line), "{line}: {tree:#?}");
    }
    page.click(BUTTON);
    assert!(page.tree().iter().any(|it| it == r#"button "Good" pressed=true"#));
}

#[test]
fn npm_packages_run_in_node_and_bundle_for_a_page() {
    let Some(modules) = node::modules() else { return };
    let versions = "import axe from 'axe-core'; console.log(axe.version, process.argv[2])";
    let printed = modules.script(versions, &["told"]).expect(0);
    assert!(printed.starts_with("4.") && printed.ends_with(" told\n"), "{printed}");
    let bundle = ["--bundle", "--format=esm", "--loader=tsx", "--jsx=automatic"];
    let source = "import {useState} from 'react'; export const a: number = 1; useState(<b/>)";
    let built = modules.tool("esbuild", &bundle, source).expect(0);
    assert!(built.contains("react") && !built.contains(": number"), "bundled and without types");
}
