-- Public: what students may see. No row here depends on an answer key, and none holds a hash that does.

create table question_versions (
    question     uuid   not null,
    version      int    not null,
    kind         text   not null, -- erratum, revision
    type         text   not null, -- "single-choice@1.0.0"
    public_hash  text   not null, -- of the public view's canonical bytes
    published_at bigint not null, -- microseconds
    primary key (question, version)
);

-- Public views by their hash. Two versions that differ in secrets only share one.
create table blobs (
    hash  text  primary key,
    bytes bytea not null
);

create table lesson_versions (
    lesson  uuid not null,
    version int  not null,
    plan    json not null,
    primary key (lesson, version)
);

-- The release that is live, and its frozen set as two arrays in the order of released.
create table live (
    environment text             not null,
    lesson      uuid             not null,
    org         text collate "C" not null,
    version     int              not null,
    questions   uuid[]           not null,
    versions    int[]            not null,
    released    json             not null,
    released_at bigint           not null, -- microseconds
    primary key (environment, lesson)
);

-- Secret: read by scoring and, after reveal, by review. Nothing else looks here.

create table solutions (
    question uuid not null,
    version  int  not null,
    solution json not null,
    primary key (question, version)
);
