//! What the made-up assistant can do, what it is asked, and what it answers.

use super::findings;

/// Something that the assistant does. `{thing}`, `{name}`, `{day}` and `{time}` stand for words
/// that vary.
pub(super) struct Action {
    /// Its action type.
    pub(super) name: &'static str,
    /// How often it is asked for, beside the others.
    pub(super) weight: u64,
    /// Thumbs up among all thumbs, in per cent.
    pub(super) approval: u64,
    /// Answers that get a thumb, in per cent.
    pub(super) coverage: u64,
    /// Prompt, good answer, bad answer.
    pub(super) exchanges: &'static [Exchange],
    /// What `{thing}` stands for.
    pub(super) things: &'static [&'static str],
}

/// Prompt, good answer, bad answer.
pub(super) type Exchange = (&'static str, &'static str, &'static str);

/// Everything it does from the first day on.
pub(super) const ACTIONS: [Action; 7] = [
    Action {
        name: "todo",
        weight: 26,
        approval: 93,
        coverage: 45,
        exchanges: &[
            ("Add {thing} to my list", "Added '{thing}' to your todos.", "Added '{thing}' twice."),
            (
                "I need to {thing} by {day}",
                "Added '{thing}', due {day}.",
                "Added '{thing}', without a date.",
            ),
            ("Tick off {thing}", "Done: '{thing}'.", "I found no todo called '{thing}'."),
        ],
        things: &[
            "buy milk",
            "pay the rent",
            "call the bank",
            "book a hotel",
            "fix the bike",
            "send the invoice",
            "renew the passport",
            "clean the oven",
            "order toner",
            "water the plants",
            "return the parcel",
            "prepare the slides",
        ],
    },
    Action {
        name: "appointment",
        weight: 15,
        approval: 90,
        coverage: 50,
        exchanges: &[
            (
                "Book {thing} on {day} at {time}",
                "Booked '{thing}' for {day}, {time}.",
                "Which calendar should I use for '{thing}'?",
            ),
            (
                "Move {thing} to {day}",
                "Moved '{thing}' to {day}.",
                "Booked a second '{thing}' on {day}.",
            ),
            ("Meet {name} {day} at {time}", "Invited {name} for {day}, {time}.", "Who is {name}?"),
        ],
        things: &["the dentist", "the haircut", "the team lunch", "the review", "the viewing"],
    },
    Action {
        name: "reminder",
        weight: 17,
        approval: 90,
        coverage: 45,
        exchanges: &[
            (
                "Remind me to {thing} at {time}",
                "I will remind you at {time} to {thing}.",
                "I will remind you tomorrow to {thing}.",
            ),
            (
                "Remind me on {day} morning to {thing}",
                "I will remind you on {day} at 08:00 to {thing}.",
                "I will remind you today at 08:00 to {thing}.",
            ),
        ],
        things: EVENING_THINGS,
    },
    Action {
        name: "note",
        weight: 14,
        approval: 95,
        coverage: 35,
        exchanges: &[
            ("Note: {thing}", "Saved your note.", "Added '{thing}' to your todos."),
            ("Write down that {name} likes {thing}", "Noted for {name}.", "Saved an empty note."),
        ],
        things: &["oat milk", "the door code is new", "green tea", "size 42", "window seats"],
    },
    Action {
        name: "mail",
        weight: 12,
        approval: 85,
        coverage: 45,
        exchanges: &[
            (
                "Write to {name} that I am late on {day}",
                "Draft to {name}: 'I will be late on {day}, sorry.'",
                "Sent to {name}: 'Dear Sir or Madam, I am late on {day}.'",
            ),
            (
                "Summarise the mail from {name} about {thing}",
                "{name} asks for your answer on {thing} by {day}.",
                "You have 14 mails from {name}.",
            ),
        ],
        things: &["the offer", "the contract", "the budget", "the party", "the trip"],
    },
    Action {
        name: "search",
        weight: 10,
        approval: 82,
        coverage: 30,
        exchanges: &[
            ("Find {thing}", "Here is {thing}.", "Here are 2,318 results."),
            (
                "When did I last talk to {name}?",
                "You last talked to {name} on {day}, {time}.",
                "I can only search your files.",
            ),
        ],
        things: &[
            "my tax number",
            "the photo of the cat",
            "the wifi password",
            "the lease",
            "the minutes of May",
            "the map",
            "the recipe with leeks",
            "my flight",
            "the warranty",
            "the logo",
            "the old address",
            "the seating plan",
        ],
    },
    Action {
        name: "small talk",
        weight: 6,
        approval: 88,
        coverage: 20,
        exchanges: &[
            (
                "Tell me a joke about {thing}",
                "Two {thing} walk into a bar. The third one ducks.",
                "I cannot do that.",
            ),
            ("How was your {day}?", "Busy, and good. Yours?", "I am a language model."),
        ],
        things: &[
            "mirrors", "penguins", "lawyers", "Mondays", "tomatoes", "ghosts", "robots", "cats",
        ],
    },
];

/// What it does in the last weeks only, and badly.
pub(super) const NEW_ACTION: Action = Action {
    name: "travel",
    weight: 8,
    approval: findings::NEW_ACTION.approval,
    coverage: 50,
    exchanges: &[
        (
            "Find me a train to {thing} on {day}",
            "The 09:12 to {thing} on {day} takes 2 h 40 min.",
            "I found no trains to {thing}.",
        ),
        (
            "Book a hotel in {thing} for {name}",
            "I reserved a room in {thing} for {name}.",
            "Here is a list of all hotels in {thing}.",
        ),
    ],
    things: &["Lyon", "Turin", "Ghent", "Porto", "Graz"],
};

/// Wordings of one wish that is understood as noon, the first of them the most common.
pub(super) const EVENING: [&str; 6] = [
    "Remind me in the evening to {thing}",
    "In the evening, remind me to {thing}",
    "remind me this evening to {thing} please",
    "Can you remind me {day} evening to {thing}?",
    "Tell me to {thing} {day} in the evening, and {name} too",
    "evening reminder: {thing}, before {name} calls",
];

/// What it answers to all of them.
pub(super) const NOON: &str = "I will remind you at 12:00 to {thing}.";

/// What people want to be reminded of; in the evening, of the first four.
pub(super) const EVENING_THINGS: &[&str] = &[
    "water the plants",
    "take the pills",
    "call home",
    "lock the bikes",
    "feed the cat",
    "charge the phone",
    "take out the bins",
    "stretch",
];

/// The answer of an afternoon on which the model could not be reached.
pub(super) const OUTAGE_ANSWER: &str = "Sorry, something went wrong. Please try again.";

/// What `{name}` stands for.
pub(super) const NAMES: &[&str] = &[
    "Ana", "Ben", "Chiara", "Dev", "Eva", "Farid", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena",
];

/// What `{day}` stands for.
pub(super) const DAYS: &[&str] =
    &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What `{time}` stands for.
pub(super) const TIMES: &[&str] = &["8:00", "9:30", "11:15", "14:00", "15:30", "17:00", "18:45"];

/// Why a thumb went down, where nothing special happened.
pub(super) const REASONS: &[&str] = &["misunderstood", "incomplete", "too slow", "too long"];

/// The same in the words of users.
pub(super) const COMMENTS: &[&str] = &[
    "not what I asked for",
    "I had to do it by hand",
    "it worked last week",
    "too many questions",
    "please read what I wrote",
];
