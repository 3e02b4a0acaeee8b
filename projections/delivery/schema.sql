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

-- Where students were ever given a view, and by which version: by a release, a reissue or a class session, also one that is over. Attempts go on and
-- devices keep packages, so nothing is taken away here.
create table given (
    view        text             not null,
    environment text             not null,
    org         text collate "C" not null,
    question    uuid             not null,
    version     int              not null,
    primary key (view, environment, org, question, version)
);

-- What reissues give, in the order of their pins: what was asked for with the errata that were published since. Those that were declined or revoked
-- give nothing any more.
create table reissues (
    reissue     uuid             not null primary key,
    environment text             not null,
    org         text collate "C" not null,
    questions   uuid[]           not null,
    versions    int[]            not null,
    until_at    bigint           not null, -- microseconds
    granted     boolean          not null
);
create index on reissues using gin (questions); -- where an erratum has to go

-- Class sessions that have not started.
create table sessions (
    session     uuid             not null primary key,
    environment text             not null,
    org         text collate "C" not null
);

create table lesson_versions (
    lesson  uuid not null,
    version int  not null,
    plan    json not null,
    primary key (lesson, version)
);

-- The baseline of each lesson, which everybody gets who is in no candidate. Its frozen set is three arrays of the same order.
create table live (
    environment text             not null,
    lesson      uuid             not null,
    org         text collate "C" not null,
    release     uuid             not null,
    version     int              not null, -- of the lesson
    slots       text[]           not null,
    questions   uuid[]           not null,
    versions    int[]            not null,
    note        text             not null,
    released_at bigint           not null, -- microseconds
    primary key (environment, lesson)
);
create index on live using gin (questions); -- where an erratum has to go

-- Releases that have a plan, as their own streams have them.
create table releases (
    release   uuid   not null primary key,
    terms     json   not null, -- unit, total and rules: what does not change
    note      text   not null,
    state     text   not null,
    thawed    text   not null, -- what a frozen one goes back to
    weight    int    not null,
    frozen_at bigint not null  -- microseconds; when it last was; 0: never
);

create table release_lessons (
    release   uuid             not null,
    lesson    uuid             not null,
    org       text collate "C" not null,
    version   int              not null,
    slots     text[]           not null,
    questions uuid[]           not null,
    versions  int[]            not null,
    primary key (release, lesson)
);

-- Which release has which lesson now.
create table candidates (
    environment text not null,
    lesson      uuid not null,
    release     uuid not null,
    primary key (environment, lesson)
);
create index on candidates (release);

-- Who began an attempt with a candidate: while its release is frozen, they are in, beside whoever was served it.
create table members (
    release uuid not null,
    student uuid not null, -- opaque, as the roster has it
    primary key (release, student)
);

-- Secret: read by scoring and, after reveal, by review. Nothing else looks here.

create table solutions (
    question uuid not null,
    version  int  not null,
    solution json not null,
    primary key (question, version)
);
