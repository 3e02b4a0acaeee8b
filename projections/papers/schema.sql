create table papers (
    id         uuid             not null primary key,
    org        text collate "C" not null,
    title      text             not null,
    plan       json             not null, -- the draft
    unmet      json             not null, -- what its blueprints demand in vain
    revision   int              not null,
    latest     int              not null, -- 0: never published
    retired    boolean          not null,
    created_by text             not null,
    created_at bigint           not null, -- microseconds
    updated_by text             not null,
    updated_at bigint           not null  -- microseconds
);

create index papers_updated on papers (updated_at, id);

create table versions (
    paper        uuid   not null,
    version      int    not null,
    title        text   not null,
    plan         json   not null,
    unmet        json   not null, -- what its blueprints demand and it does not have, as was accepted
    reason       text   not null, -- for accepting that
    published_by text   not null,
    published_at bigint not null, -- microseconds
    primary key (paper, version)
);

-- What came of looking for questions.
create table assemblies (
    paper     uuid   not null,
    revision  int    not null,
    targets   text[] not null, -- none: all with a blueprint
    report    json   not null,
    made_by   text   not null,
    made_at   bigint not null, -- microseconds
    primary key (paper, revision)
);

-- Where questions stand: in drafts (version 0) and in published versions.
create table uses (
    paper            uuid             not null,
    version          int              not null,
    place            text collate "C" not null, -- the slot, or the pool's id
    question         uuid             not null,
    question_version int              not null  -- 0, in a draft: the newest
);

create index uses_question on uses (question, paper, version, place);
create index uses_paper on uses (paper, version);
