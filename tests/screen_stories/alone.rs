//! A screen without an engine: a story tells it what has happened, and what it wishes for is kept.

use super::frames;
use super::hostile::model;
use offhook::engine::command::Command;
use offhook::engine::event::Event;
use offhook::tui::keymap::Key;
use offhook::tui::model::Model;
use offhook::tui::wish::{Alert, Wish};

pub struct Alone {
    pub model: Model,
    pub wished: Vec<Command>,
    pub alerts: Vec<Alert>,
}

impl Alone {
    pub fn new() -> Alone {
        Alone { model: model(), wished: vec![], alerts: vec![] }
    }

    pub fn hear(&mut self, event: &Event) {
        self.model.apply(event);
        self.carry_out();
    }

    pub fn press(&mut self, keys: &str) {
        Key::parse_sequence(keys).unwrap().into_iter().for_each(|key| _ = self.model.key(key));
        self.carry_out();
    }

    pub fn write(&mut self, text: &str) {
        text.chars().for_each(|letter| _ = self.model.key(Key::char(letter)));
        self.carry_out();
    }

    pub fn carry_out(&mut self) {
        while let Some(wish) = self.model.poll() {
            match wish {
                Wish::Command(command) => self.wished.push(command),
                Wish::Notify(alert) => self.alerts.push(alert),
                _ => {}
            }
        }
    }

    /// What was wished for since the last look, as far as it is of that kind.
    pub fn took<T>(&mut self, of: impl Fn(Command) -> Option<T>) -> Vec<T> {
        std::mem::take(&mut self.wished).into_iter().filter_map(of).collect()
    }

    pub fn rows(&mut self) -> Vec<String> {
        frames::rows(&frames::draw(&mut self.model, 80, 24).0)
    }

    #[track_caller]
    pub fn sees(&mut self, words: &[&str]) {
        frames::sees(&self.rows(), words);
    }

    #[track_caller]
    pub fn shot(&mut self, name: &str) {
        self.shots(name, &[(80, 24), (120, 40)]);
    }

    /// As [`Alone::shot`], on the smallest terminal too.
    #[track_caller]
    pub fn main_shot(&mut self, name: &str) {
        self.shots(name, &[(60, 15), (80, 24), (120, 40)]);
    }

    #[track_caller]
    fn shots(&mut self, name: &str, sizes: &[(u16, u16)]) {
        sizes.iter().for_each(|(width, height)| frames::check(&mut self.model, name, *width, *height));
    }
}
