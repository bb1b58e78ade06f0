//! Sign-in shows its work: each step, what was answered, how long it took, and which rule decided.

use super::paint::{Brush, scrolled};
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

/// One line of the screen.
struct Line {
    number: Option<usize>,
    sign: &'static str,
    name: String,
    answer: String,
    took: String,
    role: Role,
}

/// Draws the sign-ins of all accounts by address.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    let mut lines: Vec<Result<Line, String>> = Vec::new();
    let by_hand = model.setup.keymap.keys_of(Action::ChooseServers, Context::Everywhere).into_iter().next();
    for (name, account) in &model.state.accounts {
        if account.links.contains_key(&Service::SignIn) {
            let address = account.identity.jid.clone().unwrap_or_else(|| name.0.clone());
            if !lines.is_empty() {
                lines.push(Err(String::new()));
            }
            lines.push(Err(format!("Sign in as {}", visible_line(&address))));
            of_account(account, brush, room, &mut lines);
            if let (Some(LinkState::Failed(_)), Some(key)) = (account.links.get(&Service::SignIn), &by_hand) {
                lines.push(Err(format!("{key}  choose who signs you in, and where")));
            }
        }
    }
    if lines.is_empty() {
        brush.put(room, room.x + 1, room.y, "Sign-in", Role::Focus);
        let none = "No account signs in by its address. Add one that has no servers of its own.";
        brush.put(room, room.x + 1, room.y + 2, none, Role::Dim);
        return;
    }
    let chosen = &mut model.sign_in;
    chosen.height = usize::from(room.height);
    chosen.row = chosen.row.min(lines.len() - 1);
    chosen.top = scrolled(chosen.top, chosen.row, lines.len(), chosen.height);
    for (line, y) in lines.iter().skip(chosen.top).zip(room.top()..room.bottom()) {
        match line {
            Err(heading) => {
                brush.put(room, room.x + 1, y, heading, Role::Focus);
            }
            Ok(line) => draw_line(line, brush, room, y),
        }
    }
}

fn draw_line(line: &Line, brush: &mut Brush<'_>, room: Rect, y: u16) {
    let number = line.number.map(|number| number.to_string()).unwrap_or_default();
    brush.put(room, room.x + 1, y, &number, Role::Dim);
    brush.put(room, room.x + 3, y, line.sign, line.role);
    let names = Rect { width: ANSWER - 1, ..room };
    brush.put(names, room.x + NAME, y, &line.name, if line.role == Role::Dim { Role::Dim } else { Role::Text });
    let end = Rect { width: room.width.saturating_sub(1), ..room };
    let begins = brush.put_right(end, room.x + ANSWER, y, &line.took, Role::Dim);
    let answers = Rect { width: begins.saturating_sub(room.x + 1), ..room };
    brush.put(answers, room.x + ANSWER, y, &line.answer, line.role);
}

fn of_account(account: &AccountState, brush: &Brush<'_>, room: Rect, lines: &mut Vec<Result<Line, String>>) {
    let SignInTrace { steps, decision, .. } = &account.sign_in;
    for step in steps {
        lines.push(Ok(of_step(step, brush)));
    }
    if let Some(Decision { authenticator, rule, .. }) = decision {
        let sign = brush.sign("→", ">");
        let words = format!("{}  ({})", authenticator.words(), visible_line(rule));
        let columns = usize::from(room.width.saturating_sub(ANSWER + 2));
        for (at, part) in text::wrap(&words, columns).into_iter().enumerate() {
            let (sign, name) = if at == 0 { (sign, "authenticator") } else { ("", "") };
            lines.push(Ok(Line {
                number: None,
                sign,
                name: name.into(),
                answer: part,
                took: String::new(),
                role: Role::Accent,
            }));
        }
    }
    if let Some(LinkState::Failed(problem)) = account.links.get(&Service::SignIn) {
        let columns = usize::from(room.width.saturating_sub(NAME + 2));
        lines.push(Err(String::new()));
        let what = text::wrap(&visible_line(&problem.what), columns).into_iter().map(|line| (line, Role::Error));
        let next = text::wrap(&visible_line(&problem.next), columns).into_iter().map(|line| (line, Role::Accent));
        for (name, role) in what.chain(next) {
            lines.push(Ok(Line { number: None, sign: "", name: String::new(), answer: name, took: String::new(), role }));
        }
    }
}

fn of_step(step: &Step, brush: &Brush<'_>) -> Line {
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
    Line { number, sign, name: step.name.words().into(), answer, took, role }
}
