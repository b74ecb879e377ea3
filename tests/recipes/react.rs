//! `thumbs.jsx`: a component of React, made in the page or on a server.

use super::{FOR_NODE, FOR_PAGES, World, bundle, click, row, saved};
use crate::support::{node, publishable_key};

/// An app with two answers of a token, and one of a publishable key. A form would push aside what
/// is clicked next, so there is none.
const APP: &str = r#"
    import { StrictMode, useState } from "react";
    import { Thumbs } from "./thumbs.jsx";

    export const App = ({ endpoint, tokens, publishableKey }) => {
        const [heard, setHeard] = useState([]);
        const [round, setRound] = useState(1);
        const hear = (name) => (detail) =>
            setHeard((heard) => [...heard, `${name}${round}:${detail.responseId}:${detail.value}`]);
        const shared = { endpoint, onSaved: hear("saved"), onError: hear("error") };
        return <StrictMode>
            {tokens.map((token, n) => <div id={`t${n}`} key={token}>
                <Thumbs token={token} {...shared} context={{ list: n }}
                    reasons="none" no-comment="" no-correction="" />
            </div>)}
            <div id="p">
                <Thumbs publishableKey={publishableKey} responseId={`p${round}`}
                    action-type="todo" disabled={false} {...shared} />
            </div>
            <button id="next" onClick={() => setRound(round + 1)}>Next</button>
            <output>{heard.join(" ")}</output>
        </StrictMode>;
    };
"#;

const IN_PAGE: &str = r#"
    import { createRoot, hydrateRoot } from "react-dom/client";
    import { App } from "./app.jsx";
    const root = document.getElementById("root");
    const app = <App {...window.props} />;
    if (root.firstChild) window.hydrate = () => hydrateRoot(root, app);
    else createRoot(root).render(app);
"#;

const ON_SERVER: &str = r#"
    import { renderToString } from "react-dom/server";
    import { App } from "./app.jsx";
    console.log(renderToString(<App {...JSON.parse(process.argv.at(-1))} />));
"#;

fn files(entry: &'static str) -> [(&'static str, &'static str); 2] {
    [("entry.jsx", entry), ("app.jsx", APP)]
}

/// What the app of the test is given.
fn props(world: &mut World) -> String {
    let tokens = [world.token("m0", "ana"), world.token("m1", "ben")];
    let publishable = publishable_key(world.data.path(), &world.stage.origin());
    let endpoint = world.url();
    serde_json::json!({ "endpoint": endpoint, "tokens": tokens, "publishableKey": publishable })
        .to_string()
}

/// Clicks everything of the app, and looks at what came of it.
fn use_it(world: &mut World, page: &crate::support::browser::Page) {
    page.wait_for("document.querySelector('#p thumbs-feedback')?.getAttribute('key')");
    click(page, "#t0 thumbs-feedback", "up");
    click(page, "#t1 thumbs-feedback", "down");
    click(page, "#p thumbs-feedback", "up");
    saved(page, 3);
    let expected =
        [row("m0", "up", "signed"), row("m1", "down", "signed"), row("p1", "up", "public")];
    assert_eq!(world.thumbs(), expected);
    assert_eq!(world.thumb_of("ana", "m0"), "up");
    assert_eq!(world.thumb_of("ben", "m1"), "down");
    assert!(world.thumb_of("ana", "m1").is_null(), "the other user has no thumb there");
    page.wait_for("document.querySelector('output').textContent.split(' ').length === 3");
    let heard = page.eval("document.querySelector('output').textContent.split(' ').sort().join()");
    assert_eq!(heard, "saved1:m0:up,saved1:m1:down,saved1:p1:up");
    let listed = world.app.get("/api/feedback?limit=10").expect(200).json();
    let listed = listed["feedback"].as_array().expect("a list");
    let of = |id: &str| listed.iter().find(|it| it["message_id"] == id).expect("a row");
    assert_eq!(of("m1")["action_data"]["list"], 1, "an object reaches the element");
    assert_eq!(of("p1")["action_type"], "todo");
    let scripts = "[...document.scripts].filter((it) => /v1\\.js/.test(it.src)).length";
    assert_eq!(page.eval(scripts), 1, "one script for all");

    // The next answer in the same place, and the newest listeners.
    page.click("document.getElementById('next')");
    page.wait_for("document.querySelector('#p thumbs-feedback').value === null");
    click(page, "#p thumbs-feedback", "down");
    saved(page, 4);
    page.wait_for("/saved2:p2:down/.test(document.querySelector('output').textContent)");
    assert!(world.thumbs().contains(&row("p2", "down", "public")));
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn a_react_component_votes_with_a_token_and_with_a_key() {
    let (Some(mut world), Some(modules)) = (World::new(), node::modules()) else { return };
    let script = bundle(modules, &["thumbs.jsx"], &files(IN_PAGE), &FOR_PAGES);
    let page = world.context.blank();
    page.add_script(&format!("window.props = {}", props(&mut world)));
    world.stage.page("/", &world.host(&script, ""), &[]);
    page.goto(&world.stage.url("/"));
    use_it(&mut world, &page);
}

/// The element wakes up before React does, and must not act without its key.
#[test]
fn a_react_component_that_a_server_rendered_works_once_react_is_there() {
    let (Some(mut world), Some(modules)) = (World::new(), node::modules()) else { return };
    let props = props(&mut world);
    let server = bundle(modules, &["thumbs.jsx"], &files(ON_SERVER), &FOR_NODE);
    let server = String::from_utf8(server).expect("text");
    let output = modules.script(&server, &[&props]);
    assert_eq!(output.stderr, "");
    let html = output.expect(0);
    assert!(html.contains("<thumbs-feedback "), "{html}");

    let script = bundle(modules, &["thumbs.jsx"], &files(IN_PAGE), &FOR_PAGES);
    let page = world.context.blank();
    page.add_script(&format!("window.props = {props}"));
    // A visitor who voted before has an id, so that elements want to restore at once.
    page.add_script("localStorage['thumbwheel:id'] ??= '0123456789abcdef0123456789abcdef'");
    world.stage.page("/", &world.host(&script, html.trim()), &[]);
    page.goto(&world.stage.url("/"));
    page.wait_for("document.querySelector('#p thumbs-feedback')?.shadowRoot?.querySelector('.up')");
    page.wait_for("window.hydrate");
    page.eval("(window.hydrate(), 1)");
    use_it(&mut world, &page);
    let refused = page.requests().into_iter().filter(|it| it.status.is_some_and(|it| it >= 400));
    assert_eq!(refused.count(), 0, "nothing was asked without a key");
}

#[test]
fn a_react_component_tells_its_app_of_a_refusal() {
    let (Some(world), Some(modules)) = (World::new(), node::modules()) else { return };
    let script = bundle(modules, &["thumbs.jsx"], &files(IN_PAGE), &FOR_PAGES);
    let page = world.context.blank();
    // A token that nobody has signed: {"message_id":"m1"}.
    let forged = ["twm1.eyJtZXNzYWdlX2lkIjoibTEifQ.AAAA"];
    let props = serde_json::json!({ "endpoint": world.url(), "tokens": forged });
    page.add_script(&format!("window.props = {props}"));
    world.stage.page("/", &world.host(&script, ""), &[]);
    page.goto(&world.stage.url("/"));
    click(&page, "#t0 thumbs-feedback", "up");
    page.wait_for("/error1:m1:/.test(document.querySelector('output').textContent)");
    assert_eq!(world.thumbs(), []);
}
