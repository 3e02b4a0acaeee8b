-- What the followers of the log need beside a position: projections (version 1 and up) and processes (version 0).
-- A projection's version may have two copies: the one that readers get, and its shadow while it is built anew.
alter table checkpoints
    add column shadow      boolean     not null default false,
    add column build       uuid        not null default gen_random_uuid(), -- changes when the tables do: a worker of the tables before loses
    add column failed_event uuid,                                          -- its id, where the event could be read
    add column failed_at   timestamptz,
    add column undecodable boolean     not null default false,             -- the program lacked the event's type: one that has it goes on by itself
    add column rate        real        not null default 0,                 -- events per second, lately
    add column worker      text        not null default '',                -- the node that moved it last
    alter column status set default 'filling',                             -- filling, live, retired
    drop column target,
    drop column serving,                                                   -- with its index; live says it
    drop constraint checkpoints_pkey,
    add primary key (name, version, shadow);

create unique index checkpoints_one_live on checkpoints (name) where status = 'live';

-- Events that somebody decided to leave out of a version, and why. A rebuild of that version leaves them out again.
create table skips (
    name       text        not null,
    version    int         not null,
    position   bigint      not null,
    event_id   uuid,
    reason     text        not null,
    actor      text        not null,
    skipped_at timestamptz not null default now(),
    primary key (name, version, position)
);
