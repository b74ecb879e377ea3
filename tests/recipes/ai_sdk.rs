//! `ai-sdk/route.js` and `ai-sdk/chat.jsx`: a chat with the Vercel AI SDK, from the stream of the
//! server to the click in the page.

use serde_json::{Value, json};

use super::{FOR_NODE, FOR_PAGES, World, bundle, click, row, saved};
use crate::support::node::{self, Modules};
use crate::support::server::free_port;
use crate::support::{ALL_SCOPES, Server, folder, key};

/// What is the app's own: a model without a network, and a user of a session.
const OWN: &str = r#"
    import { simulateReadableStream } from "ai";
    import { MockLanguageModelV4 } from "ai/test";

    const usage = { inputTokens: { total: 3 }, outputTokens: { total: 2 } };
    export const model = new MockLanguageModelV4({
        modelId: "mock-1",
        doStream: async () => ({
            stream: simulateReadableStream({ chunks: [
                { type: "text-start", id: "t1" },
                { type: "text-delta", id: "t1", delta: "Milk " },
                { type: "text-delta", id: "t1", delta: "& bread." },
                { type: "text-end", id: "t1" },
                { type: "finish", finishReason: { unified: "stop" }, usage },
            ] }),
        }),
    });
    export const userOf = async (request) => request.headers.get("x-session");
"#;

/// Asks the route as a page would, and prints what it streams.
const ASK: &str = r#"
    const [url, key, messages] = process.argv.slice(-3);
    process.env.THUMBWHEEL_URL = url;
    process.env.THUMBWHEEL_KEY = key;
    const { POST } = await import("./ai-sdk/route.js");
    const reply = await POST(new Request("http://app.example/api/chat", {
        method: "POST",
        headers: { "x-session": "ana" },
        body: JSON.stringify({ messages: JSON.parse(messages) }),
    }));
    if (reply.headers.get("x-vercel-ai-ui-message-stream") !== "v1") throw new Error("no stream");
    process.stdout.write(await reply.text());
"#;

const IN_PAGE: &str = r#"
    import { createRoot } from "react-dom/client";
    import { Chat } from "./ai-sdk/chat.jsx";
    createRoot(document.getElementById("root")).render(<Chat endpoint={window.endpoint} />);
"#;

/// A message of a page.
fn message(id: &str, role: &str, text: &str) -> Value {
    json!({ "id": id, "role": role, "parts": [{ "type": "text", "text": text }] })
}

/// The stream of one answer to a question, and maybe to what was answered to it before; and what
/// the route said to the console.
fn ask(modules: &Modules, url: &str, key: &str, before: Option<Value>) -> (String, String) {
    let question = message("u1", "user", "What is on my list?");
    let messages: Vec<_> = std::iter::once(question).chain(before).collect();
    let files = [("ask.js", ASK), ("ai-sdk/app.js", OWN)];
    let script = bundle(modules, &["ai-sdk/route.js"], &files, &FOR_NODE);
    let script = String::from_utf8(script).expect("text");
    let output = modules.script(&script, &[url, key, &Value::from(messages).to_string()]);
    let said = output.stderr.clone();
    (output.expect(0), said)
}

/// The chunks of a stream of the AI SDK.
fn chunks(stream: &str) -> Vec<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    let data = data.filter(|it| *it != "[DONE]");
    data.map(|it| serde_json::from_str(it).expect("JSON")).collect()
}

#[track_caller]
fn chunk<'a>(chunks: &'a [Value], kind: &str) -> &'a Value {
    let found = chunks.iter().find(|it| it["type"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {chunks:?}"))
}

#[test]
fn a_chat_logs_its_answer_and_its_page_votes_on_that_very_answer() {
    let (Some(mut world), Some(modules)) = (World::new(), node::modules()) else { return };
    let secret = key(world.data.path(), "ingest");
    let (stream, said) = ask(modules, &world.url(), &secret, None);
    assert_eq!(said, "");
    let chunks = chunks(&stream);
    let start = chunk(&chunks, "start");
    let id = start["messageId"].as_str().expect("an id").to_owned();
    assert!(start["messageMetadata"]["token"].is_null(), "no thumbs before the answer is there");
    let token = &chunk(&chunks, "finish")["messageMetadata"]["token"];
    let token = token.as_str().expect("a token").to_owned();
    assert!(!stream.contains("ana"), "the page is not told the user id");

    world.stage.file("/api/chat", "text/event-stream", stream.as_bytes());
    let script =
        bundle(modules, &["ai-sdk/chat.jsx", "thumbs.jsx"], &[("entry.jsx", IN_PAGE)], &FOR_PAGES);
    let page = world.open(&script);
    page.wait_for("document.querySelector('input')");
    page.click("document.querySelector('input')");
    page.type_text("What is on my list?");
    page.press("Enter");
    click(&page, "article.assistant thumbs-feedback", "down");
    saved(&page, 1);
    let answer = page.eval("document.querySelector('article.assistant p').textContent");
    assert_eq!(answer, "Milk & bread.");
    assert_eq!(page.eval("document.querySelectorAll('thumbs-feedback').length"), 1);
    assert_eq!(world.thumbs(), [row(&id, "down", "signed")]);
    assert_eq!(world.thumb_of("ana", &id), "down");
    let listed = world.app.get("/api/feedback?limit=1").expect(200).json();
    let logged = &listed["feedback"][0];
    assert_eq!(logged["user_message"], "What is on my list?");
    assert_eq!(logged["assistant_response"], "Milk & bread.");
    assert_eq!(logged["model"], "mock-1");

    // Once the form is there nothing moves any more.
    page.wait_for("document.querySelector('thumbs-feedback').shadowRoot.querySelector('form')");
    // The next answer comes while there is no feedback: without a token there are no thumbs.
    let next = stream.replace(&id, "a2").replace(&token, "");
    world.stage.file("/api/chat", "text/event-stream", next.as_bytes());
    page.click("document.querySelector('input')");
    page.type_text("And else?");
    page.press("Enter");
    page.wait_for("document.querySelectorAll('article.assistant p').length === 2");
    page.wait_for("!document.querySelector('form button').disabled");
    assert_eq!(page.eval("document.querySelectorAll('thumbs-feedback').length"), 1);
    assert_eq!(page.errors(), [""; 0]);
}

#[test]
fn a_chat_goes_on_where_feedback_does_not() {
    let Some(modules) = node::modules() else { return };
    let data = folder();
    let server = Server::start(data.path());
    let url = format!("http://{}", server.address());
    let secret = key(data.path(), ALL_SCOPES);
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    for (url, key) in [(url.as_str(), "tw_sk_no_key"), (nowhere.as_str(), secret.as_str())] {
        let (stream, said) = ask(modules, url, key, None);
        let chunks = chunks(&stream);
        let text: Vec<_> = chunks.iter().filter_map(|it| it["delta"].as_str()).collect();
        assert_eq!(text.concat(), "Milk & bread.");
        assert!(chunk(&chunks, "finish")["messageMetadata"]["token"].is_null());
        assert!(said.contains("thumbwheel:"), "{said}");
    }
}

/// After a tool that the page has run, the model goes on with the same answer.
#[test]
fn a_chat_that_goes_on_with_an_answer_logs_all_of_it_under_its_id() {
    let Some(modules) = node::modules() else { return };
    let data = folder();
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let url = format!("http://{}", server.address());
    let before = message("a1", "assistant", "Let me look. ");
    let (stream, said) = ask(modules, &url, &secret, Some(before));
    assert_eq!(said, "");
    assert_eq!(chunk(&chunks(&stream), "start")["messageId"], "a1");
    let mut app = server.client_with(&secret);
    let vote = json!({ "message_id": "a1", "user_id": "ana", "feedback": "up" });
    let row = app.post("/api/feedback", &vote).expect(200).json();
    assert_eq!(row["feedback"]["user_message"], "What is on my list?");
    assert_eq!(row["feedback"]["assistant_response"], "Let me look. Milk & bread.");
}
