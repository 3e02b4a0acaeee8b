create table files (
    id          uuid             not null primary key,
    org         text collate "C" not null,
    hash        text collate "C" not null, -- SHA-256
    state       text             not null, -- kept, marked, gone
    title       text             not null,
    media       text             not null, -- media type
    size        bigint           not null, -- bytes
    width       int              not null, -- pixels; 0: none
    height      int              not null, -- pixels
    duration    bigint           not null, -- milliseconds; 0: not known
    tags        text[]           not null,
    removed     text[]           not null, -- what cleaning took out
    revision    int              not null,
    uploaded_by text             not null,
    uploaded_at bigint           not null, -- microseconds
    updated_at  bigint           not null, -- microseconds
    marked_at   bigint           not null  -- microseconds; 0: not marked
);

create index files_hash on files (hash);
create index files_uploaded on files (uploaded_at, id);

-- Questions and lessons.
create table sources (
    id   uuid             not null primary key,
    kind text             not null, -- question, lesson
    org  text collate "C" not null
);

-- Where hashes stand, or stood.
create table uses (
    hash    text collate "C" not null,
    source  uuid             not null,
    version int              not null, -- 0: the draft
    places  int              not null, -- how often
    since   bigint           not null, -- microseconds
    until   bigint           not null, -- microseconds; 0: still
    primary key (hash, source, version)
);

create index uses_source on uses (source) where version = 0;
