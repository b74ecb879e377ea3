//! `assistant-ui.jsx`: the thumbs of assistant-ui, with its own runtime and buttons.

use super::{FOR_PAGES, World, bundle, row};
use crate::support::node;
use crate::support::stage::Proxy;
use crate::support::{PATIENCE, until};

const APP: &str = r#"
    import { createRoot } from "react-dom/client";
    import {
        ActionBarPrimitive, AssistantRuntimeProvider, ComposerPrimitive, MessagePrimitive,
        ThreadPrimitive, useLocalRuntime,
    } from "@assistant-ui/react";
    import { feedbackAdapter } from "./assistant-ui.jsx";

    const model = {
        run: async () => ({
            content: [{ type: "text", text: "Milk." }],
            metadata: { custom: { token: window.tokens.shift() } },
        }),
    };
    const UserMessage = () => <MessagePrimitive.Root>
        <MessagePrimitive.Parts />
    </MessagePrimitive.Root>;
    const { Root, FeedbackPositive, FeedbackNegative } = ActionBarPrimitive;
    const AssistantMessage = () => <MessagePrimitive.Root className="answer">
        <MessagePrimitive.Parts />
        <Root hideWhenRunning>
            <FeedbackPositive className="up">Good</FeedbackPositive>
            <FeedbackNegative className="down">Bad</FeedbackNegative>
        </Root>
    </MessagePrimitive.Root>;
    const App = () => {
        const runtime = useLocalRuntime(model, {
            adapters: { feedback: feedbackAdapter(window.way) },
        });
        return <AssistantRuntimeProvider runtime={runtime}>
            <ThreadPrimitive.Root>
                <ThreadPrimitive.Messages components={{ UserMessage, AssistantMessage }} />
                <ComposerPrimitive.Root>
                    <ComposerPrimitive.Input aria-label="Message" />
                </ComposerPrimitive.Root>
            </ThreadPrimitive.Root>
        </AssistantRuntimeProvider>;
    };
    createRoot(document.getElementById("root")).render(<App />);
"#;

#[test]
fn the_thumbs_of_assistant_ui_vote_and_change_their_mind() {
    let (Some(mut world), Some(modules)) = (World::new(), node::modules()) else { return };
    let script = bundle(modules, &["assistant-ui.jsx"], &[("entry.jsx", APP)], &FOR_PAGES);
    let tokens = [world.token("m1", "ana"), world.token("m2", "ana")];
    let proxy = Proxy::new(world.server.address());
    let page = world.context.blank();
    page.add_script(&format!("window.tokens = {tokens:?}, window.way = '{}'", proxy.origin()));
    world.stage.page("/", &world.host(&script, ""), &[]);
    page.goto(&world.stage.url("/"));
    let button = |n: usize, name: &str| {
        format!("document.querySelectorAll('.answer')[{n}]?.querySelector('.{name}')")
    };
    for n in 0..2 {
        page.wait_for("document.querySelector('textarea')");
        page.click("document.querySelector('textarea')");
        page.type_text("What is on my list?");
        page.press("Enter");
        page.wait_for(&button(n, "up"));
    }
    page.click(&button(0, "up"));
    page.wait_for(&format!("{}.dataset.submitted === 'true'", button(0, "up")));
    page.click(&button(1, "up"));
    page.click(&button(1, "down"));
    let expected = [row("m1", "up", "signed"), row("m2", "down", "signed")];
    until("both thumbs are stored", PATIENCE, || (world.thumbs() == expected).then_some(()));
    assert_eq!(world.thumb_of("ana", "m1"), "up");
    let calls: Vec<_> = proxy.seen().into_iter().map(|it| it.method).collect();
    assert_eq!(calls, ["POST"; 3], "the browser asked for no permission first");
    assert_eq!(page.errors(), [""; 0]);
}
