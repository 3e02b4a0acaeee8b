-- How far each reader of the log has come. A rebuild fills version N+1 beside N and takes over by moving serving.
create table checkpoints (
    name            text        not null,
    version         int         not null,
    position        bigint      not null default 0,         -- everything up to here is applied
    status          text        not null default 'running', -- words of the engine that owns the row
    serving         boolean     not null default false,     -- this is the version that readers get
    schema_hash     text        not null default '',        -- of the tables' definition: another one needs another version
    target          bigint      not null default 0,         -- the head when a rebuild began, for its progress
    failed_position bigint,                                 -- the event that cannot be applied
    error           text,
    attempts        int         not null default 0,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    primary key (name, version)
);

create unique index checkpoints_one_serves on checkpoints (name) where serving;
