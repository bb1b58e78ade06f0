//! The one table of what may look different: meanings, never widgets. Themes, their check and their help derive from it.

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct RoleRow {
    /// Which.
    pub role: Role,
    /// In theme files.
    pub name: &'static str,
    /// What it stands for.
    pub help: &'static str,
}

macro_rules! roles {
    ($($role:ident $name:literal $help:literal;)+) => {
        /// What something on the screen means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role {
            $(#[doc = $help] $role,)+
        }

        /// All meanings, in the order of the theme files.
        pub const ROLES: &[RoleRow] = &[$(RoleRow { role: Role::$role, name: $name, help: $help },)+];
    };
}

roles! {
    Text "text" "Ordinary text";
    Dim "dim" "Less important text: times, addresses, hints";
    Accent "accent" "What the eye should find";
    Title "title" "The title of a pane";
    Focus "focus" "The title of the pane that has the focus";
    Selected "selected" "The chosen row, where the focus is";
    SelectedElsewhere "selected-elsewhere" "The chosen row of a pane without the focus";
    Unread "unread" "What has not been read, and how many";
    Mention "mention" "What speaks of you";
    Available "available" "Somebody is there";
    Away "away" "Somebody is away";
    Busy "busy" "Somebody does not want to be disturbed";
    OnCall "on-call" "Somebody is on a call";
    Offline "offline" "Somebody is not there";
    Own "own" "What you wrote";
    Theirs "theirs" "Who wrote it, when it was not you";
    Sent "sent" "A message that the server has";
    Delivered "delivered" "A message that has arrived";
    Waiting "waiting" "A message that is on its way, or waits for a connection";
    Failed "failed" "A message that did not go out";
    Unknown "unknown" "A message of which nobody knows whether it arrived";
    Missed "missed" "A call that was missed";
    Link "link" "A link in a text";
    SearchHit "search-hit" "What was searched for, in what was found";
    Key "key" "A key to press";
    Rule "rule" "Lines between panes";
    Status "status" "The status line";
    Header "header" "The line at the top";
    Strip "strip" "The line of the call";
    Ringing "ringing" "The line of a call that rings";
    Panel "panel" "What lies above the rest, on a wide screen";
    Secure "secure" "What is encrypted";
    Insecure "insecure" "What is not encrypted, or not known to be";
    Good "good" "A figure that is as it should be";
    Warning "warning" "What you should know";
    Error "error" "What went wrong";
    Success "success" "What went well";
    Input "input" "A text that is being written";
    Placeholder "placeholder" "What an empty field asks for";
}

impl Role {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static RoleRow {
        // Rows stand in the order of the variants: the macro writes both.
        ROLES.get(self as usize).unwrap_or(&ROLES[0])
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Role> {
        ROLES.iter().find(|row| row.name == name).map(|row| row.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_variants_and_names_are_unique() {
        for (at, row) in ROLES.iter().enumerate() {
            assert_eq!(row.role as usize, at);
            assert_eq!(row.role.row().name, row.name);
            assert_eq!(Role::named(row.name), Some(row.role));
        }
    }
}
