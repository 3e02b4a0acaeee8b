-- Business lines, terms, courses and lessons of courses.
create table nodes (
    id         uuid             not null primary key,
    org        text collate "C" not null,
    kind       text             not null,
    code       text             not null,
    title      text collate "C" not null,
    parent     uuid             not null, -- zero: a line stands below nothing
    lesson     uuid             not null, -- of a lesson of a course: what authors arrange; zero: nothing
    from_at    bigint           not null, -- microseconds; 0: open
    until_at   bigint           not null,
    created_at bigint           not null, -- microseconds
    updated_at bigint           not null  -- microseconds
);

create index nodes_title on nodes (kind, title, id);
create index nodes_parent on nodes (parent, title, id);

create table classes (
    id         uuid             not null primary key,
    org        text collate "C" not null,
    code       text             not null,
    title      text collate "C" not null,
    course     uuid             not null, -- zero: none
    members    int              not null,
    created_at bigint           not null, -- microseconds
    updated_at bigint           not null  -- microseconds
);

create index classes_title on classes (title, id);
create index classes_course on classes (course, title, id);

create table staff (
    class  uuid not null,
    role   text not null,
    person uuid not null,
    primary key (class, role, person)
);

create index staff_person on staff (person, class);

create table members (
    class     uuid   not null,
    student   uuid   not null,
    joined_at bigint not null, -- microseconds
    from_at   bigint not null, -- microseconds; 0: open
    until_at  bigint not null,
    primary key (class, student)
);

create index members_student on members (student, class);

create table students (
    student uuid             not null primary key,
    org     text collate "C" not null,
    grade   text             not null,
    region  text             not null
);

-- Who was erased. Nothing is kept of them any more, whatever is said of them later.
create table erased (
    student uuid not null primary key
);

create table sessions (
    id           uuid             not null primary key,
    org          text collate "C" not null,
    environment  text             not null,
    code         text             not null,
    title        text             not null,
    lesson       uuid             not null,
    teacher      uuid             not null,
    state        text             not null,
    start_at     bigint           not null, -- microseconds, as planned
    end_at       bigint           not null, -- microseconds, as planned
    started_at   bigint           not null, -- microseconds; 0: not yet
    ended_at     bigint           not null, -- microseconds; 0: not yet
    cancelled_at bigint           not null, -- microseconds; 0: no
    reason       text             not null, -- why it was cancelled
    pins         json                       -- null: not started
);

create index sessions_time on sessions (environment, start_at, id);
create index sessions_lesson on sessions (lesson, environment, start_at, id);

create table session_classes (
    session uuid not null,
    class   uuid not null,
    primary key (session, class)
);

create index session_classes_class on session_classes (class, session);

create table guests (
    session     uuid   not null,
    student     uuid   not null,
    admitted_at bigint not null, -- microseconds
    primary key (session, student)
);

create index guests_student on guests (student, session);
