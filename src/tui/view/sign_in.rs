//! Sign-in shows its work: each step, what was answered, how long it took, and which rule decided.

use super::paint::Brush;
use crate::engine::event::{Decision, LinkState, Outcome, Service, SignInTrace, Source, Step, StepName};
use crate::engine::state::AccountState;
use crate::machine::visible_line;
use crate::tui::action::Action;
use crate::tui::model::{Model, Trouble, trouble_of, trouble_words};
use crate::tui::text;
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use std::time::Duration;

/// Columns of the sign and of the name of a step.
const NAME: u16 = 5;
const ANSWER: u16 = NAME + 22;

/// What stands there while nobody signs in by an address.
const NOBODY: &str = "No account signs in by its address yet. One that is added without servers of its own does.";

/// Columns that are kept for how long a step took.
const TOOK: u16 = 10;

/// Below so many columns that room is for the answers, and only of a step that was slow it is said how long it took.
const TIGHT: u16 = 70;

/// From here on a step was slow.
const SLOW: Duration = Duration::from_secs(1);

/// One line of the screen.
enum Line {
    /// Whose sign-in it is: it stays in sight.
    Title(String),
    /// Words over all columns.
    Across(String, Role),
    /// Keys, and what each does.
    Keys(Vec<(String, &'static str)>),
    /// What a step shows first.
    Step { number: Option<usize>, sign: &'static str, name: &'static str, answer: String, took: String, role: Role },
    /// What did not fit into the line above.
    Rest(String, Role),
}

/// Draws the sign-ins of all accounts by address.
pub fn draw(model: &mut Model, brush: &mut Brush<'_>, room: Rect) {
    let mut lines: Vec<Line> = Vec::new();
    let again = model.key_here(Action::SignIn);
    for (name, account) in &model.state.accounts {
        let by_address = account.links.contains_key(&Service::SignIn);
        let trouble = trouble_of(account);
        if by_address || trouble.is_some() {
            let identity = &account.identity;
            let address = identity.address.as_ref().or(identity.jid.as_ref()).or(identity.sip.as_ref()).unwrap_or(&name.0);
            if !lines.is_empty() {
                lines.push(Line::Across(String::new(), Role::Text));
            }
            lines.push(Line::Title(format!("Sign in as {}", visible_line(address))));
            of_account(account, brush, room, &mut lines);
            if let (Some(LinkState::Waiting { why, .. }), Some(at)) =
                (account.links.get(&Service::SignIn), account.sign_in.again)
            {
                lines.push(Line::Across(String::new(), Role::Text));
                across(&visible_line(&why.to_string()), Role::Warning, room, &mut lines);
                let hour = text::clock_with_seconds(at, (model.setup.zone)(at));
                let words = format!("It is tried again by itself at {hour}, and at once when the network changes.");
                across(&words, Role::Accent, room, &mut lines);
                lines.extend(again.clone().map(|key| Line::Keys(vec![(key, "try now")])));
            }
            lines.extend(trouble.map(|trouble| Line::Keys(ways_out(model, trouble, by_address))));
        }
    }
    if lines.is_empty() {
        lines.push(Line::Title("Sign-in".into()));
        lines.push(Line::Across(String::new(), Role::Text));
        across(NOBODY, Role::Dim, room, &mut lines);
    }
    // What lies above has its own keys.
    let older = model.key_here(Action::Previous).filter(|_| model.overlays.is_empty());
    let reading = &mut model.sign_in;
    // The title takes the first row whatever is read below it.
    let below = Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room };
    reading.height = usize::from(below.height);
    reading.top = reading.row.min(lines.len().saturating_sub(1 + reading.height));
    let is_title = |line: &&Line| matches!(line, Line::Title(_));
    if let Some(title) = lines.iter().take(reading.top + 1).rfind(is_title) {
        draw_line(title, brush, room, room.y);
    }
    if reading.top > 0 {
        let words = older.map(|key| format!("{key} {} more above", reading.top)).unwrap_or_default();
        let end = Rect { width: room.width.saturating_sub(1), ..room };
        brush.put_right(end, room.x + ANSWER, room.y, &words, Role::Dim);
    }
    for (line, y) in lines.iter().skip(reading.top + 1).zip(below.top()..below.bottom()) {
        draw_line(line, brush, room, y);
    }
}

/// The keys that help, and what each does.
fn ways_out(model: &Model, trouble: Trouble<'_>, by_address: bool) -> Vec<(String, &'static str)> {
    let keys: &[(Action, &str)] = match trouble {
        Trouble::Password { .. } => &[(Action::Open, "type the password")],
        Trouble::Certificate(_) => {
            &[(Action::Certificate, "view it"), (Action::Trust, "trust it"), (Action::TrustOnce, "trust it once")]
        }
        Trouble::Failed(_) if by_address => &[(Action::SignIn, "try again"), (Action::ChooseServers, "set servers by hand")],
        Trouble::Failed(_) => &[(Action::SignIn, "try again")],
        Trouble::SignedOut => &[(Action::SignIn, "sign in")],
    };
    keys.iter().filter_map(|(action, words)| Some((model.key_here(*action)?, *words))).collect()
}

fn draw_line(line: &Line, brush: &mut Brush<'_>, room: Rect, y: u16) {
    match line {
        Line::Title(words) => {
            brush.put(room, room.x + 1, y, words, Role::Focus);
        }
        Line::Across(words, role) => {
            brush.put(room, room.x + 1, y, words, *role);
        }
        Line::Keys(keys) => {
            let mut x = room.x + 1;
            for (key, words) in keys {
                x = brush.put(room, x, y, key, Role::Key);
                x = brush.put(room, x + 1, y, words, Role::Text) + 3;
            }
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
            brush.put(room, room.x + ANSWER, y, answer, of_answer(*role));
            let end = Rect { width: room.width.saturating_sub(1), ..room };
            brush.put_right(end, room.x + ANSWER, y, took, Role::Dim);
        }
    }
}

/// Of what went well the sign says so, and the words are to be read.
fn of_answer(role: Role) -> Role {
    if role == Role::Good { Role::Text } else { role }
}

/// Words over as many lines as they need.
fn across(words: &str, role: Role, room: Rect, lines: &mut Vec<Line>) {
    let columns = usize::from(room.width.saturating_sub(2));
    lines.extend(text::wrap(words, columns).into_iter().map(|part| Line::Across(part, role)));
}

fn of_account(account: &AccountState, brush: &Brush<'_>, room: Rect, lines: &mut Vec<Line>) {
    let SignInTrace { steps, decision, .. } = &account.sign_in;
    // A check after the start is told late, and stands where it belongs.
    let mut steps: Vec<&Step> = steps.iter().collect();
    steps.sort_by_key(|step| place(step.name).unwrap_or(usize::MAX));
    for step in steps {
        of_step(step, brush, room, lines);
    }
    if let Some(Decision { authenticator, rule, .. }) = decision {
        let words = format!("{}  ({})", authenticator.words(), visible_line(rule));
        let head = ("authenticator", brush.sign("→", ">"), None, String::new());
        step_of(head, &words, Role::Accent, room, lines);
    }
    if trouble_of(account).is_some() {
        lines.push(Line::Across(String::new(), Role::Text));
    }
    for (service, link) in &account.links {
        let of = match service {
            Service::SignIn => "",
            Service::Chat => "Chat: ",
            Service::Phone => "Phone: ",
            Service::Voicemail => "Voicemail: ",
        };
        match link {
            LinkState::Failed(problem) => {
                across(&format!("{of}{}", trouble_words(problem)), Role::Error, room, lines);
                // What to do about a certificate the keys say.
                if problem.certificate.is_none() && !problem.next.is_empty() {
                    across(&visible_line(&problem.next), Role::Accent, room, lines);
                }
            }
            LinkState::NeedsPassword { refused: true, .. } => {
                across(&format!("{of}The password was refused. It is not tried again by itself."), Role::Error, room, lines);
            }
            LinkState::NeedsPassword { .. } => across(&format!("{of}The password is wanted."), Role::Warning, room, lines),
            LinkState::Offline | LinkState::Connecting | LinkState::Online { .. } | LinkState::Waiting { .. } => {}
        }
    }
    if trouble_of(account) == Some(Trouble::SignedOut) {
        across("Signed out.", Role::Text, room, lines);
    }
}

/// Where a source stands in the order.
fn place(step: StepName) -> Option<usize> {
    match step {
        StepName::Source(source) => Source::ORDER.iter().position(|of_order| *of_order == source),
        _ => None,
    }
}

fn of_step(step: &Step, brush: &Brush<'_>, room: Rect, lines: &mut Vec<Line>) {
    let number = place(step.name).map(|at| at + 1);
    let (sign, role) = match step.outcome {
        Outcome::UnderWay => (brush.sign("…", "."), Role::Text),
        Outcome::Found => (brush.sign("✓", "+"), Role::Good),
        Outcome::Absent => (brush.sign("·", "-"), Role::Dim),
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
    let is_told = step.asked && step.outcome != Outcome::UnderWay && (room.width >= TIGHT || step.took >= SLOW);
    let took = if is_told { format!("{} ms", step.took.as_millis()) } else { String::new() };
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
    let (answer, took, beside) = match (room.width < TIGHT, took.is_empty()) {
        (false, _) => (answer.to_owned(), took, TOOK),
        (true, true) => (answer.to_owned(), took, 1),
        (true, false) => (format!("{answer}  ({took})"), String::new(), 1),
    };
    let columns = usize::from(room.width.saturating_sub(ANSWER + beside).max(TOOK));
    let mut parts = text::wrap(&answer, columns).into_iter();
    let answer = parts.next().unwrap_or_default();
    lines.push(Line::Step { number, sign, name, answer, took, role });
    lines.extend(parts.map(|part| Line::Rest(part, of_answer(role))));
}
