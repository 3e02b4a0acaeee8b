create table lessons (
    id         uuid             not null primary key,
    org        text collate "C" not null,
    title      text             not null,
    plan       json             not null, -- the draft
    questions  int              not null,
    revision   int              not null,
    latest     int              not null, -- 0: never published
    retired    boolean          not null,
    created_by text             not null,
    created_at bigint           not null, -- microseconds
    updated_by text             not null,
    updated_at bigint           not null  -- microseconds
);

create index lessons_updated on lessons (updated_at, id);

create table versions (
    lesson       uuid   not null,
    version      int    not null,
    plan         json   not null,
    published_by text   not null,
    published_at bigint not null, -- microseconds
    primary key (lesson, version)
);

-- Where questions stand: in drafts (version 0) and in published versions.
create table uses (
    lesson           uuid             not null,
    version          int              not null,
    slot             text collate "C" not null,
    question         uuid             not null,
    question_version int              not null, -- 0, in a draft: the newest
    primary key (lesson, version, slot)
);

create index uses_question on uses (question, lesson, version, slot);
