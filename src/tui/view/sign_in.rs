//! Sign-in shows its work: each step, what was answered, how long it took, and which rule decided.

use super::paint::Brush;
use crate::engine::event::{Decision, LinkState, Outcome, Service, SignInTrace, Source, Step, StepName};
use crate::engine::state::AccountState;
use crate::machine::visible_line;
use crate::tui::action::{Action, Context};
use crate::tui::model::Model;
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Columns of the sign and of the name of a step.
const NAME: u16 = 5;
const ANSWER: u16 = NAME + 22;

/// What stands there while nobody signs in by an address.
const NOBODY: &str = "No account signs in by its address yet. One that is added without servers of its own does.";

/// Columns that are kept for how long a step took.
const TOOK: u16 = 10;

/// One line of the screen.
enum Line {
    /// Words over all columns.
    Across(String, Role),
    /// What a step shows first.
    Step { number: Option<usize>, sign: &'static str, name: &'static str, answer: String, took: String, role: Role },
    /// What did not fit into the line above.
    Rest(String, Role),
}

/// Draws the sign-ins of all accounts by address.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    let mut lines: Vec<Line> = Vec::new();
    let key = |action, context| model.setup.keymap.keys_of(action, context).into_iter().next();
    let (by_hand, again) = (key(Action::ChooseServers, Context::Everywhere), key(Action::SignIn, Context::Notices));
    for (name, account) in &model.state.accounts {
        if account.links.contains_key(&Service::SignIn) {
            let address = account.identity.jid.as_deref().unwrap_or(&name.0);
            if !lines.is_empty() {
                lines.push(Line::Across(String::new(), Role::Text));
            }
            lines.push(Line::Across(format!("Sign in as {}", visible_line(address)), Role::Focus));
            of_account(account, brush, room, &mut lines);
            if let (Some(LinkState::Waiting { why, .. }), Some(at)) =
                (account.links.get(&Service::SignIn), account.sign_in.again)
            {
                lines.push(Line::Across(String::new(), Role::Text));
                across(&visible_line(&why.what), Role::Warning, room, &mut lines);
                let hour = text::clock_with_seconds(at, (model.setup.zone)(at));
                let words = format!("It is tried again by itself at {hour}, and at once when the network changes.");
                across(&words, Role::Accent, room, &mut lines);
                again.iter().for_each(|key| across(&format!("{key}  try now"), Role::Accent, room, &mut lines));
            }
            if let (Some(LinkState::Failed(_)), Some(key)) = (account.links.get(&Service::SignIn), &by_hand) {
                across(&format!("{key}  set servers by hand"), Role::Accent, room, &mut lines);
            }
        }
    }
    if lines.is_empty() {
        lines.push(Line::Across("Sign-in".into(), Role::Focus));
        lines.push(Line::Across(String::new(), Role::Text));
        across(NOBODY, Role::Dim, room, &mut lines);
    }
    let reading = &mut model.sign_in;
    reading.height = usize::from(room.height);
    reading.top = reading.row.min(lines.len().saturating_sub(reading.height));
    for (line, y) in lines.iter().skip(reading.top).zip(room.top()..room.bottom()) {
        draw_line(line, brush, room, y);
    }
}

fn draw_line(line: &Line, brush: &mut Brush<'_>, room: Rect, y: u16) {
    match line {
        Line::Across(words, role) => {
            brush.put(room, room.x + 1, y, words, *role);
        }
        Line::Rest(words, role) => {
            brush.put(room, room.x + ANSWER, y, words, *role);
        }
        Line::Step { number, sign, name, answer, took, role } => {
            let number = number.map(|number| number.to_string()).unwrap_or_default();
            brush.put(room, room.x + 1, y, &number, Role::Dim);
            brush.put(room, room.x + 3, y, sign, *role);
            let names = Rect { width: ANSWER - 1, ..room };
            brush.put(names, room.x + NAME, y, name, if *role == Role::Dim { Role::Dim } else { Role::Text });
            brush.put(room, room.x + ANSWER, y, answer, *role);
            let end = Rect { width: room.width.saturating_sub(1), ..room };
            brush.put_right(end, room.x + ANSWER, y, took, Role::Dim);
        }
    }
}

/// Words over as many lines as they need.
fn across(words: &str, role: Role, room: Rect, lines: &mut Vec<Line>) {
    let columns = usize::from(room.width.saturating_sub(2));
    lines.extend(text::wrap(words, columns).into_iter().map(|part| Line::Across(part, role)));
}

fn of_account(account: &AccountState, brush: &Brush<'_>, room: Rect, lines: &mut Vec<Line>) {
    let SignInTrace { steps, decision, .. } = &account.sign_in;
    for step in steps {
        of_step(step, brush, room, lines);
    }
    if let Some(Decision { authenticator, rule, .. }) = decision {
        let words = format!("{}  ({})", authenticator.words(), visible_line(rule));
        let head = ("authenticator", brush.sign("→", ">"), None, String::new());
        step_of(head, &words, Role::Accent, room, lines);
    }
    if let Some(LinkState::Failed(problem)) = account.links.get(&Service::SignIn) {
        lines.push(Line::Across(String::new(), Role::Text));
        across(&visible_line(&problem.what), Role::Error, room, lines);
        across(&visible_line(&problem.next), Role::Accent, room, lines);
    }
}

fn of_step(step: &Step, brush: &Brush<'_>, room: Rect, lines: &mut Vec<Line>) {
    let number = match step.name {
        StepName::Source(source) => Source::ORDER.iter().position(|of_order| *of_order == source).map(|at| at + 1),
        _ => None,
    };
    let (sign, role) = match step.outcome {
        Outcome::UnderWay => (brush.sign("…", "."), Role::Text),
        Outcome::Found => (brush.sign("✓", "+"), Role::Good),
        Outcome::Absent => (brush.sign("·", "-"), Role::Text),
        Outcome::Failed | Outcome::Timeout => ("!", Role::Warning),
        Outcome::Skipped => (" ", Role::Dim),
    };
    let answer = match (&step.answer, step.outcome) {
        (Some(answer), _) => visible_line(answer),
        (None, Outcome::UnderWay) => {
            step.server.as_deref().map(|server| format!("asking {}", visible_line(server))).unwrap_or_default()
        }
        (None, outcome) => outcome.name().to_owned(),
    };
    let took =
        if step.asked && step.outcome != Outcome::UnderWay { format!("{} ms", step.took.as_millis()) } else { String::new() };
    step_of((step.name.words(), sign, number, took), &answer, role, room, lines);
}

/// A step: its name, sign, number and time, and its answer over as many lines as it needs.
fn step_of(
    head: (&'static str, &'static str, Option<usize>, String),
    answer: &str,
    role: Role,
    room: Rect,
    lines: &mut Vec<Line>,
) {
    let (name, sign, number, took) = head;
    let columns = usize::from(room.width.saturating_sub(ANSWER + TOOK).max(TOOK));
    let mut parts = text::wrap(answer, columns).into_iter();
    let answer = parts.next().unwrap_or_default();
    lines.push(Line::Step { number, sign, name, answer, took, role });
    lines.extend(parts.map(|part| Line::Rest(part, role)));
}
