create table releases (
    id          uuid             not null primary key,
    org         text collate "C" not null,
    environment text             not null,
    title       text             not null,
    state       text             not null,
    thawed      text             not null, -- what a frozen one goes back to
    weight      int              not null,
    lessons     uuid[]           not null,
    plan        json,                      -- without its lessons; null where a lesson was released at once
    note        text             not null,
    revision    int              not null, -- of its own stream
    created_by  text             not null,
    created_at  bigint           not null, -- microseconds
    updated_by  text             not null,
    updated_at  bigint           not null
);
create index on releases (environment, updated_at);
create index on releases using gin (lessons);

create table frozen (
    release   uuid not null,
    n         int  not null, -- place in the plan
    lesson    uuid not null,
    org       text not null,
    version   int  not null,
    questions json not null,
    primary key (release, n)
);

create table history (
    release  uuid   not null,
    position bigint not null, -- in the log
    kind     text   not null,
    by       text   not null,
    at       bigint not null, -- microseconds
    weight   int,             -- from then on
    reason   text   not null,
    figures  json,
    primary key (release, position)
);

-- What is live for those who are in no release under way.
create table baselines (
    environment text not null,
    lesson      uuid not null,
    release     uuid not null,
    primary key (environment, lesson)
);
create index on baselines (release);
