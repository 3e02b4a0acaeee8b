create table lessons (
    id         uuid             not null primary key,
    org        text collate "C" not null,
    title      text             not null,
    plan       json             not null, -- the draft
    outline    json             not null, -- the draft without cues and texts
    questions  int              not null,
    revision   int              not null,
    latest     int              not null, -- 0: never published
    retired    boolean          not null,
    master     uuid,                      -- what it is a copy of
    based_on   int              not null, -- version of the master that it has; 0: it is no copy
    term       text             not null,
    locks      json             not null,
    waiting    int              not null, -- requests for a change that are open
    created_by text             not null,
    created_at bigint           not null, -- microseconds
    updated_by text             not null,
    updated_at bigint           not null  -- microseconds
);

create index lessons_updated on lessons (updated_at, id);
create index lessons_master on lessons (master, id) where master is not null;

create table versions (
    lesson       uuid   not null,
    version      int    not null,
    plan         json   not null,
    outline      json   not null,
    published_by text   not null,
    published_at bigint not null, -- microseconds
    primary key (lesson, version)
);

-- What was asked of locked lessons.
create table changes (
    id           uuid   not null primary key,
    lesson       uuid   not null,
    revision     int    not null, -- of the draft that the plan was made from
    plan         json   not null,
    reason       text   not null,
    requested_by text   not null,
    requested_at bigint not null, -- microseconds
    state        text   not null, -- open, approved, declined, lapsed
    decided_by   text   not null,
    decided_at   bigint not null, -- microseconds; 0: not yet
    note         text   not null,
    downloaded   int              -- manifests served by the time of the approval; null: nobody counted
);

create index changes_lesson on changes (lesson, requested_at, id);

-- Where questions stand: in drafts (version 0) and in published versions.
create table uses (
    lesson           uuid             not null,
    version          int              not null,
    slot             text collate "C" not null, -- of a draw: its id
    drawn            int              not null, -- 1: from the pool of a draw
    question         uuid             not null,
    question_version int              not null, -- 0, in a draft: the newest
    stage            text             not null, -- "": the lesson has no stages
    cue              text             not null, -- "": the stage's own list
    primary key (lesson, version, slot, drawn, question)
);

create index uses_question on uses (question, lesson, version, slot, drawn);
