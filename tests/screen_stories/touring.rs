//! The tour of ten keys, taken and left.

use super::user::User;

#[test]
fn the_tour_leads_on_when_its_key_is_pressed() {
    let mut user = User::signed_in();
    user.press("T");
    user.sees(&["Tour 1/10", "j go down the list of people", "T ends it"]);
    user.main_shot("tour");
    user.press("k");
    user.sees(&["Tour 1/10"]);
    user.press("C");
    user.write("bo");
    user.press("esc");
    user.sees(&["Tour 1/10"]);
    user.press("j");
    user.sees(&["Tour 2/10", "/ find somebody"]);
    user.press("/");
    user.write("bo");
    user.sees(&["Tour 3/10", "Esc show everybody again", "Alt-t ends it"]);
    user.press("esc j enter");
    user.sees(&["Tour 5/10", "Enter write a few words"]);
    user.write("hello");
    user.press("enter esc");
    user.sees(&["Tour 7/10", "c call whom"]);
    // Where letters are written the key of elsewhere is none.
    user.press("enter");
    user.sees(&["Tour 7/10", "Alt-c call whom"]);
    user.press("esc");
    // Who does not call anybody goes past that, and it does not count.
    user.press("ctrl-p");
    user.sees(&["Tour 8/8", "F1 show the keys that work where you are"]);
    user.press("esc alt-t");
    user.sees_not(&["Tour"]);
}
