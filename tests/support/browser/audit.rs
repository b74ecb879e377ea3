//! The page as assistive technology sees it, and what axe-core finds wrong with that.

use serde_json::{Value, json};

use super::page::{Page, string};
use crate::support::node::Modules;

/// One line for each element that breaks a rule: the rule, the element, and what to do.
const RUN: &str = "axe.run(document, {resultTypes: ['violations']}).then(({violations}) =>
    violations.flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) =>
        `${id}: ${target.flat().join(' >>> ')}: ${failureSummary}`)))";

/// Properties of the accessibility tree that a user hears.
const HEARD: [&str; 6] = ["checked", "disabled", "expanded", "invalid", "pressed", "selected"];

impl Page {
    /// What axe-core has against the whole page, open shadow roots included.
    #[track_caller]
    pub(crate) fn axe(&self, modules: &Modules) -> Vec<String> {
        // A world of its own: the page neither sees axe nor can get in its way.
        let world = json!({"frameId": self.target, "worldName": "axe"});
        let world = &self.call("Page.createIsolatedWorld", &world)["executionContextId"];
        let run = |js: &str| match self.evaluate(js, Some(world)) {
            Ok(value) => value,
            Err(error) => panic!("axe-core: {error}"),
        };
        if run("typeof axe") == "undefined" {
            run(&format!("{}\n;0", modules.read("axe-core/axe.min.js")));
        }
        run(RUN).as_array().expect("a list").iter().map(string).collect()
    }

    /// The accessibility tree, one line for each node: `button "Good answer" pressed=true`.
    #[track_caller]
    pub(crate) fn tree(&self) -> Vec<String> {
        let tree = self.call("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().expect("a list");
        nodes.iter().filter(|it| it["ignored"] == false).map(line).collect()
    }
}

fn line(node: &Value) -> String {
    let mut line = string(&node["role"]["value"]);
    if let Some(name) = node["name"]["value"].as_str().filter(|it| !it.is_empty()) {
        line += &format!(" {name:?}");
    }
    for property in node["properties"].as_array().map_or(&[][..], Vec::as_slice) {
        let (name, value) = (string(&property["name"]), &property["value"]["value"]);
        if HEARD.contains(&name.as_str()) && *value != "false" && *value != false {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            line += &format!(" {name}={value}");
        }
    }
    line
}
