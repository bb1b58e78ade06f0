//! `GET /users?name=…`: a search in the directory, page by page.

use crate::protocol::cisco::xml::{Node, Unreadable, parse};

/// People beyond this many on one page are not read: administrators may allow 500.
const MOST: usize = 500;

/// One page of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// So many stand before this page.
    pub start: u32,
    /// So many are on it, as the server says.
    pub returned: Option<u32>,
    /// So many were found in all, as the server says.
    pub total: Option<u32>,
    /// They.
    pub people: Vec<Person>,
}

/// One person of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// URI of their own resource.
    pub uri: Option<String>,
    /// Key in the database.
    pub id: Option<String>,
    /// As they sign in.
    pub user_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Nickname.
    pub nickname: Option<String>,
    /// Name for people.
    pub display_name: Option<String>,
    /// At work.
    pub phone_number: Option<String>,
    /// At home.
    pub home_number: Option<String>,
    /// On the way.
    pub mobile_number: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Directory URI.
    pub directory_uri: Option<String>,
    /// Address at a server of Microsoft's.
    pub ms_uri: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Whom they report to.
    pub manager: Option<String>,
    /// What they are.
    pub title: Option<String>,
    /// Pager.
    pub pager: Option<String>,
}

impl Users {
    /// Reads an answer.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<Users, Unreadable> {
        let root = parse(bytes, "users", "the answer of users")?;
        let number = |name: &str| root.attribute(name).and_then(|text| text.parse().ok());
        Ok(Users {
            start: number("start").unwrap_or(0),
            returned: number("returnedCount"),
            total: number("totalCount"),
            people: root.all("user").into_iter().take(MOST).map(person).collect(),
        })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut root = Node::new("users")
            .with_attribute("version", super::version::WRITTEN)
            .with_attribute("start", self.start.to_string());
        for (name, number) in [("returnedCount", self.returned), ("totalCount", self.total)] {
            if let Some(number) = number {
                root = root.with_attribute(name, number.to_string());
            }
        }
        root.with_all(self.people.iter().map(node)).write()
    }
}

fn person(node: &Node) -> Person {
    Person {
        uri: node.attribute("uri").map(ToOwned::to_owned),
        id: node.string_of("id"),
        user_name: node.string_of("userName"),
        first_name: node.string_of("firstName"),
        middle_name: node.string_of("middleName"),
        last_name: node.string_of("lastName"),
        nickname: node.string_of("nickName"),
        display_name: node.string_of("displayName"),
        phone_number: node.string_of("phoneNumber"),
        home_number: node.string_of("homeNumber"),
        mobile_number: node.string_of("mobileNumber"),
        email: node.string_of("email"),
        directory_uri: node.string_of("directoryUri"),
        ms_uri: node.string_of("msUri"),
        department: node.string_of("department"),
        manager: node.string_of("manager"),
        title: node.string_of("title"),
        pager: node.string_of("pager"),
    }
}

fn node(person: &Person) -> Node {
    let mut node = Node::new("user");
    if let Some(uri) = &person.uri {
        node = node.with_attribute("uri", uri);
    }
    for (name, text) in [
        ("id", &person.id),
        ("userName", &person.user_name),
        ("firstName", &person.first_name),
        ("lastName", &person.last_name),
        ("middleName", &person.middle_name),
        ("nickName", &person.nickname),
        ("displayName", &person.display_name),
        ("phoneNumber", &person.phone_number),
        ("homeNumber", &person.home_number),
        ("mobileNumber", &person.mobile_number),
        ("email", &person.email),
        ("directoryUri", &person.directory_uri),
        ("msUri", &person.ms_uri),
        ("department", &person.department),
        ("manager", &person.manager),
        ("title", &person.title),
        ("pager", &person.pager),
    ] {
        node = node.with_leaf(name, text.clone().unwrap_or_default());
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_as_it_is_read_and_the_others_know_no_end() {
        let bob = Person { user_name: Some("bob".into()), title: Some("<CTO>".into()), ..Person::default() };
        let page = Users { start: 64, returned: Some(1), total: Some(65), people: vec![bob.clone()] };
        assert_eq!(Users::parse(&page.write()), Ok(page));
        let many = Users { people: vec![bob; 700], ..Users::default() };
        assert_eq!(Users::parse(&many.write()).unwrap().people.len(), MOST);
        assert_eq!(Users::parse(b"<users totalCount='many'/>"), Ok(Users::default()));
    }
}
