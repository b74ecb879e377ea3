//! Why, in the user's words, and how it should have read.

use std::fs;

use serde_json::json;

use super::{ELEMENT, World, inside, ready, said, saved, shown};
use crate::support::cli;

const ANSWER: &str = "<p id=answer>Added 'Buy milk' to your todos.</p>";

#[test]
fn reasons_are_given_with_the_keyboard_alone() {
    let Some(mut world) = World::new() else { return };
    let page = world.open(&world.element("m1", "action-type=todo"));
    page.press("Tab");
    assert_eq!(page.focused(), r#"button[part="button up"][name="up"][aria-label="Good answer"]"#);
    page.press("Tab");
    page.press("Enter");
    saved(&page, 1);
    page.wait_for(&inside("form"));
    // The focus stays where it was; the form is the next stop.
    assert_eq!(
        page.focused(),
        r#"button[part="button down"][name="down"][aria-label="Bad answer"]"#
    );
    assert!(said(&page).contains("below"), "{}", said(&page));
    page.press("Tab");
    page.press(" ");
    page.press("Tab");
    page.press("Tab");
    page.press("Enter");
    let pressed = page.eval(&format!(
        "[...{ELEMENT}.shadowRoot.querySelectorAll('.tag[aria-pressed=true]')]\
         .map((it) => it.textContent)"
    ));
    assert_eq!(pressed, json!(["Not correct", "Incomplete"]));
    page.eval(&format!("{}.focus()", inside(".comment")));
    page.type_text("Eggs are missing.");
    page.press("Tab");
    page.press("Enter");
    saved(&page, 2);
    assert_eq!(
        page.focused(),
        r#"button[part="button down"][name="down"][aria-label="Bad answer"]"#
    );
    assert_eq!(said(&page), "Thank you.");
    let row = world.newest();
    assert_eq!(row["reasons"], json!(["incorrect", "incomplete"]));
    assert_eq!(row["comment"], "Eggs are missing.");
    assert_eq!(page.eval(&format!("{} === null", inside("form"))), true);
}

#[test]
fn escape_closes_the_form_and_returns_the_focus() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    page.click(&inside(".down"));
    page.wait_for(&inside("form"));
    page.eval(&format!("{}.focus()", inside(".comment")));
    page.press("Escape");
    assert_eq!(page.eval(&format!("{} === null", inside("form"))), true);
    assert_eq!(
        page.focused(),
        r#"button[part="button down"][name="down"][aria-label="Bad answer"]"#
    );
    assert_eq!(shown(&page), "down", "the thumb stays");
    // What was not said can be said later.
    page.click(&inside(".more"));
    page.wait_for(&inside("form"));
}

#[test]
fn a_correction_starts_from_the_answer_and_is_stored_when_it_differs() {
    let Some(mut world) = World::new() else { return };
    let page = world.open(&format!("{ANSWER}{}", world.element("m1", "for=answer")));
    page.click(&inside(".down"));
    page.wait_for(&inside("form"));
    page.click(&inside(".edit"));
    let text = page.eval(&format!("{}.value", inside("textarea.correction")));
    assert_eq!(text, "Added 'Buy milk' to your todos.");
    page.click(&inside(".send"));
    saved(&page, 2);
    assert_eq!(world.newest()["correction"], json!(null), "unchanged is no correction");

    page.click(&inside(".more"));
    page.wait_for(&inside("form"));
    page.click(&inside(".edit"));
    page.click(&inside("textarea.correction"));
    page.press("Control+a");
    page.type_text("Added milk and eggs.");
    page.click(&inside(".send"));
    saved(&page, 3);
    assert_eq!(world.newest()["correction"], "Added milk and eggs.");

    // After a reload the form holds what was said.
    page.reload();
    ready(&page);
    page.wait_for(&format!("{ELEMENT}.value === 'down'"));
    page.click(&inside(".more"));
    page.wait_for(&inside("textarea.correction"));
    let text = page.eval(&format!("{}.value", inside("textarea.correction")));
    assert_eq!(text, "Added milk and eggs.");
}

#[test]
fn a_change_of_the_thumb_leaves_no_old_reason_behind() {
    let Some(mut world) = World::new() else { return };
    let page = world.open(&world.element("m1", "ask-up"));
    page.click(&inside(".down"));
    page.wait_for(&inside("form"));
    page.click(&inside(".tag[data-id=unsafe]"));
    page.click(&inside(".comment"));
    page.type_text("Terrible.");
    page.click(&inside(".send"));
    saved(&page, 2);
    assert_eq!(world.newest()["reasons"], json!(["unsafe"]));
    page.click(&inside(".up"));
    page.wait_for(&inside("form"));
    saved(&page, 3);
    let row = world.newest();
    assert_eq!(row["feedback"], "up");
    assert_eq!((&row["reasons"], &row["comment"]), (&json!(null), &json!(null)));
    let words = page.eval(&format!("{}.textContent", inside("form")));
    assert!(words.as_str().expect("text").contains("What was good?"), "{words}");
    assert_eq!(page.eval(&format!("{}.value", inside(".comment"))), "");
    page.click(&inside(".up"));
    saved(&page, 4);
    assert_eq!(page.eval(&format!("{} === null", inside("form"))), true);
}

#[test]
fn a_project_offers_its_own_reasons_by_action_type_and_language() {
    let Some(mut world) = World::new() else { return };
    let reasons = json!([
        { "id": "list", "feedback": "down", "action_type": "todo", "label": "Wrong list",
          "labels": { "de": "Falsche Liste" } },
        { "id": "date", "feedback": "down", "action_type": "appointment", "label": "Wrong date" },
    ]);
    let file = world.data.path().join("reasons.json");
    fs::write(&file, reasons.to_string()).expect("writable");
    let file = file.to_str().expect("UTF-8");
    cli(world.data.path(), &["project", "set", "default", "--reasons", file]).expect(0);
    let page = world.open(&world.element("m1", "action-type=todo lang=de-AT"));
    page.click(&inside(".down"));
    page.wait_for(&inside("form"));
    let labels =
        format!("[...{ELEMENT}.shadowRoot.querySelectorAll('.tag')].map((it) => it.textContent)");
    assert_eq!(page.eval(&labels), json!(["Falsche Liste"]));
    let send = page.eval(&format!("{}.textContent", inside(".send")));
    assert_eq!(send, "Senden", "the rest of the form speaks the language, too");
    page.click(&inside(".tag"));
    page.click(&inside(".send"));
    saved(&page, 2);
    assert_eq!(world.newest()["reasons"], json!(["list"]));

    // A page may offer its own, or none, or nothing to write.
    let none = "reasons=none no-comment no-correction";
    let page =
        world.open(&(world.element("m2", "reasons='late, rude'") + &world.element("m3", none)));
    page.click(&inside(".down"));
    page.wait_for(&inside("form"));
    assert_eq!(page.eval(&labels), json!(["late", "rude"]));
    let second = "document.querySelectorAll('thumbs-feedback')[1].shadowRoot";
    page.click(&format!("{second}.querySelector('.down')"));
    saved(&page, 2);
    assert_eq!(page.eval(&format!("{second}.querySelector('form') === null")), true);
}
