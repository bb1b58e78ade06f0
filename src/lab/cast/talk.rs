//! What somebody answers in a chat: a few rules, tried in order. They know who they are, who works there, what can be called
//! and what the clock says; of everything else they say that they do not know it.

use super::arithmetic;
use super::day::Showing;
use super::settings::Person;
use crate::machine::{Chance, Stamp};

/// What somebody knows.
pub(super) struct Knows<'a> {
    /// Who they are.
    pub(super) me: &'a Person,
    /// Who else there is, and what they show.
    pub(super) others: Vec<(&'a Person, Option<Showing>)>,
    /// What they show themselves.
    pub(super) showing: Showing,
    /// What the clock says.
    pub(super) now: Stamp,
    /// What can be called: echo, conference, voicemail.
    pub(super) numbers: &'a [String; 3],
}

/// One way to answer, if it fits.
type Rule = fn(&mut Memory, &Knows<'_>, &Heard) -> Option<String>;

/// What was said before, between two.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    greeted: bool,
    /// They were asked how they are.
    asked: bool,
    confessed: bool,
    misunderstood: usize,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) text: String,
    /// They ring, too.
    pub(super) rings: bool,
}

impl Memory {
    /// The answer to `text`, which `whom` has written.
    pub(super) fn reply(&mut self, knows: &Knows<'_>, whom: &str, text: &str, chance: &mut Chance) -> Reply {
        let plain = |text: String| Reply { text, rings: false };
        let heard = Heard::new(text);
        if heard.wants_a_call() {
            if knows.showing == Showing::Presenting {
                return plain("I am presenting now. Shall I ring you later? Ask me again in a while.".into());
            }
            return Reply { text: "With pleasure, I am ringing you now.".into(), rings: true };
        }
        if let Some(sum) = arithmetic::answer(text) {
            return plain(sum);
        }
        let rules: [Rule; 8] = [
            Memory::numbers,
            Memory::people,
            Memory::myself,
            Memory::clock,
            Memory::state,
            Memory::help,
            Memory::courtesies,
            Memory::yes_and_no,
        ];
        let said = rules.iter().find_map(|rule| rule(self, knows, &heard));
        let greeting = if heard.greets() && !std::mem::replace(&mut self.greeted, true) {
            Some(format!("{} {whom}!", pick(chance, &["Hello", "Hi", "Good to see you,"])))
        } else if heard.greets() {
            Some("Hello again.".to_owned())
        } else {
            None
        };
        let text = match (greeting, said) {
            (Some(greeting), Some(said)) => format!("{greeting} {said}"),
            (Some(greeting), None) if heard.words.len() <= 3 => format!("{greeting} What can I do for you?"),
            (Some(greeting), None) => format!("{greeting} {}", self.lost(&heard, chance)),
            (None, Some(said)) => said,
            (None, None) => self.lost(&heard, chance),
        };
        plain(text)
    }

    fn numbers(&mut self, knows: &Knows<'_>, heard: &Heard) -> Option<String> {
        let [echo, conference, voicemail] = knows.numbers;
        if heard.has("echo") {
            return Some(format!("Call {echo}: it plays back what you say."));
        }
        if heard.has("conference") {
            return Some(format!("The conference is at {conference}. Whoever calls it hears all the others."));
        }
        if heard.has("voicemail") || heard.has("mailbox") {
            return Some(format!("Call {voicemail}, wait for the tone, and you have left yourself a message."));
        }
        let number = heard.words.iter().find(|word| word.len() >= 3 && word.chars().all(|letter| letter.is_ascii_digit()))?;
        if *number == knows.me.number {
            return Some(format!("{number}? That is my own number. Just call it."));
        }
        if let Some((person, _)) = knows.others.iter().find(|(person, _)| person.number == *number) {
            return Some(format!("{number} is {}.", person.name));
        }
        for (known, what) in [(echo, "the echo"), (conference, "the conference"), (voicemail, "voicemail")] {
            if known == number {
                return Some(format!("{number} is {what}."));
            }
        }
        Some(format!("Nobody here has the number {number}."))
    }

    fn people(&mut self, knows: &Knows<'_>, heard: &Heard) -> Option<String> {
        let (person, showing) = knows.others.iter().find(|(person, _)| heard.has(&person.first_name.to_lowercase()))?;
        let Person { name, number, department, .. } = person;
        let place = if department.is_empty() { String::new() } else { format!(" from {department}") };
        let there = match showing {
            Some(Showing::Available) => "at the desk now",
            Some(Showing::OnCall) => "on a call now",
            Some(Showing::Meeting | Showing::Presenting) => "in a meeting now",
            Some(Showing::Away) => "away from the desk",
            Some(Showing::Gone) | None => "not there, as far as I see",
        };
        Some(format!("{name}{place} has the number {number}, and is {there}."))
    }

    fn myself(&mut self, knows: &Knows<'_>, heard: &Heard) -> Option<String> {
        let Person { name, number, department, .. } = knows.me;
        if heard.has("number") || heard.has("extension") {
            return Some(format!("My number is {number}."));
        }
        let asks_who = heard.says("who are you") || heard.says("your name") || heard.says("what are you");
        let asks_real = ["bot", "robot", "human", "program"].iter().any(|word| heard.has(word));
        if asks_real || asks_who {
            self.confessed = true;
            let place = if department.is_empty() { String::new() } else { format!(", {department}") };
            return Some(format!(
                "I am {name}{place}, number {number}, and played by a small program that comes with the lab."
            ));
        }
        None
    }

    fn clock(&mut self, knows: &Knows<'_>, heard: &Heard) -> Option<String> {
        let now = knows.now.to_string();
        if heard.says("what time") || heard.says("the time") || heard.has("clock") {
            return Some(format!("My clock says {} UTC.", now.get(11..16)?));
        }
        let asks_day = heard.says("what day") || heard.says("which day") || heard.has("date");
        asks_day.then(|| Some(format!("Today is {}.", now.get(..10)?))).flatten()
    }

    fn state(&mut self, knows: &Knows<'_>, heard: &Heard) -> Option<String> {
        let words = ["busy", "free", "available", "around", "where"];
        let asks = heard.says("are you there") || (heard.has("you") && words.iter().any(|word| heard.has(word)));
        asks.then(|| format!("{}.", knows.showing.words()))
    }

    fn help(&mut self, knows: &Knows<'_>, heard: &Heard) -> Option<String> {
        let asks = heard.has("help") || heard.says("what can you");
        let other = knows.others.first().map_or("somebody", |(person, _)| person.first_name.as_str());
        asks.then(|| format!("Ask me about {other}, about numbers, for the time, for a sum, or say \"call me\"."))
    }

    fn courtesies(&mut self, _knows: &Knows<'_>, heard: &Heard) -> Option<String> {
        if heard.says("how are you") || heard.says("how is it going") || heard.says("how do you do") {
            self.asked = true;
            return Some("Fine, thank you. And how are you?".into());
        }
        if heard.has("thanks") || heard.has("thank") {
            return Some("You are welcome.".into());
        }
        if ["bye", "goodbye", "cheers", "ciao"].iter().any(|word| heard.has(word)) || heard.says("see you") {
            self.greeted = false;
            return Some("Good-bye!".into());
        }
        if heard.has("sorry") {
            return Some("No harm done.".into());
        }
        let laughs = ["haha", "lol", "hehe"].iter().any(|word| heard.words.iter().any(|said| said.starts_with(word)));
        laughs.then(|| "I am glad that I amuse you.".into())
    }

    fn yes_and_no(&mut self, _knows: &Knows<'_>, heard: &Heard) -> Option<String> {
        if std::mem::take(&mut self.asked) {
            let bad = ["bad", "tired", "ill", "sick", "not", "stressed"].iter().any(|word| heard.has(word));
            return Some(if bad { "I am sorry to hear that. I hope it gets better.".into() } else { "Good to hear.".into() });
        }
        let short = heard.words.len() <= 3;
        if short && ["yes", "yeah", "ok", "okay", "sure", "fine", "great", "good"].iter().any(|word| heard.has(word)) {
            return Some("Good.".into());
        }
        (short && (heard.has("no") || heard.has("nope"))).then(|| "All right, then not.".into())
    }

    /// Nothing fits: it is said so, honestly.
    fn lost(&mut self, heard: &Heard, chance: &mut Chance) -> String {
        self.misunderstood += 1;
        if !std::mem::replace(&mut self.confessed, true) {
            return "That is beyond me: I am played by a small program. Say \"help\" for what I understand.".into();
        }
        let longest = heard.words.iter().filter(|word| word.len() > 3).max_by_key(|word| word.chars().count());
        match longest {
            Some(word) if heard.question => format!("I know nothing of \"{word}\", I am afraid."),
            Some(word) => {
                let answers = ["I take note of it", "I see", "I have read it"];
                format!("{}: \"{word}\". More I cannot say to that.", pick(chance, &answers))
            }
            None => "I am not sure what you mean.".into(),
        }
    }
}

/// A text as it is understood.
struct Heard {
    words: Vec<String>,
    question: bool,
}

impl Heard {
    fn new(text: &str) -> Heard {
        let lower: String = text.chars().take(1_000).collect::<String>().to_lowercase();
        let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        Heard { words: words.map(str::to_owned).collect(), question: text.contains('?') }
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|said| said == word)
    }

    fn says(&self, words: &str) -> bool {
        let wanted: Vec<&str> = words.split(' ').collect();
        self.words.windows(wanted.len()).any(|said| said.iter().zip(&wanted).all(|(said, wanted)| said == wanted))
    }

    fn greets(&self) -> bool {
        let words = ["hi", "hello", "hey", "hallo", "morning", "hola", "ahoj", "greetings"];
        self.words.iter().take(3).any(|word| words.contains(&word.as_str()))
    }

    fn wants_a_call(&self) -> bool {
        let asks = ["call me", "ring me", "phone me", "call back", "give me a call", "give me a ring"];
        let declines = self.has("don") || self.has("not") || self.has("never");
        !declines && asks.iter().any(|words| self.says(words))
    }
}

fn pick<'a>(chance: &mut Chance, all: &[&'a str]) -> &'a str {
    let at = usize::try_from(chance.below(all.len() as u64)).unwrap_or(0);
    all.get(at).copied().unwrap_or_default()
}
