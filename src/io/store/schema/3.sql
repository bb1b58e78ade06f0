-- Words of new messages are indexed once a transaction, by whoever keeps messages. The index writes what it has gathered to
-- its tables at each savepoint, and each message that fires a trigger is one.
DROP TRIGGER words_of_new;
