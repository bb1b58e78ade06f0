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
    /// One person.
    Person,
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
    pub const ALL: [Context; 14] = [
        Context::Everywhere,
        Context::People,
        Context::Conversation,
        Context::Compose,
        Context::Call,
        Context::CallScreen,
        Context::Calls,
        Context::Person,
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
            Context::Person => "person",
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
            Context::Person => "Person",
            Context::Voicemail => "Voicemail",
            Context::Notices => "Notices and sign-in",
            Context::Settings => "Settings",
            Context::Picker => "Palette, filter and search",
            Context::Form => "Forms",
            Context::Question => "Questions",
        }
    }

    /// Where it is, behind what can be done only there.
    #[must_use]
    pub const fn place(self) -> &'static str {
        match self {
            Context::Everywhere => "everywhere",
            Context::People => "in people",
            Context::Conversation => "in a conversation",
            Context::Compose => "while writing",
            Context::Call | Context::CallScreen => "in a call",
            Context::Calls => "in past calls",
            Context::Person => "with a person open",
            Context::Voicemail => "in voicemail",
            Context::Notices => "in notices",
            Context::Settings => "in settings",
            Context::Picker => "in a list",
            Context::Form => "in a form",
            Context::Question => "in a question",
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
    /// Other words that people look for it by.
    pub also: &'static str,
}

macro_rules! actions {
    ($($action:ident $name:literal [$($context:ident)+] $help:literal $also:literal;)+) => {
        /// Something that the user can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $help] $action,)+
        }

        /// All actions, in the order of the key help.
        pub const ACTIONS: &[Row] = &[
            $(Row { action: Action::$action, name: $name, contexts: &[$(Context::$context),+], help: $help, also: $also },)+
        ];
    };
}

actions! {
    Palette "palette" [Everywhere] "Find and do anything: actions, people, conversations, numbers" "command menu";
    Keys "keys" [Everywhere] "Show the keys that work here" "help shortcuts bindings hotkeys";
    Back "back" [Everywhere] "Go back, close, or cancel what is awaited" "close cancel";
    NextPane "next-pane" [Everywhere] "Go to the next pane" "focus window";
    Dial "dial" [Everywhere] "Call a number or an address; a digit begins one" "phone ring telephone";
    SearchMessages "search-messages" [Everywhere] "Search all messages" "find history grep log";
    NextUnread "next-unread" [Everywhere] "Go to the next conversation with unread messages" "new unseen";
    ShowPeople "show-people" [Everywhere] "Go to the people" "contacts buddies roster";
    ShowCalls "show-calls" [Everywhere] "Show past calls" "history recent missed log";
    ShowVoicemail "show-voicemail" [Everywhere] "Show voicemail" "mailbox messages answering machine";
    ShowNotices "show-notices" [Everywhere] "Show notices" "errors warnings problems log";
    ShowSignIn "show-sign-in" [Everywhere] "Show how sign-in went, step by step" "trace login why log certificate";
    ShowSettings "show-settings" [Everywhere] "Show the settings" "preferences options configure theme colours colors sound microphone devices bell keymap notifications";
    Tour "tour" [Everywhere] "Take the tour of ten keys, or end it" "tutorial help learn introduction";
    SetPresence "set-presence" [Everywhere] "Set your status: available, away, do not disturb" "presence away busy available dnd disturb invisible offline";
    AddPerson "add-person" [Everywhere] "Add somebody to your people" "contact buddy friend invite new";
    AddAccount "add-account" [Everywhere] "Add an account" "login register new";
    AddByHand "add-account-by-hand" [Everywhere] "Add an account on open standards, with servers of your own" "manual proxy sip xmpp";
    ChooseServers "choose-servers" [Everywhere] "Set servers by hand" "manual cucm webex authenticator host";
    SignIn "sign-in" [Everywhere] "Sign in again" "login log retry reconnect connect online";
    TypePassword "type-password" [Everywhere] "Type the password of an account again" "login wrong refused";
    Certificate "certificate" [Everywhere] "View the certificate that is not trusted, and decide" "trust tls ssl authority fingerprint";
    SignOut "sign-out" [Everywhere] "Sign out of an account, and stay here" "logout log disconnect offline";
    Redraw "redraw" [Everywhere] "Draw the whole screen again" "refresh repaint";
    Suspend "suspend" [Everywhere] "Back to the shell for a while; calls are silent until you return" "background pause";
    Quit "quit" [Everywhere] "Sign out and leave" "exit close bye end";

    Next "next" [People Conversation Calls Person Voicemail Notices Settings Picker Question Form] "Go down" "";
    Previous "previous" [People Conversation Calls Person Voicemail Notices Settings Picker Question Form] "Go up" "";
    PageDown "page-down" [People Conversation Compose Calls Voicemail Notices Settings Picker] "Go down a page" "";
    PageUp "page-up" [People Conversation Compose Calls Voicemail Notices Settings Picker] "Go up a page" "";
    First "first" [People Conversation Calls Person Voicemail Notices Settings] "Go to the first" "";
    Last "last" [People Conversation Calls Person Voicemail Notices Settings] "Go to the last" "";
    Open "open" [People Calls Person Voicemail Notices Settings Picker Conversation] "Open what is chosen" "";

    Trust "trust" [Notices] "Trust the certificate that was not, after a look at it" "accept tls";
    TrustOnce "trust-once" [Notices] "Trust it once, after a look at it" "accept tls";

    Filter "filter" [People] "Narrow the list by typing" "find search";
    Fold "fold" [People] "Fold or unfold the group" "";
    CallPerson "call-person" [People Conversation Compose Calls Person Voicemail] "Call this person" "phone ring telephone dial";
    ShowPerson "show-person" [People Conversation Compose] "Show what is known of this person: numbers, title, photo" "details card profile contact info directory";
    Rename "rename" [People Conversation] "Change the name and groups of this person" "edit nickname contact";
    RemovePerson "remove-person" [People Conversation] "Remove this person from your people" "delete contact buddy";
    Allow "allow" [People] "Let this person see your presence" "accept authorize subscription";
    Refuse "refuse" [People] "Do not let this person see your presence" "deny reject block subscription";

    Write "write" [Conversation People Person] "Write a message" "compose reply text chat";
    Resend "resend" [Conversation] "Send the chosen message again, if it failed or is unsent" "retry";
    GiveUp "give-up" [Conversation] "Give the chosen message up: it will not be sent" "cancel delete discard";
    CopyMessage "copy-message" [Conversation] "Copy the chosen message" "yank clipboard";
    CopyLink "copy-link" [Conversation] "Copy the link in the chosen message" "url yank clipboard";

    Send "send" [Compose] "Send what is written" "";
    NewLine "new-line" [Compose] "Begin a new line" "";

    Play "play" [Voicemail] "Play the chosen message from its beginning" "listen voicemail";
    Pause "pause" [Voicemail] "Pause what is played, or go on" "resume";
    SeekBack "seek-back" [Voicemail] "Go 5 seconds back in what is played" "rewind";
    SeekOn "seek-on" [Voicemail] "Go 5 seconds on in what is played" "forward";
    StopPlaying "stop-playing" [Voicemail] "Play no more" "end";
    MarkHeard "mark-heard" [Voicemail] "Mark the chosen message as heard, or as not heard" "read unread";
    DeleteVoicemail "delete-voicemail" [Voicemail] "Delete the chosen message" "remove";
    UndeleteVoicemail "undelete-voicemail" [Voicemail] "Put back the chosen message, or what was deleted last" "undo restore";

    Answer "answer" [Call] "Answer the call that rings" "accept pick take";
    Decline "decline" [Call] "Decline the call that rings" "reject refuse ignore";
    HangUp "hang-up" [Call] "Hang up" "end finish stop";
    Hold "hold" [Call] "Hold the call, or take it back" "park pause resume wait";
    Mute "mute" [Call] "Mute your microphone, or unmute it" "silence mic";
    SwitchCall "switch-call" [Call] "Hold this call and go to the other one" "swap line";
    OpenCall "open-call" [Call] "Open the call's screen: figures, keypad" "dtmf tones quality details";
    Keypad "keypad" [CallScreen] "Send tones: type 0 to 9, * and #" "dtmf digits";

    CharLeft "char-left" [Compose Picker Form] "Go left" "";
    CharRight "char-right" [Compose Picker Form] "Go right" "";
    WordLeft "word-left" [Compose Picker Form] "Go a word left" "";
    WordRight "word-right" [Compose Picker Form] "Go a word right" "";
    LineStart "line-start" [Compose Picker Form] "Go to the beginning of the line" "";
    LineEnd "line-end" [Compose Picker Form] "Go to the end of the line" "";
    LineUp "line-up" [Compose] "Go a line up" "";
    LineDown "line-down" [Compose] "Go a line down" "";
    DeleteBack "delete-back" [Compose Picker Form] "Delete the character before the cursor" "";
    DeleteChar "delete-char" [Compose Picker Form] "Delete the character under the cursor" "";
    DeleteWordBack "delete-word-back" [Compose Picker Form] "Delete the word before the cursor" "";
    DeleteToEnd "delete-to-end" [Compose Picker Form] "Delete to the end of the line" "";
    DeleteToStart "delete-to-start" [Compose Picker Form] "Delete to the beginning of the line" "";
    PutBack "put-back" [Compose Picker Form] "Put back what was deleted last" "";
    Undo "undo" [Compose] "Undo" "";
    Redo "redo" [Compose] "Redo" "";

    NextField "next-field" [Form] "Go to the next field" "";
    PreviousField "previous-field" [Form] "Go to the previous field" "";
    Accept "accept" [Form Question Picker] "Accept" "";
    MoreFields "more-fields" [Form] "Show all fields of the form, or only the first ones" "";
    Toggle "toggle" [Form Settings] "Turn on or off, or take the next choice" "";
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

impl Row {
    /// Each of these words begins a word of its help, its name or what else people look for it by.
    #[must_use]
    pub fn is_meant_by(&self, words: &str) -> bool {
        let known = format!("{} {} {}", self.help, self.name, self.also).to_lowercase();
        let begins = |typed: &str| known.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(typed));
        let words = words.to_lowercase();
        let typed: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|typed| !typed.is_empty()).collect();
        // Signs alone mean nothing.
        typed.is_empty() == words.trim().is_empty() && typed.into_iter().all(begins)
    }

    /// It can be done only while somebody rings or a call goes on.
    #[must_use]
    pub fn is_of_a_call(&self) -> bool {
        self.contexts.contains(&Context::Call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_found_by_the_words_of_newcomers_and_not_by_scattered_letters() {
        for (typed, wanted) in [
            ("help", Action::Keys),
            ("mute", Action::Mute),
            ("hold", Action::Hold),
            ("theme", Action::ShowSettings),
            ("history", Action::SearchMessages),
            ("logout", Action::SignOut),
            ("log out", Action::SignOut),
            ("exit", Action::Quit),
            ("contact", Action::AddPerson),
            ("dnd", Action::SetPresence),
            ("Stat", Action::SetPresence),
            ("password", Action::TypePassword),
            ("trust", Action::Certificate),
            ("retry", Action::SignIn),
        ] {
            assert!(wanted.row().is_meant_by(typed), "{typed}");
        }
        assert!(!Action::AddAccount.row().is_meant_by("stat") && !Action::Filter.row().is_meant_by("help"));
        assert!(ACTIONS.iter().all(|row| !row.is_meant_by("transfer")), "what there is not is not found");
        assert!(ACTIONS.iter().all(|row| row.is_meant_by(" ") && !row.is_meant_by("/")), "a sign is none of their words");
    }

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
