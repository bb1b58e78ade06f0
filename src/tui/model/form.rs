//! Fields to fill in: who is added, which account, which password. It knows what was asked for, and not what comes of it.

use super::whom::Whom;
use crate::engine::event::AccountName;
use crate::machine::Secret;
use crate::tui::editor::Field;

/// What a form is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new account by its address.
    AddAccount,
    /// A new account on open standards, with servers of its own.
    AddByHand,
    /// Who signs an account in, and where.
    Servers(AccountName),
    /// The password of an account.
    Password(AccountName),
    /// The passphrase of the sealed file of passwords.
    Passphrase,
    /// A new one, for a file that is not there yet.
    NewPassphrase,
    /// Somebody new in the roster.
    AddPerson,
    /// Another name, other groups.
    Rename(Whom),
    /// What we show of ourselves.
    Presence,
}

/// What stands in a field.
#[derive(Debug)]
pub enum Value {
    /// Text.
    Text(Field),
    /// Text that is not shown.
    Secret(Field),
    /// On or off.
    Flag(bool),
    /// One of several.
    Choice(Vec<String>, usize),
}

/// A field.
#[derive(Debug)]
pub struct Input {
    /// What it is called.
    pub label: &'static str,
    /// What to write in it, for when it is empty or chosen.
    pub hint: &'static str,
    /// What stands in it.
    pub value: Value,
}

/// A form that is being filled in.
#[derive(Debug)]
pub struct Form {
    /// What for.
    pub purpose: Purpose,
    /// Its heading.
    pub title: String,
    /// What it is about, in sentences.
    pub about: String,
    /// Its fields.
    pub inputs: Vec<Input>,
    /// Fields that few need: not shown before they are asked for.
    pub more: Vec<Input>,
    /// What stands ready for a field while this choice is made: choice, label, text.
    pub ready: Vec<(usize, &'static str, String)>,
    /// So many fields are shown whatever is asked for.
    always: usize,
    /// The field that has the cursor.
    pub chosen: usize,
    /// What is wrong with what was accepted last.
    pub error: Option<String>,
    /// In which field that is, by its label; none where it is in none.
    pub wrong: Option<&'static str>,
    /// What was accepted is being looked at: it is kept until it is known whether it is taken.
    pub waits: bool,
    /// Something was filled in, or another choice made.
    pub touched: bool,
}

impl Form {
    /// A form whose first field has the cursor.
    #[must_use]
    pub fn new(purpose: Purpose, title: impl Into<String>, about: impl Into<String>, inputs: Vec<Input>) -> Form {
        let (title, about, always) = (title.into(), about.into(), inputs.len());
        let (more, ready, chosen) = (Vec::new(), Vec::new(), 0);
        let (error, wrong, waits, touched) = (None, None, false, false);
        Form { purpose, title, about, inputs, more, ready, always, chosen, error, wrong, waits, touched }
    }

    /// What accepting it does, in a word or two.
    #[must_use]
    pub fn does(&self) -> &'static str {
        match self.purpose {
            Purpose::AddAccount | Purpose::AddByHand | Purpose::AddPerson => "add",
            Purpose::Password(_) => "sign in",
            Purpose::Passphrase => "open",
            Purpose::Servers(_) | Purpose::NewPassphrase | Purpose::Rename(_) => "keep",
            Purpose::Presence => "set",
        }
    }

    /// With fields that few need.
    #[must_use]
    pub fn with_more(mut self, more: Vec<Input>) -> Form {
        self.more = more;
        self
    }

    /// With what stands ready for fields that other choices ask for.
    #[must_use]
    pub fn with_ready(mut self, ready: Vec<(usize, &'static str, String)>) -> Form {
        self.ready = ready;
        self
    }

    /// What stands in a field once another choice is made: what was typed, else what stands ready for it.
    #[must_use]
    pub fn text_for(&self, choice: usize, label: &str) -> String {
        let typed = self.text(label);
        if !typed.is_empty() && !self.ready.iter().any(|(.., text)| *text == typed) {
            return typed;
        }
        let ready = self.ready.iter().find(|(of, known, _)| *of == choice && *known == label);
        ready.map_or_else(String::new, |(.., text)| text.clone())
    }

    /// Shows the fields that few need, or no longer; what was filled in counts either way.
    pub fn show_more(&mut self) {
        if self.more.is_empty() {
            self.more = self.inputs.split_off(self.always.min(self.inputs.len()));
            self.chosen = self.chosen.min(self.inputs.len().saturating_sub(1));
        } else {
            self.inputs.append(&mut self.more);
        }
    }

    /// What was accepted is not taken: the cursor goes to the field with the mistake, where it is in one.
    pub fn refuse(&mut self, label: Option<&'static str>, why: impl Into<String>) {
        (self.waits, self.error, self.wrong) = (false, Some(why.into()), None);
        let Some(label) = label else { return };
        if self.more.iter().any(|input| input.label == label) {
            self.show_more();
        }
        if let Some(at) = self.inputs.iter().position(|input| input.label == label) {
            (self.chosen, self.wrong) = (at, Some(label));
        }
    }

    /// Nothing is known to be wrong any more.
    pub fn forget_error(&mut self) {
        (self.error, self.wrong) = (None, None);
    }

    /// Other fields in place of those that are always shown.
    pub fn refit(&mut self, inputs: Vec<Input>) {
        let shown = self.inputs.split_off(self.always.min(self.inputs.len()));
        (self.always, self.inputs) = (inputs.len(), inputs);
        self.inputs.extend(shown);
    }

    /// The next field, round and round.
    pub fn next(&mut self) {
        self.chosen = (self.chosen + 1) % self.inputs.len().max(1);
    }

    /// The field before, round and round.
    pub fn previous(&mut self) {
        self.chosen = self.chosen.checked_sub(1).unwrap_or(self.inputs.len().saturating_sub(1));
    }

    /// The chosen field is the last: accepting it accepts the form.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.chosen + 1 >= self.inputs.len()
    }

    /// What the chosen field takes what is typed into, if it takes any.
    pub fn field(&mut self) -> Option<&mut Field> {
        match &mut self.inputs.get_mut(self.chosen)?.value {
            Value::Text(field) | Value::Secret(field) => Some(field),
            Value::Flag(_) | Value::Choice(..) => None,
        }
    }

    /// Turns a flag, or takes the next choice (the one before when `back`). Says whether the field is such a one.
    pub fn toggle(&mut self, back: bool) -> bool {
        match self.inputs.get_mut(self.chosen).map(|input| &mut input.value) {
            Some(Value::Flag(on)) => *on = !*on,
            Some(Value::Choice(all, at)) if !all.is_empty() => {
                *at = if back { at.checked_sub(1).unwrap_or(all.len() - 1) } else { (*at + 1) % all.len() };
            }
            _ => return false,
        }
        self.touched = true;
        true
    }

    /// Empties the fields whose text is not shown.
    pub fn forget_secrets(&mut self) {
        for input in self.inputs.iter_mut().chain(&mut self.more) {
            if let Value::Secret(field) = &mut input.value {
                *field = Field::masked();
            }
        }
    }

    /// The text of the field of that label, without white space around it.
    #[must_use]
    pub fn text(&self, label: &str) -> String {
        match self.value(label) {
            Some(Value::Text(field)) => field.text().trim().to_owned(),
            Some(Value::Choice(all, at)) => all.get(*at).cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Puts a text into the field of that label.
    pub fn set_text(&mut self, label: &str, text: &str) {
        if let Some(Value::Text(field)) =
            self.inputs.iter_mut().find(|input| input.label == label).map(|input| &mut input.value)
        {
            // What does not fit was no address.
            let _ = field.set_text(text);
        }
    }

    /// Nothing stands in the field for text of that label, which is there.
    #[must_use]
    pub fn is_empty(&self, label: &str) -> bool {
        matches!(self.value(label), Some(Value::Text(field)) if field.text().trim().is_empty())
    }

    /// Whether the flag of that label is on.
    #[must_use]
    pub fn flag(&self, label: &str) -> bool {
        matches!(self.value(label), Some(Value::Flag(true)))
    }

    /// The number of the choice of that label.
    #[must_use]
    pub fn choice(&self, label: &str) -> usize {
        match self.value(label) {
            Some(Value::Choice(_, at)) => *at,
            _ => 0,
        }
    }

    /// What stands in the hidden field of that label.
    #[must_use]
    pub fn secret(&self, label: &str) -> Option<Secret> {
        match self.value(label) {
            Some(Value::Secret(field)) => Some(field.secret()),
            _ => None,
        }
    }

    fn value(&self, label: &str) -> Option<&Value> {
        self.inputs.iter().chain(&self.more).find(|input| input.label == label).map(|input| &input.value)
    }
}

/// A field for text, with something in it already.
#[must_use]
pub fn text(label: &'static str, hint: &'static str, with: &str) -> Input {
    let mut field = Field::new();
    // What does not fit was never a name or an address.
    let _ = field.set_text(with);
    Input { label, hint, value: Value::Text(field) }
}

/// A field whose text is not shown.
#[must_use]
pub fn secret(label: &'static str, hint: &'static str) -> Input {
    Input { label, hint, value: Value::Secret(Field::masked()) }
}

/// On or off.
#[must_use]
pub fn flag(label: &'static str, hint: &'static str, on: bool) -> Input {
    Input { label, hint, value: Value::Flag(on) }
}

/// One of several.
#[must_use]
pub fn choice(label: &'static str, hint: &'static str, all: Vec<String>, at: usize) -> Input {
    Input { label, hint, value: Value::Choice(all, at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let colours = vec!["red".to_owned(), "green".to_owned(), "blue".to_owned()];
        let inputs =
            vec![text("Name", "", " Bo "), secret("Password", ""), flag("Keep", "", false), choice("Colour", "", colours, 0)];
        Form::new(Purpose::AddAccount, "A form", "", inputs)
    }

    #[test]
    fn fields_are_gone_through_round_and_round() {
        let mut form = form();
        form.previous();
        assert!(form.is_last());
        form.next();
        assert_eq!((form.chosen, form.is_last()), (0, false));
    }

    #[test]
    fn what_was_filled_in_is_found_by_label_and_a_password_is_no_text() {
        let mut form = form();
        form.next();
        form.field().unwrap().insert("secret").unwrap();
        assert_eq!((form.text("Name").as_str(), form.text("Password").as_str(), form.text("None").as_str()), ("Bo", "", ""));
        assert_eq!(form.secret("Password").unwrap().expose(), "secret");
        assert!(form.secret("Name").is_none());
        assert!(!format!("{form:?}").contains("secret\""), "{form:?}");
    }

    #[test]
    fn flags_and_choices_are_turned_and_text_is_not() {
        let mut form = form();
        assert!(!form.toggle(false));
        (form.chosen, form.error) = (2, None);
        assert!(form.toggle(true) && form.flag("Keep") && form.field().is_none());
        form.chosen = 3;
        assert!(form.toggle(true));
        assert_eq!((form.choice("Colour"), form.text("Colour").as_str()), (2, "blue"));
        assert!(form.toggle(false));
        assert_eq!(form.choice("Colour"), 0);
    }

    #[test]
    fn fields_that_few_need_are_shown_when_asked_for_and_count_all_the_same() {
        let mut form = form().with_more(vec![text("More", "", "x")]);
        assert_eq!((form.inputs.len(), form.text("More").as_str()), (4, "x"));
        form.show_more();
        assert_eq!((form.inputs.len(), form.chosen), (5, 0), "the cursor stays in its field");
        form.chosen = 4;
        assert!(form.is_last());
        form.field().unwrap().insert("y").unwrap();
        form.show_more();
        assert_eq!((form.inputs.len(), form.chosen, form.text("More").as_str()), (4, 3, "xy"));
        let mut form = Form::new(Purpose::Presence, "", "", vec![text("Only", "", "")]);
        form.show_more();
        assert_eq!((form.inputs.len(), form.chosen), (1, 0));
    }

    #[test]
    fn a_form_without_fields_takes_nothing() {
        let mut form = Form::new(Purpose::Presence, "", "", Vec::new());
        form.next();
        form.previous();
        assert!(form.field().is_none() && !form.toggle(false) && form.is_last());
    }
}
