create table regrades (
    id           uuid             not null primary key,
    org          text collate "C" not null,
    environment  text             not null,
    question     uuid             not null,
    from_version int              not null, -- the first wrong version
    to_version   int              not null, -- the erratum
    state        text             not null,
    revision     int              not null,
    policy       text             not null, -- that was asked for; '': none yet
    reason       text             not null,
    asked_by     text             not null,
    decided_by   text             not null,
    round        int              not null, -- of the latest approval
    figures      json,
    proposed_at  bigint           not null, -- microseconds
    updated_at   bigint           not null  -- microseconds
);
create index on regrades (environment, updated_at);
create index on regrades (question);
create index on regrades (environment) where state = 'standing';

create table history (
    regrade  uuid   not null,
    position bigint not null, -- in the log
    kind     text   not null,
    by       text   not null,
    at       bigint not null, -- microseconds
    policy   text   not null,
    reason   text   not null,
    figures  json,
    primary key (regrade, position)
);
