create table keys (
    id         uuid             not null primary key,
    org        text collate "C" not null,
    key        text collate "C" not null,
    spec       json             not null,
    retired    boolean          not null,
    revision   int              not null, -- of the key's stream
    updated_by text             not null,
    updated_at bigint           not null, -- microseconds
    position   bigint           not null, -- in the log, of the newest change in any environment
    unique (org, key)
);

create table rulesets (
    id          uuid    not null,
    environment text    not null,
    rules       json    not null,
    killed      boolean not null,
    primary key (id, environment)
);

create table history (
    id          uuid   not null,
    position    bigint not null, -- in the log
    environment text   not null, -- '': in all
    kind        text   not null,
    revision    int    not null, -- afterwards
    seen        int    not null, -- that it rested on
    by          text   not null,
    at          bigint not null, -- microseconds
    reason      text   not null,
    said        json,            -- the spec or the rules from then on
    primary key (id, position)
);
