//! The hands: a mouse and a keyboard, whose events the page cannot tell from real ones.

use serde_json::{Value, json};

use super::page::Page;

/// The middle of an element, once the element can be hit there and has come to rest.
const POINT: &str = r#"(async () => {
    const it = ELEMENT;
    if (!(it instanceof Element)) throw new Error(`no element, but ${it}`);
    it.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const place = () => it.getBoundingClientRect();
    const before = place();
    await new Promise((frame) => requestAnimationFrame(frame));
    const box = place();
    if (box.x !== before.x || box.y !== before.y) throw new Error('it still moves');
    if (!box.width || !box.height) throw new Error('it is not shown');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const hit = it.getRootNode().elementFromPoint(x, y);
    if (!it.contains(hit)) throw new Error(`covered by ${hit?.outerHTML.slice(0, 200)}`);
    return {x, y};
})()"#;

/// The bits of the modifiers.
const MODIFIERS: [(&str, u8); 4] = [("Alt+", 1), ("Control+", 2), ("Meta+", 4), ("Shift+", 8)];

/// Keys that are no letter: name, code, number, and the text that they write.
const KEYS: [(&str, &str, u32, &str); 13] = [
    ("Tab", "Tab", 9, ""),
    ("Enter", "Enter", 13, "\r"),
    ("Escape", "Escape", 27, ""),
    (" ", "Space", 32, " "),
    ("Backspace", "Backspace", 8, ""),
    ("Delete", "Delete", 46, ""),
    ("End", "End", 35, ""),
    ("Home", "Home", 36, ""),
    ("ArrowLeft", "ArrowLeft", 37, ""),
    ("ArrowUp", "ArrowUp", 38, ""),
    ("ArrowRight", "ArrowRight", 39, ""),
    ("ArrowDown", "ArrowDown", 40, ""),
    ("Shift", "ShiftLeft", 16, ""),
];

impl Page {
    /// Scrolls the element that an expression yields into view and clicks into its middle, as
    /// soon as a user could.
    ///
    /// # Panics
    /// When a user could not: it is not there, not shown, covered, or does not come to rest.
    #[track_caller]
    pub(crate) fn click(&self, element: &str) {
        let point = self.point(element);
        self.press_mouse(&point, 1);
    }

    /// Two clicks in quick succession.
    #[track_caller]
    pub(crate) fn double_click(&self, element: &str) {
        let point = self.point(element);
        self.press_mouse(&point, 1);
        self.press_mouse(&point, 2);
    }

    /// Presses and releases a key: `a`, `Enter`, `Shift+Tab`, or a blank for the space bar.
    #[track_caller]
    pub(crate) fn press(&self, key: &str) {
        let mut event = key_event(key);
        self.call("Input.dispatchKeyEvent", &event);
        event["type"] = "keyUp".into();
        event["text"] = "".into();
        self.call("Input.dispatchKeyEvent", &event);
    }

    /// Presses one key after the other.
    #[track_caller]
    pub(crate) fn type_text(&self, text: &str) {
        let mut key = [0; 4];
        for character in text.chars() {
            self.press(character.encode_utf8(&mut key));
        }
    }

    #[track_caller]
    fn point(&self, element: &str) -> Value {
        let js = POINT.replace("ELEMENT", &format!("({element}\n)"));
        self.wait_until(&format!("{element} can be clicked"), || self.evaluate(&js, None))
    }

    #[track_caller]
    fn press_mouse(&self, point: &Value, count: u8) {
        for (kind, buttons, count) in
            [("mouseMoved", 0, 0), ("mousePressed", 1, count), ("mouseReleased", 0, count)]
        {
            let mut event = json!({
                "type": kind,
                "x": point["x"],
                "y": point["y"],
                "buttons": buttons,
                "clickCount": count,
            });
            if count > 0 {
                event["button"] = "left".into();
            }
            self.call("Input.dispatchMouseEvent", &event);
        }
    }
}

/// What the protocol says of a key that goes down.
#[track_caller]
fn key_event(name: &str) -> Value {
    let (mut key, mut modifiers) = (name, 0);
    for (prefix, bit) in MODIFIERS {
        if let Some(rest) = key.strip_prefix(prefix).filter(|it| !it.is_empty()) {
            (key, modifiers) = (rest, modifiers | bit);
        }
    }
    let named = KEYS.iter().find(|it| it.0 == key);
    let (code, number, text) = match (named, key.chars().next()) {
        (Some((_, code, number, text)), _) => ((*code).to_owned(), *number, *text),
        (None, Some(letter)) if letter.len_utf8() == key.len() => letter_key(letter, key),
        _ => panic!("no key is called {name:?}"),
    };
    // With Control, Alt or Meta, a key is a command and writes nothing.
    let text = if modifiers & 7 == 0 { text } else { "" };
    json!({
        "type": if text.is_empty() { "rawKeyDown" } else { "keyDown" },
        "key": key,
        "code": code,
        "windowsVirtualKeyCode": number,
        "text": text,
        "modifiers": modifiers,
    })
}

fn letter_key(letter: char, text: &str) -> (String, u32, &str) {
    let upper = letter.to_ascii_uppercase();
    match upper {
        'A'..='Z' => (format!("Key{upper}"), u32::from(upper), text),
        '0'..='9' => (format!("Digit{upper}"), u32::from(upper), text),
        _ => (String::new(), 0, text),
    }
}
