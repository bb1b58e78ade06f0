//! The one table of what the user can do: its name, where it can be done, and a line of help. Keys, palette, key help,
//! the man page and the tests derive from it.

/// Where a key is pressed. A key means what the innermost of these says, then what [`Context::Everywhere`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Whatever has the focus.
    Everywhere,
    /// The list of people and conversations.
    People,
    /// The entries of a conversation.
    Conversation,
    /// Where a message is written.
    Compose,
    /// Somebody rings, or a call goes on, and nothing is being typed.
    Call,
    /// The screen of one call.
    CallScreen,
    /// The list of calls that were.
    Calls,
    /// The list of voicemail.
    Voicemail,
    /// The list of notices.
    Notices,
    /// The settings.
    Settings,
    /// A list that is narrowed by typing: palette, filter, search.
    Picker,
    /// Fields to fill in.
    Form,
    /// A question with a few answers.
    Question,
}

impl Context {
    /// All, in the order of the key help.
    pub const ALL: [Context; 13] = [
        Context::Everywhere,
        Context::People,
        Context::Conversation,
        Context::Compose,
        Context::Call,
        Context::CallScreen,
        Context::Calls,
        Context::Voicemail,
        Context::Notices,
        Context::Settings,
        Context::Picker,
        Context::Form,
        Context::Question,
    ];

    /// The name of its table in a keymap file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Context::Everywhere => "everywhere",
            Context::People => "people",
            Context::Conversation => "conversation",
            Context::Compose => "compose",
            Context::Call => "call",
            Context::CallScreen => "call-screen",
            Context::Calls => "calls",
            Context::Voicemail => "voicemail",
            Context::Notices => "notices",
            Context::Settings => "settings",
            Context::Picker => "picker",
            Context::Form => "form",
            Context::Question => "question",
        }
    }

    /// Where it is, in words for the key help.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Context::Everywhere => "Everywhere",
            Context::People => "People",
            Context::Conversation => "Conversation",
            Context::Compose => "Writing",
            Context::Call => "While somebody rings or a call goes on",
            Context::CallScreen => "Call",
            Context::Calls => "Past calls",
            Context::Voicemail => "Voicemail",
            Context::Notices => "Notices",
            Context::Settings => "Settings",
            Context::Picker => "Palette, filter and search",
            Context::Form => "Forms",
            Context::Question => "Questions",
        }
    }

    /// What is typed goes into a text: a plain letter is no key there.
    #[must_use]
    pub const fn types(self) -> bool {
        matches!(self, Context::Compose | Context::Picker | Context::Form)
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What.
    pub action: Action,
    /// In keymaps and in the palette.
    pub name: &'static str,
    /// Where it can be done.
    pub contexts: &'static [Context],
    /// A line of help, as an order.
    pub help: &'static str,
}

macro_rules! actions {
    ($($action:ident $name:literal [$($context:ident)+] $help:literal;)+) => {
        /// Something that the user can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $help] $action,)+
        }

        /// All actions, in the order of the key help.
        pub const ACTIONS: &[Row] = &[
            $(Row { action: Action::$action, name: $name, contexts: &[$(Context::$context),+], help: $help },)+
        ];
    };
}

actions! {
    Palette "palette" [Everywhere] "Find and do anything: actions, people, conversations, numbers";
    Keys "keys" [Everywhere] "Show the keys that work here";
    Back "back" [Everywhere] "Go back, close, or cancel what is awaited";
    NextPane "next-pane" [Everywhere] "Go to the next pane";
    Dial "dial" [Everywhere] "Call a number or an address";
    SearchMessages "search-messages" [Everywhere] "Search all messages";
    NextUnread "next-unread" [Everywhere] "Go to the next conversation with unread messages";
    ShowPeople "show-people" [Everywhere] "Go to the people";
    ShowCalls "show-calls" [Everywhere] "Show past calls";
    ShowVoicemail "show-voicemail" [Everywhere] "Show voicemail";
    ShowNotices "show-notices" [Everywhere] "Show notices";
    ShowSignIn "show-sign-in" [Everywhere] "Show how sign-in went, step by step";
    ShowSettings "show-settings" [Everywhere] "Show the settings";
    Tour "tour" [Everywhere] "Take the tour of ten keys, or end it";
    SetPresence "set-presence" [Everywhere] "Say whether you are there, and what you do";
    AddPerson "add-person" [Everywhere] "Add somebody to your people";
    AddAccount "add-account" [Everywhere] "Add an account";
    AddByHand "add-account-by-hand" [Everywhere] "Add an account on open standards, with servers of your own";
    ChooseServers "choose-servers" [Everywhere] "Choose who signs an account in, and where";
    SignIn "sign-in" [Everywhere] "Sign in again";
    SignOut "sign-out" [Everywhere] "Sign out of an account, and stay here";
    Redraw "redraw" [Everywhere] "Draw the whole screen again";
    Suspend "suspend" [Everywhere] "Back to the shell for a while; calls are silent until you return";
    Quit "quit" [Everywhere] "Sign out and leave";

    Next "next" [People Conversation Calls Voicemail Notices Settings Picker Question Form] "Go down";
    Previous "previous" [People Conversation Calls Voicemail Notices Settings Picker Question Form] "Go up";
    PageDown "page-down" [People Conversation Compose Calls Voicemail Notices Settings Picker] "Go down a page";
    PageUp "page-up" [People Conversation Compose Calls Voicemail Notices Settings Picker] "Go up a page";
    First "first" [People Conversation Calls Voicemail Notices Settings] "Go to the first";
    Last "last" [People Conversation Calls Voicemail Notices Settings] "Go to the last";
    Open "open" [People Calls Voicemail Notices Settings Picker Conversation] "Open what is chosen";

    Filter "filter" [People] "Narrow the list by typing";
    Fold "fold" [People] "Fold or unfold the group";
    CallPerson "call-person" [People Conversation Calls Voicemail] "Call whom this is about";
    Rename "rename" [People Conversation] "Change the name and groups of this person";
    RemovePerson "remove-person" [People Conversation] "Remove this person from your people";
    Allow "allow" [People] "Let this person see your presence";
    Refuse "refuse" [People] "Do not let this person see your presence";

    Write "write" [Conversation People] "Write a message";
    Resend "resend" [Conversation] "Send the chosen message again, if it failed or is unsent";
    GiveUp "give-up" [Conversation] "Give the chosen message up: it will not be sent";
    CopyMessage "copy-message" [Conversation] "Copy the chosen message";
    CopyLink "copy-link" [Conversation] "Copy the link in the chosen message";

    Send "send" [Compose] "Send what is written";
    NewLine "new-line" [Compose] "Begin a new line";

    Play "play" [Voicemail] "Play the chosen message from its beginning";
    Pause "pause" [Voicemail] "Pause what is played, or go on";
    SeekBack "seek-back" [Voicemail] "Go 5 seconds back in what is played";
    SeekOn "seek-on" [Voicemail] "Go 5 seconds on in what is played";
    StopPlaying "stop-playing" [Voicemail] "Play no more";
    MarkHeard "mark-heard" [Voicemail] "Mark the chosen message as heard, or as not heard";
    DeleteVoicemail "delete-voicemail" [Voicemail] "Delete the chosen message";
    UndeleteVoicemail "undelete-voicemail" [Voicemail] "Put back the chosen message, or what was deleted last";

    Answer "answer" [Call] "Answer the call that rings";
    Decline "decline" [Call] "Decline the call that rings";
    HangUp "hang-up" [Call] "Hang up";
    Hold "hold" [Call] "Hold the call, or take it back";
    Mute "mute" [Call] "Mute your microphone, or unmute it";
    SwitchCall "switch-call" [Call] "Hold this call and go to the other one";
    OpenCall "open-call" [Call] "Open the call's screen: figures, keypad";
    Keypad "keypad" [CallScreen] "Send tones: type 0 to 9, * and #";

    CharLeft "char-left" [Compose Picker Form] "Go left";
    CharRight "char-right" [Compose Picker Form] "Go right";
    WordLeft "word-left" [Compose Picker Form] "Go a word left";
    WordRight "word-right" [Compose Picker Form] "Go a word right";
    LineStart "line-start" [Compose Picker Form] "Go to the beginning of the line";
    LineEnd "line-end" [Compose Picker Form] "Go to the end of the line";
    LineUp "line-up" [Compose] "Go a line up";
    LineDown "line-down" [Compose] "Go a line down";
    DeleteBack "delete-back" [Compose Picker Form] "Delete the character before the cursor";
    DeleteChar "delete-char" [Compose Picker Form] "Delete the character under the cursor";
    DeleteWordBack "delete-word-back" [Compose Picker Form] "Delete the word before the cursor";
    DeleteToEnd "delete-to-end" [Compose Picker Form] "Delete to the end of the line";
    DeleteToStart "delete-to-start" [Compose Picker Form] "Delete to the beginning of the line";
    PutBack "put-back" [Compose Picker Form] "Put back what was deleted last";
    Undo "undo" [Compose] "Undo";
    Redo "redo" [Compose] "Redo";

    NextField "next-field" [Form] "Go to the next field";
    PreviousField "previous-field" [Form] "Go to the previous field";
    Accept "accept" [Form Question Picker] "Accept";
    MoreFields "more-fields" [Form] "Show all fields of the form, or only the first ones";
    Toggle "toggle" [Form Settings] "Turn on or off, or take the next choice";
}

impl Action {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        // Rows stand in the order of the variants: the macro writes both.
        ACTIONS.get(self as usize).unwrap_or(&ACTIONS[0])
    }

    /// The action of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Action> {
        ACTIONS.iter().find(|row| row.name == name).map(|row| row.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_variants_and_names_are_unique() {
        for (at, row) in ACTIONS.iter().enumerate() {
            assert_eq!(row.action as usize, at);
            assert_eq!(row.action.row().name, row.name);
            assert_eq!(Action::named(row.name), Some(row.action));
        }
    }

    #[test]
    fn help_is_one_short_line() {
        for row in ACTIONS {
            assert!(row.help.len() <= 72, "{}: {}", row.name, row.help.len());
            assert!(!row.help.ends_with('.') && row.help.starts_with(char::is_uppercase), "{}", row.name);
        }
    }
}
