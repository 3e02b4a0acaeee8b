create table lessons (
    lesson  uuid             not null primary key,
    org     text collate "C" not null,
    title   text             not null,
    owner   text collate "C" not null, -- who wrote it last
    retired boolean          not null
);

-- Where questions stand in drafts, and in the newest published versions.
create table places (
    lesson    uuid             not null,
    published boolean          not null,
    slot      text collate "C" not null,
    question  uuid             not null,
    number    int              not null, -- its version; 0, in a draft: the newest
    primary key (lesson, published, slot, question) -- a pool has many questions in one slot
);
create index places_question on places (question, lesson);

-- Questions that were ever revised.
create table revised (
    question uuid   not null primary key,
    revision int    not null, -- the newest
    latest   int    not null, -- the revision, or the last erratum of it
    at       bigint not null  -- microseconds, when the revision was published
);

create table declined (
    lesson   uuid   not null,
    question uuid   not null,
    version  int    not null,
    by       text   not null,
    reason   text   not null,
    at       bigint not null, -- microseconds
    primary key (lesson, question)
);
