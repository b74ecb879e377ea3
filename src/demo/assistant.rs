//! The assistant of the playground: a pure function, so that everybody can try the thumbs without a
//! model. It has the weaknesses that [`super::findings`] tells of, and some that a visitor finds at
//! once, because praise alone teaches nothing.

use serde_json::{Value, json};

/// What the assistant did and said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    /// What it took the wish for.
    pub(crate) action_type: &'static str,
    /// What it understood.
    pub(crate) action_data: Value,
    /// What it said.
    pub(crate) answer: String,
}

/// Words in front of a wish that mean nothing.
const POLITE: [&str; 5] = ["please ", "can you ", "could you ", "would you ", "hey "];
/// Days that it knows.
const DAYS: [&str; 9] = [
    "today",
    "tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// Words that make a wish an appointment.
const MEETINGS: [&str; 6] = ["meeting", "appointment", "schedule ", "book ", "dentist", "lunch"];

/// Answers one message, always in the same way.
pub(crate) fn reply(message: &str) -> Reply {
    let wish = plain(message);
    if wish.starts_with("remind me") || wish.contains("reminder") {
        return reminder(&wish);
    }
    if MEETINGS.iter().any(|word| wish.contains(word)) {
        return appointment(&wish);
    }
    let verb = ["add ", "put ", "buy ", "get ", "remove ", "delete "];
    if verb.iter().any(|verb| wish.starts_with(verb)) || wish.contains(" list") {
        return todo(&wish);
    }
    Reply {
        action_type: "help",
        action_data: json!({}),
        answer: "I can add todos, set reminders and book appointments. Try \u{201c}Add milk to my \
                 list\u{201d}."
            .to_owned(),
    }
}

/// Small letters, single spaces, without politeness and the full stop.
fn plain(message: &str) -> String {
    let words: Vec<_> = message.split_whitespace().map(str::to_lowercase).collect();
    let mut text = words.join(" ");
    while let Some(rest) = POLITE.iter().find_map(|word| text.strip_prefix(word)) {
        text = rest.to_owned();
    }
    text.trim_end_matches(['.', '!', '?']).to_owned()
}

/// Adds the first thing only: of “milk and eggs” the eggs are forgotten. To remove something is
/// not understood: it is added as well.
fn todo(wish: &str) -> Reply {
    let ends = [" to my", " on my", " to the", " on the", " and ", ", "];
    let end = ends.iter().filter_map(|end| wish.find(end)).min().unwrap_or(wish.len());
    let thing = &wish[..end];
    let bare = ["add ", "put ", "buy ", "get "].iter().find_map(|verb| thing.strip_prefix(verb));
    let thing = match bare {
        Some(thing) => format!("Buy {}", without_article(thing)),
        None => capital(thing),
    };
    Reply {
        action_type: "todo",
        answer: format!("Added '{thing}' to your todos."),
        action_data: json!({ "title": thing }),
    }
}

/// Takes evening for noon, and every hour for one of the morning.
fn reminder(wish: &str) -> Reply {
    let thing = wish.split_once(" to ").map_or("do that", |(_, thing)| thing);
    let ends = [" at ", " tonight", " this evening", " in the evening", " tomorrow", " on "];
    let end = ends.iter().filter_map(|end| thing.find(end)).min().unwrap_or(thing.len());
    let evening = wish.contains("evening") || wish.contains("tonight");
    let time = if evening { "12:00".to_owned() } else { hour(wish).unwrap_or("09:00".to_owned()) };
    let (thing, day) = (&thing[..end], day(wish).unwrap_or("today"));
    Reply {
        action_type: "reminder",
        answer: format!("I will remind you {day} at {time} to {thing}."),
        action_data: json!({ "title": thing, "day": day, "time": time }),
    }
}

/// Knows the day and the hour, but nothing of next week.
fn appointment(wish: &str) -> Reply {
    let what = MEETINGS.iter().find(|word| wish.contains(*word) && !word.ends_with(' '));
    let what = capital(what.copied().unwrap_or("appointment"));
    let (day, time) = (day(wish).unwrap_or("tomorrow"), hour(wish).unwrap_or("10:00".to_owned()));
    Reply {
        action_type: "appointment",
        answer: format!("Booked '{what}' for {} at {time}.", capital(day)),
        action_data: json!({ "title": what, "day": day, "time": time }),
    }
}

fn day(wish: &str) -> Option<&'static str> {
    DAYS.into_iter().find(|day| wish.contains(day))
}

/// The hour behind “at”; “5 pm” is five in the morning to it.
fn hour(wish: &str) -> Option<String> {
    let (_, time) = wish.split_once(" at ")?;
    let digits: String = time.chars().take_while(char::is_ascii_digit).collect();
    let hour: u8 = digits.parse().ok().filter(|hour| *hour < 24)?;
    Some(format!("{hour:02}:00"))
}

fn without_article(thing: &str) -> &str {
    ["a ", "an ", "the ", "some "].iter().find_map(|it| thing.strip_prefix(it)).unwrap_or(thing)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_what_the_suggestions_ask_and_has_its_known_weaknesses() {
        for (message, action_type, answer) in [
            ("Add milk to my list", "todo", "Added 'Buy milk' to your todos."),
            ("please add  MILK to my list!", "todo", "Added 'Buy milk' to your todos."),
            ("Add milk and eggs to my list", "todo", "Added 'Buy milk' to your todos."),
            ("Remove milk from my list", "todo", "Added 'Remove milk from my list' to your todos."),
            (
                "Remind me to call Ana at 9",
                "reminder",
                "I will remind you today at 09:00 to call ana.",
            ),
            (
                "Remind me this evening to water the plants",
                "reminder",
                "I will remind you today at 12:00 to water the plants.",
            ),
            (
                "Book a meeting on Friday at 5 pm",
                "appointment",
                "Booked 'Meeting' for Friday at 05:00.",
            ),
            ("Dentist tomorrow", "appointment", "Booked 'Dentist' for Tomorrow at 10:00."),
        ] {
            let said = reply(message);
            assert_eq!(
                (said.action_type, said.answer.as_str()),
                (action_type, answer),
                "{message}"
            );
        }
        assert_eq!(reply("How are you?").action_type, "help");
    }

    #[test]
    fn nothing_that_can_be_typed_stops_it() {
        for message in
            ["", " ", "add ", "remind me", "remind me to ", "ä to my ß", "at 99", "\u{1f44d}"]
        {
            assert!(!reply(message).answer.is_empty(), "{message}");
        }
    }
}
