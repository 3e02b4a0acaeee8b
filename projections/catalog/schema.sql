-- A question as authors see it in lists, with its draft, its newest version and what it is filed under.
create table questions (
    id             uuid             not null primary key,
    number         bigint           not null, -- of the code: in the order in which questions were created
    code           text             not null,
    org            text collate "C" not null,
    type_id        text             not null,
    type_version   text             not null,
    state          text             not null,
    revision       int              not null,
    draft_hash     text             not null,
    latest         int              not null, -- 0: never published
    published_hash text             not null, -- '': never published
    title          text             not null,
    subject        text             not null,
    stage          text             not null,
    grade          text             not null,
    chapter        text             not null,
    source         text             not null,
    category       text             not null,
    difficulty     text             not null,
    tags           text[]           not null,
    points         text[]           not null,
    summary        text             not null,
    problems       int              not null,
    batch          text             not null, -- '': not imported
    batch_source   text             not null,
    batch_hash     text             not null,
    created_by     text             not null,
    created_at     bigint           not null, -- microseconds
    updated_by     text             not null,
    updated_at     bigint           not null, -- microseconds
    changed        bigint           not null, -- position of the event that changed it last
    terms          tsvector         not null  -- "subject=math", "tag=hard": what filters ask for
);

-- What a draft says. Apart, because most events change neither.
create table drafts (
    id      uuid not null primary key,
    content json not null
);

create table words (
    id     uuid             not null primary key,
    org    text collate "C" not null, -- of the question, as its number: facets look for both
    number bigint           not null,
    words  tsvector         not null
);

-- Trying to compress what is short and various costs more than writing it.
alter table words alter column words set storage external;
