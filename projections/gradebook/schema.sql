-- What an attempt was asked: a JSON list of places.
create table forms (
    form   uuid primary key, -- hash of the list
    places json not null
);

-- Which forms ask which version of a question.
create table asked (
    question uuid not null,
    version  int  not null,
    form     uuid not null,
    primary key (question, version, form)
);

-- An update at the finish changes no indexed column and finds room in its page.
create table attempts (
    attempt     uuid   primary key,
    environment text   not null,
    org         text   collate "C" not null,
    lesson      uuid   not null,
    version     int    not null, -- of the lesson
    student     text   not null,
    person      uuid   not null, -- of the student, as the roster has it
    number      int    not null, -- of the student's attempts at the lesson: 1, 2, 3 ...
    classes     uuid[] not null, -- of the student at the start
    form        uuid   not null,
    items       int    not null, -- places
    max         bigint not null, -- millionths of a mark
    started_at  bigint not null, -- microseconds
    finished_at bigint not null default 0, -- 0: open
    -- Of a finished attempt, else 0:
    total       bigint not null default 0,
    answered    int    not null default 0, -- places
    pending     int    not null default 0, -- places that wait for a person
    dropped     bigint not null default 0  -- of max, what is not to be had any more
) with (fillfactor = 85);
create index attempts_lesson on attempts (lesson, environment, started_at, attempt);
create index attempts_form on attempts (form, attempt);
create index attempts_person on attempts (person, environment, started_at, attempt);

-- The answer that counts at a place.
create table answers (
    attempt   uuid   not null,
    slot      text   collate "C" not null,
    key       text   not null,
    sequence  int    not null, -- version of the attempt's stream
    status    text   not null,
    fraction  bigint not null, -- millionths
    mark      bigint not null, -- millionths of a mark, by rule
    tries     int    not null, -- answers given here
    at        bigint not null, -- microseconds, when it was received
    client_at bigint not null, -- microseconds, when it was given; 0: unknown
    grade     bigint,          -- millionths of a mark, by hand
    graded_by text,
    graded_at bigint,
    sealed    boolean,         -- something was said with the grade, under the student's key
    revised   bigint,          -- millionths of a mark, by a regrade that stands
    dropped   bigint not null default 0, -- by one that took the question out: marks that are not to be had any more
    regrade   uuid,
    primary key (attempt, slot)
);
create index answers_pending on answers (at, attempt, slot) where status = 'pending' and grade is null;
