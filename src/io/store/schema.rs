//! The tables, as steps from each version to the next. A step that has been released is never edited.

use super::{calls, conversations, messages};
use rusqlite::{Connection, Error, TransactionBehavior};

/// From one version to the next.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The tables.
    pub sql: &'static str,
    /// What of the rows that are there SQL cannot say.
    pub fill: fn(&Connection) -> Result<(), Error>,
}

/// Step n leads from version n to n + 1; a new database begins at version 0.
pub const STEPS: &[Step] = &[
    Step { sql: include_str!("schema/1.sql"), fill: |_| Ok(()) },
    Step {
        sql: include_str!("schema/2.sql"),
        fill: |database| {
            messages::fill_words(database)?;
            calls::find_partners(database)?;
            conversations::mark_all_seen(database)
        },
    },
    Step { sql: include_str!("schema/3.sql"), fill: |_| Ok(()) },
];

/// What is wrong with a version.
#[derive(Debug)]
pub enum Unfit {
    /// The database is of this version, and we know fewer: a newer offhook has been here.
    Newer(usize),
    /// The database failed.
    Failed(Error),
}

impl From<Error> for Unfit {
    fn from(why: Error) -> Unfit {
        Unfit::Failed(why)
    }
}

/// Brings the database to the last of `steps`, whole or not at all; processes that come at once wait for each other.
///
/// # Errors
/// It is newer than the last step, or it fails.
pub fn migrate(database: &mut Connection, steps: &[Step]) -> Result<(), Unfit> {
    // Nothing is written, and nobody waited for, where there is nothing to do.
    if version(database)? == steps.len() {
        return Ok(());
    }
    let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&change)?;
    let ahead = steps.get(found..).ok_or(Unfit::Newer(found))?;
    for step in ahead {
        change.execute_batch(step.sql)?;
        (step.fill)(&change)?;
    }
    change.pragma_update(None, "user_version", u32::try_from(steps.len()).unwrap_or(u32::MAX))?;
    Ok(change.commit()?)
}

fn version(database: &Connection) -> Result<usize, Error> {
    let version: u32 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(database: &Connection) -> Vec<String> {
        let mut asked = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
        asked.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn every_older_version_comes_to_the_same_tables() {
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh, STEPS).unwrap();
        for older in 0..=STEPS.len() {
            let mut database = Connection::open_in_memory().unwrap();
            migrate(&mut database, &STEPS[..older]).unwrap();
            migrate(&mut database, STEPS).unwrap();
            assert_eq!(shape(&database), shape(&fresh), "from version {older}");
            assert_eq!(version(&database).unwrap(), STEPS.len());
        }
    }

    #[test]
    fn what_was_in_it_survives_each_step_and_a_step_that_fails_changes_nothing() {
        let steps = [
            "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('kept');",
            "ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT 'new';",
            "CREATE TABLE u (a TEXT); INSERT INTO t VALUES ('half', 'half'); INSERT INTO nowhere VALUES (1);",
        ]
        .map(|sql| Step { sql, fill: |_| Ok(()) });
        let mut database = Connection::open_in_memory().unwrap();
        for last in 1..=2 {
            migrate(&mut database, &steps[..last]).unwrap();
        }
        assert!(matches!(migrate(&mut database, &steps), Err(Unfit::Failed(_))));
        assert_eq!(version(&database).unwrap(), 2);
        let rows: (String, String) =
            database.query_row("SELECT a, b FROM t", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(rows, ("kept".into(), "new".into()));
        assert!(!shape(&database).iter().any(|table| table.contains("CREATE TABLE u")));
    }

    #[test]
    fn a_history_of_the_first_version_is_all_there_in_the_second() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate(&mut database, &STEPS[..1]).unwrap();
        database
            .execute_batch(
                "INSERT INTO messages (row, account, key, peer, ours, id, sender, recipient, body, at, archived, delivery)
                 VALUES (1, 'w', 'a', 'bob@example.test', 0, 'i', 's', 'r', 'Žluťoučký kůň 東京都', 7, 0, 'received'),
                        (2, 'w', 'b', 'bob@example.test', 1, 'i', 's', 'r', 'zlutoucky', 7, 0, 'sent'),
                        (3, 'h', 'a', 'eve@example.test', 0, 'i', 's', 'r', 'older', -9223372036854775808, 0, 'received');
                 INSERT INTO calls (account, incoming, peer, name, began, answered, ended, end, reason)
                 VALUES ('w', 1, 'sip:Bob@example.test;x=y', 'Bob', 9, NULL, 10, 'busy', '');",
            )
            .unwrap();
        migrate(&mut database, STEPS).unwrap();
        let all = |sql: &str| {
            let mut asked = database.prepare(sql).unwrap();
            let rows = asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect::<Vec<(String, i64)>>()
        };
        let pairs =
            |pairs: &[(&str, i64)]| pairs.iter().map(|(text, number)| ((*text).to_owned(), *number)).collect::<Vec<_>>();
        assert_eq!(
            all("SELECT body, row FROM messages ORDER BY time_key"),
            pairs(&[("older", 3), ("Žluťoučký kůň 東京都", 1), ("zlutoucky", 2)])
        );
        assert_eq!(
            all("SELECT key, row FROM messages JOIN words ON words.rowid = time_key WHERE words MATCH 'zlut*' ORDER BY row"),
            pairs(&[("a", 1), ("b", 2)])
        );
        assert_eq!(
            all("SELECT key, row FROM messages JOIN words ON words.rowid = time_key WHERE words MATCH '\"京\u{3}都\"'"),
            pairs(&[("a", 1)])
        );
        assert_eq!(all("SELECT partner, row + (1 << 62) FROM calls"), pairs(&[("bob@example.test", 1)]));
        assert_eq!(
            all("SELECT peer || ' ' || unread || ' ' || row, seen_at FROM conversations ORDER BY peer"),
            pairs(&[("bob@example.test 0 2", 9), ("eve@example.test 0 3", i64::MIN)])
        );
    }

    #[test]
    fn a_newer_database_is_refused_untouched() {
        let mut database = Connection::open_in_memory().unwrap();
        database.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(migrate(&mut database, STEPS), Err(Unfit::Newer(99))));
        assert_eq!(shape(&database), Vec::<String>::new());
    }
}
