//! For everyone: names, states, order and sizes, and no violation that axe knows of.

use serde_json::json;

use super::{ELEMENT, World, inside, saved};
use crate::support::browser::Page;
use crate::support::node;
use crate::support::stage::Mode;

const HOST: &str = "<style>:root { color-scheme: light dark } body { background: Canvas; \
    color: CanvasText; font: 16px/1.5 sans-serif }</style><p id=answer>Milk was added.</p>";

/// Shows every state, one after the other.
fn each_state(world: &World, mut check: impl FnMut(&Page, &str)) {
    let page = world.open(&format!("{HOST}{}", world.element("m1", "for=answer ask-up")));
    check(&page, "at rest");
    page.click(&inside(".up"));
    saved(&page, 1);
    page.wait_for(&inside("form"));
    check(&page, "up, with its form");
    page.press("Escape");
    page.eval(&format!("{}.click()", inside(".down")));
    saved(&page, 2);
    page.wait_for(&inside("form"));
    check(&page, "down, with its form");
    page.click(&inside(".tag"));
    page.click(&inside(".edit"));
    check(&page, "a reason and a correction");
    page.click(&inside(".close"));
    check(&page, "closed");
    world.proxy.mode(Mode::Fail(500));
    page.click(&inside(".up"));
    page.wait_for(&format!("{}.dataset.state === 'queued'", inside(".group")));
    check(&page, "waiting");
    world.proxy.mode(Mode::Fail(422));
    page.wait_for("errors.length === 1");
    check(&page, "refused");
    page.eval(&format!("{ELEMENT}.setAttribute('disabled', '')"));
    page.wait_for(&format!("{}.disabled", inside(".up")));
    check(&page, "disabled");
    world.proxy.mode(Mode::Pass);
}

#[test]
fn axe_finds_nothing_in_any_state_light_dark_or_forced() {
    let (Some(world), Some(modules)) = (World::new(), node::modules()) else { return };
    let schemes: [&[(&str, &str)]; 3] = [
        &[("prefers-color-scheme", "light")],
        &[("prefers-color-scheme", "dark")],
        &[("forced-colors", "active")],
    ];
    let mut states = 0;
    each_state(&world, |page, state| {
        for scheme in schemes {
            page.media(scheme);
            page.eval("new Promise((done) => setTimeout(done, 250))");
            assert_eq!(page.axe(modules), [""; 0], "{state}, {scheme:?}");
        }
        states += 1;
    });
    assert_eq!(states, 8);
}

#[test]
fn every_target_is_large_enough_in_every_state() {
    let Some(world) = World::new() else { return };
    each_state(&world, |page, state| {
        let small = page.eval(&format!(
            "[...{ELEMENT}.shadowRoot.querySelectorAll('button, textarea')]\
             .filter((it) => it.checkVisibility())\
             .map((it) => [it.className, it.getBoundingClientRect()])\
             .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"
        ));
        assert_eq!(small, json!([]), "{state}: smaller than 24 pixels");
    });
}

#[test]
fn a_screen_reader_finds_a_named_group_of_two_toggles_whose_names_never_change() {
    let Some(world) = World::new() else { return };
    let page = world.open(&world.element("m1", ""));
    let tree = page.tree().join("\n");
    assert!(tree.contains(r#"group "Was this answer helpful?""#), "{tree}");
    let buttons = |tree: &str| {
        tree.lines()
            .filter(|line| line.starts_with("button"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(buttons(&tree), [r#"button "Good answer""#, r#"button "Bad answer""#]);
    let pressed =
        format!("['.up', '.down'].map((it) => {ELEMENT}.shadowRoot.querySelector(it).ariaPressed)");
    assert_eq!(page.eval(&pressed), json!(["false", "false"]), "toggles, and not mere buttons");
    page.click(&inside(".up"));
    saved(&page, 1);
    let tree = page.tree().join("\n");
    let up = r#"button "Good answer" pressed=true"#;
    assert_eq!(buttons(&tree)[..2], [up, r#"button "Bad answer""#]);
    assert_eq!(page.eval(&pressed), json!(["true", "false"]));
    let status = inside(".status");
    assert_eq!(page.eval(&format!("{status}.getAttribute('role')")), "status");
    assert_eq!(page.eval(&format!("{status}.textContent")), "Saved.");
    page.click(&inside(".up"));
    saved(&page, 2);
    assert_eq!(page.eval(&format!("{status}.textContent")), "Taken back.");
}

#[test]
fn the_focus_goes_from_the_thumbs_through_the_form_and_on() {
    let Some(world) = World::new() else { return };
    let after = "<button id=after>After</button>";
    let page = world.open(&format!("{HOST}{}{after}", world.element("m1", "for=answer")));
    page.press("Tab");
    page.press("Tab");
    page.press(" ");
    saved(&page, 1);
    page.wait_for(&inside("form"));
    let mut order = Vec::new();
    for _ in 0..20 {
        page.press("Tab");
        let at = page.focused();
        if at.starts_with("button#after") {
            break;
        }
        order.push(at.split('"').nth(1).unwrap_or_default().to_owned());
    }
    order.dedup();
    assert_eq!(order, ["tag", "comment", "edit", "send", "close"]);
    let ring = page.eval(&format!("{}.focus(), 1", inside(".up")));
    assert_eq!(ring, 1);
    page.press("Shift+Tab");
    page.press("Tab");
    let outline = page.eval(&format!("getComputedStyle({}).outlineStyle", inside(".up")));
    assert_eq!(outline, "solid", "the focus is seen");
}
