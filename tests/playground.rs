//! Ask, click, see it arrive: the playground, and the page behind a link in a message.

use serde_json::{Value, json};

use crate::support::browser::{self, Page};
use crate::support::{ALL_SCOPES, Options, Server, cli, folder, key, node, store};

const THUMBS: &str = "document.querySelector('thumbs-feedback')";

fn thumb(name: &str) -> String {
    format!("{THUMBS}.shadowRoot.querySelector('.{name}')")
}

/// What the pane beside the chat shows of a column.
fn shown(page: &Page, column: &str) -> Value {
    page.eval(&format!(
        "[...document.querySelectorAll('#row dt')].find((it) => it.textContent === '{column}')\
         ?.nextElementSibling.textContent"
    ))
}

fn ask(page: &Page, message: &str) {
    page.click("document.getElementById('message')");
    page.type_text(message);
    page.press("Enter");
    page.wait_for(&format!("{THUMBS}?.shadowRoot?.querySelector('.up')"));
}

fn open_server() -> (tempfile::TempDir, Server) {
    let data = folder();
    let arguments = vec!["--playground".to_owned()];
    let server = Server::start_with(data.path(), &Options { arguments, ..Options::default() });
    (data, server)
}

fn url(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.address())
}

#[test]
fn a_newcomer_asks_clicks_and_sees_it_arrive_in_the_demo() {
    let Some(context) = browser::context() else { return };
    let place = folder();
    let server = Server::demo(place.path(), &["--days", "21"]);
    let page = context.open(&url(&server, "/playground"));
    ask(&page, "Add milk to my list");
    let answer = page.eval("document.querySelector('.answer').textContent");
    assert_eq!(answer, "Added 'Buy milk' to your todos.");
    page.click(&thumb("up"));
    page.wait_for("document.querySelector('#row dd')");
    assert_eq!(shown(&page, "feedback"), "up");
    assert_eq!(shown(&page, "user_message"), "Add milk to my list");
    assert_eq!(shown(&page, "assistant_response"), "Added 'Buy milk' to your todos.");
    assert_eq!(shown(&page, "action_type"), "todo");
    assert_eq!(shown(&page, "trust"), "signed");
    let user = shown(&page, "user_id");
    assert!(user.as_str().expect("a pseudonym").starts_with("twu_"), "{user}");

    let front = server.client().get("/").expect(200);
    assert!(front.text().contains("tokens 1, publishable keys 0"), "the share of each is shown");

    page.reload();
    page.wait_for(&format!("{THUMBS}?.value === 'up'"));
    page.click(&thumb("down"));
    page.wait_for("[...document.querySelectorAll('#row dd')][0]?.textContent === 'down'");
    page.click(&thumb("down"));
    page.wait_for("/Taken back/.test(document.getElementById('note').textContent)");
    assert_eq!(page.errors(), [""; 0], "no violation of the page's policy, no exception");
}

/// The control: the figures of the demo move with a click.
#[test]
fn a_click_in_the_playground_of_a_server_counts_in_its_own_project_alone() {
    let Some(context) = browser::context() else { return };
    let (data, server) = open_server();
    let page = context.open(&url(&server, "/playground"));
    page.click("document.querySelectorAll('#suggestions button')[1]");
    page.wait_for(&format!("{THUMBS}?.shadowRoot?.querySelector('.up')"));
    page.click(&thumb("down"));
    page.wait_for("document.querySelector('#row dd')");
    let lines = |project: &str| {
        let arguments = ["--project", project, "export", "--format", "jsonl"];
        cli(data.path(), &arguments).expect(0).lines().count()
    };
    assert_eq!((lines("playground"), lines("default")), (1, 0));
    let answer = page.eval("document.querySelector('.answer').textContent");
    assert_eq!(answer, "I will remind you today at 12:00 to water the plants.", "its weakness");
}

#[test]
fn the_playground_is_closed_where_nobody_opened_it() {
    let data = folder();
    let server = Server::start(data.path());
    let mut visitor = server.client();
    visitor.get("/playground").expect(404);
    visitor.post("/playground/ask", &json!({ "message": "hi", "visitor": "v" })).expect(404);
    visitor.post("/playground/row", &json!({ "token": "twm1.a.b" })).expect(404);
    let projects = cli(data.path(), &["project", "list"]).expect(0);
    assert!(!projects.contains("playground"), "{projects}");
}

#[test]
fn a_project_that_has_the_name_of_the_playground_already_is_not_opened_to_everybody() {
    let data = folder();
    cli(data.path(), &["project", "create", "playground"]).expect(0);
    let create = ["--project", "playground", "key", "create", "--scope", "ingest"];
    cli(data.path(), &create).expect(0);
    let refused = cli(data.path(), &["serve", "--playground", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("without --playground"), "{}", refused.stderr);
}

#[test]
fn nobody_writes_through_the_playground_what_is_not_theirs() {
    let (data, server) = open_server();
    let mut visitor = server.client();
    let ask = |message: &str| json!({ "message": message, "visitor": "v1" });
    let said = visitor.post("/playground/ask", &ask("Add milk to my list")).expect(200).json();
    assert_eq!(said["action_type"], "todo");
    // A token of another project shows no row of this one, and the other way round.
    let mut app = server.client_with(&key(data.path(), ALL_SCOPES));
    let logged = app.post("/api/responses", &json!({ "message_id": "m1" })).expect(200).json();
    let foreign = json!({ "token": logged["token"] });
    visitor.post("/playground/row", &foreign).expect(404);
    let none = visitor.post("/playground/row", &json!({ "token": said["token"] })).expect(200);
    assert_eq!(none.json()["row"], Value::Null);
    visitor.post("/playground/ask", &ask("")).expect(400);
    visitor.post("/playground/ask", &ask(&"x".repeat(501))).expect(400);
    let limited = (0..200).any(|_| visitor.post("/playground/ask", &ask("hi")).status == 429);
    assert!(limited, "one address may not fill the disk");
}

#[test]
fn opening_a_link_writes_nothing_and_a_click_behind_it_does() {
    let Some(context) = browser::context() else { return };
    let data = folder();
    let server = Server::start(data.path());
    let token = cli(data.path(), &["token", "mint", "--message-id", "m1", "--user-id", "ana"]);
    let token = token.expect(0).trim().to_owned();
    // What a mail scanner does: it opens the address, and browsers keep what is behind the #.
    let before = store::counts(data.path());
    let page_text = server.client().get("/rate").expect(200);
    assert!(page_text.text().contains("Was this answer helpful?"));
    let page = context.open(&url(&server, &format!("/rate#{token}")));
    page.wait_for(&format!("{THUMBS}?.shadowRoot?.querySelector('.up')"));
    page.wait_for("performance.getEntriesByType('resource').some((it) => /mine/.test(it.name))");
    assert_eq!(store::counts(data.path()), before, "opening it writes nothing");

    page.click(&thumb("up"));
    page.wait_for("/Thank you/.test(document.getElementById('note').textContent)");
    assert_eq!(store::feedback(data.path()).len(), 1);
    for request in page.requests() {
        let address = request.url.split('#').next().expect("an address");
        assert!(!address.contains("twm1"), "a token in an address: {address}");
    }
    assert_eq!(page.errors(), [""; 0]);

    let forged = format!("{}.AAAA", token.rsplit_once('.').expect("two parts").0);
    page.goto(&url(&server, &format!("/rate#{forged}")));
    page.reload();
    page.wait_for(&format!("{THUMBS}?.shadowRoot?.querySelector('.up')"));
    page.click(&thumb("up"));
    page.wait_for("/not valid/.test(document.getElementById('note').textContent)");
    let page = context.open(&url(&server, "/rate"));
    page.wait_for("/not complete/.test(document.getElementById('note').textContent)");
    assert_eq!(store::feedback(data.path()).len(), 1);
}

#[test]
fn axe_finds_nothing_on_the_pages_with_thumbs() {
    let (Some(context), Some(modules)) = (browser::context(), node::modules()) else { return };
    let (data, server) = open_server();
    let page = context.open(&url(&server, "/playground"));
    ask(&page, "Add milk to my list");
    page.click(&thumb("down"));
    page.wait_for(&format!("{THUMBS}.shadowRoot.querySelector('form')"));
    page.wait_for("document.querySelector('#row dd')");
    let token = cli(data.path(), &["token", "mint", "--message-id", "m1"]).expect(0);
    let link = context.open(&url(&server, &format!("/rate#{}", token.trim())));
    link.wait_for(&format!("{THUMBS}?.shadowRoot?.querySelector('.up')"));
    for page in [&page, &link] {
        for scheme in ["light", "dark"] {
            page.media(&[("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]);
            for width in [390, 1440] {
                page.viewport(width, 900);
                assert_eq!(page.axe(modules), [""; 0], "{scheme}, {width}");
                let wide = page.eval("document.documentElement.scrollWidth > innerWidth");
                assert_eq!(wide, false, "{width} pixels are enough");
            }
        }
    }
}
