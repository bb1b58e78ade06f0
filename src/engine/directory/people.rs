//! Somebody as User Data Services describe them, as somebody of the directory: each text no longer than is of use.

use crate::engine::addresses::bare_jid;
use crate::engine::event::{DirectoryPerson, Line, PersonId};
use crate::machine::RemoteText;
use crate::protocol::cisco::uds::Person;

/// Letters of a text that are kept.
const LETTERS: usize = 256;

/// Somebody; none where nothing says who they are. They chat at `domain`, where the account has chat.
pub(super) fn person(from: &Person, domain: Option<&str>) -> Option<DirectoryPerson> {
    let id = from.user_name.as_ref().or(from.id.as_ref()).filter(|id| id.chars().count() <= LETTERS)?;
    let numbers = [(Line::Work, &from.phone_number), (Line::Mobile, &from.mobile_number), (Line::Home, &from.home_number)];
    let jid = || bare_jid(&format!("{}@{}", from.user_name.as_ref()?, domain?)).ok();
    Some(DirectoryPerson {
        name: name(from),
        title: text(from.title.as_ref()),
        department: text(from.department.as_ref()),
        manager: text(from.manager.as_ref()),
        numbers: numbers.into_iter().filter_map(|(line, number)| Some((line, text(Some(number.as_ref()?))))).collect(),
        uri: text(from.directory_uri.as_ref()),
        email: text(from.email.as_ref()),
        jid: jid(),
        id: PersonId(id.clone()),
    })
}

/// What to call them.
fn name(from: &Person) -> RemoteText {
    let whole = [&from.first_name, &from.middle_name, &from.last_name].into_iter().flatten();
    let whole = whole.cloned().collect::<Vec<_>>().join(" ");
    let known = [from.display_name.as_ref(), Some(&whole), from.nickname.as_ref(), from.user_name.as_ref()];
    let known = known.into_iter().chain([from.email.as_ref(), from.phone_number.as_ref(), from.id.as_ref()]);
    text(known.flatten().find(|name| !name.trim().is_empty()))
}

fn text(from: Option<&String>) -> RemoteText {
    RemoteText::new(from.map(|text| text.trim().chars().take(LETTERS).collect::<String>()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_name_is_called_by_what_is_known_and_who_is_nobody_is_left_out() {
        let some = |text: &str| Some(text.to_owned());
        let called = |from: Person| person(&from, None).map(|person| person.name.raw().to_owned());
        let ana = Person { user_name: some("ana"), first_name: some("Ana"), last_name: some("Ruiz"), ..Person::default() };
        assert_eq!(called(ana.clone()).as_deref(), Some("Ana Ruiz"));
        assert_eq!(called(Person { display_name: some("Ana R."), ..ana.clone() }).as_deref(), Some("Ana R."));
        assert_eq!(called(Person { user_name: some("ana"), ..Person::default() }).as_deref(), Some("ana"));
        assert_eq!(called(Person { id: some("{1}"), ..Person::default() }).as_deref(), Some("{1}"));
        assert_eq!(called(Person { display_name: some("Ana"), ..Person::default() }), None);
        let long = person(&Person { title: Some("x".repeat(9_000)), ..ana.clone() }, None).unwrap();
        assert_eq!(long.title.raw().len(), LETTERS);
        assert_eq!(person(&Person { user_name: Some("x".repeat(9_000)), ..ana }, None), None);
    }

    #[test]
    fn where_they_chat_follows_from_their_user_name_where_it_can() {
        let jid =
            |user: &str, domain| person(&Person { user_name: Some(user.to_owned()), ..Person::default() }, domain).unwrap().jid;
        assert_eq!(jid("ana", Some("lab.example")).as_deref(), Some("ana@lab.example"));
        assert_eq!(jid("ana", None), None);
        assert_eq!(jid("a b", Some("lab.example")), None);
        assert_eq!(jid("ana@evil.test/x", Some("lab.example")), None);
    }
}
