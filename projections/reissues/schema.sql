create table reissues (
    id          uuid             not null primary key,
    org         text collate "C" not null,
    environment text             not null,
    question    uuid             not null, -- zero: a lesson
    lesson      uuid             not null, -- zero: a question
    version     int              not null,
    pins        json             not null,
    questions   uuid[]           not null, -- of the pins
    audience    json             not null,
    from_at     bigint           not null, -- microseconds; 0: as soon as it is granted
    until_at    bigint           not null,
    reason      text             not null,
    state       text             not null,
    second      boolean          not null, -- somebody else than who asked has to grant it
    students    int              not null, -- in the audience, when it was asked for or granted
    digest      text             not null, -- of who they were
    asked_by    text             not null,
    asked_at    bigint           not null, -- microseconds
    granted_by  text             not null default '',
    granted_at  bigint           not null default 0,
    granted     bigint           not null default 0, -- position: of two, the later one wins
    note        text             not null default '',
    ended_by    text             not null default '', -- who declined or revoked it
    ended_at    bigint           not null default 0,
    ended_why   text             not null default '',
    revision    int              not null,
    begun       boolean          not null default false, -- it was said that its window has begun
    expired     boolean          not null default false  -- and that it is over
);
create index reissues_asked on reissues (environment, asked_at, id);
create index reissues_granted on reissues (environment, until_at) where state = 'granted';
create index reissues_turning on reissues (until_at) where state = 'granted' and not expired;

create table takedowns (
    id          uuid             not null primary key,
    org         text collate "C" not null, -- of the question
    environment text             not null, -- '': every one
    question    uuid             not null,
    version     int              not null, -- 0: every version
    reason      text             not null,
    imposed_by  text             not null,
    imposed_at  bigint           not null, -- microseconds
    lifted_by   text             not null default '',
    lifted_at   bigint           not null default 0, -- 0: it stands
    lifted_why  text             not null default ''
);
create index takedowns_imposed on takedowns (imposed_at, id);
create index takedowns_standing on takedowns (environment) where lifted_at = 0;

-- Which lessons a release under way has, for its notices.
create table candidates (
    release     uuid             not null primary key,
    environment text             not null,
    lessons     uuid[]           not null
);

-- What students are told. subject is the reissue, the takedown, the release or the configuration key.
create table notices (
    position    bigint           not null primary key, -- of the event
    environment text             not null,             -- '': every one
    org         text collate "C" not null,             -- '': any
    kind        text             not null,
    subject     uuid             not null,
    data        json             not null,
    at          bigint           not null              -- microseconds
);
