/// The history of the database's shape.
///
/// Append at the end; never edit, reorder or remove a step that has shipped. Ids are UUIDv7 text,
/// times integer milliseconds UTC, money integer nano-USD.
public enum Schema {
    public static let migrations = [
        """
        CREATE TABLE instance (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            token_key BLOB NOT NULL  -- signs access tokens
        ) STRICT;

        CREATE TABLE users (
            id TEXT PRIMARY KEY,
            email TEXT NOT NULL UNIQUE,  -- lower case
            name TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
            password_hash TEXT NOT NULL,  -- argon2id, encoded form
            created_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
            user_agent TEXT NOT NULL,
            address TEXT NOT NULL,
            created_ms INTEGER NOT NULL,
            last_used_ms INTEGER NOT NULL,
            expires_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX sessions_by_user ON sessions (user_id, last_used_ms);
        CREATE INDEX sessions_by_expiry ON sessions (expires_ms);

        -- Every refresh token a session ever had: a second use of an old one ends the session.
        CREATE TABLE refresh_tokens (
            hash BLOB PRIMARY KEY,  -- SHA-256
            session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
            used_ms INTEGER  -- when it was exchanged for the next one
        ) STRICT;
        CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

        CREATE TABLE sign_in_attempts (
            subject TEXT PRIMARY KEY,  -- 'account:…' or 'address:…', hashed
            failures INTEGER NOT NULL,
            last_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (last_ms);

        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
            title TEXT NOT NULL,
            title_source TEXT NOT NULL CHECK (title_source IN ('text', 'model', 'user')),
            model TEXT,
            fallback_models TEXT NOT NULL DEFAULT '[]',  -- JSON list of ids, tried in this order
            active_message_id TEXT,  -- the leaf of the branch that is shown
            created_ms INTEGER NOT NULL,
            updated_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX conversations_by_user ON conversations (user_id, updated_ms, id);

        CREATE TABLE messages (
            id TEXT PRIMARY KEY,
            conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
            parent_id TEXT,  -- of the same conversation; goes with it
            role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
            text TEXT NOT NULL,
            reasoning TEXT,
            created_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX messages_by_parent ON messages (conversation_id, parent_id, id);

        CREATE TABLE generations (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            conversation_id TEXT NOT NULL,
            message_id TEXT NOT NULL UNIQUE REFERENCES messages ON DELETE CASCADE,
            user_message_id TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('queued', 'running', 'completed', 'failed', 'stopped', 'interrupted')),
            model TEXT NOT NULL,
            model_name TEXT NOT NULL,
            provider TEXT NOT NULL,
            requested_model TEXT,  -- the one chosen first, where a fallback answered
            upstream_id TEXT,  -- the provider's own id of the call
            created_ms INTEGER NOT NULL,
            first_token_ms INTEGER,
            reasoning_ms INTEGER,  -- how long the model reasoned before it answered
            finished_ms INTEGER,
            prompt_tokens INTEGER,
            completion_tokens INTEGER,
            reasoning_tokens INTEGER,
            cached_tokens INTEGER,
            cost_nano_usd INTEGER,
            cost_estimated INTEGER NOT NULL DEFAULT 0,
            finish_reason TEXT,
            error_code TEXT,
            error_detail TEXT,
            idempotency_key TEXT,
            request_digest BLOB  -- SHA-256 of what the key was first used for
        ) STRICT;
        CREATE INDEX generations_running ON generations (conversation_id)
            WHERE state IN ('queued', 'running');
        CREATE UNIQUE INDEX generations_by_key ON generations (user_id, idempotency_key)
            WHERE idempotency_key IS NOT NULL;

        -- What was spent. An entry outlives the person and the conversation it is about: no references.
        CREATE TABLE ledger (
            generation_id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            model TEXT NOT NULL,
            provider TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('reserved', 'settled', 'released')),
            reserved_nano_usd INTEGER NOT NULL,  -- the most it was expected to cost
            reported_nano_usd INTEGER,  -- what the provider says that it cost
            listed_nano_usd INTEGER,  -- what it costs by the price list
            cost_nano_usd INTEGER,  -- what is booked: reported, else listed
            prompt_tokens INTEGER,
            completion_tokens INTEGER,
            reasoning_tokens INTEGER,
            cached_tokens INTEGER,
            upstream_id TEXT,  -- the provider's own id of the call
            inquiries INTEGER NOT NULL DEFAULT 0,  -- how often the provider was asked for the cost
            inquiry_ms INTEGER,  -- when it is asked next
            created_ms INTEGER NOT NULL,
            settled_ms INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX ledger_by_user ON ledger (user_id, created_ms);
        CREATE INDEX ledger_open ON ledger (state) WHERE state = 'reserved' AND inquiry_ms IS NULL;
        CREATE INDEX ledger_inquiries ON ledger (inquiry_ms) WHERE inquiry_ms IS NOT NULL;
        """,
        """
        -- Where a message stands in its branch, so that any place of a long one is found in few steps.
        ALTER TABLE messages ADD COLUMN ordinal INTEGER;  -- how many stand before it
        -- The nearest before it whose ordinal is a multiple of 64; see MessageStore+Branch.swift.
        ALTER TABLE messages ADD COLUMN milestone_id TEXT;
        WITH RECURSIVE placed (id, conversation_id, ordinal, milestone_id) AS (
            SELECT id, conversation_id, 0, NULL FROM messages WHERE parent_id IS NULL
            UNION ALL
            SELECT messages.id, messages.conversation_id, placed.ordinal + 1,
                CASE WHEN placed.ordinal % 64 = 0 THEN placed.id ELSE placed.milestone_id END
            FROM placed JOIN messages ON messages.conversation_id = placed.conversation_id
                AND messages.parent_id = placed.id
        )
        UPDATE messages SET ordinal = placed.ordinal, milestone_id = placed.milestone_id
        FROM placed WHERE placed.id = messages.id;
        -- For workers of the version before, which go on during the upgrade.
        CREATE TRIGGER messages_placed AFTER INSERT ON messages WHEN NEW.ordinal IS NULL BEGIN
            UPDATE messages SET
                ordinal = coalesce((SELECT ordinal + 1 FROM messages WHERE id = NEW.parent_id), 0),
                milestone_id = (SELECT CASE WHEN ordinal % 64 = 0 THEN id ELSE milestone_id END
                    FROM messages WHERE id = NEW.parent_id)
            WHERE id = NEW.id;
        END;
        """,
        """
        -- Deleted conversations are kept for a while, and shown nowhere.
        ALTER TABLE conversations ADD COLUMN deleted_ms INTEGER;
        DROP INDEX conversations_by_user;
        CREATE INDEX conversations_shown ON conversations (user_id, deleted_ms, updated_ms, id);
        CREATE INDEX conversations_deleted ON conversations (deleted_ms)
            WHERE deleted_ms IS NOT NULL;
        -- As they are searched, see FoldedText.swift; NULL until jobs have made it.
        ALTER TABLE conversations ADD COLUMN title_folded TEXT;
        CREATE INDEX conversations_unfolded ON conversations (id) WHERE title_folded IS NULL;
        -- For workers of the version before, which go on during the upgrade.
        CREATE TRIGGER conversations_retitled AFTER UPDATE OF title ON conversations
            WHEN NEW.title <> OLD.title AND NEW.title_folded IS OLD.title_folded BEGIN
            UPDATE conversations SET title_folded = NULL WHERE id = NEW.id;
        END;
        -- What was taken before there were limits.
        UPDATE conversations SET title = substr(title, 1, 120)
            WHERE length(CAST(title AS BLOB)) > 480;
        UPDATE conversations SET model = NULL WHERE length(CAST(model AS BLOB)) > 200;
        """,
        """
        -- Keys are made from a secret outside the database and this salt. The key that stood here
        -- signs for another hour, while workers of before may run, and then goes.
        ALTER TABLE instance ADD COLUMN key_salt BLOB;
        ALTER TABLE instance ADD COLUMN old_key_until_ms INTEGER;
        UPDATE instance
        SET key_salt = randomblob(32), old_key_until_ms = unixepoch() * 1000 + 3600000;
        """,
        """
        -- The calls of the entry whose cost is still to be asked for: JSON, see OpenCalls.
        ALTER TABLE ledger ADD COLUMN open_calls TEXT;
        -- What the provider said of the failure: JSON, see Problem.Reason.
        ALTER TABLE generations ADD COLUMN error_reason TEXT;
        """,
        """
        -- One request to a provider that may cost money. It outlives the person and the generation it
        -- is about: no references.
        CREATE TABLE calls (
            id TEXT PRIMARY KEY,
            feature TEXT NOT NULL,  -- what it was for
            user_id TEXT NOT NULL,
            key_id TEXT,  -- the API key that it was made with
            generation_id TEXT,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,  -- the one asked for
            answered_model TEXT,  -- the one that answered, as the provider calls it
            -- reserved: it runs (finished_ms is NULL), or its cost is asked for (inquiry_ms is not)
            state TEXT NOT NULL CHECK (state IN ('reserved', 'settled', 'released')),
            reserved_nano_usd INTEGER NOT NULL,  -- the most it was expected to cost
            -- What its cost is estimated by.
            estimated_prompt_tokens INTEGER NOT NULL,
            prices TEXT,  -- as they were: JSON, see ModelPrices
            tells_cost INTEGER NOT NULL,  -- whether the provider can be asked for the cost afterwards
            prompt_tokens INTEGER,
            completion_tokens INTEGER,
            reasoning_tokens INTEGER,
            cached_tokens INTEGER,
            cache_write_tokens INTEGER,
            media_units INTEGER,  -- pictures, or seconds of video
            reported_nano_usd INTEGER,  -- what the provider says that it cost
            listed_nano_usd INTEGER,  -- what it costs by the price list
            cost_nano_usd INTEGER,  -- what is booked: reported, else listed
            cost_estimated INTEGER NOT NULL DEFAULT 0,  -- what is booked is no word of the provider's
            upstream_id TEXT,  -- the provider's own id of the call
            outcome TEXT,  -- how it ended: see Booking
            inquiries INTEGER NOT NULL DEFAULT 0,  -- how often the provider was asked for the cost
            inquiry_ms INTEGER,  -- when it is asked next
            created_ms INTEGER NOT NULL,
            first_token_ms INTEGER,
            finished_ms INTEGER,
            settled_ms INTEGER,
            host TEXT NOT NULL  -- the machine that made it
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX calls_by_user ON calls (user_id, created_ms);
        CREATE INDEX calls_by_time ON calls (created_ms);
        CREATE INDEX calls_by_generation ON calls (generation_id) WHERE generation_id IS NOT NULL;
        CREATE INDEX calls_open ON calls (user_id) WHERE finished_ms IS NULL;
        CREATE INDEX calls_inquiries ON calls (inquiry_ms) WHERE inquiry_ms IS NOT NULL;

        -- What the calls that have ended come to by day and one thing more, see Rollup.swift. A day is
        -- one of UTC, counted from 1970-01-01.
        CREATE TABLE usage_by_user (
            day INTEGER NOT NULL,
            user_id TEXT NOT NULL,
            calls INTEGER NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            reasoning_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL,
            cache_write_tokens INTEGER NOT NULL,
            media_units INTEGER NOT NULL,
            cost_nano_usd INTEGER NOT NULL,
            PRIMARY KEY (day, user_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE usage_by_model (
            day INTEGER NOT NULL,
            model TEXT NOT NULL,
            provider TEXT NOT NULL,
            feature TEXT NOT NULL,
            calls INTEGER NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            reasoning_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL,
            cache_write_tokens INTEGER NOT NULL,
            media_units INTEGER NOT NULL,
            cost_nano_usd INTEGER NOT NULL,
            PRIMARY KEY (day, model, provider, feature)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE usage_by_key (
            day INTEGER NOT NULL,
            key_id TEXT NOT NULL,
            calls INTEGER NOT NULL,
            prompt_tokens INTEGER NOT NULL,
            completion_tokens INTEGER NOT NULL,
            reasoning_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL,
            cache_write_tokens INTEGER NOT NULL,
            media_units INTEGER NOT NULL,
            cost_nano_usd INTEGER NOT NULL,
            PRIMARY KEY (day, key_id)
        ) STRICT, WITHOUT ROWID;

        -- Workers of the version before go on writing the ledger; jobs takes its entries over, those
        -- that are there too, see OldEntries.swift.
        ALTER TABLE ledger ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX ledger_unadopted ON ledger (generation_id) WHERE adopted = 0;
        """,
    ]
}
